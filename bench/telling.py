"""How a process of load tells its outcome: all of it."""

from __future__ import annotations

import sys


def tell(outcome: bytes) -> None:
    """Write it to the standard output.

    Through a buffer of its own: where Python does not buffer (`PYTHONUNBUFFERED`), a write that something interrupts,
    as uvloop's ring does, ends short and says so only by what it returns.
    """
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(outcome)
