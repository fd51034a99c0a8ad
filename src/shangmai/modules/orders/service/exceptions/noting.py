"""Noting what is known beside an order: the seller's remark and flag, and what its channel says."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderNotFound
from shangmai.modules.orders.contract.exceptions import (
    HandleRemark,
    NoteChannel,
    Particulars,
    ParticularsChanged,
    SetRemark,
)
from shangmai.modules.orders.service.finding import scopes_of


@action("orders.set_remark", grant="orders.set_remark", errors=[OrderNotFound])
async def set_remark(tx: Tx, do: SetRemark) -> Particulars:
    """Set the seller's remark and flag of an order. Event orders.particulars_changed.v1. Raises: OrderNotFound."""
    order = await _lock(tx, do.order_id)
    await queries.set_remark(tx, do)
    return await _tell(tx, order, "remark")


@action("orders.handle_remark", grant="orders.set_remark", errors=[OrderNotFound])
async def handle_remark(tx: Tx, do: HandleRemark) -> Particulars:
    """Say that a buyer's remark was seen to. Event orders.particulars_changed.v1. Raises: OrderNotFound."""
    order = await _lock(tx, do.order_id)
    await queries.set_handled(tx, order.id)
    return await _tell(tx, order, "handled")


@action("orders.note_channel", grant="orders.note_channel", many=True, scopes_of=scopes_of, errors=[OrderNotFound])
async def note_channel(tx: Tx, do: Sequence[NoteChannel]) -> list[Particulars | AppError]:
    """Note what channels say of orders; what is left out of it stays. Event orders.particulars_changed.v1."""
    orders = await queries.lock(tx, {each.order_id for each in do})
    outcomes: list[Particulars | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        order = orders.get(each.order_id)
        if order is None:
            outcomes.append(OrderNotFound(order_id=each.order_id))
            continue
        await queries.note_channel(tx, each)
        known = (await queries.particulars_of(tx, [order.id]))[order.id]
        tx.emit(_changed(order, known, "channel"), item)
        outcomes.append(known)
    return outcomes


async def _lock(tx: Tx, order_id: OrderId) -> Order:
    order = (await queries.lock(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    return order


async def _tell(tx: Tx, order: Order, what: str) -> Particulars:
    known = (await queries.particulars_of(tx, [order.id]))[order.id]
    tx.emit(_changed(order, known, what))
    return known


def _changed(order: Order, known: Particulars, what: str) -> ParticularsChanged:
    return ParticularsChanged(
        order_id=order.id, number=order.number, what=what, flag=known.flag, channel_state=known.channel_state
    )
