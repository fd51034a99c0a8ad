"""Layers, what stands beside what, when and for whom, and what is told of the rest."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from shangmai.kernel.clock import Period
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import (
    AmountOff,
    Buyer,
    Combines,
    Funder,
    FunderKind,
    Goal,
    Layer,
    NthDiscount,
    OfferedCoupon,
    PercentOff,
    Policy,
    Scope,
    Selection,
    SpecialPrice,
    Tier,
    WeeklyWindow,
    When,
)
from shangmai.modules.pricing.contract.quote import Stopped
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.quoting import quote
from tests.pricing.rules.making import NOW, basket, category, line, only, paid, price, promo, promo_id, reasons, sku

TENTH = PercentOff(tiers=(Tier(0, 1_000),))
OFF_100 = AmountOff(tiers=(Tier(0, 100),))
OFF_300 = AmountOff(tiers=(Tier(0, 300),))


class TestLayers:
    def test_the_later_works_on_what_the_earlier_left(self):
        promotions = [
            promo(n, layer, TENTH, scope=Scope())
            for n, layer in enumerate((Layer.COUPON, Layer.PLATFORM, Layer.ORDER, Layer.ITEM))
        ]
        special = promo(9, Layer.PRICE, SpecialPrice(off_bp=1_000))
        answer = price(basket(line(1, 1, 100_000)), [*promotions, special])
        assert [step.amount_minor for step in answer.lines[0].steps] == [10_000, 9_000, 8_100, 7_290, 6_561]
        assert [step.layer for step in answer.lines[0].steps] == list(Layer)[:5]

    def test_one_range_promotion_a_line_the_narrower_first(self):
        whole = promo(1, Layer.ITEM, AmountOff(tiers=(Tier(20_000, 2_000),)))
        narrow = promo(2, Layer.ITEM, AmountOff(tiers=(Tier(30_000, 5_000),)), scope=only(1))
        assert paid(basket(line(1, 1, 30_000), line(2, 1, 20_000)), whole, narrow) == [25_000, 18_000]

    def test_two_that_admit_each_other_share_a_line(self):
        both = Combines(same_layer=True)
        promotions = [promo(n, Layer.ITEM, TENTH, combines=both) for n in (1, 2)]
        assert paid(basket(line(1, 1, 10_000)), *promotions) == [8_100]

    def test_one_order_promotion_the_better_one(self):
        answer = price(basket(line(1, 1, 1_000)), [promo(1, Layer.ORDER, OFF_100), promo(2, Layer.ORDER, OFF_300)])
        assert (answer.totals.payable_minor, reasons(answer)) == (700, {"P001": "not_together"})
        assert answer.refused[0].text("CNY", "zh-CN") == "不能与“促销 2”同时使用。"
        assert answer.refused[0].text("CNY", "en") == "Cannot be used together with “Promotion 2”."

    def test_a_lower_price_that_misses_a_threshold_is_left(self):
        special = promo(1, Layer.PRICE, SpecialPrice(off_bp=500))
        threshold = promo(2, Layer.ORDER, AmountOff(tiers=(Tier(20_000, 3_000),)))
        answer = price(basket(line(1, 1, 20_000)), [special, threshold])
        assert (answer.totals.payable_minor, reasons(answer)) == (17_000, {"P001": "dearer"})


class TestExclusions:
    def test_of_a_group_one(self):
        promotions = [promo(1, Layer.ITEM, OFF_300, group="g"), promo(2, Layer.COUPON, OFF_100, group="g")]
        assert reasons(price(basket(line(1, 1, 1_000)), promotions)) == {"P002": "not_together"}

    def test_a_coupon_passes_over_flash_goods(self):
        no_coupons = Combines(layers=tuple(layer for layer in Layer if layer is not Layer.COUPON))
        flash = promo(1, Layer.PRICE, SpecialPrice(off_bp=5_000), scope=only(1), combines=no_coupons)
        coupon = promo(2, Layer.COUPON, TENTH)
        assert paid(basket(line(1, 1, 1_000), line(2, 1, 1_000)), flash, coupon) == [500, 900]

    def test_never_with_and_always_with(self):
        never = promo(1, Layer.ORDER, OFF_100, combines=Combines(never=(promo_id(2),)))
        coupon = promo(2, Layer.COUPON, OFF_300)
        assert paid(basket(line(1, 1, 1_000)), never, coupon) == [700]
        always = [promo(n, Layer.ORDER, OFF_100, combines=Combines(always=(promo_id(3 - n),))) for n in (1, 2)]
        assert paid(basket(line(1, 1, 1_000)), *always) == [800]

    def test_goods_that_another_took(self):
        strong = promo(1, Layer.ITEM, OFF_300, priority=5)
        weak = promo(2, Layer.ITEM, OFF_100)
        answer = price(basket(line(1, 1, 1_000)), [weak, strong])
        assert reasons(answer) == {"P002": "goods_taken"}
        assert answer.refused[0].by == strong.id


class TestTies:
    def test_the_higher_priority_then_the_code(self):
        of = basket(line(1, 1, 1_000))
        for winner, promotions in (
            ("P002", [promo(1, Layer.ORDER, OFF_100), promo(2, Layer.ORDER, OFF_100, priority=1)]),
            ("P001", [promo(2, Layer.ORDER, OFF_100), promo(1, Layer.ORDER, OFF_100)]),
        ):
            assert [one.code for one in price(of, promotions).applied] == [winner]

    def test_by_priority_instead_of_the_best(self):
        promotions = [promo(1, Layer.ORDER, OFF_100, priority=1), promo(2, Layer.ORDER, OFF_300)]
        assert paid(basket(line(1, 1, 1_000)), *promotions, policy=Policy(goal=Goal.PRIORITY)) == [900]


class TestTimeBox:
    def of(self):
        lines = [line(n, 1, 1_000 + n) for n in range(1, 13)]
        promotions = [
            promo(n, Layer.ITEM, AmountOff(tiers=(Tier(3_000, 100 + n),)), scope=only(n, n % 12 + 1, (n + 4) % 12 + 1))
            for n in range(1, 13)
        ]
        return basket(*lines), promotions

    def test_twelve_that_compete_are_proven(self):
        of, promotions = self.of()
        assert price(of, promotions).proven

    def test_stopped_early_it_says_so_and_is_the_same_every_time(self):
        of, promotions = self.of()
        answers = [price(of, promotions, Policy(turns_max=20)) for _ in range(2)]
        assert answers[0] == answers[1]
        assert (answers[0].proven, answers[0].stopped) == (False, Stopped.TURNS)

    def test_out_of_time_it_says_so(self):
        of, promotions = self.of()
        late = quote(of, PromotionIndex(promotions), Policy(), out_of_time=lambda: True)
        assert (late.proven, late.stopped) == (False, Stopped.TIME)
        assert price(of, promotions).stopped is None

    def test_more_turns_never_find_a_dearer_one(self):
        of, promotions = self.of()
        found = [price(of, promotions, Policy(turns_max=n)).totals.payable_minor for n in (1, 50, 500, 100_000)]
        assert found == sorted(found, reverse=True)


class TestWhenAndForWhom:
    @pytest.mark.parametrize(
        ("start_days", "end_days", "is_on"), [(-1, 1, True), (0, 1, True), (-1, 0, False), (1, 2, False)]
    )
    def test_from_is_in_and_to_is_not(self, start_days, end_days, is_on):
        when = When(period=Period(NOW + timedelta(days=start_days), NOW + timedelta(days=end_days)))
        answer = price(basket(line(1, 1, 1_000)), [promo(1, Layer.ORDER, OFF_100, when=when)])
        assert reasons(answer) == ({} if is_on else {"P001": "not_now"})

    @pytest.mark.parametrize(("hour", "is_on"), [(11, False), (12, True), (13, True), (14, False)])
    def test_happy_hour_there(self, hour, is_on):
        """Thursday 20:00 to 22:00 in Shanghai is 12:00 to 14:00 UTC."""
        when = When(period=Period(NOW - timedelta(days=9)), windows=(WeeklyWindow((4,), 20 * 60, 22 * 60),))
        of = basket(line(1, 1, 1_000), now=datetime(2026, 6, 18, hour, tzinfo=UTC))
        assert paid(of, promo(1, Layer.ORDER, OFF_100, when=when)) == [900 if is_on else 1_000]

    def test_levels_regions_channels_shops(self):
        other = ShopId(UUID(int=5))
        scopes = [Scope(levels=("gold",)), Scope(regions=("SH",)), Scope(channels=("pos",)), Scope(shops=(other,))]
        promotions = [promo(n, Layer.ITEM, OFF_100, scope=scope) for n, scope in enumerate(scopes)]
        assert reasons(price(basket(line(1, 1, 1_000)), promotions)) == {
            "P000": "not_this_buyer",
            "P001": "not_this_region",
        }
        buyer = Buyer(id=UUID(int=1), level="gold")
        there = basket(line(1, 1, 1_000), buyer=buyer, region=("SH", "pudong"), channel="pos", shop_id=other)
        assert reasons(price(there, promotions)) == dict.fromkeys(["P001", "P002", "P003"], "goods_taken")

    def test_scope_by_category_without_a_sku(self):
        scope = Scope(include=Selection(categories=(category(1),)), exclude=Selection(skus=(sku(2),)))
        lines = [line(n, 1, 1_000, category_ids=(category(9), category(1))) for n in (1, 2)]
        assert paid(basket(*lines), promo(1, Layer.ITEM, TENTH, scope=scope)) == [900, 1_000]

    def test_conditions(self):
        first = promo(1, Layer.ORDER, OFF_100, condition="buyer_orders_paid == 0 and pieces >= 2")
        buyer = Buyer(id=UUID(int=1))
        assert paid(basket(line(1, 2, 1_000), buyer=buyer), first) == [1_900]
        again = basket(line(1, 2, 1_000), buyer=replace(buyer, orders_paid=1))
        assert reasons(price(again, [first])) == {"P001": "condition"}


class TestCoupons:
    COUPON = promo(1, Layer.COUPON, OFF_100, needs_coupon=True)

    def test_only_for_who_offers_one(self):
        assert paid(basket(line(1, 1, 1_000)), self.COUPON) == [1_000]
        offered = OfferedCoupon(promotion_id=promo_id(1), code="HELLO")
        answer = price(basket(line(1, 1, 1_000), coupons=(offered,)), [self.COUPON])
        assert (answer.totals.payable_minor, answer.applied[0].coupon) == (900, offered)

    def test_one_that_is_for_other_goods_or_unknown(self):
        coupons = (OfferedCoupon(promotion_id=promo_id(1)), OfferedCoupon(promotion_id=promo_id(2)))
        of = basket(line(1, 1, 1_000), coupons=coupons)
        answer = price(of, [replace(self.COUPON, scope=only(7))])
        assert [one.why.value for one in answer.refused] == ["no_such_coupon", "no_such_coupon"]


class TestTold:
    def test_what_the_next_tier_would_take(self):
        tiers = AmountOff(tiers=(Tier(10_000, 1_000), Tier(20_000, 3_000)))
        applied = price(basket(line(1, 1, 17_900)), [promo(1, Layer.ORDER, tiers)]).applied[0]
        assert applied.next is not None
        assert applied.next.text("CNY", "zh-CN") == "再买 ¥21.00 可减 ¥30.00"
        assert applied.next.text("CNY", "en") == "Add CN¥21.00 more to save CN¥30.00"

    def test_funders_share_each_step(self):
        funders = (Funder(share_bp=6_667), Funder(funder=FunderKind.SUPPLIER, party="S-9", share_bp=3_333))
        answer = price(basket(line(1, 1, 1_000)), [promo(1, Layer.ORDER, OFF_100, funders=funders)])
        shares = answer.lines[0].steps[0].funders
        assert [(one.funder.value, one.party, one.amount_minor) for one in shares] == [
            ("shop", None, 67),
            ("supplier", "S-9", 33),
        ]

    def test_a_gift_of_pieces_is_told_in_pieces(self):
        half = promo(1, Layer.ITEM, NthDiscount(nth=3, off_bp=10_000))
        refused = price(basket(line(1, 1, 900)), [half]).refused[0]
        assert refused.text("CNY", "zh-CN") == "再买 2 件可减 ¥9.00"
