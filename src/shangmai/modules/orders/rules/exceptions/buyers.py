"""Exceptions of who buys."""

from __future__ import annotations

from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects, number
from shangmai.modules.orders.rules.risk import risk_of


@detects("buyer_blocked", Need.BLOCKED)
def buyer_blocked(s: Situation, _: Limits) -> Found | None:
    return Found({}, {"customer_id": str(s.order.customer_id)}) if s.is_blocked else None


@detects("many_refunds", Need.AROUND)
def many_refunds(s: Situation, limits: Limits) -> Found | None:
    """What has come back has come back: somebody must look at the buyer and accept it."""
    return _count(s.seen.before.returned, limits)


@detects("many_cancels", Need.AROUND)
def many_cancels(s: Situation, limits: Limits) -> Found | None:
    """One that had expired and was paid late is canceled no more."""
    return _count(s.seen.before.canceled, limits)


@detects("many_orders", Need.AROUND)
def many_orders(s: Situation, limits: Limits) -> Found | None:
    """Canceled ones are another exception."""
    return _count(s.seen.before.day_kept, limits)


def _count(orders: int, limits: Limits) -> Found | None:
    return Found({"orders": str(orders)}) if orders >= number(limits, "orders") else None


@detects("new_and_dear", Need.AROUND)
def new_and_dear(s: Situation, limits: Limits) -> Found | None:
    total = s.due_minor
    is_new = s.order.customer_id is not None and not s.seen.before.paid
    return Found({"total": s.money(total)}) if is_new and total >= number(limits, "total_minor") else None


@detects("duplicate", Need.TWINS)
def duplicate(s: Situation, _: Limits) -> Found | None:
    return Found({"number": s.twin}, {"reason": "重复下单"}) if s.twin else None


@detects("risk", Need.FACTS)
def risk(s: Situation, limits: Limits) -> Found | None:
    score, parts = risk_of(s.facts)
    if score < number(limits, "score"):
        return None
    told = ("、".join(f"{p.zh} {p.points}" for p in parts), ", ".join(f"{p.en} {p.points}" for p in parts))
    return Found({"score": str(score), "parts": told})
