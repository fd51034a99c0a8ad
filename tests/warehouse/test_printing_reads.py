"""What is printed for a task, a wave, a unit, a bin: by whom, what it says, and when there is nothing to print."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.logistics.contract import ParcelReceiver
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.service.printing import gathering
from tests.kernel.test_documents import printed
from tests.logistics.booking import booked, pool, wanted
from tests.routes import reading
from tests.warehouse.test_printing import pages, read
from tests.warehouse.work import RECEIVER, Work

PRINT = "/api/v1/warehouse"


async def got(work: Work, path: str, actor: Actor = SYSTEM, **params: Any) -> Any:
    async with reading(work.world.db, routes, actor) as http:
        return await http.get(PRINT + path, params=params, headers={"accept-language": "zh-CN"})


async def parcel_of(work: Work, order: Any) -> tuple[Any, Any]:
    """The unit of an order, and its parcel with a number of a pool."""
    unit = await work.unit(order)
    asked = wanted(work.world, unit.number, doc=unit.id, receiver=ParcelReceiver(**RECEIVER))
    return unit, await booked(work.world, asked)


class TestPickLists:
    async def test_a_task_is_printed_along_the_shortest_way(self, work: Work) -> None:
        await work.world.act(
            "warehouse.save_bins",
            {
                "warehouse_id": work.floor.warehouse_id,
                "bins": [
                    {"code": code, "zone": "A", "kind": "pick", "aisle": aisle, "offset_mm": offset}
                    for code, aisle, offset in (("A-01", 0, 9_000), ("A-02", 1, 8_000), ("A-03", 1, 1_000))
                ],
            },
        )
        orders = [await work.paid(30), await work.paid(30), await work.paid(30)]
        wave = await work.wave("bulk", *orders)
        (task,) = await work.tasks(wave)
        path = (await got(work, f"/tasks/{task.task.id}/path")).json()
        length = 9_000 + 3_000 + 9_000 + 3_000
        assert (path["length_mm"], path["bound_mm"], path["method"]) == (length, length, "exact")
        assert path["bins"] in (["A-01", "A-02", "A-03"], ["A-03", "A-02", "A-01"])
        assert ([stop.bin for stop in task.stops], task.task.next_bin) == (path["bins"], path["bins"][0])
        async with work.world.db.reading(SYSTEM) as tx:
            paper = await gathering.pick_list_of(tx, task.task.id)
        assert ([line.bin for line in paper.lines], paper.walk_mm) == (path["bins"], length)
        assert [(line.code, line.qty) for line in paper.lines] == [("SKU1", 30)] * 3
        answer = await got(work, f"/tasks/{task.task.id}/pick-list")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert pages(answer.content) == 1

    async def test_a_layout_changes_the_way(self, work: Work) -> None:
        bins = [
            {"code": code, "zone": "A", "kind": "pick", "aisle": aisle, "offset_mm": 5_000}
            for code, aisle in (("A-01", 0), ("A-02", 1), ("A-03", 1))
        ]
        far = {"code": "R-01", "zone": "A", "kind": "reserve", "aisle": 0, "offset_mm": 30_000}
        await work.floor.act("save_bins", bins=[*bins, far])
        wave = await work.wave("bulk", *[await work.paid(30) for _ in range(3)])
        (task,) = await work.tasks(wave)
        before = (await got(work, f"/tasks/{task.task.id}/path")).json()["length_mm"]
        assert before == 4 * 5_000 + 2 * 3_000
        await work.turn_on(layout={"pitch_mm": 2_000, "cross_mm": [5_000]})
        assert (await got(work, f"/tasks/{task.task.id}/path")).json()["length_mm"] == 2 * 5_000 + 2 * 2_000

    async def test_a_waves_tasks_are_one_document_until_all_is_picked(self, work: Work) -> None:
        orders = [await work.paid(1), await work.paid(0, 1)]
        wave = await work.wave("each", *orders)
        answer = await got(work, f"/waves/{wave.id}/pick-lists")
        assert (answer.status_code, pages(answer.content)) == (200, 2)
        await work.pick_all(wave)
        answer = await got(work, f"/waves/{wave.id}/pick-lists")
        assert (answer.status_code, answer.json()["code"]) == (404, "warehouse.NothingToPrint")
        assert (await got(work, f"/waves/{uuid4()}/pick-lists")).json()["code"] == "warehouse.WaveNotFound"
        assert (await got(work, f"/tasks/{uuid4()}/pick-list")).json()["code"] == "warehouse.TaskNotFound"


class TestParcels:
    async def test_labels_come_in_the_order_asked_for(self, work: Work) -> None:
        await pool(work.world, 2)
        sent = [await parcel_of(work, await work.paid(2, 1)) for _ in range(2)]
        docs = [str(unit.id) for unit, _ in reversed(sent)]
        async with work.world.db.reading(SYSTEM) as tx:
            labels = await gathering.waybill_labels_of(tx, [unit.id for unit, _ in reversed(sent)], "zh-CN")
        assert [label.waybill for label in labels] == [parcel.waybill for _, parcel in reversed(sent)]
        assert (labels[0].carrier, labels[0].receiver_name) == ("中通快递", "李四")
        assert labels[0].receiver_address == "上海市浦东新区世纪大道 100 号"
        assert labels[0].goods.count("×") == 2
        answer = await got(work, "/parcel-labels", doc=docs)
        assert (answer.status_code, pages(answer.content)) == (200, 2)
        answer = await got(work, "/parcel-labels", doc=docs[:1], format="zpl203", size="76x130")
        assert ("Code128", sent[1][1].waybill) in read(printed(answer.text))

    async def test_without_a_waybill_nothing_is_printed(self, work: Work) -> None:
        await pool(work.world, 1)
        one, other = [await work.paid(1), await work.paid(1)]
        unit, _ = await parcel_of(work, one)
        answer = await got(work, "/parcel-labels", doc=[str(unit.id), str((await work.unit(other)).id)])
        assert (answer.status_code, answer.json()["code"]) == (409, "warehouse.NotBookedYet")

    async def test_notes_tell_what_is_inside(self, work: Work) -> None:
        await pool(work.world, 1)
        unit, parcel = await parcel_of(work, await work.paid(2, 1))
        async with work.world.db.reading(SYSTEM) as tx:
            (note,) = await gathering.delivery_notes_of(tx, [unit.id])
        assert sorted((line.code, line.qty) for line in note.lines) == [("SKU1", 2), ("SKU2", 1)]
        assert (note.number, note.waybill, note.receiver_address) == (unit.number, parcel.waybill, "上海市浦东新区")
        answer = await got(work, "/delivery-notes", doc=[str(unit.id)])
        assert (answer.status_code, pages(answer.content)) == (200, 1)
        assert (await got(work, "/delivery-notes", doc=[str(uuid4())])).json()["code"] == "warehouse.RequestNotFound"

    async def test_where_people_live_is_for_those_who_send(self, work: Work) -> None:
        reader = Actor(
            id=new_id(), kind="user", name="小李", grants=frozenset({"warehouse.read"}), scopes=SYSTEM.scopes
        )
        for path in ("/parcel-labels", "/delivery-notes"):
            answer = await got(work, path, reader, doc=[str(uuid4())])
            assert (answer.status_code, answer.json()["data"]) == (403, {"grant": "warehouse.print_labels"})
        assert (await got(work, "/parcel-labels")).status_code == 422
        printer = replace(reader, grants=frozenset({"warehouse.print_labels"}))
        assert (await got(work, "/parcel-labels", printer, doc=[str(uuid4())])).status_code == 409


class TestBins:
    async def test_labels_of_a_zone_and_a_kind(self, work: Work) -> None:
        place = str(work.floor.warehouse_id)
        answer = await got(work, "/bin-labels", warehouse_id=place, zone="A", kind="pick", after="A-01")
        assert (answer.status_code, pages(answer.content)) == (200, 2)
        answer = await got(work, "/bin-labels", warehouse_id=place, kind="stage", format="zpl300")
        assert read(printed(answer.text)) == {("Code128", "OUT")}
        answer = await got(work, "/bin-labels", warehouse_id=place, zone="COLD")
        assert (answer.status_code, answer.json()["code"]) == (404, "warehouse.NothingToPrint")


class TestGoods:
    async def test_so_many_labels_of_each_sku_hold_its_code(self, work: Work) -> None:
        skus = [str(work.sku(1)), str(work.sku(0))]
        answer = await got(work, "/goods-labels", sku=skus, copies=3)
        assert (answer.status_code, pages(answer.content)) == (200, 6)
        answer = await got(work, "/goods-labels", sku=skus[:1], size="40x30", format="zpl203")
        assert read(printed(answer.text)) == {("Code128", "SKU2")}

    async def test_what_cannot_be_printed_is_refused(self, work: Work) -> None:
        answer = await got(work, "/goods-labels", sku=[str(work.sku(0))] * 3, copies=1_000)
        assert (answer.status_code, answer.json()["code"]) == (422, "warehouse.TooManyLabels")
        assert (await got(work, "/goods-labels", sku=[str(uuid4())])).json()["code"] == "catalog.SkuNotFound"
