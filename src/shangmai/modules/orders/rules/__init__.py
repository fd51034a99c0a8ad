"""Pure decisions on orders: states, totals, what may be shipped and refunded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.money import Money, allocate, line_amount, round_ratio
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.orders.contract import (
    DuplicateLines,
    LineIncomplete,
    LineKind,
    LineNotFound,
    Order,
    OrderCurrencyMixed,
    OrderKind,
    OrderLine,
    PaymentStatus,
    PlaceLine,
    PriceNotUsable,
    RefundTooHigh,
    ReturnLine,
    ShipOrderLine,
    SkuNotSellable,
    Status,
    StatusForbids,
    Terms,
    TooMuchToReturn,
    TooMuchToShip,
)

TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    Status.PLACED: frozenset({Status.PART_SHIPPED, Status.SHIPPED, Status.CANCELED}),
    Status.PART_SHIPPED: frozenset({Status.PART_SHIPPED, Status.SHIPPED}),
    Status.SHIPPED: frozenset({Status.SIGNED}),
    Status.SIGNED: frozenset(),
    Status.CANCELED: frozenset(),
}
assert TRANSITIONS.keys() == set(Status), "a new status must say where it leads"

RETURNABLE: Final = frozenset({Status.PART_SHIPPED, Status.SHIPPED, Status.SIGNED})
PRICE_DECIMALS_MAX: Final = 6
FREE: Final = Decimal(0)
"""The price of what is sent again."""


class PricedLine(Struct, frozen=True):
    """A line as it will stand on the order."""

    kind: LineKind
    sku_id: SkuId | None
    title: str
    qty: int
    unit_price: Decimal
    amount_minor: int


def check_can_become(order: Order, wanted: Status) -> AppError | None:
    """The refusal when the order's status does not lead to the wanted one."""
    if wanted in TRANSITIONS[order.status]:
        return None
    return StatusForbids(number=order.number, status=order.status.value, wanted=wanted.value)


def price_line(n: int, line: PlaceLine, skus: Mapping[SkuId, Sku], currency: str) -> PricedLine | AppError:
    """The line with its price: the given one, or the SKU's list price."""
    if line.unit_price is not None and not _is_usable(line.unit_price):
        return PriceNotUsable(line=n)
    if line.kind is LineKind.GOODS:
        return _price_goods(n, line, skus, currency)
    if line.sku_id is not None or not line.title or line.unit_price is None:
        return LineIncomplete(line=n)
    amount = line_amount(line.qty, line.unit_price, currency).minor
    return PricedLine(line.kind, None, line.title, line.qty, line.unit_price, amount)


def _price_goods(n: int, line: PlaceLine, skus: Mapping[SkuId, Sku], currency: str) -> PricedLine | AppError:
    if line.sku_id is None:
        return LineIncomplete(line=n)
    sku = skus.get(line.sku_id)
    if sku is None or not sku.active:
        return SkuNotSellable(sku_id=line.sku_id)
    title = line.title or sku.name
    if line.unit_price is not None:
        amount = line_amount(line.qty, line.unit_price, currency).minor
        return PricedLine(line.kind, sku.id, title, line.qty, line.unit_price, amount)
    if sku.currency != currency:
        return OrderCurrencyMixed(sku_id=sku.id, currency=sku.currency, shop_currency=currency)
    price = Money(sku.price_minor, currency).major()
    return PricedLine(line.kind, sku.id, title, line.qty, price, line.qty * sku.price_minor)


def _is_usable(price: Decimal) -> bool:
    return price.is_finite() and price >= 0 and -int(price.as_tuple().exponent) <= PRICE_DECIMALS_MAX


def told_lines(lines: Sequence[PricedLine]) -> list[dict[str, object]]:
    """The lines of an order that was not placed, for whoever was shown other prices."""
    return [
        {"kind": line.kind.value, "sku_id": line.sku_id, "qty": line.qty, "amount_minor": line.amount_minor}
        for line in lines
    ]


def total_of(lines: Iterable[PricedLine | OrderLine], kind: LineKind) -> int:
    return sum(line.amount_minor for line in lines if line.kind is kind)


def payable_minor(order: Order, at: datetime) -> int:
    """What can be paid of an order then: all that is left; of one with a deposit only that, outside of its window."""
    left = order.total_minor - order.paid_minor
    if not order.deposit_minor or order.balance_from is None:
        return left
    if at < order.balance_from:
        return max(order.deposit_minor - order.paid_minor, 0)
    return left if order.balance_until is None or at < order.balance_until else 0


MADE_FOR_ANOTHER: Final = frozenset({OrderKind.RESEND, OrderKind.EXCHANGE})
"""Kinds of orders that are bound to the order that they are for."""


def kind_of(wanted: OrderKind, terms: Terms, deposit_minor: int) -> OrderKind:
    """The kind of an order of which nothing else was said: with a deposit a pre-sale, on account of a business."""
    if wanted is not OrderKind.NORMAL:
        return wanted
    if deposit_minor:
        return OrderKind.PRESALE
    return OrderKind.B2B if terms is Terms.ON_ACCOUNT else OrderKind.NORMAL


def payment_status(total_minor: int, paid_minor: int) -> PaymentStatus:
    if paid_minor >= total_minor:
        return PaymentStatus.PAID
    return PaymentStatus.PART_PAID if paid_minor > 0 else PaymentStatus.UNPAID


def shares(lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> dict[int, int]:
    """The money of these quantities of each line, such that a line's parcels add up to what is due of it exactly."""
    return {line.line: share(line, line.shipped_qty, line.shipped_minor, quantities[line.line])
            for line in lines if line.line in quantities}  # fmt: skip


def share(line: OrderLine, before_qty: int, before_minor: int, qty: int) -> int:
    """The money of the next `qty` pieces of a line, when so many pieces have gone with so much money before.

    The n-th piece's end is rounded, not the parcel: share = round(due·after/qty) − before. So the last piece always
    ends at what is due, also where some was canceled in between.
    """
    share_minor = cumulated(line.due_minor, before_qty + qty, line.due_qty) - before_minor
    return max(share_minor, 0) if line.due_minor >= 0 and before_qty + qty < line.due_qty else share_minor


def cumulated(amount_minor: int, pieces: int, of: int) -> int:
    """The first `pieces` pieces' part of an amount, half away from zero."""
    return amount_minor if pieces == of else round_ratio(amount_minor * pieces, of)


def quantities_to_ship(
    order: Order, lines: Sequence[OrderLine], wanted: Sequence[ShipOrderLine] | None
) -> dict[int, int] | AppError:
    """How many of each goods line go into this parcel; charges go with the first one."""
    goods = {line.line: line for line in lines if line.kind is LineKind.GOODS}
    if wanted is None:
        chosen = {n: line.left_qty for n, line in goods.items() if line.left_qty}
    else:
        refusal = _check_wanted(order, goods, wanted)
        if refusal is not None:
            return refusal
        chosen = {each.line: each.qty for each in wanted}
    charges = {line.line: line.left_qty for line in lines if line.kind is not LineKind.GOODS and line.left_qty}
    return chosen | charges


def _check_wanted(order: Order, goods: Mapping[int, OrderLine], wanted: Sequence[ShipOrderLine]) -> AppError | None:
    seen: set[int] = set()
    for each in wanted:
        if each.line in seen:
            return DuplicateLines(line=each.line)
        seen.add(each.line)
        line = goods.get(each.line)
        if line is None:
            return LineNotFound(number=order.number, line=each.line)
        if each.qty > line.left_qty:
            return TooMuchToShip(number=order.number, line=each.line, left=line.left_qty, qty=each.qty)
    return None


def status_after(lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> Status:
    """Shipped when nothing of any goods line is left."""
    left = any(line.kind is LineKind.GOODS and quantities.get(line.line, 0) < line.left_qty for line in lines)
    return Status.PART_SHIPPED if left else Status.SHIPPED


class Refund(Struct, frozen=True):
    """What one line of a return takes back: pieces, money, and the cost that returns to stock.

    `left_minor`: what its shipped pieces have left to give back. `pieces`: of a kit, those of its components where
    they come back by pieces; `qty` is then how many more kits are back in full.
    """

    line: OrderLine
    qty: int
    refund_minor: int
    cost_minor: int
    left_minor: int
    pieces: Mapping[SkuId, int] = {}


ByPieces = Callable[[OrderLine, ReturnLine], Refund | AppError | None]
"""What a return gives back of a kit that comes back by pieces; None of any other line."""


def excess_minor(order: Order, amount_minor: int) -> int:
    """How much of a payment that comes now is more than the order asks for, by what was paid before."""
    return max(amount_minor - max(order.total_minor - order.paid_minor, 0), 0)


def refunds(
    order: Order, lines: Sequence[OrderLine], wanted: Sequence[ReturnLine], by_pieces: ByPieces
) -> list[Refund] | AppError:
    """What a return gives back, line by line, or why it can't; `by_pieces` knows of kits that come back by pieces."""
    by_line = {line.line: line for line in lines}
    told: list[Refund] = []
    seen: set[int] = set()
    for each in wanted:
        if each.line in seen:
            return DuplicateLines(line=each.line)
        seen.add(each.line)
        line = by_line.get(each.line)
        outcome = (None if line is None else by_pieces(line, each)) or _refund(order, line, each)
        if isinstance(outcome, AppError):
            return outcome
        told.append(outcome)
    return told


def _refund(order: Order, line: OrderLine | None, wanted: ReturnLine) -> Refund | AppError:
    if line is None:
        return LineNotFound(number=order.number, line=wanted.line)
    left = line.shipped_qty - line.returned_qty
    if wanted.qty > left:
        return TooMuchToReturn(number=order.number, line=line.line, left=left, qty=wanted.qty)
    left_minor = line.shipped_minor - line.returned_minor
    refund = wanted.refund_minor
    if refund is None:
        refund = min(cumulated(left_minor, wanted.qty, left) if left else 0, left_minor)
    if refund > left_minor:
        return RefundTooHigh(number=order.number, line=line.line, left_minor=left_minor, refund_minor=refund)
    return Refund(line, wanted.qty, refund, _cost_back(line, wanted.qty), left_minor)


def cancellation(line: OrderLine, qty: int) -> Refund:
    """What canceling pieces that have not left gives back, where no quote says otherwise: their share of the rest."""
    left_minor = line.due_minor - line.shipped_minor
    return Refund(line, qty, cumulated(left_minor, qty, line.left_qty), 0, left_minor)


def _cost_back(line: OrderLine, qty: int) -> int:
    """The cost that returning pieces bring back, so that all pieces together bring back the line's cost exactly."""
    if not qty:
        return 0
    return max(cumulated(line.cost_minor, line.returned_qty + qty, line.shipped_qty) - line.returned_cost_minor, 0)


def part_gone(line: OrderLine, qty: int = 0, refund_minor: int = 0) -> Fraction:
    """How much of a line has gone back, with so many more pieces and so much more money.

    The larger of its share of pieces and its share of money: pieces that come back for less than they cost have gone,
    and money that goes back without pieces, too.
    """
    pieces = Fraction(line.returned_qty + line.canceled_qty + qty, line.qty)
    gone_minor = line.returned_minor + line.canceled_minor + refund_minor
    money = Fraction(gone_minor, line.amount_minor) if line.amount_minor else Fraction(0)
    return min(max(pieces, money), Fraction(1))


def goes_back(amount: int, before: Fraction, after: Fraction) -> int:
    """What goes back of an amount that belongs to a line as more of the line does.

    Each end is rounded half up, not the difference, so any sequence of returns ends exactly at the amount.
    """
    return _part(amount, after) - _part(amount, before)


def _part(amount: int, part: Fraction) -> int:
    return round_ratio(amount * part.numerator, part.denominator)


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """A total split by weight, adding up to it exactly."""
    return [total_minor] if len(weights) == 1 else allocate(total_minor, weights)
