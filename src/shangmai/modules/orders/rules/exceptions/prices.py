"""Exceptions of what an order costs its buyer."""

from __future__ import annotations

from shangmai.modules.orders.rules.auditing import discount_bp, is_priced_by_hand, margin_bp, with_skus
from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects, number


@detects("zero_price")
def zero_price(s: Situation, _: Limits) -> Found | None:
    """Gifts of promotions are no exception: their orders are quoted."""
    free = [line for line in s.due if not line.amount_minor and not line.unit_price]
    return Found({"skus": s.codes(free)}) if free and not s.order.quoted else None


@detects("below_cost", Need.COST)
def below_cost(s: Situation, _: Limits) -> Found | None:
    if s.seen.cost_minor <= s.order.goods_minor:
        return None
    return Found({"goods": s.money(s.order.goods_minor), "cost": s.money(s.seen.cost_minor)})


@detects("thin_margin", Need.COST)
def thin_margin(s: Situation, limits: Limits) -> Found | None:
    """One below cost is another exception."""
    margin = margin_bp(s.order, s.seen.cost_minor)
    if s.seen.cost_minor > s.order.goods_minor or not s.order.goods_minor or margin >= number(limits, "margin_bp"):
        return None
    return Found({"percent": _percent(margin)})


@detects("deep_discount")
def deep_discount(s: Situation, limits: Limits) -> Found | None:
    given = discount_bp(s.due, s.order.currency)
    return Found({"percent": _percent(given)}) if given >= number(limits, "discount_bp") else None


@detects("price_changed", Need.REPRICED, Need.PARTICULARS)
def price_changed(s: Situation, _: Limits) -> Found | None:
    return Found() if is_priced_by_hand(s.seen, with_skus(s.due, s.skus)) else None


@detects("coupon_misuse", Need.COUPONS)
def coupon_misuse(s: Situation, limits: Limits) -> Found | None:
    return Found({"orders": str(s.coupon_orders)}) if s.coupon_orders >= number(limits, "orders") else None


@detects("high_amount")
def high_amount(s: Situation, limits: Limits) -> Found | None:
    total = s.due_minor
    return Found({"total": s.money(total)}) if total >= number(limits, "total_minor") else None


def _percent(basis_points: int) -> str:
    """Basis points as per cent, with a decimal where there is one."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest // 10}" if rest >= 10 else str(whole)
