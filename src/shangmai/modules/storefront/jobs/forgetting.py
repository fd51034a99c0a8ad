"""Forgetting what members kept who asked to be forgotten."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerErased
from shangmai.modules.storefront.queries import favourites


@on(CustomerErased, consumer="storefront.forget", batch=500, alone=True)
async def forget(tx: Tx, events: list[CustomerErased]) -> None:
    """Remove what erased customers kept for later."""
    await favourites.forget(tx, [event.customer_id for event in events])
