"""What other modules ask of pricing."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.modules.catalog.contract import Sku
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopFacts


class PriceLine(Struct, frozen=True):
    """So many pieces of a SKU."""

    sku: Sku
    qty: int


class PriceAsk(Struct, frozen=True, kw_only=True):
    """Unit prices wanted: in whose shop, for whom, when."""

    shop: ShopFacts
    lines: tuple[PriceLine, ...]
    customer_id: CustomerId | None
    at: datetime
