"""Many orders that compete for scarce stock.

First come, first served: an order is filled whole from what the earlier ones left, or it waits and takes nothing. From
where is decided together: each piece has a price that grows with how much it's asked for (see `prices`), so an order
that can do without leaves it to one that can't. Then orders that stay behind what they would have alone are chosen anew
against what is left. The result is never worse than that of the nearest warehouses with stock: no more orders wait, and
with as many waiting the total score is no higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.price_cards import PriceCard
from shangmai.modules.orders.contract.sourcing import Need, Plan, Site, Weights
from shangmai.modules.orders.rules.sourcing.coarse import units_of
from shangmai.modules.orders.rules.sourcing.pools import Pools
from shangmai.modules.orders.rules.sourcing.prices import Prices
from shangmai.modules.orders.rules.sourcing.problem import Order, Rows, Sent, Shelves, sent
from shangmai.modules.orders.rules.sourcing.search import NEVER, Search
from shangmai.modules.organization.contract import ShopId

BATCH_SIZE_MAX: Final = 20_000
BATCH_STEPS_MAX: Final = 6
"""Limits for one order of a batch, as for a single one."""
ROUNDS_MAX: Final = 40
WORK_MAX: Final = 1_600_000
"""Parcels looked at in rounds of prices; a batch that is large has fewer rounds."""

Stock = Mapping[WarehouseId, Mapping[SkuId, int]]


class Asked(Struct, frozen=True, kw_only=True):
    """An order of a batch: what it needs, and the price cards of the warehouses that reach its receiver.

    `shop_id`: whose order it is, where shops divide stock between them.
    """

    needs: tuple[Need, ...]
    cards: Mapping[WarehouseId, PriceCard]
    shop_id: ShopId | None = None


class Shared(Struct, frozen=True, kw_only=True):
    """What a batch's orders compete for, and what is the same for all of them (see `Site`).

    `pools`: instead of `stock`, where shops divide it.
    """

    stock: Stock
    age_days: Stock = {}
    load_pct: Mapping[WarehouseId, int] = {}
    pools: Pools = {}


def nearest_many(asked: Sequence[Asked], shared: Shared, weights: Weights | None = None) -> list[Plan | None]:
    """Give each order in turn the nearest warehouses with stock; None where it waits."""
    return _Batch(asked, shared, weights or Weights()).nearest()


def source_many(asked: Sequence[Asked], shared: Shared, weights: Weights | None = None) -> list[Plan | None]:
    """Give each order its warehouses; None where it waits. Never worse than `nearest_many`."""
    weighed = weights or Weights()
    nearest = _Batch(asked, shared, weighed).nearest()
    return min(_Batch(asked, shared, weighed).source([plan is not None for plan in nearest]), nearest, key=_worth)


def lower_bound(
    asked: Sequence[Asked],
    shared: Shared,
    plans: Sequence[Plan | None],
    weights: Weights | None = None,
    rounds: int = ROUNDS_MAX,
) -> int:
    """Tell a total score that no way to fill the same orders can go below; more rounds may raise it."""
    batch = _Batch(asked, shared, weights or Weights())
    filled = {n: batch.orders[n] for n, plan in enumerate(plans) if plan is not None}
    return Prices(batch.shelves, filled).go(rounds).bound


class _Batch:
    """The orders in numbers, and what stands on the shelves still."""

    def __init__(self, asked: Sequence[Asked], shared: Shared, weights: Weights) -> None:
        skus = (need.sku_id for each in asked for need in each.needs)
        shops = ((each.shop_id, need.sku_id) for each in asked if each.shop_id for need in each.needs)
        self.shelves = Shelves(_sites(shared), skus, weights, shared.pools, shops)
        self.orders = [self.shelves.order(each.needs, each.cards, each.shop_id) for each in asked]
        self.sent: list[Sent | None] = [None] * len(asked)

    def nearest(self) -> list[Plan | None]:
        for n, order in enumerate(self.orders):
            if self.shelves.has_all(order):
                self._send(n, self.shelves.nearest(order))
        return self.plans()

    def source(self, likely: Sequence[bool]) -> list[Plan | None]:
        """`likely`: orders that are filled in some way; only these compete."""
        competing = {n: order for n, order in enumerate(self.orders) if likely[n]}
        prices = Prices(self.shelves, competing, BATCH_SIZE_MAX)
        prices.go(max(min(WORK_MAX // max(sum(map(self._work, prices.orders.values())), 1), ROUNDS_MAX), 1))
        for n in range(len(self.orders)):
            self._fill(n, prices.best)
        self._improve(prices.alone)
        return self.plans()

    def _work(self, order: Order) -> int:
        """How many parcels the order may choose from."""
        rows = [(self.shelves.left[want.row], want.qty) for want in order.wants]
        return sum(prod(min(row[sender.column], qty) + 1 for row, qty in rows) for sender in order.senders)

    def _fill(self, n: int, each: Rows) -> None:
        order = self.orders[n]
        if self.shelves.has_all(order):
            self._send(n, self._choose(order, each) or self.shelves.nearest(order))

    def _choose(self, order: Order, each: Rows, below: int = NEVER) -> Sent | None:
        units, _ = units_of(order.wants, self.shelves.left, each, BATCH_SIZE_MAX)
        found = Search(BATCH_STEPS_MAX).cheapest(units, order.senders, below)
        return None if found is None else sent(units, found)

    def _send(self, n: int, goods: Sent) -> None:
        self.shelves.take(goods)
        self.sent[n] = goods

    def _improve(self, alone: Mapping[int, int]) -> None:
        """Choose orders anew against what is left where they are behind what they would have alone, these first."""
        behind = [
            (score - alone.get(n, 0), n, score)
            for n, plan in enumerate(self.plans())
            if plan is not None and (score := plan.score) > alone.get(n, 0)
        ]
        for _, n, score in sorted(behind, reverse=True):
            before = self.sent[n]
            assert before is not None, "an order that waits has nothing to give back"
            self.shelves.take(before, -1)
            self._send(n, self._choose(self.orders[n], self.shelves.each, score) or before)

    def plans(self) -> list[Plan | None]:
        pairs = zip(self.orders, self.sent, strict=True)
        return [None if goods is None else self.shelves.plan(order, goods) for order, goods in pairs]


def _sites(shared: Shared) -> list[Site]:
    return [
        Site(
            warehouse_id=warehouse,
            card=_NO_CARD,
            stock=stock,
            age_days=shared.age_days.get(warehouse, {}),
            load_pct=shared.load_pct.get(warehouse, 0),
        )
        for warehouse, stock in shared.stock.items()
    ]


_NO_CARD: Final = PriceCard(first_minor=0, step_minor=0, hours=1)
"""Shelves don't look at price cards: each order has its own."""


def _worth(plans: Sequence[Plan | None]) -> tuple[int, int]:
    """How many orders wait, then the total score: less is better."""
    return sum(plan is None for plan in plans), sum(plan.score for plan in plans if plan is not None)
