"""Requests of buyers after the sale: kinds, states, inputs, events, and what is refused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.kernel.files import Sha256
from shangmai.kernel.i18n import register_folder
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket
from shangmai.modules.media.contract import KeepOwnMedia
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Minor, OrderId, OrderLink
from shangmai.modules.organization.contract import ShopId

register_folder("aftersales", Path(__file__).parent)

OWN: Final = "aftersales.own"
READ: Final = "aftersales.read"
DECIDE: Final = "aftersales.decide"
LINES_MAX: Final = 200

AfterSaleRequestId = NewType("AfterSaleRequestId", UUID)
Days = Annotated[int, Meta(ge=0, le=730)]
Said = Annotated[str, Meta(max_length=500)]
Why = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"\S", description="What the buyer reads. 拒绝原因（买家可见）")
]
Given = Annotated[
    Minor | None, Meta(description="In minor units; without it what was worked out. 退款金额（分），空为按比例")
]
Carrier = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S")]
Waybill = Annotated[str, Meta(min_length=4, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
Whereto = Annotated[str, Meta(max_length=300, description="Where to, if not as the policy says. 退货地址，空为默认")]


class AfterSaleKind(StrEnum):
    """Money only, goods back for money, or goods back for other goods. 仅退款、退货退款、换货。"""

    REFUND = "refund"
    RETURN = "return"
    EXCHANGE = "exchange"


class AfterSaleState(StrEnum):
    """`approved`: the goods are on their way back. 待处理、待退回、已拒绝、已撤销、已完成。"""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELED = "canceled"
    DONE = "done"


class AfterSaleReason(StrEnum):
    """Why. 原因。"""

    UNWANTED = "unwanted"
    DAMAGED = "damaged"
    QUALITY = "quality"
    WRONG_GOODS = "wrong_goods"
    MISSING = "missing"
    NOT_AS_DESCRIBED = "not_as_described"
    LATE = "late"
    OTHER = "other"


class AfterSalePolicy(Struct, frozen=True, kw_only=True):
    """For how many days after an order has arrived a shop takes requests of each kind (0: not at all), and where goods
    go back to. Until somebody says that an order has arrived, time does not begin. 售后时限与退货地址。
    """

    shop_id: ShopId
    refund_days: Days = 15
    return_days: Days = 7
    exchange_days: Days = 15
    send_to: Annotated[str, Meta(max_length=300)] = ""


class AskedLine(Struct, frozen=True, kw_only=True):
    """Pieces of a line of the order. `sku_id`: what is wanted for them in an exchange; without it the same again."""

    line: Annotated[int, Meta(ge=1)]
    qty: Annotated[int, Meta(ge=1, le=10_000_000)]
    sku_id: SkuId | None = None


class AskAfterSale(Struct, frozen=True, kw_only=True):
    """Ask for money back, or for other goods, for pieces of an own order that were sent. 申请售后。"""

    order_id: OrderId
    kind: AfterSaleKind
    lines: Annotated[list[AskedLine], Meta(min_length=1, max_length=LINES_MAX)]
    reason: AfterSaleReason
    words: Said = ""
    pictures: Annotated[tuple[Sha256, ...], Meta(max_length=9)] = ()


class AskByLink(Struct, frozen=True, kw_only=True):
    """Ask for money back, or for other goods, for pieces that were sent of the order of a link. 凭链接申请售后。"""

    link: OrderLink
    kind: AfterSaleKind
    lines: Annotated[list[AskedLine], Meta(min_length=1, max_length=LINES_MAX)]
    reason: AfterSaleReason
    words: Said = ""
    pictures: Annotated[tuple[Sha256, ...], Meta(max_length=9)] = ()


class KeepPictureByLink(KeepOwnMedia, frozen=True, kw_only=True):
    """Keep a picture for what is asked for of the order of a link. 凭链接上传售后图片。"""

    link: OrderLink


class CancelAfterSale(Struct, frozen=True, kw_only=True):
    """Take an own request back that is not done yet. 撤销申请。"""

    request_id: AfterSaleRequestId


class CancelAfterSaleByLink(Struct, frozen=True, kw_only=True):
    """Take a request for the order of a link back that is not done yet. 凭链接撤销申请。"""

    link: OrderLink
    request_id: AfterSaleRequestId


class SendBack(Struct, frozen=True, kw_only=True):
    """Say by which carrier and waybill the goods go back. 填写退货物流。"""

    request_id: AfterSaleRequestId
    carrier: Carrier
    waybill: Waybill


class SendBackByLink(Struct, frozen=True, kw_only=True):
    """Say by which carrier and waybill the goods of the order of a link go back. 凭链接填写退货物流。"""

    link: OrderLink
    request_id: AfterSaleRequestId
    carrier: Carrier
    waybill: Waybill


class ApproveAfterSale(Struct, frozen=True, kw_only=True):
    """Agree to a request: money alone goes back at once, goods are waited for. `refund_minor`: less or more than was
    worked out, at most what its lines have left. `send_to`: where to, if not where the shop's policy says. 同意申请。
    """

    request_id: AfterSaleRequestId
    refund_minor: Given = None
    send_to: Whereto = ""


class RefuseAfterSale(Struct, frozen=True, kw_only=True):
    """Refuse a request, and tell the buyer why. 拒绝申请。"""

    request_id: AfterSaleRequestId
    reason: Why


class ReceiveBack(Struct, frozen=True, kw_only=True):
    """Note that the goods of a request are back, as which stock; money goes back, other goods leave. 收到退货。"""

    request_id: AfterSaleRequestId
    bucket: Annotated[Bucket, Meta(description="Which stock they become. 入库类型")] = Bucket.SELLABLE
    refund_minor: Given = None


class AfterSaleLine(Struct, frozen=True, kw_only=True):
    """Pieces that are asked for, and their share of what the line cost. `to_sku_id`: what is wanted for them."""

    line: int
    sku_id: SkuId
    title: str
    qty: int
    amount_minor: int
    to_sku_id: SkuId | None = None


class AfterSaleRequest(Struct, frozen=True, kw_only=True):
    """A request. `asked_minor`: its pieces' share; `refund_minor`: what goes or went back, once that is decided.

    `customer_id`: null for a guest's; `answer`: why it was refused; `return_number`: the return that gave the money
    back; `exchange_number`: the order that sends something else. 售后申请。
    """

    id: AfterSaleRequestId
    number: str
    shop_id: ShopId
    order_id: OrderId
    order_number: str
    customer_id: CustomerId | None
    kind: AfterSaleKind
    state: AfterSaleState
    reason: AfterSaleReason
    words: str
    pictures: tuple[str, ...]
    currency: str
    asked_minor: int
    refund_minor: int | None
    answer: str
    send_to: str
    carrier: str
    waybill: str
    return_number: str
    exchange_order_id: OrderId | None
    exchange_number: str
    asked_at: datetime
    changed_at: datetime
    lines: tuple[AfterSaleLine, ...] = ()


class AskableLine(Struct, frozen=True, kw_only=True):
    """A line of which something can be asked for: so many pieces, and what they come to."""

    line: int
    sku_id: SkuId
    title: str
    qty: int
    amount_minor: int


class AfterSaleOfOrder(Struct, frozen=True, kw_only=True):
    """What can be asked for of an order, of which kinds, and what was asked for, the newest first. 订单售后。

    `until`: by kind, the last moment; null while the time has not begun. Kinds that are over are not in it.
    """

    order_id: OrderId
    currency: str
    lines: tuple[AskableLine, ...]
    until: dict[AfterSaleKind, datetime | None]
    requests: tuple[AfterSaleRequest, ...]


@event("aftersales.asked.v1", key="order_id")
class AfterSaleAsked(Struct, frozen=True, kw_only=True):
    """A buyer has asked for something after the sale."""

    request_id: AfterSaleRequestId
    order_id: OrderId
    shop_id: ShopId
    customer_id: CustomerId | None
    number: str
    kind: AfterSaleKind
    asked_minor: int
    currency: str


@event("aftersales.changed.v1", key="order_id")
class AfterSaleChanged(Struct, frozen=True, kw_only=True):
    """A request was approved, refused, canceled or done; `refund_minor`: what went back with it."""

    request_id: AfterSaleRequestId
    order_id: OrderId
    shop_id: ShopId
    customer_id: CustomerId | None
    number: str
    kind: AfterSaleKind
    became: AfterSaleState
    refund_minor: int
    currency: str


class AfterSaleNotFound(NotFound):
    """There is no request {request_id}, or you may not see it."""

    zh = "没有售后申请 {request_id}，或你无权查看。"


class AfterSaleLinkInvalid(NotFound):
    """This link leads to no order; look the order up by its number and phone, and ask from there."""

    zh = "该链接没有对应的订单；请按单号与手机号查询订单，再从订单申请售后。"


class OrderOfAnother(Conflict):
    """Order {number} is another customer's; sign in as that customer, or sign out and open its link again."""

    zh = "订单 {number} 属于另一个账号；请登录该账号，或退出登录后用订单链接重新打开。"


class NothingSentYet(Conflict):
    """Nothing of order {number} has been sent yet; cancel it instead."""

    zh = "订单 {number} 尚未发货，请直接取消订单。"


class AskedTooLate(Conflict):
    """Order {number} arrived more than {days} days ago; ask the shop."""

    zh = "订单 {number} 签收已超过 {days} 天，不能再申请此类售后；请联系店铺。"


KIND_ZH: Final = {"refund": "仅退款", "return": "退货退款", "exchange": "换货"}
STATE_ZH: Final = {"asked": "待处理", "approved": "已同意", "refused": "已拒绝", "canceled": "已撤销", "done": "已完成"}


class KindNotTaken(Conflict):
    """The shop does not take requests of this kind ({kind}); choose another."""

    zh = "店铺不受理此类售后（{kind}），请选择其他类型。"
    zh_words = words(kind=KIND_ZH)


class TooMuchAsked(Conflict):
    """Of line {line} of order {number} {left} pieces can be asked for, not {qty}; correct the number."""

    zh = "订单 {number} 第 {line} 行还可申请 {left} 件，不能申请 {qty} 件，请更正数量。"


class AlreadyAsked(Conflict):
    """For line {line} of order {number} there is an open request; wait for its answer, or take it back."""

    zh = "订单 {number} 第 {line} 行已有处理中的售后申请，请等待处理或先撤销。"


class NotAlike(Conflict):
    """{sku_id} is no variant of the goods in line {line}; choose a variant of the same product."""

    zh = "{sku_id} 不是第 {line} 行商品的规格，请选择同一商品的规格。"


class RequestClosed(Conflict):
    """Request {number} is {state}; this can no longer be done."""

    zh = "售后申请 {number} {state}，无法进行此操作。"
    zh_words = words(state=STATE_ZH)


class NoGoodsAwaited(Conflict):
    """Request {number} is {state}; goods are received when it is approved and they are to come back."""

    zh = "售后申请 {number} {state}，同意退货后才能登记收货。"
    zh_words = words(state=STATE_ZH)
