"""Member levels: set in batches, kept as history, refused for who is not there."""

from __future__ import annotations

import asyncio

import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service
from shangmai.modules.members.contract import CustomerNotFound
from tests.world import World


async def test_the_last_level_counts_and_the_same_again_changes_nothing(world: World) -> None:
    known = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
    levels = ["gold", "gold", "plat", ""]
    told = [await world.act("members.set_level", {"customer_id": known.customer_id, "level": each}) for each in levels]
    assert [(each.old, each.level, each.changed) for each in told] == [
        ("", "gold", True), ("gold", "gold", False), ("gold", "plat", True), ("plat", "", True)
    ]  # fmt: skip
    async with world.db.reading(SYSTEM) as tx:
        assert await service.levels_of(tx, [known.customer_id]) == {}
        assert await tx.fetchval("SELECT count(*) FROM events WHERE name = 'members.level_changed.v1'") == 3


async def test_levels_of_a_batch_follow_each_other(world: World) -> None:
    known = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
    given = [{"customer_id": known.customer_id, "level": f"L{n}"} for n in range(20)]
    await asyncio.gather(*(world.act("members.set_level", each) for each in given))
    async with world.db.reading(SYSTEM) as tx:
        assert await service.levels_of(tx, [known.customer_id]) == {known.customer_id: "L19"}


async def test_refusals_change_nothing(world: World) -> None:
    with pytest.raises(CustomerNotFound):
        await world.act("members.set_level", {"customer_id": new_id(), "level": "gold"})
    known = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
    stranger = Actor(
        id=new_id(), kind="user", name="x", grants=frozenset({"members.*"}), scopes={"shop": frozenset({new_id()})}
    )
    given = {"customer_id": known.customer_id, "level": "gold"}
    assert (await world.answer("members.set_level", given, actor=stranger)).error is not None
    assert await world.count("customer_levels") == 0
