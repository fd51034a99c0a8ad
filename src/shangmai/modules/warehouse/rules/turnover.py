"""How fast goods move: ABC by pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from shangmai.modules.warehouse.contract.suggesting import Turnover

Id = TypeVar("Id", bound=UUID)
A_PERCENT, B_PERCENT = 80, 95


def classes(gone: Mapping[Id, int]) -> dict[Id, Turnover]:
    """The class of each SKU by the pieces that went: those that move most make up A. What did not move at all is C."""
    total, so_far = sum(gone.values()), 0
    found: dict[Id, Turnover] = {}
    for sku_id, pieces in sorted(gone.items(), key=lambda each: (-each[1], each[0])):
        if pieces <= 0 or so_far * 100 >= total * B_PERCENT:
            found[sku_id] = Turnover.C
        else:
            found[sku_id] = Turnover.A if so_far * 100 < total * A_PERCENT else Turnover.B
        so_far += pieces
    return found
