"""Alipay's side of its protocol: one gateway, RSA2."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State

from shangmai.apps.simulating.holding import Merchant, Misbehaving, Platform, Trade
from shangmai.apps.simulating.keys import fits, make_pair, sign
from shangmai.apps.simulating.page import payment_page
from shangmai.apps.simulating.telling import BEIJING

OPERATIONS: Final = {
    "alipay.trade.precreate": "create",
    "alipay.trade.query": "query",
    "alipay.trade.close": "close",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "refund_query",
}
PAGES: Final = {"alipay.trade.wap.pay": "h5", "alipay.trade.page.pay": "page"}
STATES: Final = {"open": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}


class Failed(Exception):
    """An answer that is no success: code and sub_code."""

    def __init__(self, code: str, sub_code: str) -> None:
        super().__init__(code, sub_code)
        self.code, self.sub_code = code, sub_code


def authenticated(platform: Platform, params: Mapping[str, str]) -> Merchant:
    """Who signed these parameters. Raises: Failed."""
    merchant = platform.of_app(params.get("app_id", ""))
    if merchant is None or merchant.provider != "alipay":
        raise Failed("40002", "isv.invalid-app-id")
    signed = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign" and params[name])
    if not fits(merchant.pair.key.public_key(), params.get("sign", ""), signed.encode()):
        raise Failed("40002", "isv.invalid-signature")
    return merchant


@post("/gateway.do", status_code=200)
async def gateway(request: Request[Any, Any, Any], state: State) -> Any:
    platform: Platform = state.platform
    params = {name: str(value) for name, value in (await request.form()).items()}
    method = params.get("method", "")
    bad: Misbehaving | None = None
    try:
        merchant = authenticated(platform, params)
        content = msgspec.json.decode(params["biz_content"])
        number = content.get("out_request_no") or content.get("out_trade_no", "")
        bad = platform.hear("alipay", OPERATIONS[method], number)
        if bad is not None and bad.how == "error":
            return Response(b"", status_code=500)
        if bad is not None and bad.how == "refuse":
            raise Failed("40004", bad.code)
        said = {"code": "10000", "msg": "Success"} | ACTS[method](platform, merchant, content, params)
    except Failed as failure:
        said = {"code": failure.code, "msg": "Business Failed", "sub_code": failure.sub_code, "sub_msg": "失败"}
        bad = None
    return await _sent(platform, method, said, bad)


async def _sent(platform: Platform, method: str, said: dict[str, Any], bad: Misbehaving | None) -> Any:
    if bad is not None and bad.how in ("slow", "hang"):
        await asyncio.sleep(bad.seconds)
    if bad is not None and bad.how == "lost":
        return Response(b"", status_code=502)
    raw = msgspec.json.encode(said)
    is_unsigned = bad is not None and bad.how == "unsigned"
    key = make_pair("somebody else", platform.clock.now()).key if is_unsigned else platform.alipay.key
    node = method.replace(".", "_") + "_response"
    body = f'{{"{node}":'.encode() + raw + f',"sign":"{sign(key, raw)}"}}'.encode()
    return Response(body, media_type="application/json")


@get("/gateway.do")
async def open_page(request: Request[Any, Any, Any], state: State) -> Any:
    """The payer's browser comes with a signed order; where they press the button, it is paid."""
    platform: Platform = state.platform
    params = {name: str(value) for name, value in request.query_params.items()}
    try:
        merchant = authenticated(platform, params)
        content = msgspec.json.decode(params["biz_content"])
        platform.hear("alipay", "create", content["out_trade_no"])
        trade = _made(platform, merchant, PAGES[params["method"]], content, params)
    except Failed as failure:
        return Response(f"{failure.code} {failure.sub_code}", status_code=400, media_type="text/plain")
    return payment_page(trade)


def _made(
    platform: Platform, merchant: Merchant, scene: str, content: dict[str, Any], params: Mapping[str, str]
) -> Trade:
    yuan, _, fen = content["total_amount"].partition(".")
    trade = Trade(
        provider="alipay",
        merchant=merchant.merchant,
        app_id=merchant.app_id,
        out_trade_no=content["out_trade_no"],
        total=int(yuan) * 100 + int(fen.ljust(2, "0")),
        currency="CNY",
        subject=content["subject"],
        scene=scene,
        notify_url=params.get("notify_url", ""),
        return_url=params.get("return_url", ""),
        made_at=platform.clock.now(),
    )
    known = platform.trades.setdefault(trade.out_trade_no, trade)
    if known.status == "closed":
        raise Failed("40004", "ACQ.TRADE_HAS_CLOSE")
    if known.status == "paid":
        raise Failed("40004", "ACQ.TRADE_HAS_SUCCESS")
    return known


def _precreate(platform: Platform, merchant: Merchant, content: dict[str, Any], params: Mapping[str, str]) -> Any:
    trade = _made(platform, merchant, "native", content, params)
    return {"out_trade_no": trade.out_trade_no, "qr_code": f"{platform.base_url}/pay/{trade.out_trade_no}"}


def _query(platform: Platform, merchant: Merchant, content: dict[str, Any], _: Mapping[str, str]) -> Any:
    trade = _trade(platform, merchant, content)
    told = {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.transaction or "0",
        "trade_status": STATES[trade.status],
        "total_amount": f"{trade.total // 100}.{trade.total % 100:02d}",
    }
    if trade.paid_at is not None:
        told["send_pay_date"] = trade.paid_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return told


def _close(platform: Platform, merchant: Merchant, content: dict[str, Any], _: Mapping[str, str]) -> Any:
    trade = _trade(platform, merchant, content)
    if trade.status == "paid":
        raise Failed("40004", "ACQ.TRADE_STATUS_ERROR")
    trade.status = "closed"
    return {"out_trade_no": trade.out_trade_no}


def _refund(platform: Platform, merchant: Merchant, content: dict[str, Any], _: Mapping[str, str]) -> Any:
    trade = _trade(platform, merchant, content)
    yuan, _, fen = content["refund_amount"].partition(".")
    is_known = content["out_request_no"] in trade.refunds
    made = platform.refund(trade, content["out_request_no"], int(yuan) * 100 + int(fen.ljust(2, "0")), "")
    if isinstance(made, str):
        raise Failed("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    return {"trade_no": trade.transaction, "fund_change": "N" if is_known else "Y"}


def _query_refund(platform: Platform, merchant: Merchant, content: dict[str, Any], _: Mapping[str, str]) -> Any:
    trade = _trade(platform, merchant, content)
    made = trade.refunds.get(content["out_request_no"])
    if made is None or made.status != "SUCCESS":
        return {}
    return {"out_request_no": made.out_refund_no, "refund_status": "REFUND_SUCCESS"}


def _trade(platform: Platform, merchant: Merchant, content: dict[str, Any]) -> Trade:
    """Raises: Failed."""
    for trade in platform.trades.values():
        is_named = content.get("out_trade_no") == trade.out_trade_no or (
            content.get("trade_no") and content["trade_no"] == trade.transaction
        )
        if is_named and trade.merchant == merchant.merchant:
            return trade
    raise Failed("40004", "ACQ.TRADE_NOT_EXIST")


ACTS: Final[dict[str, Any]] = {
    "alipay.trade.precreate": _precreate,
    "alipay.trade.query": _query,
    "alipay.trade.close": _close,
    "alipay.trade.refund": _refund,
    "alipay.trade.fastpay.refund.query": _query_refund,
}

routes: Final[list[Any]] = [gateway, open_page]
