"""Random walks of place, pay, ship, cancel and return: after each, every book is proven."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.errors import AppError
from tests.databases import Reused
from tests.world import World

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(0, 8), st.integers(0, 8)),
        st.tuples(st.just("pay"), st.integers(0, 9), st.integers(1, 9000)),
        st.tuples(st.just("ship"), st.integers(0, 9), st.integers(0, 3)),
        st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("cancel_part"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("look"), st.just(0), st.just(0)),
        st.tuples(st.just("return"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("adjust"), st.integers(0, 1), st.integers(-5, 5)),
        st.tuples(st.just("transfer"), st.integers(0, 1), st.integers(1, 4)),
    ),
    max_size=25,
)


class Walk:
    """Carries out steps; a refusal is a step that changed nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders: list[Any] = []

    async def step(self, kind: str, first: int, second: int) -> None:
        try:
            await getattr(self, kind)(first, second)
        except AppError:
            return

    def order(self, n: int) -> Any:
        return self.orders[n % len(self.orders)] if self.orders else None

    async def place(self, first: int, second: int) -> None:
        if first or second:
            self.orders.append(await self.world.place(first, second))

    async def pay(self, n: int, amount: int) -> None:
        if (order := self.order(n)) is not None:
            await self.world.pay(order, amount)

    async def ship(self, n: int, qty: int) -> None:
        if (order := self.order(n)) is not None:
            await self.world.pay(order, (await self.world.detail(order)).order.total_minor)
        if order is not None:
            await self.world.ship(order, {1: qty} if qty else None)

    async def cancel(self, n: int, _: int) -> None:
        if (order := self.order(n)) is not None:
            await self.world.act("orders.cancel", {"order_id": order.id, "reason": "改主意"})

    async def cancel_part(self, n: int, qty: int) -> None:
        if (order := self.order(n)) is not None:
            given = {"order_id": order.id, "lines": [{"line": 1, "qty": qty}], "reason": "少要几件"}
            await self.world.act("orders.cancel_part", given)

    async def look(self, _: int, __: int) -> None:
        """Let everything that follows by events happen now: units, for instance."""
        await self.world.reader.drain()

    async def give_back(self, n: int, qty: int) -> None:
        if (order := self.order(n)) is not None:
            await self.world.give_back(order, {1: qty})

    async def adjust(self, sku: int, qty: int) -> None:
        await self.world.act(
            "inventory.adjust",
            {
                "warehouse_id": self.world.warehouse_id,
                "reason": "count",
                "reference": "盘点",
                "lines": [{"sku_id": self.world.skus[sku], "qty": qty}],
            },
        )

    async def transfer(self, sku: int, qty: int) -> None:
        await self.world.act(
            "inventory.regrade",
            {
                "warehouse_id": self.world.warehouse_id,
                "sku_id": self.world.skus[sku],
                "qty": qty,
                "to": "defective",
                "reference": "质检",
            },
        )


setattr(Walk, "return", Walk.give_back)


class TestWalk:
    @pytest.mark.timeout(900)  # each walk has a database of its own, and many are taken
    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def test_keeps_every_book_proven(self, walk_loop: Any, steps: list[tuple[str, int, int]]) -> None:
        walk_loop(steps)


@pytest.fixture
def walk_loop(server: Server, template: str) -> Iterator[Callable[[list[tuple[str, int, int]]], None]]:
    """Runs one walk in a database where nothing has happened yet."""
    reused = Reused(server, template)

    async def walk(steps: list[tuple[str, int, int]]) -> None:
        async with await Database.connect(server.dsn(database=await reused.fresh()), size=3) as db:
            await _check(db, steps)

    with asyncio.Runner() as runner:
        yield lambda steps: runner.run(walk(steps))
        runner.run(reused.drop())


async def _check(db: Database, steps: list[tuple[str, int, int]]) -> None:
    world = await World(db).make(skus=2, qty=20)
    walk = Walk(world)
    for kind, first, second in steps:
        await walk.step(kind, first, second)
    assert await world.faults() == []
    for order in walk.orders:
        detail = await world.detail(order)
        assert detail.order.refunded_minor <= detail.order.paid_minor <= detail.order.total_minor
        assert sum(line.returned_minor for line in detail.lines) <= detail.order.total_minor
        assert all(line.returned_minor <= line.shipped_minor <= line.due_minor for line in detail.lines)
