"""What each part of a refund comes to, so that any sequence of refunds gives back exactly what was paid.

Every share is taken of what is *left*: k of the n pieces left give k/n of the money left, rounded half up, and the last
piece gives all that is left. So nothing is ever computed from the original twice, no order of refunds can give back
more than was paid, and whatever earlier rounding or concessions took, the last refund ends exactly at zero. Points and
tax go with the money by the same rule; with no money left, with the pieces.

A gift is earned while the lines that earned it hold its threshold. When a refund leaves less, the gift is asked for, or
its value is held back from the refund (never more than the refund comes to; the rest is held back from the next one).
What was held back is given back when the gift comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.money import allocate, round_ratio
from shangmai.modules.pricing.contract import (
    CouponBack,
    FreightRefundTooLarge,
    GiftKept,
    GiftReturnTooLarge,
    GiftShare,
    LineShare,
    PaidGift,
    PaidLine,
    PaidOrder,
    RefundOfNothing,
    RefundPolicy,
    RefundShare,
    RefundTooLarge,
    WantedGift,
    WantedLine,
    WantedRefund,
)


def share(order: PaidOrder, wanted: WantedRefund, policy: RefundPolicy) -> RefundShare:
    """Work out a refund; the answer holds the order as it is after it, to be stored and handed in next time.

    Raises: RefundOfNothing, RefundTooLarge, FreightRefundTooLarge, GiftReturnTooLarge. Then nothing is refunded.
    """
    lines, shares = list(order.lines), []
    for one in wanted.lines:
        place = _find(lines, one)
        part = _line_share(lines[place], one)
        lines[place] = _after(lines[place], part)
        shares.append(part)
    freight = _freight(order, lines, wanted, policy)
    before_gifts = sum(part.amount_minor for part in shares) + freight
    gifts, gift_shares = _gifts(order.gifts, lines, wanted.gifts, before_gifts, policy)
    coupons = _coupons_back(order, lines, policy)
    return RefundShare(
        lines=tuple(shares),
        freight_minor=freight,
        gifts=gift_shares,
        coupons_back=coupons,
        amount_minor=before_gifts - sum(one.deducted_minor for one in gift_shares),
        points=sum(part.points for part in shares),
        tax_minor=sum(part.tax_minor for part in shares),
        order=replace(
            order,
            lines=tuple(lines),
            back_freight_minor=order.back_freight_minor + freight,
            gifts=gifts,
            coupons=tuple(replace(one, is_back=one.is_back or one.coupon_id in coupons) for one in order.coupons),
        ),
    )


def split_kit(line: PaidLine, components: Sequence[tuple[PaidLine, int]]) -> tuple[PaidLine, ...]:
    """Split what was paid for a kit among its components by weight, when the order is placed.

    Each component is then refunded by its own share, whatever the others cost by then. Components that weigh nothing
    share by pieces.
    """
    weights = [weight for _, weight in components]
    if not any(weights):
        weights = [one.qty for one, _ in components]
    paid, points = allocate(line.paid_minor, weights), allocate(line.points, weights)
    taxes = allocate(line.tax_minor, paid)
    return tuple(
        replace(one, key=line.key, paid_minor=amount, points=used, tax_minor=tax)
        for (one, _), amount, used, tax in zip(components, paid, points, taxes, strict=True)
    )


def _find(lines: list[PaidLine], wanted: WantedLine) -> int:
    fits = [
        place for place, line in enumerate(lines) if line.key == wanted.key and wanted.sku_id in (None, line.sku_id)
    ]
    if len(fits) != 1 or (wanted.qty == 0 and not wanted.amount_minor):
        raise RefundOfNothing(line=wanted.key)
    return fits[0]


def _line_share(line: PaidLine, wanted: WantedLine) -> LineShare:
    left_qty, left_minor = line.qty - line.back_qty, line.paid_minor - line.back_minor
    full = _part(left_minor, wanted.qty, left_qty) if wanted.qty <= left_qty and wanted.qty else 0
    amount = full if wanted.amount_minor is None else wanted.amount_minor
    most = left_minor if wanted.qty == 0 else full
    if wanted.qty > left_qty or amount > most:
        raise RefundTooLarge(
            line=line.key, left_qty=left_qty, left_minor=most if wanted.qty <= left_qty else left_minor
        )
    by_pieces = wanted.qty and (wanted.amount_minor is None or not left_minor)
    with_pieces = (wanted.qty, left_qty) if by_pieces else None
    return LineShare(
        key=line.key,
        sku_id=line.sku_id,
        qty=wanted.qty,
        amount_minor=amount,
        points=_along(line.points - line.back_points, amount, left_minor, with_pieces),
        tax_minor=_along(line.tax_minor - line.back_tax_minor, amount, left_minor, with_pieces),
    )


def _along(left: int, amount: int, amount_left: int, pieces: tuple[int, int] | None) -> int:
    """Give the part of points or tax that goes with an amount; with pieces where these say it exactly."""
    if pieces is not None:
        return _part(left, *pieces)
    return _part(left, amount, amount_left) if amount_left else 0


def _part(left: int, count: int, of: int) -> int:
    """Give `count / of` of what is left, rounded half up, and all of it with the last."""
    return left if count == of else min(left, round_ratio(left * count, of))


def _after(line: PaidLine, part: LineShare) -> PaidLine:
    return replace(
        line,
        back_qty=line.back_qty + part.qty,
        back_minor=line.back_minor + part.amount_minor,
        back_points=line.back_points + part.points,
        back_tax_minor=line.back_tax_minor + part.tax_minor,
    )


def _freight(order: PaidOrder, lines: list[PaidLine], wanted: WantedRefund, policy: RefundPolicy) -> int:
    left = order.freight_minor - order.back_freight_minor
    if wanted.freight_minor > left:
        raise FreightRefundTooLarge(left_minor=left)
    is_last = wanted.lines and all(line.back_qty == line.qty for line in lines)
    return left if is_last and policy.freight_with_last else wanted.freight_minor


def _gifts(
    gifts: Sequence[PaidGift],
    lines: list[PaidLine],
    wanted: Sequence[WantedGift],
    refund_minor: int,
    policy: RefundPolicy,
) -> tuple[tuple[PaidGift, ...], tuple[GiftShare, ...]]:
    """Take gifts back, see which are earned no longer, and hold their value back from the refund, first to last."""
    after, shares, to_hold = [], [], refund_minor
    _check_gifts(gifts, wanted)
    for gift in gifts:
        back = sum(one.qty for one in wanted if _is_of(one, gift))
        gift = replace(gift, back_qty=gift.back_qty + back)
        due = max(0, gift.qty - _qty_earned(gift, lines) - gift.back_qty)
        owed = due * gift.value_minor if policy.gift_kept is GiftKept.DEDUCT else 0
        held = min(owed - gift.deducted_minor, max(to_hold, 0))
        to_hold -= held
        after.append(replace(gift, deducted_minor=gift.deducted_minor + held))
        if back or due or held:
            shares.append(
                GiftShare(
                    promotion_id=gift.promotion_id,
                    sku_id=gift.sku_id,
                    back_qty=back,
                    qty_due=due,
                    deducted_minor=held,
                )
            )
    return tuple(after), tuple(shares)


def _check_gifts(gifts: Sequence[PaidGift], wanted: Sequence[WantedGift]) -> None:
    for gift in gifts:
        left, back = gift.qty - gift.back_qty, sum(one.qty for one in wanted if _is_of(one, gift))
        if back > left:
            raise GiftReturnTooLarge(sku_id=gift.sku_id, left_qty=left)
    for one in wanted:
        if not any(_is_of(one, gift) for gift in gifts):
            raise GiftReturnTooLarge(sku_id=one.sku_id, left_qty=0)


def _is_of(wanted: WantedGift, gift: PaidGift) -> bool:
    return wanted.sku_id == gift.sku_id and wanted.promotion_id == gift.promotion_id


def _qty_earned(gift: PaidGift, lines: list[PaidLine]) -> int:
    """Tell how many pieces are still earned: a set for each full threshold that is left, up to those that were given.

    A line counts for as much as when the gift was given, less by the pieces that came back, and for nothing once all
    its money is back. A concession alone costs no gift.
    """
    left = 0
    for key, counted in zip(gift.line_keys, gift.counted, strict=True):
        of_key = [line for line in lines if line.key == key]
        pieces = sum(line.qty - line.back_qty for line in of_key if not _is_all_back(line))
        left += counted * pieces // sum(line.qty for line in of_key)
    sets = min(left // gift.at, gift.sets) if gift.at else gift.sets * (left > 0)
    return gift.qty * sets // gift.sets


def _is_all_back(line: PaidLine) -> bool:
    return line.back_minor == line.paid_minor > 0 or line.back_qty == line.qty


def _coupons_back(order: PaidOrder, lines: list[PaidLine], policy: RefundPolicy) -> tuple[UUID, ...]:
    if policy.coupon_back is CouponBack.NEVER:
        return ()
    open_keys = {line.key for line in lines if line.back_qty < line.qty}
    return tuple(one.coupon_id for one in order.coupons if not one.is_back and open_keys.isdisjoint(one.line_keys))
