"""The engine against the referee that tries every set, and what follows from the best being best."""

from hypothesis import given, settings

from tests.pricing.rules import referee
from tests.pricing.rules.making import price
from tests.pricing.rules.random_sets import baskets, promotion_sets


class TestReferee:
    @settings(max_examples=100, deadline=None)
    @given(of=baskets(), promotions=promotion_sets())
    def test_the_engine_finds_what_trying_every_set_finds(self, of, promotions):
        answer = price(of, promotions)
        best = referee.best(of, promotions)
        assert answer.proven
        assert answer.totals.payable_minor == best.payable
        assert sum(one.qty * one.value_minor for one in answer.gifts) == best.gift_value
        assert tuple(one.code for one in answer.applied) == best.chosen
