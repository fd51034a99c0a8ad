"""Taking the orders that channels push, and what they say of them later."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.channels import rules
from shangmai.modules.channels.contract import ChannelAccountNotFound
from shangmai.modules.channels.contract.orders import (
    TAKE,
    AmountNotDivisible,
    ChannelLineRepeated,
    ChannelOrder,
    ChannelOrderNotFound,
    NoteChannelStatus,
    PaidMoreThanDue,
    PlaceChannelOrder,
    TakeChannelOrder,
)
from shangmai.modules.channels.queries import listings
from shangmai.modules.channels.queries import orders as queries
from shangmai.modules.channels.queries.orders import Key, Pushed, Waiting
from shangmai.modules.channels.service.placing import ToPlace, acting, place
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract.exceptions import ChannelState, NoteChannel
from shangmai.modules.organization import service as organization


async def _scopes_of(tx: Tx, do: Sequence[TakeChannelOrder] | Sequence[NoteChannelStatus]) -> list[Scope | None]:
    known = await listings.accounts(tx, {each.account_id for each in do})
    return [{"shop": known[each.account_id].shop_id} if each.account_id in known else None for each in do]


@action(
    "channels.take_order",
    grant=TAKE,
    many=True,
    scopes_of=_scopes_of,
    errors=[ChannelAccountNotFound, ChannelLineRepeated, PaidMoreThanDue, AmountNotDivisible],
)
async def take_order(tx: Tx, do: Sequence[TakeChannelOrder]) -> list[ChannelOrder | AppError]:
    """Take orders that channels push, once each: pushed again, also at the same time, an order is answered as it is.

    Its lines cost what the channel says: this grant is enough, and sets prices nowhere else. An order with a listing
    that is not mapped, or one that orders refuse, waits with its cause; the first is placed as soon as it is mapped.
    One that the channel has closed is not placed. Events orders.placed.v1, orders.paid.v1 and what follows.
    """
    outcomes: dict[int, ChannelOrder | AppError] = {}
    pushed: dict[int, Pushed] = {}
    accounts = await listings.accounts(tx, {each.account_id for each in do})
    shops = await organization.get_shops(tx, {account.shop_id for account in accounts.values()})
    for n, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        account = accounts.get(each.account_id)
        if account is None:
            outcomes[n] = ChannelAccountNotFound(account_id=each.account_id)
        elif (refusal := rules.check(each, shops[account.shop_id].currency)) is not None:
            outcomes[n] = refusal
        else:
            pushed[n] = Pushed(account, each, item)
    if pushed:
        await _take(tx, {each.key: each for each in reversed(pushed.values())})
        taken = await queries.of_keys(tx, {each.key for each in pushed.values()})
        outcomes |= {n: taken[each.key] for n, each in pushed.items()}
    return [outcomes[n] for n in range(len(do))]


async def _take(tx: Tx, pushed: dict[Key, Pushed]) -> None:
    new = await queries.claim(tx, list(pushed.values()))
    if not new:
        return
    mine = {new[key]: pushed[key] for key in sorted(new)}
    await queries.add_lines(tx, mine)
    if closed := [id_ for id_, each in mine.items() if each.do.state is ChannelState.CLOSED]:
        await queries.mark_closed(tx, closed)
    await place(
        tx,
        [
            ToPlace(Waiting(id_, each.account.shop_id, each.do), each.item)
            for id_, each in mine.items()
            if id_ not in closed
        ],
    )


@action("channels.place_order", grant=TAKE, errors=[ChannelOrderNotFound])
async def place_order(tx: Tx, do: PlaceChannelOrder) -> ChannelOrder:
    """Try to place a waiting order again, at the prices it was taken with; one that does not wait is told as it is.

    Nobody can change those prices here, so no grant to set prices is asked for.
    Raises: ChannelOrderNotFound.
    """
    await place(
        tx,
        [ToPlace(waiting, tx.items[0]) for waiting, _ in await queries.lock_waiting(tx, ids=[do.channel_order_id])],
    )
    found = (await queries.of_ids(tx, [do.channel_order_id])).get(do.channel_order_id)
    if found is None:
        raise ChannelOrderNotFound(channel_no=do.channel_order_id)
    return found


@action(
    "channels.note_status",
    grant=TAKE,
    many=True,
    scopes_of=_scopes_of,
    errors=[ChannelAccountNotFound, ChannelOrderNotFound],
)
async def note_status(tx: Tx, do: Sequence[NoteChannelStatus]) -> list[ChannelOrder | AppError]:
    """Note what channels say of their orders; what is older than what is known changes nothing.

    An order that waits is closed for good when its channel closes it. Event orders.particulars_changed.v1 for others.
    """
    accounts = await listings.accounts(tx, {each.account_id for each in do})
    known = await queries.lock_of_keys(tx, {(each.account_id, each.channel_no) for each in do})
    newest: dict[Key, tuple[ChannelOrder, Item]] = {}
    refused: dict[int, AppError] = {}
    for n, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        key = each.account_id, each.channel_no
        if each.account_id not in accounts:
            refused[n] = ChannelAccountNotFound(account_id=each.account_id)
        elif key not in known:
            refused[n] = ChannelOrderNotFound(channel_no=each.channel_no)
        elif each.at >= known[key].status_at:
            known[key] = replace(known[key], raw_status=each.raw_status, channel_state=each.state, status_at=each.at)
            newest[key] = known[key], item
    if newest:
        await _note(tx, list(newest.values()))
    told = await queries.of_keys(tx, known)
    return [refused[n] if n in refused else told[each.account_id, each.channel_no] for n, each in enumerate(do)]


async def _note(tx: Tx, newest: Sequence[tuple[ChannelOrder, Item]]) -> None:
    await queries.set_statuses(tx, [order for order, _ in newest])
    await queries.mark_closed(tx, [order.id for order, _ in newest if order.channel_state is ChannelState.CLOSED])
    notes = [
        (NoteChannel(order_id=order.order_id, raw=order.raw_status, state=order.channel_state), item)
        for order, item in newest
        if order.order_id is not None
    ]
    if notes:
        with acting(tx, [item for _, item in notes]):
            await orders.note_channel(tx, [note for note, _ in notes])
