"""Exceptions of money that has not come, and of time that runs out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shangmai.modules.orders.contract import PaymentStatus, Terms
from shangmai.modules.orders.contract.causes import LATE_PARCEL
from shangmai.modules.orders.rules.exceptions.situation import (
    Found,
    Later,
    Limits,
    Need,
    Situation,
    detects,
    number,
)
from shangmai.modules.payments.contract import DeferKind


@detects("part_paid")
def part_paid(s: Situation, limits: Limits) -> Found | Later | None:
    """An order with a deposit waits for its balance by a clock of its own."""
    order = s.order
    if order.payment_status is not PaymentStatus.PART_PAID or order.balance_until is not None:
        return None
    found = Found({"paid": s.money(order.paid_minor), "total": s.money(order.total_minor)})
    return _from(s, order.placed_at + timedelta(hours=number(limits, "hours")), found)


@detects("balance_due")
def balance_due(s: Situation, limits: Limits) -> Found | Later | None:
    until = s.order.balance_until
    if until is None or s.order.payment_status is PaymentStatus.PAID or s.order.terms is Terms.ON_ACCOUNT:
        return None
    return _from(s, until - timedelta(hours=number(limits, "hours")), Found({"until": s.local(until)}))


@detects("hold_expiring", Need.HELD)
def hold_expiring(s: Situation, limits: Limits) -> Found | Later | None:
    until = s.placed.until
    if until is None or s.order.payment_status is not PaymentStatus.UNPAID:
        return None
    return _from(s, until - timedelta(minutes=number(limits, "minutes_before")), Found({"until": s.local(until)}))


@detects("over_credit", Need.AUTHORIZED, Need.CREDIT)
def over_credit(s: Situation, _: Limits) -> Found | None:
    """Placed on account without drawing on a credit limit, and more than that allows."""
    order = s.order
    owed = order.total_minor - order.paid_minor
    if order.terms is not Terms.ON_ACCOUNT or s.authorized is not None or s.credit_left_minor is None:
        return None
    if owed <= s.credit_left_minor:
        return None
    said = {"available": s.money(s.credit_left_minor), "wanted": s.money(owed)}
    return Found(said, {"company_id": str(order.company_id), "customer_id": str(order.customer_id)})


@detects("debt_overdue", Need.AUTHORIZED)
def debt_overdue(s: Situation, _: Limits) -> Found | Later | None:
    """From the day after, by the shop's calendar."""
    owed, open_minor = s.authorized, _open_minor(s)
    if owed is None or owed.due_on is None or not open_minor:
        return None
    after = datetime.combine(owed.due_on, time(), ZoneInfo(s.seen.shop.timezone)) + timedelta(days=1)
    found = Found({"due": owed.due_on.isoformat(), "open": s.money(open_minor)})
    return _from(s, after.astimezone(UTC), found)


@detects("cod_high", Need.AUTHORIZED)
def cod_high(s: Situation, limits: Limits) -> Found | None:
    owed, open_minor = s.authorized, _open_minor(s)
    if owed is None or owed.kind is not DeferKind.COD or open_minor < number(limits, "open_minor"):
        return None
    return Found({"open": s.money(open_minor)})


@detects("ship_by_near", Need.PARTICULARS)
def ship_by_near(s: Situation, limits: Limits) -> Found | Later | None:
    """Until it is overdue, which is another exception."""
    until = s.particulars.ship_by
    if until is None or until <= s.now:
        return None
    return _from(s, until - timedelta(hours=number(limits, "hours")), Found({"until": s.local(until)}))


@detects("overdue_to_ship", Need.PARTICULARS)
def overdue_to_ship(s: Situation, limits: Limits) -> Found | Later | None:
    until = s.particulars.ship_by or s.order.placed_at + timedelta(hours=number(limits, "hours"))
    return _from(s, until, Found({"until": s.local(until)}))


@detects(LATE_PARCEL.removeprefix("orders."), Need.SENT)
def late_parcel(s: Situation, limits: Limits) -> Found | Later | None:
    if s.sent_at is None:
        return None
    days = number(limits, "days")
    return _from(s, s.sent_at + timedelta(days=days), Found({"days": str(days)}))


def _open_minor(s: Situation) -> int:
    """What is still to come; a payment counts towards the order before it counts towards what it waits for."""
    return 0 if s.authorized is None else min(s.authorized.open_minor, s.order.total_minor - s.order.paid_minor)


def _from(s: Situation, at: datetime, found: Found) -> Found | Later:
    return found if at <= s.now else Later(at)
