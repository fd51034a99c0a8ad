"""The sums that components can come to, against the referee; small baskets seldom need them, so they are asked here."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import AmountOff, Layer, Limits, PercentOff, Policy, SpecialPrice, Tier
from shangmai.modules.pricing.rules.applying import Turns
from shangmai.modules.pricing.rules.bounding import Bound
from shangmai.modules.pricing.rules.candidates import find
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.frontier import frontier_of
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.state import State
from tests.pricing.rules import referee
from tests.pricing.rules.making import basket, line, only, price, promo
from tests.pricing.rules.random_sets import baskets, plain_sets


def laid_out(of, promotions):
    cart = Cart(of, Policy())
    turns = Turns(cart, find(cart, PromotionIndex(promotions)).candidates)
    bound = Bound(cart, turns.candidates, turns.layer)
    return turns, bound.tail, frontier_of(turns, bound.tail) if bound.looks_at_sums_alone else None


def codes(turns, tail, wishes):
    """Who is chosen in the end, by what the wishes before the tail come to."""
    state = State(turns.cart)
    for place in range(tail.start):
        if place == turns.prices:
            state = turns.layer.settle(state)
        if wishes >> place & 1:
            state = turns.take(place, state) or state
    state = state if state.priced is not None else turns.layer.settle(state)
    total, chosen = tail.best_of(tail.at(state), state.total + 1)
    chosen |= state.chosen
    return total, tuple(one.promotion.code for one in turns.candidates if chosen >> one.place & 1)


class TestFrontier:
    @settings(max_examples=80)
    @given(of=baskets(floors=st.none()), promotions=plain_sets(8))
    def test_it_finds_what_trying_everything_finds(self, of, promotions):
        promotions = [replace(one, limits=Limits()) if one.layer is Layer.PRICE else one for one in promotions]
        turns, tail, frontier = laid_out(of, promotions)
        assume(frontier is not None)
        best = referee.best(of, promotions)
        total, wishes = frontier.best(turns.cart.listed[-1] + sum(turns.cart.listed))
        assert total == best.payable
        assert codes(turns, tail, wishes) == (best.payable, best.chosen)

    def test_many_lines_about_a_threshold_that_repeats(self):
        """Sixty special prices of a fen or two each: two thousand million million million sums, one of them best."""
        of = basket(*(line(n, 1, 1_000) for n in range(1, 61)))
        promotions = [
            *(promo(n, Layer.PRICE, SpecialPrice(off_bp=10 * (1 + n % 2)), scope=only(n)) for n in range(1, 61)),
            promo(70, Layer.ORDER, AmountOff(tiers=(Tier(2_997, 500),), every=True)),
            promo(71, Layer.COUPON, PercentOff(tiers=(Tier(1, 100),))),
        ]
        answer = price(of, promotions)
        assert answer.proven
        # 59,940 is the twentieth threshold: of the 90 that the prices take off together, 60 are taken, and 10,000.
        assert answer.totals.payable_minor == 59_940 - 10_000 - 499

    def test_promotions_that_are_tied_together_in_another_way_are_left_to_the_tree(self):
        of = basket(line(1, 1, 1_000), line(2, 1, 1_000))
        group = [
            promo(1, Layer.PRICE, SpecialPrice(off_bp=100), scope=only(1), group="a"),
            promo(2, Layer.ORDER, AmountOff(tiers=(Tier(1, 5),)), group="a"),
        ]
        assert laid_out(of, group)[2] is None
        assert price(of, group).totals.payable_minor == 2_000 - 10
