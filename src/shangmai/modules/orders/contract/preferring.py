"""What tables decide about orders beside their audit: special orders, couriers, warehouses, splitting, gifts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract.auditing import AUDIT
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules.contract import (
    NUMBER,
    STRING,
    DecisionTable,
    Hit,
    Outcome,
    OutcomeValue,
    Subject,
    SubjectName,
    declare,
)


def _text(zh: str, en: str, *one_of: str, required: bool = False) -> Outcome:
    return Outcome(kind=STRING, zh=zh, en=en, one_of=one_of, required=required)


def _count(zh: str, en: str) -> Outcome:
    return Outcome(kind=NUMBER, zh=zh, en=en)


SPECIAL: Final = declare(
    Subject(
        name="orders.special",
        zh="特殊单",
        en="special orders",
        facts=AUDIT.facts,
        outcomes={
            "flag": _text("卖家旗帜", "the seller's flag", "red", "yellow", "green", "blue", "purple"),
            "remark": _text("卖家备注", "the seller's remark"),
            "cause": _text("自定义异常编码", "code of an own cause to put on, as own.vip_gift"),
        },
    )
)
COURIER: Final = declare(
    Subject(
        name="orders.courier",
        zh="快递偏好",
        en="courier preference",
        facts=AUDIT.facts,
        outcomes={
            "courier": _text("首选快递", "the courier to be taken", required=True),
            "unless": _text("备选快递", "the one to be taken where that is not possible"),
        },
    )
)
WAREHOUSE: Final = declare(
    Subject(
        name="orders.warehouse",
        zh="仓库偏好",
        en="warehouse preference",
        facts=AUDIT.facts,
        outcomes={
            "warehouse": _text("首选仓库编码", "code of the warehouse to be taken", required=True),
            "only": _text("是否只能用此仓", "whether no other may be taken", "yes", "no"),
        },
    )
)
SPLITTING: Final = declare(
    Subject(
        name="orders.splitting",
        zh="拆单偏好",
        en="splitting preference",
        facts=AUDIT.facts,
        outcomes={
            "may_split": _text("可否拆单", "whether it may be split", "yes", "no", required=True),
            "parcels_max": _count("最多包裹数", "most parcels"),
            "weight_max_g": _count("每包最大重量（克）", "most grams a parcel"),
            "pieces_max": _count("每包最多件数", "most pieces a parcel"),
            "amount_max_minor": _count("每包最大金额（分）", "most money a parcel, minor units"),
            "by_temperature": _text("是否按温层拆分", "whether temperatures go apart", "yes", "no"),
        },
    )
)
PRIORITY: Final = declare(
    Subject(
        name="orders.priority",
        zh="加急优先级",
        en="priority",
        facts=AUDIT.facts,
        outcomes={"priority": _count("优先级，大者先拣", "what is higher is picked first")},
    )
)
GIFTS: Final = declare(
    Subject(
        name="orders.gifts",
        zh="赠品规则",
        en="gifts",
        facts=AUDIT.facts,
        outcomes={
            "sku": _text("赠品编码", "code of the SKU to be added for nothing", required=True),
            "qty": _count("件数，默认 1", "pieces, 1 where left out"),
        },
        hit=Hit.ALL,
    )
)
PREFERRED: Final = (SPECIAL, COURIER, WAREHOUSE, SPLITTING, PRIORITY, GIFTS)


class Preference(Struct, frozen=True, kw_only=True):
    """What a table prefers for an order; `rows`: those that fitted. Of gifts, `outcome` is of the first row."""

    subject: str
    version: int
    rows: tuple[str, ...]
    outcome: dict[str, OutcomeValue]
    at: datetime


@event("orders.preferred.v1", key="order_id")
class OrderPreferred(Struct, frozen=True, kw_only=True):
    """A table has decided about an order, for whoever sources, splits or sends it."""

    order_id: OrderId
    number: str
    subject: str
    version: int
    row: str
    outcome: dict[str, OutcomeValue]


@event("orders.gift_added.v1", key="order_id")
class GiftAdded(Struct, frozen=True, kw_only=True):
    """A rule's gift is a line of the order now, held in stock."""

    order_id: OrderId
    number: str
    row: str
    sku_id: SkuId
    qty: int
    line: int


class PreviewTable(Struct, frozen=True, kw_only=True):
    """Ask a table of one of the orders' subjects, saved or not, about the orders of the past, beside today's. 试算。"""

    company_id: CompanyId
    subject: SubjectName
    table: DecisionTable
    since: datetime
    until: datetime


class RowCount(Struct, frozen=True, kw_only=True):
    """How many orders a row fits."""

    row: str
    orders: int


class OutcomeCount(Struct, frozen=True, kw_only=True):
    """How many orders get these answers today and would get those; empty: no row fits."""

    today: str
    then: str
    orders: int


class Previewed(Struct, frozen=True, kw_only=True):
    """What a table would have said; `changed`: orders that it answers otherwise than today's."""

    orders: int
    rows: tuple[RowCount, ...]
    changed: int
    outcomes: tuple[OutcomeCount, ...]
    seconds: float
