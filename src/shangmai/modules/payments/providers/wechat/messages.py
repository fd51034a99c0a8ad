"""What WeChat Pay says, as far as we read it, and what it comes to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from shangmai.kernel.errors import Reason
from shangmai.modules.payments.contract import IntentId, Name, Notification, Outcome, RefundCallId
from shangmai.modules.payments.providers.port import (
    Account,
    RefundNotice,
    RefundState,
    RefundTold,
    TradeState,
    Unheard,
)
from shangmai.modules.payments.providers.wechat import signing

T = TypeVar("T")
Minor = Annotated[int, Meta(ge=0, le=10**13)]

TRADE_STATES: Final = {
    "SUCCESS": TradeState.PAID,
    "REFUND": TradeState.PAID,
    "NOTPAY": TradeState.OPEN,
    "USERPAYING": TradeState.OPEN,
    "PAYERROR": TradeState.OPEN,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
}
REFUND_STATES: Final = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.PROCESSING,
    "CLOSED": RefundState.FAILED,
    "ABNORMAL": RefundState.FAILED,
}
WHY_FAILED: Final = {
    "CLOSED": Reason("CLOSED: the refund was closed; refund another way", "CLOSED：退款已关闭，请改用其他方式退款"),
    "ABNORMAL": Reason(
        "ABNORMAL: the payer's card takes nothing; handle the abnormal refund in the merchant platform",
        "ABNORMAL：付款人的银行卡无法收款，请在商户平台处理异常退款",
    ),
}


class Refused(Struct):
    """The body of an answer that is no success."""

    code: str = ""
    message: str = ""


class Resource(Struct):
    ciphertext: str
    nonce: str
    algorithm: str = "AEAD_AES_256_GCM"
    associated_data: str = ""
    original_type: str = ""


class Notice(Struct):
    """The body of a callback (通知); what it tells is sealed in its resource."""

    id: Name
    event_type: str
    create_time: datetime
    resource: Resource


class Amount(Struct):
    total: Minor
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "CNY"


class Transaction(Struct):
    """A payment (支付订单), in a notice or as the answer to a query."""

    mchid: Name
    appid: Name
    out_trade_no: str
    trade_state: str
    transaction_id: Name | None = None
    success_time: datetime | None = None
    amount: Amount | None = None


class RefundNews(Struct):
    mchid: Name
    out_trade_no: str
    out_refund_no: str
    refund_status: str


class Refund(Struct):
    """The answer to a refund, or to a query for one."""

    status: str
    refund_id: str


class Prepay(Struct):
    """The answer to an order (下单): one of the three, by scene."""

    prepay_id: str = ""
    h5_url: str = ""
    code_url: str = ""


class Certificate(Struct):
    serial_no: str
    encrypt_certificate: Resource


class Certificates(Struct):
    data: list[Certificate]


def read(body: bytes, kind: type[T]) -> T:
    """Raises: Unheard."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as why:
        raise Unheard(f"the body is not as documented: {why}", f"报文与接口文档不符：{why}") from None


def notice(account: Account, body: bytes) -> Notification | RefundNotice:
    """What a signed callback tells. Raises: Unheard."""
    told = read(body, Notice)
    sealed = told.resource
    plain = signing.opened(account.api_v3_key, sealed.nonce, sealed.associated_data, sealed.ciphertext)
    if told.event_type.startswith("REFUND."):
        news = read(plain, RefundNews)
        return RefundNotice(
            id=told.id,
            merchant=news.mchid,
            intent_id=IntentId(number(news.out_trade_no)),
            call_id=RefundCallId(number(news.out_refund_no)),
            at=told.create_time,
        )
    return notification(told.id, read(plain, Transaction), told.create_time)


def notification(notice_id: str, trade: Transaction, at: datetime) -> Notification:
    """A payment as we take it in; `at` stands for a time of payment that is not told. Raises: Unheard."""
    is_paid = TRADE_STATES.get(trade.trade_state) is TradeState.PAID
    if is_paid and (trade.transaction_id is None or trade.amount is None or trade.success_time is None):
        raise Unheard("a payment without its number, amount or time", "付款缺少单号、金额或时间")
    amount = trade.amount or Amount(total=0)
    return Notification(
        id=notice_id,
        merchant=trade.mchid,
        app_id=trade.appid,
        intent_id=IntentId(number(trade.out_trade_no)),
        transaction=trade.transaction_id or f"none:{trade.out_trade_no}",
        outcome=Outcome.SUCCESS if is_paid else Outcome.FAILURE,
        amount_minor=amount.total,
        currency=amount.currency,
        at=trade.success_time or at,
    )


def number(text: str) -> UUID:
    """Our number as the provider repeats it: an id in 32 hexadecimal digits. Raises: Unheard."""
    try:
        return UUID(hex=text)
    except ValueError:
        raise Unheard(f"{text[:40]!r} is no number of ours", f"{text[:40]!r} 不是本系统的单号") from None


def refund_told(answer: Refund) -> RefundTold:
    state = REFUND_STATES.get(answer.status)
    if state is None:
        raise Unheard(
            f"the refund's status {answer.status!r} is not documented", f"接口文档中没有退款状态 {answer.status!r}"
        )
    return RefundTold(state=state, number=answer.refund_id, reason=WHY_FAILED.get(answer.status))
