"""Reads of the work on the floor: what is asked for, waves, tasks, the packing station, what goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract.cartons import Carton
from shangmai.modules.warehouse.contract.packing import CartonAdvice, PackedParcel, Packing
from shangmai.modules.warehouse.contract.picking import BackLine, Task, TaskDetail, TaskId
from shangmai.modules.warehouse.contract.requests import Requested, RequestNotFound, RequestState
from shangmai.modules.warehouse.contract.waves import Wave, WaveId, WaveNotFound, WaveState
from shangmai.modules.warehouse.queries import backs, cartons, parcels, waves
from shangmai.modules.warehouse.queries import requests as tables

READ: Final = {"grant": "warehouse.read"}
Place = Annotated[
    WarehouseId | None, QueryParameter(name="warehouse", description="Only of this warehouse. 只看此仓。")
]
OfWave = Annotated[WaveId | None, QueryParameter(name="wave", description="Only of this wave. 只看此波次。")]


@get("/api/v1/warehouse/requests", opt=READ)
async def list_requests(
    tx: Tx,
    warehouse_id: Place = None,
    in_state: Annotated[
        RequestState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    wave_id: OfWave = None,
    short: Annotated[bool, Parameter(description="Only those that lack pieces. 只看缺货的。")] = False,
    transfers: Annotated[
        bool | None, Parameter(description="Only transfers to other warehouses, or only others. 只看或不看调拨。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Requested]:
    """List what is asked of the floor, those asked for last in front."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await tables.page_of(
        tx,
        state=in_state,
        warehouse_id=warehouse_id,
        wave_id=wave_id,
        short=short,
        transfers=transfers,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda each: (each.asked_at, each.doc))


@get("/api/v1/warehouse/waves", opt=READ)
async def list_waves(
    tx: Tx,
    warehouse_id: Place = None,
    in_state: Annotated[
        WaveState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Wave]:
    """List waves with how far they are, newest first."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await waves.page_of_waves(
        tx,
        state=in_state,
        warehouse_id=warehouse_id,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda wave: (wave.created_at, wave.id))


@get("/api/v1/warehouse/waves/{wave_id:uuid}", opt=READ)
async def read_wave(tx: Tx, wave_id: UUID) -> Wave:
    """Read one wave. Raises: WaveNotFound."""
    found = await waves.get_waves(tx, [WaveId(wave_id)])
    if WaveId(wave_id) not in found:
        raise WaveNotFound(wave_id=wave_id)
    return found[WaveId(wave_id)]


@get("/api/v1/warehouse/tasks", opt=READ)
async def list_tasks(
    tx: Tx,
    actor: Actor,
    warehouse_id: Place = None,
    wave_id: OfWave = None,
    mine: Annotated[bool, Parameter(description="Only those that you have taken. 只看我的任务。")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Task]:
    """List the tasks with something left to pick, each with the bin to go to next, the most urgent in front."""
    found = decode_cursor(cursor, int, UUID)
    after = None if found is None else (found[0], found[1])
    picker = actor.id if mine else None
    rows = await waves.page_of_tasks(
        tx, warehouse_id=warehouse_id, wave_id=wave_id, picker=picker, after=after, limit=limit + 1
    )
    return page(rows, limit, lambda task: (task.priority, task.id))


@get("/api/v1/warehouse/tasks/{task_id:uuid}", opt=READ)
async def read_task(tx: Tx, task_id: UUID) -> TaskDetail:
    """Read a task: where to go, in the order of the way, and what to take there for whom. Raises: TaskNotFound."""
    return await service.get_task(tx, TaskId(task_id))


@get("/api/v1/warehouse/packing", opt=READ)
async def read_packing(
    tx: Tx, number: Annotated[str, Parameter(max_length=80, description="Unit or waybill. 发货单号或运单号。")]
) -> Packing:
    """Read a request as the packing station shows it, by a scanned number. Raises: RequestNotFound."""
    request = await tables.find_by_number(tx, number)
    if request is None:
        raise RequestNotFound(number=number)
    return await service.packing_of(tx, request)


@get("/api/v1/warehouse/cartons", opt=READ)
async def list_cartons(tx: Tx, warehouse_id: WarehouseId) -> list[Carton]:
    """List the kinds of cartons that are in use in a warehouse, by code."""
    return await cartons.of_warehouse(tx, warehouse_id)


@get("/api/v1/warehouse/carton-advice", opt=READ)
async def read_carton_advice(
    tx: Tx, number: Annotated[str, Parameter(max_length=80, description="Unit or waybill. 发货单号或运单号。")]
) -> CartonAdvice:
    """Read which cartons to pack a request into, and how its pieces lie in them.

    Raises: RequestNotFound, TooManyPieces.
    """
    request = await tables.find_by_number(tx, number)
    if request is None:
        raise RequestNotFound(number=number)
    return await service.advise(tx, request)


@get("/api/v1/warehouse/parcels", opt=READ)
async def list_packed_parcels(
    tx: Tx,
    warehouse_id: Place = None,
    handed: Annotated[
        bool | None, Parameter(description="All of it with the carrier, or some still here. 已全部交接，或还有未交接。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PackedParcel]:
    """List closed parcels, those packed last in front."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await parcels.page_of_parcels(
        tx,
        warehouse_id=warehouse_id,
        handed=handed,
        before=None if before is None else (before[0], before[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda each: (each.packed_at, each.doc))


@get("/api/v1/warehouse/put-backs", opt=READ)
async def list_put_backs(
    tx: Tx, warehouse_id: Place = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[BackLine]:
    """List picked pieces that are not wanted any more and go back into bins, the oldest first."""
    (after,) = decode_cursor(cursor, UUID) or (None,)
    rows = await backs.page_of_backs(tx, warehouse_id, after, limit + 1)
    return page(rows, limit, lambda each: (each.id,))


routes: Final = [
    list_requests, list_waves, read_wave, list_tasks, read_task, read_packing, list_cartons, read_carton_advice,
    list_packed_parcels, list_put_backs,
]  # fmt: skip
