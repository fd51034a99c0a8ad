"""Actions on price lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopNotFound
from shangmai.modules.pricing.contract.floors import FloorUnfit
from shangmai.modules.pricing.contract.price_lists import (
    Assignment,
    AssignPriceList,
    ClosePriceList,
    CreatePriceList,
    LaterListPriceSet,
    ListForWhom,
    ListKind,
    ListPriceChanged,
    ListPriceNotFound,
    ListPriceRemoved,
    ListPriceSet,
    NotACustomerList,
    NotAssigned,
    OneTarget,
    PeriodEmpty,
    PriceEntry,
    PriceEntryId,
    PriceList,
    PriceListClosed,
    PriceListClosedAlready,
    PriceListCodeTaken,
    PriceListCreated,
    PriceListId,
    PriceListNotFound,
    PriceOrPercent,
    RemoveListPrice,
    SetListPrice,
    Target,
    TargetNotFound,
)
from shangmai.modules.pricing.queries import price_lists as queries
from shangmai.modules.pricing.queries import versions
from shangmai.modules.pricing.queries.price_lists import EntryKey
from shangmai.modules.pricing.rules import price_lists as rules

MANAGE = "pricing.manage_prices"


async def shops_of_lists(tx: Tx, do: Sequence[SetListPrice | RemoveListPrice]) -> list[Scope | None]:
    """The shops of the lists named; a list of no shop belongs to all."""
    shops = await queries.shops_of(tx, {each.price_list for each in do})
    found = [shops.get(each.price_list) for each in do]
    return [None if shop_id is None else {"shop": shop_id} for shop_id in found]


async def shops_of_customers(tx: Tx, do: Sequence[AssignPriceList]) -> list[Scope | None]:
    customers = await members.get_customers(tx, {each.customer_id for each in do})
    found = [customers.get(each.customer_id) for each in do]
    return [None if customer is None else {"shop": customer.shop_id} for customer in found]


@action("pricing.create_price_list", grant=MANAGE, errors=[PriceListCodeTaken, ListForWhom, ShopNotFound])
async def create_price_list(tx: Tx, do: CreatePriceList) -> PriceList:
    """Create a price list; it sets nothing until prices are put into it. Event pricing.list_created.v1.

    Raises: ListForWhom, ShopNotFound, PriceListCodeTaken, UnknownCurrency.
    """
    refusal = rules.check_list(do)
    if refusal is not None:
        raise refusal
    if do.shop_id is not None and do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    made = await queries.insert_list(tx, do)
    if made is None:
        raise PriceListCodeTaken(code=do.code)
    await versions.advance(tx, "lists", live=1)
    tx.emit(PriceListCreated(list_id=made.id, code=made.code, kind=made.kind.value))
    return made


@action("pricing.close_price_list", grant=MANAGE, errors=[PriceListNotFound])
async def close_price_list(tx: Tx, do: ClosePriceList) -> PriceList:
    """Let a list set no price any more; orders keep what it set. Closing a closed list changes nothing.

    Event pricing.list_closed.v1. Raises: PriceListNotFound.
    """
    found = (await queries.lock_lists(tx, [do.price_list])).get(do.price_list)
    if found is None:
        raise PriceListNotFound(code=do.price_list)
    if found.closed_at is not None:
        return found
    await queries.close_list(tx, found.id)
    tx.emit(PriceListClosed(list_id=found.id, code=found.code))
    return replace(found, closed_at=tx.now)


@action(
    "pricing.set_prices",
    grant=MANAGE,
    many=True,
    scopes_of=shops_of_lists,
    inverse="pricing.remove_prices",
    errors=[
        PriceListNotFound, PriceListClosedAlready, OneTarget, TargetNotFound, PriceOrPercent, FloorUnfit, PeriodEmpty,
        LaterListPriceSet,
    ],
)  # fmt: skip
async def set_prices(tx: Tx, do: Sequence[SetListPrice]) -> list[ListPriceSet | AppError]:
    """Set prices in lists from the action's business time on; what they replace is kept.

    An entry is told apart by list, target, quantity break and begin of its period: setting it again replaces it, or
    changes nothing when it is the same. Locks the lists in order of id. Event pricing.list_price_changed.v1.
    """
    lists = await queries.lock_lists(tx, {each.price_list for each in do})
    known = await _known_targets(tx, do)
    writing = _Writing(await queries.in_force(tx, _targets(do, lists)))
    outcomes = [_set(each, item, lists, known, writing) for each, item in zip(do, tx.items, strict=True)]
    await queries.replace_entries(tx, writing.ended, list(writing.new.values()))
    for outcome, item in zip(outcomes, tx.items, strict=True):
        if isinstance(outcome, ListPriceSet) and outcome.changed:
            tx.emit(_changed(outcome.entry, lists), item)
    return outcomes


@action(
    "pricing.remove_prices",
    grant=MANAGE,
    many=True,
    scopes_of=shops_of_lists,
    inverse="pricing.set_prices",
    errors=[PriceListNotFound, OneTarget, ListPriceNotFound, LaterListPriceSet],
)
async def remove_prices(tx: Tx, do: Sequence[RemoveListPrice]) -> list[ListPriceRemoved | AppError]:
    """Take entries out of price lists; they are kept as history. Event pricing.list_price_changed.v1."""
    lists = await queries.lock_lists(tx, {each.price_list for each in do})
    writing = _Writing(await queries.in_force(tx, _targets(do, lists)))
    outcomes: list[ListPriceRemoved | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        outcome = _remove(each, item, lists, writing)
        if isinstance(outcome, PriceEntry):
            tx.emit(_changed(replace(outcome, price_minor=None, percent_bp=None, floor_minor=None), lists), item)
            outcomes.append(ListPriceRemoved(entry_id=outcome.id))
        else:
            outcomes.append(outcome)
    await queries.replace_entries(tx, writing.ended, [])
    return outcomes


@action(
    "pricing.assign_price_list",
    grant=MANAGE,
    many=True,
    scopes_of=shops_of_customers,
    inverse="pricing.unassign_price_list",
    errors=[PriceListNotFound, PriceListClosedAlready, NotACustomerList, CustomerNotFound],
)
async def assign_price_list(tx: Tx, do: Sequence[AssignPriceList]) -> list[Assignment | AppError]:
    """Let customers buy at a list's prices. Assigning again changes nothing."""
    lists = await queries.lock_lists(tx, {each.price_list for each in do})
    customers = await members.get_customers(tx, {each.customer_id for each in do})
    told: list[PriceList | AppError] = [
        CustomerNotFound(customer_id=each.customer_id)
        if each.customer_id not in customers
        else _customer_list(each, lists)
        for each in do
    ]
    pairs = [
        (found.id, each.customer_id, item)
        for each, found, item in zip(do, told, tx.items, strict=True)
        if isinstance(found, PriceList)
    ]
    fresh = await queries.assign(tx, pairs) if pairs else set()
    return [
        Assignment(list_id=found.id, customer_id=each.customer_id, changed=(found.id, each.customer_id) in fresh)
        if isinstance(found, PriceList)
        else found
        for each, found in zip(do, told, strict=True)
    ]


@action("pricing.unassign_price_list", grant=MANAGE, errors=[PriceListNotFound, NotAssigned])
async def unassign_price_list(tx: Tx, do: AssignPriceList) -> Assignment:
    """Let a customer no longer buy at a list's prices. Raises: PriceListNotFound, NotAssigned."""
    found = (await queries.lock_lists(tx, [do.price_list])).get(do.price_list)
    if found is None:
        raise PriceListNotFound(code=do.price_list)
    if not await queries.unassign(tx, found.id, do.customer_id):
        raise NotAssigned(code=found.code)
    return Assignment(list_id=found.id, customer_id=do.customer_id, changed=True)


# --- parts of the actions ------------------------------------------------------------------------------------------


class _Writing:
    """What a batch changes: entries in force by key as they stand now, those ended, those new."""

    def __init__(self, in_force: dict[EntryKey, PriceEntry]) -> None:
        self.in_force = in_force
        self.ended: dict[PriceEntryId, Item] = {}
        self.new: dict[PriceEntryId, PriceEntry] = {}

    def end(self, entry: PriceEntry, item: Item) -> None:
        """End an entry; one of this batch is written as ended."""
        item = replace(item, now=max(item.now, entry.set_at))
        if entry.id in self.new:
            self.new[entry.id] = replace(entry, ended_at=item.now, ended_by=item.cause)
        else:
            self.ended[entry.id] = item
        del self.in_force[queries.key_of(entry)]

    def begin(self, entry: PriceEntry) -> None:
        self.new[entry.id] = self.in_force[queries.key_of(entry)] = entry


async def _known_targets(tx: Tx, do: Sequence[SetListPrice]) -> Collection[UUID]:
    """Those of the things named that the catalog has."""
    skus = await catalog.get_skus(tx, {each.sku_id for each in do if each.sku_id is not None})
    others = {id_ for each in do for id_ in (each.product_id, each.category_id) if id_ is not None}
    known: set[UUID] = {UUID(int=id_.int) for id_ in skus}
    return known | (await catalog.known_places(tx, others) if others else set())


def _targets(do: Sequence[SetListPrice | RemoveListPrice], lists: Mapping[str, PriceList]) -> set[tuple[UUID, UUID]]:
    named = ((lists.get(each.price_list), rules.target_of(each)) for each in do)
    return {(of.id, target[1]) for of, target in named if of is not None and target is not None}


def _set(
    do: SetListPrice, item: Item, lists: Mapping[str, PriceList], known: Collection[UUID], writing: _Writing
) -> ListPriceSet | AppError:
    of = lists.get(do.price_list)
    refusal = _check_list(of, do.price_list) or rules.check_entry(do)
    if refusal is not None:
        return refusal
    assert of is not None
    target = rules.target_of(do)
    assert target is not None
    if target[1] not in known:
        return TargetNotFound(target=target[0].value, id=target[1])
    new = _entry(do, item, of.id, target)
    old = writing.in_force.get(queries.key_of(new))
    if old is not None and rules.is_before(item.now, old):
        return LaterListPriceSet(at=old.set_at.isoformat())
    if old is not None and _same(old, new):
        return ListPriceSet(entry=old, replaced=None, changed=False)
    if old is not None:
        writing.end(old, item)
        new = replace(new, set_at=max(new.set_at, old.set_at))
    writing.begin(new)
    return ListPriceSet(entry=new, replaced=None if old is None else old.id, changed=True)


def _entry(do: SetListPrice, item: Item, list_id: PriceListId, target: tuple[Target, UUID]) -> PriceEntry:
    return PriceEntry(
        id=PriceEntryId(new_id()),
        list_id=list_id,
        target=target[0],
        target_id=target[1],
        min_qty=do.min_qty,
        valid_from=do.valid_from,
        valid_to=do.valid_to,
        price_minor=do.price_minor,
        percent_bp=do.percent_bp,
        set_at=item.now,
        set_by=item.cause,
        ended_at=None,
        ended_by=None,
        floor_minor=do.floor_minor,
    )


def _same(old: PriceEntry, new: PriceEntry) -> bool:
    def told(entry: PriceEntry) -> tuple[object, ...]:
        return entry.price_minor, entry.percent_bp, entry.floor_minor, entry.valid_to

    return told(old) == told(new)


def _check_list(of: PriceList | None, code: str) -> AppError | None:
    if of is None:
        return PriceListNotFound(code=code)
    if of.closed_at is not None:
        return PriceListClosedAlready(code=code, closed_at=of.closed_at.isoformat())
    return None


def _remove(
    do: RemoveListPrice, item: Item, lists: Mapping[str, PriceList], writing: _Writing
) -> PriceEntry | AppError:
    of, target = lists.get(do.price_list), rules.target_of(do)
    if of is None:
        return PriceListNotFound(code=do.price_list)
    if target is None:
        return OneTarget()
    entry = writing.in_force.get((of.id, target[1], do.min_qty, do.valid_from))
    if entry is None or entry.target is not target[0]:
        return ListPriceNotFound(code=of.code)
    if rules.is_before(item.now, entry):
        return LaterListPriceSet(at=entry.set_at.isoformat())
    writing.end(entry, item)
    return entry


def _customer_list(do: AssignPriceList, lists: Mapping[str, PriceList]) -> PriceList | AppError:
    of = lists.get(do.price_list)
    refusal = _check_list(of, do.price_list)
    if refusal is not None:
        return refusal
    assert of is not None
    return of if of.kind is ListKind.CUSTOMER else NotACustomerList(code=of.code, kind=of.kind.value)


def _changed(entry: PriceEntry, lists: Mapping[str, PriceList]) -> ListPriceChanged:
    code = next(each.code for each in lists.values() if each.id == entry.list_id)
    return ListPriceChanged(
        list_id=entry.list_id,
        code=code,
        target=entry.target.value,
        target_id=entry.target_id,
        price_minor=entry.price_minor,
        percent_bp=entry.percent_bp,
        floor_minor=entry.floor_minor,
    )
