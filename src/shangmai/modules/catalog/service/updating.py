"""Changing products, SKUs and kits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    AttributeKeyInvalid,
    AxisValueMissing,
    BarcodeInvalid,
    BarcodeTaken,
    BrandChanged,
    CategoryNotFound,
    CheckDigitWrong,
    DefineKit,
    KitDefined,
    LanguageInvalid,
    MediaNeedsSource,
    MediaSkuNotFound,
    NotAKit,
    OneValueOnly,
    OnOffer,
    OrderLimitsUnfit,
    ProductChangedMeanwhile,
    ProductId,
    ProductNotFound,
    ProductUpdated,
    RelatedNotFound,
    RelatedToItself,
    SkuChanged,
    SkuDetail,
    SkuId,
    SkuKind,
    SkuNotFound,
    SkuUpdated,
    TaxRateInvalid,
    UpdateProduct,
    UpdateSku,
    ValueNotFitting,
    VariantTwice,
)
from shangmai.modules.catalog.queries import content, reading, updating, writing
from shangmai.modules.catalog.rules import ChangedSku, Named, SkuKnown, Updated
from shangmai.modules.catalog.service.creating import KIT_ERRORS
from shangmai.modules.catalog.service.offering import reviewers
from shangmai.modules.catalog.service.settling import IDS, attempt, settle
from shangmai.modules.catalog.service.telling import tell_changed

# --- products ------------------------------------------------------------------------------------------------------


@action(
    "catalog.update_product",
    grant="catalog.update_product",
    many=True,
    scope=lambda do: {},
    errors=[
        ProductNotFound,
        ProductChangedMeanwhile,
        OnOffer,
        CategoryNotFound,
        LanguageInvalid,
        AttributeKeyInvalid,
        ValueNotFitting,
        OneValueOnly,
        MediaNeedsSource,
        MediaSkuNotFound,
        RelatedNotFound,
        RelatedToItself,
        TaxRateInvalid,
    ],
)
async def update_product(tx: Tx, do: Sequence[UpdateProduct]) -> list[ProductUpdated | AppError]:
    """Change what is said of a product: names, category, brand, attributes, tags, descriptions, pictures, relations.

    A change that changes nothing is no change. A product named twice gets both changes, one after the other. Where
    products must be approved first, one on offer is changed only by somebody who may approve, and others must be
    approved anew after a change. Locks the products in order of id.
    """
    ids = {each.product_id for each in do}
    contents = await content.lock_contents(tx, ids)
    reviewer = await reviewers(tx)

    async def look() -> Named:
        return await _named(tx, do)

    def plan(named: Named) -> list[Updated | AppError]:
        current = dict(contents)
        return [
            attempt(rules.update, current, each, named, IDS, reviewer(item))
            for each, item in zip(do, tx.items, strict=True)
        ]

    async def write(accepted: list[tuple[Updated, Item]]) -> None:
        await writing.insert_brands(tx, [(u.new_brand, i) for u, i in accepted if u.new_brand is not None])
        changes = [(u.before, u.after, i) for u, i in accepted if u.changed]
        if changes:
            await content.write_contents(tx, changes)

    planned = await settle(tx, tx.items, look, plan, write)
    _tell_updated(tx, [(u, i) for u, i in zip(planned, tx.items, strict=True) if isinstance(u, Updated)])
    return [_answer(each) if isinstance(each, Updated) else each for each in planned]


async def _named(tx: Tx, do: Sequence[UpdateProduct]) -> Named:
    """What the changes name."""
    known = await writing.known(
        tx,
        products=[related.product.strip() for each in do for related in each.related or ()],
        categories=list({each.category_id for each in do if each.category_id}),
        brands=list({rules.brand_key(each.brand) for each in do if each.brand}),
        attributes={key.strip() for each in do for key in (*(each.attributes or ()), *each.attribute_changes)},
    )
    with_own_pictures = {each.product_id for each in do for shown in each.media or () if shown.sku is not None}
    return Named(known, await content.skus_by_code(tx, with_own_pictures) if with_own_pictures else {})


def _tell_updated(tx: Tx, updates: Sequence[tuple[Updated, Item]]) -> None:
    for update, item in updates:
        if update.new_brand is not None:
            tx.emit(BrandChanged(brand_id=update.new_brand.id), item)
    tell_changed(tx, ((update.after.id, item) for update, item in updates if update.changed))


def _answer(update: Updated) -> ProductUpdated:
    after = update.after
    return ProductUpdated(product_id=after.id, code=after.code, version=after.version, changed=update.changed)


# --- SKUs ----------------------------------------------------------------------------------------------------------


@action(
    "catalog.update_sku",
    grant="catalog.update_sku",
    many=True,
    scope=lambda do: {},
    errors=[
        SkuNotFound,
        SkuChanged,
        BarcodeInvalid,
        CheckDigitWrong,
        BarcodeTaken,
        AttributeKeyInvalid,
        ValueNotFitting,
        OneValueOnly,
        AxisValueMissing,
        VariantTwice,
        OrderLimitsUnfit,
        OnOffer,
    ],
)
async def update_sku(tx: Tx, do: Sequence[UpdateSku]) -> list[SkuDetail | AppError]:
    """Change a SKU's names, attributes, barcodes (all of them), weight, order limits or status.

    Prices have an action of their own. A change that changes nothing is no change. Locks the SKUs in order of id.
    Raises: SkuNotFound, SkuChanged (see `version`), BarcodeInvalid, CheckDigitWrong, BarcodeTaken, ValueNotFitting,
    OrderLimitsUnfit, OnOffer (names and attributes of what is on offer, where products must be approved first).
    """
    await updating.lock_skus(tx, do)
    reviewer = await reviewers(tx)

    async def look() -> SkuKnown:
        return await updating.known_skus(tx, do)

    def plan(known: SkuKnown) -> list[ChangedSku | AppError]:
        return [attempt(rules.change_sku, known, each, reviewer(item)) for each, item in zip(do, tx.items, strict=True)]

    async def write(accepted: list[tuple[ChangedSku, Item]]) -> None:
        changes = [(each, item) for each, item in accepted if each.changed]
        if changes:
            await updating.write_skus(tx, changes)

    planned = await settle(tx, tx.items, look, plan, write)
    changes = [(c, i) for c, i in zip(planned, tx.items, strict=True) if isinstance(c, ChangedSku) and c.changed]
    await _tell_changed_skus(tx, changes)
    return [each.after if isinstance(each, ChangedSku) else each for each in planned]


async def _tell_changed_skus(tx: Tx, changes: Sequence[tuple[ChangedSku, Item]]) -> None:
    """Tell of each SKU, of its product, and of the products of kits that can or cannot be sold now because of it."""
    for change, item in changes:
        tx.emit(SkuUpdated(sku_id=change.after.id, code=change.after.code, version=change.after.version), item)
    switched = [change.after.id for change, _ in changes if change.before.status is not change.after.status]
    kits = await writing.products_of_kits_with(tx, switched) if switched else {}
    tell_changed(tx, _concerned(changes, kits))


def _concerned(
    changes: Sequence[tuple[ChangedSku, Item]], kits: dict[SkuId, list[ProductId]]
) -> Iterator[tuple[ProductId, Item]]:
    for change, item in changes:
        yield change.after.product_id, item
        for product_id in kits.get(change.after.id, ()):
            yield product_id, item


# --- kits ----------------------------------------------------------------------------------------------------------


@action("catalog.define_kit", grant="catalog.define_kit", errors=[NotAKit, *KIT_ERRORS])
async def define_kit(tx: Tx, do: DefineKit) -> SkuDetail:
    """Replace the components of a kit; orders placed before keep what they were sold with.

    Raises: SkuNotFound (the kit or a component), NotAKit, KitEmpty, KitInKit, ComponentTwice, SharesMixed,
    SharesInCurrencies.
    """
    await writing.lock_sku(tx, do.sku_id)
    kit = await reading.find_detail(tx, do.sku_id)
    if kit is None:
        raise SkuNotFound(sku=do.sku_id)
    if kit.kind is not SkuKind.KIT:
        raise NotAKit(code=kit.code)
    known = await writing.known(tx, skus=[rules.clean_code(part.code) for part in do.components])
    components = rules.resolve_kit(kit.code, kit.kind, do.components, known.skus)
    if components == kit.components:
        return kit
    await writing.replace_components(tx, kit.id, components)
    tx.emit(KitDefined(sku_id=kit.id, code=kit.code, components=components))
    tell_changed(tx, [(kit.product_id, tx.items[0])])
    return replace(kit, components=components, version=kit.version + 1)
