"""Waiting for what another task or process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Look until the condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            told = condition()
            if told if isinstance(told, bool) else await told:
                return
            await asyncio.sleep(0.02)
