"""The table that explains a quote: every block re-adds, whatever the quote."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.money import Money
from shangmai.modules.pricing.contract import AmountOff, Layer, Policy, Tier
from shangmai.modules.pricing.contract.floors import FloorBy
from shangmai.modules.pricing.rules.sheet import COLUMNS, headers, rows
from tests.pricing.rules.making import basket, line, price, promo, sku
from tests.pricing.rules.random_sets import baskets, promotion_sets

AMOUNT = COLUMNS.index("amount")
STEP = COLUMNS.index("step")


@given(
    of=baskets(),
    promotions=promotion_sets(),
    tax_included=st.booleans(),
    charges=st.lists(st.tuples(st.text(max_size=5), st.integers(0, 500)), max_size=3),
)
def test_every_block_adds_up(of, promotions, tax_included, charges):
    quote = price(of, promotions, Policy(tax_included=tax_included))
    table = rows(quote, {}, "en", charges)
    assert all(len(row) == len(COLUMNS) for row in table)
    told = [(row[STEP], Decimal(row[AMOUNT] or 0)) for row in table]
    running, paid = Decimal(0), Decimal(0)
    for step, amount in told:
        if step == "paid":
            assert running == amount
            paid += amount
            running = Decimal(0)
        elif step not in ("gift", "not used", "tax on top", "charge", "to be paid"):
            running += amount
    besides = sum((amount for step, amount in told if step in ("tax on top", "charge")), Decimal(0))
    assert told[-1] == ("to be paid", paid + besides)
    due = quote.totals.payable_minor + sum(minor for _, minor in charges)
    assert table[-1][AMOUNT] == Money(due, quote.currency).major()


def test_what_it_says():
    of = basket(line(1, 2, 1_000, floor_minor=800, floor_by=FloorBy.SKU))
    quote = price(of, [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(1, 600),)))])
    table = rows(quote, {sku(1): ("A-1", "杯子")}, "zh-CN")
    assert headers("zh-CN") == ["行", "商品编码", "商品", "数量", "步骤", "说明", "出资方", "金额", "币种"]
    assert table == [
        (1, "A-1", "杯子", 2, "标价", "商品自有价格: ¥10.00 × 2", "", Decimal("20.00"), "CNY"),
        (1, "A-1", "杯子", 2, "店铺优惠", "P001 促销 1 v1", "商家 ¥4.00", Decimal("-4.00"), "CNY"),
        (1, "A-1", "杯子", 2, "实付", "已到商品底价 ¥16.00", "", Decimal("16.00"), "CNY"),
        (None, "", "", None, "应付合计", "", "", Decimal("16.00"), "CNY"),
    ]
