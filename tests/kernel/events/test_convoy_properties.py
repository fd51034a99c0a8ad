"""Random journeys beside a model that is too simple to be wrong: each member sees what it wants once, in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.convoy import Convoy
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.tx import Tx
from tests.kernel.consumers import consumer
from tests.kernel.declared import Counted, Taken
from tests.kernel.events.following import Writer

KEYS: Final = [UUID(int=n) for n in range(2)]
WANTS: Final = {
    "test.counts": frozenset(["test.counted.v1"]),
    "test.takes": frozenset(["test.taken.v1"]),
    "test.both": frozenset(["test.counted.v1", "test.taken.v1"]),
    "test.all": frozenset(["test.counted.v1", "test.taken.v1"]),
}
NAMES: Final = list(WANTS)
PAGE, BATCHES = 4, (1, 2, 3, 500)
Happened: TypeAlias = tuple[int, str, UUID]
"""An event's number, name and key."""
By: TypeAlias = dict[str, dict[str, list[int]]]
"""Numbers by consumer and key."""

writers, members = st.integers(0, 2), st.sampled_from(NAMES)
some_refuse: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    members, st.sampled_from(["always", "in company"]), max_size=2
)
nobody_refuses: st.SearchStrategy[dict[str, str]] = st.just({})
kinds, keys = st.sampled_from([Counted, Taken]), st.sampled_from(KEYS)
steps: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("emit"), writers, keys, kinds, nobody_refuses),
    st.tuples(st.just("happen"), writers, keys, kinds, some_refuse),
    st.tuples(st.just("happen"), writers, keys, kinds, nobody_refuses),
    st.tuples(st.just("end"), writers, st.sampled_from(["COMMIT", "ROLLBACK"])),
    st.tuples(st.just("travel"), st.sampled_from([(0,), (1,), (0, 1)])),
    st.tuples(st.just("travel"), st.just((0,))),
    st.tuples(st.just("alone"), members),
)


class Journey:
    """Writers that append in open transactions, and two readers with the same members."""

    def __init__(self, dsn: str, readers: list[Database]) -> None:
        self.dsn = dsn
        self.writers: dict[int, Writer] = {}
        self.open: dict[int, list[Happened]] = defaultdict(list)
        self.happened: list[Happened] = []
        self.refusals: dict[int, dict[str, str]] = {}
        self.readers = [Reader(db, [self.member(n) for n in range(len(NAMES))]) for db in readers]
        for reader in self.readers:
            reader.convoy = Convoy(reader.db, reader.convoy.members, page=PAGE)

    def member(self, n: int) -> Any:
        name = NAMES[n]

        async def handle(tx: Tx, events: list[Counted | Taken]) -> None:
            numbers = [e.n if isinstance(e, Counted) else e.qty for e in events]
            await tx.execute(
                "INSERT INTO test_seen (consumer, key, n) SELECT $1, * FROM unnest($2::text[], $3::integer[])",
                name,
                [delivery.key for delivery in tx.deliveries],
                numbers,
            )
            how = {self.refusals.get(number, {}).get(name) for number in numbers}
            if "always" in how or ("in company" in how and len(events) > 1):
                raise ValueError(numbers)

        return replace(consumer(name, handle, batch=BATCHES[n]), events=WANTS[name])

    async def go(self, step: tuple[Any, ...]) -> None:
        walk: dict[str, Callable[..., Awaitable[None]]] = {
            "emit": self.emit, "happen": self.happen, "end": self.end, "travel": self.travel, "alone": self.alone,
        }  # fmt: skip
        await walk[step[0]](*step[1:])

    async def emit(self, writer: int, key: UUID, kind: type[Counted | Taken], refusals: dict[str, str]) -> None:
        """Unless another has changed the key and not ended: it would have to be waited for."""
        if any(key == of for w, some in self.open.items() if w != writer for *_, of in some):
            return
        if writer not in self.writers:
            self.writers[writer] = await Writer.begin(self.dsn)
        number = len(self.refusals)
        self.refusals[number] = refusals
        event = Counted(str(key), number) if kind is Counted else Taken(key, number)
        tx = self.writers[writer].tx
        await self.writers[writer].lock(str(key))
        await self.writers[writer].emit(event)
        assert tx.emitted == []
        self.open[writer].append((number, "test.counted.v1" if kind is Counted else "test.taken.v1", key))

    async def happen(self, writer: int, key: UUID, kind: type[Counted | Taken], refusals: dict[str, str]) -> None:
        await self.emit(writer, key, kind, refusals)
        await self.end(writer, "COMMIT")

    async def end(self, writer: int, how: Literal["COMMIT", "ROLLBACK"]) -> None:
        if writer in self.writers:
            tx = self.writers.pop(writer).tx
            await tx.execute(how)
            await tx.conn.close()
            happened = self.open.pop(writer)
            self.happened += happened if how == "COMMIT" else []

    async def travel(self, readers: tuple[int, ...]) -> None:
        await asyncio.gather(*(self.readers[n].travel() for n in readers))

    async def alone(self, name: str) -> None:
        [member] = [each for each in self.readers[0].convoy.members if each.name == name]
        await self.readers[0].step(member, 0)

    def expected(self) -> tuple[By, By]:
        """What each has seen of each key, and what is parked: what it cannot handle, and what follows of its key."""
        seen: By = {name: {} for name in NAMES}
        parked: By = {name: {} for name in NAMES}
        for name in NAMES:
            for number, kind, key in self.happened:
                if kind in WANTS[name]:
                    fails = self.refusals[number].get(name) == "always"
                    of = parked if fails or str(key) in parked[name] else seen
                    of[name].setdefault(str(key), []).append(number)
        return seen, parked

    async def found(self) -> tuple[By, By]:
        return await self._numbers("SELECT consumer, key, n FROM test_seen ORDER BY seq"), await self._numbers(
            "SELECT p.consumer, p.key, coalesce(e.payload->>'n', e.payload->>'qty')::integer AS n"
            " FROM event_parked p JOIN events e ON e.id = p.event_id ORDER BY p.seq"
        )

    async def _numbers(self, sql: str) -> By:
        numbers: By = {name: {} for name in NAMES}
        async with self.readers[0].db.reading(SYSTEM) as tx:
            for row in await tx.fetch(sql):
                numbers[row["consumer"]].setdefault(row["key"], []).append(row["n"])
        return numbers

    async def cure(self) -> None:
        """Replay everything that is parked."""
        self.refusals = {number: {} for number in self.refusals}
        async with self.readers[0].db.reading(SYSTEM) as tx:
            heads = await tx.fetch("SELECT consumer, min(seq) AS seq FROM event_parked GROUP BY consumer, key")
        for head in heads:
            await self.readers[0].replay(head["consumer"], head["seq"])


async def walk(dsn: str, dbs: list[Database], admin: Any, steps: list[tuple[Any, ...]]) -> None:
    await admin.execute("TRUNCATE events, event_cursors, event_parked, test_seen, test_locks")
    journey = Journey(dsn, dbs)
    for step in steps:
        await journey.go(step)
    for writer in sorted(journey.writers):
        await journey.end(writer, "COMMIT")
    await journey.readers[0].drain()
    assert await journey.found() == journey.expected()
    await journey.readers[0].travel()
    places = await admin.fetchval("SELECT count(DISTINCT (done, open_window, seq)) FROM event_cursors")
    assert places <= 1, "they are together again"
    await journey.cure()
    nothing: By = {name: {} for name in NAMES}
    assert await journey.found() == (journey.expected()[0], nothing)
    assert await journey.readers[1].drain() == 0


def test_random_journeys(dsn: str) -> None:
    with asyncio.Runner() as loop:
        dbs = [loop.run(Database.connect(dsn, size=2)) for _ in range(2)]
        admin = loop.run(asyncpg.connect(dsn))

        @settings(max_examples=50)
        @given(st.lists(steps, min_size=15, max_size=40))
        def journeys(steps: list[tuple[Any, ...]]) -> None:
            loop.run(walk(dsn, dbs, admin, steps))

        journeys()
        for db in dbs:
            loop.run(db.close())
        loop.run(admin.close())
