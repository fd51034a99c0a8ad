"""The action log as it is read, its chain, and parked events that a person hands over again."""

from __future__ import annotations

from uuid import uuid4

import pytest

from shangmai.apps import oversight
from shangmai.kernel.actions.chain import Sealer
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.errors import AppError
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS, ParkedNotFound
from shangmai.kernel.events.desk import ReplayEvent, replay
from tests.routes import reading
from tests.world import World

AUDITOR = Actor(
    id=uuid4(), kind="user", name="a", grants=frozenset({"log.read"}), scopes=dict.fromkeys(DIMENSIONS, EVERYTHING)
)
SHOP_CLERK = Actor(
    id=uuid4(), kind="user", name="c", grants=frozenset({"*.read"}), scopes={"shop": frozenset({uuid4()})}
)


async def test_the_log_tells_what_was_asked_and_what_followed(world: World) -> None:
    order = await world.place(1)
    with pytest.raises(AppError):
        await world.act("orders.hold", {"order_id": uuid4(), "cause": "x"})
    await Sealer(world.db).drain()
    async with reading(world.db, oversight.routes, AUDITOR) as client:
        refused, placed = (await client.get("/api/v1/log", params={"action": "orders.", "limit": 2})).json()["items"]
        assert (placed["action"], placed["ok"], placed["sealed"]) == ("orders.place", True, True)
        assert (refused["action"], refused["error_code"]) == ("orders.hold", "orders.OrderNotFound")
        only = (await client.get("/api/v1/log", params={"ok": "false"})).json()["items"]
        assert [each["id"] for each in only] == [refused["id"]]
        one = (await client.get(f"/api/v1/log/{placed['id']}")).json()
        assert one["input"]["shop_id"] == str(world.shop_id)
        assert [(each["name"], each["key"]) for each in one["effects"]][:1] == [("orders.placed.v1", str(order.id))]
        assert (await client.get(f"/api/v1/log/{refused['id']}")).json()["refusal"]["code"] == "orders.OrderNotFound"
        assert (await client.get(f"/api/v1/log/{uuid4()}")).status_code == 404
        whole = (await client.get("/api/v1/log/chain")).json()
        assert (whole["broken_at"], whole["unsealed"]) == (None, 0)


async def test_what_people_did_is_seen_without_what_the_house_does_by_itself(world: World) -> None:
    order = await world.place(1)
    clerk = Actor(id=uuid4(), kind="user", name="xiaoli", grants=frozenset({"*"}), scopes=AUDITOR.scopes)
    await world.act("orders.hold", {"order_id": order.id, "cause": "等客人回话"}, actor=clerk)
    async with reading(world.db, oversight.routes, AUDITOR) as client:
        (only,) = (await client.get("/api/v1/log", params={"people": "true"})).json()["items"]
    assert (only["action"], only["actor_name"]) == ("orders.hold", "xiaoli")


async def test_pages_of_the_log_follow_each_other(world: World) -> None:
    seen, cursor = [], None
    async with reading(world.db, oversight.routes, AUDITOR) as client:
        while True:
            params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
            answer = (await client.get("/api/v1/log", params=params)).json()
            seen += [each["seq"] for each in answer["items"]]
            if (cursor := answer["next"]) is None:
                break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen) == await world.count("action_log")


async def test_who_sees_a_part_of_the_house_does_not_see_its_log(world: World) -> None:
    async with reading(world.db, oversight.routes, SHOP_CLERK) as client:
        for path in ("/api/v1/log", "/api/v1/log/chain", f"/api/v1/log/{uuid4()}"):
            assert (await client.get(path)).status_code == 403


async def test_a_parked_event_is_handed_over_again(world: World) -> None:
    order = await world.place(1)
    await world.reader.drain()
    consumer = CONSUMERS["orders.exceptions"]
    async with world.db.transaction() as tx:
        (event,) = [each for each in await store.list_by_key(tx, str(order.id)) if each.name == "orders.placed.v1"]
        await store.park(tx, consumer.name, [event], "it was mended since", attempts=2)
    asked = await world.act("events.replay", {"consumer": consumer.name, "seq": event.seq})
    assert asked.seq == event.seq
    await replay(world.runner, ReplayEvent(consumer=consumer.name, seq=event.seq))
    async with world.db.reading(SYSTEM) as tx:
        assert await store.list_parked(tx) == []
        assert await tx.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'events.replay'") == 1
    with pytest.raises(ParkedNotFound):
        await world.act("events.replay", {"consumer": consumer.name, "seq": event.seq})
    await replay(world.runner, ReplayEvent(consumer=consumer.name, seq=event.seq))  # repeated: nothing is left to do
