"""The SQL of what is checked and packed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.packing import PackedParcel
from shangmai.modules.warehouse.contract.requests import Requested, RequestState
from shangmai.modules.warehouse.contract.waves import WaveId
from shangmai.modules.warehouse.queries import boxes, serials

PARCEL: Final = (
    "SELECT k.doc, p.number, p.company_id, p.warehouse_id, p.state, k.carrier, k.waybill, k.carton, k.expected_g,"
    " k.weight_g, k.accepted, k.packed_at, k.handed_at FROM packed_parcels k JOIN pick_requests p ON p.doc = k.doc"
)


def _parcel(row: Record) -> PackedParcel:
    return PackedParcel(**{**row, "state": RequestState(row["state"])})


async def checked(tx: Tx, docs: Collection[UUID]) -> dict[UUID, dict[SkuId, int]]:
    """How many pieces of each of these requests have passed the check, by SKU."""
    rows = await tx.fetch(
        "SELECT doc, sku_id, checked FROM pack_checks WHERE doc = ANY ($1::uuid[]) AND checked > 0", list(docs)
    )
    found: dict[UUID, dict[SkuId, int]] = {doc: {} for doc in docs}
    for row in rows:
        found[row["doc"]][row["sku_id"]] = row["checked"]
    return found


async def add_checked(tx: Tx, passed: Mapping[tuple[UUID, SkuId], tuple[int, Item]]) -> None:
    """Let so many more pieces of locked requests have passed, by request and SKU, each by a call."""
    await tx.execute(
        "INSERT INTO pack_checks (doc, sku_id, checked, checked_at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::uuid[])"
        " ON CONFLICT (doc, sku_id) DO UPDATE SET checked = pack_checks.checked + excluded.checked,"
        " checked_at = excluded.checked_at, cause = excluded.cause",
        [doc for doc, _ in passed],
        [sku_id for _, sku_id in passed],
        [qty for qty, _ in passed.values()],
        [item.now for _, item in passed.values()],
        [item.cause for _, item in passed.values()],
    )


async def forget_checks(tx: Tx, docs: Collection[UUID]) -> None:
    """Let nothing of these locked requests have passed, and their waybills be free: what is in them has changed."""
    await tx.execute("UPDATE pack_checks SET checked = 0 WHERE doc = ANY ($1::uuid[]) AND checked > 0", list(docs))
    await tx.execute(
        "UPDATE packed_parcels SET waybill = '' WHERE doc = ANY ($1::uuid[]) AND waybill <> ''", list(docs)
    )
    await serials.take_out(tx, docs)


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
        " WHERE p.wave_id = $1 AND p.state = 'picked' AND p.to_warehouse_id IS NULL"
        " AND w.qty - coalesce(c.checked, 0) >= $3"
        " ORDER BY coalesce(c.checked, 0) DESC, p.priority DESC, p.due_at, p.asked_at, p.doc LIMIT 1"
        " FOR NO KEY UPDATE OF p SKIP LOCKED",
        wave_id,
        sku_id,
        qty,
    )
    return None if row is None else row["doc"]


class NewParcel(Struct, frozen=True, kw_only=True):
    """A parcel on its way into the tables, of a locked request. Grams."""

    request: Requested
    carrier: str
    waybill: str
    carton: str
    carton_g: int
    expected_g: int
    item: Item


async def write(tx: Tx, parcels: Sequence[NewParcel]) -> None:
    """Write the parcels of locked requests, one each; one that is packed again has nothing of the first."""
    await tx.execute(
        "INSERT INTO packed_parcels AS k (doc, warehouse_id, carrier, waybill, carton, carton_g, expected_g, packed_at,"
        " cause) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[],"
        " $7::bigint[], $8::timestamptz[], $9::uuid[]) ON CONFLICT (doc) DO UPDATE SET"
        " warehouse_id = excluded.warehouse_id, carrier = excluded.carrier,"
        " waybill = excluded.waybill,"
        " carton = excluded.carton, carton_g = excluded.carton_g, expected_g = excluded.expected_g, weight_g = NULL,"
        " accepted = '', packed_at = excluded.packed_at, handed_at = NULL, cause = excluded.cause",
        [each.request.doc for each in parcels],
        [each.request.warehouse_id for each in parcels],
        [each.carrier for each in parcels],
        [each.waybill for each in parcels],
        [each.carton for each in parcels],
        [each.carton_g for each in parcels],
        [each.expected_g for each in parcels],
        [each.item.now for each in parcels],
        [each.item.cause for each in parcels],
    )


async def holders_of(tx: Tx, waybills: Collection[str]) -> dict[str, tuple[UUID, str]]:
    """The requests, and their numbers, whose parcels have these waybills; nobody else sticks one on before we end."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(w.key) FROM (SELECT DISTINCT"
        " hashtextextended('warehouse.waybill/' || w, 0) AS key FROM unnest($1::text[]) AS w ORDER BY 1) AS w",
        list(waybills),
    )
    rows = await tx.fetch(
        "SELECT k.waybill, p.doc, p.number FROM packed_parcels k JOIN pick_requests p ON p.doc = k.doc"
        " WHERE k.waybill = ANY ($1::text[]) AND k.waybill <> ''"
        " UNION ALL SELECT waybill, doc, number FROM packed_boxes WHERE waybill = ANY ($1::text[]) AND waybill <> ''",
        list(waybills),
    )
    return {row["waybill"]: (row["doc"], row["number"]) for row in rows}


async def set_waybill(tx: Tx, doc: UUID, carrier: str, waybill: str) -> None:
    await tx.execute("UPDATE packed_parcels SET carrier = $2, waybill = $3 WHERE doc = $1", doc, carrier, waybill)


async def set_weights(tx: Tx, weighed: Mapping[UUID, tuple[int, str, datetime]]) -> None:
    """Write what the parcels of locked requests weigh, why that may be, and when it was weighed."""
    await tx.execute(
        "UPDATE packed_parcels k SET weight_g = w.weight_g, accepted = w.accepted, weighed_at = w.at"
        " FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[]) AS w (doc, weight_g, accepted, at)"
        " WHERE k.doc = w.doc",
        list(weighed),
        [weight_g for weight_g, _, _ in weighed.values()],
        [accepted for _, accepted, _ in weighed.values()],
        [at for _, _, at in weighed.values()],
    )


async def set_handed(tx: Tx, at: Mapping[UUID, datetime]) -> None:
    await tx.execute(
        "UPDATE packed_parcels k SET handed_at = h.at FROM unnest($1::uuid[], $2::timestamptz[]) AS h (doc, at)"
        " WHERE k.doc = h.doc",
        list(at),
        list(at.values()),
    )


async def docs_scanned(tx: Tx, warehouse_id: WarehouseId | None, scanned: Collection[str]) -> dict[str, UUID]:
    """The requests that these waybills or numbers, of their parcels too, are of; in one warehouse, if it is given."""
    rows = await tx.fetch(
        "SELECT s.scanned, p.doc FROM unnest($1::text[]) AS s (scanned) JOIN LATERAL"
        " (SELECT p.doc, p.warehouse_id FROM pick_requests p WHERE p.number = s.scanned UNION ALL"
        " SELECT k.doc, k.warehouse_id FROM packed_parcels k WHERE k.waybill = s.scanned AND k.waybill <> '' UNION ALL"
        " SELECT b.doc, b.warehouse_id FROM packed_boxes b WHERE b.number = s.scanned UNION ALL"
        " SELECT b.doc, b.warehouse_id FROM packed_boxes b WHERE b.waybill = s.scanned AND b.waybill <> ''"
        " LIMIT 1) p ON true"
        " WHERE $2::uuid IS NULL OR p.warehouse_id = $2",
        list(scanned),
        warehouse_id,
    )
    return {row["scanned"]: row["doc"] for row in rows}


async def get(tx: Tx, docs: Collection[UUID]) -> dict[UUID, PackedParcel]:
    rows = await tx.fetch(PARCEL + " WHERE k.doc = ANY ($1::uuid[])", list(docs))
    return {each.doc: each for each in await _with_boxes(tx, rows)}


async def _with_boxes(tx: Tx, rows: Sequence[Record]) -> list[PackedParcel]:
    more = await boxes.of_docs(tx, [row["doc"] for row in rows]) if rows else {}
    return [replace(_parcel(row), boxes=more.get(row["doc"], [])) for row in rows]


async def page_of_parcels(
    tx: Tx, *, warehouse_id: UUID | None, handed: bool | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[PackedParcel]:
    """Closed parcels, those packed last in front; with the carrier, still here, or both. In several, with the last."""
    at, doc = before or (None, None)
    rows = await tx.fetch(
        PARCEL + " WHERE p.state IN ('packed', 'handed_over', 'left') AND ($1::uuid IS NULL OR k.warehouse_id = $1)"
        " AND ($2::boolean IS NULL OR $2 = (k.handed_at IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM packed_boxes b WHERE b.doc = k.doc AND b.handed_at IS NULL)))"
        " AND ($3::timestamptz IS NULL OR (k.packed_at, k.doc) < ($3, $4::uuid))"
        " ORDER BY k.packed_at DESC, k.doc DESC LIMIT $5",
        warehouse_id,
        handed,
        at,
        doc,
        limit,
    )
    return await _with_boxes(tx, rows)
