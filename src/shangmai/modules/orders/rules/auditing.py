"""What the audit table is told about an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.kernel.money import Money, line_amount
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory.contract import AverageCost, WarehouseId
from shangmai.modules.orders.contract import LineKind, Order, OrderLine, Receiver
from shangmai.modules.orders.contract.exceptions import Particulars
from shangmai.modules.orders.rules.risk import risk_of
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.rules.contract import FactValue


class Before(Struct, frozen=True, kw_only=True):
    """What an order's buyer had done before it was placed."""

    paid: int = 0
    canceled: int = 0
    returned: int = 0
    day: int = 0


class Seen(Struct, frozen=True, kw_only=True):
    """An order with what is known around it. `cost_minor`: of all its goods, at the present cost.

    `costless`: lines of which something has not left and has no cost. `short_pieces`: not held in stock for it.
    """

    order: Order
    lines: Sequence[OrderLine]
    note: str
    receiver: Receiver | None
    shop: ShopFacts
    before: Before = Before()
    cost_minor: int = 0
    costless: frozenset[int] = frozenset()
    particulars: Particulars
    is_blocked: bool = False
    short_pieces: int = 0


def facts_of(seen: Seen, skus: Mapping[SkuId, Sku]) -> dict[str, FactValue]:
    """Every fact of the subject `orders.audit`."""
    order, receiver = seen.order, seen.receiver
    known = with_skus(seen.lines, skus)
    goods = [line for line in seen.lines if line.kind is LineKind.GOODS]
    placed = _local(order.placed_at, seen.shop)
    facts: dict[str, FactValue] = {
        "total_minor": order.total_minor,
        "goods_minor": order.goods_minor,
        "freight_minor": order.freight_minor,
        "discount_bp": discount_bp(goods, order),
        "pieces": sum(line.qty for line in goods),
        "line_count": len(goods),
        "most_of_one": _most_of_one(goods),
        "weight_g": sum(sku.weight_g * line.qty for line, sku in known),
        "margin_bp": margin_bp(order, seen.cost_minor),
        "address_length": len(receiver.street) if receiver else 0,
        "hour": placed.hour,
        "weekday": placed.isoweekday(),
        "buyer_orders_paid": seen.before.paid,
        "buyer_orders_canceled": seen.before.canceled,
        "buyer_orders_returned": seen.before.returned,
        "buyer_orders_day": seen.before.day,
        "shop": seen.shop.code,
        "channel": seen.shop.kind.value,
        "currency": order.currency,
        "terms": order.terms.value,
        "province": receiver.province if receiver else "",
        "city": receiver.city if receiver else "",
        "district": receiver.district if receiver else "",
        "note": seen.note,
        "skus": sorted({sku.code for _, sku in known}),
        "buyer_known": order.customer_id is not None,
        "has_receiver": receiver is not None,
        "has_note": bool(seen.note),
        "has_gift": any(line.amount_minor == 0 for line in goods),
        "price_changed": not order.quoted and any(is_own_price(line, order, sku) for line, sku in known),
        "from_channel": order.external_no is not None,
        "seller_flag": seen.particulars.flag,
        "seller_remark": seen.particulars.remark,
        "channel_state": seen.particulars.channel_state,
        "buyer_blocked": seen.is_blocked,
        "short_pieces": seen.short_pieces,
    }
    facts["risk_score"] = risk_of(facts)[0]
    return facts


def cost_of(
    order: Order,
    lines: Sequence[OrderLine],
    skus: Mapping[SkuId, Sku],
    costs: Mapping[tuple[SkuId, WarehouseId], AverageCost],
) -> tuple[int, frozenset[int]]:
    """What an order's goods cost: what has left, what it took with it; the rest, what it would take now.

    With it the lines of which the rest has no cost.
    """
    cost = sum(line.cost_minor for line in lines)
    unknown = set()
    for line, sku in with_skus(lines, skus):
        left = line.qty - line.shipped_qty
        if left:
            rest = sum(costs[part, order.warehouse_id].of(left * qty) for part, qty in parts_of(sku).items())
            cost += rest
            unknown |= set() if rest else {line.line}
    return cost, frozenset(unknown)


def margin_bp(order: Order, cost_minor: int) -> int:
    """What is left of the goods' price above their cost, basis points, rounded down."""
    return _bp(order.goods_minor - cost_minor, order.goods_minor)


def with_skus(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku]) -> list[tuple[OrderLine, Sku]]:
    """The lines of goods, each with its SKU."""
    return [(line, skus[line.sku_id]) for line in lines if line.sku_id is not None and line.sku_id in skus]


def parts_of(sku: Sku) -> dict[SkuId, int]:
    """What lies in the warehouse for one piece: the components of a kit, or the SKU itself."""
    return {part.sku_id: part.qty for part in sku.components} or {sku.id: 1}


def _local(at: datetime, shop: ShopFacts) -> datetime:
    return at.astimezone(ZoneInfo(shop.timezone))


def _bp(part: int, whole: int) -> int:
    """Basis points, rounded down; nothing of nothing."""
    return part * 10_000 // whole if whole else 0


def _listed_minor(line: OrderLine, currency: str) -> int:
    return line_amount(line.qty, line.unit_price, currency).minor


def discount_bp(goods: Sequence[OrderLine], order: Order) -> int:
    """The share taken off the list price of the goods, basis points, rounded down."""
    listed = sum(_listed_minor(line, order.currency) for line in goods)
    return max(_bp(listed - order.goods_minor, listed), 0)


def _most_of_one(goods: Sequence[OrderLine]) -> int:
    pieces: dict[SkuId | None, int] = {}
    for line in goods:
        pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.qty
    return max(pieces.values(), default=0)


def is_own_price(line: OrderLine, order: Order, sku: Sku) -> bool:
    """Whether a line's price is not the SKU's."""
    return sku.currency == order.currency and line.unit_price != Money(sku.price_minor, sku.currency).major()
