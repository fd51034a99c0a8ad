"""What customers do for themselves."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import NotAnEmail, NotAPhone
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract import EndReason
from shangmai.modules.identity.contract.errors import (
    CurrentPasswordWrong,
    NoPreview,
    PasswordTooWeak,
    SignInThrottled,
)
from shangmai.modules.members.contract import (
    AddAddress,
    AddressNotFound,
    ClearCustomer,
    CustomerChanged,
    CustomerId,
    CustomerIsErased,
    CustomerNotFound,
    EmailTaken,
    EraseCustomer,
    RemoveAddress,
    SetDefaultAddress,
    TooManyAddresses,
    UpdateCustomer,
)
from shangmai.modules.members.contract.signing_in import (
    AddOwnAddress,
    CodeWrong,
    CustomerNeeded,
    EraseOwn,
    OwnAddress,
    OwnErased,
    PasswordIsSet,
    SetOwnPassword,
    UpdateOwn,
)
from shangmai.modules.members.queries import customers
from shangmai.modules.members.queries import signing_in as queries
from shangmai.modules.members.rules import signing_in as rules
from shangmai.modules.members.service.acting import customer_of, shop_of
from shangmai.modules.members.service.customers import (
    add_address,
    erase,
    read_clear,
    remove_address,
    set_default_address,
    update,
)
from shangmai.modules.members.service.signing_in import proven_phone

GRANT: Final = "members.own"
REFUSED: Final = (CustomerNeeded, CustomerNotFound, CustomerIsErased)


@action("members.update_own", grant=GRANT, errors=[*REFUSED, CustomerChanged, EmailTaken, NotAnEmail])
async def update_own(tx: Tx, do: UpdateOwn) -> ClearCustomer:
    """Change your name or e-mail.

    Raises: CustomerNeeded, CustomerIsErased, CustomerChanged, EmailTaken, NotAnEmail.
    """
    id = customer_of(tx.actor)
    await update(tx, UpdateCustomer(customer_id=id, version=do.version, name=do.name, email=do.email))
    return await read_clear(tx, id)


@action("members.add_own_address", grant=GRANT, errors=[*REFUSED, TooManyAddresses, NotAPhone])
async def add_own_address(tx: Tx, do: AddOwnAddress) -> ClearCustomer:
    """Add an address of yours; the first one is the default, a later one if asked for.

    Raises: CustomerNeeded, CustomerIsErased, TooManyAddresses, NotAPhone.
    """
    id = customer_of(tx.actor)
    await add_address(
        tx,
        AddAddress(
            customer_id=id,
            name=do.name,
            phone=do.phone,
            province=do.province,
            city=do.city,
            district=do.district,
            street=do.street,
            make_default=do.make_default,
        ),
    )
    return await read_clear(tx, id)


@action("members.remove_own_address", grant=GRANT, errors=[*REFUSED, AddressNotFound])
async def remove_own_address(tx: Tx, do: OwnAddress) -> ClearCustomer:
    """Remove an address of yours; after the default one, the oldest that is left is the default.

    Raises: CustomerNeeded, CustomerIsErased, AddressNotFound.
    """
    id = customer_of(tx.actor)
    await remove_address(tx, RemoveAddress(customer_id=id, address_id=do.address_id))
    return await read_clear(tx, id)


@action("members.set_own_default_address", grant=GRANT, errors=[*REFUSED, AddressNotFound])
async def set_own_default_address(tx: Tx, do: OwnAddress) -> ClearCustomer:
    """Make one of your addresses the default. Raises: CustomerNeeded, CustomerIsErased, AddressNotFound."""
    id = customer_of(tx.actor)
    await set_default_address(tx, SetDefaultAddress(customer_id=id, address_id=do.address_id))
    return await read_clear(tx, id)


@action(
    "members.set_own_password",
    grant=GRANT,
    present_only=True,
    errors=[CustomerNeeded, PasswordTooWeak, CurrentPasswordWrong, CodeWrong, SignInThrottled, NoPreview],
)
async def set_own_password(tx: Tx, do: SetOwnPassword) -> PasswordIsSet:
    """Set the password you sign in with; every session of yours ends, this one too.

    The first password needs nothing more. A wrong guess is refused and counted, so this cannot be previewed.
    Raises: CustomerNeeded, PasswordTooWeak, CurrentPasswordWrong, CodeWrong, SignInThrottled, NoPreview.
    """
    if tx.dry_run:
        raise NoPreview()
    id = customer_of(tx.actor)
    identity.check_password(do.password, str(id))
    stored = await queries.lock_password(tx, id)
    if stored is not None and (refusal := await _unproven(tx, id, stored, do)):
        return identity.returned(refusal)  # type: ignore[no-any-return]
    await queries.set_password(tx, id, shop_of(tx.actor), await identity.hash_password(do.password))
    await queries.end_all(tx, id, EndReason.PASSWORD)
    await identity.forget_access(tx, id)
    return PasswordIsSet(customer_id=id)


@action(
    "members.erase_own",
    grant=GRANT,
    present_only=True,
    errors=[*REFUSED, CurrentPasswordWrong, CodeWrong, SignInThrottled, NoPreview],
)
async def erase_own(tx: Tx, do: EraseOwn) -> OwnErased:
    """Remove your personal data, addresses and what you sign in with, for good; every session of yours ends.

    It takes the password, or a code sent to your phone; a wrong guess is refused and counted, so this cannot be
    previewed. Event members.erased.v1. Raises: CustomerNeeded, CustomerNotFound, CurrentPasswordWrong, CodeWrong,
    SignInThrottled, NoPreview.
    """
    if tx.dry_run:
        raise NoPreview()
    id = customer_of(tx.actor)
    stored = await queries.lock_password(tx, id)
    if stored is None and (do.challenge is None or do.code is None):
        raise CodeWrong()
    if refusal := await _unproven(tx, id, stored or "", do):
        return identity.returned(refusal)  # type: ignore[no-any-return]
    await erase(tx, EraseCustomer(customer_id=id, reason="本人注销"))
    return OwnErased(customer_id=id)


async def _unproven(tx: Tx, id: CustomerId, stored: str, do: SetOwnPassword | EraseOwn) -> AppError | None:
    """Why this is not proven to be the customer: a phone left open on a table is not enough."""
    if do.challenge is not None and do.code is not None:
        proven = await proven_phone(tx, do.challenge, do.code)
        (own,) = await customers.get(tx, [id])
        return None if proven == (own.shop_id, own.person.phone) else CodeWrong()
    bucket = rules.own_password_bucket(id)
    if wait := await identity.count_attempt(tx, [bucket]):
        return SignInThrottled(retry_after_s=wait)
    is_right, _ = await identity.verify_password(do.current_password or "", stored)
    if not is_right:
        return CurrentPasswordWrong()
    await identity.forgive(tx, [bucket])
    return None
