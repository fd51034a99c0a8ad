"""快递100 (Kuaidi100): tracks every carrier, by question and by push; gives e-waybills."""

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
from shangmai.modules.logistics.providers.port import Account, Given, Pushed, Sending, Told, Unheard

STATES: Final = {
    "0": ScanKind.IN_TRANSIT, "1": ScanKind.PICKED_UP, "2": ScanKind.PROBLEM, "3": ScanKind.SIGNED,
    "4": ScanKind.RETURNED, "5": ScanKind.OUT_FOR_DELIVERY, "6": ScanKind.RETURNING, "7": ScanKind.IN_TRANSIT,
    "8": ScanKind.IN_TRANSIT, "14": ScanKind.REFUSED,
}  # fmt: skip
SUBSCRIBED_ALREADY: Final = "501"
NOTHING_YET: Final = "500"
"""The carrier has not scanned it: not an error of ours."""


class Step(Struct, rename="camel"):
    ftime: str = ""
    time: str = ""
    context: str = ""
    status: str = ""
    status_code: str = ""
    area_name: str | None = None


class Tracks(Struct, rename="camel"):
    """What is known of a parcel, newest first. `state` is that of the newest step."""

    status: str = ""
    message: str = ""
    state: str = ""
    com: str = ""
    nu: str = ""
    return_code: str = ""
    data: list[Step] = []


class Push(Struct, rename="camel"):
    status: str = ""
    last_result: Tracks | None = None


class Ordered(Struct):
    success: bool = False
    code: int = 0
    message: str = ""
    data: dict[str, Any] | None = None


class Subscribed(Struct, rename="camel"):
    result: bool = False
    return_code: str = ""
    message: str = ""


class Kuaidi100:
    """`partner`: customer; `secret`: key; `token`: the app's secret, for e-waybills."""

    name: ClassVar[str] = "kuaidi100"
    url: ClassVar[str] = ""
    needs: ClassVar[Sequence[str]] = ("partner", "secret")
    can_find: ClassVar[bool] = False
    reads_ciphers: ClassVar[bool] = False
    can_track: ClassVar[bool] = True
    can_subscribe: ClassVar[bool] = True
    heard: ClassVar[str] = '{"result":true,"returnCode":"200","message":"成功"}'

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        param = {
            "kuaidicom": account.carrier,
            "partnerId": account.monthly_account,
            "printType": "NON",
            "cargo": sending.parcel.note or "商品",
            "count": 1,
            "weight": f"{sending.parcel.weight_g / 1000:.3f}",
            "thirdOrderId": sending.order,
            "sendMan": _man(sending.sender),
            "recMan": _man(sending.receiver),
        }
        told = await self._order(account, "order", param, now)
        if not told.get("kuaidinum"):
            raise CarrierRefused(adapter=self.name, code="200", reason="下单成功但没有运单号，请在快递100后台确认")
        return Given(str(told["kuaidinum"]), str(told.get("bulkpen") or ""))

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        raise AssertionError("快递100 publishes no question for it, and can_find says so")

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        param = {
            "kuaidicom": account.carrier,
            "partnerId": account.monthly_account,
            "kuaidinum": parcel.waybill,
            "reason": "取消发货",
        }
        await self._order(account, "cancel", param, now)

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        param = _json({"com": account.carrier, "num": parcel.waybill, "phone": phone, "resultv2": "1"})
        sign = signing.kuaidi100(param, account.secret, account.partner)
        form = {"customer": account.partner, "sign": sign, "param": param}
        answer = await calling.call(self.name, f"{_poll(account)}/poll/query.do", data=form)
        told = calling.read(self.name, answer.content, Tracks)
        if told.return_code == NOTHING_YET:
            return []
        if told.status != "200":
            raise CarrierRefused(adapter=self.name, code=told.return_code or told.status, reason=told.message)
        return _scans(told)

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        parameters = {"callbackurl": account.push_url, "salt": salt(account), "resultv2": "1", "phone": phone}
        param = {"company": account.carrier, "number": parcel.waybill, "key": account.secret, "parameters": parameters}
        form = {"schema": "json", "param": _json(param)}
        answer = await calling.call(self.name, f"{_poll(account)}/poll", data=form)
        told = calling.read(self.name, answer.content, Subscribed)
        if not told.result and told.return_code != SUBSCRIBED_ALREADY:
            raise CarrierRefused(adapter=self.name, code=told.return_code, reason=told.message)

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        param = calling.field(told.form, "param")
        if not signing.same(signing.kuaidi100(param, salt(account)), told.form.get("sign", "")):
            raise Unheard("bad signature", "签名不正确")
        tracks = calling.read_told(param, Push).last_result
        return [] if tracks is None or not tracks.data else [Pushed(tracks.com, tracks.nu, _scans(tracks))]

    async def _order(self, account: Account, method: str, asked: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Raises: CarrierRefused, CarrierAway."""
        param, t = _json(asked), str(int(now.timestamp() * 1000))
        form = {
            "key": account.secret,
            "t": t,
            "sign": signing.kuaidi100(param, t, account.secret, account.token),
            "method": method,
            "param": param,
        }
        host = account.base_url or "https://api.kuaidi100.com"
        answer = await calling.call(self.name, f"{host}/label/order", data=form)
        told = calling.read(self.name, answer.content, Ordered)
        if not told.success:
            raise CarrierRefused(adapter=self.name, code=str(told.code), reason=told.message)
        return told.data or {}


def salt(account: Account) -> str:
    """What 快递100 signs pushes with: made of the key and the account, so that nothing is stored."""
    return signing.kuaidi100(account.secret, account.id.hex)[:16]


def _poll(account: Account) -> str:
    return account.base_url or "https://poll.kuaidi100.com"


def _json(given: dict[str, Any]) -> str:
    return msgspec.json.encode(given).decode()


def _man(who: Any) -> dict[str, str]:
    address = "".join((who.province, who.city, who.district, who.street))
    return {"name": who.name, "mobile": who.phone, "printAddr": address}


def _scans(tracks: Tracks) -> list[Scan]:
    scans = []
    for place, step in enumerate(tracks.data):
        # The state is the newest step's; the others say theirs, if at all, in a code or in words.
        code = step.status_code or (tracks.state if place == 0 and not step.status else "")
        kind = STATES[code] if code in STATES else calling.kind_called(step.status)
        moment = calling.at(step.ftime or step.time)
        scans.append(Scan(at=moment, kind=kind, text=step.context[:500], place=(step.area_name or "")[:100]))
    return scans
