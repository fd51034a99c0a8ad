"""What becomes of an order whose price is no longer the one that its buyer was shown."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shangmai.modules.pricing.contract import PromotionId


class OnChange(StrEnum):
    """Refuse the order, so that its buyer sees the new price first; or place it at that price and say what changed."""

    REFUSE = "refuse"
    REQUOTE = "requote"


class WhenShort(StrEnum):
    """Refuse an order that there is not stock for; or place it and let it wait, so that it gets what arrives first."""

    REFUSE = "refuse"
    WAIT = "wait"


class PriceChange(Struct, frozen=True, kw_only=True):
    """How the price came to differ, in minor units. `expected_minor`: what the buyer was shown, where that was told.

    `used_up`: the promotions whose uses or budget others took just before.
    """

    expected_minor: int | None
    total_minor: int
    used_up: tuple[PromotionId, ...] = ()
