"""Reads of carriers' bills, and which carrier a parcel should go by."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.params import Parameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.errors import AppError
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.i18n import Lang
from shangmai.kernel.sheets.making import SheetFormat
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract import BillLine, BillSum, ChooseCourier, CourierChoice
from shangmai.modules.logistics.queries import billing as queries
from shangmai.modules.logistics.rules import regions
from shangmai.modules.logistics.service.billing import dispute_sheet
from shangmai.modules.logistics.service.choosing import choose_couriers
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "logistics.read"}

OfCarrier = Annotated[str, Parameter(max_length=16, description="A carrier's code. 快递公司编码。")]
OfBill = Annotated[str, Parameter(max_length=64, description="As on the bill. 账单号。")]
Wrong = Annotated[bool, Parameter(description="Only what is not as it should be. 只看有差异的。")]


@get("/api/v1/carrier-bills", opt=READ)
async def list_bills(tx: Tx, company_id: CompanyId | None = None) -> list[BillSum]:
    """List carriers' bills in sum, the latest first: billed, expected, and how much of it is disputed."""
    return await queries.sums(tx, company_id)


@get("/api/v1/carrier-bills/lines", opt=READ)
async def list_bill_lines(
    tx: Tx,
    company_id: CompanyId,
    carrier: OfCarrier,
    bill: OfBill,
    wrong: Wrong = True,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BillLine]:
    """List the lines of a carrier's bill by waybill, each with what it should be and why it is not."""
    rows = await queries.page(tx, (company_id, carrier, bill), wrong, decode_cursor(cursor, str, UUID), limit + 1)
    return page(rows, limit, lambda line: (line.waybill, line.id))


@get("/api/v1/carrier-bills/dispute", opt=READ, include_in_schema=False)
async def download_dispute(
    tx: Tx, lang: Lang, company_id: CompanyId, carrier: OfCarrier, bill: OfBill, format: SheetFormat = SheetFormat.XLSX
) -> Response[bytes]:
    """Download what is to be disputed of a bill, for the carrier, as a workbook or CSV. Raises: CompanyNotFound."""
    name, body = await dispute_sheet(tx, (company_id, carrier, bill), format, lang)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(body, media_type=format.media_type, headers=headers)


@post("/api/v1/couriers/choose", opt=READ, status_code=200)
async def choose_courier(tx: Tx, actor: Actor, data: ChooseCourier) -> CourierChoice:
    """Tell which carrier a parcel should go by, and why. Raises: RegionUnknown, WarehouseNotFound, NoCourier."""
    if not actor.sees("company", data.company_id):
        raise OutOfScope(dimension="company")
    regions.directory().check([data.to_region])
    (choice,) = await choose_couriers(tx, [data])
    if isinstance(choice, AppError):
        raise choice
    return choice


routes: Final[list[Any]] = [list_bills, list_bill_lines, download_dispute, choose_courier]
