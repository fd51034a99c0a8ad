"""How risky an order looks: points, each for a reason that anyone can check.

A sum of plain parts, so that a clerk can be told why. It is capped at 100; nothing is learned from the past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from shangmai.modules.rules.contract import FactValue

RISK_MAX: Final = 100
RISK_FACTS: Final = (
    "buyer_blocked", "buyer_orders_paid", "buyer_orders_day", "buyer_orders_canceled", "buyer_orders_returned",
    "most_of_one", "hour", "has_receiver", "address_length", "discount_bp",
)  # fmt: skip
"""The facts that the parts look at."""


class RiskPart(Struct, frozen=True):
    """Points and what they are for."""

    points: int
    zh: str
    en: str


def _number(facts: Mapping[str, FactValue], name: str) -> int:
    value = facts[name]
    assert isinstance(value, int)
    return value


Facts = Mapping[str, FactValue]
PARTS: Final[tuple[tuple[RiskPart, Callable[[Facts], bool]], ...]] = (
    (RiskPart(50, "客户在黑名单", "the buyer is blocked"), lambda f: bool(f["buyer_blocked"])),
    (RiskPart(15, "新客", "a new buyer"), lambda f: _number(f, "buyer_orders_paid") == 0),
    (
        RiskPart(20, "24 小时内下单 5 次", "5 orders in 24 hours"),
        lambda f: _number(f, "buyer_orders_day") >= 5,
    ),
    (
        RiskPart(15, "取消多于付款", "more orders canceled than paid"),
        lambda f: _number(f, "buyer_orders_canceled") > _number(f, "buyer_orders_paid"),
    ),
    (
        RiskPart(15, "退货达付款单的三成", "returns of three in ten paid orders"),
        lambda f: _number(f, "buyer_orders_returned") * 10 >= _number(f, "buyer_orders_paid") * 3 > 0,
    ),
    (RiskPart(10, "单品 20 件以上", "20 pieces of one SKU"), lambda f: _number(f, "most_of_one") >= 20),
    (RiskPart(10, "凌晨下单", "placed before five in the morning"), lambda f: _number(f, "hour") < 5),
    (RiskPart(10, "详细地址过短", "a street address of under 4 signs"), lambda f: _is_short(f)),
    (RiskPart(10, "优惠过半", "over half off the list price"), lambda f: _number(f, "discount_bp") > 5_000),
)


def _is_short(facts: Facts) -> bool:
    return bool(facts["has_receiver"]) and _number(facts, "address_length") < 4


def risk_of(facts: Facts) -> tuple[int, tuple[RiskPart, ...]]:
    """An order's score, from 0 to 100, and the parts that make it."""
    parts = tuple(part for part, counts in PARTS if counts(facts))
    return min(sum(part.points for part in parts), RISK_MAX), parts
