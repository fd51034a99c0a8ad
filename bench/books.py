"""Holds per second in a book: coalesced, one transaction a call, and the limit that PostgreSQL itself sets."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import asyncpg
import uvloop

from bench.harness import Table, database, server
from shangmai.kernel.actions.coalesce import Coalescer, Decided, unheard
from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Hold, Moved, Post
from shangmai.kernel.books.schema import book_ddl_v2
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server, binary
from shangmai.kernel.ids import new_id

ACCOUNTS = 10_000
BATCH = 256
CALLERS = (1, 64, 256)
book = Book("bench", {"account": "integer", "side": "text"}, bounded=lambda key: key[1] == "held")

SOME = "SELECT {first} + (:s + n * :d) % {spread} AS id FROM generate_series(0, {last}) n"
"""Ids of accounts from one end to the other, as callers name them: another set each time, which may meet others'."""
PGBENCH = """
\\set s random(0, {spread} - 1)
\\set d 1 + 10 * random(0, 99)
BEGIN;
SELECT id, floor, posted, held FROM bench_accounts
  WHERE id = ANY (ARRAY({some})) AND bounded ORDER BY id FOR NO KEY UPDATE;
WITH new AS MATERIALIZED (
  SELECT uuidv7() AS id, s.id AS account, {credit} AS credit FROM ({some}) s CROSS JOIN generate_series(1, {each})),
balances AS (UPDATE bench_accounts a SET held = a.held + d.held
  FROM (SELECT account, count(*) AS held FROM new GROUP BY account) AS d WHERE a.id = d.account),
held AS (INSERT INTO bench_holds (id, debit_id, credit_id, amount, remaining, doc, line, expires_at, created_at)
  SELECT id, account, credit, 1, 1, id, 0, NULL, now() FROM new)
INSERT INTO bench_transfers (at, kind, debit_id, credit_id, amount, hold_id, doc, line, cause)
  SELECT now(), 'hold', account, credit, 1, id, id, 0, id FROM new;
COMMIT;
"""


def run(seconds: float) -> list[Table]:
    """Measure 1, 64 and 256 callers on 10,000 accounts and on one."""
    table = Table(
        "Books: holds per second",
        ["accounts", "callers", "one transaction a call", "coalesced", "ratio", "limit (pgbench)", "of the limit"],
        f"Every hold is durable before its caller is answered. The limit is the same lock and write of {BATCH} holds a"
        f" transaction, on another {BATCH} of the accounts each time (or the one), driven by pgbench with 1 to 4"
        " clients (the best is taken), without any Python.",
    )
    with server() as running:
        for name, spread in (("10,000", ACCOUNTS), ("1 (hot)", 1)):
            uvloop.run(_measure(table, running, name, spread, seconds))
    return [table]


async def _measure(table: Table, running: Server, name: str, spread: int, seconds: float) -> None:
    async with database(running, "bench_books", size=64) as db:
        await _make_book(db)
        await _hold(db, [0])
        limit = await asyncio.to_thread(_limit, running, db.dsn, *await _ids(db.dsn), spread, seconds)
        for callers in CALLERS:
            single = await _holds_per_s(callers, spread, seconds, lambda account: _hold(db, [account]))
            coalescer: Coalescer[int, bool] = Coalescer(partial(_hold, db), BATCH)
            together = await _holds_per_s(callers, spread, seconds, coalescer.submit)
            table.add(
                name,
                callers,
                f"{single:,.0f}",
                f"{together:,.0f}",
                f"{together / single:.1f}×",
                f"{limit:,.0f}",
                f"{together / limit:.2f}",
            )
        async with db.transaction() as tx:
            assert not await book.prove(tx), "the book does not prove after the benchmark"


async def _make_book(db: Database) -> None:
    owner = await asyncpg.connect(db.dsn)
    await owner.execute(book_ddl_v2(book.name, book.key))
    await owner.execute("SELECT ensure_month(extract(year FROM now())::int, extract(month FROM now())::int)")
    async with db.transaction() as tx:
        for accounts in (
            [ACCOUNTS],
            range(ACCOUNTS),
        ):  # the one beside makes the source, so the others' ids are in a row
            posts = [
                Post(debit=(0, "source"), credit=(n, "held"), amount=10**9, doc=new_id(), item=tx.items[0])
                for n in accounts
            ]
            await book.post(tx, posts)
    await owner.execute("VACUUM ANALYZE bench_accounts")
    await owner.close()


async def _hold(db: Database, accounts: Sequence[int], decided: Decided = unheard) -> list[bool]:
    async def body() -> list[bool]:
        async with db.transaction() as tx:
            holds = [
                Hold(id=(i := new_id()), debit=(n, "held"), credit=(0, "gone"), amount=1, doc=i, item=tx.items[0])
                for n in accounts
            ]
            outcomes = await book.hold(tx, holds)
            decided()
            return [isinstance(outcome, Moved) for outcome in outcomes]

    return await db.run(body)


async def _holds_per_s(callers: int, spread: int, seconds: float, hold: Callable[[int], Awaitable[object]]) -> float:
    done = 0
    ends = time.perf_counter() + seconds

    async def caller(seed: int) -> None:
        nonlocal done
        rng = random.Random(seed)
        while time.perf_counter() < ends:
            await hold(rng.randrange(spread))
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(caller(seed) for seed in range(callers)))
    return done / (time.perf_counter() - started)


async def _ids(dsn: str) -> tuple[int, int]:
    """The first account's id, with the others' behind it in a row, and the id of the one that all is held for."""
    owner = await asyncpg.connect(dsn)
    try:
        rows = await owner.fetch(
            "SELECT id FROM bench_accounts WHERE side = 'held' AND account < $1 ORDER BY id", ACCOUNTS
        )
        first = rows[0]["id"]
        assert rows[-1]["id"] == first + ACCOUNTS - 1 == first + len(rows) - 1
        return first, await owner.fetchval("SELECT id FROM bench_accounts WHERE side = 'gone'")
    finally:
        await owner.close()


def _limit(running: Server, dsn: str, first: int, credit: int, spread: int, seconds: float) -> float:
    """Holds a second of the set-based statement alone: 256 accounts once each, or one account 256 times."""
    accounts, each = (1, BATCH) if spread == 1 else (BATCH, 1)
    some = SOME.format(first=first, spread=spread, last=accounts - 1)
    script = PGBENCH.format(some=some, each=each, spread=spread, credit=credit)
    with NamedTemporaryFile("w", suffix=".sql") as file:
        Path(file.name).write_text(script)
        return BATCH * max(_pgbench(running, dsn, file.name, clients, seconds) for clients in (1, 2, 4))


def _pgbench(running: Server, dsn: str, script: str, clients: int, seconds: float) -> float:
    command: list[str] = [str(binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-f", script]
    command += ["-T", str(max(int(seconds), 1)), "-h", str(running.socket_dir), "-p", str(running.port)]
    command += ["-U", running.user, urlsplit(dsn).path[1:]]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    match = re.search(r"tps = ([\d.]+)", told.stdout)
    assert match, told.stdout
    return float(match[1])
