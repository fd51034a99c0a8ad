"""Calls to carriers, and what logistics do at set times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from msgspec import Struct

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import AppError
from shangmai.kernel.jobs import enqueue_many, job, schedule
from shangmai.kernel.jobs.contract import is_final
from shangmai.modules.logistics.contract import (
    AnswerLost,
    BeginBooking,
    FailBooking,
    NoteWaybill,
    ParcelJob,
    ParcelState,
    RecordScans,
    Watched,
    WatchParcels,
)
from shangmai.modules.logistics.contract.carriers import ReceiverKept
from shangmai.modules.logistics.providers.port import Given
from shangmai.modules.logistics.queries import parcels, tracking, watching
from shangmai.modules.logistics.service.asking import SCANS_MAX
from shangmai.modules.logistics.service.outside import Outside, booked_at, sending_of, told_by

KEPT: Final = timedelta(days=90)
"""So long after its end a parcel keeps its receiver: carriers take claims for about as long."""
FORGOTTEN_AT_ONCE: Final = 1000
BOOKING_ATTEMPTS_MAX: Final = 8
ASKED_EVERY: Final = timedelta(hours=4)
"""A parcel of which nothing was heard for so long is asked about."""
ASKED_AT_ONCE: Final = 500


@job("logistics.order_waybill", attempts_max=BOOKING_ATTEMPTS_MAX, timeout_s=60)
async def order_waybill(runner: Runner, do: ParcelJob) -> None:
    """Ask a carrier for a waybill; a request that it may know of already is asked about first, and sent only if not."""
    async with runner.db.reading(SYSTEM) as tx:
        outside = await booked_at(tx, do.parcel_id)
    if outside is None or outside.parcel.state is not ParcelState.BOOKING:
        return
    try:
        given = await _given(runner, outside)
        noted = NoteWaybill(parcel_id=do.parcel_id, waybill=given.waybill, route=given.route[:100])
        await _run(runner, "logistics.note_waybill", noted)
    except AppError as error:
        if is_final(error) or outside.attempts + 1 >= BOOKING_ATTEMPTS_MAX:
            failed = FailBooking(parcel_id=do.parcel_id, problem=error.message("zh-CN")[:500])
            await _run(runner, "logistics.fail_booking", failed)
        raise


async def _given(runner: Runner, outside: Outside) -> Given:
    """Raises: CarrierRefused, CarrierAway, NoSender, AnswerLost, ReceiverKept."""
    provider, account, now = outside.provider, outside.account, runner.db.clock.now()
    async with runner.db.reading(SYSTEM) as tx:
        sending = await sending_of(tx, outside.parcel)
    if sending.receiver.cipher and not provider.reads_ciphers:
        raise ReceiverKept(adapter=provider.name)
    if outside.asked:
        if not provider.can_find:
            raise AnswerLost(adapter=provider.name, order=sending.order)
        if (found := await provider.find(account, sending, now)) is not None:
            return found
    await _run(runner, "logistics.begin_booking", BeginBooking(parcel_id=outside.parcel.id))
    return await provider.create(account, sending, now)


@job("logistics.cancel_waybill", attempts_max=10, timeout_s=60)
async def cancel_waybill(runner: Runner, do: ParcelJob) -> None:
    """Give the waybill of a canceled parcel back to its carrier, if the carrier may have given one."""
    async with runner.db.reading(SYSTEM) as tx:
        outside = await booked_at(tx, do.parcel_id)
    if outside is None or not (outside.parcel.waybill or outside.asked):
        return
    provider, account, now = outside.provider, outside.account, runner.db.clock.now()
    if not outside.parcel.waybill:
        await _find_and_note(runner, outside)
        return
    await provider.cancel(account, outside.parcel, now)


async def _find_and_note(runner: Runner, outside: Outside) -> None:
    """A number that was given to a parcel canceled meanwhile is noted, and noting it has it given back."""
    async with runner.db.reading(SYSTEM) as tx:
        sending = await sending_of(tx, outside.parcel)
    if not outside.provider.can_find:
        raise AnswerLost(adapter=outside.provider.name, order=sending.order)
    found = await outside.provider.find(outside.account, sending, runner.db.clock.now())
    if found is not None:
        noted = NoteWaybill(parcel_id=outside.parcel.id, waybill=found.waybill, route=found.route[:100])
        await _run(runner, "logistics.note_waybill", noted)


@job("logistics.look", attempts_max=4, timeout_s=60)
async def look(runner: Runner, do: ParcelJob) -> None:
    """Ask whoever tells of a parcel what became of it; the first time, have it pushed from then on if that can be."""
    async with runner.db.reading(SYSTEM) as tx:
        outside = await told_by(tx, do.parcel_id)
        is_new = outside is not None and await parcels.is_unsubscribed(tx, do.parcel_id)
    if outside is None or outside.parcel.ended_at is not None or not outside.parcel.waybill:
        return
    provider, account, now = outside.provider, outside.account, runner.db.clock.now()
    if is_new and provider.can_subscribe:
        await provider.subscribe(account, outside.parcel, outside.phone, now)
        async with runner.db.transaction(door="job") as tx:
            await parcels.note_subscribed(tx, outside.parcel.id)
    scans = sorted(await provider.track(account, outside.parcel, outside.phone, now), key=lambda scan: scan.at)
    if scans:
        told = RecordScans(
            carrier=outside.parcel.carrier,
            waybill=outside.parcel.waybill,
            scans=scans[-SCANS_MAX:],
            source=f"pull {provider.name}",
        )
        await _run(runner, "logistics.record_scans", told)


@schedule("logistics.ask_carriers", "*/10 * * * *")
async def ask_carriers(runner: Runner) -> None:
    """Have parcels asked about that are on their way, and of which nothing was heard for hours."""
    async with runner.db.transaction(door="schedule") as tx:
        due = await tracking.note_asked(tx, tx.now - ASKED_EVERY, ASKED_AT_ONCE)
        keys = [f"logistics.look:{id_}" for id_ in due]
        await enqueue_many(tx, "logistics.look", [ParcelJob(parcel_id=id_) for id_ in due], dedupe_keys=keys)


@schedule("logistics.watch_parcels", "*/15 * * * *")
async def watch_parcels(runner: Runner) -> None:
    """Look at all parcels that are on their way, and note what is wrong with them."""
    watched: Watched = await _run(runner, "logistics.watch_parcels", WatchParcels())
    while watched.after is not None:
        watched = await _run(runner, "logistics.watch_parcels", WatchParcels(after=watched.after))


@schedule("logistics.learn_lanes", "40 3 * * *")
async def learn_lanes(runner: Runner) -> None:
    """Work out how long carriers take, by what was signed for lately."""
    async with runner.db.transaction(door="schedule") as tx:
        await watching.learn_lanes(tx)


@schedule("logistics.forget_receivers", "17 * * * *")
async def forget_receivers(runner: Runner) -> None:
    """Remove the receivers of parcels that ended long ago."""
    forgotten = FORGOTTEN_AT_ONCE
    while forgotten == FORGOTTEN_AT_ONCE:
        async with runner.db.transaction(door="schedule") as tx:
            forgotten = await parcels.forget_receivers(tx, tx.now - KEPT, FORGOTTEN_AT_ONCE)


async def _run(runner: Runner, action: str, do: Struct) -> Any:
    return (await runner.run(Call(action=action, input=do, actor=SYSTEM, door="job"))).unwrap()
