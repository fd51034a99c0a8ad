"""Which payments a refund gives back: never more than each has left, and all of what is asked if there is enough."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import PaymentId
from shangmai.modules.payments.rules import Kept

LEFT = st.lists(st.integers(0, 10**12), max_size=6)


def kept(lefts: list[int]) -> list[Kept]:
    return [Kept(PaymentId(UUID(int=n)), left) for n, left in enumerate(lefts, 1)]


@given(st.integers(1, 10**13), LEFT)
def test_parts_are_within_their_payments_and_add_up(amount: int, lefts: list[int]) -> None:
    payments = kept(lefts)
    parts = dict(rules.share_refund(amount, payments))
    assert sum(parts.values()) == min(amount, sum(lefts))
    assert all(0 < parts.get(each.payment_id, 1) <= max(each.left_minor, 1) for each in payments)


@given(st.lists(st.integers(1, 10**6), max_size=20), LEFT)
def test_refund_after_refund_ends_exactly_at_what_was_paid(amounts: list[int], lefts: list[int]) -> None:
    left = {each.payment_id: each.left_minor for each in kept(lefts)}
    given_back = 0
    for amount in amounts:
        parts = rules.share_refund(amount, [Kept(*each) for each in left.items()])
        for payment_id, part in parts:
            left[payment_id] -= part
            given_back += part
    assert all(each >= 0 for each in left.values())
    assert given_back == min(sum(amounts), sum(lefts))
