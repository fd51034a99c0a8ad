"""Downloading why an order costs what it does, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.sheets import open_sheet
from shangmai.modules.orders.http.sheets import routes
from tests.pricing.making import publish
from tests.routes import reading
from tests.world import World


def cells(answer: httpx.Response, tmp_path: Path) -> Sequence[Sequence[Any]]:
    path = tmp_path / "told"
    path.write_bytes(answer.content)
    return [[None if cell is None else str(cell) for cell in row.cells] for row in open_sheet(path)]


@pytest.mark.parametrize("format", ["xlsx", "csv"])
async def test_an_orders_price_re_adds(world: World, tmp_path: Path, format: str) -> None:
    await publish(world, benefit={"kind": "amount_off", "tiers": [{"at": 100, "off": 500}]})
    charge = {"kind": "other", "title": "包装费", "unit_price": "3"}
    order = await world.act("orders.place", world.wish(2, 1) | {"lines": [*world.wish(2, 1)["lines"], charge]})
    async with reading(world.db, routes, SYSTEM) as client:
        answer = await client.get(f"/api/v1/orders/{order.id}/prices", params={"format": format})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"].endswith(f"{order.number}-prices.{format}")
        missing = await client.get(f"/api/v1/orders/{world.shop_id}/prices")
    table = cells(answer, tmp_path)
    paid = sum(Decimal(row[7]) for row in table if row[4] == "实付")
    assert [row[2] for row in table if row[4] == "其他费用"] == ["包装费"]
    assert (paid + 3, Decimal(table[-1][7])) == (Decimal(order.total_minor) / 100,) * 2
    assert (missing.status_code, missing.json()["code"]) == (404, "orders.OrderNotFound")


async def test_an_order_at_prices_of_its_own(world: World, tmp_path: Path) -> None:
    lines = [
        {"sku_id": world.skus[0], "qty": 3, "unit_price": "3.3333"},
        {"kind": "freight", "title": "运费", "unit_price": "8"},
    ]
    order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines})
    async with reading(world.db, routes, SYSTEM) as client:
        table = cells(await client.get(f"/api/v1/orders/{order.id}/prices"), tmp_path)
    assert [(row[4], Decimal(row[7])) for row in table] == [
        ("标价", Decimal(10)), ("实付", Decimal(10)), ("其他费用", Decimal(8)), ("应付合计", Decimal(18)),
    ]  # fmt: skip


async def test_what_an_order_would_cost(world: World, tmp_path: Path) -> None:
    await publish(world, benefit={"kind": "amount_off", "tiers": [{"at": 100, "off": 500}]})
    wish = world.wish(2)
    asked = {"shop_id": str(wish["shop_id"]), "lines": [{"sku_id": str(world.skus[0]), "qty": 2}]}
    async with reading(world.db, routes, SYSTEM) as client:
        answer = await client.post("/api/v1/orders/quote/prices", json=asked, params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert Decimal(cells(answer, tmp_path)[-1][7]) == 15
    assert await world.count("orders") == 0
