"""Presuming: deciding by what this process remembers, while the write itself makes sure of it.

Whoever locks a row to decide about it keeps everybody else from it until the commit. Where what the row says is as good
as known (a thousand pieces are there, one is wanted), the lock tells nothing new: the row is left alone until the
write, and the write fails where the presumption was wrong. Then nothing has happened, and `Database.run` carries the
transaction out again, with locks. So rows are locked only while the last statement and the commit are on their way.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg
from msgspec import Struct

WARY_MAX: Final = 64
"""So many transactions at most presume nothing after one that was wrong."""
TRUSTED_AFTER: Final = 256
"""After so many that presumed, the next that is wrong counts as the first."""


class PresumedWrong(Exception):
    """The database says otherwise than this process remembered; nothing was changed."""


DISPROVED: Final = (asyncpg.CheckViolationError, asyncpg.NotNullViolationError, asyncpg.UniqueViolationError)
"""What a write that finds a presumption wrong fails with."""


class Presuming(Struct):
    """Whether the transactions of a process and database may presume.

    Each that was wrong makes twice as many wary, for then another process is at the same rows.
    """

    wary: int = 0
    next_wary: int = 1
    presumed: int = 0

    def may(self) -> bool:
        """Whether the transaction that asks may. It asks once."""
        if self.wary:
            self.wary -= 1
            return False
        self.presumed += 1
        if self.presumed >= TRUSTED_AFTER:
            self.next_wary = 1
        return True

    def was_wrong(self) -> None:
        self.wary = self.next_wary
        self.next_wary = min(self.next_wary * 2, WARY_MAX)
        self.presumed = 0


def presuming_of(memory: dict[Any, Any]) -> Presuming:
    """That of a process and database, whose memory is given."""
    found: Presuming = memory.setdefault("presuming", Presuming())
    return found
