"""Placing orders: check, price, hold stock, write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import msgspec
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import current_vault
from shangmai.kernel.errors import AppError
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.catalog.contract.places import Goods
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine, NoWarehouse, OutOfStock, WarehouseId
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.members.contract.points import PointsShort
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    CouponsNeedListPrices,
    ExternalNoTaken,
    KindNotPlaced,
    LineIncomplete,
    LineKind,
    OfferedOrder,
    OfferNotUsable,
    OnChange,
    Order,
    OrderCurrencyMixed,
    OrderId,
    OrderKind,
    OrderPlaced,
    PlaceOrder,
    PriceChange,
    PriceChanged,
    PriceNotAllowed,
    PriceNotUsable,
    Receiver,
    ShopNotFound,
    SkuNotSellable,
    Status,
    WhenShort,
)
from shangmai.modules.orders.queries import NewOrder
from shangmai.modules.orders.rules.exceptions.situation import is_ready
from shangmai.modules.orders.service import auditing, exceptions, kitting, paying, quoting
from shangmai.modules.orders.service.drafts import Draft
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract import PromotionId, Quote
from shangmai.modules.pricing.contract.coupons import BatchNotOpen, BuyerUnknown, CouponNotFound, CouponNotUsable
from shangmai.modules.pricing.contract.price_lists import NoPriceInCurrency
from shangmai.modules.pricing.contract.quotas import BudgetUsedUp, CouponsGone, CouponUsed, PromotionUsedUp

SET_PRICE = "orders.set_price"
PRICING_ERRORS = (
    CouponsNeedListPrices, NoPriceInCurrency, CustomerNotFound, CouponNotFound, CouponNotUsable, CouponsGone,
    BatchNotOpen, BuyerUnknown, PromotionUsedUp, BudgetUsedUp, CouponUsed, PointsShort,
)  # fmt: skip
PLACING_ERRORS = (
    ShopNotFound, NoWarehouse, KindNotPlaced, SkuNotSellable, PriceNotAllowed, LineIncomplete, PriceNotUsable,
    PriceChanged, OrderCurrencyMixed, ExternalNoTaken, OutOfStock, *PRICING_ERRORS,
)  # fmt: skip
NOTHING: Final[Mapping[SkuId, Goods]] = {}
KNOWN: Final[Mapping[SkuId, Sku]] = {}
Divided = Collection[WarehouseId]
"""The warehouses whose stock shops divide between them; asked together with where shops sell from."""
OFFER_ERRORS = (*PLACING_ERRORS, OfferNotUsable)
"""What `place_offered` refuses with."""


@action(
    "orders.place",
    grant="orders.place",
    many=True,
    scope=lambda do: {"shop": do.shop_id},
    inverse="orders.cancel",
    errors=PLACING_ERRORS,
    presumes=True,
)
async def place(tx: Tx, do: Sequence[PlaceOrder]) -> list[Order | AppError]:
    """Place orders: each is priced, its stock held, and written, or refused with nothing changed.

    First come, first served within the batch; a line short of stock refuses its whole order, so does a promotion or
    coupon that was used up meanwhile. With `when_short: wait` it is placed all the same, held back until there is stock
    for all of it. With `on_change: requote` the order is placed without such a promotion instead,
    at the price that it comes to now, and the answer says so (`price_change`). The prices' trace is frozen with the
    order. Event orders.placed.v1.
    """
    return await _place(tx, [Draft(each, item) for each, item in zip(do, tx.items, strict=True)])


async def place_offered(
    tx: Tx, wanted: Sequence[OfferedOrder], known: Mapping[SkuId, Sku] = KNOWN
) -> list[Order | AppError]:
    """Place orders whose lines came through offers that the calling module has verified; otherwise as `place`.

    Each offer counts or its order is refused: OfferNotUsable. No door leads here, so nobody can claim an offer.
    `known`: SKUs that the caller has read in this transaction; they are not read again.
    """
    return await _place(
        tx,
        [
            Draft(each.do, each.item, each.offers, each.freight, each.kind, each.prices_given, each.paid)
            for each in wanted
        ],
        known,
    )


async def _place(tx: Tx, drafts: Sequence[Draft], known: Mapping[SkuId, Sku] = KNOWN) -> list[Order | AppError]:
    divided = await _find_places(tx, drafts)
    await _refuse_known(tx, drafts)
    skus = await _price(tx, drafts, known)
    await _hold(tx, drafts, skus, divided)
    orders = await _write(tx, [draft for draft in drafts if draft.refusal is None], skus)
    await paying.receive_placed(
        tx, [(orders[d.id], d.paid.method, d.item) for d in drafts if d.refusal is None and d.paid is not None]
    )
    ready = [(orders[d.id], d.item) for d in drafts if d.refusal is None and is_ready(orders[d.id])]
    await auditing.begin(tx, ready)
    if short := {draft.id: draft.item for draft in drafts if draft.refusal is None and draft.is_short}:
        await exceptions.check(tx, short)
        orders |= {id_: replace(orders[id_], held_back=True) for id_ in short}
    return [orders[draft.id] if draft.refusal is None else draft.refusal for draft in drafts]


async def preview(tx: Tx, do: PlaceOrder) -> Quote:
    """Tell what an order would cost and why, without placing it: nothing is held and nothing changes.

    Of goods at list prices only. A gift that is drawn is the one that the order gets. Raises: what refuses orders, but
    for stock and limits, which may be used up by the time it is placed.
    """
    return await _preview(tx, Draft(do, tx.items[0]))


async def _preview(tx: Tx, draft: Draft) -> Quote:
    await _find_places(tx, [draft], to_hold=False)
    if draft.refusal is not None:
        raise draft.refusal
    skus = {sku_id: goods.sku for sku_id, goods in draft.known.items()}
    unknown = {line.sku_id for line in draft.do.lines if line.sku_id is not None} - skus.keys()
    return await quoting.preview(tx, draft, skus | (await catalog.get_skus(tx, unknown) if unknown else {}))


async def preview_offered(tx: Tx, wanted: OfferedOrder, known: Mapping[SkuId, Goods] = NOTHING) -> Quote | AppError:
    """Tell what an order with offers would cost, as `preview`; or its refusal, also where an offer would not count.

    `known`: goods that the caller has read in this transaction; they are not read again.
    """
    draft = Draft(wanted.do, wanted.item, wanted.offers, wanted.freight)
    draft.known = known
    try:
        draft.quote = await _preview(tx, draft)
    except AppError as refusal:
        return refusal
    return quoting.check_offers(draft) or draft.quote


async def _find_places(tx: Tx, drafts: Sequence[Draft], *, to_hold: bool = True) -> Divided:
    """Give each draft its shop and warehouse; which of the warehouses shops divide, if pieces are to be held there."""
    wanted = {draft.do.shop_id for draft in drafts}
    shops = await organization.get_shops(tx, wanted)
    unnamed = {draft.do.shop_id for draft in drafts if draft.do.warehouse_id is None}
    named = {draft.do.warehouse_id for draft in drafts if to_hold and draft.do.warehouse_id is not None}
    defaults, divided = await inventory.find_selling_places(tx, unnamed, named)
    for draft in drafts:
        draft.shop = shops.get(draft.do.shop_id)
        draft.warehouse_id = draft.do.warehouse_id or defaults.get(draft.do.shop_id)
        if draft.shop is None:
            draft.refusal = ShopNotFound(shop_id=draft.do.shop_id)
        elif draft.warehouse_id is None:
            draft.refusal = NoWarehouse()
        elif draft.kind is None and draft.do.kind in rules.MADE_FOR_ANOTHER:
            draft.refusal = KindNotPlaced(kind=draft.do.kind.value)
    return divided


async def _refuse_known(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Refuse external numbers that the shop has, or that the batch repeats."""
    named = [(d.do.shop_id, d.do.external_no, d) for d in drafts if d.refusal is None and d.do.external_no]
    if not named:
        return
    taken = await queries.taken_external_nos(tx, [(shop_id, external_no) for shop_id, external_no, _ in named])
    for shop_id, external_no, draft in named:
        if (shop_id, external_no) in taken:
            draft.refusal = ExternalNoTaken(external_no=external_no)
        taken.add((shop_id, external_no))


async def _price(tx: Tx, drafts: Sequence[Draft], known: Mapping[SkuId, Sku] = KNOWN) -> dict[SkuId, Sku]:
    wanted = {line.sku_id for d in drafts if d.refusal is None for line in d.do.lines if line.sku_id is not None}
    skus = {id_: known[id_] for id_ in wanted if id_ in known}
    if missing := wanted - skus.keys():
        skus |= await catalog.get_skus(tx, missing)
    for draft in drafts:
        if draft.refusal is None:
            draft.refusal = _check_may_price(draft)
    gifts = await quoting.price(tx, [draft for draft in drafts if draft.refusal is None], skus)
    for draft in drafts:
        if draft.refusal is None:
            draft.refusal = (
                quoting.check_offers(draft) or (None if draft.quote else _price_one(draft, skus)) or _check_total(draft)
            )
    return {**skus, **gifts}


def _check_may_price(draft: Draft) -> AppError | None:
    own_prices = any(line.unit_price is not None for line in draft.do.lines)
    may = draft.prices_given or draft.item.actor.may(SET_PRICE)
    return PriceNotAllowed() if own_prices and not may else None


def _price_one(draft: Draft, skus: Mapping[SkuId, Sku]) -> AppError | None:
    """Price the draft's lines; the refusal if one can't be."""
    assert draft.shop is not None
    for n, line in enumerate(draft.do.lines, 1):
        priced = rules.price_line(n, line, skus, draft.shop.currency)
        if isinstance(priced, AppError):
            return priced
        draft.lines.append(priced)
    return quoting.add_freight(draft, skus) if draft.freight is not None else None


def _check_total(draft: Draft) -> AppError | None:
    """The refusal if the total is not the one that the customer was shown."""
    if draft.do.on_change is OnChange.REQUOTE:
        return None
    expected = draft.do.expected_total_minor
    total = sum(line.amount_minor for line in draft.lines)
    if expected is not None and expected != total:
        return PriceChanged(total_minor=total, expected_minor=expected, lines=rules.told_lines(draft.lines))
    return None


async def _hold(tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku], divided: Divided) -> None:
    """Hold stock, and what promotions and coupons use up.

    Who gets stock but nothing of a limit may not keep the stock: then all is undone and held anew without them, which
    ends, because each time there are fewer. Who would rather pay the new price is priced anew without the promotion
    that is used up; that ends as well.
    """
    if not quoting.uses_limits(drafts):
        return await _hold_stock(tx, drafts, skus, divided, presume=True)
    while True:
        refused = await _try_hold(tx, drafts, skus, divided)
        if not refused:
            return await quoting.settle_free(tx, drafts)
        again = [draft for draft in drafts if draft.refusal is None and _wants_new_price(draft, refused.get(draft.id))]
        for draft in drafts:
            if draft not in again:
                draft.refusal = draft.refusal or refused.get(draft.id)
        skus = {**skus, **await _price_again(tx, again, refused)}


def _wants_new_price(draft: Draft, refusal: AppError | None) -> bool:
    return draft.do.on_change is OnChange.REQUOTE and isinstance(refusal, PromotionUsedUp | BudgetUsedUp)


async def _price_again(tx: Tx, drafts: Sequence[Draft], refused: Mapping[OrderId, AppError]) -> dict[SkuId, Sku]:
    """Price drafts without the promotions that they found used up; the SKUs of what is on them now."""
    if not drafts:
        return {}
    for draft in drafts:
        draft.used_up.add(cast("PromotionId", refused[draft.id].data["of_id"]))
        draft.quote, draft.lines = None, []
    return await _price(tx, drafts)


class _LimitsRefuse(Exception):
    """Undoes what was held together with it."""


async def _try_hold(
    tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku], divided: Divided
) -> dict[OrderId, AppError]:
    """Hold everything; the drafts that limits refuse, and then nothing is held."""
    before = {draft.id: draft.refusal for draft in drafts}
    effects, refused = len(tx.effects), {}
    try:
        async with tx.savepoint():
            await _hold_stock(tx, drafts, skus, divided)
            refused = await quoting.hold(tx, drafts)
            if refused:
                raise _LimitsRefuse
    except _LimitsRefuse:
        del tx.effects[effects:]
        for draft in drafts:
            draft.refusal = before[draft.id]
    return refused


async def _hold_stock(
    tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku], divided: Divided, *, presume: bool = False
) -> None:
    lines = [line for draft in drafts if draft.refusal is None for line in _hold_lines(draft, skus)]
    refused = await inventory.hold(tx, lines, divided, presume=presume)
    for draft in drafts:
        draft.is_short = draft.id in refused and draft.do.when_short is WhenShort.WAIT
        draft.refusal = draft.refusal or (None if draft.is_short else refused.get(draft.id))


def _hold_lines(draft: Draft, skus: Mapping[SkuId, Sku]) -> list[HoldLine]:
    """The pieces to hold; a kit holds its components."""
    assert draft.warehouse_id is not None
    expires_at = _expiry(draft)
    return [
        HoldLine(
            shop_id=ShopId(draft.do.shop_id),
            sku_id=sku_id,
            warehouse_id=draft.warehouse_id,
            qty=qty,
            doc=draft.id,
            line=n,
            item=draft.item,
            expires_at=expires_at,
        )
        for n, line in enumerate(draft.lines, 1)
        if line.sku_id is not None
        for sku_id, qty in _pieces(skus[line.sku_id], line.qty)
    ]


def _pieces(sku: Sku, qty: int) -> list[tuple[SkuId, int]]:
    if sku.kind is SkuKind.SERVICE:
        return []
    if not sku.components:
        return [(sku.id, qty)]
    return [(component.sku_id, component.qty * qty) for component in sku.components]


def _expiry(draft: Draft) -> datetime | None:
    minutes = draft.do.hold_minutes
    return None if minutes is None else draft.item.now + timedelta(minutes=minutes)


async def _write(tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku]) -> dict[OrderId, Order]:
    if not drafts:
        return {}
    numbers = await next_numbers(tx, "SO", [draft.item.now for draft in drafts], presume=True)
    orders = {draft.id: _order(draft, number) for draft, number in zip(drafts, numbers, strict=True)}
    sealed = _seal([(draft.do.receiver, draft.id) for draft in drafts])
    await queries.insert(
        tx,
        [
            NewOrder(orders[draft.id], draft.lines, receiver, draft.do.note, draft.item)
            for draft, receiver in zip(drafts, sealed, strict=True)
        ],
    )
    if special := {id_: order.kind for id_, order in orders.items() if order.kind is not OrderKind.NORMAL}:
        await queries.set_kinds(tx, special)
    await kitting.freeze(tx, drafts, skus)
    await queries.insert_quotes(tx, [(d.id, d.quote) for d in drafts if d.quote is not None and orders[d.id].quoted])
    for draft in drafts:
        tx.emit(_placed(orders[draft.id]), draft.item)
    return orders


def _seal(receivers: Sequence[tuple[Receiver | None, OrderId]]) -> list[bytes | None]:
    if not any(receiver for receiver, _ in receivers):
        return [None] * len(receivers)
    plain = [None if receiver is None else msgspec.json.encode(receiver).decode() for receiver, _ in receivers]
    return current_vault().column("orders", "receiver").encrypt_many(plain, [id_ for _, id_ in receivers])


def _order(draft: Draft, number: str) -> Order:
    assert draft.shop is not None
    assert draft.warehouse_id is not None
    goods = rules.total_of(draft.lines, LineKind.GOODS)
    freight = rules.total_of(draft.lines, LineKind.FREIGHT)
    other = rules.total_of(draft.lines, LineKind.OTHER)
    total = goods + freight + other
    deposit = quoting.deposit_of(draft.quote)
    paid = _paid_minor(draft, deposit.amount_minor or total)
    return Order(
        id=draft.id,
        number=number,
        shop_id=ShopId(draft.do.shop_id),
        company_id=draft.shop.company_id,
        warehouse_id=draft.warehouse_id,
        customer_id=draft.do.customer_id,
        external_no=draft.do.external_no,
        status=Status.PLACED,
        payment_status=rules.payment_status(total, paid),
        terms=draft.do.terms,
        currency=draft.shop.currency,
        goods_minor=goods,
        freight_minor=freight,
        other_minor=other,
        total_minor=total,
        paid_minor=paid,
        refunded_minor=0,
        placed_at=draft.item.now,
        quoted=quoting.tells(draft.quote),
        deposit_minor=deposit.amount_minor,
        balance_from=deposit.since,
        balance_until=deposit.until,
        price_change=_price_change(draft, total),
        points=0 if draft.quote is None else draft.quote.totals.points,
        kind=rules.kind_of(draft.kind or draft.do.kind, draft.do.terms, deposit.amount_minor),
    )


def _paid_minor(draft: Draft, due_minor: int) -> int:
    if draft.paid is None:
        return 0
    return due_minor if draft.paid.amount_minor is None else draft.paid.amount_minor


def _price_change(draft: Draft, total_minor: int) -> PriceChange | None:
    expected = draft.do.expected_total_minor
    if not draft.used_up and expected in (None, total_minor):
        return None
    return PriceChange(expected_minor=expected, total_minor=total_minor, used_up=tuple(sorted(draft.used_up)))


def _placed(order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        total_minor=order.total_minor,
        currency=order.currency,
    )
