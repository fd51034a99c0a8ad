"""Whether a product is offered."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from shangmai.modules.catalog.contract import (
    NeverListed,
    NothingToSell,
    ProductId,
    ProductStatus,
)


class Offer(Struct, frozen=True, kw_only=True):
    """A product that is about to be listed or delisted; `sellable`: it has an active SKU."""

    id: ProductId
    code: str
    status: ProductStatus
    sellable: bool


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
