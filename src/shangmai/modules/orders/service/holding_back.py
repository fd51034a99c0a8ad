"""Holding orders back from shipping, for causes that other modules know, until those are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderHeldBack, OrderId, OrderLetGo, Status, WantedHoldBack

CAN_SHIP = frozenset({Status.PLACED, Status.PART_SHIPPED})


async def hold_back(tx: Tx, wanted: Sequence[WantedHoldBack]) -> set[OrderId]:
    """Keep orders from being shipped, each for a cause; those that are held back for it now.

    Locks the orders in order of id, so it is before or after a shipping, never during. An order that has left or is
    canceled has nothing to hold back and is not among the answer; one that has the cause already stays as it is.
    Event orders.held_back.v1.
    """
    orders = await queries.lock(tx, [each.order_id for each in wanted])
    before = await queries.hold_backs_of(tx, orders)
    live = [each for each in wanted if each.order_id in orders and orders[each.order_id].status in CAN_SHIP]
    fresh = {
        (each.order_id, each.code): each
        for each in live
        if each.code not in {known.code for known in before[each.order_id]}
    }
    if fresh:
        await queries.insert_hold_backs(tx, list(fresh.values()))
    for each in fresh.values():
        tx.emit(_held_back(orders[each.order_id], each), each.item)
    return {each.order_id for each in live}


async def let_go(tx: Tx, orders: Mapping[OrderId, Item], code: str) -> set[OrderId]:
    """Take a cause off orders; those that had it. Each can be shipped when no other cause is left.

    Locks the orders in order of id. Event orders.let_go.v1.
    """
    locked = await queries.lock(tx, orders.keys())
    gone = await queries.delete_hold_backs(tx, locked, code)
    for id_, held_back in gone.items():
        tx.emit(OrderLetGo(order_id=id_, number=locked[id_].number, code=code, held_back=held_back), orders[id_])
    return set(gone)


def _held_back(order: Order, wanted: WantedHoldBack) -> OrderHeldBack:
    return OrderHeldBack(order_id=order.id, number=order.number, code=wanted.code, zh=wanted.zh, en=wanted.en)
