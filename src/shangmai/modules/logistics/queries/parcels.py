"""The SQL of parcels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.parcels import AT_HOME, Parcel, ParcelId, ParcelReceiver, ParcelState

WRITTEN: Final = (
    "id, doc, number, company_id, warehouse_id, carrier, account_id, waybill, state, weight_g, from_region, to_region,"
    " route, note, problem, created_at, booked_at, ended_at, chosen"
)
PARCEL: Final = WRITTEN + ", volume_cm3"


class NewParcel(Struct, frozen=True):
    """A parcel on its way into the table."""

    parcel: Parcel
    receiver: ParcelReceiver
    item: Item
    from_floor: bool


def parcel_of(row: Record | Mapping[str, Any]) -> Parcel:
    return Parcel(**{**row, "state": ParcelState(row["state"])})


async def lock_docs(tx: Tx, docs: Iterable[UUID]) -> None:
    """Let one transaction at a time book or cancel parcels of these; in order, so that two never wait crosswise."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('parcel:' || doc, 0))"
        " FROM (SELECT DISTINCT doc::text FROM unnest($1::uuid[]) AS d (doc) ORDER BY 1) docs",
        list(docs),
    )


async def live_of_docs(tx: Tx, docs: Collection[UUID]) -> list[Parcel]:
    """The parcels of these that were not canceled, in the order in which they were booked."""
    rows = await tx.fetch(
        f"SELECT {PARCEL} FROM parcels WHERE doc = ANY ($1) AND state <> 'canceled' ORDER BY doc, id", list(docs)
    )
    return [parcel_of(row) for row in rows]


async def insert(tx: Tx, parcels: Sequence[NewParcel]) -> None:
    plain = [msgspec.json.encode(each.receiver).decode() for each in parcels]
    ids = [each.parcel.id for each in parcels]
    sealed = current_vault().column("parcels", "receiver").encrypt_many(plain, ids)
    rows = [
        (
            p.id, p.doc, p.number, p.company_id, p.warehouse_id, p.carrier, p.account_id, p.waybill, p.state.value,
            p.weight_g, p.from_region, p.to_region, p.route, p.note, p.problem, p.created_at, p.booked_at, p.ended_at,
            p.chosen, receiver, each.item.cause, each.from_floor,
        )
        for each, receiver in zip(parcels, sealed, strict=True)
        for p in [each.parcel]
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.execute(
        f"INSERT INTO parcels ({WRITTEN}, receiver, cause, from_floor) SELECT * FROM unnest($1::uuid[], $2::uuid[],"
        " $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::int[],"
        " $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[],"
        " $18::timestamptz[], $19::text[], $20::bytea[], $21::uuid[], $22::boolean[])",
        *columns,
    )


async def insert_known(tx: Tx, parcel: Parcel, item: Item) -> None:
    """Write a parcel whose receiver is not told."""
    p = parcel
    await tx.execute(
        f"INSERT INTO parcels ({WRITTEN}, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        p.id, p.doc, p.number, p.company_id, p.warehouse_id, p.carrier, p.account_id, p.waybill, p.state.value,
        p.weight_g, p.from_region, p.to_region, p.route, p.note, p.problem, p.created_at, p.booked_at, p.ended_at,
        p.chosen, item.cause,
    )  # fmt: skip


async def get(tx: Tx, ids: Collection[ParcelId]) -> dict[ParcelId, Parcel]:
    rows = await tx.fetch(f"SELECT {PARCEL} FROM parcels WHERE id = ANY ($1)", list(ids))
    return {row["id"]: parcel_of(row) for row in rows}


async def lock(tx: Tx, ids: Collection[ParcelId]) -> dict[ParcelId, Parcel]:
    rows = await tx.fetch(f"SELECT {PARCEL} FROM parcels WHERE id = ANY ($1) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: parcel_of(row) for row in rows}


async def cancel(tx: Tx, ids: Collection[ParcelId]) -> dict[ParcelId, Parcel]:
    """Cancel those that the carrier does not have."""
    rows = await tx.fetch(
        "UPDATE parcels SET state = 'canceled', ended_at = $2, problem = ''"
        f" WHERE id = ANY ($1) AND state = ANY ($3) RETURNING {PARCEL}",
        list(ids),
        tx.now,
        [state.value for state in AT_HOME],
    )
    return {row["id"]: parcel_of(row) for row in rows}


async def booked_outside(tx: Tx, ids: Collection[ParcelId]) -> set[ParcelId]:
    """Those of these that an outside system may know of."""
    rows = await tx.fetch(
        "SELECT p.id FROM parcels p JOIN carrier_accounts a ON a.id = p.account_id WHERE p.id = ANY ($1)"
        " AND a.adapter <> 'builtin' AND (p.asked_at IS NOT NULL OR p.waybill <> '')",
        list(ids),
    )
    return {row["id"] for row in rows}


async def set_weight(tx: Tx, id_: ParcelId, weight_g: int, volume_cm3: int) -> Parcel | None:
    row = await tx.fetchrow(
        "UPDATE parcels SET weight_g = $2, volume_cm3 = coalesce(nullif($3, 0), volume_cm3)"
        f" WHERE id = $1 RETURNING {PARCEL}",
        id_,
        weight_g,
        volume_cm3,
    )
    return None if row is None else parcel_of(row)


async def set_weights(tx: Tx, weighed: Mapping[tuple[UUID, str], tuple[int, int]]) -> None:
    """Write the weights and the known room of live parcels, by doc and waybill; locked in order of id."""
    await tx.execute(
        "WITH mine AS MATERIALIZED (SELECT p.id, w.weight_g, w.cm3"
        " FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[]) AS w (doc, waybill, weight_g, cm3)"
        " JOIN parcels p ON p.doc = w.doc AND p.waybill = w.waybill"
        " WHERE p.state <> 'canceled' ORDER BY p.id FOR NO KEY UPDATE OF p)"
        " UPDATE parcels p SET weight_g = m.weight_g, volume_cm3 = coalesce(nullif(m.cm3, 0), p.volume_cm3)"
        " FROM mine m WHERE p.id = m.id",
        [doc for doc, _ in weighed],
        [waybill for _, waybill in weighed],
        [grams for grams, _ in weighed.values()],
        [min(cm3, 2_000_000_000) for _, cm3 in weighed.values()],
    )


NAMED: Final = (
    "WITH mine AS MATERIALIZED (SELECT p.id, w.at FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])"
    " AS w (doc, waybill, at) JOIN parcels p ON p.doc = w.doc AND p.waybill = w.waybill"
    " WHERE p.state <> 'canceled' ORDER BY p.id FOR NO KEY UPDATE OF p)"
)
"""Live parcels by doc and waybill, each with a moment, locked in order of id."""


async def set_packed(tx: Tx, packed: Mapping[tuple[UUID, str], datetime]) -> None:
    """Note when live parcels, by doc and waybill, were packed last."""
    await tx.execute(
        NAMED + " UPDATE parcels p SET packed_at = m.at FROM mine m WHERE p.id = m.id",
        *_moments(packed),
    )


async def set_handed(tx: Tx, handed: Mapping[tuple[UUID, str], datetime]) -> None:
    """Note when live parcels, by doc and waybill, were first given to their carriers."""
    await tx.execute(
        NAMED + " UPDATE parcels p SET handed_at = coalesce(p.handed_at, m.at) FROM mine m WHERE p.id = m.id",
        *_moments(handed),
    )


def _moments(told: Mapping[tuple[UUID, str], datetime]) -> tuple[list[UUID], list[str], list[datetime]]:
    return [doc for doc, _ in told], [waybill for _, waybill in told], list(told.values())


async def receivers_of(tx: Tx, ids: Collection[ParcelId]) -> dict[ParcelId, ParcelReceiver]:
    """Whom these go to; none for those whose receivers were removed."""
    rows = await tx.fetch("SELECT id, receiver FROM parcels WHERE id = ANY ($1) AND receiver IS NOT NULL", list(ids))
    cipher = current_vault().column("parcels", "receiver")
    return {
        row["id"]: msgspec.json.decode(cipher.decrypt(row["receiver"], row["id"]), type=ParcelReceiver) for row in rows
    }


async def forget_receivers(tx: Tx, before: datetime, limit: int) -> int:
    """Remove the receivers of parcels that ended before; of so many at most."""
    gone: list[Record] = await tx.fetch(
        "UPDATE parcels SET receiver = NULL WHERE id IN (SELECT id FROM parcels WHERE ended_at < $1"
        " AND receiver IS NOT NULL ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id",
        before,
        limit,
    )
    return len(gone)


async def forget_docs(tx: Tx, docs: Collection[UUID]) -> None:
    """Remove the receivers of these docs' parcels."""
    await tx.execute("UPDATE parcels SET receiver = NULL WHERE doc = ANY ($1) AND receiver IS NOT NULL", list(docs))


async def page(
    tx: Tx,
    found: tuple[UUID | None, ParcelState | None, str | None],
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Parcel]:
    """Parcels of a doc, in a state, with a waybill, each where it is given; newest first."""
    doc, state, waybill = found
    at, id_ = before or (None, None)
    rows = await tx.fetch(
        f"SELECT {PARCEL} FROM parcels WHERE ($1::uuid IS NULL OR doc = $1) AND ($2::text IS NULL OR state = $2)"
        " AND ($3::text IS NULL OR waybill = $3)"
        " AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT $6",
        doc,
        None if state is None else state.value,
        waybill,
        at,
        id_,
        limit,
    )
    return [parcel_of(row) for row in rows]


async def by_province(tx: Tx, since: datetime) -> list[tuple[str, int]]:
    """How many parcels were booked since then, by the code of the province they go to; the most first."""
    rows = await tx.fetch(
        "SELECT coalesce(left(nullif(to_region, ''), 2) || '0000', '') AS province,"
        " count(*) AS parcels FROM parcels WHERE created_at >= $1 AND state <> 'canceled'"
        " GROUP BY province ORDER BY parcels DESC, province",
        since,
    )
    return [(row["province"], row["parcels"]) for row in rows]


# --- what outside systems are asked ---------------------------------------------------------------------------------


class Asked(Struct, frozen=True):
    """A parcel, whether its carrier may know of it, and how often it was asked for a number."""

    parcel: Parcel
    asked: bool
    attempts: int


async def with_account(tx: Tx, id_: ParcelId) -> Asked | None:
    row = await tx.fetchrow(f"SELECT {PARCEL}, asked_at, attempts FROM parcels WHERE id = $1", id_)
    if row is None:
        return None
    plain = {name: value for name, value in row.items() if name not in ("asked_at", "attempts")}
    return Asked(parcel_of(plain), row["asked_at"] is not None, row["attempts"])


async def begin(tx: Tx, id_: ParcelId) -> Parcel | None:
    row = await tx.fetchrow(
        "UPDATE parcels SET asked_at = coalesce(asked_at, $2), attempts = attempts + 1 WHERE id = $1"
        f" RETURNING {PARCEL}",
        id_,
        tx.now,
    )
    return None if row is None else parcel_of(row)


async def begin_again(tx: Tx, parcel: Parcel, *, may_know: bool) -> Parcel:
    row = await tx.fetchrow(
        "UPDATE parcels SET state = 'booking', problem = '', attempts = 0,"
        f" asked_at = CASE WHEN $2 THEN asked_at END WHERE id = $1 RETURNING {PARCEL}",
        parcel.id,
        may_know,
    )
    assert row is not None, "it is locked"
    return parcel_of(row)


async def set_waybill(tx: Tx, parcel: Parcel, waybill: str, route: str, state: ParcelState) -> Parcel:
    row = await tx.fetchrow(
        "UPDATE parcels SET waybill = $2, route = $3, state = $4, problem = '', booked_at = $5"
        f" WHERE id = $1 RETURNING {PARCEL}",
        parcel.id,
        waybill,
        route,
        state.value,
        tx.now,
    )
    assert row is not None, "it is locked"
    return parcel_of(row)


async def fail(tx: Tx, parcel: Parcel, problem: str) -> Parcel:
    row = await tx.fetchrow(
        f"UPDATE parcels SET state = 'failed', problem = $2 WHERE id = $1 RETURNING {PARCEL}", parcel.id, problem
    )
    assert row is not None, "it is locked"
    return parcel_of(row)


async def is_unsubscribed(tx: Tx, id_: ParcelId) -> bool:
    found: bool = await tx.fetchval("SELECT subscribed_at IS NULL FROM parcels WHERE id = $1", id_)
    return found


async def note_subscribed(tx: Tx, id_: ParcelId) -> None:
    await tx.execute("UPDATE parcels SET subscribed_at = $2 WHERE id = $1", id_, tx.now)
