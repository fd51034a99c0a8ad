"""What pieces come to, whatever is asked for in whichever order."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.ids import new_id
from shangmai.modules.aftersales import rules
from shangmai.modules.aftersales.contract import AfterSaleLine
from shangmai.modules.aftersales.rules import Taken
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import LineKind, OrderLine

SKU = SkuId(new_id())


def line(qty: int, amount_minor: int) -> OrderLine:
    return OrderLine(
        line=1, kind=LineKind.GOODS, sku_id=SKU, title="茶", qty=qty, unit_price=Decimal(1), amount_minor=amount_minor,
        shipped_qty=qty, returned_qty=0, returned_minor=0, cost_minor=0, returned_cost_minor=0,
        shipped_minor=amount_minor,
    )  # fmt: skip


@given(
    st.integers(1, 30),
    st.integers(0, 10**7),
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from("rxm")), max_size=40),
)
def test_any_order_of_requests_ends_at_what_the_pieces_cost(
    qty: int, amount: int, asked: list[tuple[int, str]]
) -> None:
    """Returns, exchanges and money alone, some pieces at a time: each piece's share once, never more than there was."""
    sold, taken, given_back, exchanged = line(qty, amount), Taken(), 0, 0
    for wanted, kind in asked:
        pieces = min(wanted, rules.left_of(sold, 0, taken))
        if not pieces:
            continue
        worth = 0 if kind == "x" else rules.worth_of(sold, taken, pieces)
        exchanged += rules.worth_of(sold, taken, pieces) if kind == "x" else 0
        given_back += worth
        if kind == "m":
            taken = Taken(paid_qty=taken.paid_qty + pieces)
            sold = replace(sold, returned_minor=sold.returned_minor + worth)
        else:
            sold = replace(sold, returned_qty=sold.returned_qty + pieces, returned_minor=sold.returned_minor + worth)
    assert given_back <= amount
    rest = rules.worth_of(sold, taken, rules.left_of(sold, 0, taken))
    assert given_back + exchanged + rest == amount


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 99)), min_size=1, max_size=8), st.integers(0, 10**6))
def test_a_sum_that_was_decided_on_is_shared_out_whole(parts: list[tuple[int, int]], decided: int) -> None:
    lines = [
        AfterSaleLine(line=n, sku_id=SKU, title="", qty=qty, amount_minor=amount)
        for n, (amount, qty) in enumerate(parts)
    ]
    shared = rules.shared(lines, decided)
    assert sum(shared) == decided
    assert all(each >= 0 for each in shared)
    assert sum(rules.shared(lines, None)) == sum(amount for amount, _ in parts)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_never_fewer_than_none_are_left(back: int, awaited: int, open_qty: int, paid: int, qty: int) -> None:
    sold = replace(line(qty, 100), returned_qty=min(back, qty))
    left = rules.left_of(sold, awaited, Taken(open_qty, paid))
    assert 0 <= left <= qty - min(back, qty)
