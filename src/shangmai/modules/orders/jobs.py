"""What orders do when others tell them something."""

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.payments.contract import PaymentRecorded


@on(PaymentRecorded, consumer="orders.mark_paid", batch=500)
async def mark_paid(tx: Tx, events: list[PaymentRecorded]) -> None:
    """Count gateway payments towards their orders."""
    await service.mark_paid(tx, events)
