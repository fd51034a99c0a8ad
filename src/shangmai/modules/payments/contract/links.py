"""Pay links: an address where a customer chooses how to pay for an order."""

from __future__ import annotations

from datetime import datetime
from typing import NewType
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Conflict, NotFound, TooMany
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.payments.contract.accounts import ProviderName, Scene
from shangmai.modules.payments.contract.gateway import IntentId

PaymentLinkId = NewType("PaymentLinkId", UUID)


class Due(Struct, frozen=True, kw_only=True):
    """What is to be paid for an order, by whatever provider the customer chooses."""

    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    subject: str
    amount_minor: int
    currency: str


class PaymentLink(Struct, frozen=True, kw_only=True):
    """The address of an order's pay page. Whoever knows it may pay, and sees the order's number and amount only.

    `due_minor` was due when the link was made; what has come since is counted when the customer chooses.
    """

    id: PaymentLinkId
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    subject: str
    due_minor: int
    received_minor: int
    currency: str
    is_open: bool
    made_at: datetime


class OpenedLink(Struct, frozen=True, kw_only=True):
    link: PaymentLink
    url: str


class ChooseMethod(Struct, frozen=True, kw_only=True):
    """The customer chooses on the pay page how to pay. 选择支付方式。"""

    link_id: PaymentLinkId
    provider: ProviderName
    scene: Scene


class AskIntent(Struct, frozen=True, kw_only=True):
    """Have the provider asked now what became of a payment, for a payer who waits. 主动查询支付结果。"""

    intent_id: IntentId


class LinkNotFound(NotFound):
    """There is no pay page at this address; ask the shop for the link of your order."""

    zh = "该支付链接不存在，请向商家索取订单的支付链接。"


class PayThrottled(TooMany):
    """Too many requests for this payment; try again in {retry_after_s} seconds. Nothing was charged by them."""

    zh = "该支付的请求过于频繁，请在 {retry_after_s} 秒后重试；这些请求没有产生任何扣款。"


class NothingDue(Conflict):
    """Nothing is to be paid by this link any more; the order is paid or was canceled."""

    zh = "该链接已无待付金额：订单已付清或已取消。"
