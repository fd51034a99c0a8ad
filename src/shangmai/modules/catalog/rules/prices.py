"""Prices: which is the newest, in each currency."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.clock import CLOCKS_APART
from shangmai.kernel.money import decimals_of
from shangmai.modules.catalog.contract import LaterPriceSet, PriceSet, ProductId, SetPrice, SkuId


class Price(Struct, frozen=True):
    """A price and since when it holds."""

    minor: int
    since: datetime


class Priced(Struct, frozen=True, kw_only=True):
    """A SKU whose prices are about to change: `currency` is its own, in which it always has one."""

    id: SkuId
    product_id: ProductId
    code: str
    currency: str
    prices: dict[str, Price]


def reprice(sku: Priced, do: SetPrice, at: datetime) -> tuple[Priced, PriceSet]:
    """Give the SKU with its new price.

    Of two calls at once, or of two machines whose clocks differ, the second to come may carry the earlier time: its
    price holds from the first one's time on. Raises: UnknownCurrency, LaterPriceSet.
    """
    decimals_of(do.currency)
    old = sku.prices.get(do.currency)
    changed = old is None or old.minor != do.price_minor
    if old is not None and changed and at < old.since - CLOCKS_APART:
        raise LaterPriceSet(code=sku.code, at=old.since.isoformat())
    answer = PriceSet(
        sku_id=sku.id,
        old_minor=None if old is None else old.minor,
        price_minor=do.price_minor,
        currency=do.currency,
        changed=changed,
    )
    if not changed:
        return sku, answer
    new = Price(do.price_minor, at if old is None else max(at, old.since))
    return replace(sku, prices=sku.prices | {do.currency: new}), answer


class NewPrice(Struct, frozen=True):
    """A line of the price history: the SKU after it, and the action that set it."""

    sku: Priced
    currency: str
    price: Price
    cause: UUID
