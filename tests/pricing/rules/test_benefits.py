"""Kinds that look at several lines, with answers worked out by hand."""

import pytest
from msgspec.structs import replace

from shangmai.modules.pricing.contract import (
    AddOn,
    AmountOff,
    Basis,
    BundleItem,
    BundlePrice,
    BuyXGetY,
    ChosenGift,
    Exchange,
    FreeShipping,
    Gift,
    GiftItem,
    GiftPick,
    GiftStock,
    GiftTier,
    Layer,
    Limits,
    Measure,
    NthDiscount,
    OfferedCoupon,
    PercentOff,
    PointsDeduction,
    PriceForPieces,
    Selection,
    SkuPrice,
    Threshold,
    Tier,
)
from tests.pricing.rules.making import basket, line, only, paid, price, promo, promo_id, reasons, sku

ITEM, ORDER = Layer.ITEM, Layer.ORDER


class TestAmountOff:
    TIERS = AmountOff(tiers=(Tier(20_000, 3_000), Tier(40_000, 8_000)))

    @pytest.mark.parametrize(
        ("goods", "expected"), [(19_999, 19_999), (20_000, 17_000), (39_999, 36_999), (40_000, 32_000)]
    )
    def test_the_highest_tier_reached(self, goods, expected):
        assert paid(basket(line(1, 1, goods)), promo(1, ORDER, self.TIERS)) == [expected]

    @pytest.mark.parametrize(
        ("goods", "times_max", "expected"), [(9_999, None, 9_999), (30_000, None, 24_000), (30_000, 2, 26_000)]
    )
    def test_every_full_amount(self, goods, times_max, expected):
        every = AmountOff(tiers=(Tier(10_000, 2_000),), every=True)
        limits = Limits(times_per_order=times_max)
        assert paid(basket(line(1, 1, goods)), promo(1, ORDER, every, limits=limits)) == [expected]

    def test_by_pieces(self):
        by_pieces = AmountOff(tiers=(Tier(3, 2_000),), measure=Measure.PIECES)
        assert paid(basket(line(1, 2, 5_000), line(2, 1, 5_000)), promo(1, ITEM, by_pieces)) == [8_667, 4_333]

    def test_no_more_than_the_goods_cost(self):
        assert paid(basket(line(1, 1, 500)), promo(1, ORDER, AmountOff(tiers=(Tier(0, 800),)))) == [0]

    def test_what_a_floor_keeps_goes_to_the_other_lines(self):
        of = basket(line(1, 1, 10_000, floor_minor=9_500), line(2, 1, 10_000))
        assert paid(of, promo(1, ORDER, AmountOff(tiers=(Tier(0, 4_000),)))) == [9_500, 6_500]

    def test_a_cap_for_one_order(self):
        of = basket(line(1, 1, 50_000))
        assert paid(of, promo(1, ORDER, self.TIERS, limits=Limits(off_max_minor=5_000))) == [45_000]


class TestPercentOff:
    def test_a_percentage_of_all_is_rounded_once(self):
        half_cent = PercentOff(tiers=(Tier(0, 1_000),))  # 3 × 0.5 = 1.5 → 2, not 3 × 1
        assert paid(basket(*(line(n, 1, 5) for n in (1, 2, 3))), promo(1, ORDER, half_cent)) == [4, 4, 5]

    def test_by_pieces(self):
        tiers = PercentOff(tiers=(Tier(2, 1_000), Tier(3, 2_000)), measure=Measure.PIECES)
        assert paid(basket(line(1, 2, 1_000)), promo(1, ITEM, tiers)) == [1_800]
        assert paid(basket(line(1, 3, 1_000)), promo(1, ITEM, tiers)) == [2_400]

    def test_what_a_floor_keeps_is_lost(self):
        of = basket(line(1, 1, 10_000, floor_minor=9_500), line(2, 1, 10_000))
        assert paid(of, promo(1, ORDER, PercentOff(tiers=(Tier(0, 2_000),)))) == [9_500, 8_000]


class TestPriceForPieces:
    FOR_99 = PriceForPieces(pieces=3, price_minor=9_900)

    def test_the_dearest_pieces_make_the_groups(self):
        of = basket(line(1, 2, 5_000), line(2, 2, 4_000))  # 50 + 50 + 40 → 99; 40 left
        assert sum(paid(of, promo(1, ITEM, self.FOR_99))) == 9_900 + 4_000

    def test_only_groups_that_are_cheaper(self):
        of = basket(line(1, 3, 5_000), line(2, 3, 3_000))  # 90 is less than 99
        assert sum(paid(of, promo(1, ITEM, self.FOR_99))) == 9_900 + 9_000

    def test_a_thousand_pieces(self):
        assert paid(basket(line(1, 1_000, 5_000)), promo(1, ITEM, self.FOR_99)) == [333 * 9_900 + 5_000]

    def test_what_is_missing(self):
        refused = price(basket(line(1, 2, 5_000)), [promo(1, ITEM, self.FOR_99)]).refused[0]
        assert refused.text("CNY", "zh-CN") == "再买 1 件可享此优惠"


class TestNthDiscount:
    def test_the_second_is_half_price_and_both_bear_it(self):
        of = basket(line(1, 1, 10_000), line(2, 1, 6_000))
        assert paid(of, promo(1, ITEM, NthDiscount())) == [8_125, 4_875]  # 30 off: 5/8 and 3/8

    def test_each_sku_apart(self):
        of = basket(line(1, 1, 10_000), line(2, 3, 6_000))
        assert paid(of, promo(1, ITEM, NthDiscount(same_sku=True))) == [10_000, 15_000]

    def test_the_third_free_once(self):
        third = NthDiscount(nth=3, off_bp=10_000)
        of = basket(line(1, 6, 1_000))
        assert paid(of, promo(1, ITEM, third)) == [4_000]
        assert paid(of, promo(1, ITEM, third, limits=Limits(times_per_order=1))) == [5_000]

    def test_what_is_missing(self):
        refused = price(basket(line(1, 1, 3_000)), [promo(1, ITEM, NthDiscount())]).refused[0]
        assert refused.text("CNY", "en") == "Add 1 more pieces to save CN¥15.00"


class TestBuyXGetY:
    def test_of_the_same_goods_the_cheapest(self):
        of = basket(line(1, 2, 3_000), line(2, 1, 2_000))
        assert sum(paid(of, promo(1, ITEM, BuyXGetY(buy=2)))) == 6_000

    def test_of_other_goods(self):
        gift = BuyXGetY(buy=2, get=1, off_bp=5_000, of=Selection(skus=(sku(2),)))
        of = basket(line(1, 3, 3_000), line(2, 2, 2_000))
        answer = price(of, [promo(1, ITEM, gift, scope=only(1))])
        assert answer.totals.off_minor == 1_000
        assert [one.paid_minor for one in answer.lines] == [9_000 - 750, 4_000 - 250]  # 60 bought, 20 given


class TestBundlePrice:
    SET = BundlePrice(items=(BundleItem(sku(1), 2), BundleItem(sku(2))), price_minor=10_000)

    def test_as_often_as_the_set_is_whole(self):
        of = basket(line(1, 5, 5_000), line(2, 2, 3_000))  # two sets; a fifth piece of the first
        assert sum(paid(of, promo(1, ITEM, self.SET))) == 2 * 10_000 + 5_000

    def test_what_is_missing(self):
        refused = price(basket(line(1, 1, 5_000)), [promo(1, ITEM, self.SET)]).refused[0]
        assert refused.missing is not None
        assert refused.missing.missing_pieces == 2

    def test_a_set_that_is_dearer_is_not_made(self):
        answer = price(basket(line(1, 2, 2_000), line(2, 1, 3_000)), [promo(1, ITEM, self.SET)])
        assert reasons(answer) == {"P001": "not_lower"}


class TestAddOn:
    ADD_ON = AddOn(threshold=Threshold(at=10_000), prices=(SkuPrice(sku(9), 990),), pieces=1)

    def of(self, goods):
        return basket(line(1, 1, goods), line(9, 2, 5_000, add_on_of=promo_id(1)))

    def test_so_many_pieces_at_the_add_on_price(self):
        assert paid(self.of(10_000), promo(1, ITEM, self.ADD_ON)) == [10_000, 990 + 5_000]

    def test_add_ons_do_not_reach_their_own_threshold(self):
        answer = price(self.of(9_000), [promo(1, ITEM, self.ADD_ON)])
        assert answer.refused[0].text("CNY", "zh-CN") == "再买 ¥10.00 可减 ¥40.10"


class TestExchange:
    def test_the_dearest_piece_for_the_vouchers_price(self):
        voucher = promo(1, Layer.COUPON, Exchange(price_minor=100), scope=only(1, 2), needs_coupon=True)
        of = basket(line(1, 2, 3_000), line(2, 1, 5_000), coupons=(OfferedCoupon(promotion_id=promo_id(1)),))
        assert paid(of, voucher) == [6_000, 100]


class TestGift:
    BOX = GiftItem(sku(90), 1, 1_500)

    def give(self, of, **more):
        facts = {"tiers": (GiftTier(10_000, (self.BOX,)),)} | more
        answer = price(of, [promo(1, ORDER, Gift(**facts))])
        return [(one.sku_id.int, one.qty, one.sets) for one in answer.gifts], reasons(answer)

    def of(self, goods, stock=9, **more):
        return basket(line(1, 1, goods), gift_stock=(GiftStock(sku(90), stock),), **more)

    def test_from_the_threshold_on(self):
        assert self.give(self.of(10_000)) == ([(90, 1, 1)], {})
        assert self.give(self.of(9_999)) == ([], {"P001": "below_threshold"})

    def test_only_while_there_is_stock(self):
        assert self.give(self.of(10_000, stock=0)) == ([], {"P001": "gift_gone"})

    def test_every_full_amount_as_far_as_stock_goes(self):
        assert self.give(self.of(45_000), every=True, sets_max=9) == ([(90, 4, 4)], {})
        assert self.give(self.of(45_000, stock=3), every=True, sets_max=9) == ([(90, 3, 3)], {})
        assert self.give(self.of(45_000), every=True, sets_max=2) == ([(90, 2, 2)], {})

    def test_the_one_that_the_buyer_chose(self):
        tiers = (GiftTier(0, (self.BOX, GiftItem(sku(91)))),)
        of = replace(self.of(100), gift_stock=(GiftStock(sku(90), 1), GiftStock(sku(91), 1)))
        assert self.give(of, tiers=tiers, pick=GiftPick.CHOSEN) == ([], {"P001": "gift_not_chosen"})
        chosen = replace(of, chosen_gifts=(ChosenGift(promo_id(1), sku(91)),))
        assert self.give(chosen, tiers=tiers, pick=GiftPick.CHOSEN) == ([(91, 1, 1)], {})

    def test_drawn_by_the_baskets_number_more_stock_more_likely(self):
        tiers = (GiftTier(0, (self.BOX, GiftItem(sku(91)))),)
        of = replace(self.of(100), gift_stock=(GiftStock(sku(90), 3), GiftStock(sku(91), 1)))
        drawn = [self.give(replace(of, draw=n), tiers=tiers, pick=GiftPick.DRAWN)[0][0][0] for n in range(4)]
        assert drawn == [90, 90, 90, 91]


class TestPoints:
    POINTS = PointsDeduction(step=100, worth_minor=100, share_max_bp=5_000)

    @pytest.mark.parametrize(
        ("available", "wanted", "used", "expected"),
        [(1_050, None, 1_000, 4_000), (99_999, None, 2_500, 2_500), (99_999, 300, 300, 4_700), (99, None, 0, 5_000)],
    )
    def test_in_whole_steps_up_to_a_share(self, available, wanted, used, expected):
        of = basket(line(1, 1, 5_000), points_available=available, points_wanted=wanted)
        answer = price(of, [promo(1, Layer.POINTS, self.POINTS)])
        assert (answer.totals.points, answer.totals.payable_minor) == (used, expected)

    def test_points_are_shared_like_the_money(self):
        of = basket(line(1, 1, 2_000), line(2, 1, 1_000), points_available=1_000)
        answer = price(of, [promo(1, Layer.POINTS, self.POINTS)])
        assert [(one.paid_minor, one.points) for one in answer.lines] == [(1_333, 667), (667, 333)]


class TestFreeShipping:
    FREE = FreeShipping(threshold=Threshold(at=9_900, basis=Basis.DISCOUNTED), not_to=("XZ",))

    def of(self, goods, **more):
        return basket(line(1, 1, goods), freight_minor=1_200, **more)

    def test_from_the_threshold_on(self):
        answer = price(self.of(9_900), [promo(1, Layer.SHIPPING, self.FREE)])
        assert (answer.totals.freight_off_minor, answer.totals.payable_minor) == (1_200, 9_900)
        assert [step.amount_minor for step in answer.freight_steps] == [1_200]

    def test_what_is_missing(self):
        refused = price(self.of(9_000), [promo(1, Layer.SHIPPING, self.FREE)]).refused[0]
        assert refused.text("CNY", "zh-CN") == "再买 ¥9.00 可免运费"

    def test_not_to_everywhere(self):
        answer = price(self.of(9_900, region=("XZ", "lasa")), [promo(1, Layer.SHIPPING, self.FREE)])
        assert reasons(answer) == {"P001": "not_this_region"}

    def test_a_coupon_does_not_cost_the_free_freight(self):
        coupon = promo(2, Layer.COUPON, AmountOff(tiers=(Tier(0, 500),)))
        answer = price(self.of(9_900), [promo(1, Layer.SHIPPING, self.FREE), coupon])
        assert answer.totals.payable_minor == 9_400

    def test_up_to_a_cap(self):
        capped = FreeShipping(threshold=Threshold(), off_max_minor=800)
        assert price(self.of(1), [promo(1, Layer.SHIPPING, capped)]).totals.payable_minor == 401
