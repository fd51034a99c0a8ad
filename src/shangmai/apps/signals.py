"""Stopping when asked to."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def on_signals(stop: Callable[[], None], *, once: bool = True) -> None:
    """Call `stop` at SIGTERM and SIGINT; with `once`, later ones change nothing."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if once:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_IGN)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard)
