"""The SQL of companies, shops and departments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Generic, TypeVar

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import (
    Company,
    CompanyFacts,
    CompanyId,
    CreateCompany,
    CreateDepartment,
    CreateShop,
    Department,
    DepartmentId,
    Shop,
    ShopFacts,
    ShopId,
    ShopKind,
)

COMPANY: Final = "id, code, name, currency, timezone"
SHOP: Final = "id, code, name, company_id, kind, currency, timezone"
DEPARTMENT: Final = "id, company_id, parent_id, name"
IS_COMMITTED: Final = "recorded_at <> now() AS is_committed"  # now() is when this transaction began
COMPANY_FACTS: Final = "id, code, currency, timezone, " + IS_COMMITTED
SHOP_FACTS: Final = "id, code, company_id, kind, currency, timezone, " + IS_COMMITTED

F = TypeVar("F", CompanyFacts, ShopFacts)


async def insert_company(tx: Tx, do: CreateCompany) -> Company | None:
    """Give the new company; None when its code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO companies (id, code, name, currency, timezone) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (code) DO NOTHING RETURNING " + COMPANY,
        new_id(),
        do.code,
        do.name,
        do.currency,
        do.timezone,
    )
    return None if row is None else Company(**row)


async def insert_shop(tx: Tx, do: CreateShop, currency: str, timezone: str) -> Shop | None:
    """Give the new shop; None when its code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO shops (id, code, name, company_id, kind, currency, timezone) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (code) DO NOTHING RETURNING " + SHOP,
        new_id(),
        do.code,
        do.name,
        do.company_id,
        do.kind,
        currency,
        timezone,
    )
    return None if row is None else _shop(row)


async def insert_department(tx: Tx, do: CreateDepartment) -> Department | None:
    """Give the new department; None when its name is taken there."""
    row = await tx.fetchrow(
        "INSERT INTO departments (id, company_id, parent_id, name) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT departments_name DO NOTHING RETURNING " + DEPARTMENT,
        new_id(),
        do.company_id,
        do.parent_id,
        do.name,
    )
    return None if row is None else Department(**row)


async def rename_company(tx: Tx, id_: CompanyId, name: str) -> Company | None:
    row = await tx.fetchrow("UPDATE companies SET name = $2 WHERE id = $1 RETURNING " + COMPANY, id_, name)
    return None if row is None else Company(**row)


async def rename_shop(tx: Tx, id_: ShopId, name: str) -> Shop | None:
    row = await tx.fetchrow("UPDATE shops SET name = $2 WHERE id = $1 RETURNING " + SHOP, id_, name)
    return None if row is None else _shop(row)


async def rename_department(tx: Tx, id_: DepartmentId, name: str) -> Department:
    """Raises: asyncpg.UniqueViolationError when the name is taken there."""
    sql = "UPDATE departments SET name = $2 WHERE id = $1 RETURNING " + DEPARTMENT
    return Department(**await _one(tx, sql, id_, name))


async def move_department(tx: Tx, id_: DepartmentId, parent_id: DepartmentId | None) -> Department:
    """Raises: asyncpg.UniqueViolationError when its name is taken there."""
    sql = "UPDATE departments SET parent_id = $2 WHERE id = $1 RETURNING " + DEPARTMENT
    return Department(**await _one(tx, sql, id_, parent_id))


async def lock_company(tx: Tx, id_: CompanyId) -> None:
    """Let moves within a company go one after the other."""
    await tx.fetchval("SELECT id FROM companies WHERE id = $1 FOR UPDATE", id_)


async def find_department(tx: Tx, id_: DepartmentId) -> Department | None:
    row = await tx.fetchrow("SELECT " + DEPARTMENT + " FROM departments WHERE id = $1", id_)
    return None if row is None else Department(**row)


async def lies_under(tx: Tx, id_: DepartmentId, above: DepartmentId) -> bool:
    """Tell whether the department is `above` or lies anywhere below it."""
    return bool(
        await tx.fetchval(
            "WITH RECURSIVE up (id, parent_id) AS ("
            " SELECT id, parent_id FROM departments WHERE id = $1"
            " UNION SELECT d.id, d.parent_id FROM departments d JOIN up ON d.id = up.parent_id)"
            " SELECT EXISTS (SELECT FROM up WHERE id = $2)",
            id_,
            above,
        )
    )


class Found(Struct, Generic[F], frozen=True):
    """A row, and whether it is committed: what this very transaction wrote may yet be rolled back."""

    facts: F
    is_committed: bool


async def companies_by_id(tx: Tx, ids: Collection[CompanyId]) -> dict[CompanyId, Found[CompanyFacts]]:
    rows = await tx.fetch("SELECT " + COMPANY_FACTS + " FROM companies WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _company_found(row) for row in rows}


async def companies_by_code(tx: Tx, codes: Collection[str]) -> dict[str, Found[CompanyFacts]]:
    rows = await tx.fetch("SELECT " + COMPANY_FACTS + " FROM companies WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: _company_found(row) for row in rows}


async def shops_by_id(tx: Tx, ids: Collection[ShopId]) -> dict[ShopId, Found[ShopFacts]]:
    rows = await tx.fetch("SELECT " + SHOP_FACTS + " FROM shops WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _shop_found(row) for row in rows}


async def shops_by_code(tx: Tx, codes: Collection[str]) -> dict[str, Found[ShopFacts]]:
    rows = await tx.fetch("SELECT " + SHOP_FACTS + " FROM shops WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: _shop_found(row) for row in rows}


async def shops_of_kind(tx: Tx, kind: ShopKind) -> list[ShopFacts]:
    rows = await tx.fetch("SELECT " + SHOP_FACTS + " FROM shops WHERE kind = $1 ORDER BY code", kind.value)
    return [_shop_found(row).facts for row in rows]


async def list_companies(tx: Tx, after: str | None, limit: int) -> list[Company]:
    rows = await tx.fetch(
        "SELECT " + COMPANY + " FROM companies WHERE $1::text IS NULL OR code > $1 ORDER BY code LIMIT $2",
        after,
        limit,
    )
    return [Company(**row) for row in rows]


async def list_shops(tx: Tx, company_id: CompanyId | None, after: str | None, limit: int) -> list[Shop]:
    rows = await tx.fetch(
        "SELECT " + SHOP + " FROM shops WHERE ($1::uuid IS NULL OR company_id = $1) AND ($2::text IS NULL OR code > $2)"
        " ORDER BY code LIMIT $3",
        company_id,
        after,
        limit,
    )
    return [_shop(row) for row in rows]


async def described_shops(tx: Tx, ids: Collection[ShopId]) -> dict[ShopId, Shop]:
    rows = await tx.fetch("SELECT " + SHOP + " FROM shops WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _shop(row) for row in rows}


async def list_departments(
    tx: Tx, company_id: CompanyId | None, after: DepartmentId | None, limit: int
) -> list[Department]:
    rows = await tx.fetch(
        "SELECT " + DEPARTMENT + " FROM departments WHERE ($1::uuid IS NULL OR company_id = $1)"
        " AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        company_id,
        after,
        limit,
    )
    return [Department(**row) for row in rows]


async def _one(tx: Tx, sql: str, *args: object) -> Record:
    row = await tx.fetchrow(sql, *args)
    assert row is not None, "the caller has read this row in the same transaction"
    return row


def _company_found(row: Record) -> Found[CompanyFacts]:
    facts = CompanyFacts(id=row["id"], code=row["code"], currency=row["currency"], timezone=row["timezone"])
    return Found(facts, row["is_committed"])


def _shop_found(row: Record) -> Found[ShopFacts]:
    facts = ShopFacts(
        id=row["id"],
        code=row["code"],
        company_id=row["company_id"],
        kind=ShopKind(row["kind"]),
        currency=row["currency"],
        timezone=row["timezone"],
    )
    return Found(facts, row["is_committed"])


def _shop(row: Record) -> Shop:
    return Shop(**dict(row) | {"kind": ShopKind(row["kind"])})
