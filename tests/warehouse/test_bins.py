"""Zones and bins, putting away and carrying: what is in bins is there, and never more than the stock book has."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps.proving import prove
from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.books.contract import LinkedItemRefused, Moved
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract import (
    BinClosed,
    BinId,
    BinMove,
    BinNotFound,
    BinShort,
    BinTwice,
    BucketNotInBins,
    NotUnplaced,
    SameBin,
    ZoneNotFound,
)
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.rules.placing import goods_of, refusals
from tests.routes import reading
from tests.warehouse.floor import Floor


class TestBins:
    async def test_ten_thousand_bins_are_made_at_once_and_a_second_time_nothing_changes(self, floor: Floor) -> None:
        rows = [
            {"code": f"B-{n:05}", "zone": "A", "aisle": n // 100, "offset_mm": n % 100 * 900, "level": n % 4}
            for n in range(10_000)
        ]
        saved = await floor.act("save_bins", bins=rows)
        again = await floor.act("save_bins", bins=rows)
        moved = await floor.act("save_bins", bins=[rows[0] | {"zone": "COLD"}])
        assert [(each.made, each.changed) for each in (saved, again, moved)] == [(10_000, 0), (0, 0), (0, 1)]
        async with reading(floor.world.db, routes, SYSTEM) as http:
            where: dict[str, Any] = {"warehouse_id": str(floor.warehouse_id), "limit": 2}
            cold = (await http.get("/api/v1/warehouse/bins", params={**where, "zone": "COLD"})).json()
            first = (await http.get("/api/v1/warehouse/bins", params={**where, "kind": "pick"})).json()
            after = {**where, "kind": "pick", "cursor": first["next"]}
            second = (await http.get("/api/v1/warehouse/bins", params=after)).json()
        assert [(b["code"], b["temperature"]) for b in cold["items"]] == [("B-00000", "chilled")]
        assert [b["code"] for b in first["items"] + second["items"]] == ["A-01", "A-02", "A-03", "B-00000"]

    async def test_a_bin_needs_a_zone_and_stands_once_in_a_list(self, floor: Floor) -> None:
        with pytest.raises(ZoneNotFound):
            await floor.act("save_bins", bins=[{"code": "X", "zone": "A"}, {"code": "Y", "zone": "nowhere"}])
        with pytest.raises(BinTwice):
            await floor.act("save_bins", bins=[{"code": "X", "zone": "A"}] * 2)
        assert await floor.world.count("warehouse_bins") == 7

    async def test_another_warehouse_is_out_of_scope(self, floor: Floor) -> None:
        elsewhere = {"warehouse": frozenset({UUID(int=8)})}
        other = Actor(id=UUID(int=7), kind="user", name="外人", grants=frozenset({"warehouse.*"}), scopes=elsewhere)
        given = {"warehouse_id": floor.warehouse_id, "code": "A", "name": "改"}
        with pytest.raises(OutOfScope):
            await floor.world.act("warehouse.save_zone", given, actor=other)
        async with reading(floor.world.db, routes, other) as http:
            assert (await http.get("/api/v1/warehouse/zones")).json() == []

    async def test_a_floor_is_off_until_somebody_turns_it_on(self, floor: Floor) -> None:
        async with reading(floor.world.db, routes, SYSTEM) as http:
            where = {"warehouse_id": str(floor.warehouse_id)}
            before = (await http.get("/api/v1/warehouse/floor-policy", params=where)).json()
            await floor.act("set_floor_policy", policy={"on": True})
            after = (await http.get("/api/v1/warehouse/floor-policy", params=where)).json()
        assert (before["on"], after["on"]) == (False, True)


class TestPuttingAway:
    async def test_what_arrived_waits_until_it_is_put_away(self, floor: Floor) -> None:
        assert await floor.unplaced() == 100
        await floor.put("A-01", 60)
        await floor.put("R-01", 40)
        assert (await floor.shelf(), await floor.unplaced()) == ({"A-01": 60, "R-01": 40}, 0)
        with pytest.raises(NotUnplaced):
            await floor.put("A-02", 1)
        assert await floor.world.faults() == []

    async def test_all_lines_or_none(self, floor: Floor) -> None:
        lines = [
            {"sku_id": floor.sku(0), "qty": 60, "bin": "A-01"},
            {"sku_id": floor.sku(0), "qty": 41, "bin": "A-02"},
        ]
        with pytest.raises(NotUnplaced) as refused:
            await floor.act("put_away", lines=lines)
        assert (refused.value.data["wanted"], refused.value.data["unplaced"]) == (101, 100)
        assert await floor.shelf() == {}

    async def test_nothing_is_put_where_there_is_no_bin_or_a_closed_one(self, floor: Floor) -> None:
        await floor.act("save_bins", bins=[{"code": "A-02", "zone": "A", "active": False}])
        with pytest.raises(BinNotFound):
            await floor.put("A-99", 1)
        with pytest.raises(BinClosed):
            await floor.put("A-02", 1)
        with pytest.raises(BucketNotInBins):
            await floor.put("A-01", 1, bucket="in_transit")
        assert await floor.unplaced() == 100

    async def test_two_put_away_the_last_pieces_and_one_is_told_that_they_are_gone(self, floor: Floor) -> None:
        both = await asyncio.gather(floor.put("A-01", 60), floor.put("A-02", 60), return_exceptions=True)
        refused = [each for each in both if isinstance(each, NotUnplaced)]
        assert [each.data["unplaced"] for each in refused] == [40]
        assert (sum((await floor.shelf()).values()), await floor.unplaced()) == (60, 40)
        assert await floor.world.faults() == []


class TestCarrying:
    async def test_pieces_go_from_bin_to_bin(self, floor: Floor) -> None:
        await floor.put("R-01", 50, lot="L1")
        await floor.carry("R-01", "A-01", 20, lot="L1")
        assert await floor.shelf() == {"A-01": 20, "R-01": 30}
        async with reading(floor.world.db, routes, SYSTEM) as http:
            path = f"/api/v1/warehouse/bins/{await floor.bin_id('R-01')}/movements"
            assert [(m["qty"], m["lot"]) for m in (await http.get(path)).json()] == [(-20, "L1"), (50, "L1")]

    async def test_what_is_not_there_or_of_another_lot_is_not_carried(self, floor: Floor) -> None:
        await floor.put("R-01", 50, lot="L1")
        for refused, more in (
            (BinShort, {"qty": 51, "lot": "L1"}),
            (BinShort, {"qty": 1, "lot": "L2"}),
            (SameBin, {"qty": 1, "lot": "L1", "to": "R-01"}),
        ):
            with pytest.raises(refused):
                await floor.carry("R-01", **{"to": "A-01", **more})  # type: ignore[arg-type]
        assert await floor.shelf() == {"R-01": 50}

    async def test_two_carry_the_same_pieces_and_one_finds_the_bin_short(self, floor: Floor) -> None:
        await floor.put("R-01", 50)
        both = await asyncio.gather(
            floor.carry("R-01", "A-01", 30), floor.carry("R-01", "A-02", 30), return_exceptions=True
        )
        assert [type(each) for each in both if isinstance(each, Exception)] == [BinShort]
        assert sorted((await floor.shelf()).values()) == [20, 30]


class TestForOthers:
    """What the floor's other parts are given: lists in, an answer for each."""

    async def moves(self, floor: Floor, item: Item, *given: dict[str, Any]) -> list[BinMove]:
        codes = ["A-01", "A-02", "OUT"]
        ids = {code: BinId(await floor.bin_id(code)) for code in codes} | {"": None}
        return [
            BinMove(
                warehouse_id=floor.warehouse_id,
                sku_id=SkuId(floor.sku(0)),
                qty=each["qty"],
                origin=ids[each.get("origin", "")],
                to=ids[each.get("to", "")],
                doc=new_id(),
                item=item,
                group=each.get("group"),
            )
            for each in given
        ]

    async def test_one_refusal_fails_its_group_and_no_other(self, floor: Floor) -> None:
        await floor.put("A-01", 10)
        async with floor.world.db.transaction() as tx:
            moves = await self.moves(
                floor,
                tx.items[0],
                {"origin": "A-01", "to": "OUT", "qty": 4},
                {"origin": "A-01", "to": "OUT", "qty": 5, "group": 1},
                {"origin": "A-02", "to": "OUT", "qty": 1, "group": 1},
                {"origin": "A-01", "qty": 6},
            )
            outcomes = await service.take(tx, moves)
        assert [type(each) for each in outcomes] == [Moved, LinkedItemRefused, BinShort, Moved]
        assert await floor.shelf() == {"OUT": 4}
        assert await floor.unplaced() == 96


W, SKU = WarehouseId(UUID(int=1)), SkuId(UUID(int=2))
ITEM = Item(actor=SYSTEM, cause=UUID(int=3), now=datetime(2026, 1, 1, tzinfo=UTC))


class TestPlacingRules:
    @given(
        st.lists(st.tuples(st.integers(1, 9), st.sampled_from([None, 1, 2, 3])), max_size=12),
        st.integers(0, 30),
    )
    def test_what_is_admitted_fits_and_a_group_stands_or_falls_together(
        self, wanted: list[tuple[int, int | None]], unplaced: int
    ) -> None:
        moves = [
            BinMove(warehouse_id=W, sku_id=SKU, qty=qty, to=BinId(UUID(int=4)), doc=W, item=ITEM, group=group)
            for qty, group in wanted
        ]
        refused = refusals(moves, {goods_of(moves[0]): unplaced} if moves else {})
        admitted = [move for n, move in enumerate(moves) if n not in refused]
        assert sum(move.qty for move in admitted) <= unplaced
        if sum(qty for qty, _ in wanted) <= unplaced:
            assert not refused
        runs = Counter[int]()
        for n, move in enumerate(moves[1:], 1):
            if move.group is not None and move.group == moves[n - 1].group:
                runs[n] += 1
                assert (n in refused) == (n - 1 in refused)

    def test_a_bucket_that_lies_in_no_bin(self) -> None:
        move = BinMove(warehouse_id=W, sku_id=SKU, qty=1, bucket=Bucket.CUSTOMER, to=BinId(W), doc=W, item=ITEM)
        assert [type(each) for each in refusals([move], {}).values()] == [BucketNotInBins]


async def test_the_proof_names_what_bins_hold_too_much(floor: Floor) -> None:
    await floor.put("A-01", 100)
    await floor.world.reader.drain()
    assert not (await prove(floor.world.db)).skipped
    line = {"sku_id": floor.sku(0), "qty": -3}
    given = {"warehouse_id": floor.warehouse_id, "reason": "lost", "reference": "丢失", "lines": [line]}
    await floor.world.act("inventory.adjust", given)
    assert await floor.unplaced() == -3
    async with reading(floor.world.db, routes, SYSTEM) as http:
        where = {"warehouse_id": str(floor.warehouse_id)}
        rows = (await http.get("/api/v1/warehouse/unplaced", params=where)).json()["items"]
    assert {(row["on_hand"], row["in_bins"], row["unplaced"]) for row in rows} == {(97, 100, -3), (100, 0, 100)}
