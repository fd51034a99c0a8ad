"""Serial numbers: each piece once, in one warehouse at a time, and who got it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.warehouse.contract import (
    MoreSerialsThanStock,
    SerialInParcel,
    SerialInStock,
    SerialNeeded,
    SerialNotHere,
    SerialNotOfOrder,
    SerialsMissing,
    SerialTwice,
)
from shangmai.modules.warehouse.contract.packing import NotAllChecked
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown, TooMany
from shangmai.modules.warehouse.http import routes
from tests.routes import reading
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work


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


async def numbered(work: Work, n: int = 0, **more: Any) -> None:
    """Say that each piece of the n-th SKU has a number of its own."""
    given = {"company_id": work.world.company_id, "sku_id": work.sku(n), "rule": {"serials": True, **more}}
    await work.world.act("warehouse.set_lot_rule", given)


async def picked(work: Work, *quantities: int) -> Any:
    """An order that lies at the packing station."""
    order = await work.paid(*quantities)
    (wave,) = await work.waves()
    await work.pick_all(wave)
    await work.sow_all(wave)
    return order


async def test_a_piece_with_a_number_is_packed_by_it_and_known_for_whom(work: Work) -> None:
    await numbered(work)
    await register(work.floor, "S1", "S2", "S3")
    order = await picked(work, 2, 1)
    with pytest.raises(SerialNeeded):
        await work.check(order, "SKU1", 2)
    await work.check(order, "S1")
    with pytest.raises(SerialInParcel):
        await work.check(order, "S1")
    with pytest.raises(BarcodeUnknown):
        await work.check(order, "S4")
    with pytest.raises(NotAllChecked):
        await work.close(order)
    await work.check(order, "S3")
    with pytest.raises(TooMany):
        await work.check(order, "S2")
    await work.check(order, "SKU2")
    await work.close(order)
    await work.hand_over(order)
    (piece,), (rest,) = await read(work.floor, "S3"), await read(work.floor, "S2")
    assert (piece["state"], piece["order_id"], piece["line"], piece["doc"]) == ("out", str(order.id), 1, None)
    assert (rest["state"], rest["order_id"]) == ("in", None)
    assert await work.proof() == []


async def test_a_piece_comes_back_only_from_the_order_that_got_it(work: Work) -> None:
    await numbered(work)
    await register(work.floor, "S1", "S2")
    order = await picked(work, 1)
    await work.check(order, "S1")
    await work.close(order)
    await work.hand_over(order)
    for wrong in ("S2", "S9"):
        with pytest.raises(SerialNotOfOrder):
            await work.floor.act("register_serials", sku_id=work.sku(0), serials=[wrong], order_id=order.id)
    assert (await read(work.floor, "S9")) == [], "nothing is written down of what was refused"
    with pytest.raises(SerialNotOfOrder):
        await work.floor.act("register_serials", sku_id=work.sku(0), serials=["S1"], order_id=new_id())
    await work.floor.act("register_serials", sku_id=work.sku(0), serials=["S1"], order_id=order.id)
    (piece,) = await read(work.floor, "S1")
    assert (piece["state"], piece["order_id"]) == ("in", None)


async def test_a_stopped_parcel_gives_its_pieces_back(work: Work) -> None:
    await numbered(work)
    await register(work.floor, "S1")
    order = await picked(work, 1)
    await work.check(order, "S1")
    assert (await read(work.floor, "S1"))[0]["doc"] == str((await work.unit(order)).id)
    await work.world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert (await read(work.floor, "S1"))[0]["doc"] is None
    other = await picked(work, 1)
    await work.check(other, "S1")


async def test_two_packers_scan_the_same_piece_at_once(work: Work) -> None:
    await numbered(work)
    await register(work.floor, "S1", "S2")
    one, two = await work.paid(1), await work.paid(1)
    for wave in await work.waves():
        await work.pick_all(wave)
        await work.sow_all(wave)
    both = await asyncio.gather(work.check(one, "S1"), work.check(two, "S1"), return_exceptions=True)
    assert [type(each) for each in both if isinstance(each, Exception)] == [SerialInParcel]


async def test_pieces_that_passed_before_they_had_numbers_are_scanned_before_the_parcel_is_closed(work: Work) -> None:
    order = await picked(work, 2)
    await work.check(order, "SKU1", 2)
    await numbered(work)
    with pytest.raises(SerialsMissing):
        await work.close(order)


async def test_a_notice_is_received_with_the_number_of_each_piece(work: Work) -> None:
    await numbered(work)
    lines = [{"sku_id": work.sku(0), "qty": 3}, {"sku_id": work.sku(1), "qty": 1}]
    notice = await work.floor.act("notify_receipt", reference="PO-1", lines=lines)

    async def receive(slip: str, *serials: str, qty: int = 2) -> Any:
        given = [{"line": 1, "qty": qty, "serials": list(serials)}, {"line": 2, "qty": 1}]
        return await work.world.act(
            "warehouse.receive_notice",
            {"notice_id": notice.id, "slip": slip, "bin": "IN", "accept_over": True, "lines": given},
        )

    for wrong, why in (((), SerialsMissing), (("S1",), SerialsMissing), (("S1", "S1"), SerialTwice)):
        with pytest.raises(why):
            await receive("D1", *wrong)
    assert await work.floor.shelf(0) == {"A-01": 30, "A-02": 30, "A-03": 30}, "what is refused has not arrived"
    await receive("D1", "S1", "S2")
    await receive("D1", "S1", "S2")
    with pytest.raises(SerialInStock):
        await receive("D2", "S2", qty=1)
    assert (await work.floor.shelf(0))["IN"] == 2
    assert [(await read(work.floor, serial))[0]["state"] for serial in ("S1", "S2")] == ["in", "in"]
