"""Reads of the warehouse: what lies where, what arrives, what was counted."""

from typing import Final

from shangmai.modules.warehouse.http import counts, floor

routes: Final = [*floor.routes, *counts.routes]
