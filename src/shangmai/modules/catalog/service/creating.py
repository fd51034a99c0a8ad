"""Making products and SKUs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    AddSkus,
    AttributeKeyInvalid,
    AxisNotChoice,
    AxisTwice,
    AxisValueMissing,
    BarcodeInvalid,
    BarcodeTaken,
    BrandChanged,
    CategoryNotFound,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    CreatedProduct,
    CreatedSku,
    CreateProduct,
    CreateVariants,
    KitEmpty,
    KitInKit,
    NewSku,
    NotAKit,
    NoVariants,
    OneValueOnly,
    OnOffer,
    OrderLimitsUnfit,
    PatternUnknown,
    PriceBelowZero,
    ProductCodeTaken,
    ProductCreated,
    ProductId,
    ProductNotFound,
    SharesInCurrencies,
    SharesMixed,
    SkuCodeTaken,
    SkuNotFound,
    TooManyVariants,
    ValueNotFitting,
    VariantTwice,
    VariantUnknown,
)
from shangmai.modules.catalog.queries import content, describing, writing
from shangmai.modules.catalog.rules import Grown, Known, PlannedProduct, PlannedSku
from shangmai.modules.catalog.service.offering import reviewers
from shangmai.modules.catalog.service.settling import IDS, attempt, settle
from shangmai.modules.catalog.service.telling import tell_changed

KIT_ERRORS: Final = (SkuNotFound, KitEmpty, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies)
CODE_ERRORS: Final = (CodeInvalid, BarcodeInvalid, CheckDigitWrong, ProductCodeTaken, SkuCodeTaken, BarcodeTaken)
VALUE_ERRORS: Final = (
    AttributeKeyInvalid,
    ValueNotFitting,
    OneValueOnly,
    AxisTwice,
    AxisNotChoice,
    AxisValueMissing,
    VariantTwice,
    OrderLimitsUnfit,
)
NEW_ERRORS: Final = (*CODE_ERRORS, *VALUE_ERRORS, NotAKit, *KIT_ERRORS)


# --- actions -------------------------------------------------------------------------------------------------------


@action(
    "catalog.create_product",
    grant="catalog.create_product",
    many=True,
    scope=lambda do: {},
    errors=[*NEW_ERRORS, CategoryNotFound],
)
async def create_product(tx: Tx, do: Sequence[CreateProduct]) -> list[CreatedProduct | AppError]:
    """Create a product as a draft, with all its SKUs, their barcodes, first prices and, for kits, components.

    A product whose code exists is refused and names the one that has it, so an import can be repeated: nothing is made
    twice and nothing is overwritten. All or nothing for each product; products of one list may name each other's SKUs
    as components, in the order given.
    """
    return await _create(tx, do, tx.items)


@action(
    "catalog.create_variants",
    grant="catalog.create_product",
    many=True,
    scope=lambda do: {},
    errors=[*NEW_ERRORS, CategoryNotFound, TooManyVariants, NoVariants, VariantUnknown, PatternUnknown, PriceBelowZero],
)
async def create_variants(tx: Tx, do: Sequence[CreateVariants]) -> list[CreatedProduct | AppError]:
    """Create a product as a draft, with a SKU for each combination of its axes' values: 3 axes × 4 values are 64 SKUs.

    Codes, names and prices follow patterns; what is particular about a combination is said of it, also that there is
    none. All or nothing for each product.
    """
    keys = {axis.attribute.strip() for each in do for axis in each.axes}
    defined = await describing.find_attributes(tx, keys)
    expanded = [attempt(rules.expand, each, defined) for each in do]
    fit = [each for each in expanded if isinstance(each, CreateProduct)]
    items = [item for each, item in zip(expanded, tx.items, strict=True) if isinstance(each, CreateProduct)]
    created = iter(await _create(tx, fit, items))
    return [next(created) if isinstance(each, CreateProduct) else each for each in expanded]


@action(
    "catalog.add_skus",
    grant="catalog.create_product",
    many=True,
    scope=lambda do: {},
    errors=[*NEW_ERRORS, ProductNotFound, OnOffer],
)
async def add_skus(tx: Tx, do: Sequence[AddSkus]) -> list[CreatedProduct | AppError]:
    """Add SKUs to a product, behind those it has. All or nothing for each product.

    Where products must be approved first, only somebody who may approve adds to one on offer.
    """
    growing = await content.lock_growing(tx, {each.product_id for each in do})
    reviewer = await reviewers(tx)
    keys = [key for found in growing.values() for key in found.axes]

    def plan(known: Known) -> list[Grown | AppError]:
        grown = dict(growing)
        return [
            attempt(rules.grow, grown, each, known, IDS, reviewer(item))
            for each, item in zip(do, tx.items, strict=True)
        ]

    async def write(accepted: list[tuple[Grown, Item]]) -> None:
        await writing.insert_skus(tx, [(sku, item) for grown, item in accepted for sku in grown.skus])
        await content.touch(tx, {grown.product.id: grown.product.reviewed for grown, _ in accepted})

    async def look() -> Known:
        return await _known(tx, [sku for each in do for sku in each.skus], keys)

    planned = await settle(tx, tx.items, look, plan, write)
    tell_changed(tx, ((p.product.id, i) for p, i in zip(planned, tx.items, strict=True) if isinstance(p, Grown)))
    return [_grown(each) if isinstance(each, Grown) else each for each in planned]


# --- parts ---------------------------------------------------------------------------------------------------------


async def _create(tx: Tx, do: Sequence[CreateProduct], items: Sequence[Item]) -> list[CreatedProduct | AppError]:
    def plan(known: Known) -> list[PlannedProduct | AppError]:
        return [attempt(rules.plan, each, known, IDS) for each in do]

    async def look() -> Known:
        return await _known_of_products(tx, do)

    async def write(accepted: list[tuple[PlannedProduct, Item]]) -> None:
        await writing.insert_products(tx, accepted)

    planned = await settle(tx, items, look, plan, write)
    for each, item in zip(planned, items, strict=True):
        if isinstance(each, PlannedProduct):
            tx.emit(ProductCreated(product_id=each.id, code=each.code, sku_ids=tuple(s.id for s in each.skus)), item)
            if each.new_brand is not None:
                tx.emit(BrandChanged(brand_id=each.new_brand.id), item)
    return [_created(each.id, each.code, each.skus) if isinstance(each, PlannedProduct) else each for each in planned]


async def _known_of_products(tx: Tx, do: Sequence[CreateProduct]) -> Known:
    return await _known(
        tx,
        [sku for each in do for sku in each.skus],
        [key for each in do for key in (*each.attributes, *each.axes)],
        products=[each.code.strip() for each in do],
        categories=list({each.category_id for each in do if each.category_id is not None}),
        brands=list({rules.brand_key(each.brand) for each in do if each.brand.strip()}),
    )


async def _known(tx: Tx, skus: Sequence[NewSku], keys: Iterable[str], **more: Any) -> Known:
    return await writing.known(
        tx,
        skus=list({code.strip() for sku in skus for code in (sku.code, *(part.code for part in sku.components))}),
        keys=[rules.barcode_key(barcode.text) for sku in skus for barcode in sku.barcodes],
        attributes={key.strip() for key in (*keys, *(key for sku in skus for key in sku.attributes))},
        **more,
    )


def _grown(each: Grown) -> CreatedProduct:
    return _created(each.product.id, each.product.code, each.skus)


def _created(id: ProductId, code: str, skus: Sequence[PlannedSku]) -> CreatedProduct:
    return CreatedProduct(id=id, code=code, skus=tuple(CreatedSku(sku.id, sku.code) for sku in skus))
