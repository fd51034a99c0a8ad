"""The way of a picker through the bins of a task, in the warehouse as it is laid out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.paths import Path
from shangmai.modules.warehouse.contract.places import BinId
from shangmai.modules.warehouse.queries import places
from shangmai.modules.warehouse.rules.paths import find_path
from shangmai.modules.warehouse.rules.paths.laying import layout_of, stop_of
from shangmai.modules.warehouse.service.places import floor_policies, get_bins


class Way(Struct, frozen=True):
    """Bins in the order in which they are visited, then those that stand nowhere, and how far it is."""

    bins: tuple[BinId, ...]
    nowhere: tuple[BinId, ...]
    path: Path

    @property
    def every(self) -> tuple[BinId, ...]:
        return (*self.bins, *self.nowhere)


async def ways(tx: Tx, warehouse_id: WarehouseId, tasks: Sequence[Collection[BinId]]) -> list[Way]:
    """The shortest way that is known through the bins of each of these tasks; three statements, whatever their number.

    Bins that stand at one place stay in the order in which they are given.
    """
    bins = await get_bins(tx, {id_ for task in tasks for id_ in task})
    policy = (await floor_policies(tx, [warehouse_id]))[warehouse_id]
    layout = layout_of(policy.layout, *(await places.extent(tx, warehouse_id)))
    found = []
    for task in tasks:
        every = _each_once(task)
        standing = [(id_, place) for id_ in every if (place := stop_of(bins[id_])) is not None]
        path = find_path(layout, [place for _, place in standing])
        order = tuple(standing[n][0] for n in path.order)
        found.append(Way(order, tuple(id_ for id_ in every if id_ not in set(order)), path))
    return found


def _each_once(ids: Iterable[BinId]) -> list[BinId]:
    return list(dict.fromkeys(ids))
