"""What the catalog accepts: codes, barcodes, kits, prices, listing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.money import MINOR_MAX, AmountOutOfRange, allocate, decimals_of
from shangmai.modules.catalog.contract import (
    Barcode,
    BarcodeInvalid,
    BarcodeTaken,
    CategoryId,
    CategoryNotFound,
    CheckDigitWrong,
    CodeInvalid,
    ComponentTwice,
    CreateProduct,
    KitComponent,
    KitEmpty,
    KitInKit,
    KitPart,
    LaterPriceSet,
    NeverListed,
    NewSku,
    NotAKit,
    NothingToSell,
    PriceSet,
    ProductCodeTaken,
    ProductId,
    ProductStatus,
    SetPrice,
    SharesInCurrencies,
    SharesMixed,
    SkuCodeTaken,
    SkuId,
    SkuKind,
    SkuNotFound,
)

_CODE = re.compile(r"[A-Z0-9_-](?:[A-Z0-9 _-]{0,62}[A-Z0-9_-])?")
_BARCODE = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
_GS1 = re.compile(r"[0-9]{8}|[0-9]{12,14}")
GTIN_DIGITS: Final = 14
OVERLAP: Final = timedelta(minutes=1)


class KnownSku(Struct, frozen=True, kw_only=True):
    """What a kit needs to know of its components."""

    id: SkuId
    kind: SkuKind
    price_minor: int
    currency: str


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


class Priced(Struct, frozen=True, kw_only=True):
    """A SKU whose price is about to change, and since when it has the present one."""

    id: SkuId
    code: str
    price_minor: int
    currency: str
    priced_at: datetime


class Offer(Struct, frozen=True, kw_only=True):
    """A product that is about to be listed or delisted; `sellable`: it has an active SKU."""

    id: ProductId
    code: str
    status: ProductStatus
    sellable: bool


def clean_code(text: str) -> str:
    """Take the blanks off a code. Raises: CodeInvalid."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise CodeInvalid(code=text)
    return code


def barcode_key(text: str) -> str:
    """Give what a barcode is compared by: GS1 numbers at 14 digits (GS1 General Specifications, 3.3.2: fill with 0)."""
    plain = text.strip()
    return plain.zfill(GTIN_DIGITS) if _GS1.fullmatch(plain) else plain


def clean_barcode(barcode: Barcode) -> Barcode:
    """Take the blanks off and check the digit. Raises: BarcodeInvalid, CheckDigitWrong."""
    text = barcode.text.strip()
    if not _BARCODE.fullmatch(text):
        raise BarcodeInvalid(barcode=barcode.text)
    if _GS1.fullmatch(text) and not barcode.internal:
        expected = check_digit(text[:-1])
        if int(text[-1]) != expected:
            raise CheckDigitWrong(barcode=text, expected=expected)
    return Barcode(text, barcode.internal)


def check_digit(digits: str) -> int:
    """Give the last digit of a GS1 number (General Specifications, 7.9: weights 3, 1, 3 … from the right)."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def clean_barcodes(barcodes: Sequence[Barcode]) -> dict[str, Barcode]:
    """Check barcodes; those that are one number are one. Raises: BarcodeInvalid, CheckDigitWrong."""
    cleaned = [clean_barcode(barcode) for barcode in barcodes]
    return {barcode_key(barcode.text): barcode for barcode in reversed(cleaned)}


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


def resolve_kit(
    code: str, kind: SkuKind, parts: Sequence[KitPart], known: Mapping[str, KnownSku]
) -> tuple[KitComponent, ...]:
    """Find the components of a kit; a SKU that is none has none.

    Raises: NotAKit, KitEmpty, SkuNotFound, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies.
    """
    if kind is not SkuKind.KIT:
        if parts:
            raise NotAKit(code=code)
        return ()
    if not parts:
        raise KitEmpty(code=code)
    components: dict[str, KnownSku] = {}
    for part in parts:
        component = clean_code(part.code)
        if component in components:
            raise ComponentTwice(code=code, component=component)
        components[component] = _component(code, component, known)
    weights = _share_weights(code, parts, list(components.values()))
    return tuple(
        KitComponent(sku.id, part.qty, weight)
        for sku, part, weight in zip(components.values(), parts, weights, strict=True)
    )


def _component(code: str, component: str, known: Mapping[str, KnownSku]) -> KnownSku:
    sku = known.get(component)
    if sku is None:
        raise SkuNotFound(sku=component)
    if sku.kind is SkuKind.KIT:
        raise KitInKit(code=code, component=component)
    return sku


def _share_weights(code: str, parts: Sequence[KitPart], skus: Sequence[KnownSku]) -> list[int]:
    given = [part.share_weight for part in parts if part.share_weight is not None]
    if given:
        if len(given) < len(parts):
            raise SharesMixed(code=code)
        return given
    if len({sku.currency for sku in skus}) > 1:
        raise SharesInCurrencies(code=code)
    weights = [part.qty * sku.price_minor for part, sku in zip(parts, skus, strict=True)]
    if max(weights) > MINOR_MAX:
        raise AmountOutOfRange()
    return weights


def share(amount_minor: int, components: Sequence[KitComponent]) -> list[int]:
    """Split what was paid for a kit among its component lines; the shares add up to it exactly."""
    return allocate(amount_minor, [component.share_weight for component in components])


def reprice(sku: Priced, do: SetPrice, at: datetime) -> tuple[Priced, PriceSet]:
    """Give the SKU with its new price.

    Of two calls at once, or of two machines whose clocks differ, the second to come may carry the earlier time: its
    price holds from the first one's time on. Raises: UnknownCurrency, LaterPriceSet.
    """
    decimals_of(do.currency)
    changed = (sku.price_minor, sku.currency) != (do.price_minor, do.currency)
    if changed and at < sku.priced_at - OVERLAP:
        raise LaterPriceSet(code=sku.code, at=sku.priced_at.isoformat())
    answer = PriceSet(
        sku_id=sku.id,
        old_minor=sku.price_minor,
        old_currency=sku.currency,
        price_minor=do.price_minor,
        currency=do.currency,
        changed=changed,
    )
    since = max(at, sku.priced_at)
    repriced = replace(sku, price_minor=do.price_minor, currency=do.currency, priced_at=since)
    return repriced if changed else sku, answer


def listed(offer: Offer) -> Offer:
    """Give the product as listed; the same one if it is. Raises: NothingToSell."""
    if offer.status is ProductStatus.LISTED:
        return offer
    if not offer.sellable:
        raise NothingToSell(code=offer.code)
    return replace(offer, status=ProductStatus.LISTED)


def delisted(offer: Offer) -> Offer:
    """Give the product as delisted; the same one if it is. Raises: NeverListed."""
    if offer.status is ProductStatus.DELISTED:
        return offer
    if offer.status is ProductStatus.DRAFT:
        raise NeverListed(code=offer.code)
    return replace(offer, status=ProductStatus.DELISTED)
