"""What a shop asks for each SKU, and what it says beside the price."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import DescribedProduct, SkuId
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.asking import PriceAsk, PriceLine
from shangmai.modules.pricing.contract.price_lists import UnitPrice
from shangmai.modules.storefront.rules.goods import Offered


async def offers(tx: Tx, shop: ShopFacts, products: Iterable[DescribedProduct]) -> dict[SkuId, Offered]:
    """Give what the shop asks of anybody for one piece of each active SKU that has a price in its currency.

    Where a price list sets the price, the SKU's own is struck through beside a lower one.
    """
    active = {sku.id for product in products for sku in product.skus if sku.active}
    skus = list((await catalog.get_skus(tx, active)).values())
    ask = PriceAsk(shop=shop, lines=tuple(PriceLine(sku, 1) for sku in skus), customer_id=None, at=await present(tx))
    (priced,) = await pricing.find_prices(tx, [ask]) if skus else ([],)
    return {
        sku.id: Offered(price.unit_minor, _market(price, sku.price_minor, sku.currency), ())
        for sku, price in zip(skus, priced, strict=True)
        if isinstance(price, UnitPrice)
    }


async def present(tx: Tx) -> datetime:
    """What time it is: an event may tell of an earlier one, but what is shown is what holds now."""
    now: datetime = await tx.fetchval("SELECT now()")
    return now


def _market(price: UnitPrice, own_minor: int, own_currency: str) -> int | None:
    is_lower = price.list_id is not None and own_currency == price.currency and own_minor > price.unit_minor
    return own_minor if is_lower else None
