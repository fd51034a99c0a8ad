"""What Alipay says, as far as we read it, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from shangmai.modules.payments.contract import IntentId, Name, Notification, Outcome
from shangmai.modules.payments.providers.port import Account, TradeState, Unheard

T = TypeVar("T")
BEIJING: Final = ZoneInfo("Asia/Shanghai")
TIME: Final = "%Y-%m-%d %H:%M:%S"
CURRENCY: Final = "CNY"
PAID: Final = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
TRADE_STATES: Final = {
    "WAIT_BUYER_PAY": TradeState.OPEN,
    "TRADE_SUCCESS": TradeState.PAID,
    "TRADE_FINISHED": TradeState.PAID,
    "TRADE_CLOSED": TradeState.CLOSED,
}


class Answer(Struct):
    """What every answer says. `10000` is success; `sub_code` is why not."""

    code: str
    msg: str = ""
    sub_code: str = ""
    sub_msg: str = ""


class Notice(Struct):
    """The parameters of a callback (异步通知)."""

    notify_id: Name
    app_id: Name
    seller_id: Name
    out_trade_no: str
    trade_no: Name
    trade_status: str
    total_amount: str
    notify_time: str
    gmt_create: str = ""
    gmt_payment: str = ""


class Trade(Struct):
    """The answer to a query for a payment."""

    out_trade_no: str
    trade_no: Annotated[str, Meta(pattern="^[0-9A-Za-z]+$", max_length=64)]
    trade_status: str
    total_amount: str
    send_pay_date: str = ""


class Refunded(Struct):
    """The answer to a refund: whether money moved by this very request."""

    fund_change: str = "N"


class RefundTrade(Struct):
    """The answer to a query for a refund; without a status there is none."""

    refund_status: str = ""
    out_request_no: str = ""


class Precreated(Struct):
    qr_code: str


def read(body: bytes, kind: type[T]) -> T:
    """Raises: Unheard."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as why:
        raise Unheard(f"the answer is not as documented: {why}", f"应答与接口文档不符：{why}") from None


def params_of(body: bytes) -> dict[str, str]:
    """The form that a callback is. Raises: Unheard."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError:
        raise Unheard("the body is no form", "报文不是表单格式") from None
    if len(dict(pairs)) != len(pairs):
        raise Unheard("a parameter stands twice", "有参数重复")
    return dict(pairs)


def notice(params: Mapping[str, str]) -> Notification:
    """What a signed callback tells; merchant and app are those that it names. Raises: Unheard."""
    try:
        told = msgspec.convert(dict(params), Notice)
    except msgspec.ValidationError as why:
        raise Unheard(f"the notice is not as documented: {why}", f"通知与接口文档不符：{why}") from None
    return Notification(
        id=told.notify_id,
        merchant=told.seller_id,
        app_id=told.app_id,
        intent_id=IntentId(number(told.out_trade_no)),
        transaction=told.trade_no,
        outcome=Outcome.SUCCESS if told.trade_status in PAID else Outcome.FAILURE,
        amount_minor=minor(told.total_amount),
        currency=CURRENCY,
        at=instant(told.gmt_payment or told.gmt_create or told.notify_time),
    )


def answered(account: Account, trade: Trade, now: datetime) -> Notification:
    """What the answer to a query tells; it is signed for this account and names neither merchant nor app."""
    return Notification(
        id=f"query:{trade.trade_no}",
        merchant=account.merchant,
        app_id=account.app_id,
        intent_id=IntentId(number(trade.out_trade_no)),
        transaction=trade.trade_no,
        outcome=Outcome.SUCCESS if trade.trade_status in PAID else Outcome.FAILURE,
        amount_minor=minor(trade.total_amount),
        currency=CURRENCY,
        at=instant(trade.send_pay_date) if trade.send_pay_date else now,
    )


def yuan(amount_minor: int) -> str:
    """Fen as yuan with two decimals."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def minor(yuan_text: str) -> int:
    """Yuan as fen, exactly. Raises: Unheard."""
    try:
        fen = Decimal(yuan_text) * 100
    except InvalidOperation:
        raise Unheard(f"{yuan_text[:40]!r} is no amount", f"{yuan_text[:40]!r} 不是金额") from None
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen <= 10**13:
        raise Unheard(f"{yuan_text[:40]!r} is no amount in fen", f"{yuan_text[:40]!r} 不是精确到分的金额")
    return int(fen)


def instant(text: str) -> datetime:
    """A Beijing time. Raises: Unheard."""
    try:
        return datetime.strptime(text, TIME).replace(tzinfo=BEIJING)
    except ValueError:
        raise Unheard(f"{text[:40]!r} is no time", f"{text[:40]!r} 不是时间") from None


def beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime(TIME)


def number(text: str) -> UUID:
    """Our number as Alipay repeats it: an id in 32 hexadecimal digits. Raises: Unheard."""
    try:
        return UUID(hex=text)
    except ValueError:
        raise Unheard(f"{text[:40]!r} is no number of ours", f"{text[:40]!r} 不是本系统的单号") from None
