"""What an outside system that gives waybills or tells of parcels must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Unusable
from shangmai.modules.logistics.contract.carriers import Sender
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelReceiver
from shangmai.modules.logistics.contract.tracking import Scan


class Unheard(Unusable):
    """What came is not from whom it says, or can't be read; the reason says why."""


class Account(Struct, frozen=True, kw_only=True):
    """An account as its system takes it. `carrier`: what that system calls it. `push_url`: where it may tell us."""

    id: UUID
    carrier: str
    partner: str
    secret: str
    token: str
    monthly_account: str
    base_url: str
    push_url: str

    def __repr__(self) -> str:
        return f"Account({self.id}, {self.carrier}, {self.partner})"


class Sending(Struct, frozen=True, kw_only=True):
    """A parcel to be booked, with who sends and who gets it. Its id is the order's number at the carrier."""

    parcel: Parcel
    sender: Sender
    receiver: ParcelReceiver

    @property
    def order(self) -> str:
        return order_of(self.parcel)


class Given(Struct, frozen=True):
    """A waybill, and the sorting code where there is one."""

    waybill: str
    route: str = ""


class Told(Struct, frozen=True):
    """A push as it came: the form or the body, still text."""

    form: Mapping[str, str]
    body: str


class Pushed(Struct, frozen=True):
    """What a push tells of one parcel. `carrier`: as the sender calls it."""

    carrier: str
    waybill: str
    scans: Sequence[Scan]


class Provider(Protocol):
    """One system. `needs`: fields of an account that must be filled.

    `can_find`: whether a booking that went unanswered can be asked about, or repeated without a second parcel. Where it
    can't, a person must look at the carrier's console. `reads_ciphers`: whether a receiver whom a channel keeps to
    itself can be told by their cipher.
    """

    name: ClassVar[str]
    url: ClassVar[str]
    needs: ClassVar[Sequence[str]]
    can_find: ClassVar[bool]
    reads_ciphers: ClassVar[bool]
    can_track: ClassVar[bool]
    can_subscribe: ClassVar[bool]
    heard: ClassVar[str]
    """What a push is answered with, once it is taken in."""

    async def create(self, account: Account, sending: Sending, now: datetime) -> Given:
        """Ask for a waybill. Raises: CarrierRefused, CarrierAway."""
        ...

    async def find(self, account: Account, sending: Sending, now: datetime) -> Given | None:
        """Ask whether a waybill was given for this parcel. Raises: CarrierRefused, CarrierAway."""
        ...

    async def cancel(self, account: Account, parcel: Parcel, now: datetime) -> None:
        """Give a waybill back; one that is canceled already stays so. Raises: CarrierRefused, CarrierAway."""
        ...

    async def track(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> list[Scan]:
        """Ask for all scans of a parcel; `phone`: its receiver's, or nothing. Raises: CarrierRefused, CarrierAway."""
        ...

    async def subscribe(self, account: Account, parcel: Parcel, phone: str, now: datetime) -> None:
        """Have the system push what becomes of a parcel. Raises: CarrierRefused, CarrierAway."""
        ...

    def read_push(self, account: Account, told: Told) -> list[Pushed]:
        """Read a push, its signature first. Raises: Unheard."""
        ...


def order_of(parcel: Parcel) -> str:
    """A parcel's number at the carrier: never used again, so a repeated request is known as such."""
    return parcel.id.hex
