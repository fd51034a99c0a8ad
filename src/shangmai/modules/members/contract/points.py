"""Points 积分: how members earn them, what they have, what became of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.events.contract import event
from shangmai.kernel.money import Currency
from shangmai.kernel.tx import Item
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.organization.contract import CompanyId, ShopId

NEVER: Final = date(9999, 12, 31)
"""The lot of points that do not expire."""

Points = Annotated[int, Meta(ge=0, le=10**12)]


class PointsKind(StrEnum):
    """What became of points, or where they came from: 获得、调整、消费、过期."""

    EARNED = "earned"
    ADJUSTED = "adjusted"
    SPENT = "spent"
    EXPIRED = "expired"


class Expiry(StrEnum):
    """When points expire: never, at the end of a month, or of a year."""

    NEVER = "never"
    MONTHS = "months"
    YEARS = "years"


class PointsPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`earn_points` for each whole `earn_each_minor` (minor units) that a member paid for goods; 0: none are earned.

    `expiry_after` months or years after the one in which they come, at its last day: months 0 is the end of the same
    month, years 1 the end of the next year. `worth_minor`: what 100 points are worth, in minor units, for those who
    book them; 0: nothing is said of it.
    """

    earn_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    earn_each_minor: Annotated[int, Meta(ge=1, le=10**9)] = 100
    expiry: Expiry = Expiry.NEVER
    expiry_after: Annotated[int, Meta(ge=0, le=120)] = 0
    worth_minor: Annotated[int, Meta(ge=0, le=10**6)] = 0


class SetPointsPolicy(Struct, frozen=True, kw_only=True):
    """How points are earned and expire in a company from now on; points that are there keep their day."""

    company_id: CompanyId
    policy: PointsPolicy


class PointsPolicySet(Struct, frozen=True, kw_only=True):
    """`since` None: no policy has been set, so none are earned."""

    company_id: CompanyId
    policy: PointsPolicy
    since: datetime | None = None


class AdjustPoints(Struct, frozen=True, kw_only=True):
    """Give a member points, or take some away (negative), and say why."""

    customer_id: CustomerId
    points: Annotated[int, Meta(ge=-(10**9), le=10**9)]
    reason: Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S")]


class ExpirePoints(Struct, frozen=True, kw_only=True):
    """Let points expire whose last day is over, of so many members at most."""

    members_max: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class PointsExpired(Struct, frozen=True, kw_only=True):
    """`more`: whether others are left."""

    members: int
    points: int
    more: bool


class PointsLot(Struct, frozen=True, kw_only=True):
    """Points that can be spent up to and including `last_day` in the shop's timezone; None: always."""

    last_day: date | None
    available: int
    held: int


class PointsBalance(Struct, frozen=True, kw_only=True):
    """What a member has: `held` for orders that are not paid yet, the rest is `available`; lots as they are spent."""

    customer_id: CustomerId
    available: int
    held: int
    lots: tuple[PointsLot, ...]


class PointsLine(Struct, frozen=True, kw_only=True):
    """A line of a member's statement: `points` came (positive) or went, and what there was then, held ones included.

    Points taken back (`earned`, negative) and given back (`spent`, positive) stand as what they undo. `doc`: the order
    or the adjustment; `cause`: the action or event.
    """

    at: datetime
    kind: PointsKind
    points: int
    balance: int
    last_day: date | None
    doc: UUID
    cause: UUID
    reason: str = ""


# --- what other modules ask ----------------------------------------------------------------------------------------


class PointsHold(Struct, frozen=True, kw_only=True):
    """Points that a document keeps until it is paid."""

    doc: UUID
    customer_id: CustomerId
    points: int
    item: Item


class PointsBack(Struct, frozen=True, kw_only=True):
    """Points that a document gives back of those it used or keeps; None: all of them."""

    doc: UUID
    points: int | None
    item: Item


class PointsBase(Struct, frozen=True, kw_only=True):
    """What a member has paid for goods of a document, without what went back, in minor units."""

    doc: UUID
    customer_id: CustomerId
    paid_minor: int
    currency: Currency
    item: Item


# --- events and refusals -------------------------------------------------------------------------------------------


@event("members.points_moved.v1", key="customer_id")
class PointsMoved(Struct, frozen=True, kw_only=True):
    """Points came or went; `worth_in_minor` or `worth_out_minor` is their worth, where the policy gives them one.

    `short`: points that were to be taken back and were not there any more.
    """

    customer_id: CustomerId
    shop_id: ShopId
    company_id: CompanyId
    kind: PointsKind
    points: int
    doc: UUID
    worth_in_minor: int
    worth_out_minor: int
    currency: str
    short: int = 0


class PointsShort(Conflict):
    """Only {available} points can be spent, {wanted} were asked for; ask for fewer, or for none."""

    zh = "可用积分只有 {available}，不足 {wanted}；请减少使用的积分，或不使用积分。"


class PointsComeToNothing(Conflict):
    """An adjustment of 0 points changes nothing; say how many to give, or to take with a minus."""

    zh = "调整 0 积分没有意义；请填写要增加的积分，扣减请填负数。"
