"""Stock counts: found and lost, while work goes on; nothing is frozen, nothing posts before it is approved."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps.proving import prove
from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.clock import SystemClock
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.warehouse.contract import (
    BinId,
    BinInOtherCount,
    CountEnded,
    CountUnfinished,
    LookedAtWrong,
    NothingToCount,
    NotInCount,
    OwnCount,
    RecountNeeded,
    RiskReason,
    Turnover,
)
from shangmai.modules.warehouse.http import routes
from shangmai.modules.warehouse.rules import counting as rules
from tests.routes import reading
from tests.warehouse.floor import Floor

NOON = SystemClock().now() - timedelta(hours=2)
"""When a count is opened that people work beside; the minutes below are after that."""


def minute(n: int) -> datetime:
    return NOON + timedelta(minutes=n)


class Counting:
    """A count of A-01 and A-02, opened at minute 0; A-01 had 50 pieces then and A-02 30, 20 wait to be put away."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    async def open(self, *bins: str, at: datetime = NOON, **more: Any) -> Any:
        given = {"warehouse_id": self.floor.warehouse_id, "bins": list(bins), **more}
        self.count = await self.floor.world.act("warehouse.open_count", given, at=at)
        return self.count

    async def found(self, bin_: str, qty: int, *, look: datetime | None = None, n: int = 0, **more: Any) -> Any:
        goods = [{"sku_id": self.floor.sku(n), "qty": qty}] if qty else []
        given = {"count_id": self.count.id, "bin": bin_, "found": goods, "looked_at": look}
        return await self.floor.world.act("warehouse.count_bin", given, **more)

    async def approve(self, *bins: str, **more: Any) -> Any:
        return await self.floor.world.act(
            "warehouse.approve_count", {"count_id": self.count.id, "bins": list(bins)}, **more
        )

    async def carry(self, origin: str, to: str, qty: int, at: datetime) -> None:
        line = {"sku_id": self.floor.sku(0), "qty": qty, "origin": origin, "to": to}
        given = {"warehouse_id": self.floor.warehouse_id, "lines": [line]}
        await self.floor.world.act("warehouse.move_bins", given, at=at)

    async def read(self, path: str, **params: Any) -> Any:
        async with reading(self.floor.world.db, routes, SYSTEM) as http:
            answer = await http.get(f"/api/v1/warehouse/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def differences(self) -> list[tuple[str, int, int]]:
        """Bin, system, counted."""
        rows = await self.read(f"counts/{self.count.id}/differences")
        return [(row["bin"], row["system"], row["counted"]) for row in rows]


@pytest_asyncio.fixture
async def counting(floor: Floor) -> Counting:
    lines = [{"sku_id": floor.sku(0), "qty": qty, "bin": bin_} for bin_, qty in (("A-01", 50), ("A-02", 30))]
    given = {"warehouse_id": floor.warehouse_id, "lines": lines}
    await floor.world.act("warehouse.put_away", given, at=minute(-60))
    one = Counting(floor)
    await one.open("A-01", "A-02")
    return one


class TestApproving:
    async def test_what_is_missing_leaves_both_books_at_its_cost(self, counting: Counting) -> None:
        await counting.found("A-01", 47)
        await counting.found("A-02", 30)
        assert await counting.differences() == [("A-01", 50, 47), ("A-02", 30, 30)]
        assert await counting.floor.world.stock_of() == (100, 0), "nothing is posted before it is approved"
        done = await counting.approve()
        assert done.status == "approved"
        assert await counting.floor.shelf() == {"A-01": 47, "A-02": 30}
        assert await counting.floor.world.stock_of() == (97, 0)
        assert await counting.floor.world.worth_of() == 97 * 600
        assert await counting.floor.unplaced() == 20
        assert await counting.floor.world.faults() == []
        assert (await prove(counting.floor.world.db)).holds

    async def test_what_lies_in_the_wrong_bin_changes_no_stock(self, counting: Counting) -> None:
        await counting.found("A-01", 45)
        await counting.found("A-02", 35)
        await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 45, "A-02": 35}
        assert await counting.floor.world.stock_of() == (100, 0)
        assert await counting.floor.world.count("stock_documents") == 1, "the receipt alone"

    async def test_too_many_are_first_those_that_nobody_said_were_put_away(self, counting: Counting) -> None:
        await counting.found("A-01", 75)
        await counting.found("A-02", 30)
        await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 75, "A-02": 30}
        assert await counting.floor.world.stock_of() == (105, 0)
        assert await counting.floor.unplaced() == 0

    async def test_a_bin_at_a_time(self, counting: Counting) -> None:
        await counting.found("A-01", 49)
        with pytest.raises(CountUnfinished):
            await counting.approve()
        first = await counting.approve("A-01")
        assert (first.status, await counting.floor.world.stock_of()) == ("open", (99, 0))
        with pytest.raises(NotInCount):
            await counting.found("A-01", 48)
        await counting.found("A-02", 30)
        assert (await counting.approve("A-02")).status == "approved"
        with pytest.raises(CountEnded):
            await counting.approve()

    async def test_what_is_held_for_orders_cannot_be_counted_away(self, counting: Counting) -> None:
        await counting.floor.world.place(99)
        await counting.found("A-01", 40)
        await counting.found("A-02", 30)
        with pytest.raises(OutOfStock):
            await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 50, "A-02": 30}
        assert (await counting.read(f"counts/{counting.count.id}"))["status"] == "open"

    async def test_two_approve_at_once_and_it_is_posted_once(self, counting: Counting) -> None:
        await counting.found("A-01", 40)
        await counting.found("A-02", 30)
        both = await asyncio.gather(counting.approve(), counting.approve(), return_exceptions=True)
        assert [type(each) for each in both if isinstance(each, Exception)] == [CountEnded]
        assert await counting.floor.world.stock_of() == (90, 0)

    async def test_who_counted_does_not_approve_where_four_eyes_are_wanted(self, counting: Counting) -> None:
        everywhere = dict.fromkeys(("warehouse", "company"), EVERYTHING)
        lead = Actor(id=UUID(int=7), kind="user", name="仓管", grants=frozenset({"*"}), scopes=everywhere)
        await counting.floor.act("set_floor_policy", policy={"four_eyes": True})
        for bin_, qty in (("A-01", 50), ("A-02", 29)):
            await counting.found(bin_, qty, actor=lead)
        with pytest.raises(OwnCount):
            await counting.approve(actor=lead)
        await counting.approve()
        assert await counting.floor.world.stock_of() == (99, 0)


class TestWhileWorkGoesOn:
    async def test_what_moves_after_the_look_is_replayed(self, counting: Counting) -> None:
        """50 lay there, 49 were found; then 10 were carried off: 39 remain, and one is lost, not eleven."""
        await counting.found("A-01", 49, look=minute(5))
        await counting.found("A-02", 30, look=minute(6))
        await counting.carry("A-01", "A-02", 10, at=minute(10))
        assert await counting.differences() == [("A-01", 50, 49), ("A-02", 30, 30)]
        await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 39, "A-02": 40}
        assert await counting.floor.world.stock_of() == (99, 0)

    async def test_what_a_scanner_tells_too_late_is_put_where_it_belongs(self, counting: Counting) -> None:
        """Somebody carried 10 off at minute 3, the count saw 40 at minute 5, the scanner told it afterwards."""
        await counting.found("A-01", 40, look=minute(5))
        await counting.found("A-02", 40, look=minute(6))
        assert await counting.differences() == [("A-01", 50, 40), ("A-02", 30, 40)]
        await counting.carry("A-01", "A-02", 10, at=minute(3))
        assert await counting.differences() == [("A-01", 40, 40), ("A-02", 40, 40)]
        await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 40, "A-02": 40}
        assert await counting.floor.world.stock_of() == (100, 0)

    async def test_a_bin_that_was_emptied_since_is_counted_again(self, counting: Counting) -> None:
        await counting.found("A-01", 40, look=minute(5))
        await counting.found("A-02", 30, look=minute(5))
        await counting.carry("A-01", "R-01", 45, at=minute(10))
        with pytest.raises(RecountNeeded):
            await counting.approve()
        assert await counting.floor.shelf() == {"A-01": 5, "A-02": 30, "R-01": 45}
        await counting.found("A-01", 0)
        await counting.approve()
        assert await counting.floor.shelf() == {"A-02": 30, "R-01": 45}
        assert await counting.floor.world.stock_of() == (95, 0)

    async def test_picking_and_approving_at_once_end_in_the_same_numbers(self, counting: Counting) -> None:
        """Whoever comes first: 50 were there, 48 were found, 20 were carried off."""
        await counting.found("A-01", 48, look=minute(5))
        await counting.found("A-02", 30, look=minute(5))
        await asyncio.gather(
            counting.approve(),
            *(counting.floor.carry("A-01", "A-03", 5) for _ in range(4)),
        )
        assert await counting.floor.shelf() == {"A-01": 28, "A-02": 30, "A-03": 20}
        assert await counting.floor.world.stock_of() == (98, 0)
        assert await counting.floor.world.faults() == []

    async def test_a_look_lies_within_the_count(self, counting: Counting) -> None:
        for wrong in (minute(-1), SystemClock().now() + timedelta(hours=1)):
            with pytest.raises(LookedAtWrong):
                await counting.found("A-01", 1, look=wrong)


class TestOpening:
    async def test_a_bin_is_counted_in_one_count_at_a_time(self, counting: Counting) -> None:
        with pytest.raises(BinInOtherCount):
            await counting.open("A-02", "A-03")
        await counting.floor.world.act("warehouse.cancel_count", {"count_id": counting.count.id})
        again = await counting.open("A-02", "A-03")
        assert [each.code for each in again.bins] == ["A-02", "A-03"]

    async def test_who_counts_blind_is_not_told_what_should_be_there(self, counting: Counting) -> None:
        blind = await counting.read(f"counts/{counting.count.id}")
        assert [each["expected"] for each in blind["bins"]] == [None, None]
        await counting.floor.put("A-03", 5)
        shown = await counting.open("A-03", blind=False)
        (bin_,) = (await counting.read(f"counts/{shown.id}"))["bins"]
        assert [(each["sku_id"], each["qty"]) for each in bin_["expected"]] == [(str(counting.floor.sku(0)), 5)]

    async def test_by_risk_and_by_class(self, counting: Counting) -> None:
        """What moved most is counted first; what is empty and was never touched is no risk."""
        for _ in range(3):
            await counting.floor.put("A-03", 1)
        await counting.floor.put("R-01", 1)
        await counting.floor.put("R-01", 1, n=1)
        where = {"warehouse_id": str(counting.floor.warehouse_id)}
        risky = await counting.read("count-proposals", **where, kind="risk")
        assert [(each["bin"], each["score"], each["reasons"]) for each in risky] == [
            ("R-01", 12, ["moved", "mixed"]),
            ("A-03", 3, ["moved"]),
        ]
        assert risky[0]["zh"] == "上次盘点后出入 2 次；混放 2 个商品"
        made = await counting.open(kind="risk", bins_max=1)
        assert [each.code for each in made.bins] == ["R-01"]
        due = await counting.read("count-proposals", **where, kind="cycle")
        assert [each["bin"] for each in due] == ["A-03", "IN", "OUT", "Q-01"]
        with pytest.raises(NothingToCount):
            await counting.open()


class TestAccuracy:
    async def test_measured_by_day_and_sku(self, counting: Counting) -> None:
        """50 and 30 in the book, 47 and 31 found: off by 4 of 78 counted, 94.87 %."""
        await counting.found("A-01", 47, look=minute(5))
        await counting.found("A-02", 31, look=minute(5))
        await counting.approve()
        told = await counting.read("accuracy", warehouse_id=str(counting.floor.warehouse_id))
        assert (told["counted"], told["off"], told["accuracy_bp"], told["target_bp"]) == (78, 4, 9487, 9920)
        assert [(day["counted"], day["off"]) for day in told["days"]] == [(78, 4)]
        assert [(sku["sku_id"], sku["off"]) for sku in told["skus"]] == [(str(counting.floor.sku(0)), 4)]

    @given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=20))
    def test_all_right_is_ten_thousand_and_never_below_nothing(self, rows: list[tuple[int, int]]) -> None:
        counted, off = sum(c for c, _ in rows), sum(abs(c - s) for c, s in rows)
        found = rules.accuracy_bp(counted, off)
        assert (found is None) == (counted == 0 and off == 0)
        assert found is None or 0 <= found <= 10_000
        assert (found == 10_000) == (off == 0 and counted > 0)


Moves = list[tuple[int, int, int]]
"""When it happened, when it became known, and how many pieces came (or went)."""


class TestReplayRules:
    @given(
        st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(-20, 20)), max_size=30),
        st.integers(0, 100),
        st.integers(-50, 50),
        st.integers(0, 100),
    )
    def test_whatever_moves_and_whenever_it_becomes_known_the_book_ends_at_what_is_there(
        self, moves: Moves, look: int, lost: int, approved: int
    ) -> None:
        """A bin whose book is off by `lost` is looked at; the difference is posted at `approved`, later news follow.

        By the end the book is what is there, if all that happened before the look was known when it was approved.
        """
        known_in_time = [move for move in moves if move[0] > look or move[1] <= approved]
        start = 1000
        there_then = start - lost + sum(qty for happened, _, qty in known_in_time if happened <= look)
        book = start + sum(qty for _, known, qty in known_in_time if known <= approved)
        since = sum(qty for happened, known, qty in known_in_time if known <= approved and happened > look)
        book += there_then - rules.system_then(book, since)
        book += sum(qty for _, known, qty in known_in_time if known > approved)
        assert book == start - lost + sum(qty for _, _, qty in known_in_time)

    @given(st.integers(-100, 100), st.integers(-100, 100))
    def test_the_stock_book_changes_by_what_unplaced_pieces_do_not_explain(self, net: int, unplaced: int) -> None:
        change = rules.adjustment(net, unplaced)
        after = unplaced + change - net
        assert min(0, unplaced) <= after <= max(0, unplaced), "bins and stock book do not drift further apart"
        assert abs(change) <= abs(net)
        assert change == 0 or (change > 0) == (net > 0)
        if unplaced == 0:
            assert change == net


def facts(code: str, days_ago: int | None, turnover: Turnover = Turnover.A, **more: Any) -> rules.BinFacts:
    given = {"moves": 0, "skus": 1, "lots": 1, "was_off": 0, "beyond_stock": False} | more
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return rules.BinFacts(bin_id=BinId(UUID(int=1)), code=code, last_counted_on=last, turnover=turnover, **given)


TODAY = date(2026, 6, 30)


class TestChoosing:
    def test_fast_goods_are_counted_monthly_slow_ones_twice_a_year(self) -> None:
        bins = [
            facts("A30", 30),
            facts("A29", 29),
            facts("B89", 89, Turnover.B),
            facts("C200", 200, Turnover.C),
            facts("NEW", None),
        ]
        found = rules.cycle(bins, TODAY, 10)
        assert [(each.bin, each.score) for each in found] == [("NEW", 1000), ("C200", 111), ("A30", 100)]
        assert [each.reasons for each in found[:2]] == [[RiskReason.NEVER], [RiskReason.DUE]]

    def test_what_was_wrong_last_time_and_what_bins_hold_too_much_of(self) -> None:
        bins = [facts("QUIET", 1), facts("WRONG", 1, was_off=3), facts("BEYOND", 1, beyond_stock=True, moves=7)]
        assert [(each.bin, each.score) for each in rules.risk(bins, 10)] == [("BEYOND", 37), ("WRONG", 20)]
        assert [each.bin for each in rules.risk(bins, 1)] == ["BEYOND"]
