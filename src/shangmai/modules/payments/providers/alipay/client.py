"""Signed calls to Alipay's gateway, and its signed answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec
from msgspec import Struct

from shangmai.modules.payments.contract import ProviderAway, ProviderRefused
from shangmai.modules.payments.providers import calling
from shangmai.modules.payments.providers.alipay import messages, signing
from shangmai.modules.payments.providers.port import Account

NAME: Final = "alipay"
SUCCESS: Final = "10000"
UNKNOWN: Final = frozenset({"20000", "10003"})
"""Whether it was carried out is not known there either (服务不可用, 业务处理中)."""
PASSING: Final = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"})


class Answered(Struct, frozen=True):
    """An answer whose signature fits: the body as it came, and the object that was signed."""

    body: bytes
    said: bytes


async def call(
    account: Account, method: str, content: dict[str, Any], now: datetime, *, notify: bool = False
) -> Answered:
    """Raises: ProviderRefused, ProviderAway; of the answer's signature Unheard."""
    params = request(account, method, content, now, notify=notify)
    answer = await calling.call(NAME, "POST", gateway(account), data=params)
    if answer.status_code != httpx.codes.OK:
        raise ProviderAway(provider=NAME, reason=f"HTTP {answer.status_code}")
    said = signing.checked_answer(account, method.replace(".", "_") + "_response", answer.content)
    told = messages.read(said, messages.Answer)
    if told.code in UNKNOWN or told.sub_code in PASSING:
        raise ProviderAway(provider=NAME, reason=told.sub_code or told.code)
    if told.code != SUCCESS:
        raise ProviderRefused(provider=NAME, code=told.sub_code or told.code, reason=told.sub_msg or told.msg)
    return Answered(answer.content, said)


def gateway(account: Account) -> str:
    return account.base_url + "/gateway.do"


def page_url(account: Account, method: str, content: dict[str, Any], now: datetime, return_url: str) -> str:
    """The signed address where the payer's browser is sent."""
    params = request(account, method, content, now, notify=True, return_url=return_url)
    return f"{gateway(account)}?{urlencode(params)}"


def request(
    account: Account,
    method: str,
    content: dict[str, Any],
    now: datetime,
    *,
    notify: bool = False,
    return_url: str = "",
) -> dict[str, str]:
    """The signed parameters of a request."""
    params = {
        "app_id": account.app_id or "",
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": messages.beijing(now),
        "version": "1.0",
        "biz_content": msgspec.json.encode(content).decode(),
    }
    if notify:
        params["notify_url"] = account.notify_url
    if return_url:
        params["return_url"] = return_url
    return signing.signed(params, account.private_key)
