"""What a parcel's scans come to: a function of the scans alone, so the order in which they arrive cannot matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from shangmai.modules.logistics.contract.parcels import ParcelState
from shangmai.modules.logistics.contract.tracking import Scan, ScanKind

LEADS_TO: Final[Mapping[ScanKind, ParcelState | None]] = {
    ScanKind.PICKED_UP: ParcelState.PICKED_UP,
    ScanKind.IN_TRANSIT: ParcelState.IN_TRANSIT,
    ScanKind.PROBLEM: None,
    ScanKind.OUT_FOR_DELIVERY: ParcelState.OUT_FOR_DELIVERY,
    ScanKind.REFUSED: None,
    ScanKind.RETURNING: ParcelState.RETURNING,
    ScanKind.LOST: ParcelState.LOST,
    ScanKind.SIGNED: ParcelState.SIGNED,
    ScanKind.RETURNED: ParcelState.RETURNED,
}
assert LEADS_TO.keys() == set(ScanKind), "a new kind must say what it leads to"
RANK: Final = {kind: place for place, kind in enumerate(ScanKind)}
FINAL: Final = frozenset({ParcelState.SIGNED, ParcelState.RETURNED})


class Journey(Struct, frozen=True):
    """How far a parcel is, and when it came there; when the carrier took it, and when the last scan was.

    `trouble`: the last scan is one of a problem or a refusal.
    """

    state: ParcelState
    at: datetime | None = None
    picked_up_at: datetime | None = None
    last_at: datetime | None = None
    trouble: bool = False


def journey(scans: Iterable[Scan]) -> Journey:
    """Follow the scans in the order of the carrier's clock; of one moment, the less final first.

    Signed and returned are ends: nothing later changes them, for carriers go on scanning (代收点、内部交接). What is
    signed for on its way back has been returned. What was lost and is scanned again has been found.
    """
    state, since, picked_up, last, trouble = ParcelState.BOOKED, None, None, None, False
    for scan in sorted(scans, key=lambda each: (each.at, RANK[each.kind], each.text)):
        if state in FINAL:
            break
        picked_up = picked_up or scan.at
        last = scan.at
        after = _after(state, scan.kind)
        trouble = scan.kind in (ScanKind.PROBLEM, ScanKind.REFUSED)
        if after is not state:
            state, since = after, scan.at
    return Journey(state, since, picked_up, last, trouble)


def _after(state: ParcelState, kind: ScanKind) -> ParcelState:
    leads_to = LEADS_TO[kind]
    if leads_to is None:
        # A courier who writes down a problem has the parcel.
        return ParcelState.PICKED_UP if state is ParcelState.BOOKED else state
    if state is ParcelState.RETURNING:
        is_end = leads_to in FINAL
        return ParcelState.RETURNED if is_end else leads_to if leads_to is ParcelState.LOST else state
    return leads_to
