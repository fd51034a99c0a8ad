"""What after-sales does when others tell it something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries
from shangmai.modules.members.contract import CustomerErased


@on(CustomerErased, consumer="aftersales.forget", batch=500)
async def forget(tx: Tx, events: list[CustomerErased]) -> None:
    """Remove what erased customers wrote and showed."""
    await queries.forget(tx, [event.customer_id for event in events])
