"""Booking parcels with carriers, and giving their numbers back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue, enqueue_many
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse, WarehouseId, WarehouseNotFound
from shangmai.modules.logistics.contract.carriers import (
    Adapter,
    CarrierAccount,
    CarrierAccountId,
    CarrierUnknown,
    NoCarrierAccount,
    NoSender,
    PoolEmpty,
    WaybillsLow,
)
from shangmai.modules.logistics.contract.choosing import ChooseCourier, CourierChoice, NoCourier
from shangmai.modules.logistics.contract.parcels import (
    AT_HOME,
    BookParcel,
    CancelParcel,
    Parcel,
    ParcelBooked,
    ParcelCanceled,
    ParcelHasLeft,
    ParcelId,
    ParcelJob,
    ParcelNotFound,
    ParcelReceiver,
    ParcelsCanceled,
    ParcelState,
    WeighParcel,
)
from shangmai.modules.logistics.queries import carriers
from shangmai.modules.logistics.queries import parcels as queries
from shangmai.modules.logistics.queries.parcels import NewParcel
from shangmai.modules.logistics.rules.waybills import region_to
from shangmai.modules.logistics.service.carriers import carriers_called
from shangmai.modules.logistics.service.choosing import choose_couriers
from shangmai.modules.organization.contract import CompanyId

Key = tuple[UUID, str]
"""A parcel's doc, and its number there."""


class Grounds(Struct, frozen=True):
    """What bookings go by: the warehouses, which carriers there are, and the accounts with them."""

    warehouses: Mapping[WarehouseId, Warehouse]
    codes: Mapping[str, str]
    accounts: Mapping[tuple[CompanyId, str, WarehouseId | None], CarrierAccount]
    senders: Collection[WarehouseId]


@action(
    "logistics.book_parcel",
    grant="logistics.book",
    many=True,
    scope=lambda do: {"company": do.company_id, "warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, CarrierUnknown, NoCourier, NoCarrierAccount, NoSender, PoolEmpty],
)
async def book_parcel(tx: Tx, do: Sequence[BookParcel]) -> list[Parcel | AppError]:
    """Book parcels with carriers: each gets its waybill. The same number of a doc again gives the same parcel.

    Event logistics.parcel_booked.v1.
    """
    return await book(tx, do, tx.items)


async def book(tx: Tx, wanted: Sequence[BookParcel], items: Sequence[Item] | None = None) -> list[Parcel | AppError]:
    """Book parcels with carriers, item by item; one refusal never fails its neighbours.

    A `builtin` account gives the waybill at once, from its pool. Of another a job asks after the commit: the parcel is
    `booking` and has no waybill until logistics.parcel_booked.v1, or is `failed` with its `problem` at
    logistics.booking_failed.v1. `items`: whom each goes back to, the transaction's first without. The docs are locked.
    Events logistics.parcel_booked.v1, logistics.waybills_low.v1.
    Answers: WarehouseNotFound, CarrierUnknown, NoCourier, NoCarrierAccount, NoSender, PoolEmpty.
    """
    if not wanted:
        return []
    asked_by = items or [tx.items[0]] * len(wanted)
    docs = {each.doc for each in wanted}
    await queries.lock_docs(tx, docs)
    found: dict[Key, Parcel | AppError] = {(p.doc, p.number): p for p in await queries.live_of_docs(tx, docs)}
    new = {
        (each.doc, each.number): (each, item)
        for each, item in zip(wanted, asked_by, strict=True)
        if (each.doc, each.number) not in found
    }
    if new:
        found |= await _book_new(tx, new)
    return [found[each.doc, each.number] for each in wanted]


async def _book_new(tx: Tx, new: Mapping[Key, tuple[BookParcel, Item]]) -> dict[Key, Parcel | AppError]:
    grounds = await _look_up(tx, [each for each, _ in new.values()])
    chosen = await _choose(tx, [each for each, _ in new.values() if not each.carrier])
    outcomes: dict[Key, Parcel | AppError] = {}
    drafts: dict[Key, Parcel] = {}
    for key, (each, item) in new.items():
        draft = _drafted(grounds, each, item, chosen.get(key))
        if isinstance(draft, Parcel):
            drafts[key] = draft
        else:
            outcomes[key] = draft
    numbers = await _take_numbers(tx, [each for each in drafts.values() if each.state is ParcelState.BOOKED])
    booked: dict[Key, Parcel] = {}
    for key, draft in drafts.items():
        if draft.state is ParcelState.BOOKING or draft.id in numbers:
            booked[key] = replace(draft, waybill=numbers.get(draft.id, ""))
        else:
            outcomes[key] = PoolEmpty(carrier=draft.carrier)
    await _write(tx, [_new(parcel, *new[key]) for key, parcel in booked.items()])
    return outcomes | booked


def _new(parcel: Parcel, wanted: BookParcel, item: Item) -> NewParcel:
    return NewParcel(parcel, wanted.receiver, item, wanted.from_floor)


async def _codes(tx: Tx, names: Collection[str]) -> dict[str, str]:
    """The codes of the active carriers that are meant, each under its code too."""
    called = await carriers_called(tx, names)
    known = await carriers.known(tx, {*called.values()})
    return {name: code for name, code in called.items() if code in known}


async def _choose(tx: Tx, wanted: Sequence[BookParcel]) -> dict[Key, CourierChoice | AppError]:
    """The carriers of parcels for which nobody named one; none where it is not known where the parcel goes."""
    outcomes: dict[Key, CourierChoice | AppError] = {(each.doc, each.number): NoCourier() for each in wanted}
    asked = {
        (each.doc, each.number): ChooseCourier(
            company_id=each.company_id, warehouse_id=each.warehouse_id, to_region=to, weight_g=each.weight_g
        )
        for each in wanted
        if (to := region_to(each.receiver)) is not None
    }
    choices = await choose_couriers(tx, list(asked.values()))
    return outcomes | dict(zip(asked, choices, strict=True))


async def _look_up(tx: Tx, wanted: Sequence[BookParcel]) -> Grounds:
    warehouses = await inventory.get_warehouses(tx, {each.warehouse_id for each in wanted})
    enabled = await carriers.enabled_accounts(tx, {each.company_id for each in wanted})
    return Grounds(
        warehouses,
        await _codes(tx, {each.carrier for each in wanted}),
        {(each.company_id, each.carrier, each.warehouse_id): each for each in enabled},
        await carriers.senders(tx, warehouses),
    )


def _drafted(
    grounds: Grounds, wanted: BookParcel, item: Item, choice: CourierChoice | AppError | None
) -> Parcel | AppError:
    """A parcel by the account that the warehouse has of its own, else by its company's."""
    warehouse = grounds.warehouses.get(wanted.warehouse_id)
    if warehouse is None or warehouse.company_id != wanted.company_id:
        return WarehouseNotFound(warehouse_id=wanted.warehouse_id)
    if isinstance(choice, AppError):
        return choice
    code = grounds.codes.get(wanted.carrier) if choice is None else choice.carrier
    if code is None:
        return CarrierUnknown(carrier=wanted.carrier)
    own = grounds.accounts.get((wanted.company_id, code, wanted.warehouse_id))
    account = own or grounds.accounts.get((wanted.company_id, code, None))
    if account is None:
        return NoCarrierAccount(carrier=code)
    if account.adapter is not Adapter.BUILTIN and wanted.warehouse_id not in grounds.senders:
        return NoSender(warehouse_id=wanted.warehouse_id)
    drafted = _draft(wanted, account, warehouse, item)
    return drafted if choice is None else replace(drafted, chosen=f"{choice.zh} / {choice.en}"[:1000])


def _draft(wanted: BookParcel, account: CarrierAccount, warehouse: Warehouse, item: Item) -> Parcel:
    is_here = account.adapter is Adapter.BUILTIN
    return Parcel(
        id=ParcelId(new_id()),
        doc=wanted.doc,
        number=wanted.number,
        company_id=wanted.company_id,
        warehouse_id=wanted.warehouse_id,
        carrier=account.carrier,
        account_id=account.id,
        waybill="",
        state=ParcelState.BOOKED if is_here else ParcelState.BOOKING,
        weight_g=wanted.weight_g,
        from_region=warehouse.region,
        to_region=region_to(wanted.receiver),
        route="",
        note=wanted.note,
        problem="",
        created_at=item.now,
        booked_at=item.now if is_here else None,
    )


async def _take_numbers(tx: Tx, drafts: Sequence[Parcel]) -> dict[UUID, str]:
    """The numbers that these parcels get, pool by pool in order of id; warn of pools that have become low."""
    by_account: dict[CarrierAccountId, list[UUID]] = defaultdict(list)
    for draft in drafts:
        assert draft.account_id is not None, "it was drafted with its account"
        by_account[draft.account_id].append(draft.id)
    numbers: dict[UUID, str] = {}
    for account_id in sorted(by_account):
        numbers |= await carriers.take_numbers(tx, account_id, by_account[account_id])
    for account, free in await carriers.mark_low(tx, by_account) if by_account else []:
        tx.emit(
            WaybillsLow(account_id=account.id, company_id=account.company_id, carrier=account.carrier, free=free)
        )  # fmt: skip
    return numbers


async def _write(tx: Tx, parcels: Sequence[NewParcel]) -> None:
    if not parcels:
        return
    await queries.insert(tx, parcels)
    asked = [each.parcel for each in parcels if each.parcel.state is ParcelState.BOOKING]
    await ask_for_waybills(tx, asked)
    for each in parcels:
        if each.parcel.state is ParcelState.BOOKED:
            tx.emit(booked_event(each.parcel), each.item)


async def ask_for_waybills(tx: Tx, parcels: Sequence[Parcel]) -> None:
    """Have jobs ask; under names of their own, for an earlier one may be parked under the parcel's."""
    if parcels:
        names = [f"logistics.order_waybill:{each.id}:{new_id()}" for each in parcels]
        jobs = [ParcelJob(parcel_id=each.id) for each in parcels]
        await enqueue_many(tx, "logistics.order_waybill", jobs, dedupe_keys=names)


async def ask_to_cancel(tx: Tx, parcel: Parcel) -> None:
    """Have a job give a canceled parcel's number back to its carrier."""
    name = f"logistics.cancel_waybill:{parcel.id}:{parcel.waybill}"
    await enqueue(tx, "logistics.cancel_waybill", ParcelJob(parcel_id=parcel.id), dedupe_key=name)


def booked_event(parcel: Parcel) -> ParcelBooked:
    return ParcelBooked(
        parcel_id=parcel.id,
        doc=parcel.doc,
        number=parcel.number,
        company_id=parcel.company_id,
        warehouse_id=parcel.warehouse_id,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
    )


# --- canceling -----------------------------------------------------------------------------------------------------


@action("logistics.cancel_parcel", grant="logistics.book", errors=[ParcelNotFound, ParcelHasLeft])
async def cancel_parcel(tx: Tx, do: CancelParcel) -> Parcel:
    """Cancel a parcel that the carrier does not have yet; its number goes back. Canceling it again changes nothing.

    Event logistics.parcel_canceled.v1. Raises: ParcelNotFound, ParcelHasLeft.
    """
    parcel = (await queries.lock(tx, [do.parcel_id])).get(do.parcel_id)
    if parcel is None:
        raise ParcelNotFound(parcel_id=do.parcel_id)
    if parcel.state is ParcelState.CANCELED:
        return parcel
    if parcel.state not in AT_HOME:
        raise ParcelHasLeft(number=parcel.number, state=parcel.state.value)
    return (await _cancel(tx, [parcel], tx.items[0]))[0]


async def cancel(tx: Tx, docs: Sequence[UUID], items: Sequence[Item] | None = None) -> list[ParcelsCanceled | AppError]:
    """Cancel all parcels of each doc, and give their numbers back; a doc without any changes nothing.

    A doc one of whose parcels the carrier has already is refused, and all of its parcels stay. The docs are locked.
    Event logistics.parcel_canceled.v1. Answers: ParcelHasLeft.
    """
    if not docs:
        return []
    await queries.lock_docs(tx, docs)
    live = await queries.live_of_docs(tx, set(docs))
    live = list((await queries.lock(tx, [each.id for each in live])).values())
    outcomes: dict[UUID, ParcelsCanceled | AppError] = {}
    for doc, item in zip(docs, items or [tx.items[0]] * len(docs), strict=True):
        if doc not in outcomes:
            outcomes[doc] = await _cancel_doc(tx, doc, [each for each in live if each.doc == doc], item)
    return [outcomes[doc] for doc in docs]


async def _cancel_doc(tx: Tx, doc: UUID, parcels: Sequence[Parcel], item: Item) -> ParcelsCanceled | AppError:
    for parcel in parcels:
        if parcel.state not in AT_HOME:
            return ParcelHasLeft(number=parcel.number, state=parcel.state.value)
    gone = await _cancel(tx, parcels, item) if parcels else []
    return ParcelsCanceled(doc=doc, waybills=tuple(each.waybill for each in gone))


async def _cancel(tx: Tx, parcels: Sequence[Parcel], item: Item) -> list[Parcel]:
    """These are locked, and the carrier has none of them."""
    canceled = await queries.cancel(tx, [each.id for each in parcels])
    await carriers.give_back(tx, canceled)
    outside = await queries.booked_outside(tx, canceled.keys())
    for id_ in sorted(outside):
        await ask_to_cancel(tx, canceled[id_])
    for parcel in canceled.values():
        event = ParcelCanceled(
            parcel_id=parcel.id,
            doc=parcel.doc,
            number=parcel.number,
            company_id=parcel.company_id,
            carrier=parcel.carrier,
            waybill=parcel.waybill,
        )
        tx.emit(event, item)
    return [canceled[each.id] for each in parcels]


# --- what else is noted and asked -----------------------------------------------------------------------------------


@action("logistics.weigh_parcel", grant="logistics.book", errors=[ParcelNotFound])
async def weigh_parcel(tx: Tx, do: WeighParcel) -> Parcel:
    """Note what a parcel weighs; what its carrier asks for it is checked by that. Raises: ParcelNotFound."""
    parcel = await queries.set_weight(tx, do.parcel_id, do.weight_g, do.volume_cm3)
    if parcel is None:
        raise ParcelNotFound(parcel_id=do.parcel_id)
    return parcel


async def note_weights(tx: Tx, weighed: Mapping[tuple[UUID, str], tuple[int, int]]) -> None:
    """Note what parcels weigh in grams, and their room in cm³ (0: not known), by their docs and waybills.

    Those that were not booked here are left out.
    """
    await queries.set_weights(tx, weighed)


async def note_packed(tx: Tx, packed: Mapping[tuple[UUID, str], datetime]) -> None:
    """Note when parcels were packed, by their docs and waybills; those that were not booked here are left out."""
    if packed:
        await queries.set_packed(tx, packed)


async def note_handed(tx: Tx, handed: Mapping[tuple[UUID, str], datetime]) -> None:
    """Note when parcels were given to their carriers, by their docs and waybills; the first time counts.

    Those that were not booked here are left out.
    """
    if handed:
        await queries.set_handed(tx, handed)


async def book_another(tx: Tx, doc: UUID, number: str, item: Item) -> Parcel | None:
    """Book a further parcel of a doc under this number, by its first one's carrier and to whom that goes.

    None where none was booked. The doc is locked. Raises: what `book` answers.
    """
    await queries.lock_docs(tx, [doc])
    live = await queries.live_of_docs(tx, [doc])
    receiver = (await queries.receivers_of(tx, [live[0].id])).get(live[0].id) if live else None
    if receiver is None:
        return None
    first = live[0]
    wanted = BookParcel(
        doc=doc,
        number=number,
        company_id=first.company_id,
        warehouse_id=first.warehouse_id,
        carrier=first.carrier,
        receiver=receiver,
        note=first.note,
        from_floor=True,
    )
    (booked,) = await book(tx, [wanted], [item])
    if isinstance(booked, AppError):
        raise booked
    return booked


async def cancel_numbers(tx: Tx, numbers: Collection[tuple[UUID, str]], item: Item) -> set[str]:
    """Cancel the parcels of these docs and numbers, where they are booked; the numbers of those that carriers have.

    The docs are locked.
    """
    docs = {doc for doc, _ in numbers}
    await queries.lock_docs(tx, docs)
    live = [each for each in await queries.live_of_docs(tx, docs) if (each.doc, each.number) in numbers]
    locked = list((await queries.lock(tx, [each.id for each in live])).values())
    here = [each for each in locked if each.state in AT_HOME]
    if here:
        await _cancel(tx, here, item)
    return {each.number for each in locked if each.state not in AT_HOME}


async def parcels_of(tx: Tx, docs: Collection[UUID]) -> list[Parcel]:
    """The parcels of these docs that were not canceled, by doc, in the order in which they were booked."""
    return await queries.live_of_docs(tx, docs)


async def receivers_of(tx: Tx, parcels: Collection[ParcelId]) -> dict[ParcelId, ParcelReceiver]:
    """Whom these parcels go to, for labels; none where the receiver was removed."""
    return await queries.receivers_of(tx, parcels)


async def forget_receivers(tx: Tx, docs: Collection[UUID]) -> None:
    """Remove whom the parcels of these docs went to, where somebody asked to be forgotten and the doc is over."""
    if docs:
        await queries.forget_docs(tx, docs)
