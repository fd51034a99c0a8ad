"""A company that sends by a carrier with a pool of numbers, and parcels to be booked."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import msgspec

from shangmai.modules.logistics.contract import BookParcel, CarrierAccount, Parcel, ParcelReceiver
from tests.world import World

RECEIVER = ParcelReceiver(
    name="王小明", phone="13800138000", province="浙江", city="杭州", district="西湖", street="文三路 1 号"
)


async def pool(world: World, count: int, carrier: str = "ZTO", first: str = "73610000000001", **more: Any) -> UUID:
    """An account with so many numbers, `first` and those that follow it."""
    given = {"company_id": world.company_id, "carrier": carrier, "low_at": 0} | more
    account: CarrierAccount = await world.act("logistics.set_carrier_account", given)
    if count:
        await world.act("logistics.add_waybills", {"account_id": account.id, "first": first, "count": count})
    return account.id


def wanted(world: World, number: str = "1", *, doc: UUID | None = None, **more: Any) -> BookParcel:
    given: dict[str, Any] = {
        "doc": doc or uuid4(),
        "number": number,
        "company_id": world.company_id,
        "warehouse_id": world.warehouse_id,
        "carrier": "ZTO",
        "receiver": RECEIVER,
        "weight_g": 800,
    }
    return BookParcel(**given | more)


async def booked(world: World, asked: BookParcel | None = None, **options: Any) -> Parcel:
    """The parcel, booked through the door."""
    given = msgspec.to_builtins(asked or wanted(world))
    parcel: Parcel = await world.act("logistics.book_parcel", given, **options)
    return parcel
