"""Products put together to be shown, and whether a SKU may be sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeKind,
    CategoryId,
    DescribedProduct,
    DescribedRelation,
    DescribedSku,
    Description,
    NamedAttribute,
    NamedBrand,
    NamedCategory,
    NamedValue,
    NotOnOffer,
    ProductId,
    ProductStatus,
    QtyNotInSteps,
    QtyTooLarge,
    QtyTooSmall,
    ShownMedia,
    SkuOffer,
)


class DescribedParts(Struct, frozen=True, kw_only=True):
    """A product before its SKUs, its categories and the names of its attributes are added."""

    id: ProductId
    code: str
    status: ProductStatus
    names: dict[str, str]
    category_id: CategoryId | None
    brand: NamedBrand | None
    tags: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]
    axes: tuple[str, ...]
    media: tuple[ShownMedia, ...]
    related: tuple[DescribedRelation, ...]
    descriptions: dict[str, Description]
    tax_rate: Decimal | None
    tax_code: str
    version: int
    created_at: datetime
    listed_at: datetime | None


def keys_used(products: Iterable[DescribedParts], skus: Mapping[ProductId, Sequence[DescribedSku]]) -> set[str]:
    """Give the keys of all attributes that these products and SKUs have or differ in."""
    of_products = {key for product in products for key in (*product.attributes, *product.axes)}
    return of_products | {key for some in skus.values() for sku in some for key in sku.attributes}


def described(
    parts: DescribedParts,
    skus: Sequence[DescribedSku],
    path: tuple[NamedCategory, ...],
    defined: Mapping[str, Attribute],
) -> DescribedProduct:
    return DescribedProduct(
        id=parts.id,
        code=parts.code,
        status=parts.status,
        names=parts.names,
        brand=parts.brand,
        categories=path,
        tags=parts.tags,
        attributes=_attributes(parts.attributes, defined),
        axes=tuple(_named(key, _values_of(key, skus), defined) for key in axes_of(parts.axes, skus)),
        media=parts.media,
        descriptions=parts.descriptions,
        related=parts.related,
        skus=tuple(skus),
        tax_rate=parts.tax_rate,
        tax_code=parts.tax_code,
        version=parts.version,
        created_at=parts.created_at,
        listed_at=parts.listed_at,
    )


def axes_of(axes: tuple[str, ...], skus: Sequence[DescribedSku]) -> tuple[str, ...]:
    """Give what the SKUs differ in: as declared, or for a product without axes all that its SKUs say of themselves."""
    return axes or tuple(dict.fromkeys(key for sku in skus for key in sku.attributes))


def _attributes(values: Mapping[str, tuple[str, ...]], defined: Mapping[str, Attribute]) -> tuple[NamedAttribute, ...]:
    """Defined ones first, in their order; then the others as they were given."""
    keys = sorted(values, key=lambda key: (key not in defined, defined[key].position if key in defined else 0))
    return tuple(_named(key, values[key], defined) for key in keys)


def _named(key: str, values: Iterable[str], defined: Mapping[str, Attribute]) -> NamedAttribute:
    known = defined.get(key)
    if known is None:
        return NamedAttribute(
            id=None,
            key=key,
            name=key,
            name_en="",
            kind=AttributeKind.TEXT,
            unit="",
            filterable=False,
            values=tuple(NamedValue(value=value, name=value, name_en="") for value in values),
        )
    return NamedAttribute(
        id=known.id,
        key=key,
        name=known.name,
        name_en=known.name_en,
        kind=known.kind,
        unit=known.unit,
        filterable=known.filterable,
        values=tuple(_named_values(values, known)),
    )


def _named_values(values: Iterable[str], known: Attribute) -> list[NamedValue]:
    """In the order of the options; what is none comes last, as it was given."""
    names = {option.key: option for option in known.options}
    places = {option.key: place for place, option in enumerate(known.options)}
    return [
        NamedValue(value=value, name=names[value].name, name_en=names[value].name_en)
        if value in names
        else NamedValue(value=value, name=value, name_en="")
        for value in sorted(values, key=lambda value: places.get(value, len(places)))
    ]


def _values_of(key: str, skus: Sequence[DescribedSku]) -> list[str]:
    return list(dict.fromkeys(sku.attributes[key] for sku in skus if sku.active and key in sku.attributes))


def check_sellable(offer: SkuOffer, qty: int) -> None:
    """Refuse what a shopper may not buy.

    Raises: NotOnOffer (its product is not listed, or it is switched off), QtyTooSmall, QtyTooLarge, QtyNotInSteps.
    """
    if offer.status is not ProductStatus.LISTED or not offer.active:
        raise NotOnOffer(code=offer.code, sku_id=offer.sku_id)
    if qty < offer.min_qty:
        raise QtyTooSmall(code=offer.code, sku_id=offer.sku_id, min_qty=offer.min_qty)
    if offer.max_qty is not None and qty > offer.max_qty:
        raise QtyTooLarge(code=offer.code, sku_id=offer.sku_id, max_qty=offer.max_qty)
    if qty % offer.qty_step:
        raise QtyNotInSteps(code=offer.code, sku_id=offer.sku_id, qty_step=offer.qty_step)
