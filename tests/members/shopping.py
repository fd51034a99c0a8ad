"""A browser of a shopper, and a phone that the codes come to."""

from __future__ import annotations

from typing import Any

import httpx

CODE = "/api/v1/customer/code"
BY_CODE = "/api/v1/customer/session/by-code"
SESSION = "/api/v1/customer/session"
PHONE = "13800138000"


class Phones:
    """The port's fake: keeps what it was given to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send_code(self, phone: str, code: str, *, minutes: int) -> None:
        self.sent.append((phone, code))

    @property
    def last(self) -> str:
        return self.sent[-1][1]


async def signed_in(web: httpx.AsyncClient, phones: Phones, phone: str = PHONE, **more: Any) -> httpx.Response:
    """Ask for a code and sign in with it."""
    asked = await web.post(CODE, json={"phone": phone, **more})
    assert asked.status_code == 201, asked.text
    return await web.post(BY_CODE, json={"challenge": asked.json()["challenge"], "code": phones.last})
