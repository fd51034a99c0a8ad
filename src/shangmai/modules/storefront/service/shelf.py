"""Answers kept in the process's memory, each good for one version of a shop's window.

A shop's version is read from the database once and believed until the kernel's wake-up says that something was
committed; then it is read again, and only if it has moved are the answers made anew. So a change is seen as soon as its
commit is heard of, and a shop that nobody changes costs the database nothing. While nobody listens (no `run`, or the
connection is lost) the version is read for every answer. Many callers who miss the same answer make it once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, TypeVar

import asyncpg
import structlog
from asyncpg import Connection, Record
from msgspec import Struct

from shangmai.kernel.db.database import LOST, WAKE_CHANNEL, Database
from shangmai.kernel.events.contract import TYPES_BY_STRUCT
from shangmai.modules.inventory.contract import WarehouseAssigned
from shangmai.modules.organization.contract import ShopId

log = structlog.get_logger(__name__)

BYTES_MAX: Final = 64 * 1024 * 1024
"""How much a process keeps; what was asked for longest ago goes first."""
ADDRESSES_MAX: Final = 20_000
DRAFTS_MAX: Final = 5_000
MOVES_PIECES: Final = ("orders.", "payments.", "ledger.", "logistics.", "warehouse.", "inventory.")
ASSIGNED: Final = TYPES_BY_STRUCT[WarehouseAssigned].name
"""Where a shop's stock is at all: the one event of stock that is about more than pieces."""
D = TypeVar("D")
RETRY_S: Final = 0.5
_KEY: Final = "storefront.shelf"

ReadVersion = Callable[[], Awaitable[int]]
Make = Callable[[], Awaitable[tuple[int, bytes]]]
"""Makes an answer: the version that it was made from, in the same snapshot, and its bytes."""


class Kept(Struct, frozen=True):
    """An answer and its entity tag."""

    version: int
    body: bytes
    etag: str

    @classmethod
    def of(cls, version: int, body: bytes) -> Kept:
        return cls(version, body, f'"{blake2b(body, digest_size=12).hexdigest()}"')


Address = tuple[str, bytes, bytes]
"""Of a request: its path, its query, its languages, as they came."""


class Shelf:
    """The answers of one process on one database."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._kept: OrderedDict[tuple[ShopId, str], Kept] = OrderedDict()
        self._bytes = 0
        self._addresses: OrderedDict[Address, tuple[tuple[ShopId, str], bool]] = OrderedDict()
        self._versions: dict[ShopId, int] = {}
        self._drafts: OrderedDict[tuple[ShopId, str], tuple[int, Any]] = OrderedDict()
        self._making: dict[tuple[ShopId, str, int], asyncio.Task[Kept]] = {}
        self._wakes = 0
        self._changes = 0
        self.hits = 0
        self.hears = asyncio.Event()
        self.next_wake = asyncio.Event()
        """Set by the next wake-up; whoever waits for a change takes it before they ask."""

    async def get(self, shop_id: ShopId, what: str, read_version: ReadVersion, make: Make) -> Kept:
        """The answer to `what`, kept or made now."""
        version = await self._version(shop_id, read_version)
        kept = self._kept.get((shop_id, what))
        if kept is not None and kept.version == version:
            self._kept.move_to_end((shop_id, what))
            self.hits += 1
            return kept
        return await asyncio.shield(self._begin(shop_id, what, version, make))

    async def get_live(
        self, shop_id: ShopId, what: str, draft: Callable[[], Awaitable[D]], finish: Callable[[D], Awaitable[bytes]]
    ) -> Kept:
        """The answer to `what`, good until anything at all is committed: for what counts pieces.

        The count of wake-ups is its version, taken before it is made: what was committed meanwhile makes it anew. Its
        draft is all of it but the pieces, and is good for longer: until something other than pieces is said to move.
        """
        wakes = self._wakes

        async def make_now() -> tuple[int, bytes]:
            return wakes, await finish(await self._draft((shop_id, what), draft))

        kept = self._kept.get((shop_id, what))
        if kept is not None and kept.version == wakes and self.hears.is_set():
            self._kept.move_to_end((shop_id, what))
            self.hits += 1
            return kept
        return await asyncio.shield(self._begin(shop_id, what, wakes, make_now))

    async def _draft(self, key: tuple[ShopId, str], make: Callable[[], Awaitable[D]]) -> D:
        changes = self._changes
        found = self._drafts.get(key)
        if found is not None and found[0] == changes and self.hears.is_set():
            self._drafts.move_to_end(key)
            kept: D = found[1]
            return kept
        draft = await make()
        self._drafts[key] = changes, draft
        self._drafts.move_to_end(key)
        if len(self._drafts) > DRAFTS_MAX:
            self._drafts.popitem(last=False)
        return draft

    def note(self, address: Address, shop_id: ShopId, what: str, *, is_live: bool) -> None:
        """Remember that this address asks for `what`, which is kept by `get`, or by `get_live`."""
        self._addresses[address] = (shop_id, what), is_live
        self._addresses.move_to_end(address)
        if len(self._addresses) > ADDRESSES_MAX:
            self._addresses.popitem(last=False)

    def at(self, address: Address) -> Kept | None:
        """The kept answer at an address, if it is known without asking anybody to be what `get` would answer."""
        found = self._addresses.get(address)
        if found is None:
            return None
        key, is_live = found
        kept = self._kept.get(key)
        if kept is None:
            return None
        known = self._versions.get(key[0]) if not is_live else self._wakes if self.hears.is_set() else None
        if kept.version != known:
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return kept

    async def _version(self, shop_id: ShopId, read_version: ReadVersion) -> int:
        known = self._versions.get(shop_id)
        if known is not None:
            return known
        wakes = self._wakes
        version = await read_version()
        if self.hears.is_set() and wakes == self._wakes:  # else something was committed while this was read
            self._versions[shop_id] = version
        return version

    def _begin(self, shop_id: ShopId, what: str, version: int, make: Make) -> asyncio.Task[Kept]:
        making = (shop_id, what, version)
        task = self._making.get(making)
        if task is None:
            task = self._making[making] = asyncio.create_task(self._make(shop_id, what, make))
            task.add_done_callback(lambda _: self._making.pop(making, None))
        return task

    async def _make(self, shop_id: ShopId, what: str, make: Make) -> Kept:
        version, body = await make()
        kept = Kept.of(version, body)
        self._keep((shop_id, what), kept)
        return kept

    def _keep(self, key: tuple[ShopId, str], kept: Kept) -> None:
        before = self._kept.pop(key, None)
        self._bytes += len(kept.body) - (len(before.body) if before else 0)
        self._kept[key] = kept
        while self._bytes > self._bytes_max and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)

    def clear(self) -> None:
        """Forget every answer."""
        self._kept.clear()
        self._drafts.clear()
        self._bytes = 0

    async def run(self, db: Database) -> None:
        """Listen for commits, until canceled."""
        while True:
            try:
                await self._hear(db)
            except LOST as error:
                log.warning("not hearing of commits; versions are read each time", reason=repr(error))
            await asyncio.sleep(RETRY_S)

    async def _hear(self, db: Database) -> None:
        conn: Connection[Record] = await asyncpg.connect(
            db.dsn, server_settings={"application_name": "shangmai-storefront"}
        )
        gone = asyncio.Event()
        try:
            conn.add_termination_listener(lambda _: gone.set())
            await conn.add_listener(WAKE_CHANNEL, lambda *told: self._wake(told[-1]))
            self.clear()  # the database may have lost the last versions, and count them up once more to others
            self._wake()
            self.hears.set()
            await gone.wait()
        finally:
            self.hears.clear()
            self._wake()
            with suppress(*LOST):
                await conn.close()

    def _wake(self, names: str = "") -> None:
        """Something was committed: these events, divided by commas; whatever it may be where nothing is said."""
        self._wakes += 1
        if not all(map(moves_pieces_only, names.split(","))):
            self._changes += 1
        self._versions.clear()
        woken, self.next_wake = self.next_wake, asyncio.Event()
        woken.set()


def moves_pieces_only(name: str) -> bool:
    """Whether an event of this name changes nothing of a product's page but how many pieces there are."""
    return name.startswith(MOVES_PIECES) and name != ASSIGNED


def shelf_of(db: Database) -> Shelf:
    """The shelf of this process for this database."""
    shelf: Shelf = db.lasting.setdefault(_KEY, Shelf())
    return shelf


async def listen(db: Database) -> None:
    """Let the shelf of this process hear of commits, until canceled."""
    await shelf_of(db).run(db)
