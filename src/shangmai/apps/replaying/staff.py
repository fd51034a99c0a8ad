"""The people on the floor: they fetch what a task says, scan it, pack, weigh and hand over. They decide nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from shangmai.apps.replaying.stage import Builder, House
from shangmai.apps.replaying.year import draw
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.packing import PackedParcel, Packing
from shangmai.modules.warehouse.contract.paths import Stop
from shangmai.modules.warehouse.contract.picking import TaskDetail
from shangmai.modules.warehouse.contract.places import Bin, BinId

STOP_S: Final = 15
"""What a stop takes a picker, beside walking: find the bin, take, scan."""
WALK_MM_S: Final = 1_200
CHECK_S: Final = 4
CLOSE_S: Final = 25
"""What checking a line and closing a parcel take a packer."""
PICKERS: Final = 12
PACKERS: Final = 6
OFF_PERMILLE: Final = 15
"""By how much a parcel's weight is off what its goods should weigh, at most."""


class Walked(Struct):
    """Millimetres walked: as tasks said, by bin codes, and the shortest there is, of the tasks that were picked."""

    tasks: int = 0
    told_mm: int = 0
    by_code_mm: int = 0
    shortest_mm: int = 0


class Parcel(Struct, frozen=True):
    """A parcel that was handed over."""

    carrier: str
    waybill: str


class Floor:
    """The staff of one warehouse. Work takes them time: in so many seconds of a shift they do so much, in turn."""

    def __init__(self, db: Database, builder: Builder, house: House) -> None:
        self._db, self._builder, self.house = db, builder, house
        self.walked = Walked()
        self.scans = 0

    async def work(self, seconds: int) -> list[Parcel]:
        """Work for so long; the parcels that the carriers have then."""
        await self._pick(seconds * PICKERS)
        return await self._pack(seconds * PACKERS)

    async def _pick(self, budget_s: int) -> None:
        async with self._db.reading(SYSTEM) as tx:
            tasks = await warehouse.open_tasks(tx, self.house.id)
            bins = await warehouse.get_bins(tx, {stop.bin_id for task in tasks for stop in task.stops})
        chosen: list[TaskDetail] = []
        for task in tasks:
            if budget_s <= 0:
                break
            budget_s -= self._walk(task, bins) // WALK_MM_S + STOP_S * len(task.stops)
            chosen.append(task)
        await self._fetch(chosen)

    async def _fetch(self, tasks: Sequence[TaskDetail]) -> None:
        """Fetch all of these tasks, each by its own picker: their scans come in at the same time."""
        stops = [(task, stop) for task in tasks for stop in task.stops]
        await self._builder.act_many("warehouse.start_pick", [{"task_id": task.task.id} for task in tasks])
        scans = [
            {"task_id": task.task.id, "bin": stop.bin, "barcode": stop.sku, "qty": stop.qty, "lot": stop.lot}
            for task, stop in stops
        ]
        await self._builder.act_many("warehouse.pick", scans)
        for _, stop in stops:
            self.house.shelf[stop.bin, stop.sku] -= stop.qty
        self.scans += len(stops)

    def _walk(self, task: TaskDetail, bins: Mapping[BinId, Bin]) -> int:
        places = [_place(bins[stop.bin_id]) for stop in task.stops]
        layout, told = self.house.layout, range(len(places))
        by_code = sorted(told, key=lambda n: task.stops[n].sku)
        length = warehouse.walked_mm(layout, places, list(told))
        self.walked.tasks += 1
        self.walked.told_mm += length
        self.walked.by_code_mm += warehouse.walked_mm(layout, places, by_code)
        self.walked.shortest_mm += warehouse.shortest_mm(layout, places)
        return length

    async def _pack(self, budget_s: int) -> list[Parcel]:
        async with self._db.reading(SYSTEM) as tx:
            ready = await warehouse.ready_to_pack(tx, self.house.id)
        chosen: list[Packing] = []
        for packing in ready:
            if budget_s <= 0:
                break
            chosen.append(packing)
            budget_s -= CLOSE_S + CHECK_S * len(packing.lines)
        return await self._hand_over(await self._close(chosen))

    async def _close(self, chosen: Sequence[Packing]) -> list[PackedParcel]:
        """Check, close and weigh these, each at its own station."""
        checks = [
            {"number": packing.number, "barcode": line.sku, "qty": line.qty - line.checked}
            for packing in chosen
            for line in packing.lines
            if line.qty > line.checked
        ]
        await self._builder.act_many("warehouse.pack_scan", checks)
        closed = await self._builder.act_many("warehouse.finish_pack", [{"number": each.number} for each in chosen])
        weights = [{"scanned": parcel.number, "weight_g": _on_scales(parcel)} for parcel in closed]
        self.scans += sum(len(packing.lines) + 2 for packing in chosen)
        return await self._builder.act_many("warehouse.weigh", weights)

    async def _hand_over(self, closed: Sequence[Any]) -> list[Parcel]:
        given = [{"warehouse_id": self.house.id, "scanned": parcel.number} for parcel in closed]
        handed = await self._builder.act_many("warehouse.hand_over", given)
        return [Parcel(parcel.carrier, parcel.waybill) for parcel in handed]


def _on_scales(parcel: PackedParcel) -> int:
    """What a parcel weighs really: a little more or less than its goods should."""
    off = draw(parcel.number) % (2 * OFF_PERMILLE + 1) - OFF_PERMILLE
    return max(parcel.expected_g * (1000 + off) // 1000, 1)


def _place(bin_: Bin) -> Stop:
    assert bin_.aisle is not None, "the stage says of every bin where it is"
    assert bin_.offset_mm is not None, "and where it begins"
    return Stop(bin_.aisle, bin_.offset_mm)
