"""Accounts at channels, what they offer, and which SKUs that is."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.channels.contract import (
    ChannelAccountNotFound,
    ChannelListingNotFound,
    ListingRepeated,
    ListingState,
)
from shangmai.modules.organization.contract import ShopNotFound
from tests.world import World


async def open_account(world: World, **more: Any) -> Any:
    given = {"shop_id": world.shop_id, "kind": "taobao", "seller_id": "tb-1", "name": "旗舰店"}
    return await world.act("channels.save_account", given | more)


class TestAccounts:
    async def test_a_shop_has_one_account_of_a_kind_and_seller(self, world: World) -> None:
        first, second = await asyncio.gather(open_account(world), open_account(world))
        assert first.id == second.id
        renamed = await open_account(world, name="官方旗舰店")
        assert (renamed.id, renamed.name) == (first.id, "官方旗舰店")
        assert (await open_account(world, kind="jd")).id != first.id
        assert await world.count("channel_accounts") == 2

    async def test_of_a_shop_that_there_is_not_none(self, world: World) -> None:
        with pytest.raises(ShopNotFound):
            await open_account(world, shop_id=uuid4())
        assert await world.count("channel_accounts") == 0


class TestListings:
    async def test_what_is_mapped_stays_when_the_channel_tells_it_again(self, world: World) -> None:
        account = await open_account(world)
        told = {"account_id": account.id, "listings": [{"item_id": "7001", "channel_sku": "红", "title": "茶杯 红"}]}
        (listing,) = await world.act("channels.save_listings", told)
        assert listing.state is ListingState.UNMAPPED
        mapped = await world.act("channels.map_listing", {"listing_id": listing.id, "sku_id": world.skus[0]})
        assert (mapped.state, mapped.sku_id) == (ListingState.MAPPED, world.skus[0])
        (again,) = await world.act("channels.save_listings", told)
        assert (again.id, again.sku_id, again.title) == (listing.id, world.skus[0], "茶杯 红")

    async def test_a_paused_listing_keeps_its_sku(self, world: World) -> None:
        account = await open_account(world)
        listings = [{"item_id": "7001", "sku_id": world.skus[1]}]
        (listing,) = await world.act("channels.save_listings", {"account_id": account.id, "listings": listings})
        paused = await world.act("channels.pause_listing", {"listing_id": listing.id})
        assert (paused.state, paused.sku_id) == (ListingState.PAUSED, world.skus[1])
        resumed = await world.act("channels.pause_listing", {"listing_id": listing.id, "paused": False})
        assert resumed.state is ListingState.MAPPED

    async def test_what_is_wrong_changes_nothing(self, world: World) -> None:
        account = await open_account(world)
        one = {"item_id": "7001"}
        with pytest.raises(ListingRepeated):
            await world.act("channels.save_listings", {"account_id": account.id, "listings": [one, one]})
        with pytest.raises(SkuNotFound):
            await world.act(
                "channels.save_listings",
                {"account_id": account.id, "listings": [one, {"item_id": "7002", "sku_id": uuid4()}]},
            )
        with pytest.raises(ChannelAccountNotFound):
            await world.act("channels.save_listings", {"account_id": uuid4(), "listings": [one]})
        with pytest.raises(ChannelListingNotFound):
            await world.act("channels.map_listing", {"listing_id": uuid4(), "sku_id": world.skus[0]})
        assert await world.count("channel_listings") == 0
