"""What tables decide beside the audit: couriers, warehouses, marks, and gifts; the trace, and the work list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.events.reader import Reader
from shangmai.modules.orders import service
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.queries.units import units_of_order
from shangmai.modules.warehouse.http import routes as floor_routes
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD, clerk, codes, paid
from tests.routes import reading
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work
from tests.world import World


async def preferences(world: World, order: Any) -> dict[str, Any]:
    await world.reader.drain()
    async with reading(world.db, routes, SYSTEM) as client:
        told = (await client.get(f"/api/v1/orders/{order.id}/preferences")).json()
    return {each["subject"]: each for each in told}


async def trace(world: World, order: Any, **params: Any) -> dict[str, Any]:
    async with reading(world.db, routes, SYSTEM) as client:
        page: dict[str, Any] = (await client.get(f"/api/v1/orders/{order.id}/trace", params=params)).json()
    return page


class TestPreferences:
    async def test_couriers_and_warehouses_by_place_and_weight(self, world: World) -> None:
        near = {"id": "near", "when": {"province": "'上海市'"}, "then": {"courier": "顺丰", "unless": "京东"}}
        await publish(world, near, subject="orders.courier")
        rest = {"id": "any", "then": {"warehouse": "WH1", "only": "no"}}
        await publish(world, rest, subject="orders.warehouse")
        order, far = await paid(world, 1, receiver=GOOD), await paid(world, 1, receiver={**GOOD, "province": "浙江省"})
        told = await preferences(world, order)
        assert told["orders.courier"]["outcome"] == {"courier": "顺丰", "unless": "京东"}
        assert (told["orders.warehouse"]["rows"], told["orders.warehouse"]["version"]) == (["any"], 1)
        assert list(await preferences(world, far)) == ["orders.warehouse"]
        kinds = [each["what"] for each in (await trace(world, order))["items"] if each["kind"] == "decision"]
        assert sorted(kinds) == ["orders.courier", "orders.warehouse"]

    async def test_special_orders_are_flagged_and_stopped_for_a_look(self, world: World) -> None:
        own = {"company_id": world.company_id, "code": "own.engrave", "zh": "刻字单", "en": "to be engraved"}
        await world.act("orders.define_cause", own)
        row = {
            "id": "engrave",
            "when": {"note": "contains($, '刻字')"},
            "then": {"flag": "blue", "remark": "刻字单", "cause": "own.engrave"},
        }
        await publish(world, row, subject="orders.special")
        order = await paid(world, 1, note="请刻字：小明")
        assert await codes(world, order) == ["own.engrave"]
        (decision,) = [each for each in (await trace(world, order))["items"] if each["kind"] == "decision"]
        assert decision["detail"]["row"] == "engrave"
        assert "小明" not in str(decision)

    async def test_a_gift_becomes_a_line_that_is_held_and_leaves_with_the_order(self, world: World) -> None:
        row = {"id": "thanks", "when": {"goods_minor": ">= 2000"}, "then": {"sku": "SKU3", "qty": 2}}
        await publish(world, row, subject="orders.gifts")
        order, small = await paid(world, 2), await paid(world, 1)
        await world.reader.drain()
        lines = (await world.detail(order)).lines
        assert [(line.title, line.qty, line.amount_minor) for line in lines][1:] == [("赠品 SKU3", 2, 0)]
        assert len((await world.detail(small)).lines) == 1
        assert await world.stock_of(2) == (100, 2)
        await world.ship(order)
        assert await world.stock_of(2) == (98, 0)
        assert await world.faults() == []

    async def test_gifts_that_are_short_wait_and_are_given_once(self, world: World) -> None:
        row = {"id": "many", "when": {"pieces": "> 0"}, "then": {"sku": "SKU3", "qty": 60}}
        await publish(world, row, subject="orders.gifts")
        first, second = await paid(world, 1), await paid(world, 1)
        assert (await codes(world, first), await codes(world, second)) == ([], ["orders.gift_short"])
        await world.receive({world.skus[2]: 100})
        assert await codes(world, second) == []
        assert [len((await world.detail(order)).lines) for order in (first, second)] == [2, 2]
        await world.act("orders.recheck", {"order_id": second.id})
        assert await world.stock_of(2) == (200, 120)
        assert await world.faults() == []

    async def test_a_table_is_tried_on_the_past_before_it_counts(self, world: World) -> None:
        orders = [await paid(world, n) for n in (1, 2, 3)]
        given = {
            "company_id": str(world.company_id),
            "subject": "orders.courier",
            "since": (orders[0].placed_at - timedelta(days=1)).isoformat(),
            "until": (orders[0].placed_at + timedelta(days=1)).isoformat(),
            "table": {"rows": [{"id": "two", "when": {"pieces": ">= 2"}, "then": {"courier": "顺丰"}}]},
        }
        async with reading(world.db, routes, SYSTEM) as client:
            told = (await client.post("/api/v1/orders/preview-table", json=given)).json()
            unknown = await client.post("/api/v1/orders/preview-table", json={**given, "subject": "orders.nothing"})
        assert (told["orders"], told["changed"], told["rows"]) == (3, 2, [{"row": "two", "orders": 2}])
        assert told["outcomes"] == [
            {"today": "", "then": '{"courier":"顺丰"}', "orders": 2}, {"today": "", "then": "", "orders": 1},
        ]  # fmt: skip
        assert unknown.json()["code"] == "rules.SubjectUnknown"


class TestTrace:
    async def test_one_page_of_truth_from_every_book_in_time_order(self, world: World) -> None:
        await publish(world, {"id": "any", "then": {"verdict": "release"}})
        order = await paid(world, 2, 1)
        await world.reader.drain()
        await world.ship(order)
        await world.give_back(order, {1: 1})
        await world.reader.drain()
        whole = (await trace(world, order, limit=200))["items"]
        assert {each["kind"] for each in whole} == {"event", "decision", "transfer", "money", "entry"}
        assert [each["at"] for each in whole] == sorted(each["at"] for each in whole)
        shipped = next(each for each in whole if each["what"] == "orders.shipped.v1")
        assert (shipped["action"], shipped["by"]) == ("orders.ship", "system")
        entry = next(each for each in whole if each["kind"] == "entry")
        assert entry["link"].startswith("/api/v1/ledger/entries/")
        pages, cursor = [], None
        while True:
            page = await trace(world, order, limit=7, **({"cursor": cursor} if cursor else {}))
            pages += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert pages == whole

    async def test_a_longer_story_takes_no_more_statements(self, world: World) -> None:
        short, long = await world.place(1), await paid(world, 1, 2, 3)
        await world.reader.drain()
        await world.ship(long)
        counts = []
        for order in (short, long):
            told: list[str] = []
            async with world.db.reading(SYSTEM) as tx:
                with tx.conn.query_logger(lambda asked, told=told: told.append(asked.query)):
                    await service.trace_page(tx, order.id, None, 100)
            counts.append(len(told))
        assert counts == [3, 3]


class TestTelling:
    async def test_tables_are_asked_before_units_are_made_however_events_come(self, world: World) -> None:
        """付款与已付两个事件分两批到达：先问快递表，再生成发货单。"""
        near = {"id": "near", "when": {"province": "'上海市'"}, "then": {"courier": "顺丰"}}
        await publish(world, near, subject="orders.courier")
        order = await world.place(1, receiver=GOOD)
        await world.pay(order)
        one_by_one = replace(CONSUMERS["orders.exceptions"], batch=1)
        await Reader(world.db, [one_by_one]).drain()
        async with world.db.reading(SYSTEM) as tx:
            (unit,) = await units_of_order(tx, order.id)
        assert unit.courier == "顺丰"
        await world.reader.drain()
        async with world.db.reading(SYSTEM) as tx:
            assert [each.id for each in await units_of_order(tx, order.id)] == [unit.id]


class TestWork:
    async def test_each_role_sees_its_sections(self, world: World) -> None:
        await publish(world, {"id": "dear", "when": {"total_minor": ">= 5000"}, "then": {"verdict": "finance"}})
        dear, plain = await paid(world, 6), await paid(world, 1)
        waits = await paid(world, 150, when_short="wait")
        await world.reader.drain()
        async with reading(world.db, routes, SYSTEM) as client:
            whole = (await client.get("/api/v1/orders/work")).json()["sections"]
        found = {each["code"]: [item["number"] for item in each["items"]] for each in whole}
        assert found == {
            "to_audit": [], "exceptions": [], "finance": [dear.number, waits.number], "approvals": [],
            "short": [waits.number], "to_ship": [plain.number], "to_pick": [], "to_pack": [], "late_parcels": [],
        }  # fmt: skip
        reader = clerk(world, "orders.read", "orders.pass_finance_audit")
        async with reading(world.db, routes, reader) as client:
            mine = (await client.get("/api/v1/orders/work", params={"per": 1})).json()["sections"]
        assert [(each["code"], each["orders"], len(each["items"])) for each in mine] == [("finance", 2, 1)]

    async def test_pickers_and_packers_see_what_is_theirs(self, world: World) -> None:
        """一单已拣、一单在波次里、一单还没排波次：拣货员看到待拣，打包员看到待打包，都能点进对应的清单。"""
        work = await Work(await Floor(world).make()).make()
        picked, waved, _ = [await work.paid(qty) for qty in (1, 2, 3)]
        await work.pick_all(await work.wave("each", picked))
        await work.wave("each", waved)
        for grant, code, order, state in (
            ("warehouse.pick", "to_pick", waved, "waved"),
            ("warehouse.pack", "to_pack", picked, "picked"),
        ):
            reader = clerk(world, "*.read", grant)
            reader = replace(reader, scopes={**reader.scopes, "warehouse": frozenset({world.warehouse_id})})
            async with reading(world.db, [*routes, *floor_routes], reader) as client:
                (mine,) = (await client.get("/api/v1/orders/work")).json()["sections"]
                listed = (await client.get(mine["more"])).json()["items"]
            assert (mine["code"], mine["orders"], mine["overdue"]) == (code, 1, 0)
            assert [item["number"] for item in mine["items"]] == [order.number]
            assert [(each["number"], each["state"]) for each in listed] == [((await work.unit(order)).number, state)]
