"""An order is found by the waybill that it left with, together with what else is asked."""

from __future__ import annotations

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders import http
from tests.routes import reading
from tests.world import World


async def test_by_the_waybill_it_left_with(world: World) -> None:
    order, other = await world.place(1), await world.place(1)
    for each, waybill in ((order, "SF1440000000001"), (other, "SF1440000000002")):
        await world.pay(each)
        await world.act("orders.ship", {"order_id": each.id, "carrier": "SF", "waybill": waybill})
    async with reading(world.db, http.routes, SYSTEM) as client:

        async def found(**asked: str) -> list[str]:
            answer = await client.get("/api/v1/orders", params=asked)
            assert answer.status_code == 200, answer.text
            return [each["id"] for each in answer.json()["items"]]

        assert await found(waybill="SF1440000000001") == [str(order.id)]
        assert await found(waybill="SF1440000000001", number=order.number) == [str(order.id)]
        assert await found(waybill="SF1440000000001", number=other.number) == []
        assert await found(waybill="SF144") == []
        assert (await client.get("/api/v1/orders", params={"waybill": "x" * 41})).status_code in (400, 422)
