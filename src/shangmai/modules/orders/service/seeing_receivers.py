"""Whom an order goes to, masked or, for a reason that the log keeps, in clear."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import mask_address, mask_name, mask_phone
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId, OrderNotFound, Receiver
from shangmai.modules.orders.contract.seeing_receivers import MaskedReceiver, NoReceiver, ShownForReal, ShowReceiver
from shangmai.modules.orders.service.receiving import plain, receiver_of


async def masked_receiver(tx: Tx, order_id: OrderId) -> MaskedReceiver | None:
    """An order's receiver, masked; None where there is none. Raises: OrderNotFound."""
    await _look(tx, order_id)
    receiver = await receiver_of(tx, order_id)
    if receiver is None:
        return None
    where = f"{receiver.province}{receiver.city}{receiver.district}{receiver.street}"
    return MaskedReceiver(name=mask_name(receiver.name), phone=mask_phone(receiver.phone), address=mask_address(where))


@action("orders.show_receiver", grant="members.unmask", errors=[OrderNotFound, NoReceiver, ShownForReal])
async def show_receiver(tx: Tx, do: ShowReceiver) -> Receiver:
    """Show whom an order goes to in clear, once; the action log keeps who asked, when and why, but no clear data.

    Raises: OrderNotFound, NoReceiver, ShownForReal.
    """
    if tx.dry_run:
        raise ShownForReal()
    await _look(tx, do.order_id)
    receiver = await receiver_of(tx, do.order_id)
    if receiver is None:
        raise NoReceiver()
    return plain(receiver)


async def _look(tx: Tx, order_id: OrderId) -> None:
    if order_id not in await queries.get(tx, [order_id]):
        raise OrderNotFound(order_id=order_id)
