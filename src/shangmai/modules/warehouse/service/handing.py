"""Waybills, weights, and giving parcels to their carriers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actions.contract import NotGranted, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics import service as logistics
from shangmai.modules.warehouse.contract.packing import (
    HandOver,
    NotWeighed,
    NoWaybill,
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
from shangmai.modules.warehouse.contract.requests import AlreadyOut, Requested, RequestState
from shangmai.modules.warehouse.queries import cartons, parcels
from shangmai.modules.warehouse.queries import requests as tables
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
    request = await _packed(tx, do.number)
    await check_waybill(tx, request, do.waybill)
    await parcels.set_waybill(tx, request.doc, do.carrier, do.waybill)
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
    weighed: dict[UUID, tuple[int, str, datetime]] = {}
    for each, item in zip(do, tx.items, strict=True):
        try:
            doc = found.get(each.scanned)
            request = check_packed(each.scanned, None if doc is None else locked[doc])
            parcel = closed[request.doc]
            accepted = _accepted(each, parcel, policies[request.warehouse_id], item)
        except AppError as refusal:
            answers.append(refusal)
            continue
        weighed[request.doc] = (each.weight_g, accepted, item.now)
        tx.emit(_weighed(request, each.weight_g, parcel.expected_g, accepted), item)
        answers.append(replace(parcel, weight_g=each.weight_g, accepted=accepted))
    if weighed:
        await parcels.set_weights(tx, weighed)
        room = await _room_of(tx, [closed[doc] for doc in weighed])
        told = {(doc, closed[doc].waybill): (given[0], room[doc]) for doc, given in weighed.items()}
        await logistics.note_weights(tx, told)
    return answers


async def _room_of(tx: Tx, closed: Sequence[PackedParcel]) -> dict[UUID, int]:
    """The room of parcels by their cartons, in cm³; 0 where the carton is none that the warehouse knows."""
    kinds = {
        id_: {each.code: -(-each.volume_mm3 // 1000) for each in await cartons.of_warehouse(tx, id_)}
        for id_ in {each.warehouse_id for each in closed if each.carton}
    }
    return {each.doc: kinds.get(each.warehouse_id, {}).get(each.carton, 0) for each in closed}


def _weighed(request: Requested, weight_g: int, expected_g: int, accepted: str) -> ParcelWeighed:
    return ParcelWeighed(
        doc=request.doc,
        number=request.number,
        warehouse_id=request.warehouse_id,
        weight_g=weight_g,
        expected_g=expected_g,
        accepted=accepted,
    )


def _accepted(do: Weigh, parcel: PackedParcel, policy: FloorPolicy, item: Item) -> str:
    """Why a weight may be off by so much; nothing where it is not. Raises: WeightOff, NotGranted."""
    if is_within(do.weight_g, parcel.expected_g, policy.weight_tolerance_g, policy.weight_tolerance_bp):
        return ""
    if do.accept_reason is None:
        raise WeightOff(weight_g=do.weight_g, expected_g=parcel.expected_g)
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
    """Give parcels to their carriers: they are out of the warehouse's hands. Event warehouse.handed_over.v1 for each.

    Raises for each: ParcelNotFound, RequestStopped, AlreadyOut, NotWeighed, NoWaybill, LotMustStay.
    """
    found = await parcels.docs_scanned(tx, None, {each.scanned for each in do})
    locked = await tables.lock(tx, set(found.values()))
    closed = await parcels.get(tx, locked)
    bad = await parcels.bad_lots(tx, locked)
    policies = await floor_policies(tx, {each.warehouse_id for each in do})
    answers: list[PackedParcel | AppError] = []
    given: dict[UUID, int] = {}
    for index, each in enumerate(do):
        doc = found.get(each.scanned)
        request = None if doc is None else locked[doc]
        if request is None or request.warehouse_id != each.warehouse_id:
            answers.append(ParcelNotFound(scanned=each.scanned))
            continue
        refusal = _refusal(request, closed.get(request.doc), policies[each.warehouse_id], given)
        if refusal is None and doc in bad:
            refusal = LotMustStay(lot=bad[doc][0], state=bad[doc][1])
        if refusal is None:
            given[request.doc] = index
        answers.append(refusal or closed[request.doc])
    await _give(tx, given, closed)
    after = await parcels.get(tx, given)
    for doc, index in given.items():
        answers[index] = after[doc]
    return answers


async def _give(tx: Tx, given: dict[UUID, int], closed: dict[UUID, PackedParcel]) -> None:
    if not given:
        return
    await tables.set_states(tx, given, RequestState.HANDED_OVER)
    await parcels.set_handed(tx, {doc: tx.items[index].now for doc, index in given.items()})
    for doc, index in given.items():
        parcel = closed[doc]
        told = ParcelHandedOver(
            doc=doc,
            number=parcel.number,
            company_id=parcel.company_id,
            warehouse_id=parcel.warehouse_id,
            carrier=parcel.carrier,
            waybill=parcel.waybill,
            weight_g=parcel.expected_g if parcel.weight_g is None else parcel.weight_g,
        )
        tx.emit(told, tx.items[index])


def _refusal(
    request: Requested, parcel: PackedParcel | None, policy: FloorPolicy, given: dict[UUID, int]
) -> AppError | None:
    """Why a parcel can't be given to its carrier; None where it can."""
    if request.state is RequestState.STOPPED:
        return RequestStopped(number=request.number, why=request.why)
    if request.doc in given or request.state in (RequestState.HANDED_OVER, RequestState.LEFT):
        return AlreadyOut(number=request.number, state=RequestState.HANDED_OVER.value)
    if request.state is not RequestState.PACKED or parcel is None:
        return ParcelNotFound(scanned=request.number)
    if policy.must_weigh and parcel.weight_g is None:
        return NotWeighed(number=request.number)
    if policy.must_have_waybill and not parcel.waybill:
        return NoWaybill(number=request.number)
    return None


async def _packed(tx: Tx, scanned: str) -> Requested:
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
