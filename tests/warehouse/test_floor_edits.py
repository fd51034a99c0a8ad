"""Orders that somebody changes while the floor works on them: other goods, a gift more; and what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shangmai.modules.orders.contract import Status
from shangmai.modules.warehouse.contract.packing import (
    NotAllChecked,
    NotPickedYet,
    RequestChanged,
    RequestStopped,
)
from shangmai.modules.warehouse.contract.requests import AlreadyOut
from tests.orders.test_editing import gift, swap
from tests.orders.test_preferring import trace
from tests.orders.test_units import policy
from tests.warehouse.test_floor import a_carrier
from tests.warehouse.work import RECEIVER, Work


class TestSwapping:
    async def test_other_goods_are_picked_and_those_fetched_go_back(self, work: Work) -> None:
        order = await work.paid(2)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.world.act("orders.swap_goods", swap(order, 1, work.sku(1)))
        with pytest.raises(NotPickedYet):
            await work.check(order, "SKU1")
        await work.world.reader.drain()
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30, "OUT": 2}
        await work.pick_all(wave)
        await work.check(order, "SKU2", 2)
        await work.close(order)
        await work.hand_over(order)
        assert await work.world.stock_of(0) == (100, 0)
        assert await work.world.stock_of(1) == (98, 0)
        assert not await work.proof()

    async def test_the_station_meets_it_at_the_next_scan(self, work: Work) -> None:
        order = await work.paid(1, 1)
        wave = await work.wave("each", order)
        await work.pick_all(wave)
        seen = (await work.check(order, "SKU1")).revision
        await work.world.act("orders.swap_goods", swap(order, 2, work.sku(2)))
        with pytest.raises(RequestChanged):
            await work.check(order, "SKU2", revision=seen)

    async def test_what_the_carrier_has_stays(self, work: Work) -> None:
        order = await work.paid(2)
        wave = await work.wave("each", order)
        await work.packed(order, wave, SKU1=2)
        await work.floor.act("hand_over", scanned=(await work.unit(order)).number)
        with pytest.raises(AlreadyOut):
            await work.world.act("orders.swap_goods", swap(order, 1, work.sku(1)))
        await work.world.reader.drain()
        assert (await work.world.detail(order)).order.status is Status.SHIPPED
        assert not await work.proof()


class TestUnmerging:
    async def fetched(self, work: Work) -> tuple[Any, Any, Any]:
        """Two orders of one buyer, and the unit that they leave in together, which is picked."""
        await policy(work.world, merge_minutes=30)
        one, two = await work.paid(1), await work.paid(0, 1)
        merged = await work.unit(one)
        assert merged == await work.unit(two)
        await work.world.act("orders.release_unit", {"unit_id": merged.id})
        await work.world.reader.drain()
        await work.pick_all(await work.wave("each", one))
        return one, two, merged

    async def test_whoever_packs_it_stops_at_the_next_scan(self, work: Work) -> None:
        one, _, merged = await self.fetched(work)
        await work.check(one, "SKU1")
        await work.world.act("orders.unmerge_unit", {"unit_id": merged.id})
        with pytest.raises(RequestStopped):
            await work.world.act("warehouse.pack_scan", {"number": merged.number, "barcode": "SKU2"})
        await work.world.reader.drain()
        assert not await work.proof()

    async def test_what_the_carrier_has_stays_together(self, work: Work) -> None:
        one, two, merged = await self.fetched(work)
        for sku in ("SKU1", "SKU2"):
            await work.check(one, sku)
        await work.close(one)
        await work.floor.act("hand_over", scanned=merged.number)
        with pytest.raises(AlreadyOut):
            await work.world.act("orders.unmerge_unit", {"unit_id": merged.id})
        await work.world.reader.drain()
        assert [(await work.world.detail(order)).order.status for order in (one, two)] == [Status.SHIPPED] * 2
        assert not await work.proof()


class TestGifts:
    async def test_a_gift_joins_the_parcel_that_is_on_the_floor(self, work: Work) -> None:
        order = await work.paid(1)
        wave = await work.wave("each", order)
        await work.pick_all(wave)
        await work.check(order, "SKU1")
        await work.world.act("orders.add_gift", gift(order, work.sku(2)))
        await work.world.reader.drain()
        await work.pick_all(wave)
        await work.check(order, "SKU1")
        with pytest.raises(NotAllChecked):
            await work.close(order)
        await work.check(order, "SKU3")
        await work.close(order)
        await work.hand_over(order)
        assert await work.world.stock_of(2) == (99, 0)
        assert not await work.proof()

    async def test_one_for_a_parcel_that_the_carrier_has_goes_by_itself(self, work: Work) -> None:
        order = await work.paid(2, 1)
        first = await work.unit(order)
        await work.world.act("orders.recall_unit", {"unit_id": first.id})
        part = {"order_id": order.id, "line": 2, "qty": 1}
        await work.world.act("orders.split_unit", {"unit_id": first.id, "lines": [part]})
        await work.world.act("orders.release_unit", {"unit_id": first.id})
        await work.world.reader.drain()
        wave = await work.floor.act("make_wave", docs=[first.id], method="each", release=True)
        await work.pick_all(wave)
        given = {"number": first.number, "barcode": "SKU1", "qty": 2}
        await work.world.act("warehouse.pack_scan", given)
        await work.world.act("warehouse.finish_pack", {"number": first.number, "carrier": "SF", "waybill": "SF9"})
        await work.floor.act("hand_over", scanned=first.number)
        await work.world.act("orders.add_gift", gift(order, work.sku(2)))
        await work.world.reader.drain()
        assert await work.world.stock_of(0) == (98, 0)
        assert await work.world.stock_of(2) == (100, 1)
        assert (await work.world.detail(order)).order.status is Status.PART_SHIPPED
        assert not await work.proof()


async def test_the_waybill_of_each_order_is_told_at_its_own_time(work: Work) -> None:
    await a_carrier(work)
    orders = [await work.world.place(1, receiver=RECEIVER) for _ in range(2)]
    for order in orders:
        await work.world.pay(order)
    await work.world.reader.drain()
    for order in orders:
        at = {each["what"]: each["at"] for each in (await trace(work.world, order, limit=200))["items"]}
        assert at["logistics.parcel_booked.v1"] == at["orders.unit_released.v1"]


async def test_the_trace_tells_scans_on_the_floor_and_of_the_carrier(work: Work) -> None:
    await a_carrier(work)
    order = await work.paid(2)
    unit = await work.unit(order)
    wave = await work.wave("each", order)
    await work.pick_all(wave)
    await work.check(order, "SKU1", 2)
    await work.world.act("warehouse.finish_pack", {"number": unit.number})
    await work.world.act("warehouse.weigh", {"scanned": unit.number, "weight_g": 400, "accept_reason": "新包装"})
    await work.floor.act("hand_over", scanned=unit.number)
    await work.world.reader.drain()
    (waybill,) = {number for _, number in await work.sent(order)}
    scan = {"at": datetime.now(UTC), "kind": "picked_up", "text": "快递员 13900001111 已揽收", "place": "上海"}
    await work.world.act("logistics.record_scans", {"carrier": "ZTO", "waybill": waybill, "scans": [scan]})
    await work.world.reader.drain()
    entries = (await trace(work.world, order, limit=200))["items"]
    scans = [each for each in entries if each["kind"] == "scan"]
    picked = next(each for each in scans if each["what"] == "bin.settle")
    assert (picked["detail"]["from"], picked["detail"]["amount"], picked["action"]) == ("A-01", 2, "warehouse.pick")
    assert picked["link"] == f"/api/v1/orders/units/{unit.id}"
    carried = next(each for each in scans if each["what"] == "parcel.picked_up")
    assert carried["detail"]["place"] == "上海"
    assert "13900001111" not in str(entries), "what carriers write may name people"
    told = {each["what"] for each in entries}
    assert {"warehouse.wave_made.v1", "warehouse.packed.v1", "warehouse.weighed.v1", "warehouse.handed_over.v1"} <= told
    assert {"logistics.parcel_booked.v1", "logistics.parcel_picked_up.v1"} <= told
