"""What our actions cannot take, found before anything is imported: the whole document is left out and reported."""

from datetime import datetime
from typing import Final

from shangmai.kernel.errors import Invalid
from shangmai.modules.migration.contract import BeyondLimit, DatedInFuture
from shangmai.modules.migration.rules.classes import Classified, Invoice

LINES_MAX: Final = 2000
NUMBER_CHARS_MAX: Final = 60  # with what we put before and behind it, it is a reference of 64
CUSTOMER_CHARS_MAX: Final = 64
QUANTITY_MAX: Final = 10_000_000


def unfit(classified: Classified, now: datetime) -> dict[int, Invalid]:
    """Give the documents that cannot be imported, by their place in the order of time, and why."""
    found: dict[int, Invalid] = {}
    for at, invoice in enumerate(classified.invoices):
        fault = _fault(invoice, classified, now)
        if fault is not None:
            found[at] = fault
    return found


def _fault(invoice: Invoice, classified: Classified, now: datetime) -> Invalid | None:
    if invoice.at > now:
        return DatedInFuture(at=invoice.at.isoformat())
    quantity = classified.columns.quantity
    measured = {
        "lines": (len(invoice.places), LINES_MAX),
        "number_length": (len(invoice.number), NUMBER_CHARS_MAX),
        "customer_length": (len(invoice.customer_ref or ""), CUSTOMER_CHARS_MAX),
        "quantity": (max(abs(quantity[place]) for place in invoice.places), QUANTITY_MAX),
    }
    return next(
        (BeyondLimit(what=what, value=value, most=most) for what, (value, most) in measured.items() if value > most),
        None,
    )
