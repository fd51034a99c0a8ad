"""The SQL of cut-off times and promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.promising import Cutoff, MadePromise, PromiseRate
from shangmai.modules.organization.contract import CompanyId

COUNTED: Final = timedelta(days=90)


async def put_cutoff(tx: Tx, cutoff: Cutoff) -> None:
    await tx.execute(
        "INSERT INTO warehouse_cutoffs (warehouse_id, company_id, cutoff, weekdays, changed_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (warehouse_id) DO UPDATE SET cutoff = excluded.cutoff,"
        " weekdays = excluded.weekdays, changed_at = excluded.changed_at, cause = excluded.cause",
        cutoff.warehouse_id,
        cutoff.company_id,
        cutoff.cutoff,
        list(cutoff.weekdays),
        tx.now,
        tx.cause,
    )


async def cutoffs(tx: Tx, warehouses: Collection[WarehouseId] | None) -> dict[WarehouseId, Cutoff]:
    """The cut-offs of these warehouses, or of all in the caller's scope; only of those that send at all."""
    rows = await tx.fetch(
        "SELECT warehouse_id, company_id, cutoff, weekdays FROM warehouse_cutoffs"
        " WHERE ($1::uuid[] IS NULL OR warehouse_id = ANY ($1)) AND weekdays <> '{}' ORDER BY warehouse_id",
        None if warehouses is None else list(warehouses),
    )
    return {row["warehouse_id"]: Cutoff(**{**row, "weekdays": tuple(row["weekdays"])}) for row in rows}


async def companies_with_cutoffs(tx: Tx, companies: Collection[CompanyId]) -> set[CompanyId]:
    rows = await tx.fetch(
        "SELECT DISTINCT company_id FROM warehouse_cutoffs WHERE company_id = ANY ($1) AND weekdays <> '{}'",
        list(companies),
    )
    return {row["company_id"] for row in rows}


async def put_promises(tx: Tx, made: Sequence[MadePromise]) -> None:
    """Note promises; of an order the first stays."""
    await tx.execute(
        "INSERT INTO delivery_promises (doc, company_id, carrier, to_province, arrives_on, made_at)"
        " SELECT doc, company_id, carrier, province, day, $6 FROM unnest($1::uuid[], $2::uuid[], $3::text[],"
        " $4::text[], $5::date[]) AS n (doc, company_id, carrier, province, day) ON CONFLICT (doc) DO NOTHING",
        [each.doc for each in made],
        [each.company_id for each in made],
        [each.promise.carrier for each in made],
        [f"{each.to_region[:2]}0000" for each in made],
        [each.promise.arrives_on for each in made],
        tx.now,
    )


async def settle(tx: Tx, arrived: Mapping[UUID, date]) -> None:
    """Note on which days orders were signed for; the first day stays."""
    await tx.execute(
        "UPDATE delivery_promises p SET arrived_on = n.day FROM unnest($1::uuid[], $2::date[]) AS n (doc, day)"
        " WHERE p.doc = n.doc AND p.arrived_on IS NULL",
        list(arrived),
        list(arrived.values()),
    )


async def rates(tx: Tx, company_id: CompanyId | None, today: date, since: datetime) -> list[PromiseRate]:
    """Promises made since then whose day has come or that have arrived, by carrier and province."""
    rows = await tx.fetch(
        "SELECT company_id, carrier, to_province, count(*)::int AS promised,"
        " count(*) FILTER (WHERE arrived_on <= arrives_on)::int AS kept FROM delivery_promises"
        " WHERE ($1::uuid IS NULL OR company_id = $1) AND made_at >= $3 AND (arrived_on IS NOT NULL OR arrives_on < $2)"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        company_id,
        today,
        since,
    )
    return [
        PromiseRate(**row, late=row["promised"] - row["kept"], kept_bp=10_000 * row["kept"] // row["promised"])
        for row in rows
    ]
