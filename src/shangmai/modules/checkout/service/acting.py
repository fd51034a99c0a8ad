"""What whoever holds an order's link does about it."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.contract.acting import BeingPacked, CancelByLink, ConfirmByLink, DepositNotReturned
from shangmai.modules.checkout.contract.placing import FoundOrder, LinkInvalid
from shangmai.modules.checkout.queries import orders as queries
from shangmai.modules.checkout.rules import tokens
from shangmai.modules.checkout.service.finding import show
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import CancelOrder, OrderId, SignOrder, Status, StatusForbids


@action(
    "checkout.cancel_order",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned],
    present_only=True,
)
async def cancel_order(tx: Tx, do: CancelByLink) -> FoundOrder:
    """Cancel the order of a link: unpaid, or paid and not with the warehouse yet; what was paid goes back.

    Canceling a canceled order changes nothing. Events as of orders.cancel.
    Raises: LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned.
    """
    order_id = await _order_of(tx, do.link)
    order = (await orders.get_orders(tx, [order_id]))[order_id]
    if order.status is not Status.CANCELED:
        if order.deposit_minor and order.paid_minor:
            raise DepositNotReturned(number=order.number)
        if order.status is Status.PLACED and await orders.is_with_warehouse(tx, order_id):
            raise BeingPacked(number=order.number)
        await orders.cancel(tx, CancelOrder(order_id=order_id, reason=do.reason))
    return await _shown(tx, order_id)


@action(
    "checkout.confirm_receipt",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[LinkInvalid, StatusForbids],
    present_only=True,
)
async def confirm_receipt(tx: Tx, do: ConfirmByLink) -> FoundOrder:
    """Say that the order of a link has arrived; saying it again changes nothing. Event orders.signed.v1.

    Raises: LinkInvalid, StatusForbids.
    """
    order_id = await _order_of(tx, do.link)
    (outcome,) = await orders.sign(tx, [SignOrder(order_id=order_id)])
    if isinstance(outcome, StatusForbids):
        raise outcome
    return await _shown(tx, order_id)


async def _order_of(tx: Tx, link: str) -> OrderId:
    order_id = tokens.order_of_link(link)
    if order_id is None or order_id not in await queries.get(tx, [order_id]):
        raise LinkInvalid()
    return OrderId(order_id)


async def _shown(tx: Tx, order_id: OrderId) -> FoundOrder:
    return await show(tx, (await queries.get(tx, [order_id]))[order_id])
