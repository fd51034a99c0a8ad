"""Pure decisions on payments through providers: what a notification comes to, which payments a refund gives back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.modules.payments.contract import (
    IntentStatus,
    Notification,
    Outcome,
    PaymentId,
    PaymentIntent,
    Verdict,
)

EXPIRY: Final = timedelta(minutes=30)
PAYING: Final = frozenset({Verdict.ACCEPTED, Verdict.LATE})
LOOK_AFTER: Final = timedelta(minutes=3)
"""A payment that the payer has opened and nobody has told us of for so long is asked for, and so is a refund."""


class Kept(Struct, frozen=True):
    """Of a payment, what was not given back yet, nor is asked to be."""

    payment_id: PaymentId
    left_minor: int


def judge(notification: Notification, intent: PaymentIntent | None, *, is_recorded: bool) -> Verdict:
    """What a notification that is new to us comes to.

    Money that came is recorded, however late: the order revives by it, or gives it back. Whether it is late is asked
    of when the payer paid.
    """
    if intent is None:
        return Verdict.UNKNOWN_INTENT
    if notification.merchant != intent.merchant:
        return Verdict.WRONG_MERCHANT
    if notification.app_id != intent.app_id:
        return Verdict.WRONG_APP
    if notification.currency != intent.currency:
        return Verdict.WRONG_CURRENCY
    if notification.amount_minor != intent.amount_minor:
        return Verdict.WRONG_AMOUNT
    if notification.outcome is Outcome.FAILURE:
        return Verdict.NOT_PAID
    if is_recorded:
        return Verdict.RECORDED_ALREADY
    in_time = intent.status is IntentStatus.OPEN and notification.at < intent.expires_at
    return Verdict.ACCEPTED if in_time else Verdict.LATE


def payable_state(intent: PaymentIntent, now: datetime) -> str:
    """`open` while it can be paid; else why not."""
    return "expired" if intent.status is IntentStatus.OPEN and now >= intent.expires_at else intent.status.value


def share_refund(amount_minor: int, kept: Sequence[Kept]) -> list[tuple[PaymentId, int]]:
    """Which payments give how much back, in the order given; together less than asked when they keep less."""
    parts = []
    for payment in kept:
        part = min(amount_minor, payment.left_minor)
        if part > 0:
            parts.append((payment.payment_id, part))
            amount_minor -= part
    return parts
