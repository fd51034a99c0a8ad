"""Whether a promotion can work as it is written, before anybody can publish it.

What the types cannot say: a published promotion is worked out for every basket that it touches, so one that made the
engine stumble would stop the orders of a shop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from shangmai.kernel.clock import timezone
from shangmai.kernel.errors import Invalid
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.benefits import (
    AddOn,
    AmountOff,
    BundlePrice,
    DepositPresale,
    FlashSale,
    FreeShipping,
    Gift,
    GroupBuy,
    MemberPrice,
    PercentOff,
    PointsDeduction,
    SpecialPrice,
)
from shangmai.modules.pricing.contract.lifecycle import (
    BalanceWithoutEnd,
    DepositAboveWorth,
    EveryNeedsOneTier,
    FundersIncomplete,
    GivesNothing,
    LayerUnfit,
    MoreThanAll,
    SkuTwice,
    TiersDoNotRise,
    WindowBackwards,
)
from shangmai.modules.pricing.contract.promotion import Layer, Promotion, When
from shangmai.modules.pricing.rules.benefits import UNIT_PRICES
from shangmai.modules.pricing.rules.facts import compile_condition

GOODS_LAYERS: Final = (Layer.ITEM, Layer.ORDER, Layer.PLATFORM, Layer.COUPON)
"""Where a benefit may stand that takes off what goods cost together."""
ALL_BP: Final = 10_000


def check_promotion(promotion: Promotion) -> None:
    """Refuse what cannot work.

    Raises: LayerUnfit, FundersIncomplete, TiersDoNotRise, EveryNeedsOneTier, MoreThanAll, SkuTwice, GivesNothing,
    WindowBackwards, BalanceWithoutEnd, DepositAboveWorth, UnknownTimezone, ConditionInvalid, FactUnknown,
    FactOfOtherKind, ConditionNotYesOrNo.
    """
    _check_layer(promotion)
    _check_times(promotion.when)
    sum_bp = sum(funder.share_bp for funder in promotion.funders)
    if sum_bp != ALL_BP:
        raise FundersIncomplete(sum_bp=sum_bp)
    if promotion.condition:
        compile_condition(promotion.condition)
    refusal = _unsound(promotion)
    if refusal is not None:
        raise refusal


def _check_layer(promotion: Promotion) -> None:
    fits = _layers_of(promotion)
    if promotion.layer not in fits:
        kind = type(promotion.benefit).__struct_config__.tag
        raise LayerUnfit(kind=kind, layer=promotion.layer.value, fits=", ".join(fits))


def _layers_of(promotion: Promotion) -> tuple[Layer, ...]:
    benefit = promotion.benefit
    if type(benefit) in UNIT_PRICES:
        return (Layer.PRICE,)
    if isinstance(benefit, PointsDeduction):
        return (Layer.POINTS,)
    if isinstance(benefit, FreeShipping):
        return (Layer.SHIPPING,)
    return GOODS_LAYERS


def _check_times(when: When) -> None:
    timezone(when.timezone)
    for window in when.windows:
        if window.end_minute <= window.start_minute:
            raise WindowBackwards(end=window.end_minute)


def _unsound(promotion: Promotion) -> Invalid | None:
    match promotion.benefit:
        case AmountOff(tiers=tiers, every=every):
            return _every(every, [tier.at for tier in tiers]) or _rise([(tier.at, tier.off) for tier in tiers])
        case PercentOff(tiers=tiers):
            too_much = next((n for n, tier in enumerate(tiers, 1) if tier.off > ALL_BP), None)
            if too_much is not None:
                return MoreThanAll(n=too_much)
            return _rise([(tier.at, tier.off) for tier in tiers])
        case Gift(tiers=gifts, every=every):
            return _every(every, [tier.at for tier in gifts]) or _rise([(tier.at,) for tier in gifts])
        case GroupBuy(tiers=groups):
            return _rise([(tier.size, -tier.price_minor) for tier in groups])
        case SpecialPrice(prices=prices, off_bp=off_bp):
            return _twice(one.sku_id for one in prices) or (None if prices or off_bp else GivesNothing())
        case MemberPrice(levels=levels, prices=by_level):
            return None if levels or by_level else GivesNothing()
        case FlashSale(prices=prices) | AddOn(prices=prices):
            return _twice(one.sku_id for one in prices)
        case BundlePrice(items=items):
            return _twice(item.sku_id for item in items)
        case DepositPresale(deposit_minor=deposit, worth_minor=worth, balance=balance):
            if balance.end is None:
                return BalanceWithoutEnd()
            return DepositAboveWorth() if worth < deposit else None
    return None


def _every(every: bool, thresholds: Sequence[int]) -> Invalid | None:
    return EveryNeedsOneTier() if every and (len(thresholds) != 1 or thresholds[0] == 0) else None


def _rise(tiers: Sequence[tuple[int, ...]]) -> Invalid | None:
    """Each figure of each tier above that of the tier before."""
    for n, (lower, higher) in enumerate(pairwise(tiers), 2):
        if any(mine <= its for mine, its in zip(higher, lower, strict=True)):
            return TiersDoNotRise(n=n)
    return None


def _twice(skus: Iterable[SkuId]) -> Invalid | None:
    seen: set[SkuId] = set()
    for sku_id in skus:
        if sku_id in seen:
            return SkuTwice(sku_id=sku_id)
        seen.add(sku_id)
    return None
