"""How personal data is stored: encrypted for its column and its customer, with keyed hashes to look it up by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shangmai.kernel.crypto import ColumnCipher, current_vault
from shangmai.modules.members.contract import Address, CustomerId
from shangmai.modules.members.rules import Person, Wanted
from shangmai.modules.organization.contract import ShopId

PHONE: Final = "customers/phone"
EMAIL: Final = "customers/email"
COLUMNS: Final = ("name", "phone", "email")
_read_address = msgspec.json.Decoder(Address).decode


def seal(people: Sequence[Person], owners: Sequence[CustomerId]) -> tuple[list[bytes | None], ...]:
    """Give name, phone and e-mail as columns of ciphertexts, each bound to its customer."""
    return tuple(
        _cipher(column).encrypt_many([getattr(person, column) for person in people], owners) for column in COLUMNS
    )


def open_column(column: str, sealed: bytes | None, owner: CustomerId) -> str | None:
    return None if sealed is None else _cipher(column).decrypt(sealed, owner)


def hash_of(context: str, text: str | None) -> bytes | None:
    """Give the hash to store; under the newest master key."""
    return None if text is None else current_vault().keyed_hash(context, text)


def hashes_of(context: str, text: str | None) -> list[bytes]:
    """Give the hashes to look for: of a row written under any master key."""
    return [] if text is None else current_vault().lookup_hashes(context, text)


def wanted(shop_id: ShopId, person: Person) -> Wanted:
    return Wanted(
        shop_id=shop_id,
        person=person,
        phone_hashes=hashes_of(PHONE, person.phone),
        email_hashes=hashes_of(EMAIL, person.email),
    )


def seal_address(address: Address, owner: CustomerId) -> bytes:
    return current_vault().column("customer_addresses", "sealed").encrypt(msgspec.json.encode(address).decode(), owner)


def open_address(sealed: bytes, owner: CustomerId) -> Address:
    return _read_address(current_vault().column("customer_addresses", "sealed").decrypt(sealed, owner))


def _cipher(column: str) -> ColumnCipher:
    return current_vault().column("customers", column)
