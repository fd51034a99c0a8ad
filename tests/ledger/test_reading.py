"""Reading the books: details with running balances, pages, scopes, the HTTP routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.datastructures import State

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.http import reads
from shangmai.kernel.http.paging import BadCursor
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger import http, service
from shangmai.modules.ledger.contract import AccountLine, Posted
from shangmai.modules.ledger.contract.errors import AccountNotFound, BooksNotOpen, EntryNotFound
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import CUSTOMER, trial

OTHER = UUID("00000000-0000-7000-8000-0000000000aa")
DAYS = [datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((1, 5), (1, 6), (2, 5), (2, 6), (3, 5))]


@pytest_asyncio.fixture
async def receivables(company: CompanyId, act: Act) -> list[Posted]:
    """Five vouchers over three months: sales of 100, 200 … 500, odd ones to one customer, even ones to another."""
    posted = []
    for n, at in enumerate(DAYS, 1):
        lines = [
            {"account": "1122", "party_id": str(CUSTOMER if n % 2 else OTHER), "debit_minor": n * 100},
            {"account": "5001", "credit_minor": n * 100},
        ]
        do = {"company_id": str(company), "summary": f"第{n}笔", "lines": lines}
        posted.append(await act("ledger.post_entry", do, at=at))
    return posted


def shown(lines: list[AccountLine]) -> list[tuple[str, int, int, int]]:
    return [(line.number, line.debit_minor, line.credit_minor, line.balance_minor) for line in lines]


class TestAccountLedger:
    async def test_pages_carry_the_balance_on(
        self, db: Database, company: CompanyId, receivables: list[Posted]
    ) -> None:
        collected: list[AccountLine] = []
        cursor = None
        async with db.reading(SYSTEM) as tx:
            for _ in range(3):
                page = await service.account_ledger(tx, company, "1122", cursor=cursor, limit=2)
                collected += page.items
                cursor = page.next
        assert cursor is None
        assert shown(collected) == [
            ("记-202601-000001", 100, 0, 100),
            ("记-202601-000002", 200, 0, 300),
            ("记-202602-000001", 300, 0, 600),
            ("记-202602-000002", 400, 0, 1000),
            ("记-202603-000001", 500, 0, 1500),
        ]
        first = collected[0]
        assert (first.other_account, first.party, first.summary) == ("5001", CUSTOMER, "第1笔")

    async def test_from_a_period_on_it_opens_with_the_balance_before(
        self, db: Database, company: CompanyId, receivables: list[Posted]
    ) -> None:
        async with db.reading(SYSTEM) as tx:
            february = await service.account_ledger(tx, company, "5001", period=202602, limit=2)
            mine = await service.account_ledger(tx, company, "1122", period=202602, party_id=CUSTOMER)
        assert shown(february.items) == [("记-202602-000001", 0, 300, -600), ("记-202602-000002", 0, 400, -1000)]
        assert shown(mine.items) == [("记-202602-000001", 300, 0, 400), ("记-202603-000001", 500, 0, 900)]

    async def test_a_transfer_within_an_account_shows_both_sides_once(
        self, db: Database, company: CompanyId, act: Act
    ) -> None:
        lines = [
            {"account": "1122", "party_id": str(CUSTOMER), "debit_minor": 7},
            {"account": "1122", "party_id": str(OTHER), "credit_minor": 7},
        ]
        await act("ledger.post_entry", {"company_id": str(company), "summary": "更正客户", "lines": lines})
        async with db.reading(SYSTEM) as tx:
            first = await service.account_ledger(tx, company, "1122", limit=1)
            second = await service.account_ledger(tx, company, "1122", limit=1, cursor=first.next)
            mine = await service.account_ledger(tx, company, "1122", party_id=OTHER)
        assert [(line.side, line.balance_minor) for line in first.items + second.items] == [("debit", 7), ("credit", 0)]
        assert second.next is None
        assert [(line.side, line.balance_minor) for line in mine.items] == [("credit", -7)]

    async def test_refused(self, db: Database, company: CompanyId) -> None:
        async with db.reading(SYSTEM) as tx:
            with pytest.raises(AccountNotFound):
                await service.account_ledger(tx, company, "9999")
            with pytest.raises(BadCursor):
                await service.account_ledger(tx, company, "1122", cursor="nonsense")


async def test_the_trial_balance_of_a_period(db: Database, company: CompanyId, receivables: list[Posted]) -> None:
    figures = [
        (line.account, line.opening_minor, line.debit_minor, line.credit_minor, line.closing_minor)
        for line in (await trial(db, company, 202602)).lines
    ]
    assert figures == [("1122", 300, 700, 0, 1000), ("5001", -300, 0, 700, -1000)]
    whole = await trial(db, company)
    assert (whole.debit_minor, whole.credit_minor, whole.total_minor) == (1500, 1500, 0)
    assert [line.opening_minor for line in whole.lines] == [0, 0]


async def test_vouchers_are_found_by_number_page_by_page_and_by_cause(
    db: Database, company: CompanyId, receivables: list[Posted]
) -> None:
    async with db.reading(SYSTEM) as tx:
        found = await service.get_entry_by_number(tx, company, " 记-202602-000002 ")
        assert found == await service.get_entry(tx, receivables[3].entry_id)
        assert await service.list_entries_of(tx, found.cause) == [found]
        for number in ("记-202602-000003", "SO20260101-000001"):
            with pytest.raises(EntryNotFound):
                await service.get_entry_by_number(tx, company, number)
        first = await service.list_entries(tx, company, limit=3)
        rest = await service.list_entries(tx, company, limit=3, cursor=first.next)
        assert [entry.id for entry in first.items + rest.items] == [p.entry_id for p in reversed(receivables)]
        assert rest.next is None
        february = await service.list_entries(tx, company, period=202602)
        assert [entry.number for entry in february.items] == ["记-202602-000002", "记-202602-000001"]


def clerk(*companies: UUID, grants: frozenset[str] = frozenset({"ledger.read"})) -> Actor:
    return Actor(id=new_id(), kind="user", name="出纳", grants=grants, scopes={"company": frozenset(companies)})


async def test_another_companys_books_are_not_there(
    db: Database, company: CompanyId, receivables: list[Posted]
) -> None:
    async with db.reading(clerk(new_id())) as tx:
        for read in (service.trial_balance, service.list_accounts):
            with pytest.raises(BooksNotOpen):
                await read(tx, company)
        with pytest.raises(AccountNotFound):
            await service.account_ledger(tx, company, "1122")
        with pytest.raises(EntryNotFound):
            await service.get_entry(tx, receivables[0].entry_id)
        assert await service.account_balance(tx, company, "1122") == 0
        assert await service.account_balance(tx, company, "1122", CUSTOMER) == 0
        assert await service.list_entries_of(tx, (await tx.fetchval("SELECT $1::uuid", receivables[0].entry_id))) == []
        assert await tx.fetchval("SELECT count(*) FROM money_accounts") == 0


async def test_nothing_written_can_be_changed(db: Database) -> None:
    async with db.reading(SYSTEM) as tx:
        for table in ("ledger_entries", "ledger_lines", "money_transfers"):
            assert not await tx.fetchval("SELECT has_any_column_privilege($1, 'UPDATE')", table)
            assert not await tx.fetchval("SELECT has_table_privilege($1, 'DELETE')", table)


# --- HTTP ----------------------------------------------------------------------------------------------------------


class Doorman:
    """Knows the callers of this test by their token."""

    def __init__(self, **callers: Actor) -> None:
        self.callers = callers

    async def authenticate(self, db: Database, *, bearer: str | None, **_: object) -> Actor:
        if bearer not in self.callers:
            raise Unauthenticated()
        return self.callers[bearer]


@pytest_asyncio.fixture
async def client(db: Database, company: CompanyId) -> AsyncIterator[AsyncClient]:
    callers = {"clerk": clerk(company), "stranger": clerk(new_id()), "nobody": clerk(company, grants=frozenset())}
    with reads.plain_signatures():
        app = Litestar(
            http.routes,
            dependencies=reads.DEPENDENCIES,
            guards=[reads.require_grant],
            exception_handlers=reads.EXCEPTION_HANDLERS,  # type: ignore[arg-type]
            openapi_config=None,
            logging_config=None,
            state=State({"db": db, "authenticator": Doorman(**callers), "lang": "zh-CN"}),
        )
    reads.check_routes(app)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:  # type: ignore[arg-type]
        yield client


async def get(client: AsyncClient, path: str, caller: str = "clerk", **query: Any) -> Any:
    answer = await client.get(f"/api/v1/ledger/{path}", params=query, headers={"Authorization": f"Bearer {caller}"})
    return answer.status_code, answer.json()


async def test_the_routes_answer(client: AsyncClient, company: CompanyId, receivables: list[Posted]) -> None:
    whose = {"company": str(company)}
    status, accounts = await get(client, "accounts", **whose)
    assert (status, accounts[0]) == (
        200,
        {
            "code": "1001",
            "zh": "库存现金",
            "en": "Cash on hand",
            "kind": "asset",
            "normal_side": "debit",
            "parent": None,
        },
    )
    status, book = await get(client, "trial-balance", **whose, period=202602)
    assert (status, book["total_minor"], book["lines"][0]["closing_minor"]) == (200, 0, 1000)
    status, page = await get(client, "entries", **whose, limit=2)
    assert (status, [entry["number"] for entry in page["items"]]) == (200, ["记-202603-000001", "记-202602-000002"])
    status, page = await get(client, "entries", **whose, limit=2, cursor=page["next"])
    assert (status, [entry["number"] for entry in page["items"]]) == (200, ["记-202602-000001", "记-202601-000002"])
    status, page = await get(client, "entries", **whose, number="记-202601-000001")
    assert (status, [entry["id"] for entry in page["items"]]) == (200, [str(receivables[0].entry_id)])
    status, entry = await get(client, f"entries/{receivables[0].entry_id}")
    assert (status, entry["lines"][0]["amount_minor"], entry["rate"]) == (200, 100, "1")
    assert (await get(client, "entries", **whose, cause=entry["cause"]))[1]["items"] == [entry]
    status, cause = await get(client, f"entries/{receivables[0].entry_id}/cause")
    assert (status, cause["event"], cause["action"], cause["order_id"]) == (200, None, "ledger.post_entry", None)
    status, books = await get(client, "books", **whose)
    assert (status, books["currency"], books["closed_through"]) == (200, "CNY", None)
    status, page = await get(client, "accounts/1122/lines", **whose, period=202602, party=str(CUSTOMER), limit=1)
    assert (status, page["items"][0]["balance_minor"]) == (200, 400)
    status, page = await get(
        client, "accounts/1122/lines", **whose, period=202602, party=str(CUSTOMER), limit=1, cursor=page["next"]
    )
    assert (status, page["items"][0]["balance_minor"], page["next"]) == (200, 900, None)
    status, rules = await get(client, "rules", **whose)
    assert (status, {"orders.shipped", "orders.returned"} <= {rule["name"] for rule in rules}) == (200, True)


@pytest.mark.parametrize(
    ("path", "caller", "query", "status", "code"),
    [
        ("accounts", "unknown", {}, 401, "kernel.Unauthenticated"),
        ("accounts", "nobody", {}, 403, "kernel.NotGranted"),
        ("accounts", "stranger", {}, 409, "ledger.BooksNotOpen"),
        ("books", "stranger", {}, 409, "ledger.BooksNotOpen"),
        ("trial-balance", "stranger", {}, 409, "ledger.BooksNotOpen"),
        ("trial-balance", "clerk", {"period": "January"}, 422, "kernel.InputInvalid"),
        ("accounts/9999/lines", "clerk", {}, 404, "ledger.AccountNotFound"),
        ("accounts/1122/lines", "stranger", {}, 404, "ledger.AccountNotFound"),
        ("accounts/1122/lines", "clerk", {"cursor": "x"}, 422, "kernel.BadCursor"),
        ("entries", "clerk", {"limit": 201}, 422, "kernel.InputInvalid"),
        ("entries", "clerk", {"number": "SO1"}, 404, "ledger.EntryNotFound"),
        (f"entries/{UUID(int=5)}/cause", "clerk", {}, 404, "ledger.EntryNotFound"),
        (f"entries/{UUID(int=5)}", "clerk", {}, 404, "ledger.EntryNotFound"),
    ],
)
async def test_the_routes_refuse(
    client: AsyncClient,
    company: CompanyId,
    path: str,
    caller: str,
    query: dict[str, object],
    status: int,
    code: str,
) -> None:
    answered, body = await get(client, path, caller, company=str(company), **query)
    assert (answered, body["code"]) == (status, code)


async def test_a_list_takes_the_same_statements_however_long(
    db: Database, company: CompanyId, receivables: list[Posted]
) -> None:
    counts = []
    for limit in (1, 5):
        asked: list[object] = []
        async with db.reading(SYSTEM) as tx:
            await service.list_entries(tx, company, limit=limit)
            tx.conn.add_query_logger(asked.append)
            await service.list_entries(tx, company, limit=limit)
            tx.conn.remove_query_logger(asked.append)
        counts.append(len(asked))
    assert counts == [2, 2]
