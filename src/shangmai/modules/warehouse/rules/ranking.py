"""Where bins come on the way of a picker: pure."""

from __future__ import annotations

from typing import Final

AISLE_MM: Final = 10**7
NOWHERE: Final = 10**17
BAY_MM: Final = 1000
LEVELS: Final = 100


def rank_of(aisle: int | None, bay: int | None, level: int | None, offset_mm: int | None) -> int:
    """Where a bin comes on the way through all aisles: up the first, down the second, and so on; low shelves first.

    A bin that stands nowhere comes last. Bays count as a metre where nobody has measured.
    """
    if aisle is None:
        return NOWHERE
    along = offset_mm if offset_mm is not None else (bay or 0) * BAY_MM
    along = min(along, AISLE_MM - 1)
    return (aisle * AISLE_MM + (AISLE_MM - 1 - along if aisle % 2 else along)) * LEVELS + min(level or 0, LEVELS - 1)
