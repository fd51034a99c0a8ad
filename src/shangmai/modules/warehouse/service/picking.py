"""Taking tasks, picking by scan, and telling that a bin has too few.

Who picks holds the locks of the requests that the pieces are for: a stop is either before a pick, which then finds
nothing left to be done, or after it, and what was picked goes back.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Moved, Release, Settle
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.warehouse.books import bins
from shangmai.modules.warehouse.contract.lots import LotState
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
from shangmai.modules.warehouse.contract.waves import Method, WaveState
from shangmai.modules.warehouse.queries import backs, pieces, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.waves import Floor, PickLine
from shangmai.modules.warehouse.rules.spreading import spread
from shangmai.modules.warehouse.service.filling import fill
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.scanning import sku_of
from shangmai.modules.warehouse.service.tracing import trace_picked

REFUSED = [
    TaskNotFound, WaveNotReleased, BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere,
]  # fmt: skip
Lines = Sequence[PickLine]


@action("warehouse.start_pick", grant="warehouse.pick", errors=[TaskNotFound, TaskTaken, WaveNotReleased])
async def start_pick(tx: Tx, do: StartPick) -> TaskDetail:
    """Take a task as one's own and see where to go. Taking one's own task again changes nothing.

    Raises: TaskNotFound, TaskTaken, WaveNotReleased.
    """
    await _task(tx, do.task_id)
    if not await waves.claim(tx, do.task_id, tx.actor.id, do.take_over):
        raise TaskTaken
    return await get_task(tx, do.task_id)


@action("warehouse.pick", grant="warehouse.pick", errors=[*REFUSED, TooMany, LotMustStay])
async def pick(tx: Tx, do: Pick) -> Picked:
    """Say that pieces were taken out of a bin, by scan: they are on their way to the bench, for whom the answer says.

    A wrong bin or a wrong barcode is refused with what was expected. Raises: TaskNotFound, WaveNotReleased,
    BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere, TooMany, LotMustStay.
    """
    task, floor = await _task(tx, do.task_id)
    sku = await sku_of(tx, do.barcode)
    lines = await _lines_there(tx, task, do.bin, sku, do.lot)
    left = sum(line.left for line in lines)
    if do.qty > left:
        raise TooMany(left=left, qty=do.qty)
    await _check_lot(tx, floor, lines[0])
    given = spread(do.qty, [(line, line.left) for line in lines])
    outcomes = await bins.settle(tx, [Settle(hold_id=line.id, amount=n, item=tx.items[0]) for line, n in given])
    assert all(isinstance(outcome, Moved) for outcome in outcomes), "a line's hold keeps less than its open pieces"
    sown = floor.method is Method.SORT
    await waves.set_lines(
        tx, [replace(line, picked=line.picked + n, sown=line.sown + n if sown else line.sown) for line, n in given]
    )
    await trace_picked(tx, floor.warehouse_id, given)
    await tables.mark_picked(tx, {line.doc for line, _ in given})
    cells = await cells_of(tx, given)
    return Picked(sku_id=sku.id, qty=do.qty, cells=cells, left_here=left - do.qty, task=await _reload(tx, do.task_id))


@action("warehouse.report_short", grant="warehouse.pick", errors=REFUSED)
async def report_short(tx: Tx, do: ReportShort) -> Shorted:
    """Say that a bin has no more of a SKU than was picked. The rest is taken from other bins, in the same task.

    What is nowhere is told upward (warehouse.short.v1); nothing of that SKU is picked from the bin until it is counted,
    which is asked for (warehouse.bin_doubted.v1), or found (`warehouse.end_short`). Raises: TaskNotFound,
    WaveNotReleased, BinNotFound, BarcodeUnknown, WrongBin, WrongGoods, WhichLot, NothingLeftHere.
    """
    task, _ = await _task(tx, do.task_id)
    sku = await sku_of(tx, do.barcode)
    lines = await _lines_there(tx, task, do.bin, sku, do.lot)
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
    task = (await waves.get_tasks(tx, [id_])).get(id_)
    if task is None:
        raise TaskNotFound(task_id=id_)
    lines = await waves.open_lines_of_task(tx, id_)
    skus = await catalog.get_skus(tx, {line.sku_id for line, _ in lines})
    stops: dict[tuple[str, SkuId, str], list[PickLine]] = {}
    for line, code in lines:
        stops.setdefault((code, line.sku_id, line.lot), []).append(line)
    cells = await waves.cells_of(tx, {line.doc for line, _ in lines})
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
    known = await waves.cells_of(tx, {line.doc for line, _ in given})
    counted: dict[tuple[str, int | None], int] = {}
    for line, qty in given:
        counted[known[line.doc]] = counted.get(known[line.doc], 0) + qty
    ordered = sorted(counted.items(), key=lambda pair: (pair[0][1] or 0, pair[0][0]))
    return [ToCell(number=number, cell=cell, qty=qty) for (number, cell), qty in ordered]


async def _task(tx: Tx, id_: TaskId) -> tuple[Task, Floor]:
    """A task of a released wave. Raises: TaskNotFound, WaveNotReleased."""
    task = (await waves.get_tasks(tx, [id_])).get(id_)
    if task is None:
        raise TaskNotFound(task_id=id_)
    floor = (await waves.floors(tx, [task.wave_id]))[task.wave_id]
    if floor.state is not WaveState.RELEASED:
        raise WaveNotReleased(number=floor.number, state=floor.state.value)
    return task, floor


async def _reload(tx: Tx, id_: TaskId) -> Task:
    return (await waves.get_tasks(tx, [id_]))[id_]


async def _lines_there(tx: Tx, task: Task, bin_code: str, sku: Sku, lot: str | None) -> Lines:
    """What a task still takes of a SKU out of a bin, with the requests that it is for locked; at least one line.

    Looked for before the lock, and again under it: meanwhile another may have picked it, or the request was stopped.
    """
    before = await _matching(tx, task, bin_code, sku, lot)
    await tables.lock(tx, {line.doc for line in before})
    return await _matching(tx, task, bin_code, sku, lot)


async def _matching(tx: Tx, task: Task, bin_code: str, sku: Sku, lot: str | None) -> list[PickLine]:
    bin_ = (await bins_by_code(tx, task.warehouse_id, [bin_code]))[bin_code]
    open_ = await waves.open_lines_of_task(tx, task.id)
    if not open_:
        raise NothingLeftHere
    here = [line for line, _ in open_ if line.bin_id == bin_.id]
    if not here:
        raise WrongBin(bin=bin_code, expected=open_[0][1])
    of_sku = [line for line in here if line.sku_id == sku.id]
    if not of_sku:
        skus = await catalog.get_skus(tx, {line.sku_id for line in here})
        raise WrongGoods(scanned=sku.code, expected=", ".join(sorted(each.code for each in skus.values())))
    lots = sorted({line.lot for line in of_sku})
    if lot is None and len(lots) > 1:
        raise WhichLot(bin=bin_code, lots=", ".join(lots))
    found = [line for line in of_sku if lot is None or line.lot == lot]
    if not found:
        raise WrongGoods(scanned=lot, expected=", ".join(lots))
    return found


async def _check_lot(tx: Tx, floor: Floor, line: PickLine) -> None:
    """Raises: LotMustStay. Asked at the scan: a lot is called back after its pieces were set aside, too."""
    if not line.lot:
        return
    there = await pieces.in_bins(tx, floor.warehouse_id, [line.sku_id], [line.bin_id])  # type: ignore[list-item]
    lot = next((each for each in there if each.lot == line.lot), None)
    if lot is not None and not lot.may_be_sold(tx.now.date()):
        raise LotMustStay(lot=line.lot, state=lot.state.value if lot.state is not LotState.OK else "expired")
