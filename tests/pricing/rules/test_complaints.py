"""What users of other systems complain about, each as a test that we do not have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.pricing.contract import (
    AmountOff,
    Gift,
    GiftItem,
    GiftKept,
    GiftStock,
    GiftTier,
    Layer,
    OfferedCoupon,
    PaidCoupon,
    PaidGift,
    PaidLine,
    PaidOrder,
    PercentOff,
    PointsDeduction,
    Quote,
    RefundPolicy,
    RefundTooLarge,
    Tier,
    WantedGift,
    WantedLine,
    WantedRefund,
)
from shangmai.modules.pricing.rules.refunds import share, split_kit
from tests.pricing.rules.making import basket, line, paid, price, promo, promo_id, sku


def placed(quote: Quote) -> PaidOrder:
    """What an order keeps of its quote to refund by."""
    return PaidOrder(
        lines=tuple(
            PaidLine(
                key=one.key,
                sku_id=one.sku_id,
                qty=one.qty,
                paid_minor=one.paid_minor,
                points=one.points,
                tax_minor=one.tax_minor,
            )
            for one in quote.lines
        ),
        freight_minor=quote.totals.freight_minor - quote.totals.freight_off_minor,
        gifts=tuple(
            PaidGift(
                promotion_id=one.promotion_id,
                sku_id=one.sku_id,
                qty=one.qty,
                value_minor=one.value_minor,
                line_keys=one.line_keys,
                counted=one.counted,
                sets=one.sets,
                at=one.at,
            )
            for one in quote.gifts
        ),
        coupons=tuple(
            PaidCoupon(coupon_id=one.promotion_id, line_keys=tuple(line.key for line in quote.lines))
            for one in quote.applied
            if one.coupon is not None
        ),
    )


def give_back(order: PaidOrder, *lines: WantedLine, policy: RefundPolicy | None = None, **more):
    return share(order, WantedRefund(lines=lines, **more), policy or RefundPolicy())


class TestC7CouponsAndPointsComeBack:
    def test_each_once_and_points_in_proportion(self):
        coupon = promo(1, Layer.COUPON, AmountOff(tiers=(Tier(0, 1_000),)), needs_coupon=True)
        points = promo(2, Layer.POINTS, PointsDeduction(share_max_bp=5_000))
        of = basket(
            line(1, 2, 3_000),
            coupons=(OfferedCoupon(promotion_id=promo_id(1)),),
            points_available=1_000,
        )
        first = give_back(placed(price(of, [coupon, points])), WantedLine(key=1, qty=1))
        second = give_back(first.order, WantedLine(key=1, qty=1))
        assert [(one.amount_minor, one.points, len(one.coupons_back)) for one in (first, second)] == [
            (2_000, 500, 0),
            (2_000, 500, 1),
        ]


class TestC8SharesAddUp:
    def test_ten_off_three_tens(self):
        of = basket(*(line(n, 1, 1_000) for n in (1, 2, 3)))
        assert paid(of, promo(1, Layer.ORDER, AmountOff(tiers=(Tier(0, 1_000),)))) == [666, 667, 667]

    @given(lines=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9_999)), min_size=1), off=st.integers(1, 99_999))
    def test_for_any_lines(self, lines, off):
        of = basket(*(line(n, qty, unit) for n, (qty, unit) in enumerate(lines)))
        goods = sum(qty * unit for qty, unit in lines)
        answer = price(of, [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(0, off),)))])
        assert sum(one.list_minor - one.paid_minor for one in answer.lines) == min(off, goods)


class TestC9RefundsEndAtWhatWasPaid:
    def test_ten_times_23_90_a_quarter_off(self):
        quarter = promo(1, Layer.ORDER, PercentOff(tiers=(Tier(0, 2_500),)))
        answer = price(basket(line(1, 10, 2_390)), [quarter])
        assert answer.totals.payable_minor == 17_925
        order, total = placed(answer), 0
        for _ in range(10):
            back = give_back(order, WantedLine(key=1, qty=1))
            order, total = back.order, total + back.amount_minor
        assert total == 17_925


class TestC10NeverMoreInTwoSteps:
    def test_the_second_step_is_held_to_what_is_left(self):
        order = placed(price(basket(line(1, 2, 1_000)), []))
        first = give_back(order, WantedLine(key=1, amount_minor=1_500))
        with pytest.raises(RefundTooLarge) as refused:
            give_back(first.order, WantedLine(key=1, amount_minor=501))
        assert refused.value.data["left_minor"] == 500


class TestC11PaidPriceOfEachLine:
    def test_is_known_when_the_order_is_placed(self):
        answer = price(
            basket(line(1, 1, 6_000), line(2, 2, 2_000), freight_minor=500),
            [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(10_000, 1_000),)))],
        )
        assert [(one.paid_minor, one.steps[0].amount_minor) for one in answer.lines] == [(5_400, 600), (3_600, 400)]


class TestC12Kits:
    def test_one_component_back_gives_its_stored_share(self):
        answer = price(basket(line(1, 1, 10_000)), [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(0, 1_000),)))])
        kit = placed(answer).lines[0]
        parts = [(PaidLine(key=1, sku_id=sku(n), qty=1, paid_minor=0), weight) for n, weight in ((11, 3), (12, 1))]
        order = PaidOrder(lines=split_kit(kit, parts))
        assert [one.paid_minor for one in order.lines] == [6_750, 2_250]
        back = give_back(order, WantedLine(key=1, sku_id=sku(12), qty=1))
        assert back.amount_minor == 2_250
        assert [one.back_qty for one in back.order.lines] == [0, 1]


class TestC13Gifts:
    def order(self, stock=5):
        gift = promo(1, Layer.ORDER, Gift(tiers=(GiftTier(10_000, (GiftItem(sku(90), 1, 800),)),)))
        of = basket(line(1, 1, 6_000), line(2, 1, 5_000), gift_stock=(GiftStock(sku(90), stock),))
        return price(of, [gift])

    def test_no_stock_no_gift(self):
        assert self.order(stock=0).gifts == ()

    def test_is_tied_to_the_lines_that_earned_it(self):
        gift = self.order().gifts[0]
        assert (gift.line_keys, gift.counted, gift.at) == ((1, 2), (6_000, 5_000), 10_000)

    def test_below_the_threshold_it_is_asked_for_or_deducted(self):
        asked = give_back(placed(self.order()), WantedLine(key=2, qty=1))
        assert (asked.amount_minor, asked.gifts[0].qty_due) == (5_000, 1)
        deduct = RefundPolicy(gift_kept=GiftKept.DEDUCT)
        assert give_back(placed(self.order()), WantedLine(key=2, qty=1), policy=deduct).amount_minor == 4_200

    def test_returned_with_the_goods_nothing_is_deducted(self):
        deduct = RefundPolicy(gift_kept=GiftKept.DEDUCT)
        gift = WantedGift(promotion_id=promo_id(1), sku_id=sku(90), qty=1)
        back = give_back(placed(self.order()), WantedLine(key=2, qty=1), gifts=(gift,), policy=deduct)
        assert (back.amount_minor, back.gifts[0].back_qty, back.gifts[0].qty_due) == (5_000, 1, 0)
