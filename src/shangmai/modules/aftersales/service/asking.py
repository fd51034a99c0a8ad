"""Asking for something after the sale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.files import FileMissing, FileTooLarge
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries, rules
from shangmai.modules.aftersales.contract import (
    OWN,
    AfterSaleAsked,
    AfterSaleKind,
    AfterSaleLine,
    AfterSaleLinkInvalid,
    AfterSaleNotFound,
    AfterSaleOfOrder,
    AfterSaleRequest,
    AfterSaleRequestId,
    AfterSaleState,
    AlreadyAsked,
    AskAfterSale,
    AskByLink,
    AskedTooLate,
    CancelAfterSale,
    CancelAfterSaleByLink,
    KeepPictureByLink,
    KindNotTaken,
    NoGoodsAwaited,
    NotAlike,
    NothingSentYet,
    OrderOfAnother,
    RequestClosed,
    SendBack,
    SendBackByLink,
    TooMuchAsked,
)
from shangmai.modules.aftersales.service.becoming import become, check_open, tell_staff
from shangmai.modules.catalog import service as catalog
from shangmai.modules.media import service as media
from shangmai.modules.media.contract import (
    KeepOwnMedia,
    MediaFile,
    NoPicture,
    NotShowable,
    PictureTooLarge,
    TooManyPictures,
)
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    CancelOrder,
    DuplicateLines,
    LineNotFound,
    OrderId,
    OrderNotFound,
    StatusForbids,
)
from shangmai.modules.orders.service import Sent
from shangmai.modules.warehouse.contract.requests import AlreadyOut

REFUSALS: Final = [
    NothingSentYet, KindNotTaken, AskedTooLate, LineNotFound, DuplicateLines, TooMuchAsked, AlreadyAsked, NotAlike,
]  # fmt: skip


@action("aftersales.ask", grant=OWN, errors=[CustomerNeeded, OrderNotFound, *REFUSALS])
async def ask(tx: Tx, do: AskAfterSale) -> AfterSaleRequest:
    """Ask for money back or other goods for pieces of an own order that were sent, as the customer who is signed in.

    The order is held meanwhile, so of two that ask for the same line at once the second is refused. The shop's people
    are told. Event aftersales.asked.v1. Raises: CustomerNeeded, OrderNotFound, NothingSentYet, KindNotTaken,
    AskedTooLate, LineNotFound, DuplicateLines, TooMuchAsked, AlreadyAsked, NotAlike.
    """
    return await _write(tx, await _own_order(tx, do.order_id, lock=True), do)


@action(
    "aftersales.ask_by_link",
    grant=OWN,
    public=True,
    scope=lambda do: {},
    errors=[AfterSaleLinkInvalid, OrderOfAnother, *REFUSALS],
    present_only=True,
)
async def ask_by_link(tx: Tx, do: AskByLink) -> AfterSaleRequest:
    """Ask as `aftersales.ask` does, for the order of a link, as whoever holds it: a guest has nothing else.

    Event aftersales.asked.v1. Raises: AfterSaleLinkInvalid, OrderOfAnother, what aftersales.ask raises.
    """
    sent = await _order_of(tx, do.link, lock=True)
    wish = AskAfterSale(
        order_id=sent.order.id,
        kind=do.kind,
        lines=do.lines,
        reason=do.reason,
        words=do.words,
        pictures=do.pictures,
    )
    return await _write(tx, sent, wish)


@action(
    "aftersales.keep_picture_by_link",
    grant=OWN,
    public=True,
    scope=lambda do: {},
    errors=[
        AfterSaleLinkInvalid, OrderOfAnother, NothingSentYet,
        FileMissing, FileTooLarge, NotShowable, NoPicture, PictureTooLarge, TooManyPictures,
    ],
    present_only=True,
)  # fmt: skip
async def keep_picture_by_link(tx: Tx, do: KeepPictureByLink) -> MediaFile:
    """Let a picture be seen that belongs to what is asked for of the order of a link; so many a day for each order.

    Raises: AfterSaleLinkInvalid, OrderOfAnother, NothingSentYet, what media.keep_own raises.
    """
    sent = await _order_of(tx, do.link, lock=False)
    if not any(line.shipped_qty for line in sent.lines):
        raise NothingSentYet(number=sent.order.number)
    kept = KeepOwnMedia(sha256=do.sha256, size=do.size, name=do.name)
    return await media.keep_of(tx, kept, sent.order.id)


@action(
    "aftersales.cancel", grant=OWN, errors=[CustomerNeeded, AfterSaleNotFound, RequestClosed, StatusForbids, AlreadyOut]
)
async def cancel(tx: Tx, do: CancelAfterSale) -> AfterSaleRequest:
    """Take an own request back; what was to be sent for it is canceled. Canceling it again changes nothing.

    Event aftersales.changed.v1. Raises: CustomerNeeded, AfterSaleNotFound, RequestClosed, StatusForbids, AlreadyOut.
    """
    return await _take_back(tx, await _own(tx, do.request_id))


@action(
    "aftersales.cancel_by_link",
    grant=OWN,
    public=True,
    scope=lambda do: {},
    errors=[AfterSaleLinkInvalid, OrderOfAnother, AfterSaleNotFound, RequestClosed, StatusForbids, AlreadyOut],
    present_only=True,
)
async def cancel_by_link(tx: Tx, do: CancelAfterSaleByLink) -> AfterSaleRequest:
    """Take a request for the order of a link back, as whoever holds the link. Canceling it again changes nothing.

    Event aftersales.changed.v1. Raises: AfterSaleLinkInvalid, OrderOfAnother, what aftersales.cancel raises.
    """
    return await _take_back(tx, await _of_link(tx, do.link, do.request_id))


@action("aftersales.send_back", grant=OWN, errors=[CustomerNeeded, AfterSaleNotFound, NoGoodsAwaited])
async def send_back(tx: Tx, do: SendBack) -> AfterSaleRequest:
    """Say by which waybill the goods of an approved request go back; saying it again corrects it.

    Event aftersales.changed.v1. Raises: CustomerNeeded, AfterSaleNotFound, NoGoodsAwaited.
    """
    return await _note_waybill(tx, await _own(tx, do.request_id), do.carrier, do.waybill)


@action(
    "aftersales.send_back_by_link",
    grant=OWN,
    public=True,
    scope=lambda do: {},
    errors=[AfterSaleLinkInvalid, OrderOfAnother, AfterSaleNotFound, NoGoodsAwaited],
    present_only=True,
)
async def send_back_by_link(tx: Tx, do: SendBackByLink) -> AfterSaleRequest:
    """Say by which waybill the goods of an approved request go back, as whoever holds the order's link.

    Event aftersales.changed.v1. Raises: AfterSaleLinkInvalid, OrderOfAnother, AfterSaleNotFound, NoGoodsAwaited.
    """
    return await _note_waybill(tx, await _of_link(tx, do.link, do.request_id), do.carrier, do.waybill)


async def look(tx: Tx, order_id: OrderId) -> AfterSaleOfOrder:
    """Tell a customer what can be asked for of an own order, and what was. Raises: CustomerNeeded, OrderNotFound."""
    return await _seen(tx, await _own_order(tx, order_id, lock=False))


async def look_by_link(tx: Tx, link: str) -> AfterSaleOfOrder:
    """Tell what can be asked for of the order of a link, and what was. Raises: AfterSaleLinkInvalid, OrderOfAnother."""
    return await _seen(tx, await _order_of(tx, link, lock=False))


async def _seen(tx: Tx, sent: Sent) -> AfterSaleOfOrder:
    order = sent.order
    ends = rules.until(await queries.policy_of(tx, order.shop_id), sent.signed_at)
    return AfterSaleOfOrder(
        order_id=order.id,
        currency=order.currency,
        lines=rules.askable(sent.lines, sent.awaited, await queries.taken_of(tx, order.id)),
        until={kind: last for kind, last in ends.items() if last is None or tx.now <= last},
        requests=tuple(await queries.of_order(tx, order.id)),
    )


async def _own_order(tx: Tx, order_id: OrderId, *, lock: bool) -> Sent:
    """Raises: CustomerNeeded, OrderNotFound."""
    customer_id = members.customer_of(tx.actor)
    sent = await orders.sent_of(tx, order_id, lock=lock)
    if sent is None or sent.order.customer_id != customer_id:
        raise OrderNotFound(order_id=order_id)
    return sent


async def _order_of(tx: Tx, link: str, *, lock: bool) -> Sent:
    """Raises: AfterSaleLinkInvalid, OrderOfAnother."""
    order_id = orders.order_of_link(link)
    sent = None if order_id is None else await orders.sent_of(tx, order_id, lock=lock)
    if sent is None:
        raise AfterSaleLinkInvalid()
    me = members.find_customer_of(tx.actor)
    if me is not None and sent.order.customer_id not in (None, me):
        raise OrderOfAnother(number=sent.order.number)
    return sent


async def _write(tx: Tx, sent: Sent, do: AskAfterSale) -> AfterSaleRequest:
    """Write what is asked for of an order, which is held."""
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
        customer_id=order.customer_id,
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
    await tell_staff(tx, request)
    tx.emit(
        AfterSaleAsked(
            request_id=request.id,
            order_id=order.id,
            shop_id=order.shop_id,
            customer_id=order.customer_id,
            number=number,
            kind=do.kind,
            asked_minor=request.asked_minor,
            currency=order.currency,
        )
    )
    return request


async def _take_back(tx: Tx, request: AfterSaleRequest) -> AfterSaleRequest:
    """Cancel a request that is held, and what was to be sent for it."""
    if request.state is AfterSaleState.CANCELED:
        return request
    check_open(request)
    if request.exchange_order_id is not None:
        await orders.cancel(tx, CancelOrder(order_id=request.exchange_order_id, reason=request.number))
    return await become(tx, replace(request, state=AfterSaleState.CANCELED))


async def _note_waybill(tx: Tx, request: AfterSaleRequest, carrier: str, waybill: str) -> AfterSaleRequest:
    """Note by which waybill the goods of a request that is held go back."""
    if request.state is not AfterSaleState.APPROVED:
        raise NoGoodsAwaited(number=request.number, state=request.state.value)
    said = replace(request, carrier=carrier.strip(), waybill=waybill)
    return request if said == request else await become(tx, said)


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


async def _own(tx: Tx, id_: AfterSaleRequestId) -> AfterSaleRequest:
    customer_id = members.customer_of(tx.actor)
    request = await queries.lock(tx, id_)
    if request is None or request.customer_id != customer_id:
        raise AfterSaleNotFound(request_id=id_)
    return request


async def _of_link(tx: Tx, link: str, id_: AfterSaleRequestId) -> AfterSaleRequest:
    sent = await _order_of(tx, link, lock=False)
    request = await queries.lock(tx, id_)
    if request is None or request.order_id != sent.order.id:
        raise AfterSaleNotFound(request_id=id_)
    return request
