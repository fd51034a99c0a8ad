"""What stands on paper, out of the tables: tasks, parcels, bins, goods."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from shangmai.kernel.clock import SHANGHAI
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import Parcel, ParcelReceiver, Sender
from shangmai.modules.warehouse.contract.paths import PickPath
from shangmai.modules.warehouse.contract.picking import Stop, TaskDetail, TaskId
from shangmai.modules.warehouse.contract.places import BinKind
from shangmai.modules.warehouse.contract.printing import (
    LABELS_MAX,
    BinLabel,
    DeliveryNote,
    GoodsLabel,
    NotBookedYet,
    NoteLine,
    NothingToPrint,
    PickList,
    PickListLine,
    ReceiverGone,
    TooManyLabels,
    WaybillLabel,
)
from shangmai.modules.warehouse.contract.requests import RequestNotFound
from shangmai.modules.warehouse.contract.waves import WaveId, WaveNotFound
from shangmai.modules.warehouse.queries import places, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.service.picking import get_task
from shangmai.modules.warehouse.service.walking import ways


async def pick_path(tx: Tx, detail: TaskDetail) -> PickPath:
    """The shortest way that is known to what a task still fetches; bins that stand nowhere come last."""
    codes = {stop.bin_id: stop.bin for stop in detail.stops}
    (way,) = await ways(tx, detail.task.warehouse_id, [list(codes)])
    path = way.path
    return PickPath(
        bins=tuple(codes[id_] for id_ in way.every),
        unknown=len(way.nowhere),
        length_mm=path.length_mm,
        bound_mm=path.bound_mm,
        s_shape_mm=path.s_shape_mm,
        method=path.method.value,
    )


async def pick_list_of(tx: Tx, task_id: TaskId) -> PickList:
    """What a task still fetches, along its path. Raises: TaskNotFound, NothingToPrint."""
    detail = await get_task(tx, task_id)
    if not detail.stops:
        raise NothingToPrint
    path = await pick_path(tx, detail)
    turn = {code: n for n, code in enumerate(path.bins)}
    task = detail.task
    warehouse = (await inventory.get_warehouses(tx, [task.warehouse_id]))[task.warehouse_id]
    return PickList(
        number=f"{task.wave}-{task.place}",
        warehouse=warehouse.name,
        wave=task.wave,
        printed_at=_now(tx),
        walk_mm=path.length_mm,
        lines=tuple(_pick_line(stop) for stop in sorted(detail.stops, key=lambda stop: turn[stop.bin])),
    )


async def pick_lists_of(tx: Tx, wave_id: WaveId) -> list[PickList]:
    """The pick lists of a released wave's tasks that have something left. Raises: WaveNotFound, NothingToPrint."""
    if wave_id not in await waves.get_waves(tx, [wave_id]):
        raise WaveNotFound(wave_id=wave_id)
    tasks = await waves.page_of_tasks(tx, warehouse_id=None, wave_id=wave_id, picker=None, after=None, limit=LABELS_MAX)
    if not tasks:
        raise NothingToPrint
    return [await pick_list_of(tx, task.id) for task in sorted(tasks, key=lambda task: task.place)]


async def waybill_labels_of(tx: Tx, docs: Sequence[UUID], lang: Lang) -> list[WaybillLabel]:
    """The labels of these requests' parcels, in the order of the requests. Raises: NotBookedYet, ReceiverGone."""
    booked: dict[UUID, list[Parcel]] = {}
    for parcel in await logistics.parcels_of(tx, docs):
        booked.setdefault(parcel.doc, []).append(parcel)
    for doc in docs:
        if not any(parcel.waybill for parcel in booked.get(doc, [])):
            raise NotBookedYet(doc=doc)
    parcels = [parcel for doc in dict.fromkeys(docs) for parcel in booked[doc] if parcel.waybill]
    receivers = await logistics.receivers_of(tx, [parcel.id for parcel in parcels])
    senders = await logistics.senders_of(tx, {parcel.warehouse_id for parcel in parcels})
    names = {each.code: each.name if lang == "zh-CN" else each.name_en for each in await logistics.list_carriers(tx)}
    goods = await _goods(tx, docs)
    labels = []
    for parcel in parcels:
        receiver, sender = receivers.get(parcel.id), senders.get(parcel.warehouse_id)
        if receiver is None:
            raise ReceiverGone(waybill=parcel.waybill)
        labels.append(
            WaybillLabel(
                waybill=parcel.waybill,
                carrier=names.get(parcel.carrier, parcel.carrier),
                route=parcel.route,
                receiver_name=receiver.name,
                receiver_phone=receiver.phone,
                receiver_address=_region(receiver) + receiver.street,
                sender_name=sender.name if sender else "",
                sender_phone=sender.phone if sender else "",
                sender_address=_region(sender) + sender.street if sender else "",
                number=parcel.number,
                goods="；".join(f"{line.name} ×{line.qty}" for line in goods.get(parcel.doc, ())),
                weight_g=parcel.weight_g,
                note=parcel.note,
            )
        )
    return labels


async def delivery_notes_of(tx: Tx, docs: Sequence[UUID]) -> list[DeliveryNote]:
    """The notes of these requests, in their order, with the receiver where a parcel tells it.

    Raises: RequestNotFound.
    """
    requests = await tables.get(tx, docs)
    for doc in docs:
        if doc not in requests:
            raise RequestNotFound(number=doc)
    goods = await _goods(tx, docs)
    parcels = {parcel.doc: parcel for parcel in await logistics.parcels_of(tx, docs)}
    receivers = await logistics.receivers_of(tx, [parcel.id for parcel in parcels.values()])
    notes = []
    for doc in dict.fromkeys(docs):
        parcel = parcels.get(doc)
        receiver = None if parcel is None else receivers.get(parcel.id)
        notes.append(
            DeliveryNote(
                number=requests[doc].number,
                lines=tuple(goods.get(doc, ())),
                waybill=parcel.waybill if parcel else "",
                receiver_name=receiver.name if receiver else "",
                receiver_phone=receiver.phone if receiver else "",
                receiver_address=_region(receiver) if receiver else "",
                printed_at=_now(tx),
            )
        )
    return notes


async def bin_labels_of(
    tx: Tx, warehouse_id: WarehouseId, zone: str | None, kind: BinKind | None, after: str
) -> list[BinLabel]:
    """Labels of a warehouse's bins by code, of as many as one document holds, those after a code.

    Raises: NothingToPrint.
    """
    zones = {each.id: each.name for each in await places.zones_of(tx, warehouse_id)}
    bins = await places.list_bins(tx, warehouse_id, zone, kind, after, LABELS_MAX)
    if not bins:
        raise NothingToPrint
    return [BinLabel(code=each.code, zone=zones[each.zone_id]) for each in bins]


async def goods_labels_of(tx: Tx, sku_ids: Sequence[SkuId], copies: int) -> list[GoodsLabel]:
    """Labels that hold the codes of SKUs, so many of each, in this order. Raises: SkuNotFound, TooManyLabels."""
    if len(sku_ids) * copies > LABELS_MAX:
        raise TooManyLabels(labels=len(sku_ids) * copies, most=LABELS_MAX)
    skus = await catalog.get_skus(tx, sku_ids)
    for sku_id in sku_ids:
        if sku_id not in skus:
            raise SkuNotFound(sku=sku_id)
    return [GoodsLabel(barcode=skus[id_].code, name=skus[id_].name) for id_ in sku_ids for _ in range(copies)]


async def _goods(tx: Tx, docs: Collection[UUID]) -> dict[UUID, list[NoteLine]]:
    wanted = await tables.wanted(tx, docs)
    skus = await catalog.get_skus(tx, {SkuId(sku_id) for pieces in wanted.values() for sku_id in pieces})
    return {
        doc: [NoteLine(code=skus[sku_id].code, name=skus[sku_id].name, qty=qty) for sku_id, qty in pieces.items()]
        for doc, pieces in wanted.items()
    }


def _pick_line(stop: Stop) -> PickListLine:
    cells = " ".join(f"{cell.cell}×{cell.qty}" for cell in stop.cells if cell.cell is not None)
    return PickListLine(bin=stop.bin, code=stop.sku, name=stop.name, qty=stop.qty, lot=stop.lot, cells=cells)


def _region(at: ParcelReceiver | Sender) -> str:
    """Province, city and district; a municipality, which is both, once."""
    return at.province + (at.city if at.city != at.province else "") + at.district


def _now(tx: Tx) -> str:
    return tx.now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
