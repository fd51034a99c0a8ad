"""Who somebody is, what is kept of them, and how it is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import UNSET, Struct
from msgspec.structs import replace

from shangmai.kernel.crypto import mask_address, mask_name, mask_phone, normalize_email, normalize_phone
from shangmai.kernel.errors import AppError
from shangmai.modules.members.contract import (
    Address,
    AddressId,
    AddressView,
    CustomerId,
    CustomerView,
    EmailTaken,
    KnownByNothing,
    MatchedBy,
    PhoneTaken,
    RefTaken,
    RegisterCustomer,
    Registered,
    SeveralCustomersMatch,
    UpdateCustomer,
)
from shangmai.modules.organization.contract import ShopId

ADDRESSES_MAX: Final = 20
FIELDS: Final = ("ref", "name", "phone", "email")


class Person(Struct, frozen=True, kw_only=True):
    """What is known of somebody, in clear and normalized."""

    ref: str | None
    name: str | None
    phone: str | None
    email: str | None


class Customer(Struct, frozen=True, kw_only=True):
    """A customer as stored, in clear; never leaves the module so."""

    id: CustomerId
    shop_id: ShopId
    person: Person
    default_address_id: AddressId | None = None
    version: int = 1
    created_at: datetime
    erased_at: datetime | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """Somebody to look for in a shop. The hashes are under every master key, the newest first; none for no value."""

    shop_id: ShopId
    person: Person
    phone_hashes: Sequence[bytes]
    email_hashes: Sequence[bytes]


class Known(Struct, kw_only=True, eq=False):
    """A customer as far as recognising goes."""

    id: CustomerId
    shop_id: ShopId
    ref: str | None
    has_phone: bool


class Decided(Struct, kw_only=True):
    """Registrations after deciding: an answer each; whom to make, by place; references for customers without one."""

    answers: list[Registered | AppError] = []
    made: dict[int, Known] = {}
    linked: dict[CustomerId, str] = {}


class Directory:
    """The customers of some shops by what they are known by, growing as a batch registers more."""

    def __init__(self) -> None:
        self._by_ref: dict[tuple[ShopId, str], Known] = {}
        self._by_phone: dict[tuple[ShopId, bytes], Known] = {}
        self._by_email: dict[tuple[ShopId, bytes], Known] = {}

    def add(self, customer: Known, *, phone_hashes: Sequence[bytes], email_hashes: Sequence[bytes]) -> None:
        if customer.ref is not None:
            self._by_ref[customer.shop_id, customer.ref] = customer
        self._by_phone.update({(customer.shop_id, hash): customer for hash in phone_hashes})
        self._by_email.update({(customer.shop_id, hash): customer for hash in email_hashes})

    def find(self, wanted: Wanted) -> tuple[Known, MatchedBy] | None:
        """Recognise somebody by reference, then phone, then e-mail.

        An e-mail address is shared more easily than a phone: it is no match for somebody who gives a phone when the
        customer has another one. Raises: SeveralCustomersMatch, EmailTaken.
        """
        by_ref, by_phone = self.by_ref(wanted), self.by_phone(wanted)
        if by_ref is not None and by_phone is not None and by_ref is not by_phone:
            raise SeveralCustomersMatch(by_ref=by_ref.id, by_phone=by_phone.id)
        if by_ref is not None:
            return by_ref, MatchedBy.REF
        if by_phone is not None:
            return by_phone, MatchedBy.PHONE
        by_email = self.by_email(wanted)
        if by_email is None:
            return None
        if by_email.has_phone and wanted.person.phone is not None:
            raise EmailTaken(customer_id=by_email.id)
        return by_email, MatchedBy.EMAIL

    def by_ref(self, wanted: Wanted) -> Known | None:
        return self._by_ref.get((wanted.shop_id, wanted.person.ref or ""))

    def by_phone(self, wanted: Wanted) -> Known | None:
        return _first(self._by_phone, wanted.shop_id, wanted.phone_hashes)

    def by_email(self, wanted: Wanted) -> Known | None:
        return _first(self._by_email, wanted.shop_id, wanted.email_hashes)

    def check_free(self, wanted: Wanted, owner: CustomerId) -> None:
        """Raises: RefTaken, PhoneTaken, EmailTaken, if another customer than the owner has one of them."""
        taken = ((self.by_ref, RefTaken), (self.by_phone, PhoneTaken), (self.by_email, EmailTaken))
        for find, refusal in taken:
            other = find(wanted)
            if other is not None and other.id != owner:
                raise refusal(customer_id=other.id)

    def link(self, customer: Known, ref: str) -> None:
        customer.ref = ref
        self._by_ref[customer.shop_id, ref] = customer


def _first(by_hash: Mapping[tuple[ShopId, bytes], Known], shop_id: ShopId, hashes: Sequence[bytes]) -> Known | None:
    found = (by_hash.get((shop_id, hash)) for hash in hashes)
    return next((customer for customer in found if customer is not None), None)


def decide(asked: Sequence[Wanted | AppError], directory: Directory, ids: Iterator[UUID]) -> Decided:
    """Decide registrations in their order, each knowing those before it; what was refused already stays refused."""
    decided = Decided()
    for place, wanted in enumerate(asked):
        try:
            answer = wanted if isinstance(wanted, AppError) else _register(place, wanted, directory, decided, ids)
        except AppError as refusal:
            answer = refusal
        decided.answers.append(answer)
    return decided


def _register(place: int, wanted: Wanted, directory: Directory, decided: Decided, ids: Iterator[UUID]) -> Registered:
    match = directory.find(wanted)
    if match is None:
        return Registered(customer_id=_make(place, wanted, directory, decided, ids))
    known, matched_by = match
    if known.ref is None and wanted.person.ref is not None:
        directory.link(known, wanted.person.ref)
        if known not in decided.made.values():  # one made by this list is written with it
            decided.linked[known.id] = wanted.person.ref
    return Registered(customer_id=known.id, matched_by=matched_by)


def _make(place: int, wanted: Wanted, directory: Directory, decided: Decided, ids: Iterator[UUID]) -> CustomerId:
    person = wanted.person
    known = Known(id=CustomerId(next(ids)), shop_id=wanted.shop_id, ref=person.ref, has_phone=person.phone is not None)
    directory.add(known, phone_hashes=wanted.phone_hashes, email_hashes=wanted.email_hashes)
    decided.made[place] = known
    return known.id


def clean(do: RegisterCustomer) -> Person:
    """Normalize what was given. Raises: NotAPhone, NotAnEmail, KnownByNothing."""
    person = Person(
        ref=_trimmed(do.ref),
        name=_trimmed(do.name),
        phone=normalize_phone(do.phone) if do.phone else None,
        email=normalize_email(do.email) if do.email else None,
    )
    check_known_by_something(person)
    return person


def changed(person: Person, do: UpdateCustomer) -> Person:
    """Give the person with the changes. Raises: NotAPhone, NotAnEmail, KnownByNothing."""
    ref, name, phone, email = do.ref, do.name, do.phone, do.email
    new = replace(
        person,
        ref=person.ref if ref is UNSET else _trimmed(ref),
        name=person.name if name is UNSET else _trimmed(name),
        phone=person.phone if phone is UNSET else normalize_phone(phone) if phone else None,
        email=person.email if email is UNSET else normalize_email(email) if email else None,
    )
    check_known_by_something(new)
    return new


def check_known_by_something(person: Person) -> None:
    if person.ref is None and person.phone is None and person.email is None:
        raise KnownByNothing()


def fields_changed(old: Person, new: Person) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if getattr(old, name) != getattr(new, name))


def clean_address(do: Address) -> Address:
    """Normalize an address. Raises: NotAPhone."""
    return Address(
        name=do.name.strip(),
        phone=normalize_phone(do.phone),
        province=do.province.strip(),
        city=do.city.strip(),
        district=do.district.strip(),
        street=do.street.strip(),
    )


def masked_customer(customer: Customer) -> CustomerView:
    person = customer.person
    return CustomerView(
        id=customer.id,
        shop_id=customer.shop_id,
        ref=person.ref,
        name=mask_name(person.name) if person.name else None,
        phone=mask_phone(person.phone) if person.phone else None,
        email=mask_email(person.email) if person.email else None,
        erased=customer.erased_at is not None,
        version=customer.version,
        created_at=customer.created_at,
    )


def masked_address(address: Address, id: AddressId, *, is_default: bool) -> AddressView:
    return AddressView(
        id=id,
        name=mask_name(address.name),
        phone=mask_phone(address.phone),
        address=mask_address(f"{address.province}{address.city}{address.district}{address.street}"),
        is_default=is_default,
    )


def mask_email(email: str) -> str:
    """Keep the first letter and the domain: zhang.san@example.com → z***@example.com."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None
