"""The SQL on pieces in bins: views on the book `bin` beside the lots that they are of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.warehouse.contract.lots import LotState
from shangmai.modules.warehouse.contract.pieces import InBin
from shangmai.modules.warehouse.contract.places import BinId, BinKind

IN_BIN = (
    "b.id AS bin_id, b.code, b.kind, b.aisle, b.bay, b.level, b.offset_mm, a.sku_id, a.bucket, a.lot, a.owner_id,"
    " a.posted AS on_hand, a.held, l.expires_on, l.expires_on - coalesce(r.sell_days_min, 0) AS last_sale_on,"
    " coalesce(l.state, 'ok') AS state"
    " FROM bin_accounts a JOIN warehouse_bins b ON b.id = a.bin_id JOIN warehouses w ON w.id = a.warehouse_id"
    " LEFT JOIN warehouse_lots l ON l.company_id = w.company_id AND l.sku_id = a.sku_id AND l.lot = a.lot"
    " LEFT JOIN lot_rules r ON r.company_id = w.company_id AND r.sku_id = a.sku_id"
    " WHERE a.bounded AND a.posted > 0"
)

Goods = tuple[WarehouseId, SkuId, str, UUID]
"""Warehouse, SKU, bucket, owner: what is unplaced is told apart by these."""


async def wait_turn(tx: Tx, warehouse_id: WarehouseId) -> None:
    """Place pieces of one warehouse one transaction after the other: each sees what those before have placed."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('warehouse.placing/' || $1::text, 0))", str(warehouse_id)
    )


async def in_bins(
    tx: Tx,
    warehouse_id: WarehouseId,
    skus: Collection[SkuId] | None,
    bins: Collection[BinId] | None,
    after: tuple[Any, ...] | None = None,
    limit: int | None = None,
) -> list[InBin]:
    """What lies in the bins of a warehouse, by SKU, bin code, bucket and lot: of these SKUs, in these bins."""
    rows = await tx.fetch(
        f"SELECT {IN_BIN} AND a.warehouse_id = $1 AND ($2::uuid[] IS NULL OR a.sku_id = ANY ($2))"
        " AND ($3::uuid[] IS NULL OR a.bin_id = ANY ($3))"
        " AND ($4::uuid IS NULL OR (a.sku_id, b.code, a.bucket, a.lot, a.owner_id) > ($4, $5, $6, $7, $8::uuid))"
        " ORDER BY a.sku_id, b.code, a.bucket, a.lot, a.owner_id LIMIT $9",
        warehouse_id,
        None if skus is None else list(skus),
        None if bins is None else list(bins),
        *(after or (None, "", "", "", None)),
        limit,
    )
    return [_in_bin(row) for row in rows]


async def placed(tx: Tx, warehouses: Collection[WarehouseId], skus: Collection[SkuId] | None) -> dict[Goods, int]:
    """How many pieces lie in bins, all lots together."""
    rows = await tx.fetch(
        "SELECT warehouse_id, sku_id, bucket, owner_id, sum(posted)::bigint AS pieces FROM bin_accounts"
        " WHERE bounded AND posted > 0 AND warehouse_id = ANY ($1::uuid[])"
        " AND ($2::uuid[] IS NULL OR sku_id = ANY ($2)) GROUP BY warehouse_id, sku_id, bucket, owner_id",
        list(warehouses),
        None if skus is None else list(skus),
    )
    return {(r["warehouse_id"], r["sku_id"], r["bucket"], r["owner_id"]): r["pieces"] for r in rows}


async def lock_goods(tx: Tx, warehouses: Collection[WarehouseId], skus: Collection[SkuId]) -> None:
    """Let nobody else move these goods between bins or out of them before this transaction ends."""
    await tx.fetch(
        "SELECT FROM bin_accounts WHERE warehouse_id = ANY ($1::uuid[]) AND sku_id = ANY ($2::uuid[]) AND bounded"
        " ORDER BY id FOR NO KEY UPDATE",
        list(warehouses),
        list(skus),
    )


async def movements(tx: Tx, bin_id: BinId, limit: int) -> Sequence[Record]:
    """The transfers into and out of a bin, newest first; `qty` below zero went out."""
    return await tx.fetch(
        "SELECT t.id, t.at, t.kind, a.sku_id, a.bucket, a.lot, t.doc, t.line, t.cause,"
        " CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END AS qty"
        " FROM bin_accounts a JOIN bin_transfers t ON a.id IN (t.debit_id, t.credit_id)"
        " WHERE a.bin_id = $1 AND t.kind IN ('post', 'settle') ORDER BY t.at DESC, t.id DESC LIMIT $2",
        bin_id,
        limit,
    )


async def holds_any(tx: Tx) -> bool:
    """Whether anything lies in any bin at all."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM bin_accounts WHERE bounded AND posted > 0)"))


def _in_bin(row: Record) -> InBin:
    kinds: dict[str, Any] = {
        "kind": BinKind(row["kind"]),
        "bucket": Bucket(row["bucket"]),
        "state": LotState(row["state"]),
    }
    return InBin(**{**row, **kinds})
