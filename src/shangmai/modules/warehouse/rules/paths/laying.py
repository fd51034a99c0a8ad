"""A warehouse's layout, and where its bins stand in it, as paths need them."""

from __future__ import annotations

from shangmai.modules.warehouse.contract.paths import FloorLayout, Layout, Stop
from shangmai.modules.warehouse.contract.places import Bin
from shangmai.modules.warehouse.rules.ranking import BAY_MM


def stop_of(bin_: Bin) -> Stop | None:
    """Where a bin stands, or None where nobody has said it. Bays count as a metre where nobody has measured."""
    if bin_.aisle is None:
        return None
    return Stop(bin_.aisle, bin_.offset_mm if bin_.offset_mm is not None else (bin_.bay or 0) * BAY_MM)


def layout_of(given: FloorLayout, last_aisle: int, farthest_mm: int) -> Layout:
    """The layout, with cross aisles at the front and behind the farthest bin, or depot, in any case."""
    back = max(farthest_mm, given.depot_mm, *given.cross_mm, 1)
    return Layout(
        aisles=max(last_aisle, given.depot_aisle) + 1,
        pitch_mm=given.pitch_mm,
        cross_mm=tuple(sorted({0, *given.cross_mm, back})),
        depot=Stop(given.depot_aisle, given.depot_mm),
    )
