"""What the test gateway and its merchants say to each other."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from shangmai.modules.payments.contract import IntentId, Notification, RefundRequest
from shangmai.modules.payments.providers.port import Unheard

T = TypeVar("T", bound=Struct)


class TradeRequest(Struct, frozen=True, kw_only=True):
    """A merchant asks what became of a payment."""

    __test__ = False  # pytest: not a test
    merchant: str
    intent_id: IntentId


def read_notification(merchant: str, body: bytes) -> Notification:
    """The signed body; the merchant whose key signed it must be the one it speaks of. Raises: Unheard."""
    notification = _read(body, Notification, "the body is no notification", "报文不是通知")
    return _of(merchant, notification)


def read_refund(merchant: str, body: bytes) -> RefundRequest:
    """The signed body of a merchant that asks for a refund. Raises: Unheard."""
    return _of(merchant, _read(body, RefundRequest, "the body is no request for a refund", "报文不是退款请求"))


def read_query(merchant: str, body: bytes) -> TradeRequest:
    """The signed body of a merchant that asks for a payment. Raises: Unheard."""
    return _of(merchant, _read(body, TradeRequest, "the body asks for no payment", "报文没有查询任何付款"))


Said = TypeVar("Said", Notification, RefundRequest, TradeRequest)


def _read(body: bytes, kind: type[T], en: str, zh: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unheard(en, zh) from None


def _of(merchant: str, said: Said) -> Said:
    if said.merchant != merchant:
        raise Unheard("signed by another merchant", "签名的是另一个商户")
    return said
