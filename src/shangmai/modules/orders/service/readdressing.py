"""Correcting whom an order goes to, and where, before it leaves."""

from __future__ import annotations

import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderNotFound, Receiver, StatusForbids
from shangmai.modules.orders.contract.exceptions import CorrectAddress, ReceiverChanged
from shangmai.modules.orders.service.holding_back import CAN_SHIP
from shangmai.modules.orders.service.receiving import receiver_of
from shangmai.modules.orders.service.units import following
from shangmai.modules.warehouse.contract.requests import AlreadyOut


@action("orders.correct_address", grant="orders.correct_address", errors=[OrderNotFound, StatusForbids, AlreadyOut])
async def correct_address(tx: Tx, do: CorrectAddress) -> Order:
    """Give an order that has not left all of it another receiver; what it costs stays.

    What was wrong with the address is looked at again. The event names what changed, not to what. Event
    orders.receiver_changed.v1. Raises: OrderNotFound, StatusForbids, AlreadyOut.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status not in CAN_SHIP:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="readdressed")
    before = await receiver_of(tx, order.id)
    changed = _changed(before, do.receiver)
    if changed:
        plain = msgspec.json.encode(do.receiver).decode()
        sealed = current_vault().column("orders", "receiver").encrypt_many([plain], [order.id])
        await queries.set_receiver(tx, order.id, sealed[0])
        await following.readdress(tx, order.id)
        tx.emit(ReceiverChanged(order_id=order.id, number=order.number, changed=changed))
    return order


def _changed(before: Receiver | None, after: Receiver) -> tuple[str, ...]:
    """The fields that differ; all of them where there was nobody."""
    names = Receiver.__struct_fields__
    return tuple(name for name in names if before is None or getattr(before, name) != getattr(after, name))
