"""What the simulator holds: merchants, trades, refunds, and how it is to misbehave."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from shangmai.apps.simulating.keys import Pair, make_pair, new_v3_key
from shangmai.kernel.clock import SystemClock

ProviderName = Literal["wechat", "alipay"]
Operation = Literal["create", "query", "close", "refund", "refund_query", "certificates"]
How = Literal["error", "lost", "slow", "hang", "unsigned", "refuse"]


class Merchant(Struct):
    """A merchant as the platform registered it: what its console would show."""

    provider: ProviderName
    merchant: str
    app_id: str
    pair: Pair
    v3_key: str
    public_key_id: str
    """In public-key mode; empty while platform certificates are used."""


class Refund(Struct):
    number: str
    out_refund_no: str
    amount: int
    status: Literal["PROCESSING", "SUCCESS", "ABNORMAL", "CLOSED"]
    notify_url: str


class Trade(Struct):
    """An order at the platform; amounts in fen."""

    provider: ProviderName
    merchant: str
    app_id: str
    out_trade_no: str
    total: int
    currency: str
    subject: str
    scene: str
    notify_url: str
    return_url: str
    made_at: datetime
    status: Literal["open", "paid", "closed"] = "open"
    transaction: str = ""
    paid_at: datetime | None = None
    prepay: str = field(default_factory=lambda: f"wx{secrets.token_hex(16)}")
    refunds: dict[str, Refund] = {}

    @property
    def refunded(self) -> int:
        return sum(refund.amount for refund in self.refunds.values() if refund.status in ("SUCCESS", "PROCESSING"))


class Misbehaving(Struct):
    """How calls of one kind fail, and how many of them still.

    `error`: 5xx, nothing done. `lost`: done, but the answer is a 502. `slow`: answered after `seconds`; `hang` too, of
    so many seconds that nobody waits any more. `unsigned`: an answer with a wrong signature. `refuse`: refused, with
    `code`.
    """

    on: Operation
    how: How
    times: int = 1
    seconds: float = 0.5
    code: str = "NOT_ENOUGH"


class Heard(Struct):
    """A call that came, for whoever wants to count them."""

    provider: ProviderName
    operation: str
    number: str
    at: datetime


class Platform:
    """Everything of one simulator."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        now = self.clock.now()
        self.base_url = ""
        self.wechat = [make_pair("WeChat Pay simulator", now)]
        self.alipay = make_pair("Alipay simulator", now)
        self.merchants: dict[tuple[str, str], Merchant] = {}
        self.trades: dict[str, Trade] = {}
        self.misbehaving: list[Misbehaving] = []
        self.heard: deque[Heard] = deque(maxlen=10_000)
        self.refunds_pending = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def soon(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do it beside what is being answered."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def register(self, provider: ProviderName, *, public_key_mode: bool) -> Merchant:
        number = secrets.randbelow(10**8)
        made = Merchant(
            provider=provider,
            merchant=f"16{number:08d}" if provider == "wechat" else f"20880{number:011d}",
            app_id=f"wx{secrets.token_hex(8)}" if provider == "wechat" else f"20210{number:011d}",
            pair=make_pair("merchant", self.clock.now()),
            v3_key=new_v3_key(),
            public_key_id=f"PUB_KEY_ID_0{secrets.randbelow(10**30):030d}" if public_key_mode else "",
        )
        self.merchants[provider, made.merchant] = made
        return made

    def of_app(self, app_id: str) -> Merchant | None:
        return next((each for each in self.merchants.values() if each.app_id == app_id), None)

    def rotate(self) -> Pair:
        """Sign with a new certificate from now on; the old one is still handed out."""
        self.wechat.append(make_pair("WeChat Pay simulator", self.clock.now()))
        return self.wechat[-1]

    def hear(self, provider: ProviderName, operation: str, number: str) -> Misbehaving | None:
        """Note a call, and tell how it is to fail."""
        self.heard.append(Heard(provider, operation, number, self.clock.now()))
        for each in self.misbehaving:
            if each.on == operation and each.times > 0:
                each.times -= 1
                return each
        return None

    def pay(self, trade: Trade) -> None:
        trade.status = "paid"
        trade.paid_at = self.clock.now()
        day = self.clock.now().strftime("%Y%m%d")
        trade.transaction = trade.transaction or f"42{day}{secrets.randbelow(10**18):018d}"

    def refund(self, trade: Trade, out_refund_no: str, amount: int, notify_url: str) -> Refund | str:
        """Give money back, once under each number; else why not."""
        known = trade.refunds.get(out_refund_no)
        if known is not None:
            return known if known.amount == amount else "PARAM_ERROR"
        if trade.status != "paid":
            return "INVALID_REQUEST"
        if trade.refunded + amount > trade.total:
            return "INVALID_REQUEST"
        status: Literal["PROCESSING", "SUCCESS"] = "PROCESSING" if self.refunds_pending else "SUCCESS"
        made = Refund(f"50{secrets.randbelow(10**22):022d}", out_refund_no, amount, status, notify_url)
        trade.refunds[out_refund_no] = made
        return made
