"""Pure decisions on bargains: how much a help cuts, who may help, what the price is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shangmai.kernel.errors import AppError
from shangmai.modules.marketing.contract import (
    Bargain,
    BargainOver,
    BargainStatus,
    BargainTerms,
    HelpedAlready,
    LowestReached,
    OwnBargain,
    SetBargainTerms,
)
from shangmai.modules.marketing.queries.bargains import KeptBargain
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.pricing.contract import PromotionId


def default_terms(promotion_id: PromotionId) -> BargainTerms:
    """The terms of a promotion for which none were set."""
    plain = SetBargainTerms(promotion_id=promotion_id)
    return BargainTerms(promotion_id=promotion_id, helps=plain.helps, hours=plain.hours, pay_minutes=plain.pay_minutes)


def cut(left_minor: int, helps_left: int, draw: int) -> int:
    """What the next of `helps_left` helps cuts off `left_minor`, by a random number.

    The last takes all that is left, so the cuts add up exactly. Each other takes between one minor unit and twice the
    average of what is left, and leaves one for each to come, so the expected cut is the same for everybody. Where there
    are fewer units than helps, some cut nothing.
    """
    if helps_left == 1:
        return left_minor
    least = 1 if left_minor >= helps_left else 0
    most = max(min(2 * left_minor // helps_left, left_minor - least * (helps_left - 1)), least)
    return least + draw % (most - least + 1)


def status_at(bargain: KeptBargain, at: datetime) -> BargainStatus:
    """A bargain whose time is over says so, without anybody having had to note it."""
    is_over = bargain.status is BargainStatus.OPEN and at >= bargain.ends_at
    return BargainStatus.OVER if is_over else bargain.status


def check_open(bargain: KeptBargain, at: datetime) -> AppError | None:
    status = status_at(bargain, at)
    return None if status is BargainStatus.OPEN else BargainOver(bargain_id=bargain.id, status=status.value)


def check_help(bargain: KeptBargain, helpers: Collection[CustomerId], who: CustomerId, at: datetime) -> AppError | None:
    """The refusal where a bargain is over, is one's own, was helped by one before, or cannot go lower."""
    refusal = check_open(bargain, at)
    if refusal is not None:
        return refusal
    if who == bargain.customer_id:
        return OwnBargain()
    if who in helpers:
        return HelpedAlready()
    return LowestReached() if bargain.helps == bargain.helps_max else None


def shown(bargain: KeptBargain, at: datetime) -> Bargain:
    """The bargain as people see it."""
    return Bargain(
        id=bargain.id,
        shop_id=bargain.shop_id,
        promotion_id=bargain.promotion_id,
        sku_id=bargain.sku_id,
        customer_id=bargain.customer_id,
        list_minor=bargain.list_minor,
        lowest_minor=bargain.lowest_minor,
        price_minor=bargain.price_minor,
        helps=bargain.helps,
        helps_max=bargain.helps_max,
        status=status_at(bargain, at),
        started_at=bargain.started_at,
        ends_at=bargain.ends_at,
        order_id=bargain.order_id,
    )
