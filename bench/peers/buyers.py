"""Buyers in a process of their own: `python -m bench.peers.buyers` reads a plan, walks, and writes the outcome."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from importlib import import_module
from typing import Any, Final, cast

import msgspec
import uvloop

from bench.peers.journey import Journey, Refused, Start
from bench.peers.wire import Answer, cut
from bench.telling import tell

LOST: Final = "connection lost"


class Plan(msgspec.Struct):
    """Who walks which journey: `module` has `JOURNEYS` by name, made from `given`.

    New ones are begun for `seconds`, or until `journeys_max` are; what is under way then is walked to its end. With
    `rate` so many are due a second, whether the buyers are free or not; else each buyer begins as the one before ends.
    """

    module: str
    journey: str
    given: dict[str, Any]
    host: str
    port: int
    buyers: int
    rate: float | None = None
    seconds: float = 3600.0
    journeys_max: int | None = None
    seed: int = 1


class Walk(msgspec.Struct, array_like=True):
    """One journey: when it began and ended, by this process's clock, its requests, and why it was refused.

    One that is due at a moment begins then: that all buyers are under way is part of its time.
    """

    buyer: int
    began: float
    ended: float
    calls: int
    refusal: str = ""


class Outcome(msgspec.Struct):
    walks: list[Walk]


class Crowd:
    """What the buyers of one run share: the journey, when to stop, and what came of it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.start: Start = import_module(plan.module).journeys(plan.given)[plan.journey]
        self.begins = time.perf_counter()
        self.ends = self.begins + plan.seconds
        self.begun = 0
        self.walks: list[Walk] = []

    def close(self) -> None:
        """Let nobody begin another one."""
        self.ends = 0.0

    def is_over(self, due: float) -> bool:
        """Whether what was to begin then is not to begin any more."""
        return due >= self.ends

    def begin(self, chance: random.Random) -> tuple[float, Journey] | None:
        """The next journey and when it is due, or nothing when there is none to begin any more."""
        due = time.perf_counter() if self.plan.rate is None else self.begins + self.begun / self.plan.rate
        enough = self.plan.journeys_max is not None and self.begun >= self.plan.journeys_max
        if enough or due >= self.ends:
            return None
        self.begun += 1
        return due, self.start(chance, self.begun - 1)


class Buyer(asyncio.Protocol):
    """One keep-alive connection with one request under way, walking one journey after the other."""

    def __init__(self, crowd: Crowd, number: int, chance: random.Random, done: asyncio.Future[None]) -> None:
        self.crowd, self.number, self.chance, self.done = crowd, number, chance, done
        self.journey: Journey | None = None
        self.lost = False
        self.buffer = b""
        self.calls, self.began = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._set_out()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answer = cut(self.buffer)
        if answer is not None:
            self.buffer = b""
            self._go_on(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self.journey is not None:
            self.lost = True
            self._note(LOST)
        if not self.done.done():
            self.done.set_result(None)

    def _set_out(self) -> None:
        found = self.crowd.begin(self.chance)
        if found is None:
            self.transport.close()
            return
        self.calls, (self.began, self.journey) = 0, found
        early_s = self.began - time.perf_counter()
        if early_s > 0:
            asyncio.get_running_loop().call_later(early_s, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        assert self.journey is not None
        if self.crowd.is_over(self.began):
            self.journey = None
            self.transport.close()
        else:
            self._send(next(self.journey))

    def _send(self, request: bytes) -> None:
        self.calls += 1
        self.transport.write(request)

    def _go_on(self, answer: Answer) -> None:
        assert self.journey is not None
        try:
            self._send(self.journey.send(answer))
            return
        except StopIteration:
            self._note("")
        except Refused as why:
            self._note(str(why))
        except Exception as error:  # a journey that does not understand an answer is no measurement
            self.journey = None
            self.done.set_exception(error)
            self.transport.close()
            return
        self._set_out()

    def _note(self, refusal: str) -> None:
        self.crowd.walks.append(Walk(self.number, self.began, time.perf_counter(), self.calls, refusal))
        self.journey = None


async def walk(crowd: Crowd) -> Outcome:
    """Let the buyers walk; who loses the connection comes back on another one."""
    await asyncio.gather(*(_shop(crowd, number) for number in range(crowd.plan.buyers)))
    return Outcome(crowd.walks)


async def _shop(crowd: Crowd, number: int) -> None:
    loop = asyncio.get_running_loop()
    chance = random.Random(crowd.plan.seed * 1000 + number)
    lost = True
    while lost:
        buyer = Buyer(crowd, number, chance, loop.create_future())
        await loop.create_connection(lambda buyer=buyer: buyer, crowd.plan.host, crowd.plan.port)  # type: ignore[misc]
        await buyer.done
        lost = buyer.lost


async def walk_until_told(plan: Plan) -> Outcome:
    """Let the buyers walk; at SIGTERM nothing more is begun."""
    crowd = Crowd(plan)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, crowd.close)
    return await walk(crowd)


if __name__ == "__main__":
    outcome = uvloop.run(walk_until_told(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)))
    tell(msgspec.json.encode(outcome))
