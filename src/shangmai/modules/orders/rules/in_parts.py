"""Pure decisions on orders that not all of is in stock: what of them is held now, and whether that may go first."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId


class Lacking(Struct, frozen=True):
    """A line that not all of is held: so many pieces of its SKU, or of a kit's components, are missing."""

    line: int
    missing: Mapping[SkuId, int]
    is_kit: bool = False


Taken = dict[tuple[int, SkuId], int]
"""Pieces by line and SKU."""


def may_go(total: int, missing: int, percent: int) -> bool:
    """Whether at least `percent` of an order's pieces, and one at all, are there."""
    return missing < total and (total - missing) * 100 >= percent * total


def fill(lines: Sequence[Lacking], available: MutableMapping[SkuId, int], total: int, percent: int | None) -> Taken:
    """What an order of `total` pieces takes of what is available, which becomes less by it; the lines in their order.

    All that is missing, if it is there. Else, where the order may go in parts (`percent` given), what there is, if with
    that enough of the order is there; of a line of kits all or nothing.
    """
    rest = dict(available)
    taken: Taken = {}
    for each in lines:
        here = {sku: min(qty, rest.get(sku, 0)) for sku, qty in each.missing.items()}
        if each.is_kit and here != each.missing:
            continue
        for sku, qty in here.items():
            if qty:
                taken[each.line, sku] = qty
                rest[sku] -= qty
    missing = sum(qty for each in lines for qty in each.missing.values()) - sum(taken.values())
    if missing and (percent is None or not may_go(total, missing, percent)):
        return {}
    available.update(rest)
    return taken
