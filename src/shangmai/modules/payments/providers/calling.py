"""Calls to payment providers over HTTP."""

from __future__ import annotations

from typing import Any, Final

import httpx

from shangmai.kernel.calling import why_lost
from shangmai.modules.payments.contract import ProviderAway

CONNECT_S: Final = 5.0
ANSWER_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 1 << 20


async def call(provider: str, method: str, url: str, **options: Any) -> httpx.Response:
    """The answer, whatever its status below 500. Raises: ProviderAway, when what became of the call is unknown."""
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            answer = await client.request(method, url, **options)
    except httpx.HTTPError as error:
        raise ProviderAway(provider=provider, reason=why_lost(error)) from error
    if answer.status_code >= 500 or answer.status_code == 429 or len(answer.content) > ANSWER_BYTES_MAX:
        raise ProviderAway(provider=provider, reason=f"HTTP {answer.status_code}")
    return answer
