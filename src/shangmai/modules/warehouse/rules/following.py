"""Out of which bins pieces are taken that left the stock book without anybody saying from where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shangmai.modules.warehouse.contract.pieces import InBin
from shangmai.modules.warehouse.contract.places import BinKind

ORDER = (BinKind.PICK, BinKind.RESERVE, BinKind.RECEIVE, BinKind.STAGE, BinKind.QUARANTINE)


def taken(lying: Sequence[InBin], pieces: int) -> list[tuple[InBin, int]]:
    """The bins and how many from each: those that are picked from first, what expires first, what empties a bin.

    What is held for tasks is left. Fewer than `pieces` where no more is free.
    """
    found = []
    for each in sorted(lying, key=_preference):
        qty = min(each.free, pieces)
        pieces -= qty
        if qty > 0:
            found.append((each, qty))
    return found


def _preference(lying: InBin) -> tuple[int, date, int, str, str]:
    return (ORDER.index(lying.kind), lying.expires_on or date.max, lying.on_hand, lying.code, lying.lot)
