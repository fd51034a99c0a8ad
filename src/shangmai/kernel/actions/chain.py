"""The action log sealed into a hash chain: hash(n) = SHA-256(hash(n−1) ‖ digest of row n).

Sealing follows the log like any reader, so it delays no request. Altering, removing or slipping in a row breaks the
chain at that row; rewriting the whole chain changes its head, which `prove` prints so that it can be kept elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
import structlog
from asyncpg import Record

from shangmai.kernel.db.database import Database, DatabaseAway
from shangmai.kernel.events import store
from shangmai.kernel.events.tail import START, Position, Tail
from shangmai.kernel.tx import Tx

log = structlog.get_logger(__name__)

READER: Final = "#chain"
GENESIS: Final = hashlib.sha256(b"shangmai action log").digest()
PAGE: Final = 2000

DIGEST: Final = (
    "sha256(convert_to(json_build_array(l.seq, l.id, l.action, l.door, l.actor_id, l.actor_kind, l.actor_name,"
    " l.key, l.origin, (extract(epoch FROM l.at) * 1000000)::bigint, l.input::text, l.ok, l.error_code,"
    " l.output::text, l.duration_us, (extract(epoch FROM l.recorded_at) * 1000000)::bigint)::text, 'UTF8'))"
)
"""What of a log row is sealed: every column but the transaction id, which a restored database draws anew.

As JSON, so that nothing can be shifted from one column into the next and NULL is like no text.
"""

TAIL = Tail("action_log", f"l.seq, l.id, {DIGEST} AS digest")


class ChainReport(msgspec.Struct, frozen=True):
    """The outcome of verifying the chain. `broken_at` is the first altered row's place in it."""

    sealed: int
    unsealed: int
    head: str
    broken_at: int | None = None
    log_id: UUID | None = None
    problem: str | None = None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


class Sealer:
    """Seals new log rows; any number of processes may run one, a lock lets one work at a time."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._stop = asyncio.Event()

    async def run(self, every_s: float = 0.25) -> None:
        """Seal until `stop`. Nobody waits for a seal, so a quarter of a second between looks is soon enough."""
        while not self._stop.is_set():
            try:
                while await self._seal() >= PAGE and not self._stop.is_set():
                    pass  # what comes while a smaller page is sealed has time until the next look
            except DatabaseAway as error:
                log.warning("sealing pauses", reason=str(error))
            except Exception:
                log.exception("sealing failed; it tries again")  # and must not take the event handlers down with it
            try:
                await asyncio.wait_for(self._stop.wait(), every_s)
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stop.set()

    async def drain(self) -> int:
        """Seal everything committed so far; the number of rows sealed."""
        total = 0
        while sealed := await self._seal():
            total += sealed
        return total

    async def _seal(self) -> int:
        return await self.db.run(self._step)

    async def _step(self) -> int:
        async with self.db.transaction(durable=False) as tx:
            if not await store.try_lease(tx, READER, 0):
                return 0
            before = await store.position(tx, READER, 0)
            rows, behind = await TAIL.page(tx, before, PAGE)
            if not rows and behind == before:
                return 0
            await _append(tx, rows)
            await store.move(tx, READER, 0, behind)
            return len(rows)


async def _append(tx: Tx, rows: list[Record]) -> None:
    head = await tx.fetchrow("SELECT seq, hash FROM action_chain ORDER BY seq DESC LIMIT 1")
    seq, hash_ = (head["seq"], head["hash"]) if head else (0, GENESIS)
    hashes = list(_hashes(hash_, (row["digest"] for row in rows)))
    await tx.execute(
        "INSERT INTO action_chain (seq, log_id, hash) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])",
        list(range(seq + 1, seq + 1 + len(rows))),
        [row["id"] for row in rows],
        hashes,
    )


def _hashes(previous: bytes, digests: Iterable[bytes]) -> Iterable[bytes]:
    for digest in digests:
        previous = hashlib.sha256(previous + digest).digest()
        yield previous


async def verify(tx: Tx) -> ChainReport:
    """Recompute the whole chain and name the first row that does not fit."""
    hash_, seq = GENESIS, 0
    while rows := await tx.fetch(
        f"SELECT c.seq, c.log_id, c.hash, {DIGEST} AS digest, l.id IS NULL AS gone FROM action_chain c"  # sql: constant
        " LEFT JOIN action_log l ON l.id = c.log_id WHERE c.seq > $1 ORDER BY c.seq LIMIT $2",
        seq,
        PAGE,
    ):
        for row in rows:
            problem = _problem(row, seq + 1, hash_)
            if problem:
                return await _report(tx, hash_, row, problem)
            seq, hash_ = row["seq"], row["hash"]
    return await _slipped_in(tx, hash_) or await _report(tx, hash_)


def _problem(row: Record, expected_seq: int, previous: bytes) -> str | None:
    if row["seq"] != expected_seq:
        return f"link {expected_seq} is missing from the chain"
    if row["gone"]:
        return "the log row was removed"
    if hashlib.sha256(previous + row["digest"]).digest() != row["hash"]:
        return "the log row or its link was altered"
    return None


async def _slipped_in(tx: Tx, head: bytes) -> ChainReport | None:
    """A row that the sealer has passed and yet did not seal: somebody wrote it with an old transaction id."""
    at: Position = await store.position(tx, READER, 0)
    if at == START:
        return None
    row = await tx.fetchrow(
        "SELECT 0 AS seq, l.id AS log_id FROM action_log l LEFT JOIN action_chain c ON c.log_id = l.id"
        " WHERE c.log_id IS NULL AND pg_visible_in_snapshot(l.xid, $1::text::pg_snapshot) ORDER BY l.seq LIMIT 1",
        at.done,
    )
    return None if row is None else await _report(tx, head, row, "a log row was slipped in behind the seal")


async def _report(tx: Tx, head: bytes, row: Record | None = None, problem: str | None = None) -> ChainReport:
    sealed = await tx.fetchval("SELECT count(*) FROM action_chain")
    total = await tx.fetchval("SELECT count(*) FROM action_log")
    at, log_id = (None, None) if row is None else (row["seq"], row["log_id"])
    return ChainReport(sealed, max(total - sealed, 0), head.hex(), at, log_id, problem)
