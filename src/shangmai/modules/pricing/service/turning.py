"""Prices and promotions that begin or end at a set time raise no event then; whoever shows them asks here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.pricing.contract.turning import Turned
from shangmai.modules.pricing.queries import turning
from shangmai.modules.pricing.rules.periods import next_turn
from shangmai.modules.pricing.service.looking import published_promotions


async def next_price_turn(tx: Tx, after: datetime) -> datetime | None:
    """Give when the next price of a list begins or ends behind `after`."""
    return await turning.next_turn(tx, after)


async def turned(tx: Tx, after: datetime, until: datetime) -> Turned:
    """Give what began or ended behind `after`, until `until`, and when the next thing does. Three statements."""
    promotions = await published_promotions(tx)
    goods = [each for each in promotions if (turn := next_turn(each.when, after)) is not None and turn <= until]
    coming = [next_turn(each.when, until) for each in promotions]
    targets: dict[str, list[UUID]] = {"sku": [], "product": [], "category": []}
    for row in await turning.targets_turned(tx, after, until):
        targets[row["target"]].append(row["target_id"])
    turns = [turn for turn in (*coming, await turning.next_turn(tx, until)) if turn is not None]
    return Turned(
        goods=tuple(each.scope.include for each in goods),
        skus=tuple(targets["sku"]),
        products=tuple(targets["product"]),
        categories=tuple(targets["category"]),
        next=min(turns, default=None),
    )
