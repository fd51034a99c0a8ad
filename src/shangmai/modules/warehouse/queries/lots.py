"""The SQL on lots, on the rules for them, and on who got which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.lots import Lot, LotReceiver, LotRule, LotState, PickedLot, SetLotRule

LOT = "company_id, sku_id, lot, made_on, expires_on, state, reason"


async def save_lot(
    tx: Tx, company_id: CompanyId, sku_id: SkuId, lot: str, made_on: date | None, expires_on: date | None
) -> Lot:
    """Write a lot's days; its state stays."""
    row = await tx.fetchrow(
        "INSERT INTO warehouse_lots (company_id, sku_id, lot, made_on, expires_on, state, reason, changed_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, 'ok', '', $6, $7) ON CONFLICT (company_id, sku_id, lot) DO UPDATE SET"
        " made_on = excluded.made_on, expires_on = excluded.expires_on, changed_at = excluded.changed_at,"
        " cause = excluded.cause RETURNING " + LOT,
        company_id,
        sku_id,
        lot,
        made_on,
        expires_on,
        tx.now,
        tx.cause,
    )
    assert row is not None
    return _lot(row)


async def set_state(tx: Tx, company_id: CompanyId, sku_id: SkuId, lot: str, state: LotState, reason: str) -> Lot | None:
    row = await tx.fetchrow(
        "UPDATE warehouse_lots SET state = $4, reason = $5, changed_at = $6, cause = $7"
        " WHERE company_id = $1 AND sku_id = $2 AND lot = $3 RETURNING " + LOT,
        company_id,
        sku_id,
        lot,
        state.value,
        reason,
        tx.now,
        tx.cause,
    )
    return None if row is None else _lot(row)


async def find_lots(tx: Tx, company_id: CompanyId, lots: Collection[tuple[SkuId, str]]) -> dict[tuple[SkuId, str], Lot]:
    rows = await tx.fetch(
        f"SELECT {LOT} FROM warehouse_lots JOIN unnest($2::uuid[], $3::text[]) AS k (sku_id, lot) USING (sku_id, lot)"
        " WHERE company_id = $1",
        company_id,
        [sku_id for sku_id, _ in lots],
        [lot for _, lot in lots],
    )
    return {(row["sku_id"], row["lot"]): _lot(row) for row in rows}


async def list_lots(
    tx: Tx,
    company_id: CompanyId | None,
    sku_id: SkuId | None,
    ends_by: date | None,
    after: Sequence[object],
    limit: int,
) -> list[Lot]:
    """Lots by company, SKU and number, those behind `after`: of a SKU, those that keep no longer than a day."""
    rows = await tx.fetch(
        f"SELECT {LOT} FROM warehouse_lots WHERE ($1::uuid IS NULL OR company_id = $1)"
        " AND ($2::uuid IS NULL OR sku_id = $2) AND ($3::date IS NULL OR expires_on <= $3)"
        " AND ($4::uuid IS NULL OR (company_id, sku_id, lot) > ($4, $5::uuid, $6::text))"
        " ORDER BY company_id, sku_id, lot LIMIT $7",
        company_id,
        sku_id,
        ends_by,
        *(after or (None, None, None)),
        limit,
    )
    return [_lot(row) for row in rows]


async def set_rule(tx: Tx, do: SetLotRule) -> None:
    await tx.execute(
        "INSERT INTO lot_rules (company_id, sku_id, required, keep_days, sell_days_min, serials, changed_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (company_id, sku_id) DO UPDATE SET"
        " required = excluded.required, keep_days = excluded.keep_days, sell_days_min = excluded.sell_days_min,"
        " serials = excluded.serials, changed_at = excluded.changed_at, cause = excluded.cause",
        do.company_id,
        do.sku_id,
        do.rule.required,
        do.rule.keep_days,
        do.rule.sell_days_min,
        do.rule.serials,
        tx.now,
        tx.cause,
    )


async def rules_of(tx: Tx, company_id: CompanyId, skus: Collection[SkuId]) -> dict[SkuId, LotRule]:
    rows = await tx.fetch(
        "SELECT sku_id, required, keep_days, sell_days_min, serials FROM lot_rules"
        " WHERE company_id = $1 AND sku_id = ANY ($2::uuid[])",
        company_id,
        list(skus),
    )
    return {row["sku_id"]: _rule(row) for row in rows}


async def insert_picked(tx: Tx, picked: Sequence[PickedLot]) -> None:
    await tx.execute(
        "INSERT INTO picked_lots (warehouse_id, sku_id, lot, doc, order_id, line, qty, at, cause) SELECT * FROM"
        " unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[],"
        " $8::timestamptz[], $9::uuid[])",
        [each.warehouse_id for each in picked],
        [each.sku_id for each in picked],
        [each.lot for each in picked],
        [each.doc for each in picked],
        [each.order_id for each in picked],
        [each.line for each in picked],
        [each.qty for each in picked],
        [each.item.now for each in picked],
        [each.item.cause for each in picked],
    )


async def traced(tx: Tx, docs: Collection[UUID]) -> dict[tuple[UUID, SkuId, str, tuple[UUID, int]], int]:
    """Pieces of lots that are picked for lines of orders in these documents: by document, SKU, lot, order and line."""
    rows = await tx.fetch(
        "SELECT doc, sku_id, lot, order_id, line, sum(qty)::bigint AS qty FROM picked_lots WHERE doc = ANY ($1::uuid[])"
        " GROUP BY doc, sku_id, lot, order_id, line",
        list(docs),
    )
    return {(row["doc"], row["sku_id"], row["lot"], (row["order_id"], row["line"])): row["qty"] for row in rows}


async def receivers(tx: Tx, sku_id: SkuId, lot: str, after: tuple[UUID, int] | None, limit: int) -> list[LotReceiver]:
    """Who has got pieces of a lot and not given them all back before they left, by order and line."""
    rows = await tx.fetch(
        "SELECT order_id, line, sum(qty)::bigint AS qty, min(at) AS picked_at, array_agg(DISTINCT doc) AS docs"
        " FROM picked_lots WHERE sku_id = $1 AND lot = $2 AND ($3::uuid IS NULL OR (order_id, line) > ($3, $4::int))"
        " GROUP BY order_id, line HAVING sum(qty) > 0 ORDER BY order_id, line LIMIT $5",
        sku_id,
        lot,
        *(after or (None, None)),
        limit,
    )
    return [LotReceiver(**row) for row in rows]


def _lot(row: Record) -> Lot:
    return Lot(**{**row, "state": LotState(row["state"])})


def _rule(row: Record) -> LotRule:
    return LotRule(**{name: value for name, value in row.items() if name != "sku_id"})
