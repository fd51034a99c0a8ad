"""The proof finds what was tampered with behind the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.ledger import service
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act


@pytest_asyncio.fixture(autouse=True)
async def sound() -> AsyncIterator[None]:
    """Here the ledger does not prove afterwards: that is the point."""
    yield


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE ledger_lines SET amount_minor = 8, original_minor = 8 WHERE line = 1", {"line", "total"}),
        ("UPDATE ledger_lines SET credit_account = '3002' WHERE line = 1", {"line", "total"}),
        ("UPDATE ledger_lines SET debit_party = company_id WHERE line = 1", {"line"}),
        ("UPDATE ledger_lines SET amount_minor = -7, original_minor = -7 WHERE line = 1", {"line", "total"}),
        ("DELETE FROM ledger_lines WHERE line = 1", {"line", "total", "entry"}),
        ("UPDATE money_transfers SET amount = amount + 1", {"line"}),
        ("UPDATE money_transfers SET debit_id = credit_id, credit_id = debit_id", {"line"}),
        ("DELETE FROM money_transfers", {"line"}),
        ("UPDATE ledger_totals SET debit_minor = debit_minor + 1 WHERE account = '1002'", {"total", "trial balance"}),
        ("UPDATE ledger_entries SET number = 9 WHERE number = 2", {"numbers", "entry"}),
        ("UPDATE ledger_periods SET last_number = 3", {"numbers"}),
        ("UPDATE ledger_entries SET cause = gen_random_uuid()", {"line"}),
    ],
)
async def test_tampering_is_found(
    db: Database,
    company: CompanyId,
    act: Act,
    admin_conn: asyncpg.Connection,
    tampering: str,
    found: set[str],
) -> None:
    lines = [
        {"account": "1002", "debit_minor": 10},
        {"account": "3001", "credit_minor": 7},
        {"account": "3002", "credit_minor": 3},
    ]
    for _ in range(2):
        await act("ledger.post_entry", {"company_id": str(company), "summary": "x", "lines": lines})
    async with db.reading(SYSTEM) as tx:
        assert await service.prove(tx) == []
    await admin_conn.execute("SET session_replication_role = replica")  # without foreign keys
    await admin_conn.execute(tampering)
    async with db.reading(SYSTEM) as tx:
        assert {one.what for one in await service.prove(tx)} == found
