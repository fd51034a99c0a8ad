"""How groups end: enough members have paid, or their time is over first; decided under locks of group and orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.marketing.contract import (
    CloseGroup,
    Group,
    GroupFailed,
    GroupId,
    GroupNotFound,
    GroupStatus,
    GroupSucceeded,
)
from shangmai.modules.marketing.queries import groups as queries
from shangmai.modules.marketing.queries.groups import KeptGroup
from shangmai.modules.marketing.rules import groups as rules
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import CancelOrder, Order, OrderCanceled, OrderId, OrderPaid, Status

HELD_BACK: Final = "marketing.group"
REASON: Final = "拼团未成功"


@action("marketing.close_group", grant="marketing.close_group", errors=[GroupNotFound])
async def close_group(tx: Tx, do: CloseGroup) -> Group:
    """End a group whose time is over: it succeeds if enough members have paid, else its orders are canceled.

    What was paid for them goes back by the way it came. A group that has ended, or whose time is not over, is left
    alone. Locks the group, then its orders, so a payment is before this and counts, or after and is refused or goes
    back. Events marketing.group_succeeded.v1 or marketing.group_failed.v1, and those of orders.cancel.

    Raises: GroupNotFound.
    """
    group = (await queries.lock(tx, [do.group_id])).get(do.group_id)
    if group is None:
        raise GroupNotFound(group_id=do.group_id)
    if tx.now >= group.closes_at:
        await settle(tx, group, tx.items[0], is_over=True)
    return rules.shown((await queries.get(tx, [group.id]))[group.id], tx.now)


async def due_groups(tx: Tx) -> list[GroupId]:
    """The open groups whose time is over."""
    return await queries.due(tx)


async def settle(tx: Tx, group: KeptGroup, item: Item, *, is_over: bool) -> None:
    """Let a locked group succeed when enough of its orders are paid; else, when it is over, fail."""
    if group.status is not GroupStatus.OPEN:
        return
    seats = [member.order_id for member in await queries.members_of(tx, group.id) if member.left_at is None]
    locked = list((await orders.lock_received(tx, dict.fromkeys(seats, item))).values()) if seats else []
    if rules.is_complete(group, locked):
        await _succeed(tx, group, locked, item)
    elif is_over:
        await _fail(tx, group, locked, item)


async def _succeed(tx: Tx, group: KeptGroup, locked: Sequence[Order], item: Item) -> None:
    ids = tuple(order.id for order in locked if rules.has_paid(order))
    await queries.note_paid(tx, ids, item.now)
    await orders.let_go(tx, dict.fromkeys(ids, item), HELD_BACK)
    await queries.close(tx, group.id, GroupStatus.SUCCEEDED, item.now)
    tx.emit(GroupSucceeded(**_about(group), order_ids=ids), item)


async def _fail(tx: Tx, group: KeptGroup, locked: Sequence[Order], item: Item) -> None:
    ids = tuple(order.id for order in locked if order.status is not Status.CANCELED)
    for id_ in ids:
        await orders.cancel(tx, CancelOrder(order_id=id_, reason=REASON))
    await queries.close(tx, group.id, GroupStatus.FAILED, item.now)
    tx.emit(GroupFailed(**_about(group), order_ids=ids), item)


def _about(group: KeptGroup) -> dict[str, Any]:
    return {
        "group_id": group.id,
        "shop_id": group.shop_id,
        "promotion_id": group.promotion_id,
        "sku_id": group.sku_id,
    }


async def follow_orders(tx: Tx, events: Sequence[OrderPaid | OrderCanceled]) -> None:
    """Let groups know what became of their orders: a payment may complete one, a canceled order frees its seat.

    A group whose last seat is given free ends there. Doing it again changes nothing.
    """
    seats = await queries.groups_of_orders(tx, {event.order_id for event in events})
    groups = await queries.lock(tx, set(seats.values())) if seats else {}
    items: dict[GroupId, Item] = {}
    paid: list[OrderId] = []
    canceled: list[OrderId] = []
    for event, item in zip(events, tx.items, strict=True):
        if event.order_id in seats:
            items[seats[event.order_id]] = item
            (paid if isinstance(event, OrderPaid) else canceled).append(event.order_id)
    if canceled:
        await _free(tx, canceled)
    for id_, item in items.items():
        await queries.note_paid(tx, [order_id for order_id in paid if seats[order_id] == id_], item.now)
        group = (await queries.get(tx, [id_]))[id_]
        await settle(tx, group, item, is_over=not group.taken)
    assert groups.keys() == items.keys(), "every seat is in a group"


async def _free(tx: Tx, canceled: Sequence[OrderId]) -> None:
    freed = Counter(await queries.note_left(tx, canceled, tx.now))
    if freed:
        await queries.add_taken(tx, {id_: -n for id_, n in freed.items()})


async def prove_groups(tx: Tx) -> list[Divergence]:
    """Seats taken = members who have not left; the orders of open groups are held back."""
    apart = [
        Divergence("marketing", "seats", str(row["id"]), row["kept"], row["proven"])
        for row in await queries.divergences(tx)
    ]
    placed = (await orders.get_orders(tx, await queries.seats_of_open(tx))).values()
    loose = [order for order in placed if order.status is Status.PLACED and not order.held_back]
    return apart + [Divergence("marketing", "held back", str(order.id), 0, 1) for order in loose]
