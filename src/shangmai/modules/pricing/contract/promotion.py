"""A promotion: scope, period, condition, benefit, limits, who pays for it, and what it may stand beside."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Period
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.benefits import Benefit, Minor, Pieces, Selection

PromotionId = NewType("PromotionId", UUID)

PromotionCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,39}$(?!\n)", description="Unique code, for people and imports. 编码。")
]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Region = Annotated[str, Meta(min_length=1, max_length=40, description="code or name of a province, city or district")]


class Layer(StrEnum):
    """When a promotion's turn comes; each works on what those before it left to pay."""

    PRICE = "price"
    ITEM = "item"
    ORDER = "order"
    PLATFORM = "platform"
    COUPON = "coupon"
    POINTS = "points"
    SHIPPING = "shipping"


LAYERS: tuple[Layer, ...] = tuple(Layer)
ONE_AN_ORDER = frozenset({Layer.ORDER, Layer.PLATFORM, Layer.COUPON, Layer.POINTS, Layer.SHIPPING})
"""Layers of which an order takes one promotion, unless all that stand together say `same_layer`."""


class Scope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which goods, and for whom. Goods: those of `include` without those of `exclude`. Others: empty is everywhere."""

    include: Selection = Selection()
    exclude: Selection = Selection()
    shops: tuple[ShopId, ...] = ()
    channels: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()


class WeeklyWindow(Struct, frozen=True):
    """Each of these ISO weekdays (1 = Monday) from minute `start` to before minute `end` of the day there."""

    days: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(min_length=1, max_length=7)]
    start_minute: Annotated[int, Meta(ge=0, le=1_439)] = 0
    end_minute: Annotated[int, Meta(ge=1, le=1_440)] = 1_440


class When(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The period, and within it only these windows; none: always. Windows are in `timezone`."""

    period: Period
    windows: Annotated[tuple[WeeklyWindow, ...], Meta(max_length=20)] = ()
    timezone: Annotated[str, Meta(max_length=40)] = "Asia/Shanghai"


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often and how much; None: without limit. What is left of the first five the basket's `quotas` say.

    uses_total, uses_per_buyer: orders. pieces_per_buyer: pieces at this price, over all of a buyer's orders;
    pieces_total: over all orders (秒杀 units).
    budget_minor: what all discounts together may come to. pieces_per_order, times_per_order (how often "every …" and
    sets count), off_max_minor (the discount of one order): looked at by the engine alone.
    """

    uses_total: Pieces | None = None
    uses_per_buyer: Pieces | None = None
    pieces_per_buyer: Pieces | None = None
    pieces_total: Pieces | None = None
    budget_minor: Minor | None = None
    pieces_per_order: Pieces | None = None
    times_per_order: Pieces | None = None
    off_max_minor: Minor | None = None


class FunderKind(StrEnum):
    SHOP = "shop"
    PLATFORM = "platform"
    INFLUENCER = "influencer"
    SUPPLIER = "supplier"


class Funder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who bears `share_bp` of the discount; the shares of a promotion add up to 10,000."""

    funder: FunderKind = FunderKind.SHOP
    party: str | None = None
    share_bp: Annotated[int, Meta(ge=1, le=10_000)] = 10_000


class Combines(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a promotion may stand beside; two stand together when each admits the other.

    Two that do not admit each other never act on the same line: the later one passes over the lines of the earlier. In
    the layers of `ONE_AN_ORDER` two of one layer that do not admit each other cannot be in one order at all.
    `layers`: the other layers admitted. `same_layer`: its own layer too. `never` and `always` are exceptions by
    promotion, in that order.
    """

    layers: tuple[Layer, ...] = LAYERS
    same_layer: bool = False
    never: tuple[PromotionId, ...] = ()
    always: tuple[PromotionId, ...] = ()


class Promotion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a promotion.

    `condition`: an expression over the facts of `rules/facts.py`; empty holds always. `group`: one of a group in an
    order. `priority`: within a layer the higher number goes first and wins ties; then the one that touches fewer lines,
    then the code. `needs_coupon`: counts only for a buyer who offers a coupon of it.
    """

    id: PromotionId
    version: Annotated[int, Meta(ge=1)]
    code: PromotionCode
    name: Name
    name_en: Annotated[str, Meta(max_length=100)] = ""
    layer: Layer
    scope: Scope = Scope()
    when: When
    condition: Annotated[str, Meta(max_length=2_000)] = ""
    benefit: Benefit
    limits: Limits = Limits()
    funders: Annotated[tuple[Funder, ...], Meta(min_length=1, max_length=10)] = (Funder(),)
    group: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    combines: Combines = Combines()
    priority: Annotated[int, Meta(ge=-1_000, le=1_000)] = 0
    needs_coupon: bool = False
