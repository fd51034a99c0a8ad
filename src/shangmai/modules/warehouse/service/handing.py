"""Waybills, weights, and giving parcels to their carriers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import NotGranted, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.warehouse.contract.packing import (
    HandOver,
    MoreParcel,
    NotWeighed,
    NoWaybill,
    PackedBox,
    PackedParcel,
    ParcelHandedOver,
    ParcelNotFound,
    ParcelWeighed,
    RequestStopped,
    SetWaybill,
    WaybillUsed,
    Weigh,
    WeightOff,
)
from shangmai.modules.warehouse.contract.picking import LotMustStay
from shangmai.modules.warehouse.contract.places import FloorPolicy
from shangmai.modules.warehouse.contract.requests import OUT, AlreadyOut, Requested, RequestState
from shangmai.modules.warehouse.queries import boxes, cartons, parcels
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.boxes import Place
from shangmai.modules.warehouse.rules.weighing import is_within
from shangmai.modules.warehouse.service.packing import check_waybill
from shangmai.modules.warehouse.service.places import floor_policies
from shangmai.modules.warehouse.service.scanning import warehouses_of_scanned

ACCEPT = "warehouse.accept_weight"


@action(
    "warehouse.set_waybill",
    grant="warehouse.pack",
    errors=[ParcelNotFound, RequestStopped, AlreadyOut, WaybillUsed],
)
async def set_waybill(tx: Tx, do: SetWaybill) -> PackedParcel:
    """Say which carrier's waybill was stuck on a packed parcel; another one replaces it.

    Raises: ParcelNotFound, RequestStopped, AlreadyOut, WaybillUsed.
    """
    request = await locked_packed(tx, do.number)
    box = box_of((await parcels.get(tx, [request.doc]))[request.doc], do.number)
    await check_waybill(tx, request.number if box is None else box.number, do.waybill)
    if box is None:
        await parcels.set_waybill(tx, request.doc, do.carrier, do.waybill)
    else:
        await boxes.set_waybill(tx, (box.doc, box.box), do.carrier, do.waybill)
    return (await parcels.get(tx, [request.doc]))[request.doc]


@action(
    "warehouse.weigh",
    grant="warehouse.pack",
    many=True,
    scopes_of=warehouses_of_scanned,
    errors=[ParcelNotFound, RequestStopped, AlreadyOut, WeightOff, NotGranted],
)
async def weigh(tx: Tx, do: Sequence[Weigh]) -> list[PackedParcel | AppError]:
    """Note what a packed parcel weighs. One that is off by more than the tolerance needs a reason and a grant.

    Event warehouse.weighed.v1.

    What its carrier asks for it is checked by that, where it was booked.

    Raises for each: ParcelNotFound, RequestStopped, AlreadyOut, WeightOff, NotGranted.
    """
    found = await parcels.docs_scanned(tx, None, {each.scanned for each in do})
    locked = await tables.lock(tx, set(found.values()))
    closed = await parcels.get(tx, locked)
    policies = await floor_policies(tx, {each.warehouse_id for each in locked.values()})
    answers: list[PackedParcel | AppError] = []
    weighed: dict[Place, Weighed] = {}
    for each, item in zip(do, tx.items, strict=True):
        try:
            doc = found.get(each.scanned)
            request = _still_here(each.scanned, None if doc is None else locked[doc], closed)
            parcel = closed[request.doc]
            box = box_of(parcel, each.scanned)
            accepted = _accepted(each, parcel, box, policies[request.warehouse_id], item)
        except AppError as refusal:
            answers.append(refusal)
            continue
        parcel = closed[request.doc] = _with_weight(parcel, box, each.weight_g, accepted)
        weighed[request.doc, 1 if box is None else box.box] = Weighed(each.weight_g, item.now)
        if box is not None and accepted and parcel.weight_g is not None:
            weighed[request.doc, 1] = Weighed(parcel.weight_g, item.now)
        tx.emit(_weighed(request, parcel, box, each.weight_g, accepted), item)
        answers.append(parcel)
    if weighed:
        await _write_weights(tx, closed, weighed)
    return answers


class Weighed(Struct, frozen=True):
    """Grams, and when they were read."""

    weight_g: int
    at: datetime


def box_of(parcel: PackedParcel, scanned: str) -> PackedBox | None:
    """Which of a unit's further parcels was scanned; None: the first."""
    return next((each for each in parcel.boxes if scanned and scanned in (each.number, each.waybill)), None)


def _still_here(scanned: str, request: Requested | None, closed: Mapping[UUID, PackedParcel]) -> Requested:
    """A request of which this parcel is still here, though another may be with the carrier. Raises: as check_packed."""
    if request is not None and request.state is RequestState.HANDED_OVER and closed[request.doc].boxes:
        parcel = closed[request.doc]
        if (box_of(parcel, scanned) or parcel).handed_at is None:
            return request
    return check_packed(scanned, request)


def _with_weight(parcel: PackedParcel, box: PackedBox | None, weight_g: int, accepted: str) -> PackedParcel:
    if box is None:
        return replace(parcel, weight_g=weight_g, accepted=accepted)
    boxes_now = [replace(each, weight_g=weight_g) if each is box else each for each in parcel.boxes]
    return replace(parcel, boxes=boxes_now, accepted=accepted or parcel.accepted)


async def _write_weights(tx: Tx, closed: Mapping[UUID, PackedParcel], weighed: Mapping[Place, Weighed]) -> None:
    first = {doc: (each.weight_g, closed[doc].accepted, each.at) for (doc, box), each in weighed.items() if box == 1}
    await parcels.set_weights(tx, first)
    others = {place: each.weight_g for place, each in weighed.items() if place[1] > 1}
    if others:
        await boxes.set_weights(tx, others)
    room = await _room_of(tx, [closed[doc] for doc, _ in weighed])
    told: dict[tuple[UUID, str], tuple[int, int]] = {}
    for (doc, nth), each in weighed.items():
        parcel = closed[doc]
        which = parcel if nth == 1 else next(box for box in parcel.boxes if box.box == nth)
        told[doc, which.waybill] = (each.weight_g, room.get((parcel.warehouse_id, which.carton), 0))
    await logistics.note_weights(tx, told)


async def _room_of(tx: Tx, closed: Sequence[PackedParcel]) -> dict[tuple[WarehouseId, str], int]:
    """The room of these parcels' cartons, in cm³, by warehouse and code; those that are not known are left out."""
    places = {each.warehouse_id for each in closed if each.carton or any(box.carton for box in each.boxes)}
    return {
        (id_, each.code): -(-each.volume_mm3 // 1000) for id_ in places for each in await cartons.of_warehouse(tx, id_)
    }


def _weighed(
    request: Requested, parcel: PackedParcel, box: PackedBox | None, weight_g: int, accepted: str
) -> ParcelWeighed:
    return ParcelWeighed(
        doc=request.doc,
        number=request.number if box is None else box.number,
        warehouse_id=request.warehouse_id,
        weight_g=weight_g,
        expected_g=parcel.expected_g,
        accepted=accepted,
    )


def _accepted(do: Weigh, parcel: PackedParcel, box: PackedBox | None, policy: FloorPolicy, item: Item) -> str:
    """Why a weight may be off by so much; nothing where it is not. Raises: WeightOff, NotGranted.

    Of a unit in several parcels it is told with the last of them, of all together.
    """
    others = [each.weight_g for each in parcel.boxes if each is not box] + ([] if box is None else [parcel.weight_g])
    known = [each for each in others if each is not None]
    if len(known) < len(others):
        return ""
    weight_g = do.weight_g + sum(known)
    expected_g = parcel.expected_g + sum(each.carton_g for each in parcel.boxes)
    if is_within(weight_g, expected_g, policy.weight_tolerance_g, policy.weight_tolerance_bp):
        return ""
    if do.accept_reason is None:
        raise WeightOff(weight_g=weight_g, expected_g=expected_g)
    if not item.actor.may(ACCEPT):
        raise NotGranted(grant=ACCEPT)
    return do.accept_reason


@action(
    "warehouse.hand_over",
    grant="warehouse.hand_over",
    many=True,
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[ParcelNotFound, RequestStopped, AlreadyOut, NotWeighed, NoWaybill, LotMustStay],
)
async def hand_over(tx: Tx, do: Sequence[HandOver]) -> list[PackedParcel | AppError]:
    """Give parcels to their carriers: they are out of the warehouse's hands.

    Of a unit in several parcels nothing is stopped any more from the first on; it has left with the last. Event
    warehouse.handed_over.v1 for each unit.

    Raises for each: ParcelNotFound, RequestStopped, AlreadyOut, NotWeighed, NoWaybill, LotMustStay.
    """
    found = await parcels.docs_scanned(tx, None, {each.scanned for each in do})
    locked = await tables.lock(tx, set(found.values()))
    closed = await parcels.get(tx, locked)
    bad = await parcels.bad_lots(tx, locked)
    policies = await floor_policies(tx, {each.warehouse_id for each in do})
    answers: list[PackedParcel | AppError] = []
    given: dict[Place, int] = {}
    for index, each in enumerate(do):
        doc = found.get(each.scanned)
        request = None if doc is None else locked[doc]
        if request is None or request.warehouse_id != each.warehouse_id:
            answers.append(ParcelNotFound(scanned=each.scanned))
            continue
        parcel = closed.get(request.doc)
        box = None if parcel is None else box_of(parcel, each.scanned)
        refusal = _refusal(request, parcel, box, policies[each.warehouse_id], given)
        if refusal is None and doc in bad:
            refusal = LotMustStay(lot=bad[doc][0], state=bad[doc][1])
        if refusal is None:
            given[request.doc, 1 if box is None else box.box] = index
        answers.append(refusal or closed[request.doc])
    after = await _give(tx, given)
    for (doc, _), index in given.items():
        answers[index] = after[doc]
    return answers


async def _give(tx: Tx, given: Mapping[Place, int]) -> dict[UUID, PackedParcel]:
    """Let these be with their carriers, each as the item at its place; the parcels as they are then."""
    if not given:
        return {}
    docs = {doc for doc, _ in given}
    await tables.set_states(tx, docs, RequestState.HANDED_OVER)
    await parcels.set_handed(tx, {doc: tx.items[index].now for (doc, box), index in given.items() if box == 1})
    others = {place: tx.items[index].now for place, index in given.items() if place[1] > 1}
    if others:
        await boxes.set_handed(tx, others)
    after = await parcels.get(tx, docs)
    await logistics.note_handed(tx, _labels(tx, after, given))
    last = {doc: max(index for (of, _), index in given.items() if of == doc) for doc in docs}
    for doc, index in sorted(last.items(), key=lambda each: each[1]):
        if after[doc].handed_at is not None and all(box.handed_at is not None for box in after[doc].boxes):
            tx.emit(_handed_over(after[doc]), tx.items[index])
    return after


def _labels(tx: Tx, after: Mapping[UUID, PackedParcel], given: Mapping[Place, int]) -> dict[tuple[UUID, str], datetime]:
    """When these were given to their carriers, by doc and waybill."""
    found: dict[tuple[UUID, str], datetime] = {}
    for (doc, nth), index in given.items():
        boxes_ = {box.box: box.waybill for box in after[doc].boxes}
        found[doc, boxes_.get(nth, after[doc].waybill)] = tx.items[index].now
    return found


def _handed_over(parcel: PackedParcel) -> ParcelHandedOver:
    weights = [parcel.weight_g, *(box.weight_g for box in parcel.boxes)]
    known = [each for each in weights if each is not None]
    return ParcelHandedOver(
        doc=parcel.doc,
        number=parcel.number,
        company_id=parcel.company_id,
        warehouse_id=parcel.warehouse_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        weight_g=sum(known) if len(known) == len(weights) else parcel.expected_g,
        more=tuple(MoreParcel(carrier=box.carrier, waybill=box.waybill) for box in parcel.boxes),
    )


def _refusal(
    request: Requested,
    parcel: PackedParcel | None,
    box: PackedBox | None,
    policy: FloorPolicy,
    given: Mapping[Place, int],
) -> AppError | None:
    """Why a parcel can't be given to its carrier; None where it can."""
    if request.state is RequestState.STOPPED:
        return RequestStopped(number=request.number, why=request.why)
    if request.state not in (RequestState.PACKED, *OUT) or parcel is None:
        return ParcelNotFound(scanned=request.number)
    which = parcel if box is None else box
    is_given = (request.doc, 1 if box is None else box.box) in given or which.handed_at is not None
    if is_given or request.state is RequestState.LEFT:
        return AlreadyOut(number=which.number, state=RequestState.HANDED_OVER.value)
    if policy.must_weigh and which.weight_g is None:
        return NotWeighed(number=which.number)
    if policy.must_have_waybill and not which.waybill:
        return NoWaybill(number=which.number)
    return None


async def locked_packed(tx: Tx, scanned: str) -> Requested:
    """Lock the request of a packed parcel, by its waybill or number."""
    doc = (await parcels.docs_scanned(tx, None, [scanned])).get(scanned)
    return check_packed(scanned, None if doc is None else (await tables.lock(tx, [doc]))[doc])


def check_packed(scanned: str, request: Requested | None) -> Requested:
    """A request whose parcel is closed and still here. Raises: ParcelNotFound, RequestStopped, AlreadyOut."""
    if request is None:
        raise ParcelNotFound(scanned=scanned)
    if request.state is RequestState.STOPPED:
        raise RequestStopped(number=request.number, why=request.why)
    if request.state in (RequestState.HANDED_OVER, RequestState.LEFT):
        raise AlreadyOut(number=request.number, state=request.state.value)
    if request.state is not RequestState.PACKED:
        raise ParcelNotFound(scanned=scanned)
    return request
