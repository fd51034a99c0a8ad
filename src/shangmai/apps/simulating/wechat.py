"""WeChat Pay's side of its protocol, API v3."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State

from shangmai.apps.simulating.holding import Merchant, Misbehaving, Platform, Refund, Trade
from shangmai.apps.simulating.keys import fits, seal
from shangmai.apps.simulating.telling import Telling, deliver_until_heard, refunded, wechat_headers

AUTHORIZATION: Final = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>[^"]+)",nonce_str="(?P<nonce>[^"]+)",signature="(?P<signature>[^"]+)",'
    r'timestamp="(?P<timestamp>\d+)",serial_no="(?P<serial>[^"]+)"'
)
WINDOW_S: Final = 300


class Refused(Exception):
    """An answer of 4xx: status, code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


def authenticated(platform: Platform, request: Request[Any, Any, Any], body: bytes) -> Merchant:
    """Who signed this request. Raises: Refused."""
    given = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if given is None:
        raise Refused(401, "SIGN_ERROR", "Http头Authorization值格式错误")
    merchant = platform.merchants.get(("wechat", given["mchid"]))
    if merchant is None or merchant.pair.serial != given["serial"]:
        raise Refused(401, "SIGN_ERROR", "商户证书序列号有误")
    if abs(int(given["timestamp"]) - platform.clock.now().timestamp()) > WINDOW_S:
        raise Refused(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    message = f"{request.method}\n{path}\n{given['timestamp']}\n{given['nonce']}\n".encode() + body + b"\n"
    if not fits(merchant.pair.key.public_key(), given["signature"], message):
        raise Refused(401, "SIGN_ERROR", "签名错误")
    return merchant


async def _answer(platform: Platform, request: Request[Any, Any, Any], operation: str, number: str, act: Any) -> Any:
    """Authenticate, do it, sign the answer; or misbehave as asked."""
    body = await request.body()
    merchant: Merchant | None = None
    try:
        merchant = authenticated(platform, request, body)
        bad = platform.hear("wechat", operation, number)
        if bad is not None and bad.how == "error":
            return Response(b"", status_code=500)
        if bad is not None and bad.how == "refuse":
            raise Refused(403, bad.code, "模拟拒绝")
        status, told = act(merchant, msgspec.json.decode(body) if body else {})
    except Refused as refusal:
        status, told, bad = refusal.status, {"code": refusal.code, "message": refusal.message}, None
    return await _sent(platform, merchant, status, told, bad)


async def _sent(platform: Platform, merchant: Merchant | None, status: int, told: Any, bad: Misbehaving | None) -> Any:
    if bad is not None and bad.how in ("slow", "hang"):
        await asyncio.sleep(bad.seconds)
    if bad is not None and bad.how == "lost":
        return Response(b"", status_code=502)
    content = b"" if told is None else msgspec.json.encode(told)
    headers = wechat_headers(platform, merchant, content, forged=bad is not None and bad.how == "unsigned")
    return Response(content, status_code=status, headers=headers, media_type="application/json")


@post("/v3/pay/transactions/{scene:str}", status_code=200)
async def create(scene: str, request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, given: dict[str, Any]) -> tuple[int, Any]:
        if (given["mchid"], given["appid"]) != (merchant.merchant, merchant.app_id):
            raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        trade = _made(platform, merchant, scene, given)
        if scene == "jsapi":
            if not given.get("payer", {}).get("openid"):
                raise Refused(400, "PARAM_ERROR", "payer.openid 不能为空")
            return 200, {"prepay_id": trade.prepay}
        url = f"{platform.base_url}/pay/{trade.out_trade_no}"
        return 200, {"h5_url": f"{url}?by=h5"} if scene == "h5" else {"code_url": url}

    return await _answer(platform, request, "create", _number(await request.body()), act)


def _made(platform: Platform, merchant: Merchant, scene: str, given: dict[str, Any]) -> Trade:
    """The order of this number; one that is known must be the same. Raises: Refused."""
    trade = Trade(
        provider="wechat",
        merchant=merchant.merchant,
        app_id=merchant.app_id,
        out_trade_no=given["out_trade_no"],
        total=given["amount"]["total"],
        currency=given["amount"].get("currency", "CNY"),
        subject=given["description"],
        scene=scene,
        notify_url=given["notify_url"],
        return_url="",
        made_at=platform.clock.now(),
    )
    datetime.fromisoformat(given["time_expire"])
    known = platform.trades.setdefault(trade.out_trade_no, trade)
    if (known.total, known.scene) != (trade.total, scene):
        raise Refused(400, "OUT_TRADE_NO_USED", "商户订单号重复")
    if known.status == "paid":
        raise Refused(400, "ORDERPAID", "订单已支付")
    if known.status == "closed":
        raise Refused(400, "ORDER_CLOSED", "订单已关闭")
    return known


@get("/v3/pay/transactions/out-trade-no/{number:str}")
async def query(number: str, request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, _: Any) -> tuple[int, Any]:
        trade = _trade(platform, merchant, number)
        told: dict[str, Any] = {
            "mchid": trade.merchant,
            "appid": trade.app_id,
            "out_trade_no": number,
            "trade_state": {"open": "NOTPAY", "closed": "CLOSED", "paid": "REFUND" if trade.refunds else "SUCCESS"}[
                trade.status
            ],
            "amount": {"total": trade.total, "currency": trade.currency},
        }
        if trade.status == "paid" and trade.paid_at is not None:
            told |= {"transaction_id": trade.transaction, "success_time": trade.paid_at.isoformat(timespec="seconds")}
        return 200, told

    return await _answer(platform, request, "query", number, act)


@post("/v3/pay/transactions/out-trade-no/{number:str}/close", status_code=200)  # what is sent says 204
async def close(number: str, request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, _: Any) -> tuple[int, Any]:
        trade = _trade(platform, merchant, number)
        if trade.status == "paid":
            raise Refused(400, "ORDERPAID", "订单已支付")
        trade.status = "closed"
        return 204, None

    return await _answer(platform, request, "close", number, act)


def _trade(platform: Platform, merchant: Merchant, number: str) -> Trade:
    """Raises: Refused."""
    trade = platform.trades.get(number)
    if trade is None or trade.merchant != merchant.merchant:
        raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
    return trade


@post("/v3/refund/domestic/refunds", status_code=200)
async def refund(request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, given: dict[str, Any]) -> tuple[int, Any]:
        trade = next((each for each in platform.trades.values() if each.transaction == given["transaction_id"]), None)
        if trade is None or trade.merchant != merchant.merchant:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "订单号不存在")
        if given["amount"]["total"] != trade.total:
            raise Refused(400, "PARAM_ERROR", "订单金额不一致")
        made = platform.refund(
            trade, given["out_refund_no"], given["amount"]["refund"], given.get("notify_url", trade.notify_url)
        )
        if isinstance(made, str):
            raise Refused(400, made, "退款金额大于可退余额或参数不一致")
        if made.status == "SUCCESS":
            platform.soon(deliver_until_heard(refunded(platform, trade, made, Telling())))
        return 200, _refund(trade, made)

    return await _answer(platform, request, "refund", _refund_number(await request.body()), act)


@get("/v3/refund/domestic/refunds/{number:str}")
async def query_refund(number: str, request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, _: Any) -> tuple[int, Any]:
        for trade in platform.trades.values():
            if number in trade.refunds and trade.merchant == merchant.merchant:
                return 200, _refund(trade, trade.refunds[number])
        raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")

    return await _answer(platform, request, "refund_query", number, act)


def _refund(trade: Trade, made: Refund) -> dict[str, Any]:
    return {
        "refund_id": made.number,
        "out_refund_no": made.out_refund_no,
        "transaction_id": trade.transaction,
        "out_trade_no": trade.out_trade_no,
        "status": made.status,
        "amount": {"total": trade.total, "refund": made.amount, "currency": trade.currency},
    }


@get("/v3/certificates")
async def certificates(request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform

    def act(merchant: Merchant, _: Any) -> tuple[int, Any]:
        data = [
            {
                "serial_no": pair.serial,
                "effective_time": "2026-01-01T00:00:00+08:00",
                "expire_time": "2031-01-01T00:00:00+08:00",
                "encrypt_certificate": seal(merchant.v3_key, pair.certificate.encode(), "certificate"),
            }
            for pair in platform.wechat
        ]
        return 200, {"data": data}

    return await _answer(platform, request, "certificates", "", act)


def _number(body: bytes) -> str:
    return str(msgspec.json.decode(body).get("out_trade_no", "")) if body else ""


def _refund_number(body: bytes) -> str:
    return str(msgspec.json.decode(body).get("out_refund_no", "")) if body else ""


routes: Final[list[Any]] = [create, query, close, refund, query_refund, certificates]
