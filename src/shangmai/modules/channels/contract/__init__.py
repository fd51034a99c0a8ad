"""Accounts at channels and what they offer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.organization.contract import Name, ShopId

register_folder("channels", Path(__file__).parents[1])

ChannelAccountId = NewType("ChannelAccountId", UUID)
ChannelListingId = NewType("ChannelListingId", UUID)

READ: Final = "channels.read"
MANAGE: Final = "channels.manage"
LIST: Final = "channels.map_listings"
LISTINGS_MAX: Final = 500

ChannelNo = Annotated[str, Meta(min_length=1, max_length=64, description="As the channel writes it. 渠道侧编号。")]
ChannelPart = Annotated[str, Meta(max_length=64, description="As the channel writes it; may be empty. 渠道侧编号。")]
Title = Annotated[str, Meta(max_length=200)]


class ChannelKind(StrEnum):
    """Where a shop sells."""

    MALL = "mall"
    TAOBAO = "taobao"
    JD = "jd"
    PDD = "pdd"
    DOUYIN = "douyin"
    STORE = "store"
    DISTRIBUTOR = "distributor"
    OTHER = "other"


class ListingState(StrEnum):
    """Whether it is known which SKU a listing is; `paused`: it is not to be offered for now."""

    UNMAPPED = "unmapped"
    MAPPED = "mapped"
    PAUSED = "paused"


class ChannelAccount(Struct, frozen=True, kw_only=True):
    """A shop's account at a channel. `seller_id`: the shop's number there."""

    id: ChannelAccountId
    shop_id: ShopId
    kind: ChannelKind
    seller_id: str
    name: str
    saved_at: datetime


class ChannelListing(Struct, frozen=True, kw_only=True):
    """What an account offers: the channel's item and SKU, and which of our SKUs that is. A paused one keeps it."""

    id: ChannelListingId
    account_id: ChannelAccountId
    item_id: str
    channel_sku: str
    title: str
    sku_id: SkuId | None
    state: ListingState
    changed_at: datetime


class ListingStock(Struct, frozen=True, kw_only=True):
    """How many pieces of a listing its channel is to be told. `version` counts the changes of the number from 1.

    `qty` is 0 of a paused listing, and null where the shop has no rule for the SKU: then the channel is told nothing.
    """

    listing_id: ChannelListingId
    item_id: str
    channel_sku: str
    sku_id: SkuId
    state: ListingState
    qty: int | None
    version: int
    changed_at: datetime


class SaveChannelAccount(Struct, frozen=True, kw_only=True):
    """Save a shop's account at a channel; one that is there already takes the name. 渠道账号。"""

    shop_id: ShopId
    kind: ChannelKind
    seller_id: ChannelPart = ""
    name: Name


class GivenListing(Struct, frozen=True, kw_only=True):
    """A listing as the channel tells it. Without `sku_id`, what it is mapped to stays."""

    item_id: ChannelNo
    channel_sku: ChannelPart = ""
    title: Title = ""
    sku_id: SkuId | None = None


class SaveChannelListings(Struct, frozen=True, kw_only=True):
    """Save what an account offers; listings that are not named stay as they are. 渠道商品。"""

    account_id: ChannelAccountId
    listings: Annotated[list[GivenListing], Meta(min_length=1, max_length=LISTINGS_MAX)]


class MapChannelListing(Struct, frozen=True, kw_only=True):
    """Say which of our SKUs a listing is. 关联渠道商品与 SKU。"""

    listing_id: ChannelListingId
    sku_id: SkuId


class PauseChannelListing(Struct, frozen=True, kw_only=True):
    """Stop offering a listing for now, or offer it again. 暂停或恢复渠道商品。"""

    listing_id: ChannelListingId
    paused: bool = True


@event("channels.listing_mapped.v1", key="listing_id")
class ChannelListingMapped(Struct, frozen=True, kw_only=True):
    """It is known now which SKU a listing is."""

    listing_id: ChannelListingId
    account_id: ChannelAccountId
    shop_id: ShopId
    sku_id: SkuId


class ChannelAccountNotFound(NotFound):
    """There is no channel account {account_id}, or you may not see it. Look it up in the list of accounts."""

    zh = "没有渠道账号 {account_id}，或你无权查看。请在渠道账号列表中查找。"


class ChannelListingNotFound(NotFound):
    """There is no listing {listing_id}, or you may not see it. Look it up in the list of listings."""

    zh = "没有渠道商品 {listing_id}，或你无权查看。请在渠道商品列表中查找。"


class ListingRepeated(Invalid):
    """The item {item_id} with the SKU {channel_sku} is given twice; give it once."""

    zh = "渠道商品 {item_id}（规格 {channel_sku}）重复，请只填写一次。"
