"""The SQL of carriers' bills."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.billing import BillLine, BillReason, BillSum
from shangmai.modules.logistics.contract.parcels import Parcel
from shangmai.modules.logistics.queries.parcels import PARCEL, parcel_of
from shangmai.modules.organization.contract import CompanyId

LINE: Final = (
    "id, company_id, carrier, bill, waybill, line, parcel_id, billed_minor, billed_g, expected_minor, expected_g,"
    " difference_minor, reasons, checked_at"
)
Name = tuple[CompanyId, str, str]
"""A company, a carrier, a waybill of it."""


def _line(row: Record) -> BillLine:
    return BillLine(**{**row, "reasons": tuple(BillReason(each) for each in row["reasons"])})


async def lock_names(tx: Tx, names: Collection[Name]) -> None:
    """Let one transaction at a time check lines of these numbers, so that the second sees the first; in order."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('bill:' || name, 0))"
        " FROM (SELECT DISTINCT name FROM unnest($1::text[]) AS n (name) ORDER BY 1) names",
        [f"{company}:{carrier}:{waybill}" for company, carrier, waybill in names],
    )


async def parcels_called(tx: Tx, names: Collection[Name]) -> dict[Name, Parcel]:
    """The parcel of each number: the one that is not canceled, else the latest that had it."""
    rows = await tx.fetch(
        f"SELECT DISTINCT ON (company_id, carrier, waybill) {PARCEL} FROM parcels WHERE (company_id, carrier, waybill)"
        " IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])) AND waybill <> ''"
        " ORDER BY company_id, carrier, waybill, state = 'canceled', id DESC",
        *_columns(names),
    )
    return {(row["company_id"], row["carrier"], row["waybill"]): parcel_of(row) for row in rows}


async def billed(tx: Tx, names: Collection[Name]) -> dict[Name, tuple[str, str]]:
    """In which bill and line each number was billed first."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (company_id, carrier, waybill) company_id, carrier, waybill, bill, line"
        " FROM carrier_bill_lines WHERE (company_id, carrier, waybill)"
        " IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])) ORDER BY company_id, carrier, waybill, id",
        *_columns(names),
    )
    return {(row["company_id"], row["carrier"], row["waybill"]): (row["bill"], row["line"]) for row in rows}


def _columns(names: Collection[Name]) -> tuple[list[CompanyId], list[str], list[str]]:
    return [each[0] for each in names], [each[1] for each in names], [each[2] for each in names]


async def put(tx: Tx, lines: Sequence[tuple[BillLine, Item]]) -> dict[tuple[CompanyId, str, str, str, str], BillLine]:
    """Write lines as they were checked; one that is there already is checked anew."""
    rows = [
        (
            e.id, e.company_id, e.carrier, e.bill, e.waybill, e.line, e.parcel_id, e.billed_minor, e.billed_g,
            e.expected_minor, e.expected_g, e.difference_minor, "|".join(e.reasons), e.checked_at, item.cause,
        )
        for e, item in lines
    ]  # fmt: skip
    stored = await tx.fetch(
        f"INSERT INTO carrier_bill_lines ({LINE}, cause) SELECT id, company_id, carrier, bill, waybill, line,"
        " parcel_id, billed_minor, billed_g, expected_minor, expected_g, difference_minor,"
        " string_to_array(reasons, '|'), checked_at, cause FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::int[], $10::bigint[], $11::int[], $12::bigint[],"
        " $13::text[], $14::timestamptz[], $15::uuid[]) AS n (id, company_id, carrier, bill, waybill, line, parcel_id,"
        " billed_minor, billed_g, expected_minor, expected_g, difference_minor, reasons, checked_at, cause)"
        " ON CONFLICT (company_id, carrier, bill, waybill, line) DO UPDATE SET parcel_id = excluded.parcel_id,"
        " billed_minor = excluded.billed_minor, billed_g = excluded.billed_g,"
        " expected_minor = excluded.expected_minor, expected_g = excluded.expected_g,"
        " difference_minor = excluded.difference_minor, reasons = excluded.reasons,"
        f" checked_at = excluded.checked_at, cause = excluded.cause RETURNING {LINE}",
        *[list(column) for column in zip(*rows, strict=True)],
    )
    return {(r["company_id"], r["carrier"], r["bill"], r["waybill"], r["line"]): _line(r) for r in stored}


async def sums(tx: Tx, company_id: CompanyId | None) -> list[BillSum]:
    """Every bill in sum, the newest first."""
    rows = await tx.fetch(
        "SELECT company_id, carrier, bill, count(*) AS lines, count(*) FILTER (WHERE reasons <> '{}') AS wrong,"
        " sum(billed_minor)::bigint AS billed_minor, coalesce(sum(expected_minor), 0)::bigint AS expected_minor,"
        " sum(difference_minor)::bigint AS difference_minor, max(checked_at) AS checked_at FROM carrier_bill_lines"
        " WHERE $1::uuid IS NULL OR company_id = $1 GROUP BY 1, 2, 3 ORDER BY max(checked_at) DESC, 1, 2, 3",
        company_id,
    )
    return [BillSum(**row) for row in rows]


async def page(
    tx: Tx, of: tuple[CompanyId, str, str], is_wrong: bool, after: tuple[str, UUID] | None, limit: int
) -> list[BillLine]:
    """The lines of a bill by waybill, all of them or those that are not as they should be."""
    company_id, carrier, bill = of
    waybill, id_ = after or (None, None)
    rows = await tx.fetch(
        f"SELECT {LINE} FROM carrier_bill_lines WHERE company_id = $1 AND carrier = $2 AND bill = $3"
        " AND (NOT $4 OR reasons <> '{}') AND ($5::text IS NULL OR (waybill, id) > ($5, $6::uuid))"
        " ORDER BY waybill, id LIMIT $7",
        company_id,
        carrier,
        bill,
        is_wrong,
        waybill,
        id_,
        limit,
    )
    return [_line(row) for row in rows]
