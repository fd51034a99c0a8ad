"""Limits of promotions, used up as the replay goes on, from the full."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from shangmai.modules.pricing.contract import Promotion, PromotionId, Quota, Quote


class Used(Struct):
    """What has been used of one promotion: orders and budget altogether, orders and pieces by buyer."""

    orders: int = 0
    budget_minor: int = 0
    buyer_orders: dict[str, int] = {}
    buyer_pieces: dict[str, int] = {}


class Usage(Struct):
    """What a campaign has used so far; kept with the run, so that one that was interrupted goes on from there."""

    by_promotion: dict[str, Used] = {}

    def left(self, promotions: Iterable[Promotion], buyer: UUID | None) -> tuple[Quota, ...]:
        """What each limited promotion has left for this buyer. Without a buyer, nothing is counted by buyer."""
        return tuple(
            self._left(promotion, "" if buyer is None else buyer.hex)
            for promotion in promotions
            if is_limited(promotion)
        )

    def use(self, quote: Quote, limited: frozenset[PromotionId], buyer: UUID | None) -> None:
        """Count an order's uses."""
        who = "" if buyer is None else buyer.hex
        for applied in quote.applied:
            if applied.promotion_id not in limited:
                continue
            used = self.by_promotion.setdefault(applied.promotion_id.hex, Used())
            used.orders += 1
            used.budget_minor += applied.amount_minor
            if who:
                used.buyer_orders[who] = used.buyer_orders.get(who, 0) + 1
                used.buyer_pieces[who] = used.buyer_pieces.get(who, 0) + _pieces(quote, applied.promotion_id)

    def _left(self, promotion: Promotion, who: str) -> Quota:
        used, limits = self.by_promotion.get(promotion.id.hex, Used()), promotion.limits
        uses = [
            None if limits.uses_total is None else limits.uses_total - used.orders,
            None if limits.uses_per_buyer is None or not who else limits.uses_per_buyer - used.buyer_orders.get(who, 0),
        ]
        pieces, budget = limits.pieces_per_buyer, limits.budget_minor
        return Quota(
            promotion_id=promotion.id,
            uses_left=min((max(left, 0) for left in uses if left is not None), default=None),
            pieces_left=None if pieces is None or not who else max(pieces - used.buyer_pieces.get(who, 0), 0),
            budget_left_minor=None if budget is None else max(budget - used.budget_minor, 0),
        )


def is_limited(promotion: Promotion) -> bool:
    """Whether what it has left depends on the orders before."""
    limits = promotion.limits
    counted = (limits.uses_total, limits.uses_per_buyer, limits.pieces_per_buyer, limits.budget_minor)
    return any(limit is not None for limit in counted)


def _pieces(quote: Quote, id_: PromotionId) -> int:
    return sum(step.pieces or line.qty for line in quote.lines for step in line.steps if step.promotion_id == id_)
