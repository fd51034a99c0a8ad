"""Locks in one order, however many statements of a transaction take them.

Rows that are locked in order of id never make two transactions wait in a circle; rows that a later statement locks may
come before those of an earlier one. Then nobody is waited for: where such a row is free it is locked, and where it is
not the transaction is begun again by `Database.run`, and what it needed is locked at its first statement, in order.
The other way, letting PostgreSQL find the circle and end one, costs everybody in it a second (`deadlock_timeout`).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from msgspec import Struct


class Ahead(Struct):
    """By name of what is locked, the ids that earlier attempts needed. `waits`: so many have failed that it waits.

    `presumes`: it is the first, which may presume (`presuming.py`).
    """

    ids: dict[str, set[Any]] = {}
    waits: bool = False
    presumes: bool = True


AHEAD: Final[ContextVar[Ahead | None]] = ContextVar("shangmai_locked_ahead", default=None)
"""Of whatever `Database.run` is carrying out; a transaction outside of it waits for every lock."""
