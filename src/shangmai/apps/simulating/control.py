"""What tests and people do with the simulator: register merchants, pay, send notices of every kind, let it fail."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.response import Redirect
from msgspec import Struct

from shangmai.apps.simulating.holding import Heard, Misbehaving, Platform, ProviderName, Trade
from shangmai.apps.simulating.page import payment_page
from shangmai.apps.simulating.telling import Telling, deliver, deliver_until_heard, paid, refunded


class Register(Struct, frozen=True, kw_only=True):
    provider: ProviderName
    public_key_mode: bool = False


class Registered(Struct, frozen=True, kw_only=True):
    """What `payments.set_account` is to be given, by the names of its fields."""

    provider: ProviderName
    merchant: str
    app_id: str
    base_url: str
    environment: str
    certificate_serial: str
    private_key: str
    api_v3_key: str
    platform_key_id: str
    platform_key: str


class Pay(Struct, frozen=True, kw_only=True):
    """`notify`: tell the merchant, as `how` says."""

    notify: bool = True
    how: Telling = Telling()


class Told(Struct, frozen=True, kw_only=True):
    """The answers to each delivery."""

    answers: list[tuple[int, str]]


class Shown(Struct, frozen=True, kw_only=True):
    """A trade as it stands; amounts in fen."""

    out_trade_no: str
    status: str
    total: int
    transaction: str
    refunded: int
    refunds: int


class RefundOutcome(Struct, frozen=True, kw_only=True):
    """What refunds come to: `pending` makes the next ones wait; `status` ends those of a trade that wait."""

    status: Literal["SUCCESS", "ABNORMAL", "CLOSED"] = "SUCCESS"
    notify: bool = True


@post("/simulator/merchants", status_code=200)
async def register(data: Register, state: State) -> Registered:
    platform: Platform = state.platform
    made = platform.register(data.provider, public_key_mode=data.public_key_mode)
    is_wechat = data.provider == "wechat"
    key = platform.wechat[-1].public_pem if made.public_key_id else ""
    return Registered(
        provider=data.provider,
        merchant=made.merchant,
        app_id=made.app_id,
        base_url=platform.base_url,
        environment="simulator",
        certificate_serial=made.pair.serial if is_wechat else "",
        private_key=made.pair.private_pem,
        api_v3_key=made.v3_key if is_wechat else "",
        platform_key_id=made.public_key_id,
        platform_key=key if is_wechat else platform.alipay.public_pem,
    )


@get("/simulator/trades/{number:str}")
async def show(number: str, state: State) -> Shown:
    trade = _trade(state.platform, number)
    return Shown(
        out_trade_no=trade.out_trade_no,
        status=trade.status,
        total=trade.total,
        transaction=trade.transaction,
        refunded=trade.refunded,
        refunds=len(trade.refunds),
    )


@get("/simulator/heard")
async def heard(state: State) -> list[Heard]:
    return list(state.platform.heard)


@post("/simulator/trades/{number:str}/pay", status_code=200)
async def pay(number: str, data: Pay, state: State) -> Told:
    """Let the payer pay, whatever the trade's state at the platform but closed; a payer may be that quick."""
    platform: Platform = state.platform
    trade = _trade(platform, number)
    platform.pay(trade)
    return await _tell(platform, trade, data.how) if data.notify else Told(answers=[])


@post("/simulator/trades/{number:str}/notify", status_code=200)
async def notify(number: str, data: Telling, state: State) -> Told:
    """Send a notice of the trade, once or several times at once, and give what each was answered."""
    return await _tell(state.platform, _trade(state.platform, number), data)


async def _tell(platform: Platform, trade: Trade, how: Telling) -> Told:
    notice = paid(platform, trade, how)
    return Told(answers=list(await asyncio.gather(*(deliver(notice) for _ in range(how.times)))))


@post("/simulator/trades/{number:str}/refunds", status_code=200)
async def end_refunds(number: str, data: RefundOutcome, state: State) -> Told:
    """Let the refunds of a trade that wait come to this."""
    platform: Platform = state.platform
    trade = _trade(platform, number)
    waiting = [each for each in trade.refunds.values() if each.status == "PROCESSING"]
    for each in waiting:
        each.status = data.status
    if not data.notify or trade.provider == "alipay":
        return Told(answers=[])
    return Told(answers=[await deliver(refunded(platform, trade, each, Telling())) for each in waiting])


@post("/simulator/misbehave", status_code=200)
async def misbehave(data: list[Misbehaving], state: State) -> int:
    """Let the next calls of each kind fail; an empty list lets everything be well again."""
    platform: Platform = state.platform
    platform.misbehaving = data
    return len(data)


@post("/simulator/refunds-wait", status_code=200)
async def let_refunds_wait(state: State) -> bool:
    """Turn around whether refunds are under way for a while (PROCESSING) or done at once."""
    platform: Platform = state.platform
    platform.refunds_pending = not platform.refunds_pending
    return platform.refunds_pending


@post("/simulator/rotate", status_code=200)
async def rotate(state: State) -> list[str]:
    """Sign with a new platform certificate from now on; the serials, the new one last."""
    platform: Platform = state.platform
    platform.rotate()
    return [pair.serial for pair in platform.wechat]


@get("/pay/{number:str}")
async def show_page(number: str, state: State) -> Response[str]:
    return payment_page(_trade(state.platform, number))


@post("/pay/{number:str}", status_code=303)
async def press(number: str, request: Request[Any, Any, Any], state: State) -> Redirect:
    """The payer's button: pay, tell the merchant until it hears, and lead the payer back."""
    platform: Platform = state.platform
    trade = _trade(platform, number)
    if trade.status == "open":
        platform.pay(trade)
        platform.soon(deliver_until_heard(paid(platform, trade, Telling())))
    return Redirect(trade.return_url or f"/pay/{number}", status_code=303)


def _trade(platform: Platform, number: str) -> Trade:
    if number not in platform.trades:
        raise NotFoundException(f"no trade {number}")
    return platform.trades[number]


routes: Final[list[Any]] = [
    register, show, heard, pay, notify, end_refunds, misbehave, let_refunds_wait, rotate, show_page, press,
]  # fmt: skip
