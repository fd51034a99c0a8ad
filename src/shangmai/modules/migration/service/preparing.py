"""What must be there before the first document: company, books, shop, warehouse, goods, customers. All by actions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from shangmai.kernel.actions.contract import Answer, Call, KeyReused
from shangmai.kernel.actions.outcomes import KeyedRefusal, Work
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import DatabaseAway
from shangmai.kernel.errors import Denied
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import CreateProduct, NewSku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import AssignWarehouse, CreateWarehouse, WarehouseId
from shangmai.modules.ledger.contract import OpenBooks
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId, RegisterCustomer
from shangmai.modules.migration.contract import (
    CurrencyDiffers,
    ImportRun,
    ImportStopped,
    NotPrepared,
    OrderMapping,
    WarehouseOfAnother,
)
from shangmai.modules.migration.rules import Classified, Good, customers_of, goods_of, sku_codes
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import (
    CompanyId,
    CreateCompany,
    CreateShop,
    ShopFacts,
    ShopId,
    ShopKind,
)

DOOR: Final = "import"
AWAY_S: Final = 1.0
ATTEMPTS_MAX: Final = 30


class Desk(Struct, frozen=True):
    """Who imports what through the door: makes calls, and has their keys begin alike.

    A key is `import/<mapping>/<shop>/<step>/<document>`: the same in every session and for every file that holds the
    document, so that nothing is done twice. `repeats` are calls whose key was used before for something else.
    """

    runner: Runner
    actor: Actor
    mapping: OrderMapping
    run: ImportRun
    repeats: list[KeyedRefusal]

    @property
    def work(self) -> Work:
        """What marks the calls of this import in the log."""
        keys = f"import/{self.mapping.name}/{self.mapping.shop}/"
        return Work(actor_id=self.actor.id, since=self.run.cause, keys=keys, origins=self.run.file_name)

    def call(
        self, action: str, step: str, given: Struct, *, name: str, origin: str = "", at: datetime | None = None
    ) -> Call:
        return Call(
            action=action,
            input=given,
            actor=self.actor,
            door=DOOR,
            key=f"import/{self.mapping.name}/{self.mapping.shop}/{step}/{name}",
            at=at,
            origin=f"{self.run.file_name}:{origin}" if origin else self.run.file_name,
        )

    async def do(self, calls: Sequence[Call]) -> list[Answer]:
        """Run calls of one action, in order; while the database is away, wait for it.

        Raises: ImportStopped, when it is not a document that is refused.
        """
        answers = await self._answers(calls)
        for call, answer in zip(calls, answers, strict=True):
            if answer.error is None:
                continue
            rest = (call.key or "").removeprefix(self.work.keys)
            if answer.error.status >= 500 or isinstance(answer.error, Denied):
                step, _, document = rest.partition("/")
                raise ImportStopped(step=step, document=document, reason=answer.error.message())
            if isinstance(answer.error, KeyReused):
                self.repeats.append(KeyedRefusal(rest, call.origin or "", answer.error))
        return answers

    async def _answers(self, calls: Sequence[Call]) -> list[Answer]:
        """Repeating a list is safe: what was done is answered by its keys."""
        answers = await self.runner.run_list(calls)
        for _ in range(ATTEMPTS_MAX):
            if not any(isinstance(answer.error, DatabaseAway) for answer in answers):
                break
            await asyncio.sleep(AWAY_S)
            answers = await self.runner.run_list(calls)
        return answers


class Place(Struct, frozen=True):
    """Where the documents go."""

    company_id: CompanyId
    shop_id: ShopId
    warehouse_id: WarehouseId


class Directory(Struct, frozen=True):
    """Ids of what documents name: goods by their code in the export, customers by their reference."""

    place: Place
    skus: dict[str, SkuId]
    names: dict[str, str]
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
    return Directory(place, skus, {good.code: good.name for good in goods}, customers)


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
    async with desk.runner.db.reading(desk.actor) as tx:
        return (await organization.find_shops(tx, [code])).get(code)


async def _company(desk: Desk) -> CompanyId:
    code = desk.mapping.company or desk.mapping.shop
    async with desk.runner.db.reading(desk.actor) as tx:
        found = (await organization.find_companies(tx, [code])).get(code)
    if found is not None:
        return found.id
    given = CreateCompany(code=code, name=code, currency=desk.mapping.currency, timezone=desk.mapping.dates.timezone)
    company: CompanyId = (await _made(desk, desk.call("organization.create_company", "company", given, name=code))).id
    return company


async def _warehouse(desk: Desk, shop: ShopFacts) -> WarehouseId:
    """The mapping's warehouse; a shop that has none yet is given it."""
    code = desk.mapping.warehouse
    async with desk.runner.db.reading(desk.actor) as tx:
        found = await inventory.find_warehouse(tx, code)
        assigned = shop.id in await inventory.warehouses_of_shops(tx, [shop.id])
    if found is None:
        given = CreateWarehouse(code=code, name=code, company_id=shop.company_id)
        found = await _made(desk, desk.call("inventory.create_warehouse", "warehouse", given, name=code))
    if found.company_id != shop.company_id:
        raise WarehouseOfAnother(warehouse=code, shop=shop.code)
    warehouse_id: WarehouseId = found.id
    if not assigned:
        chosen = AssignWarehouse(shop_id=shop.id, warehouse_id=warehouse_id)
        await _made(desk, desk.call("inventory.assign_warehouse", "assign", chosen, name=code))
    return warehouse_id


async def _made(desk: Desk, call: Call) -> Any:
    answer = (await desk.do([call]))[0]
    if answer.error is not None:
        raise NotPrepared(what=(call.key or "").removeprefix(desk.work.keys), reason=answer.error.message())
    return answer.value


# --- goods and customers -------------------------------------------------------------------------------------------


async def _skus(desk: Desk, goods: Sequence[Good], at: datetime | None) -> dict[str, SkuId]:
    """The SKU of each good. One that could not be made is missing, and its documents will be refused."""
    codes = sku_codes(good.code for good in goods)
    async with desk.runner.db.reading(desk.actor) as tx:
        known = await catalog.find_skus(tx, set(codes.values()))
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
    async with desk.runner.db.reading(desk.actor) as tx:
        known = dict(await members.find_by_refs(tx, shop_id, list(first_seen)))
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
