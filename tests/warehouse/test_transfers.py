"""Transfers out of bins and into bins: two steps, with lots, all or nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.modules.inventory import queries as inventory
from shangmai.modules.inventory.contract import OutOfStock, SameWarehouse, TransferNotFound
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract import BinNotFound, BinShort, NotSentFromBins
from shangmai.modules.warehouse.http import routes
from tests.routes import reading
from tests.warehouse.floor import Floor


class Two:
    """Two warehouses of one company; in the first, 30 of lot L1 and 10 of L2 lie in A-01 and A-02."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    async def make(self) -> Two:
        place = {"code": "WH2", "name": "二号仓", "company_id": self.floor.world.company_id}
        self.other = (await self.floor.world.act("inventory.create_warehouse", place)).id
        zone = {"warehouse_id": self.other, "code": "Z", "name": "收货区"}
        await self.floor.world.act("warehouse.save_zone", zone)
        bins = [{"code": "IN", "zone": "Z", "kind": "receive"}]
        await self.floor.world.act("warehouse.save_bins", {"warehouse_id": self.other, "bins": bins})
        await self.floor.put("A-01", 30, lot="L1")
        await self.floor.put("A-02", 10, lot="L2")
        return self

    async def send(self, *lines: tuple[str, str, int], to: Any = None) -> Any:
        sent = [{"sku_id": self.floor.sku(0), "bin": bin_, "lot": lot, "qty": qty} for bin_, lot, qty in lines]
        given = {"from_warehouse_id": self.floor.warehouse_id, "to_warehouse_id": to or self.other}
        return await self.floor.world.act("warehouse.send_from_bins", {**given, "reference": "补货", "lines": sent})

    async def arrive(self, document_id: Any, bin_: str = "IN") -> Any:
        given = {"document_id": document_id, "bin": bin_}
        return await self.floor.world.act("warehouse.arrive_in_bin", given)

    async def under_way(self) -> list[tuple[Any, int]]:
        async with self.floor.world.db.reading(SYSTEM) as tx:
            assert await inventory.transfers_under_way(tx, self.floor.warehouse_id, None, 9) == []
            return [(each.id, each.pieces) for each in await inventory.transfers_under_way(tx, self.other, None, 9)]

    async def there(self) -> list[tuple[str, str, int]]:
        async with self.floor.world.db.reading(SYSTEM) as tx:
            lying = await service.in_bins(tx, self.other, [self.floor.sku(0)])
        return [(each.code, each.lot, each.on_hand) for each in lying]


@pytest_asyncio.fixture
async def two(floor: Floor) -> Two:
    return await Two(floor).make()


async def test_pieces_go_with_their_lots_in_two_steps(two: Two) -> None:
    sent = await two.send(("A-01", "L1", 20), ("A-02", "L2", 10))
    assert [(each.lot, each.qty) for each in sent.lots] == [("L1", 20), ("L2", 10)]
    assert await two.floor.shelf() == {"A-01": 10}
    assert await two.floor.world.stock_of() == (70, 0)
    assert await two.there() == []
    assert await two.under_way() == [(sent.document_id, 30)]
    await two.arrive(sent.document_id)
    assert await two.under_way() == []
    assert await two.there() == [("IN", "L1", 20), ("IN", "L2", 10)]
    with pytest.raises(TransferNotFound):
        await two.arrive(sent.document_id)
    assert await two.floor.unplaced() == 60
    assert await two.floor.world.faults() == []


async def test_what_is_not_there_or_held_for_orders_is_not_sent(two: Two) -> None:
    with pytest.raises(BinShort):
        await two.send(("A-01", "L1", 20), ("A-02", "L2", 11))
    with pytest.raises(SameWarehouse):
        await two.send(("A-01", "L1", 1), to=two.floor.warehouse_id)
    await two.floor.world.place(95)
    with pytest.raises(OutOfStock):
        await two.send(("A-01", "L1", 6))
    assert await two.floor.shelf() == {"A-01": 30, "A-02": 10}
    assert await two.floor.world.stock_of() == (100, 95)


async def test_it_arrives_in_a_bin_of_the_warehouse_it_was_sent_to(two: Two) -> None:
    sent = await two.send(("A-01", "L1", 5))
    with pytest.raises(BinNotFound):
        await two.arrive(sent.document_id, "A-01")
    line = {"sku_id": two.floor.sku(0), "qty": 1}
    plain = {"from_warehouse_id": two.floor.warehouse_id, "to_warehouse_id": two.other, "reference": "补货"}
    other = await two.floor.world.act("inventory.send_transfer", {**plain, "lines": [line]})
    with pytest.raises(NotSentFromBins):
        await two.arrive(other.id)
    await two.arrive(sent.document_id)
    assert await two.there() == [("IN", "L1", 5)]


async def planned(two: Two, *wanted: tuple[int, int]) -> Any:
    lines = [{"sku_id": str(two.floor.sku(n)), "qty": qty} for n, qty in wanted]
    async with reading(two.floor.world.db, routes, SYSTEM) as http:
        given = {"from_warehouse_id": str(two.floor.warehouse_id), "lines": lines}
        return (await http.post("/api/v1/warehouse/transfer-plan", json=given)).json()


async def test_a_transfer_of_many_pieces_is_planned_out_of_reserve_first_and_on_one_walk(two: Two) -> None:
    await two.floor.put("R-01", 25, lot="L2")
    await two.floor.put("A-03", 8, n=1)
    plan = await planned(two, (0, 20), (1, 5), (0, 12))
    told = [(line["bin"], line["lot"], line["qty"]) for line in plan["lines"]]
    assert sorted(told) == [("A-01", "L1", 7), ("A-03", "", 5), ("R-01", "L2", 25)]
    assert [bin_ for bin_, _, _ in told] == ["A-01", "A-03", "R-01"], "what stands nowhere comes last"
    assert plan["walk_mm"] > 0
    assert plan["short"] == []
    given = {"from_warehouse_id": two.floor.warehouse_id, "to_warehouse_id": two.other, "reference": "补货"}
    sent = await two.floor.world.act("warehouse.send_from_bins", {**given, "lines": plan["lines"]})
    assert sent.pieces == 37
    assert await two.floor.world.faults() == []


async def test_what_orders_hold_and_what_is_in_no_bin_is_short(two: Two) -> None:
    await two.floor.world.place(75)
    plan = await planned(two, (0, 60), (1, 3))
    assert sum(line["qty"] for line in plan["lines"]) == 25
    assert [line["qty"] for line in plan["short"]] == [35, 3]
    elsewhere = {**SYSTEM.scopes, "warehouse": frozenset({two.other})}
    stranger = Actor(id=UUID(int=7), kind="user", name="外人", grants=frozenset({"warehouse.*"}), scopes=elsewhere)
    async with reading(two.floor.world.db, routes, stranger) as http:
        given = {
            "from_warehouse_id": str(two.floor.warehouse_id),
            "lines": [{"sku_id": str(two.floor.sku(0)), "qty": 1}],
        }
        answer = await http.post("/api/v1/warehouse/transfer-plan", json=given)
        assert answer.status_code == 403
    async with reading(two.floor.world.db, routes, SYSTEM) as http:
        for lines in ([], [{"sku_id": str(two.floor.sku(0)), "qty": 0}]):
            answer = await http.post("/api/v1/warehouse/transfer-plan", json={**given, "lines": lines})
            assert answer.status_code == 422
