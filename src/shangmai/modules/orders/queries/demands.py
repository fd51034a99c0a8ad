"""The SQL of purchase demands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.demands import Demand, DemandId, DemandState, OrderDemand
from shangmai.modules.orders.contract.shortages import StockShortage
from shangmai.modules.organization.contract import CompanyId

DEMAND: Final = (
    "id, number, company_id, warehouse_id, sku_id, state, qty, most, orders, numbers, first, reference, ordered_qty,"
    " expected_on, raised_at, changed_at, closed_at"
)


def _demand(row: Record) -> Demand:
    return Demand(**{**row, "state": DemandState(row["state"])})


async def wait_turn(tx: Tx, company_id: CompanyId) -> None:
    """Let no one else compare a company's demands before this transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"orders.demands/{company_id}")


async def live_demands(tx: Tx, company_id: CompanyId) -> list[Demand]:
    """A company's demands that are not closed, locked."""
    rows = await tx.fetch(
        "SELECT " + DEMAND + " FROM purchase_demands WHERE company_id = $1 AND state <> 'closed' ORDER BY id"
        " FOR NO KEY UPDATE",
        company_id,
    )
    return [_demand(row) for row in rows]


async def insert_demands(tx: Tx, new: Sequence[tuple[DemandId, str, StockShortage]], now: datetime) -> None:
    for id_, number, each in new:
        await tx.execute(
            "INSERT INTO purchase_demands (id, number, company_id, warehouse_id, sku_id, state, qty, most, orders,"
            " numbers, first, raised_at, changed_at, cause)"
            " VALUES ($1, $2, $3, $4, $5, 'open', $6, $6, $7, $8, $9, $10, $10, $11)",
            id_,
            number,
            each.company_id,
            each.warehouse_id,
            each.sku_id,
            each.to_buy,
            each.orders,
            list(each.numbers),
            each.first,
            now,
            tx.cause,
        )


async def change_demands(tx: Tx, changes: Sequence[tuple[DemandId, StockShortage]], now: datetime) -> None:
    for id_, each in changes:
        await tx.execute(
            "UPDATE purchase_demands SET qty = $2, most = greatest(most, $2), orders = $3, numbers = $4, first = $5,"
            " changed_at = $6 WHERE id = $1",
            id_,
            each.to_buy,
            each.orders,
            list(each.numbers),
            each.first,
            now,
        )


async def close_demands(tx: Tx, ids: Collection[DemandId], now: datetime) -> None:
    await tx.execute(
        "UPDATE purchase_demands SET state = 'closed', qty = 0, orders = 0, changed_at = $2, closed_at = $2"
        " WHERE id = ANY ($1::uuid[])",
        list(ids),
        now,
    )


async def lock_demand(tx: Tx, id_: DemandId) -> Demand | None:
    row = await tx.fetchrow("SELECT " + DEMAND + " FROM purchase_demands WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else _demand(row)


async def set_ordered(tx: Tx, do: OrderDemand) -> Demand:
    row = await tx.fetchrow(
        "UPDATE purchase_demands SET state = 'ordered', ordered_qty = $2, reference = $3, expected_on = $4,"
        " changed_at = $5 WHERE id = $1 RETURNING " + DEMAND,
        do.demand_id,
        do.qty,
        do.reference,
        do.expected_on,
        tx.now,
    )
    assert row is not None, "the demand is locked"
    return _demand(row)


async def companies_of(tx: Tx, orders: Collection[OrderId]) -> set[CompanyId]:
    rows = await tx.fetch("SELECT DISTINCT company_id FROM orders WHERE id = ANY ($1::uuid[])", list(orders))
    return {row["company_id"] for row in rows}


async def have_live(tx: Tx, companies: Collection[CompanyId]) -> set[CompanyId]:
    """Those of these companies that have demands which are not closed."""
    rows = await tx.fetch(
        "SELECT DISTINCT company_id FROM purchase_demands WHERE company_id = ANY ($1::uuid[]) AND state <> 'closed'",
        list(companies),
    )
    return {row["company_id"] for row in rows}


async def page_of_demands(
    tx: Tx,
    *,
    company_id: CompanyId | None,
    state: DemandState | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Demand]:
    """Demands, those raised last in front."""
    rows = await tx.fetch(
        "SELECT " + DEMAND + " FROM purchase_demands WHERE ($1::uuid IS NULL OR company_id = $1)"
        " AND ($2::text IS NULL OR state = $2) AND ($3::timestamptz IS NULL OR (raised_at, id) < ($3, $4::uuid))"
        " ORDER BY raised_at DESC, id DESC LIMIT $5",
        company_id,
        None if state is None else state.value,
        *(before or (None, None)),
        limit,
    )
    return [_demand(row) for row in rows]
