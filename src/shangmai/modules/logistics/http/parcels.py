"""Reads of carriers, of a company's accounts with them, and of parcels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.clock import Instant
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics import service
from shangmai.modules.logistics.contract import (
    Carrier,
    CarrierAccount,
    CarrierAccountId,
    Parcel,
    ParcelId,
    ParcelNotFound,
    ParcelState,
    PoolNumber,
    PushAddress,
    Scan,
    Sender,
)
from shangmai.modules.logistics.contract.regions import PeriodTooLong, ProvinceParcels
from shangmai.modules.logistics.queries import carriers, parcels, tracking
from shangmai.modules.logistics.rules import regions
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "logistics.read"}
SPAN_MAX: Final = timedelta(days=31)

OfDoc = Annotated[UUID | None, Parameter(description="Only of this, a fulfilment unit. 只看此发货单。")]
OfState = Annotated[ParcelState | None, Parameter(description="Only in this state. 只看此状态。")]
OfWaybill = Annotated[str | None, Parameter(max_length=40, description="Only with this waybill. 只看此运单号。")]


@get("/api/v1/carriers", opt=READ)
async def list_carriers(tx: Tx) -> list[Carrier]:
    """List all carriers, by code."""
    return await carriers.list_carriers(tx)


@get("/api/v1/carrier-accounts", opt=READ)
async def list_carrier_accounts(tx: Tx, company_id: CompanyId | None = None) -> list[CarrierAccount]:
    """List the accounts with carriers of a company, or of all your companies, with what is left in their pools."""
    return await carriers.list_accounts(tx, company_id)


@get("/api/v1/carrier-accounts/{account_id:uuid}/push-address", opt={"grant": "logistics.manage_carriers"})
async def read_push_address(tx: Tx, account_id: CarrierAccountId) -> PushAddress:
    """Read where a carrier is to push to, for its console (SF, 快递鸟, …); the address is a secret.

    Raises: CarrierAccountNotFound.
    """
    return await service.push_address(tx, account_id)


@get("/api/v1/carrier-accounts/{account_id:uuid}/waybills", opt=READ)
async def list_pool_numbers(
    tx: Tx,
    account_id: CarrierAccountId,
    used: Annotated[bool, Parameter(description="Those on parcels, not the free ones. 只看已用的。")] = False,
    number: OfWaybill = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PoolNumber]:
    """List the numbers of a pool: the free ones in their turn, or the used ones with their parcels. 号段明细。"""
    (beyond,) = decode_cursor(cursor, int) or (None,)
    rows = await carriers.numbers_of(tx, account_id, is_used=used, number=number, beyond=beyond, limit=limit + 1)
    return page(rows, limit, lambda each: (each.turn,))


@get("/api/v1/senders", opt=READ)
async def list_senders(tx: Tx) -> list[Sender]:
    """List who sends from your warehouses, as it stands on waybills."""
    return list((await carriers.senders(tx, None)).values())


@get("/api/v1/parcels", opt=READ)
async def list_parcels(
    tx: Tx,
    doc: OfDoc = None,
    status: OfState = None,
    waybill: OfWaybill = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Parcel]:
    """List parcels, newest first."""
    rows = await parcels.page(tx, (doc, status, waybill), decode_cursor(cursor, datetime, UUID), limit + 1)
    return page(rows, limit, lambda parcel: (parcel.created_at, parcel.id))


@get("/api/v1/parcels/regions", opt=READ)
async def count_by_province(
    tx: Tx, since: Annotated[Instant, Parameter(description="From when, 31 days back at most. 起始时间。")]
) -> list[ProvinceParcels]:
    """Count the parcels booked since then by province, the most first. Raises: PeriodTooLong. 发往各省。"""
    if not tx.now - SPAN_MAX <= since <= tx.now:
        raise PeriodTooLong(days=SPAN_MAX.days)
    known = regions.directory().by_code
    return [
        ProvinceParcels(code=code, name=known[code].name if code in known else "", parcels=count)
        for code, count in await parcels.by_province(tx, since)
    ]


@get("/api/v1/parcels/{parcel_id:uuid}", opt=READ)
async def read_parcel(tx: Tx, parcel_id: UUID) -> Parcel:
    """Read a parcel. Raises: ParcelNotFound."""
    found = (await parcels.get(tx, [ParcelId(parcel_id)])).get(ParcelId(parcel_id))
    if found is None:
        raise ParcelNotFound(parcel_id=parcel_id)
    return found


@get("/api/v1/parcels/{parcel_id:uuid}/scans", opt=READ)
async def list_scans(tx: Tx, parcel_id: UUID) -> list[Scan]:
    """List what its carrier has scanned of a parcel, by the carrier's time. Raises: ParcelNotFound."""
    await read_parcel.fn(tx, parcel_id)
    return (await tracking.scans_of(tx, [ParcelId(parcel_id)])).get(ParcelId(parcel_id), [])


routes: Final = [
    list_carriers,
    list_carrier_accounts,
    read_push_address,
    list_pool_numbers,
    list_senders,
    list_parcels,
    count_by_province,
    read_parcel,
    list_scans,
]
