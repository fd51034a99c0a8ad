"""What is to be done on a floor now, as lists for whoever does it or plans it."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.packing import Packing
from shangmai.modules.warehouse.contract.paths import Layout, Stop
from shangmai.modules.warehouse.contract.picking import TaskDetail
from shangmai.modules.warehouse.contract.requests import FloorWork, RequestState
from shangmai.modules.warehouse.queries import requests, waves
from shangmai.modules.warehouse.rules.paths import shortest_walk, walk_mm
from shangmai.modules.warehouse.service.packing import packings_of
from shangmai.modules.warehouse.service.picking import get_tasks


def walked_mm(layout: Layout, stops: Sequence[Stop], order: Sequence[int]) -> int:
    """What is walked from the depot through these stops in this order and back, in millimetres."""
    return walk_mm(layout, stops, order)


def shortest_mm(layout: Layout, stops: Sequence[Stop]) -> int:
    """The shortest walk from the depot through these stops and back, in millimetres; up to four cross aisles."""
    return shortest_walk(layout, stops)[1]


async def open_tasks(tx: Tx, warehouse_id: WarehouseId, limit: int = 200) -> list[TaskDetail]:
    """Tasks with something left to fetch, those made first in front, each with its stops in the order of the way."""
    tasks = await waves.page_of_tasks(tx, warehouse_id=warehouse_id, wave_id=None, picker=None, after=None, limit=limit)
    details = await get_tasks(tx, [task.id for task in tasks])
    return [details[task.id] for task in tasks]


async def waiting_in(tx: Tx, state: RequestState, limit: int) -> FloorWork:
    """What is in this state on the floors that one sees, of orders: how much, and the most urgent of it."""
    count, overdue = await requests.count_of_orders(tx, state, tx.now)
    first = await requests.first_of_orders(tx, state, limit) if count else {}
    return FloorWork(count=count, overdue=overdue, docs=tuple(first), warehouse_id=next(iter(first.values()), None))


async def ready_to_pack(tx: Tx, warehouse_id: WarehouseId, limit: int = 500) -> list[Packing]:
    """Requests that all of is picked, those asked for first in front, as the packing station shows them."""
    found = await requests.page_of(
        tx,
        state=RequestState.PICKED,
        warehouse_id=warehouse_id,
        wave_id=None,
        short=False,
        transfers=False,
        before=None,
        limit=limit,
    )
    return await packings_of(tx, found[::-1])
