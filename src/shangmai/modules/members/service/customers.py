"""The actions on customers, and what other modules ask about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from asyncpg import UniqueViolationError
from msgspec.structs import asdict, replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.crypto import NotAnEmail, NotAPhone
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract import EndReason
from shangmai.modules.members import rules
from shangmai.modules.members.contract import (
    AddAddress,
    Address,
    AddressId,
    AddressNotFound,
    AddressView,
    ClearAddress,
    ClearCustomer,
    CustomerChanged,
    CustomerDetail,
    CustomerErased,
    CustomerId,
    CustomerIsErased,
    CustomerNotFound,
    CustomerRegistered,
    CustomerUpdated,
    CustomerView,
    EmailTaken,
    EraseCustomer,
    KnownByNothing,
    LevelChanged,
    LevelSet,
    PhoneTaken,
    RefTaken,
    RegisterCustomer,
    Registered,
    RemoveAddress,
    SetDefaultAddress,
    SetLevel,
    SeveralCustomersMatch,
    TooManyAddresses,
    UnmaskCustomer,
    UnmaskIsNoRehearsal,
    UpdateCustomer,
)
from shangmai.modules.members.queries import addresses, blocking, customers, levels, sealing, signing_in
from shangmai.modules.members.rules import Customer, Known, Person, Wanted
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId, ShopNotFound

ATTEMPTS_MAX: Final = 20
INPUT_ERRORS: Final = (NotAPhone, NotAnEmail, KnownByNothing)
NOBODY: Final = Person(ref=None, name=None, phone=None, email=None)


# --- actions -------------------------------------------------------------------------------------------------------


@action(
    "members.register",
    grant="members.register",
    many=True,
    scope=lambda do: {"shop": do.shop_id},
    errors=[*INPUT_ERRORS, ShopNotFound, SeveralCustomersMatch, EmailTaken],
)
async def register(tx: Tx, do: Sequence[RegisterCustomer]) -> list[Registered | AppError]:
    """Make somebody a customer of a shop, or recognise the customer that they are already.

    Recognised by reference, then phone, then e-mail; then nothing that is stored changes, whatever else was given, but
    that a customer without a reference gets the one given. So registering again is harmless. Refused: a reference and
    a phone of two different customers; the e-mail of a customer with another phone. An erased customer is recognised
    by reference and stays erased.
    """
    asked = await _asked(tx, do)
    for _ in range(ATTEMPTS_MAX):
        directory = await customers.find_matches(tx, [each for each in asked if isinstance(each, Wanted)])
        decided = rules.decide(asked, directory, iter(new_id, None))
        made = [(_made(known, asked[place], tx.items[place]), tx.items[place]) for place, known in decided.made.items()]
        if await _write(tx, made, decided.linked):
            for customer, item in made:
                tx.emit(CustomerRegistered(customer_id=customer.id, shop_id=customer.shop_id), item)
            return decided.answers
    raise AssertionError(f"the same customers were taken {ATTEMPTS_MAX} times in a row, but are not there")


@action(
    "members.update",
    grant="members.update",
    errors=[CustomerNotFound, CustomerChanged, CustomerIsErased, RefTaken, PhoneTaken, EmailTaken, *INPUT_ERRORS],
)
async def update(tx: Tx, do: UpdateCustomer) -> CustomerView:
    """Change a customer's reference, name, phone or e-mail. A change that changes nothing is no change.

    Raises: CustomerNotFound, CustomerIsErased, CustomerChanged (see `version`), KnownByNothing, NotAPhone, NotAnEmail,
    RefTaken, PhoneTaken, EmailTaken.
    """
    customer = await _lock(tx, do.customer_id)
    if do.version is not None and do.version != customer.version:
        raise CustomerChanged(current=customer.version, version=do.version)
    person = rules.changed(customer.person, do)
    changed = rules.fields_changed(customer.person, person)
    if not changed:
        return rules.masked_customer(customer)
    updated = replace(customer, person=person, version=customer.version + 1)
    await _update(tx, updated, changed)
    tx.emit(CustomerUpdated(customer_id=customer.id, shop_id=customer.shop_id, changed=changed))
    return rules.masked_customer(updated)


@action(
    "members.add_address",
    grant="members.add_address",
    errors=[CustomerNotFound, CustomerIsErased, TooManyAddresses, NotAPhone],
)
async def add_address(tx: Tx, do: AddAddress) -> AddressView:
    """Add an address to a customer; the first one is the default, a later one if asked for.

    Raises: CustomerNotFound, CustomerIsErased, TooManyAddresses, NotAPhone.
    """
    customer = await _lock(tx, do.customer_id)
    if len(await addresses.of_customer(tx, customer.id)) >= rules.ADDRESSES_MAX:
        raise TooManyAddresses(most=rules.ADDRESSES_MAX)
    address, id_ = rules.clean_address(do), AddressId(new_id())
    is_default = do.make_default or customer.default_address_id is None
    await addresses.insert(tx, customer, id_, address)
    if is_default:
        await _set_default(tx, customer, id_)
    return rules.masked_address(address, id_, is_default=is_default)


@action("members.remove_address", grant="members.remove_address", errors=[CustomerNotFound, AddressNotFound])
async def remove_address(tx: Tx, do: RemoveAddress) -> CustomerDetail:
    """Remove an address of a customer; after the default one, the oldest that is left is the default.

    Raises: CustomerNotFound, CustomerIsErased, AddressNotFound.
    """
    customer = await _lock(tx, do.customer_id)
    kept = await _with_address(tx, customer, do.address_id)
    del kept[do.address_id]
    if customer.default_address_id == do.address_id:
        customer = await _set_default(tx, customer, next(iter(kept), None))
    await addresses.delete(tx, customer.id, do.address_id)
    return _detail(customer, kept)


@action("members.set_default_address", grant="members.set_default_address", errors=[CustomerNotFound, AddressNotFound])
async def set_default_address(tx: Tx, do: SetDefaultAddress) -> CustomerDetail:
    """Make one of a customer's addresses the default. Raises: CustomerNotFound, CustomerIsErased, AddressNotFound."""
    customer = await _lock(tx, do.customer_id)
    own = await _with_address(tx, customer, do.address_id)
    return _detail(await _set_default(tx, customer, do.address_id), own)


async def shops_of_customers(tx: Tx, do: Sequence[SetLevel]) -> list[Scope | None]:
    found = {customer.id: customer.shop_id for customer in await customers.get(tx, {each.customer_id for each in do})}
    return [{"shop": found[each.customer_id]} if each.customer_id in found else None for each in do]


@action(
    "members.set_level", grant="members.set_level", many=True, scopes_of=shops_of_customers, errors=[CustomerNotFound]
)
async def set_level(tx: Tx, do: Sequence[SetLevel]) -> list[LevelSet | AppError]:
    """Give customers a level, from now on; setting the level that a customer has changes nothing.

    Locks the customers in order of id. Event members.level_changed.v1.
    """
    shops = await levels.lock_customers(tx, {each.customer_id for each in do})
    now = await levels.levels_of(tx, shops)
    outcomes: list[LevelSet | AppError] = []
    changes = []
    for each, item in zip(do, tx.items, strict=True):
        if each.customer_id not in shops:
            outcomes.append(CustomerNotFound(customer_id=each.customer_id))
            continue
        id_, shop_id, old = each.customer_id, shops[each.customer_id], now.get(each.customer_id, "")
        outcomes.append(LevelSet(customer_id=id_, old=old, level=each.level, changed=old != each.level))
        if old != each.level:
            now[id_] = each.level
            changes.append((id_, shop_id, each.level, item))
            tx.emit(LevelChanged(customer_id=id_, shop_id=shop_id, old=old, level=each.level), item)
    if changes:
        await levels.insert(tx, changes)
    return outcomes


@action("members.unmask", grant="members.unmask", errors=[CustomerNotFound, UnmaskIsNoRehearsal])
async def unmask(tx: Tx, do: UnmaskCustomer) -> ClearCustomer:
    """Show a customer's personal data in clear, once; the action log keeps who asked, when and why, but no clear data.

    Raises: CustomerNotFound, UnmaskIsNoRehearsal.
    """
    if tx.dry_run:
        raise UnmaskIsNoRehearsal()
    return await read_clear(tx, do.customer_id)


@action("members.erase", grant="members.erase", errors=[CustomerNotFound])
async def erase(tx: Tx, do: EraseCustomer) -> CustomerView:
    """Remove a customer's personal data and addresses for good; the row stays for orders and books.

    The reference stays too, so that the next import recognises the customer and does not bring the person back; it
    must therefore be no personal datum itself. Erasing an erased customer changes nothing. Raises: CustomerNotFound.
    """
    customer = await customers.lock(tx, do.customer_id)
    if customer is None:
        raise CustomerNotFound(customer_id=do.customer_id)
    if customer.erased_at is not None:
        return rules.masked_customer(customer)
    erased = replace(
        customer,
        person=replace(NOBODY, ref=customer.person.ref),
        default_address_id=None,
        version=customer.version + 1,
        erased_at=tx.now,
    )
    await customers.update(tx, erased)
    await addresses.delete_all(tx, customer.id)
    await signing_in.delete_password(tx, customer.id)
    await signing_in.end_all(tx, customer.id, EndReason.ERASED)
    await identity.forget_access(tx, customer.id)
    tx.emit(CustomerErased(customer_id=customer.id, shop_id=customer.shop_id))
    return rules.masked_customer(erased)


# --- what other modules ask ----------------------------------------------------------------------------------------


async def shops_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, ShopId]:
    """Give the shops of those of these customers that exist in the caller's scope, in one statement."""
    return await levels.shops_of(tx, ids)


async def levels_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, str]:
    """Give the levels of those of these customers who have one, in one statement."""
    return await levels.levels_of(tx, ids)


async def standing_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, tuple[ShopId, str]]:
    """Give shop and level (empty without one) of those of these customers that exist, in one statement."""
    return await levels.standing_of(tx, ids)


async def get_customers(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, CustomerView]:
    """Give those of these customers that exist in the caller's scope, masked, in one statement."""
    return {customer.id: rules.masked_customer(customer) for customer in await customers.get(tx, ids)}


async def erased_among(tx: Tx, ids: Collection[CustomerId]) -> set[CustomerId]:
    """Give those of these customers whose personal data was erased, in one statement."""
    return await customers.erased_among(tx, ids)


async def find_by_refs(tx: Tx, shop_id: ShopId, refs: Collection[str]) -> dict[str, CustomerId]:
    """Give the customers of these references in the shop, those that exist, in one statement."""
    return await customers.find_by_refs(tx, shop_id, refs)


async def read_customer(tx: Tx, id: CustomerId) -> CustomerDetail:
    """Show a customer with addresses, masked. Raises: CustomerNotFound."""
    found = await customers.get(tx, [id])
    if not found:
        raise CustomerNotFound(customer_id=id)
    detail = _detail(found[0], await addresses.of_customer(tx, id))
    return replace(detail, blocked=(await blocking.among(tx, [id])).get(id))


async def read_clear(tx: Tx, id: CustomerId) -> ClearCustomer:
    """Give a customer with addresses in clear, for nobody but the customer themselves. Raises: CustomerNotFound."""
    found = await customers.get(tx, [id])
    if not found:
        raise CustomerNotFound(customer_id=id)
    return _clear(found[0], await addresses.of_customer(tx, id))


# --- parts of the actions ------------------------------------------------------------------------------------------


async def _asked(tx: Tx, do: Sequence[RegisterCustomer]) -> list[Wanted | AppError]:
    """What to look for, or why not."""
    shops = await organization.get_shops(tx, {each.shop_id for each in do})
    return [_wanted(each) if each.shop_id in shops else ShopNotFound(shop_id=each.shop_id) for each in do]


def _wanted(do: RegisterCustomer) -> Wanted | AppError:
    try:
        return sealing.wanted(do.shop_id, rules.clean(do))
    except AppError as refusal:
        return refusal


def _made(known: Known, wanted: Wanted | AppError, item: Item) -> Customer:
    assert isinstance(wanted, Wanted), "what was refused makes nobody"
    return Customer(
        id=known.id, shop_id=known.shop_id, person=replace(wanted.person, ref=known.ref), created_at=item.now
    )


async def _write(tx: Tx, made: Sequence[tuple[Customer, Item]], linked: Mapping[CustomerId, str]) -> bool:
    """Write; False, and nothing written, when another transaction registered one of them meanwhile.

    That one has committed then, so the next look recognises its customers.
    """
    try:
        async with tx.savepoint():
            if made:
                await customers.insert(tx, made)
            if linked and await customers.link_refs(tx, linked) < len(linked):
                raise _Overtaken
    except (UniqueViolationError, _Overtaken):
        return False
    return True


class _Overtaken(Exception):
    """Another transaction has given one of the customers a reference since we looked."""


async def _lock(tx: Tx, id: CustomerId) -> Customer:
    """Hold a customer that can be changed. Raises: CustomerNotFound, CustomerIsErased."""
    customer = await customers.lock(tx, id)
    if customer is None:
        raise CustomerNotFound(customer_id=id)
    if customer.erased_at is not None:
        raise CustomerIsErased(customer_id=id)
    return customer


async def _update(tx: Tx, customer: Customer, changed: Collection[str]) -> None:
    """Write what changed, if nobody else has it. Raises: RefTaken, PhoneTaken, EmailTaken."""
    person = replace(NOBODY, **{name: value for name, value in asdict(customer.person).items() if name in changed})
    wanted = sealing.wanted(customer.shop_id, person)
    for _ in range(ATTEMPTS_MAX):
        (await customers.find_matches(tx, [wanted])).check_free(wanted, customer.id)
        try:
            async with tx.savepoint():
                return await customers.update(tx, customer)
        except UniqueViolationError:
            continue  # somebody was faster by a moment, and can be seen now
    raise AssertionError(f"a value was taken {ATTEMPTS_MAX} times in a row, but nobody has it")


async def _with_address(tx: Tx, customer: Customer, id: AddressId) -> dict[AddressId, Address]:
    """The customer's addresses, this one among them. Raises: AddressNotFound."""
    own = await addresses.of_customer(tx, customer.id)
    if id not in own:
        raise AddressNotFound(customer_id=customer.id, address_id=id)
    return own


async def _set_default(tx: Tx, customer: Customer, id: AddressId | None) -> Customer:
    if customer.default_address_id == id:
        return customer
    updated = replace(customer, default_address_id=id, version=customer.version + 1)
    await customers.update(tx, updated)
    return updated


def _detail(customer: Customer, own: Mapping[AddressId, Address]) -> CustomerDetail:
    return CustomerDetail(
        customer=rules.masked_customer(customer),
        addresses=tuple(
            rules.masked_address(address, id, is_default=id == customer.default_address_id)
            for id, address in own.items()
        ),
    )


def _clear(customer: Customer, own: Mapping[AddressId, Address]) -> ClearCustomer:
    return ClearCustomer(
        id=customer.id,
        shop_id=customer.shop_id,
        **asdict(customer.person),
        addresses=tuple(
            ClearAddress(id=id, is_default=id == customer.default_address_id, **asdict(address))
            for id, address in own.items()
        ),
    )
