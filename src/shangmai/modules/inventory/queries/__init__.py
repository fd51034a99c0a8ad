"""The SQL of inventory's own tables and of its view on the two books."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Key
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import (
    Bucket,
    CreateWarehouse,
    StockDocument,
    StockLevel,
    TransferUnderWay,
    Warehouse,
    WarehouseId,
)
from shangmai.modules.organization.contract import CompanyId, ShopId

WAREHOUSE = "id, code, name, company_id, region"
DOCUMENT = "id, number, kind, warehouse_id, reason, reference, at, pieces, value_minor"


async def insert_warehouse(tx: Tx, do: CreateWarehouse) -> Warehouse | None:
    """The new warehouse; None when its code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO warehouses (id, code, name, company_id, created_at, region) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (code) DO NOTHING RETURNING " + WAREHOUSE,
        new_id(),
        do.code,
        do.name,
        do.company_id,
        tx.now,
        do.region,
    )
    return None if row is None else Warehouse(**row)


async def get_warehouses(tx: Tx, ids: Collection[WarehouseId]) -> dict[WarehouseId, Warehouse]:
    rows = await tx.fetch("SELECT " + WAREHOUSE + " FROM warehouses WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: Warehouse(**row) for row in rows}


async def set_region(tx: Tx, id_: WarehouseId, region: str) -> Warehouse | None:
    row = await tx.fetchrow("UPDATE warehouses SET region = $2 WHERE id = $1 RETURNING " + WAREHOUSE, id_, region)
    return None if row is None else Warehouse(**row)


async def warehouses_of_companies(tx: Tx, companies: Collection[CompanyId]) -> list[Warehouse]:
    rows = await tx.fetch(
        "SELECT " + WAREHOUSE + " FROM warehouses WHERE company_id = ANY ($1::uuid[]) ORDER BY code", list(companies)
    )
    return [Warehouse(**row) for row in rows]


async def list_warehouses(tx: Tx) -> list[Warehouse]:
    return [Warehouse(**row) for row in await tx.fetch("SELECT " + WAREHOUSE + " FROM warehouses ORDER BY code")]


async def find_warehouse(tx: Tx, code: str) -> Warehouse | None:
    row = await tx.fetchrow("SELECT " + WAREHOUSE + " FROM warehouses WHERE code = $1", code)
    return None if row is None else Warehouse(**row)


async def assign_warehouse(tx: Tx, shop_id: ShopId, warehouse_id: WarehouseId) -> None:
    await tx.execute(
        "INSERT INTO shop_warehouses (shop_id, warehouse_id) VALUES ($1, $2)"
        " ON CONFLICT (shop_id) DO UPDATE SET warehouse_id = $2",
        shop_id,
        warehouse_id,
    )


async def warehouses_of_shops(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, WarehouseId]:
    rows = await tx.fetch(
        "SELECT shop_id, warehouse_id FROM shop_warehouses WHERE shop_id = ANY ($1::uuid[])", list(shops)
    )
    return {row["shop_id"]: row["warehouse_id"] for row in rows}


async def selling_places(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, tuple[WarehouseId, bool]]:
    """Where these shops sell from, and whether shops divide what is there."""
    rows = await tx.fetch(
        "SELECT shop_id, warehouse_id, is_divided_v1(warehouse_id) AS divided FROM shop_warehouses"
        " WHERE shop_id = ANY ($1::uuid[])",
        list(shops),
    )
    return {row["shop_id"]: (row["warehouse_id"], row["divided"]) for row in rows}


async def divided(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, bool]:
    """Whether shops divide what is in these warehouses."""
    rows = await tx.fetch("SELECT id, is_divided_v1(id) AS divided FROM unnest($1::uuid[]) AS w (id)", list(warehouses))
    return {row["id"]: row["divided"] for row in rows}


# id, number, kind, company_id, warehouse_id, from_warehouse_id, reason, reference, at, pieces, value_minor, cause
DocumentRow = tuple[UUID, str, str, CompanyId, WarehouseId, WarehouseId | None, str, str, datetime, int, int, UUID]
# document_id, line, sku_id, bucket, lot, qty, cost_minor.
LineRow = tuple[UUID, int, UUID, str, str, int, int]


async def insert_documents(tx: Tx, documents: Sequence[DocumentRow], lines: Sequence[LineRow]) -> None:
    await tx.execute(
        "INSERT INTO stock_documents (id, number, kind, company_id, warehouse_id, from_warehouse_id, reason,"
        " reference, at, pieces, value_minor, cause) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[],"
        " $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::timestamptz[], $10::bigint[], $11::bigint[],"
        " $12::uuid[])",
        *(list(column) for column in zip(*documents, strict=True)),
    )
    await tx.execute(
        "INSERT INTO stock_document_lines (document_id, line, sku_id, bucket, lot, qty, cost_minor) SELECT * FROM"
        " unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])",
        *(list(column) for column in zip(*lines, strict=True)),
    )


async def find_document(tx: Tx, id_: UUID) -> StockDocument | None:
    row = await tx.fetchrow("SELECT " + DOCUMENT + " FROM stock_documents WHERE id = $1", id_)
    return None if row is None else StockDocument(**row)


async def lock_transfer(tx: Tx, document_id: UUID) -> tuple[StockDocument, list[Record]] | None:
    """A transfer that has not arrived, with its lines; None when there is no such transfer or it has arrived."""
    row = await tx.fetchrow(
        "SELECT " + DOCUMENT + " FROM stock_documents"
        " WHERE id = $1 AND kind = 'transfer' AND arrived_by IS NULL FOR NO KEY UPDATE",
        document_id,
    )
    if row is None:
        return None
    lines = await tx.fetch("SELECT * FROM stock_document_lines WHERE document_id = $1 ORDER BY line", document_id)
    return StockDocument(**row), lines


async def transfers_under_way(
    tx: Tx, warehouse_id: WarehouseId | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[TransferUnderWay]:
    """Transfers to a warehouse, or to any, that have not arrived, those sent first in front."""
    rows = await tx.fetch(
        "SELECT id, number, from_warehouse_id, warehouse_id, reference, at, pieces FROM stock_documents"
        " WHERE kind = 'transfer' AND arrived_by IS NULL AND ($1::uuid IS NULL OR warehouse_id = $1)"
        " AND ($2::timestamptz IS NULL OR (at, id) > ($2, $3)) ORDER BY at, id LIMIT $4",
        warehouse_id,
        *(after or (None, None)),
        limit,
    )
    return [TransferUnderWay(**row) for row in rows]


async def mark_arrived(tx: Tx, document_id: UUID, arrival_id: UUID) -> None:
    await tx.execute("UPDATE stock_documents SET arrived_by = $2 WHERE id = $1", document_id, arrival_id)


async def lines_held(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """The stock holds of these documents that hold something: hold, doc, line, remaining, the account's key."""
    return await tx.fetch(
        "SELECT h.id, h.doc, h.line, h.remaining, a.sku_id, a.warehouse_id, a.bucket, a.lot, a.owner_id"
        " FROM stock_holds h JOIN stock_accounts a ON a.id = h.debit_id"
        " WHERE h.doc = ANY ($1::uuid[]) AND h.remaining > 0 ORDER BY h.doc, h.line, h.id",
        list(docs),
    )


async def held_of(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """By document and SKU, the pieces that are held still, and until when the first of them are."""
    return await tx.fetch(
        "SELECT h.doc, a.sku_id, sum(h.remaining)::bigint AS pieces, min(h.expires_at) AS until FROM stock_holds h"
        " JOIN stock_accounts a ON a.id = h.debit_id WHERE h.doc = ANY ($1::uuid[]) AND h.remaining > 0"
        " GROUP BY h.doc, a.sku_id",
        list(docs),
    )


async def pieces_and_worth(tx: Tx, keys: Sequence[Key]) -> dict[Key, tuple[int, int]]:
    """The pieces on hand in these accounts and what they are worth, those that hold any."""
    rows = await tx.fetch(
        "SELECT k.*, s.posted AS pieces, coalesce(v.posted, 0) AS worth"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])"
        " AS k (sku_id, warehouse_id, bucket, lot, owner_id)"
        " JOIN stock_accounts s USING (sku_id, warehouse_id, bucket, lot, owner_id)"
        " LEFT JOIN value_accounts v USING (sku_id, warehouse_id, bucket, lot, owner_id) WHERE s.posted > 0",
        *([key[n] for key in keys] for n in range(5)),
    )
    return {tuple(row)[:5]: (row["pieces"], row["worth"]) for row in rows}


async def released_at(tx: Tx, docs: Mapping[UUID, datetime]) -> list[Record]:
    """What each of these documents let go of at a moment, in their order: doc, line, amount, the account's key."""
    return await tx.fetch(
        "SELECT t.doc, t.line, t.amount, a.sku_id, a.warehouse_id, a.bucket, a.lot, a.owner_id"
        " FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY AS w (doc, at, place)"
        " JOIN stock_transfers t ON t.doc = w.doc AND t.at = w.at AND t.kind = 'release'"
        " JOIN stock_accounts a ON a.id = t.debit_id ORDER BY w.place, t.line, t.id",
        list(docs),
        list(docs.values()),
    )


async def keep_holds(tx: Tx, docs: Collection[UUID]) -> None:
    await tx.execute(
        "UPDATE stock_holds SET expires_at = NULL WHERE doc = ANY ($1::uuid[]) AND expires_at IS NOT NULL", list(docs)
    )


async def docs_due(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    rows = await tx.fetch(
        "SELECT DISTINCT doc FROM stock_holds WHERE expires_at <= $1 AND expires_at IS NOT NULL AND remaining > 0"
        " LIMIT $2",
        now,
        limit,
    )
    return [row["doc"] for row in rows]


async def levels(
    tx: Tx,
    sku_ids: Collection[UUID] | None,
    warehouse_id: UUID | None,
    after: tuple[Any, ...] | None = None,
    limit: int = 1000,
    *,
    bucket: Bucket | None = None,
    at_most: int | None = None,
) -> list[StockLevel]:
    """Stock by account, ordered by SKU, warehouse, bucket and lot; of these SKUs, or of all behind such a place.

    `at_most`: those only of which so many or fewer are available.
    """
    place = after or (None, None, None, None)
    rows = await tx.fetch(
        "SELECT s.sku_id, s.warehouse_id, s.bucket, s.lot, s.posted AS on_hand, s.held, s.floor,"
        " s.posted - s.held - s.floor AS available, coalesce(v.posted, 0) AS value_minor"
        " FROM stock_accounts s LEFT JOIN value_accounts v USING (sku_id, warehouse_id, bucket, lot, owner_id)"
        " WHERE s.bounded AND ($1::uuid[] IS NULL OR s.sku_id = ANY ($1)) AND ($2::uuid IS NULL OR s.warehouse_id = $2)"
        " AND ($3::uuid IS NULL OR (s.sku_id, s.warehouse_id, s.bucket, s.lot) > ($3, $4::uuid, $5::text, $6::text))"
        " AND ($8::text IS NULL OR s.bucket = $8) AND ($9::bigint IS NULL OR s.posted - s.held - s.floor <= $9)"
        " ORDER BY s.sku_id, s.warehouse_id, s.bucket, s.lot LIMIT $7",
        None if sku_ids is None else list(sku_ids),
        warehouse_id,
        *place,
        limit,
        None if bucket is None else bucket.value,
        at_most,
    )
    return [StockLevel(**{**row, "bucket": Bucket(row["bucket"])}) for row in rows]


async def skus_of_documents(tx: Tx, documents: Collection[UUID]) -> set[SkuId]:
    rows = await tx.fetch(
        "SELECT DISTINCT sku_id FROM stock_document_lines WHERE document_id = ANY ($1::uuid[])", list(documents)
    )
    return {row["sku_id"] for row in rows}


async def on_shelves(tx: Tx, warehouses: Collection[WarehouseId], skus: Collection[SkuId] | None) -> list[Record]:
    """By warehouse, SKU, bucket and owner, the pieces that are there."""
    return await tx.fetch(
        "SELECT warehouse_id, sku_id, bucket, owner_id, sum(posted)::bigint AS pieces FROM stock_accounts"
        " WHERE bounded AND posted > 0 AND bucket IN ('sellable', 'defective') AND warehouse_id = ANY ($1::uuid[])"
        " AND ($2::uuid[] IS NULL OR sku_id = ANY ($2)) GROUP BY warehouse_id, sku_id, bucket, owner_id",
        list(warehouses),
        None if skus is None else list(skus),
    )


async def places_of_documents(tx: Tx, documents: Collection[UUID]) -> list[Record]:
    return await tx.fetch(
        "SELECT DISTINCT t.doc, a.warehouse_id, a.sku_id FROM stock_transfers t JOIN stock_accounts a"
        " ON a.id = t.debit_id WHERE t.doc = ANY ($1::uuid[]) AND t.kind IN ('post', 'settle') AND a.bounded",
        list(documents),
    )


async def gone_since(tx: Tx, warehouse_id: WarehouseId, since: datetime) -> list[Record]:
    """By SKU, the pieces that left to customers since a time."""
    return await tx.fetch(
        "SELECT a.sku_id, sum(t.amount)::bigint AS pieces FROM stock_accounts a JOIN stock_transfers t"
        " ON t.credit_id = a.id AND t.at >= $2 AND t.kind IN ('post', 'settle')"
        " WHERE a.warehouse_id = $1 AND a.bucket = 'customer' GROUP BY a.sku_id",
        warehouse_id,
        since,
    )


async def movements(tx: Tx, sku_id: UUID, limit: int) -> list[Record]:
    """The transfers of a SKU in a counted account, newest first, each with its document line and cause."""
    return await tx.fetch(
        "SELECT t.id, t.at, t.kind, t.amount, t.doc, t.line, t.cause, d.bucket AS from_bucket, c.bucket AS to_bucket,"
        " coalesce(w.code, '') AS warehouse FROM stock_accounts a"
        " JOIN stock_transfers t ON a.id IN (t.debit_id, t.credit_id)"
        " JOIN stock_accounts d ON d.id = t.debit_id JOIN stock_accounts c ON c.id = t.credit_id"
        " LEFT JOIN warehouses w ON w.id = a.warehouse_id"
        " WHERE a.sku_id = $1 AND a.bounded ORDER BY t.at DESC, t.id DESC LIMIT $2",
        sku_id,
        limit,
    )


async def movements_page(
    tx: Tx,
    *,
    sku_id: UUID | None,
    warehouse_id: UUID | None,
    bucket: Bucket | None,
    doc: UUID | None,
    before: int | None,
    limit: int,
) -> list[Record]:
    """Transfers of pieces from or to a counted account, the newest first; `bucket` and warehouse are of either end."""
    return await tx.fetch(
        "SELECT t.id, t.at, t.kind, t.amount, t.doc, t.line, t.cause, d.sku_id, d.bucket AS from_bucket,"
        " c.bucket AS to_bucket, CASE WHEN d.bounded THEN d.warehouse_id ELSE c.warehouse_id END AS warehouse_id"
        " FROM stock_transfers t JOIN stock_accounts d ON d.id = t.debit_id JOIN stock_accounts c ON c.id = t.credit_id"
        " WHERE (d.bounded OR c.bounded) AND ($1::uuid IS NULL OR d.sku_id = $1)"
        " AND ($2::uuid IS NULL OR d.warehouse_id = $2 OR c.warehouse_id = $2)"
        " AND ($3::text IS NULL OR d.bucket = $3 OR c.bucket = $3) AND ($4::uuid IS NULL OR t.doc = $4)"
        " AND ($5::bigint IS NULL OR t.id < $5) ORDER BY t.id DESC LIMIT $6",
        sku_id,
        warehouse_id,
        None if bucket is None else bucket.value,
        doc,
        before,
        limit,
    )


async def orphan_value(tx: Tx) -> list[Record]:
    """Accounts whose value and pieces do not fit: value without pieces, or less than none."""
    return await tx.fetch(
        "SELECT v.id, v.posted AS value_minor, coalesce(s.posted, 0) AS pieces FROM value_accounts v"
        " LEFT JOIN stock_accounts s USING (sku_id, warehouse_id, bucket, lot, owner_id)"
        " WHERE v.bounded AND (v.posted < 0 OR (coalesce(s.posted, 0) = 0 AND v.posted <> 0))"
    )
