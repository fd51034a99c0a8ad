"""The five protocols, on the carriers' side: what is signed, checked here and nowhere else."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State

from shangmai.apps.simulating.carriers.desk import Desk, Item, Operation, Partner, Step, System

SF_CODES: Final = {
    "picked_up": "50", "in_transit": "30", "out_for_delivery": "44", "signed": "80", "refused": "54",
    "returning": "99", "returned": "80", "lost": "36",
}  # fmt: skip
STATES_100: Final = {
    "picked_up": ("1", "揽收"), "in_transit": ("0", "在途"), "out_for_delivery": ("5", "派件"), "signed": ("3", "签收"),
    "refused": ("14", "拒签"), "returning": ("6", "退回"), "returned": ("4", "退签"), "lost": ("2", "疑难"),
}  # fmt: skip
ACTIONS_NIAO: Final = {
    "picked_up": "1", "in_transit": "2", "out_for_delivery": "202", "signed": "301", "refused": "404",
    "returning": "407", "returned": "406", "lost": "4",
}  # fmt: skip
CATEGORIES_JD: Final = {
    "picked_up": "揽收", "in_transit": "运输", "out_for_delivery": "派送", "signed": "妥投", "refused": "拒收",
    "returning": "换单", "returned": "退件签收", "lost": "丢失",
}  # fmt: skip
Work = Callable[[], dict[str, Any]]


def _digest(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _is(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)


def when(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")


async def _acted(desk: Desk, system: System, operation: Operation, number: str, work: Work, refusal: Any) -> Any:
    """Do it and answer, or fail as asked."""
    bad = desk.hear(system, operation, number)
    if bad is not None and bad.how == "error":
        return Response(b"", status_code=500)
    if bad is not None and bad.how == "refuse":
        return refusal(bad.code)
    said = work()
    if bad is not None and bad.how == "hang":
        await asyncio.sleep(bad.seconds)
    if bad is not None and bad.how == "lost":
        return Response(b"", status_code=502)
    return said


async def _form(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


# --- SF -------------------------------------------------------------------------------------------------------------


def _sf(data: dict[str, Any] | None, code: str = "S0000") -> dict[str, Any]:
    inner = {
        "success": code == "S0000",
        "errorCode": code,
        "errorMsg": None if code == "S0000" else "失败",
        "msgData": data,
    }
    return {"apiErrorMsg": "", "apiResultCode": "A1000", "apiResultData": msgspec.json.encode(inner).decode()}


@post("/std/service", status_code=200)
async def sf(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    form = await _form(request)
    partner = desk.partners.get(("sf", form.get("partnerID", "")))
    if partner is None:
        return {"apiErrorMsg": "必传参数不可为空", "apiResultCode": "A1001", "apiResultData": ""}
    # As java.net.URLEncoder does it; SF's documents sign what it makes of the text.
    text = (
        quote(form["msgData"] + form["timestamp"] + partner.secret, safe="*-._ ").replace(" ", "+").replace("~", "%7E")
    )
    if not _is(b64encode(_digest(text)).decode(), form.get("msgDigest", "")):
        return {"apiErrorMsg": "数字签名无效", "apiResultCode": "A1006", "apiResultData": ""}
    asked = msgspec.json.decode(form["msgData"])
    operation, work = _sf_work(desk, partner, form["serviceCode"], asked)
    number = asked.get("orderId") or asked.get("trackingNumber", [""])[0]
    return await _acted(desk, "sf", operation, number, work, lambda code: _sf(None, code))


def _sf_work(desk: Desk, partner: Partner, service: str, asked: dict[str, Any]) -> tuple[Operation, Work]:
    def create() -> dict[str, Any]:
        if desk.ordered(partner, asked["orderId"]) is not None:
            return _sf(None, "8016")
        return _sf(_sf_order(desk.order(partner, "SF", asked["orderId"])))

    def find() -> dict[str, Any]:
        item = desk.ordered(partner, asked["orderId"])
        return _sf(None, "8018") if item is None else _sf(_sf_order(item))

    def cancel() -> dict[str, Any]:
        item = desk.ordered(partner, asked["orderId"])
        if item is None:
            return _sf(None, "8018")
        item.is_canceled = True
        return _sf({"orderId": item.order, "resStatus": 2})

    def track() -> dict[str, Any]:
        found = [desk.followed(partner, "SF", number) for number in asked["trackingNumber"]]
        return _sf(
            {"routeResps": [{"mailNo": i.waybill, "routes": [sf_route(i, s) for s in desk.steps(i)]} for i in found]}
        )  # fmt: skip

    works: dict[str, tuple[Operation, Work]] = {
        "EXP_RECE_CREATE_ORDER": ("create", create),
        "EXP_RECE_SEARCH_ORDER_RESP": ("find", find),
        "EXP_RECE_UPDATE_ORDER": ("cancel", cancel),
        "EXP_RECE_SEARCH_ROUTES": ("track", track),
    }
    return works[service]


def _sf_order(item: Item) -> dict[str, Any]:
    label = {"code": "1000", "routeLabelData": {"destRouteLabel": "021WF-BA-012"}}
    numbers = [{"waybillType": 1, "waybillNo": item.waybill}]
    return {"orderId": item.order, "waybillNoInfoList": numbers, "routeLabelInfo": [label]}


def sf_route(item: Item, step: Step) -> dict[str, str]:
    return {
        "mailno": item.waybill,
        "acceptTime": when(step.at),
        "acceptAddress": step.place,
        "remark": step.text,
        "opCode": SF_CODES[step.kind],
    }


# --- JDL ------------------------------------------------------------------------------------------------------------


def _jd(data: dict[str, Any] | None, code: int | str = 0) -> dict[str, Any]:
    return {"code": code, "msg": "成功" if code == 0 else "失败", "success": code == 0, "data": data}


@post("/ecap/v1/orders/{what:path}", status_code=200)
async def jdl(what: str, request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    query = {name: str(value) for name, value in request.query_params.items()}
    body = (await request.body()).decode()
    partner = desk.partners.get(("jdl", query.get("app_key", "")))
    if partner is None or partner.token != query.get("access_token") or query.get("LOP-DN") != "ECAP":
        return _jd(None, "1002")
    text = (
        f"{partner.secret}access_token{partner.token}app_key{partner.partner}method/ecap/v1/orders{what}"
        f"param_json{body}timestamp{query['timestamp']}v2.0{partner.secret}"
    )
    if not _is(_digest(text).hex(), query.get("sign", "")):
        return _jd(None, "1003")
    (asked,) = msgspec.json.decode(body)
    operation, work = _jd_work(desk, partner, what.strip("/"), asked)
    number = asked.get("orderId") or asked.get("waybillCode", "")
    return await _acted(desk, "jdl", operation, number, work, lambda code: _jd(None, code))


def _jd_work(desk: Desk, partner: Partner, what: str, asked: dict[str, Any]) -> tuple[Operation, Work]:
    def create() -> dict[str, Any]:
        return _jd({"waybillCode": desk.order(partner, "JD", asked["orderId"]).waybill})

    def find() -> dict[str, Any]:
        item = desk.ordered(partner, asked["orderId"])
        return _jd(None, "2001") if item is None else _jd({"waybillCode": item.waybill})

    def cancel() -> dict[str, Any]:
        item = desk.ordered(partner, asked["orderId"])
        if item is not None:
            item.is_canceled = True
        return _jd({}) if item is not None else _jd(None, "2001")

    def track() -> dict[str, Any]:
        item = desk.followed(partner, "JD", asked["waybillCode"])
        steps = [
            {
                "waybillCode": item.waybill,
                "operationTime": when(step.at),
                "operationRemark": step.text,
                "categoryName": CATEGORIES_JD[step.kind],
            }
            for step in desk.steps(item)
        ]
        return _jd({"traceDetails": steps})

    works: dict[str, tuple[Operation, Work]] = {
        "create": ("create", create),
        "details/query": ("find", find),
        "cancel": ("cancel", cancel),
        "trace/query": ("track", track),
    }
    return works[what]


# --- Cainiao --------------------------------------------------------------------------------------------------------


def _niao(code: str) -> dict[str, Any]:
    return {"success": False, "errorCode": code, "errorMsg": "失败"}


@post("/gateway/link.do", status_code=200)
async def cainiao(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    form = await _form(request)
    partner = desk.partners.get(("cainiao", form.get("logistic_provider_id", "")))
    if partner is None:
        return _niao("S01")
    content = form["logistics_interface"]
    if not _is(b64encode(_digest(content + partner.secret)).decode(), form.get("data_digest", "")):
        return _niao("S02")
    asked = msgspec.json.decode(content)

    def create() -> dict[str, Any]:
        people = [each["recipient"] for each in asked["tradeOrderInfoDtos"]]
        if any("*" in who["mobile"] and not who.get("oaid") for who in people):
            return _niao("RECIPIENT_MASKED")
        sheets = [
            {
                "objectId": each["objectId"],
                "waybillCode": desk.order(partner, asked["cpCode"], each["packageInfo"]["id"]).waybill,
                "printData": '{"data":{"routingInfo":{"routeCode":"021-A1"}}}',
            }
            for each in asked["tradeOrderInfoDtos"]
        ]
        return {"success": True, "waybillCloudPrintResponseList": sheets}

    def cancel() -> dict[str, Any]:
        desk.items[asked["waybillCode"]].is_canceled = True
        return {"success": True, "discardResult": True}

    if form["msg_type"] == "TMS_WAYBILL_GET":
        order = asked["tradeOrderInfoDtos"][0]["packageInfo"]["id"]
        return await _acted(desk, "cainiao", "create", order, create, _niao)
    return await _acted(desk, "cainiao", "cancel", asked["waybillCode"], cancel, _niao)


# --- KDNiao ---------------------------------------------------------------------------------------------------------


def _bird(code: str) -> dict[str, Any]:
    return {"Success": False, "ResultCode": code, "Reason": "失败"}


@post(["/Ebusiness/EbusinessOrderHandle.aspx", "/api/EOrderService", "/api/dist"], status_code=200)
async def kdniao(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    form = await _form(request)
    partner = desk.partners.get(("kdniao", form.get("EBusinessID", "")))
    if partner is None:
        return _bird("101")
    data = form["RequestData"]
    if not _is(b64encode(_digest(data + partner.secret).hex().encode()).decode(), form.get("DataSign", "")):
        return _bird("104")
    asked = msgspec.json.decode(data)

    def create() -> dict[str, Any]:
        code = "100" if desk.ordered(partner, asked["OrderCode"]) is None else "106"
        item = desk.order(partner, asked["ShipperCode"], asked["OrderCode"])
        order = {"OrderCode": item.order, "LogisticCode": item.waybill, "MarkDestination": "021-B2"}
        return {"Success": code == "100", "ResultCode": code, "Order": order}

    def cancel() -> dict[str, Any]:
        desk.items[asked["ExpNo"]].is_canceled = True
        return {"Success": True, "ResultCode": "100"}

    def track() -> dict[str, Any]:
        return niao_tracks(desk, desk.followed(partner, asked["ShipperCode"], asked["LogisticCode"]))

    def subscribe() -> dict[str, Any]:
        desk.followed(partner, asked["ShipperCode"], asked["LogisticCode"]).push_url = partner.push_url
        return {"Success": True, "ResultCode": "100"}

    works: dict[str, tuple[Operation, Work]] = {
        "1007": ("create", create),
        "1147": ("cancel", cancel),
        "8001": ("track", track),
        "1008": ("subscribe", subscribe),
    }
    operation, work = works[form["RequestType"]]
    number = asked.get("LogisticCode") or asked["OrderCode"]
    return await _acted(desk, "kdniao", operation, number, work, _bird)


def niao_tracks(desk: Desk, item: Item, steps: list[Step] | None = None) -> dict[str, Any]:
    traces = [
        {
            "AcceptTime": when(step.at).replace("-", "/"),
            "AcceptStation": step.text,
            "Action": ACTIONS_NIAO[step.kind],
            "Location": step.place,
        }
        for step in (desk.steps(item) if steps is None else steps)
    ]
    return {"Success": True, "ShipperCode": item.carrier, "LogisticCode": item.waybill, "Traces": traces}


# --- Kuaidi100 ------------------------------------------------------------------------------------------------------


def _sum(*parts: str) -> str:
    return _digest("".join(parts)).hex().upper()


@post("/poll/query.do", status_code=200)
async def query_100(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    form = await _form(request)
    partner = desk.partners.get(("kuaidi100", form.get("customer", "")))
    if partner is None or not _is(_sum(form["param"], partner.secret, partner.partner), form.get("sign", "")):
        return {"result": False, "returnCode": "503", "message": "验证签名失败"}
    asked = msgspec.json.decode(form["param"])

    def track() -> dict[str, Any]:
        told = tracks_100(desk, desk.followed(partner, asked["com"], asked["num"]))
        return told if told["data"] else {"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"}

    def refused(code: str) -> dict[str, Any]:
        return {"result": False, "returnCode": code, "message": "失败"}

    return await _acted(desk, "kuaidi100", "track", asked["num"], track, refused)


@post("/poll", status_code=200)
async def subscribe_100(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    asked = msgspec.json.decode((await _form(request))["param"])
    partner = _by_key(desk, asked.get("key", ""))
    if partner is None:
        return {"result": False, "returnCode": "503", "message": "授权 key 错误"}

    def subscribe() -> dict[str, Any]:
        item = desk.followed(partner, asked["company"], asked["number"])
        if item.push_url:
            return {"result": False, "returnCode": "501", "message": "重复订阅"}
        item.push_url, item.salt = asked["parameters"]["callbackurl"], asked["parameters"]["salt"]
        return {"result": True, "returnCode": "200", "message": "提交成功"}

    def refused(code: str) -> dict[str, Any]:
        return {"result": False, "returnCode": code, "message": "失败"}

    return await _acted(desk, "kuaidi100", "subscribe", asked["number"], subscribe, refused)


@post("/label/order", status_code=200)
async def order_100(request: Request[Any, Any, Any], state: State) -> Any:
    desk: Desk = state.desk
    form = await _form(request)
    partner = _by_key(desk, form.get("key", ""))
    if partner is None or not _is(
        _sum(form["param"], form["t"], partner.secret, partner.token), form.get("sign", "")
    ):  # fmt: skip
        return {"success": False, "code": 30001, "message": "验证签名失败"}
    asked = msgspec.json.decode(form["param"])

    def create() -> dict[str, Any]:
        item = desk.order(partner, asked["kuaidicom"], asked["thirdOrderId"])
        return {"success": True, "code": 200, "data": {"kuaidinum": item.waybill, "bulkpen": "021 C3"}}

    def cancel() -> dict[str, Any]:
        desk.items[asked["kuaidinum"]].is_canceled = True
        return {"success": True, "code": 200, "data": {}}

    def refused(code: str) -> dict[str, Any]:
        return {"success": False, "code": int(code), "message": "失败"}

    if form["method"] == "order":
        return await _acted(desk, "kuaidi100", "create", asked["thirdOrderId"], create, refused)
    return await _acted(desk, "kuaidi100", "cancel", asked["kuaidinum"], cancel, refused)


def tracks_100(desk: Desk, item: Item, steps: list[Step] | None = None) -> dict[str, Any]:
    """Newest first, as 快递100 tells it."""
    known = list(reversed(desk.steps(item) if steps is None else steps))
    data = [
        {
            "time": when(step.at),
            "ftime": when(step.at),
            "context": step.text,
            "areaName": step.place,
            "statusCode": STATES_100[step.kind][0],
            "status": STATES_100[step.kind][1],
        }
        for step in known
    ]
    state = STATES_100[known[0].kind][0] if known else ""
    return {"message": "ok", "status": "200", "state": state, "com": item.carrier, "nu": item.waybill, "data": data}


def _by_key(desk: Desk, key: str) -> Partner | None:
    return next((each for each in desk.partners.values() if each.system == "kuaidi100" and each.secret == key), None)


def pushed(desk: Desk, item: Item, steps: list[Step], *, forged: bool) -> tuple[dict[str, str] | None, bytes]:
    """A push of these steps: a form, or a body."""
    partner = desk.partners[item.system, item.partner]
    if item.system == "kuaidi100":
        param = msgspec.json.encode({"status": "polling", "lastResult": tracks_100(desk, item, steps)}).decode()
        return {"param": param, "sign": _sum(param, "wrong" if forged else item.salt)}, b""
    if item.system == "kdniao":
        told = {"EBusinessID": item.partner, "Count": "1", "Data": [niao_tracks(desk, item, steps)]}
        data = msgspec.json.encode(told).decode()
        sign = b64encode(_digest(data + ("wrong" if forged else partner.secret)).hex().encode()).decode()
        return {"RequestData": data, "RequestType": "101", "DataSign": sign}, b""
    return None, msgspec.json.encode({"Body": {"WaybillRoute": [sf_route(item, step) for step in steps]}})


routes: Final[list[Any]] = [sf, jdl, cainiao, kdniao, query_100, subscribe_100, order_100]
