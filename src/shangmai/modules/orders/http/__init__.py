"""Reads of orders and of their fulfilment units."""

from typing import Any, Final

from shangmai.modules.orders.http import orders, units

routes: Final[list[Any]] = [*orders.routes, *units.routes]
