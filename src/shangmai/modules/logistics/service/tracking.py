"""Following parcels by their carriers' scans."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.logistics.contract.carriers import CarrierUnknown
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelId, ParcelState
from shangmai.modules.logistics.contract.tracking import (
    FollowParcel,
    ParcelInTransit,
    ParcelLost,
    ParcelOutForDelivery,
    ParcelPickedUp,
    ParcelReturned,
    ParcelReturning,
    ParcelSigned,
    RecordScans,
    Track,
    Tracked,
    WaybillTaken,
    WaybillUnknown,
)
from shangmai.modules.logistics.queries import carriers, parcels
from shangmai.modules.logistics.queries import tracking as queries
from shangmai.modules.logistics.rules.tracking import Journey, journey

TOLD_AS: Final[Mapping[ParcelState, type[Struct]]] = {
    ParcelState.PICKED_UP: ParcelPickedUp,
    ParcelState.IN_TRANSIT: ParcelInTransit,
    ParcelState.OUT_FOR_DELIVERY: ParcelOutForDelivery,
    ParcelState.RETURNING: ParcelReturning,
    ParcelState.SIGNED: ParcelSigned,
    ParcelState.RETURNED: ParcelReturned,
    ParcelState.LOST: ParcelLost,
}


async def _scopes_of(tx: Tx, do: Sequence[RecordScans]) -> list[Scope | None]:
    found = await queries.by_waybill(tx, {(each.carrier, each.waybill) for each in do})
    known = [found.get((each.carrier, each.waybill)) for each in do]
    return [None if each is None else {"company": each.company_id, "warehouse": each.warehouse_id} for each in known]


@action("logistics.record_scans", grant="logistics.track", many=True, scopes_of=_scopes_of, errors=[WaybillUnknown])
async def record_scans(tx: Tx, do: Sequence[RecordScans]) -> list[Tracked | AppError]:
    """Note what carriers have scanned, in any order and however often; what the parcel is follows from all its scans.

    Whatever the order in which scans arrive, the parcel ends the same. A parcel that was signed for or returned stays
    so. The parcels are locked. Events logistics.parcel_picked_up.v1 … parcel_lost.v1, one for each new state.
    """
    found = await queries.by_waybill(tx, {(each.carrier, each.waybill) for each in do}, lock=True)
    named = [found.get((each.carrier, each.waybill)) for each in do]
    told = [
        (parcel, scan, each.source, item)
        for parcel, each, item in zip(named, do, tx.items, strict=True)
        if parcel is not None
        for scan in each.scans
    ]
    added = await queries.add_scans(tx, told) if told else {}
    items = {parcel.id: item for parcel, _, _, item in told}
    after = await _follow(tx, {each.id: each for each in found.values() if each.id in added}, items)
    return [
        WaybillUnknown(carrier=each.carrier, waybill=each.waybill)
        if parcel is None
        else Tracked(parcel_id=parcel.id, state=after.get(parcel.id, parcel).state, added=added.get(parcel.id, 0))
        for parcel, each in zip(named, do, strict=True)
    ]


async def _follow(tx: Tx, before: Mapping[ParcelId, Parcel], items: Mapping[ParcelId, Item]) -> dict[ParcelId, Parcel]:
    """Work out what these parcels are now, and tell of each that is somewhere else."""
    if not before:
        return {}
    scans = await queries.scans_of(tx, before.keys())
    journeys = {id_: journey(scans[id_]) for id_ in before}
    after = await queries.note_journeys(tx, journeys)
    for id_, parcel in after.items():
        if parcel.state is not before[id_].state and parcel.state in TOLD_AS:
            tx.emit(_moved(parcel, journeys[id_]), items[id_])
    return after


def _moved(parcel: Parcel, how: Journey) -> Struct:
    return TOLD_AS[parcel.state](
        parcel_id=parcel.id,
        doc=parcel.doc,
        number=parcel.number,
        company_id=parcel.company_id,
        warehouse_id=parcel.warehouse_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        at=how.at,
    )


async def tracks_of(tx: Tx, waybills: Collection[tuple[str, str]]) -> dict[tuple[str, str], Track]:
    """How far the parcels with these carriers (by code) and waybills are, if they are followed."""
    found = await queries.by_waybill(tx, waybills) if waybills else {}
    scans = await queries.scans_of(tx, [each.id for each in found.values()]) if found else {}
    return {name: Track(state=parcel.state, scans=tuple(scans.get(parcel.id, ()))) for name, parcel in found.items()}


# --- parcels whose numbers were not given here ----------------------------------------------------------------------


@action(
    "logistics.follow_parcel",
    grant="logistics.track",
    many=True,
    scope=lambda do: {"company": do.company_id, "warehouse": do.warehouse_id},
    errors=[CarrierUnknown, WaybillTaken],
)
async def follow_parcel(tx: Tx, do: Sequence[FollowParcel]) -> list[Parcel | AppError]:
    """Follow parcels that left with numbers typed in. One that is followed already, or was booked here, stays."""
    return await follow(tx, do, tx.items)


async def follow(
    tx: Tx, wanted: Sequence[FollowParcel], items: Sequence[Item] | None = None
) -> list[Parcel | AppError]:
    """Follow parcels that left with numbers typed in; one that is here already, by doc or by waybill, stays.

    The docs are locked. Answers: CarrierUnknown, WaybillTaken (the number is on a parcel of another doc).
    """
    if not wanted:
        return []
    docs = {each.doc for each in wanted}
    await parcels.lock_docs(tx, docs)
    known = await carriers.known(tx, {each.carrier for each in wanted})
    warehouses = await inventory.get_warehouses(tx, {each.warehouse_id for each in wanted})
    here = {(each.doc, each.number): each for each in await parcels.live_of_docs(tx, docs)}
    taken = await queries.by_waybill(tx, {(each.carrier, each.waybill) for each in wanted})
    outcomes: list[Parcel | AppError] = []
    for each, item in zip(wanted, items or [tx.items[0]] * len(wanted), strict=True):
        outcome = _followed(each, item, known, here.get((each.doc, each.number)), taken)
        if isinstance(outcome, Parcel) and each.warehouse_id in warehouses:
            outcome = replace(outcome, from_region=outcome.from_region or warehouses[each.warehouse_id].region)
        if isinstance(outcome, Parcel) and (outcome.carrier, outcome.waybill) not in taken:
            taken[outcome.carrier, outcome.waybill] = here[each.doc, each.number] = outcome
            await parcels.insert_known(tx, outcome, item)
        outcomes.append(outcome)
    told = zip(outcomes, items or [tx.items[0]] * len(wanted), strict=True)
    left = {(each.doc, each.waybill): item.now for each, item in told if isinstance(each, Parcel) and each.waybill}
    if left:
        await parcels.set_handed(tx, left)
    return outcomes


def _followed(
    wanted: FollowParcel,
    item: Item,
    known: Collection[str],
    here: Parcel | None,
    taken: Mapping[tuple[str, str], Parcel],
) -> Parcel | AppError:
    if wanted.carrier not in known:
        return CarrierUnknown(carrier=wanted.carrier)
    same = taken.get((wanted.carrier, wanted.waybill))
    if same is not None:
        is_its = same.doc == wanted.doc
        return same if is_its else WaybillTaken(carrier=wanted.carrier, waybill=wanted.waybill)
    if here is not None:
        return here if here.waybill == wanted.waybill else WaybillTaken(carrier=here.carrier, waybill=here.waybill)
    return Parcel(
        **asdict(wanted),
        id=ParcelId(new_id()),
        account_id=None,
        from_region=None,
        state=ParcelState.BOOKED,
        route="",
        note="",
        problem="",
        created_at=item.now,
        booked_at=item.now,
    )


async def signed_of(tx: Tx, waybills: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these numbers (each with its carrier's code) whose parcels are signed for."""
    found = await queries.by_waybill(tx, waybills) if waybills else {}
    return {name for name, parcel in found.items() if parcel.state is ParcelState.SIGNED}
