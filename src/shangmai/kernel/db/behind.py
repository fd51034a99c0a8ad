"""Writing behind: writes that answer nothing wait, and leave together as one statement.

A statement is a round trip: two writes to a socket and two changes of process, which cost as much as many rows do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final

PARAMETER: Final = re.compile(r"\$(\d+)")


class Write:
    """One or several INSERTs and UPDATEs that share their parameters, $1 and so on; one that waits answers nothing.

    `adds` names the tables that get rows, `changes` those whose rows are changed. `locks`: of the writes that wait for
    one statement, those with the highest are carried out first, as rows must be locked in the same order by all.
    `every_row`: its first parameter names the rows that it changes, and all of them must be there. Made once: it is
    told by identity.
    """

    __slots__ = ("adds", "changes", "every_row", "locks", "parameters", "parts")

    def __init__(
        self,
        *parts: str,
        adds: Collection[str] = (),
        changes: Collection[str] = (),
        locks: int = 0,
        every_row: bool = False,
    ) -> None:
        self.parts = parts
        self.every_row = every_row
        self.locks = locks
        self.adds = frozenset(adds)
        self.changes = frozenset(changes)
        self.parameters = max((int(number) for part in parts for number in PARAMETER.findall(part)), default=0)

    def goes_with(self, other: Write) -> bool:
        """Whether both can be parts of one statement: parts see none of each other's rows."""
        return not (self.changes & (other.changes | other.adds) or self.adds & other.changes)


class Read(Write):
    """A SELECT of the tables named: it need not come after what waits to be written to others."""

    __slots__ = ()

    def __init__(self, sql: str, *, of: Collection[str]) -> None:
        super().__init__(sql, changes=of)  # whoever adds to one of these tables, or changes it, goes first


Waiting = tuple[Write, Sequence[Any]]
"""A write and its parameters."""


class Behind:
    """The writes of one transaction that wait, in their order."""

    __slots__ = ("_writes",)

    def __init__(self) -> None:
        self._writes: list[Waiting] = []

    def __bool__(self) -> bool:
        return bool(self._writes)

    def has_room_for(self, write: Write) -> bool:
        return all(write.goes_with(other) for other, _ in self._writes)

    def add(self, write: Write, args: Sequence[object]) -> None:
        assert len(args) == write.parameters, f"{len(args)} values for {write.parameters} of: {write.parts}"
        self._writes.append((write, args))

    def take(self) -> tuple[str, list[Any], str | None]:
        """One statement for all of them, its parameters, and what PostgreSQL must say of it; none waits any more.

        It says how many rows the last part has changed.
        """
        writes, self._writes = _in_order(self._writes), []
        assert not any(write.every_row for write, _ in writes[:-1]), "only the rows of the last write are counted"
        last, given = writes[-1]
        told = f"UPDATE {len(given[0])}" if last.every_row else None
        return together(tuple(write for write, _ in writes)), [value for _, args in writes for value in args], told


def _in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Those that lock come last: PostgreSQL carries out the last part first, then the others from the back."""
    locking = [each for each in reversed(waiting) if each[0].locks]
    return [each for each in waiting if not each[0].locks] + sorted(locking, key=lambda each: each[0].locks)


@lru_cache(maxsize=1024)
def together(writes: tuple[Write, ...]) -> str:
    """One statement for these writes, with their parameters one after the other.

    The text is the same for the same writes, so the driver prepares it once.
    """
    parts: list[str] = []
    before = 0
    for write in writes:
        parts += [_shifted(part, before) for part in write.parts]
        before += write.parameters
    *first, last = parts
    return (f"WITH {', '.join(f'w{n} AS ({part})' for n, part in enumerate(first))} " if first else "") + last


def _shifted(sql: str, by: int) -> str:
    return PARAMETER.sub(lambda found: f"${int(found[1]) + by}", sql)
