"""A company with open books, a way to let things happen, and after each test the proof."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.events.store import lane_hash
from shangmai.kernel.ids import new_id
from shangmai.kernel.months import ensure_months
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import POSTING, Entry, TrialBalance
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act

Happen = Callable[..., Awaitable[UUID]]
Post = Callable[[], Awaitable[int]]
MID_JANUARY = datetime(2026, 1, 15, 4, tzinfo=UTC)
CUSTOMER = UUID("00000000-0000-7000-8000-00000000c0de")


@pytest.fixture
def ledger_reader(db: Database) -> Reader:
    """Runs the posting alone, so that these tests depend on no module above."""
    return Reader(db, [CONSUMERS[POSTING]])


@pytest.fixture
def post(ledger_reader: Reader) -> Post:
    """`await post()` posts everything that has happened."""
    return ledger_reader.drain


@pytest_asyncio.fixture
async def unopened(act: Act) -> CompanyId:
    """A company without books."""
    company = await act("organization.create_company", {"code": "SH", "name": "上海商脉贸易有限公司"})
    return CompanyId(company.id)


@pytest_asyncio.fixture
async def company(act: Act, unopened: CompanyId) -> CompanyId:
    """A company in CNY and Shanghai time with open books."""
    await act("ledger.open_books", {"company_id": str(unopened)})
    return unopened


@pytest.fixture
def happen(db: Database, company: CompanyId) -> Happen:
    """`await happen("orders.shipped.v1", {...}, at=…)`: an event of the company, as the modules above would emit it."""

    async def record(name: str, fields: dict[str, Any], *, at: datetime = MID_JANUARY, key: str | None = None) -> UUID:
        return (await record_all(db, [(name, {"company_id": str(company)} | fields, at, key)]))[0]

    return record


async def record_all(db: Database, events: list[tuple[str, dict[str, Any], datetime, str | None]]) -> list[UUID]:
    """Write events of any name into the log, also of names that no module declares."""
    await ensure_months(db, {(at.year, at.month) for _, _, at, _ in events})
    ids = [new_id() for _ in events]
    keys = [key or str(id_) for id_, (_, _, _, key) in zip(ids, events, strict=True)]
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO events (id, name, key, lane_hash, at, cause, payload)"
            " SELECT id, name, key, lane_hash, at, $6, payload::json FROM unnest("
            "$1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $7::text[])"
            " WITH ORDINALITY AS e (id, name, key, lane_hash, at, payload, n) ORDER BY n",
            ids,
            [name for name, _, _, _ in events],
            keys,
            [lane_hash(key) for key in keys],
            [at for _, _, at, _ in events],
            tx.cause,
            [json.dumps(fields) for _, fields, _, _ in events],
        )
    return ids


@pytest_asyncio.fixture(autouse=True)
async def sound(db: Database) -> AsyncIterator[None]:
    """Whatever a test did, the ledger proves afterwards."""
    yield
    async with db.reading(SYSTEM) as tx:
        assert await service.prove(tx) == []


async def trial(db: Database, company: CompanyId, period: int | None = None) -> TrialBalance:
    async with db.reading(SYSTEM) as tx:
        return await service.trial_balance(tx, company, period)


async def closing(db: Database, company: CompanyId) -> dict[str, int]:
    """The closing balance of every account that moved: debits − credits, in minor units."""
    return {line.account: line.closing_minor for line in (await trial(db, company)).lines}


async def vouchers(db: Database, company: CompanyId) -> list[Entry]:
    """All vouchers, the oldest number first."""
    async with db.reading(SYSTEM) as tx:
        page = await service.list_entries(tx, company, limit=200)
    assert page.next is None
    return page.items[::-1]


def written(entry: Entry) -> list[str]:
    """A voucher's lines as an accountant would read them out: debit / credit amount."""
    return [f"{line.debit_account}/{line.credit_account} {line.amount_minor}" for line in entry.lines]
