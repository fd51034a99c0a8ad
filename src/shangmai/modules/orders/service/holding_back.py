"""Holding orders back from shipping, or marking them for a look, for causes that end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderHeldBack, OrderId, OrderLetGo, Status, WantedHoldBack
from shangmai.modules.orders.contract.holding_back import ExceptionCleared, ExceptionRaised

CAN_SHIP = frozenset({Status.PLACED, Status.PART_SHIPPED})
HAS_WORK = CAN_SHIP | {Status.SHIPPED}
"""An order that has left can't be held back, but it may need a look."""


async def hold_back(tx: Tx, wanted: Sequence[WantedHoldBack]) -> set[OrderId]:
    """Keep orders from being shipped, or mark them for a look, each for a cause; those that have it now.

    Locks the orders in order of id, so it is before or after a shipping, never during. An order that has left or is
    canceled has nothing to hold back and is not among the answer; one that has the cause already stays as it is.
    Events orders.held_back.v1, orders.exception_raised.v1.
    """
    if not wanted:
        return set()
    orders = await queries.lock(tx, {each.order_id for each in wanted})
    before = await queries.hold_backs_of(tx, orders)
    live = [each for each in wanted if each.order_id in orders and _may_have(orders[each.order_id], each)]
    fresh = {
        (each.order_id, each.code): each
        for each in live
        if each.code not in {known.code for known in before[each.order_id]}
    }
    if fresh:
        await queries.insert_hold_backs(tx, list(fresh.values()))
    for each in fresh.values():
        tx.emit(_told(orders[each.order_id], each), each.item)
    return {each.order_id for each in live}


async def let_go(tx: Tx, orders: Mapping[OrderId, Item], code: str) -> set[OrderId]:
    """Take a cause off orders; those that had it. Each can be shipped when no other cause is left.

    Locks the orders in order of id. Event orders.let_go.v1.
    """
    gone = await let_go_each(tx, orders, [(id_, code) for id_ in orders])
    return {id_ for id_, _ in gone}


async def let_go_each(
    tx: Tx, items: Mapping[OrderId, Item], gone: Collection[tuple[OrderId, str]]
) -> set[tuple[OrderId, str]]:
    """Take these causes off orders, in three statements; those that were there.

    Locks the orders in order of id. Events orders.let_go.v1, orders.exception_cleared.v1.
    """
    if not gone:
        return set()
    locked = await queries.lock(tx, {id_ for id_, _ in gone})
    removed, held_back = await queries.delete_hold_backs(tx, [pair for pair in gone if pair[0] in locked])
    for id_, code, blocked in removed:
        number = locked[id_].number
        if blocked:
            tx.emit(OrderLetGo(order_id=id_, number=number, code=code, held_back=held_back[id_]), items[id_])
        else:
            tx.emit(ExceptionCleared(order_id=id_, number=number, code=code), items[id_])
    return {(id_, code) for id_, code, _ in removed}


def _may_have(order: Order, wanted: WantedHoldBack) -> bool:
    return order.status in (CAN_SHIP if wanted.blocks else HAS_WORK)


def _told(order: Order, wanted: WantedHoldBack) -> OrderHeldBack | ExceptionRaised:
    kind = OrderHeldBack if wanted.blocks else ExceptionRaised
    return kind(order_id=order.id, number=order.number, code=wanted.code, zh=wanted.zh, en=wanted.en)
