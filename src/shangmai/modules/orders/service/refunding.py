"""What a return of a quoted order gives back: each line's share of what was paid, gifts no longer earned, coupons.

The shares are those of `pricing.share_refund`, so any sequence of returns ends exactly at what was paid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import GiftDue, LineKind, Order, OrderId, OrderLine, ReturnLine
from shangmai.modules.orders.rules import Refund
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Quote
from shangmai.modules.pricing.contract.coupons import CouponId
from shangmai.modules.pricing.contract.refunds import (
    PaidCoupon,
    PaidGift,
    PaidLine,
    PaidOrder,
    RefundPolicy,
    RefundShare,
    WantedGift,
    WantedLine,
    WantedRefund,
)

POLICY: Final = RefundPolicy(freight_with_last=False)
"""Freight is a line of the order and goes back when that line is named; gifts are asked for, not deducted."""


class Shared(Struct, frozen=True):
    """A return by the order's quote: what each line gives back, gifts to ask for, coupons that are free again."""

    refunds: Sequence[Refund]
    gifts_due: tuple[GiftDue, ...] = ()
    coupons_back: tuple[CouponId, ...] = ()
    points_back: int = 0


async def quotes_of(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[OrderId, Quote]:
    """The frozen quotes of those of the orders that have one; no statement when none has."""
    quoted = [order.id for order in orders.values() if order.quoted]
    return await queries.quotes_of(tx, quoted) if quoted else {}


def share(
    lines: Sequence[OrderLine], quote: Quote | None, wanted: Sequence[ReturnLine], refunds: Sequence[Refund]
) -> Shared | AppError:
    """Share a return out by the quote; an order without one gives back what `refunds` says.

    What a clerk gives for a line in so many words stands, within what the line has left.
    """
    if quote is None:
        return Shared(refunds)
    by_pieces = {each.line.line: each for each in refunds if each.pieces}
    paid = _with_kits_back(paid_order(lines, quote), by_pieces)
    try:
        shared = pricing.share_refund(paid, _wanted(lines, quote, wanted, by_pieces), POLICY)
    except AppError as refusal:
        return refusal
    named = {each.line for each in wanted if each.refund_minor is not None} | by_pieces.keys()
    amounts = {each.key: each.amount_minor for each in shared.lines if each.key not in named}
    refunds = [_with_share(each, amounts) for each in refunds]
    return Shared(
        refunds=refunds,
        gifts_due=_gifts_due(shared),
        coupons_back=tuple(CouponId(each) for each in shared.coupons_back),
        points_back=_points_back(quote, refunds),
    )


def _points_back(quote: Quote, refunds: Sequence[Refund]) -> int:
    """The points that go back with what goes back of the lines that they were used on."""
    points = {line.key: line.points for line in quote.lines}
    return sum(
        rules.goes_back(
            points.get(each.line.line, 0),
            rules.part_gone(each.line),
            rules.part_gone(each.line, each.qty, each.refund_minor),
        )
        for each in refunds
    )


async def give_coupons_back(tx: Tx, backs: Sequence[tuple[OrderId, tuple[CouponId, ...], Item]]) -> None:
    """Let these orders' coupons be used again, once."""
    for order_id, coupons, item in backs:
        if coupons:
            await pricing.give_back_coupons(tx, {order_id: item}, coupons)


def paid_order(lines: Sequence[OrderLine], quote: Quote) -> PaidOrder:
    """What was paid for the order, and what went back so far."""
    quoted = {line.key: line for line in quote.lines}
    gifts = _gift_lines(lines, quote)
    return PaidOrder(
        lines=tuple(
            PaidLine(
                key=line.line,
                sku_id=quoted[line.line].sku_id,
                qty=line.qty,
                paid_minor=line.amount_minor,
                back_qty=line.returned_qty + line.canceled_qty,
                back_minor=line.returned_minor + line.canceled_minor,
            )
            for line in lines
            if line.line in quoted
        ),
        gifts=tuple(
            PaidGift(
                promotion_id=gift.promotion_id,
                sku_id=gift.sku_id,
                qty=gift.qty,
                value_minor=gift.value_minor,
                line_keys=gift.line_keys,
                sets=gift.sets,
                at=gift.at,
                counted=gift.counted,
                back_qty=line.returned_qty + line.canceled_qty,
            )
            for gift, line in zip(quote.gifts, gifts, strict=True)
        ),
        coupons=tuple(_coupons(quote, {line.line for line in lines if line.returned_qty < line.due_qty})),
    )


def _with_kits_back(paid: PaidOrder, by_pieces: Mapping[int, Refund]) -> PaidOrder:
    """The order with those kits back that pieces complete: their money is worked out by pieces, not by kits."""
    return replace(
        paid,
        lines=tuple(
            replace(line, back_qty=line.back_qty + by_pieces[line.key].qty) if line.key in by_pieces else line
            for line in paid.lines
        ),
    )


def _gift_lines(lines: Sequence[OrderLine], quote: Quote) -> Sequence[OrderLine]:
    """The lines of the quote's gifts, in their order; goods that were added to the order later come after them."""
    quoted = {line.key for line in quote.lines}
    others = [line for line in lines if line.kind is LineKind.GOODS and line.line not in quoted]
    return others[: len(quote.gifts)]


def _coupons(quote: Quote, still_there: Collection[int]) -> list[PaidCoupon]:
    """The coupons used, each with the goods lines that it made cheaper; one for the freight stands for all lines."""
    every = tuple(line.key for line in quote.lines)
    found = []
    for applied in quote.applied:
        if applied.coupon is None or applied.coupon.coupon_id is None:
            continue
        cheaper = (n.key for n in quote.lines if any(step.promotion_id == applied.promotion_id for step in n.steps))
        keys = tuple(cheaper) or every
        is_back = not any(key in still_there for key in keys)
        found.append(PaidCoupon(coupon_id=applied.coupon.coupon_id, line_keys=keys, is_back=is_back))
    return found


def _wanted(
    lines: Sequence[OrderLine], quote: Quote, wanted: Sequence[ReturnLine], by_pieces: Mapping[int, Refund]
) -> WantedRefund:
    goods = {line.key for line in quote.lines}
    gifts = {line.line: gift for gift, line in zip(quote.gifts, _gift_lines(lines, quote), strict=True)}
    return WantedRefund(
        lines=tuple(
            WantedLine(key=each.line, qty=each.qty, amount_minor=None if each.qty else each.refund_minor)
            for each in wanted
            if each.line in goods and each.line not in by_pieces and (each.qty or each.refund_minor)
        )
        + tuple(
            WantedLine(key=line, amount_minor=refund.refund_minor)
            for line, refund in by_pieces.items()
            if line in goods and refund.refund_minor
        ),
        gifts=tuple(
            WantedGift(promotion_id=gifts[each.line].promotion_id, sku_id=gifts[each.line].sku_id, qty=each.qty)
            for each in wanted
            if each.line in gifts and each.qty
        ),
    )


def _with_share(refund: Refund, amounts: Mapping[int, int]) -> Refund:
    """The line's share, but no more than the pieces shipped so far have left."""
    if refund.line.kind is not LineKind.GOODS or refund.line.line not in amounts:
        return refund
    return replace(refund, refund_minor=min(amounts[refund.line.line], refund.left_minor))


def _gifts_due(shared: RefundShare) -> tuple[GiftDue, ...]:
    return tuple(GiftDue(sku_id=each.sku_id, qty=each.qty_due) for each in shared.gifts if each.qty_due)
