"""What channels do by themselves."""

from __future__ import annotations

from shangmai.kernel.events.contract import on
from shangmai.kernel.tx import Tx
from shangmai.modules.channels import service
from shangmai.modules.channels.contract import ChannelListingMapped
from shangmai.modules.channels.contract.orders import ChannelOrdersLeft


@on(ChannelListingMapped, consumer="channels.place_mapped", batch=50, alone=True)
async def place_mapped(tx: Tx, events: list[ChannelListingMapped]) -> None:
    """Place the orders that waited for a listing to be mapped."""
    await service.place_mapped(tx, {event.listing_id: item for event, item in zip(events, tx.items, strict=True)})


@on(ChannelOrdersLeft, consumer="channels.place_left", batch=50, alone=True)
async def place_left(tx: Tx, events: list[ChannelOrdersLeft]) -> None:
    """Go on placing the orders that waited for a listing."""
    mapped = {event.listing_id: item for event, item in zip(events, tx.items, strict=True)}
    await service.place_mapped(tx, mapped, after=min(event.after for event in events))
