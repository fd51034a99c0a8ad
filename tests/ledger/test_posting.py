"""Events become vouchers once, in order, or wait where a person sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from asyncpg.connection import LoggedQuery

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS, Consumer, ReplayFailed
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.events.tail import START
from shangmai.modules.ledger.contract import POSTING
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import CUSTOMER, MID_JANUARY, Happen, Post, closing, record_all, trial, vouchers, written

SHIPPED = {
    "number": "SO20260115-000001",
    "customer_id": str(CUSTOMER),
    "goods_minor": 100_00,
    "freight_minor": 0,
    "other_minor": 0,
    "cost_minor": 60_00,
    "currency": "CNY",
}


async def parked(db: Database) -> list[tuple[int, str]]:
    async with db.reading(SYSTEM) as tx:
        return [(one.seq, one.reason) for one in await store.list_parked(tx, POSTING)]


async def test_an_event_read_again_is_not_posted_again(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    await happen("orders.shipped.v1", SHIPPED)
    await post()
    before = await vouchers(db, company)
    async with db.transaction() as tx:
        await store.move(tx, POSTING, 0, START)
    assert await post() >= 1
    assert await vouchers(db, company) == before
    assert await closing(db, company) == {"1122": 100_00, "1405": -60_00, "5001": -100_00, "5401": 60_00}


async def test_a_voucher_names_its_event_and_rule(db: Database, company: CompanyId, happen: Happen, post: Post) -> None:
    event_id = await happen("orders.shipped.v1", SHIPPED)
    await post()
    [entry] = await vouchers(db, company)
    assert (entry.cause, entry.rule, entry.rule_version) == (event_id, "orders.shipped", 1)
    assert (entry.at, entry.period, entry.currency, entry.rate) == (MID_JANUARY, 202601, "CNY", Decimal(1))
    assert [(line.debit_party, line.credit_party) for line in entry.lines] == [(CUSTOMER, None), (None, None)]


async def test_amounts_of_zero_make_no_line_and_no_voucher(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    await happen("inventory.adjusted.v1", {"number": "n", "loss_minor": 0, "gain_minor": 0})
    await happen("inventory.adjusted.v1", {"number": "n", "loss_minor": 0, "gain_minor": 5})
    await post()
    assert [written(entry) for entry in await vouchers(db, company)] == [["1405/1901 5"]]
    assert [entry.number for entry in await vouchers(db, company)] == ["记-202601-000001"]


async def test_an_order_without_a_customer_is_no_ones_receivable(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    await happen("orders.shipped.v1", SHIPPED | {"customer_id": None})
    await post()
    [entry] = await vouchers(db, company)
    assert entry.lines[0].debit_party is None


async def test_events_that_no_rule_names_pass(db: Database, company: CompanyId, happen: Happen, post: Post) -> None:
    await happen("orders.placed.v1", {"number": "n", "total_minor": 5})
    await post()
    assert await vouchers(db, company) == []
    assert await parked(db) == []


async def test_without_books_an_event_waits_and_posts_when_they_are_open(
    db: Database, unopened: CompanyId, act: Act, ledger_reader: Reader
) -> None:
    fields = {"company_id": str(unopened), "number": "n", "reason": "purchase", "value_minor": 9}
    [event_id] = await record_all(db, [("inventory.received.v1", fields, MID_JANUARY, None)])
    await ledger_reader.drain()
    [(seq, reason)] = await parked(db)
    assert reason.startswith(f"BooksNotOpen: Company {unopened} has no books yet; open them with ledger.open_books")
    with pytest.raises(ReplayFailed):
        await ledger_reader.replay(POSTING, seq)
    await act("ledger.open_books", {"company_id": str(unopened)})
    assert await ledger_reader.replay(POSTING, seq) == 1
    assert await parked(db) == []
    assert [entry.cause for entry in await vouchers(db, unopened)] == [event_id]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"goods_minor": None}, "goods_minor is None, not an amount in minor units"),
        ({"goods_minor": "100"}, "goods_minor is 100, not an amount in minor units"),
        ({"goods_minor": -1}, "goods_minor is -1, not an amount in minor units"),
        ({"goods_minor": True}, "goods_minor is True, not an amount in minor units"),
        ({"customer_id": "Zhang"}, "customer_id is Zhang, not an id"),
        ({"company_id": None}, "it does not say which company it is of"),
        ({"currency": "USD"}, "There is no rate USD → CNY for 2026-01-15 or the 30 days before"),
        ({"currency": "XYZ"}, "There is no rate XYZ → CNY"),
    ],
)
async def test_an_event_that_does_not_fit_is_parked_and_its_neighbours_are_posted(
    db: Database, company: CompanyId, happen: Happen, post: Post, fields: dict[str, object], reason: str
) -> None:
    good = await happen("orders.shipped.v1", SHIPPED, key="a")
    await happen("orders.shipped.v1", SHIPPED | fields, key="b")
    other = await happen("orders.shipped.v1", SHIPPED, key="c")
    await post()
    [(_, told)] = await parked(db)
    assert reason in told
    assert [entry.cause for entry in await vouchers(db, company)] == [good, other]
    assert [entry.number for entry in await vouchers(db, company)] == ["记-202601-000001", "记-202601-000002"]


async def test_two_companies_count_for_themselves(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    second = (await act("organization.create_company", {"code": "BJ", "name": "北京"})).id
    await act("ledger.open_books", {"company_id": str(second)})
    for _ in range(2):
        await happen("orders.shipped.v1", SHIPPED)
        await happen("orders.shipped.v1", SHIPPED | {"company_id": str(second)})
    await post()
    for one in (company, second):
        assert [entry.number for entry in await vouchers(db, one)] == ["记-202601-000001", "记-202601-000002"]
        assert (await trial(db, one)).total_minor == 0


class TestForeignCurrency:
    USD = SHIPPED | {
        "goods_minor": 10_01,
        "freight_minor": 3_33,
        "other_minor": 1,
        "cost_minor": 5_00,
        "currency": "USD",
    }

    async def test_the_receivable_is_the_converted_total(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        await act("ledger.set_rate", rate("2026-01-01", "7.0288"))
        await happen("orders.shipped.v1", self.USD)
        await happen(
            "payments.recorded.v1",
            {"number": "p", "customer_id": str(CUSTOMER), "method": "stripe", "amount_minor": 13_35, "currency": "USD"},
        )
        await post()
        shipped, paid = await vouchers(db, company)
        # 13.35 USD × 7.0288 = 93.83448 → 93.83; its parts are 70.358, 23.406 and 0.0703 by themselves
        assert written(shipped) == ["1122/5001 7036", "1122/5051 2340", "1122/5051 7", "5401/1405 3514"]
        assert [line.original_minor for line in shipped.lines] == [10_01, 3_33, 1, 5_00]
        assert (shipped.currency, shipped.rate) == ("USD", Decimal("7.0288"))
        assert written(paid) == ["1012/1122 9383"]
        assert (await closing(db, company))["1122"] == 0

    async def test_half_a_fen_goes_away_from_zero(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        await act("ledger.set_rate", rate("2026-01-01", "0.5"))
        for amount in (1, 3):
            await happen(
                "inventory.received.v1",
                {"number": "n", "reason": "purchase", "value_minor": amount, "currency": "USD"},
            )
            await happen(
                "inventory.received.v1",
                {"number": "n", "reason": "unmatched_return", "value_minor": amount, "currency": "USD"},
            )
        await post()
        assert [written(entry) for entry in await vouchers(db, company)] == [
            ["1405/2202 1"],
            ["5401/1405 -1"],
            ["1405/2202 2"],
            ["5401/1405 -2"],
        ]

    async def test_what_comes_to_nothing_is_not_posted(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        await act("ledger.set_rate", rate("2026-01-01", "0.0001", currency="VND"))
        await happen(
            "inventory.received.v1", {"number": "n", "reason": "purchase", "value_minor": 49, "currency": "VND"}
        )
        await post()
        assert await vouchers(db, company) == []
        assert await parked(db) == []

    async def test_the_newest_rate_up_to_the_day_counts_and_is_kept(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        for day, value in (("2025-12-16", "6"), ("2026-01-10", "7"), ("2026-01-16", "8")):
            await act("ledger.set_rate", rate(day, value))
        received = {"number": "n", "reason": "purchase", "value_minor": 100, "currency": "USD"}
        await happen("inventory.received.v1", received, at=datetime(2026, 1, 15, 15, 59, tzinfo=UTC))
        await happen("inventory.received.v1", received, at=datetime(2026, 1, 15, 16, tzinfo=UTC))  # the 16th there
        await post()
        await act("ledger.set_rate", rate("2026-01-10", "9"))
        assert [(e.rate, e.lines[0].amount_minor) for e in await vouchers(db, company)] == [
            (Decimal(7), 700),
            (Decimal(8), 800),
        ]

    async def test_an_old_rate_is_none(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, ledger_reader: Reader
    ) -> None:
        await act("ledger.set_rate", rate("2025-12-15", "7"))
        await happen(
            "inventory.received.v1", {"number": "n", "reason": "purchase", "value_minor": 1, "currency": "USD"}
        )
        await ledger_reader.drain()
        [(seq, _)] = await parked(db)
        await act("ledger.set_rate", rate("2025-12-16", "7"))
        await ledger_reader.replay(POSTING, seq)
        assert await closing(db, company) == {"1405": 7, "2202": -7}


def rate(day: str, value: str, *, currency: str = "USD") -> dict[str, str]:
    return {"currency": currency, "quote": "CNY", "day": day, "rate": value, "source": "中国外汇交易中心"}


async def test_posting_takes_ten_statements_however_many_events(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    fields = SHIPPED | {"company_id": str(company)}
    counted = _Counted(db)
    for count in (1, 300):  # the first batch also makes accounts and asks for types
        counted.statements.clear()
        await record_all(db, [("orders.shipped.v1", fields, MID_JANUARY, None) for _ in range(count)])
        await counted.post_all()
    assert len(counted.statements) <= 8, counted.statements
    assert (await closing(db, company))["5001"] == -301 * 100_00


class _Counted:
    """Posts everything in one batch and counts what the posting itself asks of the database."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.statements: list[str] = []

    async def post_all(self) -> None:
        async def handler(tx, deliveries):
            tx.conn.add_query_logger(self._count)
            await CONSUMERS[POSTING].handler(tx, deliveries)
            tx.conn.remove_query_logger(self._count)

        counting = Consumer(POSTING, handler, None, 500, 1, raw=True)
        await Reader(self.db, [counting]).drain()

    def _count(self, query: LoggedQuery) -> None:
        self.statements.append(query.query)
