"""Auditing paid orders: what the table may look at and answer, and what keeps an order from the warehouse meanwhile."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid
from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules.contract import (
    BOOL,
    NUMBER,
    STRING,
    STRINGS,
    DecisionTable,
    Fact,
    Outcome,
    OutcomeValue,
    Subject,
    declare,
)


class Verdict(StrEnum):
    """What the audit says: let it go to the warehouse, hold it, let finance look first, let somebody approve it."""

    RELEASE = "release"
    HOLD = "hold"
    FINANCE = "finance"
    APPROVE = "approve"


def _facts(kind: str, **names: tuple[str, str]) -> dict[str, Fact]:
    return {name: Fact(kind=kind, zh=zh, en=en) for name, (zh, en) in names.items()}


AUDIT: Final = declare(
    Subject(
        name="orders.audit",
        zh="订单审核",
        en="order audit",
        facts={
            **_facts(
                NUMBER,
                total_minor=("订单总额（最小货币单位）", "total, minor units"),
                goods_minor=("商品实付（最小货币单位）", "goods as paid, minor units"),
                freight_minor=("运费（最小货币单位）", "freight, minor units"),
                discount_bp=("优惠比例（万分比）", "share taken off the list price, basis points"),
                pieces=("商品件数", "pieces of goods"),
                line_count=("商品行数", "lines of goods"),
                most_of_one=("单一商品最大件数", "most pieces of one SKU"),
                weight_g=("总重量（克）", "weight, grams"),
                margin_bp=("毛利率（万分比）", "margin over the present cost, basis points of goods"),
                address_length=("详细地址字数", "characters of the street address"),
                hour=("下单小时（店铺时区）", "hour it was placed, in the shop's timezone"),
                weekday=("下单星期（1–7）", "day of the week it was placed, Monday is 1"),
                buyer_orders_paid=("客户此前已付款订单数", "orders the buyer has paid before"),
                buyer_orders_canceled=("客户此前取消订单数", "orders of the buyer canceled before"),
                buyer_orders_returned=("客户此前退货订单数", "orders of the buyer with returns before"),
                buyer_orders_day=("客户此前 24 小时下单数", "orders of the buyer in the 24 hours before"),
                short_pieces=("缺货件数", "pieces that are not held in stock for it"),
                risk_score=("风险分（0–100）", "risk score, 0 to 100: docs/modules/orders.md lists its parts"),
            ),
            **_facts(
                STRING,
                shop=("店铺编码", "code of the shop"),
                channel=("渠道", "channel"),
                currency=("币种", "currency"),
                terms=("结算方式", "prepaid or on_account"),
                order_kind=("订单类型", "normal, resend, exchange, presale or b2b"),
                province=("省", "province"),
                city=("市", "city"),
                district=("区县", "district"),
                note=("订单备注", "note of the order"),
                seller_flag=("卖家旗帜", "the seller's flag: red, yellow, green, blue, purple or empty"),
                seller_remark=("卖家备注", "the seller's remark"),
                channel_state=("渠道状态", "open, refunding, closed, shipped, unknown, or empty"),
            ),
            **_facts(STRINGS, skus=("商品编码", "codes of the SKUs")),
            **_facts(
                BOOL,
                buyer_known=("客户已登记", "the buyer is a known customer"),
                buyer_blocked=("客户在黑名单", "the buyer is blocked"),
                has_receiver=("有收货人", "there is a receiver"),
                has_note=("有备注", "there is a note"),
                has_gift=("含赠品", "goods are given free"),
                price_changed=("改过价", "a price was set by hand: neither the SKU's own nor a price list's"),
                goods_changed=("改过商品", "goods were swapped, or a gift added, by hand"),
                from_channel=("来自渠道", "it has a number of the channel"),
            ),
        },
        outcomes={
            "verdict": Outcome(
                kind=STRING, zh="结论", en="verdict", one_of=tuple(each.value for each in Verdict), required=True
            ),
            "cause": Outcome(kind=STRING, zh="原因", en="cause, in Chinese"),
            "cause_en": Outcome(kind=STRING, zh="原因（英文）", en="cause, in English"),
        },
    )
)


class AuditOrder(Struct, frozen=True, kw_only=True):
    """Ask the audit table about a paid order, now and again."""

    order_id: OrderId


class HoldOrder(Struct, frozen=True, kw_only=True):
    """Hold an order by hand. 人工挂起。"""

    order_id: OrderId
    cause: Annotated[str, Meta(min_length=1, max_length=200, description="Why. 挂起原因。")]


class ReleaseOrder(Struct, frozen=True, kw_only=True):
    """Let an order go on."""

    order_id: OrderId
    note: Annotated[str, Meta(max_length=200, description="Why, for colleagues. 说明。")] = ""


class SetAuditPolicy(Struct, frozen=True, kw_only=True):
    """How long after payment the audit table is asked: time for the buyer to change their mind. 自动审核延迟。"""

    company_id: CompanyId
    delay_minutes: Annotated[int, Meta(ge=0, le=60 * 24 * 30)]


class AuditPolicy(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    delay_minutes: int = 0


class Audited(Struct, frozen=True, kw_only=True):
    """What the table said about an order. `version`, `row`: None when no table was in force, or no row fitted."""

    order_id: OrderId
    number: str
    verdict: Verdict
    version: int | None = None
    row: str | None = None
    outcome: dict[str, OutcomeValue] = {}


class BackTest(Struct, frozen=True, kw_only=True):
    """Ask a table, saved or not, about the orders of the past, beside the one in force. 回测。"""

    company_id: CompanyId
    table: DecisionTable
    since: datetime
    until: datetime


class TestedOrder(Struct, frozen=True, kw_only=True):
    """An order that the new table would treat otherwise than let it go, or otherwise than today's."""

    order_id: OrderId
    number: str
    total_minor: int
    currency: str
    placed_at: datetime
    today: Verdict
    then: Verdict
    row: str | None


class RowHits(Struct, frozen=True, kw_only=True):
    """How many orders a row decided, and their sum by currency."""

    row: str | None
    verdict: Verdict
    orders: int
    total_minor: dict[str, int]


class BackTested(Struct, frozen=True, kw_only=True):
    """What the table would have said. `changes`: orders by `today→then`; `stopped`, `changed`: the newest of them."""

    orders: int
    today: dict[Verdict, int]
    then: dict[Verdict, int]
    changes: dict[str, int]
    rows: tuple[RowHits, ...]
    stopped: tuple[TestedOrder, ...]
    changed: tuple[TestedOrder, ...]
    seconds: float


@event("orders.audited.v1", key="order_id")
class OrderAudited(Struct, frozen=True, kw_only=True):
    """The audit table has decided about an order; what it stopped, `orders.let_go.v1` tells the end of."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    verdict: str
    version: int | None
    row: str | None


class NotToAudit(Conflict):
    """Order {number} is not waiting for an audit: it is not paid, or it has left already."""

    zh = "订单 {number} 无需审核：尚未付款，或已发货、已取消。"


class NotHeld(Conflict):
    """Nothing that you may release holds order {number} back; look at its causes."""

    zh = "订单 {number} 没有可由您放行的挂起原因；请查看其挂起原因。"


class TestPeriodEmpty(Invalid):
    """The period ends at {until}, not after it begins; choose a later end."""

    zh = "回测区间的结束时间 {until} 不晚于开始时间；请选择更晚的结束时间。"
