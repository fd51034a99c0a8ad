"""How SKUs are stored and packed."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actions.contract import InputInvalid
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.catalog.http import routes
from tests.catalog.test_products import events, new_sku
from tests.catalog.test_skus import make
from tests.routes import reading

BOX = {"length_mm": 200, "width_mm": 150, "height_mm": 40}


async def told(conn: asyncpg.Connection[Any]) -> list[str]:
    return [each["temperature"] for each in await events(conn, "catalog.handling_set.v1")]


async def test_what_is_given_changes_and_the_rest_stays(act, db, admin_conn) -> None:
    (sku,) = await make(act, new_sku("S"))
    first = await act("catalog.set_handling", {"sku_id": str(sku), **BOX})
    assert (first.temperature, first.volume_mm3, first.upright) == ("ambient", 200 * 150 * 40, False)
    second = await act("catalog.set_handling", {"sku_id": str(sku), "temperature": "frozen", "fragile": True})
    assert (second.length_mm, second.temperature, second.fragile) == (200, "frozen", True)
    await act("catalog.set_handling", {"sku_id": str(sku), "temperature": "frozen"})
    assert await told(admin_conn) == ["ambient", "frozen"]
    async with reading(db, routes, SYSTEM) as client:
        assert (await client.get(f"/api/v1/skus/{sku}/handling")).json()["temperature"] == "frozen"
        assert (await client.get(f"/api/v1/skus/{new_id()}/handling")).status_code == 404


async def test_a_sku_of_which_nothing_was_said_is_ordinary(act, db) -> None:
    (sku,) = await make(act, new_sku("S"))
    async with reading(db, routes, SYSTEM) as client:
        found = (await client.get(f"/api/v1/skus/{sku}/handling")).json()
    assert (found["temperature"], found["length_mm"], found["upright"]) == ("ambient", 0, False)


async def test_refused_changes_nothing(act, admin_conn) -> None:
    (sku,) = await make(act, new_sku("S"))
    with pytest.raises(SkuNotFound):
        await act("catalog.set_handling", {"sku_id": str(new_id()), **BOX})
    with pytest.raises(InputInvalid):
        await act("catalog.set_handling", {"sku_id": str(sku), "length_mm": -1})
    assert await admin_conn.fetchval("SELECT count(*) FROM sku_handling") == 0


async def test_two_who_set_different_sides_lose_nothing(act, admin_conn) -> None:
    (sku,) = await make(act, new_sku("S"))
    await asyncio.gather(*(act("catalog.set_handling", {"sku_id": str(sku), side: mm}) for side, mm in BOX.items()))
    (row,) = await admin_conn.fetch("SELECT length_mm, width_mm, height_mm FROM sku_handling")
    assert dict(row) == BOX
