"""Accounts at channels, what they offer, and which SKUs that is."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.channels.contract import (
    ChannelAccountNotFound,
    ChannelListingNotFound,
    ListingRepeated,
    ListingState,
)
from shangmai.modules.channels.http import routes
from shangmai.modules.organization.contract import ShopNotFound
from tests.routes import reading
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


class TestStock:
    async def test_a_channel_is_told_in_its_own_numbers(self, world: World) -> None:
        """Half of what is there, what changed since, nothing of a paused listing, and no number without a rule."""
        account = await open_account(world)
        given = [{"item_id": f"T{n}", "sku_id": sku} for n, sku in enumerate(world.skus[:3], 1)]
        saved = await world.act(
            "channels.save_listings", {"account_id": account.id, "listings": [*given, {"item_id": "T9"}]}
        )
        for sku in world.skus[:2]:
            share = {"shop_id": world.shop_id, "sku_id": sku, "mode": "percent", "amount": 50}
            await world.act("inventory.set_channel_share", share)
        await world.act("channels.pause_listing", {"listing_id": saved[1].id})
        await world.reader.drain()
        first = await stock(world, account)
        assert [(each["item_id"], each["qty"]) for each in first] == [("T1", 50), ("T2", 0), ("T3", None)]
        await world.place(20)
        await world.reader.drain()
        second = await stock(world, account)
        assert [(each["item_id"], each["qty"]) for each in second] == [("T1", 40), ("T2", 0), ("T3", None)]
        assert second[0]["version"] == first[0]["version"] + 1

    async def test_of_an_account_that_there_is_not_none(self, world: World) -> None:
        async with reading(world.db, routes, SYSTEM) as http:
            answer = await http.get(f"/api/v1/channels/accounts/{uuid4()}/stock")
        assert (answer.status_code, answer.json()["code"]) == (404, "channels.ChannelAccountNotFound")


async def stock(world: World, account: Any) -> list[Any]:
    """All of an account's listings, two at a time."""
    found, params = list[Any](), {"limit": "2"}
    async with reading(world.db, routes, SYSTEM) as http:
        while True:
            page = (await http.get(f"/api/v1/channels/accounts/{account.id}/stock", params=params)).json()
            found += page["items"]
            if not page["next"]:
                return found
            params["cursor"] = page["next"]
