"""The actions of the catalog, and what other modules ask of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import ForeignKeyViolationError, UniqueViolationError
from msgspec import UNSET
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    BarcodeInvalid,
    BarcodeTaken,
    Category,
    CategoryId,
    CategoryNameTaken,
    CategoryNotFound,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    CreateCategory,
    CreatedProduct,
    CreatedSku,
    CreateProduct,
    DefineKit,
    DelistProduct,
    KitDefined,
    KitEmpty,
    KitInKit,
    LaterPriceSet,
    Listing,
    ListProduct,
    NeverListed,
    NotAKit,
    NothingToSell,
    PriceChanged,
    PriceSet,
    ProductCodeTaken,
    ProductCreated,
    ProductDelisted,
    ProductId,
    ProductListed,
    ProductNotFound,
    SetPrice,
    SharesInCurrencies,
    SharesMixed,
    Sku,
    SkuChanged,
    SkuCodeTaken,
    SkuDetail,
    SkuId,
    SkuKind,
    SkuNotFound,
    SkuUpdated,
    UpdateSku,
)
from shangmai.modules.catalog.queries import reading, writing
from shangmai.modules.catalog.rules import Known, Offer, PlannedProduct, Priced

ATTEMPTS_MAX: Final = 20
KIT_ERRORS: Final = (SkuNotFound, KitEmpty, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies)
CODE_ERRORS: Final = (CodeInvalid, BarcodeInvalid, CheckDigitWrong, ProductCodeTaken, SkuCodeTaken, BarcodeTaken)


# --- actions -------------------------------------------------------------------------------------------------------


@action("catalog.create_category", grant="catalog.create_category", errors=[CategoryNotFound, CategoryNameTaken])
async def create_category(tx: Tx, do: CreateCategory) -> Category:
    """Create a category, at the top or below another one.

    Raises: CategoryNotFound (the parent), CategoryNameTaken (beside it there is one of that name).
    """
    try:
        return await writing.insert_category(tx, CategoryId(new_id()), do)
    except ForeignKeyViolationError:
        raise CategoryNotFound(category_id=do.parent_id) from None
    except UniqueViolationError:
        raise CategoryNameTaken(name=do.name) from None


@action(
    "catalog.create_product",
    grant="catalog.create_product",
    many=True,
    scope=lambda do: {},
    errors=[*CODE_ERRORS, CategoryNotFound, NotAKit, *KIT_ERRORS],
)
async def create_product(tx: Tx, do: Sequence[CreateProduct]) -> list[CreatedProduct | AppError]:
    """Create a product as a draft, with all its SKUs, their barcodes, first prices and, for kits, components.

    A product whose code exists is refused and names the one that has it, so an import can be repeated: nothing is made
    twice and nothing is overwritten. All or nothing for each product; products of one list may name each other's SKUs
    as components, in the order given.
    """
    planned = await _plan_and_insert(tx, do)
    for plan, item in zip(planned, tx.items, strict=True):
        if isinstance(plan, PlannedProduct):
            tx.emit(
                ProductCreated(product_id=plan.id, code=plan.code, sku_ids=tuple(sku.id for sku in plan.skus)), item
            )
    return [plan if isinstance(plan, AppError) else _created(plan) for plan in planned]


@action("catalog.update_sku", grant="catalog.update_sku", errors=[SkuNotFound, SkuChanged, BarcodeTaken])
async def update_sku(tx: Tx, do: UpdateSku) -> SkuDetail:
    """Change a SKU's name, attributes, barcodes (all of them), weight or status; prices have an action of their own.

    A change that changes nothing is no change. Raises: SkuNotFound, SkuChanged (see `version`), BarcodeInvalid,
    CheckDigitWrong, BarcodeTaken.
    """
    sku = await _lock_sku(tx, do.sku_id)
    if do.version is not None and do.version != sku.version:
        raise SkuChanged(current=sku.version, version=do.version)
    changed = _with_changes(sku, do)
    if changed == sku:
        return sku
    changed = replace(changed, version=sku.version + 1)
    await writing.update_sku(tx, changed)
    if changed.barcodes != sku.barcodes:
        await _replace_barcodes(tx, changed)
    tx.emit(SkuUpdated(sku_id=sku.id, code=sku.code, version=changed.version))
    return changed


@action(
    "catalog.set_prices",
    grant="catalog.set_prices",
    many=True,
    scope=lambda do: {},
    errors=[SkuNotFound, LaterPriceSet],
)
async def set_prices(tx: Tx, do: Sequence[SetPrice]) -> list[PriceSet | AppError]:
    """Set the price of a SKU from the action's business time on, and keep it in the SKU's price history.

    Setting the price that a SKU has already changes nothing. A SKU named twice gets both prices, one after the other.
    Locks the SKUs in order of id.
    """
    skus = await writing.lock_prices(tx, {each.sku_id for each in do})
    outcomes: list[PriceSet | AppError] = []
    history = []
    for each, item in zip(do, tx.items, strict=True):
        outcome = _reprice(skus, each, item.now)
        outcomes.append(outcome)
        if isinstance(outcome, PriceSet) and outcome.changed:
            history.append((skus[each.sku_id], item))
            tx.emit(_price_changed(skus[each.sku_id], outcome), item)
    if history:
        await writing.write_prices(tx, history)
    return outcomes


@action(
    "catalog.list_product",
    grant="catalog.list_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.delist_product",
    errors=[ProductNotFound, NothingToSell],
)
async def list_product(tx: Tx, do: Sequence[ListProduct]) -> list[Listing | AppError]:
    """Put a product on offer. Listing a listed product changes nothing.

    Raises: ProductNotFound, NothingToSell (it has no active SKU).
    """
    return await _offer(tx, [each.product_id for each in do], rules.listed, ProductListed)


@action(
    "catalog.delist_product",
    grant="catalog.delist_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.list_product",
    errors=[ProductNotFound, NeverListed],
)
async def delist_product(tx: Tx, do: Sequence[DelistProduct]) -> list[Listing | AppError]:
    """Take a product off offer; its SKUs, stock and open orders stay. Delisting a delisted product changes nothing.

    Raises: ProductNotFound, NeverListed.
    """
    return await _offer(tx, [each.product_id for each in do], rules.delisted, ProductDelisted)


@action("catalog.define_kit", grant="catalog.define_kit", errors=[NotAKit, *KIT_ERRORS])
async def define_kit(tx: Tx, do: DefineKit) -> SkuDetail:
    """Replace the components of a kit; orders placed before keep what they were sold with.

    Raises: SkuNotFound (the kit or a component), NotAKit, KitEmpty, KitInKit, ComponentTwice, SharesMixed,
    SharesInCurrencies.
    """
    kit = await _lock_sku(tx, do.sku_id)
    if kit.kind is not SkuKind.KIT:
        raise NotAKit(code=kit.code)
    known = await writing.known(tx, [], [rules.clean_code(part.code) for part in do.components], [], [])
    components = rules.resolve_kit(kit.code, kit.kind, do.components, known.skus)
    if components == kit.components:
        return kit
    await writing.replace_components(tx, kit.id, components)
    tx.emit(KitDefined(sku_id=kit.id, code=kit.code, components=components))
    return replace(kit, components=components, version=kit.version + 1)


# --- what other modules ask ----------------------------------------------------------------------------------------


async def get_skus(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Sku]:
    """Give those of these SKUs that exist, in one statement."""
    return await reading.get_skus(tx, ids)


async def find_skus(tx: Tx, codes: Collection[str]) -> dict[str, Sku]:
    """Give those of these SKUs that exist, by code, in one statement."""
    return await reading.find_skus(tx, codes)


async def find_skus_by_barcode(tx: Tx, barcodes: Collection[str]) -> dict[str, Sku]:
    """Give the SKUs of these barcodes, by the barcode as given; its 12, 13 and 14 digit spellings are one."""
    found = await reading.find_by_barcode_keys(tx, {rules.barcode_key(barcode) for barcode in barcodes})
    keys = {barcode: rules.barcode_key(barcode) for barcode in barcodes}
    return {barcode: found[key] for barcode, key in keys.items() if key in found}


def share_of_kit(kit: Sku, amount_minor: int) -> list[int]:
    """Split what was paid for a kit among its components, in their order; the shares add up to it exactly."""
    return rules.share(amount_minor, kit.components)


# --- parts of the actions ------------------------------------------------------------------------------------------


async def _plan_and_insert(tx: Tx, do: Sequence[CreateProduct]) -> list[PlannedProduct | AppError]:
    """Decide by what is known and write; when another transaction took one of the codes meanwhile, decide anew.

    Such a collision means that the other one has committed, so the next look sees its codes.
    """
    for _ in range(ATTEMPTS_MAX):
        known = await _known(tx, do)
        planned = _plan(do, known)
        accepted = [(p, i) for p, i in zip(planned, tx.items, strict=True) if isinstance(p, PlannedProduct)]
        try:
            async with tx.savepoint():
                if accepted:
                    await writing.insert_products(tx, accepted)
        except UniqueViolationError:
            continue
        return planned
    raise AssertionError(f"the same codes were taken {ATTEMPTS_MAX} times in a row, but are not there")


async def _known(tx: Tx, do: Sequence[CreateProduct]) -> Known:
    skus = [sku for each in do for sku in each.skus]
    return await writing.known(
        tx,
        [each.code.strip() for each in do],
        list({code.strip() for sku in skus for code in (sku.code, *(part.code for part in sku.components))}),
        [rules.barcode_key(barcode.text) for sku in skus for barcode in sku.barcodes],
        list({each.category_id for each in do if each.category_id is not None}),
    )


def _plan(do: Sequence[CreateProduct], known: Known) -> list[PlannedProduct | AppError]:
    ids: Iterator[UUID] = iter(new_id, None)
    planned: list[PlannedProduct | AppError] = []
    for each in do:
        try:
            planned.append(rules.plan(each, known, ids))
        except AppError as refusal:
            planned.append(refusal)
    return planned


def _created(plan: PlannedProduct) -> CreatedProduct:
    return CreatedProduct(id=plan.id, code=plan.code, skus=tuple(CreatedSku(sku.id, sku.code) for sku in plan.skus))


async def _lock_sku(tx: Tx, id: SkuId) -> SkuDetail:
    await writing.lock_sku(tx, id)
    sku = await reading.find_detail(tx, id)
    if sku is None:
        raise SkuNotFound(sku=id)
    return sku


def _with_changes(sku: SkuDetail, do: UpdateSku) -> SkuDetail:
    given = {name: getattr(do, name) for name in ("name", "attributes", "barcodes", "weight_g", "status")}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    if do.barcodes is not UNSET:
        changes["barcodes"] = tuple(rules.clean_barcodes(do.barcodes).values())
    return replace(sku, **changes)


async def _replace_barcodes(tx: Tx, sku: SkuDetail) -> None:
    barcodes = {rules.barcode_key(barcode.text): barcode for barcode in sku.barcodes}
    known = await writing.known(tx, [], [], list(barcodes), [])
    for key, owner in known.barcodes.items():
        if owner != sku.id:
            raise BarcodeTaken(barcode=barcodes[key].text, sku_id=owner)
    try:
        async with tx.savepoint():
            await writing.replace_barcodes(tx, sku.id, barcodes)
    except UniqueViolationError:  # somebody was faster by a moment; by now it can be seen who
        await _replace_barcodes(tx, sku)


def _reprice(skus: dict[SkuId, Priced], do: SetPrice, at: datetime) -> PriceSet | AppError:
    sku = skus.get(do.sku_id)
    if sku is None:
        return SkuNotFound(sku=do.sku_id)
    try:
        skus[do.sku_id], outcome = rules.reprice(sku, do, at)
    except AppError as refusal:
        return refusal
    return outcome


def _price_changed(sku: Priced, outcome: PriceSet) -> PriceChanged:
    return PriceChanged(
        sku_id=sku.id,
        code=sku.code,
        old_minor=outcome.old_minor,
        old_currency=outcome.old_currency,
        price_minor=outcome.price_minor,
        currency=outcome.currency,
    )


async def _offer(
    tx: Tx,
    ids: Sequence[ProductId],
    become: Callable[[Offer], Offer],
    event: type[ProductListed] | type[ProductDelisted],
) -> list[Listing | AppError]:
    """Move each product to its new status, in order; an event for each that moved. Locks them in order of id."""
    offers = await writing.lock_offers(tx, set(ids))
    moved: dict[ProductId, Offer] = {}
    outcomes: list[Listing | AppError] = []
    for id_, item in zip(ids, tx.items, strict=True):
        outcome = _become(offers.get(id_), id_, become)
        if isinstance(outcome, Offer):
            if outcome is not offers[id_]:
                offers[id_] = moved[id_] = outcome
                tx.emit(event(product_id=id_, code=outcome.code), item)
            outcomes.append(Listing(product_id=id_, code=outcome.code, status=outcome.status))
        else:
            outcomes.append(outcome)
    if moved:
        await writing.write_statuses(tx, moved.values())
    return outcomes


def _become(offer: Offer | None, id: ProductId, become: Callable[[Offer], Offer]) -> Offer | AppError:
    if offer is None:
        return ProductNotFound(product_id=id)
    try:
        return become(offer)
    except AppError as refusal:
        return refusal
