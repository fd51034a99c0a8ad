"""What a warehouse lead wants to see work, told from the order to the parcel: a story each, in the floor's own words.

Bins A-01 to A-03 hold 30 pieces of each of three SKUs. Everything goes through the same actions as people's scanners,
and at the end of each story every piece and every cent is proven to be somewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics.jobs import watch_parcels
from shangmai.modules.orders.contract import Status
from shangmai.modules.orders.queries import units as unit_tables
from shangmai.modules.warehouse.contract.packing import RequestChanged, RequestStopped, WeightOff
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown, LotMustStay, WrongBin, WrongGoods
from tests.orders.test_sourcing import warehouse
from tests.warehouse.floor import Floor
from tests.warehouse.test_floor import a_carrier
from tests.warehouse.work import Work

HOUR: Final = timedelta(hours=1)


async def carrier_scans(work: Work, waybill: str, *kinds: str) -> None:
    """The carrier tells of a parcel, an hour between scans; then everybody has heard of it."""
    start = datetime.now(UTC) - len(kinds) * HOUR
    scans = [{"at": (start + n * HOUR).isoformat(), "kind": kind} for n, kind in enumerate(kinds)]
    await work.world.act("logistics.record_scans", {"carrier": "ZTO", "waybill": waybill, "scans": scans})
    await work.world.reader.drain()
    await watch_parcels(work.world.runner)
    await work.world.reader.drain()


async def sent_by_carrier(work: Work, *quantities: int) -> tuple[Any, str]:
    """An order on its way: picked, checked, packed and handed over; with its waybill."""
    order = await work.paid(*quantities)
    (wave,) = await work.waves()
    await work.pick_all(wave)
    for n, qty in enumerate(quantities):
        await work.check(order, f"SKU{n + 1}", qty)
    parcel = await work.close(order, carrier="", waybill="")
    await work.hand_over(order)
    return order, parcel.waybill


async def units(work: Work, order: Any) -> list[Any]:
    async with work.world.db.reading(SYSTEM) as tx:
        return list(await unit_tables.units_of_order(tx, order.id))


async def marks(work: Work, order: Any) -> list[str]:
    """What a clerk is shown that somebody should look at."""
    return [each.code for each in (await work.world.detail(order)).hold_backs]


async def status(work: Work, order: Any) -> Status:
    found: Status = (await work.world.detail(order)).order.status
    return found


async def test_a_plain_order(work: Work) -> None:
    order = await work.paid(2, 1)
    assert await work.state(order) == "waiting"
    (wave,) = await work.waves()
    await work.pick_all(wave)
    await work.sow_all(wave)
    assert await work.state(order) == "picked"
    await work.check(order, "SKU1", 2)
    assert (await work.check(order, "SKU2")).done
    parcel = await work.close(order)
    await work.world.act("warehouse.weigh", {"scanned": parcel.waybill, "weight_g": 30})
    await work.hand_over(order)
    assert await status(work, order) is Status.SHIPPED
    assert await work.sent(order) == [("SF", parcel.waybill)]
    assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30}
    assert await work.world.stock_of(0) == (98, 0)
    assert not await work.proof()


async def test_an_order_from_two_warehouses_leaves_in_two_parcels(work: Work) -> None:
    there = await warehouse(work.world, "WH2", "510100", 0, 9)
    far = Floor(work.world)
    far.warehouse_id = there
    await far.make()
    await far.put("A-01", 9, 1)
    second = await Work(far).make(fill=0)
    order = await work.paid(2, 1)
    unit = await work.unit(order)
    await work.world.act("orders.recall_unit", {"unit_id": unit.id})
    part = {"order_id": order.id, "line": 2, "qty": 1}
    await work.world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part]})
    (other,) = [each for each in await units(work, order) if each.id != unit.id]
    await work.world.act("orders.move_unit", {"unit_id": other.id, "warehouse_id": there})
    for each in (unit, other):
        await work.world.act("orders.release_unit", {"unit_id": each.id})
    await work.world.reader.drain()
    for lead, number, sku, qty in ((work, unit.number, "SKU1", 2), (second, other.number, "SKU2", 1)):
        (wave,) = await lead.waves()
        assert wave.requests == 1, "each warehouse sees its own"
        await lead.pick_all(wave)
        await work.world.act("warehouse.pack_scan", {"number": number, "barcode": sku, "qty": qty})
        label = {"carrier": "SF", "waybill": f"SF-{sku}"}
        await work.world.act("warehouse.finish_pack", {"number": number, **label})
        await lead.floor.act("hand_over", scanned=number)
        await work.world.reader.drain()
    assert await status(work, order) is Status.SHIPPED
    assert sorted(await work.sent(order)) == [("SF", "SF-SKU1"), ("SF", "SF-SKU2")]
    assert await far.shelf(1) == {"A-01": 8}
    assert not await work.proof()


async def test_one_piece_of_three_is_canceled_while_they_are_picked(work: Work) -> None:
    order = await work.paid(3)
    (wave,) = await work.waves()
    (task,) = await work.tasks(wave)
    await work.pick(task, "A-01", "SKU1", 1)
    before = (await work.request(order)).revision
    cancel = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "少要一件"}
    await work.world.act("orders.cancel_part", cancel)
    await work.pick_all(wave)
    assert await work.state(order) == "picked", "two are enough now, and nobody fetches the third"
    with pytest.raises(RequestChanged):
        await work.check(order, "SKU1", 2, revision=before)
    assert (await work.check(order, "SKU1", 2)).done
    await work.close(order)
    await work.hand_over(order)
    assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30}
    assert not await work.proof()


async def test_a_bin_has_fewer_than_its_book_says(work: Work) -> None:
    order = await work.paid(3)
    (wave,) = await work.waves()
    (task,) = await work.tasks(wave)
    await work.pick(task, "A-01", "SKU1", 1)
    short = await work.world.act("warehouse.report_short", {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"})
    assert (short.missing, short.elsewhere, short.short) == (2, 2, 0)
    assert short.task.next_bin == "A-02", "the picker is led on to another bin"
    await work.pick(task, "A-02", "SKU1", 2)
    await work.check(order, "SKU1", 3)
    await work.close(order)
    await work.hand_over(order)
    assert await work.world.count("stock_counts") == 1, "and somebody is asked to count the first"
    assert not await work.proof()


async def test_a_wrong_bin_and_a_wrong_barcode(work: Work) -> None:
    order = await work.paid(1, 1)
    (wave,) = await work.waves()
    task = (await work.tasks(wave))[0]
    with pytest.raises(WrongBin) as bin_:
        await work.pick(task, "A-03", "SKU1")
    assert bin_.value.data["expected"] == "A-01"
    with pytest.raises(WrongGoods) as goods:
        await work.pick(task, "A-01", "SKU3")
    assert goods.value.data["expected"] == "SKU1, SKU2"
    with pytest.raises(BarcodeUnknown):
        await work.pick(task, "A-01", "6900000000000")
    await work.pick_all(wave)
    await work.sow_all(wave)
    with pytest.raises(WrongGoods):
        await work.check(order, "SKU3")
    await work.check(order, "SKU1")
    await work.check(order, "SKU2")
    await work.close(order)
    await work.hand_over(order)
    assert not await work.proof()


async def test_a_parcel_weighs_too_much(work: Work) -> None:
    order = await work.paid(1)
    (wave,) = await work.waves()
    parcel = await work.packed(order, wave, SKU1=1)
    weigh = {"scanned": parcel.waybill, "weight_g": 900}
    with pytest.raises(WeightOff):
        await work.world.act("warehouse.weigh", weigh)
    accepted = await work.world.act("warehouse.weigh", {**weigh, "accept_reason": "加了防震箱"})
    assert (accepted.weight_g, accepted.accepted) == (900, "加了防震箱")
    await work.hand_over(order)
    assert not await work.proof()


async def test_what_expires_first_leaves_first_and_a_recalled_lot_stays(floor: Floor) -> None:
    about = {"company_id": floor.world.company_id, "sku_id": floor.sku(0)}
    for lot, expires_on, bin_ in (("SOON", "2031-01-01", "A-02"), ("LATE", "2032-01-01", "A-01")):
        await floor.world.act("warehouse.save_lot", {**about, "lot": lot, "expires_on": expires_on})
        await floor.put(bin_, 5, lot=lot)
    work = await Work(floor).make(fill=0)
    order = await work.paid(2)
    (wave,) = await work.waves()
    (task,) = await work.tasks(wave)
    assert [(stop.bin, stop.lot, stop.qty) for stop in task.stops] == [("A-02", "SOON", 2)]
    await work.pick(task, "A-02", "SKU1", 2)
    await floor.world.act(
        "warehouse.set_lot_state", {**about, "lot": "SOON", "state": "recalled", "reason": "质检不合格"}
    )
    await work.check(order, "SKU1", 2)
    with pytest.raises(LotMustStay):
        await work.close(order)
    number = (await work.unit(order)).number
    await floor.world.act("warehouse.set_aside", {"number": number, "barcode": "SKU1", "qty": 2, "lot": "SOON"})
    await floor.act("put_back", bin="Q-01", barcode="SKU1", qty=2, lot="SOON")
    (task,) = await work.tasks(wave)
    assert [(stop.bin, stop.lot, stop.qty) for stop in task.stops] == [("A-01", "LATE", 2)]
    await work.pick_all(wave)
    await work.check(order, "SKU1", 2)
    await work.close(order)
    await work.hand_over(order)
    assert await floor.shelf(0) == {"A-01": 3, "A-02": 3, "Q-01": 2}
    assert not await work.proof()


async def test_a_bin_is_counted_while_it_is_picked_from(work: Work) -> None:
    """30 lay there and 29 are found; 4 are picked before the count is approved: one piece is missing, not five."""
    order = await work.paid(4)
    (wave,) = await work.waves()
    count = await work.floor.act("open_count", bins=["A-01"])
    goods = [{"sku_id": work.sku(n), "qty": qty} for n, qty in ((0, 29), (1, 30), (2, 30))]
    await work.world.act("warehouse.count_bin", {"count_id": count.id, "bin": "A-01", "found": goods})
    await work.pick_all(wave)
    await work.world.act("warehouse.approve_count", {"count_id": count.id})
    assert await work.floor.shelf(0) == {"A-01": 25, "A-02": 30, "A-03": 30, "OUT": 4}
    assert await work.world.stock_of(0) == (99, 4)
    await work.check(order, "SKU1", 4)
    await work.close(order)
    await work.hand_over(order)
    assert await work.world.stock_of(0) == (95, 0)
    assert not await work.proof()


async def test_a_parcel_is_lost_and_found_again(work: Work) -> None:
    await a_carrier(work)
    order, waybill = await sent_by_carrier(work, 1)
    await carrier_scans(work, waybill, "picked_up", "in_transit", "lost")
    assert await status(work, order) is Status.SHIPPED
    assert await marks(work, order) == ["orders.parcel"], "a clerk is to see to it"
    await carrier_scans(work, waybill, "in_transit")
    assert await marks(work, order) == []
    await carrier_scans(work, waybill, "signed")
    assert await status(work, order) is Status.SIGNED
    assert await work.world.stock_of(0) == (99, 0)
    assert not await work.proof()


async def test_a_parcel_comes_back_to_its_sender(work: Work) -> None:
    await a_carrier(work)
    order, waybill = await sent_by_carrier(work, 2)
    await carrier_scans(work, waybill, "picked_up", "in_transit", "refused", "returning", "returned")
    assert await marks(work, order) == ["orders.parcel"]
    await work.world.give_back(order, {1: 2})
    await work.world.reader.drain()
    assert await work.world.stock_of(0) == (100, 0)
    assert await work.floor.unplaced(0) == 12, "ten that were never put away, and the two"
    await work.floor.put("A-01", 2)
    assert await work.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}
    assert not await work.proof()


async def test_a_carrier_is_waited_for_from_the_hand_over_on(work: Work) -> None:
    """A parcel lies in the warehouse over a weekend: nobody is late but ourselves. Then its carrier is."""
    await a_carrier(work)
    order = await work.paid(1)
    (wave,) = await work.waves()
    await work.pick_all(wave)
    await work.check(order, "SKU1", 1)
    await work.close(order, carrier="", waybill="")

    async def looked_at(days: int) -> list[str]:
        """What is wrong when everything so far was so many days ago."""
        ago = "booked_at - $1::interval, packed_at = packed_at - $1::interval, handed_at = handed_at - $1::interval"
        async with work.world.db.transaction(door="test") as tx:
            await tx.execute(f"UPDATE parcels SET booked_at = {ago}", timedelta(days=days))
        await watch_parcels(work.world.runner)
        async with work.world.db.reading(SYSTEM) as tx:
            rows = await tx.fetch("SELECT cause FROM parcel_anomalies WHERE closed_at IS NULL")
        return [row["cause"] for row in rows]

    async def waits_from(start: str) -> None:
        policy = {"company_id": work.world.company_id, "policy": {"pickup_from": start}}
        await work.world.act("logistics.set_watch_policy", policy)

    assert await looked_at(3) == []
    await waits_from("packed")
    assert await looked_at(0) == ["not_picked_up"]
    await waits_from("handed")
    assert await looked_at(3) == []
    await work.hand_over(order)
    assert await looked_at(0) == []
    assert await looked_at(3) == ["not_picked_up"]
    await work.world.reader.drain()
    assert await marks(work, order) == ["orders.parcel"]


async def test_an_order_is_canceled_when_its_parcel_is_packed_already(work: Work) -> None:
    order = await work.paid(1)
    (wave,) = await work.waves()
    await work.packed(order, wave, SKU1=1)
    await work.world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    number = (await work.unit(order)).number
    with pytest.raises(RequestStopped):
        await work.floor.act("hand_over", scanned=number)
    await work.floor.act("put_back", bin="A-01", barcode="SKU1", qty=1)
    assert await work.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}
    assert await work.world.stock_of(0) == (100, 0)
    assert not await work.proof()
