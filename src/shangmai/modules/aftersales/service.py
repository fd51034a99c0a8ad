"""Asking for something after the sale, and answering it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import uuid5

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import t
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries, rules
from shangmai.modules.aftersales.contract import (
    DECIDE,
    OWN,
    AfterSaleAsked,
    AfterSaleChanged,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleNotFound,
    AfterSaleOfOrder,
    AfterSalePolicy,
    AfterSaleRequest,
    AfterSaleRequestId,
    AfterSaleState,
    AlreadyAsked,
    ApproveAfterSale,
    AskAfterSale,
    AskedTooLate,
    CancelAfterSale,
    KindNotTaken,
    NoGoodsAwaited,
    NotAlike,
    NothingSentYet,
    ReceiveBack,
    RefuseAfterSale,
    RequestClosed,
    SendBack,
    TooMuchAsked,
)
from shangmai.modules.catalog import service as catalog
from shangmai.modules.inventory.contract import Bucket, NotAStockBucket
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import CustomerNoticeKind, NewCustomerNotice, NewNotice, NoticeKind
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    CancelOrder,
    DuplicateLines,
    LineNotFound,
    OrderId,
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
from shangmai.modules.warehouse.contract.requests import AlreadyOut

GIVING_BACK: Final = [
    OrderNotFound, StatusForbids, LineNotFound, TooMuchToReturn, RefundTooHigh, RefundExceedsReceipts,
    RefundExceedsPayment,
]  # fmt: skip
"""Why orders may not give back what a request asks for, because it has changed meanwhile."""


async def _scopes_of(tx: Tx, do: Sequence[ApproveAfterSale | RefuseAfterSale | ReceiveBack]) -> list[Scope | None]:
    shops = await queries.shops_of(tx, [each.request_id for each in do])
    return [{"shop": shops[each.request_id]} if each.request_id in shops else None for each in do]


@action(
    "aftersales.ask",
    grant=OWN,
    errors=[
        CustomerNeeded, OrderNotFound, NothingSentYet, KindNotTaken, AskedTooLate, LineNotFound, DuplicateLines,
        TooMuchAsked, AlreadyAsked, NotAlike,
    ],
)  # fmt: skip
async def ask(tx: Tx, do: AskAfterSale) -> AfterSaleRequest:
    """Ask for money back or other goods for pieces of an own order that were sent, as the customer who is signed in.

    The order is held meanwhile, so of two that ask for the same line at once the second is refused. The shop's people
    are told. Event aftersales.asked.v1. Raises: CustomerNeeded, OrderNotFound, NothingSentYet, KindNotTaken,
    AskedTooLate, LineNotFound, DuplicateLines, TooMuchAsked, AlreadyAsked, NotAlike.
    """
    customer_id = members.customer_of(tx.actor)
    sent = await orders.sent_of(tx, do.order_id, lock=True)
    if sent is None or sent.order.customer_id != customer_id:
        raise OrderNotFound(order_id=do.order_id)
    order = sent.order
    if not any(line.shipped_qty for line in sent.lines):
        raise NothingSentYet(number=order.number)
    policy = await queries.policy_of(tx, order.shop_id)
    refusal = rules.check_in_time(order, do.kind, policy, sent.signed_at, tx.now)
    if refusal is not None:
        raise refusal
    lines = rules.asked(order, sent.lines, sent.awaited, await queries.taken_of(tx, order.id), do.lines)
    if isinstance(lines, AppError):
        raise lines
    lines = await _with_swaps(tx, do.kind, lines)
    (number,) = await next_numbers(tx, "AS", [tx.now])
    request = AfterSaleRequest(
        id=AfterSaleRequestId(new_id()),
        number=number,
        shop_id=order.shop_id,
        order_id=order.id,
        order_number=order.number,
        customer_id=customer_id,
        kind=do.kind,
        state=AfterSaleState.ASKED,
        reason=do.reason,
        words=do.words.strip(),
        pictures=do.pictures,
        currency=order.currency,
        asked_minor=0 if do.kind is AfterSaleKind.EXCHANGE else sum(line.amount_minor for line in lines),
        refund_minor=None,
        answer="",
        send_to="",
        carrier="",
        waybill="",
        return_number="",
        exchange_order_id=None,
        exchange_number="",
        asked_at=tx.now,
        changed_at=tx.now,
        lines=tuple(lines),
    )
    await queries.insert(tx, request)
    await _tell_staff(tx, request)
    tx.emit(
        AfterSaleAsked(
            request_id=request.id,
            order_id=order.id,
            shop_id=order.shop_id,
            customer_id=customer_id,
            number=number,
            kind=do.kind,
            asked_minor=request.asked_minor,
            currency=order.currency,
        )
    )
    return request


@action(
    "aftersales.cancel", grant=OWN, errors=[CustomerNeeded, AfterSaleNotFound, RequestClosed, StatusForbids, AlreadyOut]
)
async def cancel(tx: Tx, do: CancelAfterSale) -> AfterSaleRequest:
    """Take an own request back; what was to be sent for it is canceled. Canceling it again changes nothing.

    Event aftersales.changed.v1. Raises: CustomerNeeded, AfterSaleNotFound, RequestClosed, StatusForbids, AlreadyOut.
    """
    request = await _own(tx, do.request_id)
    if request.state is AfterSaleState.CANCELED:
        return request
    _check_open(request)
    if request.exchange_order_id is not None:
        await orders.cancel(tx, CancelOrder(order_id=request.exchange_order_id, reason=request.number))
    return await _become(tx, replace(request, state=AfterSaleState.CANCELED))


@action("aftersales.send_back", grant=OWN, errors=[CustomerNeeded, AfterSaleNotFound, NoGoodsAwaited])
async def send_back(tx: Tx, do: SendBack) -> AfterSaleRequest:
    """Say by which waybill the goods of an approved request go back; saying it again corrects it.

    Event aftersales.changed.v1. Raises: CustomerNeeded, AfterSaleNotFound, NoGoodsAwaited.
    """
    request = await _own(tx, do.request_id)
    if request.state is not AfterSaleState.APPROVED:
        raise NoGoodsAwaited(number=request.number, state=request.state.value)
    said = replace(request, carrier=do.carrier.strip(), waybill=do.waybill)
    return request if said == request else await _become(tx, said)


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
        return await _become(tx, done)
    send_to = do.send_to.strip() or (await queries.policy_of(tx, request.shop_id)).send_to
    agreed = replace(request, state=AfterSaleState.APPROVED, send_to=send_to)
    if request.kind is AfterSaleKind.RETURN:
        # Decided now, given when the goods are there.
        return await _become(tx, replace(agreed, refund_minor=_decided(request, do.refund_minor)))
    wanted = [ExchangeLine(line=line.line, qty=line.qty, sku_id=line.to_sku_id) for line in request.lines]
    sends = await orders.exchange(
        tx, ExchangeOrder(order_id=request.order_id, lines=wanted, reason=request.number, wait_for_return=True)
    )
    return await _become(tx, replace(agreed, exchange_order_id=sends.id, exchange_number=sends.number))


@action("aftersales.refuse", grant=DECIDE, scopes_of=_scopes_of, errors=[AfterSaleNotFound, RequestClosed])
async def refuse(tx: Tx, do: RefuseAfterSale) -> AfterSaleRequest:
    """Refuse a request with a reason that the buyer reads; its pieces can be asked for again.

    Refusing what was refused changes nothing. Event aftersales.changed.v1. Raises: AfterSaleNotFound, RequestClosed.
    """
    request = await _locked(tx, do.request_id)
    if request.state is AfterSaleState.REFUSED:
        return request
    _check_open(request)
    if request.exchange_order_id is not None:
        await orders.cancel(tx, CancelOrder(order_id=request.exchange_order_id, reason=request.number))
    return await _become(tx, replace(request, state=AfterSaleState.REFUSED, answer=do.reason.strip()))


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
    return await _become(tx, done)


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


async def look(tx: Tx, order_id: OrderId) -> AfterSaleOfOrder:
    """Tell a customer what can be asked for of an own order, and what was. Raises: CustomerNeeded, OrderNotFound."""
    customer_id = members.customer_of(tx.actor)
    sent = await orders.sent_of(tx, order_id, lock=False)
    if sent is None or sent.order.customer_id != customer_id:
        raise OrderNotFound(order_id=order_id)
    ends = rules.until(await queries.policy_of(tx, sent.order.shop_id), sent.signed_at)
    return AfterSaleOfOrder(
        order_id=order_id,
        currency=sent.order.currency,
        lines=rules.askable(sent.lines, sent.awaited, await queries.taken_of(tx, order_id)),
        until={kind: last for kind, last in ends.items() if last is None or tx.now <= last},
        requests=tuple(await queries.of_order(tx, order_id)),
    )


async def _with_swaps(tx: Tx, kind: AfterSaleKind, lines: Sequence[AfterSaleLine]) -> list[AfterSaleLine]:
    """The lines with what is wanted for them, in an exchange alone. Raises: NotAlike."""
    if kind is not AfterSaleKind.EXCHANGE:
        return [replace(line, to_sku_id=None) for line in lines]
    wanted = {line.to_sku_id for line in lines if line.to_sku_id is not None}
    skus = await catalog.get_skus(tx, wanted | {line.sku_id for line in lines}) if wanted else {}
    for line in lines:
        if line.to_sku_id is not None:
            to = skus.get(line.to_sku_id)
            if to is None or to.product_id != skus[line.sku_id].product_id:
                raise NotAlike(sku_id=line.to_sku_id, line=line.line)
    return list(lines)


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


async def _own(tx: Tx, id_: AfterSaleRequestId) -> AfterSaleRequest:
    customer_id = members.customer_of(tx.actor)
    request = await queries.lock(tx, id_)
    if request is None or request.customer_id != customer_id:
        raise AfterSaleNotFound(request_id=id_)
    return request


async def _locked(tx: Tx, id_: AfterSaleRequestId) -> AfterSaleRequest:
    request = await queries.lock(tx, id_)
    if request is None:
        raise AfterSaleNotFound(request_id=id_)
    return request


def _check_open(request: AfterSaleRequest) -> None:
    if request.state not in rules.OPEN:
        raise RequestClosed(number=request.number, state=request.state.value)


async def _become(tx: Tx, request: AfterSaleRequest) -> AfterSaleRequest:
    changed = replace(request, changed_at=tx.now)
    await queries.write(tx, changed, is_open=changed.state in rules.OPEN)
    await _tell_buyer(tx, changed)
    is_done = changed.state is AfterSaleState.DONE
    tx.emit(
        AfterSaleChanged(
            request_id=changed.id,
            order_id=changed.order_id,
            shop_id=changed.shop_id,
            customer_id=changed.customer_id,
            number=changed.number,
            kind=changed.kind,
            became=changed.state,
            refund_minor=(changed.refund_minor or 0) if is_done else 0,
            currency=changed.currency,
        )
    )
    return changed


async def _tell_buyer(tx: Tx, request: AfterSaleRequest) -> None:
    """Once for each state that the shop brings it to; what the buyer did they know."""
    if request.state not in (AfterSaleState.APPROVED, AfterSaleState.REFUSED, AfterSaleState.DONE):
        return
    given = {"number": request.number, "order": request.order_number}
    zh, en = (t(f"aftersales.told.{request.state}", lang, **given) for lang in ("zh-CN", "en"))
    told = NewCustomerNotice(
        customer_id=request.customer_id,
        shop_id=request.shop_id,
        kind=CustomerNoticeKind.AFTER_SALE,
        about=uuid5(request.id, request.state.value),
        order_id=request.order_id,
        zh=zh,
        en=en,
    )
    await messaging.tell_customers(tx, [told])


async def _tell_staff(tx: Tx, request: AfterSaleRequest) -> None:
    told = NewNotice(
        kind=NoticeKind.AFTER_SALE,
        zh=f"订单 {request.order_number} 有新的售后申请 {request.number}",
        en=f"After-sale request {request.number} for order {request.order_number}",
        link=f"/orders/{request.order_id}",
        grant=DECIDE,
        shop_id=request.shop_id,
    )
    await messaging.tell(tx, [told])
