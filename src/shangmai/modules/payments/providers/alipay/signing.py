"""The strings that Alipay signatures are made over.

https://opendocs.alipay.com/common/02khjm (自行实现签名), …/02mse7 (自行实现验签), read in 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from shangmai.modules.payments.providers import signing
from shangmai.modules.payments.providers.port import Account, Unheard

UNSIGNED_IN_REQUEST: Final = frozenset({"sign"})
UNSIGNED_IN_NOTICE: Final = frozenset({"sign", "sign_type"})


def content(params: Mapping[str, str], without: frozenset[str]) -> bytes:
    """`k=v` in order of k, joined by &, not URL-encoded; empty values are left out."""
    return "&".join(f"{k}={params[k]}" for k in sorted(params) if k not in without and params[k] != "").encode()


def signed(params: Mapping[str, str], private_key: str) -> dict[str, str]:
    """The parameters of a request with its signature. Raises: signing.BadKey."""
    return {**params, "sign": signing.sign(private_key, content(params, UNSIGNED_IN_REQUEST))}


def check_notice(account: Account, params: Mapping[str, str]) -> None:
    """Raises: Unheard."""
    if params.get("sign_type", "RSA2") != "RSA2":
        raise Unheard("the signature is not of type RSA2", "签名类型不是 RSA2")
    if not signing.is_signed(account.platform_key, params.get("sign", ""), content(params, UNSIGNED_IN_NOTICE)):
        raise Unheard("bad signature", "签名不正确")


def checked_answer(account: Account, node: str, body: bytes) -> bytes:
    """The named object of an answer, byte for byte as it was signed. Raises: Unheard."""
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        signature = msgspec.json.decode(parts["sign"], type=str) if "sign" in parts else ""
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unheard("the answer is no JSON object", "应答不是 JSON 对象") from None
    said = parts.get(node, parts.get("error_response"))
    if said is None:
        raise Unheard(f"the answer has no {node}", f"应答中没有 {node}")
    if not signing.is_signed(account.platform_key, signature, bytes(said)):
        raise Unheard("bad signature", "签名不正确")
    return bytes(said)
