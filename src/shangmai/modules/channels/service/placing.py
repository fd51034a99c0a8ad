"""Placing the orders that channels push."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.channels import rules
from shangmai.modules.channels.contract import ChannelListingId
from shangmai.modules.channels.contract.orders import METHOD, ChannelOrderId, ChannelOrdersLeft, ListingNotMapped
from shangmai.modules.channels.queries import orders as queries
from shangmai.modules.channels.queries.orders import Waiting
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferedOrder, Order, PaidWith
from shangmai.modules.orders.contract.exceptions import NoteChannel, SetRemark
from shangmai.modules.organization import service as organization

PLACED_AT_ONCE: Final = 200
"""Waiting orders that one transaction places: thousands may wait for one listing, and others wait for its locks."""


class ToPlace(Struct, frozen=True):
    """A waiting order that this transaction holds, and by whose call it is placed."""

    waiting: Waiting
    item: Item

    @property
    def id(self) -> ChannelOrderId:
        return self.waiting.id


@contextmanager
def acting(tx: Tx, items: Sequence[Item]) -> Iterator[None]:
    """Let what is done be of these items' calls, one for each thing that is done."""
    batch, tx.items = tx.items, items
    try:
        yield
    finally:
        tx.items = batch


async def place(tx: Tx, wanted: Sequence[ToPlace]) -> None:
    """Place those of these orders whose listings are all mapped, once; the others wait, each with its cause.

    What the channel says was paid is paid, its remarks and its status are the order's. Events of orders.
    """
    if not wanted:
        return
    skus = await queries.hold_skus(tx, [each.id for each in wanted])
    waits: dict[ChannelOrderId, AppError] = {}
    ready = []
    for each in wanted:
        unknown = [title for title, sku_id in skus[each.id].values() if sku_id is None]
        if unknown:
            waits[each.id] = ListingNotMapped(listing=unknown[0])
        else:
            ready.append(each)
    shops = await organization.get_shops(tx, {each.waiting.shop_id for each in ready})
    offered = [
        OfferedOrder(
            do=rules.order_of(
                each.waiting.do,
                each.waiting.shop_id,
                shops[each.waiting.shop_id].currency,
                {n: sku_id for n, (_, sku_id) in skus[each.id].items() if sku_id is not None},
            ),
            item=each.item,
            prices_given=True,
            paid=PaidWith(METHOD, each.waiting.do.paid_minor),
        )
        for each in ready
    ]
    placed: dict[ChannelOrderId, tuple[ToPlace, Order]] = {}
    for each, outcome in zip(ready, await orders.place_offered(tx, offered) if offered else [], strict=True):
        if isinstance(outcome, Order):
            placed[each.id] = each, outcome
        else:
            waits[each.id] = outcome
    if waits:
        await queries.set_waits(tx, waits)
    if placed:
        await queries.mark_placed(tx, {id_: order.id for id_, (_, order) in placed.items()})
        await _follow(tx, list(placed.values()))


async def _follow(tx: Tx, placed: Sequence[tuple[ToPlace, Order]]) -> None:
    """Status and remarks of orders that were just placed."""
    known = await queries.of_ids(tx, [each.id for each, _ in placed])
    with acting(tx, [each.item for each, _ in placed]):
        await orders.note_channel(
            tx,
            [
                NoteChannel(
                    order_id=order.id,
                    raw=known[each.id].raw_status,
                    state=known[each.id].channel_state,
                    total_minor=order.total_minor,
                    currency=order.currency,
                    ship_by=each.waiting.do.ship_by,
                    account_id=each.waiting.do.account_id,
                )
                for each, order in placed
            ],
        )
    for each, order in placed:
        if each.waiting.do.seller_remark:
            with acting(tx, [each.item]):
                await orders.set_remark(tx, SetRemark(order_id=order.id, remark=each.waiting.do.seller_remark))


async def place_mapped(tx: Tx, mapped: Mapping[ChannelListingId, Item], after: ChannelOrderId | None = None) -> None:
    """Place the waiting orders that have these listings, which are mapped now; `PLACED_AT_ONCE` of them.

    Of those taken behind `after`. Event channels.orders_left.v1 for each listing where there may be more.
    """
    ids = await queries.waiting_for(tx, mapped, after, PLACED_AT_ONCE)
    found = await queries.lock_waiting(tx, ids, mapped) if ids else []
    await place(tx, [ToPlace(waiting, mapped[min(listings)]) for waiting, listings in found])
    if len(ids) == PLACED_AT_ONCE:
        for listing_id, item in mapped.items():
            tx.emit(ChannelOrdersLeft(listing_id=listing_id, after=ids[-1]), item)
