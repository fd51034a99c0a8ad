"""Reads of companies, shops and departments; each list holds what lies in the caller's scope."""

from __future__ import annotations

from typing import Final

from litestar import get

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import queries
from shangmai.modules.organization.contract import Company, CompanyId, Department, DepartmentId, Shop

READ: Final = {"grant": "organization.read"}


@get("/api/v1/companies", opt=READ)
async def list_companies(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[Company]:
    """List the companies, by code."""
    (after,) = decode_cursor(cursor, str) or (None,)
    return page(await queries.list_companies(tx, after, limit + 1), limit, lambda company: (company.code,))


@get("/api/v1/shops", opt=READ)
async def list_shops(
    tx: Tx, company_id: CompanyId | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Shop]:
    """List the shops, by code; of one company if asked for."""
    (after,) = decode_cursor(cursor, str) or (None,)
    return page(await queries.list_shops(tx, company_id, after, limit + 1), limit, lambda shop: (shop.code,))


@get("/api/v1/departments", opt=READ)
async def list_departments(
    tx: Tx, company_id: CompanyId | None = None, limit: Limit = 200, cursor: Cursor = None
) -> Page[Department]:
    """List the departments, oldest first; each names its parent, so that a tree can be built of them."""
    (after,) = decode_cursor(cursor, DepartmentId) or (None,)
    rows = await queries.list_departments(tx, company_id, after, limit + 1)
    return page(rows, limit, lambda department: (department.id,))


routes: Final = [list_companies, list_shops, list_departments]
