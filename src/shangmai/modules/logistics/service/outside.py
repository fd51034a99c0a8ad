"""Which outside systems this process knows, and accounts as they take them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract.carriers import (
    Adapter,
    Carrier,
    CarrierAccountId,
    CarrierAccountIncomplete,
    CarrierAccountNotFound,
    NoSender,
    PushAddress,
)
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelId, ReceiverGone
from shangmai.modules.logistics.providers.cainiao import Cainiao
from shangmai.modules.logistics.providers.jdl import Jdl
from shangmai.modules.logistics.providers.kdniao import KdNiao
from shangmai.modules.logistics.providers.kuaidi100 import Kuaidi100
from shangmai.modules.logistics.providers.port import Account, Provider, Sending
from shangmai.modules.logistics.providers.sf import Sf
from shangmai.modules.logistics.queries import carriers, parcels
from shangmai.modules.logistics.queries.carriers import StoredAccount

PROVIDERS: Final[Mapping[Adapter, Provider]] = {
    Adapter.SF: Sf(),
    Adapter.JDL: Jdl(),
    Adapter.CAINIAO: Cainiao(),
    Adapter.KDNIAO: KdNiao(),
    Adapter.KUAIDI100: Kuaidi100(),
}
assert {Adapter.BUILTIN, *PROVIDERS} == set(Adapter), "a new adapter must have its provider"
AGGREGATORS: Final = (Adapter.KUAIDI100, Adapter.KDNIAO)
"""They tell of parcels of every carrier, whoever gave the number."""
PUSH_CONTEXT: Final = "logistics/push"

_public_url: str | None = None


class Outside(Struct, frozen=True):
    """A parcel, and the system that is to be asked about it. `asked`: it may know of the parcel already."""

    parcel: Parcel
    provider: Provider
    account: Account
    asked: bool
    attempts: int
    phone: str


def use_public_url(url: str | None) -> None:
    """Set how the outside reaches this process, where that is not as the settings say."""
    global _public_url
    _public_url = url


def public_url() -> str:
    """How the outside reaches this installation, without a slash at its end."""
    if _public_url is not None:
        return _public_url.rstrip("/")
    settings = Settings.load()
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def default_url(adapter: Adapter) -> str:
    return PROVIDERS[adapter].url if adapter in PROVIDERS else ""


def check_complete(stored: StoredAccount) -> None:
    """Raises: CarrierAccountIncomplete, for an account that can't be signed for."""
    provider = PROVIDERS.get(stored.account.adapter)
    if provider is None:
        return
    filled = {
        "partner": stored.account.partner,
        "secret": stored.secret,
        "token": stored.token,
        "monthly_account": stored.account.monthly_account,
    }
    missing = [name for name in provider.needs if not filled[name]]
    if missing:
        raise CarrierAccountIncomplete(adapter=provider.name, missing=", ".join(missing))


def push_token(account_id: UUID) -> str:
    """The part of the address for pushes that only who was told it knows: SF signs none, so it is all there is."""
    return current_vault().keyed_hash(PUSH_CONTEXT, account_id.hex).hex()[:32]


def is_push_token(account_id: UUID, token: str) -> bool:
    known = current_vault().lookup_hashes(PUSH_CONTEXT, account_id.hex)
    return any(hmac.compare_digest(each.hex()[:32].encode(), token.encode()) for each in known)


def opened(stored: StoredAccount, carrier: Carrier) -> Account:
    """An account as its system takes it, for parcels of this carrier."""
    told = stored.account
    called = {
        Adapter.KUAIDI100: carrier.kuaidi100,
        Adapter.KDNIAO: carrier.kdniao,
        Adapter.CAINIAO: carrier.cainiao,
    }
    return Account(
        id=told.id,
        carrier=called.get(told.adapter) or carrier.code,
        partner=told.partner,
        secret=stored.secret,
        token=stored.token,
        monthly_account=told.monthly_account,
        base_url=told.base_url,
        push_url=push_url(told.id),
    )


def push_url(account_id: UUID) -> str:
    """Where the system of an account pushes to."""
    return f"{public_url()}/api/v1/logistics/callbacks/{account_id}/{push_token(account_id)}"


async def push_address(tx: Tx, account_id: CarrierAccountId) -> PushAddress:
    """The address that is entered in a carrier's console.

    Raises: CarrierAccountNotFound, also for one with a pool of numbers, to which nobody pushes.
    """
    for account in await carriers.list_accounts(tx, None):
        if account.id == account_id and account.adapter in PROVIDERS:
            return PushAddress(account_id=account.id, url=push_url(account.id))
    raise CarrierAccountNotFound(account_id=account_id)


async def booked_at(tx: Tx, parcel_id: ParcelId) -> Outside | None:
    """The parcel and the system by which it is booked; None where none is outside."""
    found = await parcels.with_account(tx, parcel_id)
    if found is None or found.parcel.account_id is None:
        return None
    stored = await carriers.find_account(tx, found.parcel.account_id)
    assert stored is not None, "a parcel names an account, and none is deleted"
    return await _outside(tx, found, stored)


async def told_by(tx: Tx, parcel_id: ParcelId) -> Outside | None:
    """The parcel and the system that tells of it: its own, else one that tells of all carriers'; None without any."""
    found = await parcels.with_account(tx, parcel_id)
    if found is None:
        return None
    parcel = found.parcel
    own = await carriers.find_account(tx, parcel.account_id) if parcel.account_id is not None else None
    others = await carriers.stored_accounts(tx, parcel.company_id, [each.value for each in AGGREGATORS])
    for stored in ([] if own is None else [own]) + others:
        provider = PROVIDERS.get(stored.account.adapter)
        if provider is not None and provider.can_track:
            return await _outside(tx, found, stored)
    return None


async def _outside(tx: Tx, found: parcels.Asked, stored: StoredAccount) -> Outside | None:
    provider = PROVIDERS.get(stored.account.adapter)
    if provider is None:
        return None
    carrier = await carriers.get_carrier(tx, found.parcel.carrier)
    receivers = await parcels.receivers_of(tx, [found.parcel.id])
    phone = receivers[found.parcel.id].phone if found.parcel.id in receivers else ""
    return Outside(found.parcel, provider, opened(stored, carrier), found.asked, found.attempts, phone)


async def sending_of(tx: Tx, parcel: Parcel) -> Sending:
    """The parcel with who sends and who gets it. Raises: NoSender, ReceiverGone."""
    sender = (await carriers.senders(tx, [parcel.warehouse_id])).get(parcel.warehouse_id)
    if sender is None:
        raise NoSender(warehouse_id=parcel.warehouse_id)
    receiver = (await parcels.receivers_of(tx, [parcel.id])).get(parcel.id)
    if receiver is None:
        raise ReceiverGone(number=parcel.number)
    return Sending(parcel=parcel, sender=sender, receiver=receiver)


def codes_of(every: Sequence[Carrier], adapter: Adapter) -> dict[str, str]:
    """The carriers' codes by what a system calls them."""
    if adapter is Adapter.KUAIDI100:
        return {each.kuaidi100: each.code for each in every if each.kuaidi100}
    if adapter is Adapter.KDNIAO:
        return {each.kdniao: each.code for each in every if each.kdniao}
    return {each.code: each.code for each in every}
