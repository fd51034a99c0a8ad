"""Pricing an order as today and with each campaign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from shangmai.modules.marketing.contract import Tally
from shangmai.modules.marketing.rules.baskets import PLENTY, Facts, basket_of, costs_of
from shangmai.modules.marketing.rules.tally import Case, count
from shangmai.modules.marketing.rules.usage import Usage, is_limited
from shangmai.modules.orders.contract import SoldOrder
from shangmai.modules.pricing.contract import Basket, Gift, GiftStock, Policy, Promotion, Quote
from shangmai.modules.pricing.service import PromotionIndex, quote


class Counts(Protocol):
    """What a run keeps of the orders it has gone through."""

    as_recorded: int
    tallies: list[Tally]
    usages: list[Usage]


class Trial:
    """One campaign beside what is published; a draft takes the place of the version that is.

    `without`: what is published, less what the campaign takes from it unchanged, so that a campaign that runs already
    is compared with the shop without it. None: all that is published.
    """

    def __init__(self, published: Sequence[Promotion], drafts: Sequence[Promotion]) -> None:
        self.drafts = frozenset(draft.id for draft in drafts)
        running = {(promotion.id, promotion.version) for promotion in published}
        unchanged = {draft.id for draft in drafts if (draft.id, draft.version) in running}
        self.without = PromotionIndex([each for each in published if each.id not in unchanged]) if unchanged else None
        promotions = [*(promotion for promotion in published if promotion.id not in self.drafts), *drafts]
        self.index = PromotionIndex(promotions)
        self.limited = [promotion for promotion in promotions if is_limited(promotion)]
        self.limited_ids = frozenset(promotion.id for promotion in self.limited)


class Comparison:
    """What each order is priced with: today's promotions, and each campaign besides."""

    def __init__(
        self, published: Sequence[Promotion], policy: Policy, campaigns: Sequence[Sequence[Promotion]]
    ) -> None:
        self.policy = policy
        self.today = PromotionIndex(published)
        self.trials = [Trial(published, drafts) for drafts in campaigns]
        every = [*published, *(draft for drafts in campaigns for draft in drafts)]
        self.gifts = tuple(
            GiftStock(item.sku_id, PLENTY)
            for promotion in every
            if isinstance(promotion.benefit, Gift)
            for tier in promotion.benefit.tiers
            for item in tier.items
        )


def count_order(counts: Counts, comparison: Comparison, sold: SoldOrder, facts: Facts) -> None:
    """Add one order to what is counted."""
    basket = basket_of(sold, facts)
    if basket is None:  # charges only: no promotion is about them
        counts.as_recorded += sold.order.goods_minor == 0
        return
    before = quote(basket, comparison.today, comparison.policy)
    counts.as_recorded += sum(line.paid_minor for line in before.lines) == sold.order.goods_minor
    costs = costs_of(sold)
    for n, trial in enumerate(comparison.trials):
        after = _with(trial, basket, counts.usages[n], comparison.policy)
        today = before if trial.without is None else quote(basket, trial.without, comparison.policy)
        case = Case(number=sold.order.number, before=today, after=after, costs=costs, gift_costs=facts.gift_costs)
        counts.tallies[n] = count(counts.tallies[n], case, trial.drafts)


def _with(trial: Trial, basket: Basket, usage: Usage, policy: Policy) -> Quote:
    buyer = None if basket.buyer is None else basket.buyer.id
    quotas = usage.left(trial.limited, buyer)
    quoted = quote(replace(basket, quotas=quotas) if quotas else basket, trial.index, policy)
    usage.use(quoted, trial.limited_ids, buyer)
    return quoted
