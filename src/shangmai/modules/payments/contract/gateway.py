"""Asking a payer through a provider, what the provider tells us, and refunds asked of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.errors import Conflict, Denied, NotFound, Unauthenticated, words
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.payments.contract.accounts import PaymentAccountId, ProviderName, Scene
from shangmai.modules.payments.contract.recording import PaymentId

IntentId = NewType("IntentId", UUID)
CallbackId = NewType("CallbackId", UUID)
RefundCallId = NewType("RefundCallId", UUID)

Name = Annotated[str, Meta(pattern="^[A-Za-z0-9_.:-]+$", max_length=64)]
Minor = Annotated[int, Meta(ge=1, le=10**13)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]


class IntentStatus(StrEnum):
    """Waits for the payer until it expires; paid; or given up, as the order was canceled or another replaced it."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What became of a payer's attempt."""

    SUCCESS = "success"
    FAILURE = "failure"


class Verdict(StrEnum):
    """What we made of a notification; `accepted` and `late` are payments, the others are not.

    `late`: the money came in time, but its intent is closed or paid already: an order that has expired
    may be revived by it, that of any other canceled order goes back, and so does what is paid twice.
    `not_paid`: the provider tells of a failed attempt. `recorded_already`: the same money under another notification.
    `refund`: it tells that something became of a refund; what, a job asks. `expired` is no longer given: what came in
    after the expiry is `late`.
    `conflicting`: the id of an earlier notification with another body.
    """

    ACCEPTED = "accepted"
    LATE = "late"
    NOT_PAID = "not_paid"
    RECORDED_ALREADY = "recorded_already"
    UNKNOWN_INTENT = "unknown_intent"
    WRONG_MERCHANT = "wrong_merchant"
    WRONG_APP = "wrong_app"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_AMOUNT = "wrong_amount"
    EXPIRED = "expired"
    REFUND = "refund"
    CONFLICTING = "conflicting"


class RefundStatus(StrEnum):
    """To be asked of the provider; taken by it and under way; done there; or parked for a person to look and retry."""

    REQUESTED = "requested"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class PaymentIntent(Struct, frozen=True, kw_only=True):
    """A payer is asked for an amount, for an order, until it expires. `subject` is what the payer is shown.

    `asked_at`: since when the provider may know of it; None as long as nobody has opened the payment there.
    """

    id: IntentId
    provider: str
    scene: Scene
    account_id: PaymentAccountId | None
    merchant: str
    app_id: str | None
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    subject: str
    amount_minor: int
    currency: str
    status: IntentStatus
    created_at: datetime
    expires_at: datetime
    asked_at: datetime | None


class Payable(Struct, frozen=True, kw_only=True):
    """What a payer is to be asked for. Without a scene, it is the first of those that the account takes."""

    provider: str
    scene: Scene | None = None
    order_id: UUID
    company_id: CompanyId
    shop_id: ShopId
    customer_id: UUID | None
    subject: str
    amount_minor: int
    currency: str


class StartedPayment(Struct, frozen=True, kw_only=True):
    """What the payer is asked for, and the address where they pay."""

    intent: PaymentIntent
    pay_url: str


class Notification(Struct, frozen=True, kw_only=True):
    """What a provider tells. `id` is its own for this notification, `transaction` its number for the money."""

    id: Name
    merchant: Name
    intent_id: IntentId
    transaction: Name
    outcome: Outcome
    amount_minor: Minor
    currency: Currency
    at: Instant
    app_id: Name | None = None


class AcceptCallback(Struct, frozen=True, kw_only=True):
    """What a provider told, as it came: its signature is checked over the body as it stands. 支付渠道回调。

    `is_answer`: it answered a question of ours, and did not call us.
    """

    provider: ProviderName
    account_id: PaymentAccountId | None = None
    is_answer: bool = False
    headers: dict[str, Annotated[str, Meta(max_length=1000)]]
    body: Annotated[str, Meta(max_length=65536)]


class Judged(Struct, frozen=True, kw_only=True):
    """What a callback came to; `payment_id` where money was recorded by this very delivery."""

    verdict: Verdict
    repeated: bool = False
    payment_id: PaymentId | None = None


class PaymentCallback(Struct, frozen=True, kw_only=True):
    """A stored callback with its raw body; `order_id` where its intent is known."""

    id: CallbackId
    provider: str
    notification_id: str
    intent_id: IntentId
    order_id: UUID | None
    verdict: Verdict
    headers: dict[str, str]
    body: str
    received_at: datetime


class PressOutcome(Struct, frozen=True, kw_only=True):
    """The payer on the test gateway's page lets the payment succeed or fail. 模拟付款。"""

    intent_id: IntentId
    outcome: Outcome


class Pressed(Struct, frozen=True, kw_only=True):
    intent_id: IntentId
    outcome: Outcome


class NotifyMerchant(Struct, frozen=True, kw_only=True):
    """The job of the test gateway: tell the merchant until it answers `success`."""

    notification: Notification


class RefundCall(Struct, frozen=True, kw_only=True):
    """The part of a refund that one payment gives back through its provider; its id is our number of it there.

    `paid_minor` and `transaction` are those of the payment. `answer` is the provider's number for it, `reason` why it
    last failed, in English and Chinese; `sent_at`: since when the provider may know of it.
    """

    id: RefundCallId
    refund_id: PaymentId
    payment_id: PaymentId
    intent_id: IntentId
    account_id: PaymentAccountId | None
    provider: str
    merchant: str
    company_id: CompanyId
    order_id: UUID
    transaction: str
    paid_minor: int
    amount_minor: int
    currency: str
    status: RefundStatus
    attempts: int
    answer: str | None
    reason: str | None
    reason_zh: str | None
    requested_at: datetime
    sent_at: datetime | None


class CallGateway(Struct, frozen=True, kw_only=True):
    """The job that asks a provider for a refund, or what became of it."""

    call_id: RefundCallId


class IntentJob(Struct, frozen=True, kw_only=True):
    """The jobs that ask a provider what became of a payment, or to let nobody pay it any more."""

    intent_id: IntentId


class RefundRequest(Struct, frozen=True, kw_only=True):
    """A refund as the test gateway is asked for it; `id` is ours, and the same request has the same answer."""

    id: UUID
    merchant: Name
    order_id: UUID
    amount_minor: Minor
    currency: Currency


class RefundSettled(Struct, frozen=True, kw_only=True):
    """The test gateway's answer: its number of the refund."""

    refund: Name


class BeginTrade(Struct, frozen=True, kw_only=True):
    """Note that a payer opens this payment at its provider now; before the provider is called. 发起渠道下单。"""

    intent_id: IntentId


class EndIntent(Struct, frozen=True, kw_only=True):
    """Note what the provider says of a payment that nobody made: closed there, or only looked at. 登记渠道查询结果。"""

    intent_id: IntentId
    is_over: bool = False


class BeginRefund(Struct, frozen=True, kw_only=True):
    """Note that a refund is sent to its provider now; before the provider is called. 发起渠道退款。"""

    call_id: RefundCallId


class SettleRefund(Struct, frozen=True, kw_only=True):
    """Note what an attempt to refund at the provider came to: its number, or why not. 登记退款结果。"""

    call_id: RefundCallId
    status: RefundStatus
    answer: Annotated[str, Meta(max_length=64)] | None = None
    reason: Annotated[str, Meta(max_length=500)] | None = None
    reason_zh: Annotated[str, Meta(max_length=500)] | None = None


class RetryRefund(Struct, frozen=True, kw_only=True):
    """Try a parked refund again, after what it failed of has been mended. 重试退款。"""

    call_id: RefundCallId


class ShownBy(StrEnum):
    """`redirect`: send the payer there. `qr`: show the text as a QR code. `params`: hand them to the page's script."""

    REDIRECT = "redirect"
    QR = "qr"
    PARAMS = "params"


class Shown(Struct, frozen=True, kw_only=True):
    """How the payer pays: an address, the text of a QR code, or parameters for the client."""

    by: ShownBy
    url: str = ""
    params: dict[str, str] = {}


class RefundNotParked(Conflict):
    """This refund is {status}; only one that is parked as failed can be tried again."""

    zh = "该退款{status}，只有失败搁置的退款才能重试。"
    zh_words = words(status={"requested": "已申请", "processing": "处理中", "done": "已完成", "failed": "已失败"})


class RefundExceedsPayment(Conflict):
    """Only {available_minor} of what came by {method} is left to give back, {wanted_minor} cannot be refunded by it."""

    zh = "通过 {method} 收到的款项可退余额为 {available_minor}，不能原路退回 {wanted_minor}。"


class IntentNotFound(NotFound):
    """There is no payment {intent_id}; start it again from the order."""

    zh = "没有支付单 {intent_id}，请从订单重新发起支付。"


class IntentNotPayable(Conflict):
    """This payment is {state} and can't be paid; start a new one from the order if something is left to pay."""

    zh = "此支付单{state}，不能付款；如仍有待付金额，请从订单重新发起。"
    zh_words = words(state={"open": "待支付", "paid": "已支付", "closed": "已关闭", "expired": "已过期"})


class CallbackForged(Unauthenticated):
    """This callback is refused: {reason}. Sign timestamp, nonce and the body as sent with the merchant's key."""

    zh = "回调被拒绝：{reason}。请用商户密钥对时间戳、随机串和原始报文签名。"


class CallbackConflicting(Conflict):
    """Notification {notification} came before with another body; it was kept for a person to look at."""

    zh = "通知 {notification} 曾以不同内容送达，已留存待人工核查。"


class RefundRefused(Denied):
    """The gateway has taken no payment for order {order_id} of this merchant, so there is nothing to give back."""

    zh = "网关没有收到过该商户订单 {order_id} 的付款，无款可退。"


class RefundNotFound(NotFound):
    """No provider was asked for a refund {call_id}; GET /api/v1/payments/refund-calls lists those that were."""

    zh = "没有向支付渠道请求过退款 {call_id}，可在 GET /api/v1/payments/refund-calls 查看。"
