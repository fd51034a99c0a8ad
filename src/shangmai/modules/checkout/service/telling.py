"""Telling buyers what became of the orders that they placed here."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.i18n import t
from shangmai.kernel.money import Money
from shangmai.kernel.tx import Tx
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import CustomerNoticeKind, NewCustomerNotice
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OrderCanceled, OrderReturned, OrderShipped
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopKind


async def tell_buyers(tx: Tx, events: Sequence[OrderShipped | OrderReturned | OrderCanceled]) -> None:
    """Tell members of parcels that have left, money that went back and orders that were canceled, in three statements.

    Only of orders of malls: who bought at a marketplace is told there.
    """
    found = await orders.get_orders(tx, {event.order_id for event in events})
    mine = {id_: order for id_, order in found.items() if order.customer_id is not None}
    if not mine:
        return
    shops = await organization.get_shops(tx, {order.shop_id for order in mine.values()})
    notices = []
    for event in events:
        order = mine.get(event.order_id)
        if order is None or order.customer_id is None or shops[order.shop_id].kind is not ShopKind.MALL:
            continue
        kind, money = CustomerNoticeKind.SHIPPED, 0
        about = event.shipment_id if isinstance(event, OrderShipped) else order.id
        if isinstance(event, OrderReturned):
            if not event.refund_minor:
                continue
            kind, about, money = CustomerNoticeKind.REFUNDED, event.return_id, event.refund_minor
        elif isinstance(event, OrderCanceled):
            kind, money = CustomerNoticeKind.CANCELED, event.refund_minor
        said = "canceled_refunded" if kind is CustomerNoticeKind.CANCELED and money else kind.value
        given = {"number": order.number, "amount": f"{Money(money, order.currency).major():f} {order.currency}"}
        zh, en = (t(f"checkout.told.{said}", lang, **given) for lang in ("zh-CN", "en"))
        notices.append(
            NewCustomerNotice(
                customer_id=order.customer_id, shop_id=order.shop_id, kind=kind, about=about, order_id=order.id, zh=zh,
                en=en,
            )
        )  # fmt: skip
    await messaging.tell_customers(tx, notices)
