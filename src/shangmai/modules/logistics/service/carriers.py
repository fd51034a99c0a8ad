"""Carriers, accounts with them, senders, and pools of waybill numbers."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import UNSET

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId, WarehouseNotFound
from shangmai.modules.logistics.contract.carriers import (
    Adapter,
    AddWaybills,
    Carrier,
    CarrierAccount,
    CarrierAccountId,
    CarrierAccountIncomplete,
    CarrierAccountNotFound,
    CarrierAccountSet,
    CarrierUnknown,
    NoPool,
    NotANumberSeries,
    SaveCarrier,
    Sender,
    SetCarrierAccount,
    SetSender,
    WaybillsAdded,
)
from shangmai.modules.logistics.contract.regions import RegionUnknown
from shangmai.modules.logistics.queries import carriers as queries
from shangmai.modules.logistics.queries.carriers import StoredAccount
from shangmai.modules.logistics.rules.regions import region_of
from shangmai.modules.logistics.rules.waybills import carrier_called, numbers_of
from shangmai.modules.logistics.service.outside import check_complete, default_url
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyNotFound


@action("logistics.save_carrier", grant="logistics.manage_carriers")
async def save_carrier(tx: Tx, do: SaveCarrier) -> Carrier:
    """Save a carrier under its code, for every company. The usual ones of China are there already."""
    return await queries.save_carrier(tx, do)


@action(
    "logistics.set_carrier_account",
    grant="logistics.manage_carriers",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, WarehouseNotFound, CarrierUnknown, CarrierAccountIncomplete],
)
async def set_carrier_account(tx: Tx, do: SetCarrierAccount) -> CarrierAccount:
    """Set a company's account with a carrier, one for all its warehouses and one more for each that has its own.

    Secrets are kept encrypted, never shown again, and stay where none are given. Event
    logistics.carrier_account_set.v1. Raises: CompanyNotFound, WarehouseNotFound, CarrierUnknown,
    CarrierAccountIncomplete.
    """
    await _check_place(tx, do)
    before = await queries.lock_same(tx, do)
    stored = _stored(tx, do, before)
    if do.is_enabled:
        check_complete(stored)
    account = await queries.put_account(tx, stored)
    tx.emit(
        CarrierAccountSet(
            account_id=account.id, company_id=account.company_id, carrier=account.carrier, adapter=account.adapter
        )
    )
    return account


async def _check_place(tx: Tx, do: SetCarrierAccount) -> None:
    """Raises: CompanyNotFound, WarehouseNotFound, CarrierUnknown."""
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    if do.warehouse_id is not None:
        warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
        if warehouse is None or warehouse.company_id != do.company_id:
            raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    if do.carrier not in await queries.known(tx, [do.carrier]):
        raise CarrierUnknown(carrier=do.carrier)


def _stored(tx: Tx, do: SetCarrierAccount, before: StoredAccount | None) -> StoredAccount:
    secret = _kept(do.secret, before.secret if before else "")
    token = _kept(do.token, before.token if before else "")
    account = CarrierAccount(
        id=before.account.id if before else CarrierAccountId(new_id()),
        company_id=do.company_id,
        warehouse_id=do.warehouse_id,
        carrier=do.carrier,
        adapter=do.adapter,
        partner=do.partner,
        monthly_account=do.monthly_account,
        base_url=(do.base_url or default_url(do.adapter)).rstrip("/"),
        has_secret=bool(secret),
        has_token=bool(token),
        low_at=do.low_at,
        low_since=None,
        is_enabled=do.is_enabled,
        updated_at=tx.now,
        free=0,
    )
    return StoredAccount(account=account, secret=secret, token=token)


def _kept(given: object, before: str) -> str:
    return before if given is UNSET else str(given).strip()


@action(
    "logistics.add_waybills",
    grant="logistics.manage_carriers",
    errors=[CarrierAccountNotFound, NoPool, NotANumberSeries],
)
async def add_waybills(tx: Tx, do: AddWaybills) -> WaybillsAdded:
    """Put numbers that a carrier has given into an account's pool, behind those that are there.

    Raises: CarrierAccountNotFound, NoPool, NotANumberSeries.
    """
    stored = await queries.find_account(tx, do.account_id)
    if stored is None:
        raise CarrierAccountNotFound(account_id=do.account_id)
    account = stored.account
    if account.adapter is not Adapter.BUILTIN:
        raise NoPool(account_id=account.id, adapter=account.adapter.value)
    numbers = numbers_of(do)
    added = await queries.add_numbers(tx, account, numbers)
    return WaybillsAdded(
        account_id=account.id, added=added, known=len(numbers) - added, free=account.free + added
    )  # fmt: skip


@action("logistics.set_sender", grant="logistics.manage_carriers", errors=[WarehouseNotFound, RegionUnknown])
async def set_sender(tx: Tx, do: SetSender) -> Sender:
    """Say who sends from a warehouse, as it stands on waybills. Raises: WarehouseNotFound, RegionUnknown."""
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    at = region_of(do.region_code)
    sender = Sender(
        warehouse_id=do.warehouse_id,
        name=do.name,
        phone=do.phone,
        province=at.province,
        city=at.city,
        district=at.district,
        street=do.street,
        region_code=do.region_code,
    )
    await queries.put_sender(tx, warehouse.company_id, sender)
    return sender


async def senders_of(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, Sender]:
    """Who sends from these warehouses; none for those that nobody has said it of."""
    return await queries.senders(tx, warehouses)


async def list_carriers(tx: Tx) -> list[Carrier]:
    """All carriers, by code."""
    return await queries.list_carriers(tx)


async def carriers_called(tx: Tx, names: Collection[str]) -> dict[str, str]:
    """The codes of the carriers that people mean by these names; without the names that are none's or several's."""
    if not any(names):
        return {}
    carriers = await queries.list_carriers(tx)
    found = {name: carrier_called(carriers, name) for name in names}
    return {name: code for name, code in found.items() if code is not None}
