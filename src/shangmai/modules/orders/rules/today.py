"""Adding the day's figures up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from shangmai.modules.orders.contract.today import DayHour, DayShop, DaySum, Today
from shangmai.modules.organization.contract import ShopId

LEFT = frozenset({"part_shipped", "shipped", "signed"})


class DayGroup(Struct, frozen=True):
    """Orders that are alike: how many, and their sums."""

    shop_id: ShopId
    currency: str
    status: str
    payment_status: str
    held_back: bool
    hour: int
    orders: int
    total_minor: int
    paid_minor: int
    refunded_minor: int


def today_of(since: datetime, groups: Sequence[DayGroup]) -> Today:
    """Add groups of orders up; shops come with the most orders first."""
    kept = [each for each in groups if each.status != "canceled"]
    sums: dict[str, list[int]] = {}
    shops: dict[tuple[ShopId, str], list[int]] = {}
    hours: Counter[int] = Counter()
    for each in kept:
        hours[each.hour] += each.orders
        total = sums.setdefault(each.currency, [0, 0, 0])
        for index, minor in enumerate((each.total_minor, each.paid_minor, each.refunded_minor)):
            total[index] += minor
        share = shops.setdefault((each.shop_id, each.currency), [0, 0])
        share[0] += each.orders
        share[1] += each.paid_minor
    return Today(
        since=since,
        placed=sum(each.orders for each in groups),
        paid=sum(each.orders for each in kept if each.payment_status == "paid"),
        left=sum(each.orders for each in kept if each.status in LEFT),
        signed=sum(each.orders for each in kept if each.status == "signed"),
        held_back=sum(each.orders for each in kept if each.held_back),
        canceled=sum(each.orders for each in groups if each.status == "canceled"),
        sums=tuple(
            DaySum(currency=currency, total_minor=total, paid_minor=paid, refunded_minor=refunded)
            for currency, (total, paid, refunded) in sorted(sums.items())
        ),
        hours=tuple(DayHour(hour=hour, orders=orders) for hour, orders in sorted(hours.items())),
        shops=tuple(
            DayShop(shop_id=shop_id, currency=currency, orders=orders, paid_minor=paid)
            for (shop_id, currency), (orders, paid) in sorted(shops.items(), key=lambda pair: -pair[1][0])
        ),
    )
