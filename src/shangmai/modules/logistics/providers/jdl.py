"""京东物流 (JDL): ECAP orders, and their traces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
from msgspec import Struct

from shangmai.modules.logistics.contract.carriers import CarrierRefused
from shangmai.modules.logistics.contract.parcels import Parcel
from shangmai.modules.logistics.contract.tracking import Scan
from shangmai.modules.logistics.providers import calling, signing
from shangmai.modules.logistics.providers.port import Account, Given, Pushed, Sending, Told, Unheard, order_of

DOMAIN: Final = "ECAP"
NO_SUCH_ORDER: Final = "2001"


class Step(Struct, rename="camel"):
    operation_time: str
    operation_title: str = ""
    operation_remark: str = ""
    category_name: str = ""


class Data(Struct, rename="camel"):
    waybill_code: str = ""
    trace_details: list[Step] = []


class Answer(Struct):
    """`code` 0 is all well, also within an answer of HTTP 200."""

    code: int | str = ""
    msg: str | None = None
    success: bool = False
    data: Data | None = None


class Jdl:
    """`partner`: app_key; `secret`: app_secret; `token`: access_token; `monthly_account`: customerCode."""

    name: ClassVar[str] = "jdl"
    url: ClassVar[str] = "https://api.jdl.com"
    needs: ClassVar[Sequence[str]] = ("partner", "secret", "token", "monthly_account")
    can_find: ClassVar[bool] = True
    reads_ciphers: ClassVar[bool] = False
    can_track: ClassVar[bool] = True
    can_subscribe: ClassVar[bool] = False
    heard: ClassVar[str] = '{"code":0}'

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        order = {
            "orderId": sending.order,
            "orderOrigin": 1,
            "customerCode": account.monthly_account,
            "productsReq": {"productCode": "ed-m-0001"},
            "settleType": 3,
            "senderContact": _contact(sending.sender),
            "receiverContact": _contact(sending.receiver),
            "cargoes": [
                {
                    "name": sending.parcel.note or "商品",
                    "quantity": 1,
                    "weight": sending.parcel.weight_g / 1000,
                    "volume": 1,
                }
            ],
        }
        told = await self._ask(account, "create", order, now)
        if told is None or not told.waybill_code:
            raise CarrierRefused(adapter=self.name, code="0", reason="下单成功但没有运单号，请在京东物流后台确认")
        return Given(told.waybill_code)

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        asked = {"orderId": sending.order, "orderOrigin": 1, "customerCode": account.monthly_account}
        told = await self._ask(account, "details/query", asked, now)
        return None if told is None or not told.waybill_code else Given(told.waybill_code)

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        asked = {
            "orderId": order_of(parcel),
            "waybillCode": parcel.waybill,
            "orderOrigin": 1,
            "customerCode": account.monthly_account,
            "cancelReason": "取消发货",
            "cancelReasonCode": "1",
        }
        await self._ask(account, "cancel", asked, now)

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        asked = {"waybillCode": parcel.waybill, "orderOrigin": 1, "customerCode": account.monthly_account}
        told = await self._ask(account, "trace/query", asked, now)
        return [] if told is None else [_scan(step) for step in told.trace_details]

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        raise AssertionError("can_subscribe says so")

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        raise Unheard("this system takes no pushes of JDL; it asks", "系统不接收京东物流的推送，而是主动查询")

    async def _ask(self, account: Account, what: str, asked: dict[str, Any], now: datetime) -> Data | None:
        """The answer's data; None where JDL knows no such order. Raises: CarrierRefused, CarrierAway."""
        path, body = f"/ecap/v1/orders/{what}", msgspec.json.encode([asked]).decode()
        params = {
            "access_token": account.token,
            "app_key": account.partner,
            "timestamp": calling.written(now),
            "v": "2.0",
        }
        sign = signing.jdl(account.secret, method=path, param_json=body, **params)
        answer = await calling.call(
            self.name,
            account.base_url + path,
            params=params | {"sign": sign, "algorithm": "md5-salt", "LOP-DN": DOMAIN},
            content=body.encode(),
            headers={"content-type": "application/json;charset=utf-8"},
        )
        told = calling.read(self.name, answer.content, Answer)
        if str(told.code) == NO_SUCH_ORDER:
            return None
        if str(told.code) != "0":
            raise CarrierRefused(adapter=self.name, code=str(told.code), reason=told.msg or "")
        return told.data


def _contact(who: Any) -> dict[str, str]:
    return {
        "name": who.name,
        "mobile": who.phone,
        "fullAddress": "".join((who.province, who.city, who.district, who.street)),
    }


def _scan(step: Step) -> Scan:
    kind = calling.kind_called(step.category_name or step.operation_title)
    return Scan(at=calling.at(step.operation_time), kind=kind, text=step.operation_remark[:500])
