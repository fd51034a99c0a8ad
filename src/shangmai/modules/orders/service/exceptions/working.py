"""Working on exceptions: taking, accepting, noting, letting rest, and putting on by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract.errors import UserNotFound
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import HoldBack, Order, OrderId, OrderNotFound, StatusForbids
from shangmai.modules.orders.contract.causes import Cause
from shangmai.modules.orders.contract.exceptions import (
    AcceptException,
    CauseUnknown,
    ExceptionAccepted,
    ExceptionNoted,
    ExceptionNotFound,
    ExceptionNotYours,
    ExceptionSnoozed,
    ExceptionTaken,
    NoteException,
    NotToAccept,
    RaiseException,
    SnoozeException,
    SnoozeInThePast,
    TakeException,
    TakenAlready,
)
from shangmai.modules.orders.rules.exceptions import Found
from shangmai.modules.orders.service.exceptions.checking import wanted
from shangmai.modules.orders.service.exceptions.policies import InForce, in_force
from shangmai.modules.orders.service.finding import scopes_of
from shangmai.modules.orders.service.holding_back import HAS_WORK, hold_back, let_go_each
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId


@action(
    "orders.accept_exception",
    grant="orders.work_exceptions",
    many=True,
    scopes_of=scopes_of,
    errors=[OrderNotFound, ExceptionNotFound, ExceptionNotYours, NotToAccept],
)
async def accept_exception(tx: Tx, do: Sequence[AcceptException]) -> list[Order | AppError]:
    """Let orders go on as they are; a cause comes back only when what was found has changed.

    Those of the clerk's exceptions need `orders.release`, the accountant's `orders.pass_finance_audit`, those of others
    `orders.approve`. Events orders.exception_accepted.v1, orders.let_go.v1, orders.exception_cleared.v1.
    """
    ids = {each.order_id for each in do}
    orders = await queries.lock(tx, ids)
    causes = await queries.hold_backs_of(tx, orders)
    rules = await in_force(tx, {order.company_id for order in orders.values()})
    refusals: dict[int, AppError] = {}
    accepted: dict[tuple[OrderId, str], tuple[AcceptException, str, Item]] = {}
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        refusal = _judge(orders.get(each.order_id), causes[each.order_id], rules, each, item)
        if isinstance(refusal, AppError):
            refusals[index] = refusal
        else:
            accepted.setdefault((each.order_id, each.code), (each, refusal.zh, item))
    if accepted:
        await _accept(tx, orders, list(accepted.values()))
    after = await queries.get(tx, ids)
    return [refusals.get(index) or after[each.order_id] for index, each in enumerate(do)]


async def _accept(tx: Tx, orders: dict[OrderId, Order], accepted: Sequence[tuple[AcceptException, str, Item]]) -> None:
    await queries.accept(tx, accepted)
    for do, _, item in accepted:
        number = orders[do.order_id].number
        tx.emit(ExceptionAccepted(order_id=do.order_id, number=number, code=do.code, reason=do.reason), item)
    items = {do.order_id: item for do, _, item in accepted}
    await let_go_each(tx, items, [(do.order_id, do.code) for do, _, _ in accepted])


def _judge(
    order: Order | None, causes: Sequence[HoldBack], rules: Mapping[CompanyId, InForce], do: AcceptException, item: Item
) -> HoldBack | AppError:
    if order is None:
        return OrderNotFound(order_id=do.order_id)
    here = next((each for each in causes if each.code == do.code), None)
    if here is None:
        return ExceptionNotFound(number=order.number, code=do.code)
    cause = rules[order.company_id].cause(do.code)
    if cause is None or not cause.grant:
        return NotToAccept(code=do.code)
    if not item.actor.may(cause.grant):
        return ExceptionNotYours(owner=cause.owner, grant=cause.grant)
    return here


@action(
    "orders.take_exception",
    grant="orders.work_exceptions",
    errors=[OrderNotFound, ExceptionNotFound, TakenAlready, UserNotFound],
)
async def take_exception(tx: Tx, do: TakeException) -> HoldBack:
    """See to an exception, or have somebody do so; of two at once the first has it. Event orders.exception_taken.v1.

    Raises: OrderNotFound, ExceptionNotFound, TakenAlready, UserNotFound.
    """
    order, here = await _find(tx, do.order_id, do.code)
    by, name = tx.actor.id, tx.actor.name
    if do.login:
        user = await identity.get_user_by_login(tx, do.login)
        by, name = user.id, user.display_name
    if here.taken_by is not None and here.taken_by != by and not do.force:
        raise TakenAlready(taken_name=here.taken_name)
    await queries.take(tx, order.id, do.code, by, name)
    tx.emit(ExceptionTaken(order_id=order.id, number=order.number, code=do.code, taken_by=by, taken_name=name))
    return (await _find(tx, order.id, do.code))[1]


@action("orders.note_exception", grant="orders.work_exceptions", errors=[OrderNotFound, ExceptionNotFound])
async def note_exception(tx: Tx, do: NoteException) -> HoldBack:
    """Leave a note on an exception, in the order's history. Event orders.exception_noted.v1.

    Raises: OrderNotFound, ExceptionNotFound.
    """
    order, here = await _find(tx, do.order_id, do.code)
    tx.emit(ExceptionNoted(order_id=order.id, number=order.number, code=do.code, note=do.note))
    return here


@action(
    "orders.snooze_exception",
    grant="orders.work_exceptions",
    errors=[OrderNotFound, ExceptionNotFound, SnoozeInThePast],
)
async def snooze_exception(tx: Tx, do: SnoozeException) -> HoldBack:
    """Let an exception rest until then: it is not escalated meanwhile. Event orders.exception_snoozed.v1.

    Raises: OrderNotFound, ExceptionNotFound, SnoozeInThePast.
    """
    order, _ = await _find(tx, do.order_id, do.code)
    if do.until <= tx.now:
        raise SnoozeInThePast(until=do.until.isoformat())
    await queries.snooze(tx, order.id, do.code, do.until)
    tx.emit(ExceptionSnoozed(order_id=order.id, number=order.number, code=do.code, until=do.until, reason=do.reason))
    return (await _find(tx, order.id, do.code))[1]


@action("orders.raise_exception", grant="orders.work_exceptions", errors=[OrderNotFound, CauseUnknown, StatusForbids])
async def raise_exception(tx: Tx, do: RaiseException) -> HoldBack:
    """Put one of the company's own causes on an order; one that is there stays. Event orders.held_back.v1.

    Raises: OrderNotFound, CauseUnknown, StatusForbids.
    """
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    rules = (await in_force(tx, [order.company_id]))[order.company_id]
    cause = rules.by_hand.get(do.code)
    if cause is None:
        raise CauseUnknown(code=do.code)
    if order.status not in HAS_WORK:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="held")
    timezone = (await organization.get_shops(tx, [order.shop_id]))[order.shop_id].timezone
    said = _said(cause, do.note)
    await hold_back(tx, [wanted(order, cause, said, tx.items[0], rules, timezone, Found())])
    return (await _find(tx, order.id, do.code))[1]


def _said(cause: Cause, note: str) -> tuple[str, str]:
    return (f"{cause.zh}：{note}", f"{cause.en}: {note}") if note else (cause.zh, cause.en)


async def _find(tx: Tx, order_id: OrderId, code: str) -> tuple[Order, HoldBack]:
    """A locked order and its exception. Raises: OrderNotFound, ExceptionNotFound."""
    order = (await queries.lock(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    causes = (await queries.hold_backs_of(tx, [order_id]))[order_id]
    here = next((each for each in causes if each.code == code), None)
    if here is None:
        raise ExceptionNotFound(number=order.number, code=code)
    return order, here
