"""Floor prices of SKUs and of price list entries: set, imported, counted in every order, and told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import PlaceOrder
from shangmai.modules.pricing.contract.floors import FloorBy, FloorUnfit
from shangmai.modules.pricing.contract.promotion import PromotionId
from shangmai.modules.pricing.http import routes
from shangmai.modules.pricing.queries import floors as queries
from shangmai.modules.pricing.rules.floors import floor_of
from tests.pricing.making import customer, publish
from tests.routes import reading
from tests.world import World

MOST_OFF: dict[str, Any] = {"benefit": {"kind": "percent_off", "tiers": [{"at": 1, "off": 9_000}]}}


async def set_floor(world: World, floor_minor: int | None, n: int = 0, currency: str = "CNY") -> Any:
    given = {"sku_id": world.skus[n], "currency": currency, "floor_minor": floor_minor}
    return await world.act("pricing.set_floors", given)


async def line_of(world: World, *quantities: int, **more: Any) -> tuple[int, int, str | None]:
    """What the first line of an order costs, its floor, and what set it."""
    order = await world.place(*quantities, **more)
    line = (await world.detail(order)).quote.lines[0]
    return line.paid_minor, line.floor_minor, line.floor_by


class TestOfSkus:
    async def test_no_promotion_crosses_it(self, world: World) -> None:
        await publish(world, **MOST_OFF)
        assert await line_of(world, 2) == (200, 0, None)
        assert (await set_floor(world, 850)).changed
        assert await line_of(world, 2) == (1700, 1700, FloorBy.SKU)
        told = await set_floor(world, None)
        assert (told.old_minor, told.floor_minor, told.changed) == (850, None, True)
        assert await line_of(world, 2) == (200, 0, None)
        assert await world.faults() == []

    async def test_a_price_layer_stops_there_too_and_says_so(self, world: World) -> None:
        prices = [{"sku_id": str(world.skus[0]), "price_minor": 500}]
        flash = await publish(world, "F1", layer="price", benefit={"kind": "flash_sale", "prices": prices})
        await set_floor(world, 1000)
        async with world.db.reading(SYSTEM) as tx:
            quote = await orders.preview(tx, convert(world.wish(1), PlaceOrder))
        assert quote.totals.payable_minor == 1000
        assert [(each.promotion_id, each.why) for each in quote.refused] == [(PromotionId(flash.id), "at_floor")]
        assert "最低售价" in quote.refused[0].text("CNY", "zh-CN")
        assert (await world.place(1)).total_minor == 1000

    async def test_a_price_below_it_stays(self, world: World) -> None:
        await publish(world, **MOST_OFF)
        await set_floor(world, 5_000)
        assert (await world.place(1)).total_minor == 1000

    async def test_another_currency_has_its_own(self, world: World) -> None:
        await publish(world, **MOST_OFF)
        await set_floor(world, 900, currency="USD")
        assert await line_of(world, 1) == (100, 0, None)

    async def test_setting_it_again_changes_nothing(self, world: World) -> None:
        await set_floor(world, 900)
        events = await world.count("events")
        assert not (await set_floor(world, 900)).changed
        assert await world.count("events") == events

    async def test_a_sku_that_is_not_there(self, world: World) -> None:
        with pytest.raises(SkuNotFound):
            await world.act("pricing.set_floors", {"sku_id": new_id(), "currency": "CNY", "floor_minor": 1})
        assert await world.count("price_floors") == 0

    async def test_two_who_set_the_first_one_at_once(self, world: World) -> None:
        told = await asyncio.gather(set_floor(world, 700), set_floor(world, 800), set_floor(world, 900, 1))
        assert all(each.changed for each in told)
        async with world.db.reading(SYSTEM) as tx:
            kept = await queries.page(tx, sku_id=None, after=None, limit=10)
            live = await tx.fetchval("SELECT live FROM pricing_versions WHERE name = 'floors'")
        assert {(each.sku_id, each.floor_minor) for each in kept} in (
            {(world.skus[0], 700), (world.skus[1], 900)},
            {(world.skus[0], 800), (world.skus[1], 900)},
        )
        assert live == 2


async def test_they_are_listed_in_pages(world: World) -> None:
    for n in range(3):
        await set_floor(world, 500 + n, n)
    async with reading(world.db, routes, SYSTEM) as client:
        first = (await client.get("/api/v1/price-floors", params={"limit": 2})).json()
        rest = (await client.get("/api/v1/price-floors", params={"limit": 2, "cursor": first["next"]})).json()
        one = (await client.get("/api/v1/price-floors", params={"sku_id": str(world.skus[1])})).json()
    told = [(each["sku_id"], each["floor_minor"]) for each in first["items"] + rest["items"]]
    assert told == sorted((str(sku), 500 + n) for n, sku in enumerate(world.skus))
    assert rest["next"] is None
    assert [each["floor_minor"] for each in one["items"]] == [501]


class TestOfListEntries:
    async def listed(self, world: World, **more: Any) -> Any:
        given = {"price_list": "VIP", "sku_id": world.skus[0], "price_minor": 900, **more}
        return await world.act("pricing.set_prices", given)

    async def vip(self, world: World) -> Any:
        """A customer who buys by the list VIP."""
        await world.act(
            "pricing.create_price_list", {"code": "VIP", "name": "贵宾", "kind": "customer", "currency": "CNY"}
        )
        of = await customer(world)
        await world.act("pricing.assign_price_list", {"price_list": "VIP", "customer_id": of})
        return of

    async def test_it_counts_for_those_who_buy_by_it(self, world: World) -> None:
        await publish(world, **MOST_OFF)
        vip = await self.vip(world)
        await self.listed(world, floor_minor=700)
        assert await line_of(world, 1, customer_id=vip) == (700, 700, FloorBy.LIST)
        assert await line_of(world, 1) == (100, 0, None)

    async def test_the_higher_of_both_counts(self, world: World) -> None:
        await publish(world, **MOST_OFF)
        vip = await self.vip(world)
        await self.listed(world, floor_minor=700)
        await set_floor(world, 800)
        assert await line_of(world, 1, customer_id=vip) == (800, 800, FloorBy.SKU)
        await set_floor(world, 600)
        assert await line_of(world, 1, customer_id=vip) == (700, 700, FloorBy.LIST)

    async def test_setting_another_floor_replaces_the_entry(self, world: World) -> None:
        await self.vip(world)
        first = await self.listed(world, floor_minor=700)
        again = await self.listed(world, floor_minor=700)
        other = await self.listed(world, floor_minor=750)
        assert (first.changed, again.changed, other.changed) == (True, False, True)
        assert (other.entry.floor_minor, other.replaced) == (750, first.entry.id)

    @pytest.mark.parametrize("more", [{"floor_minor": 901}, {"sku_id": None, "category_id": new_id()}])
    async def test_what_can_be_no_floor(self, world: World, more: dict[str, Any]) -> None:
        await self.vip(world)
        price = {"price_minor": None, "percent_bp": 9000} if "category_id" in more else {}
        with pytest.raises(FloorUnfit):
            await self.listed(world, **{"floor_minor": 700, **price, **more})
        assert await world.count("price_entries") == 0


amounts = st.none() | st.integers(1, 10**6)


@given(amounts, amounts)
def test_neither_floor_is_crossed(of_sku: int | None, of_entry: int | None) -> None:
    floor, by = floor_of(of_sku, of_entry)
    assert floor == max((each for each in (of_sku, of_entry) if each is not None), default=None)
    assert (by is None) == (floor is None)
    assert by is None or floor == (of_sku if by is FloorBy.SKU else of_entry)
