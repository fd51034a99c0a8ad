"""Returning pieces of kits: pure.

Each component of a kit's line has a share of what the line cost, by its weight when the order was placed. What pieces
give back is their share of what the line has *left*: in the proportion of their shares to the shares of all pieces that
are left, and all that is left with the last piece. So a component that comes back alone gives its own share, a
concession made before lowers them all alike, and any sequence of returns, by kits or by pieces, ends exactly at what
was paid. Cost comes back by the number of pieces, as it does for whole kits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from shangmai.kernel.errors import AppError
from shangmai.kernel.money import allocate, round_ratio
from shangmai.modules.catalog.contract import KitComponent, SkuId
from shangmai.modules.orders.contract import LineKind, Order, OrderLine, RefundTooHigh, ReturnLine
from shangmai.modules.orders.contract.returning import KitPart, PartNotInKit, TooMuchOfPart
from shangmai.modules.orders.rules import Refund, cumulated

Parts = Sequence[KitPart]
Pieces = Mapping[SkuId, int]


def parts_of(line: int, qty: int, amount_minor: int, components: Sequence[KitComponent], returned: int = 0) -> Parts:
    """The components of a kit's line, each with its share of the line; `returned` kits of it have come back already.

    Components that weigh nothing share by pieces.
    """
    weights = [each.share_weight for each in components]
    shares = allocate(amount_minor, weights if any(weights) else [each.qty for each in components])
    return [
        KitPart(
            line=line,
            sku_id=each.sku_id,
            qty=each.qty * qty,
            per_kit=each.qty,
            share_minor=share,
            returned_qty=each.qty * returned,
        )
        for each, share in zip(components, shares, strict=True)
    ]


def goes_by_pieces(line: OrderLine, parts: Parts, wanted: ReturnLine) -> bool:
    """Whether a return is of pieces: some are named, or loose ones came back before."""
    loose = any(part.returned_qty != part.per_kit * line.returned_qty for part in parts)
    return bool(wanted.parts) or (bool(wanted.qty) and loose)


def refund_pieces(order: Order, line: OrderLine, parts: Parts, wanted: ReturnLine) -> Refund | AppError:
    """What pieces of a kit's line give back, whole kits counted by their pieces, or why they can't come back."""
    assert line.kind is LineKind.GOODS
    unknown = {each.sku_id for each in wanted.parts} - {part.sku_id for part in parts}
    if unknown:
        return PartNotInKit(line=line.line, sku_id=min(unknown))
    pieces = _wanted(parts, wanted)
    left = {part.sku_id: part.per_kit * line.shipped_qty - part.returned_qty for part in parts}
    for sku_id, n in pieces.items():
        if n > left[sku_id]:
            return TooMuchOfPart(number=order.number, line=line.line, sku_id=sku_id, left=left[sku_id], qty=n)
    left_minor = line.shipped_minor - line.returned_minor
    refund = _share(parts, pieces, left, left_minor) if wanted.refund_minor is None else wanted.refund_minor
    if refund > left_minor:
        return RefundTooHigh(number=order.number, line=line.line, left_minor=left_minor, refund_minor=refund)
    return Refund(
        line=line,
        qty=_whole(parts, pieces) - line.returned_qty,
        refund_minor=refund,
        cost_minor=_cost_back(line, parts, pieces),
        left_minor=left_minor,
        pieces={sku_id: n for sku_id, n in pieces.items() if n},
    )


def whole_kits(parts: Parts, qty: int) -> dict[SkuId, int]:
    """The pieces of so many kits."""
    return {part.sku_id: part.per_kit * qty for part in parts}


def _wanted(parts: Parts, wanted: ReturnLine) -> dict[SkuId, int]:
    pieces = whole_kits(parts, wanted.qty)
    for each in wanted.parts:
        pieces[each.sku_id] += each.qty
    return pieces


def _share(parts: Parts, pieces: Pieces, left: Pieces, left_minor: int) -> int:
    """The part of what is left that these pieces give back, half away from zero."""
    if pieces == left:
        return left_minor
    worth = {part.sku_id: Fraction(part.share_minor, part.qty) for part in parts}
    whole = sum((worth[sku_id] * n for sku_id, n in left.items()), Fraction(0))
    if not whole:
        worth, whole = dict.fromkeys(worth, Fraction(1)), Fraction(sum(left.values()))
    if not whole:
        return 0
    part = sum((worth[sku_id] * n for sku_id, n in pieces.items()), Fraction(0)) / whole
    return min(round_ratio(left_minor * part.numerator, part.denominator), left_minor)


def _whole(parts: Parts, pieces: Pieces) -> int:
    """How many kits are back with all that belongs to them."""
    return min((part.returned_qty + pieces[part.sku_id]) // part.per_kit for part in parts)


def _cost_back(line: OrderLine, parts: Parts, pieces: Pieces) -> int:
    """The cost that the pieces bring back, so that all of them together bring back the line's cost exactly."""
    shipped = sum(part.per_kit for part in parts) * line.shipped_qty
    back = sum(part.returned_qty for part in parts) + sum(pieces.values())
    return max(cumulated(line.cost_minor, back, shipped) - line.returned_cost_minor, 0) if sum(pieces.values()) else 0
