"""What a buyer does, step by step.

A journey is a generator: it yields a request and is sent the answer, returns when it has come to its end, and raises
`Refused` when the shop says no.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator

from bench.peers.wire import Answer

Journey = Generator[bytes, Answer, None]
Start = Callable[[random.Random, int], Journey]
"""Begins a journey: chance of its own, and the journey's number in this run."""


class Refused(Exception):
    """The shop refuses, or answers what is no step forward; the argument tells why, in few words."""


def expect(found: object) -> None:
    """Refuse an answer that holds nothing of what was asked for."""
    if not found:
        raise Refused("nothing found")
