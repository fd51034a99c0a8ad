"""The best warehouses of one order, and the best without one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shangmai.modules.orders.contract.sourcing import Need, Plan, Shortage, Site, Sourced, Weights
from shangmai.modules.orders.rules.sourcing.coarse import units_of
from shangmai.modules.orders.rules.sourcing.polish import polished
from shangmai.modules.orders.rules.sourcing.problem import SIZE_MAX, Order, Shelves, sent
from shangmai.modules.orders.rules.sourcing.search import Search

STEPS_MAX: Final = 2_000
"""Divisions after which a search ends unproven; most orders need one."""


def source(
    needs: Sequence[Need], sites: Sequence[Site], weights: Weights | None = None, *, steps_max: int = STEPS_MAX
) -> Sourced:
    """Choose who sends what, never worse than the nearest with stock, and say what the next best would be.

    `sites` are the warehouses that reach the receiver. What none has is `short`; the rest is planned. Each warehouse
    sends one parcel.
    """
    shelves = Shelves(sites, (need.sku_id for need in needs), weights or Weights())
    wanted = shelves.order(needs, {site.warehouse_id: site.card for site in sites})
    order, short = _what_is_there(shelves, wanted)
    nearest = shelves.plan(order, shelves.nearest(order))
    search = Search(steps_max)
    best, is_exact = _best(shelves, order, search)
    plan = nearest if best is None or nearest.score <= best.score else best
    next_best = _next_best(shelves, order, search, plan, nearest)
    return Sourced(
        plan=plan,
        next_best=next_best,
        nearest=nearest,
        short=short,
        proven=is_exact and search.is_proven,
        steps=search.steps,
    )


def _what_is_there(shelves: Shelves, order: Order) -> tuple[Order, tuple[Shortage, ...]]:
    """The order of what there is, and what is missing."""
    there = [want._replace(qty=min(want.qty, shelves.available(order, want.row))) for want in order.wants]
    short = tuple(
        Shortage(sku_id=shelves.skus[want.row], qty=want.qty - have.qty)
        for want, have in zip(order.wants, there, strict=True)
        if want.qty > have.qty
    )
    return order._replace(wants=tuple(want for want in there if want.qty)), short


def _best(shelves: Shelves, order: Order, search: Search) -> tuple[Plan | None, bool]:
    """The best plan found, and whether no other division was left out."""
    if not order.wants or not shelves.has_all(order):
        return None, True
    units, is_exact = units_of(order.wants, shelves.left, shelves.each, SIZE_MAX)
    found = search.cheapest(units, order.senders)
    if found is None:
        return None, is_exact
    goods = sent(units, found)
    return shelves.plan(order, goods if is_exact else polished(shelves, order, goods)), is_exact


def _next_best(shelves: Shelves, order: Order, search: Search, plan: Plan, nearest: Plan) -> Plan | None:
    """The best plan that sends the same without at least one of the warehouses chosen."""
    found = [nearest] if plan.warehouses - nearest.warehouses else []
    for warehouse in sorted(plan.warehouses):
        column = shelves.columns[warehouse]
        others = order._replace(senders=tuple(sender for sender in order.senders if sender.column != column))
        without, _ = _best(shelves, others, search)
        if without is not None:
            found.append(without)
    return min(found, key=lambda each: each.score, default=None)
