"""Transfers that pickers fetch (调拨拣货): set aside, picked in a wave of their own, and sent.

A transfer is a request of the floor that goes to another warehouse. From its start on its pieces are held in both
books, so that no order gets them; until it has left it can be called off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Short
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import (
    OutOfStock,
    SameWarehouse,
    SendTransfer,
    TransferLine,
    Warehouse,
    WarehouseNotFound,
)
from shangmai.modules.warehouse.books import bins as book
from shangmai.modules.warehouse.contract.packing import RequestStopped
from shangmai.modules.warehouse.contract.pieces import BinShort
from shangmai.modules.warehouse.contract.places import Bin, BinNotFound
from shangmai.modules.warehouse.contract.requests import (
    AlreadyOut,
    PickRequest,
    Requested,
    RequestedLine,
    RequestNotFound,
    RequestState,
)
from shangmai.modules.warehouse.contract.transfers import (
    BinTransfer,
    CancelTransfer,
    SentLine,
    ShipTransfer,
    StartTransfer,
    TransferNotPicked,
    TransferSent,
    TransferStarted,
)
from shangmai.modules.warehouse.contract.waves import FloorOff, Method, NoStageBin, WaveId, WaveKind
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries import transfers as queries
from shangmai.modules.warehouse.queries import waves
from shangmai.modules.warehouse.queries.waves import NewWave
from shangmai.modules.warehouse.rules.allocating import Take
from shangmai.modules.warehouse.rules.ranking import rank_of
from shangmai.modules.warehouse.rules.waves import Group
from shangmai.modules.warehouse.service.asking import leave, stop, weights_of
from shangmai.modules.warehouse.service.filling import hold_of
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.transferring import GRANT, told_of
from shangmai.modules.warehouse.service.waving import Plan, floor_of, get_made, stage_bin, write_waves


@action(
    "warehouse.start_transfer",
    grant=GRANT,
    scope=lambda do: {"warehouse": do.from_warehouse_id},
    inverse="warehouse.cancel_transfer",
    errors=[WarehouseNotFound, SameWarehouse, FloorOff, NoStageBin, BinNotFound, OutOfStock, BinShort],
)
async def start_transfer(tx: Tx, do: StartTransfer) -> TransferStarted:
    """Have the pieces of a transfer picked, all lines or none: no order gets them any more, and pickers see tasks.

    Events warehouse.wave_made.v1, warehouse.wave_released.v1.

    Raises: WarehouseNotFound, SameWarehouse, FloorOff, NoStageBin, BinNotFound, OutOfStock, BinShort.
    """
    warehouse, rules = await floor_of(tx, do.from_warehouse_id)
    bins = await bins_by_code(tx, warehouse.id, {line.bin for line in do.lines})
    request = _request(warehouse, (await next_numbers(tx, "ST", [tx.now]))[0], do)
    given = SendTransfer(
        from_warehouse_id=do.from_warehouse_id,
        to_warehouse_id=do.to_warehouse_id,
        reference=do.reference,
        lines=[TransferLine(sku_id=line.sku_id, qty=line.qty) for line in request.lines],
    )
    await inventory.hold_transfer(tx, request.doc, given)
    await tables.insert(tx, [request], await weights_of(tx, [request]))
    plan = await _set_aside(tx, warehouse, request, do, bins)
    await write_waves(tx, [plan], rules.stops_max)
    (wave,) = await get_made(tx, [plan.wave.id])
    return TransferStarted(doc=request.doc, number=request.number, wave=wave)


def _request(warehouse: Warehouse, number: str, do: StartTransfer) -> PickRequest:
    doc = new_id()
    pieces: Counter[SkuId] = Counter()
    for line in do.lines:
        pieces[line.sku_id] += line.qty
    return PickRequest(
        doc=doc,
        number=number,
        company_id=warehouse.company_id,
        warehouse_id=warehouse.id,
        to_warehouse_id=do.to_warehouse_id,
        reference=do.reference,
        lines=tuple(
            RequestedLine(order_id=doc, line=n, sku_id=sku_id, qty=qty)
            for n, (sku_id, qty) in enumerate(pieces.items(), 1)
        ),
    )


async def _set_aside(
    tx: Tx, warehouse: Warehouse, request: PickRequest, do: StartTransfer, bins: dict[str, Bin]
) -> Plan:
    """Hold the pieces in their bins, all of them or none; the wave that fetches them. Raises: NoStageBin, BinShort."""
    stage = await stage_bin(tx, warehouse.id)
    takes = [_take(request.doc, line, bins[line.bin]) for line in do.lines]
    ids = [new_id() for _ in takes]
    holds = [hold_of(tx, id_, take, (warehouse.id, stage), request.doc) for id_, take in zip(ids, takes, strict=True)]
    for line, outcome in zip(do.lines, await book.hold(tx, holds), strict=True):
        if isinstance(outcome, Short):
            told = outcome.data
            raise BinShort(bin=line.bin, sku_id=line.sku_id, wanted=told["wanted"], available=told["available"])
    wave = NewWave(
        id=WaveId(new_id()),
        number=(await next_numbers(tx, "BC", [tx.now]))[0],
        company_id=warehouse.company_id,
        warehouse_id=warehouse.id,
        kind=WaveKind.TRANSFER,
        method=Method.EACH,
        courier="",
        stage_bin_id=stage,
        released_at=tx.now if do.release else None,
    )
    group = Group(kind=wave.kind, method=wave.method, courier="", wishes=())
    return Plan(wave, group, {request.doc: list(zip(ids, takes, strict=True))})


def _take(doc: UUID, line: SentLine, bin_: Bin) -> Take:
    rank = rank_of(bin_.aisle, bin_.bay, bin_.level, bin_.offset_mm)
    return Take(doc=doc, sku_id=line.sku_id, bin_id=bin_.id, lot=line.lot, qty=line.qty, rank=rank)


@action(
    "warehouse.ship_transfer",
    grant=GRANT,
    errors=[RequestNotFound, RequestStopped, AlreadyOut, TransferNotPicked],
)
async def ship_transfer(tx: Tx, do: ShipTransfer) -> BinTransfer:
    """Let the picked pieces of a transfer leave: they are in transit until they arrive, with their lots.

    With `short` what is not picked stays, and is free again. Events warehouse.transfer_sent.v1, inventory.moved.v1.

    Raises: RequestNotFound, RequestStopped, AlreadyOut, TransferNotPicked.
    """
    request = await _locked(tx, do.number)
    assert request.to_warehouse_id is not None, "it was found as a transfer"
    lines = (await waves.lines_of(tx, [request.doc])).get(request.doc, [])
    gone = [SentLine(sku_id=line.sku_id, qty=line.picked, bin="-", lot=line.lot) for line in lines if line.picked]
    picked = sum(line.qty for line in gone)
    if not picked or (picked < request.pieces and not do.short):
        raise TransferNotPicked(number=request.number, left=request.pieces - picked, picked=picked)
    way = (request.warehouse_id, request.to_warehouse_id)
    document = await inventory.send_held(tx, request.doc, request.number, way, request.reference, _by_sku(gone))
    await leave(tx, [request.doc])
    lots = queries.by_lot(gone)
    await queries.insert_lots(tx, document.id, request.to_warehouse_id, lots)
    tx.emit(
        TransferSent(
            document_id=document.id,
            from_warehouse_id=request.warehouse_id,
            to_warehouse_id=request.to_warehouse_id,
            pieces=document.pieces,
        )
    )
    return told_of(document, lots)


def _by_sku(gone: Sequence[SentLine]) -> Counter[SkuId]:
    pieces: Counter[SkuId] = Counter()
    for line in gone:
        pieces[line.sku_id] += line.qty
    return pieces


@action(
    "warehouse.cancel_transfer",
    grant=GRANT,
    errors=[RequestNotFound, RequestStopped, AlreadyOut],
)
async def cancel_transfer(tx: Tx, do: CancelTransfer) -> Requested:
    """Call a transfer off: orders get its pieces again; what is picked already is to be put back.

    Event warehouse.stopped.v1. Raises: RequestNotFound, RequestStopped, AlreadyOut.
    """
    request = await _locked(tx, do.number)
    await inventory.release(tx, {request.doc: tx.items[0]})
    await stop(tx, [request.doc], do.reason)
    return (await tables.get(tx, [request.doc]))[request.doc]


async def _locked(tx: Tx, number: str) -> Requested:
    """Lock a transfer that has not left. Raises: RequestNotFound, RequestStopped, AlreadyOut."""
    request = await tables.lock_by_number(tx, number)
    if request is None or request.to_warehouse_id is None:
        raise RequestNotFound(number=number)
    if request.state is RequestState.STOPPED:
        raise RequestStopped(number=number, why=request.why)
    if request.state is RequestState.LEFT:
        raise AlreadyOut(number=number, state=request.state.value)
    return request
