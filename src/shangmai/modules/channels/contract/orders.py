"""Orders as channels push them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.channels.contract import (
    ChannelAccountId,
    ChannelKind,
    ChannelListingId,
    ChannelNo,
    ChannelPart,
    Title,
)
from shangmai.modules.orders.contract import CipherReceiver, Minor, OrderId
from shangmai.modules.orders.contract.exceptions import ChannelState

ChannelOrderId = NewType("ChannelOrderId", UUID)

TAKE: Final = "channels.take_orders"
METHOD: Final = "channel"
"""How money that a channel took has come."""


class ChannelOrderState(StrEnum):
    """`placed`: it is an order here. `closed`: the channel closed it while it waited."""

    WAITING = "waiting"
    PLACED = "placed"
    CLOSED = "closed"


class TakenLine(Struct, frozen=True, kw_only=True):
    """A line as the channel tells it. `amount_minor`: what its buyer pays for all its pieces, discounts taken off."""

    channel_line: ChannelNo
    item_id: ChannelNo
    channel_sku: ChannelPart = ""
    title: Title = ""
    qty: Annotated[int, Meta(ge=1, le=9_999)] = 1
    amount_minor: Minor


class TakeChannelOrder(Struct, frozen=True, kw_only=True):
    """Take an order that a channel pushes. 接收渠道订单。

    Money is in minor units of the shop's currency. `paid_minor`: what the channel has received for it; at most the
    lines and the freight. Times without a value are that of the push.
    """

    account_id: ChannelAccountId
    channel_no: ChannelNo
    lines: Annotated[list[TakenLine], Meta(min_length=1, max_length=200)]
    freight_minor: Minor = 0
    paid_minor: Minor = 0
    raw_status: ChannelPart = ""
    state: ChannelState = ChannelState.OPEN
    status_at: datetime | None = None
    ordered_at: datetime | None = None
    ship_by: datetime | None = None
    receiver: CipherReceiver | None = None
    buyer_remark: Annotated[str, Meta(max_length=500)] = ""
    seller_remark: Annotated[str, Meta(max_length=500)] = ""


class NoteChannelStatus(Struct, frozen=True, kw_only=True):
    """Note what a channel says of an order of its, as of a time. 记录渠道订单状态。"""

    account_id: ChannelAccountId
    channel_no: ChannelNo
    raw_status: ChannelPart
    state: ChannelState = ChannelState.UNKNOWN
    at: datetime


class PlaceChannelOrder(Struct, frozen=True, kw_only=True):
    """Try to place a waiting order of a channel again. 重试渠道订单。"""

    channel_order_id: ChannelOrderId


class ChannelOrderLine(Struct, frozen=True, kw_only=True):
    """A line of a channel's order: the channel's number of it, and ours (`line`), which splits and merges keep."""

    line: int
    channel_line: str
    listing_id: ChannelListingId
    item_id: str
    channel_sku: str
    title: str
    sku_id: SkuId | None
    qty: int
    amount_minor: int


class ChannelOrder(Struct, frozen=True, kw_only=True):
    """An order of a channel. `wait_zh`, `wait_en`: why it waits and what to do, by its code; empty for others."""

    id: ChannelOrderId
    account_id: ChannelAccountId
    channel_no: str
    state: ChannelOrderState
    order_id: OrderId | None
    raw_status: str
    channel_state: ChannelState
    status_at: datetime
    ordered_at: datetime
    taken_at: datetime
    wait_code: str
    wait_zh: str
    wait_en: str
    lines: list[ChannelOrderLine]


class OrderAtChannel(ChannelOrder, frozen=True, kw_only=True):
    """A channel's order with the account that it came by, for whoever need not see other accounts."""

    kind: ChannelKind
    account: str


@event("channels.orders_left.v1", key="listing_id")
class ChannelOrdersLeft(Struct, frozen=True, kw_only=True):
    """More orders may wait for a listing that is mapped: those taken behind `after`."""

    listing_id: ChannelListingId
    after: ChannelOrderId


class ChannelOrderNotFound(NotFound):
    """There is no order {channel_no} of this channel account, or you may not see it. Push the order first."""

    zh = "该渠道账号没有订单 {channel_no}，或你无权查看。请先推送订单。"


class ChannelLineRepeated(Invalid):
    """The line {channel_line} is given twice; give it once."""

    zh = "渠道订单行 {channel_line} 重复，请只填写一次。"


class PaidMoreThanDue(Invalid):
    """The channel says {paid_minor} were paid, but lines and freight are {total_minor} minor units. Check the push."""

    zh = "渠道报告已付 {paid_minor}，但商品与运费合计为 {total_minor}（最小货币单位），请核对推送内容。"


class AmountNotDivisible(Invalid):
    """No price of six decimals gives {amount_minor} for the pieces of line {channel_line}. Split the line."""

    zh = "渠道订单行 {channel_line} 的金额 {amount_minor} 无法用六位小数的单价表示，请拆分该行。"


class ListingNotMapped(Conflict):
    """It is not known which SKU the listing {listing} is. Map it, and the order is placed by itself."""

    zh = "渠道商品“{listing}”尚未关联 SKU。关联后订单会自动生成。"
