"""Notes on orders, and the notices that colleagues get of them and of exceptions."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shangmai.apps import upkeep
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.errors import Invalid
from shangmai.modules.messaging import http as messaging_http
from shangmai.modules.messaging.contract import NoticeNotFound
from shangmai.modules.orders.contract import OrderNotFound
from shangmai.modules.orders.http import notes as http
from shangmai.modules.orders.rules.notes import mentioned
from tests.orders.test_preferring import trace
from tests.routes import reading
from tests.world import World


def worker(id_: Any, name: str, *grants: str, shops: Any = EVERYTHING) -> Actor:
    scopes = dict.fromkeys(DIMENSIONS, EVERYTHING) | {"shop": shops}
    return Actor(
        id=id_, kind="user", name=name, grants=frozenset({"identity.self", "orders.read", *grants}), scopes=scopes
    )


async def hire(world: World, login: str) -> Any:
    return await world.act(
        "identity.create_user", {"login": login, "display_name": login, "password": "a-long-password-1", "roles": []}
    )


async def notices(world: World, actor: Actor) -> list[Any]:
    async with reading(world.db, messaging_http.routes, actor) as client:
        items: list[Any] = (await client.get("/api/v1/notices")).json()["items"]
        unread = (await client.get("/api/v1/notices/unread")).json()["count"]
    assert unread == sum(not each["is_read"] for each in items)
    return items


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@xiaoli 请看", ["xiaoli"]),
        ("请@xiaoli看一下，还有@Boss", ["xiaoli", "boss"]),
        ("@xiaoli2 @xiao", ["xiaoli2", "xiao"]),
        ("@xiaolin", []),
        ("a@boss.cn", []),
        ("@小王帮忙", ["小王"]),
        ("@nobody", []),
    ],
)
def test_whom_a_note_names(text: str, names: list[str]) -> None:
    assert mentioned(text, ["xiao", "xiaoli", "xiaoli2", "boss", "小王"]) == names


async def test_who_is_named_gets_a_notice_until_it_is_read(world: World) -> None:
    li, wang = await hire(world, "xiaoli"), await hire(world, "laowang")
    order = await world.place(1)
    note = await world.act("orders.write_note", {"order_id": order.id, "text": " @xiaoli 客人改地址 "})
    assert (note.text, note.mentions) == ("@xiaoli 客人改地址", ("xiaoli",))

    (mine,) = await notices(world, worker(li.id, "xiaoli"))
    assert (mine["kind"], mine["link"], mine["is_read"]) == ("mention", f"/orders/{order.id}", False)
    assert order.number in mine["zh"]
    assert order.number in mine["en"]
    assert await notices(world, worker(wang.id, "laowang")) == []

    (message,) = [each for each in (await trace(world, order, limit=200))["items"] if each["kind"] == "message"]
    assert (message["what"], message["detail"], message["action"]) == (
        "notice.mention", {"to": "colleague"}, "orders.write_note",
    )  # fmt: skip

    reader = worker(li.id, "xiaoli")
    assert (await world.act("messaging.read_notices", {"up_to": mine["id"]}, actor=reader)).count == 0
    assert [each["is_read"] for each in await notices(world, reader)] == [True]
    with pytest.raises(NoticeNotFound):
        await world.act("messaging.read_notices", {"up_to": mine["id"]}, actor=worker(wang.id, "laowang"))


async def test_reading_never_goes_back(world: World) -> None:
    li = worker((await hire(world, "xiaoli")).id, "xiaoli")
    order = await world.place(1)
    for text in ("@xiaoli 一", "@xiaoli 二"):
        await world.act("orders.write_note", {"order_id": order.id, "text": text})
    newest, oldest = await notices(world, li)
    await asyncio.gather(
        *(world.act("messaging.read_notices", {"up_to": each["id"]}, actor=li) for each in (newest, oldest))
    )
    assert [each["is_read"] for each in await notices(world, li)] == [True, True]


async def test_whoever_does_not_see_the_shop_sees_no_notice_of_it(world: World) -> None:
    li = await hire(world, "xiaoli")
    order = await world.place(1)
    await world.act("orders.write_note", {"order_id": order.id, "text": "@xiaoli"})
    assert await notices(world, worker(li.id, "xiaoli", shops=frozenset({uuid4()}))) == []
    assert len(await notices(world, worker(li.id, "xiaoli", shops=frozenset({world.shop_id})))) == 1


async def test_an_order_that_is_not_there_takes_no_note(world: World) -> None:
    with pytest.raises(OrderNotFound):
        await world.act("orders.write_note", {"order_id": uuid4(), "text": "x"})
    order = await world.place(1)
    with pytest.raises(Invalid):
        await world.act("orders.write_note", {"order_id": order.id, "text": "  "})
    assert await world.count("order_notes") == 0


async def test_notes_are_read_the_newest_first_and_the_log_does_not_keep_them(world: World) -> None:
    order = await world.place(1)
    for text in ("一", "二", "三"):
        await world.act("orders.write_note", {"order_id": order.id, "text": text})
    async with reading(world.db, http.routes, worker(uuid4(), "x")) as client:
        first = (await client.get(f"/api/v1/orders/{order.id}/notes", params={"limit": 2})).json()
        rest = (
            await client.get(f"/api/v1/orders/{order.id}/notes", params={"limit": 2, "cursor": first["next"]})
        ).json()
        assert [each["text"] for each in first["items"] + rest["items"]] == ["三", "二", "一"]
        assert (await client.get(f"/api/v1/orders/{uuid4()}/notes")).status_code == 404
    async with world.db.reading(SYSTEM) as tx:
        logged = await tx.fetchval(
            "SELECT string_agg(input::text, '') FROM action_log WHERE action = 'orders.write_note'"
        )
    assert "一" not in logged


async def test_who_works_on_exceptions_is_told_of_new_ones_together(world: World) -> None:
    clerk, stranger = worker(uuid4(), "a", "orders.work_exceptions"), worker(uuid4(), "b")
    orders = [await world.place(1) for _ in range(3)]
    for order in orders:
        await world.act("orders.hold", {"order_id": order.id, "cause": "等客人回话"})
    await world.reader.drain()
    (told,) = [each for each in await notices(world, clerk) if "等客人回话" in each["zh"]]
    assert told["kind"] == "exceptions"
    assert f"{orders[0].number}等 3 单" in told["zh"].replace(" 等", "等")
    assert [each for each in await notices(world, stranger) if "等客人回话" in each["zh"]] == []


async def test_who_is_told_of_an_overdue_exception_reads_what_it_is_about(world: World, clock: ManualClock) -> None:
    cause = {"code": "orders.high_amount", "on": True, "minutes": 60, "limits": {"total_minor": 1}}
    policy = {"causes": [cause], "escalation": [{"after_minutes": 0}]}
    await world.act("orders.set_exception_policy", {"company_id": world.company_id, "policy": policy})
    order = await world.place(1)
    await world.pay(order)
    await world.reader.drain()
    clock.advance(seconds=61 * 60)
    await upkeep.keep_exceptions(world.runner)
    await world.reader.drain()
    (found,) = (await world.detail(order)).hold_backs
    async with world.db.reading(SYSTEM) as tx:
        told = await tx.fetch("SELECT zh, en FROM staff_notices WHERE kind = 'overdue'")
    assert [tuple(each) for each in told] == [
        (f"异常超时：{order.number} {found.zh}", f"Overdue: {order.number}, {found.en}")
    ]
