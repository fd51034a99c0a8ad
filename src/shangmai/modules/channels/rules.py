"""What a channel's order is in our terms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from shangmai.kernel.errors import AppError
from shangmai.kernel.money import Money, line_amount
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.channels.contract import ChannelListing, ListingState, ListingStock
from shangmai.modules.channels.contract.orders import (
    AmountNotDivisible,
    ChannelLineRepeated,
    PaidMoreThanDue,
    TakeChannelOrder,
    TakenLine,
)
from shangmai.modules.inventory.contract.channels import ChannelChange
from shangmai.modules.orders.contract import LineKind, PlaceLine, PlaceOrder, WhenShort
from shangmai.modules.organization.contract import ShopId

SIX_DECIMALS: Final = Decimal("0.000001")


def check(do: TakeChannelOrder, currency: str) -> AppError | None:
    """What is wrong with an order as it was pushed, if anything."""
    seen: set[str] = set()
    for line in do.lines:
        if line.channel_line in seen:
            return ChannelLineRepeated(channel_line=line.channel_line)
        seen.add(line.channel_line)
        if line_amount(line.qty, unit_price(line, currency), currency).minor != line.amount_minor:
            return AmountNotDivisible(channel_line=line.channel_line, amount_minor=line.amount_minor)
    total = sum(line.amount_minor for line in do.lines) + do.freight_minor
    return PaidMoreThanDue(paid_minor=do.paid_minor, total_minor=total) if do.paid_minor > total else None


def stock_of(listing: ChannelListing, told: Mapping[SkuId, ChannelChange]) -> ListingStock:
    """What the channel of a mapped listing is to be told, by what its shop is of the SKU. A paused one has none."""
    assert listing.sku_id is not None, "only mapped listings have stock"
    change = told.get(listing.sku_id)
    is_paused = listing.state is ListingState.PAUSED
    return ListingStock(
        listing_id=listing.id,
        item_id=listing.item_id,
        channel_sku=listing.channel_sku,
        sku_id=listing.sku_id,
        state=listing.state,
        qty=0 if is_paused else None if change is None else change.qty,
        version=0 if change is None else change.version,
        changed_at=listing.changed_at if change is None else max(change.changed_at, listing.changed_at),
    )


def unit_price(line: TakenLine, currency: str) -> Decimal:
    """The price of a piece in major units, such that all pieces cost what the channel says, to the minor unit."""
    return (Money(line.amount_minor, currency).major() / line.qty).quantize(SIX_DECIMALS)


def order_of(do: TakeChannelOrder, shop_id: ShopId, currency: str, skus: Mapping[int, SkuId]) -> PlaceOrder:
    """The order to be placed: its line n is the channel's n-th, then the freight. `skus`: by line, from 1.

    What the channel has sold is sold: short of stock, it waits for it.
    """
    lines = [
        PlaceLine(sku_id=skus[n], qty=line.qty, title=line.title, unit_price=unit_price(line, currency))
        for n, line in enumerate(do.lines, 1)
    ]
    if do.freight_minor:
        price = Money(do.freight_minor, currency).major()
        lines.append(PlaceLine(kind=LineKind.FREIGHT, title="运费", unit_price=price))
    return PlaceOrder(
        shop_id=shop_id,
        lines=lines,
        external_no=do.channel_no,
        receiver=do.receiver,
        note=do.buyer_remark,
        when_short=WhenShort.WAIT,
    )
