"""What can be tried on past orders, and what comes of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.kernel.errors import Invalid, NotFound
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId

WhatIfId = NewType("WhatIfId", UUID)

EXAMPLES_MAX = 20
"""How many orders a report names of those that would lose money."""
NEARLY_BP = 2_500
"""An order nearly reached a campaign when it would have had to buy at most a quarter more."""

CampaignName = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]


class RunStatus(StrEnum):
    """Where a run is; a stopped one keeps what it had counted."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


class Campaign(Struct, frozen=True, kw_only=True):
    """Promotions that would be in force together; drafts count as if published. 一次活动。"""

    name: CampaignName
    promotion_ids: Annotated[tuple[PromotionId, ...], Meta(min_length=1, max_length=50)]


class StartWhatIf(Struct, frozen=True, kw_only=True):
    """Replay a shop's orders placed from `since` to before `until` with each campaign, beside today's promotions."""

    shop_id: ShopId
    since: Instant
    until: Instant
    campaigns: Annotated[tuple[Campaign, ...], Meta(min_length=1, max_length=10)]


class StopWhatIf(Struct, frozen=True, kw_only=True):
    """Stop a run that takes too long or was not meant."""

    what_if_id: WhatIfId


class LossOrder(Struct, frozen=True, kw_only=True):
    """An order whose goods would be sold below their cost with the campaign, and are not without it."""

    number: str
    margin_before_minor: int
    margin_after_minor: int


class Tally(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One campaign's sums over the orders replayed, in minor units of the shop's currency.

    `before`: under the promotions published today, without the campaign where it runs already; `after`: with it.
    Revenue is what buyers pay plus what platform, influencer and supplier bear, without freight and tax on top. Margin
    is revenue less cost, over lines whose cost is known. `shop_off_minor`: what the shop itself would give more.
    """

    orders: int = 0
    hit: int = 0
    pieces_hit: int = 0
    revenue_before_minor: int = 0
    revenue_after_minor: int = 0
    margin_before_minor: int = 0
    margin_after_minor: int = 0
    margin_hit_minor: int = 0
    off_minor: int = 0
    shop_off_minor: int = 0
    freight_off_minor: int = 0
    gifts: int = 0
    gifts_value_minor: int = 0
    losing: int = 0
    examples: tuple[LossOrder, ...] = ()
    nearly: int = 0
    nearly_missing_minor: int = 0
    used_up: int = 0
    unproven: int = 0
    cost_unknown_lines: int = 0


class CampaignResult(Struct, frozen=True, kw_only=True):
    """A campaign's sums, and how many more orders like those it hit would make up for the margin it gives away.

    `extra_orders` is None when no number would: each such order earns nothing or less.
    """

    name: str
    tally: Tally
    extra_orders: int | None


class WhatIf(Struct, frozen=True, kw_only=True):
    """A run: what was asked, how far it is (`done` of `total` orders), and its results so far.

    The orders are those there were: whether a campaign would bring more, nobody knows; `extra_orders` says how many it
    must bring. Limits of promotions are used up in the order of the orders, from the full. Gifts are in stock.
    `repriced_as_recorded`: orders whose goods cost today's promotions exactly what was paid for them.
    """

    id: WhatIfId
    shop_id: ShopId
    currency: str
    since: datetime
    until: datetime
    status: RunStatus
    done: int
    total: int
    repriced_as_recorded: int
    results: tuple[CampaignResult, ...]
    started_at: datetime
    finished_at: datetime | None


class WhatIfNotFound(NotFound):
    """There is no what-if {id}, or you may not see it; list them and pick one."""

    zh = "没有试算 {id}，或您无权查看；请从试算列表中选择。"


class PeriodEmpty(Invalid):
    """The period ends at {until}, not after it begins at {since}; choose a later end."""

    zh = "试算区间结束时间 {until} 不晚于开始时间 {since}，请选择更晚的结束时间。"


class NoOrdersThen(Invalid):
    """The shop has no orders from {since} to {until}; choose a period in which it sold something."""

    zh = "该店铺在 {since} 至 {until} 之间没有订单，请选择有销售的区间。"
