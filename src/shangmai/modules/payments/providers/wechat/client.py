"""Signed calls to WeChat Pay, and its signed answers."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from shangmai.modules.payments.contract import ProviderAway, ProviderRefused
from shangmai.modules.payments.providers import calling
from shangmai.modules.payments.providers.port import Account
from shangmai.modules.payments.providers.wechat import signing
from shangmai.modules.payments.providers.wechat.messages import Refused

NAME = "wechat"


class Answered(Struct, frozen=True):
    """An answer of 2xx whose signature fits."""

    headers: dict[str, str]
    body: bytes


async def call(
    account: Account, method: str, path: str, body: dict[str, Any] | None, now: datetime, *, is_checked: bool = True
) -> Answered:
    """Raises: ProviderRefused, ProviderAway; of the answer's signature Unheard, KeyUnknown.

    `is_checked` False leaves the signature to the caller: the first certificates come in an answer that they sign.
    """
    content = b"" if body is None else msgspec.json.encode(body)
    answer = await calling.call(
        NAME, method, account.base_url + path, content=content, headers=_headers(account, method, path, content, now)
    )
    told = {name: answer.headers.get(name, "") for name in signing.SIGNED_HEADERS}
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        if told[signing.SIGNATURE] and is_checked:
            signing.check(account, told, answer.content, now)
        raise _refused(answer)
    if answer.status_code == httpx.codes.ACCEPTED:
        raise ProviderAway(provider=NAME, reason="HTTP 202")
    if is_checked:
        signing.check(account, told, answer.content, now)
    return Answered(told, answer.content)


def _headers(account: Account, method: str, path: str, content: bytes, now: datetime) -> dict[str, str]:
    headers = {
        "authorization": signing.authorization(
            account, method, path, str(int(now.timestamp())), token_hex(16), content
        ),
        "accept": "application/json",
        "content-type": "application/json",
        "user-agent": "shangmai",
    }
    # In public-key mode this has answers signed by that key, also while the platform is being changed over.
    return headers | ({"wechatpay-serial": account.platform_key_id} if account.platform_key_id else {})


def _refused(answer: httpx.Response) -> ProviderRefused:
    try:
        told = msgspec.json.decode(answer.content, type=Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = Refused()
    return ProviderRefused(provider=NAME, code=told.code or f"HTTP {answer.status_code}", reason=told.message[:300])
