"""A month of trade, as an accountant would check it. Amounts in fen."""

from __future__ import annotations

from datetime import UTC, datetime

from shangmai.kernel.db.database import Database
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import CUSTOMER, Happen, Post, closing, trial, vouchers, written

BUYER = {"customer_id": str(CUSTOMER), "currency": "CNY"}


async def test_a_month_of_trade(db: Database, company: CompanyId, act: Act, happen: Happen, post: Post) -> None:
    capital = {
        "company_id": str(company),
        "summary": "股东投入",
        "lines": [{"account": "1002", "debit_minor": 100_000_00}, {"account": "3001", "credit_minor": 100_000_00}],
    }
    await act("ledger.post_entry", capital, at=datetime(2026, 1, 1, 2, tzinfo=UTC))
    day = lambda n: datetime(2026, 1, n, 2, tzinfo=UTC)  # noqa: E731
    await happen(
        "inventory.received.v1",
        {"number": "RK20260102-000001", "reason": "purchase", "value_minor": 5_000_00, "currency": "CNY"},
        at=day(2),
    )
    await happen(
        "orders.shipped.v1",
        BUYER
        | {"number": "SO20260103-000001", "goods_minor": 899_00, "freight_minor": 12_00, "other_minor": 0}
        | {"total_minor": 911_00, "cost_minor": 400_00},
        at=day(3),
    )
    await happen(
        "payments.recorded.v1",
        BUYER | {"number": "PY20260103-000001", "method": "wechat", "amount_minor": 911_00},
        at=day(3),
    )
    await happen(
        "orders.returned.v1",
        BUYER
        | {"number": "RT20260110-000001", "goods_minor": 300_00, "freight_minor": 0, "other_minor": 2_00}
        | {"refund_minor": 302_00, "cost_minor": 133_33},
        at=day(10),
    )
    await happen(
        "payments.refunded.v1",
        BUYER | {"number": "RF20260111-000001", "method": "wechat", "amount_minor": 302_00},
        at=day(11),
    )
    await happen(
        "inventory.adjusted.v1",
        {"number": "TZ20260131-000001", "reason": "count", "loss_minor": 50_00, "gain_minor": 8_00, "currency": "CNY"},
        at=day(31),
    )
    await happen(
        "inventory.received.v1",
        {"number": "RK20260131-000002", "reason": "unmatched_return", "value_minor": 20_00, "currency": "CNY"},
        at=day(31),
    )
    await post()

    assert [(entry.number, entry.summary, written(entry)) for entry in await vouchers(db, company)] == [
        ("记-202601-000001", "股东投入", ["1002/3001 10000000"]),
        ("记-202601-000002", "入库 RK20260102-000001", ["1405/2202 500000"]),
        (
            "记-202601-000003",
            "销售出库 SO20260103-000001",
            ["1122/5001 89900", "1122/5051 1200", "5401/1405 40000"],
        ),
        ("记-202601-000004", "收款 PY20260103-000001", ["1012/1122 91100"]),
        (
            "记-202601-000005",
            "销售退回 RT20260110-000001（红字）",
            ["1122/5001 -30000", "1122/5051 -200", "5401/1405 -13333"],
        ),
        ("记-202601-000006", "退款 RF20260111-000001", ["1122/1012 30200"]),
        ("记-202601-000007", "库存盈亏 TZ20260131-000001", ["1901/1405 5000", "1405/1901 800"]),
        ("记-202601-000008", "无原单退货入库 RK20260131-000002，冲减销售成本", ["5401/1405 -2000"]),
    ]
    book = await trial(db, company, 202601)
    assert [(line.account, line.debit_minor, line.credit_minor, line.closing_minor) for line in book.lines] == [
        ("1002", 100_000_00, 0, 100_000_00),
        ("1012", 911_00, 302_00, 609_00),
        ("1122", 911_00 - 302_00 + 302_00, 911_00, 0),  # the customer owes nothing; the return stands in red
        ("1405", 5_000_00 + 8_00, 400_00 - 133_33 + 50_00 - 20_00, 4_711_33),
        ("1901", 50_00, 8_00, 42_00),
        ("2202", 0, 5_000_00, -5_000_00),
        ("3001", 0, 100_000_00, -100_000_00),
        ("5001", 0, 899_00 - 300_00, -599_00),  # the credit side is net sales, the debit side stays empty
        ("5051", 0, 12_00 - 2_00, -10_00),
        ("5401", 400_00 - 133_33 - 20_00, 0, 246_67),
    ]
    assert book.total_minor == 0
    assert book.debit_minor == book.credit_minor


async def test_the_next_period_opens_with_what_the_last_one_left(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    for day, amount in (
        (datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC), 100),
        (datetime(2026, 1, 31, 16, tzinfo=UTC), 7),
    ):
        await happen("inventory.received.v1", {"number": "x", "reason": "opening", "value_minor": amount}, at=day)
    await post()
    assert [entry.number for entry in await vouchers(db, company)] == ["记-202601-000001", "记-202602-000001"]
    february = {line.account: line for line in (await trial(db, company, 202602)).lines}
    assert (february["1405"].opening_minor, february["1405"].debit_minor, february["1405"].closing_minor) == (
        100,
        7,
        107,
    )
    assert (february["2202"].opening_minor, february["2202"].credit_minor) == (-100, 7)
    assert (await trial(db, company, 202602)).total_minor == 0


async def test_every_way_of_paying_lands_somewhere(
    db: Database, company: CompanyId, happen: Happen, post: Post
) -> None:
    for n, method in enumerate(("test", "wechat", "alipay", "bank", "cash", "some_new_platform")):
        amount = {"number": "n", "method": method, "amount_minor": 10**n}
        await happen("payments.recorded.v1", BUYER | amount)
        await happen("payments.refunded.v1", BUYER | amount | {"amount_minor": 2 * 10**n})
    await post()
    assert await closing(db, company) == {"1001": -10_000, "1002": -1_000, "1012": -100_111, "1122": 111_111}
