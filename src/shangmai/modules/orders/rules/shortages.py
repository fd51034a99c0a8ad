"""Pure decisions on what orders wait for: where it could come from."""

from __future__ import annotations

from collections.abc import MutableMapping

from msgspec import Struct

from shangmai.modules.inventory.contract import WarehouseId


class Covered(Struct, frozen=True):
    """Where missing pieces could come from; what is left must be bought. Together they are what was missing."""

    on_the_way: int
    transfers: dict[WarehouseId, int]
    to_buy: int


def cover(missing: int, on_the_way: int, elsewhere: MutableMapping[WarehouseId, int]) -> Covered:
    """Cover so many pieces: by what is on its way, then from the warehouses that have most, which have less by it.

    From those that have most, so that few transfers are needed; of equals, the one with the lower id.
    """
    coming = min(missing, on_the_way)
    left = missing - coming
    transfers: dict[WarehouseId, int] = {}
    for warehouse_id in sorted(elsewhere, key=lambda each: (-elsewhere[each], each)):
        qty = min(left, elsewhere[warehouse_id])
        if qty > 0:
            transfers[warehouse_id] = qty
            elsewhere[warehouse_id] -= qty
            left -= qty
    return Covered(coming, transfers, left)
