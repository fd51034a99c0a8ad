"""Giving orders that wait for stock what has arrived, first come, first served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.service import gifting, seeing


async def hold_missing(tx: Tx, orders: Sequence[Order], items: Mapping[OrderId, Item]) -> None:
    """Hold the pieces that are missing, all of an order or none, in the order in which the orders were placed."""
    ids = [order.id for order in orders]
    lines = await queries.lines_of(tx, ids)
    skus = await catalog.get_skus(tx, {line.sku_id for some in lines.values() for line in some if line.sku_id})
    held = await inventory.held_of(tx, ids)
    wanted = [
        line
        for order in in_line(orders)
        for line in _missing(order, lines[order.id], skus, held.get(order.id, {}), items[order.id])
    ]
    if wanted:
        await inventory.hold(tx, wanted)


async def give_gifts(tx: Tx, orders: Sequence[Order], items: Mapping[OrderId, Item]) -> None:
    """Add the gifts that orders wait for and that there are now, in the order in which the orders were placed."""
    await gifting.give_due(tx, in_line(orders), items)


def in_line(orders: Sequence[Order]) -> list[Order]:
    """Those placed first in front."""
    return sorted(orders, key=lambda order: (order.placed_at, order.id))


def _missing(
    order: Order, lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku], held: Mapping[SkuId, int], item: Item
) -> list[HoldLine]:
    left = dict(held)
    wanted = []
    for (line, sku_id), qty in seeing.pieces_left(lines, skus).items():
        has = min(left.get(sku_id, 0), qty)
        left[sku_id] = left.get(sku_id, 0) - has
        if has < qty:
            wanted.append(
                HoldLine(
                    sku_id=sku_id, warehouse_id=order.warehouse_id, qty=qty - has, doc=order.id, line=line, item=item
                )
            )
    return wanted
