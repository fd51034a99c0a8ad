"""Money received and given back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.kernel.tx import Item
from shangmai.modules.organization.contract import CompanyId, ShopId

PaymentId = NewType("PaymentId", UUID)


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class Transaction(Struct, frozen=True, kw_only=True):
    """Money to record for an order, in or out. `reference` is its number at whoever moved it, unique per method.

    `intent_id`: of a payment, the intent that brought it. `payment_id`: of a refund, the payment that it gives back;
    without one, the newest of its method go first.
    """

    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    method: str
    reference: str
    amount_minor: int
    currency: str
    item: Item
    payment_id: PaymentId | None = None
    intent_id: UUID | None = None


class Payment(Struct, frozen=True, kw_only=True):
    id: PaymentId
    number: str
    kind: PaymentKind
    order_id: UUID
    method: str
    reference: str
    amount_minor: int
    currency: str
    at: datetime


@event("payments.recorded.v1", key="order_id")
class PaymentRecorded(Struct, frozen=True, kw_only=True):
    payment_id: PaymentId
    number: str
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    method: str
    amount_minor: int
    currency: str


@event("payments.refunded.v1", key="order_id")
class PaymentRefunded(Struct, frozen=True, kw_only=True):
    refund_id: PaymentId
    number: str
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    method: str
    amount_minor: int
    currency: str


class PaymentKnown(Conflict):
    """The {method} transaction {reference} is recorded already. Look it up instead of recording it again."""

    zh = "{method} 流水 {reference} 已经记录，请勿重复记录。"


class RefundExceedsReceipts(Conflict):
    """Only {available_minor} received for this order is left, {wanted_minor} cannot be refunded."""

    zh = "该订单可退余额 {available_minor}，不能退款 {wanted_minor}。"
