"""The signatures of the test gateway: HMAC with a key that both sides derive from the master key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shangmai.kernel.crypto import current_vault
from shangmai.modules.payments.providers.port import Unheard

MERCHANT: Final = "x-pay-merchant"
TIMESTAMP: Final = "x-pay-timestamp"
NONCE: Final = "x-pay-nonce"
SIGNATURE: Final = "x-pay-signature"
SIGNED_HEADERS: Final = (MERCHANT, TIMESTAMP, NONCE, SIGNATURE)

KEY_CONTEXT: Final = "payments/test_gateway"
WINDOW: Final = timedelta(minutes=5)
NONCE_CHARS: Final = range(8, 65)


def merchant_of(company_id: UUID) -> str:
    """The company as the test gateway calls it."""
    return f"test-{company_id.hex}"


def key_of(merchant: str) -> bytes:
    """The key that the gateway and the merchant share."""
    return current_vault().keyed_hash(KEY_CONTEXT, merchant)


def keys_of(merchant: str) -> list[bytes]:
    """The key under every master key: what was signed just before a rotation still fits."""
    return current_vault().lookup_hashes(KEY_CONTEXT, merchant)


def sign(key: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over the three, each ended by a newline.

    The layout is WeChat Pay v3's (应答时间戳, 应答随机串, 应答报文主体), which signs it with RSA, we with a shared key:
    https://pay.weixin.qq.com/docs/merchant/development/interface-rules/build-verify-sign-src.html (2025).
    """
    return hmac.new(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n", hashlib.sha256).hexdigest()


def signed_headers(key: bytes, merchant: str, timestamp: str, nonce: str, body: bytes) -> dict[str, str]:
    return {MERCHANT: merchant, TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: sign(key, timestamp, nonce, body)}


def check_signature(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Accept a signature by any of the keys, made within five minutes of now. Raises: Unheard."""
    missing = [name for name in SIGNED_HEADERS if not headers.get(name)]
    if missing:
        raise Unheard(f"{', '.join(missing)} missing", f"缺少 {'、'.join(missing)}")
    timestamp, nonce = headers[TIMESTAMP], headers[NONCE]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 10):
        raise Unheard("the timestamp is not in seconds since 1970", "时间戳不是 1970 年以来的秒数")
    if abs(int(timestamp) - int(now.timestamp())) > WINDOW.total_seconds():
        raise Unheard("the timestamp is more than five minutes off", "时间戳相差五分钟以上")
    if len(nonce) not in NONCE_CHARS:
        raise Unheard("the nonce has no 8 to 64 characters", "随机串应为 8 至 64 个字符")
    given = headers[SIGNATURE].encode()
    if not any(hmac.compare_digest(sign(key, timestamp, nonce, body).encode(), given) for key in keys):
        raise Unheard("bad signature", "签名不正确")
