"""Money that comes for an order whose time to pay is over: what the shop wants done with it, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import CompanyId, ShopId


class LateChoice(StrEnum):
    """Hold again what the order had, and refund only if that fails; or refund at once."""

    HOLD_AGAIN = "hold_again"
    REFUND = "refund"


class SetLatePayment(Struct, frozen=True, kw_only=True):
    """Choose what becomes of money that comes after a shop's unpaid order has expired. 超时后到账的处理方式。"""

    shop_id: ShopId
    choice: LateChoice


class LatePolicy(Struct, frozen=True, kw_only=True):
    """A shop's choice; without one, orders are revived where they can be."""

    shop_id: ShopId
    choice: LateChoice = LateChoice.HOLD_AGAIN


class LateReason(StrEnum):
    """Why late money went back.

    `canceled`: somebody had canceled the order, it had not expired. `setting`: the shop wants it so. `refunded_before`:
    earlier late money went back, and its payer was told so. `too_little`: less than what is to be paid at once.
    `receiver_gone`: the customer was erased, and nobody knows where to send it. `place_gone`: its place in a group, or
    its bargain, was free for others. `stock`, `limits`, `points`: what it had held is gone: pieces; a coupon, a
    promotion's uses or budget; the customer's points.
    """

    CANCELED = "canceled"
    SETTING = "setting"
    REFUNDED_BEFORE = "refunded_before"
    TOO_LITTLE = "too_little"
    RECEIVER_GONE = "receiver_gone"
    PLACE_GONE = "place_gone"
    STOCK = "stock"
    LIMITS = "limits"
    POINTS = "points"


@event("orders.revived.v1", key="order_id")
class OrderRevived(Struct, frozen=True, kw_only=True):
    """Late money came for an expired order, and all that it had held was there still: it is open again.

    At the price that it was placed at.
    """

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    payment_id: UUID
    amount_minor: int
    currency: str


@event("orders.late_payment_refunded.v1", key="order_id")
class LatePaymentRefunded(Struct, frozen=True, kw_only=True):
    """Late money went back. `code` and `detail`: the refusal of what the order wanted to hold again, if it was one."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    payment_id: UUID
    refund_minor: int
    currency: str
    reason: LateReason
    code: str = ""
    detail: dict[str, str | int] = {}
