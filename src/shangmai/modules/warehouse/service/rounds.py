"""Deciding a list of scans at bins: what their tasks still take is read once, under the locks of the requests.

Until it is written nothing of a round shows anywhere, so a scan that is refused leaves its neighbours as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.lots import LotState
from shangmai.modules.warehouse.contract.picking import (
    LotMustStay,
    NothingLeftHere,
    Pick,
    Picked,
    ReportShort,
    Task,
    TaskId,
    TaskNotFound,
    ToCell,
    TooMany,
    WaveNotReleased,
    WhichLot,
    WrongBin,
    WrongGoods,
)
from shangmai.modules.warehouse.contract.pieces import InBin
from shangmai.modules.warehouse.contract.places import Bin, BinId, BinNotFound
from shangmai.modules.warehouse.contract.requests import Requested
from shangmai.modules.warehouse.contract.waves import Method, WaveState
from shangmai.modules.warehouse.queries import pieces, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.waves import Floor, PickLine
from shangmai.modules.warehouse.rules.spreading import spread
from shangmai.modules.warehouse.service.places import find_bins
from shangmai.modules.warehouse.service.scanning import known, skus_of

Scan = Pick | ReportShort
Work = Mapping[TaskId, tuple[Task, Floor]]
Open = dict[TaskId, list[tuple[PickLine, str]]]
"""What tasks still take, with the bin's code, in the order of the way."""
Place = tuple[UUID, SkuId, str]
"""Bin, SKU and lot."""


class Taken(Struct, frozen=True):
    """Pieces that a scan takes, by line; `left`: how many more of the same are still to be taken there."""

    item: Item
    sku_id: SkuId
    warehouse_id: WarehouseId
    lines: list[tuple[PickLine, int]]
    left: int


class Round:
    """What tasks still take, while scans are decided one after the other: each sees what those before it took."""

    def __init__(
        self,
        work: Work,
        skus: dict[str, Sku],
        bins: Mapping[WarehouseId, dict[str, Bin]],
        open_: Open,
        locked: Mapping[UUID, Requested],
        lots: Mapping[Place, InBin],
    ) -> None:
        self._work, self._skus, self._bins = work, skus, bins
        self._open, self._locked, self._lots = open_, locked, lots
        self._changed: dict[UUID, PickLine] = {}

    def task(self, id_: TaskId) -> tuple[Task, Floor]:
        """Raises: TaskNotFound, WaveNotReleased."""
        return check_released(self._work, id_)

    def sku(self, scanned: str) -> Sku:
        """Raises: BarcodeUnknown."""
        return known(self._skus, scanned)

    async def take(self, tx: Tx, do: Pick, item: Item) -> Taken:
        """Take the pieces of a scan. Raises what `find` does, and TooMany, LotMustStay."""
        lines = await self.find(tx, do)
        left = sum(line.left for line in lines)
        if do.qty > left:
            raise TooMany(left=left, qty=do.qty)
        self._check_lot(lines[0], item)
        task, floor = self._work[do.task_id]
        given = spread(do.qty, [(line, line.left) for line in lines])
        for line, n in given:
            sown = line.sown + n if floor.method is Method.SORT else line.sown
            self._changed[line.id] = replace(line, picked=line.picked + n, sown=sown)
        self._open[do.task_id] = [
            (after, code) for line, code in self._open[do.task_id] if (after := self._changed.get(line.id, line)).left
        ]
        return Taken(item, self.sku(do.barcode).id, task.warehouse_id, given, left - do.qty)

    async def find(self, tx: Tx, do: Scan) -> list[PickLine]:
        """What a task still takes of a SKU out of a bin, at least one line.

        Raises: TaskNotFound, WaveNotReleased, BarcodeUnknown, BinNotFound, NothingLeftHere, WrongBin, WrongGoods,
        WhichLot.
        """
        task, _ = self.task(do.task_id)
        sku = self.sku(do.barcode)
        bin_ = self._bins[task.warehouse_id].get(do.bin)
        if bin_ is None:
            raise BinNotFound(bin=do.bin)
        open_ = self._open[do.task_id]
        if not open_:
            raise NothingLeftHere
        here = [line for line, _ in open_ if line.bin_id == bin_.id]
        if not here:
            raise WrongBin(bin=do.bin, expected=open_[0][1])
        of_sku = [line for line in here if line.sku_id == sku.id]
        if not of_sku:
            skus = await catalog.get_skus(tx, {line.sku_id for line in here})
            raise WrongGoods(scanned=sku.code, expected=", ".join(sorted(each.code for each in skus.values())))
        lots = sorted({line.lot for line in of_sku})
        if do.lot is None and len(lots) > 1:
            raise WhichLot(bin=do.bin, lots=", ".join(lots))
        of_lot = [line for line in of_sku if do.lot is None or line.lot == do.lot]
        if not of_lot:
            raise WrongGoods(scanned=do.lot, expected=", ".join(lots))
        mine = [line for line in of_lot if line.doc in self._locked]
        if not mine:
            raise NothingLeftHere
        return mine

    def changed(self) -> list[PickLine]:
        """The lines of which something was taken, as they are now."""
        return list(self._changed.values())

    def told(self, taken: Taken, tasks: Mapping[TaskId, Task]) -> Picked:
        """What a scan is answered, when all of the round is written."""
        about = {doc: (each.number, each.cell) for doc, each in self._locked.items()}
        return Picked(
            sku_id=taken.sku_id,
            qty=sum(n for _, n in taken.lines),
            cells=to_cells(taken.lines, about),
            left_here=taken.left,
            task=tasks[taken.lines[0][0].task_id],
        )

    def _check_lot(self, line: PickLine, item: Item) -> None:
        """Raises: LotMustStay. Asked at the scan: a lot is called back after its pieces were set aside, too."""
        lot = self._lots.get((line.bin_id, line.sku_id, line.lot))
        if lot is not None and not lot.may_be_sold(item.now.date()):
            raise LotMustStay(lot=line.lot, state=lot.state.value if lot.state is not LotState.OK else "expired")


async def begin(tx: Tx, do: Sequence[Scan]) -> Round:
    """Look up what scans are about, and lock the requests that they may take pieces for.

    What a task takes is looked for before the lock, and again under it: meanwhile another may have picked it, or the
    request was stopped.
    """
    ids = {each.task_id for each in do}
    work = await work_of(tx, ids)
    skus = await skus_of(tx, {each.barcode for each in do})
    codes: dict[WarehouseId, set[str]] = defaultdict(set)
    for each in do:
        if each.task_id in work:
            codes[work[each.task_id][0].warehouse_id].add(each.bin)
    bins = {warehouse_id: await find_bins(tx, warehouse_id, some) for warehouse_id, some in codes.items()}
    wanted = {(each.task_id, each.bin, skus[each.barcode].id) for each in do if each.barcode in skus}
    before = await waves.open_lines(tx, ids)
    locked = await tables.lock(
        tx,
        {line.doc for id_, lines in before.items() for line, code in lines if (id_, code, line.sku_id) in wanted},
    )
    open_ = await waves.open_lines(tx, ids)
    return Round(work, skus, bins, open_, locked, await _lots(tx, work, open_, locked))


async def _lots(tx: Tx, work: Work, open_: Open, locked: Collection[UUID]) -> dict[Place, InBin]:
    """How the lots are that the lines of locked requests take."""
    places: dict[WarehouseId, set[tuple[SkuId, BinId]]] = defaultdict(set)
    for id_, lines in open_.items():
        for line, _ in lines:
            if line.lot and line.doc in locked:
                places[work[id_][0].warehouse_id].add((line.sku_id, BinId(line.bin_id)))
    found: dict[Place, InBin] = {}
    for warehouse_id, some in places.items():
        lying = await pieces.in_bins(tx, warehouse_id, {sku for sku, _ in some}, {bin_ for _, bin_ in some})
        found |= {(each.bin_id, each.sku_id, each.lot): each for each in lying if each.lot}
    return found


async def work_of(tx: Tx, ids: Collection[TaskId]) -> Work:
    """Those of these tasks that exist, each with what a pick needs to know of its wave."""
    tasks = await waves.get_tasks(tx, ids)
    floors = await waves.floors(tx, {task.wave_id for task in tasks.values()})
    return {id_: (task, floors[task.wave_id]) for id_, task in tasks.items()}


def check_released(work: Work, id_: TaskId) -> tuple[Task, Floor]:
    """A task of a released wave. Raises: TaskNotFound, WaveNotReleased."""
    if id_ not in work:
        raise TaskNotFound(task_id=id_)
    task, floor = work[id_]
    if floor.state is not WaveState.RELEASED:
        raise WaveNotReleased(number=floor.number, state=floor.state.value)
    return task, floor


def to_cells(given: Sequence[tuple[PickLine, int]], about: Mapping[UUID, tuple[str, int | None]]) -> list[ToCell]:
    """For whom pieces are, each request once, in the order of the cells; `about`: the requests' numbers and cells."""
    counted: dict[tuple[str, int | None], int] = {}
    for line, qty in given:
        counted[about[line.doc]] = counted.get(about[line.doc], 0) + qty
    ordered = sorted(counted.items(), key=lambda pair: (pair[0][1] or 0, pair[0][0]))
    return [ToCell(number=number, cell=cell, qty=qty) for (number, cell), qty in ordered]
