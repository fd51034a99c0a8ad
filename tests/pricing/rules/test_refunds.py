"""Refunds: whatever is asked for in whatever order, what was paid comes back to the minor unit, and never more."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import (
    FreightRefundTooLarge,
    GiftKept,
    GiftReturnTooLarge,
    PaidCoupon,
    PaidGift,
    PaidLine,
    PaidOrder,
    RefundOfNothing,
    RefundPolicy,
    RefundShare,
    RefundTooLarge,
    WantedGift,
    WantedLine,
    WantedRefund,
)
from shangmai.modules.pricing.rules.refunds import share, split_kit
from tests.pricing.rules.making import promo_id, sku

ASK, DEDUCT = RefundPolicy(), RefundPolicy(gift_kept=GiftKept.DEDUCT)
COUPON = UUID(int=77)


def back(order: PaidOrder, *lines: WantedLine, policy: RefundPolicy = ASK, **more) -> RefundShare:
    return share(order, WantedRefund(lines=lines, **more), policy)


def order_of(*lines: PaidLine, **more) -> PaidOrder:
    return PaidOrder(lines=lines, **more)


def gift(**more) -> PaidGift:
    facts: dict[str, Any] = {
        "qty": 1,
        "value_minor": 1_500,
        "line_keys": (1, 2),
        "counted": (12_000, 9_000),
        "sets": 1,
        "at": 20_000,
    }
    return PaidGift(promotion_id=promo_id(1), sku_id=sku(90), **(facts | more))


TWO_LINES = (
    PaidLine(key=1, sku_id=sku(1), qty=2, paid_minor=10_000),
    PaidLine(key=2, sku_id=sku(2), qty=1, paid_minor=8_000),
)


class TestByPieces:
    def test_the_last_piece_takes_the_remainder(self):
        order = order_of(PaidLine(key=1, sku_id=sku(1), qty=3, paid_minor=1_000, points=10, tax_minor=115))
        parts = []
        for _ in range(3):
            answer = back(order, WantedLine(key=1, qty=1))
            parts.append((answer.amount_minor, answer.points, answer.tax_minor))
            order = answer.order
        assert parts == [(333, 3, 38), (334, 4, 39), (333, 3, 38)]

    def test_a_piece_for_less_leaves_the_rest_to_the_others(self):
        order = order_of(PaidLine(key=1, sku_id=sku(1), qty=2, paid_minor=1_000))
        first = back(order, WantedLine(key=1, qty=1, amount_minor=300))
        assert first.amount_minor == 300
        assert back(first.order, WantedLine(key=1, qty=1)).amount_minor == 700

    def test_an_amount_without_pieces_lowers_what_each_piece_gives(self):
        order = order_of(PaidLine(key=1, sku_id=sku(1), qty=2, paid_minor=1_000))
        first = back(order, WantedLine(key=1, amount_minor=100))
        assert [back(first.order, WantedLine(key=1, qty=n)).amount_minor for n in (1, 2)] == [450, 900]


class TestRefused:
    @pytest.mark.parametrize(
        ("wanted", "error"),
        [
            (WantedLine(key=1, qty=3), RefundTooLarge),
            (WantedLine(key=1, amount_minor=10_001), RefundTooLarge),
            (WantedLine(key=1, qty=1, amount_minor=5_001), RefundTooLarge),
            (WantedLine(key=9, qty=1), RefundOfNothing),
            (WantedLine(key=1), RefundOfNothing),
        ],
    )
    def test_more_than_is_left(self, wanted, error):
        with pytest.raises(error):
            back(order_of(*TWO_LINES), wanted)

    def test_more_freight_than_was_paid(self):
        with pytest.raises(FreightRefundTooLarge):
            back(order_of(*TWO_LINES, freight_minor=800), freight_minor=801)

    def test_a_gift_that_nobody_has(self):
        with pytest.raises(GiftReturnTooLarge):
            back(order_of(*TWO_LINES), gifts=(WantedGift(promotion_id=promo_id(1), sku_id=sku(90), qty=1),))


class TestFreight:
    def test_goes_back_with_the_last_piece(self):
        first = back(order_of(*TWO_LINES, freight_minor=800), WantedLine(key=1, qty=2))
        assert first.freight_minor == 0
        assert back(first.order, WantedLine(key=2, qty=1)).amount_minor == 8_800

    def test_asked_for_earlier_it_goes_once(self):
        first = back(order_of(*TWO_LINES, freight_minor=800), freight_minor=500)
        last = back(first.order, WantedLine(key=1, qty=2), WantedLine(key=2, qty=1))
        assert (first.amount_minor, last.freight_minor, last.amount_minor) == (500, 300, 18_300)

    def test_stays_where_the_policy_says_so(self):
        policy = RefundPolicy(freight_with_last=False)
        answer = back(
            order_of(*TWO_LINES, freight_minor=800), WantedLine(key=1, qty=2), WantedLine(key=2, qty=1), policy=policy
        )
        assert answer.amount_minor == 18_000


class TestGifts:
    def test_below_its_threshold_the_gift_is_asked_for(self):
        answer = back(order_of(*TWO_LINES, gifts=(gift(),)), WantedLine(key=2, qty=1))
        assert (answer.amount_minor, answer.gifts[0].qty_due, answer.gifts[0].deducted_minor) == (8_000, 1, 0)

    def test_or_its_value_is_held_back(self):
        answer = back(order_of(*TWO_LINES, gifts=(gift(),)), WantedLine(key=2, qty=1), policy=DEDUCT)
        assert (answer.amount_minor, answer.gifts[0].deducted_minor) == (6_500, 1_500)

    def test_never_more_than_the_refund_comes_to_the_rest_from_the_next(self):
        order = order_of(*TWO_LINES, gifts=(gift(value_minor=9_000),))
        first = back(order, WantedLine(key=2, qty=1), policy=DEDUCT)
        second = back(first.order, WantedLine(key=1, qty=1), policy=DEDUCT)
        assert (first.amount_minor, second.amount_minor) == (0, 4_000)

    def test_what_was_held_back_goes_back_with_the_gift(self):
        first = back(order_of(*TWO_LINES, gifts=(gift(),)), WantedLine(key=2, qty=1), policy=DEDUCT)
        returned = WantedGift(promotion_id=promo_id(1), sku_id=sku(90), qty=1)
        second = back(first.order, gifts=(returned,), policy=DEDUCT)
        assert (second.amount_minor, second.gifts[0].deducted_minor) == (1_500, -1_500)

    def test_a_refund_that_leaves_the_threshold_asks_for_nothing(self):
        order = order_of(*TWO_LINES, gifts=(gift(at=9_000),))
        assert back(order, WantedLine(key=1, qty=2)).gifts == ()

    def test_a_concession_costs_no_gift_a_full_one_does(self):
        order = order_of(*TWO_LINES, gifts=(gift(at=21_000),))
        assert back(order, WantedLine(key=2, amount_minor=7_999)).gifts == ()
        assert back(order, WantedLine(key=2, amount_minor=8_000)).gifts[0].qty_due == 1

    def test_of_three_sets_those_no_longer_earned(self):
        order = order_of(*TWO_LINES, gifts=(gift(qty=3, sets=3, at=7_000),))
        assert back(order, WantedLine(key=1, qty=1)).gifts[0].qty_due == 1
        assert back(order, WantedLine(key=1, qty=2)).gifts[0].qty_due == 2


class TestCoupons:
    def test_goes_back_once_with_the_last_of_its_lines(self):
        order = order_of(*TWO_LINES, coupons=(PaidCoupon(coupon_id=COUPON, line_keys=(2,)),))
        first = back(order, WantedLine(key=1, qty=1))
        second = back(first.order, WantedLine(key=2, qty=1))
        third = back(second.order, WantedLine(key=1, qty=1))
        assert [one.coupons_back for one in (first, second, third)] == [(), (COUPON,), ()]


class TestKits:
    def test_shares_are_stored_and_add_up(self):
        kit = PaidLine(key=1, sku_id=sku(1), qty=1, paid_minor=10_000, points=7, tax_minor=1_151)
        parts = split_kit(kit, [(PaidLine(key=0, sku_id=sku(n), qty=n, paid_minor=0), 1) for n in (1, 2, 3)])
        assert [one.paid_minor for one in parts] == [3_334, 3_333, 3_333]
        assert [sum(getattr(one, name) for one in parts) for name in ("points", "tax_minor")] == [7, 1_151]
        assert {one.key for one in parts} == {1}


# --- any sequence --------------------------------------------------------------------------------------------------

counts = st.integers(0, 3_000)
paid_lines = st.builds(
    PaidLine,
    key=st.just(0),
    sku_id=st.integers(1, 9).map(sku),
    qty=st.integers(1, 7),
    paid_minor=counts,
    points=st.integers(0, 50),
    tax_minor=counts,
)


@st.composite
def orders(draw):
    lines = tuple(replace(one, key=key) for key, one in enumerate(draw(st.lists(paid_lines, min_size=1, max_size=4))))
    keys = tuple(line.key for line in lines)
    gifts = draw(st.lists(st.builds(
        gift,
        qty=st.just(2),
        sets=st.integers(1, 2),
        value_minor=st.integers(0, 900),
        at=st.integers(0, 2_000),
        line_keys=st.just(keys),
        counted=st.just(tuple(line.paid_minor for line in lines)),
    ), max_size=1))  # fmt: skip
    return PaidOrder(
        lines=lines,
        freight_minor=draw(st.integers(0, 500)),
        gifts=tuple(gifts),
        coupons=(PaidCoupon(coupon_id=COUPON, line_keys=keys),),
    )


def one_refund(draw, order):
    """Some refund that is possible now: pieces, an amount, both, freight, a gift."""
    line = draw(st.sampled_from(order.lines))
    left_qty, left_minor = line.qty - line.back_qty, line.paid_minor - line.back_minor
    match draw(st.integers(0, 4)):
        case 0 if left_qty:
            return WantedRefund(lines=(WantedLine(key=line.key, qty=draw(st.integers(1, left_qty))),))
        case 1 if left_minor:
            return WantedRefund(lines=(WantedLine(key=line.key, amount_minor=draw(st.integers(1, left_minor))),))
        case 2:
            return WantedRefund(freight_minor=draw(st.integers(0, order.freight_minor - order.back_freight_minor)))
        case 3 if order.gifts and order.gifts[0].back_qty < 2:
            return WantedRefund(gifts=(WantedGift(promotion_id=promo_id(1), sku_id=sku(90), qty=1),))
        case 4 if left_qty == 1:
            less = draw(st.integers(0, left_minor))
            return WantedRefund(lines=(WantedLine(key=line.key, qty=1, amount_minor=less),))
    return WantedRefund()


@given(data=st.data(), order=orders(), policy=st.sampled_from([ASK, DEDUCT]))
def test_any_sequence_ends_exactly_at_what_was_paid(data, order, policy):
    paid = sum(line.paid_minor for line in order.lines) + order.freight_minor
    given_back = points = tax = coupons = 0
    for wanted in [*(None for _ in range(data.draw(st.integers(0, 6)))), "the rest"]:
        refund = all_the_rest(order) if wanted else one_refund(data.draw, order)
        answer = share(order, refund, policy)
        assert answer.amount_minor >= 0
        given_back, points, tax = given_back + answer.amount_minor, points + answer.points, tax + answer.tax_minor
        coupons += len(answer.coupons_back)
        order = answer.order
        assert given_back <= paid
    assert given_back == paid
    assert order.freight_minor == order.back_freight_minor
    for line in order.lines:
        assert (line.back_qty, line.back_minor) == (line.qty, line.paid_minor)
        assert (line.back_points, line.back_tax_minor) == (line.points, line.tax_minor)
    assert (points, tax) == (sum(one.points for one in order.lines), sum(one.tax_minor for one in order.lines))
    assert coupons == 1


def some_refunds(draw, order, policy):
    """Up to three refunds, and what they gave back."""
    given_back = 0
    for _ in range(draw(st.integers(0, 3))):
        answer = share(order, one_refund(draw, order), policy)
        given_back, order = given_back + answer.amount_minor, answer.order
    return order, given_back


class TestSplitAndMerged:
    """An order that is parted into parcels, or put together with another: what was paid for a line goes with the line.

    Nothing is priced anew, so it does not matter whether lines are refunded before, after, together or apart.
    """

    @given(data=st.data(), order=orders(), policy=st.sampled_from([ASK, DEDUCT]))
    def test_parts_give_back_what_the_whole_would(self, data, order, policy):
        paid = sum(line.paid_minor for line in order.lines)
        order, before = some_refunds(data.draw, replace(order, gifts=(), coupons=(), freight_minor=0), policy)
        first = data.draw(st.sets(st.sampled_from([line.key for line in order.lines])))
        after = 0
        for lines in (
            tuple(line for line in order.lines if line.key in first),
            tuple(line for line in order.lines if line.key not in first),
        ):
            if lines:
                part, given_back = some_refunds(data.draw, replace(order, lines=lines), policy)
                after += given_back + share(part, all_the_rest(part), policy).amount_minor
        assert before + after == paid

    @given(data=st.data(), orders=st.tuples(orders(), orders()), policy=st.sampled_from([ASK, DEDUCT]))
    def test_merged_they_give_back_what_both_would(self, data, orders, policy):
        paid = sum(line.paid_minor for order in orders for line in order.lines)
        begun = [
            some_refunds(data.draw, replace(each, gifts=(), coupons=(), freight_minor=0), policy) for each in orders
        ]
        lines = [line for order, _ in begun for line in order.lines]
        merged = PaidOrder(lines=tuple(replace(line, key=key) for key, line in enumerate(lines)))
        merged, given_back = some_refunds(data.draw, merged, policy)
        rest = share(merged, all_the_rest(merged), policy).amount_minor
        assert sum(before for _, before in begun) + given_back + rest == paid

    @given(data=st.data(), of=paid_lines, policy=st.sampled_from([ASK, DEDUCT]))
    def test_a_kit_in_parts_gives_back_what_was_paid_for_it_in_any_order(self, data, of, policy):
        """Split when it was placed, its components come back one by one, in whatever order, to the very sum."""
        parts = [(PaidLine(key=0, sku_id=sku(n), qty=of.qty * n, paid_minor=0), n) for n in (1, 2, 3)]
        order = PaidOrder(lines=split_kit(replace(of, key=1), parts))
        given_back = 0
        for component in data.draw(st.permutations(order.lines)):
            left = component.qty
            while left:
                qty = data.draw(st.integers(1, left))
                wanted = WantedLine(key=1, sku_id=component.sku_id, qty=qty)
                answer = share(order, WantedRefund(lines=(wanted,)), policy)
                given_back, order, left = given_back + answer.amount_minor, answer.order, left - qty
        assert given_back == of.paid_minor
        assert sum(line.back_points for line in order.lines) == of.points

    def test_a_gift_stays_with_the_lines_that_earned_it(self):
        """Parted so that no parcel holds the threshold alone, the gift is still earned: it goes by the whole order."""
        order = order_of(*TWO_LINES, gifts=(gift(at=18_000),))
        assert back(order, WantedLine(key=1, amount_minor=1)).gifts == ()
        taken = back(order, WantedLine(key=2, qty=1))
        assert [one.qty_due for one in taken.gifts] == [1]


def all_the_rest(order):
    gifts = tuple(
        WantedGift(promotion_id=one.promotion_id, sku_id=one.sku_id, qty=one.qty - one.back_qty)
        for one in order.gifts
        if one.back_qty < one.qty
    )
    lines = [WantedLine(key=one.key, qty=one.qty - one.back_qty) for one in order.lines if one.back_qty < one.qty]
    lines += [
        WantedLine(key=one.key, amount_minor=one.paid_minor - one.back_minor)
        for one in order.lines
        if one.back_qty == one.qty and one.back_minor < one.paid_minor
    ]
    return WantedRefund(lines=tuple(lines), freight_minor=order.freight_minor - order.back_freight_minor, gifts=gifts)
