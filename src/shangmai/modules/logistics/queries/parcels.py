"""The SQL of parcels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.parcels import AT_HOME, Parcel, ParcelId, ParcelReceiver, ParcelState

PARCEL: Final = (
    "id, doc, number, company_id, warehouse_id, carrier, account_id, waybill, state, weight_g, to_region, route, note,"
    " problem, created_at, booked_at, ended_at"
)


class NewParcel(Struct, frozen=True):
    """A parcel on its way into the table."""

    parcel: Parcel
    receiver: ParcelReceiver
    item: Item


def parcel_of(row: Record) -> Parcel:
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
            p.weight_g, p.to_region, p.route, p.note, p.problem, p.created_at, p.booked_at, p.ended_at, receiver,
            each.item.cause,
        )
        for each, receiver in zip(parcels, sealed, strict=True)
        for p in [each.parcel]
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.execute(
        f"INSERT INTO parcels ({PARCEL}, receiver, cause) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[],"
        " $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::int[], $11::text[], $12::text[],"
        " $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::bytea[],"
        " $19::uuid[])",
        *columns,
    )


async def insert_known(tx: Tx, parcel: Parcel, item: Item) -> None:
    """Write a parcel whose receiver is not told."""
    p = parcel
    await tx.execute(
        f"INSERT INTO parcels ({PARCEL}, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        p.id, p.doc, p.number, p.company_id, p.warehouse_id, p.carrier, p.account_id, p.waybill, p.state.value,
        p.weight_g, p.to_region, p.route, p.note, p.problem, p.created_at, p.booked_at, p.ended_at, item.cause,
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


async def set_weight(tx: Tx, id_: ParcelId, weight_g: int) -> Parcel | None:
    row = await tx.fetchrow(f"UPDATE parcels SET weight_g = $2 WHERE id = $1 RETURNING {PARCEL}", id_, weight_g)
    return None if row is None else parcel_of(row)


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
