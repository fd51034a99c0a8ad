"""Nothing is sold below its floor, or below its cost where the company says so; a list price that is below stays."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import AmountOff, FlashSale, Layer, PercentOff, Policy, SkuPrice, Tier, Why
from shangmai.modules.pricing.contract.floors import FloorBy
from tests.pricing.rules.making import basket, line, price, promo, sku
from tests.pricing.rules.random_sets import baskets, promotion_sets

GUARDED = Policy(never_below_cost=True)


def unnamed(of):
    """The quote without what set its floors."""
    return replace(of, lines=tuple(replace(each, floor_by=None) for each in of.lines))


class TestNames:
    def test_what_set_a_floor_is_told(self):
        lines = (
            line(1, 1, 1_000, floor_minor=700, floor_by=FloorBy.SKU),
            line(2, 1, 1_000, floor_minor=700, floor_by=FloorBy.LIST, cost_minor=800),
            line(3, 1, 1_000, cost_minor=700),
            line(4, 1, 1_000),
            line(5, 1, 0, floor_minor=700, floor_by=FloorBy.SKU),
        )
        told = [each.floor_by for each in price(basket(*lines), [], GUARDED).lines]
        assert told == [FloorBy.SKU, FloorBy.COST, FloorBy.COST, None, None]
        told = [each.floor_by for each in price(basket(*lines), []).lines]
        assert told == [FloorBy.SKU, FloorBy.LIST, None, None, None]


class TestCost:
    @given(of=baskets(), promotions=promotion_sets(), costs=st.lists(st.none() | st.integers(0, 300), min_size=5))
    def test_no_share_crosses_it(self, of, promotions, costs):
        lines = tuple(replace(each, cost_minor=costs[n]) for n, each in enumerate(of.lines))
        answer = price(replace(of, lines=lines), promotions, GUARDED)
        by_key = {each.key: each for each in lines}
        for quoted in answer.lines:
            each = by_key[quoted.key]
            floor = min(max(each.floor_minor or 0, each.cost_minor or 0), each.list_minor) * each.qty
            assert quoted.floor_minor == floor <= quoted.paid_minor

    @given(of=baskets(), promotions=promotion_sets(), costs=st.lists(st.integers(0, 300), min_size=5))
    def test_it_is_a_floor_like_any_other(self, of, promotions, costs):
        by_cost = tuple(replace(each, cost_minor=costs[n]) for n, each in enumerate(of.lines))
        by_floor = tuple(replace(one, floor_minor=max(one.floor_minor or 0, one.cost_minor or 0)) for one in by_cost)
        guarded = price(replace(of, lines=by_cost), promotions, GUARDED)
        assert unnamed(replace(guarded, policy=Policy())) == unnamed(price(replace(of, lines=by_floor), promotions))

    def test_without_the_policy_cost_is_no_floor(self):
        of = basket(line(1, 1, 1_000, cost_minor=900))
        assert price(of, [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(1, 500),)))]).totals.payable_minor == 500

    def test_what_one_line_cannot_bear_goes_to_the_others(self):
        of = basket(line(1, 2, 500, cost_minor=480), line(2, 1, 1_000, cost_minor=100))
        answer = price(of, [promo(1, Layer.ORDER, AmountOff(tiers=(Tier(1, 600),)))], GUARDED)
        assert [(one.paid_minor, one.floor_minor) for one in answer.lines] == [(960, 960), (440, 100)]

    def test_a_percentage_stops_there(self):
        of = basket(line(1, 1, 1_000, cost_minor=950))
        answer = price(of, [promo(1, Layer.ORDER, PercentOff(tiers=(Tier(1, 2_000),)))], GUARDED)
        assert answer.totals.payable_minor == 950

    def test_a_price_that_cannot_be_given_says_that_it_is_the_floor(self):
        of = basket(line(1, 1, 1_000, cost_minor=1_200))
        promotions = [
            promo(1, Layer.PRICE, FlashSale(prices=(SkuPrice(sku(1), 500),))),
            promo(2, Layer.ORDER, AmountOff(tiers=(Tier(1, 100),))),
        ]
        answer = price(of, promotions, GUARDED)
        assert [(one.code, one.why) for one in answer.refused] == [("P001", Why.AT_FLOOR), ("P002", Why.AT_FLOOR)]
        assert (answer.totals.payable_minor, answer.lines[0].floor_minor) == (1_000, 1_000)
