"""The SQL on customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.queries import sealing
from shangmai.modules.members.rules import Customer, Directory, Known, Person, Wanted
from shangmai.modules.organization.contract import ShopId

CUSTOMER: Final = (
    "SELECT c.id, c.shop_id, c.ref, c.name, c.phone, c.email, c.default_address_id, c.version, c.created_at,"
    " c.erased_at FROM customers c"
)
MATCH: Final = "SELECT c.id, c.shop_id, c.ref, c.phone_hash, c.email_hash FROM customers c"


async def erased_among(tx: Tx, ids: Collection[CustomerId]) -> set[CustomerId]:
    rows = await tx.fetch("SELECT id FROM customers WHERE id = ANY ($1::uuid[]) AND erased_at IS NOT NULL", list(ids))
    return {row["id"] for row in rows}


async def find_matches(tx: Tx, wanted: Sequence[Wanted]) -> Directory:
    """The customers that have anything of what is looked for, whichever master key wrote it; in one statement."""
    refs = [(w.shop_id, w.person.ref) for w in wanted if w.person.ref is not None]
    phones = [(w.shop_id, hash) for w in wanted for hash in w.phone_hashes]
    emails = [(w.shop_id, hash) for w in wanted for hash in w.email_hashes]
    rows = await tx.fetch(
        MATCH + " JOIN unnest($1::uuid[], $2::text[]) AS w (shop_id, ref) ON (c.shop_id, c.ref) = (w.shop_id, w.ref)"
        " UNION " + MATCH + " JOIN unnest($3::uuid[], $4::bytea[]) AS w (shop_id, hash)"
        " ON (c.shop_id, c.phone_hash) = (w.shop_id, w.hash)"
        " UNION " + MATCH + " JOIN unnest($5::uuid[], $6::bytea[]) AS w (shop_id, hash)"
        " ON (c.shop_id, c.email_hash) = (w.shop_id, w.hash)",
        *_two_columns(refs),
        *_two_columns(phones),
        *_two_columns(emails),
    )
    return _directory(rows)


def _two_columns(pairs: Sequence[tuple[object, object]]) -> tuple[list[object], list[object]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


def _directory(rows: Sequence[Record]) -> Directory:
    directory = Directory()
    for row in rows:
        phone_hash, email_hash = row["phone_hash"], row["email_hash"]
        known = Known(id=row["id"], shop_id=row["shop_id"], ref=row["ref"], has_phone=phone_hash is not None)
        directory.add(
            known,
            phone_hashes=[] if phone_hash is None else [phone_hash],
            email_hashes=[] if email_hash is None else [email_hash],
        )
    return directory


async def insert(tx: Tx, customers: Sequence[tuple[Customer, Item]]) -> None:
    """Raises: UniqueViolationError.

    In one order everywhere, so that two lists of the same people wait for each other in one direction only.
    """
    customers = sorted(customers, key=lambda each: (each[0].person.phone or "", each[0].person.ref or ""))
    people = [customer.person for customer, _ in customers]
    names, phones, emails = sealing.seal(people, [customer.id for customer, _ in customers])
    await tx.execute(
        "INSERT INTO customers (id, shop_id, ref, name, phone, phone_hash, email, email_hash, created_at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[],"
        " $8::bytea[], $9::timestamptz[], $10::uuid[])",
        [customer.id for customer, _ in customers],
        [customer.shop_id for customer, _ in customers],
        [person.ref for person in people],
        names,
        phones,
        [sealing.hash_of(sealing.PHONE, person.phone) for person in people],
        emails,
        [sealing.hash_of(sealing.EMAIL, person.email) for person in people],
        [customer.created_at for customer, _ in customers],
        [item.cause for _, item in customers],
    )


async def link_refs(tx: Tx, refs: Mapping[CustomerId, str]) -> int:
    """Give references to customers that have none; how many had none. Raises: UniqueViolationError."""
    rows = await tx.fetch(
        "UPDATE customers c SET ref = l.ref, version = version + 1 FROM unnest($1::uuid[], $2::text[]) AS l (id, ref)"
        " WHERE c.id = l.id AND c.ref IS NULL RETURNING c.id",
        list(refs),
        list(refs.values()),
    )
    return len(rows)


async def lock(tx: Tx, id: CustomerId) -> Customer | None:
    row = await tx.fetchrow(CUSTOMER + " WHERE c.id = $1 FOR NO KEY UPDATE", id)
    return None if row is None else _customer(row)


async def update(tx: Tx, customer: Customer) -> None:
    """Raises: UniqueViolationError."""
    person = customer.person
    (name,), (phone,), (email,) = sealing.seal([person], [customer.id])
    await tx.execute(
        "UPDATE customers SET ref = $2, name = $3, phone = $4, phone_hash = $5, email = $6, email_hash = $7,"
        " default_address_id = $8, version = $9, erased_at = $10 WHERE id = $1",
        customer.id,
        person.ref,
        name,
        phone,
        sealing.hash_of(sealing.PHONE, person.phone),
        email,
        sealing.hash_of(sealing.EMAIL, person.email),
        customer.default_address_id,
        customer.version,
        customer.erased_at,
    )


async def get(tx: Tx, ids: Collection[CustomerId]) -> list[Customer]:
    return [_customer(row) for row in await tx.fetch(CUSTOMER + " WHERE c.id = ANY ($1::uuid[])", list(ids))]


async def find_by_refs(tx: Tx, shop_id: ShopId, refs: Collection[str]) -> dict[str, CustomerId]:
    rows = await tx.fetch(
        "SELECT ref, id FROM customers WHERE shop_id = $1 AND ref = ANY ($2::text[])", shop_id, list(refs)
    )
    return {row["ref"]: row["id"] for row in rows}


async def search(
    tx: Tx,
    *,
    phone: str | None,
    email: str | None,
    ref: str | None,
    shop_id: ShopId | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Customer]:
    """The newest first; phone and e-mail normalized."""
    at, id = before or (None, None)
    rows = await tx.fetch(
        CUSTOMER + " WHERE ($1::bytea[] IS NULL OR c.phone_hash = ANY ($1))"
        " AND ($2::bytea[] IS NULL OR c.email_hash = ANY ($2)) AND ($3::text IS NULL OR c.ref = $3)"
        " AND ($4::uuid IS NULL OR c.shop_id = $4)"
        " AND ($5::timestamptz IS NULL OR (c.created_at, c.id) < ($5, $6::uuid))"
        " ORDER BY c.created_at DESC, c.id DESC LIMIT $7",
        None if phone is None else sealing.hashes_of(sealing.PHONE, phone),
        None if email is None else sealing.hashes_of(sealing.EMAIL, email),
        ref,
        shop_id,
        at,
        id,
        limit,
    )
    return [_customer(row) for row in rows]


def _customer(row: Record) -> Customer:
    id = row["id"]
    name, phone, email = (sealing.open_column(column, row[column], id) for column in sealing.COLUMNS)
    return Customer(
        id=id,
        shop_id=row["shop_id"],
        person=Person(ref=row["ref"], name=name, phone=phone, email=email),
        default_address_id=row["default_address_id"],
        version=row["version"],
        created_at=row["created_at"],
        erased_at=row["erased_at"],
    )
