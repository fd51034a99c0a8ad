"""What must be there before the first document: company, books, shop, warehouse, goods, customers. All by actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from shangmai.kernel.actions.contract import Call
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import CreateProduct, NewSku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import AssignWarehouse, CreateWarehouse, WarehouseId
from shangmai.modules.ledger.contract import OpenBooks
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId, RegisterCustomer
from shangmai.modules.migration.contract import (
    CurrencyDiffers,
    NotPrepared,
    OrderMapping,
    WarehouseOfAnother,
)
from shangmai.modules.migration.rules import Classified, Good, customers_of, goods_of, sku_codes
from shangmai.modules.migration.service.desk import Desk
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import (
    CompanyId,
    CreateCompany,
    CreateShop,
    ShopFacts,
    ShopId,
    ShopKind,
)


class Place(Struct, frozen=True):
    """Where the documents go."""

    company_id: CompanyId
    shop_id: ShopId
    warehouse_id: WarehouseId


class Directory(Struct, frozen=True):
    """Ids of what documents name: goods by their code in the export, customers by their reference."""

    place: Place
    skus: dict[str, SkuId]
    customers: dict[str, CustomerId]


async def prepare(desk: Desk, classified: Classified) -> Directory:
    """Find what there is and make what is missing.

    Raises: NotPrepared, CurrencyDiffers, WarehouseOfAnother, ImportStopped.
    """
    place = await _place(desk)
    goods = goods_of(classified)
    since = min((invoice.at for invoice in classified.invoices), default=None)
    skus = await _skus(desk, goods, since)
    customers = await _customers(desk, place.shop_id, customers_of(classified))
    return Directory(place, skus, customers)


# --- company, shop, warehouse --------------------------------------------------------------------------------------


async def _place(desk: Desk) -> Place:
    shop = await _shop(desk)
    if shop.currency != desk.mapping.currency:
        raise CurrencyDiffers(currency=desk.mapping.currency, shop=shop.code, shop_currency=shop.currency)
    books = desk.call("ledger.open_books", "books", OpenBooks(company_id=shop.company_id), name=str(shop.company_id))
    await _made(desk, books)
    return Place(shop.company_id, shop.id, await _warehouse(desk, shop))


async def _shop(desk: Desk) -> ShopFacts:
    code = desk.mapping.shop
    found = await _find_shop(desk, code)
    if found is not None:
        return found
    given = CreateShop(
        code=code,
        name=code,
        company_id=await _company(desk),
        kind=ShopKind.IMPORT,
        currency=desk.mapping.currency,
        timezone=desk.mapping.dates.timezone,
    )
    await _made(desk, desk.call("organization.create_shop", "shop", given, name=code))
    made = await _find_shop(desk, code)
    assert made is not None, "it has just been made"
    return made


async def _find_shop(desk: Desk, code: str) -> ShopFacts | None:
    return (await desk.look(lambda tx: organization.find_shops(tx, [code]))).get(code)


async def _company(desk: Desk) -> CompanyId:
    code = desk.mapping.company or desk.mapping.shop
    found = (await desk.look(lambda tx: organization.find_companies(tx, [code]))).get(code)
    if found is not None:
        return found.id
    given = CreateCompany(code=code, name=code, currency=desk.mapping.currency, timezone=desk.mapping.dates.timezone)
    company: CompanyId = (await _made(desk, desk.call("organization.create_company", "company", given, name=code))).id
    return company


async def _warehouse(desk: Desk, shop: ShopFacts) -> WarehouseId:
    """The mapping's warehouse; a shop that has none yet is given it."""
    code = desk.mapping.warehouse
    found = await desk.look(lambda tx: inventory.find_warehouse(tx, code))
    assigned = await desk.look(lambda tx: inventory.warehouses_of_shops(tx, [shop.id]))
    if found is None:
        given = CreateWarehouse(code=code, name=code, company_id=shop.company_id)
        found = await _made(desk, desk.call("inventory.create_warehouse", "warehouse", given, name=code))
    if found.company_id != shop.company_id:
        raise WarehouseOfAnother(warehouse=code, shop=shop.code)
    warehouse_id: WarehouseId = found.id
    if shop.id not in assigned:
        chosen = AssignWarehouse(shop_id=shop.id, warehouse_id=warehouse_id)
        await _made(desk, desk.call("inventory.assign_warehouse", "assign", chosen, name=code))
    return warehouse_id


async def _made(desk: Desk, call: Call) -> Any:
    answer = (await desk.do([call]))[0]
    if answer.error is not None:
        raise NotPrepared(what=(call.key or "").removeprefix(desk.work.keys), reason=answer.error)
    return answer.value


# --- goods and customers -------------------------------------------------------------------------------------------


async def _skus(desk: Desk, goods: Sequence[Good], at: datetime | None) -> dict[str, SkuId]:
    """The SKU of each good. One that could not be made is missing, and its documents will be refused."""
    codes = sku_codes(good.code for good in goods)
    known = await desk.look(lambda tx: catalog.find_skus(tx, set(codes.values())))
    skus = {code: known[own].id for code, own in codes.items() if own in known}
    missing = [good for good in goods if good.code not in skus]
    calls = [
        desk.call(
            "catalog.create_product",
            "sku",
            _product(good, codes[good.code], desk.mapping),
            name=good.code,
            at=at,
        )
        for good in missing
    ]
    for good, answer in zip(missing, await desk.do(calls), strict=True):
        if answer.error is None:
            skus[good.code] = answer.value.skus[0].id
    return skus


def _product(good: Good, code: str, mapping: OrderMapping) -> CreateProduct:
    attributes = {} if code == good.code else {"source_code": good.code[:200]}
    sku = NewSku(code=code, price_minor=good.price_minor, currency=mapping.currency, attributes=attributes)
    return CreateProduct(code=code, name=good.name, skus=(sku,))


async def _customers(desk: Desk, shop_id: ShopId, first_seen: dict[str, datetime]) -> dict[str, CustomerId]:
    """The customer of each reference, registered when it was first seen."""
    known = dict(await desk.look(lambda tx: members.find_by_refs(tx, shop_id, list(first_seen))))
    missing = [ref for ref in first_seen if ref not in known]
    calls = [
        desk.call(
            "members.register",
            "customer",
            RegisterCustomer(shop_id=shop_id, ref=ref),
            name=ref,
            at=first_seen[ref],
        )
        for ref in missing
    ]
    for ref, answer in zip(missing, await desk.do(calls), strict=True):
        if answer.error is None:
            known[ref] = answer.value.customer_id
    return known
