"""Prices of a piece that come to what a channel says of a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.ids import new_id
from shangmai.kernel.money import line_amount
from shangmai.modules.channels.contract import ChannelAccountId
from shangmai.modules.channels.contract.orders import AmountNotDivisible, TakeChannelOrder, TakenLine
from shangmai.modules.channels.rules import check, unit_price


def line(qty: int, amount_minor: int) -> TakenLine:
    return TakenLine(channel_line="1", item_id="T1", qty=qty, amount_minor=amount_minor)


@given(qty=st.integers(1, 9_999), amount_minor=st.integers(0, 10**13))
def test_all_pieces_cost_what_the_channel_says(qty: int, amount_minor: int) -> None:
    for currency in ("CNY", "JPY"):
        price = unit_price(line(qty, amount_minor), currency)
        assert line_amount(qty, price, currency).minor == amount_minor


def test_what_six_decimals_cannot_tell_is_refused() -> None:
    do = TakeChannelOrder(account_id=ChannelAccountId(new_id()), channel_no="TB-1", lines=[line(9_999, 1)])
    assert isinstance(check(do, "KWD"), AmountNotDivisible)
    assert check(do, "CNY") is None
