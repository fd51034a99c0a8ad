"""顺丰丰桥 (SF Express): std/service, with routes pulled and pushed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

import msgspec
from msgspec import Struct

from shangmai.modules.logistics.contract.carriers import CarrierRefused
from shangmai.modules.logistics.contract.parcels import Parcel
from shangmai.modules.logistics.contract.tracking import Scan, ScanKind
from shangmai.modules.logistics.providers import calling, signing
from shangmai.modules.logistics.providers.port import Account, Given, Pushed, Sending, Told, order_of

OP_CODES: Final = {
    "50": ScanKind.PICKED_UP, "54": ScanKind.REFUSED, "36": ScanKind.PROBLEM, "33": ScanKind.PROBLEM,
    "44": ScanKind.OUT_FOR_DELIVERY, "204": ScanKind.OUT_FOR_DELIVERY, "80": ScanKind.SIGNED,
    "99": ScanKind.RETURNING, "648": ScanKind.RETURNING, "30": ScanKind.IN_TRANSIT, "31": ScanKind.IN_TRANSIT,
    "60": ScanKind.IN_TRANSIT, "70": ScanKind.IN_TRANSIT,
}  # fmt: skip
"""44 is told as 代签 by some and 派送 by others: it is taken as the one that claims less."""
SAYS_NOTHING: Final = frozenset({"8000"})
"""The order is closed at SF; the parcel is wherever it was."""
KNOWN_ALREADY: Final = "8016"
NO_SUCH_ORDER: Final = "8018"


class Answer(Struct, rename="camel"):
    """The outer answer; `apiResultData` is JSON within JSON."""

    api_result_code: str = ""
    api_error_msg: str = ""
    api_result_data: str = ""


class Result(Struct, rename="camel"):
    success: bool = False
    error_code: str = ""
    error_msg: str | None = None
    msg_data: dict[str, Any] | None = None


class Route(Struct, rename="camel"):
    """A step, pulled or pushed."""

    accept_time: str
    op_code: str = ""
    remark: str = ""
    accept_address: str = ""
    mailno: str = ""


class Routes(Struct):
    routes: list[Route] = []


class PushedRoutes(Struct):
    WaybillRoute: list[Route]


class Push(Struct):
    Body: PushedRoutes


class Sf:
    """`partner`: partnerID; `secret`: checkWord."""

    name: ClassVar[str] = "sf"
    url: ClassVar[str] = "https://sfapi.sf-express.com"
    needs: ClassVar[Sequence[str]] = ("partner", "secret")
    can_find: ClassVar[bool] = True
    reads_ciphers: ClassVar[bool] = False
    can_track: ClassVar[bool] = True
    can_subscribe: ClassVar[bool] = False
    heard: ClassVar[str] = '{"return_code":"0000","return_msg":"成功"}'

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        made = await self._ask(account, "EXP_RECE_CREATE_ORDER", self._order(account, sending), now, KNOWN_ALREADY)
        return _given(made) if made is not None else await self._known(account, sending, now)

    async def _known(self, account: Account, sending: Sending, now: datetime) -> Given:
        found = await self.find(account, sending, now)
        if found is None:
            raise CarrierRefused(adapter=self.name, code=KNOWN_ALREADY, reason="重复下单")
        return found

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        asked = {"orderId": sending.order, "searchType": "1", "language": "zh-CN"}
        found = await self._ask(account, "EXP_RECE_SEARCH_ORDER_RESP", asked, now, NO_SUCH_ORDER)
        return None if found is None else _given(found)

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        asked = {"orderId": order_of(parcel), "dealType": 2, "language": "zh-CN"}
        await self._ask(account, "EXP_RECE_UPDATE_ORDER", asked, now, NO_SUCH_ORDER)

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        asked: dict[str, Any] = {
            "language": "zh-CN",
            "trackingType": "1",
            "trackingNumber": [parcel.waybill],
            "methodType": "1",
        }
        told = await self._ask(account, "EXP_RECE_SEARCH_ROUTES", asked | _tail(phone), now)
        found = [each for each in (told or {}).get("routeResps", []) if each.get("mailNo") == parcel.waybill]
        routes = [route for each in found for route in msgspec.convert(each, Routes, strict=False).routes]
        return [scan for route in routes if (scan := _scan(route)) is not None]

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        """SF pushes the routes of whatever was ordered with the partner's id, without being asked."""

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        """Routes come unsigned: the address that they come to is what only SF has been told."""
        routes = calling.read_told(told.body, Push).Body.WaybillRoute
        by_number: dict[str, list[Scan]] = {}
        for route in routes:
            if (scan := _scan(route)) is not None:
                by_number.setdefault(route.mailno, []).append(scan)
        return [Pushed(account.carrier, number, scans) for number, scans in by_number.items()]

    def _order(self, account: Account, sending: Sending) -> dict[str, Any]:
        return {
            "language": "zh-CN",
            "orderId": sending.order,
            "expressTypeId": 1,
            "payMethod": 1,
            "monthlyCard": account.monthly_account,
            "isReturnRoutelabel": 1,
            "totalWeight": f"{sending.parcel.weight_g / 1000:.3f}",
            "cargoDetails": [{"name": sending.parcel.note or "商品"}],
            "contactInfoList": [_contact(1, sending.sender), _contact(2, sending.receiver)],
        }

    async def _ask(
        self, account: Account, service: str, asked: dict[str, Any], now: datetime, none_where: str = ""
    ) -> dict[str, Any] | None:
        """The answer's data; None where SF says the code `none_where`. Raises: CarrierRefused, CarrierAway."""
        message, timestamp = msgspec.json.encode(asked).decode(), str(int(now.timestamp() * 1000))
        form = {
            "partnerID": account.partner,
            "requestID": f"{timestamp}{asked.get('orderId', '')}"[:40],
            "serviceCode": service,
            "timestamp": timestamp,
            "msgDigest": signing.sf(message, timestamp, account.secret),
            "msgData": message,
        }
        answer = await calling.call(self.name, f"{account.base_url}/std/service", data=form)
        told = calling.read(self.name, answer.content, Answer)
        if told.api_result_code != "A1000":
            raise CarrierRefused(adapter=self.name, code=told.api_result_code, reason=told.api_error_msg)
        result = calling.read(self.name, told.api_result_data, Result)
        if not result.success:
            if none_where and result.error_code == none_where:
                return None
            raise CarrierRefused(adapter=self.name, code=result.error_code, reason=result.error_msg or "")
        return result.msg_data or {}


def _contact(kind: Literal[1, 2], who: Any) -> dict[str, Any]:
    return {
        "contactType": kind,
        "contact": who.name,
        "mobile": who.phone,
        "country": "CN",
        "province": who.province,
        "city": who.city,
        "county": who.district,
        "address": who.street,
    }


def _given(told: dict[str, Any]) -> Given:
    numbers = [each["waybillNo"] for each in told.get("waybillNoInfoList", []) if each.get("waybillType", 1) == 1]
    if not numbers:
        raise CarrierRefused(adapter=Sf.name, code="S0000", reason="下单成功但没有运单号，请在丰桥后台确认订单")
    labels = told.get("routeLabelInfo") or [{}]
    return Given(numbers[0], str((labels[0].get("routeLabelData") or {}).get("destRouteLabel", "")))


def _tail(phone: str) -> dict[str, str]:
    digits = "".join(filter(str.isdigit, phone))
    return {"checkPhoneNo": digits[-4:]} if len(digits) >= 4 else {}


def _scan(route: Route) -> Scan | None:
    if route.op_code in SAYS_NOTHING:
        return None
    kind = OP_CODES.get(route.op_code, ScanKind.IN_TRANSIT)
    return Scan(at=calling.at(route.accept_time), kind=kind, text=route.remark[:500], place=route.accept_address[:100])
