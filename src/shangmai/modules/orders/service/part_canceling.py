"""Canceling some pieces of an order before they leave: stock, units and money follow; what is picked is stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Free, NotHeld
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    DuplicateLines,
    LineKind,
    LineNotFound,
    Order,
    OrderLine,
    OrderNotFound,
    PaymentStatus,
    ReturnLine,
    Status,
    StatusForbids,
)
from shangmai.modules.orders.contract.part_canceling import (
    CancelAllInstead,
    CanceledLine,
    CancelLine,
    CancelPart,
    NotPaidToCancelPart,
    OrderPartCanceled,
    PartCancel,
    TooMuchToCancel,
)
from shangmai.modules.orders.contract.units import UnitState
from shangmai.modules.orders.rules import Refund
from shangmai.modules.orders.rules.units import take
from shangmai.modules.orders.service import refunding, spending
from shangmai.modules.orders.service.holding_back import CAN_SHIP
from shangmai.modules.orders.service.paying import lock_received
from shangmai.modules.orders.service.paying_back import Due, pay_back
from shangmai.modules.orders.service.refunding import Shared
from shangmai.modules.orders.service.shipping import held_parts
from shangmai.modules.orders.service.units import following
from shangmai.modules.orders.service.units.finding import lock_live
from shangmai.modules.orders.service.units.flooring import stop_on_floor
from shangmai.modules.payments.contract import RefundExceedsPayment, RefundExceedsReceipts
from shangmai.modules.pricing.contract import Quote
from shangmai.modules.warehouse.contract.requests import AlreadyOut


@action(
    "orders.cancel_part",
    grant="orders.cancel",
    errors=[
        OrderNotFound, StatusForbids, NotPaidToCancelPart, LineNotFound, DuplicateLines, TooMuchToCancel,
        CancelAllInstead, RefundExceedsReceipts, RefundExceedsPayment, NotHeld, AlreadyOut,
    ],
)  # fmt: skip
async def cancel_part(tx: Tx, do: CancelPart) -> PartCancel:
    """Cancel pieces that have not left: they are free again, their share of what was paid goes back, the rest goes on.

    The rest keeps its prices. Gifts that it does not earn any more are canceled too, where they have not left. Units
    that the pieces were in are told to whoever picks them. What is left to send sends its money exactly. Events
    orders.part_canceled.v1, orders.unit_changed.v1, payments.refunded.v1.
    Raises: OrderNotFound, StatusForbids, NotPaidToCancelPart, LineNotFound, DuplicateLines, TooMuchToCancel,
    CancelAllInstead, RefundExceedsReceipts, RefundExceedsPayment, NotHeld, AlreadyOut.
    """
    order = (await lock_received(tx, {do.order_id: tx.items[0]})).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status not in CAN_SHIP:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="canceled")
    if order.payment_status is not PaymentStatus.PAID:
        raise NotPaidToCancelPart(number=order.number)
    lines = (await queries.lines_of(tx, [order.id]))[order.id]
    quote = (await refunding.quotes_of(tx, {order.id: order})).get(order.id)
    shared, quantities = _share(order, lines, quote, do.lines)
    if order.status is Status.PLACED and not _is_anything_left(lines, quantities):
        raise CancelAllInstead(number=order.number)
    await _free(tx, order, lines, quantities)
    return await _write(tx, order, lines, shared, do.reason)


def _share(
    order: Order, lines: Sequence[OrderLine], quote: Quote | None, wanted: Sequence[CancelLine]
) -> tuple[Shared, Mapping[int, int]]:
    """What goes back for which pieces, with the gifts that are not earned any more."""
    quantities = _wanted(order, lines, wanted)
    shared = _shared(lines, quote, quantities)
    with_gifts = _with_gifts(lines, shared, quantities)
    return (shared, quantities) if with_gifts == quantities else (_shared(lines, quote, with_gifts), with_gifts)


def _wanted(order: Order, lines: Sequence[OrderLine], wanted: Sequence[CancelLine]) -> dict[int, int]:
    goods = {line.line: line for line in lines if line.kind is LineKind.GOODS}
    quantities: dict[int, int] = {}
    for each in wanted:
        line = goods.get(each.line)
        if line is None:
            raise LineNotFound(number=order.number, line=each.line)
        if each.line in quantities:
            raise DuplicateLines(line=each.line)
        if each.qty > line.left_qty:
            raise TooMuchToCancel(number=order.number, line=each.line, left=line.left_qty, qty=each.qty)
        quantities[each.line] = each.qty
    return quantities


def _shared(lines: Sequence[OrderLine], quote: Quote | None, quantities: Mapping[int, int]) -> Shared:
    by_line = {line.line: line for line in lines}
    refunds = [rules.cancellation(by_line[n], qty) for n, qty in quantities.items()]
    asked = [ReturnLine(line=n, qty=qty) for n, qty in quantities.items()]
    shared = refunding.share(lines, quote, asked, refunds)
    if isinstance(shared, AppError):
        raise shared
    return replace(shared, refunds=[_exact(each) for each in shared.refunds])


def _exact(refund: Refund) -> Refund:
    """With the last pieces of a line that have not left goes all that they would have cost."""
    return replace(refund, refund_minor=refund.left_minor) if refund.qty == refund.line.left_qty else refund


def _with_gifts(lines: Sequence[OrderLine], shared: Shared, quantities: Mapping[int, int]) -> dict[int, int]:
    """Also the gifts that the rest does not earn, those that have not left."""
    more = dict(quantities)
    for gift in shared.gifts_due:
        due = gift.qty
        for line in lines:
            if line.sku_id == gift.sku_id and not line.amount_minor:
                qty = min(due, line.left_qty - more.get(line.line, 0))
                if qty > 0:
                    more[line.line] = more.get(line.line, 0) + qty
                    due -= qty
    return more


def _is_anything_left(lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> bool:
    return any(line.kind is LineKind.GOODS and line.left_qty > quantities.get(line.line, 0) for line in lines)


async def _free(tx: Tx, order: Order, lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> None:
    """Give the pieces' stock back: none for those that wait for stock, then out of units that are not picked yet."""
    units = await lock_live(tx, [order.id])
    taken = take(units, order.id, await _held_of(tx, order, lines, quantities), first=UnitState.OPEN)
    parts = held_parts(lines, taken)
    await inventory.free(tx, [Free(doc=order.id, lines=parts, item=tx.items[0])])
    gone: dict[following.Place, int] = defaultdict(int)
    for each in taken:
        if each.unit_id is not None:
            gone[each.unit_id, order.id, each.line] += each.qty
    await following.empty(tx, units, gone, UnitState.CANCELED, "canceled in part")
    touched = {id_ for id_, *_ in gone}
    await stop_on_floor(tx, [unit.id for unit, _ in units if unit.id in touched and unit.state is UnitState.RELEASED])


async def _held_of(tx: Tx, order: Order, lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> dict[int, int]:
    """How many of these pieces are held, if those that are not are taken first."""
    by_number = {line.line: line for line in lines}
    held: dict[int, int] = defaultdict(int)
    for each in await inventory.held_at(tx, [order.id]):
        if each.sku_id == by_number[each.line].sku_id:
            held[each.line] += each.pieces
    return {n: max(qty - (by_number[n].left_qty - held[n]), 0) if n in held else qty for n, qty in quantities.items()}


async def _write(tx: Tx, order: Order, lines: Sequence[OrderLine], shared: Shared, reason: str) -> PartCancel:
    item = tx.items[0]
    made = PartCancel(
        id=new_id(),
        order_id=order.id,
        at=tx.now,
        reason=reason,
        refund_minor=sum(each.refund_minor for each in shared.refunds),
        lines=[
            CanceledLine(line=each.line.line, qty=each.qty, refund_minor=each.refund_minor) for each in shared.refunds
        ],
        coupons_back=shared.coupons_back,
        points_back=shared.points_back,
    )
    due = Due(order, made.refund_minor, None, f"cancel_part:{made.id}", item)
    for refusal in (await pay_back(tx, {made.id: due})).values():
        raise refusal
    await refunding.give_coupons_back(tx, [(order.id, made.coupons_back, item)])
    await spending.give_back(tx, [(order, made.points_back, item)])
    await queries.insert_part_cancel(tx, made)
    if not _is_anything_left(lines, {each.line: each.qty for each in made.lines}):
        await queries.set_status(tx, [order.id], Status.SHIPPED)
    tx.emit(
        OrderPartCanceled(
            cancel_id=made.id,
            order_id=order.id,
            number=order.number,
            company_id=order.company_id,
            shop_id=order.shop_id,
            customer_id=order.customer_id,
            refund_minor=made.refund_minor,
            currency=order.currency,
            reason=reason,
        )
    )
    return made
