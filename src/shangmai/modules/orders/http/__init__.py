"""Reads of orders, of where they would be sent from, and of their fulfilment units."""

from typing import Any, Final

from shangmai.modules.orders.http import notes, orders, profit, receivers, sheets, shortages, sourcing, today, units

routes: Final[list[Any]] = [
    *notes.routes,
    *orders.routes,
    *profit.routes,
    *receivers.routes,
    *sheets.routes,
    *shortages.routes,
    *sourcing.routes,
    *today.routes,
    *units.routes,
]
