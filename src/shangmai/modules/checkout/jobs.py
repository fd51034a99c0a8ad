"""What checkout does when others tell it something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.queries import carts
from shangmai.modules.members.contract import CustomerErased


@on(CustomerErased, consumer="checkout.forget_carts", batch=500)
async def forget_carts(tx: Tx, events: list[CustomerErased]) -> None:
    """Remove the carts of erased customers."""
    await carts.delete_of_customers(tx, [event.customer_id for event in events])
