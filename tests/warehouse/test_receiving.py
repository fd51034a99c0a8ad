"""Receiving notices: partial, too much, too little, defective, sent twice; the cost adds up; where to put it."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.warehouse.contract import (
    Bin,
    BinId,
    BinKind,
    LotDiffers,
    LotNeeded,
    NoticeIsClosed,
    NoticeLine,
    NotOnNotice,
    OverDelivered,
    Reason,
    ReceivedLine,
    SlipReused,
    Turnover,
    ZoneId,
)
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.rules import receiving, suggesting
from shangmai.modules.warehouse.rules.turnover import classes
from tests.routes import reading
from tests.warehouse.floor import Floor


async def notify(floor: Floor, *pieces: int, cost_minor: int = 10_000, **more: Any) -> Any:
    """A notice of so many pieces of the first, second, … SKU, each line for 100.00 together."""
    lines = [{"sku_id": floor.sku(n), "qty": qty, "cost_minor": cost_minor} for n, qty in enumerate(pieces)]
    return await floor.act("notify_receipt", reference="PO-7", lines=lines, **more)


async def receive(floor: Floor, notice: Any, slip: str, *pieces: int, **more: Any) -> Any:
    about: dict[str, Any] = {key: more.pop(key) for key in ("bin", "accept_over") if key in more}
    lines: list[dict[str, Any]] = [{"line": n, "qty": qty, **more} for n, qty in enumerate(pieces, 1) if qty]
    given = {"notice_id": notice.id, "slip": slip, "lines": lines, **about}
    return await floor.world.act("warehouse.receive_notice", given)


async def seen(floor: Floor, notice: Any) -> dict[str, Any]:
    async with reading(floor.world.db, routes, SYSTEM) as http:
        rows = (await http.get("/api/v1/warehouse/notices")).json()["items"]
    found: dict[str, Any] = next(row for row in rows if row["id"] == str(notice.id))
    return found


class TestReceiving:
    async def test_in_parts_with_defective_pieces_until_all_has_come(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        await receive(floor, notice, "S1", 20)
        await receive(floor, notice, "S2", 3, bucket="defective")
        assert await floor.world.stock_of() == (120, 0)
        assert await floor.world.stock_of(0, Bucket.DEFECTIVE) == (3, 0)
        (line,) = (await seen(floor, notice))["lines"]
        assert (line["expected"], line["received"], line["defective"]) == (30, 23, 3)
        closed = await floor.world.act("warehouse.close_notice", {"notice_id": notice.id})
        assert (closed.status, closed.lines[0].missing) == ("closed", 7)
        with pytest.raises(NoticeIsClosed):
            await receive(floor, notice, "S3", 1)
        assert await floor.unplaced() == 123
        assert await floor.world.faults() == []

    async def test_the_same_slip_is_received_once(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        first = await receive(floor, notice, "S1", 20)
        again = await receive(floor, notice, "S1", 20)
        assert (again.id, again.document_id) == (first.id, first.document_id)
        with pytest.raises(SlipReused):
            await receive(floor, notice, "S1", 10)
        assert await floor.world.stock_of() == (120, 0)

    async def test_two_send_the_same_slip_at_once(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        both = await asyncio.gather(*(receive(floor, notice, "S1", 20) for _ in range(2)))
        assert both[0].id == both[1].id
        assert await floor.world.stock_of() == (120, 0)

    async def test_two_receive_the_last_pieces_at_once(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        both = await asyncio.gather(
            *(receive(floor, notice, slip, 20) for slip in ("S1", "S2")), return_exceptions=True
        )
        assert [type(each) for each in both if isinstance(each, Exception)] == [OverDelivered]
        assert await floor.world.stock_of() == (120, 0)

    async def test_too_much_is_taken_only_on_purpose_or_within_what_was_agreed(self, floor: Floor) -> None:
        notice = await notify(floor, 30, 10, over_percent=10)
        await receive(floor, notice, "S1", 33)
        with pytest.raises(OverDelivered) as refused:
            await receive(floor, notice, "S2", 1, 5)
        assert (refused.value.data["most"], refused.value.data["received"]) == (33, 34)
        assert (await floor.world.stock_of(0), await floor.world.stock_of(1)) == ((133, 0), (100, 0))
        await receive(floor, notice, "S3", 1, 5, accept_over=True)
        assert (await floor.world.stock_of(0), await floor.world.stock_of(1)) == ((134, 0), (105, 0))

    async def test_what_is_on_no_line_is_refused(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        with pytest.raises(NotOnNotice):
            await receive(floor, notice, "S1", 1, 1)
        assert await floor.world.stock_of() == (100, 0)

    async def test_the_cost_is_what_was_agreed_to_the_cent(self, floor: Floor) -> None:
        notice = await notify(floor, 3, cost_minor=1000)
        for n in range(3):
            await receive(floor, notice, f"S{n}", 1)
        assert await floor.world.worth_of() == 100 * 600 + 1000
        assert await floor.world.faults() == []

    async def test_a_refused_one_leaves_no_event_and_no_neighbour_fails(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        one = {"notice_id": notice.id, "lines": [{"line": 1, "qty": 10}]}
        given = [one | {"slip": "S1"}, one | {"slip": "S2", "bin": "nowhere"}, one | {"slip": "S3", "bin": "IN"}]
        answers = await asyncio.gather(*(floor.world.answer("warehouse.receive_notice", each) for each in given))
        assert [answer.error is None for answer in answers] == [True, False, True]
        assert await floor.world.stock_of() == (120, 0)
        assert await floor.world.count("events WHERE name = 'inventory.received.v1'") == 3
        assert await floor.shelf() == {"IN": 10}

    async def test_who_is_out_of_the_warehouse_cannot_receive(self, floor: Floor) -> None:
        notice = await notify(floor, 30)
        elsewhere = {"warehouse": frozenset({UUID(int=8)})}
        other = Actor(id=UUID(int=7), kind="user", name="外人", grants=frozenset({"warehouse.*"}), scopes=elsewhere)
        given = {"notice_id": notice.id, "slip": "S1", "lines": [{"line": 1, "qty": 10}]}
        assert (await floor.world.answer("warehouse.receive_notice", given, actor=other)).error is not None
        here = {
            "warehouse": frozenset({floor.world.warehouse_id}),
            "company": frozenset({floor.world.company_id}),
        }
        picker = Actor(id=UUID(int=9), kind="user", name="收货员", grants=frozenset({"warehouse.*"}), scopes=here)
        assert (await floor.world.answer("warehouse.receive_notice", given, actor=picker)).error is None


class TestLotsThatArrive:
    async def test_lots_are_written_down_and_stand_in_the_receiving_bin(self, floor: Floor) -> None:
        about = {"company_id": floor.world.company_id, "sku_id": floor.sku(0)}
        await floor.world.act("warehouse.set_lot_rule", {**about, "rule": {"required": True, "keep_days": 365}})
        notice = await notify(floor, 30)
        with pytest.raises(LotNeeded):
            await receive(floor, notice, "S1", 10, bin="IN")
        await receive(floor, notice, "S1", 10, bin="IN", lot="L1", made_on="2026-01-01")
        with pytest.raises(LotDiffers):
            await receive(floor, notice, "S2", 10, bin="IN", lot="L1", made_on="2026-01-02")
        (lying,) = await floor.lying()
        assert (lying.code, lying.lot, lying.expires_on, lying.on_hand) == ("IN", "L1", date(2027, 1, 1), 10)
        await floor.carry("IN", "A-01", 10, lot="L1")
        assert await floor.shelf() == {"A-01": 10}


def line(expected: int, cost_minor: int, received: int = 0) -> NoticeLine:
    return NoticeLine(line=1, sku_id=SkuId(UUID(int=1)), expected=expected, cost_minor=cost_minor, received=received)


class TestRules:
    @given(st.integers(0, 10**9), st.lists(st.integers(1, 1000), min_size=1, max_size=10))
    def test_however_it_comes_in_parts_it_costs_what_was_agreed(self, cost_minor: int, parts: list[int]) -> None:
        lines = {1: line(sum(parts), cost_minor)}
        found = receiving.costs(lines, [ReceivedLine(line=1, qty=qty) for qty in parts])
        assert sum(found) == cost_minor
        assert all(cost >= 0 for cost in found)

    @given(st.integers(0, 10**6), st.integers(1, 100), st.integers(0, 100), st.integers(1, 100))
    def test_one_at_a_time_costs_as_much_as_together(self, cost: int, expected: int, before: int, qty: int) -> None:
        start = {1: line(expected, cost, before)}
        together = receiving.costs(start, [ReceivedLine(line=1, qty=qty)])
        single = receiving.costs(start, [ReceivedLine(line=1, qty=1)] * qty)
        assert sum(single) == sum(together)

    def test_classes_by_what_moves(self) -> None:
        a, b, c, d, e = (UUID(int=n) for n in range(1, 6))
        found = classes({a: 70, b: 15, c: 11, d: 4, e: 0})
        assert [found[each] for each in (a, b, c, d, e)] == list("aabcc")

    @given(st.dictionaries(st.uuids(), st.integers(0, 100), max_size=20))
    def test_what_moves_more_is_never_in_a_slower_class(self, gone: dict[UUID, int]) -> None:
        found = classes(gone)
        assert found.keys() == gone.keys()
        for one in gone:
            for other in gone:
                assert gone[one] <= gone[other] or found[one] <= found[other]


def shelf(code: str, kind: BinKind = BinKind.PICK, room: int | None = None, offset_mm: int = 0) -> suggesting.Shelf:
    bin_ = Bin(
        id=BinId(UUID(int=1)),
        warehouse_id=WarehouseId(UUID(int=2)),
        zone_id=ZoneId(UUID(int=3)),
        code=code,
        kind=kind,
        temperature=Temperature.AMBIENT,
        aisle=0,
        level=0,
        offset_mm=offset_mm,
    )
    return suggesting.Shelf(bin=bin_, lying=(), room=room)


SKU = SkuId(UUID(int=9))


class TestSuggestions:
    def test_what_moves_fast_goes_to_the_front_and_what_moves_slowly_to_the_back(self) -> None:
        shelves = [shelf("NEAR", offset_mm=100), shelf("FAR", offset_mm=9000)]
        fast = suggesting.plan(shelves, SKU, "", 5, Turnover.A)
        slow = suggesting.plan(shelves, SKU, "", 5, Turnover.C)
        assert [(step.bin, step.reasons) for step in fast.steps] == [("NEAR", [Reason.EMPTY, Reason.NEAR])]
        assert [(step.bin, step.reasons) for step in slow.steps] == [("FAR", [Reason.EMPTY, Reason.FAR])]

    @given(st.lists(st.tuples(st.sampled_from(BinKind), st.integers(0, 20)), max_size=8), st.integers(1, 100))
    def test_no_bin_is_overfilled_and_nothing_is_lost(self, rooms: list[tuple[BinKind, int]], qty: int) -> None:
        shelves = [shelf(str(n), kind, room) for n, (kind, room) in enumerate(rooms)]
        plan = suggesting.plan(shelves, SKU, "", qty, Turnover.B)
        assert sum(step.qty for step in plan.steps) + plan.left == qty
        assert all(0 < step.qty <= (step.room or 0) for step in plan.steps)
        assert plan.left == max(qty - sum(room for _, room in rooms), 0)

    async def test_by_size_with_the_reasons_in_words(self, floor: Floor) -> None:
        sides = {"length_mm": 100, "width_mm": 100, "height_mm": 100}
        await floor.world.act("catalog.set_handling", {"sku_id": floor.sku(0), **sides})
        measured = [
            {"code": "A-01", "zone": "A", "offset_mm": 0, "volume_max_cm3": 20_000},
            {"code": "A-02", "zone": "A", "offset_mm": 9000, "volume_max_cm3": 8_000},
            *({"code": code, "zone": "A", "active": False} for code in ("A-03", "R-01")),
        ]
        await floor.act("save_bins", bins=measured)
        await floor.put("A-01", 5)
        async with reading(floor.world.db, routes, SYSTEM) as http:
            about: dict[str, Any] = {"warehouse_id": str(floor.warehouse_id), "sku_id": str(floor.sku(0)), "qty": 40}
            plan = (await http.get("/api/v1/warehouse/put-away-plan", params=about)).json()
        assert [(step["bin"], step["qty"], step["room"]) for step in plan["steps"]] == [
            ("A-01", 15, 15),
            ("A-02", 8, 8),
        ]
        assert plan["left"] == 17
        assert plan["steps"][0]["zh"] == "该货位已有同一商品同一批次；周转慢，放在巷道深处；还能放 15 件"
        assert plan["steps"][1]["en"] == "it is empty; moves slowly, and it is far from the front; 8 pieces fit"
