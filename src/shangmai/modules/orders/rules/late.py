"""What becomes of money that comes for a canceled order."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.modules.orders.contract import Order
from shangmai.modules.orders.contract.late import LateChoice, LateReason
from shangmai.modules.orders.rules import payable_minor


class Around(Struct, frozen=True, kw_only=True):
    """What is known around a canceled order that money comes for."""

    choice: LateChoice
    is_erased: bool
    has_place: bool


def why_refund(order: Order, amount_minor: int, at: datetime, around: Around) -> LateReason | None:
    """Why money for a canceled order goes back at once; None: the order may be revived, if it can be held again.

    Of an order with a deposit, that is enough before the window for the balance, and nothing is after it.
    """
    if order.expired_at is None:
        return LateReason.CANCELED
    if order.refunded_minor:
        return LateReason.REFUNDED_BEFORE
    if around.choice is LateChoice.REFUND:
        return LateReason.SETTING
    if around.is_erased:
        return LateReason.RECEIVER_GONE
    if around.has_place:
        return LateReason.PLACE_GONE
    due = payable_minor(order, at)
    return LateReason.TOO_LITTLE if not due or amount_minor < due else None
