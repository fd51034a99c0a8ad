"""Consumers that travel together: one transaction, one window, one page and one decoding for all of them.

Each keeps its own cursor, lease and parked events, so it may go by itself at any time, or with others in another
process. Whoever stands elsewhere reads a page of its own and comes to the same place with it (`Tail.pages`).

Riders are consumers that go alone and have had nothing to do: to find that there is still nothing for them they would
look at the same events once more, each for itself. They are taken along past what is not for them, and called at the
first event that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer, Delivery
from shangmai.kernel.events.handling import hand, item_of, parted, wait_behind
from shangmai.kernel.events.store import Page
from shangmai.kernel.events.tail import Position
from shangmai.kernel.tx import Item, Tx

PAGE: Final = 1000
"""So many events are read at a time, for all together; a handler gets them in portions of its own `batch`."""


class Step(msgspec.Struct, frozen=True):
    """How many events each consumer was given, by name, whether there may be more, and which riders have to go now."""

    handled: Mapping[str, int] = {}
    is_full: bool = False
    called: frozenset[str] = frozenset()


class Convoy:
    """The consumers of this process that travel together, in the order in which their handlers are called."""

    def __init__(self, db: Database, members: Sequence[Consumer], *, page: int = PAGE) -> None:
        self.members = list(members)
        self.events = frozenset(name for member in members for name in member.events or ())
        self._db = db
        self._page = page

    async def step(self, riders: Sequence[Consumer] = ()) -> Step:
        """Handle the next page of those members that no other process holds. Whatever fails undoes all of it."""
        if not self.members:
            return Step()
        return await self._db.run(partial(self._step, riders))

    async def _step(self, riders: Sequence[Consumer]) -> Step:
        everybody = [*self.members, *riders]
        async with self._db.transaction(durable=False, door="event") as tx:
            before = await store.places(tx, await store.try_leases(tx, [each.name for each in everybody]))
            groups: dict[Position, list[Consumer]] = {}
            for each in everybody:
                if each.name in before:
                    groups.setdefault(before[each.name], []).append(each)
            pages = await store.next_pages(tx, groups, self._page)  # all of them before anything is written
            grouped = list(zip(groups.values(), pages, strict=True))
            parts = _parts(grouped)
            called = frozenset(each.name for each in riders if each.name in parts)
            await self._handle(tx, parts)
            behind = {each.name: page.behind for some, page in grouped for each in some if each.name not in called}
            await store.move_together(tx, {name: to for name, to in behind.items() if to != before[name]})
            return Step(
                {member.name: len(parts[member.name].events) for member in self.members if member.name in parts},
                any(len(page.events) >= self._page for page in pages),
                called,
            )

    async def _handle(self, tx: Tx, parts: Mapping[str, _Part]) -> None:
        own = tx.items
        opened: dict[int, tuple[Any, Item]] = {}
        for member in self.members:
            if member.name not in parts:
                continue
            part = parts[member.name]
            waiting, ready = parted(member, part.events, part.blocked)
            if waiting:
                tx.items = own
                await wait_behind(tx, member.name, waiting)
            for some in _portions(ready, member.batch):
                given = [_opened(opened, delivery) for delivery in some]
                await hand(tx, member, some, (event for event, _ in given), [item for _, item in given])
        await store.append(tx)


class _Part(msgspec.Struct, frozen=True):
    """What a member gets of a page."""

    events: list[Delivery]
    blocked: set[tuple[str, str]]


def _parts(groups: Sequence[tuple[Sequence[Consumer], Page]]) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for members, page in groups:
        of_name: dict[str, list[list[Delivery]]] = {}
        for member in members:
            part = parts[member.name] = _Part([], page.blocked)
            for name in member.events or ():
                of_name.setdefault(name, []).append(part.events)
        for delivery in page.events:
            for events in of_name[delivery.name]:
                events.append(delivery)
    return {name: part for name, part in parts.items() if part.events}


def _portions(events: Sequence[Delivery], size: int) -> Iterator[Sequence[Delivery]]:
    return (events[start : start + size] for start in range(0, len(events), size))


def _opened(opened: dict[int, tuple[Any, Item]], delivery: Delivery) -> tuple[Any, Item]:
    """The event and its origin; the same for all, so that it is decoded once."""
    found = opened.get(delivery.seq)
    if found is None:
        found = opened[delivery.seq] = (delivery.event, item_of(delivery))
    return found
