"""Ledger: vouchers posted per second from the event log, and what reading the books costs then."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from bench.harness import Table, database, ms, server
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.events.store import lane_hash
from shangmai.kernel.ids import new_id, new_ids
from shangmai.kernel.months import ensure_months
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import POSTING, OpenBooks
from shangmai.modules.organization.contract import CompanyId, CreateCompany

EVENTS = 60_000
CUSTOMERS = 4_000
YEAR = datetime(2025, 1, 1, tzinfo=UTC)

Event = tuple[str, str, datetime, dict[str, object]]


def run(_: float) -> list[Table]:
    """Post a year of a real shop's size: 60,000 events, half of them orders of several lines."""
    table = Table(
        "Ledger",
        ["measure", "figure"],
        f"{EVENTS:,} events of a year, {CUSTOMERS:,} customers, batches of 500, one after the other in one process.",
    )
    with server() as running:

        async def measure() -> None:
            async with database(running, "bench_ledger") as db:
                company = await _open(db)
                await _record(db, company)
                await _post(table, db)
                await _read(table, db, company)

        asyncio.run(measure())
    return [table]


async def _open(db: Database) -> CompanyId:
    runner = Runner(db)
    create = CreateCompany(code="BENCH", name="Bench", currency="GBP", timezone="Europe/London")
    answer = await runner.run(Call(action="organization.create_company", input=create, actor=SYSTEM, door="bench"))
    company: CompanyId = answer.unwrap().id
    opening = OpenBooks(company_id=company)
    (await runner.run(Call(action="ledger.open_books", input=opening, actor=SYSTEM, door="bench"))).unwrap()
    return company


async def _record(db: Database, company: CompanyId) -> None:
    """Write the year's events into the log as the modules above would."""
    chance = random.Random(1)
    customers = new_ids(CUSTOMERS)
    await ensure_months(db, {(YEAR.year, month) for month in range(1, 13)})
    for start in range(0, EVENTS, 2_000):
        made = [_event(chance, company, customers, start + n) for n in range(2_000)]
        async with db.transaction() as tx:
            await _insert(tx, made)


def _event(chance: random.Random, company: CompanyId, customers: list[UUID], n: int) -> Event:
    at = YEAR + timedelta(days=364) * n / EVENTS
    goods = chance.randrange(500, 90_000)
    fields = {"company_id": company, "customer_id": chance.choice(customers), "currency": "GBP", "number": f"N{n}"}
    if n % 2:
        return "payments.recorded.v1", str(new_id()), at, fields | {"method": "wechat", "amount_minor": goods}
    amounts = {"goods_minor": goods, "freight_minor": n % 4 * 150, "other_minor": n % 6, "cost_minor": goods * 6 // 10}
    return "orders.shipped.v1", str(new_id()), at, fields | amounts


async def _insert(tx: Tx, events: list[Event]) -> None:
    await tx.execute(
        "INSERT INTO events (id, name, key, lane_hash, at, cause, payload)"
        " SELECT id, name, key, lane_hash, at, $1, payload::json FROM unnest("
        "$2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[], $7::text[])"
        " AS e (id, name, key, lane_hash, at, payload)",
        tx.cause,
        new_ids(len(events)),
        [name for name, _, _, _ in events],
        [key for _, key, _, _ in events],
        [lane_hash(key) for _, key, _, _ in events],
        [at for _, _, at, _ in events],
        [msgspec.json.encode(fields).decode() for _, _, _, fields in events],
    )


async def _post(table: Table, db: Database) -> None:
    reader = Reader(db, [CONSUMERS[POSTING]])
    started = time.perf_counter()
    await reader.drain()
    seconds = time.perf_counter() - started
    async with db.reading(SYSTEM) as tx:
        entries, lines = await tx.fetchrow(  # type: ignore[misc]
            "SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM ledger_lines)"
        )
    assert entries == EVENTS, f"{entries} vouchers of {EVENTS} events"
    table.add("vouchers posted", f"{entries / seconds:,.0f}/s")
    table.add("voucher lines posted", f"{lines / seconds:,.0f}/s")


async def _read(table: Table, db: Database, company: CompanyId) -> None:
    async def timed(name: str, read: Callable[[Tx], Awaitable[object]]) -> None:
        async with db.reading(SYSTEM) as tx:
            await read(tx)
            started = time.perf_counter()
            await read(tx)
            table.add(name, ms(time.perf_counter() - started))

    await timed("trial balance", lambda tx: service.trial_balance(tx, company, 202506))
    await timed("an account's first 50 lines", lambda tx: service.account_ledger(tx, company, "1122"))
    await timed("the last 50 vouchers", lambda tx: service.list_entries(tx, company))
    await timed("proof of everything", service.prove)
    async with db.reading(SYSTEM) as tx:
        assert await service.prove(tx) == [], "the books do not prove"
