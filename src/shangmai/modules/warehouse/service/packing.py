"""The packing station: every piece passes a check by scan, and nothing is closed that was stopped or changed.

Who packs holds the request's lock, so a stop or a change is seen by the very next scan (拦截).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract.parcels import Parcel
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
from shangmai.modules.warehouse.contract.serials import SerialInParcel, SerialNeeded, SerialNotHere, SerialsMissing
from shangmai.modules.warehouse.contract.transfers import IsTransfer
from shangmai.modules.warehouse.contract.waves import WaveNotFound
from shangmai.modules.warehouse.queries import cartons, parcels, serials, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.parcels import NewParcel
from shangmai.modules.warehouse.rules.weighing import expected_g
from shangmai.modules.warehouse.service.numbering import Numbers, missing_of, numbers_at
from shangmai.modules.warehouse.service.scanning import sku_of, skus_of, warehouses_of_numbers

STOPPED = [RequestNotFound, IsTransfer, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked]


@action(
    "warehouse.pack_scan",
    grant="warehouse.pack",
    many=True,
    scopes_of=warehouses_of_numbers,
    errors=[*STOPPED, BarcodeUnknown, WrongGoods, TooMany, SerialNeeded, SerialNotHere, SerialInParcel],
)
async def pack_scan(tx: Tx, do: Sequence[PackScan]) -> list[Packing | AppError]:
    """Let pieces of a request pass the check, by their barcode, or one by its serial number.

    Where each piece of a SKU has a number of its own, that is scanned. A piece is in one parcel.
    Raises for each: RequestNotFound, IsTransfer, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked,
    BarcodeUnknown, WrongGoods, TooMany, SerialNeeded, SerialNotHere, SerialInParcel.
    """
    station = await _station(tx, {each.number for each in do})
    numbers = await _numbers(tx, station, {each.barcode for each in do})
    more: dict[tuple[UUID, SkuId], tuple[int, Item]] = {}
    answers: list[Packing | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        try:
            request = await station.request(tx, each.number, each.revision)
            sku, piece = numbers.meant(request, station.wanted[request.doc], each.barcode, each.qty)
            station.check(request, sku, each)
            if piece is not None:
                numbers.passes(request, piece)
        except AppError as refusal:
            answers.append(refusal)
            continue
        before, _ = more.get((request.doc, sku.id), (0, item))
        more[request.doc, sku.id] = before + each.qty, item
        answers.append(station.shown(request))
    if more:
        await parcels.add_checked(tx, more)
    if numbers.put:
        await serials.put_in(tx, numbers.put)
    return answers


@action("warehouse.pack_next", grant="warehouse.pack", errors=[WaveNotFound, BarcodeUnknown, NoneWantsIt, SerialNeeded])
async def pack_next(tx: Tx, do: PackNext) -> Packing:
    """Take the next picked request of a wave that wants this SKU and let the piece pass; one that has begun first.

    Raises: WaveNotFound, BarcodeUnknown, NoneWantsIt, SerialNeeded.
    """
    floor = (await waves.floors(tx, [do.wave_id])).get(do.wave_id)
    if floor is None:
        raise WaveNotFound(wave_id=do.wave_id)
    sku = await sku_of(tx, do.barcode)
    doc = await parcels.next_wanting(tx, do.wave_id, sku.id, do.qty)
    if doc is None:
        raise NoneWantsIt(number=floor.number, scanned=do.barcode)
    request = (await tables.get(tx, [doc]))[doc]
    if await serials.numbered(tx, [request.company_id], [sku.id]):
        raise SerialNeeded(sku=sku.code)
    await parcels.add_checked(tx, {(doc, sku.id): (do.qty, tx.items[0])})
    return await packing_of(tx, request)


@action(
    "warehouse.finish_pack",
    grant="warehouse.pack",
    many=True,
    scopes_of=warehouses_of_numbers,
    errors=[*STOPPED, NotAllChecked, SerialsMissing, LotMustStay, WaybillUsed],
)
async def finish_pack(tx: Tx, do: Sequence[FinishPack]) -> list[PackedParcel | AppError]:
    """Close the parcel of a request of which every piece has passed. Event warehouse.packed.v1 for each.

    Without a waybill it gets the one that was booked for it, if there is one.
    Raises for each: RequestNotFound, IsTransfer, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked,
    NotAllChecked, SerialsMissing, LotMustStay, WaybillUsed.
    """
    station = await _station(tx, {each.number for each in do})
    closing = await _closing(tx, station, do)
    made: list[NewParcel | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        try:
            made.append(closing.close(await station.request(tx, each.number, each.revision), each, item))
        except AppError as refusal:
            made.append(refusal)
            continue
        station.closed(each.number)
    new = [each for each in made if isinstance(each, NewParcel)]
    if not new:
        return [each for each in made if isinstance(each, AppError)]
    await parcels.write(tx, new)
    await tables.set_states(tx, [each.request.doc for each in new], RequestState.PACKED)
    await logistics.note_packed(tx, {(p.request.doc, p.waybill): p.item.now for p in new if p.waybill})
    for parcel in new:
        _tell(tx, parcel)
    written = await parcels.get(tx, [each.request.doc for each in new])
    return [each if isinstance(each, AppError) else written[each.request.doc] for each in made]


def _tell(tx: Tx, parcel: NewParcel) -> None:
    told = ParcelPacked(
        doc=parcel.request.doc,
        number=parcel.request.number,
        warehouse_id=parcel.request.warehouse_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        expected_g=parcel.expected_g,
    )
    tx.emit(told, parcel.item)


class _Closing(Struct):
    """What closing parcels needs to know: waybills that were booked, or are stuck on; lots that must stay; cartons."""

    station: Station
    booked: dict[UUID, list[Parcel]]
    holders: dict[str, tuple[UUID, str]]
    bad_lots: dict[UUID, tuple[str, str]]
    without_number: dict[UUID, AppError]
    cartons_g: dict[WarehouseId, dict[str, int]]

    def close(self, request: Requested, do: FinishPack, item: Item) -> NewParcel:
        """The parcel of a request. Raises: NotAllChecked, SerialsMissing, LotMustStay, WaybillUsed."""
        station = self.station
        if left := station.left(request.doc):
            raise NotAllChecked(number=request.number, left=sum(left.values()), missing=station.codes(left))
        if request.doc in self.without_number:
            raise self.without_number[request.doc]
        if request.doc in self.bad_lots:
            lot, state = self.bad_lots[request.doc]
            raise LotMustStay(lot=lot, state=state)
        carrier, waybill = self.label(request, do)
        if waybill:
            doc, number = self.holders.setdefault(waybill, (request.doc, request.number))
            if doc != request.doc:
                raise WaybillUsed(waybill=waybill, number=number)
        carton_g = self.cartons_g[request.warehouse_id].get(do.carton, do.carton_g)
        return NewParcel(
            request=request,
            carrier=carrier,
            waybill=waybill,
            carton=do.carton,
            carton_g=carton_g,
            expected_g=expected_g(station.wanted[request.doc], station.skus, carton_g),
            item=item,
        )

    def label(self, request: Requested, do: FinishPack) -> tuple[str, str]:
        """Carrier and waybill of a parcel: those given, else those booked for it, else the carrier asked for."""
        if not do.waybill:
            for booked in self.booked.get(request.doc, ()):
                if booked.waybill and do.carrier in ("", booked.carrier):
                    return booked.carrier, booked.waybill
        return do.carrier or request.courier, do.waybill


async def _closing(tx: Tx, station: Station, do: Sequence[FinishPack]) -> _Closing:
    docs = [each.doc for each in station.requests.values()]
    booked: dict[UUID, list[Parcel]] = defaultdict(list)
    for each in await logistics.parcels_of(tx, docs):
        booked[each.doc].append(each)
    waybills = {each.waybill for each in do} | {each.waybill for some in booked.values() for each in some}
    return _Closing(
        station=station,
        booked=booked,
        holders=await parcels.holders_of(tx, waybills - {""}),
        bad_lots=await parcels.bad_lots(tx, docs),
        without_number=await missing_of(tx, station.requests.values(), station.wanted, station.skus),
        cartons_g={
            id_: {each.code: each.own_g for each in await cartons.of_warehouse(tx, id_)}
            for id_ in {each.warehouse_id for each in station.requests.values()}
        },
    )


async def packing_of(tx: Tx, request: Requested) -> Packing:
    """A request as the station shows it."""
    return (await packings_of(tx, [request]))[0]


async def packings_of(tx: Tx, requests: Sequence[Requested]) -> list[Packing]:
    """Requests as the station shows them, in the same order."""
    station = await _progress(tx, {each.number: each for each in requests})
    return [station.shown(each) for each in requests]


async def check_waybill(tx: Tx, number: str, waybill: str) -> None:
    """Raises: WaybillUsed."""
    holder = (await parcels.holders_of(tx, [waybill])).get(waybill) if waybill else None
    if holder is not None and holder[1] != number:
        raise WaybillUsed(waybill=waybill, number=holder[1])


class Station(Struct):
    """Requests at the packing station: what is to go, and what has passed, while a list of scans is decided."""

    requests: dict[str, Requested]
    wanted: dict[UUID, dict[SkuId, int]]
    passed: dict[UUID, dict[SkuId, int]]
    skus: Mapping[SkuId, Sku]
    lines: dict[UUID, list[PackLine]] = {}

    async def request(self, tx: Tx, number: str, revision: int | None) -> Requested:
        """A locked request that is picked, and not stopped or changed behind the packer's back.

        Raises: RequestNotFound, IsTransfer, RequestStopped, RequestChanged, NotPickedYet, AlreadyPacked.
        """
        request = self.requests.get(number)
        if request is None:
            raise RequestNotFound(number=number)
        if request.to_warehouse_id is not None:
            raise IsTransfer(number=number)
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

    def check(self, request: Requested, sku: Sku, do: PackScan) -> None:
        """Let pieces pass. Raises: WrongGoods, TooMany."""
        wanted, passed = self.wanted[request.doc], self.passed[request.doc]
        if sku.id not in wanted:
            raise WrongGoods(scanned=do.barcode, expected=self.codes(self.left(request.doc)))
        if do.qty > (left := wanted[sku.id] - passed.get(sku.id, 0)):
            raise TooMany(left=left, qty=do.qty)
        lines = self._lines_of(request.doc)
        passed[sku.id] = passed.get(sku.id, 0) + do.qty
        at = list(wanted).index(sku.id)
        lines[at] = replace(lines[at], checked=passed[sku.id])

    def closed(self, number: str) -> None:
        """Let a request be packed for those behind it in the list."""
        self.requests[number] = replace(self.requests[number], state=RequestState.PACKED)

    def left(self, doc: UUID) -> dict[SkuId, int]:
        """What has not passed yet."""
        passed = self.passed[doc]
        wanted = self.wanted[doc]
        return {sku_id: qty - passed.get(sku_id, 0) for sku_id, qty in wanted.items() if qty > passed.get(sku_id, 0)}

    def codes(self, pieces: Mapping[SkuId, int]) -> str:
        return ", ".join(f"{self.skus[sku_id].code} x {qty}" for sku_id, qty in pieces.items())

    def shown(self, request: Requested) -> Packing:
        """A request as the station shows it now."""
        return Packing(
            doc=request.doc,
            number=request.number,
            state=request.state,
            revision=request.revision,
            courier=request.courier,
            cell=request.cell,
            wave_id=request.wave_id,
            lines=list(self._lines_of(request.doc)),
            done=not self.left(request.doc),
        )

    def _lines_of(self, doc: UUID) -> list[PackLine]:
        """The lines of a request as they are now, made once: of a long one a list of scans changes one at a time."""
        if doc not in self.lines:
            passed = self.passed[doc]
            self.lines[doc] = [
                PackLine(
                    sku_id=sku_id,
                    sku=self.skus[sku_id].code,
                    name=self.skus[sku_id].name,
                    qty=qty,
                    checked=passed.get(sku_id, 0),
                )
                for sku_id, qty in self.wanted[doc].items()
            ]
        return self.lines[doc]


async def _station(tx: Tx, numbers: Collection[str]) -> Station:
    """Lock requests, and look how far their checks are."""
    return await _progress(tx, await tables.lock_by_numbers(tx, numbers))


async def _numbers(tx: Tx, station: Station, scanned: Collection[str]) -> Numbers:
    skus = await skus_of(tx, scanned)
    return await numbers_at(tx, station.requests.values(), scanned, skus, station.skus)


async def _progress(tx: Tx, requests: dict[str, Requested]) -> Station:
    docs = [each.doc for each in requests.values()]
    wanted, passed = await tables.wanted(tx, docs), await parcels.checked(tx, docs)
    skus = await catalog.get_skus(tx, {sku_id for some in wanted.values() for sku_id in some})
    return Station(requests, {doc: wanted.get(doc, {}) for doc in docs}, passed, skus)
