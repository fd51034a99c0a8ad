"""Gathering what exceptions are looked for in: one statement for each kind of thing, whatever the number of orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, Terms
from shangmai.modules.orders.rules.exceptions import Need, Placed, Situation
from shangmai.modules.orders.rules.in_parts import may_go
from shangmai.modules.orders.service import gifting, seeing
from shangmai.modules.orders.service.exceptions.policies import InForce
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments import service as payments
from shangmai.modules.pricing import service as pricing
from shangmai.modules.warehouse import service as warehouse

DUPLICATE = "orders.duplicate"


async def situations(
    tx: Tx, orders: Mapping[OrderId, Order], rules: Mapping[CompanyId, InForce], items: Mapping[OrderId, Item]
) -> dict[OrderId, Situation]:
    """All that the causes in force ask for, of each of these orders."""
    needs = frozenset().union(*(each.needs for each in rules.values()))
    has_risk = Need.FACTS in needs
    sight = await seeing.see(tx, orders, needs | (seeing.RISKY if has_risk else frozenset()))
    around = await _around(tx, orders, rules, needs)
    tells_facts = has_risk or any(each.found is not None for each in rules.values())
    return {
        id_: Situation(
            now=items[id_].now,
            order=order,
            seen=sight.seen[id_],
            skus=sight.skus,
            particulars=sight.seen[id_].particulars,
            facts=sight.facts(id_) if tells_facts else {},
            placed=_placed(sight, rules[order.company_id], id_, sight.missing.get(id_, {}), sight.until.get(id_)),
            is_blocked=sight.seen[id_].is_blocked,
            tariff=around["tariff"].get(order.shop_id),
            twin=around["twin"].get(id_, ""),
            authorized=around["authorized"].get(id_),
            credit_left_minor=around["credit"].get((order.company_id, order.customer_id)),
            coupon_orders=around["coupons"].get(id_, 0),
            sent_at=around["sent"].get(id_),
            gifts_short=around["gifts"].get(id_, {}),
            floor_short=around["floor"].get(id_, {}),
        )
        for id_, order in orders.items()
    }


def _placed(
    sight: seeing.Sight, rules: InForce, id_: OrderId, missing: Mapping[SkuId, int], until: datetime | None
) -> Placed:
    if not missing or rules.parts_percent is None:
        return Placed(missing, until)
    total = seeing.pieces_of(sight.seen[id_].lines, sight.skus)
    return Placed(missing, until, may_go(total, sum(missing.values()), rules.parts_percent))


async def _around(
    tx: Tx, orders: Mapping[OrderId, Order], rules: Mapping[CompanyId, InForce], needs: frozenset[Need]
) -> dict[str, dict[Any, Any]]:
    """What stands beside orders, by what each is found by; empty where nothing asks for it."""
    shops = {order.shop_id for order in orders.values()}
    return {
        "tariff": await logistics.current_tariffs(tx, shops) if Need.TARIFF in needs else {},
        "twin": await _twins(tx, orders, rules) if Need.TWINS in needs else {},
        "authorized": await payments.authorizations_of(tx, orders) if Need.AUTHORIZED in needs else {},
        "credit": await _credit(tx, orders) if Need.CREDIT in needs else {},
        "coupons": await _coupon_orders(tx, orders) if Need.COUPONS in needs else {},
        "sent": await queries.sent_at(tx, orders) if Need.SENT in needs else {},
        "gifts": await gifting.due_of(tx, orders) if Need.GIFTS in needs else {},
        "floor": await _floor_shorts(tx, orders) if Need.FLOOR in needs else {},
    }


async def _floor_shorts(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[OrderId, dict[SkuId, int]]:
    """What pickers did not find, by order and SKU."""
    found: dict[OrderId, dict[SkuId, int]] = defaultdict(dict)
    for each in await warehouse.shorts_of(tx, orders):
        found[OrderId(each.order_id)][each.sku_id] = each.qty
    return found


async def _twins(tx: Tx, orders: Mapping[OrderId, Order], rules: Mapping[CompanyId, InForce]) -> dict[OrderId, str]:
    """Companies that look back equally far are asked about together."""
    by_minutes: dict[int, list[OrderId]] = defaultdict(list)
    for id_, order in orders.items():
        cause = rules[order.company_id].causes.get(DUPLICATE)
        if cause is not None and isinstance(cause.limits["within_minutes"].value, int):
            by_minutes[cause.limits["within_minutes"].value].append(id_)
    twins: dict[OrderId, str] = {}
    for minutes, ids in by_minutes.items():
        twins |= await queries.twins_of(tx, ids, timedelta(minutes=minutes))
    return twins


async def _credit(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[tuple[CompanyId, CustomerId], int]:
    """What the buyers of orders on account may owe beyond what they have drawn."""
    wanted = {
        (order.company_id, order.customer_id)
        for order in orders.values()
        if order.terms is Terms.ON_ACCOUNT and order.customer_id is not None
    }
    lines = await payments.credit_lines(tx, wanted)
    return {pair: line.limit_minor - line.drawn_minor for pair, line in lines.items()}


async def _coupon_orders(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[OrderId, int]:
    """Of each order that used a coupon, how many its buyer placed with coupons in the 24 hours up to it."""
    of_day = await queries.of_the_day(tx, orders)
    used = await pricing.with_coupons(tx, {other for others in of_day.values() for other in others})
    return {id_: sum(other in used for other in others) for id_, others in of_day.items() if id_ in used}
