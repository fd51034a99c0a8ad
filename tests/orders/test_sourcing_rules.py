"""Which warehouses send an order: against every possibility, and against the nearest with stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.price_cards import PriceCard
from shangmai.modules.orders.contract.sourcing import Need, Part, Plan, Site, Weights
from shangmai.modules.orders.rules.sourcing import Asked, Shared, lower_bound, nearest_many, source, source_many
from shangmai.modules.orders.rules.sourcing.coarse import UNITS_MAX, units_of
from shangmai.modules.orders.rules.sourcing.polish import polished
from shangmai.modules.orders.rules.sourcing.problem import Shelves

SKUS = [SkuId(UUID(int=n)) for n in range(1, 6)]
SHANGHAI, CHENGDU, GUANGZHOU, BEIJING = WAREHOUSES = [WarehouseId(UUID(int=100 + n)) for n in range(4)]


def card(first: int = 500, step: int = 200, hours: int = 24, carbon: int = 0) -> PriceCard:
    return PriceCard(first_minor=first, step_minor=step, hours=hours, carbon_g_per_kg=carbon)


def site(warehouse: WarehouseId, stock: dict[SkuId, int], price: PriceCard | None = None, **more: object) -> Site:
    return Site(warehouse_id=warehouse, card=price or card(), stock=stock, **more)  # type: ignore[arg-type]


def need(sku: SkuId, qty: int = 1, grams: int = 500) -> Need:
    return Need(sku_id=sku, qty=qty, weight_g=grams)


cards = st.builds(
    PriceCard,
    first_g=st.sampled_from([500, 1000, 3000]),
    first_minor=st.integers(0, 3000),
    surcharge_minor=st.integers(0, 1500),
    step_g=st.sampled_from([100, 500, 1000]),
    step_minor=st.integers(0, 800),
    hours=st.integers(1, 120),
    carbon_g_per_kg=st.integers(0, 300),
)
some_weights = st.builds(Weights, **dict.fromkeys(Weights.__struct_fields__, st.integers(0, 50)))
needs_of = st.lists(
    st.builds(need, st.sampled_from(SKUS), st.integers(1, 6), st.integers(0, 3000)), min_size=1, max_size=4,
    unique_by=lambda each: each.sku_id,
)  # fmt: skip
per_sku = st.dictionaries(st.sampled_from(SKUS), st.integers(0, 6))
sites_of = st.tuples(
    *(
        st.builds(
            Site, warehouse_id=st.just(w), card=cards, stock=per_sku, age_days=per_sku, load_pct=st.integers(0, 90)
        )
        for w in WAREHOUSES
    )
).map(list)


few_needs = st.lists(
    st.builds(need, st.sampled_from(SKUS), st.integers(1, 2), st.integers(0, 3000)), min_size=1, max_size=3,
    unique_by=lambda each: each.sku_id,
)  # fmt: skip


def every_plan(needs: Sequence[Need], sites: Sequence[Site], weights: Weights) -> Iterator[Plan]:
    """All plans that send all pieces that there are, each SKU divided in any way."""
    shelves = Shelves(sites, [each.sku_id for each in needs], weights)
    order = shelves.order(needs, {each.warehouse_id: each.card for each in sites})
    ways = [list(divisions(min(want.qty, sum(shelves.left[want.row])), shelves.left[want.row])) for want in order.wants]
    for chosen in product(*ways):
        columns = {column for way in chosen for column, qty in enumerate(way) if qty}
        goods = {column: {row: way[column] for row, way in enumerate(chosen) if way[column]} for column in columns}
        yield shelves.plan(order, goods)


def divisions(qty: int, stock: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All ways to take so many pieces from these places."""
    if not stock:
        if not qty:
            yield ()
        return
    for some in range(min(qty, stock[0]) + 1):
        yield from ((some, *rest) for rest in divisions(qty - some, stock[1:]))


class TestOneOrder:
    @given(few_needs, sites_of, some_weights)
    @settings(max_examples=150)
    def test_is_the_best_of_all_and_tells_the_best_without_one_of_its_warehouses(
        self, needs: list[Need], sites: list[Site], weights: Weights
    ) -> None:
        plans = list(every_plan(needs, sites, weights))
        found = source(needs, sites, weights)
        assert found.proven
        assert found.plan.score == min(plan.score for plan in plans)
        others = [plan.score for plan in plans if found.plan.warehouses - plan.warehouses]
        assert (found.next_best.score if found.next_best else None) == min(others, default=None)

    @given(needs_of, sites_of, some_weights, st.integers(1, 30))
    @settings(max_examples=100)
    def test_is_never_worse_than_the_nearest_even_when_the_search_is_cut_short(
        self, needs: list[Need], sites: list[Site], weights: Weights, steps: int
    ) -> None:
        found = source(needs, sites, weights, steps_max=steps)
        assert found.plan.score <= found.nearest.score

    @given(needs_of, sites_of, some_weights)
    @settings(max_examples=100)
    def test_sends_what_is_there_and_tells_the_rest(
        self, needs: list[Need], sites: list[Site], weights: Weights
    ) -> None:
        found = source(needs, sites, weights)
        for plan in (found.plan, found.nearest, *([found.next_best] if found.next_best else [])):
            assert sent(plan.parts) + Counter({each.sku_id: each.qty for each in found.short}) == Counter(
                {each.sku_id: each.qty for each in needs}
            )
            check_stock(plan.parts, sites)
            assert plan.score == plan.measures.weighed(weights).total == plan.weighed.total

    def test_one_dear_parcel_beats_two_cheap_ones_that_cost_more_together(self) -> None:
        a, b = SKUS[:2]
        sites = [
            site(SHANGHAI, {a: 5}, card(first=400)),
            site(CHENGDU, {b: 5}, card(first=400)),
            site(GUANGZHOU, {a: 1, b: 1}, card(first=700)),
        ]
        found = source([need(a), need(b)], sites, Weights(cost=1, hours=0, parcels=0, age=0, balance=0, carbon=0))
        assert found.plan.warehouses == {GUANGZHOU}
        assert (found.plan.score, found.plan.measures.cost, found.plan.measures.parcels) == (700, 700, 1)
        assert found.next_best is not None
        assert found.next_best.warehouses == {SHANGHAI, CHENGDU}
        assert found.next_best.score == 800

    def test_weights_turn_the_choice(self) -> None:
        (a, *_) = SKUS
        cheap, quick = (
            site(SHANGHAI, {a: 1}, card(first=300, hours=96)),
            site(BEIJING, {a: 1}, card(first=900, hours=24)),
        )
        assert source([need(a)], [cheap, quick], Weights(hours=0)).plan.warehouses == {SHANGHAI}
        assert source([need(a)], [cheap, quick], Weights(hours=100)).plan.warehouses == {BEIJING}

    def test_old_stock_and_idle_warehouses_go_first_where_nothing_else_differs(self) -> None:
        (a, *_) = SKUS
        old = site(CHENGDU, {a: 1}, age_days={a: 90})
        assert source([need(a)], [site(SHANGHAI, {a: 1}), old]).plan.warehouses == {CHENGDU}
        busy = site(SHANGHAI, {a: 1}, load_pct=80)
        assert source([need(a)], [busy, site(CHENGDU, {a: 1})]).plan.warehouses == {CHENGDU}

    def test_what_no_warehouse_has_whole_comes_from_the_fewest_that_have_it(self) -> None:
        (a, *_) = SKUS
        sites = [site(SHANGHAI, {a: 2}), site(CHENGDU, {a: 3}), site(GUANGZHOU, {a: 1}), site(BEIJING, {a: 4})]
        found = source([need(a, 6)], sites)
        assert len(found.plan.warehouses) == 2
        assert not found.short

    def test_an_order_of_many_lines_is_joined_and_is_not_called_proven(self) -> None:
        many = [SkuId(UUID(int=n)) for n in range(1, 41)]
        sites = [site(w, dict.fromkeys(many[n::2], 9)) for n, w in enumerate(WAREHOUSES[:2])]
        sites += [site(w, {sku: 9 for n, sku in enumerate(many) if n % 7 != k}) for k, w in enumerate(WAREHOUSES[2:])]
        needs = [need(sku, 3) for sku in many]
        found = source(needs, sites)
        assert not found.proven
        assert sent(found.plan.parts) == Counter(dict.fromkeys(many, 3))
        assert found.plan.score <= found.nearest.score
        check_stock(found.plan.parts, sites)

    @given(needs_of, sites_of, some_weights)
    @settings(max_examples=100)
    def test_polishing_a_plan_sends_the_same_from_what_is_there_and_is_no_worse(
        self, needs: list[Need], sites: list[Site], weights: Weights
    ) -> None:
        shelves = Shelves(sites, [each.sku_id for each in needs], weights)
        order = shelves.order(needs, {each.warehouse_id: each.card for each in sites})
        there = [want._replace(qty=min(want.qty, shelves.available(order, want.row))) for want in order.wants]
        order = order._replace(wants=tuple(want for want in there if want.qty))
        start = shelves.nearest(order)
        before, after = shelves.plan(order, start), shelves.plan(order, polished(shelves, order, start))
        assert sent(after.parts) == sent(before.parts)
        check_stock(after.parts, sites)
        assert after.score <= before.score

    def test_units_are_joined_only_where_a_warehouse_has_them_all(self) -> None:
        many = [SkuId(UUID(int=n)) for n in range(1, 31)]
        sites = [
            site(w, {sku: 9 for n, sku in enumerate(many) if n % 4 in (k, k + 1)}) for k, w in enumerate(WAREHOUSES)
        ]
        shelves = Shelves(sites, many, Weights())
        order = shelves.order([need(sku, 2) for sku in many], {each.warehouse_id: each.card for each in sites})
        units, is_exact = units_of(order.wants, shelves.left, shelves.each, 1_000)
        assert not is_exact
        assert len(units) <= UNITS_MAX
        assert sorted(goods for unit in units for goods in unit.goods) == [(row, 2) for row in range(30)]
        assert all(any(unit.have) for unit in units)

    def test_nothing_anywhere_is_short_and_sends_nothing(self) -> None:
        (a, *_) = SKUS
        found = source([need(a, 2)], [site(SHANGHAI, {})])
        assert (found.plan.parts, found.plan.score) == ((), 0)
        assert [(each.sku_id, each.qty) for each in found.short] == [(a, 2)]


asked_of = st.lists(
    st.builds(Asked, needs=needs_of.map(tuple), cards=st.fixed_dictionaries(dict.fromkeys(WAREHOUSES, cards))),
    max_size=6,
)
shared_of = st.builds(
    Shared,
    stock=st.fixed_dictionaries(dict.fromkeys(WAREHOUSES, per_sku)),
    load_pct=st.fixed_dictionaries(dict.fromkeys(WAREHOUSES, st.integers(0, 90))),
)


class TestMany:
    @given(asked_of, shared_of, some_weights)
    @settings(max_examples=100)
    def test_is_never_worse_than_the_nearest_and_never_below_the_bound(
        self, asked: list[Asked], shared: Shared, weights: Weights
    ) -> None:
        plans, nearest = source_many(asked, shared, weights), nearest_many(asked, shared, weights)
        assert worth(plans) <= worth(nearest)
        assert lower_bound(asked, shared, plans, weights) <= worth(plans)[1]

    @given(asked_of, shared_of, some_weights)
    @settings(max_examples=100)
    def test_fills_orders_whole_and_never_sends_a_piece_twice(
        self, asked: list[Asked], shared: Shared, weights: Weights
    ) -> None:
        taken: Counter[tuple[WarehouseId, SkuId]] = Counter()
        for each, plan in zip(asked, source_many(asked, shared, weights), strict=True):
            if plan is not None:
                assert sent(plan.parts) == Counter({want.sku_id: want.qty for want in each.needs})
                taken.update({(part.warehouse_id, part.sku_id): part.qty for part in plan.parts})
        assert all(qty <= shared.stock[warehouse].get(sku, 0) for (warehouse, sku), qty in taken.items())


def sent(parts: Sequence[Part]) -> Counter[SkuId]:
    found: Counter[SkuId] = Counter()
    for part in parts:
        found[part.sku_id] += part.qty
    return found


def check_stock(parts: Sequence[Part], sites: Sequence[Site]) -> None:
    stock = {each.warehouse_id: each.stock for each in sites}
    taken: Counter[tuple[WarehouseId, SkuId]] = Counter()
    for part in parts:
        assert part.qty > 0
        taken[part.warehouse_id, part.sku_id] += part.qty
    assert all(qty <= stock[warehouse].get(sku, 0) for (warehouse, sku), qty in taken.items())


def worth(plans: Sequence[Plan | None]) -> tuple[int, int]:
    return sum(plan is None for plan in plans), sum(plan.score for plan in plans if plan)
