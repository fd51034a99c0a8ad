"""One unit in several parcels: each has its waybill; it has left with the last, and is signed for with all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics import service as logistics
from shangmai.modules.orders.contract import Status
from shangmai.modules.warehouse.contract.packing import ParcelNotFound, RequestStopped, WaybillUsed, WeightOff
from shangmai.modules.warehouse.contract.requests import AlreadyOut
from shangmai.modules.warehouse.queries import parcels
from tests.logistics.booking import pool
from tests.orders.test_auditing import publish
from tests.warehouse.test_scenarios import carrier_scans, status
from tests.warehouse.work import Work

CARTON = {"code": "S", "length_mm": 200, "width_mm": 150, "height_mm": 100, "own_g": 100}


async def packed(work: Work, qty: int = 2) -> tuple[Any, Any]:
    """A packed order of a lamp of a kilogram each, and its first parcel; all go by ZTO, which has numbers for us."""
    await pool(work.world, 6)
    await publish(work.world, {"id": "all", "when": {}, "then": {"courier": "ZTO"}}, subject="orders.courier")
    await work.floor.act("save_cartons", cartons=[CARTON])
    lamp = await work.world.make_sku("LAMP", 5000, weight_g=1000)
    lines = [{"sku_id": lamp, "qty": 10, "cost_minor": 10}]
    given = {"warehouse_id": work.floor.warehouse_id, "reference": "灯", "lines": lines}
    await work.world.act("inventory.receive", given)
    await work.floor.act("put_away", lines=[{"sku_id": lamp, "qty": 10, "bin": "A-01"}])
    work.world.skus.append(lamp)
    order = await work.paid(0, 0, 0, qty)
    (wave,) = await work.waves()
    await work.pick_all(wave)
    await work.check(order, "LAMP", qty)
    return order, await work.close(order, carrier="", waybill="", carton="S")


async def add(work: Work, parcel: Any, **more: Any) -> Any:
    return await work.world.act("warehouse.add_box", {"number": parcel.number, "carton": "S", **more})


async def weigh(work: Work, scanned: str, weight_g: int) -> Any:
    return await work.world.act("warehouse.weigh", {"scanned": scanned, "weight_g": weight_g})


async def hand(work: Work, scanned: str) -> Any:
    handed = await work.floor.act("hand_over", scanned=scanned)
    await work.world.reader.drain()
    return handed


async def booked(work: Work, doc: Any) -> dict[str, tuple[int, int]]:
    """Weight and room of each booked parcel, by its number."""
    async with work.world.db.reading(SYSTEM) as tx:
        return {each.number: (each.weight_g, each.volume_cm3) for each in await logistics.parcels_of(tx, [doc])}


async def listed(work: Work, *, handed: bool) -> list[str]:
    async with work.world.db.reading(SYSTEM) as tx:
        found = await parcels.page_of_parcels(tx, warehouse_id=None, handed=handed, before=None, limit=10)
    return [each.number for each in found]


async def test_two_lamps_leave_in_two_parcels_and_are_signed_for_with_the_second(work: Work) -> None:
    order, first = await packed(work)
    (box,) = (await add(work, first)).boxes
    assert (box.number, box.carrier) == (f"{first.number}-2", "ZTO")
    assert box.waybill not in ("", first.waybill)
    await weigh(work, first.waybill, 1100)
    with pytest.raises(WeightOff):
        await weigh(work, box.waybill, 100)
    weighed = await weigh(work, box.number, 1105)
    assert [weighed.weight_g, weighed.boxes[0].weight_g] == [1100, 1105]
    assert await booked(work, first.doc) == {first.number: (1100, 3000), box.number: (1105, 3000)}

    await hand(work, first.waybill)
    assert await status(work, order) is Status.PLACED, "half of it is here"
    assert (await listed(work, handed=False), await listed(work, handed=True)) == ([first.number], [])
    with pytest.raises(AlreadyOut):
        await work.world.act("orders.cancel", {"order_id": order.id, "reason": "晚了"})
    with pytest.raises(AlreadyOut):
        await hand(work, first.number)
    await hand(work, box.waybill)
    assert (await listed(work, handed=False), await listed(work, handed=True)) == ([], [first.number])
    assert await status(work, order) is Status.SHIPPED
    assert await work.sent(order) == [("ZTO", first.waybill), ("ZTO", box.waybill)]

    await carrier_scans(work, first.waybill, "picked_up", "signed")
    assert await status(work, order) is Status.SHIPPED
    await carrier_scans(work, box.waybill, "picked_up", "signed")
    assert await status(work, order) is Status.SIGNED
    assert await work.proof() == []


async def test_a_parcel_too_many_is_taken_away_and_its_number_goes_back(work: Work) -> None:
    order, first = await packed(work)
    await add(work, first)
    third = (await add(work, first)).boxes[1]
    left = await work.world.act("warehouse.remove_box", {"scanned": third.waybill})
    assert [box.box for box in left.boxes] == [2]
    assert set(await booked(work, first.doc)) == {first.number, f"{first.number}-2"}
    with pytest.raises(ParcelNotFound):
        await work.world.act("warehouse.remove_box", {"scanned": first.number})
    await work.world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert await work.world.count("packed_boxes") == 0
    assert await booked(work, first.doc) == {}
    with pytest.raises(RequestStopped):
        await add(work, first)


async def test_a_waybill_is_on_one_parcel_and_nothing_is_added_before_the_first_is_closed(work: Work) -> None:
    order, first = await packed(work)
    with pytest.raises(WaybillUsed):
        await add(work, first, waybill=first.waybill)
    typed = (await add(work, first, carrier="顺丰", waybill="SF777")).boxes[0]
    assert (typed.carrier, typed.waybill) == ("顺丰", "SF777")
    given = {"number": first.number, "carrier": "顺丰", "waybill": "SF777"}
    with pytest.raises(WaybillUsed):
        await work.world.act("warehouse.set_waybill", given)
    other = await work.paid(1)
    with pytest.raises(ParcelNotFound):
        await work.world.act("warehouse.add_box", {"number": (await work.unit(other)).number})
    await hand(work, "SF777")
    await hand(work, first.number)
    assert sorted(await work.sent(order)) == sorted([("ZTO", first.waybill), ("顺丰", "SF777")])
    with pytest.raises(AlreadyOut):
        await add(work, first)


async def test_two_packers_add_a_parcel_at_once(work: Work) -> None:
    _, first = await packed(work)
    await asyncio.gather(add(work, first), add(work, first))
    async with work.world.db.reading(SYSTEM) as tx:
        waybills = [each.waybill for each in await logistics.parcels_of(tx, [first.doc])]
    assert len(set(waybills)) == 3
    assert await work.world.count("packed_boxes") == 2
