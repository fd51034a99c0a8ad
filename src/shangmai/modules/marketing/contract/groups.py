"""Group buys 拼团: several customers who order together for a lower price, or get their money back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import ProductId, SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Minor, Order, OrderId, Qty, Receiver
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId

GroupId = NewType("GroupId", UUID)

Size = Annotated[int, Meta(ge=2, le=1_000, description="members, counting the leader 人数（含团长）")]
HOURS_MAX = 30 * 24


class GroupStatus(StrEnum):
    """Open for members and their payments; enough of them have paid; too few had when its time was over."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SetGroupTerms(Struct, frozen=True, kw_only=True):
    """How groups of a promotion go, from now on; open groups keep theirs.

    `hours`: how long a group is open, at most until the promotion ends. `pay_minutes`: how long an unpaid order keeps
    its seat. `sizes`: those that a leader may choose; none: those of the promotion's tiers. `one_at_a_time`: a customer
    is in one open group of the promotion at most.
    """

    promotion_id: PromotionId
    hours: Annotated[int, Meta(ge=1, le=HOURS_MAX)] = 24
    pay_minutes: Annotated[int, Meta(ge=1, le=HOURS_MAX * 60)] = 30
    sizes: Annotated[tuple[Size, ...], Meta(max_length=20)] = ()
    one_at_a_time: bool = True


class GroupTerms(Struct, frozen=True, kw_only=True):
    """The terms of a promotion's groups; without any set, those of `SetGroupTerms` by default."""

    promotion_id: PromotionId
    hours: int
    pay_minutes: int
    sizes: tuple[int, ...]
    one_at_a_time: bool


class OpenGroup(Struct, frozen=True, kw_only=True):
    """Open a group and place its leader's order (开团). `size` may be left out where only one is offered."""

    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    customer_id: CustomerId
    size: Size | None = None
    qty: Qty = 1
    warehouse_id: WarehouseId | None = None
    receiver: Receiver | None = None
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_total_minor: Minor | None = None


class JoinGroup(Struct, frozen=True, kw_only=True):
    """Join an open group with an order of its SKU (参团)."""

    group_id: GroupId
    customer_id: CustomerId
    qty: Qty = 1
    receiver: Receiver | None = None
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_total_minor: Minor | None = None


class CloseGroup(Struct, frozen=True, kw_only=True):
    """The time of a group is over."""

    group_id: GroupId


class GroupMember(Struct, frozen=True, kw_only=True):
    """A seat: whose, by which order, since when; paid when; given free when the order was canceled."""

    customer_id: CustomerId
    order_id: OrderId
    leader: bool
    joined_at: datetime
    paid_at: datetime | None
    left_at: datetime | None


class Group(Struct, frozen=True, kw_only=True):
    """A group: seats neither paid nor kept for an unpaid order, and how long it takes members and payments."""

    id: GroupId
    shop_id: ShopId
    promotion_id: PromotionId
    product_id: ProductId
    sku_id: SkuId
    size: int
    seats_left: int
    status: GroupStatus
    opened_at: datetime
    closes_at: datetime
    seconds_left: int
    closed_at: datetime | None = None


class GroupDetail(Struct, frozen=True, kw_only=True):
    """A group with everybody who took a seat, the leader first, those who left too."""

    group: Group
    members: list[GroupMember]


class JoinedGroup(Struct, frozen=True, kw_only=True):
    """The group with the new seat, and the order that took it."""

    group: Group
    order: Order


@event("marketing.group_succeeded.v1", key="group_id")
class GroupSucceeded(Struct, frozen=True, kw_only=True):
    """Enough members have paid; their orders can be shipped."""

    group_id: GroupId
    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    order_ids: tuple[OrderId, ...]


@event("marketing.group_failed.v1", key="group_id")
class GroupFailed(Struct, frozen=True, kw_only=True):
    """Too few members had paid; these orders of it were canceled, and what was paid for them went back."""

    group_id: GroupId
    shop_id: ShopId
    promotion_id: PromotionId
    sku_id: SkuId
    order_ids: tuple[OrderId, ...]


class GroupNotFound(NotFound):
    """There is no such group, or you may not see it; pick one of the open groups."""

    zh = "没有这个拼团，或您无权查看；请从可参加的拼团中选择。"


class NoGroupPromotion(Invalid):
    """Promotion {promotion_id} is no group buy, or not published; publish one whose benefit is group_buy."""

    zh = "促销 {promotion_id} 不是拼团活动，或尚未发布；请先发布类型为 group_buy 的促销。"


class GroupTermsUnfit(Invalid):
    """A group of {size} gets no price: the promotion's smallest tier is {smallest}. Offer that or more."""

    zh = "{size} 人团没有对应价格：该促销最小的团为 {smallest} 人，请设置不小于该人数的团。"


class GroupSizeNotOffered(Invalid):
    """Say which size the group has: {sizes}."""

    zh = "请选择成团人数：{sizes}。"


class GroupFull(Conflict):
    """All seats of this group are taken; join another, or open one of your own."""

    zh = "该团已满员，请参加其他团或自己开团。"


class GroupOver(Conflict):
    """This group takes nobody any more; join another, or open one of your own."""

    zh = "该团已结束，请参加其他团或自己开团。"


class CustomerInGroup(Conflict):
    """You are in this group, or in another open one of this promotion; wait for it, or cancel that order first."""

    zh = "您已在该团或该活动的另一个进行中的团内；请等待其结束，或先取消那张订单。"
