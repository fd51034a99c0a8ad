"""What a shop asks for each SKU, and what it says beside the price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import DescribedProduct, Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.asking import BasketAskLine, PriceAsk, PriceLine, QuoteAsk
from shangmai.modules.pricing.contract.price_lists import UnitPrice
from shangmai.modules.pricing.contract.quote import Quote
from shangmai.modules.storefront.rules.goods import Offered
from shangmai.modules.storefront.rules.listing import Named

BADGES_MAX: Final = 5


async def offers(tx: Tx, shop: ShopFacts, products: Iterable[DescribedProduct]) -> dict[SkuId, Offered]:
    """Give what the shop asks of anybody who buys one piece, for each active SKU that has a price in its currency.

    The badges are the promotions that take something off that piece, and those that more pieces would earn.
    """
    active = {sku.id for product in products for sku in product.skus if sku.active}
    skus = list((await catalog.get_skus(tx, active)).values())
    if not skus:
        return {}
    warehouse_id = (await inventory.warehouses_of_shops(tx, [shop.id])).get(shop.id)
    if warehouse_id is not None and await pricing.is_anything_in_force(tx):
        return await _quoted(tx, shop, warehouse_id, skus)
    return await _listed(tx, shop, skus)


async def _listed(tx: Tx, shop: ShopFacts, skus: Sequence[Sku]) -> dict[SkuId, Offered]:
    ask = PriceAsk(shop=shop, lines=tuple(PriceLine(sku, 1) for sku in skus), customer_id=None, at=await present(tx))
    (priced,) = await pricing.find_prices(tx, [ask])
    return {
        sku.id: Offered(price.unit_minor, _market(shop, sku, price.unit_minor, price.unit_minor), ())
        for sku, price in zip(skus, priced, strict=True)
        if isinstance(price, UnitPrice)
    }


async def _quoted(tx: Tx, shop: ShopFacts, warehouse_id: WarehouseId, skus: Sequence[Sku]) -> dict[SkuId, Offered]:
    at = await present(tx)
    asks = [
        QuoteAsk(shop=shop, warehouse_id=warehouse_id, at=at, lines=(BasketAskLine(key=1, sku=sku, qty=1),))
        for sku in skus
    ]
    quotes = await pricing.price_baskets(tx, asks)
    return {
        sku.id: _offered(shop, sku, quote) for sku, quote in zip(skus, quotes, strict=True) if isinstance(quote, Quote)
    }


def _offered(shop: ShopFacts, sku: Sku, quote: Quote) -> Offered:
    line = quote.lines[0]
    names = [Named(each.name, each.name_en) for each in quote.applied]
    names += [Named(each.name, each.name_en) for each in quote.refused if each.missing is not None]
    badges = dict.fromkeys(name for name in names if name.zh)
    market = _market(shop, sku, line.list_minor, line.paid_minor)
    return Offered(line.paid_minor, market, tuple(badges)[:BADGES_MAX])


def _market(shop: ShopFacts, sku: Sku, list_minor: int, asked_minor: int) -> int | None:
    """What is struck through beside a lower price: the SKU's own price, or the list's."""
    before = max(sku.price_minor, list_minor) if sku.currency == shop.currency else list_minor
    return before if before > asked_minor else None


async def present(tx: Tx) -> datetime:
    """What time it is: an event may tell of an earlier one, but what is shown is what holds now."""
    now: datetime = await tx.fetchval("SELECT now()")
    return now
