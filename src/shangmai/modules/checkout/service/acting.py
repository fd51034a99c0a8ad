"""What whoever holds an order's link does about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.i18n import t
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.contract.acting import (
    AnswerUrge,
    BeingPacked,
    CancelByLink,
    CancelPartByLink,
    ConfirmByLink,
    DepositNotReturned,
    NothingToUrge,
    UrgeAnswered,
    UrgeByLink,
)
from shangmai.modules.checkout.contract.placing import FoundOrder, LinkInvalid
from shangmai.modules.checkout.service.finding import URGED, kept_of, show
from shangmai.modules.inventory.contract import NotHeld
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    CancelOrder,
    DuplicateLines,
    LineNotFound,
    OrderId,
    OrderNotFound,
    PaymentStatus,
    SignOrder,
    Status,
    StatusForbids,
)
from shangmai.modules.orders.contract.holding_back import WantedHoldBack
from shangmai.modules.orders.contract.part_canceling import (
    CancelAllInstead,
    CancelPart,
    NotPaidToCancelPart,
    TooMuchToCancel,
)
from shangmai.modules.payments.contract import RefundExceedsPayment, RefundExceedsReceipts
from shangmai.modules.warehouse.contract.requests import AlreadyOut

WAITS: Final = frozenset({Status.PLACED, Status.PART_SHIPPED})
ANSWER_WITHIN: Final = timedelta(hours=4)


@action(
    "checkout.cancel_order",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned],
    present_only=True,
)
async def cancel_order(tx: Tx, do: CancelByLink) -> FoundOrder:
    """Cancel the order of a link: unpaid, or paid and not with the warehouse yet; what was paid goes back.

    Canceling a canceled order changes nothing. Events as of orders.cancel.
    Raises: LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned.
    """
    order_id = await _order_of(tx, do.link)
    order = (await orders.get_orders(tx, [order_id]))[order_id]
    if order.status is not Status.CANCELED:
        if order.deposit_minor and order.paid_minor:
            raise DepositNotReturned(number=order.number)
        if order.status is Status.PLACED and await orders.is_with_warehouse(tx, order_id):
            raise BeingPacked(number=order.number)
        await orders.cancel(tx, CancelOrder(order_id=order_id, reason=do.reason))
    return await _shown(tx, order_id)


@action(
    "checkout.confirm_receipt",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[LinkInvalid, StatusForbids],
    present_only=True,
)
async def confirm_receipt(tx: Tx, do: ConfirmByLink) -> FoundOrder:
    """Say that the order of a link has arrived; saying it again changes nothing. Event orders.signed.v1.

    Raises: LinkInvalid, StatusForbids.
    """
    order_id = await _order_of(tx, do.link)
    (outcome,) = await orders.sign(tx, [SignOrder(order_id=order_id)])
    if isinstance(outcome, StatusForbids):
        raise outcome
    return await _shown(tx, order_id)


@action(
    "checkout.cancel_part_of_order",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[
        LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned, NotPaidToCancelPart, LineNotFound, DuplicateLines,
        TooMuchToCancel, CancelAllInstead, RefundExceedsReceipts, RefundExceedsPayment, NotHeld, AlreadyOut,
    ],
    present_only=True,
)  # fmt: skip
async def cancel_part_of_order(tx: Tx, do: CancelPartByLink) -> FoundOrder:
    """Cancel pieces of the order of a link that is paid and not with the warehouse yet; their share goes back.

    Events as of orders.cancel_part. Raises: LinkInvalid, StatusForbids, BeingPacked, DepositNotReturned,
    NotPaidToCancelPart, LineNotFound, DuplicateLines, TooMuchToCancel, CancelAllInstead.
    """
    order_id = await _order_of(tx, do.link)
    order = (await orders.get_orders(tx, [order_id]))[order_id]
    if order.deposit_minor:
        raise DepositNotReturned(number=order.number)
    if order.status is Status.PLACED and await orders.is_with_warehouse(tx, order_id):
        raise BeingPacked(number=order.number)
    await orders.cancel_part(tx, CancelPart(order_id=order_id, lines=do.lines, reason=do.reason))
    return await _shown(tx, order_id)


@action(
    "checkout.urge",
    grant="checkout.place",
    public=True,
    scope=lambda do: {},
    errors=[LinkInvalid, NothingToUrge],
    present_only=True,
)
async def urge(tx: Tx, do: UrgeByLink) -> FoundOrder:
    """Ask the shop to send the order of a link: it stands on the clerks' work list until somebody answers or it leaves.

    Asking again meanwhile changes nothing. Event orders.exception_raised.v1. Raises: LinkInvalid, NothingToUrge.
    """
    order_id = await _order_of(tx, do.link)
    order = (await orders.get_orders(tx, [order_id]))[order_id]
    if order.payment_status is PaymentStatus.UNPAID or order.status not in WAITS:
        raise NothingToUrge(number=order.number)
    zh, en = t("checkout.urged", "zh-CN"), t("checkout.urged", "en")
    given = {"order_id": str(order_id)}
    await orders.hold_back(
        tx,
        [
            WantedHoldBack(
                order_id=order_id, code=URGED, zh=zh, en=en, item=tx.items[0], owner="clerk", blocks=False,
                due_at=tx.now + ANSWER_WITHIN, action="checkout.answer_urge", input=given,
            )
        ],
    )  # fmt: skip
    return await _shown(tx, order_id)


async def _scopes_of(tx: Tx, do: Sequence[AnswerUrge]) -> list[Scope | None]:
    found = await orders.get_orders(tx, [each.order_id for each in do])
    return [{"shop": found[each.order_id].shop_id} if each.order_id in found else None for each in do]


@action("checkout.answer_urge", grant="orders.work_exceptions", scopes_of=_scopes_of, errors=[OrderNotFound])
async def answer_urge(tx: Tx, do: AnswerUrge) -> UrgeAnswered:
    """Say that the buyer has been answered: the order leaves the work list. Event orders.exception_cleared.v1.

    Answering where nobody asked changes nothing. Raises: OrderNotFound.
    """
    if do.order_id not in await orders.get_orders(tx, [do.order_id]):
        raise OrderNotFound(order_id=do.order_id)
    gone = await orders.let_go(tx, {do.order_id: tx.items[0]}, URGED)
    return UrgeAnswered(order_id=do.order_id, was_urged=do.order_id in gone)


async def _order_of(tx: Tx, link: str) -> OrderId:
    return (await kept_of(tx, orders.order_of_link(link))).order_id


async def _shown(tx: Tx, order_id: OrderId) -> FoundOrder:
    return await show(tx, await kept_of(tx, order_id))
