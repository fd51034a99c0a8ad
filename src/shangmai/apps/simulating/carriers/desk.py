"""What the simulator of carriers holds: partners, parcels, their ways, and how it is to misbehave."""

from __future__ import annotations

import random
import secrets
from collections import deque
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from shangmai.kernel.clock import SystemClock

System = Literal["sf", "jdl", "cainiao", "kdniao", "kuaidi100"]
Operation = Literal["create", "find", "cancel", "track", "subscribe"]
How = Literal["error", "lost", "hang", "refuse"]
Fate = Literal["normal", "late", "returned", "lost", "never_fetched"]

WAY: Final = (
    (3, "picked_up", "已揽收", "杭州市"),
    (9, "in_transit", "快件已发往下一站", "杭州市"),
    (26, "in_transit", "快件到达目的地", "上海市"),
    (31, "out_for_delivery", "快递员正在派件", "上海市"),
    (34, "signed", "已签收，签收人：本人", "上海市"),
)
WAY_BACK: Final = (
    (33, "refused", "收件人拒收", "上海市"),
    (40, "returning", "快件退回中", "上海市"),
    (70, "returned", "退回签收", "杭州市"),
)
LATE_H: Final = 72
SHAPES: Final = {"shunfeng": "SF1", "yuantong": "YT8", "YTO": "YT8", "JD": "JDX0", "jd": "JDX0", "SF": "SF1"}


class Partner(Struct):
    """Who may ask: what a system's console would show."""

    system: System
    partner: str
    secret: str
    token: str = ""
    push_url: str = ""


class Step(Struct, frozen=True):
    at: datetime
    kind: str
    text: str
    place: str


class Item(Struct):
    """A parcel at the carrier. `push_url` and `salt`: where and how its scans are pushed."""

    system: System
    partner: str
    carrier: str
    waybill: str
    order: str
    made_at: datetime
    fate: Fate
    is_canceled: bool = False
    push_url: str = ""
    salt: str = ""
    pushed: int = 0


class Misbehaving(Struct):
    """How calls of one kind fail, and how many of them still.

    `error`: 5xx, nothing done. `lost`: done, but the answer is a 502. `hang`: done, answered after so many seconds that
    nobody waits any more. `refuse`: refused, with `code`.
    """

    on: Operation
    how: How
    times: int = 1
    seconds: float = 30
    code: str = "8999"


class Heard(Struct):
    system: System
    operation: str
    number: str


class Desk:
    """Everything of one simulator; its time is the real one plus what was skipped."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.base_url = ""
        self.skipped = timedelta()
        self.partners: dict[tuple[System, str], Partner] = {}
        self.items: dict[str, Item] = {}
        self.misbehaving: list[Misbehaving] = []
        self.heard: deque[Heard] = deque(maxlen=10_000)

    def now(self) -> datetime:
        return SystemClock().now() + self.skipped

    def register(self, system: System) -> Partner:
        made = Partner(system, f"{system.upper()}{secrets.randbelow(10**8):08d}", secrets.token_hex(16))
        if system in ("jdl", "kuaidi100"):
            made.token = secrets.token_hex(16)
        self.partners[system, made.partner] = made
        return made

    def hear(self, system: System, operation: Operation, number: str) -> Misbehaving | None:
        """Note a call, and tell how it is to fail."""
        self.heard.append(Heard(system, operation, number))
        for each in self.misbehaving:
            if each.on == operation and each.times > 0:
                each.times -= 1
                return each
        return None

    def ordered(self, partner: Partner, order: str) -> Item | None:
        mine = (each for each in self.items.values() if each.partner == partner.partner and not each.is_canceled)
        return next((each for each in mine if each.order == order), None)

    def order(self, partner: Partner, carrier: str, order: str) -> Item:
        """Give a number; the same order has the same number."""
        known = self.ordered(partner, order)
        if known is not None:
            return known
        head = SHAPES.get(carrier, "7361")
        number = f"{head}{secrets.randbelow(10**12):012d}"[:15]
        return self._put(partner, carrier, number, order)

    def followed(self, partner: Partner, carrier: str, number: str) -> Item:
        """A parcel that was ordered elsewhere, met for the first time when it is asked about."""
        return self.items.get(number) or self._put(partner, carrier, number, "")

    def _put(self, partner: Partner, carrier: str, number: str, order: str) -> Item:
        made = Item(partner.system, partner.partner, carrier, number, order, self.now(), self._fate(number))
        self.items[number] = made
        return made

    def _fate(self, number: str) -> Fate:
        chance = random.Random(f"{self.seed}:{number}").random()
        fates: tuple[tuple[float, Fate], ...] = (
            (0.8, "normal"), (0.88, "late"), (0.94, "returned"), (0.97, "lost"), (1.0, "never_fetched"),
        )  # fmt: skip
        return next(fate for until, fate in fates if chance < until)

    def steps(self, item: Item) -> list[Step]:
        """What has been scanned of it by now, the oldest first."""
        every = [Step(item.made_at + timedelta(hours=after), *step) for after, *step in _way(item.fate)]
        return [step for step in every if step.at <= self.now()]


def _way(fate: Fate) -> list[tuple[int, str, str, str]]:
    match fate:
        case "normal":
            return list(WAY)
        case "late":
            return [*WAY[:2], *((after + LATE_H, kind, text, place) for after, kind, text, place in WAY[2:])]
        case "returned":
            return [*WAY[:4], *WAY_BACK]
        case "lost":
            return [*WAY[:2], (80, "lost", "快件丢失", "嘉兴市")]
        case "never_fetched":
            return []
