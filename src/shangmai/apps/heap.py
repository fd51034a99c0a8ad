"""Sparing a long-running process the repeated look at everything that it will keep until its end."""

from __future__ import annotations

import gc
from typing import Final

GC_THRESHOLDS: Final = (50_000, 20, 100)
"""CPython looks for cycles after every 700 new objects; a batch of orders makes tens of thousands, and few cycles."""


def settle() -> None:
    """Take all that is there now for staying: modules, routes, types. Called when the process is ready to work.

    Once a process: what else lives then, when it is called again, is no part of it and must be able to go.
    """
    if gc.get_freeze_count():
        return
    gc.set_threshold(*GC_THRESHOLDS)
    gc.collect()
    gc.freeze()
