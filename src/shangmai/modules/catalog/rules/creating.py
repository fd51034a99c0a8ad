"""New products and their SKUs: which are accepted, and what they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.money import decimals_of
from shangmai.modules.catalog.contract import (
    Barcode,
    BarcodeTaken,
    CategoryId,
    CategoryNotFound,
    CreateProduct,
    KitComponent,
    NewSku,
    ProductCodeTaken,
    ProductId,
    SkuCodeTaken,
    SkuId,
)
from shangmai.modules.catalog.rules.codes import clean_barcodes, clean_code
from shangmai.modules.catalog.rules.kits import KnownSku, resolve_kit


class Known(Struct, kw_only=True):
    """What the codes of a batch name already: in the database, or earlier in the batch."""

    products: dict[str, ProductId]
    skus: dict[str, KnownSku]
    barcodes: dict[str, SkuId]
    categories: set[CategoryId]


class PlannedSku(Struct, frozen=True, kw_only=True):
    """A SKU ready to be written: its code and barcodes are clean, its components are found."""

    id: SkuId
    code: str
    name: str
    given: NewSku
    barcodes: dict[str, Barcode]
    components: tuple[KitComponent, ...]


class PlannedProduct(Struct, frozen=True, kw_only=True):
    id: ProductId
    code: str
    name: str
    given: CreateProduct
    skus: tuple[PlannedSku, ...]


def plan(do: CreateProduct, known: Known, ids: Iterator[UUID]) -> PlannedProduct:
    """Decide about one new product; what it takes is added to `known` only if it is accepted.

    Raises: CodeInvalid, BarcodeInvalid, CheckDigitWrong, UnknownCurrency, ProductCodeTaken, SkuCodeTaken, BarcodeTaken,
    CategoryNotFound, and what `resolve_kit` raises.
    """
    code = clean_code(do.code)
    if code in known.products:
        raise ProductCodeTaken(code=code, product_id=known.products[code])
    if do.category_id is not None and do.category_id not in known.categories:
        raise CategoryNotFound(category_id=do.category_id)
    skus = _new_skus(do.skus, known, ids)
    barcodes = _new_barcodes(do.skus, skus, known)
    product = PlannedProduct(
        id=ProductId(next(ids)),
        code=code,
        name=do.name.strip(),
        given=do,
        skus=_planned(do, skus, barcodes, known.skus | skus),
    )
    known.products[code] = product.id
    known.skus.update(skus)
    known.barcodes.update((key, sku_id) for sku_id, keys in barcodes.items() for key in keys)
    return product


def _new_skus(given: Sequence[NewSku], known: Known, ids: Iterator[UUID]) -> dict[str, KnownSku]:
    made: dict[str, KnownSku] = {}
    for sku in given:
        code = clean_code(sku.code)
        decimals_of(sku.currency)
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
    do: CreateProduct,
    made: Mapping[str, KnownSku],
    barcodes: Mapping[SkuId, dict[str, Barcode]],
    known: Mapping[str, KnownSku],
) -> tuple[PlannedSku, ...]:
    return tuple(
        PlannedSku(
            id=sku.id,
            code=code,
            name=given.name.strip() or do.name.strip(),
            given=given,
            barcodes=barcodes[sku.id],
            components=resolve_kit(code, given.kind, given.components, known),
        )
        for given, (code, sku) in zip(do.skus, made.items(), strict=True)
    )
