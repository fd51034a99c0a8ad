"""Prices: which is the newest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.money import decimals_of
from shangmai.modules.catalog.contract import (
    LaterPriceSet,
    PriceSet,
    SetPrice,
    SkuId,
)

OVERLAP: Final = timedelta(minutes=1)


class Priced(Struct, frozen=True, kw_only=True):
    """A SKU whose price is about to change, and since when it has the present one."""

    id: SkuId
    code: str
    price_minor: int
    currency: str
    priced_at: datetime


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
