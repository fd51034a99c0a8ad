"""Stock only of goods and in places that exist, and only for those who may see the place."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, Actor
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.inventory.contract import NotStocked, WarehouseNotFound
from tests.world import World

ELSEWHERE = Actor(
    id=uuid4(),
    kind="user",
    name="elsewhere",
    grants=frozenset({"*"}),
    scopes=dict.fromkeys(DIMENSIONS, EVERYTHING) | {"warehouse": frozenset({uuid4()})},
)


def calls(world: World, sku: Any, warehouse: Any) -> dict[str, dict[str, Any]]:
    place = {"warehouse_id": warehouse, "reference": "x"}
    return {
        "inventory.receive": place | {"lines": [{"sku_id": sku, "qty": 1, "cost_minor": 5}]},
        "inventory.adjust": place | {"reason": "found", "lines": [{"sku_id": sku, "qty": 1}]},
        "inventory.set_safety": {"warehouse_id": warehouse, "sku_id": sku, "safety": 1},
    }


@pytest.mark.parametrize("name", ["inventory.receive", "inventory.adjust", "inventory.set_safety"])
class TestUnknown:
    async def test_goods(self, world: World, name: str) -> None:
        accounts = await world.count("stock_accounts")
        with pytest.raises(SkuNotFound):
            await world.act(name, calls(world, uuid4(), world.warehouse_id)[name])
        assert await world.count("stock_accounts") == accounts

    @pytest.mark.parametrize("kind", ["kit", "service"])
    async def test_what_has_no_stock_of_its_own(self, world: World, name: str, kind: str) -> None:
        parts: dict[str, Any] = {"components": [{"code": "SKU1"}]} if kind == "kit" else {}
        sku = await world.make_sku("NONE", 100, kind=kind, **parts)
        accounts = await world.count("stock_accounts")
        with pytest.raises(NotStocked):
            await world.act(name, calls(world, sku, world.warehouse_id)[name])
        assert await world.count("stock_accounts") == accounts

    async def test_place(self, world: World, name: str) -> None:
        with pytest.raises(WarehouseNotFound):
            await world.act(name, calls(world, world.skus[0], uuid4())[name])

    async def test_place_out_of_sight(self, world: World, name: str) -> None:
        await world.act(name, calls(world, world.skus[0], world.warehouse_id)[name])
        with pytest.raises(OutOfScope):
            await world.act(name, calls(world, world.skus[0], world.warehouse_id)[name], actor=ELSEWHERE)
