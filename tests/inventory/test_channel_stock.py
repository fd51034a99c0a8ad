"""What shops may show of a SKU: rules, locks, the number with its formula, and the outbox that follows every change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.jobs import JOBS
from shangmai.kernel.jobs.worker import Jobs
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import MoveHolds, MovePart, NotStocked
from shangmai.modules.inventory.contract.channels import (
    ChannelLockNotFound,
    LockWouldBeOver,
    NotEnoughToLock,
    Recount,
    ShareTooLarge,
)
from shangmai.modules.inventory.http import routes
from shangmai.modules.inventory.service.channels import channel_stock, count_again
from shangmai.modules.organization.contract import ShopId, ShopNotFound
from tests.jobs.waiting import until
from tests.routes import reading
from tests.world import World

LATER = datetime(2099, 1, 1, tzinfo=UTC)


async def second_shop(world: World) -> UUID:
    """A shop that sells from the same warehouse."""
    given = {"code": "TMALL", "name": "天猫", "company_id": world.company_id, "kind": "mall", "currency": "CNY"}
    shop = await world.act("organization.create_shop", given)
    await world.act("inventory.assign_warehouse", {"shop_id": shop.id, "warehouse_id": world.warehouse_id})
    made: UUID = shop.id
    return made


async def share(world: World, shop: UUID, mode: str, amount: int = 0, n: int | None = 0, **more: Any) -> Any:
    sku = None if n is None else world.skus[n]
    given = {"shop_id": shop, "sku_id": sku, "mode": mode, "amount": amount, **more}
    return await world.act("inventory.set_channel_share", given)


async def lock(world: World, shop: UUID, qty: int, till: datetime = LATER, **more: Any) -> Any:
    given = {"shop_id": shop, "sku_id": world.skus[0], "qty": qty, "until": till, "reason": "直播"}
    return await world.act("inventory.lock_channel_stock", given | more)


async def told(world: World, shop: UUID, n: int = 0, actor: Actor = SYSTEM) -> Any:
    async with reading(world.db, routes, actor) as http:
        params = {"shop": str(shop), "sku": str(world.skus[n])}
        answer = await http.get("/api/v1/inventory/channel-stock", params=params)
    return answer.json()


async def listed(world: World, what: str, shop: UUID) -> list[Any]:
    """All of a list, read one by one."""
    found, cursor, first = [], None, True
    async with reading(world.db, routes, SYSTEM) as http:
        while first or cursor:
            params = {"shop": str(shop), "limit": "1", **({"cursor": cursor} if cursor else {})}
            answer = (await http.get(f"/api/v1/inventory/{what}", params=params)).json()
            found += answer["items"]
            cursor, first = answer["next"], False
    return found


async def outbox(world: World, shop: UUID) -> dict[UUID, tuple[int, int]]:
    """By SKU, the number and its version, after every event has been handled."""
    await world.reader.drain()
    return await noted(world, shop)


async def noted(world: World, shop: UUID) -> dict[UUID, tuple[int, int]]:
    """By SKU, the number and its version, as they stand now."""
    async with reading(world.db, routes, SYSTEM) as http:
        answer = await http.get("/api/v1/inventory/channel-changes", params={"shop": str(shop)})
    return {UUID(one["sku_id"]): (one["qty"], one["version"]) for one in answer.json()["items"]}


async def knows(world: World, shop: UUID) -> bool:
    """Whether the shop's channel has been told anything."""
    return bool(await noted(world, shop))


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A worker's reader and its jobs at work."""
    reader, jobs = Reader(world.db), Jobs(world.runner)
    tasks = [asyncio.create_task(reader.run()), asyncio.create_task(jobs.run())]
    try:
        yield
    finally:
        reader.stop()
        jobs.stop()
        await asyncio.gather(*tasks)


class TestNumber:
    async def test_without_a_rule_a_shop_shares_all(self, world: World) -> None:
        answer = await told(world, world.shop_id)
        assert (answer["qty"], answer["mode"]) == (100, "shared")
        assert answer["zh"] == "可售 100 件：在库 100 → 100。"
        assert answer["warehouse_ids"] == [str(world.warehouse_id)]

    async def test_why_it_is_at_seven(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, other, "exclusive", 40)
        await lock(world, other, 10)
        await world.act(
            "inventory.set_safety", {"warehouse_id": world.warehouse_id, "sku_id": world.skus[0], "safety": 20}
        )
        await world.place(10)
        await share(world, world.shop_id, "percent", 50, buffer=3)
        answer = await told(world, world.shop_id)
        assert {step["key"]: (step["amount"], step["total"]) for step in answer["steps"] if step["amount"]} == {
            "on_hand": (100, 100),
            "held": (-10, 90),
            "safety": (-20, 70),
            "others": (-50, 20),
            "share": (-10, 10),
            "buffer": (-3, 7),
        }
        assert answer["qty"] == 7
        assert answer["en"].startswith("7 pieces: on hand 100 → 100, less held for orders 10 → 90,")
        assert (await told(world, other))["qty"] == 50

    async def test_the_rule_of_a_sku_goes_before_the_shops(self, world: World) -> None:
        await share(world, world.shop_id, "fixed", 5, n=None)
        await share(world, world.shop_id, "fixed", 8, n=1)
        assert [(await told(world, world.shop_id, n))["qty"] for n in (0, 1, 2)] == [5, 8, 5]

    async def test_who_sees_one_shop_alone_is_told_its_number_right(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, other, "exclusive", 40)
        mine = frozenset({world.shop_id})
        scopes = dict.fromkeys(DIMENSIONS, EVERYTHING) | {"shop": mine, "warehouse": frozenset()}
        actor = replace(SYSTEM, id=uuid4(), kind="user", grants=frozenset({"inventory.read"}), scopes=scopes)
        assert (await told(world, world.shop_id, actor=actor))["qty"] == 60
        assert (await told(world, other, actor=actor))["code"] == "organization.ShopNotFound"
        async with world.db.reading(actor) as tx:
            assert (await channel_stock(tx, ShopId(world.shop_id), SkuId(world.skus[0]))).qty == 60
            assert await tx.fetchval("SELECT count(*) FROM channel_shares") == 0, "the scope is as narrow as before"
            assert await tx.fetchval("SELECT count(*) FROM stock_accounts") == 0


class TestRules:
    async def test_refusals_change_nothing(self, world: World) -> None:
        with pytest.raises(ShareTooLarge):
            await share(world, world.shop_id, "percent", 101)
        with pytest.raises(ShopNotFound):
            await share(world, uuid4(), "shared")
        unknown = {"shop_id": world.shop_id, "sku_id": uuid4(), "mode": "shared"}
        with pytest.raises(SkuNotFound):
            await world.act("inventory.set_channel_share", unknown)
        kit = await world.make_sku("KIT", 100, kind="kit", components=[{"code": "SKU1"}])
        with pytest.raises(NotStocked):
            await world.act("inventory.set_channel_share", unknown | {"sku_id": kit})
        assert await world.count("channel_shares") == 0

    async def test_out_of_scope(self, world: World) -> None:
        scopes = dict.fromkeys(DIMENSIONS, EVERYTHING) | {"shop": frozenset({uuid4()})}
        actor = replace(SYSTEM, id=uuid4(), kind="user", grants=frozenset({"*"}), scopes=scopes)
        made = await lock(world, world.shop_id, 1)
        with pytest.raises(OutOfScope):
            await world.act("inventory.set_channel_share", {"shop_id": world.shop_id, "mode": "shared"}, actor=actor)
        with pytest.raises(ChannelLockNotFound):
            await world.act("inventory.unlock_channel_stock", {"lock_id": made.id}, actor=actor)
        assert (await told(world, world.shop_id))["qty"] == 100

    async def test_what_is_set_and_locked_is_listed_in_pages(self, world: World) -> None:
        shop = world.shop_id
        await share(world, shop, "percent", 30, n=None)
        for n in range(3):
            await share(world, shop, "fixed", n, n=n, buffer=1)
        locks = [await lock(world, shop, qty) for qty in (1, 2, 3)]
        await world.act("inventory.unlock_channel_stock", {"lock_id": locks[1].id})
        shares = await listed(world, "channel-shares", shop)
        assert [(one["sku_id"], one["mode"], one["amount"], one["buffer"]) for one in shares] == [
            (None, "percent", 30, 0),
            *((str(sku), "fixed", world.skus.index(sku), 1) for sku in sorted(world.skus)),
        ]
        assert [one["qty"] for one in await listed(world, "channel-locks", shop)] == [1, 3]


class TestLocks:
    async def test_lock_and_unlock(self, world: World) -> None:
        other = await second_shop(world)
        made = await lock(world, other, 30)
        assert [(await told(world, shop))["qty"] for shop in (world.shop_id, other)] == [70, 100]
        with pytest.raises(NotEnoughToLock):
            await lock(world, world.shop_id, 71)
        ended = await world.act("inventory.unlock_channel_stock", {"lock_id": made.id})
        assert await world.act("inventory.unlock_channel_stock", {"lock_id": made.id}) == ended
        assert [(await told(world, shop))["qty"] for shop in (world.shop_id, other)] == [100, 100]

    async def test_a_time_that_is_over_is_refused(self, world: World) -> None:
        with pytest.raises(LockWouldBeOver):
            await lock(world, world.shop_id, 1, datetime(2020, 1, 1, tzinfo=UTC))
        assert await world.count("channel_locks") == 0

    async def test_two_at_once_never_lock_more_than_there_is(self, world: World) -> None:
        other = await second_shop(world)
        shops = (world.shop_id, other)
        answers = await asyncio.gather(*(lock(world, shop, 60) for shop in shops), return_exceptions=True)
        assert sorted(type(each).__name__ for each in answers) == ["ChannelLock", "NotEnoughToLock"]
        assert await world.count("channel_locks") == 1

    async def test_it_ends_by_itself(self, world: World) -> None:
        other = await second_shop(world)
        await share(world, world.shop_id, "shared")

        async def over() -> bool:
            free = (await told(world, world.shop_id))["qty"] == 100
            return free and (await noted(world, world.shop_id))[world.skus[0]][0] == 100

        async with working(world):
            await lock(world, other, 30, datetime.now(UTC) + timedelta(seconds=2))
            await until(lambda: knows(world, world.shop_id))
            await until(over)

    async def test_its_end_counts_anew(self, world: World, admin_conn: asyncpg.Connection[Any]) -> None:
        other = await second_shop(world)
        await share(world, world.shop_id, "shared")
        assert (await outbox(world, world.shop_id))[world.skus[0]] == (100, 1)
        await lock(world, other, 30)
        assert (await outbox(world, world.shop_id))[world.skus[0]] == (70, 2)
        waits = "SELECT max(execute_after) FROM pgqueuer WHERE entrypoint = 'inventory.recount_channels'"
        assert await admin_conn.fetchval(waits) == LATER
        await admin_conn.execute("UPDATE channel_locks SET until = now()")
        await JOBS["inventory.recount_channels"].handler(world.runner, Recount(only=SkuId(world.skus[0])))
        assert (await outbox(world, world.shop_id))[world.skus[0]] == (100, 3)
        told = "SELECT count(*) FROM events WHERE name = 'inventory.channel_stock_unlocked.v1'"
        assert await admin_conn.fetchval(told) == 1


class TestOutbox:
    async def test_every_way_stock_moves_reaches_it_once(self, world: World) -> None:
        shop = world.shop_id
        await share(world, shop, "shared")
        assert await outbox(world, shop) == {world.skus[0]: (100, 1)}
        order = await world.place(10)
        assert (await outbox(world, shop))[world.skus[0]] == (90, 2)
        await world.pay(order)
        await world.ship(order)
        assert (await outbox(world, shop))[world.skus[0]] == (90, 2), "what was held has left: the number stays"
        await world.give_back(order, {1: 4})
        assert (await outbox(world, shop))[world.skus[0]] == (94, 3)
        await world.receive({world.skus[0]: 6})
        assert (await outbox(world, shop))[world.skus[0]] == (100, 4)
        canceled = await world.place(20)
        assert (await outbox(world, shop))[world.skus[0]] == (80, 5)
        await world.act("orders.cancel", {"order_id": canceled.id, "reason": "不要了"})
        assert (await outbox(world, shop))[world.skus[0]] == (100, 6)
        place = {"warehouse_id": world.warehouse_id, "sku_id": world.skus[0]}
        await world.act("inventory.set_safety", {**place, "safety": 1})
        assert (await outbox(world, shop))[world.skus[0]] == (99, 7)
        await share(world, shop, "fixed", 40)
        assert (await outbox(world, shop))[world.skus[0]] == (40, 8)
        await world.place(10)
        assert (await outbox(world, shop))[world.skus[0]] == (40, 8), "there is enough still"

    async def test_a_sale_and_what_arrives_reach_it_by_themselves(self, world: World) -> None:
        """While a worker works, nobody asks: the channel's outbox has each new number once."""
        shop = world.shop_id
        await share(world, shop, "shared", n=0)

        async def says(qty: int, version: int) -> None:
            async def so() -> bool:
                return (await noted(world, shop)).get(world.skus[0]) == (qty, version)

            await until(so)

        async with working(world):
            await says(100, 1)
            order = await world.place(10)
            await says(90, 2)
            await world.receive({world.skus[0]: 5})
            await says(95, 3)
            await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
            await says(105, 4)

    async def test_of_a_kit_the_components_follow(self, world: World) -> None:
        await share(world, world.shop_id, "shared", n=1)
        kit = await world.make_sku("KIT", 100, kind="kit", components=[{"code": "SKU2", "qty": 3}])
        await world.act("orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 2}]})
        assert (await outbox(world, world.shop_id))[world.skus[1]][0] == 94

    async def test_a_rule_for_all_skus_tells_all(self, world: World) -> None:
        async with working(world):
            await share(world, world.shop_id, "percent", 30, n=None)

            async def all_told() -> bool:
                return {qty for qty, _ in (await noted(world, world.shop_id)).values()} == {30}

            await until(all_told)
        assert (await outbox(world, world.shop_id)).keys() == set(world.skus)

    async def test_nobody_who_follows_no_channel_is_told(self, world: World) -> None:
        await world.place(10)
        assert await outbox(world, world.shop_id) == {}
        assert await world.count("channel_stock_outbox") == 0

    async def test_numbers_are_right_whoever_moves_stock_at_once(self, world: World) -> None:
        shops = (world.shop_id, await second_shop(world))
        await share(world, shops[0], "percent", 50, n=None)
        await share(world, shops[1], "exclusive", 10)
        async with working(world):
            await asyncio.gather(
                *(world.place(qty) for qty in range(1, 8)),
                *(world.receive({world.skus[0]: qty}) for qty in range(1, 4)),
                *(lock(world, shop, 5) for shop in shops),
            )
            await until(lambda: knows(world, shops[0]))
        for shop in shops:
            assert (await outbox(world, shop))[world.skus[0]][0] == (await told(world, shop))["qty"]
        steps = {step["key"]: step["amount"] for step in (await told(world, shops[0]))["steps"]}
        assert 0 <= steps["lock"] <= 5, "orders take from the lock first, those that came after it"
        assert (await told(world, shops[0]))["qty"] == (100 - 28 + 6 - 10 - 5 - steps["lock"]) // 2 + steps["lock"]
        assert await world.faults() == []

    async def test_holds_that_go_elsewhere_are_seen_there(self, world: World) -> None:
        place = {"code": "WH2", "name": "二号仓", "company_id": world.company_id}
        there = (await world.act("inventory.create_warehouse", place)).id
        await share(world, world.shop_id, "shared")
        order = await world.place(10)
        await world.receive({world.skus[0]: 1})
        assert (await outbox(world, world.shop_id))[world.skus[0]] == (91, 1)
        line = {"sku_id": world.skus[0], "qty": 10, "cost_minor": 10}
        await world.act("inventory.receive", {"warehouse_id": there, "reference": "x", "lines": [line]})
        part = MovePart(line=1, qty=10, left=10, sku_id=None, to=there)
        async with world.transaction() as tx:
            move = MoveHolds(doc=order.id, shop_id=order.shop_id, lines=[part], item=tx.items[0])
            assert await inventory.move_holds(tx, [move]) == [None]
        assert (await outbox(world, world.shop_id))[world.skus[0]] == (101, 2)

    async def test_counting_takes_as_many_statements_for_one_sku_as_for_all(self, world: World, db: Database) -> None:
        await share(world, world.shop_id, "shared", n=None)
        taken = []
        for skus in (world.skus[:1], world.skus):
            statements: list[str] = []
            async with db.transaction() as tx:
                with tx.conn.query_logger(lambda said, into=statements: into.append(said.query)):
                    await count_again(tx, [SkuId(sku) for sku in skus])
            taken.append(len(statements))
        assert taken == [3, 3]
