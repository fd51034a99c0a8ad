"""Watching parcels: lanes learned from what arrived, and what is wrong found before the buyer asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelId, ParcelNotFound
from shangmai.modules.logistics.contract.watching import (
    ABOUT,
    AnomalyCause,
    AnomalyClosed,
    AnomalyEnded,
    AnomalyFound,
    CloseAnomaly,
    NoSuchAnomaly,
    ReportNotReceived,
    SetWatchPolicy,
    Watched,
    WatchParcels,
    WatchPolicy,
)
from shangmai.modules.logistics.queries import parcels, tracking
from shangmai.modules.logistics.queries import watching as queries
from shangmai.modules.logistics.queries.watching import Open
from shangmai.modules.logistics.rules.watching import BY_HAND, Facts, found
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound


@action(
    "logistics.set_watch_policy",
    grant="logistics.manage_carriers",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound],
)
async def set_watch_policy(tx: Tx, do: SetWatchPolicy) -> WatchPolicy:
    """Say after how many hours a company's parcels are to be looked at, from the next look on.

    Raises: CompanyNotFound.
    """
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    await queries.put_policy(tx, do.company_id, do.policy)
    return do.policy


@action("logistics.report_not_received", grant="logistics.track", errors=[ParcelNotFound])
async def report_not_received(tx: Tx, do: ReportNotReceived) -> Parcel:
    """Note that a buyer has not got what was signed for; it stays open until somebody closes it.

    Event logistics.anomaly_found.v1. Raises: ParcelNotFound.
    """
    parcel = (await parcels.lock(tx, [do.parcel_id])).get(do.parcel_id)
    if parcel is None:
        raise ParcelNotFound(parcel_id=do.parcel_id)
    if AnomalyCause.NOT_RECEIVED not in (await queries.open_of(tx, [parcel.id])).get(parcel.id, {}):
        await _open(tx, [_opened(parcel, AnomalyCause.NOT_RECEIVED, tx.items[0], do.note)], tx.items[0])
    return parcel


def _opened(parcel: Parcel, cause: AnomalyCause, item: Item, note: str) -> Open:
    return Open(parcel, cause, item.now, item.now + timedelta(minutes=ABOUT[cause].minutes), note)


@action("logistics.close_anomaly", grant="logistics.track", errors=[ParcelNotFound, NoSuchAnomaly])
async def close_anomaly(tx: Tx, do: CloseAnomaly) -> AnomalyClosed:
    """Note that what was wrong with a parcel has been seen to; the same case is not found again.

    Event logistics.anomaly_ended.v1. Raises: ParcelNotFound, NoSuchAnomaly.
    """
    parcel = (await parcels.lock(tx, [do.parcel_id])).get(do.parcel_id)
    if parcel is None:
        raise ParcelNotFound(parcel_id=do.parcel_id)
    if not await _close(tx, {parcel.id: parcel}, [(parcel.id, do.cause)], tx.items[0], do.note):
        raise NoSuchAnomaly(parcel_id=do.parcel_id, cause=do.cause.value)
    return AnomalyClosed(parcel_id=parcel.id, cause=do.cause)


@action("logistics.watch_parcels", grant="logistics.track")
async def watch_parcels(tx: Tx, do: WatchParcels) -> Watched:
    """Look at parcels that are on their way: what is wrong is noted, what is no more is closed.

    Events logistics.anomaly_found.v1, logistics.anomaly_ended.v1.
    """
    looked_at = await queries.facts(tx, do.after, do.limit)
    if looked_at:
        await _compare(tx, looked_at)
    return Watched(after=looked_at[-1].parcel.id if len(looked_at) == do.limit else None)


async def _compare(tx: Tx, looked_at: Sequence[Facts]) -> None:
    policies = await queries.policies(tx, {each.parcel.company_id for each in looked_at})
    here = {each.parcel.id: each.parcel for each in looked_at}
    known = await queries.open_of(tx, here)
    opened, ended = [], []
    for each in looked_at:
        parcel, open_now = each.parcel, known.get(each.parcel.id, {})
        wrong = found(each, policies[parcel.company_id], tx.now)
        # One that began at another moment than the open one is another case.
        ended += [
            (parcel.id, cause) for cause, at in open_now.items() if cause not in BY_HAND and wrong.get(cause) != at
        ]
        opened += [
            Open(parcel, cause, at, tx.now + timedelta(minutes=ABOUT[cause].minutes))
            for cause, at in wrong.items()
            if open_now.get(cause) != at
        ]
    item = tx.items[0]
    await _close(tx, here, ended, item)
    await _open(tx, opened, item)


async def _open(tx: Tx, opened: Sequence[Open], item: Item) -> None:
    new = await queries.put_open(tx, opened) if opened else set()
    for each in opened:
        if (each.parcel.id, each.cause) in new:
            p = each.parcel
            event = AnomalyFound(
                parcel_id=p.id,
                doc=p.doc,
                company_id=p.company_id,
                carrier=p.carrier,
                waybill=p.waybill,
                cause=each.cause,
                due_at=each.due_at,
            )
            tx.emit(event, item)


async def _close(
    tx: Tx,
    here: dict[ParcelId, Parcel],
    ended: Collection[tuple[ParcelId, AnomalyCause]],
    item: Item,
    note: str = "",
) -> set[tuple[ParcelId, AnomalyCause]]:
    closed = await queries.close(tx, ended, item, note) if ended else set()
    for id_, cause in sorted(closed):
        p = here[id_]
        event = AnomalyEnded(
            parcel_id=p.id, doc=p.doc, company_id=p.company_id, carrier=p.carrier, waybill=p.waybill, cause=cause
        )
        tx.emit(event, item)
    return closed


async def note_received(tx: Tx, waybills: Mapping[tuple[str, str], Item]) -> None:
    """Note that who waited for these parcels (each by its carrier's code and number) has got what was in them.

    Its carrier may scan no more, and nothing is wrong; what comes back, is lost or was said to be missing stays.
    Events logistics.anomaly_ended.v1.
    """
    parcels_of = await tracking.by_waybill(tx, waybills.keys(), lock=True) if waybills else {}
    received = {parcel.id: waybills[name].now for name, parcel in parcels_of.items()}
    if noted := await queries.note_received(tx, received) if received else []:
        await _compare(tx, noted)


async def troubled(tx: Tx, waybills: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these numbers (each with its carrier's code) for whose parcels something is open."""
    return await queries.open_waybills(tx, waybills) if waybills else set()


async def companies_that_sign(tx: Tx) -> dict[CompanyId, int]:
    """After how many days orders are taken as received, of the companies that say so."""
    return await queries.sign_days(tx)
