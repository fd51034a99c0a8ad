"""A product's page: everything of it, as its owners say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import DescribedProduct, DescribedSku, NamedAttribute, ProductId, Sku, SkuId
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import Card, Choice, ChoiceValue, Crumb, ProductPage, ShownSku, Trait, Variant
from shangmai.modules.storefront.queries import questions, reviews, searching
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.goods import EN, ZH, Offered, is_in_stock
from shangmai.modules.storefront.rules.listing import CATEGORY, Named
from shangmai.modules.storefront.service.offering import offers
from shangmai.modules.storefront.service.paging import most_sold
from shangmai.modules.storefront.service.projecting import available_of_skus
from shangmai.modules.storefront.service.searching import card, cards, get_card

RELATED_MAX: Final = 8
QUESTIONS_SHOWN: Final = 3


class Draft(Struct, frozen=True):
    """A page on which no SKU has any piece yet, and its SKUs."""

    page: ProductPage
    skus: Mapping[SkuId, Sku]


async def describe(tx: Tx, shop: ShopFacts, id_: ProductId, lang: Lang) -> Draft:
    """All of a product's page but how many pieces there are. Raises: ProductNotShown."""
    head = await get_card(tx, shop, id_, lang)
    (product,) = await catalog.describe_products(tx, [id_])
    offered = await offers(tx, shop, [product])
    page = ProductPage(
        card=head,
        breadcrumbs=tuple(
            Crumb(id=each.id, name=Named(each.name, each.name_en).in_(lang)) for each in product.categories
        ),
        choices=tuple(_choice(axis, lang) for axis in product.axes),
        variants=tuple(_variant(sku, offered[sku.id], lang) for sku in product.skus if sku.id in offered),
        traits=tuple(_trait(attribute, lang) for attribute in product.attributes),
        media=product.media,
        description=product.descriptions.get(lang) or product.descriptions.get(EN if lang == ZH else ZH),
        tags=product.tags,
        reviews=await reviews.summary(tx, shop.id, id_),
        questions=await questions.summary(tx, shop.id, id_, QUESTIONS_SHOWN),
        related=await _related(tx, shop, product, lang),
    )
    return Draft(page, await catalog.get_skus(tx, offered.keys()))


async def with_pieces(tx: Tx, shop: ShopFacts, draft: Draft) -> ProductPage:
    """The page with what the shop can sell now, in two statements whatever there is on it."""
    available = await available_of_skus(tx, shop, draft.skus)
    variants = tuple(
        replace(each, available=available[each.sku_id], in_stock=is_in_stock(available[each.sku_id]))
        for each in draft.page.variants
    )
    return replace(draft.page, variants=variants)


async def show_skus(tx: Tx, shop: ShopFacts, ids: Sequence[SkuId], lang: Lang) -> list[ShownSku]:
    """Those of these SKUs that there are, in this order, in a few statements whatever their number."""
    offers_ = await catalog.get_offers(tx, ids)
    product_ids = sorted({offer.product_id for offer in offers_.values()})
    shown = {card.id: card for card in await cards(tx, shop, product_ids, lang)}
    told = {
        sku.id: _alone(product, sku, shown.get(product.id), lang)
        for product in await catalog.describe_products(tx, product_ids)
        for sku in product.skus
    }
    return [told[id_] for id_ in dict.fromkeys(ids) if id_ in told]


def _alone(product: DescribedProduct, sku: DescribedSku, head: Card | None, lang: Lang) -> ShownSku:
    chosen = [
        Named(value.name, value.name_en).in_(lang)
        for axis in product.axes
        for value in axis.values
        if value.value == sku.attributes.get(axis.key)
    ]
    name = Named(product.names[ZH], product.names[EN]).in_(lang)
    return ShownSku(sku_id=sku.id, product_id=product.id, code=sku.code, name=name, choices=tuple(chosen), card=head)


def _choice(axis: NamedAttribute, lang: Lang) -> Choice:
    values = tuple(
        ChoiceValue(value=value.value, label=Named(value.name, value.name_en).in_(lang)) for value in axis.values
    )
    return Choice(key=axis.key, label=Named(axis.name, axis.name_en).in_(lang), values=values)


def _trait(attribute: NamedAttribute, lang: Lang) -> Trait:
    values = tuple(Named(value.name, value.name_en).in_(lang) for value in attribute.values)
    label = Named(attribute.name, attribute.name_en).in_(lang)
    return Trait(key=attribute.key, label=label, values=values, unit=attribute.unit)


def _variant(sku: DescribedSku, offer: Offered, lang: Lang) -> Variant:
    return Variant(
        sku_id=sku.id,
        code=sku.code,
        name=Named(sku.name, sku.name_en).in_(lang),
        choices=sku.attributes,
        price_minor=offer.price_minor,
        market_minor=offer.market_minor,
        available=0,
        in_stock=False,
        min_qty=sku.min_qty,
        max_qty=sku.max_qty,
        qty_step=sku.qty_step,
        badges=tuple(badge.in_(lang) for badge in offer.badges),
    )


async def _related(tx: Tx, shop: ShopFacts, product: DescribedProduct, lang: Lang) -> tuple[Card, ...]:
    """What the catalog names; without that, what sells best beside it in its category."""
    named = await cards(tx, shop, [each.product_id for each in product.related], lang)
    if named or not product.categories:
        return named[:RELATED_MAX]
    chosen = ((CATEGORY, (str(product.categories[-1].id),)),)
    match = asking.match(Question(shop_id=shop.id, chosen=chosen), None)
    known = await searching.find_shop(tx, shop.id)
    rows = await most_sold(tx, match, known.products, RELATED_MAX + 1)
    return tuple(card(row, lang) for row in rows if row["product_id"] != product.id)[:RELATED_MAX]
