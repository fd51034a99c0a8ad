"""The window follows its sources, as soon as they are heard of and exactly once; a rebuild makes the same rows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.jobs import queue
from shangmai.kernel.jobs.contract import JOBS
from shangmai.kernel.jobs.worker import Jobs
from shangmai.modules.storefront import service
from shangmai.modules.storefront.service.keeping import PROVEN_MAX, stretch_of
from shangmai.modules.storefront.service.shelf import listen, shelf_of
from tests.jobs.waiting import until
from tests.pricing.making import publish
from tests.storefront.conftest import Mall


@asynccontextmanager
async def working(db: Database) -> AsyncIterator[None]:
    """A worker's reader and an API process's listener at work, as in an installation."""
    reader = Reader(db, poll_s=600)  # so that only the wake-up can be the reason, however long it takes
    tasks = [asyncio.create_task(reader.run()), asyncio.create_task(listen(db))]
    try:
        yield
    finally:
        reader.stop()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_told(mall: Mall, prices: list[int], **params: Any) -> None:
    """Ask again after each wake-up until a shopper is told these prices."""
    shelf = shelf_of(mall.world.db)
    woken = shelf.next_wake
    while [each["price_minor"] for each in (await mall.ask(**params))["items"]] != prices:
        await woken.wait()
        woken = shelf.next_wake


async def test_a_new_price_is_seen_when_it_is_heard_of_with_answers_kept_in_memory(mall: Mall, db: Database) -> None:
    await mall.goods("A", "杯子", 10)
    await mall.settle()
    async with working(db), asyncio.timeout(60):
        await shelf_of(db).hears.wait()
        await until_told(mall, [1000], q="杯子")
        hits = shelf_of(db).hits
        await mall.ask(q="杯子")
        assert shelf_of(db).hits == hits + 1
        await mall.price("A", 12)
        await until_told(mall, [1200], q="杯子")


async def proven(db: Database) -> list[Any]:
    async with db.reading(SYSTEM) as tx:
        return await service.prove(tx)


class TestSources:
    async def test_drafts_and_delisted_goods_are_not_shown(self, mall: Mall) -> None:
        await mall.goods("A", "杯子")
        draft = {"code": "B", "name": "杯子", "skus": [{"code": "B", "price_minor": 1, "currency": "CNY"}]}
        await mall.world.act("catalog.create_product", draft)
        await mall.settle()
        assert await mall.codes("杯子") == ["A"]
        await mall.world.act("catalog.delist_product", {"product_id": mall.products["A"]})
        await mall.settle()
        assert await mall.codes("杯子") == []
        assert (await mall.client.get(f"/api/v1/storefront/products/{mall.products['A']}")).status_code == 404

    async def test_stock_comes_and_goes(self, mall: Mall) -> None:
        await mall.goods("A", "杯子", pieces=2)
        await mall.settle()

        async def in_stock() -> bool:
            await mall.settle()
            return bool((await mall.ask())["items"][0]["in_stock"])

        assert await in_stock()
        order = await mall.order(A=2)
        assert not await in_stock()
        await mall.world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await in_stock()
        safety = {"warehouse_id": mall.world.warehouse_id, "sku_id": mall.skus["A"], "safety": 2}
        await mall.world.act("inventory.set_safety", safety)
        assert not await in_stock()
        await mall.world.receive({mall.skus["A"]: 1})
        assert await in_stock()

    async def test_a_kit_is_as_available_as_its_scarcest_component(self, mall: Mall) -> None:
        await mall.goods("CUP", "杯子", pieces=3)
        kit = {"code": "KIT", "price_minor": 5000, "currency": "CNY", "kind": "kit"}
        await mall.goods("KIT", "杯子套装", skus=[{**kit, "components": [{"code": "CUP", "qty": 2}]}], pieces=0)
        await mall.settle()
        assert (await mall.page("KIT"))["variants"][0]["available"] == 1
        await mall.order(CUP=2)
        await mall.settle()
        assert (await mall.page("KIT"))["variants"][0]["available"] == 0
        assert sorted(await mall.codes(in_stock=True)) == ["CUP"]

    async def test_the_last_piece_that_goes_with_a_kit_is_gone_for_its_own_product_too(
        self, mall: Mall, db: Database
    ) -> None:
        await mall.goods("CUP", "杯子", pieces=2)
        kit = {"code": "KIT", "price_minor": 5000, "currency": "CNY", "kind": "kit"}
        await mall.goods("KIT", "杯子套装", skus=[{**kit, "components": [{"code": "CUP", "qty": 2}]}], pieces=0)
        await mall.settle()
        assert sorted(await mall.codes(in_stock=True)) == ["CUP", "KIT"]
        await mall.order(KIT=1)
        await mall.settle()
        assert await mall.codes(in_stock=True) == []
        assert await proven(db) == []

    async def test_orders_that_move_neither_rank_nor_stock_write_no_row(
        self, mall: Mall, db: Database, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        await mall.goods("A", "杯子", pieces=500)
        await mall.goods("B", "茶壶", pieces=500)
        await mall.order(A=300, B=1)
        await mall.settle()
        rows = "SELECT code, xmin::text FROM storefront_products ORDER BY code"
        version = "SELECT version FROM storefront_shops"
        before, told = dict(await admin_conn.fetch(rows)), await admin_conn.fetchval(version)
        await mall.order(A=2)
        await mall.settle()
        assert (dict(await admin_conn.fetch(rows)), await admin_conn.fetchval(version)) == (before, told)
        assert await proven(db) == []
        await mall.order(A=2, B=1)
        await mall.settle()
        after = dict(await admin_conn.fetch(rows))
        assert (after["A"] == before["A"], after["B"] == before["B"]) == (True, False)
        assert await admin_conn.fetchval(version) == told + 1
        assert await proven(db) == []

    async def test_sales_count_orders_less_what_was_canceled_or_came_back(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子", pieces=50)
        sold = await mall.order(A=7)
        await mall.world.pay(sold)
        await mall.world.ship(sold)
        await mall.world.give_back(sold, {1: 2})
        canceled = await mall.order(A=5)
        await mall.world.act("orders.cancel", {"order_id": canceled.id, "reason": "不要了"})
        await mall.settle()
        assert (await mall.ask())["items"][0]["sales"] == 5
        assert await proven(db) == []

    async def test_swapped_goods_count_as_sold_instead_and_are_gone_from_the_window(
        self, mall: Mall, db: Database
    ) -> None:
        await mall.goods("A", "杯子", pieces=50)
        await mall.goods("B", "碗", pieces=3)
        order = await mall.order(A=3)
        swap = {"order_id": order.id, "line": 1, "sku_id": mall.skus["B"], "reason": "换款"}
        await mall.world.act("orders.swap_goods", swap)
        await mall.settle()
        cards = {card["name"]: card for card in (await mall.ask())["items"]}
        assert {name: (card["sales"], card["in_stock"]) for name, card in cards.items()} == {
            "杯子": (0, True), "碗": (3, False),
        }  # fmt: skip
        assert await proven(db) == []

    async def test_a_price_list_sets_the_shops_price_and_strikes_the_own_one_through(self, mall: Mall) -> None:
        await mall.goods("A", "杯子", 20)
        await mall.world.act(
            "pricing.create_price_list", {"code": "SALE", "name": "特价", "kind": "base", "currency": "CNY"}
        )
        entry = {"price_list": "SALE", "sku_id": mall.skus["A"], "price_minor": 1500}
        await mall.world.act("pricing.set_prices", entry)
        await mall.settle()
        (card,) = (await mall.ask())["items"]
        assert (card["price_minor"], card["market_minor"]) == (1500, 2000)

    async def test_promotions_set_the_price_of_a_piece_and_stand_beside_it(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子", 20)
        await mall.settle()
        off = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 500}]}
        made = await publish(mall.world, "NOW", name="立减 5 元", name_en="5 off", layer="item", benefit=off)
        await publish(mall.world, "MORE", name="满 100 减 30", name_en="30 off 100")
        await mall.settle()
        await work_off(db)
        (card,) = (await mall.ask(lang="en"))["items"]
        assert (card["price_minor"], card["market_minor"]) == (1500, 2000)
        assert card["badges"] == ["5 off", "30 off 100"]
        assert (await mall.page("A"))["variants"][0]["badges"] == ["立减 5 元", "满 100 减 30"]
        await mall.world.act("pricing.end_promotion", {"promotion_id": made.id})
        await mall.settle()
        await work_off(db)
        (card,) = (await mall.ask())["items"]
        assert (card["price_minor"], card["market_minor"], card["badges"]) == (2000, None, ["满 100 减 30"])
        assert await proven(db) == []

    async def test_a_renamed_brand_is_seen_on_all_its_goods(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子", brand="旧名")
        await mall.goods("B", "茶壶", brand="旧名")
        await mall.settle()
        (brand,) = (await mall.ask())["facets"][0]["values"]
        await mall.world.act("catalog.update_brand", {"brand_id": brand["value"], "name": "新名"})
        await mall.settle()
        await work_off(db)
        assert await mall.facet("brand") == {"新名": 2}
        assert sorted(await mall.codes("新名")) == ["A", "B"]


async def work_off(db: Database) -> None:
    """Run the jobs that wait, and what they ask for, until there are none."""
    jobs = Jobs(Runner(db), jobs=[JOBS["storefront.fill"], JOBS["storefront.look"]], schedules=[])
    task = asyncio.create_task(jobs.run())

    async def none_waits() -> bool:
        async with db.reading(SYSTEM) as tx:
            return not sum((await queue.counts(tx)).values())

    await until(none_waits)
    jobs.stop()
    await task
    await Reader(db).drain()


class TestRebuild:
    async def test_a_mall_opened_later_is_filled(self, mall: Mall, db: Database) -> None:
        for n in range(3):
            await mall.goods(f"P{n}", "杯子")
        await mall.settle()
        shop = {"code": "MALL2", "name": "二店", "company_id": mall.world.company_id, "kind": "mall"}
        await mall.world.act("organization.create_shop", shop)
        await mall.settle()
        await work_off(db)
        assert sorted(await mall.codes("杯子", shop="MALL2")) == ["P0", "P1", "P2"]

    async def test_pages_until_there_are_no_more_and_changes_nothing_that_is_right(
        self, mall: Mall, db: Database, admin_conn: asyncpg.Connection
    ) -> None:
        for n in range(5):
            await mall.goods(f"P{n}", "杯子")
        await mall.settle()
        before = await admin_conn.fetch("SELECT * FROM storefront_products ORDER BY product_id")
        assert [await rebuilt(mall, 2), await rebuilt(mall, 2)] == [[2, 2, 1], [2, 2, 1]]
        assert await admin_conn.fetch("SELECT * FROM storefront_products ORDER BY product_id") == before
        await admin_conn.execute("UPDATE storefront_products SET name = 'x', digest = '\\\\x00' WHERE code = 'P1'")
        await admin_conn.execute("DELETE FROM storefront_products WHERE code = 'P2'")
        await admin_conn.execute("UPDATE storefront_sales SET pieces = 7")
        told = {each.what for each in await proven(db)}
        assert told == {"checksum of a row", "pieces sold", "products with a word", "products shown"}
        await rebuilt(mall, 2)
        after = await admin_conn.fetch("SELECT * FROM storefront_products ORDER BY product_id")
        assert after == before
        assert await proven(db) == []

    async def test_a_window_is_of_malls_only(self, mall: Mall) -> None:
        shop = {"code": "TB", "name": "淘宝", "company_id": mall.world.company_id, "kind": "taobao"}
        made = await mall.world.act("organization.create_shop", shop)
        answer = await mall.world.answer("storefront.rebuild", {"shop_id": made.id})
        assert answer.error is not None
        assert answer.error.code == "storefront.NoShopWindow"
        assert (await mall.answer(shop="TB")).status_code == 404

    @pytest.mark.slow
    async def test_a_rebuild_between_an_order_and_its_event_counts_it_once(
        self, mall: Mall, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        await mall.goods("TEA", "龙井茶")
        await mall.settle()
        await mall.order(TEA=3)
        await rebuilt(mall, 100)
        await mall.settle()
        counted = await admin_conn.fetchval("SELECT sum(pieces)::bigint FROM storefront_sales")
        assert counted == 3
        await admin_conn.execute("UPDATE storefront_sales SET pieces = 99")
        await rebuilt(mall, 100)
        assert await admin_conn.fetchval("SELECT sum(pieces)::bigint FROM storefront_sales") == 3

    async def test_whatever_happens_the_window_equals_a_rebuild(self, mall: Mall, db: Database) -> None:
        chance = random.Random(20261127)
        for n in range(6):
            await mall.goods(f"P{n}", chance.choice(["纯棉T恤", "连衣裙", "茶杯"]), 10 + n, brand=chance.choice("甲乙"))
        orders: list[Any] = []
        for _ in range(60):
            await step(mall, chance, orders)
            if chance.random() < 0.3:
                await mall.settle()
        await mall.settle()
        assert await proven(db) == []


async def step(mall: Mall, chance: random.Random, orders: list[Any]) -> None:
    code = f"P{chance.randrange(6)}"
    product, act = mall.products[code], mall.world.answer
    match chance.randrange(7):
        case 0:
            await mall.price(code, chance.randrange(5, 500))
        case 1:
            await act("catalog.delist_product", {"product_id": product})
        case 2:
            await act("catalog.list_product", {"product_id": product})
        case 3:
            await act("catalog.update_product", {"product_id": product, "name": chance.choice(["羊毛衫", "茶杯垫"])})
        case 4:
            line = {"sku_id": mall.skus[code], "qty": chance.randrange(1, 4)}
            orders.append(await act("orders.place", {"shop_id": mall.world.shop_id, "lines": [line]}))
        case 5 if orders and (placed := orders.pop()).error is None:
            await act("orders.cancel", {"order_id": placed.value.id, "reason": "不要了"})
        case _:
            await mall.world.receive({mall.skus[code]: chance.randrange(1, 5)})


async def rebuilt(mall: Mall, limit: int) -> list[int]:
    """How many products each page of a whole rebuild looked at."""
    after, pages = None, []
    while True:
        given = {"shop_id": mall.world.shop_id, "after": after, "limit": limit}
        made = await mall.world.act("storefront.rebuild", given)
        pages.append(made.looked_at)
        after = made.next
        if after is None:
            return pages


class TestProving:
    def test_every_product_is_looked_at_within_as_many_days_as_there_are_stretches(self) -> None:
        days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(50)]
        assert {stretch_of(day, 1_000_000) for day in days} == set(range(0, 1_000_000, PROVEN_MAX))
        assert {stretch_of(day, PROVEN_MAX) for day in days} == {0} == {stretch_of(days[0], 0)}

    async def test_a_wrong_size_is_found(self, mall: Mall, db: Database, admin_conn: asyncpg.Connection) -> None:
        await mall.goods("A", "杯子")
        await mall.settle()
        assert await proven(db) == []
        await admin_conn.execute("UPDATE storefront_shops SET products = 7")
        (fault,) = await proven(db)
        assert (fault.what, fault.id, fault.kept, fault.transfers) == ("products shown", "MALL", 7, 1)
