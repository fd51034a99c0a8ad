"""Looking up an order without signing in: by number and phone, or by its link."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import NotAPhone, mask_address, mask_name, mask_phone, normalize_phone
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.contract.placing import (
    FindOrder,
    FoundLine,
    FoundOrder,
    FoundParcel,
    FriendOrder,
    LinkInvalid,
    LookupNotPreviewed,
    LookupsThrottled,
    OrderNotFoundByPhone,
    OwnOrder,
    ParcelScan,
)
from shangmai.modules.checkout.queries import orders as queries
from shangmai.modules.checkout.queries.orders import KeptCheckout
from shangmai.modules.checkout.service.paying import NO_PROVIDERS, methods_for
from shangmai.modules.checkout.service.sealing import phone_hashes
from shangmai.modules.checkout.service.settings import settings_of
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract.tracking import Track
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    Order,
    OrderDetail,
    OrderId,
    OrderLine,
    OrderNotFound,
    PaymentStatus,
    Receiver,
    SentParcel,
    Status,
)

FAILURES_MAX: Final = 5
"""Of one number, or one phone, within the time below."""
URGED: Final = "checkout.urged"
"""The cause that marks orders whose buyers wait."""
FORGOTTEN_AFTER: Final = timedelta(minutes=15)


@action(
    "checkout.find_order",
    grant="checkout.place",
    many=True,
    public=True,
    scope=lambda do: {},
    errors=[OrderNotFoundByPhone, LookupsThrottled, LookupNotPreviewed, NotAPhone],
    present_only=True,
)
async def find_order(tx: Tx, do: Sequence[FindOrder]) -> list[FoundOrder | AppError]:
    """Look up orders of a checkout by number and the receiver's phone, as a guest does.

    After five wrong answers for a number or a phone within a quarter of an hour, neither is looked up any more.
    A preview would undo that counting, so there is none.
    """
    if tx.dry_run:
        return [LookupNotPreviewed() for _ in do]
    outcomes: dict[int, FoundOrder | AppError] = {}
    asked: dict[int, tuple[str, str]] = {}
    for n, each in enumerate(do):
        try:
            asked[n] = (each.number.strip().upper(), normalize_phone(each.phone))
        except NotAPhone as refusal:
            outcomes[n] = refusal
    keys = {n: [_key("number", number), _key("phone", phone)] for n, (number, phone) in asked.items()}
    counted = (
        await queries.failures(tx, {key for each in keys.values() for key in each}, FORGOTTEN_AFTER) if keys else {}
    )
    found = await orders.find_by_numbers(tx, {number for number, _ in asked.values()})
    kept = await queries.get(tx, found.values()) if found else {}
    missed: list[bytes] = []
    for n, (number, phone) in asked.items():
        blocked = [
            since for key in keys[n] for times, since in [counted[key]] if times + missed.count(key) >= FAILURES_MAX
        ]
        row = kept.get(found[number]) if number in found else None
        if blocked:
            wait = max(since + FORGOTTEN_AFTER - tx.items[n].now for since in blocked)
            seconds = max(int(wait.total_seconds()), 1)
            outcomes[n] = LookupsThrottled(wait_s=seconds, retry_after_s=seconds)
        elif row is None or row.phone_hash not in phone_hashes(phone):
            missed += keys[n]
            outcomes[n] = OrderNotFoundByPhone()
        else:
            outcomes[n] = await show(tx, row)
    if missed:
        await queries.count_failures(tx, missed)
    return [outcomes[n] for n in range(len(do))]


async def prune_lookups(tx: Tx) -> None:
    """Forget wrong lookups that no longer count."""
    await queries.prune_lookups(tx, tx.now - FORGOTTEN_AFTER)


def _key(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}:{text}".encode()).digest()


async def find_by_link(tx: Tx, link: str) -> FoundOrder:
    """Show the order of a link. Raises: LinkInvalid."""
    return await show(tx, await kept_of(tx, orders.order_of_link(link)))


async def kept_of(tx: Tx, order_id: UUID | None) -> KeptCheckout:
    """What is kept of an order that a link names: links are signed, so that there is one is all that is asked.

    Raises: LinkInvalid.
    """
    if order_id is not None:
        row = (await queries.get(tx, [order_id])).get(OrderId(order_id))
        order = None if row else (await orders.get_orders(tx, [OrderId(order_id)])).get(OrderId(order_id))
        if order is not None:
            row = queries.placed_elsewhere(order.id, order.shop_id, None)
        if row is not None:
            return row
    raise LinkInvalid()


async def find_own(tx: Tx, customer_id: CustomerId, order_id: OrderId) -> FoundOrder:
    """Show a customer's own order. Raises: OrderNotFound."""
    order = (await orders.get_orders(tx, [order_id])).get(order_id)
    if order is None or order.customer_id != customer_id:
        raise OrderNotFound(order_id=order_id)
    return await show(tx, await kept_of(tx, order_id))


async def find_to_pay(tx: Tx, link: str) -> FriendOrder:
    """Show somebody who is asked to pay what it is. Raises: LinkInvalid."""
    row = await kept_of(tx, orders.order_to_pay(link))
    detail = await orders.get_detail(tx, row.order_id)
    order, receiver = detail.order, await orders.receiver_of(tx, row.order_id)
    methods = await methods_for(tx, await settings_of(tx, row.shop_id), order.company_id, None)
    waits = order.status is Status.PLACED and order.payment_status is PaymentStatus.UNPAID
    return FriendOrder(
        shop_id=row.shop_id,
        asked_by="" if receiver is None else mask_name(receiver.name),
        status=order.status,
        payment_status=order.payment_status,
        due_minor=due_of(order, tx.now),
        currency=order.currency,
        expires_at=row.expires_at if waits else None,
        methods=tuple(each for each in methods if each not in NO_PROVIDERS),
        lines=tuple(_line(line) for line in detail.lines),
    )


async def show(tx: Tx, row: KeptCheckout) -> FoundOrder:
    """The order as whoever placed it may see it."""
    detail = await orders.get_detail(tx, row.order_id)
    receiver = await orders.receiver_of(tx, row.order_id)
    parcels = await _tracked(tx, await orders.parcels_of(tx, row.order_id))
    return _shown(detail, row, receiver, parcels, tx.now)


async def _tracked(tx: Tx, sent: Sequence[SentParcel]) -> list[FoundParcel]:
    """Parcels with what their carriers have scanned, in three statements; none where nothing was sent."""
    codes = await logistics.carriers_called(tx, {each.carrier for each in sent})
    tracks = await logistics.tracks_of(tx, {(codes.get(each.carrier, each.carrier), each.waybill) for each in sent})
    return [_parcel(each, tracks.get((codes.get(each.carrier, each.carrier), each.waybill))) for each in sent]


def _parcel(sent: SentParcel, track: Track | None) -> FoundParcel:
    scans = () if track is None else tuple(track.scans)
    return FoundParcel(
        number=sent.number,
        carrier=sent.carrier,
        waybill=sent.waybill,
        sent_at=sent.sent_at,
        state=None if track is None else track.state,
        scans=tuple(ParcelScan(at=scan.at, kind=scan.kind, place=scan.place) for scan in reversed(scans)),
    )


def _shown(
    detail: OrderDetail, row: KeptCheckout, receiver: Receiver | None, parcels: Sequence[FoundParcel], now: datetime
) -> FoundOrder:
    order = detail.order
    waits = order.status is Status.PLACED and order.payment_status is PaymentStatus.UNPAID
    return FoundOrder(
        order_id=order.id,
        number=order.number,
        status=order.status,
        payment_status=order.payment_status,
        total_minor=order.total_minor,
        paid_minor=order.paid_minor,
        refunded_minor=order.refunded_minor,
        due_minor=due_of(order, now),
        currency=order.currency,
        placed_at=order.placed_at,
        balance_from=order.balance_from,
        balance_until=order.balance_until,
        expires_at=row.expires_at if waits else None,
        delivery=row.delivery,
        receiver="" if receiver is None else _masked(receiver),
        lines=tuple(_line(line) for line in detail.lines),
        parcels=tuple(parcels),
        link=orders.order_link(order.id),
        pay_link=orders.pay_link(order.id),
        is_urged=any(each.code == URGED for each in detail.hold_backs),
    )


def _line(line: OrderLine) -> FoundLine:
    return FoundLine(
        line=line.line,
        sku_id=line.sku_id,
        title=line.title,
        qty=line.qty,
        amount_minor=line.amount_minor,
        shipped_qty=line.shipped_qty,
        left_qty=line.left_qty,
        canceled_qty=line.canceled_qty,
    )


def due_of(order: Order, now: datetime) -> int:
    """What can be paid of an order now: of a pre-sale its deposit, then, in the window for it, the balance."""
    if order.status is not Status.PLACED or order.payment_status is PaymentStatus.PAID:
        return 0
    left = order.total_minor - order.paid_minor
    if not order.deposit_minor or order.balance_from is None or now >= order.balance_from:
        return left if order.balance_until is None or now < order.balance_until else 0
    return max(order.deposit_minor - order.paid_minor, 0)


async def list_own(
    tx: Tx, customer_id: CustomerId, status: Status | None, before: tuple[datetime, OrderId] | None, limit: int
) -> list[OwnOrder]:
    """A customer's orders, the newest first, in two statements."""
    found = await orders.orders_of_customer(tx, customer_id, status=status, before=before, limit=limit)
    lines = await orders.get_lines(tx, [order.id for order in found])
    return [
        OwnOrder(
            order_id=order.id,
            number=order.number,
            status=order.status,
            payment_status=order.payment_status,
            total_minor=order.total_minor,
            currency=order.currency,
            placed_at=order.placed_at,
            lines=tuple(_line(line) for line in lines[order.id]),
            link=orders.order_link(order.id),
        )
        for order in found
    ]


def _masked(receiver: Receiver) -> str:
    address = mask_address(f"{receiver.province}{receiver.city}{receiver.district}{receiver.street}")
    return f"{mask_name(receiver.name)} {mask_phone(receiver.phone)} {address}"
