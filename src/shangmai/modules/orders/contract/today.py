"""What came in since a moment, mostly the beginning of the day: for the start page and the screen on the wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.modules.organization.contract import ShopId

SPAN_MAX: Final = timedelta(hours=48)


class DaySum(Struct, frozen=True, kw_only=True):
    """Sums of one currency, of orders that were not canceled; minor units."""

    currency: str
    total_minor: int
    paid_minor: int
    refunded_minor: int


class DayHour(Struct, frozen=True, kw_only=True):
    """The orders of an hour, counted from the beginning: 0 is the first."""

    hour: int
    orders: int


class DayShop(Struct, frozen=True, kw_only=True):
    """A shop's share, of orders that were not canceled."""

    shop_id: ShopId
    currency: str
    orders: int
    paid_minor: int


class Today(Struct, frozen=True, kw_only=True):
    """How many orders came in `since`, and how far they are: paid, left (in part too), signed for; held back; canceled.

    今日实时数据。
    """

    since: datetime
    placed: int
    paid: int
    left: int
    signed: int
    held_back: int
    canceled: int
    sums: tuple[DaySum, ...]
    hours: tuple[DayHour, ...]
    shops: tuple[DayShop, ...]


class SpanTooLong(Invalid):
    """These figures are of the last {hours} hours; give a later `since` that is not to come."""

    zh = "实时数据仅覆盖最近 {hours} 小时；since 应更晚且不晚于现在。"
