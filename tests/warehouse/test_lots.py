"""Lots: what may be picked of them, recalls that name their orders, and bins that follow what left by another way."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps.proving import prove
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.books.contract import Hold, Moved
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import NOBODY, Adjust, AdjustLine, AdjustReason, Bucket, StockDocument
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract import (
    BinId,
    BinKind,
    BinMove,
    InBin,
    LotDaysWrong,
    LotNotFound,
    LotRule,
    LotState,
    NotUnplaced,
    PickedLot,
    TooWarmOrCold,
)
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.rules.following import taken
from tests.routes import reading
from tests.warehouse.floor import Floor

TODAY = date(2026, 6, 1)


async def lot(floor: Floor, action: str, number: str = "L1", **more: Any) -> Any:
    about = {"company_id": floor.world.company_id, "sku_id": floor.sku(0), "lot": number}
    return await floor.world.act(f"warehouse.{action}", about | more)


async def rule(floor: Floor, **given: Any) -> None:
    about = {"company_id": floor.world.company_id, "sku_id": floor.sku(0), "rule": given}
    await floor.world.act("warehouse.set_lot_rule", about)


class TestSelling:
    async def test_a_lot_is_sold_until_too_few_days_are_left(self, floor: Floor) -> None:
        await rule(floor, keep_days=365, sell_days_min=30)
        made = await lot(floor, "save_lot", made_on="2025-07-01")
        await floor.put("A-01", 10, lot="L1")
        assert made.expires_on == date(2026, 7, 1)
        (lying,) = await floor.lying()
        assert lying.last_sale_on == date(2026, 6, 1)
        assert [lying.may_be_sold(TODAY), lying.may_be_sold(TODAY + timedelta(days=1))] == [True, False]

    async def test_a_blocked_lot_is_not_sold_and_neither_is_what_lies_in_quarantine(self, floor: Floor) -> None:
        await lot(floor, "save_lot")
        await floor.put("A-01", 10, lot="L1")
        await floor.put("Q-01", 10)
        await lot(floor, "set_lot_state", state="blocked", reason="包装受潮")
        assert [each.may_be_sold(TODAY) for each in await floor.lying()] == [False, False]
        await lot(floor, "set_lot_state", state="ok", reason="复检合格")
        assert [each.may_be_sold(TODAY) for each in await floor.lying()] == [True, False]

    async def test_who_works_in_the_warehouse_alone_sees_that_a_lot_is_blocked(self, floor: Floor) -> None:
        await lot(floor, "save_lot")
        await floor.put("A-01", 10, lot="L1")
        await lot(floor, "set_lot_state", state="blocked", reason="包装受潮")
        here = {"warehouse": frozenset({floor.world.warehouse_id})}
        picker = Actor(id=UUID(int=7), kind="user", name="拣货员", grants=frozenset({"warehouse.*"}), scopes=here)
        nobody = Actor(id=UUID(int=8), kind="user", name="外人", grants=frozenset({"warehouse.*"}))
        async with reading(floor.world.db, routes, picker) as http:
            params = {"warehouse_id": str(floor.warehouse_id)}
            rows = (await http.get("/api/v1/warehouse/in-bins", params=params)).json()["items"]
        async with reading(floor.world.db, routes, nobody) as http:
            assert (await http.get("/api/v1/warehouse/lots")).json()["items"] == []
        assert [(row["lot"], row["state"]) for row in rows] == [("L1", "blocked")]

    async def test_days_that_cannot_be_and_lots_that_are_not_there(self, floor: Floor) -> None:
        with pytest.raises(LotDaysWrong):
            await lot(floor, "save_lot", made_on="2026-02-01", expires_on="2026-01-31")
        with pytest.raises(LotNotFound):
            await lot(floor, "set_lot_state", state="recalled", reason="异物")

    @given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 2000), st.integers(0, 400))
    def test_the_last_day_of_sale_is_so_many_days_before_the_end(self, made: date, keep: int, least: int) -> None:
        one = LotRule(keep_days=keep, sell_days_min=least)
        ends = one.expiry(made)
        assert (ends is None) == (keep == 0)
        if ends is not None:
            last = one.last_sale(ends)
            assert last is not None
            assert (ends - made).days == keep
            assert (ends - last).days == least


class TestRecall:
    async def test_a_recalled_lot_names_its_orders(self, floor: Floor) -> None:
        first, second, third, unit = (new_id() for _ in range(4))
        await lot(floor, "save_lot")
        async with floor.world.transaction() as tx:
            picked = [
                PickedLot(
                    warehouse_id=floor.warehouse_id,
                    sku_id=SkuId(floor.sku(0)),
                    lot=number,
                    doc=unit,
                    order_id=order,
                    line=1,
                    qty=qty,
                    item=tx.items[0],
                )
                for order, number, qty in [
                    (first, "L1", 2),
                    (second, "L1", 1),
                    (second, "L1", 3),
                    (third, "L1", 5),
                    (third, "L1", -5),
                    (third, "L2", 5),
                    (third, "", 1),
                ]
            ]
            await service.record_picked(tx, picked)
        await lot(floor, "set_lot_state", state="recalled", reason="异物")
        async with reading(floor.world.db, routes, SYSTEM) as http:
            path, about = "/api/v1/warehouse/lot-receivers", {"sku_id": str(floor.sku(0)), "lot": "L1"}
            page = (await http.get(path, params={**about, "limit": 1})).json()
            rest = (await http.get(path, params={**about, "cursor": page["next"]})).json()
        got = page["items"] + rest["items"]
        assert [(row["order_id"], row["qty"], row["docs"]) for row in got] == [
            (str(first), 2, [str(unit)]),
            (str(second), 4, [str(unit)]),
        ]


class TestTemperature:
    async def test_chilled_goods_go_into_the_cold_zone_alone(self, floor: Floor) -> None:
        await floor.world.act("catalog.set_handling", {"sku_id": floor.sku(0), "temperature": "chilled"})
        await floor.act("save_bins", bins=[{"code": "C-01", "zone": "COLD"}])
        with pytest.raises(TooWarmOrCold):
            await floor.put("A-01", 1)
        await floor.put("IN", 10)
        with pytest.raises(TooWarmOrCold):
            await floor.carry("IN", "A-01", 1)
        await floor.carry("IN", "C-01", 10)
        assert await floor.shelf() == {"C-01": 10}


class TestFollowing:
    async def test_what_is_shipped_by_hand_leaves_the_bins_too(self, floor: Floor) -> None:
        await floor.put("A-01", 30)
        await floor.put("R-01", 70)
        await floor.world.sell(35)
        assert await floor.unplaced() == -35
        await floor.world.reader.drain()
        assert (await floor.shelf(), await floor.unplaced()) == ({"R-01": 65}, 0)
        assert (await prove(floor.world.db)).holds

    async def test_unplaced_pieces_go_first_and_nothing_is_taken_twice(self, floor: Floor) -> None:
        await floor.put("A-01", 30)
        await floor.world.sell(40)
        await floor.world.sell(40)
        await floor.world.reader.drain()
        await floor.world.reader.drain()
        assert (await floor.shelf(), await floor.unplaced()) == ({"A-01": 20}, 0)

    async def test_pieces_that_leave_both_books_at_once_are_neither_put_away_nor_taken_again(
        self, floor: Floor
    ) -> None:
        """Everything lies in A-01; 20 leave, one at a time, while somebody tries to put away and the bins follow."""
        await floor.put("A-01", 100)
        origin = BinId(await floor.bin_id("A-01"))
        line = AdjustLine(sku_id=SkuId(floor.sku(0)), qty=-1)
        lost = Adjust(warehouse_id=floor.warehouse_id, reason=AdjustReason.LOST, reference="同出", lines=[line])

        async def leave() -> None:
            async with floor.world.transaction() as tx:
                (document,) = await inventory.post_adjustments(tx, [lost], tx.items)
                assert isinstance(document, StockDocument)
                move = BinMove(
                    warehouse_id=floor.warehouse_id,
                    sku_id=SkuId(floor.sku(0)),
                    qty=1,
                    origin=origin,
                    doc=document.id,
                    item=tx.items[0],
                )
                assert [type(each) for each in await service.take(tx, [move])] == [Moved]

        async def put_away() -> None:
            with pytest.raises(NotUnplaced):
                await floor.put("A-02", 1)

        async def all_leave() -> None:
            for _ in range(20):
                await leave()

        async def all_try() -> None:
            for _ in range(20):
                await put_away()
                await floor.world.reader.drain()

        await asyncio.gather(all_leave(), all_try())
        await floor.world.reader.drain()
        assert (await floor.shelf(), await floor.unplaced()) == ({"A-01": 80}, 0)
        assert await floor.world.faults() == []

    async def test_the_proof_names_what_is_held_for_a_task(self, floor: Floor) -> None:
        await floor.put("A-01", 100)
        await hold(floor, "A-01", 98)
        await floor.world.sell(10)
        await floor.world.reader.drain()
        report = await prove(floor.world.db)
        assert [proof.against for proof in report.proofs if not proof.holds] == [["WH1 SKU1 sellable: 98 ≠ 90"]]


async def hold(floor: Floor, code: str, qty: int) -> None:
    here = bin_key(floor.warehouse_id, await floor.bin_id(code), floor.sku(0))
    there = bin_key(floor.warehouse_id, await floor.bin_id("OUT"), floor.sku(0))
    async with floor.world.transaction() as tx:
        held = Hold(id=new_id(), debit=here, credit=there, amount=qty, doc=new_id(), item=tx.items[0])
        await bins.hold(tx, [held])


def in_bin(code: str, on_hand: int, held: int, kind: BinKind, expires_on: date | None) -> InBin:
    return InBin(
        bin_id=BinId(UUID(int=1)),
        code=code,
        kind=kind,
        aisle=None,
        bay=None,
        level=None,
        offset_mm=None,
        sku_id=SkuId(UUID(int=2)),
        bucket=Bucket.SELLABLE,
        lot="",
        owner_id=NOBODY,
        on_hand=on_hand,
        held=held,
        expires_on=expires_on,
        state=LotState.OK,
    )


class TestFollowingRules:
    def test_pick_bins_first_then_what_expires_first(self) -> None:
        lying = [
            in_bin("R", 9, 0, BinKind.RESERVE, date(2026, 1, 1)),
            in_bin("B", 9, 0, BinKind.PICK, None),
            in_bin("C", 9, 4, BinKind.PICK, date(2027, 1, 1)),
        ]
        assert [(each.code, qty) for each, qty in taken(lying, 16)] == [("C", 5), ("B", 9), ("R", 2)]

    @given(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20), st.sampled_from(BinKind)), max_size=8),
        st.integers(0, 100),
    )
    def test_as_many_as_are_wanted_or_free_and_nothing_that_is_held(
        self, given_: list[tuple[int, int, BinKind]], wanted: int
    ) -> None:
        lying = [in_bin(str(n), qty, min(held, qty), kind, None) for n, (qty, held, kind) in enumerate(given_)]
        found = taken(lying, wanted)
        assert all(0 < qty <= each.free for each, qty in found)
        assert sum(qty for _, qty in found) == min(wanted, sum(each.free for each in lying))
