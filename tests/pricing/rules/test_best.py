"""The engine against the referee that tries all wishes, and what follows from the best being best."""

import gc
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import (
    AmountOff,
    Combines,
    FlashSale,
    FreeShipping,
    Layer,
    Limits,
    Policy,
    Scope,
    SkuPrice,
    SpecialPrice,
    Threshold,
    Tier,
)
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.quoting import quote
from tests.pricing.rules import referee
from tests.pricing.rules.making import basket, line, only, price, promo, sku
from tests.pricing.rules.random_sets import baskets, plain_sets, promotion_sets


class TestReferee:
    @settings(max_examples=80)
    @given(of=baskets(), promotions=promotion_sets())
    def test_the_engine_finds_what_trying_everything_finds(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=60)
    @given(of=baskets(), promotions=plain_sets(8))
    def test_where_promotions_stand_together_as_usual(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=3)
    @given(of=baskets(), promotions=plain_sets(12, least=11))
    def test_twelve_at_once(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=40)
    @given(of=baskets(), promotions=plain_sets(7, layers=(Layer.PRICE, Layer.PRICE, Layer.ITEM)))
    def test_prices_with_limits_before_thresholds(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=60)
    @given(of=baskets(floors=st.none()), promotions=plain_sets(8))
    def test_the_tail_worked_out_on_sums_alone(self, of, promotions):
        self.check(of, promotions)

    def test_a_line_may_mix_limited_prices(self):
        """One piece at 1.84 and one at 1.97 reach a threshold that two at the lowest open price would miss."""
        of = basket(line(1, 2, 168), line(2, 2, 299))
        promotions = [
            promo(1, Layer.ITEM, AmountOff(tiers=(Tier(293, 150),)), scope=only(2)),
            promo(2, Layer.PRICE, FlashSale(prices=(SkuPrice(sku(1), 35), SkuPrice(sku(2), 197)))),
            promo(3, Layer.PRICE, SpecialPrice(prices=(SkuPrice(sku(1), 100), SkuPrice(sku(2), 120))), priority=1),
            promo(
                4,
                Layer.PRICE,
                FlashSale(prices=(SkuPrice(sku(1), 100), SkuPrice(sku(2), 184))),
                priority=2,
                limits=Limits(pieces_per_order=1),
            ),
        ]
        self.check(of, promotions)
        assert price(of, promotions).totals.payable_minor == 2 * 35 + 184 + 197 - 150

    @pytest.mark.parametrize("coupons", [2, 3])
    @pytest.mark.parametrize("unreached_at", [0, 50, 200])
    @pytest.mark.parametrize("goods", [0, 100])
    def test_a_freight_that_a_coupon_pays_is_not_paid_again(self, goods, unreached_at, coupons):
        """Of freight coupons one may be used, and the shop's own free shipping finds no freight behind it."""
        thresholds = [0] * (coupons - 1) + [unreached_at]
        promotions = [
            promo(n, Layer.COUPON, FreeShipping(threshold=Threshold(at=at))) for n, at in enumerate(thresholds, 1)
        ]
        promotions.append(promo(9, Layer.SHIPPING, FreeShipping(threshold=Threshold())))
        self.check(basket(line(1, 1, goods), freight_minor=500), promotions)

    def check(self, of, promotions):
        answer, best = price(of, promotions), referee.best(of, promotions)
        assert answer.proven
        assert answer.totals.payable_minor == best.payable
        assert sum(one.qty * one.value_minor for one in answer.gifts) == best.gift_value
        assert tuple(one.code for one in answer.applied) == best.chosen


class TestAlways:
    @given(of=baskets(), promotions=promotion_sets(), seed=st.integers())
    def test_the_order_of_lines_and_promotions_does_not_matter(self, of, promotions, seed):
        rnd = random.Random(seed)
        lines, shuffled = list(of.lines), list(promotions)
        rnd.shuffle(lines)
        rnd.shuffle(shuffled)
        assert price(replace(of, lines=tuple(lines)), shuffled) == price(of, promotions)

    @given(of=baskets(), promotions=promotion_sets())
    def test_one_promotion_more_never_makes_it_dearer(self, of, promotions):
        without = price(of, promotions[:-1]).totals.payable_minor
        assert price(of, promotions).totals.payable_minor <= without

    @given(of=baskets(), promotions=plain_sets(5), off=st.integers(1, 200), more=st.integers(0, 200))
    def test_a_better_coupon_never_makes_it_dearer(self, of, promotions, off, more):
        """With no later promotion that looks at what is finally paid, or at whole steps of points."""
        before = [one for one in promotions if one.layer not in (Layer.COUPON, Layer.POINTS, Layer.SHIPPING)]
        worse, better = (
            promo(90, Layer.COUPON, AmountOff(tiers=(Tier(at, amount),)), scope=Scope(), combines=Combines())
            for at, amount in ((200, off), (200 - min(more, 200), off + more))
        )
        dearer = price(of, [*before, worse]).totals.payable_minor
        assert price(of, [*before, better]).totals.payable_minor <= dearer

    @given(of=baskets(), promotions=promotion_sets())
    def test_the_same_question_gets_the_same_answer(self, of, promotions):
        assert price(of, promotions) == price(of, promotions)

    @settings(max_examples=30)
    @given(of=baskets(floors=st.none()), promotions=plain_sets(8))
    def test_nothing_of_a_quote_waits_for_the_garbage_collector(self, of, promotions):
        """What refers to itself would keep the whole basket until cycles are looked for, and then stop everybody."""
        index = PromotionIndex(promotions)
        gc.collect()
        gc.freeze()  # so that nothing is looked at but what comes now
        gc.disable()
        try:
            quote(of, index, Policy())
            assert gc.collect() == 0
        finally:
            gc.enable()
            gc.unfreeze()
