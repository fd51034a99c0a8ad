"""Whom an order goes to: masked for who reads orders, in clear for a reason, which the log keeps without the data."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call, NotGranted
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.errors import Invalid
from shangmai.kernel.ids import new_id
from shangmai.modules.orders.contract import OrderNotFound
from shangmai.modules.orders.contract.seeing_receivers import NoReceiver, ShownForReal, ShowReceiver
from shangmai.modules.orders.http import receivers as http
from tests.routes import reading
from tests.world import World

RECEIVER = {
    "name": "李雷雷",
    "phone": "13712345678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 100 号",
}


async def placed(world: World) -> Any:
    return await world.place(1, receiver=RECEIVER)


async def test_it_is_masked_and_shown_for_a_reason_which_the_log_keeps(
    world: World, admin_conn: asyncpg.Connection[Any]
) -> None:
    order = await placed(world)
    async with reading(world.db, http.routes, SYSTEM) as client:
        masked = (await client.get(f"/api/v1/orders/{order.id}/receiver")).json()
    assert masked["phone"] == "137****5678"
    assert "李雷雷" not in masked["name"]
    assert "文三路" not in masked["address"]
    clear = await world.act("orders.show_receiver", {"order_id": order.id, "reason": "客人来电核对地址"})
    assert (clear.name, clear.phone, clear.street) == ("李雷雷", "13712345678", "文三路 100 号")
    (row,) = await admin_conn.fetch(
        "SELECT input::text, output::text FROM action_log WHERE action = 'orders.show_receiver'"
    )
    assert "客人来电核对地址" in row["input"]
    assert all(each not in (row["input"] + (row["output"] or "")) for each in ("李雷雷", "13712345678", "文三路"))


async def test_it_is_refused_without_a_right_a_reason_or_a_receiver(world: World) -> None:
    order = await placed(world)
    asked = {"order_id": order.id, "reason": "核对"}
    scopes = dict.fromkeys(DIMENSIONS, EVERYTHING)
    reader = Actor(id=new_id(), kind="user", name="只读", grants=frozenset({"orders.read"}), scopes=scopes)
    with pytest.raises(NotGranted):
        await world.act("orders.show_receiver", asked, actor=reader)
    with pytest.raises(Invalid):
        await world.act("orders.show_receiver", asked | {"reason": ""})
    with pytest.raises(OrderNotFound):
        await world.act("orders.show_receiver", asked | {"order_id": uuid4()})
    rehearsed = await world.runner.run(
        Call(
            action="orders.show_receiver",
            input=ShowReceiver(order_id=order.id, reason="核对"),
            actor=SYSTEM,
            door="test",
            dry_run=True,
        )
    )
    assert isinstance(rehearsed.error, ShownForReal)

    without = await world.place(1)
    with pytest.raises(NoReceiver):
        await world.act("orders.show_receiver", asked | {"order_id": without.id})
    async with reading(world.db, http.routes, SYSTEM) as client:
        nobody = await client.get(f"/api/v1/orders/{without.id}/receiver")
        assert (nobody.status_code, nobody.json()) == (200, None)
        unknown = await client.get(f"/api/v1/orders/{uuid4()}/receiver")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "orders.OrderNotFound")
