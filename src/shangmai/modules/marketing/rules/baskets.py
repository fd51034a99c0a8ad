"""The basket that a past order was: its goods at the prices of then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from shangmai.kernel.clock import Period
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import LineKind, OrderLine, SoldOrder
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing.contract import Basket, BasketLine, Buyer, PriceRef, Promotion
from shangmai.modules.pricing.contract.basket import GiftStock

PLENTY: Final = 1_000_000_000
THEN: Final = PriceRef(rule="as sold")


class Facts(Struct, frozen=True):
    """What a page of orders is read with: the shop, where its SKUs stand in the catalog, its customers' levels.

    `gift_costs`: what a piece of a gift costs now in the shop's warehouse, where there is any.
    """

    shop: ShopFacts
    places: Mapping[SkuId, SkuPlace]
    levels: Mapping[CustomerId, str]
    gifts: tuple[GiftStock, ...]
    gift_costs: Mapping[SkuId, int] = {}


def basket_of(sold: SoldOrder, facts: Facts) -> Basket | None:
    """The order's goods as a basket, at the list prices of then; None when it has no goods.

    Gifts that it got are left out: what is tried may give others. A line whose amount is not pieces times a whole price
    (0.001 a piece) goes as one lot at that amount.
    """
    lists = None if sold.quote is None else {line.key: line.unit_list_minor for line in sold.quote.lines}
    lines = tuple(
        _line(line, facts.places[line.sku_id], None if lists is None else lists[line.line])
        for line in sold.lines
        if line.sku_id is not None and (lists is None or line.line in lists)
    )
    if not lines:
        return None
    order = sold.order
    buyer = None
    if order.customer_id is not None:
        level = facts.levels.get(order.customer_id, "")
        buyer = Buyer(id=order.customer_id, level=level, orders_paid=sold.earlier)
    return Basket(
        company_id=order.company_id,
        shop_id=order.shop_id,
        channel=facts.shop.kind.value,
        currency=order.currency,
        now=order.placed_at,
        buyer=buyer,
        lines=lines,
        freight_minor=sum(line.amount_minor for line in sold.lines if line.kind is LineKind.FREIGHT),
        gift_stock=facts.gifts,
        draw=order.id.int % 1_000_003,
    )


def costs_of(sold: SoldOrder) -> dict[int, int | None]:
    """What each line of goods cost, as far as it was shipped whole; None where that is not known yet."""
    return {
        line.line: line.cost_minor if line.shipped_qty == line.qty else None
        for line in sold.lines
        if line.sku_id is not None
    }


def in_force(promotion: Promotion, since: datetime, until: datetime) -> Promotion:
    """The promotion as if its period were that of the replay; its weekly windows stay."""
    period = Period(since, until)
    return msgspec.structs.replace(promotion, when=msgspec.structs.replace(promotion.when, period=period))


def _line(line: OrderLine, place: SkuPlace, quoted_minor: int | None) -> BasketLine:
    """`quoted_minor`: the list price of one piece, where promotions or lists came in; else it is what was paid."""
    assert line.sku_id is not None
    whole = line.amount_minor if quoted_minor is None else quoted_minor * line.qty
    each, rest = divmod(whole, line.qty)
    pieces, list_minor = (line.qty, each) if rest == 0 else (1, whole)
    return BasketLine(
        key=line.line,
        sku_id=line.sku_id,
        product_id=place.product_id,
        category_ids=place.category_ids,
        qty=pieces,
        list_minor=list_minor,
        price=THEN,
    )
