"""An order on its way to being placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.places import Goods
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract import FreightOf
from shangmai.modules.orders.contract import OrderId, OrderKind, PaidWith, PlaceOrder
from shangmai.modules.orders.rules import PricedLine
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing.contract import Offer, PromotionId, Quote

NO_OFFERS: Final[Mapping[int, Offer]] = {}


class Draft:
    """An order while its batch is placed: what was asked, what it became so far, and why it is refused, if it is.

    `quote` is there when price lists or promotions set its prices. `offers`: by line, verified by the module that asks.
    `freight`: what works it out, where another module asks for that. `used_up`: promotions that it was priced by and
    that had nothing left when it was to be kept. `is_short`: it waits for stock, and holds none.
    `known`: goods that the module that asks has read already. `kind`: given where it is made for another order.
    `prices_given`: the module that asks sets the lines' own prices by a grant of its own. `paid`: the money that comes
    with it.
    """

    __slots__ = (
        "do",
        "freight",
        "id",
        "is_short",
        "item",
        "kind",
        "known",
        "lines",
        "offers",
        "paid",
        "prices_given",
        "quote",
        "refusal",
        "shop",
        "used_up",
        "warehouse_id",
    )  # fmt: skip

    def __init__(
        self,
        do: PlaceOrder,
        item: Item,
        offers: Mapping[int, Offer] = NO_OFFERS,
        freight: FreightOf | None = None,
        kind: OrderKind | None = None,
        prices_given: bool = False,
        paid: PaidWith | None = None,
    ) -> None:
        self.id = OrderId(new_id())
        self.do, self.item, self.offers, self.freight, self.kind = do, item, offers, freight, kind
        self.prices_given, self.paid = prices_given, paid
        self.lines: list[PricedLine] = []
        self.quote: Quote | None = None
        self.shop: ShopFacts | None = None
        self.warehouse_id: WarehouseId | None = None
        self.refusal: AppError | None = None
        self.used_up: set[PromotionId] = set()
        self.is_short = False
        self.known: Mapping[SkuId, Goods] = {}
