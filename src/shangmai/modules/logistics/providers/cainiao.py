"""菜鸟电子面单 (Cainiao): waybills of the carriers that a merchant has contracts with. It tells nothing of parcels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from shangmai.modules.logistics.contract.carriers import CarrierRefused
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelReceiver
from shangmai.modules.logistics.contract.tracking import Scan
from shangmai.modules.logistics.providers import calling, signing
from shangmai.modules.logistics.providers.port import Account, Given, Pushed, Sending, Told, Unheard


class Sheet(Struct, rename="camel"):
    object_id: str = ""
    waybill_code: str = ""
    print_data: str = ""


class Answer(Struct, rename="camel"):
    success: bool = False
    error_code: str = ""
    error_msg: str | None = None
    waybill_cloud_print_response_list: list[Sheet] = []
    discard_result: bool = False


class Cainiao:
    """`partner`: logistic_provider_id; `secret`: appSecret. A package's id is what makes a request the same one."""

    name: ClassVar[str] = "cainiao"
    url: ClassVar[str] = "https://link.cainiao.com"
    needs: ClassVar[Sequence[str]] = ("partner", "secret")
    can_find: ClassVar[bool] = True
    reads_ciphers: ClassVar[bool] = True
    can_track: ClassVar[bool] = False
    can_subscribe: ClassVar[bool] = False
    heard: ClassVar[str] = '{"success":true}'

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        content = {
            "cpCode": account.carrier,
            "customerCode": account.monthly_account,
            "sender": _who(sending.sender),
            "tradeOrderInfoDtos": [
                {
                    "objectId": "1",
                    "orderInfo": {"orderChannelsType": "OTHERS", "tradeOrderList": [sending.order]},
                    "packageInfo": {
                        "id": sending.order,
                        "items": [{"count": 1, "name": sending.parcel.note or "商品"}],
                        "weight": sending.parcel.weight_g,
                    },
                    "recipient": _recipient(sending.receiver),
                }
            ],
        }
        told = await self._ask(account, "TMS_WAYBILL_GET", content)
        if not told.waybill_cloud_print_response_list:
            raise CarrierRefused(adapter=self.name, code=told.error_code, reason=told.error_msg or "没有返回运单号")
        sheet = told.waybill_cloud_print_response_list[0]
        return Given(sheet.waybill_code, _route(sheet.print_data))

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        """Asking again is how it is asked: the same package of the same order has the same number."""
        return await self.create(account, sending, now)

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        await self._ask(account, "TMS_WAYBILL_DISCARD", {"cpCode": account.carrier, "waybillCode": parcel.waybill})

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        raise AssertionError("can_track says so")

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        raise AssertionError("can_subscribe says so")

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        content = calling.field(told.form, "logistics_interface")
        if not signing.same(signing.cainiao(content, account.secret), told.form.get("data_digest", "")):
            raise Unheard("bad signature", "签名不正确")
        raise Unheard("this system takes no pushes of 菜鸟", "系统不接收菜鸟的推送")

    async def _ask(self, account: Account, kind: str, asked: dict[str, Any]) -> Answer:
        """Raises: CarrierRefused, CarrierAway."""
        content = msgspec.json.encode(asked).decode()
        form = {
            "msg_type": kind,
            "logistic_provider_id": account.partner,
            "data_digest": signing.cainiao(content, account.secret),
            "logistics_interface": content,
        }
        answer = await calling.call(self.name, f"{account.base_url}/gateway/link.do", data=form)
        told = calling.read(self.name, answer.content, Answer)
        if not told.success:
            raise CarrierRefused(adapter=self.name, code=told.error_code, reason=told.error_msg or "")
        return told


def _who(who: Any) -> dict[str, Any]:
    address = {"province": who.province, "city": who.city, "district": who.district, "detail": who.street}
    return {"name": who.name, "mobile": who.phone, "address": address}


def _recipient(who: ParcelReceiver) -> dict[str, Any]:
    """With a cipher (OAID), 菜鸟 finds out name, number and street by itself, and prints them."""
    return _who(who) | ({"oaid": who.cipher} if who.cipher else {})


def _route(print_data: str) -> str:
    """The sorting code within what is to be printed, where it can be read."""
    try:
        told = msgspec.json.decode(print_data) if print_data else {}
        routing = told["data"]["routingInfo"]
        return str(routing.get("routeCode") or routing["sortation"]["name"])
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return ""
