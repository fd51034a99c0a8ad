"""Payments are found by what they are, how they came, for which order and by their numbers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.payments.http import reads
from tests.routes import reading
from tests.world import World


async def test_a_list_of_payments_is_narrowed(world: World) -> None:
    first, second = await world.sell(1), await world.sell(2)
    await world.give_back(first, {1: 1})
    async with reading(world.db, reads.routes, SYSTEM) as client:

        async def listed(**query: Any) -> list[dict[str, Any]]:
            answer = await client.get("/api/v1/payments", params=query)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = answer.json()["items"]
            return items

        assert len(await listed()) == 3
        (refund,) = await listed(kind="refund")
        assert refund["order_id"] == str(first.id)
        (paid,) = await listed(order_id=str(second.id))
        assert [each["id"] for each in await listed(q=paid["number"])] == [paid["id"]]
        assert paid["id"] in [each["id"] for each in await listed(q=paid["reference"])]
        assert len(await listed(method=paid["method"], kind="payment", shop_id=str(world.shop_id))) == 2
        assert await listed(shop_id=str(uuid4())) == []
        assert await listed(method="nothing") == []
        answer = await client.get("/api/v1/payments", params={"kind": "gift"})
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.InputInvalid")
