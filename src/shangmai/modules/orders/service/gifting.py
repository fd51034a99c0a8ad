"""Gifts that a company's table gives: lines of an order at no price, added as soon as there is stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId
from shangmai.modules.orders.contract.preferring import GiftAdded
from shangmai.modules.orders.queries.preferences import Gift
from shangmai.modules.orders.service.holding_back import CAN_SHIP


async def due_of(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[OrderId, dict[SkuId, int]]:
    """The gifts that these orders lack still, pieces by SKU."""
    due: dict[OrderId, dict[SkuId, int]] = defaultdict(dict)
    for gift in await queries.gifts_due(tx, orders):
        due[gift.order_id][gift.sku_id] = due[gift.order_id].get(gift.sku_id, 0) + gift.qty
    return due


async def give_due(tx: Tx, orders: Sequence[Order], items: Mapping[OrderId, Item]) -> None:
    """Add the gifts that locked orders lack, the first order first; those that are short wait. Of each, all or none.

    Each gift goes by itself: one that is short does not stop another. Event orders.gift_added.v1.
    """
    open_orders = {order.id: order for order in orders if order.status in CAN_SHIP}
    due = await queries.gifts_due(tx, open_orders)
    if not due:
        return
    skus = await catalog.get_skus(tx, {gift.sku_id for gift in due})
    lines = await queries.lines_of(tx, open_orders)
    place = {id_: n for n, id_ in enumerate(open_orders)}
    following = {id_: max((line.line for line in lines[id_]), default=0) for id_ in open_orders}
    given = []
    for gift in sorted(due, key=lambda each: (place[each.order_id], each.row, each.sku_id)):
        line = following[gift.order_id] + 1
        if await _hold(tx, open_orders[gift.order_id], gift, line, items[gift.order_id]):
            following[gift.order_id] = line
            given.append((gift, line, f"赠品 {skus[gift.sku_id].name}"))
    if given:
        await queries.give(tx, given)
    for gift, line, _ in given:
        number = open_orders[gift.order_id].number
        told = GiftAdded(
            order_id=gift.order_id, number=number, row=gift.row, sku_id=gift.sku_id, qty=gift.qty, line=line
        )
        tx.emit(told, items[gift.order_id])


async def _hold(tx: Tx, order: Order, gift: Gift, line: int, item: Item) -> bool:
    """Whether there was stock for it. Gifts are few: each is a statement of its own."""
    wanted = HoldLine(
        shop_id=order.shop_id,
        sku_id=gift.sku_id,
        warehouse_id=order.warehouse_id,
        qty=gift.qty,
        doc=order.id,
        line=line,
        item=item,
    )
    return not await inventory.hold(tx, [wanted])
