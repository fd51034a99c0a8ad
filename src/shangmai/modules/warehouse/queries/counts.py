"""The SQL on stock counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from asyncpg import Record

from shangmai.kernel.clock import business_day
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import NOBODY, Warehouse, WarehouseId
from shangmai.modules.warehouse.contract.counts import (
    CountedBin,
    CountedGoods,
    CountId,
    CountKind,
    CountStatus,
    Difference,
    OpenCount,
    StockCount,
)
from shangmai.modules.warehouse.contract.places import BinId

COUNT = "id, number, company_id, warehouse_id, kind, blind, status, opened_at, ended_at FROM stock_counts"


async def insert_count(tx: Tx, do: OpenCount, warehouse: Warehouse, number: str, bins: Collection[BinId]) -> CountId:
    id_ = CountId(new_id())
    await tx.execute(
        "INSERT INTO stock_counts (id, number, company_id, warehouse_id, kind, blind, status, opened_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8)",
        id_,
        number,
        warehouse.company_id,
        warehouse.id,
        do.kind.value,
        do.blind,
        tx.now,
        tx.cause,
    )
    await tx.execute(
        "INSERT INTO stock_count_bins (count_id, bin_id, open, approved, rounds, found)"
        " SELECT $1, bin_id, true, false, 0, '[]' FROM unnest($2::uuid[]) AS b (bin_id) ORDER BY bin_id",
        id_,
        list(bins),
    )
    return id_


async def being_counted(tx: Tx, bins: Collection[BinId]) -> dict[BinId, str]:
    """Those of these bins that are open in a count, with its number."""
    rows = await tx.fetch(
        "SELECT b.bin_id, c.number FROM stock_count_bins b JOIN stock_counts c ON c.id = b.count_id"
        " WHERE b.open AND b.bin_id = ANY ($1::uuid[])",
        list(bins),
    )
    return {row["bin_id"]: row["number"] for row in rows}


async def warehouses_of(tx: Tx, ids: Collection[CountId]) -> dict[CountId, WarehouseId]:
    rows = await tx.fetch("SELECT id, warehouse_id FROM stock_counts WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["warehouse_id"] for row in rows}


async def lock_count(tx: Tx, id_: CountId) -> StockCount | None:
    """The count as it is now; nobody else counts for it or ends it before this transaction does."""
    await tx.fetch("SELECT FROM stock_counts WHERE id = $1 FOR NO KEY UPDATE", id_)
    return await find_count(tx, id_)


async def find_count(tx: Tx, id_: CountId) -> StockCount | None:
    rows = await _with_bins(tx, await tx.fetch(f"SELECT {COUNT} WHERE id = $1", id_))
    return rows[0] if rows else None


async def list_counts(
    tx: Tx, warehouse_id: WarehouseId | None, status: CountStatus | None, before: str | None, limit: int
) -> list[StockCount]:
    """Counts, the latest first, those before a number."""
    rows = await tx.fetch(
        f"SELECT {COUNT} WHERE ($1::uuid IS NULL OR warehouse_id = $1) AND ($2::text IS NULL OR status = $2)"
        " AND ($3::text IS NULL OR number < $3) ORDER BY number DESC LIMIT $4",
        warehouse_id,
        status and status.value,
        before,
        limit,
    )
    return await _with_bins(tx, rows)


async def _with_bins(tx: Tx, rows: Sequence[Record]) -> list[StockCount]:
    bins: dict[CountId, list[CountedBin]] = {row["id"]: [] for row in rows}
    for each in await tx.fetch(
        "SELECT c.count_id, c.bin_id, b.code, c.open, c.rounds, c.looked_at, c.counted_by, c.found"
        " FROM stock_count_bins c JOIN warehouse_bins b ON b.id = c.bin_id WHERE c.count_id = ANY ($1::uuid[])"
        " ORDER BY c.count_id, b.aisle, b.offset_mm, b.level, b.code",
        list(bins),
    ):
        told = {name: value for name, value in each.items() if name != "count_id"}
        bins[each["count_id"]].append(
            CountedBin(**{**told, "found": msgspec.convert(each["found"], list[CountedGoods])})
        )
    return [_count(row, bins[row["id"]]) for row in rows]


async def note_found(
    tx: Tx, count_id: CountId, bin_id: BinId, found: Sequence[CountedGoods], looked_at: datetime
) -> None:
    await tx.execute(
        "UPDATE stock_count_bins SET rounds = rounds + 1, looked_at = $3, counted_at = $4, counted_by = $5, found = $6"
        " WHERE count_id = $1 AND bin_id = $2",
        count_id,
        bin_id,
        looked_at,
        tx.now,
        tx.actor.id,
        msgspec.to_builtins(found),
    )


async def end_bins(tx: Tx, count_id: CountId, bins: Collection[BinId], *, approved: bool) -> None:
    await tx.execute(
        "UPDATE stock_count_bins SET open = false, approved = $3"
        " WHERE open AND count_id = $1 AND bin_id = ANY ($2::uuid[])",
        count_id,
        list(bins),
        approved,
    )


async def end_count(tx: Tx, count_id: CountId, status: CountStatus, at: datetime) -> None:
    await tx.execute("UPDATE stock_counts SET status = $2, ended_at = $3 WHERE id = $1", count_id, status.value, at)


async def lock_bins(tx: Tx, bins: Collection[BinId]) -> None:
    """Wait for what is being moved in these bins, so that it is in the book before differences are worked out."""
    await tx.fetch(
        "SELECT FROM bin_accounts WHERE bin_id = ANY ($1::uuid[]) AND bounded ORDER BY id FOR NO KEY UPDATE", list(bins)
    )


async def lying_then(tx: Tx, looks: Mapping[BinId, datetime]) -> list[Record]:
    """What the book has in bins now, and what of it came (or went) after each was looked at, in one snapshot."""
    return await tx.fetch(
        "SELECT a.bin_id, a.sku_id, a.bucket, a.lot, a.posted, coalesce(m.moved, 0) AS moved"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS l (bin_id, looked_at)"
        " JOIN bin_accounts a ON a.bin_id = l.bin_id AND a.bounded AND a.owner_id = $3"
        " LEFT JOIN LATERAL (SELECT sum(CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END)::bigint AS moved"
        " FROM bin_transfers t WHERE a.id IN (t.debit_id, t.credit_id) AND t.kind IN ('post', 'settle')"
        " AND t.at > l.looked_at) m ON true WHERE a.posted <> 0 OR m.moved IS NOT NULL",
        list(looks),
        list(looks.values()),
        NOBODY,
    )


async def insert_results(tx: Tx, count: StockCount, differences: Sequence[Difference], item: Item) -> None:
    await tx.execute(
        "INSERT INTO count_results (count_id, warehouse_id, at, cause, bin_id, sku_id, bucket, lot, system, counted,"
        " counted_on) SELECT $1, $2, $3, $4, * FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::text[],"
        " $9::bigint[], $10::bigint[], $11::date[])",
        count.id,
        count.warehouse_id,
        item.now,
        item.cause,
        [each.bin_id for each in differences],
        [each.sku_id for each in differences],
        [each.bucket.value for each in differences],
        [each.lot for each in differences],
        [each.system for each in differences],
        [each.counted for each in differences],
        [business_day(each.looked_at) for each in differences],
    )


async def facts(tx: Tx, warehouse_id: WarehouseId) -> list[Record]:
    """Of each active bin that is in no open count: its last count, what moved since then, what lies in it."""
    return await tx.fetch(
        "SELECT b.id AS bin_id, b.code, l.looked_at, coalesce(o.off, 0) AS was_off, coalesce(m.moves, 0) AS moves,"
        " coalesce(g.skus, '{}') AS skus, coalesce(g.lots, 0) AS lots FROM warehouse_bins b"
        " LEFT JOIN LATERAL (SELECT c.count_id, c.looked_at FROM stock_count_bins c WHERE c.bin_id = b.id"
        " AND c.approved ORDER BY c.looked_at DESC LIMIT 1) l ON true"
        " LEFT JOIN LATERAL (SELECT sum(abs(r.counted - r.system))::bigint AS off FROM count_results r"
        " WHERE r.count_id = l.count_id AND r.bin_id = b.id) o ON true"
        " LEFT JOIN LATERAL (SELECT count(*) AS moves FROM bin_accounts a JOIN bin_transfers t"
        " ON a.id IN (t.debit_id, t.credit_id) AND t.kind IN ('post', 'settle')"
        " AND t.at > coalesce(l.looked_at, '-infinity') WHERE a.bin_id = b.id AND a.bounded) m ON true"
        " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT a.sku_id) AS skus, count(DISTINCT (a.sku_id, a.lot)) AS lots"
        " FROM bin_accounts a WHERE a.bin_id = b.id AND a.bounded AND a.posted > 0) g ON true"
        " WHERE b.warehouse_id = $1 AND b.active"
        " AND NOT EXISTS (SELECT FROM stock_count_bins c WHERE c.bin_id = b.id AND c.open) ORDER BY b.code",
        warehouse_id,
    )


SUMS = "sum(counted)::bigint AS counted, sum(abs(counted - system))::bigint AS off FROM count_results"


async def days(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId | None, since: date) -> list[Record]:
    """By day, pieces counted and how many the book was off by."""
    return await tx.fetch(
        f"SELECT counted_on, {SUMS} WHERE warehouse_id = $1 AND counted_on >= $2 AND ($3::uuid IS NULL OR sku_id = $3)"
        " GROUP BY counted_on ORDER BY counted_on",
        warehouse_id,
        since,
        sku_id,
    )


async def worst_skus(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId | None, since: date, limit: int) -> list[Record]:
    """The SKUs that the book was off by the most pieces."""
    return await tx.fetch(
        f"SELECT sku_id, {SUMS} WHERE warehouse_id = $1 AND counted_on >= $2 AND ($3::uuid IS NULL OR sku_id = $3)"
        " GROUP BY sku_id ORDER BY 3 DESC, sku_id LIMIT $4",
        warehouse_id,
        since,
        sku_id,
        limit,
    )


def _count(row: Record, bins: list[CountedBin]) -> StockCount:
    kinds: dict[str, Any] = {"kind": CountKind(row["kind"]), "status": CountStatus(row["status"])}
    return StockCount(**{**row, **kinds, "bins": bins})
