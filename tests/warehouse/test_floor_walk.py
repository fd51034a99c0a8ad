"""A random walk over the floor: whatever happens in whatever order, every piece is somewhere, and once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import AppError
from shangmai.modules.warehouse.contract.requests import RequestState
from shangmai.modules.warehouse.queries import backs, parcels
from tests.warehouse.work import Work

STEPS = 70
BINS = ("A-01", "A-02", "A-03")


class Walk:
    """Buyers, pickers and packers who do not talk to each other. What the rules refuse is no step."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.rng = work, random.Random(seed)
        self.orders: list[Any] = []
        self.waves: list[Any] = []

    async def run(self) -> None:
        steps = [self.order, self.order, self.wave, self.pick, self.pick, self.sow, self.pack, self.hand_over]
        rare = [self.cancel, self.cancel_part, self.hold, self.release, self.short, self.put_back, self.cancel_wave]
        for _ in range(STEPS):
            step = self.rng.choice(steps if self.rng.random() < 0.7 else rare)
            try:
                await step()
            except AppError:
                continue
            finally:
                if self.rng.random() < 0.5:
                    await self.work.world.reader.drain()
        await self.work.world.reader.drain()

    async def order(self) -> None:
        order = await self.work.world.place(*(self.rng.randint(0, 3) for _ in range(2)), 1)
        await self.work.world.pay(order)
        await self.work.world.reader.drain()
        self.orders.append(order)

    async def wave(self) -> None:
        method = self.rng.choice(["bulk", "sow", "sort", "each"])
        rules = {"methods": dict.fromkeys(("single", "multi", "hot", "big"), method), "cells": 3, "hot_min": 0}
        await self.work.turn_on(waves=rules)
        self.waves += await self.work.waves()

    async def pick(self) -> None:
        for task in await self.work.tasks(self.rng.choice(self.waves)) if self.waves else ():
            for stop in task.stops:
                await self.work.pick(task, stop.bin, stop.sku, self.rng.randint(1, stop.qty))

    async def sow(self) -> None:
        if self.waves:
            await self.work.sow_all(self.rng.choice(self.waves))

    async def short(self) -> None:
        for task in (await self.work.tasks(self.rng.choice(self.waves)))[:1] if self.waves else ():
            stop = self.rng.choice(task.stops)
            given = {"task_id": task.task.id, "bin": stop.bin, "barcode": stop.sku}
            await self.work.world.act("warehouse.report_short", given)
            await self.work.floor.act("end_short", bin=stop.bin, barcode=stop.sku)

    async def pack(self) -> None:
        order = self.rng.choice(self.orders or [None])
        if order is not None and await self.work.state(order) == "picked":
            await self.pack_one(order)

    async def pack_one(self, order: Any) -> None:
        async with self.work.world.db.reading(SYSTEM) as tx:
            request = await self.work.request(order)
            passed = (await parcels.checked(tx, [request.doc]))[request.doc]
        for n in range(3):
            left = (await self.work.wanted(order)).get(self.work.sku(n), 0) - passed.get(self.work.floor.sku(n), 0)
            if left:
                await self.work.check(order, f"SKU{n + 1}", left)
        await self.work.close(order)

    async def hand_over(self) -> None:
        if self.orders:
            number = (await self.work.unit(self.rng.choice(self.orders))).number
            await self.work.floor.act("hand_over", scanned=number)

    async def cancel(self) -> None:
        if self.orders:
            given = {"order_id": self.rng.choice(self.orders).id, "reason": "不要了"}
            await self.work.world.act("orders.cancel", given)

    async def cancel_part(self) -> None:
        if self.orders:
            given = {"order_id": self.rng.choice(self.orders).id, "lines": [{"line": 1, "qty": 1}], "reason": "少买"}
            await self.work.world.act("orders.cancel_part", given)

    async def hold(self) -> None:
        if self.orders:
            await self.work.world.act("orders.hold", {"order_id": self.rng.choice(self.orders).id, "cause": "等等"})

    async def release(self) -> None:
        if self.orders:
            await self.work.world.act("orders.release", {"order_id": self.rng.choice(self.orders).id})

    async def put_back(self) -> None:
        for back in await self.backs():
            code = next(n for n in range(3) if self.work.sku(n) == back.sku_id)
            bin_ = self.rng.choice(BINS)
            left = back.qty - back.done
            await self.work.floor.act("put_back", bin=bin_, barcode=f"SKU{code + 1}", qty=left, lot=back.lot)

    async def cancel_wave(self) -> None:
        if self.waves:
            await self.work.world.act("warehouse.cancel_wave", {"wave_id": self.rng.choice(self.waves).id})

    async def backs(self) -> list[Any]:
        async with self.work.world.db.reading(SYSTEM) as tx:
            return await backs.page_of_backs(tx, None, None, 500)

    async def finish(self) -> None:
        """Let everything come to its end: all that is not held back or canceled leaves."""
        self.waves += await self.work.waves()
        for wave in self.waves:
            await self.work.pick_all(wave)
            await self.work.sow_all(wave)
        for order in self.orders:
            if await self.work.state(order) == "picked":
                await self.pack_one(order)
            if await self.work.state(order) == "packed":
                await self.work.floor.act("hand_over", scanned=(await self.work.unit(order)).number)
        await self.put_back()
        await self.work.world.reader.drain()


@pytest.mark.parametrize("seed", range(3))
async def test_every_piece_is_somewhere_and_once(work: Work, seed: int) -> None:
    walk = Walk(work, seed)
    await walk.run()
    assert not await work.proof()
    await walk.finish()
    assert not await work.proof()
    ended = {RequestState.LEFT.value, RequestState.STOPPED.value, None}
    assert {await work.state(order) for order in walk.orders} <= ended
    for n in range(3):
        lying = await work.floor.lying(n)
        assert [(each.code, each.on_hand) for each in lying if each.code == "OUT"] == []
        assert sum(each.held for each in lying) == 0
        assert await work.floor.unplaced(n) == 10
