"""What a quote uses up, kept for the document that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.pricing.contract.asking import QuoteHold
from shangmai.modules.pricing.contract.benefits import Bargain, GroupBuy
from shangmai.modules.pricing.contract.coupons import CouponBatch
from shangmai.modules.pricing.contract.promotion import Promotion, PromotionId
from shangmai.modules.pricing.contract.quotas import QuotaKind, QuotaUse
from shangmai.modules.pricing.contract.quote import Applied, Quote
from shangmai.modules.pricing.queries import coupons
from shangmai.modules.pricing.queries import promotions as queries
from shangmai.modules.pricing.service import quotas

Amounts = list[tuple[QuotaKind, UUID, UUID | None, int, int]]
"""Kind, of what, of which buyer, the limit, the amount."""


async def hold_quotes(tx: Tx, holds: Sequence[QuoteHold]) -> dict[UUID, AppError]:
    """Keep for documents what their quotes use up, first come, first served; the documents refused, with why.

    A document's uses stand or fall together. Locks the accounts in order of id. Refusals: PromotionUsedUp,
    BudgetUsedUp, CouponUsed, CouponsGone.
    """
    promotions = await _promotions(tx, [each.quote for each in holds])
    codes = {c.code for h in holds for a in h.quote.applied if (c := a.coupon) is not None and c.coupon_id is None}
    shared = await coupons.shared(tx, codes) if codes else {}
    uses = [
        QuotaUse(kind=kind, of_id=of_id, buyer_id=buyer_id, limit=limit, amount=amount, doc=each.doc, item=each.item)
        for each in holds
        for kind, of_id, buyer_id, limit, amount in _amounts(each, promotions, shared)
    ]
    return await quotas.hold(tx, uses) if uses else {}


async def with_places(tx: Tx, quotes: Mapping[UUID, Quote]) -> set[UUID]:
    """Those of these documents whose price is of a place that another module keeps: in a group, or a bargain."""
    promotions = await _promotions(tx, list(quotes.values())) if quotes else {}
    return {
        doc
        for doc, quote in quotes.items()
        for each in quote.applied
        if isinstance(promotions[each.promotion_id, each.version].benefit, GroupBuy | Bargain)
    }


async def _promotions(tx: Tx, quotes: Sequence[Quote]) -> Mapping[tuple[PromotionId, int], Promotion]:
    """The versions that the quotes were made by."""
    return await queries.versions(tx, {(each.promotion_id, each.version) for of in quotes for each in of.applied})


def _amounts(
    of: QuoteHold, promotions: Mapping[tuple[PromotionId, int], Promotion], shared: Mapping[str, CouponBatch]
) -> Amounts:
    amounts: Amounts = []
    for applied in of.quote.applied:
        promotion = promotions[applied.promotion_id, applied.version]
        amounts += _of_promotion(of, applied, promotion) + _of_coupon(of, applied, shared)
    return amounts


def _of_promotion(of: QuoteHold, applied: Applied, promotion: Promotion) -> Amounts:
    limits, id_, buyer = promotion.limits, promotion.id, of.customer_id
    wanted = (
        (QuotaKind.USES, None, limits.uses_total, 1),
        (QuotaKind.USES, buyer, limits.uses_per_buyer, 1),
        (QuotaKind.PIECES, None, limits.pieces_total, _pieces(of.quote, id_)),
        (QuotaKind.PIECES, buyer, limits.pieces_per_buyer, _pieces(of.quote, id_)),
        (QuotaKind.BUDGET, None, limits.budget_minor, applied.amount_minor),
    )
    return [(kind, id_, of_buyer, limit, n) for kind, of_buyer, limit, n in wanted if limit is not None and n > 0]


def _pieces(quote: Quote, promotion_id: PromotionId) -> int:
    """The pieces that a promotion made cheaper."""
    return sum(
        step.pieces or line.qty for line in quote.lines for step in line.steps if step.promotion_id == promotion_id
    )


def _of_coupon(of: QuoteHold, applied: Applied, shared: Mapping[str, CouponBatch]) -> Amounts:
    coupon = applied.coupon
    if coupon is None:
        return []
    if coupon.coupon_id is not None:
        return [(QuotaKind.COUPON, coupon.coupon_id, None, 1, 1)]
    batch = shared[coupon.code]
    limits = ((None, batch.stock), (of.customer_id, batch.per_buyer))
    return [(QuotaKind.ISSUED, batch.id, buyer, limit, 1) for buyer, limit in limits if limit is not None]
