"""The SQL of scans, and of what parcels are by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelId, ParcelState
from shangmai.modules.logistics.contract.tracking import Scan, ScanKind
from shangmai.modules.logistics.queries.parcels import PARCEL, parcel_of
from shangmai.modules.logistics.rules.tracking import Journey

SCAN: Final = "at, kind, text, place"
OF_PARCEL: Final = ", ".join(f"p.{name}" for name in PARCEL.split(", "))
LOCKED: Final = " FOR UPDATE"
UNLOCKED: Final = ""
Name = tuple[str, str]
"""A carrier, and a waybill number of it."""


async def by_waybill(tx: Tx, names: Collection[Name], *, lock: bool = False) -> dict[Name, Parcel]:
    """The parcels with these numbers that were not canceled; in order of id, locked if asked."""
    rows = await tx.fetch(
        # sql: one of two ends, both fixed above
        f"SELECT {PARCEL} FROM parcels WHERE (carrier, waybill) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
        " AND waybill <> '' AND state <> 'canceled' ORDER BY id" + (LOCKED if lock else UNLOCKED),
        [carrier for carrier, _ in names],
        [waybill for _, waybill in names],
    )
    return {(row["carrier"], row["waybill"]): parcel_of(row) for row in rows}


async def add_scans(tx: Tx, scans: Sequence[tuple[Parcel, Scan, str, Item]]) -> dict[ParcelId, int]:
    """Note scans that are not known yet; how many of each parcel are new."""
    rows = await tx.fetch(
        "INSERT INTO parcel_scans (parcel_id, company_id, warehouse_id, at, kind, text, place, source, received_at,"
        " cause) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[],"
        " $7::text[], $8::text[], $9::timestamptz[], $10::uuid[]) ON CONFLICT DO NOTHING RETURNING parcel_id",
        [parcel.id for parcel, *_ in scans],
        [parcel.company_id for parcel, *_ in scans],
        [parcel.warehouse_id for parcel, *_ in scans],
        [scan.at for _, scan, *_ in scans],
        [scan.kind.value for _, scan, *_ in scans],
        [scan.text for _, scan, *_ in scans],
        [scan.place for _, scan, *_ in scans],
        [source for _, _, source, _ in scans],
        [item.now for *_, item in scans],
        [item.cause for *_, item in scans],
    )
    added: dict[ParcelId, int] = defaultdict(int)
    for row in rows:
        added[row["parcel_id"]] += 1
    return added


async def scans_of(tx: Tx, ids: Collection[ParcelId]) -> dict[ParcelId, list[Scan]]:
    """All scans of these parcels, by the carrier's time."""
    rows = await tx.fetch(
        f"SELECT parcel_id, {SCAN} FROM parcel_scans WHERE parcel_id = ANY ($1) ORDER BY parcel_id, at", list(ids)
    )
    scans: dict[ParcelId, list[Scan]] = defaultdict(list)
    for row in rows:
        scans[row["parcel_id"]].append(
            Scan(at=row["at"], kind=ScanKind(row["kind"]), text=row["text"], place=row["place"])
        )
    return scans


async def note_journeys(tx: Tx, journeys: Mapping[ParcelId, Journey]) -> dict[ParcelId, Parcel]:
    """Write how far these parcels are."""
    ends = (ParcelState.SIGNED, ParcelState.RETURNED, ParcelState.LOST)
    rows = await tx.fetch(
        "UPDATE parcels p SET state = j.state, ended_at = j.ended_at, picked_up_at = j.picked_up_at,"
        " last_scan_at = j.last_at, trouble = j.trouble, state_since = j.since FROM unnest($1::uuid[], $2::text[],"
        " $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bool[], $7::timestamptz[])"
        " AS j (id, state, ended_at, picked_up_at, last_at, trouble, since)"
        f" WHERE p.id = j.id RETURNING {OF_PARCEL}",
        list(journeys),
        [each.state.value for each in journeys.values()],
        [each.at if each.state in ends else None for each in journeys.values()],
        [each.picked_up_at for each in journeys.values()],
        [each.last_at for each in journeys.values()],
        [each.trouble for each in journeys.values()],
        [each.at for each in journeys.values()],
    )
    return {row["id"]: parcel_of(row) for row in rows}


async def note_asked(tx: Tx, before: datetime, limit: int) -> list[ParcelId]:
    """Parcels on their way of which nothing was heard since, and note that they are asked about now."""
    rows = await tx.fetch(
        "UPDATE parcels SET looked_at = $3 WHERE id IN (SELECT id FROM parcels WHERE ended_at IS NULL AND waybill <> ''"
        " AND greatest(looked_at, last_scan_at, booked_at) < $1 ORDER BY greatest(looked_at, last_scan_at, booked_at)"
        " LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id",
        before,
        limit,
        tx.now,
    )
    return [row["id"] for row in rows]
