"""Reads of the warehouse: what lies where, what arrives, what was counted, and the work on the floor."""

from typing import Final

from shangmai.modules.warehouse.http import counts, floor, printing, serials, work

routes: Final = [*floor.routes, *counts.routes, *serials.routes, *work.routes, *printing.routes]
