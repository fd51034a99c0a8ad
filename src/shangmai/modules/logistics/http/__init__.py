"""Reads of logistics."""

from typing import Any, Final

from shangmai.modules.logistics.http import billing, parcels, places, promising, pushes, watching

PARTS: Final = (places, parcels, pushes, watching, billing, promising)
routes: Final[list[Any]] = [route for each in PARTS for route in each.routes]
