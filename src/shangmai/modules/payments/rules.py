"""Pure decisions on payments through providers: signatures, and what a notification comes to."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shangmai.modules.payments.contract import (
    IntentStatus,
    Notification,
    Outcome,
    PaymentIntent,
    RefundRequest,
    Verdict,
)

MERCHANT: Final = "x-pay-merchant"
TIMESTAMP: Final = "x-pay-timestamp"
NONCE: Final = "x-pay-nonce"
SIGNATURE: Final = "x-pay-signature"
SIGNED_HEADERS: Final = (MERCHANT, TIMESTAMP, NONCE, SIGNATURE)

WINDOW: Final = timedelta(minutes=5)
NONCE_CHARS: Final = range(8, 65)
EXPIRY: Final = timedelta(minutes=30)
PAYING: Final = frozenset({Verdict.ACCEPTED, Verdict.LATE})


class Unsigned(Exception):
    """The message is not what its signature says; the argument tells why."""


def merchant_of(company_id: UUID) -> str:
    """The company as the test gateway calls it."""
    return f"test-{company_id.hex}"


def sign(key: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over the three, each ended by a newline.

    The layout is WeChat Pay v3's (应答时间戳, 应答随机串, 应答报文主体), which signs it with RSA, we with a shared key:
    https://pay.weixin.qq.com/docs/merchant/development/interface-rules/build-verify-sign-src.html (2025).
    """
    return hmac.new(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n", hashlib.sha256).hexdigest()


def signed_headers(key: bytes, merchant: str, timestamp: str, nonce: str, body: bytes) -> dict[str, str]:
    return {MERCHANT: merchant, TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: sign(key, timestamp, nonce, body)}


def check_signature(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Accept a signature by any of the keys, made within five minutes of now. Raises: Unsigned."""
    missing = [name for name in SIGNED_HEADERS if not headers.get(name)]
    if missing:
        raise Unsigned(f"{', '.join(missing)} missing")
    timestamp, nonce = headers[TIMESTAMP], headers[NONCE]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 10):
        raise Unsigned("the timestamp is not in seconds since 1970")
    if abs(int(timestamp) - int(now.timestamp())) > WINDOW.total_seconds():
        raise Unsigned("the timestamp is more than five minutes off")
    if len(nonce) not in NONCE_CHARS:
        raise Unsigned("the nonce has no 8 to 64 characters")
    given = headers[SIGNATURE].encode()
    if not any(hmac.compare_digest(sign(key, timestamp, nonce, body).encode(), given) for key in keys):
        raise Unsigned("bad signature")


def read_notification(merchant: str, body: bytes) -> Notification:
    """The signed body; the merchant whose key signed it must be the one it speaks of. Raises: Unsigned."""
    try:
        notification = msgspec.json.decode(body, type=Notification)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unsigned("the body is no notification") from None
    if notification.merchant != merchant:
        raise Unsigned("signed by another merchant")
    return notification


def read_refund(merchant: str, body: bytes) -> RefundRequest:
    """The signed body of a merchant that asks for a refund. Raises: Unsigned."""
    try:
        asked = msgspec.json.decode(body, type=RefundRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unsigned("the body is no request for a refund") from None
    if asked.merchant != merchant:
        raise Unsigned("signed by another merchant")
    return asked


def judge(notification: Notification, intent: PaymentIntent | None, *, is_recorded: bool) -> Verdict:
    """What a notification that is new to us comes to. Whether it came in time is asked of when the payer paid."""
    if intent is None:
        return Verdict.UNKNOWN_INTENT
    if notification.merchant != intent.merchant:
        return Verdict.WRONG_MERCHANT
    if notification.currency != intent.currency:
        return Verdict.WRONG_CURRENCY
    if notification.amount_minor != intent.amount_minor:
        return Verdict.WRONG_AMOUNT
    if notification.outcome is Outcome.FAILURE:
        return Verdict.NOT_PAID
    if is_recorded:
        return Verdict.RECORDED_ALREADY
    if notification.at >= intent.expires_at:
        return Verdict.EXPIRED
    return Verdict.ACCEPTED if intent.status is IntentStatus.OPEN else Verdict.LATE


def payable_state(intent: PaymentIntent, now: datetime) -> str:
    """`open` while it can be paid; else why not."""
    return "expired" if intent.status is IntentStatus.OPEN and now >= intent.expires_at else intent.status.value
