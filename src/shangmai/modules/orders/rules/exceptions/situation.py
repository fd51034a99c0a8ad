"""What is known of an order when exceptions are looked for, and how checks are declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.kernel.errors import fill
from shangmai.kernel.money import Money
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.logistics.contract import Tariff
from shangmai.modules.orders.contract import LineKind, Order, OrderLine, Receiver, Status
from shangmai.modules.orders.contract.causes import Cause, LimitValue, Stage
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.contract.exceptions import Particulars
from shangmai.modules.orders.rules.auditing import Seen, with_skus
from shangmai.modules.payments.contract import Authorization
from shangmai.modules.rules.contract import FactValue

Limits: TypeAlias = Mapping[str, LimitValue]


class Need(StrEnum):
    """What must be gathered for a check, beside the order, its lines and their SKUs."""

    AROUND = "around"
    RECEIVER = "receiver"
    COST = "cost"
    FACTS = "facts"
    PARTICULARS = "particulars"
    HELD = "held"
    BLOCKED = "blocked"
    TARIFF = "tariff"
    TWINS = "twins"
    AUTHORIZED = "authorized"
    CREDIT = "credit"
    COUPONS = "coupons"
    SENT = "sent"
    GIFTS = "gifts"
    EDITED = "edited"
    REPRICED = "repriced"
    FLOOR = "floor"


class Found(Struct, frozen=True):
    """A cause that holds: what its text says of it (a pair where languages differ), and input for what ends it."""

    said: Mapping[str, str | tuple[str, str]] = {}
    input: Mapping[str, Any] = {}


class Later(Struct, frozen=True):
    """Not now, but perhaps from then on, if nothing else happens."""

    at: datetime


class Placed(Struct, frozen=True):
    """Of an order's stock: the pieces that are not held, and until when the rest is, if not for good.

    `in_parts`: enough is held for that to be sent before the rest.
    """

    missing: Mapping[SkuId, int] = {}
    until: datetime | None = None
    in_parts: bool = False


class Situation(Struct, frozen=True, kw_only=True):
    """An order with all that was asked for. `twin`: the number of an earlier order just like it."""

    now: datetime
    order: Order
    seen: Seen
    skus: Mapping[SkuId, Sku]
    particulars: Particulars
    facts: Mapping[str, FactValue] = {}
    placed: Placed = Placed()
    is_blocked: bool = False
    tariff: Tariff | None = None
    twin: str = ""
    authorized: Authorization | None = None
    credit_left_minor: int | None = None
    coupon_orders: int = 0
    sent_at: datetime | None = None
    gifts_short: Mapping[SkuId, int] = {}
    floor_short: Mapping[SkuId, int] = {}

    @property
    def goods(self) -> list[OrderLine]:
        return [line for line in self.seen.lines if line.kind is LineKind.GOODS]

    @property
    def due(self) -> list[OrderLine]:
        """The goods that the buyer still gets, or has got."""
        return [line for line in self.goods if line.due_qty]

    @property
    def receiver(self) -> Receiver | None:
        return self.seen.receiver

    @property
    def stage(self) -> Stage | None:
        """How far it is: None where nothing needs to be looked for any more."""
        order = self.order
        if order.status in (Status.PLACED, Status.PART_SHIPPED):
            return Stage.READY if is_ready(order) else Stage.OPEN
        return Stage.SENT if order.status is Status.SHIPPED else None

    @property
    def due_minor(self) -> int:
        """What it comes to without what was canceled of it."""
        return self.order.total_minor - sum(line.canceled_minor for line in self.seen.lines)

    def money(self, minor: int, currency: str = "") -> str:
        """An amount as texts show it."""
        known = currency or self.order.currency
        return f"{Money(minor, known).major()} {known}"

    def local(self, at: datetime) -> str:
        """A time by the shop's clock."""
        return at.astimezone(ZoneInfo(self.seen.shop.timezone)).strftime("%Y-%m-%d %H:%M")

    def codes(self, lines: list[OrderLine]) -> str:
        """The codes of these lines' SKUs."""
        return ", ".join(sorted({sku.code for _, sku in with_skus(lines, self.skus)}))


def is_ready(order: Order) -> bool:
    """Whether it may leave as far as its money goes."""
    return order.payment_status.value == "paid" or order.terms.value == "on_account"


Check: TypeAlias = Callable[[Situation, Limits], "Found | Later | None"]
CHECKS: Final[dict[str, tuple[Check, frozenset[Need]]]] = {}


def detects(name: str, *needs: Need) -> Callable[[Check], Check]:
    """Declare the check of a built-in cause, and what it must be told."""

    def declare(check: Check) -> Check:
        code = f"orders.{name}"
        assert code in CAUSES, f"{code} is no built-in cause"
        assert code not in CHECKS, f"{code} is checked twice"
        CHECKS[code] = (check, frozenset(needs))
        return check

    return declare


def number(limits: Limits, name: str) -> int:
    """A threshold that is a number."""
    value = limits[name]
    assert isinstance(value, int)
    return value


def words(limits: Limits, name: str) -> tuple[str, ...]:
    """A threshold that is a list of words."""
    value = limits[name]
    assert not isinstance(value, int)
    return tuple(value)


def said_in(cause: Cause, found: Found) -> tuple[str, str]:
    """The cause's text with what was found, in Chinese and in English."""
    zh = {name: value if isinstance(value, str) else value[0] for name, value in found.said.items()}
    en = {name: value if isinstance(value, str) else value[1] for name, value in found.said.items()}
    return fill(cause.zh, zh), fill(cause.en, en)
