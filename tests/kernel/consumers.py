"""Consumers of the tests' events. They are handed to a `Reader` and never registered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import TYPES_BY_STRUCT, Consumer, Handler
from shangmai.kernel.tx import Tx
from tests.kernel.declared import Counted


async def record(tx: Tx, consumer: str, events: Sequence[Counted], worker: str = "") -> None:
    """Leave a row for each event, in its order."""
    await tx.execute(
        "INSERT INTO test_seen (consumer, key, n, worker) SELECT $1, key, n, $4"
        " FROM unnest($2::text[], $3::integer[]) WITH ORDINALITY AS e (key, n, place) ORDER BY place",
        consumer,
        [e.key for e in events],
        [e.n for e in events],
        worker,
    )


def recording(
    name: str,
    *,
    lanes: int = 1,
    batch: int = 500,
    worker: str = "",
    told: Callable[[int], None] = lambda count: None,
) -> Consumer:
    """A consumer that records what it sees; `told` hears of each batch before it is committed."""

    async def handle(tx: Tx, events: list[Counted]) -> None:
        await record(tx, name, events, worker)
        told(len(events))

    return consumer(name, handle, lanes=lanes, batch=batch)


def consumer(name: str, handler: Handler, *, lanes: int = 1, batch: int = 500) -> Consumer:
    return Consumer(name, handler, frozenset({TYPES_BY_STRUCT[Counted].name}), batch, lanes, raw=False)


async def emit(db: Database, *events: Counted) -> None:
    """Happen, in one transaction."""
    async with db.transaction() as tx:
        for event in events:
            tx.emit(event)
        await store.append(tx)


async def seen(db: Database, consumer: str = "test.seen") -> list[tuple[str, int]]:
    """What the consumer recorded, in the order in which it did."""
    async with db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT key, n FROM test_seen WHERE consumer = $1 ORDER BY seq", consumer)
        return [(row["key"], row["n"]) for row in rows]


async def parked(db: Database, consumer: str | None = "test.seen") -> list[tuple[Any, ...]]:
    """Key, attempts and reason of the parked events, in order."""
    async with db.reading(SYSTEM) as tx:
        return [(p.key, p.attempts, p.reason) for p in await store.list_parked(tx, consumer)]
