"""Telling people who work here, and what they have read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.actions.contract import ACTIONS, action
from shangmai.kernel.actors import Actor
from shangmai.kernel.events import store
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.messaging import queries
from shangmai.modules.messaging.contract import (
    OF_CUSTOMERS,
    OWN,
    ForgetNotices,
    Forgotten,
    NewCustomerNotice,
    NewNotice,
    NobodyToTell,
    NoteFinished,
    NoticeId,
    NoticeKind,
    NoticeNotFound,
    ReadNotices,
    ReadOwnNotices,
    StaffTold,
    Told,
    Unread,
)


async def tell(tx: Tx, notices: Sequence[NewNotice]) -> None:
    """Write notices, in the order given. Event messaging.told.v1."""
    if not notices:
        return
    new = [(NoticeId(new_id()), notice) for notice in notices]
    await queries.insert(tx, new)
    for id_, _ in new:
        tx.emit(StaffTold(notice_id=id_))


async def tell_apart(tx: Tx, notices: Sequence[NewNotice]) -> None:
    """The same where neither an action nor a handler is carried out, after which events are appended to the log."""
    await tell(tx, notices)
    await store.append(tx)


def reader(actor: Actor) -> UUID | None:
    """To whom a notice of what this actor began would go; None where no person did, as with a key or the system."""
    return actor.id if actor.kind == "user" else None


async def tell_customers(tx: Tx, notices: Sequence[NewCustomerNotice]) -> None:
    """Write notices to customers; of one thing each is told once."""
    if notices:
        await queries.insert_to_customers(tx, [(NoticeId(new_id()), notice) for notice in notices])


async def forget_customers(tx: Tx, customers: Sequence[UUID]) -> None:
    """Remove the notices to customers who asked to be forgotten."""
    await queries.forget_customers(tx, customers)


def grants_of(actor: Actor) -> set[str]:
    """The grants of actions that the actor holds: notices go to those who may act."""
    return {spec.grant for spec in ACTIONS.values() if spec.grant and actor.may(spec.grant)}


@action("messaging.read_notices", grant=OWN, errors=[NoticeNotFound])
async def read_notices(tx: Tx, do: ReadNotices) -> Unread:
    """Have read a notice and all before it; gives how many are left. Raises: NoticeNotFound."""
    me, grants = tx.actor.id, grants_of(tx.actor)
    if not await queries.exists(tx, do.up_to, me, grants):
        raise NoticeNotFound(notice_id=do.up_to)
    await queries.read_up_to(tx, me, do.up_to)
    return Unread(count=await queries.count_unread(tx, me, grants))


@action("messaging.note_finished", grant=OWN, errors=[NobodyToTell])
async def note_finished(tx: Tx, do: NoteFinished) -> Told:
    """Leave oneself a notice of work that has ended, with where its outcome is. Event messaging.told.v1.

    Raises: NobodyToTell, for a key or the system.
    """
    user_id = reader(tx.actor)
    if user_id is None:
        raise NobodyToTell()
    await tell(tx, [NewNotice(kind=NoticeKind.FINISHED, zh=do.zh, en=do.en, link=do.link, user_id=user_id)])
    return Told(count=1)


@action("messaging.forget_notices", grant="messaging.forget_notices")
async def forget_notices(tx: Tx, do: ForgetNotices) -> Forgotten:
    """Remove notices that are older than two months."""
    count = await queries.forget(tx, do.limit)
    return Forgotten(count=count, more=count >= do.limit)


@action("messaging.read_own_notices", grant=OF_CUSTOMERS, errors=[NoticeNotFound])
async def read_own_notices(tx: Tx, do: ReadOwnNotices) -> Unread:
    """Have read a notice to the customer who is signed in, and all before it; gives how many are left.

    Raises: NoticeNotFound.
    """
    me = tx.actor.id
    shop_id = await queries.shop_of_own(tx, me, do.up_to)
    if shop_id is None:
        raise NoticeNotFound(notice_id=do.up_to)
    await queries.customer_read_up_to(tx, me, shop_id, do.up_to)
    return Unread(count=await queries.count_unread_of_customer(tx, me))
