"""From a paid order to the carrier over the floor: waves, scans, the packing station, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.logistics import service as logistics
from shangmai.modules.orders.contract import Status
from shangmai.modules.orders.queries import units as unit_tables
from shangmai.modules.warehouse.contract.packing import (
    CartonTwice,
    NotAllChecked,
    NotPickedYet,
    NoWaybill,
    WaybillUsed,
    WeightOff,
)
from shangmai.modules.warehouse.contract.picking import (
    BarcodeUnknown,
    TaskTaken,
    TooMany,
    WaveNotReleased,
    WrongBin,
    WrongGoods,
)
from shangmai.modules.warehouse.contract.waves import WavePicked
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.queries import requests as tables
from tests.logistics.booking import pool
from tests.orders.test_auditing import publish
from tests.routes import reading
from tests.warehouse.work import RECEIVER, Work

NUMBERS = {"73610000000001", "73610000000002"}


async def a_carrier(work: Work) -> None:
    """All go by ZTO, which has two waybills for us."""
    await pool(work.world, len(NUMBERS))
    await publish(work.world, {"id": "all", "when": {}, "then": {"courier": "ZTO"}}, subject="orders.courier")


class TestTheWayOfAParcel:
    async def test_a_paid_order_leaves_over_the_floor(self, work: Work) -> None:
        order = await work.paid(2, 1)
        assert await work.state(order) == "waiting"
        (wave,) = await work.waves()
        assert (wave.kind, wave.method, wave.requests, wave.pieces, wave.stage_bin) == ("multi", "sow", 1, 3, "OUT")
        assert [(n["held"]) for n in await self.held(work)] == [2, 1]
        (task,) = await work.tasks(wave)
        assert [(stop.bin, stop.sku, stop.qty) for stop in task.stops] == [("A-01", "SKU1", 2), ("A-01", "SKU2", 1)]
        await work.pick_all(wave)
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30, "OUT": 2}
        for sku, qty in (("SKU1", 2), ("SKU2", 1)):
            sown = await work.world.act("warehouse.sow", {"wave_id": wave.id, "barcode": sku, "qty": qty})
            assert [(cell.cell, cell.qty) for cell in sown.cells] == [(1, qty)]
        assert await work.state(order) == "picked"
        await work.check(order, "SKU1", 2)
        assert (await work.check(order, "SKU2")).done
        parcel = await work.close(order)
        assert (parcel.carrier, parcel.waybill, parcel.state) == ("SF", "SF000001", "packed")
        await work.hand_over(order)
        detail = await work.world.detail(order)
        assert detail.order.status is Status.SHIPPED
        assert await work.sent(order) == [("SF", "SF000001")]
        assert await work.state(order) == "left"
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30}
        assert await work.world.stock_of(0) == (98, 0)
        assert not await work.proof()

    async def held(self, work: Work) -> list[dict[str, int]]:
        return [{"held": sum(each.held for each in await work.floor.lying(n))} for n in (0, 1)]

    async def test_a_warehouse_without_a_floor_is_asked_for_nothing(self, work: Work) -> None:
        await work.floor.act("set_floor_policy", policy={"on": False})
        order = await work.paid(1)
        assert await work.request(order) is None
        await work.turn_on()
        await work.world.reader.drain()
        assert await work.state(order) == "waiting"

    async def test_a_floor_that_is_turned_off_ends_what_it_has_begun(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        await work.floor.act("set_floor_policy", policy={"on": False})
        given = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "少买"}
        await work.world.act("orders.cancel_part", given)
        await work.packed(order, wave, SKU1=2)
        await work.hand_over(order)
        assert await work.world.stock_of(0) == (98, 0)
        assert not await work.proof()

    async def test_a_service_is_not_picked(self, work: Work) -> None:
        work.world.skus.append(await work.world.make_sku("WRAP", 500, kind="service"))
        alone, beside = await work.paid(0, 0, 0, 1), await work.paid(1, 0, 0, 1)
        assert await work.request(beside) is not None
        async with work.world.db.reading(SYSTEM) as tx:
            units = [unit.id for unit in await unit_tables.units_of_order(tx, alone.id)]
            assert await tables.get(tx, units) == {}
        (wave,) = await work.waves()
        await work.packed(beside, wave, SKU1=1)
        await work.hand_over(beside)
        assert (await work.world.detail(beside)).order.status is Status.SHIPPED

    async def test_orders_of_one_sku_are_picked_in_bulk_and_found_by_the_piece(self, work: Work) -> None:
        orders = [await work.paid(1), await work.paid(1), await work.paid(0, 1)]
        (wave,) = await work.waves()
        assert (wave.kind, wave.method, wave.requests) == ("single", "bulk", 3)
        await work.pick_all(wave)
        for sku in ("SKU1", "SKU2", "SKU1"):
            packing = await work.world.act("warehouse.pack_next", {"wave_id": wave.id, "barcode": sku})
            assert packing.done
        for order in orders:
            await work.close(order)
        await work.hand_over(*orders)
        assert [await work.state(order) for order in orders] == ["left"] * 3
        assert not await work.proof()

    async def test_two_warehouses_pick_their_own(self, work: Work) -> None:
        other = await work.world.act(
            "inventory.create_warehouse", {"code": "WH2", "name": "二号仓", "company_id": work.world.company_id}
        )
        line = {"sku_id": work.sku(0), "qty": 10, "cost_minor": 100}
        await work.world.act("inventory.receive", {"warehouse_id": other.id, "reference": "入库", "lines": [line]})
        here = await work.paid(1)
        there = await work.paid(1, warehouse_id=other.id)
        (wave,) = await work.waves()
        assert wave.requests == 1
        assert await work.state(here) == "waved"
        assert await work.request(there) is None
        await work.world.act("orders.ship_unit", {"unit_id": (await work.unit(there)).id})
        await work.packed(here, wave, SKU1=1)
        await work.hand_over(here)
        assert not await work.proof()

    async def test_a_sorted_wave_says_which_cell_each_piece_goes_into(self, work: Work) -> None:
        first, second = await work.paid(2), await work.paid(1, 1)
        wave = await work.wave("sort", first, second)
        (task,) = await work.tasks(wave)
        cells = {(await work.request(order)).number: (await work.request(order)).cell for order in (first, second)}
        assert sorted(n for n in cells.values() if n) == [1, 2]
        picked = await work.pick(task, "A-01", "SKU1", 3)
        assert {cell.number: cell.qty for cell in picked.cells} == {
            (await work.unit(first)).number: 2,
            (await work.unit(second)).number: 1,
        }
        assert await work.state(first) == "picked"
        assert await work.state(second) == "waved"

    async def test_one_request_after_the_other_is_a_task_each(self, work: Work) -> None:
        orders = [await work.paid(1, 1), await work.paid(2)]
        wave = await work.wave("each", *orders)
        assert len(await work.tasks(wave)) == 2


class TestWaves:
    async def test_a_planned_wave_is_not_picked_and_can_be_taken_back(self, work: Work) -> None:
        order = await work.paid(1)
        (wave,) = await work.waves(release=False)
        tasks = await work.world.count("pick_tasks")
        assert (wave.state, tasks) == ("planned", 1)
        assert await work.tasks(wave) == []
        await work.world.act("warehouse.cancel_wave", {"wave_id": wave.id})
        assert await work.state(order) == "waiting"
        assert [each.held for each in await work.floor.lying(0)] == [0, 0, 0]
        (again,) = await work.waves()
        assert again.requests == 1

    async def test_what_is_not_all_in_bins_waits_on(self, work: Work) -> None:
        await work.world.receive({work.sku(0): 60})
        many, few = await work.paid(95), await work.paid(1)
        made = await work.floor.act("make_waves", release=True)
        assert (made.lacking, [wave.requests for wave in made.waves]) == (1, [1])
        assert [await work.state(order) for order in (many, few)] == ["waiting", "waved"]
        await work.floor.put("A-01", 60, 0)
        assert (await work.floor.act("make_waves")).lacking == 0

    async def test_a_wave_takes_no_more_room_than_its_cart_has(self, work: Work) -> None:
        sides = {"length_mm": 100, "width_mm": 100, "height_mm": 100}
        await work.world.act("catalog.set_handling", {"sku_id": work.sku(0), **sides})
        await work.turn_on(waves={"volume_max_cm3": 4000})
        for _ in range(3):
            await work.paid(2, 1)
        assert sorted(wave.requests for wave in await work.waves()) == [1, 2], "what nobody measured takes no room"

    async def test_what_its_channel_wants_sent_sooner_is_picked_sooner(self, work: Work) -> None:
        first, second, third = [await work.world.place(1, receiver=RECEIVER) for _ in range(3)]
        soon = datetime.now(UTC) + timedelta(hours=4)
        for order, ship_by in ((second, soon + timedelta(hours=2)), (third, soon)):
            await work.world.act("orders.note_channel", {"order_id": order.id, "ship_by": ship_by.isoformat()})
        for order in (first, second, third):
            await work.world.pay(order)
        await work.world.reader.drain()
        assert [(await work.request(order)).due_at for order in (first, third)] == [None, soon]
        await work.turn_on(waves={"orders_max": 1})
        numbers = {(await work.unit(order)).number: order for order in (first, second, third)}
        waves = await work.waves()
        picked = [next(iter(await work.tasks(wave))).stops[0].cells[0].number for wave in waves]
        assert [numbers[number].id for number in picked] == [third.id, second.id, first.id]

    async def test_waves_make_themselves_where_the_policy_says_so(self, work: Work) -> None:
        await work.turn_on(waves={"auto": True, "orders_min": 2, "wait_s": 3600})
        first = await work.paid(1)
        assert await work.state(first) == "waiting"
        second = await work.paid(1)
        assert [await work.state(order) for order in (first, second)] == ["waved", "waved"]

    async def test_a_wave_of_which_something_is_picked_stays(self, work: Work) -> None:
        await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1")
        with pytest.raises(WavePicked):
            await work.world.act("warehouse.cancel_wave", {"wave_id": wave.id})


class TestScans:
    async def test_a_wrong_bin_or_barcode_is_refused_with_what_was_expected(self, work: Work) -> None:
        await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        with pytest.raises(WrongBin) as bin_:
            await work.pick(task, "A-02", "SKU1")
        with pytest.raises(WrongGoods) as goods:
            await work.pick(task, "A-01", "SKU2")
        with pytest.raises(BarcodeUnknown):
            await work.pick(task, "A-01", "6900000000000")
        with pytest.raises(TooMany) as many:
            await work.pick(task, "A-01", "SKU1", 3)
        assert [bin_.value.data["expected"], goods.value.data["expected"], many.value.data["left"]] == [
            "A-01",
            "SKU1",
            2,
        ]
        assert await work.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}

    async def test_a_task_is_one_picker_s_until_it_is_taken_over(self, work: Work) -> None:
        await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        given = {"task_id": task.task.id}
        mine = await work.world.act("warehouse.start_pick", given)
        again = await work.world.act("warehouse.start_pick", given)
        assert mine.task.started_at == again.task.started_at is not None
        other = Actor(id=new_id(), kind="user", name="拣货员", grants=frozenset({"warehouse.*"}), scopes=SYSTEM.scopes)
        with pytest.raises(TaskTaken):
            await work.world.act("warehouse.start_pick", given, actor=other)
        over = await work.world.act("warehouse.start_pick", {**given, "take_over": True}, actor=other)
        assert over.task.picker == other.id

    async def test_a_wave_that_is_not_released_is_not_picked(self, work: Work) -> None:
        await work.paid(2)
        (wave,) = await work.waves(release=False)
        await work.world.act("warehouse.release_wave", {"wave_id": wave.id})
        (task,) = await work.tasks(wave)
        await work.world.act("warehouse.cancel_wave", {"wave_id": wave.id})
        with pytest.raises(WaveNotReleased):
            await work.pick(task, "A-01", "SKU1")

    async def test_the_packing_station_lets_nothing_wrong_or_missing_pass(self, work: Work) -> None:
        order = await work.paid(2)
        (wave,) = await work.waves()
        with pytest.raises(NotPickedYet) as early:
            await work.check(order, "SKU1")
        assert early.value.data["left"] == 2
        await work.pick_all(wave)
        with pytest.raises(WrongGoods):
            await work.check(order, "SKU2")
        await work.check(order, "SKU1")
        with pytest.raises(NotAllChecked) as missing:
            await work.close(order)
        assert missing.value.data["missing"] == "SKU1 x 1"
        with pytest.raises(TooMany):
            await work.check(order, "SKU1", 2)
        assert (await work.check(order, "SKU1")).done

    async def test_a_waybill_is_on_one_parcel_and_none_leaves_without(self, work: Work) -> None:
        orders = [await work.paid(1), await work.paid(1)]
        (wave,) = await work.waves()
        await work.packed(orders[0], wave, SKU1=1)
        await work.check(orders[1], "SKU1")
        with pytest.raises(WaybillUsed):
            await work.close(orders[1], waybill="SF000001")
        await work.close(orders[1], waybill="")
        with pytest.raises(NoWaybill):
            await work.hand_over(orders[1])
        number = (await work.unit(orders[1])).number
        await work.world.act("warehouse.set_waybill", {"number": number, "carrier": "YTO", "waybill": "YT9"})
        await work.hand_over(*orders)
        assert await work.sent(orders[1]) == [("YTO", "YT9")]

    async def test_a_parcel_that_weighs_too_much_stops_unless_somebody_may_let_it(self, work: Work) -> None:
        heavy = await work.world.make_sku("HEAVY", 1000, weight_g=1000)
        work.world.skus.append(heavy)
        await work.world.receive({heavy: 5})
        await work.floor.put("A-01", 5, 3)
        order = await work.paid(0, 0, 0, 2)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(order, "HEAVY", 2)
        parcel = await work.close(order, carton_g=100)
        assert parcel.expected_g == 2100
        given = {"scanned": parcel.waybill, "weight_g": 2100 + 64}
        with pytest.raises(WeightOff):
            await work.world.act("warehouse.weigh", given)
        given["accept_reason"] = "加厚纸箱"
        assert (await work.world.act("warehouse.weigh", given)).accepted == "加厚纸箱"
        given = {"scanned": parcel.number, "weight_g": 2100 - 63}
        assert (await work.world.act("warehouse.weigh", given)).accepted == ""


class TestCartons:
    async def test_the_smallest_carton_is_advised_and_weighs_with_the_goods(self, work: Work) -> None:
        small = {"code": "S", "length_mm": 200, "width_mm": 150, "height_mm": 100, "own_g": 120}
        large = {"code": "L", "length_mm": 600, "width_mm": 400, "height_mm": 400, "own_g": 700}
        await work.floor.act("save_cartons", cartons=[large, small])
        sides = {"length_mm": 190, "width_mm": 140, "height_mm": 45}
        await work.world.act("catalog.set_handling", {"sku_id": work.sku(0), **sides})
        few, many = await work.paid(2), await work.paid(3)
        numbers = [(await work.unit(order)).number for order in (few, many)]
        async with reading(work.world.db, routes, SYSTEM) as http:
            advice = [(await http.get("/api/v1/warehouse/carton-advice", params={"number": n})).json() for n in numbers]
            listed = (
                await http.get("/api/v1/warehouse/cartons", params={"warehouse_id": str(work.floor.warehouse_id)})
            ).json()
        assert [[c["carton"]["code"] for c in each["choice"]["cartons"]] for each in advice] == [["S"], ["L"]]
        assert [each["code"] for each in listed] == ["L", "S"]
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(few, "SKU1", 2)
        assert (await work.close(few, carton="S")).expected_g == 120

    async def test_a_carton_is_given_once(self, work: Work) -> None:
        carton = {"code": "S", "length_mm": 200, "width_mm": 150, "height_mm": 100}
        with pytest.raises(CartonTwice):
            await work.floor.act("save_cartons", cartons=[carton, carton])
        assert await work.world.count("packing_cartons") == 0


class TestKits:
    async def test_the_components_of_a_kit_are_picked(self, work: Work) -> None:
        components = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
        kit = await work.world.make_sku("KIT", 2500, kind="kit", components=components)
        work.world.skus.append(kit)
        order = await work.paid(0, 0, 0, 2)
        wave = await work.wave("each", order)
        (task,) = await work.tasks(wave)
        assert [(stop.sku, stop.qty) for stop in task.stops] == [("SKU1", 4), ("SKU2", 2)]
        await work.pick_all(wave)
        await work.check(order, "SKU1", 4)
        await work.check(order, "SKU2", 2)
        await work.close(order)
        await work.hand_over(order)
        assert await work.world.stock_of(0) == (96, 0)
        assert not await work.proof()


class TestByHand:
    async def test_a_unit_shipped_by_hand_leaves_the_floor_with_what_was_picked(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1", 2)
        await work.world.act("orders.ship_unit", {"unit_id": (await work.unit(order)).id})
        assert await work.state(order) == "left"
        await work.world.reader.drain()
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30}
        assert await work.floor.unplaced(0) == 9
        assert not await work.proof()

    async def test_an_order_shipped_by_its_lines_does_too(self, work: Work) -> None:
        order = await work.paid(2, 1)
        await work.waves()
        await work.world.ship(order)
        assert await work.state(order) == "left"
        await work.world.reader.drain()
        assert not await work.proof()

    async def test_a_booked_waybill_goes_onto_the_parcel_and_back_when_it_is_stopped(self, work: Work) -> None:
        await a_carrier(work)
        order, other = await work.paid(1), await work.paid(1)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(order, "SKU1")
        await work.floor.act(
            "save_cartons", cartons=[{"code": "S", "length_mm": 200, "width_mm": 150, "height_mm": 99}]
        )
        parcel = await work.close(order, carrier="", waybill="", carton="S")
        assert parcel.carrier == "ZTO"
        assert parcel.waybill in NUMBERS
        await work.world.act("orders.cancel", {"order_id": other.id, "reason": "买家取消"})
        await work.world.act("warehouse.weigh", {"scanned": parcel.waybill, "weight_g": 40})
        async with work.world.db.reading(SYSTEM) as tx:
            (weighed,) = await logistics.parcels_of(tx, [(await work.unit(order)).id])
        assert (weighed.weight_g, weighed.volume_cm3) == (40, 2970), "its room is its carton's"
        await work.hand_over(order)
        assert await work.sent(order) == [("ZTO", parcel.waybill)]
        third = await work.paid(1)
        async with work.world.db.reading(SYSTEM) as tx:
            (booked,) = await logistics.parcels_of(tx, [(await work.unit(third)).id])
        assert {booked.waybill, parcel.waybill} == NUMBERS


class TestReading:
    async def test_the_lists_of_the_floor(self, work: Work) -> None:
        order = await work.paid(2, 1)
        await work.paid(1)
        waves = await work.waves()
        number = (await work.unit(order)).number
        async with reading(work.world.db, routes, SYSTEM) as http:
            where = {"warehouse": str(work.floor.warehouse_id)}
            asked = (await http.get("/api/v1/warehouse/requests", params={**where, "state": "waved"})).json()["items"]
            listed = (await http.get("/api/v1/warehouse/waves", params={**where, "limit": 1})).json()
            rest = (await http.get("/api/v1/warehouse/waves", params={**where, "cursor": listed["next"]})).json()
            one = (await http.get(f"/api/v1/warehouse/waves/{waves[0].id}")).json()
            tasks = (await http.get("/api/v1/warehouse/tasks", params=where)).json()["items"]
            await work.world.act("warehouse.start_pick", {"task_id": tasks[0]["id"]})
            mine = (await http.get("/api/v1/warehouse/tasks", params={**where, "mine": True})).json()["items"]
            task = (await http.get(f"/api/v1/warehouse/tasks/{tasks[0]['id']}")).json()
            station = (await http.get("/api/v1/warehouse/packing", params={"number": number})).json()
            unknown = await http.get("/api/v1/warehouse/packing", params={"number": "nobody"})
        assert len(asked) == 2
        assert {wave["id"] for wave in listed["items"] + rest["items"]} == {str(wave.id) for wave in waves}
        assert (one["number"], one["open_lines"]) == (waves[0].number, waves[0].open_lines)
        assert [each["next_bin"] for each in tasks] == ["A-01", "A-01"]
        assert [each["id"] for each in mine] == [tasks[0]["id"]]
        assert [stop["bin"] for stop in task["stops"]] == ["A-01"] * len(task["stops"])
        assert [(line["sku"], line["qty"], line["checked"]) for line in station["lines"]] == [
            ("SKU1", 2, 0),
            ("SKU2", 1, 0),
        ]
        assert unknown.status_code == 404

    async def test_parcels_and_what_goes_back(self, work: Work) -> None:
        first, second = await work.paid(1), await work.paid(1)
        (wave,) = await work.waves()
        await work.packed(first, wave, SKU1=1)
        await work.world.act("orders.cancel", {"order_id": second.id, "reason": "买家取消"})
        async with reading(work.world.db, routes, SYSTEM) as http:
            closed = (await http.get("/api/v1/warehouse/parcels", params={"handed": False})).json()["items"]
            gone = (await http.get("/api/v1/warehouse/parcels", params={"handed": True})).json()["items"]
            back = (await http.get("/api/v1/warehouse/put-backs")).json()["items"]
        assert [(each["waybill"], each["state"]) for each in closed] == [("SF000001", "packed")]
        assert gone == []
        assert [(each["number"], each["bin"], each["qty"], each["done"]) for each in back] == [
            ((await work.unit(second)).number, "A-01", 1, 0)
        ]
