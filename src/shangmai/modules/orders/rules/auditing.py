"""What the audit table is told about an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.kernel.money import Money, line_amount
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory.contract import AverageCost, WarehouseId
from shangmai.modules.orders.contract import LineKind, Order, OrderLine, Receiver
from shangmai.modules.orders.contract.exceptions import Particulars
from shangmai.modules.orders.rules.risk import RISK_FACTS, risk_of
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.rules.contract import FactValue


class Before(Struct, frozen=True, kw_only=True):
    """What an order's buyer had done before it was placed."""

    paid: int = 0
    canceled: int = 0
    returned: int = 0
    day: int = 0
    day_kept: int = 0
    """Of `day`, those that are not canceled."""


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
    is_edited: bool = False
    is_repriced: bool = False


class Goods:
    """What several facts are made of, worked out once for an order, and only if it is asked."""

    def __init__(self, seen: Seen, skus: Mapping[SkuId, Sku]) -> None:
        self.seen = seen
        self.order = seen.order
        self._skus = skus

    @cached_property
    def lines(self) -> list[OrderLine]:
        return [line for line in self.seen.lines if line.kind is LineKind.GOODS]

    @cached_property
    def known(self) -> list[tuple[OrderLine, Sku]]:
        return with_skus(self.seen.lines, self._skus)

    @cached_property
    def placed(self) -> datetime:
        return _local(self.order.placed_at, self.seen.shop)

    @property
    def receiver(self) -> Receiver | None:
        return self.seen.receiver


FACTS: Final[dict[str, Callable[[Goods], FactValue]]] = {
    "total_minor": lambda g: g.order.total_minor,
    "goods_minor": lambda g: g.order.goods_minor,
    "freight_minor": lambda g: g.order.freight_minor,
    "discount_bp": lambda g: discount_bp(g.lines, g.order.currency),
    "pieces": lambda g: sum(line.qty for line in g.lines),
    "line_count": lambda g: len(g.lines),
    "most_of_one": lambda g: _most_of_one(g.lines),
    "weight_g": lambda g: sum(sku.weight_g * line.qty for line, sku in g.known),
    "margin_bp": lambda g: margin_bp(g.order, g.seen.cost_minor),
    "address_length": lambda g: len(g.receiver.street) if g.receiver else 0,
    "hour": lambda g: g.placed.hour,
    "weekday": lambda g: g.placed.isoweekday(),
    "buyer_orders_paid": lambda g: g.seen.before.paid,
    "buyer_orders_canceled": lambda g: g.seen.before.canceled,
    "buyer_orders_returned": lambda g: g.seen.before.returned,
    "buyer_orders_day": lambda g: g.seen.before.day,
    "short_pieces": lambda g: g.seen.short_pieces,
    "risk_score": lambda g: risk_of({name: FACTS[name](g) for name in RISK_FACTS})[0],
    "shop": lambda g: g.seen.shop.code,
    "channel": lambda g: g.seen.shop.kind.value,
    "currency": lambda g: g.order.currency,
    "terms": lambda g: g.order.terms.value,
    "order_kind": lambda g: g.order.kind.value,
    "province": lambda g: g.receiver.province if g.receiver else "",
    "city": lambda g: g.receiver.city if g.receiver else "",
    "district": lambda g: g.receiver.district if g.receiver else "",
    "note": lambda g: g.seen.note,
    "seller_flag": lambda g: g.seen.particulars.flag,
    "seller_remark": lambda g: g.seen.particulars.remark,
    "channel_state": lambda g: g.seen.particulars.channel_state,
    "skus": lambda g: sorted({sku.code for _, sku in g.known}),
    "buyer_known": lambda g: g.order.customer_id is not None,
    "buyer_blocked": lambda g: g.seen.is_blocked,
    "has_receiver": lambda g: g.receiver is not None,
    "has_note": lambda g: bool(g.seen.note),
    "has_gift": lambda g: any(line.amount_minor == 0 for line in g.lines),
    "price_changed": lambda g: is_priced_by_hand(g.seen, g.known),
    "goods_changed": lambda g: g.seen.is_edited,
    "from_channel": lambda g: g.order.external_no is not None,
}
"""How each fact of the subject `orders.audit` is told."""
OF_PRICES: Final = frozenset({"discount_bp", "price_changed", "risk_score"})
"""The facts that need the lines' unit prices."""


def facts_of(seen: Seen, skus: Mapping[SkuId, Sku], fields: Iterable[str] = FACTS) -> dict[str, FactValue]:
    """These facts of the subject `orders.audit`."""
    goods = Goods(seen, skus)
    return {name: FACTS[name](goods) for name in fields}


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
        left = line.left_qty
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
    return line_amount(line.due_qty, line.unit_price, currency).minor


def discount_bp(goods: Sequence[OrderLine], currency: str) -> int:
    """The share taken off the list price of the goods that were not canceled, basis points, rounded down."""
    listed = sum(_listed_minor(line, currency) for line in goods)
    return max(_bp(listed - sum(line.due_minor for line in goods), listed), 0)


def _most_of_one(goods: Sequence[OrderLine]) -> int:
    pieces: dict[SkuId | None, int] = {}
    for line in goods:
        pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.qty
    return max(pieces.values(), default=0)


def is_priced_by_hand(seen: Seen, known: Iterable[tuple[OrderLine, Sku]]) -> bool:
    """Whether somebody here set a price: no price list's, not the SKU's own, and not what the order's channel asks."""
    order = seen.order
    if seen.is_repriced or order.quoted or seen.particulars.channel_total_minor == order.total_minor:
        return seen.is_repriced
    return any(_is_own_price(line, order, sku) for line, sku in known)


def _is_own_price(line: OrderLine, order: Order, sku: Sku) -> bool:
    """Whether a line's price is not the SKU's."""
    return sku.currency == order.currency and line.unit_price != Money(sku.price_minor, sku.currency).major()
