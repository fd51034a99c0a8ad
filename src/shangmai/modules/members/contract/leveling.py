"""Levels by rule 会员等级规则: which level a member has by what they spent in a period."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid
from shangmai.kernel.money import MINOR_MAX
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.organization.contract import ShopId

LevelCode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="As gold. 会员等级编码。")]


class LevelStep(Struct, frozen=True, kw_only=True):
    """From `spent_minor` on, in minor units of the shop's currency, a member has this level."""

    level: LevelCode
    spent_minor: Annotated[int, Meta(ge=1, le=MINOR_MAX)]


class LevelRule(Struct, frozen=True, kw_only=True):
    """By what a member paid for goods and kept, in the last `days`, orders counting from when they are signed and paid.

    Without steps there is no rule. `lowers`: whether a level goes down again when less was spent.
    """

    steps: Annotated[tuple[LevelStep, ...], Meta(max_length=20)] = ()
    days: Annotated[int, Meta(ge=1, le=3660)] = 365
    lowers: bool = True


class SetLevelRule(Struct, frozen=True, kw_only=True):
    """How members of a shop come to their levels from now on; the steps rise."""

    shop_id: ShopId
    rule: LevelRule


class LevelRuleSet(Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    rule: LevelRule
    since: datetime | None


class ReviewLevels(Struct, frozen=True, kw_only=True):
    """Review the members whose spending has changed by time alone."""

    members_max: Annotated[int, Meta(ge=1, le=5000)] = 500


class LevelsReviewed(Struct, frozen=True, kw_only=True):
    """`changed`: how many have another level now; `more`: whether others are due."""

    reviewed: int
    changed: int
    more: bool


class LevelStanding(Struct, frozen=True, kw_only=True):
    """Where a member stands: what counts, and what is missing for the next level.

    `spent_minor`: since `since`, in minor units of the shop's currency.
    """

    customer_id: CustomerId
    level: str
    spent_minor: int
    currency: str
    since: datetime | None
    next_level: str = ""
    missing_minor: int = 0


class LevelStepsUnfit(Invalid):
    """Name each level once, and let each step ask for more than the one before it."""

    zh = "每个等级只能出现一次，且各级消费额须逐级递增。"
