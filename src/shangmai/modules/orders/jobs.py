"""What orders do when others tell them something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerErased
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import (
    OrderCanceled,
    OrderHeldBack,
    OrderPaid,
    OrderReturned,
    OrderShipped,
    OrderSigned,
)
from shangmai.modules.orders.contract.causes import TO_AUDIT
from shangmai.modules.payments.contract import PaymentRecorded


@on(PaymentRecorded, consumer="orders.mark_paid", batch=500)
async def mark_paid(tx: Tx, events: list[PaymentRecorded]) -> None:
    """Count gateway payments towards their orders."""
    await service.mark_paid(tx, events)


@on(OrderHeldBack, consumer="orders.audit", batch=200)
async def audit_waiting(tx: Tx, events: list[OrderHeldBack]) -> None:
    """Audit orders that have just begun to wait for it, unless their company lets them wait a while."""
    waiting = {e.order_id: item for e, item in zip(events, tx.items, strict=True) if e.code == TO_AUDIT}
    if waiting:
        await service.audit_due(tx, waiting)


@on(OrderPaid, OrderShipped, OrderReturned, OrderCanceled, consumer="orders.note_funders", batch=500, apart_s=0.2)
async def note_funders(tx: Tx, events: list[OrderPaid | OrderShipped | OrderReturned | OrderCanceled]) -> None:
    """Note what platforms, suppliers and influencers bear of what was paid, and what falls away of it."""
    await service.note_funders(tx, events)


@on(OrderSigned, OrderPaid, OrderReturned, consumer="orders.earn_points", batch=500, apart_s=0.2)
async def earn_points(tx: Tx, events: list[OrderSigned | OrderPaid | OrderReturned]) -> None:
    """Give points for orders that are final, and take them back with what goes back."""
    await service.earn(tx, events)


@on(CustomerErased, OrderSigned, OrderCanceled, consumer="orders.forget_receivers", batch=500)
async def forget_receivers(tx: Tx, events: list[CustomerErased | OrderSigned | OrderCanceled]) -> None:
    """Remove the receivers of erased customers from orders that are over: at the erasure, or when the order ends."""
    await service.forget_receivers(
        tx,
        [event.customer_id for event in events if isinstance(event, CustomerErased)],
        [event.order_id for event in events if not isinstance(event, CustomerErased)],
    )
