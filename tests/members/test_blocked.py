"""A customer's page tells whether nothing shall be sold to them, and why."""

from __future__ import annotations

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.members.http import customers as http
from tests.routes import reading
from tests.world import World


async def test_who_is_blocked_is_told_so_with_the_reason(world: World) -> None:
    made = await world.act(
        "members.register", {"shop_id": world.shop_id, "ref": "B1", "name": "李雷", "phone": "13712345678"}
    )
    path = f"/api/v1/customers/{made.customer_id}"
    do = {"customer_id": made.customer_id}
    async with reading(world.db, http.routes, SYSTEM) as client:
        assert (await client.get(path)).json()["blocked"] is None
        await world.act("members.block", do | {"reason": "恶意退货"})
        assert (await client.get(path)).json()["blocked"] == "恶意退货"
        await world.act("members.unblock", do)
        assert (await client.get(path)).json()["blocked"] is None
