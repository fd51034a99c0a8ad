"""What a mall shows of offers: which run, their terms, and groups and bargains that others may join or help."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.modules.catalog.contract import ProductId, SkuId
from shangmai.modules.marketing.contract.bargains import Bargain
from shangmai.modules.pricing.contract import GroupTier, PromotionId


class ShownGroupBuy(Struct, frozen=True, kw_only=True, tag="group_buy", tag_field="kind"):
    """Groups (拼团) of `sizes` members, at the price of the largest tier that fits; open for `hours`."""

    promotion_id: PromotionId
    name: str
    name_en: str
    products: tuple[ProductId, ...]
    skus: tuple[SkuId, ...]
    ends_at: datetime | None
    tiers: tuple[GroupTier, ...]
    sizes: tuple[int, ...]
    hours: int


class ShownBargain(Struct, frozen=True, kw_only=True, tag="bargain", tag_field="kind"):
    """Friends cut the price (砍价) down to `lowest_minor`, with `helps` of them, within `hours`."""

    promotion_id: PromotionId
    name: str
    name_en: str
    products: tuple[ProductId, ...]
    skus: tuple[SkuId, ...]
    ends_at: datetime | None
    lowest_minor: int
    helps: int
    hours: int


class ShownPresale(Struct, frozen=True, kw_only=True, tag="presale", tag_field="kind"):
    """A deposit now that counts as `worth_minor` when the balance is paid between two moments (定金预售)."""

    promotion_id: PromotionId
    name: str
    name_en: str
    products: tuple[ProductId, ...]
    skus: tuple[SkuId, ...]
    ends_at: datetime | None
    deposit_minor: int
    worth_minor: int
    balance_from: datetime
    balance_until: datetime | None
    keep_deposit: bool


ShownOffer = ShownGroupBuy | ShownBargain | ShownPresale


class SharedBargain(Struct, frozen=True, kw_only=True):
    """A bargain as whoever it was shared with sees it, without who it is; `is_own`, `has_helped`: of who asks."""

    bargain: Bargain
    cuts: tuple[int, ...]
    is_own: bool
    has_helped: bool
