"""Random walks of orders that wait, are changed, go in parts and units: in the end all that is ordered can leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from tests.databases import Reused
from tests.orders import test_random_walk
from tests.orders.test_exceptions import GOOD
from tests.orders.test_in_parts import send_parts_from
from tests.orders.test_units import policy, second_warehouse, units_of
from tests.world import World

SKUS, ORDERS = 3, 4
PLENTY = 500

order = st.integers(0, ORDERS - 1)
line = st.integers(1, 4)
sku = st.integers(0, SKUS - 1)
PLACE = st.tuples(st.just("place"), st.sampled_from([1, 3, 6]), st.sampled_from([0, 2, 6]))
"""Four of each SKU are there, and two elsewhere: six is too many, at first."""
CHANGES = st.lists(
    st.one_of(
        PLACE,
        st.tuples(st.just("receive"), sku, st.integers(1, 6)),
        st.tuples(st.just("gift"), order, sku),
        st.tuples(st.just("swap"), order, sku),
        st.tuples(st.just("cancel_part"), order, line),
        st.tuples(st.just("cancel"), order, st.just(0)),
        st.tuples(st.just("hold"), order, st.just(0)),
        st.tuples(st.just("let_go"), order, st.just(0)),
        st.tuples(st.just("ship"), order, line),
        st.tuples(st.just("ship_units"), order, st.integers(0, 2)),
        st.tuples(st.just("recall"), order, st.integers(0, 2)),
        st.tuples(st.just("split"), order, line),
        st.tuples(st.just("move"), order, st.integers(0, 1)),
        st.tuples(st.just("give_back"), order, line),
        st.tuples(st.just("exchange"), order, line),
        st.tuples(st.just("resend"), order, line),
        st.tuples(st.just("look"), st.just(0), st.just(0)),
    ),
    max_size=25,
)
STEPS = st.builds(lambda first, second, more: [first, second, *more], PLACE, PLACE, CHANGES)


class Walk(test_random_walk.Walk):
    """More that happens to orders, from one warehouse or both."""

    def __init__(self, world: World, elsewhere: Any) -> None:
        super().__init__(world)
        self.places = [world.warehouse_id, elsewhere]

    async def act(self, name: str, n: int, **more: Any) -> Any:
        return await self.world.act(name, {"order_id": self.order(n).id, **more})

    async def place(self, first: int, second: int) -> None:
        placed = await self.world.place(first, second, when_short="wait", receiver=GOOD)
        self.orders.append(placed)
        await self.world.pay(placed)

    async def receive(self, n: int, qty: int) -> None:
        await self.world.receive({self.world.skus[n]: qty})

    async def gift(self, n: int, of: int) -> None:
        await self.act("orders.add_gift", n, sku_id=self.world.skus[of], qty=1, reason="久等了")

    async def swap(self, n: int, to: int) -> None:
        await self.act("orders.swap_goods", n, line=1, sku_id=self.world.skus[to], reason="换色")

    async def cancel_part(self, n: int, of: int) -> None:
        await self.act("orders.cancel_part", n, lines=[{"line": of, "qty": 1}], reason="少要一件")

    async def hold(self, n: int, _: int) -> None:
        await self.act("orders.hold", n, cause="等一等")

    async def let_go(self, n: int, _: int) -> None:
        await self.act("orders.release", n)

    async def ship(self, n: int, of: int) -> None:
        await self.act("orders.ship", n, lines=[{"line": of, "qty": 1}])

    async def give_back(self, n: int, of: int) -> None:
        await self.act("orders.return", n, lines=[{"line": of, "qty": 1}], reason="七天无理由")

    async def exchange(self, n: int, of: int) -> None:
        lines = [{"line": of, "qty": 1, "sku_id": self.world.skus[n % SKUS]}]
        made = await self.act("orders.exchange", n, lines=lines, reason="换新", wait_for_return=False)
        self.orders.append(made)

    async def resend(self, n: int, of: int) -> None:
        made = await self.act("orders.resend", n, lines=[{"line": of, "qty": 1}], reason="漏发")
        self.orders.append(made)

    async def ship_units(self, n: int, which: int) -> None:
        await self.unit("orders.ship_unit", n, which)

    async def recall(self, n: int, which: int) -> None:
        await self.unit("orders.recall_unit", n, which)

    async def move(self, n: int, place: int) -> None:
        await self.unit("orders.move_unit", n, n, warehouse_id=self.places[place])

    async def split(self, n: int, of: int) -> None:
        lines = [{"order_id": self.order(n).id, "line": of, "qty": 1}]
        await self.unit("orders.split_unit", n, 0, lines=lines)

    async def unit(self, name: str, n: int, which: int, **more: Any) -> None:
        await self.look(0, 0)
        if found := await units_of(self.world, self.order(n)):
            await self.world.act(name, {"unit_id": found[which % len(found)].id, **more})

    async def let_all_leave(self) -> None:
        """There is plenty of everything, nobody holds anything up: the warehouse sends what it is given."""
        await self.world.receive(dict.fromkeys(self.world.skus, PLENTY))
        await self.look(0, 0)
        for n in range(len(self.orders)):
            await self.step("let_go", n, 0)
        await self.look(0, 0)
        for each in self.orders:
            for unit in await units_of(self.world, each):
                if unit.state.value == "open":
                    await self.world.act("orders.release_unit", {"unit_id": unit.id})
            for unit in await units_of(self.world, each, "released"):
                await self.world.act("orders.ship_unit", {"unit_id": unit.id})
        await self.look(0, 0)


class TestWalk:
    @pytest.mark.timeout(900)  # each walk has a database of its own, and many are taken
    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS, in_parts=st.booleans())
    def test_all_that_is_ordered_can_leave(
        self, walk_loop: Any, steps: list[tuple[str, int, int]], in_parts: bool
    ) -> None:
        walk_loop(steps, in_parts)


@pytest.fixture
def walk_loop(server: Server, template: str) -> Iterator[Callable[[list[tuple[str, int, int]], bool], None]]:
    """Runs one walk in a database where nothing has happened yet."""
    reused = Reused(server, template)

    async def walk(steps: list[tuple[str, int, int]], in_parts: bool) -> None:
        async with await Database.connect(server.dsn(database=await reused.fresh()), size=3) as db:
            await _check(db, steps, in_parts)

    with asyncio.Runner() as runner:
        yield lambda steps, in_parts: runner.run(walk(steps, in_parts))
        runner.run(reused.drop())


async def _check(db: Database, steps: list[tuple[str, int, int]], in_parts: bool) -> None:
    world = await World(db).make(skus=SKUS, qty=4)
    await send_parts_from(world, 30, on=in_parts)
    await policy(world, sourcing=in_parts, pieces_max=3 if in_parts else 0)
    walk = Walk(world, await second_warehouse(world, 2, 2, 2))
    for kind, first, second in steps:
        await walk.step(kind, first, second)
    assert await world.faults() == []
    await walk.let_all_leave()
    assert await world.faults() == []
    for each in walk.orders:
        detail = await world.detail(each)
        left = {n.line: n.qty - n.shipped_qty - n.canceled_qty for n in detail.lines}
        assert detail.order.status == "canceled" or not any(left.values()), (detail.order, left, steps)
