"""Serial numbers: each piece once, in one warehouse at a time, and who got it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.warehouse.contract import MoreSerialsThanStock, SerialInStock, SerialNotHere, SerialTwice
from shangmai.modules.warehouse.http import routes
from tests.routes import reading
from tests.warehouse.floor import Floor


async def register(floor: Floor, *serials: str, n: int = 0) -> Any:
    return await floor.act("register_serials", sku_id=floor.sku(n), serials=list(serials))


async def send(floor: Floor, *serials: str, n: int = 0, **more: Any) -> Any:
    return await floor.act("send_serials", sku_id=floor.sku(n), serials=list(serials), **more)


async def read(floor: Floor, serial: str) -> Any:
    async with reading(floor.world.db, routes, SYSTEM) as http:
        return (await http.get("/api/v1/warehouse/serial", params={"serial": serial})).json()


async def test_a_piece_comes_goes_to_an_order_and_comes_back(floor: Floor) -> None:
    order = new_id()
    noted = await register(floor, "S1", "S2", "S3")
    assert (noted.noted, noted.in_warehouse) == (3, 3)
    gone = await send(floor, "S1", order_id=order, line=2)
    assert (gone.noted, gone.in_warehouse) == (1, 2)
    await register(floor, "S1")
    (piece,) = await read(floor, "S1")
    assert (piece["state"], piece["order_id"]) == ("in", None)
    assert [(step["state"], step["order_id"], step["line"]) for step in piece["steps"]] == [
        ("in", None, None),
        ("out", str(order), 2),
        ("in", None, None),
    ]


async def test_who_got_which_piece(floor: Floor) -> None:
    order = new_id()
    await register(floor, "S1", "S2", "S3")
    await send(floor, "S1", "S3", order_id=order, line=1)
    async with reading(floor.world.db, routes, SYSTEM) as http:
        path = "/api/v1/warehouse/serials"
        got = (await http.get(path, params={"order_id": str(order)})).json()["items"]
        first = (await http.get(path, params={"in_stock": True, "limit": 1})).json()
    assert [piece["serial"] for piece in got] == ["S1", "S3"]
    assert ([piece["serial"] for piece in first["items"]], first["next"]) == (["S2"], None)


async def test_two_pieces_never_share_a_number_but_two_skus_may(floor: Floor) -> None:
    await register(floor, "S1")
    with pytest.raises(SerialInStock):
        await register(floor, "S2", "S1")
    with pytest.raises(SerialTwice):
        await register(floor, "S4", "S4")
    await register(floor, "S1", n=1)
    assert len(await read(floor, "S1")) == 2
    assert await read(floor, "S2") == [], "all of a call or none"


async def test_no_more_numbers_than_pieces(floor: Floor) -> None:
    await register(floor, *(f"S{n}" for n in range(99)))
    with pytest.raises(MoreSerialsThanStock):
        await register(floor, "T1", "T2")
    assert (await register(floor, "T1")).in_warehouse == 100


async def test_two_register_the_last_piece_at_once(floor: Floor) -> None:
    await register(floor, *(f"S{n}" for n in range(99)))
    both = await asyncio.gather(register(floor, "T1"), register(floor, "T2"), return_exceptions=True)
    assert [type(each) for each in both if isinstance(each, Exception)] == [MoreSerialsThanStock]


async def test_two_send_the_same_piece_at_once(floor: Floor) -> None:
    await register(floor, "S1", "S2")
    both = await asyncio.gather(send(floor, "S1", "S2"), send(floor, "S2", "S1"), return_exceptions=True)
    assert [type(each) for each in both if isinstance(each, Exception)] == [SerialNotHere]
    assert await floor.world.count("serial_steps") == 4


async def test_what_is_in_another_warehouse_is_not_sent_from_here(floor: Floor) -> None:
    place = {"code": "WH2", "name": "二号仓", "company_id": floor.world.company_id}
    other = (await floor.world.act("inventory.create_warehouse", place)).id
    await register(floor, "S1")
    given = {"warehouse_id": other, "sku_id": floor.sku(0), "serials": ["S1"]}
    with pytest.raises(SerialNotHere):
        await floor.world.act("warehouse.send_serials", given)
