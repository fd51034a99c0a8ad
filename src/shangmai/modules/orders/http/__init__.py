"""Reads of orders and of their fulfilment units."""

from typing import Any, Final

from shangmai.modules.orders.http import orders, sheets, units

routes: Final[list[Any]] = [*orders.routes, *sheets.routes, *units.routes]
