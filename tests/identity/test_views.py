"""Views of lists: one's own, those that are shared, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.errors import Invalid
from shangmai.modules.identity import http
from shangmai.modules.identity.contract.errors import UserNeeded
from shangmai.modules.identity.contract.views import VIEWS_MAX, TooManyViews, ViewNotFound
from tests.routes import reading
from tests.world import World


async def hire(world: World, login: str) -> Actor:
    user = await world.act(
        "identity.create_user", {"login": login, "display_name": login, "password": "a-long-password-1", "roles": []}
    )
    return Actor(id=user.id, kind="user", name=login, grants=frozenset({"identity.self"}))


async def seen(world: World, actor: Actor, place: str = "orders") -> list[Any]:
    async with reading(world.db, http.routes, actor) as client:
        views: list[Any] = (await client.get("/api/v1/views", params={"place": place})).json()
    return views


def view(name: str, **more: Any) -> dict[str, Any]:
    return {"place": "orders", "name": name, "query": "status=placed", "hidden": ["terms"], **more}


async def test_ones_own_views_come_before_those_that_others_share(world: World) -> None:
    li, wang = await hire(world, "xiaoli"), await hire(world, "laowang")
    await world.act("identity.save_view", view("我的"), actor=li)
    await world.act("identity.save_view", view("共享", shared=True), actor=li)
    await world.act("identity.save_view", view("自己"), actor=wang)
    assert [(each["name"], each["owner_name"]) for each in await seen(world, wang)] == [
        ("自己", "laowang"),
        ("共享", "xiaoli"),
    ]
    assert await seen(world, wang, "stock") == []


async def test_a_view_of_the_same_name_is_replaced_also_by_two_at_once(world: World) -> None:
    li = await hire(world, "xiaoli")
    await asyncio.gather(
        *(world.act("identity.save_view", view("待发", query=f"status=s{n}"), actor=li) for n in range(4))
    )
    (kept,) = await seen(world, li)
    assert kept["query"].startswith("status=s")
    assert kept["hidden"] == ["terms"]


async def test_only_its_owner_removes_a_view(world: World) -> None:
    li, wang = await hire(world, "xiaoli"), await hire(world, "laowang")
    kept = await world.act("identity.save_view", view("共享", shared=True), actor=li)
    with pytest.raises(ViewNotFound):
        await world.act("identity.remove_view", {"view_id": kept.id}, actor=wang)
    assert len(await seen(world, li)) == 1
    await world.act("identity.remove_view", {"view_id": kept.id}, actor=li)
    assert await seen(world, li) == []


async def test_what_is_refused_keeps_nothing(world: World) -> None:
    li = await hire(world, "xiaoli")
    for wrong in ({"name": " "}, {"place": "../x"}, {"query": "x" * 2001}):
        with pytest.raises(Invalid):
            await world.act("identity.save_view", view("x") | wrong, actor=li)
    with pytest.raises(UserNeeded):
        await world.act("identity.save_view", view("x"), actor=SYSTEM)
    with pytest.raises(ViewNotFound):
        await world.act("identity.remove_view", {"view_id": uuid4()}, actor=li)
    for n in range(VIEWS_MAX):
        await world.act("identity.save_view", view(f"v{n}"), actor=li)
    with pytest.raises(TooManyViews):
        await world.act("identity.save_view", view("one more"), actor=li)
    await world.act("identity.save_view", view("v0", query="status=signed"), actor=li)  # in place of one that is there
    assert len(await seen(world, li)) == VIEWS_MAX
