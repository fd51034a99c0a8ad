"""What comes between a released unit and the carrier: cancels, short picks, lots, and two who scan at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders.contract import Status
from shangmai.modules.warehouse.contract.counts import CountStatus
from shangmai.modules.warehouse.contract.packing import (
    RequestChanged,
    RequestStopped,
)
from shangmai.modules.warehouse.contract.picking import (
    LotMustStay,
    NothingLeftHere,
    TooMany,
    WhichLot,
)
from shangmai.modules.warehouse.contract.requests import AlreadyOut
from shangmai.modules.warehouse.queries import counts, lots
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    """What became of calls that run at the same time, each over its own connection; refusals are answers."""
    return await asyncio.gather(*calls, return_exceptions=True)


class TestIntercepting:
    async def test_one_piece_of_three_is_canceled_while_it_is_picked(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1", 2)
        await self.cancel(work, order, 1)
        assert [each.held for each in await work.floor.lying(0) if each.code == "A-01"] == [0]
        with pytest.raises(NothingLeftHere):
            await work.pick(task, "A-01", "SKU1")
        assert await work.state(order) == "picked"
        assert (await work.check(order, "SKU1", 2)).done
        await work.close(order)
        await work.hand_over(order)
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30}
        assert await work.world.stock_of(0) == (98, 0)
        assert not await work.proof()

    async def cancel(self, work: Work, order: Any, qty: int) -> None:
        """Cancel pieces of the first line, without waiting for anybody to hear of it."""
        given = {"order_id": order.id, "lines": [{"line": 1, "qty": qty}], "reason": "买家不要了"}
        await work.world.act("orders.cancel_part", given)

    async def test_a_piece_that_is_picked_already_goes_back(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        before = await work.check(order, "SKU1", 3)
        await self.cancel(work, order, 1)
        with pytest.raises(RequestChanged):
            await work.check(order, "SKU1", revision=before.revision)
        now = await work.check(order, "SKU1")
        assert [(line.qty, line.checked) for line in now.lines] == [(2, 1)]
        assert await work.floor.shelf(0) == {"A-01": 27, "A-02": 30, "A-03": 30, "OUT": 3}
        done = await work.floor.act("put_back", bin="A-02", barcode="SKU1")
        assert done.left == 0
        assert await work.floor.shelf(0) == {"A-01": 27, "A-02": 31, "A-03": 30, "OUT": 2}
        await work.check(order, "SKU1")
        await work.close(order)
        await work.hand_over(order)
        assert not await work.proof()

    async def test_a_canceled_order_stops_the_packer_at_the_next_scan(self, work: Work) -> None:
        order, other = await work.paid(2), await work.paid(2)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(order, "SKU1")
        await work.world.act("orders.cancel", {"order_id": order.id, "reason": "买家取消"})
        with pytest.raises(RequestStopped):
            await work.check(order, "SKU1")
        await work.world.reader.drain()
        assert await work.state(order) == "stopped"
        assert (await work.floor.act("put_back", bin="A-01", barcode="SKU1", qty=2)).left == 0
        await work.check(other, "SKU1", 2)
        await work.close(other)
        await work.hand_over(other)
        assert await work.world.stock_of(0) == (98, 0)
        assert not await work.proof()

    async def test_a_packed_parcel_is_stopped_before_it_is_handed_over(self, work: Work) -> None:
        order = await work.paid(1)
        (wave,) = await work.waves()
        await work.packed(order, wave, SKU1=1)
        await work.world.act("orders.hold", {"order_id": order.id, "cause": "客户要改地址"})
        await work.world.reader.drain()
        with pytest.raises(RequestStopped):
            await work.hand_over(order)
        await work.world.act("orders.release", {"order_id": order.id})
        await work.world.reader.drain()
        assert await work.state(order) == "waiting"
        (again,) = await work.waves()
        await work.packed(order, again, SKU1=1)
        await work.hand_over(order)
        assert await work.state(order) == "left"
        assert (await work.floor.act("put_back", bin="A-01", barcode="SKU1")).left == 0
        assert not await work.proof()

    async def test_what_is_with_the_carrier_is_not_canceled_and_ships_though_it_is_held_back(self, work: Work) -> None:
        order = await work.paid(1)
        (wave,) = await work.waves()
        parcel = await work.packed(order, wave, SKU1=1)
        await work.floor.act("hand_over", scanned=parcel.waybill)
        with pytest.raises(AlreadyOut):
            await work.world.act("orders.cancel", {"order_id": order.id, "reason": "买家取消"})
        with pytest.raises(AlreadyOut):
            await work.world.act("orders.recall_unit", {"unit_id": (await work.unit(order)).id})
        await work.world.act("orders.hold", {"order_id": order.id, "cause": "太晚"})
        await work.world.reader.drain()
        assert (await work.world.detail(order)).order.status is Status.SHIPPED
        assert not await work.proof()

    async def test_another_address_means_packing_again_with_another_waybill(self, work: Work) -> None:
        order = await work.paid(1)
        (wave,) = await work.waves()
        await work.packed(order, wave, SKU1=1)
        new = {"name": "王五", "phone": "13800000000", "province": "北京市", "city": "北京市", "street": "长安街 1 号"}
        await work.world.act("orders.correct_address", {"order_id": order.id, "receiver": new})
        assert await work.state(order) == "picked"
        await work.check(order, "SKU1")
        await work.close(order)
        await work.hand_over(order)
        assert await work.sent(order) == [("SF", "SF000002")]
        assert not await work.proof()


class TestShort:
    async def test_what_a_bin_lacks_comes_from_another(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1", 1)
        given = {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"}
        short = await work.world.act("warehouse.report_short", given)
        assert (short.missing, short.elsewhere, short.short, short.task.next_bin) == (2, 2, 0, "A-02")
        await work.pick(task, "A-02", "SKU1", 2)
        assert await work.state(order) == "picked"
        second = await work.paid(1)
        (other,) = await work.waves()
        assert (await work.tasks(other))[0].stops[0].bin == "A-02"
        assert await work.state(second) == "waved"

    async def test_what_is_nowhere_is_an_exception_of_the_order_until_it_is_found(self, work: Work) -> None:
        for code in ("A-02", "A-03"):
            await work.floor.carry(code, "R-01", 30)
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1", 1)
        given = {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"}
        short = await work.world.act("warehouse.report_short", given)
        assert (short.missing, short.elsewhere, short.short) == (2, 0, 2)
        await work.world.reader.drain()
        assert await self.causes(work, order) == [("orders.floor_short", "拣货时未找到：SKU1 x 2（共 2 件）")]
        await work.floor.carry("R-01", "A-02", 5)
        await work.world.reader.drain()
        assert await self.causes(work, order) == []
        assert (await work.request(order)).short == 0
        await work.pick_all(wave)
        assert await work.state(order) == "picked"
        assert not await work.proof()

    async def test_canceling_what_is_short_lets_the_rest_go(self, work: Work) -> None:
        for code in ("A-02", "A-03"):
            await work.floor.carry(code, "R-01", 30)
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.pick(task, "A-01", "SKU1", 2)
        await work.world.act("warehouse.report_short", {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"})
        lines = [{"line": 1, "qty": 1}]
        await work.world.act("orders.cancel_part", {"order_id": order.id, "lines": lines, "reason": "找不到"})
        assert await work.state(order) == "picked"
        await work.world.reader.drain()
        assert await self.causes(work, order) == []
        await work.check(order, "SKU1", 2)
        await work.close(order)
        await work.hand_over(order)
        assert not await work.proof()

    async def test_a_bin_that_has_them_after_all_is_picked_from_again(self, work: Work) -> None:
        for code in ("A-02", "A-03"):
            await work.floor.carry(code, "R-01", 30)
        order = await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await work.world.act("warehouse.report_short", {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"})
        assert (await work.request(order)).short == 2
        cleared = await work.floor.act("end_short", bin="A-01", barcode="SKU1")
        assert cleared.still_short == 0
        await work.pick_all(wave)
        assert await work.state(order) == "picked"

    async def test_a_bin_with_too_few_is_counted_and_trusted_again(self, work: Work) -> None:
        for code in ("A-02", "A-03"):
            await work.floor.carry(code, "R-01", 30)
        order = await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        given = {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"}
        await work.world.act("warehouse.report_short", given)
        await work.world.reader.drain()
        async with work.world.db.reading(SYSTEM) as tx:
            (count,) = await counts.list_counts(tx, work.floor.warehouse_id, CountStatus.OPEN, "~", 10)
        found = [{"sku_id": work.sku(n), "qty": 30} for n in range(3)]
        await work.world.act("warehouse.count_bin", {"count_id": count.id, "bin": "A-01", "found": found})
        await work.world.act("warehouse.approve_count", {"count_id": count.id})
        await work.world.reader.drain()
        assert (await work.request(order)).short == 0
        await work.pick_all(wave)
        assert await work.state(order) == "picked"
        assert not await work.proof()

    async def causes(self, work: Work, order: Any) -> list[tuple[str, str]]:
        detail = await work.world.detail(order)
        return [(each.code, each.zh) for each in detail.hold_backs]


class TestLots:
    async def filled(self, floor: Floor, *lots: tuple[str, str, int, str]) -> Work:
        """Only these lots (number, last day, pieces, bin) of the first SKU lie in bins."""
        for number, expires_on, qty, code in lots:
            about = {"company_id": floor.world.company_id, "sku_id": floor.sku(0), "lot": number}
            await floor.world.act("warehouse.save_lot", {**about, "expires_on": expires_on})
            await floor.put(code, qty, lot=number)
        return await Work(floor).make(fill=0)

    async def state_of(self, work: Work, lot: str, state: str) -> None:
        about = {"company_id": work.world.company_id, "sku_id": work.sku(0), "lot": lot}
        await work.world.act("warehouse.set_lot_state", {**about, "state": state, "reason": "检出异物"})

    async def got(self, work: Work, lot: str) -> list[tuple[Any, int, int]]:
        async with work.world.db.reading(SYSTEM) as tx:
            rows = await lots.receivers(tx, work.floor.sku(0), lot, None, 50)
        return [(row.order_id, row.line, row.qty) for row in rows]

    async def test_what_expires_first_is_picked_first_and_expired_lots_stay(self, floor: Floor) -> None:
        work = await self.filled(
            floor,
            ("OLD", "2020-01-01", 9, "A-01"),
            ("LATE", "2031-01-01", 9, "A-02"),
            ("SOON", "2030-01-01", 2, "A-03"),
        )
        await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        assert [(stop.bin, stop.lot, stop.qty) for stop in task.stops] == [("A-02", "LATE", 1), ("A-03", "SOON", 2)]

    async def test_a_bin_with_two_lots_asks_which(self, floor: Floor) -> None:
        work = await self.filled(floor, ("L1", "2030-01-01", 1, "A-01"), ("L2", "2031-01-01", 5, "A-01"))
        order = await work.paid(2)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        with pytest.raises(WhichLot):
            await work.pick(task, "A-01", "SKU1")
        for lot in ("L1", "L2"):
            await work.pick(task, "A-01", "SKU1", lot=lot)
        assert await self.got(work, "L1") == [(order.id, 1, 1)]

    async def test_a_lot_recalled_on_the_way_names_its_orders_and_does_not_leave(self, floor: Floor) -> None:
        work = await self.filled(floor, ("BAD", "2030-01-01", 2, "A-01"), ("GOOD", "2031-01-01", 9, "A-02"))
        order, second = await work.paid(2), await work.paid(1)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(order, "SKU1", 2)
        await self.state_of(work, "BAD", "recalled")
        assert await self.got(work, "BAD") == [(order.id, 1, 2)]
        with pytest.raises(LotMustStay):
            await work.close(order)
        number = (await work.unit(order)).number
        given = {"number": number, "barcode": "SKU1", "qty": 2, "lot": "BAD"}
        assert (await work.world.act("warehouse.set_aside", given)).state == "waved"
        assert await self.got(work, "BAD") == []
        await work.floor.act("put_back", bin="Q-01", barcode="SKU1", qty=2, lot="BAD")
        (task,) = await work.tasks(wave)
        assert [(stop.bin, stop.lot, stop.qty) for stop in task.stops] == [("A-02", "GOOD", 2)]
        await work.pick_all(wave)
        for each, qty in ((order, 2), (second, 1)):
            await work.check(each, "SKU1", qty)
            await work.close(each)
        await work.hand_over(order, second)
        assert sorted(await self.got(work, "GOOD")) == sorted([(order.id, 1, 2), (second.id, 1, 1)])
        assert not await work.proof()

    async def test_a_lot_recalled_before_it_is_picked_is_not(self, floor: Floor) -> None:
        work = await self.filled(floor, ("BAD", "2030-01-01", 2, "A-01"), ("GOOD", "2031-01-01", 9, "A-02"))
        order = await work.paid(1)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        await self.state_of(work, "BAD", "blocked")
        with pytest.raises(LotMustStay):
            await work.pick(task, "A-01", "SKU1")
        given = {"task_id": task.task.id, "bin": "A-01", "barcode": "SKU1"}
        assert (await work.world.act("warehouse.report_short", given)).elsewhere == 1
        await work.pick(task, "A-02", "SKU1")
        assert await work.state(order) == "picked"


class TestAtOnce:
    async def test_of_two_pickers_who_scan_the_last_piece_one_gets_it(self, work: Work) -> None:
        await work.paid(1)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        both = await at_once(*(work.pick(task, "A-01", "SKU1") for _ in range(2)))
        assert sorted(type(each).__name__ for each in both) == ["NothingLeftHere", "Picked"]
        assert await work.floor.shelf(0) == {"A-01": 29, "A-02": 30, "A-03": 30, "OUT": 1}

    async def test_waves_made_at_once_share_no_request_and_no_piece(self, work: Work) -> None:
        orders = [await work.paid(30) for _ in range(3)]
        made = await at_once(*(work.floor.act("make_waves", release=True, limit=2) for _ in range(4)))
        waves = [wave for each in made for wave in each.waves]
        assert sum(wave.requests for wave in waves) <= 3
        await work.floor.act("make_waves", release=True)
        assert [await work.state(order) for order in orders] == ["waved"] * 3
        assert sum(each.held for each in await work.floor.lying(0)) == 90
        assert not await work.proof()

    @pytest.mark.parametrize("turn", range(3))
    async def test_a_cancel_races_a_packer_and_nobody_loses_a_piece(self, work: Work, turn: int) -> None:
        """Either the parcel is closed before and stopped after, or the packer is told to stop."""
        order = await work.paid(2)
        (wave,) = await work.waves()
        await work.pick_all(wave)
        await work.check(order, "SKU1", 2)
        cancel = work.world.act("orders.cancel", {"order_id": order.id, "reason": "买家取消"})
        close, canceled = await at_once(work.close(order), cancel)
        assert isinstance(close, RequestStopped) or close.state == "packed"
        assert canceled.status is Status.CANCELED
        assert await work.state(order) == "stopped"
        with pytest.raises(RequestStopped):
            await work.hand_over(order)
        await work.world.reader.drain()
        assert (await work.floor.act("put_back", bin="A-01", barcode="SKU1", qty=2)).left == 0
        assert await work.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}
        assert not await work.proof()

    async def test_a_cancel_races_the_hand_over_and_one_of_them_wins(self, work: Work) -> None:
        order = await work.paid(1)
        (wave,) = await work.waves()
        await work.packed(order, wave, SKU1=1)
        scanned = (await work.unit(order)).number
        handed, canceled = await at_once(
            work.floor.act("hand_over", scanned=scanned),
            work.world.act("orders.cancel", {"order_id": order.id, "reason": "买家取消"}),
        )
        assert isinstance(handed, RequestStopped) != isinstance(canceled, AlreadyOut)
        await work.world.reader.drain()
        status = (await work.world.detail(order)).order.status
        assert status is (Status.CANCELED if isinstance(handed, RequestStopped) else Status.SHIPPED)
        assert not await work.proof()

    async def test_of_two_packers_who_stick_on_one_waybill_one_is_told(self, work: Work) -> None:
        orders = [await work.paid(1), await work.paid(1)]
        (wave,) = await work.waves()
        await work.pick_all(wave)
        for order in orders:
            await work.check(order, "SKU1")
        both = await at_once(*(work.close(order, waybill="SAME") for order in orders))
        assert sorted(type(each).__name__ for each in both) == ["PackedParcel", "WaybillUsed"]

    async def test_a_piece_is_canceled_while_it_is_picked(self, work: Work) -> None:
        order = await work.paid(3)
        (wave,) = await work.waves()
        (task,) = await work.tasks(wave)
        given = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "买家不要了"}
        picked, canceled = await at_once(
            work.pick(task, "A-01", "SKU1", 3), work.world.act("orders.cancel_part", given)
        )
        assert not isinstance(canceled, BaseException)
        assert isinstance(picked, TooMany) or picked.qty == 3
        await work.world.reader.drain()
        await work.pick_all(wave)
        back = [] if isinstance(picked, TooMany) else ["SKU1"]
        for sku in back:
            await work.floor.act("put_back", bin="A-01", barcode=sku)
        assert await work.floor.shelf(0) == {"A-01": 28, "A-02": 30, "A-03": 30, "OUT": 2}
        assert await work.state(order) == "picked"
        assert not await work.proof()
