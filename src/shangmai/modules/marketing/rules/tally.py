"""Adding up what a campaign does to one order after the other."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.marketing.contract import EXAMPLES_MAX, NEARLY_BP, LossOrder, Tally
from shangmai.modules.pricing.contract import FunderKind, PromotionId, Quote, Step, Why


class Case(Struct, frozen=True, kw_only=True):
    """One order: priced as today, priced with the campaign, and what its lines cost by key (None: not known).

    `gift_costs`: what a piece of a gift costs, as far as that is known.
    """

    number: str
    before: Quote
    after: Quote
    costs: Mapping[int, int | None]
    gift_costs: Mapping[SkuId, int] = {}


def count(tally: Tally, case: Case, drafts: frozenset[PromotionId]) -> Tally:
    """The tally with this order in it."""
    before, after = case.before, case.after
    margin_before = margin(before, case.costs, case.gift_costs)
    margin_after = margin(after, case.costs, case.gift_costs)
    hit = any(applied.promotion_id in drafts for applied in after.applied)
    loses = margin_after < 0 <= margin_before
    example = LossOrder(number=case.number, margin_before_minor=margin_before, margin_after_minor=margin_after)
    missing = nearly(after, drafts)
    return replace(
        tally,
        orders=tally.orders + 1,
        hit=tally.hit + hit,
        pieces_hit=tally.pieces_hit + (sum(line.qty for line in after.lines) if hit else 0),
        revenue_before_minor=tally.revenue_before_minor + revenue(before),
        revenue_after_minor=tally.revenue_after_minor + revenue(after),
        margin_before_minor=tally.margin_before_minor + margin_before,
        margin_after_minor=tally.margin_after_minor + margin_after,
        margin_hit_minor=tally.margin_hit_minor + (margin_after if hit else 0),
        off_minor=tally.off_minor + after.totals.off_minor - before.totals.off_minor,
        shop_off_minor=tally.shop_off_minor + borne_by_shop(after) - borne_by_shop(before),
        freight_off_minor=tally.freight_off_minor + after.totals.freight_off_minor - before.totals.freight_off_minor,
        gifts=tally.gifts + sum(gift.qty for gift in after.gifts if gift.promotion_id in drafts),
        gifts_value_minor=tally.gifts_value_minor
        + sum(gift.qty * gift.value_minor for gift in after.gifts if gift.promotion_id in drafts),
        losing=tally.losing + loses,
        examples=(*tally.examples, example) if loses and len(tally.examples) < EXAMPLES_MAX else tally.examples,
        nearly=tally.nearly + (missing > 0),
        nearly_missing_minor=tally.nearly_missing_minor + missing,
        used_up=tally.used_up + any(r.why is Why.USED_UP and r.promotion_id in drafts for r in after.refused),
        unproven=tally.unproven + (not after.proven),
        cost_unknown_lines=tally.cost_unknown_lines + sum(cost is None for cost in case.costs.values()),
    )


def revenue(quote: Quote) -> int:
    """What the goods bring the shop: what the buyer pays for them, and what others bear of the discount."""
    return sum(line.paid_minor + _reimbursed(line.steps) for line in quote.lines)


def margin(quote: Quote, costs: Mapping[int, int | None], gift_costs: Mapping[SkuId, int]) -> int:
    """Revenue less cost, over the lines whose cost is known, less what the gifts cost whose cost is known."""
    gifts = sum(gift.qty * gift_costs.get(gift.sku_id, 0) for gift in quote.gifts)
    goods = sum(
        line.paid_minor + _reimbursed(line.steps) - cost
        for line in quote.lines
        if (cost := costs.get(line.key)) is not None
    )
    return goods - gifts


def borne_by_shop(quote: Quote) -> int:
    """What the shop itself gives, off goods and freight."""
    return sum(share.amount_minor for share in quote.totals.funders if share.funder is FunderKind.SHOP)


def nearly(quote: Quote, drafts: frozenset[PromotionId]) -> int:
    """The least that the order lacks for one of the drafts, where that is a quarter of it at most; else 0."""
    missing = [
        refused.missing.missing_minor
        for refused in quote.refused
        if refused.promotion_id in drafts and refused.missing is not None and refused.missing.missing_minor
    ]
    within = quote.totals.goods_minor * NEARLY_BP // 10_000
    return min((each for each in missing if each <= within), default=0)


def extra_orders(tally: Tally) -> int | None:
    """How many more orders like those that it hit make up for what the campaign gives away; None when none would."""
    given = tally.margin_before_minor - tally.margin_after_minor
    if given <= 0:
        return 0
    if tally.margin_hit_minor <= 0:
        return None
    return -(-given * tally.hit // tally.margin_hit_minor)


def _reimbursed(steps: tuple[Step, ...]) -> int:
    return sum(share.amount_minor for step in steps for share in step.funders if share.funder is not FunderKind.SHOP)
