"""The signatures and the sealing of WeChat Pay v3.

https://pay.weixin.qq.com/doc/v3/merchant/4012365342 (签名), …/4012365336 (验签), …/4012071382 (解密), read in 2025.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shangmai.modules.payments.providers import signing
from shangmai.modules.payments.providers.port import Account, KeyUnknown, Unheard

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
TIMESTAMP: Final = "wechatpay-timestamp"
NONCE: Final = "wechatpay-nonce"
SERIAL: Final = "wechatpay-serial"
SIGNATURE: Final = "wechatpay-signature"
SIGNED_HEADERS: Final = (TIMESTAMP, NONCE, SERIAL, SIGNATURE)
WINDOW_S: Final = 300


def request_message(method: str, path_and_query: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature is over: five lines, each ended by a newline, that of an empty body too."""
    return f"{method}\n{path_and_query}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notice is over."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def client_message(app_id: str, timestamp: str, nonce: str, package: str) -> bytes:
    """What `paySign` is over, with which a page within WeChat opens the payment."""
    return f"{app_id}\n{timestamp}\n{nonce}\n{package}\n".encode()


def authorization(account: Account, method: str, path_and_query: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The value of the header Authorization. Raises: signing.BadKey."""
    signature = signing.sign(account.private_key, request_message(method, path_and_query, timestamp, nonce, body))
    return (
        f'{SCHEME} mchid="{account.merchant}",nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",'
        f'serial_no="{account.certificate_serial}"'
    )


def check(account: Account, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Accept what WeChat Pay signed within five minutes of now. Raises: Unheard, KeyUnknown."""
    missing = [name for name in SIGNED_HEADERS if not headers.get(name)]
    if missing:
        raise Unheard(f"{', '.join(missing)} missing", f"缺少 {'、'.join(missing)}")
    timestamp, nonce, serial = headers[TIMESTAMP], headers[NONCE], headers[SERIAL]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Unheard("the timestamp is not in seconds since 1970", "时间戳不是 1970 年以来的秒数")
    if abs(int(timestamp) - int(now.timestamp())) > WINDOW_S:
        raise Unheard("the timestamp is more than five minutes off", "时间戳相差五分钟以上")
    key = platform_key(account, serial)
    if not signing.is_signed(key, headers[SIGNATURE], answer_message(timestamp, nonce, body)):
        raise Unheard("bad signature", "签名不正确")


def platform_key(account: Account, serial: str) -> str:
    """The key of this serial: a platform certificate, or the public key of an account in public-key mode.

    Raises: KeyUnknown where a certificate of this serial may exist, Unheard where it can't.
    """
    if serial == account.platform_key_id and account.platform_key:
        return account.platform_key
    if serial in account.certificates:
        return account.certificates[serial]
    if serial.startswith("PUB_KEY_ID_") or account.id is None:
        raise Unheard(f"the public key {serial} is not that of this account", f"公钥 {serial} 不属于该商户号")
    raise KeyUnknown(serial)


def opened(key: str, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open what is sealed with AEAD_AES_256_GCM; the tag is the end of the ciphertext. Raises: Unheard."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key.encode()).decrypt(nonce.encode(), sealed, associated_data.encode())
    except (InvalidTag, binascii.Error, ValueError):
        raise Unheard("it can't be opened with this account's APIv3 key", "用该商户号的 APIv3 密钥无法解密") from None
