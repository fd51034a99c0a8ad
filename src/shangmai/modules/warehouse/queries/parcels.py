"""The SQL of what is checked and packed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.packing import FinishPack, PackedParcel
from shangmai.modules.warehouse.contract.requests import Requested, RequestState
from shangmai.modules.warehouse.contract.waves import WaveId

PARCEL: Final = (
    "SELECT k.doc, p.number, p.company_id, p.warehouse_id, p.state, k.carrier, k.waybill, k.carton, k.expected_g,"
    " k.weight_g, k.accepted, k.packed_at, k.handed_at FROM packed_parcels k JOIN pick_requests p ON p.doc = k.doc"
)


def _parcel(row: Record) -> PackedParcel:
    return PackedParcel(**{**row, "state": RequestState(row["state"])})


async def checked(tx: Tx, doc: UUID) -> dict[SkuId, int]:
    """How many pieces of a request have passed the check, by SKU."""
    rows = await tx.fetch("SELECT sku_id, checked FROM pack_checks WHERE doc = $1 AND checked > 0", doc)
    return {row["sku_id"]: row["checked"] for row in rows}


async def add_checked(tx: Tx, doc: UUID, sku_id: SkuId, qty: int) -> None:
    await tx.execute(
        "INSERT INTO pack_checks (doc, sku_id, checked) VALUES ($1, $2, $3)"
        " ON CONFLICT (doc, sku_id) DO UPDATE SET checked = pack_checks.checked + excluded.checked",
        doc,
        sku_id,
        qty,
    )


async def forget_checks(tx: Tx, docs: Collection[UUID]) -> None:
    """Let nothing of these locked requests have passed, and their waybills be free: what is in them has changed."""
    await tx.execute("UPDATE pack_checks SET checked = 0 WHERE doc = ANY ($1::uuid[]) AND checked > 0", list(docs))
    await tx.execute(
        "UPDATE packed_parcels SET waybill = '' WHERE doc = ANY ($1::uuid[]) AND waybill <> ''", list(docs)
    )


async def bad_lots(tx: Tx, docs: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """A lot, and its state, that must not leave and is picked for each of these requests; the others are left out."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (l.doc) l.doc, l.lot, w.state FROM pick_lines l JOIN pick_requests p ON p.doc = l.doc"
        " JOIN warehouse_lots w ON w.company_id = p.company_id AND w.sku_id = l.sku_id AND w.lot = l.lot"
        " WHERE l.doc = ANY ($1::uuid[]) AND l.picked > 0 AND l.lot <> '' AND w.state <> 'ok' ORDER BY l.doc, l.lot",
        list(docs),
    )
    return {row["doc"]: (row["lot"], row["state"]) for row in rows}


async def next_wanting(tx: Tx, wave_id: WaveId, sku_id: SkuId, qty: int) -> UUID | None:
    """The request of a wave that is picked, wants this many more of a SKU, and is not in somebody else's hands.

    One whose check has begun comes first.
    """
    row = await tx.fetchrow(
        "SELECT p.doc FROM pick_requests p JOIN LATERAL (SELECT sum(l.qty) AS qty FROM pick_request_lines l"
        " WHERE l.doc = p.doc AND l.sku_id = $2) w ON true LEFT JOIN pack_checks c ON c.doc = p.doc AND c.sku_id = $2"
        " WHERE p.wave_id = $1 AND p.state = 'picked' AND w.qty - coalesce(c.checked, 0) >= $3"
        " ORDER BY coalesce(c.checked, 0) DESC, p.priority DESC, p.due_at, p.asked_at, p.doc LIMIT 1"
        " FOR NO KEY UPDATE OF p SKIP LOCKED",
        wave_id,
        sku_id,
        qty,
    )
    return None if row is None else row["doc"]


async def write(tx: Tx, request: Requested, do: FinishPack, label: tuple[str, str], expected_g: int) -> None:
    """Write the parcel of a locked request, with its carrier and waybill; one packed again has nothing of the first."""
    await tx.execute(
        "INSERT INTO packed_parcels AS k (doc, warehouse_id, carrier, waybill, carton, carton_g, expected_g, packed_at,"
        " cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (doc) DO UPDATE SET"
        " warehouse_id = excluded.warehouse_id, carrier = excluded.carrier,"
        " waybill = excluded.waybill,"
        " carton = excluded.carton, carton_g = excluded.carton_g, expected_g = excluded.expected_g, weight_g = NULL,"
        " accepted = '', packed_at = excluded.packed_at, handed_at = NULL, cause = excluded.cause",
        request.doc,
        request.warehouse_id,
        *label,
        do.carton,
        do.carton_g,
        expected_g,
        tx.now,
        tx.cause,
    )


async def holder_of(tx: Tx, waybill: str) -> tuple[UUID, str] | None:
    """The request, and its number, whose parcel has this waybill; nobody else may stick it on before we are done."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('warehouse.waybill/' || $1::text, 0))", waybill)
    row = await tx.fetchrow(
        "SELECT p.doc, p.number FROM packed_parcels k JOIN pick_requests p ON p.doc = k.doc WHERE k.waybill = $1",
        waybill,
    )
    return None if row is None else (row["doc"], row["number"])


async def set_waybill(tx: Tx, doc: UUID, carrier: str, waybill: str) -> None:
    await tx.execute("UPDATE packed_parcels SET carrier = $2, waybill = $3 WHERE doc = $1", doc, carrier, waybill)


async def set_weight(tx: Tx, doc: UUID, weight_g: int, accepted: str) -> None:
    await tx.execute(
        "UPDATE packed_parcels SET weight_g = $2, accepted = $3, weighed_at = $4 WHERE doc = $1",
        doc,
        weight_g,
        accepted,
        tx.now,
    )


async def set_handed(tx: Tx, at: Mapping[UUID, datetime]) -> None:
    await tx.execute(
        "UPDATE packed_parcels k SET handed_at = h.at FROM unnest($1::uuid[], $2::timestamptz[]) AS h (doc, at)"
        " WHERE k.doc = h.doc",
        list(at),
        list(at.values()),
    )


async def docs_scanned(tx: Tx, warehouse_id: WarehouseId | None, scanned: Collection[str]) -> dict[str, UUID]:
    """The requests that these waybills or numbers are of; in one warehouse, if it is given."""
    rows = await tx.fetch(
        "SELECT s.scanned, p.doc FROM unnest($1::text[]) AS s (scanned) JOIN LATERAL"
        " (SELECT p.doc, p.warehouse_id FROM pick_requests p WHERE p.number = s.scanned UNION ALL"
        " SELECT k.doc, k.warehouse_id FROM packed_parcels k WHERE k.waybill = s.scanned LIMIT 1) p ON true"
        " WHERE $2::uuid IS NULL OR p.warehouse_id = $2",
        list(scanned),
        warehouse_id,
    )
    return {row["scanned"]: row["doc"] for row in rows}


async def get(tx: Tx, docs: Collection[UUID]) -> dict[UUID, PackedParcel]:
    rows = await tx.fetch(PARCEL + " WHERE k.doc = ANY ($1::uuid[])", list(docs))
    return {row["doc"]: _parcel(row) for row in rows}


async def page_of_parcels(
    tx: Tx, *, warehouse_id: UUID | None, handed: bool | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[PackedParcel]:
    """Closed parcels, those packed last in front; with the carrier, still here, or both."""
    at, doc = before or (None, None)
    rows = await tx.fetch(
        PARCEL + " WHERE p.state IN ('packed', 'handed_over', 'left') AND ($1::uuid IS NULL OR k.warehouse_id = $1)"
        " AND ($2::boolean IS NULL OR (k.handed_at IS NOT NULL) = $2)"
        " AND ($3::timestamptz IS NULL OR (k.packed_at, k.doc) < ($3, $4::uuid))"
        " ORDER BY k.packed_at DESC, k.doc DESC LIMIT $5",
        warehouse_id,
        handed,
        at,
        doc,
        limit,
    )
    return [_parcel(row) for row in rows]
