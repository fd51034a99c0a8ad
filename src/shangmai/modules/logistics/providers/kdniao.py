"""快递鸟 (KDNiao): e-waybills (1007), questions (8001), subscriptions (1008) and pushes (101, 102)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
from msgspec import Struct

from shangmai.modules.logistics.contract.carriers import CarrierRefused
from shangmai.modules.logistics.contract.parcels import Parcel
from shangmai.modules.logistics.contract.tracking import Scan, ScanKind
from shangmai.modules.logistics.providers import calling, signing
from shangmai.modules.logistics.providers.port import Account, Given, Pushed, Sending, Told, Unheard, order_of

ACTIONS: Final = {
    "1": ScanKind.PICKED_UP, "2": ScanKind.IN_TRANSIT, "201": ScanKind.IN_TRANSIT, "202": ScanKind.OUT_FOR_DELIVERY,
    "211": ScanKind.OUT_FOR_DELIVERY, "3": ScanKind.SIGNED, "301": ScanKind.SIGNED, "302": ScanKind.SIGNED,
    "304": ScanKind.SIGNED, "311": ScanKind.SIGNED, "4": ScanKind.PROBLEM, "401": ScanKind.PROBLEM,
    "402": ScanKind.PROBLEM, "403": ScanKind.PROBLEM, "404": ScanKind.REFUSED, "405": ScanKind.PROBLEM,
    "406": ScanKind.RETURNED, "407": ScanKind.RETURNING,
}  # fmt: skip
ORDERED_ALREADY: Final = "106"
"""The answer carries the order all the same, so a repeated request gives the same number."""
EBUSINESS: Final = "/Ebusiness/EbusinessOrderHandle.aspx"
ASKS_FOR_PHONE: Final = frozenset({"SF"})
"""Carriers of whose parcels only who knows the receiver's phone may ask."""


class Step(Struct):
    AcceptTime: str
    AcceptStation: str = ""
    Action: str = ""
    Location: str | None = None


class Tracks(Struct):
    Success: bool = False
    Reason: str | None = None
    ShipperCode: str = ""
    LogisticCode: str = ""
    Traces: list[Step] | None = None


class Push(Struct):
    Data: list[Tracks]


class Order(Struct):
    LogisticCode: str | None = None
    MarkDestination: str | None = None


class Ordered(Struct):
    Success: bool = False
    ResultCode: str = ""
    Reason: str | None = None
    Order: Order | None = None


class KdNiao:
    """`partner`: EBusinessID; `secret`: ApiKey; `monthly_account`: MonthCode."""

    name: ClassVar[str] = "kdniao"
    url: ClassVar[str] = "https://api.kdniao.com"
    needs: ClassVar[Sequence[str]] = ("partner", "secret")
    can_find: ClassVar[bool] = True
    reads_ciphers: ClassVar[bool] = False
    can_track: ClassVar[bool] = True
    can_subscribe: ClassVar[bool] = True
    heard: ClassVar[str] = '{"Success":true,"Reason":""}'

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        asked = {
            "OrderCode": sending.order,
            "ShipperCode": account.carrier,
            "MonthCode": account.monthly_account,
            "PayType": 3 if account.monthly_account else 1,
            "ExpType": 1,
            "IsReturnPrintTemplate": "0",
            "Sender": _who(sending.sender),
            "Receiver": _who(sending.receiver),
            "Commodity": [{"GoodsName": sending.parcel.note or "商品"}],
            "Quantity": 1,
            "Weight": sending.parcel.weight_g / 1000,
        }
        told = await self._ask(account, "1007", "/api/EOrderService", asked, Ordered)
        if told.Order is None or not told.Order.LogisticCode or not (
            told.Success or told.ResultCode == ORDERED_ALREADY
        ):  # fmt: skip
            raise CarrierRefused(adapter=self.name, code=told.ResultCode, reason=told.Reason or "")
        return Given(told.Order.LogisticCode, told.Order.MarkDestination or "")

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        """Asking again is how it is asked: the same OrderCode has the same number."""
        return await self.create(account, sending, now)

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        asked = {"OrderCode": order_of(parcel), "ShipperCode": account.carrier, "ExpNo": parcel.waybill}
        told = await self._ask(account, "1147", "/api/EOrderService", asked, Ordered)
        if not told.Success:
            raise CarrierRefused(adapter=self.name, code=told.ResultCode, reason=told.Reason or "")

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        told = await self._ask(account, "8001", EBUSINESS, _about(account, parcel, phone), Tracks)
        if not told.Success:
            raise CarrierRefused(adapter=self.name, code="8001", reason=told.Reason or "")
        return _scans(told)

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        told = await self._ask(account, "1008", "/api/dist", _about(account, parcel, phone), Ordered)
        if not told.Success:
            raise CarrierRefused(adapter=self.name, code="1008", reason=told.Reason or "")

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        data = calling.field(told.form, "RequestData")
        if not signing.same(signing.kdniao(data, account.secret), told.form.get("DataSign", "")):
            raise Unheard("bad signature", "签名不正确")
        every = calling.read_told(data, Push).Data
        return [Pushed(each.ShipperCode, each.LogisticCode, _scans(each)) for each in every if each.Traces]

    async def _ask(
        self, account: Account, request: str, path: str, asked: dict[str, Any], kind: type[calling.T]
    ) -> calling.T:
        """Raises: CarrierAway, CarrierRefused."""
        data = msgspec.json.encode(asked).decode()
        form = {
            "RequestData": data,
            "EBusinessID": account.partner,
            "RequestType": request,
            "DataSign": signing.kdniao(data, account.secret),
            "DataType": "2",
        }
        answer = await calling.call(self.name, account.base_url + path, data=form)
        return calling.read(self.name, answer.content, kind)


def _about(account: Account, parcel: Parcel, phone: str) -> dict[str, str]:
    asked = {"OrderCode": order_of(parcel), "ShipperCode": account.carrier, "LogisticCode": parcel.waybill}
    digits = "".join(filter(str.isdigit, phone))
    return asked | ({"CustomerName": digits[-4:]} if account.carrier in ASKS_FOR_PHONE and digits else {})


def _who(who: Any) -> dict[str, str]:
    return {
        "Name": who.name,
        "Mobile": who.phone,
        "ProvinceName": who.province,
        "CityName": who.city,
        "ExpAreaName": who.district,
        "Address": who.street,
    }


def _scans(tracks: Tracks) -> list[Scan]:
    return [
        Scan(
            at=calling.at(step.AcceptTime),
            kind=ACTIONS[step.Action] if step.Action in ACTIONS else calling.kind_called(step.AcceptStation),
            text=step.AcceptStation[:500],
            place=(step.Location or "")[:100],
        )
        for step in tracks.Traces or []
    ]
