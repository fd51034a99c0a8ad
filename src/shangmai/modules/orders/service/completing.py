"""Taking orders as received of which nobody has said anything for days."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics import service as logistics
from shangmai.modules.orders.contract import SignOrder
from shangmai.modules.orders.contract.exceptions import SignDue, Swept
from shangmai.modules.orders.queries import sent as queries
from shangmai.modules.orders.service.shipping import sign_for

LOOKED_BACK: Final = timedelta(days=60)
"""What left longer ago than its company's days and this is no longer taken as received by itself."""


@action("orders.sign_due", grant="orders.sign_due")
async def sign_due(tx: Tx, do: SignDue) -> Swept:
    """Take orders as received (自动确认收货) that left so many days ago as their company says, and are in no trouble.

    An order with something wrong with a parcel of it waits for people, as does one that still has something to leave.
    Companies say it in their watch policy; those that say nothing have people sign. Event orders.signed.v1.
    """
    signed = 0
    for company_id, days in sorted((await logistics.companies_that_sign(tx)).items()):
        before = tx.now - timedelta(days=days)
        due = await queries.overdue(tx, company_id, before, before - LOOKED_BACK, do.limit - signed)
        await sign_for(tx, [SignOrder(order_id=id_) for id_ in due], [tx.items[0]] * len(due))
        signed += len(due)
        if signed == do.limit:
            return Swept(count=signed, more=True)
    return Swept(count=signed, more=False)
