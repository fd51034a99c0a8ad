"""Accounts at channels and what they offer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.channels.contract import (
    LIST,
    MANAGE,
    ChannelAccount,
    ChannelAccountId,
    ChannelAccountNotFound,
    ChannelListing,
    ChannelListingMapped,
    ChannelListingNotFound,
    ListingRepeated,
    MapChannelListing,
    PauseChannelListing,
    SaveChannelAccount,
    SaveChannelListings,
)
from shangmai.modules.channels.queries import listings as queries
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopNotFound


async def _scopes_of(tx: Tx, do: Sequence[SaveChannelListings]) -> list[Scope | None]:
    known = await queries.accounts(tx, {each.account_id for each in do})
    return [{"shop": known[each.account_id].shop_id} if each.account_id in known else None for each in do]


async def _scopes_of_listings(
    tx: Tx, do: Sequence[MapChannelListing] | Sequence[PauseChannelListing]
) -> list[Scope | None]:
    of = await queries.account_ids_of(tx, {each.listing_id for each in do})
    known = await queries.accounts(tx, set(of.values()))
    return [{"shop": known[of[each.listing_id]].shop_id} if each.listing_id in of else None for each in do]


@action("channels.save_account", grant=MANAGE, scope=lambda do: {"shop": do.shop_id}, errors=[ShopNotFound])
async def save_account(tx: Tx, do: SaveChannelAccount) -> ChannelAccount:
    """Save a shop's account at a channel; one that is there already takes the name. Raises: ShopNotFound."""
    if not await organization.get_shops(tx, {do.shop_id}):
        raise ShopNotFound(shop_id=do.shop_id)
    return await queries.save_account(tx, do)


@action(
    "channels.save_listings",
    grant=LIST,
    scopes_of=_scopes_of,
    errors=[ChannelAccountNotFound, ListingRepeated, SkuNotFound],
)
async def save_listings(tx: Tx, do: SaveChannelListings) -> list[ChannelListing]:
    """Save what an account offers, all of it or nothing. Event channels.listing_mapped.v1 for each with a SKU.

    Raises: ChannelAccountNotFound, ListingRepeated, SkuNotFound.
    """
    account = await get_account(tx, do.account_id)
    seen = set()
    for each in do.listings:
        if (each.item_id, each.channel_sku) in seen:
            raise ListingRepeated(item_id=each.item_id, channel_sku=each.channel_sku)
        seen.add((each.item_id, each.channel_sku))
    await _check_skus(tx, {each.sku_id for each in do.listings if each.sku_id is not None})
    told = {(each.item_id, each.channel_sku) for each in do.listings if each.sku_id is not None}
    saved = await queries.save_listings(tx, account, do.listings)
    for listing in saved:
        if (listing.item_id, listing.channel_sku) in told:
            _tell_mapped(tx, account, listing)
    return saved


@action("channels.map_listing", grant=LIST, scopes_of=_scopes_of_listings, errors=[ChannelListingNotFound, SkuNotFound])
async def map_listing(tx: Tx, do: MapChannelListing) -> ChannelListing:
    """Say which SKU a listing is, from now on. Event channels.listing_mapped.v1.

    Raises: ChannelListingNotFound, SkuNotFound.
    """
    await _check_skus(tx, {do.sku_id})
    listing = await queries.set_sku(tx, do.listing_id, do.sku_id)
    if listing is None:
        raise ChannelListingNotFound(listing_id=do.listing_id)
    _tell_mapped(tx, await get_account(tx, listing.account_id), listing)
    return listing


@action("channels.pause_listing", grant=LIST, scopes_of=_scopes_of_listings, errors=[ChannelListingNotFound])
async def pause_listing(tx: Tx, do: PauseChannelListing) -> ChannelListing:
    """Stop offering a listing for now, or offer it again. Raises: ChannelListingNotFound."""
    listing = await queries.set_paused(tx, do.listing_id, do.paused)
    if listing is None:
        raise ChannelListingNotFound(listing_id=do.listing_id)
    return listing


async def get_account(tx: Tx, id_: ChannelAccountId) -> ChannelAccount:
    """Raises: ChannelAccountNotFound."""
    found = (await queries.accounts(tx, {id_})).get(id_)
    if found is None:
        raise ChannelAccountNotFound(account_id=id_)
    return found


async def _check_skus(tx: Tx, ids: Collection[SkuId]) -> None:
    known = await catalog.get_skus(tx, ids) if ids else {}
    for missing in sorted(set(ids) - known.keys()):
        raise SkuNotFound(sku=missing)


def _tell_mapped(tx: Tx, account: ChannelAccount, listing: ChannelListing) -> None:
    assert listing.sku_id is not None
    tx.emit(
        ChannelListingMapped(
            listing_id=listing.id, account_id=account.id, shop_id=account.shop_id, sku_id=listing.sku_id
        )
    )
