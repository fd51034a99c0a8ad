"""Which warehouses send what: 10,000 lines and 20 warehouses, beside the nearest, a bound and every possibility."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final
from uuid import UUID

from bench.harness import Table, quantile
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.price_cards import PriceCard
from shangmai.modules.orders.contract.sourcing import Need, Plan, Site, Weights
from shangmai.modules.orders.rules.sourcing import Asked, Shared, lower_bound, nearest_many, source, source_many
from shangmai.modules.orders.rules.sourcing.problem import Order, Rows, Sent, Shelves

LINES, WAREHOUSES, SKUS = 10_000, 20, 2_000
ONE: Final = ((3, 4), (5, 8), (10, 8), (10, 20))
SMALL_CASES, SMALL_ORDERS = 200, 4
BOUND_ROUNDS: Final = 20
WEIGHTS: Final = Weights()
PLACES: Final = {"in a few warehouses": 8, "scattered": 1}
"""How many pieces of a SKU there are for each warehouse that has it."""

COLUMNS: Final = (
    *("stock of a SKU", "stock for", "orders", "wait", "wait, nearest"),
    *("score", "nearest", "saved", "above the bound", "seconds", "nearest, seconds"),
)


def run(seconds: float) -> list[Table]:
    """Measure a batch by how scarce stock is, single orders by size, and small cases against every possibility."""
    return [_batches(), _singles(seconds), _exact()]


def _batches() -> Table:
    table = Table(
        f"Sourcing: {LINES:,} lines, {WAREHOUSES} warehouses",
        COLUMNS,
        "CPU seconds of one core. Orders of one to five lines of one to three pieces, filled whole or not at all, first"
        " come, first served; the standard weights. Nearest: each SKU from the nearest warehouse that has it."
        " `stock for`: pieces in all warehouses, in per cent of the pieces ordered. A SKU in a few warehouses stands in"
        " at least two, and in one more for each 8 pieces; a scattered one lies piece by piece anywhere. The bound"
        f" (Lagrangean, {BOUND_ROUNDS} rounds): no plan that fills the same orders scores less; the best may be above.",
    )
    for place, together in PLACES.items():
        for percent in (80, 110, 200):
            asked, shared = batch(random.Random(percent), LINES, WAREHOUSES, SKUS, percent, together)
            started = time.process_time()
            nearest = nearest_many(asked, shared, WEIGHTS)
            between = time.process_time()
            plans = source_many(asked, shared, WEIGHTS)
            took = [time.process_time() - between, between - started]
            bound = lower_bound(asked, shared, plans, WEIGHTS, BOUND_ROUNDS)
            table.add(place, f"{percent} %", *_compared(plans, nearest, bound), *(f"{each:.1f}" for each in took))
    return table


def _compared(plans: Sequence[Plan | None], nearest: Sequence[Plan | None], bound: int) -> list[str]:
    waits = [str(sum(plan is None for plan in some)) for some in (plans, nearest)]
    both = [(ours, theirs) for ours, theirs in zip(plans, nearest, strict=True) if ours and theirs]
    ours, theirs = sum(each.score for each, _ in both), sum(each.score for _, each in both)
    total = sum(plan.score for plan in plans if plan)
    saved, above = f"{1 - ours / theirs:.1%}", f"{total / bound - 1:.1%}"
    return [f"{len(plans):,}", *waits, f"{ours:,}", f"{theirs:,}", saved, above]


def _singles(seconds: float) -> Table:
    table = Table(
        "Sourcing: one order",
        ["lines", "warehouses", "CPU, median", "p99", "proven best", "saved beside the nearest"],
        "The choice and the next best. Proven: no division among the warehouses was left out. Ten lines of one to three"
        " pieces are mostly too many to be divided by the piece: each goes whole, then the plan is improved."
        " A warehouse has a SKU half the time.",
    )
    for lines, warehouses in ONE:
        table.add(lines, warehouses, *_single(lines, warehouses, seconds))
    return table


def _single(lines: int, warehouses: int, seconds: float) -> list[str]:
    rnd = random.Random(lines * 100 + warehouses)
    times, proven, ours, theirs = [], 0, 0, 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(times) < 20:
        needs, sites = order(rnd, lines, warehouses)
        started = time.process_time_ns()
        found = source(needs, sites, WEIGHTS)
        times.append(time.process_time_ns() - started)
        proven += found.proven
        ours += found.plan.score
        theirs += found.nearest.score
    median, p99 = quantile(times, 0.5) / 1e6, quantile(times, 0.99) / 1e6
    return [f"{median:.2f} ms", f"{p99:.2f} ms", f"{proven / len(times):.1%}", f"{1 - ours / theirs:.1%}"]


def _exact() -> Table:
    table = Table(
        "Sourcing: beside every possibility",
        ["case", "cases", "same score", "mean above the best", "worst", "nearest, mean above the best"],
        "Every possibility is enumerated: each SKU divided among the warehouses in any way, and for a batch all ways of"
        " all orders together.",
    )
    rnd = random.Random(7)
    table.add("one order, 4 lines, 4 warehouses", *_gaps([_one_case(rnd) for _ in range(SMALL_CASES)]))
    many = [case for case in (_batch_case(rnd) for _ in range(SMALL_CASES)) if case]
    table.add(f"{SMALL_ORDERS} orders that compete, 4 warehouses", *_gaps(many))
    return table


def _gaps(cases: Sequence[tuple[int, int, int]]) -> list[object]:
    gaps = [ours / best - 1 for ours, _, best in cases]
    nearest = sum(theirs / best - 1 for _, theirs, best in cases) / len(cases)
    same = sum(ours == best for ours, _, best in cases)
    return [len(cases), same, f"{sum(gaps) / len(gaps):.2%}", f"{max(gaps):.1%}", f"{nearest:.1%}"]


def _one_case(rnd: random.Random) -> tuple[int, int, int]:
    needs, sites = order(rnd, 4, 4, qty_max=2)
    shelves = Shelves(sites, [need.sku_id for need in needs], WEIGHTS)
    one = shelves.order(needs, {site.warehouse_id: site.card for site in sites})
    wants = tuple(want for want in one.wants if any(shelves.left[want.row]))
    best = min(score for score, _ in _every(shelves, one._replace(wants=wants)))
    found = source(needs, sites, WEIGHTS)
    return found.plan.score, found.nearest.score, best


def _batch_case(rnd: random.Random) -> tuple[int, int, int] | None:
    """The score of a small batch, that of the nearest and the best; None where not all its orders can be filled."""
    asked, shared = batch(rnd, SMALL_ORDERS * 2, 4, 4, 110, together=2, lines_max=2, qty_max=2)
    plans, nearest = source_many(asked, shared, WEIGHTS), nearest_many(asked, shared, WEIGHTS)
    if not all(plans) or not all(nearest):
        return None
    sites = [
        Site(warehouse_id=w, card=card, stock=shared.stock[w], load_pct=shared.load_pct[w])
        for w, card in asked[0].cards.items()
    ]
    shelves = Shelves(sites, [need.sku_id for each in asked for need in each.needs], WEIGHTS)
    ways = [sorted(_every(shelves, shelves.order(each.needs, each.cards)), key=lambda way: way[0]) for each in asked]
    ours, theirs = (sum(plan.score for plan in some if plan) for some in (plans, nearest))
    return ours, theirs, _together(shelves.left, ways, theirs + 1)


def _every(shelves: Shelves, one: Order) -> Iterator[tuple[int, Sent]]:
    """Every way to send an order from what there is, with its score."""
    columns = range(len(shelves.warehouses))
    by_want = [
        [way for way in product(*(range(min(want.qty, shelves.left[want.row][n]) + 1) for n in columns))
         if sum(way) == min(want.qty, sum(shelves.left[want.row]))]
        for want in one.wants
    ]  # fmt: skip
    for chosen in product(*by_want):
        goods = {
            n: {want.row: way[n] for want, way in zip(one.wants, chosen, strict=True) if way[n]}
            for n in columns
            if any(way[n] for way in chosen)
        }
        yield shelves.plan(one, goods).score, goods


def _together(left: Rows, ways: Sequence[Sequence[tuple[int, Sent]]], below: int) -> int:
    """The lowest score of all orders together below a limit, each in one of its ways, the cheapest first."""
    if not ways:
        return 0
    rest = sum(some[0][0] for some in ways[1:])
    for score, goods in ways[0]:
        if score + rest >= below:
            break
        pieces = [(row, n, qty) for n, some in goods.items() for row, qty in some.items()]
        if any(left[row][n] < qty for row, n, qty in pieces):
            continue
        for row, n, qty in pieces:
            left[row][n] -= qty
        below = min(below, score + _together(left, ways[1:], below - score))
        for row, n, qty in pieces:
            left[row][n] += qty
    return below


def batch(
    rnd: random.Random,
    lines: int,
    warehouses: int,
    skus: int,
    percent: int,
    together: int,
    lines_max: int = 5,
    qty_max: int = 3,
) -> tuple[list[Asked], Shared]:
    """Orders of a few lines, many of popular SKUs, and stock in a warehouse for each `together` pieces of a SKU."""
    asked, ordered = [], [0] * skus
    while lines > 0:
        some = {int(skus * rnd.random() ** 2) for _ in range(min(rnd.randint(1, lines_max), lines))}
        lines -= len(some)
        needs = tuple(
            Need(sku_id=SkuId(UUID(int=n + 1)), qty=rnd.randint(1, qty_max), weight_g=weight(n)) for n in some
        )
        for n, need in zip(some, needs, strict=True):
            ordered[n] += need.qty
        asked.append(Asked(needs=needs, cards=dict(zip(ids(warehouses), cards(rnd, warehouses), strict=True))))
    stock: dict[WarehouseId, dict[SkuId, int]] = {w: {} for w in ids(warehouses)}
    for n, pieces in enumerate(ordered):
        there = -(-pieces * percent // 100)
        places = rnd.sample(ids(warehouses), min(max(there // together, 2), warehouses))
        for _ in range(there):
            shelf = stock[rnd.choice(places)]
            shelf[SkuId(UUID(int=n + 1))] = shelf.get(SkuId(UUID(int=n + 1)), 0) + 1
    return asked, Shared(stock=stock, load_pct={w: rnd.randrange(90) for w in ids(warehouses)})


def order(rnd: random.Random, lines: int, warehouses: int, qty_max: int = 3) -> tuple[list[Need], list[Site]]:
    needs = [Need(sku_id=SkuId(UUID(int=n + 1)), qty=rnd.randint(1, qty_max), weight_g=weight(n)) for n in range(lines)]
    sites = [
        Site(
            warehouse_id=w,
            card=card,
            stock={need.sku_id: rnd.randint(1, 6) for need in needs if rnd.random() < 0.5},
            age_days={need.sku_id: rnd.randrange(60) for need in needs},
            load_pct=rnd.randrange(90),
        )
        for w, card in zip(ids(warehouses), cards(rnd, warehouses), strict=True)
    ]
    return needs, sites


def ids(warehouses: int) -> list[WarehouseId]:
    return [WarehouseId(UUID(int=(1 << 64) + n)) for n in range(warehouses)]


def weight(sku: int) -> int:
    """Between 100 g and 4.8 kg, in grams."""
    return 100 + sku * 7919 % 48 * 100


def cards(rnd: random.Random, warehouses: int) -> list[PriceCard]:
    """The price cards to a receiver somewhere in a square, from warehouses at fixed places in it."""
    x, y = rnd.random(), rnd.random()
    return [_card(abs(n * 37 % 100 / 100 - x) + abs(n * 61 % 100 / 100 - y)) for n in range(warehouses)]


def _card(far: float) -> PriceCard:
    return PriceCard(
        first_minor=round(400 + 600 * far),
        step_minor=round(100 + 500 * far),
        hours=24 + 24 * round(3 * far),
        carbon_g_per_kg=round(50 + 250 * far),
    )
