"""Why money for a canceled order goes back at once, decided from what is known around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.ids import new_id
from shangmai.modules.orders.contract import Order, PaymentStatus, Status, Terms
from shangmai.modules.orders.contract.late import LateChoice, LateReason
from shangmai.modules.orders.rules.late import Around, why_refund

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Around(choice=LateChoice.HOLD_AGAIN, is_erased=False, has_place=False)


def expired(**more: Any) -> Order:
    given: dict[str, Any] = {
        "id": new_id(), "number": "SO1", "shop_id": new_id(), "company_id": new_id(), "warehouse_id": new_id(),
        "customer_id": None, "external_no": None, "status": Status.CANCELED, "payment_status": PaymentStatus.UNPAID,
        "terms": Terms.PREPAID, "currency": "CNY", "goods_minor": 1000, "freight_minor": 0, "other_minor": 0,
        "total_minor": 1000, "paid_minor": 0, "refunded_minor": 0, "placed_at": NOW - HOUR, "expired_at": NOW,
    }  # fmt: skip
    return Order(**given | more)


@pytest.mark.parametrize(
    ("order", "around", "reason"),
    [
        (expired(), PLAIN, None),
        (expired(expired_at=None), PLAIN, LateReason.CANCELED),
        (expired(refunded_minor=1000), PLAIN, LateReason.REFUNDED_BEFORE),
        (expired(), replace(PLAIN, choice=LateChoice.REFUND), LateReason.SETTING),
        (expired(), replace(PLAIN, is_erased=True), LateReason.RECEIVER_GONE),
        (expired(), replace(PLAIN, has_place=True), LateReason.PLACE_GONE),
        (expired(total_minor=1001), PLAIN, LateReason.TOO_LITTLE),
        (expired(total_minor=5000, deposit_minor=1000, balance_from=NOW + HOUR), PLAIN, None),
        (expired(total_minor=5000, deposit_minor=1000, balance_from=NOW - HOUR), PLAIN, LateReason.TOO_LITTLE),
        (
            expired(deposit_minor=500, balance_from=NOW - 2 * HOUR, balance_until=NOW - HOUR),
            PLAIN,
            LateReason.TOO_LITTLE,
        ),
    ],
)
def test_reasons(order: Order, around: Around, reason: LateReason | None) -> None:
    assert why_refund(order, 1000, NOW, around) is reason


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_only_what_covers_the_total_may_revive(total: int, amount: int) -> None:
    reason = why_refund(expired(total_minor=total), amount, NOW, PLAIN)
    assert (reason is None) == (amount >= total)
