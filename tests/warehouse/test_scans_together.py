"""Many scans at once, in one list: each is answered as it would be alone, and one refusal harms no neighbour."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Answer, Call, OutOfScope
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from tests.warehouse.work import Work


async def together(work: Work, name: str, given: list[dict[str, Any]], actor: Actor = SYSTEM) -> list[Answer]:
    spec = ACTIONS[name]
    calls = [Call(action=name, input=read_input(spec, each), actor=actor, door="test") for each in given]
    return await work.world.runner.run_list(calls)


def told(answers: list[Answer]) -> list[str]:
    """Of each answer what it is, or why it was refused."""
    return [type(each.value).__name__ if each.error is None else type(each.error).__name__ for each in answers]


async def picks(work: Work, wave: Any) -> list[dict[str, Any]]:
    return [
        {"task_id": task.task.id, "bin": stop.bin, "barcode": stop.sku, "qty": stop.qty, "lot": stop.lot}
        for task in await work.tasks(wave)
        for stop in task.stops
    ]


async def test_a_wrong_scan_among_right_ones_is_refused_alone(work: Work) -> None:
    orders = [await work.paid(2, 1), await work.paid(1, 3)]
    wave = await work.wave("sort", *orders)
    right = await picks(work, wave)
    first = right[0]
    wrong = [
        {**first, "task_id": new_id()},
        {**first, "bin": "Z-99"},
        {**first, "bin": "A-03"},
        {**first, "barcode": "6900000000000"},
        {**first, "barcode": "SKU3"},
        {**first, "qty": 1000},
        {**first, "lot": "L9"},
    ]
    answers = await together(work, "warehouse.pick", [*wrong, *right, first])
    assert told(answers) == [
        "TaskNotFound", "BinNotFound", "WrongBin", "BarcodeUnknown", "WrongGoods", "TooMany", "WrongGoods",
        *["Picked"] * len(right), "NothingLeftHere",
    ]  # fmt: skip
    assert [await work.state(order) for order in orders] == ["picked", "picked"]
    assert not await work.proof()


async def test_each_scan_of_a_list_sees_what_those_before_it_took(work: Work) -> None:
    order = await work.paid(3)
    (wave,) = await work.waves()
    (one,) = await picks(work, wave)
    answers = await together(work, "warehouse.pick", [{**one, "qty": 2}, {**one, "qty": 2}, {**one, "qty": 1}])
    assert told(answers) == ["Picked", "TooMany", "Picked"]
    assert [each.value.left_here for each in answers if each.error is None] == [1, 0]
    number = (await work.unit(order)).number
    scan = {"number": number, "barcode": "SKU1"}
    checks = await together(
        work, "warehouse.pack_scan", [scan, {**scan, "qty": 3}, {**scan, "barcode": "SKU2"}, {**scan, "qty": 2}, scan]
    )
    assert told(checks) == ["Packing", "TooMany", "WrongGoods", "Packing", "TooMany"]
    assert [each.value.lines[0].checked for each in checks if each.error is None] == [1, 3]
    assert [each.value.done for each in checks if each.error is None] == [False, True]


async def test_parcels_are_closed_and_weighed_in_one_list(work: Work) -> None:
    orders = [await work.paid(1) for _ in range(4)]
    (wave,) = await work.waves()
    await work.pick_all(wave)
    numbers = [(await work.unit(order)).number for order in orders]
    await together(work, "warehouse.pack_scan", [{"number": each, "barcode": "SKU1"} for each in numbers[:3]])
    label = {"carrier": "SF"}
    closed = await together(
        work,
        "warehouse.finish_pack",
        [
            {"number": numbers[0], "waybill": "SF1", **label},
            {"number": numbers[0], "waybill": "SF2", **label},
            {"number": numbers[1], "waybill": "SF1", **label},
            {"number": numbers[2], "waybill": "SF3", **label},
            {"number": numbers[3], "waybill": "SF4", **label},
            {"number": "none", "waybill": "SF5", **label},
        ],
    )
    assert told(closed) == [
        "PackedParcel", "AlreadyPacked", "WaybillUsed", "PackedParcel", "NotAllChecked", "RequestNotFound",
    ]  # fmt: skip
    weighed = await together(
        work,
        "warehouse.weigh",
        [
            {"scanned": "SF1", "weight_g": 20},
            {"scanned": numbers[1], "weight_g": 20},
            {"scanned": numbers[2], "weight_g": 5000},
            {"scanned": "SF9", "weight_g": 20},
        ],
    )
    assert told(weighed) == ["PackedParcel", "ParcelNotFound", "WeightOff", "ParcelNotFound"]
    assert [await work.state(order) for order in orders] == ["packed", "picked", "packed", "picked"]


async def test_who_may_not_accept_a_weight_does_not_by_a_neighbour_who_may(work: Work) -> None:
    orders = [await work.paid(1) for _ in range(2)]
    (wave,) = await work.waves()
    await work.pick_all(wave)
    numbers = [(await work.unit(order)).number for order in orders]
    await together(work, "warehouse.pack_scan", [{"number": each, "barcode": "SKU1"} for each in numbers])
    await together(work, "warehouse.finish_pack", [{"number": each} for each in numbers])
    packer = Actor(id=new_id(), kind="user", name="打包员", grants=frozenset({"warehouse.pack"}), scopes=SYSTEM.scopes)
    given = {"weight_g": 9000, "accept_reason": "加厚纸箱"}
    spec = ACTIONS["warehouse.weigh"]
    calls = [
        Call(action=spec.name, input=read_input(spec, {"scanned": number, **given}), actor=actor, door="test")
        for number, actor in zip(numbers, (SYSTEM, packer), strict=True)
    ]
    assert told(await work.world.runner.run_list(calls)) == ["PackedParcel", "NotGranted"]


@pytest.mark.parametrize("name", ["pick", "pack_scan", "finish_pack", "weigh"])
async def test_what_is_in_another_warehouse_is_not_touched(work: Work, name: str) -> None:
    order = await work.paid(1)
    (wave,) = await work.waves()
    (one,) = await picks(work, wave)
    number = (await work.unit(order)).number
    given: dict[str, dict[str, Any]] = {
        "pick": one,
        "pack_scan": {"number": number, "barcode": "SKU1"},
        "finish_pack": {"number": number},
        "weigh": {"scanned": number, "weight_g": 9},
    }
    scopes = {**SYSTEM.scopes, "warehouse": frozenset({new_id()})}
    stranger = Actor(id=new_id(), kind="user", name="外仓", grants=frozenset({"warehouse.*"}), scopes=scopes)
    (answer,) = await together(work, f"warehouse.{name}", [given[name]], stranger)
    assert isinstance(answer.error, OutOfScope)
    assert await work.state(order) == "waved"


async def test_lists_and_a_stop_at_once_leave_every_piece_somewhere(work: Work) -> None:
    orders = [await work.paid(1, 2) for _ in range(6)]
    wave = await work.wave("sort", *orders)
    scans = await picks(work, wave)
    single = [{**each, "qty": 1} for each in scans for _ in range(each["qty"])]
    await asyncio.gather(
        together(work, "warehouse.pick", single),
        together(work, "warehouse.pick", single[::-1]),
        *(work.world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"}) for order in orders[:2]),
        *(work.world.answer("warehouse.pick", each) for each in single),
    )
    await work.world.reader.drain()
    assert [await work.state(order) for order in orders[2:]] == ["picked"] * 4
    assert {await work.state(order) for order in orders[:2]} == {"stopped"}
    assert not await work.proof()


async def test_barcodes_and_codes_are_scanned_in_one_list(work: Work) -> None:
    work.world.skus.append(await work.world.make_sku("COLA", 300, barcodes=[{"text": "6901234567892"}]))
    await work.world.receive({work.sku(3): 5})
    await work.floor.put("A-01", 5, 3)
    order = await work.paid(0, 0, 0, 2)
    (wave,) = await work.waves()
    (one,) = await picks(work, wave)
    answers = await together(
        work,
        "warehouse.pick",
        [{**one, "qty": 1, "barcode": "6901234567892"}, {**one, "qty": 1}, {**one, "barcode": "x"}],
    )
    assert told(answers) == ["Picked", "Picked", "BarcodeUnknown"]
    assert await work.state(order) == "picked"
