"""What takes pieces of several goods one after the other meets others crosswise, and nobody waits in a circle."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.world import World

ROUNDS = 12


def retries(logs: list[Any]) -> set[str]:
    return {each["reason"] for each in logs if each["event"] == "transaction retried"}


def swapped(order: Any, sku: Any) -> dict[str, Any]:
    return {"order_id": order.id, "line": 1, "sku_id": sku, "reason": "换货"}


async def test_goods_are_swapped_to_and_fro_while_others_place_both(world: World) -> None:
    """One frees the first and holds the second, another the other way round; a third holds both at once."""
    one, other = await world.place(1), await world.place(0, 1)
    with capture_logs() as logs:
        async with asyncio.timeout(60):
            for n in range(ROUNDS):
                there, back = world.skus[(n + 1) % 2], world.skus[n % 2]
                await asyncio.gather(
                    world.act("orders.swap_goods", swapped(one, there)),
                    world.act("orders.swap_goods", swapped(other, back)),
                    world.place(1, 1),
                )
    assert retries(logs) <= {"LockNotAvailableError"}, "nobody waited in a circle"
    assert await world.stock_of(0) == (100, 1 + ROUNDS)
    assert await world.stock_of(1) == (100, 1 + ROUNDS)
    assert await world.faults() == []


@pytest.mark.parametrize("short", [0, 1])
async def test_what_waits_for_stock_is_held_by_two_handlers_and_placed_by_others(world: World, short: int) -> None:
    """Orders that wait for stock are filled when it arrives, some by each of two handlers, and others buy the same."""
    await asyncio.gather(*(world.place(30, 30) for _ in range(3)))
    waiting = [await world.place(5, 5 + short, when_short="wait") for _ in range(6)]
    with capture_logs() as logs:
        async with asyncio.timeout(60):
            await world.receive({world.skus[0]: 40, world.skus[1]: 40 + 6 * short})
            await asyncio.gather(
                world.reader.drain(),
                *(world.act("orders.recheck", {"order_id": each.id}) for each in waiting),
                *(world.place(1, 1, when_short="wait") for _ in range(4)),
            )
            await world.reader.drain()
    assert retries(logs) <= {"LockNotAvailableError"}, "nobody waited in a circle"
    assert await world.stock_of(0) == (140, 124)
    assert await world.stock_of(1) == (140 + 6 * short, 124 + 6 * short)
    assert await world.faults() == []
