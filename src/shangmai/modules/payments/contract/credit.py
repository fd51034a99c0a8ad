"""Orders that leave before they are paid: on account within a credit limit (挂账), or cash on delivery (货到付款)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, words
from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import CompanyId, ShopId

AuthorizationId = NewType("AuthorizationId", UUID)
Amount = Annotated[int, Meta(ge=0, le=10**13)]


class DeferKind(StrEnum):
    """`on_account`: the customer owes it, within their credit limit. `cod`: the courier collects it."""

    ON_ACCOUNT = "on_account"
    COD = "cod"


class AuthorizationStatus(StrEnum):
    """The order may leave unpaid; the money has come in full; or the order was canceled, and nothing is owed by it."""

    AUTHORIZED = "authorized"
    PAID = "paid"
    RELEASED = "released"


class Deferral(Struct, frozen=True, kw_only=True):
    """What is to be paid later, for an order."""

    kind: DeferKind
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    amount_minor: int
    currency: str
    due_on: date | None = None


class Authorization(Struct, frozen=True, kw_only=True):
    """Money that an order may wait for; `open_minor` is what has not come yet."""

    id: AuthorizationId
    kind: DeferKind
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    amount_minor: int
    open_minor: int
    currency: str
    due_on: date | None
    status: AuthorizationStatus
    authorized_at: datetime


class SetCreditLimit(Struct, frozen=True, kw_only=True):
    """Set how much a customer may owe a company at a time, in minor units of its currency. 设置客户信用额度。"""

    company_id: CompanyId
    customer_id: CustomerId
    limit_minor: Amount


class CreditLine(Struct, frozen=True, kw_only=True):
    """How much a customer may owe a company, and how much of it is drawn."""

    company_id: CompanyId
    customer_id: CustomerId
    limit_minor: int
    drawn_minor: int


@event("payments.authorized.v1", key="order_id")
class PaymentAuthorized(Struct, frozen=True, kw_only=True):
    authorization_id: AuthorizationId
    kind: DeferKind
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    amount_minor: int
    currency: str


@event("payments.credit_limit_set.v1", key="customer_id")
class CreditLimitSet(Struct, frozen=True, kw_only=True):
    """How much a customer may owe a company has changed."""

    company_id: CompanyId
    customer_id: CustomerId
    limit_minor: int


class CreditExceeded(Conflict):
    """The customer's credit allows {available_minor} more, not {wanted_minor}; raise the limit or take money first."""

    zh = "该客户信用额度仅剩 {available_minor}，不足 {wanted_minor}；请提高额度或先收款。"


class CreditDrawn(Conflict):
    """The customer owes {drawn_minor} already; the limit can't be set to {limit_minor} before that is paid."""

    zh = "该客户已欠 {drawn_minor}，在结清之前不能把额度设为 {limit_minor}。"


class CustomerNeeded(Invalid):
    """This order has no customer, so there is nobody to owe it; choose another way to pay."""

    zh = "该订单没有关联客户，无法挂账，请选择其他支付方式。"


class DeferredAlready(Conflict):
    """This order waits for its money already, as {kind}; it can't be authorized a second time."""

    zh = "该订单已按{kind}授权后付，不能重复授权。"
    zh_words = words(kind={"on_account": "赊账", "cod": "货到付款"})
