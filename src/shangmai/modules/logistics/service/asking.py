"""What carriers answer when they are asked for waybills, and what they tell by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from shangmai.kernel.actions.contract import Call, action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import Reason
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract.carriers import CarrierAccountId, PushForged
from shangmai.modules.logistics.contract.parcels import (
    BeginBooking,
    BookingFailed,
    FailBooking,
    NoteWaybill,
    NotFailed,
    Parcel,
    ParcelId,
    ParcelNotFound,
    ParcelState,
    RetryBooking,
)
from shangmai.modules.logistics.contract.tracking import RecordScans, WaybillTaken
from shangmai.modules.logistics.providers.port import Pushed, Told, Unheard
from shangmai.modules.logistics.queries import carriers, tracking
from shangmai.modules.logistics.queries import parcels as queries
from shangmai.modules.logistics.service.outside import PROVIDERS, booked_at, codes_of, is_push_token, opened
from shangmai.modules.logistics.service.parcels import ask_for_waybills, ask_to_cancel, booked_event

SCANS_MAX: Final = 500
PUSHES: Final = Counter("shangmai_carrier_pushes_total", "Pushes of carriers, by verdict", ["adapter", "verdict"])


@action("logistics.begin_booking", grant="logistics.book", errors=[ParcelNotFound])
async def begin_booking(tx: Tx, do: BeginBooking) -> Parcel:
    """Note that a carrier is about to be asked for a waybill, before it is: whoever dies meanwhile asks first."""
    return _there(do.parcel_id, await queries.begin(tx, do.parcel_id))


@action("logistics.note_waybill", grant="logistics.book", errors=[ParcelNotFound, WaybillTaken])
async def note_waybill(tx: Tx, do: NoteWaybill) -> Parcel:
    """Put the waybill that a carrier gave on its parcel. One that was canceled meanwhile has it given back.

    Noting it again changes nothing. Event logistics.parcel_booked.v1. Raises: ParcelNotFound, WaybillTaken.
    """
    parcel = _there(do.parcel_id, (await queries.lock(tx, [do.parcel_id])).get(do.parcel_id))
    if parcel.state is ParcelState.CANCELED:
        parcel = await queries.set_waybill(tx, parcel, do.waybill, do.route, ParcelState.CANCELED)
        await ask_to_cancel(tx, parcel)
    elif parcel.state in (ParcelState.BOOKING, ParcelState.FAILED):
        taken = await tracking.by_waybill(tx, [(parcel.carrier, do.waybill)])
        if taken:
            raise WaybillTaken(carrier=parcel.carrier, waybill=do.waybill)
        parcel = await queries.set_waybill(tx, parcel, do.waybill, do.route, ParcelState.BOOKED)
        tx.emit(booked_event(parcel))
    return parcel


@action("logistics.fail_booking", grant="logistics.book", errors=[ParcelNotFound])
async def fail_booking(tx: Tx, do: FailBooking) -> Parcel:
    """Note why a carrier gives no waybill; a parcel that has one, or was canceled, stays. Event
    logistics.booking_failed.v1. Raises: ParcelNotFound.
    """
    parcel = _there(do.parcel_id, (await queries.lock(tx, [do.parcel_id])).get(do.parcel_id))
    if parcel.state is not ParcelState.BOOKING:
        return parcel
    tx.emit(
        BookingFailed(
            parcel_id=parcel.id,
            doc=parcel.doc,
            number=parcel.number,
            company_id=parcel.company_id,
            carrier=parcel.carrier,
            problem=do.problem,
        )
    )
    return await queries.fail(tx, parcel, do.problem)


@action("logistics.retry_booking", grant="logistics.book", errors=[ParcelNotFound, NotFailed])
async def retry_booking(tx: Tx, do: RetryBooking) -> Parcel:
    """Ask the carrier again for a parcel that it refused. Raises: ParcelNotFound, NotFailed.

    Of a system that can't be asked what became of a request, whoever retries has looked at its console.
    """
    parcel = _there(do.parcel_id, (await queries.lock(tx, [do.parcel_id])).get(do.parcel_id))
    if parcel.state is not ParcelState.FAILED:
        raise NotFailed(number=parcel.number, state=parcel.state.value)
    outside = await booked_at(tx, parcel.id)
    may_know = outside is not None and outside.asked and outside.provider.can_find
    parcel = await queries.begin_again(tx, parcel, may_know=may_know)
    await ask_for_waybills(tx, [parcel])
    return parcel


def _there(id_: ParcelId, parcel: Parcel | None) -> Parcel:
    """Raises: ParcelNotFound."""
    if parcel is None:
        raise ParcelNotFound(parcel_id=id_)
    return parcel


# --- what carriers tell by themselves -------------------------------------------------------------------------------


async def receive_push(runner: Runner, account_id: UUID, token: str, told: Told) -> str:
    """Take in a push that is what it says; what is to be answered. A forged one changes nothing. Raises: PushForged.

    Numbers that are no parcels of the account's company are passed over: whose account it is must not say anything
    of others' parcels.
    """
    async with runner.db.reading(SYSTEM) as tx:
        stored = await carriers.find_account(tx, CarrierAccountId(account_id))
        every = await carriers.list_carriers(tx)
    provider = None if stored is None else PROVIDERS.get(stored.account.adapter)
    if stored is None or provider is None or not is_push_token(account_id, token):
        PUSHES.labels("unknown", "forged").inc()
        raise PushForged(reason=Reason("this address was never given out", "没有登记过这个地址"))
    carrier = next(each for each in every if each.code == stored.account.carrier)
    try:
        pushed = provider.read_push(opened(stored, carrier), told)
    except (Unheard, ValueError) as cause:
        PUSHES.labels(provider.name, "forged").inc()
        unread = Reason(f"it can't be read: {cause}", f"内容无法识别：{cause}")
        raise PushForged(reason=cause.reason if isinstance(cause, Unheard) else unread) from None
    await _record(runner, stored.account.company_id, codes_of(every, stored.account.adapter), pushed, provider.name)
    return provider.heard


async def _record(
    runner: Runner, company_id: UUID, codes: Mapping[str, str], pushed: list[Pushed], source: str
) -> None:
    names = [(codes.get(each.carrier, ""), each.waybill) for each in pushed]
    async with runner.db.reading(SYSTEM) as tx:
        found = await tracking.by_waybill(tx, names) if names else {}
    for name, each in zip(names, pushed, strict=True):
        is_theirs = name in found and found[name].company_id == company_id and each.scans
        PUSHES.labels(source, "taken" if is_theirs else "unknown").inc()
        if is_theirs:
            scans = sorted(each.scans, key=lambda scan: scan.at)[-SCANS_MAX:]
            do = RecordScans(carrier=name[0], waybill=name[1], scans=scans, source=f"push {source}")
            call = Call(action="logistics.record_scans", input=do, actor=SYSTEM, door="callback")
            (await runner.run(call)).unwrap()
