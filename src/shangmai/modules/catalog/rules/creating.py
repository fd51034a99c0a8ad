"""New products and their SKUs: which are accepted, and what they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.money import decimals_of
from shangmai.modules.catalog.contract import (
    AddSkus,
    Attribute,
    Barcode,
    BarcodeTaken,
    BrandId,
    CategoryId,
    CategoryNotFound,
    CreateProduct,
    KitComponent,
    NewSku,
    OrderLimitsUnfit,
    ProductCodeTaken,
    ProductId,
    ProductNotFound,
    ProductStatus,
    SkuCodeTaken,
    SkuId,
)
from shangmai.modules.catalog.rules.attributes import Values, check_variants, clean_axes, clean_values, single
from shangmai.modules.catalog.rules.codes import clean_barcodes, clean_code
from shangmai.modules.catalog.rules.kits import KnownSku, resolve_kit
from shangmai.modules.catalog.rules.offering import Reviewer, still_reviewed


class Known(Struct, kw_only=True):
    """What the codes of a batch name already: in the database, or earlier in the batch. Brands by folded name."""

    products: dict[str, ProductId]
    skus: dict[str, KnownSku]
    barcodes: dict[str, SkuId]
    categories: set[CategoryId]
    brands: dict[str, BrandId]
    attributes: dict[str, Attribute]


class PlannedSku(Struct, frozen=True, kw_only=True):
    """A SKU ready to be written: its code, values and barcodes are clean, its components are found."""

    id: SkuId
    product_id: ProductId
    position: int
    code: str
    name: str
    given: NewSku
    attributes: dict[str, str]
    barcodes: dict[str, Barcode]
    components: tuple[KitComponent, ...]


class PlannedBrand(Struct, frozen=True):
    id: BrandId
    name: str


class PlannedProduct(Struct, frozen=True, kw_only=True):
    """A product ready to be written; `new_brand` is to be made with it."""

    id: ProductId
    code: str
    name: str
    given: CreateProduct
    brand_id: BrandId | None
    new_brand: PlannedBrand | None
    attributes: Values
    axes: tuple[str, ...]
    tags: tuple[str, ...]
    skus: tuple[PlannedSku, ...]


class Growing(Struct, frozen=True, kw_only=True):
    """A product that gets SKUs: what it has, and what those differ in."""

    id: ProductId
    code: str
    name: str
    status: ProductStatus
    reviewed: bool
    axes: tuple[str, ...]
    variants: tuple[tuple[str, dict[str, str]], ...]


class Grown(Struct, frozen=True):
    """A product and the SKUs that it got."""

    product: Growing
    skus: tuple[PlannedSku, ...]


def brand_key(name: str) -> str:
    """Give what a brand is known by: its name, whatever the case of its letters."""
    return name.strip().lower()


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in tags))


def plan(do: CreateProduct, known: Known, ids: Iterator[UUID]) -> PlannedProduct:
    """Decide about one new product; what it takes is added to `known` only if it is accepted.

    Raises: CodeInvalid, ProductCodeTaken, CategoryNotFound, ValueNotFitting, AxisTwice, AxisNotChoice, and what
    `plan_skus` raises.
    """
    code = clean_code(do.code)
    if code in known.products:
        raise ProductCodeTaken(code=code, product_id=known.products[code])
    if do.category_id is not None and do.category_id not in known.categories:
        raise CategoryNotFound(category_id=do.category_id)
    brand_id, new_brand = plan_brand(do.brand, known, ids)
    name = do.name.strip()
    growing = Growing(
        id=ProductId(next(ids)),
        code=code,
        name=name,
        status=ProductStatus.DRAFT,
        reviewed=False,
        axes=clean_axes(do.axes, known.attributes),
        variants=(),
    )
    product = PlannedProduct(
        id=growing.id,
        code=code,
        name=name,
        given=do,
        brand_id=brand_id,
        new_brand=new_brand,
        attributes=clean_values(do.attributes, known.attributes),
        axes=growing.axes,
        tags=clean_tags(do.tags),
        skus=plan_skus(growing, do.skus, known, ids),
    )
    known.products[code] = product.id
    if new_brand is not None:
        known.brands[brand_key(new_brand.name)] = new_brand.id
    return product


def plan_brand(name: str, known: Known, ids: Iterator[UUID]) -> tuple[BrandId | None, PlannedBrand | None]:
    """Find the brand of this name, or plan it; no name is no brand."""
    if not name.strip():
        return None, None
    found = known.brands.get(brand_key(name))
    if found is not None:
        return found, None
    brand = PlannedBrand(BrandId(next(ids)), name.strip())
    return brand.id, brand


def grow(growing: dict[ProductId, Growing], do: AddSkus, known: Known, ids: Iterator[UUID], by: Reviewer) -> Grown:
    """Decide about SKUs that a product gets; what they take is added to `known` and `growing` if all are accepted.

    Raises: ProductNotFound, OnOffer, and what `plan_skus` raises.
    """
    product = growing.get(do.product_id)
    if product is None:
        raise ProductNotFound(product_id=do.product_id)
    reviewed = still_reviewed(product.code, product.status, product.reviewed, by)
    skus = plan_skus(product, do.skus, known, ids)
    variants = (*product.variants, *((sku.code, sku.attributes) for sku in skus))
    grown = growing[product.id] = replace(product, reviewed=reviewed, variants=variants)
    return Grown(grown, skus)


def plan_skus(product: Growing, given: Sequence[NewSku], known: Known, ids: Iterator[UUID]) -> tuple[PlannedSku, ...]:
    """Decide about new SKUs of a product; what they take is added to `known` only if all are accepted.

    Raises: CodeInvalid, BarcodeInvalid, CheckDigitWrong, UnknownCurrency, SkuCodeTaken, BarcodeTaken, ValueNotFitting,
    AxisValueMissing, VariantTwice, OrderLimitsUnfit, and what `resolve_kit` raises.
    """
    skus = _new_skus(given, known, ids)
    barcodes = _new_barcodes(given, skus, known)
    planned = _planned(product, given, skus, barcodes, known)
    check_variants(product.axes, [*product.variants, *((sku.code, sku.attributes) for sku in planned)])
    known.skus.update(skus)
    known.barcodes.update((key, sku_id) for sku_id, keys in barcodes.items() for key in keys)
    return planned


def check_limits(code: str, min_qty: int, max_qty: int | None, qty_step: int) -> None:
    """Refuse limits that no quantity keeps. Raises: OrderLimitsUnfit."""
    fewest = -(-min_qty // qty_step) * qty_step
    if max_qty is not None and fewest > max_qty:
        raise OrderLimitsUnfit(code=code, min_qty=min_qty, max_qty=max_qty, qty_step=qty_step)


def _new_skus(given: Sequence[NewSku], known: Known, ids: Iterator[UUID]) -> dict[str, KnownSku]:
    made: dict[str, KnownSku] = {}
    for sku in given:
        code = clean_code(sku.code)
        decimals_of(sku.currency)
        check_limits(code, sku.min_qty, sku.max_qty, sku.qty_step)
        taken = known.skus.get(code) or made.get(code)
        if taken is not None:
            raise SkuCodeTaken(code=code, sku_id=taken.id)
        made[code] = KnownSku(id=SkuId(next(ids)), kind=sku.kind, price_minor=sku.price_minor, currency=sku.currency)
    return made


def _new_barcodes(
    given: Sequence[NewSku], made: Mapping[str, KnownSku], known: Known
) -> dict[SkuId, dict[str, Barcode]]:
    mine: dict[str, SkuId] = {}
    barcodes: dict[SkuId, dict[str, Barcode]] = {}
    for sku, as_made in zip(given, made.values(), strict=True):
        cleaned = barcodes[as_made.id] = clean_barcodes(sku.barcodes)
        for key, barcode in cleaned.items():
            owner = known.barcodes.get(key) or mine.setdefault(key, as_made.id)
            if owner != as_made.id:
                raise BarcodeTaken(barcode=barcode.text, sku_id=owner)
    return barcodes


def _planned(
    product: Growing,
    given: Sequence[NewSku],
    made: Mapping[str, KnownSku],
    barcodes: Mapping[SkuId, dict[str, Barcode]],
    known: Known,
) -> tuple[PlannedSku, ...]:
    components = {**known.skus, **made}
    return tuple(
        PlannedSku(
            id=sku.id,
            product_id=product.id,
            position=len(product.variants) + n,
            code=code,
            name=each.name.strip() or product.name,
            given=each,
            attributes=single(clean_values(each.attributes, known.attributes)),
            barcodes=barcodes[sku.id],
            components=resolve_kit(code, each.kind, each.components, components),
        )
        for n, (each, (code, sku)) in enumerate(zip(given, made.items(), strict=True))
    )
