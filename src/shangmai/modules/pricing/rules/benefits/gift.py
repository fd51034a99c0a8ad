"""满赠: something free from a threshold on, while there is stock of it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from shangmai.modules.pricing.contract import Gift, GiftItem, GiftPick, GiftTier, Missing, Threshold
from shangmai.modules.pricing.rules.benefits.work import ThresholdWork, lacking, measured
from shangmai.modules.pricing.rules.cart import Lines
from shangmai.modules.pricing.rules.state import State


class Given(NamedTuple):
    """An item of a gift: how many pieces, in how many sets, for which tier."""

    item: GiftItem
    tier: GiftTier
    qty: int
    sets: int


class GiftWork(ThresholdWork):
    """`reach` is the number of the tier (from 1) × 2**32 + the number of sets; it takes no money off."""

    of_total = True
    __slots__ = ("benefit", "stock")

    def prepare(self) -> None:
        benefit = self.promotion.benefit
        assert isinstance(benefit, Gift)
        self.benefit = benefit
        self.threshold = Threshold(measure=benefit.measure, basis=benefit.basis)
        self.stock = {one.sku_id: one.available for one in self.cart.basket.gift_stock}

    def reach_of(self, have: int, points: int) -> int:
        tiers = self.benefit.tiers
        if self.benefit.every:
            sets = min(have // max(tiers[0].at, 1), self.benefit.sets_max)
            return sets and 1 << 32 | sets
        return max([i << 32 | 1 for i, tier in enumerate(tiers, start=1) if have >= tier.at], default=0)

    def off_of(self, total: int, reach: int) -> int:
        return 0

    def given(self, reach: int) -> list[Given]:
        """Give what there is to give at this reach: the items picked, as far as stock goes."""
        tier, sets = self.benefit.tiers[(reach >> 32) - 1], reach & 0xFFFFFFFF
        stocked = [(item, min(sets, self.stock.get(item.sku_id, 0) // item.qty)) for item in tier.items]
        picked = self._picked([(item, whole) for item, whole in stocked if whole])
        return [Given(item, tier, item.qty * whole, whole) for item, whole in picked]

    def missing(self, state: State, lines: Lines) -> Missing | None:
        have = measured(state, lines, self.threshold)
        if self.benefit.every:
            sets, at = have // max(self.benefit.tiers[0].at, 1), self.benefit.tiers[0].at
            wanted = (sets + 1) * at if sets < self.benefit.sets_max else 0
        else:
            wanted = min((tier.at for tier in self.benefit.tiers if tier.at > have), default=0)
        lack = lacking(replace(self.threshold, at=wanted), have)
        return None if lack is None else replace(lack, gift=True)

    def _picked(self, stocked: list[tuple[GiftItem, int]]) -> list[tuple[GiftItem, int]]:
        if self.benefit.pick is GiftPick.ALL or not stocked:
            return stocked
        if self.benefit.pick is GiftPick.CHOSEN:
            chosen = {one.sku_id for one in self.cart.basket.chosen_gifts if one.promotion_id == self.promotion.id}
            return [one for one in stocked if one[0].sku_id in chosen][:1]
        return [self._drawn(stocked)]

    def _drawn(self, stocked: list[tuple[GiftItem, int]]) -> tuple[GiftItem, int]:
        """Draw by the basket's number: an item with twice the stock is twice as likely."""
        place = self.cart.basket.draw % sum(self.stock[item.sku_id] for item, _ in stocked)
        for one in stocked:
            place -= self.stock[one[0].sku_id]
            if place < 0:
                return one
        raise AssertionError("a number below the sum of all stock falls on some item")
