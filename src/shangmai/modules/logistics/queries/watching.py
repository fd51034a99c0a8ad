"""The SQL of lanes and of what is wrong with parcels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelId, ParcelState
from shangmai.modules.logistics.contract.watching import ABOUT, Anomaly, AnomalyCause, Lane, WatchPolicy
from shangmai.modules.logistics.queries.parcels import PARCEL, parcel_of
from shangmai.modules.logistics.queries.tracking import OF_PARCEL
from shangmai.modules.logistics.rules.watching import SAMPLES_MIN, Facts
from shangmai.modules.organization.contract import CompanyId

LANE: Final = "company_id, carrier, from_city, to_province, parcels, p50_h, p90_h, learned_at, deciles"
ANOMALY: Final = (
    "a.parcel_id, p.doc, p.number, p.carrier, p.waybill, p.state, a.cause, a.since, a.found_at, a.due_at, a.note,"
    " a.closed_at"
)
ENDED_LATELY: Final = timedelta(days=7)
LEARNED_FROM: Final = timedelta(days=90)


# --- lanes ---------------------------------------------------------------------------------------------------------


async def learn_lanes(tx: Tx) -> int:
    """Work out every lane anew from what was signed for in the last 90 days; how many lanes are known now."""
    rows = await tx.fetch(
        f"INSERT INTO carrier_lanes ({LANE}) SELECT company_id, carrier, substr(from_region, 1, 4) || '00',"
        " substr(to_region, 1, 2) || '0000', count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY hours),"
        " percentile_disc(0.9) WITHIN GROUP (ORDER BY hours), $1, percentile_disc($3::float8[]) WITHIN"
        " GROUP (ORDER BY hours) FROM (SELECT company_id, carrier, from_region,"
        " to_region, ceil(extract(epoch FROM ended_at - picked_up_at) / 3600)::int AS hours FROM parcels"
        " WHERE state = 'signed' AND ended_at > $2 AND from_region IS NOT NULL AND to_region IS NOT NULL"
        " AND picked_up_at < ended_at) done GROUP BY 1, 2, 3, 4 ON CONFLICT (company_id, carrier, from_city,"
        " to_province) DO UPDATE SET parcels = excluded.parcels, p50_h = excluded.p50_h, p90_h = excluded.p90_h,"
        " learned_at = excluded.learned_at, deciles = excluded.deciles RETURNING 1",
        tx.now,
        tx.now - LEARNED_FROM,
        [tenth / 10 for tenth in range(1, 10)],
    )
    return len(rows)


async def lanes(tx: Tx, companies: Collection[CompanyId] | None) -> list[Lane]:
    """The lanes of these companies, or of all in the caller's scope."""
    rows = await tx.fetch(
        f"SELECT {LANE} FROM carrier_lanes WHERE $1::uuid[] IS NULL OR company_id = ANY ($1)"
        " ORDER BY company_id, carrier, from_city, to_province",
        None if companies is None else list(companies),
    )
    return [Lane(**{**row, "deciles": tuple(row["deciles"])}) for row in rows]


# --- policies ------------------------------------------------------------------------------------------------------


async def put_policy(tx: Tx, company_id: CompanyId, policy: WatchPolicy) -> None:
    await tx.execute(
        "INSERT INTO carrier_watch_policies (company_id, policy, changed_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (company_id) DO UPDATE SET policy = excluded.policy, changed_at = excluded.changed_at,"
        " cause = excluded.cause",
        company_id,
        msgspec.to_builtins(policy),
        tx.now,
        tx.cause,
    )


async def policies(tx: Tx, companies: Collection[CompanyId]) -> dict[CompanyId, WatchPolicy]:
    rows = await tx.fetch(
        "SELECT company_id, policy FROM carrier_watch_policies WHERE company_id = ANY ($1)", list(companies)
    )
    known = {row["company_id"]: msgspec.convert(row["policy"], WatchPolicy) for row in rows}
    return {id_: known.get(id_, WatchPolicy()) for id_ in companies}


async def sign_days(tx: Tx) -> dict[CompanyId, int]:
    """After how many days orders are taken as received, of the companies that say so."""
    rows = await tx.fetch(
        "SELECT company_id, (policy ->> 'sign_days')::int AS days FROM carrier_watch_policies"
        " WHERE (policy ->> 'sign_days')::int > 0"
    )
    return {row["company_id"]: row["days"] for row in rows}


# --- what is wrong -------------------------------------------------------------------------------------------------


class Open(Struct, frozen=True):
    """Something that is wrong with a parcel, and began then."""

    parcel: Parcel
    cause: AnomalyCause
    since: datetime
    due_at: datetime
    note: str = ""


FACTS: Final = (
    f"SELECT {OF_PARCEL}, p.state_since, p.picked_up_at, p.last_scan_at, p.trouble, p.received_at, p.from_floor,"
    " p.packed_at, p.handed_at, l.p90_h"
    " FROM parcels p LEFT JOIN carrier_lanes l ON l.company_id = p.company_id AND l.carrier = p.carrier"
    " AND l.from_city = substr(p.from_region, 1, 4) || '00' AND l.to_province = substr(p.to_region, 1, 2) || '0000'"
    " AND l.parcels >= $1"
)


async def facts(tx: Tx, after: UUID | None, limit: int) -> list[Facts]:
    """Parcels that are on their way or have ended lately, in order of id, with their lanes."""
    rows = await tx.fetch(
        f"{FACTS} WHERE p.waybill <> '' AND (coalesce(p.ended_at, p.received_at, 'infinity') > $3"
        " OR EXISTS (SELECT FROM parcel_anomalies a WHERE a.parcel_id = p.id AND a.closed_at IS NULL))"
        " AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $4",
        SAMPLES_MIN,
        after,
        tx.now - ENDED_LATELY,
        limit,
    )
    return [_facts(row) for row in rows]


async def note_received(tx: Tx, received: Mapping[ParcelId, datetime]) -> list[Facts]:
    """Note when these parcels' goods were received, for those of which that was not known; what is known of these."""
    rows = await tx.fetch(
        "UPDATE parcels p SET received_at = r.at FROM unnest($1::uuid[], $2::timestamptz[]) r (id, at)"
        " WHERE p.id = r.id AND p.received_at IS NULL RETURNING p.id",
        list(received),
        list(received.values()),
    )
    noted = await tx.fetch(f"{FACTS} WHERE p.id = ANY ($2) ORDER BY p.id", SAMPLES_MIN, [row["id"] for row in rows])
    return [_facts(row) for row in noted]


def _facts(row: Record) -> Facts:
    return Facts(
        parcel=parcel_of({name: row[name] for name in PARCEL.split(", ")}),
        since=row["state_since"],
        picked_up_at=row["picked_up_at"],
        last_scan_at=row["last_scan_at"],
        trouble=row["trouble"],
        transit_h=row["p90_h"],
        received=row["received_at"] is not None,
        from_floor=row["from_floor"],
        packed_at=row["packed_at"],
        handed_at=row["handed_at"],
    )


async def open_of(tx: Tx, parcels: Collection[ParcelId]) -> dict[ParcelId, dict[AnomalyCause, datetime]]:
    """What is open for these parcels, and since when."""
    rows = await tx.fetch(
        "SELECT parcel_id, cause, since FROM parcel_anomalies WHERE parcel_id = ANY ($1) AND closed_at IS NULL",
        list(parcels),
    )
    found: dict[ParcelId, dict[AnomalyCause, datetime]] = defaultdict(dict)
    for row in rows:
        found[row["parcel_id"]][AnomalyCause(row["cause"])] = row["since"]
    return found


async def open_waybills(tx: Tx, waybills: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these numbers (each with its carrier) for whose parcels something is open."""
    rows = await tx.fetch(
        "SELECT DISTINCT p.carrier, p.waybill FROM parcels p JOIN parcel_anomalies a ON a.parcel_id = p.id"
        " WHERE a.closed_at IS NULL AND p.waybill <> ''"
        " AND (p.carrier, p.waybill) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [carrier for carrier, _ in waybills],
        [waybill for _, waybill in waybills],
    )
    return {(row["carrier"], row["waybill"]) for row in rows}


async def put_open(tx: Tx, opened: Sequence[Open]) -> set[tuple[ParcelId, AnomalyCause]]:
    """Note what is wrong; what is new. A case that somebody has closed is not opened again."""
    rows = await tx.fetch(
        "INSERT INTO parcel_anomalies (parcel_id, cause, since, company_id, warehouse_id, found_at, due_at, note)"
        " SELECT id, cause, since, company_id, warehouse_id, $8, due_at, note FROM unnest($1::uuid[], $2::text[],"
        " $3::timestamptz[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::text[])"
        " AS n (id, cause, since, company_id, warehouse_id, due_at, note)"
        " ON CONFLICT DO NOTHING RETURNING parcel_id, cause",
        [each.parcel.id for each in opened],
        [each.cause.value for each in opened],
        [each.since for each in opened],
        [each.parcel.company_id for each in opened],
        [each.parcel.warehouse_id for each in opened],
        [each.due_at for each in opened],
        [each.note for each in opened],
        tx.now,
    )
    return {(row["parcel_id"], AnomalyCause(row["cause"])) for row in rows}


async def close(
    tx: Tx, ended: Collection[tuple[ParcelId, AnomalyCause]], item: Item, note: str = ""
) -> set[tuple[ParcelId, AnomalyCause]]:
    """Close these; those that were open."""
    rows = await tx.fetch(
        "UPDATE parcel_anomalies a SET closed_at = $3, note = CASE WHEN $4 = '' THEN note ELSE $4 END"
        " FROM unnest($1::uuid[], $2::text[]) AS e (id, cause)"
        " WHERE a.parcel_id = e.id AND a.cause = e.cause AND a.closed_at IS NULL RETURNING a.parcel_id, a.cause",
        [id_ for id_, _ in ended],
        [cause.value for _, cause in ended],
        item.now,
        note,
    )
    return {(row["parcel_id"], AnomalyCause(row["cause"])) for row in rows}


async def page(
    tx: Tx, cause: AnomalyCause | None, is_open: bool, after: tuple[datetime, UUID, str] | None, limit: int
) -> list[Anomaly]:
    """What is wrong with parcels, what is due first before the rest."""
    at, id_, last = after or (None, None, None)
    rows = await tx.fetch(
        f"SELECT {ANOMALY} FROM parcel_anomalies a JOIN parcels p ON p.id = a.parcel_id"
        " WHERE ($1::text IS NULL OR a.cause = $1) AND (a.closed_at IS NULL) = $2"
        " AND ($3::timestamptz IS NULL OR (a.due_at, a.parcel_id, a.cause) > ($3, $4::uuid, $5::text))"
        " ORDER BY a.due_at, a.parcel_id, a.cause LIMIT $6",
        None if cause is None else cause.value,
        is_open,
        at,
        id_,
        last,
        limit,
    )
    return [
        Anomaly(
            **{**row, "state": ParcelState(row["state"]), "cause": AnomalyCause(row["cause"])},
            about=ABOUT[AnomalyCause(row["cause"])],
        )
        for row in rows
    ]
