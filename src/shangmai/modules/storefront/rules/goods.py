"""Putting together what catalog, prices, stock, orders and reviews say of a product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from shangmai.modules.catalog.contract import (
    Bullets,
    DescribedProduct,
    Description,
    Heading,
    MediaKind,
    NamedAttribute,
    Paragraph,
    Rows,
    ShownMedia,
    Sku,
    SkuId,
    SkuKind,
)
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.rules.listing import Crumb, Goods, Named, Option, Trait

ZH = "zh-CN"
EN = "en"


class Stars(Struct, frozen=True):
    """The approved reviews of a product: all their stars, and how many they are."""

    sum: int = 0
    count: int = 0


class Offered(Struct, frozen=True):
    """A SKU's price, the price struck through, and badges."""

    price_minor: int
    market_minor: int | None
    badges: tuple[Named, ...]


def goods_of(
    shop: ShopFacts,
    product: DescribedProduct,
    offered: Mapping[SkuId, Offered],
    available: Mapping[SkuId, int | None],
    sales: int,
    stars: Stars,
) -> Goods | None:
    """The product as the shop shows it; None when it does not: not on offer, or nothing of it has a price."""
    prices = [offered[sku.id] for sku in product.skus if sku.id in offered]
    if not product.listed or not prices:
        return None
    cheapest = min(prices, key=lambda each: each.price_minor)
    names = [sku.name for sku in product.skus] + [sku.name_en for sku in product.skus]
    return Goods(
        shop_id=shop.id,
        product_id=product.id,
        code=product.code,
        name=Named(product.names[ZH], product.names.get(EN, "")),
        brand_id=str(product.brand.id) if product.brand else "",
        brand=Named(product.brand.name, product.brand.name_en) if product.brand else Named(""),
        tags=(*product.tags, *(name for name in dict.fromkeys(names) if name and name not in product.names.values())),
        path=tuple(Crumb(each.id, Named(each.name, each.name_en)) for each in product.categories),
        traits=tuple(map(trait_of, (*product.axes, *product.attributes))),
        description=" ".join(text for each in product.descriptions.values() for text in _texts(each)),
        codes=tuple(sku.code for sku in product.skus),
        price_min_minor=cheapest.price_minor,
        price_max_minor=max(each.price_minor for each in prices),
        market_minor=cheapest.market_minor,
        currency=shop.currency,
        in_stock=any(is_in_stock(available.get(sku.id, 0)) for sku in product.skus if sku.id in offered),
        sales=sales,
        listed_at=product.listed_at or product.created_at,
        rating_sum=stars.sum,
        rating_count=stars.count,
        picture=picture_of(product.media),
        badges=tuple(dict.fromkeys(badge for each in prices for badge in each.badges)),
    )


def trait_of(attribute: NamedAttribute) -> Trait:
    return Trait(
        attribute.key,
        Named(attribute.name, attribute.name_en),
        attribute.filterable,
        tuple(Option(value.value, Named(value.name, value.name_en)) for value in attribute.values),
    )


def picture_of(media: tuple[ShownMedia, ...]) -> str:
    """The first picture: a URL, or the SHA-256 of a file of ours."""
    return next((each.url or each.file or "" for each in media if each.kind is MediaKind.IMAGE), "")


def is_in_stock(available: int | None) -> bool:
    return available is None or available > 0


def available_of(sku: Sku, pieces: Mapping[SkuId, int]) -> int | None:
    """How many can be sold: of a kit as many as its scarcest component makes; of a service any number (None)."""
    if sku.kind is SkuKind.KIT:
        return min(max(pieces.get(part.sku_id, 0), 0) // part.qty for part in sku.components)
    return None if sku.kind is SkuKind.SERVICE else max(pieces.get(sku.id, 0), 0)


def _texts(description: Description) -> Iterator[str]:
    """All that is said, block by block."""
    yield description.summary
    for block in description.blocks:
        match block:
            case Heading(text) | Paragraph(text):
                yield text
            case Bullets(items):
                yield from items
            case Rows(rows):
                yield from (cell for row in rows for cell in row)
            case _:
                yield block.alt
