"""Pure decisions on orders that not all of is in stock: what of them is held now, and whether that may go first."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId


class Lacking(Struct, frozen=True):
    """A line that not all of is held: so many pieces of its SKU, or of a kit's components, are missing."""

    line: int
    missing: Mapping[SkuId, int]
    is_kit: bool = False


Taken = dict[tuple[int, SkuId, WarehouseId], int]
"""Pieces by line, SKU and warehouse."""
Stocks = Mapping[WarehouseId, MutableMapping[SkuId, int]]
"""What can be held in each warehouse, the preferred one first."""


def may_go(total: int, missing: int, percent: int) -> bool:
    """Whether at least `percent` of an order's pieces, and one at all, are there."""
    return missing < total and (total - missing) * 100 >= percent * total


def fill(lines: Sequence[Lacking], stocks: Stocks, total: int, percent: int | None) -> Taken:
    """What an order of `total` pieces takes of what can be held, which becomes less by it; the lines in their order.

    All that is missing, if it is there. Else, where the order may go in parts (`percent` given), what there is, if with
    that enough of the order is there; of a line of kits all, from one warehouse, or nothing.
    """
    rest = {id_: dict(stock) for id_, stock in stocks.items()}
    taken: Taken = {}
    for each in lines:
        for place, qty in _of_line(each, rest).items():
            taken[each.line, *place] = qty
            rest[place[1]][place[0]] -= qty
    missing = sum(qty for each in lines for qty in each.missing.values()) - sum(taken.values())
    if missing and (percent is None or not may_go(total, missing, percent)):
        return {}
    for id_, stock in stocks.items():
        stock.update(rest[id_])
    return taken


def _of_line(lacking: Lacking, rest: Mapping[WarehouseId, Mapping[SkuId, int]]) -> dict[tuple[SkuId, WarehouseId], int]:
    """What there is of a line, by SKU and warehouse."""
    left = dict(lacking.missing)
    found: dict[tuple[SkuId, WarehouseId], int] = {}
    for id_, stock in rest.items():
        here = {sku: min(qty, stock.get(sku, 0)) for sku, qty in left.items()}
        if lacking.is_kit and here != lacking.missing:
            continue
        for sku, qty in here.items():
            if qty:
                found[sku, id_] = qty
                left[sku] -= qty
    return found
