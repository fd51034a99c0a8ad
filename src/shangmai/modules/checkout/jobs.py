"""What checkout does when others tell it something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.queries import carts, orders
from shangmai.modules.checkout.service.telling import tell_buyers
from shangmai.modules.members.contract import CustomerErased
from shangmai.modules.messaging import service as messaging
from shangmai.modules.orders.contract import OrderCanceled, OrderReturned, OrderShipped


@on(CustomerErased, consumer="checkout.forget", batch=500)
async def forget(tx: Tx, events: list[CustomerErased]) -> None:
    """Remove the carts and notices of erased customers, and their invoices' titles and phones from their orders."""
    customers = [event.customer_id for event in events]
    await carts.delete_of_customers(tx, customers)
    await orders.forget(tx, customers)
    await messaging.forget_customers(tx, customers)


@on(OrderShipped, OrderReturned, OrderCanceled, consumer="checkout.tell_buyers", batch=500)
async def tell(tx: Tx, events: list[OrderShipped | OrderReturned | OrderCanceled]) -> None:
    """Tell members what became of orders that they placed here."""
    await tell_buyers(tx, events)
