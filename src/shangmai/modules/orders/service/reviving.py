"""Late money: an expired order that it comes for holds again what it had, at its price, or the money goes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.points import PointsHold
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, ShopNotFound, Status, Terms
from shangmai.modules.orders.contract.late import (
    LateChoice,
    LatePaymentRefunded,
    LatePolicy,
    LateReason,
    OrderRevived,
    SetLatePayment,
)
from shangmai.modules.orders.rules.late import Around, why_refund
from shangmai.modules.orders.service import auditing
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Quote
from shangmai.modules.pricing.contract.asking import QuoteHold


class Late(Struct, frozen=True):
    """Money that came for a canceled order; the order is locked."""

    order: Order
    payment_id: UUID
    amount_minor: int
    item: Item


class Refusal(Struct, frozen=True):
    """Why late money goes back; `error`: what refused to be held again."""

    reason: LateReason
    error: AppError | None = None


Refusals = Mapping[OrderId, Refusal]


@action(
    "orders.set_late_payment",
    grant="orders.set_late_payment",
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound],
)
async def set_late_payment(tx: Tx, do: SetLatePayment) -> LatePolicy:
    """Choose what becomes of money that comes after an unpaid order has expired; for what comes from now on.

    Raises: ShopNotFound.
    """
    if do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    await queries.set_late_choice(tx, do.shop_id, do.choice)
    return LatePolicy(shop_id=do.shop_id, choice=do.choice)


async def late_policy_of(tx: Tx, shop_id: ShopId) -> LatePolicy:
    """A shop's choice; none is to hold again."""
    chosen = await queries.late_choices(tx, [shop_id])
    return LatePolicy(shop_id=shop_id, choice=chosen.get(shop_id, LateChoice.HOLD_AGAIN))


async def revive(tx: Tx, late: Mapping[OrderId, Late]) -> tuple[dict[OrderId, Order], Refusals]:
    """Open canceled orders again that money has come for: those that are open, and why the others are not.

    Each holds again all that it had, pieces, coupons, uses, budgets and points, or nothing; first come, first served.
    The caller counts the money, and gives back what is refused. Event orders.revived.v1.
    """
    if not late:
        return {}, {}
    quotes = await queries.quotes_of(tx, [id_ for id_, each in late.items() if each.order.quoted])
    refused: dict[OrderId, Refusal] = dict(await _refused_at_once(tx, late, quotes))
    live = {id_: each for id_, each in late.items() if id_ not in refused}
    await _lock_points(tx, live)
    while live:
        failed, is_undone = await _try_hold(tx, live, quotes)
        refused |= failed
        live = {id_: each for id_, each in live.items() if id_ not in failed}
        if not is_undone:
            break
    return await _open(tx, live), refused


async def _open(tx: Tx, live: Mapping[OrderId, Late]) -> dict[OrderId, Order]:
    if not live:
        return {}
    await queries.revive(tx, live)
    revived = {id_: replace(each.order, status=Status.PLACED, expired_at=None) for id_, each in live.items()}
    for id_, each in live.items():
        tx.emit(_revived(each), each.item)
        if each.order.terms is Terms.ON_ACCOUNT:
            await auditing.begin(tx, [(revived[id_], each.item)])
    return revived


async def _refused_at_once(tx: Tx, late: Mapping[OrderId, Late], quotes: Mapping[OrderId, Quote]) -> Refusals:
    choices = await queries.late_choices(tx, {each.order.shop_id for each in late.values()})
    erased = await members.erased_among(
        tx, {each.order.customer_id for each in late.values() if each.order.customer_id is not None}
    )
    places = await pricing.with_places(tx, {UUID(int=id_.int): quote for id_, quote in quotes.items()})
    refused = {}
    for id_, each in late.items():
        around = Around(
            choice=choices.get(each.order.shop_id, LateChoice.HOLD_AGAIN),
            is_erased=each.order.customer_id in erased,
            has_place=id_ in places,
        )
        reason = why_refund(each.order, each.amount_minor, each.item.now, around)
        if reason is not None:
            refused[id_] = Refusal(reason)
    return refused


async def _lock_points(tx: Tx, live: Mapping[OrderId, Late]) -> None:
    """Lock the members whose points are wanted before any stock, in the order in which placing locks them."""
    items = {o.customer_id: each.item for each in live.values() if (o := each.order).points and o.customer_id}
    if items:
        await members.points_available(tx, items, lock=True)


class _RefusedError(Exception):
    """Undoes what was held together with it."""


async def _try_hold(
    tx: Tx, live: Mapping[OrderId, Late], quotes: Mapping[OrderId, Quote]
) -> tuple[dict[OrderId, Refusal], bool]:
    """Hold everything again; those refused, and whether nothing is held because limits or points refuse some.

    What stands without those that are refused is for another turn, for their stock may be another's then.
    """
    failed: dict[OrderId, Refusal] = {}
    effects = len(tx.effects)
    try:
        async with tx.savepoint():
            had = {UUID(int=id_.int): (o.order.shop_id, _expired_at(o), o.item) for id_, o in live.items()}
            short = await inventory.hold_again(tx, had)
            failed = await _hold_limits(tx, {id_: each for id_, each in live.items() if id_ not in short}, quotes)
            if failed:
                raise _RefusedError
    except _RefusedError:
        del tx.effects[effects:]
        return failed, True
    return {OrderId(doc): Refusal(LateReason.STOCK, error) for doc, error in short.items()}, False


async def _hold_limits(tx: Tx, live: Mapping[OrderId, Late], quotes: Mapping[OrderId, Quote]) -> dict[OrderId, Refusal]:
    """Hold again what the quotes use up, and the points; those refused."""
    wanted = [
        QuoteHold(doc=id_, quote=quotes[id_], customer_id=each.order.customer_id, item=each.item)
        for id_, each in live.items()
        if id_ in quotes
    ]
    limits = await pricing.hold_quotes(tx, wanted) if wanted else {}
    if limits:
        return {OrderId(doc): Refusal(LateReason.LIMITS, error) for doc, error in limits.items()}
    points = [
        PointsHold(doc=id_, customer_id=each.order.customer_id, points=each.order.points, item=each.item)
        for id_, each in live.items()
        if each.order.points and each.order.customer_id is not None
    ]
    short = await members.hold_points(tx, points) if points else {}
    return {OrderId(doc): Refusal(LateReason.POINTS, error) for doc, error in short.items()}


def _expired_at(late: Late) -> datetime:
    assert late.order.expired_at is not None, "only an order that expired is held again"
    return late.order.expired_at


def _revived(late: Late) -> OrderRevived:
    order = late.order
    return OrderRevived(
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        payment_id=late.payment_id,
        amount_minor=late.amount_minor,
        currency=order.currency,
    )


def refunded(late: Late, refusal: Refusal) -> LatePaymentRefunded:
    """What to tell of late money that goes back."""
    order, error = late.order, refusal.error
    return LatePaymentRefunded(
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        payment_id=late.payment_id,
        refund_minor=late.amount_minor,
        currency=order.currency,
        reason=refusal.reason,
        code="" if error is None else error.code,
        detail={} if error is None else {k: v if isinstance(v, int) else str(v) for k, v in error.data.items()},
    )
