"""Taking tasks, picking by scan, and telling that a bin has too few.

Who picks holds the locks of the requests that the pieces are for: a stop is either before a pick, which then finds
nothing left to be done, or after it, and what was picked goes back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Moved, Release, Settle
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.warehouse.books import bins
from shangmai.modules.warehouse.contract.picking import (
    BarcodeUnknown,
    BinDoubted,
    LotMustStay,
    NothingLeftHere,
    Pick,
    Picked,
    ReportShort,
    Shorted,
    StartPick,
    Stop,
    Task,
    TaskDetail,
    TaskId,
    TaskNotFound,
    TaskTaken,
    ToCell,
    TooMany,
    WaveNotReleased,
    WhichLot,
    WrongBin,
    WrongGoods,
)
from shangmai.modules.warehouse.contract.places import BinId, BinNotFound
from shangmai.modules.warehouse.queries import backs, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.waves import PickLine
from shangmai.modules.warehouse.service.filling import fill
from shangmai.modules.warehouse.service.rounds import Round, Taken, begin, check_released, to_cells, work_of
from shangmai.modules.warehouse.service.scanning import warehouses_of_tasks
from shangmai.modules.warehouse.service.tracing import trace_picked

REFUSED = [
    TaskNotFound, WaveNotReleased, BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere,
]  # fmt: skip


@action(
    "warehouse.start_pick",
    grant="warehouse.pick",
    many=True,
    scopes_of=warehouses_of_tasks,
    errors=[TaskNotFound, TaskTaken, WaveNotReleased],
)
async def start_pick(tx: Tx, do: Sequence[StartPick]) -> list[TaskDetail | AppError]:
    """Take a task as one's own and see where to go. Taking one's own task again changes nothing.

    Raises for each: TaskNotFound, TaskTaken, WaveNotReleased.
    """
    pickers = await waves.lock_pickers(tx, {each.task_id for each in do})
    work = await work_of(tx, pickers)
    outcomes: list[AppError | None] = []
    taken: dict[TaskId, tuple[UUID, datetime]] = {}
    for each, item in zip(do, tx.items, strict=True):
        try:
            check_released(work, each.task_id)
        except AppError as refusal:
            outcomes.append(refusal)
            continue
        if pickers[each.task_id] not in (None, item.actor.id) and not each.take_over:
            outcomes.append(TaskTaken())
            continue
        pickers[each.task_id] = item.actor.id
        taken[each.task_id] = (item.actor.id, item.now)
        outcomes.append(None)
    await waves.set_pickers(tx, taken)
    details = await get_tasks(tx, taken)
    return [refusal or details[each.task_id] for each, refusal in zip(do, outcomes, strict=True)]


@action(
    "warehouse.pick",
    grant="warehouse.pick",
    many=True,
    scopes_of=warehouses_of_tasks,
    errors=[*REFUSED, TooMany, LotMustStay],
)
async def pick(tx: Tx, do: Sequence[Pick]) -> list[Picked | AppError]:
    """Say that pieces were taken out of a bin, by scan: they are on their way to the bench, for whom the answer says.

    A wrong bin or a wrong barcode is refused with what was expected. Raises for each: TaskNotFound, WaveNotReleased,
    BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere, TooMany, LotMustStay.
    """
    round_ = await begin(tx, do)
    taken: list[Taken | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        try:
            taken.append(await round_.take(tx, each, item))
        except AppError as refusal:
            taken.append(refusal)
    done = [each for each in taken if isinstance(each, Taken)]
    if not done:
        return [each for each in taken if isinstance(each, AppError)]
    await _carry_out(tx, round_, done)
    tasks = await waves.get_tasks(tx, {each.lines[0][0].task_id for each in done})
    return [each if isinstance(each, AppError) else round_.told(each, tasks) for each in taken]


async def _carry_out(tx: Tx, round_: Round, done: Sequence[Taken]) -> None:
    """Write what was taken: the pieces are in the stage bins."""
    settles = [Settle(hold_id=line.id, amount=n, item=each.item) for each in done for line, n in each.lines]
    outcomes = await bins.settle(tx, settles)
    assert all(isinstance(outcome, Moved) for outcome in outcomes), "a line's hold keeps less than its open pieces"
    await waves.set_lines(tx, round_.changed())
    given = [(line, n, each.item) for each in done for line, n in each.lines]
    for warehouse_id in {each.warehouse_id for each in done}:
        mine = {each.item.cause for each in done if each.warehouse_id == warehouse_id}
        await trace_picked(tx, warehouse_id, [some for some in given if some[2].cause in mine])
    await tables.mark_picked(tx, {line.doc for line, _, _ in given})


@action("warehouse.report_short", grant="warehouse.pick", errors=REFUSED)
async def report_short(tx: Tx, do: ReportShort) -> Shorted:
    """Say that a bin has no more of a SKU than was picked. The rest is taken from other bins, in the same task.

    What is nowhere is told upward (warehouse.short.v1); nothing of that SKU is picked from the bin until it is counted,
    which is asked for (warehouse.bin_doubted.v1), or found (`warehouse.end_short`). Raises: TaskNotFound,
    WaveNotReleased, BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere.
    """
    round_ = await begin(tx, [do])
    task, _ = round_.task(do.task_id)
    lines = await round_.find(tx, do)
    sku = round_.sku(do.barcode)
    missing = sum(line.left for line in lines)
    place = (lines[0].bin_id, sku.id, lines[0].lot)
    await backs.insert_short(tx, task.warehouse_id, task.id, place, missing)
    tx.emit(
        BinDoubted(
            warehouse_id=task.warehouse_id,
            bin_id=BinId(place[0]),
            bin=do.bin,
            sku_id=sku.id,
            missing=missing,
        )
    )
    await bins.release(tx, [Release(hold_id=line.id, amount=line.left, item=tx.items[0]) for line in lines])
    await waves.set_lines(tx, [replace(line, qty=line.picked) for line in lines])
    docs = {line.doc for line in lines}
    nowhere = await fill(tx, docs, into=task.id)
    short = sum(each.get(sku.id, 0) for each in nowhere.values())
    return Shorted(
        sku_id=sku.id,
        missing=missing,
        elsewhere=missing - min(short, missing),
        short=short,
        task=await _reload(tx, task.id),
    )


async def get_task(tx: Tx, id_: TaskId) -> TaskDetail:
    """A task with what is still to be picked, stop by stop. Raises: TaskNotFound."""
    found = await get_tasks(tx, [id_])
    if id_ not in found:
        raise TaskNotFound(task_id=id_)
    return found[id_]


async def get_tasks(tx: Tx, ids: Collection[TaskId]) -> dict[TaskId, TaskDetail]:
    """Those of these tasks that exist, each with what is still to be picked, stop by stop."""
    if not ids:
        return {}
    tasks = await waves.get_tasks(tx, ids)
    lines = await waves.open_lines(tx, tasks)
    every = [line for some in lines.values() for line, _ in some]
    skus = await catalog.get_skus(tx, {line.sku_id for line in every})
    cells = await waves.cells_of(tx, {line.doc for line in every})
    return {id_: _detail(task, lines[id_], skus, cells) for id_, task in tasks.items()}


def _detail(
    task: Task,
    lines: Sequence[tuple[PickLine, str]],
    skus: Mapping[SkuId, Sku],
    cells: Mapping[UUID, tuple[str, int | None]],
) -> TaskDetail:
    stops: dict[tuple[str, SkuId, str], list[PickLine]] = {}
    for line, code in lines:
        stops.setdefault((code, line.sku_id, line.lot), []).append(line)
    return TaskDetail(
        task=task,
        stops=[
            Stop(
                bin=code,
                bin_id=some[0].bin_id,  # type: ignore[arg-type]
                sku_id=sku_id,
                sku=skus[sku_id].code,
                name=skus[sku_id].name,
                lot=lot,
                qty=sum(line.left for line in some),
                cells=[ToCell(number=cells[line.doc][0], cell=cells[line.doc][1], qty=line.left) for line in some],
            )
            for (code, sku_id, lot), some in stops.items()
        ],
    )


async def cells_of(tx: Tx, given: Sequence[tuple[PickLine, int]]) -> list[ToCell]:
    """For whom these pieces are, each request once, in the order of the cells."""
    return to_cells(given, await waves.cells_of(tx, {line.doc for line, _ in given}))


async def _reload(tx: Tx, id_: TaskId) -> Task:
    return (await waves.get_tasks(tx, [id_]))[id_]
