"""Events and their handlers as declared by modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.tx import Tx

S = TypeVar("S", bound=type[msgspec.Struct])
Handler = Callable[[Tx, list[Any]], Awaitable[None]]
Wanted = Callable[[Tx], Awaitable[Collection[str] | None]]
"""Tells the names of the events that a consumer has a use for at present; none: nothing at all, None: every one."""

LANE_HASHES: Final = 64
"""Keys are hashed into this many slots; a consumer's lane count must divide it."""


class EventType(msgspec.Struct, frozen=True):
    """A kind of event: its versioned name, its Struct and the field that orders it."""

    name: str
    struct: type[msgspec.Struct]
    key_field: str

    def key_of(self, event: msgspec.Struct) -> str:
        return str(getattr(event, self.key_field))


class Delivery(msgspec.Struct, frozen=True):
    """One stored event as a consumer gets it. `cause` is the action's log row, or the event it answers."""

    seq: int
    id: UUID
    name: str
    key: str
    at: datetime
    cause: UUID
    payload: bytes

    @property
    def event(self) -> msgspec.Struct:
        """The payload as its declared Struct."""
        return msgspec.json.decode(self.payload, type=TYPES_BY_NAME[self.name].struct)

    @property
    def fields(self) -> dict[str, Any]:
        """The payload as plain values, for consumers that work by data (posting rules, webhooks)."""
        decoded: dict[str, Any] = msgspec.json.decode(self.payload)
        return decoded


class Consumer(msgspec.Struct, frozen=True):
    """A named reader of the log. Handlers of one consumer share its cursor and see its events in order."""

    name: str
    handler: Handler
    events: frozenset[str] | None
    batch: int
    lanes: int
    raw: bool
    apart_s: float = 0.0
    wanted: Wanted | None = None
    alone: bool = False

    @property
    def travels(self) -> bool:
        """Whether it goes with others in one transaction (`convoy.py`)."""
        return not self.alone and self.lanes == 1 and not self.raw and self.wanted is None

    @property
    def rides(self) -> bool:
        """Whether others may take it along where there is nothing for it."""
        return self.alone and self.lanes == 1 and not self.raw and self.wanted is None


TYPES_BY_NAME: Final[dict[str, EventType]] = {}
TYPES_BY_STRUCT: Final[dict[type[msgspec.Struct], EventType]] = {}
CONSUMERS: Final[dict[str, Consumer]] = {}


def event(name: str, *, key: str) -> Callable[[S], S]:
    """Declare a Struct as an event: `@event("orders.placed.v1", key="order_id")`."""

    def declare(struct: S) -> S:
        assert name not in TYPES_BY_NAME, f"two events are called {name}"
        kind = EventType(name, struct, key)
        TYPES_BY_NAME[name] = TYPES_BY_STRUCT[struct] = kind
        return struct

    return declare


def on(
    *structs: type[msgspec.Struct],
    consumer: str,
    batch: int = 500,
    lanes: int = 1,
    alone: bool = False,
    apart_s: float = 0.0,
) -> Callable[[Callable[[Tx, list[Any]], Awaitable[None]]], Handler]:
    """Declare a handler of these events. It gets a list in order; `tx.items[i]` is the i-th event's origin.

    Consumers of one lane travel together, in one transaction, at one pace, in portions of `batch` at most. `alone` has
    transactions of its own: its work is heavy for one event, it wants small or large batches, or it locks what many of
    the others would wait for. Its batches that are not full begin `apart_s` apart at least: an event after a lull is
    handled at once, many in a row go together, for what a batch costs whatever its size.
    """

    def declare(handler: Handler) -> Handler:
        names = frozenset(TYPES_BY_STRUCT[struct].name for struct in structs)
        return _add(Consumer(consumer, handler, names, batch, lanes, raw=False, apart_s=apart_s, alone=alone))

    return declare


def on_every(
    *, consumer: str, wanted: Wanted, batch: int = 500, lanes: int = 1, apart_s: float = 0.0
) -> Callable[[Callable[[Tx, list[Delivery]], Awaitable[None]]], Handler]:
    """Declare a handler of any events, given as `Delivery` with undecoded payload; otherwise like `on`.

    Before each batch `wanted` tells, in its transaction, which of them there is a use for; the others are passed
    without being read.
    """

    def declare(handler: Handler) -> Handler:
        return _add(Consumer(consumer, handler, None, batch, lanes, raw=True, apart_s=apart_s, wanted=wanted))

    return declare


def _add(consumer: Consumer) -> Handler:
    assert consumer.name not in CONSUMERS, f"two consumers are called {consumer.name}"
    assert LANE_HASHES % consumer.lanes == 0, f"{consumer.name}: lanes must divide {LANE_HASHES}"
    assert not (consumer.apart_s and consumer.travels), f"{consumer.name}: only who goes alone has a pace of its own"
    CONSUMERS[consumer.name] = consumer
    return consumer.handler


class Parked(msgspec.Struct, frozen=True):
    """An event that a consumer could not handle, or one that waits behind such an event of the same key."""

    consumer: str
    seq: int
    key: str
    reason: str
    attempts: int
    parked_at: datetime


class Lag(msgspec.Struct, frozen=True):
    """How far a consumer's lane is behind: events waiting and the age of the oldest in seconds."""

    consumer: str
    lane: int
    waiting: int
    oldest_s: float
    parked: int


class ParkedNotFound(NotFound):
    """There is no parked event {seq} for consumer {consumer}; it may have been replayed already."""

    zh = "消费者 {consumer} 没有搁置的事件 {seq}，可能已经重放。"


class ReplayFailed(Conflict):
    """Event {seq} failed again for {consumer}: {reason}. It stays parked; mend the cause and replay once more."""

    zh = "事件 {seq} 在 {consumer} 再次失败：{reason}。仍搁置，修复原因后请再重放。"


Deliveries = Sequence[Delivery]
