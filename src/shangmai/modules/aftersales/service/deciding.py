"""Answering what buyers ask for after the sale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import t
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries, rules
from shangmai.modules.aftersales.contract import (
    DECIDE,
    AfterSaleKind,
    AfterSaleNotFound,
    AfterSalePolicy,
    AfterSaleRequest,
    AfterSaleRequestId,
    AfterSaleState,
    ApproveAfterSale,
    NoGoodsAwaited,
    ReceiveBack,
    RefuseAfterSale,
    RequestClosed,
)
from shangmai.modules.aftersales.service.becoming import become, check_open
from shangmai.modules.inventory.contract import Bucket, NotAStockBucket
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    CancelOrder,
    LineNotFound,
    OrderNotFound,
    RefundTooHigh,
    Return,
    ReturnLine,
    ReturnOrder,
    SkuNotSellable,
    StatusForbids,
    TooMuchToReturn,
)
from shangmai.modules.orders.contract.exchanging import ExchangeLine, ExchangeOrder, TooMuchToExchange
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopNotFound
from shangmai.modules.payments.contract import RefundExceedsPayment, RefundExceedsReceipts

GIVING_BACK: Final = [
    OrderNotFound, StatusForbids, LineNotFound, TooMuchToReturn, RefundTooHigh, RefundExceedsReceipts,
    RefundExceedsPayment,
]  # fmt: skip
"""Why orders may not give back what a request asks for, because it has changed meanwhile."""


async def _scopes_of(tx: Tx, do: Sequence[ApproveAfterSale | RefuseAfterSale | ReceiveBack]) -> list[Scope | None]:
    shops = await queries.shops_of(tx, [each.request_id for each in do])
    return [{"shop": shops[each.request_id]} if each.request_id in shops else None for each in do]


@action(
    "aftersales.approve",
    grant=DECIDE,
    scopes_of=_scopes_of,
    errors=[AfterSaleNotFound, RequestClosed, TooMuchToExchange, SkuNotSellable, *GIVING_BACK],
)
async def approve(tx: Tx, do: ApproveAfterSale) -> AfterSaleRequest:
    """Agree to a request: money alone goes back at once; goods are waited for, and what is sent for them waits too.

    Approving what was approved changes nothing. Events aftersales.changed.v1, those of orders.return and
    orders.exchange. Raises: AfterSaleNotFound, RequestClosed, TooMuchToExchange, SkuNotSellable, what orders.return
    raises.
    """
    request = await _locked(tx, do.request_id)
    if request.state is AfterSaleState.APPROVED:
        return request
    if request.state is not AfterSaleState.ASKED:
        raise RequestClosed(number=request.number, state=request.state.value)
    if request.kind is AfterSaleKind.REFUND:
        made = await _give_back(tx, request, do.refund_minor, Bucket.SELLABLE)
        done = replace(request, state=AfterSaleState.DONE, refund_minor=made.refund_minor, return_number=made.number)
        return await become(tx, done)
    send_to = do.send_to.strip() or (await queries.policy_of(tx, request.shop_id)).send_to
    agreed = replace(request, state=AfterSaleState.APPROVED, send_to=send_to)
    if request.kind is AfterSaleKind.RETURN:
        # Decided now, given when the goods are there.
        return await become(tx, replace(agreed, refund_minor=_decided(request, do.refund_minor)))
    wanted = [ExchangeLine(line=line.line, qty=line.qty, sku_id=line.to_sku_id) for line in request.lines]
    sends = await orders.exchange(
        tx, ExchangeOrder(order_id=request.order_id, lines=wanted, reason=request.number, wait_for_return=True)
    )
    return await become(tx, replace(agreed, exchange_order_id=sends.id, exchange_number=sends.number))


@action("aftersales.refuse", grant=DECIDE, scopes_of=_scopes_of, errors=[AfterSaleNotFound, RequestClosed])
async def refuse(tx: Tx, do: RefuseAfterSale) -> AfterSaleRequest:
    """Refuse a request with a reason that the buyer reads; its pieces can be asked for again.

    Refusing what was refused changes nothing. Event aftersales.changed.v1. Raises: AfterSaleNotFound, RequestClosed.
    """
    request = await _locked(tx, do.request_id)
    if request.state is AfterSaleState.REFUSED:
        return request
    check_open(request)
    if request.exchange_order_id is not None:
        await orders.cancel(tx, CancelOrder(order_id=request.exchange_order_id, reason=request.number))
    return await become(tx, replace(request, state=AfterSaleState.REFUSED, answer=do.reason.strip()))


@action(
    "aftersales.receive",
    grant=DECIDE,
    scopes_of=_scopes_of,
    errors=[AfterSaleNotFound, NoGoodsAwaited, NotAStockBucket, *GIVING_BACK],
)
async def receive(tx: Tx, do: ReceiveBack) -> AfterSaleRequest:
    """Note that a request's goods are back: they are stock again, the money goes back, what is exchanged may leave.

    Receiving what is done changes nothing. Events aftersales.changed.v1, those of orders.return. Raises:
    AfterSaleNotFound, NoGoodsAwaited, NotAStockBucket, what orders.return raises.
    """
    request = await _locked(tx, do.request_id)
    if request.state is AfterSaleState.DONE:
        return request
    if request.state is not AfterSaleState.APPROVED:
        raise NoGoodsAwaited(number=request.number, state=request.state.value)
    money = request.refund_minor if do.refund_minor is None else do.refund_minor
    made = await _give_back(tx, request, money, do.bucket)
    done = replace(request, state=AfterSaleState.DONE, refund_minor=made.refund_minor, return_number=made.number)
    return await become(tx, done)


@action(
    "aftersales.set_policy", grant="aftersales.set_policy", scope=lambda do: {"shop": do.shop_id}, errors=[ShopNotFound]
)
async def set_policy(tx: Tx, do: AfterSalePolicy) -> AfterSalePolicy:
    """Say for how long a shop takes requests, and where goods go back to; for requests from now on.

    Raises: ShopNotFound.
    """
    if do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    await queries.set_policy(tx, do)
    return do


async def _give_back(tx: Tx, request: AfterSaleRequest, refund_minor: int | None, bucket: Bucket) -> Return:
    """Take the goods of a request back and give its money back, or the money alone; nothing for an exchange."""
    comes_back = request.kind is not AfterSaleKind.REFUND
    money = [0] * len(request.lines)
    if request.kind is not AfterSaleKind.EXCHANGE:
        money = rules.shared(request.lines, refund_minor)
    lines = [
        ReturnLine(line=line.line, qty=line.qty if comes_back else 0, refund_minor=minor)
        for line, minor in zip(request.lines, money, strict=True)
    ]
    do = ReturnOrder(
        order_id=request.order_id,
        lines=lines,
        reason=t(f"aftersales.reason.{request.reason}", "zh-CN"),
        reference=request.number,
        bucket=bucket,
    )
    (made,) = await orders.return_goods(tx, [do])
    if isinstance(made, AppError):
        raise made
    return made


def _decided(request: AfterSaleRequest, refund_minor: int | None) -> int:
    return request.asked_minor if refund_minor is None else refund_minor


async def _locked(tx: Tx, id_: AfterSaleRequestId) -> AfterSaleRequest:
    request = await queries.lock(tx, id_)
    if request is None:
        raise AfterSaleNotFound(request_id=id_)
    return request
