"""How often somebody may ask: so many times at once, then one every so many seconds.

Kept in a process's memory, because to refuse must cost less than to answer: with several processes, as many times more
get through. What can be guessed is counted in the database instead (`identity.count_attempt`).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

REMEMBERED_MAX: Final = 50_000
"""Askers kept in mind; the one not heard of for longest is forgotten first."""


class Pace(Struct, frozen=True):
    """`burst` at once, then one every `every_s` seconds."""

    burst: int
    every_s: float


class Paces:
    """Who asked how much, each by a key; by the generic cell rate algorithm (ITU-T I.371): one number for each key.

    The number is when the asker will have rested: it moves on by `every_s` with each time they ask.
    """

    def __init__(self) -> None:
        self._rested: OrderedDict[Hashable, float] = OrderedDict()

    def wait_s(self, key: Hashable, pace: Pace, now: datetime) -> int:
        """Count that somebody asks: 0. Or, uncounted, give the seconds to wait first, rounded up."""
        at = now.timestamp()
        # A clock that was set back makes nobody wait longer than a full burst takes to come back.
        rested = min(max(self._rested.get(key, at), at), at + pace.burst * pace.every_s)
        wait = rested + pace.every_s - pace.burst * pace.every_s - at
        if wait > 1e-9:
            return max(math.ceil(wait), 1)
        self._rested[key] = rested + pace.every_s
        self._rested.move_to_end(key)
        if len(self._rested) > REMEMBERED_MAX:
            self._rested.popitem(last=False)
        return 0


class Turnstile:
    """Lets a crowd go on one after the other: `every_s` apart, and each after `wait_max_s` at the latest."""

    def __init__(self, every_s: float, wait_max_s: float) -> None:
        self._every_s = every_s
        self._wait_max_s = wait_max_s
        self._next_s = -math.inf

    def wait_s(self, now_s: float) -> float:
        """How long whoever comes now, by a clock that only goes forward, waits: not at all where nobody is before."""
        at_s = min(max(self._next_s, now_s), now_s + self._wait_max_s)
        self._next_s = at_s + self._every_s
        return at_s - now_s


def paces_of(memory: dict[Any, Any]) -> Paces:
    """Those of a process and database, whose memory is given."""
    paces: Paces = memory.setdefault("paces", Paces())
    return paces
