"""Natural batching: while one batch is under way the next calls gather, then go as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


Decided = Callable[[], None]


def unheard() -> None:
    """Nobody waits to hear that a list is decided."""


LEAST: Final = 8
"""Fewer calls are never parted: what a list costs whatever its size is more than what they cost."""


class Coalescer(Generic[T, R]):
    """Hands concurrent calls to `batch` in lists of up to `most`, in order of arrival.

    There is no timer: a lone call goes at once, and the busier the system the larger the lists. A caller that gives up
    does not harm its neighbours; what it asked for is done all the same.

    A list starts when the one before it is decided, that is when `batch` says so or ends: from there on that one holds
    every lock that it will need, or is about to send the statement that takes them, so the next uses the time in which
    it is written and committed. No more than two are under way, and the second is as large as the first: it waits until
    as many calls wait, or until the first is done, and leaves what is more than half of all to the next. Callers who
    ask again as soon as they are answered would else go in a large and a small list by turns, for who comes back from
    the large one finds the small one gone.
    """

    def __init__(self, batch: Callable[[Sequence[T], Decided], Awaitable[Sequence[R]]], most: int) -> None:
        self._batch = batch
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._under_way = 0
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._before: asyncio.Task[None] | None = None

    async def submit(self, call: T) -> R:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        elif len(self._waiting) >= self._under_way:
            self._stirred.set()
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                while len(self._waiting) < self._under_way:
                    self._stirred.clear()
                    await self._stirred.wait()
                size = self._size()
                batch, self._waiting = self._waiting[:size], self._waiting[size:]
                self._under_way += size
                decided = asyncio.Event()
                task = asyncio.create_task(self._go(batch, decided))
                await decided.wait()
                if self._before is not None:
                    await self._before
                self._before = task
        finally:
            self._task = None

    def _size(self) -> int:
        """How many go next: all that wait, but half of all at most while others are under way."""
        if not self._under_way:
            return min(len(self._waiting), self._most)
        half = (len(self._waiting) + self._under_way + 1) // 2
        return min(len(self._waiting), self._most, max(half, LEAST))

    async def _go(self, batch: Sequence[tuple[T, asyncio.Future[R]]], decided: asyncio.Event) -> None:
        try:
            answers = await self._batch([call for call, _ in batch], decided.set)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        finally:
            decided.set()
            self._under_way -= len(batch)
            self._stirred.set()
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
