"""Reads of logistics."""

from typing import Any, Final

from shangmai.modules.logistics.http import billing, parcels, places, pushes, watching

routes: Final[list[Any]] = [*places.routes, *parcels.routes, *pushes.routes, *watching.routes, *billing.routes]
