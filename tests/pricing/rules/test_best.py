"""The engine against the referee that tries all wishes, and what follows from the best being best."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import AmountOff, Combines, Layer, Scope, Tier
from tests.pricing.rules import referee
from tests.pricing.rules.making import price, promo
from tests.pricing.rules.random_sets import baskets, plain_sets, promotion_sets


class TestReferee:
    @settings(max_examples=80, deadline=None)
    @given(of=baskets(), promotions=promotion_sets())
    def test_the_engine_finds_what_trying_everything_finds(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=60, deadline=None)
    @given(of=baskets(), promotions=plain_sets(8))
    def test_where_promotions_stand_together_as_usual(self, of, promotions):
        self.check(of, promotions)

    @settings(max_examples=3, deadline=None)
    @given(of=baskets(), promotions=plain_sets(12, least=11))
    def test_twelve_at_once(self, of, promotions):
        self.check(of, promotions)

    def check(self, of, promotions):
        answer, best = price(of, promotions), referee.best(of, promotions)
        assert answer.proven
        assert answer.totals.payable_minor == best.payable
        assert sum(one.qty * one.value_minor for one in answer.gifts) == best.gift_value
        assert tuple(one.code for one in answer.applied) == best.chosen


class TestAlways:
    @settings(deadline=None)
    @given(of=baskets(), promotions=promotion_sets(), seed=st.integers())
    def test_the_order_of_lines_and_promotions_does_not_matter(self, of, promotions, seed):
        rnd = random.Random(seed)
        lines, shuffled = list(of.lines), list(promotions)
        rnd.shuffle(lines)
        rnd.shuffle(shuffled)
        assert price(replace(of, lines=tuple(lines)), shuffled) == price(of, promotions)

    @settings(deadline=None)
    @given(of=baskets(), promotions=promotion_sets())
    def test_one_promotion_more_never_makes_it_dearer(self, of, promotions):
        without = price(of, promotions[:-1]).totals.payable_minor
        assert price(of, promotions).totals.payable_minor <= without

    @settings(deadline=None)
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

    @settings(deadline=None)
    @given(of=baskets(), promotions=promotion_sets())
    def test_the_same_question_gets_the_same_answer(self, of, promotions):
        assert price(of, promotions) == price(of, promotions)
