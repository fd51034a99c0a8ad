"""Notices of the simulated platforms: right ones, and every kind of wrong one that is asked for."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import msgspec
import structlog
from msgspec import Struct

from shangmai.apps.simulating.holding import Merchant, Platform, Refund, Trade
from shangmai.apps.simulating.keys import make_pair, seal, sign

log = structlog.get_logger(__name__)

BEIJING: Final = ZoneInfo("Asia/Shanghai")
RETRY_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""The real ones go on for a day; who looks at a simulator does not wait so long."""


class Telling(Struct, frozen=True, kw_only=True):
    """What of a notice is to be wrong, how old its signature is and how often it is delivered."""

    total: int | None = None
    currency: str | None = None
    merchant: str | None = None
    app_id: str | None = None
    state: str | None = None
    notice_id: str | None = None
    forged: bool = False
    age_s: int = 0
    times: int = 1
    retried: bool = True


class Notice(Struct, frozen=True):
    """A sealed notice on its way: it can be sent again as it is, which is a replay."""

    url: str
    headers: dict[str, str]
    body: bytes


def paid(platform: Platform, trade: Trade, how: Telling) -> Notice:
    """The notice that a trade was paid."""
    if trade.provider == "wechat":
        about = {
            "mchid": how.merchant or trade.merchant,
            "appid": how.app_id or trade.app_id,
            "out_trade_no": trade.out_trade_no,
            "transaction_id": trade.transaction,
            "trade_type": trade.scene.upper(),
            "trade_state": how.state or "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": _beijing(trade).isoformat(timespec="seconds"),
            "amount": _amount(how.total or trade.total, how.currency or trade.currency),
        }
        return wechat_notice(platform, trade, about, "TRANSACTION.SUCCESS", how, trade.notify_url)
    return _alipay_notice(platform, trade, how)


def refunded(platform: Platform, trade: Trade, refund: Refund, how: Telling) -> Notice:
    """The notice of WeChat Pay that something became of a refund."""
    about = {
        "mchid": trade.merchant,
        "out_trade_no": trade.out_trade_no,
        "transaction_id": trade.transaction,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.number,
        "refund_status": refund.status,
        "amount": {"total": trade.total, "refund": refund.amount},
    }
    return wechat_notice(platform, trade, about, f"REFUND.{refund.status}", how, refund.notify_url)


def wechat_notice(
    platform: Platform, trade: Trade, about: dict[str, Any], event: str, how: Telling, url: str
) -> Notice:
    merchant = platform.merchants["wechat", trade.merchant]
    kind = "refund" if event.startswith("REFUND") else "transaction"
    told = {
        "id": how.notice_id or secrets.token_hex(16),
        "create_time": platform.clock.now().astimezone(BEIJING).isoformat(timespec="seconds"),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "支付成功",
        "resource": seal(merchant.v3_key, msgspec.json.encode(about), kind) | {"original_type": kind},
    }
    body = msgspec.json.encode(told)
    return Notice(url, wechat_headers(platform, merchant, body, forged=how.forged, age_s=how.age_s), body)


def wechat_headers(
    platform: Platform, merchant: Merchant | None, body: bytes, *, forged: bool = False, age_s: int = 0
) -> dict[str, str]:
    """The headers that WeChat Pay signs an answer or a notice with."""
    timestamp = str(int((platform.clock.now() - timedelta(seconds=age_s)).timestamp()))
    nonce, pair = secrets.token_hex(16), platform.wechat[-1]
    key = make_pair("somebody else", platform.clock.now()).key if forged else pair.key
    serial = merchant.public_key_id if merchant is not None and merchant.public_key_id else pair.serial
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n"),
        "content-type": "application/json",
    }


def _alipay_notice(platform: Platform, trade: Trade, how: Telling) -> Notice:
    when = _beijing(trade).strftime("%Y-%m-%d %H:%M:%S")
    total = how.total or trade.total
    params = {
        "notify_time": platform.clock.now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "notify_type": "trade_status_sync",
        "notify_id": how.notice_id or secrets.token_hex(17),
        "app_id": how.app_id or trade.app_id,
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": trade.transaction,
        "out_trade_no": trade.out_trade_no,
        "seller_id": how.merchant or trade.merchant,
        "trade_status": how.state or "TRADE_SUCCESS",
        "total_amount": f"{total // 100}.{total % 100:02d}",
        "subject": trade.subject,
        "gmt_create": when,
        "gmt_payment": when,
    }
    signed = "&".join(f"{name}={params[name]}" for name in sorted(params) if params[name])
    key = make_pair("somebody else", platform.clock.now()).key if how.forged else platform.alipay.key
    form = params | {"sign_type": "RSA2", "sign": sign(key, signed.encode())}
    body = str(httpx.QueryParams(form)).encode()
    return Notice(trade.notify_url, {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, body)


async def deliver(notice: Notice) -> tuple[int, str]:
    """Send it once: the status and the text of the answer; 0 when nobody answered."""
    try:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.post(notice.url, content=notice.body, headers=notice.headers)
    except httpx.HTTPError as error:
        return 0, repr(error)
    return answer.status_code, answer.text


async def deliver_until_heard(notice: Notice) -> None:
    """Send it until it is answered as the protocols ask: 2xx, and Alipay reads the text too."""
    for wait_s in (0.0, *RETRY_S):
        await asyncio.sleep(wait_s)
        status, text = await deliver(notice)
        if 200 <= status < 300 and text.strip() == "success":
            return
        log.info("notice not heard", url=notice.url, status=status, answer=text[:200])


def _amount(total: int, currency: str) -> dict[str, Any]:
    return {"total": total, "payer_total": total, "currency": currency, "payer_currency": currency}


def _beijing(trade: Trade) -> Any:
    return (trade.paid_at or trade.made_at).astimezone(BEIJING)
