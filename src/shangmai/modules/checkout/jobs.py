"""What checkout does when others tell it something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.queries import carts, orders
from shangmai.modules.members.contract import CustomerErased


@on(CustomerErased, consumer="checkout.forget", batch=500)
async def forget(tx: Tx, events: list[CustomerErased]) -> None:
    """Remove the carts of erased customers, and their invoices' titles and phones from their orders."""
    customers = [event.customer_id for event in events]
    await carts.delete_of_customers(tx, customers)
    await orders.forget(tx, customers)
