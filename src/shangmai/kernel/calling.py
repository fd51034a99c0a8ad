"""What calls to other systems over HTTP have in common."""

from __future__ import annotations

import httpx

from shangmai.kernel.errors import Reason


def why_lost(error: httpx.HTTPError) -> Reason:
    """Say why a call had no answer: what became of it is unknown, unless no connection was made at all."""
    if isinstance(error, httpx.HTTPStatusError):
        status = f"HTTP {error.response.status_code}"
        return Reason(status, status)
    kind = type(error).__name__
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return Reason(f"it can't be reached, {kind}", f"无法连接，{kind}")
    if isinstance(error, httpx.TimeoutException):
        return Reason(f"it took too long, {kind}", f"超时未应答，{kind}")
    return Reason(f"the connection broke, {kind}", f"连接中断，{kind}")
