"""Handing events to a consumer's handler: many together, each for itself, or behind what blocks its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any, Final

import structlog

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import GONE, RETRIED
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Consumer, Delivery
from shangmai.kernel.tx import Item, Tx, is_lost

log = structlog.get_logger(__name__)

CHECK_NOW: Final = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
"""Lets a constraint that only COMMIT would check fail the event that breaks it, rather than all of the batch."""


async def handle_together(tx: Tx, consumer: Consumer, page: store.Page) -> None:
    """Let the handler have all of a page but what is parked behind what blocks its key."""
    waiting, ready = parted(consumer, page.events, page.blocked)
    if waiting:
        await wait_behind(tx, consumer.name, waiting)
    if ready:
        await _handle(tx, consumer, ready)


def parted(
    consumer: Consumer, events: Sequence[Delivery], blocked: Set[tuple[str, str]]
) -> tuple[Sequence[Delivery], Sequence[Delivery]]:
    """The events whose keys are blocked at this consumer, and the others."""
    if not blocked:
        return [], events
    waiting = [e for e in events if (consumer.name, e.key) in blocked]
    return waiting, [e for e in events if (consumer.name, e.key) not in blocked]


async def handle_each(tx: Tx, consumer: Consumer, page: store.Page) -> None:
    """Each event under its own savepoint; those that fail are parked with their key."""
    for event in page.events:
        if await store.is_blocked(tx, consumer.name, event.key):
            await wait_behind(tx, consumer.name, [event])
            continue
        reason = await try_handle(tx, consumer, event)
        if reason is not None:
            await store.park(tx, consumer.name, [event], reason, attempts=2)


async def wait_behind(tx: Tx, consumer: str, events: Sequence[Delivery]) -> None:
    """Park the events behind what blocks their keys."""
    await store.park(tx, consumer, events, "waits behind a parked event", attempts=0)


async def _handle(tx: Tx, consumer: Consumer, events: Sequence[Delivery]) -> None:
    handed = events if consumer.raw else [e.event for e in events]
    await hand(tx, consumer, events, handed, [item_of(e) for e in events])
    await store.append(tx)


async def hand(
    tx: Tx, consumer: Consumer, deliveries: Sequence[Delivery], handed: Iterable[Any], items: Sequence[Item]
) -> None:
    """Call the handler. What it emits waits in the transaction, to be appended once."""
    tx.items = items
    tx.deliveries = deliveries
    await consumer.handler(tx, list(handed))


def item_of(event: Delivery) -> Item:
    """The origin of what a handler does for an event."""
    return Item(SYSTEM, event.id, event.at)


async def try_handle(tx: Tx, consumer: Consumer, event: Delivery) -> str | None:
    """Handle one event under a savepoint; the reason when it failed for good."""
    step = Tx(tx.conn, tx.items, door=tx.door, memory=tx.memory)
    step.made_accounts = tx.made_accounts
    step.locked = {name: set(ids) for name, ids in tx.locked.items()}
    try:
        async with tx.savepoint():
            await _handle(step, consumer, [event])
            await step.execute(CHECK_NOW)
    except RETRIED:
        raise
    except Exception as error:
        if isinstance(error, GONE) or is_lost(tx.conn):
            raise
        log.exception("event parked", consumer=consumer.name, seq=event.seq, event_id=str(event.id))
        return f"{type(error).__name__}: {error}"[:2000]
    tx.locked = step.locked  # what a failed one had locked is free again
    tx.written |= step.written
    return None
