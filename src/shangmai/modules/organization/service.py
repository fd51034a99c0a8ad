"""Actions on companies, shops and departments, and what other modules ask about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from asyncpg import UniqueViolationError

from shangmai.kernel import clock, money
from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import queries
from shangmai.modules.organization.contract import (
    Company,
    CompanyCodeTaken,
    CompanyCreated,
    CompanyFacts,
    CompanyId,
    CompanyNotFound,
    CreateCompany,
    CreateDepartment,
    CreateShop,
    Department,
    DepartmentId,
    DepartmentInItself,
    DepartmentNameTaken,
    DepartmentNotFound,
    MoveDepartment,
    RenameCompany,
    RenameDepartment,
    RenameShop,
    Shop,
    ShopCodeTaken,
    ShopCreated,
    ShopFacts,
    ShopId,
    ShopKind,
    ShopNotFound,
)

MANAGE = "organization.manage"

K = TypeVar("K")
F = TypeVar("F", CompanyFacts, ShopFacts)
Read = Callable[[Tx, Collection[Any]], Awaitable[Mapping[K, queries.Found[F]]]]


@action("organization.create_company", grant=MANAGE, errors=[CompanyCodeTaken])
async def create_company(tx: Tx, do: CreateCompany) -> Company:
    """Create a company, with books of its own in one currency.

    Raises: CompanyCodeTaken, money.UnknownCurrency, clock.UnknownTimezone.
    """
    money.decimals_of(do.currency)
    clock.timezone(do.timezone)
    company = await queries.insert_company(tx, do)
    if company is None:
        raise CompanyCodeTaken(code=do.code)
    tx.emit(CompanyCreated(company_id=company.id, code=company.code, currency=company.currency))
    return company


@action("organization.create_shop", grant=MANAGE, errors=[CompanyNotFound, ShopCodeTaken])
async def create_shop(tx: Tx, do: CreateShop) -> Shop:
    """Open a shop of a company.

    Raises: CompanyNotFound, ShopCodeTaken, money.UnknownCurrency, clock.UnknownTimezone.
    """
    company = await _company(tx, do.company_id)
    currency, timezone = do.currency or company.currency, do.timezone or company.timezone
    money.decimals_of(currency)
    clock.timezone(timezone)
    shop = await queries.insert_shop(tx, do, currency, timezone)
    if shop is None:
        raise ShopCodeTaken(code=do.code)
    tx.emit(
        ShopCreated(shop_id=shop.id, code=shop.code, company_id=shop.company_id, kind=shop.kind, currency=shop.currency)
    )
    return shop


@action("organization.create_department", grant=MANAGE, errors=[CompanyNotFound, DepartmentNotFound])
async def create_department(tx: Tx, do: CreateDepartment) -> Department:
    """Add a department to a company.

    Raises: CompanyNotFound, DepartmentNotFound (no such parent in this company), DepartmentNameTaken.
    """
    await _company(tx, do.company_id)
    if do.parent_id is not None:
        await _department(tx, do.parent_id, do.company_id)
    department = await queries.insert_department(tx, do)
    if department is None:
        raise DepartmentNameTaken(name=do.name)
    return department


@action("organization.rename_company", grant=MANAGE, errors=[CompanyNotFound])
async def rename_company(tx: Tx, do: RenameCompany) -> Company:
    """Give a company another name. Raises: CompanyNotFound."""
    company = await queries.rename_company(tx, do.company_id, do.name)
    if company is None:
        raise CompanyNotFound(company_id=do.company_id)
    return company


@action("organization.rename_shop", grant=MANAGE, errors=[ShopNotFound])
async def rename_shop(tx: Tx, do: RenameShop) -> Shop:
    """Give a shop another name. Raises: ShopNotFound."""
    shop = await queries.rename_shop(tx, do.shop_id, do.name)
    if shop is None:
        raise ShopNotFound(shop_id=do.shop_id)
    return shop


@action("organization.rename_department", grant=MANAGE, errors=[DepartmentNotFound, DepartmentNameTaken])
async def rename_department(tx: Tx, do: RenameDepartment) -> Department:
    """Give a department another name. Raises: DepartmentNotFound, DepartmentNameTaken."""
    await _department(tx, do.department_id)
    try:
        return await queries.rename_department(tx, do.department_id, do.name)
    except UniqueViolationError:
        raise DepartmentNameTaken(name=do.name) from None


@action(
    "organization.move_department", grant=MANAGE, errors=[DepartmentNotFound, DepartmentNameTaken, DepartmentInItself]
)
async def move_department(tx: Tx, do: MoveDepartment) -> Department:
    """Put a department, with all below it, elsewhere in its company.

    Raises: DepartmentNotFound, DepartmentInItself, DepartmentNameTaken.
    """
    department = await _department(tx, do.department_id)
    await queries.lock_company(tx, department.company_id)  # two moves at once could close a circle
    if do.parent_id is not None:
        await _department(tx, do.parent_id, department.company_id)
        if await queries.lies_under(tx, do.parent_id, department.id):
            raise DepartmentInItself()
    try:
        return await queries.move_department(tx, department.id, do.parent_id)
    except UniqueViolationError:
        raise DepartmentNameTaken(name=department.name) from None


async def get_companies(tx: Tx, ids: Collection[CompanyId]) -> dict[CompanyId, CompanyFacts]:
    """Give those of these companies that exist and lie in the caller's scope, from memory after the first time."""
    return await _recall(tx, "company", ids, queries.companies_by_id)


async def find_companies(tx: Tx, codes: Collection[str]) -> dict[str, CompanyFacts]:
    """Give those of these companies, by code, that exist and lie in the caller's scope."""
    return await _recall(tx, "company", codes, queries.companies_by_code)


async def get_shops(tx: Tx, ids: Collection[ShopId]) -> dict[ShopId, ShopFacts]:
    """Give those of these shops that exist and lie in the caller's scope, from memory after the first time."""
    return await _recall(tx, "shop", ids, queries.shops_by_id)


async def find_shops(tx: Tx, codes: Collection[str]) -> dict[str, ShopFacts]:
    """Give those of these shops, by code, that exist and lie in the caller's scope."""
    return await _recall(tx, "shop", codes, queries.shops_by_code)


async def describe_shops(tx: Tx, ids: Collection[ShopId]) -> dict[ShopId, Shop]:
    """Give those of these shops that lie in the caller's scope, with the names that they have now."""
    return await queries.described_shops(tx, ids)


async def shops_of_kind(tx: Tx, kind: ShopKind) -> list[ShopFacts]:
    """Give the shops of this kind that lie in the caller's scope, by code."""
    return await queries.shops_of_kind(tx, kind)


async def _recall(tx: Tx, dimension: str, keys: Collection[K], read: Read[K, F]) -> dict[K, F]:
    """Answer from the process's memory and read the rest.

    Memory knows no row policy, so what no caller of this transaction may see is left out here.
    """
    known: dict[K, F] = tx.memory.setdefault(("organization", read), {})
    missing = [key for key in set(keys) if key not in known]
    fresh = await read(tx, missing) if missing else {}
    known.update({key: one.facts for key, one in fresh.items() if one.is_committed})
    found = {key: known[key] for key in keys if key in known} | {key: one.facts for key, one in fresh.items()}
    return {key: facts for key, facts in found.items() if _is_seen(tx, dimension, facts.id)}


def _is_seen(tx: Tx, dimension: str, id_: UUID) -> bool:
    """A batch runs as the system after each item's scope was checked, so it is enough that one caller sees the row."""
    return any(item.actor.sees(dimension, id_) for item in tx.items)


async def _company(tx: Tx, id_: CompanyId) -> CompanyFacts:
    found = await get_companies(tx, [id_])
    if id_ not in found:
        raise CompanyNotFound(company_id=id_)
    return found[id_]


async def _department(tx: Tx, id_: DepartmentId, company_id: CompanyId | None = None) -> Department:
    department = await queries.find_department(tx, id_)
    if department is None or company_id not in (None, department.company_id):
        raise DepartmentNotFound(department_id=id_)
    return department
