"""Cookies of sessions: one spelling for all, SameSite=Lax, and Secure wherever the page is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie


def cookie(request: Request[Any, Any, Any], name: str, value: str, lasts: timedelta, *, hidden: bool) -> Cookie:
    """Make a cookie; `hidden` from the page's scripts (HttpOnly). One that lasts no time is removed."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=int(lasts.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=hidden,
        samesite="lax",
    )


def address_of(request: Request[Any, Any, Any]) -> str:
    """Give where the request comes from. Behind a proxy, uvicorn must be told to trust its X-Forwarded-For."""
    return request.client.host if request.client else "unknown"
