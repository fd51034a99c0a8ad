"""What a promotion gives: one Struct for each kind, told apart on the wire by `kind`.

Amounts are minor units of the basket's currency, `_bp` are basis points (1,500 = 15 %), and "off" is what is taken
away: 8 折 is `off_bp=2000`. A tier counts from `at` on (`>=`). The highest tier that is reached counts, and tiers rise
in both figures, so that more in the basket never earns less. Each kind is worked out in `rules/benefits/<kind>.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import Period
from shangmai.kernel.money import MINOR_MAX
from shangmai.modules.catalog.contract import SkuId

Minor = Annotated[int, Meta(ge=0, le=MINOR_MAX)]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]
Off = Annotated[int, Meta(ge=1, le=10_000, description="basis points taken off: 2000 = 20 % off = 8 折")]
Share = Annotated[int, Meta(ge=0, le=10_000, description="basis points")]


class Measure(StrEnum):
    """What a threshold counts: money, or pieces."""

    AMOUNT = "amount"
    PIECES = "pieces"


class Basis(StrEnum):
    """Which money a threshold counts: at list prices, at activity prices, after the shop's own promotions, or what is
    left to pay when the promotion's turn comes (实付).
    """

    LIST = "list"
    PRICED = "priced"
    DISCOUNTED = "discounted"
    RUNNING = "running"


class Threshold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From which amount (minor units) or number of pieces of the goods in scope on. 0: no threshold."""

    at: Minor = 0
    measure: Measure = Measure.AMOUNT
    basis: Basis = Basis.RUNNING


class Tier(Struct, frozen=True):
    """From `at` (minor units or pieces, as the benefit measures) on, take `off` (minor units or basis points)."""

    at: Minor
    off: Annotated[int, Meta(ge=1, le=MINOR_MAX)]


Tiers = Annotated[tuple[Tier, ...], Meta(min_length=1, max_length=20)]


class SkuPrice(Struct, frozen=True):
    sku_id: SkuId
    price_minor: Minor


class _Benefit(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    pass


# --- prices of single lines ----------------------------------------------------------------------------------------


class SpecialPrice(_Benefit, frozen=True, kw_only=True, tag="special_price"):
    """A price for a limited time (限时折扣): a price for each SKU named, `off_bp` for the others in scope.

    The discount of a percentage is rounded for one piece, as it is shown, and then multiplied.
    """

    prices: Annotated[tuple[SkuPrice, ...], Meta(max_length=5_000)] = ()
    off_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0


class FlashSale(_Benefit, frozen=True, kw_only=True, tag="flash_sale"):
    """A flash price (秒杀) for the SKUs named; pieces beyond the limits cost what they cost without it."""

    prices: Annotated[tuple[SkuPrice, ...], Meta(min_length=1, max_length=5_000)]


class LevelOff(Struct, frozen=True):
    level: str
    off_bp: Off


class LevelPrice(Struct, frozen=True):
    level: str
    sku_id: SkuId
    price_minor: Minor


class MemberPrice(_Benefit, frozen=True, kw_only=True, tag="member_price"):
    """A price by the buyer's level (会员价): the SKU's own for that level, else the level's percentage."""

    levels: Annotated[tuple[LevelOff, ...], Meta(max_length=50)] = ()
    prices: Annotated[tuple[LevelPrice, ...], Meta(max_length=5_000)] = ()


class GroupTier(Struct, frozen=True):
    """From `size` buyers on, a piece costs `price_minor`."""

    size: Pieces
    price_minor: Minor


class GroupBuy(_Benefit, frozen=True, kw_only=True, tag="group_buy"):
    """A group's price (拼团): the more buyers the lower (阶梯拼团); who leads the group may have a price of their own.

    Only for a line whose offer names this promotion; the offer says the group's size and whether the buyer leads it.
    """

    tiers: Annotated[tuple[GroupTier, ...], Meta(min_length=1, max_length=20)]
    leader_price_minor: Minor | None = None


class Bargain(_Benefit, frozen=True, kw_only=True, tag="bargain"):
    """The price that friends have helped to cut down to (砍价), never below `lowest_minor`; the offer says it."""

    lowest_minor: Minor


class PointsPrice(_Benefit, frozen=True, kw_only=True, tag="points_price"):
    """A piece for `points` and `price_minor` (积分兑换); only for a line whose offer names this promotion."""

    points: Annotated[int, Meta(ge=1, le=MINOR_MAX)]
    price_minor: Minor = 0


class DepositPresale(_Benefit, frozen=True, kw_only=True, tag="deposit_presale"):
    """A pre-sale (定金预售): a deposit for each piece now, which counts as `worth_minor` when the balance is paid
    (定金膨胀). Only for a line whose offer names this promotion; the list price is the pre-sale's price.
    """

    deposit_minor: Annotated[int, Meta(ge=1, le=MINOR_MAX)]
    worth_minor: Annotated[int, Meta(ge=1, le=MINOR_MAX)]
    balance: Period


# --- several lines together ----------------------------------------------------------------------------------------


class AmountOff(_Benefit, frozen=True, kw_only=True, tag="amount_off"):
    """An amount off from a threshold on (满减). With `every`, the only tier counts once for each full `at`."""

    tiers: Tiers
    measure: Measure = Measure.AMOUNT
    basis: Basis = Basis.RUNNING
    every: bool = False


class PercentOff(_Benefit, frozen=True, kw_only=True, tag="percent_off"):
    """A percentage off from an amount (满折) or a number of pieces (满件折) on; `off` of a tier is in basis points."""

    tiers: Tiers
    measure: Measure = Measure.AMOUNT
    basis: Basis = Basis.RUNNING


class PriceForPieces(_Benefit, frozen=True, kw_only=True, tag="price_for_pieces"):
    """Any `pieces` in scope for `price_minor` together (N 元 M 件), as often as they fit; the dearest go first."""

    pieces: Annotated[int, Meta(ge=2, le=1_000)]
    price_minor: Minor


class NthDiscount(_Benefit, frozen=True, kw_only=True, tag="nth_discount"):
    """Every `nth` piece in scope is cheaper (第二件半价).

    Sorted from the dearest to the cheapest, it is the last of each `nth`; `same_sku` counts each SKU apart. The
    discount is shared by all pieces of the groups, so that a return is fair.
    """

    nth: Annotated[int, Meta(ge=2, le=100)] = 2
    off_bp: Off = 5_000
    same_sku: bool = False


class Selection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods by any of these; a category holds all below it. Nothing named: `include` is all, `exclude` is none."""

    skus: tuple[SkuId, ...] = ()
    products: tuple[UUID, ...] = ()
    categories: tuple[UUID, ...] = ()
    brands: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()


class BuyXGetY(_Benefit, frozen=True, kw_only=True, tag="buy_x_get_y"):
    """For every `buy` pieces in scope, `get` pieces are cheaper or free (买 X 送 Y).

    With `of` empty the pieces are of the scope itself: of every buy + get, the cheapest get it. Otherwise those are the
    cheapest in the basket of what `of` names. Pieces that are given do not count as bought.
    """

    buy: Pieces
    get: Pieces = 1
    off_bp: Off = 10_000
    of: Selection = Selection()


class BundleItem(Struct, frozen=True):
    sku_id: SkuId
    qty: Pieces = 1


class BundlePrice(_Benefit, frozen=True, kw_only=True, tag="bundle_price"):
    """This set of SKUs for `price_minor` (打包一口价), as often as the basket holds it whole."""

    items: Annotated[tuple[BundleItem, ...], Meta(min_length=1, max_length=20)]
    price_minor: Minor


class AddOn(_Benefit, frozen=True, kw_only=True, tag="add_on"):
    """From a threshold on, up to `pieces` of these SKUs at these prices (加价购).

    Only for lines that the buyer took as add-ons (`add_on_of`), which count for no other threshold of their layer.
    """

    threshold: Threshold
    prices: Annotated[tuple[SkuPrice, ...], Meta(min_length=1, max_length=200)]
    pieces: Pieces = 1


class Exchange(_Benefit, frozen=True, kw_only=True, tag="exchange"):
    """A voucher for goods (兑换券): the dearest `pieces` in scope cost `price_minor` each."""

    pieces: Pieces = 1
    price_minor: Minor = 0


# --- gifts, points, freight ----------------------------------------------------------------------------------------


class GiftItem(Struct, frozen=True):
    """`value_minor`: what a piece is worth, and what a refund deducts when the gift is kept."""

    sku_id: SkuId
    qty: Pieces = 1
    value_minor: Minor = 0


class GiftPick(StrEnum):
    """All of the items, the one that the buyer chose, or one drawn: more stock, more likely."""

    ALL = "all"
    CHOSEN = "chosen"
    DRAWN = "drawn"


class GiftTier(Struct, frozen=True):
    at: Minor
    items: Annotated[tuple[GiftItem, ...], Meta(min_length=1, max_length=20)]


class Gift(_Benefit, frozen=True, kw_only=True, tag="gift"):
    """Something free from a threshold on (满赠), only while the basket's stock facts have it.

    With `every`, the only tier counts once for each full `at`, up to `sets_max`. An item of which there is too little
    is given in as many sets as there are.
    """

    tiers: Annotated[tuple[GiftTier, ...], Meta(min_length=1, max_length=20)]
    measure: Measure = Measure.AMOUNT
    basis: Basis = Basis.RUNNING
    pick: GiftPick = GiftPick.ALL
    every: bool = False
    sets_max: Pieces = 1


class PointsDeduction(_Benefit, frozen=True, kw_only=True, tag="points_deduction"):
    """Points as money (积分抵现): each `step` points pay `worth_minor`, for `share_max_bp` of what is left at most."""

    step: Annotated[int, Meta(ge=1, le=MINOR_MAX)] = 100
    worth_minor: Annotated[int, Meta(ge=1, le=MINOR_MAX)] = 100
    share_max_bp: Share = 10_000
    threshold: Threshold = Threshold()


class FreeShipping(_Benefit, frozen=True, kw_only=True, tag="free_shipping"):
    """Freight off from a threshold on (满额包邮): all of it, or `off_max_minor` at most.

    The threshold counts what the shop's own promotions left, so that using a coupon never costs the free freight; a
    shop that wants what is finally paid says `RUNNING`. Regions are matched by any level of the address.
    """

    threshold: Threshold = Threshold(basis=Basis.DISCOUNTED)
    off_max_minor: Minor | None = None
    not_to: tuple[str, ...] = ()


Benefit = (
    SpecialPrice
    | FlashSale
    | MemberPrice
    | GroupBuy
    | Bargain
    | PointsPrice
    | DepositPresale
    | AmountOff
    | PercentOff
    | PriceForPieces
    | NthDiscount
    | BuyXGetY
    | BundlePrice
    | AddOn
    | Exchange
    | Gift
    | PointsDeduction
    | FreeShipping
)

BY_OFFER = (GroupBuy, Bargain, PointsPrice, DepositPresale)
"""Kinds that reach only a line whose offer names the promotion."""
