"""Stock and its movements are narrowed by SKU, warehouse, bucket and by what is nearly gone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory import http
from tests.routes import reading
from tests.world import World


async def test_stock_and_movements_are_narrowed(world: World) -> None:
    order = await world.sell(98)  # of the first SKU's 100
    async with reading(world.db, http.routes, SYSTEM) as client:

        async def listed(path: str, **query: Any) -> list[dict[str, Any]]:
            answer = await client.get(f"/api/v1/{path}", params=query)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = answer.json()["items"]
            return items

        (low,) = await listed("stock", bucket="sellable", at_most=10)
        assert (low["sku_id"], low["available"]) == (str(world.skus[0]), 2)
        assert await listed("stock", bucket="defective", at_most=10) == []
        assert len(await listed("stock", sku_id=str(world.skus[1]))) == 1
        assert await listed("stock", sku_id=str(uuid4())) == []

        moves = await listed("inventory/movements", sku_id=str(world.skus[0]))
        assert {each["qty"] for each in moves} == {100, 98}
        assert {each["sku_id"] for each in moves} == {str(world.skus[0])}
        assert moves[0]["action"] == "orders.ship"
        assert [each["id"] for each in moves] == sorted((each["id"] for each in moves), reverse=True)
        of_order = await listed("inventory/movements", doc=str(order.id))
        assert {each["doc"] for each in of_order} == {str(order.id)}
        everywhere = await listed("inventory/movements", limit=200)
        assert await listed("inventory/movements", warehouse_id=str(world.warehouse_id), limit=200) == everywhere
        assert await listed("inventory/movements", warehouse_id=str(uuid4())) == []
        first = (await client.get("/api/v1/inventory/movements", params={"limit": 2})).json()
        rest = await listed("inventory/movements", limit=200, cursor=first["next"])
        assert [each["id"] for each in first["items"] + rest] == [each["id"] for each in everywhere]
        for query in ({"bucket": "nowhere"}, {"cursor": "x"}):
            assert (await client.get("/api/v1/inventory/movements", params=query)).status_code == 422
