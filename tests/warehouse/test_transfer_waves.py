"""A transfer between warehouses that pickers fetch: planned, picked, shipped, in transit, received, put away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory import queries as inventory
from shangmai.modules.inventory.contract import OutOfStock, SameWarehouse
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract.packing import RequestStopped
from shangmai.modules.warehouse.contract.pieces import BinShort
from shangmai.modules.warehouse.contract.requests import AlreadyOut, RequestNotFound
from shangmai.modules.warehouse.contract.transfers import IsTransfer, TransferNotPicked
from shangmai.modules.warehouse.http import routes
from tests.routes import reading
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work


class Move(Work):
    """A second warehouse beside a floor that works, and transfers from here to there."""

    async def make(self, *, fill: int = 30, **policy: Any) -> Move:
        await super().make(fill=fill, **policy)
        place = {"code": "WH2", "name": "二号仓", "company_id": self.world.company_id}
        self.there = (await self.world.act("inventory.create_warehouse", place)).id
        await self.world.act("warehouse.save_zone", {"warehouse_id": self.there, "code": "Z", "name": "收货区"})
        bins = [{"code": "IN", "zone": "Z", "kind": "receive"}, {"code": "B-01", "zone": "Z", "kind": "pick"}]
        await self.world.act("warehouse.save_bins", {"warehouse_id": self.there, "bins": bins})
        return self

    async def plan(self, *wanted: tuple[int, int]) -> list[dict[str, Any]]:
        """Out of which bins so many pieces of the n-th SKU come."""
        lines = [{"sku_id": str(self.sku(n)), "qty": qty} for n, qty in wanted]
        async with reading(self.world.db, routes, SYSTEM) as http:
            given = {"from_warehouse_id": str(self.floor.warehouse_id), "lines": lines}
            plan = (await http.post("/api/v1/warehouse/transfer-plan", json=given)).json()
        assert plan["short"] == []
        return list(plan["lines"])

    async def start(self, lines: list[dict[str, Any]], *, to: Any = None, **more: Any) -> Any:
        given = {"from_warehouse_id": self.floor.warehouse_id, "to_warehouse_id": to or self.there, "lines": lines}
        return await self.world.act("warehouse.start_transfer", {**given, "reference": "补货", **more})

    async def ship(self, started: Any, **more: Any) -> Any:
        return await self.world.act("warehouse.ship_transfer", {"number": started.number, **more})

    async def cancel(self, started: Any) -> Any:
        return await self.world.act("warehouse.cancel_transfer", {"number": started.number, "reason": "不调了"})

    async def pick_all_but(self, wave: Any, bin_: str, missing: int) -> None:
        """Pick a wave; in this bin so many pieces are not to be found."""
        for task in await self.tasks(wave):
            for stop in task.stops:
                lacking = missing if stop.bin == bin_ else 0
                await self.pick(task, stop.bin, stop.sku, stop.qty - lacking)
                if lacking:
                    told = {"task_id": task.task.id, "bin": bin_, "barcode": stop.sku}
                    await self.world.act("warehouse.report_short", told)

    async def under_way(self) -> list[tuple[str, int]]:
        async with self.world.db.reading(SYSTEM) as tx:
            return [(each.number, each.pieces) for each in await inventory.transfers_under_way(tx, self.there, None, 9)]

    async def lying_there(self, n: int = 0) -> dict[str, int]:
        async with self.world.db.reading(SYSTEM) as tx:
            return {each.code: each.on_hand for each in await service.in_bins(tx, self.there, [self.floor.sku(n)])}


@pytest_asyncio.fixture
async def move(floor: Floor) -> Move:
    return await Move(floor).make()


async def test_from_the_plan_to_the_other_warehouses_shelf(move: Move) -> None:
    await move.floor.put("R-01", 5, 1)
    started = await move.start(await move.plan((0, 40), (1, 7)))
    assert (started.wave.kind.value, started.wave.pieces, started.wave.state.value) == ("transfer", 47, "released")
    assert await move.world.stock_of(0) == (100, 40), "no order gets what is set aside"
    with pytest.raises(TransferNotPicked):
        await move.ship(started)
    assert await move.under_way() == []

    tasks = await move.tasks(started.wave)
    assert sum(task.task.pieces for task in tasks) == 47
    assert {(stop.bin, stop.qty) for task in tasks for stop in task.stops if stop.sku == "SKU2"} == {
        ("R-01", 5), ("A-01", 2),
    }  # fmt: skip
    await move.pick_all(started.wave)
    with pytest.raises(IsTransfer):
        await move.floor.world.act("warehouse.finish_pack", {"number": started.number})
    assert (await move.floor.shelf(0))["OUT"] == 40

    sent = await move.ship(started)
    assert (sent.number, sent.pieces) == (started.number, 47)
    assert await move.under_way() == [(started.number, 47)]
    assert "OUT" not in await move.floor.shelf(0)
    assert await move.world.stock_of(0) == (60, 0)
    with pytest.raises(AlreadyOut):
        await move.ship(started)
    assert not await move.proof()

    await move.world.act("warehouse.arrive_in_bin", {"document_id": sent.document_id, "bin": "IN"})
    assert await move.under_way() == []
    assert await move.lying_there() == {"IN": 40}
    line = {"sku_id": move.sku(0), "qty": 40, "origin": "IN", "to": "B-01"}
    await move.world.act("warehouse.move_bins", {"warehouse_id": move.there, "lines": [line]})
    assert await move.lying_there() == {"B-01": 40}
    assert not await move.proof()


async def test_it_is_undone_while_nothing_is_picked(move: Move) -> None:
    lines = await move.plan((0, 12))
    for undo in (move.cancel, lambda started: move.world.act("warehouse.cancel_wave", {"wave_id": started.wave.id})):
        started = await move.start(lines)
        assert await move.world.stock_of(0) == (100, 12)
        await undo(started)
        assert await move.world.stock_of(0) == (100, 0)
        assert [each.held for each in await move.floor.lying()] == [0, 0, 0]
        with pytest.raises(RequestStopped):
            await move.ship(started)
    assert await move.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}
    assert await move.waves() == [], "what was called off waits for no other wave"
    assert not await move.proof()


async def test_what_is_picked_is_put_back_when_it_is_called_off(move: Move) -> None:
    started = await move.start(await move.plan((0, 10)))
    (task,) = await move.tasks(started.wave)
    await move.pick(task, "A-01", "SKU1", 4)
    await move.cancel(started)
    assert await move.world.stock_of(0) == (100, 0)
    await move.floor.act("put_back", bin="A-01", barcode="SKU1", qty=4)
    assert await move.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}
    assert not await move.proof()


async def test_a_bin_has_fewer_and_the_rest_leaves(move: Move) -> None:
    """All that there is of a SKU is to go; a bin lacks two, and no other has them: what was found leaves without."""
    started = await move.start(await move.plan((0, 90)))
    await move.pick_all_but(started.wave, "A-03", 2)
    await move.world.reader.drain()
    with pytest.raises(TransferNotPicked) as refused:
        await move.ship(started)
    assert refused.value.data["left"] == 2
    sent = await move.ship(started, short=True)
    assert sent.pieces == 88
    assert await move.world.stock_of(0) == (12, 0)
    assert await move.under_way() == [(started.number, 88)]
    assert not await move.proof()


async def test_what_is_not_there_or_held_for_orders_is_not_started(move: Move) -> None:
    with pytest.raises(BinShort):
        await move.start([{"sku_id": move.sku(0), "qty": 31, "bin": "A-01"}])
    with pytest.raises(SameWarehouse):
        await move.start([{"sku_id": move.sku(0), "qty": 1, "bin": "A-01"}], to=move.floor.warehouse_id)
    await move.world.place(95)
    with pytest.raises(OutOfStock):
        await move.start([{"sku_id": move.sku(0), "qty": 6, "bin": "A-01"}])
    with pytest.raises(RequestNotFound):
        await move.world.act("warehouse.ship_transfer", {"number": "ST0"})
    assert await move.world.stock_of(0) == (100, 95)
    assert [each.held for each in await move.floor.lying()] == [0, 0, 0]


async def test_two_ship_it_at_once_and_it_leaves_once(move: Move) -> None:
    started = await move.start(await move.plan((0, 3)))
    await move.pick_all(started.wave)
    outcomes = await asyncio.gather(move.ship(started), move.ship(started), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyOut", "BinTransfer"]
    assert await move.world.stock_of(0) == (97, 0)
    assert not await move.proof()


async def test_it_is_listed_until_it_has_left(move: Move) -> None:
    order = await move.paid(1)
    started = await move.start(await move.plan((1, 3)))
    async with reading(move.world.db, routes, SYSTEM) as http:
        page = (await http.get("/api/v1/warehouse/requests?transfers=true")).json()
    (one,) = page["items"]
    assert (one["number"], one["to_warehouse_id"], one["reference"]) == (started.number, str(move.there), "补货")
    assert (one["state"], one["pieces"]) == ("waved", 3)
    assert (await move.request(order)).to_warehouse_id is None
