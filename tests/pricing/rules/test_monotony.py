"""What the search relies on of every kind: more to pay never earns less, and never pays to pay more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shangmai.modules.pricing.contract import (
    AddOn,
    BundleItem,
    BundlePrice,
    BuyXGetY,
    Exchange,
    Layer,
    Limits,
    Policy,
    Selection,
    SkuPrice,
    Threshold,
)
from shangmai.modules.pricing.rules.benefits import WORKS
from shangmai.modules.pricing.rules.cart import Cart
from shangmai.modules.pricing.rules.state import State
from tests.pricing.rules.making import basket, line, promo, promo_id, sku
from tests.pricing.rules.random_sets import bps, piece_benefits, points, threshold_benefits

given_of = st.builds(
    BuyXGetY,
    buy=st.integers(1, 2),
    get=st.integers(1, 2),
    off_bp=bps,
    of=st.sets(st.integers(1, 3), min_size=1).map(lambda ns: Selection(skus=tuple(map(sku, sorted(ns))))),
)
bundles = st.builds(
    BundlePrice,
    items=st.just((BundleItem(sku(1), 2), BundleItem(sku(2)))),
    price_minor=st.integers(0, 600),
)
exchanges = st.builds(Exchange, pieces=st.integers(1, 3), price_minor=st.integers(0, 200))
add_ons = st.builds(
    AddOn,
    threshold=st.builds(Threshold, at=st.integers(0, 500)),
    prices=st.just((SkuPrice(sku(3), 40), SkuPrice(sku(4), 90))),
    pieces=st.integers(1, 3),
)
benefits = st.one_of(threshold_benefits(), piece_benefits(), points, given_of, bundles, exchanges, add_ons)


@st.composite
def cases(draw):
    """A benefit at work, and two states of which the first has the lower amounts."""
    lines = [
        line(n, draw(st.integers(1, 4)), 100, add_on_of=promo_id(1) if n > 2 and draw(st.booleans()) else None)
        for n in range(1, 5)
    ]
    cart = Cart(basket(*lines, points_available=draw(st.integers(0, 300))), Policy())
    promotion = promo(1, Layer.ITEM, draw(benefits), limits=Limits(times_per_order=draw(st.none() | st.integers(1, 2))))
    work = WORKS[type(promotion.benefit)](cart, promotion)
    high = [draw(st.integers(0, 400)) for _ in lines]
    low = [draw(st.integers(0, amount)) for amount in high]
    states = []
    for amounts in (low, high):
        state = State(cart)
        state.amounts = [*amounts, 0]
        states.append(state)
    return work, states[0], states[1]


@settings(max_examples=500)
@given(case=cases())
def test_more_to_pay_never_earns_less_nor_pays(case):
    work, low, high = case
    lines = work.cart.members(work.cart.plain | work.extra)
    reach_low, reach = work.reach(low, lines), work.reach(high, lines)
    assert reach_low <= reach
    assert reach_low == reach or not work.by_count
    if not reach:
        return
    off_low, off = work.off(low.amounts, lines, reach), work.off(high.amounts, lines, reach)
    if reach_low:
        assert work.off(low.amounts, lines, reach_low) <= off
    assert off_low <= off
    if work.by_count or not work.of_total:
        assert sum(low.amounts) - off_low <= sum(high.amounts) - off


@settings(max_examples=500)
@given(case=cases(), closed=st.integers(0, 15))
def test_fewer_lines_never_take_more_than_the_most(case, closed):
    work, low, high = case
    mask = work.cart.plain | work.extra
    lines, fewer = work.cart.members(mask), work.cart.members(mask & ~closed)
    reach = work.reach(high, lines)
    if fewer and (some := work.reach(low, fewer)):
        assert work.off(low.amounts, fewer, some) <= work.most(high.amounts, lines, reach)


@settings(max_examples=500)
@given(case=cases(), off_max=st.none() | st.integers(1, 200))
def test_a_sum_leaves_at_least_what_it_says(case, off_max):
    work, low, high = case
    lines = work.cart.members(work.cart.plain | work.extra)
    if not work.of_total or not (reach := work.reach(high, lines)):
        return
    total, most = (sum(state.amounts[i] for i in lines) for state in (low, high))
    bound = work.least_left(total, reach, off_max)
    for state, of in ((low, total), (high, most)):
        off = work.off_of(of, work.reach(state, lines)) if work.reach(state, lines) else 0
        assert bound <= of - (off if off_max is None else min(off, off_max))
    assert 0 <= work.least_left(most, reach, off_max) - bound <= most - total
