"""Kinds that set the price of a piece: what one piece of a line costs, or None where it is not for this line.

The search takes, for each piece, the lowest of what the chosen promotions offer (`rules/pricing_lines.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shangmai.modules.pricing.contract import (
    Bargain,
    Basket,
    DepositPresale,
    FlashSale,
    GroupBuy,
    MemberPrice,
    PointsPrice,
    Policy,
    SpecialPrice,
)
from shangmai.modules.pricing.contract.basket import BasketLine
from shangmai.modules.pricing.rules.sharing import percent_of


def special_price(benefit: SpecialPrice, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    for one in benefit.prices:
        if one.sku_id == line.sku_id:
            return one.price_minor
    return _less(line.list_minor, benefit.off_bp, policy)


def flash_sale(benefit: FlashSale, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    return next((one.price_minor for one in benefit.prices if one.sku_id == line.sku_id), None)


def member_price(benefit: MemberPrice, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    level = basket.buyer.level if basket.buyer else ""
    for one in benefit.prices:
        if one.level == level and one.sku_id == line.sku_id:
            return one.price_minor
    for of_level in benefit.levels:
        if of_level.level == level:
            return _less(line.list_minor, of_level.off_bp, policy)
    return None


def group_buy(benefit: GroupBuy, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    assert line.offer is not None, "a group's price is for a line with an offer"
    reached = [tier.price_minor for tier in benefit.tiers if line.offer.group_size >= tier.size]
    if line.offer.leader and benefit.leader_price_minor is not None and reached:
        reached.append(benefit.leader_price_minor)
    return min(reached, default=None)


def bargain(benefit: Bargain, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    assert line.offer is not None, "a bargain is for a line with an offer"
    price = line.offer.price_minor
    return None if price is None else max(price, benefit.lowest_minor)


def points_price(benefit: PointsPrice, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    return benefit.price_minor


def deposit_presale(benefit: DepositPresale, line: BasketLine, basket: Basket, policy: Policy) -> int | None:
    return max(line.list_minor - (benefit.worth_minor - benefit.deposit_minor), benefit.deposit_minor)


def _less(unit_minor: int, off_bp: int, policy: Policy) -> int | None:
    return unit_minor - percent_of(unit_minor, off_bp, policy.percent_rounding) if off_bp else None


UNIT_PRICES: dict[type, Callable[[Any, BasketLine, Basket, Policy], int | None]] = {
    SpecialPrice: special_price,
    FlashSale: flash_sale,
    MemberPrice: member_price,
    GroupBuy: group_buy,
    Bargain: bargain,
    PointsPrice: points_price,
    DepositPresale: deposit_presale,
}
