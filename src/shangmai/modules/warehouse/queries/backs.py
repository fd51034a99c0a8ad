"""The SQL of pieces that go back into bins, and of places where pickers did not find what should be there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.picking import BackLine, TaskId
from shangmai.modules.warehouse.queries.waves import PickLine

BACK: Final = (
    "SELECT k.id, k.warehouse_id, k.number, k.sku_id, k.lot, b.code AS bin, k.qty, k.done, k.at"
    " FROM put_backs k JOIN warehouse_bins b ON b.id = k.bin_id"
)


class Back(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU's lot in a stage bin that go back; `left` of them still."""

    id: UUID
    doc: UUID
    stage_bin_id: UUID
    left: int


async def insert(tx: Tx, backs: Sequence[tuple[PickLine, int]], numbers: Mapping[UUID, str]) -> None:
    """Ask for picked pieces to be put back; from the stage bin of their wave."""
    await tx.execute(
        "INSERT INTO put_backs (id, warehouse_id, doc, number, sku_id, lot, bin_id, stage_bin_id, qty, at, cause)"
        " SELECT n.id, w.warehouse_id, n.doc, n.number, n.sku_id, n.lot, n.bin_id, w.stage_bin_id, n.qty, $9, $10"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::bigint[])"
        " AS n (id, wave_id, doc, number, sku_id, lot, bin_id, qty) JOIN pick_waves w ON w.id = n.wave_id",
        [new_id() for _ in backs],
        [line.wave_id for line, _ in backs],
        [line.doc for line, _ in backs],
        [numbers[line.doc] for line, _ in backs],
        [line.sku_id for line, _ in backs],
        [line.lot for line, _ in backs],
        [line.bin_id for line, _ in backs],
        [qty for _, qty in backs],
        tx.now,
        tx.cause,
    )


async def lock_open(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId, lot: str) -> list[Back]:
    """What of a SKU's lot goes back still, the oldest first."""
    rows = await tx.fetch(
        "SELECT id, doc, stage_bin_id, qty - done AS left FROM put_backs"
        " WHERE warehouse_id = $1 AND sku_id = $2 AND lot = $3 AND done < qty ORDER BY id FOR NO KEY UPDATE",
        warehouse_id,
        sku_id,
        lot,
    )
    return [Back(**row) for row in rows]


async def add_done(tx: Tx, done: Mapping[UUID, int]) -> None:
    await tx.execute(
        "UPDATE put_backs k SET done = k.done + d.qty FROM unnest($1::uuid[], $2::bigint[]) AS d (id, qty)"
        " WHERE k.id = d.id",
        list(done),
        list(done.values()),
    )


async def page_of_backs(tx: Tx, warehouse_id: UUID | None, after: UUID | None, limit: int) -> list[BackLine]:
    """What goes back still, the oldest first."""
    rows = await tx.fetch(
        BACK + " WHERE k.done < k.qty AND ($1::uuid IS NULL OR k.warehouse_id = $1)"
        " AND ($2::uuid IS NULL OR k.id > $2) ORDER BY k.id LIMIT $3",
        warehouse_id,
        after,
        limit,
    )
    return [BackLine(**row) for row in rows]


async def insert_short(
    tx: Tx, warehouse_id: WarehouseId, task_id: TaskId, place: tuple[UUID, SkuId, str], missing: int
) -> None:
    """Note that a bin had fewer pieces of a SKU's lot than the book says."""
    bin_id, sku_id, lot = place
    await tx.execute(
        "INSERT INTO pick_shorts (id, warehouse_id, task_id, bin_id, sku_id, lot, missing, at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(),
        warehouse_id,
        task_id,
        bin_id,
        sku_id,
        lot,
        missing,
        tx.now,
        tx.cause,
    )


async def doubtful(tx: Tx, warehouse_id: WarehouseId, skus: Collection[SkuId]) -> set[tuple[UUID, SkuId, str]]:
    """Bin, SKU and lot of where pickers found less than the book says, and nobody has counted since."""
    rows = await tx.fetch(
        "SELECT DISTINCT bin_id, sku_id, lot FROM pick_shorts WHERE warehouse_id = $1 AND sku_id = ANY ($2::uuid[])"
        " AND ended_at IS NULL",
        warehouse_id,
        list(skus),
    )
    return {(row["bin_id"], row["sku_id"], row["lot"]) for row in rows}


async def end_doubts_counted(tx: Tx, count_id: UUID, at: datetime) -> None:
    """Trust the bins again that were counted in a count and approved."""
    await tx.execute(
        "UPDATE pick_shorts s SET ended_at = $2 FROM stock_count_bins b WHERE b.count_id = $1 AND b.approved"
        " AND s.bin_id = b.bin_id AND s.ended_at IS NULL AND s.at <= b.looked_at",
        count_id,
        at,
    )


async def end_doubts(tx: Tx, warehouse_id: WarehouseId, bin_id: UUID, sku_id: SkuId, at: datetime) -> int:
    """Trust a bin again for a SKU; how many doubts there were."""
    rows = await tx.fetch(
        "UPDATE pick_shorts SET ended_at = $4 WHERE warehouse_id = $1 AND bin_id = $2 AND sku_id = $3"
        " AND ended_at IS NULL RETURNING id",
        warehouse_id,
        bin_id,
        sku_id,
        at,
    )
    return len(rows)
