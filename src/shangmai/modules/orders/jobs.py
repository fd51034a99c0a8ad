"""What orders do when others tell them something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerErased
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderCanceled, OrderPaid, OrderReturned, OrderShipped, OrderSigned
from shangmai.modules.payments.contract import PaymentRecorded


@on(PaymentRecorded, consumer="orders.mark_paid", batch=500)
async def mark_paid(tx: Tx, events: list[PaymentRecorded]) -> None:
    """Count gateway payments towards their orders."""
    await service.mark_paid(tx, events)


@on(OrderPaid, consumer="orders.audit", batch=200)
async def audit_paid(tx: Tx, events: list[OrderPaid]) -> None:
    """Audit orders that have just been paid, unless their company waits a while."""
    await service.audit_due(tx, {event.order_id: item for event, item in zip(events, tx.items, strict=True)})


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
