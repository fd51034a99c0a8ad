"""Flash sales: what a promotion is as one, and remembering that one is sold out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.modules.marketing.contract.flash import BuyFlash, FlashSaleView, FlashSoldOut, FlashStatus
from shangmai.modules.pricing.contract import FlashSale, Promotion, PromotionId

MEMORY: Final = "marketing.flash_sold_out"
LOOK_AGAIN_AFTER: Final = timedelta(milliseconds=500)
"""How long a process believes that nothing is left; then it lets one buyer through to look."""


def view(promotion: Promotion, left: int, now: datetime) -> FlashSaleView | None:
    """A published promotion as a flash sale; None for another one."""
    benefit, limits = promotion.benefit, promotion.limits
    period = promotion.when.period
    if not isinstance(benefit, FlashSale) or limits.pieces_total is None or period.end is None:
        return None
    price = benefit.prices[0]
    return FlashSaleView(
        promotion_id=promotion.id,
        name=promotion.name,
        sku_id=price.sku_id,
        price_minor=price.price_minor,
        units=limits.pieces_total,
        left=left,
        per_buyer=limits.pieces_per_buyer or limits.pieces_total,
        starts_at=period.start,
        ends_at=period.end,
        status=_status(period.start, period.end, left, now),
        now=now,
        starts_in_s=max(int((period.start - now).total_seconds()), 0),
    )


def at(view: FlashSaleView, now: datetime) -> FlashSaleView:
    """The same sale, counted down to a moment a little later."""
    starts_in_s = max(int((view.starts_at - now).total_seconds()), 0)
    status = _status(view.starts_at, view.ends_at, view.left, now)
    return replace(view, now=now, starts_in_s=starts_in_s, status=status)


def _status(start: datetime, end: datetime, left: int, now: datetime) -> FlashStatus:
    if now < start:
        return FlashStatus.AHEAD
    if now >= end:
        return FlashStatus.OVER
    return FlashStatus.OPEN if left else FlashStatus.SOLD_OUT


def gate(memory: dict[Any, Any], do: BuyFlash, now: datetime) -> AppError | None:
    """Refuse while this process knows that nothing is left; every half second one buyer is let through to look.

    So a crowd in front of an empty shelf costs the database two looks a second, and pieces that come free, at whatever
    process, are seen within that time.
    """
    known: dict[PromotionId, datetime] = memory.get(MEMORY, {})
    looked_at = known.get(do.promotion_id)
    if looked_at is None:
        return None
    if now - looked_at < LOOK_AGAIN_AFTER:
        return FlashSoldOut(promotion_id=do.promotion_id)
    known[do.promotion_id] = now
    return None


def note(memory: dict[Any, Any], promotion_id: PromotionId, now: datetime, *, sold_out: bool) -> None:
    """Remember whether anything was left when it was looked at."""
    known: dict[PromotionId, datetime] = memory.setdefault(MEMORY, {})
    if sold_out:
        known[promotion_id] = now
    else:
        known.pop(promotion_id, None)
