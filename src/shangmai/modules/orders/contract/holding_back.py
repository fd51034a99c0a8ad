"""Orders that must not be shipped for now: what holds them back, since when, and how that is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, convert

from shangmai.kernel.errors import Conflict, fill
from shangmai.kernel.events.contract import event
from shangmai.kernel.tx import Item
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import ShopId

HoldBackCode = Annotated[str, Meta(pattern=r"^[a-z_]{1,30}\.[a-z0-9_]{1,40}$")]


class HoldBack(Struct, frozen=True, kw_only=True):
    """An exception: why an order must not be shipped, or should be looked at. An order has each code once.

    `code` is `<module>.<why>`. `owner`: the role whose work it is; `due_at`: when it should be seen to; `action`: the
    one that usually ends it, with as much of its input as is known. `blocks`: it must not be shipped meanwhile.
    `level`: how often it has been escalated. `taken_by`: the person who sees to it; `snoozed_until`: when it counts
    again.
    """

    code: HoldBackCode
    zh: str
    en: str
    since: datetime
    owner: str = ""
    due_at: datetime | None = None
    action: str = ""
    input: dict[str, Any] = {}
    blocks: bool = True
    level: int = 0
    taken_by: UUID | None = None
    taken_name: str = ""
    snoozed_until: datetime | None = None


class WantedHoldBack(Struct, frozen=True, kw_only=True):
    """An order to hold back from now on, and why: `zh` and `en` end a sentence such as "Order 1 is held back: …".

    It is escalated first at `escalate_at`, or when it is due.
    """

    order_id: OrderId
    code: HoldBackCode
    zh: str
    en: str
    item: Item
    owner: str = ""
    due_at: datetime | None = None
    action: str = ""
    input: dict[str, Any] = {}
    blocks: bool = True
    escalate_at: datetime | None = None


class HeldOrder(Struct, frozen=True, kw_only=True):
    """An exception on the work list: an order, and one of the causes that hold it back."""

    order_id: OrderId
    number: str
    shop_id: ShopId
    total_minor: int
    currency: str
    placed_at: datetime
    cause: HoldBack


class CauseCount(Struct, frozen=True, kw_only=True):
    """How many orders a cause holds back, how many of them longer than they should be, and the oldest."""

    code: str
    owner: str
    orders: int
    overdue: int
    oldest: datetime


@event("orders.held_back.v1", key="order_id")
class OrderHeldBack(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    code: str
    zh: str
    en: str


@event("orders.exception_raised.v1", key="order_id")
class ExceptionRaised(Struct, frozen=True, kw_only=True):
    """An order should be looked at; it can be shipped all the same."""

    order_id: OrderId
    number: str
    code: str
    zh: str
    en: str


@event("orders.exception_cleared.v1", key="order_id")
class ExceptionCleared(Struct, frozen=True, kw_only=True):
    """What an order should have been looked at for is gone."""

    order_id: OrderId
    number: str
    code: str


@event("orders.filled.v1", key="order_id")
class OrderFilled(Struct, frozen=True, kw_only=True):
    """Pieces that an order had waited for are held for it now; `missing`: it waits for so many still."""

    order_id: OrderId
    number: str
    pieces: int
    missing: int


@event("orders.let_go.v1", key="order_id")
class OrderLetGo(Struct, frozen=True, kw_only=True):
    """One of the causes that held an order back is gone; `held_back`: others are left."""

    order_id: OrderId
    number: str
    code: str
    held_back: bool


class ShippingHeldBack(Conflict):
    """Order {number} is held back: {causes}. Ship it when that is over, or cancel it."""

    zh = "订单 {number} 暂缓发货：{causes}。请待原因解除后再发货，或取消订单。"

    def message(self, lang: str = "en") -> str:
        """Name the causes in the reader's language."""
        is_chinese = lang[:2].lower() == "zh"
        causes = convert(self.data["causes"], list[dict[str, str]])
        told = ("；" if is_chinese else "; ").join(each["zh" if is_chinese else "en"] for each in causes)
        return fill(self.zh if is_chinese else self.en, {**self.data, "causes": told})
