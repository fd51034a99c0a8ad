"""Taking goods back and refunding them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import COUNTED, NotAStockBucket, TakeBack
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    DuplicateLines,
    LineKind,
    LineNotFound,
    Order,
    OrderLine,
    OrderNotFound,
    OrderReturned,
    RefundTooHigh,
    Return,
    ReturnLine,
    ReturnOrder,
    StatusForbids,
    TooMuchToReturn,
)
from shangmai.modules.orders.contract.returning import PartNotInKit, TooMuchOfPart
from shangmai.modules.orders.queries import NewReturn
from shangmai.modules.orders.rules import Refund, kits
from shangmai.modules.orders.rules.kits import Parts
from shangmai.modules.orders.service import kitting, refunding, spending
from shangmai.modules.orders.service.finding import rounds, scopes_of
from shangmai.modules.orders.service.paying import lock_received
from shangmai.modules.orders.service.paying_back import Due, pay_back
from shangmai.modules.orders.service.refunding import Shared
from shangmai.modules.payments.contract import RefundExceedsPayment, RefundExceedsReceipts
from shangmai.modules.pricing.contract import Quote


class Accepted(Struct, frozen=True):
    """A return that fits its order."""

    id: UUID
    order: Order
    shared: Shared
    parts: Mapping[int, Parts]
    do: ReturnOrder
    item: Item

    @property
    def refunds(self) -> Sequence[Refund]:
        return self.shared.refunds

    @property
    def refund_minor(self) -> int:
        return sum(refund.refund_minor for refund in self.refunds)


@action(
    "orders.return",
    grant="orders.return",
    many=True,
    scopes_of=scopes_of,
    errors=[
        OrderNotFound, StatusForbids, LineNotFound, DuplicateLines, TooMuchToReturn, RefundTooHigh,
        RefundExceedsReceipts, RefundExceedsPayment, NotAStockBucket, PartNotInKit, TooMuchOfPart,
    ],
)  # fmt: skip
async def return_goods(tx: Tx, do: Sequence[ReturnOrder]) -> list[Return | AppError]:
    """Take goods back at the cost they left with, and refund them. Events orders.returned.v1, payments.refunded.v1.

    A line's refunds end exactly at what it cost the customer, never above; the order's never above what was paid. A
    coupon is free again once nothing that it was used on is left, points go back in share; gifts no longer earned are
    named. Of a kit, pieces of components may come back alone, each for its share of what the kit cost.
    """
    outcomes: dict[int, Return | AppError] = {}
    for indices in rounds(do):
        outcomes |= await _return_each_once(tx, {index: do[index] for index in indices})
    return [outcomes[index] for index in range(len(do))]


async def _return_each_once(tx: Tx, do: dict[int, ReturnOrder]) -> dict[int, Return | AppError]:
    ids = {each.order_id: tx.items[index] for index, each in do.items()}
    orders, lines = await lock_received(tx, ids), await queries.lines_of(tx, ids)
    quotes = await refunding.quotes_of(tx, orders)
    parts = await kitting.parts_for(tx, lines, list(do.values()))
    outcomes: dict[int, Return | AppError] = {}
    accepted: dict[int, Accepted] = {}
    for index, each in do.items():
        of = (orders.get(each.order_id), lines[each.order_id], quotes.get(each.order_id), parts.get(each.order_id, {}))
        outcome = _accept(*of, each, tx.items[index])
        if isinstance(outcome, AppError):
            outcomes[index] = outcome
        else:
            accepted[index] = outcome
    dues = {
        index: Due(each.order, each.refund_minor, each.do.method, f"return:{each.id}", each.item)
        for index, each in accepted.items()
    }
    refused: dict[int, Return | AppError] = dict(await pay_back(tx, dues))
    accepted = {index: each for index, each in accepted.items() if index not in refused}
    await _take_back(tx, list(accepted.values()))
    await refunding.give_coupons_back(tx, [(a.order.id, a.shared.coupons_back, a.item) for a in accepted.values()])
    await spending.give_back(tx, [(a.order, a.shared.points_back, a.item) for a in accepted.values()])
    return outcomes | refused | await _write(tx, accepted)


def _accept(
    order: Order | None,
    lines: Sequence[OrderLine],
    quote: Quote | None,
    parts: Mapping[int, Parts],
    do: ReturnOrder,
    item: Item,
) -> Accepted | AppError:
    if order is None:
        return OrderNotFound(order_id=do.order_id)
    if order.status not in rules.RETURNABLE:
        return StatusForbids(number=order.number, status=order.status.value, wanted="returned")
    if do.bucket not in COUNTED:
        return NotAStockBucket(bucket=do.bucket.value)
    refunds = rules.refunds(order, lines, do.lines, partial(_by_pieces, order, parts))
    if isinstance(refunds, AppError):
        return refunds
    shared = refunding.share(lines, quote, do.lines, refunds)
    return shared if isinstance(shared, AppError) else Accepted(new_id(), order, shared, parts, do, item)


def _by_pieces(
    order: Order, parts: Mapping[int, Parts], line: OrderLine, wanted: ReturnLine
) -> Refund | AppError | None:
    mine = parts.get(line.line, ())
    if not kits.goes_by_pieces(line, mine, wanted):
        return None
    if not mine:
        return PartNotInKit(line=line.line, sku_id=wanted.parts[0].sku_id)
    return kits.refund_pieces(order, line, mine, wanted)


async def _take_back(tx: Tx, accepted: Sequence[Accepted]) -> None:
    returned = {refund.line.sku_id for each in accepted for refund in each.refunds if refund.line.sku_id}
    skus = await catalog.get_skus(tx, returned) if returned else {}
    await inventory.take_back(
        tx,
        [
            piece
            for each in accepted
            for refund in each.refunds
            if refund.line.sku_id and (refund.qty or refund.pieces)
            for piece in _pieces(each, refund, skus[refund.line.sku_id])
        ],
    )


def _pieces(accepted: Accepted, refund: Refund, sku: Sku) -> list[TakeBack]:
    """The pieces that come back; a kit's cost goes to its components by their number."""
    pieces = list(_components(accepted, refund, sku).items()) or [(sku.id, refund.qty)]
    costs = rules.split(refund.cost_minor, [qty for _, qty in pieces])
    return [
        TakeBack(
            sku_id=sku_id,
            warehouse_id=accepted.order.warehouse_id,
            bucket=accepted.do.bucket,
            qty=qty,
            cost_minor=cost,
            doc=accepted.id,
            line=refund.line.line,
            item=accepted.item,
        )
        for (sku_id, qty), cost in zip(pieces, costs, strict=True)
    ]


def _components(accepted: Accepted, refund: Refund, sku: Sku) -> Mapping[SkuId, int]:
    """The pieces of components that come back: those named, or of whole kits as they were ordered."""
    parts = accepted.parts.get(refund.line.line, ())
    return refund.pieces or (
        kits.whole_kits(parts, refund.qty) if parts else {c.sku_id: c.qty * refund.qty for c in sku.components}
    )


async def _count_pieces(tx: Tx, accepted: Sequence[Accepted]) -> None:
    back = [
        (each.order.id, refund.line.line, sku_id, qty)
        for each in accepted
        for refund in each.refunds
        if (parts := each.parts.get(refund.line.line, ()))
        for sku_id, qty in (refund.pieces or kits.whole_kits(parts, refund.qty)).items()
        if qty
    ]
    if back:
        await queries.add_returned_pieces(tx, back)


async def _write(tx: Tx, accepted: Mapping[int, Accepted]) -> dict[int, Return | AppError]:
    if not accepted:
        return {}
    numbers = await next_numbers(tx, "RT", [each.item.now for each in accepted.values()])
    made = {
        index: Return(
            id=each.id,
            number=number,
            order_id=each.order.id,
            refund_minor=each.refund_minor,
            cost_minor=sum(refund.cost_minor for refund in each.refunds),
            gifts_due=each.shared.gifts_due,
            coupons_back=each.shared.coupons_back,
            points_back=each.shared.points_back,
        )
        for (index, each), number in zip(accepted.items(), numbers, strict=True)
    }
    await queries.insert_returns(
        tx,
        [
            NewReturn(made[i], a.refunds, a.do.reason, a.do.reference, a.do.bucket.value, a.item.now)
            for i, a in accepted.items()
        ],
    )
    await _count_pieces(tx, list(accepted.values()))
    for index, each in accepted.items():
        tx.emit(_event(each, made[index]), each.item)
    return dict(made)


def _event(accepted: Accepted, made: Return) -> OrderReturned:
    money = dict.fromkeys(LineKind, 0)
    for refund in accepted.refunds:
        money[refund.line.kind] += refund.refund_minor
    order = accepted.order
    return OrderReturned(
        return_id=made.id,
        order_id=order.id,
        number=made.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        goods_minor=money[LineKind.GOODS],
        freight_minor=money[LineKind.FREIGHT],
        other_minor=money[LineKind.OTHER],
        refund_minor=made.refund_minor,
        cost_minor=made.cost_minor,
        currency=order.currency,
    )
