"""Cards follow what begins and ends by the clock alone, from its moment on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.clock import Period
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs.contract import JOBS
from shangmai.kernel.jobs.worker import Jobs
from shangmai.modules.pricing.contract.promotion import WeeklyWindow, When
from shangmai.modules.pricing.rules.periods import is_on, next_turn
from shangmai.modules.storefront.jobs import turn_window
from shangmai.modules.storefront.service.shelf import listen, shelf_of
from tests.jobs.waiting import until
from tests.pricing.making import ALWAYS, publish
from tests.storefront.conftest import Mall
from tests.storefront.test_following import proven

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
OFF = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 500}]}
WINDOWS = st.builds(
    lambda days, start, length: WeeklyWindow(tuple(sorted(days)), start, min(start + length, 1440)),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
WHENS = st.builds(
    lambda start, length, windows, zone: When(
        period=Period(NOW + timedelta(minutes=start), length and NOW + timedelta(minutes=start + length)),
        windows=tuple(windows),
        timezone=zone,
    ),
    st.integers(-20_000, 20_000),
    st.none() | st.integers(1, 20_000),
    st.lists(WINDOWS, max_size=3),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"]),
)


class TestNextTurn:
    @given(WHENS, st.integers(-30_000, 30_000), st.floats(0, 0.999))
    def test_nothing_changes_before_it(self, when: When, minutes: int, part: float) -> None:
        after = NOW + timedelta(minutes=minutes)
        turn = next_turn(when, after)
        last = turn or after + timedelta(days=20)
        assert last > after
        assert is_on(when, after + (last - after) * part) == is_on(when, after)

    def test_a_window_begins_and_ends_by_the_wall_clock_there(self) -> None:
        window = WeeklyWindow((6,), 20 * 60, 22 * 60)
        when = When(period=Period(NOW - timedelta(days=9)), windows=(window,))
        begins = datetime(2026, 3, 28, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
        assert next_turn(when, NOW) == begins
        assert next_turn(when, begins) == begins + timedelta(hours=2)

    def test_none_is_left(self) -> None:
        assert next_turn(When(period=Period(NOW - timedelta(days=9), NOW)), NOW) is None


class Clockwork:
    """A worker for the jobs of the window, and a listener of an API process."""

    def __init__(self, db: Database) -> None:
        self._jobs = Jobs(Runner(db), jobs=[JOBS["storefront.turn"], JOBS["storefront.look"]], schedules=[])
        self._db = db

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(self._jobs.run()), asyncio.create_task(listen(self._db))]
        await shelf_of(self._db).hears.wait()

    async def __aexit__(self, *_: Any) -> None:
        self._jobs.stop()
        await self._tasks[0]
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def prices(mall: Mall) -> dict[str, int]:
    """What a piece of each product costs, by its code."""
    return {card["code"]: card["price_minor"] for card in (await mall.ask())["items"]}


async def until_they_are(mall: Mall, wanted: dict[str, int]) -> None:
    async def are_shown() -> bool:
        return await prices(mall) == wanted

    await until(are_shown)


def soon(seconds: float) -> datetime:
    return datetime.fromtimestamp(time.time() + seconds, UTC)


def has_come(moment: datetime) -> bool:
    return time.time() >= moment.timestamp()


class TestByTheClock:
    """Nothing is shown before its moment, though on a slow machine it may have come when a test looks first."""

    async def test_promotions_begin_and_end_on_the_card(self, mall: Mall, db: Database) -> None:
        for code in ("BEGINS", "ENDS"):
            await mall.goods(code, "杯子", 20)
        turn = soon(6)
        periods = {"BEGINS": {"from": turn.isoformat()}, "ENDS": ALWAYS["period"] | {"to": turn.isoformat()}}
        async with Clockwork(db):
            for code, period in periods.items():
                scope = {"include": {"products": [str(mall.products[code])]}}
                await publish(mall.world, code, layer="item", benefit=OFF, when={"period": period}, scope=scope)
            await mall.settle()
            assert await prices(mall) == {"BEGINS": 2000, "ENDS": 1500} or has_come(turn)
            await until_they_are(mall, {"BEGINS": 1500, "ENDS": 2000})
            assert has_come(turn)
        await mall.settle()
        assert await proven(db) == []

    async def test_a_listed_price_begins_on_the_card(self, mall: Mall, db: Database) -> None:
        await mall.goods("A", "杯子", 20)
        given = {"code": "SALE", "name": "促销", "kind": "base", "currency": "CNY"}
        await mall.world.act("pricing.create_price_list", given)
        await mall.settle()
        begins = soon(4)
        entry = {"price_list": "SALE", "sku_id": mall.skus["A"], "price_minor": 1500}
        async with Clockwork(db):
            await mall.world.act("pricing.set_prices", entry | {"valid_from": begins.isoformat()})
            await mall.settle()
            assert await prices(mall) == {"A": 2000} or has_come(begins)
            await until_they_are(mall, {"A": 1500})
            assert has_come(begins)

    async def test_what_nobody_asked_about_is_caught_up_with(self, mall: Mall, db: Database) -> None:
        """As after a restore: the moment passed while no worker ran, behind the last that made the card."""
        await mall.goods("A", "杯子", 20)
        await mall.settle()
        begins = soon(1)
        scope = {"include": {"products": [str(mall.products["A"])]}}
        when = {"period": {"from": begins.isoformat()}}
        await publish(mall.world, "SOON", layer="item", benefit=OFF, when=when, scope=scope)
        await mall.settle()
        await until(lambda: has_come(begins))
        assert await prices(mall) == {"A": 2000}
        await turn_window(Runner(db))
        await turn_window(Runner(db))
        await mall.settle()
        assert await prices(mall) == {"A": 1500}
