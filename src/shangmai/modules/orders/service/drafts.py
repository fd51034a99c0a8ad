"""An order on its way to being placed."""

from __future__ import annotations

from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract import OrderId, PlaceOrder
from shangmai.modules.orders.rules import PricedLine
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing.contract import Quote


class Draft:
    """An order while its batch is placed: what was asked, what it became so far, and why it is refused, if it is.

    `quote` is there when price lists or promotions set its prices.
    """

    __slots__ = ("do", "id", "item", "lines", "quote", "refusal", "shop", "warehouse_id")

    def __init__(self, do: PlaceOrder, item: Item) -> None:
        self.id = OrderId(new_id())
        self.do, self.item = do, item
        self.lines: list[PricedLine] = []
        self.quote: Quote | None = None
        self.shop: ShopFacts | None = None
        self.warehouse_id: WarehouseId | None = None
        self.refusal: AppError | None = None
