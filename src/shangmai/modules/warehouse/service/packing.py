"""The packing station: every piece passes a check by scan, and nothing is closed that was stopped or changed.

Who packs holds the request's lock, so a stop or a change is seen by the very next scan (拦截).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.warehouse.contract.packing import (
    AlreadyPacked,
    FinishPack,
    NoneWantsIt,
    NotAllChecked,
    NotPickedYet,
    PackedParcel,
    Packing,
    PackLine,
    PackNext,
    PackScan,
    ParcelPacked,
    RequestChanged,
    RequestStopped,
    WaybillUsed,
)
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown, LotMustStay, TooMany, WrongGoods
from shangmai.modules.warehouse.contract.requests import Requested, RequestNotFound, RequestState
from shangmai.modules.warehouse.contract.waves import WaveNotFound
from shangmai.modules.warehouse.queries import cartons, parcels, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.rules.weighing import expected_g
from shangmai.modules.warehouse.service.scanning import sku_of

STOPPED = [RequestNotFound, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked]


@action("warehouse.pack_scan", grant="warehouse.pack", errors=[*STOPPED, BarcodeUnknown, WrongGoods, TooMany])
async def pack_scan(tx: Tx, do: PackScan) -> Packing:
    """Let pieces of a request pass the check, by their barcode.

    Raises: RequestNotFound, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked, BarcodeUnknown, WrongGoods,
    TooMany.
    """
    request = await _at_station(tx, do.number, do.revision)
    sku = await sku_of(tx, do.barcode)
    wanted, passed = await _progress(tx, request)
    if sku.id not in wanted:
        raise WrongGoods(scanned=do.barcode, expected=await _codes(tx, _left(wanted, passed)))
    if do.qty > (left := wanted[sku.id] - passed.get(sku.id, 0)):
        raise TooMany(left=left, qty=do.qty)
    await parcels.add_checked(tx, request.doc, sku.id, do.qty)
    return await packing_of(tx, request)


@action("warehouse.pack_next", grant="warehouse.pack", errors=[WaveNotFound, BarcodeUnknown, NoneWantsIt])
async def pack_next(tx: Tx, do: PackNext) -> Packing:
    """Take the next picked request of a wave that wants this SKU and let the piece pass; one that has begun first.

    Raises: WaveNotFound, BarcodeUnknown, NoneWantsIt.
    """
    floor = (await waves.floors(tx, [do.wave_id])).get(do.wave_id)
    if floor is None:
        raise WaveNotFound(wave_id=do.wave_id)
    sku = await sku_of(tx, do.barcode)
    doc = await parcels.next_wanting(tx, do.wave_id, sku.id, do.qty)
    if doc is None:
        raise NoneWantsIt(number=floor.number, scanned=do.barcode)
    await parcels.add_checked(tx, doc, sku.id, do.qty)
    return await packing_of(tx, (await tables.get(tx, [doc]))[doc])


@action("warehouse.finish_pack", grant="warehouse.pack", errors=[*STOPPED, NotAllChecked, LotMustStay, WaybillUsed])
async def finish_pack(tx: Tx, do: FinishPack) -> PackedParcel:
    """Close the parcel of a request of which every piece has passed. Event warehouse.packed.v1.

    Without a waybill it gets the one that was booked for it, if there is one.
    Raises: RequestNotFound, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked, NotAllChecked, LotMustStay,
    WaybillUsed.
    """
    request = await _at_station(tx, do.number, do.revision)
    wanted, passed = await _progress(tx, request)
    if left := _left(wanted, passed):
        raise NotAllChecked(number=request.number, left=sum(left.values()), missing=await _codes(tx, left))
    for lot, state in (await parcels.bad_lots(tx, [request.doc])).values():
        raise LotMustStay(lot=lot, state=state)
    label = await _label(tx, request, do)
    await check_waybill(tx, request, label[1])
    known = {each.code: each.own_g for each in await cartons.of_warehouse(tx, request.warehouse_id)}
    carton_g = known.get(do.carton, do.carton_g)
    skus = await catalog.get_skus(tx, wanted)
    expected = expected_g(wanted, skus, carton_g)
    await parcels.write(tx, request, replace(do, carton_g=carton_g), label, expected)
    await tables.set_states(tx, [request.doc], RequestState.PACKED)
    parcel = (await parcels.get(tx, [request.doc]))[request.doc]
    told = ParcelPacked(
        doc=request.doc,
        number=request.number,
        warehouse_id=request.warehouse_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        expected_g=expected,
    )
    tx.emit(told)
    return parcel


async def _label(tx: Tx, request: Requested, do: FinishPack) -> tuple[str, str]:
    """Carrier and waybill of a parcel: those given, else those booked for it, else the carrier asked for."""
    if not do.waybill:
        for booked in await logistics.parcels_of(tx, [request.doc]):
            if booked.waybill and do.carrier in ("", booked.carrier):
                return booked.carrier, booked.waybill
    return do.carrier or request.courier, do.waybill


async def packing_of(tx: Tx, request: Requested) -> Packing:
    """A request as the station shows it."""
    wanted, passed = await _progress(tx, request)
    skus = await catalog.get_skus(tx, wanted)
    return Packing(
        doc=request.doc,
        number=request.number,
        state=request.state,
        revision=request.revision,
        courier=request.courier,
        cell=request.cell,
        wave_id=request.wave_id,
        lines=[
            PackLine(
                sku_id=sku_id,
                sku=skus[sku_id].code,
                name=skus[sku_id].name,
                qty=qty,
                checked=passed.get(sku_id, 0),
            )
            for sku_id, qty in wanted.items()
        ],
        done=not _left(wanted, passed),
    )


async def check_waybill(tx: Tx, request: Requested, waybill: str) -> None:
    """Raises: WaybillUsed."""
    holder = await parcels.holder_of(tx, waybill) if waybill else None
    if holder is not None and holder[0] != request.doc:
        raise WaybillUsed(waybill=waybill, number=holder[1])


async def _at_station(tx: Tx, number: str, revision: int | None) -> Requested:
    """Lock a request that is picked, and not stopped or changed behind the packer's back."""
    request = await tables.lock_by_number(tx, number)
    if request is None:
        raise RequestNotFound(number=number)
    if request.state is RequestState.STOPPED:
        raise RequestStopped(number=number, why=request.why)
    if revision is not None and revision != request.revision:
        raise RequestChanged(number=number)
    if request.state in (RequestState.WAITING, RequestState.WAVED):
        lines = (await waves.lines_of(tx, [request.doc])).get(request.doc, ())
        left = request.pieces - sum(line.picked for line in lines)
        raise NotPickedYet(number=number, state=request.state.value, left=left)
    if request.state is not RequestState.PICKED:
        raise AlreadyPacked(number=number, state=request.state.value)
    return request


async def _progress(tx: Tx, request: Requested) -> tuple[dict[SkuId, int], dict[SkuId, int]]:
    """What is to go, and what has passed."""
    wanted = (await tables.wanted(tx, [request.doc])).get(request.doc, {})
    return wanted, await parcels.checked(tx, request.doc)


def _left(wanted: Mapping[SkuId, int], passed: Mapping[SkuId, int]) -> dict[SkuId, int]:
    return {sku_id: qty - passed.get(sku_id, 0) for sku_id, qty in wanted.items() if qty > passed.get(sku_id, 0)}


async def _codes(tx: Tx, pieces: Mapping[SkuId, int]) -> str:
    skus = await catalog.get_skus(tx, pieces)
    return ", ".join(f"{skus[sku_id].code} x {qty}" for sku_id, qty in pieces.items())
