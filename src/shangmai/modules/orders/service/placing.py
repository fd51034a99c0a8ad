"""Placing orders: check, price, hold stock, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import current_vault
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HoldLine, NoWarehouse, OutOfStock, WarehouseId
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    ExternalNoTaken,
    LineIncomplete,
    LineKind,
    Order,
    OrderCurrencyMixed,
    OrderId,
    OrderPlaced,
    PlaceOrder,
    PriceChanged,
    PriceNotAllowed,
    PriceNotUsable,
    Receiver,
    ShopNotFound,
    SkuNotSellable,
    Status,
)
from shangmai.modules.orders.queries import NewOrder
from shangmai.modules.orders.rules import PricedLine
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId

SET_PRICE = "orders.set_price"


class Draft:
    """An order while its batch is placed: what was asked, what it became so far, and why it is refused, if it is."""

    __slots__ = ("do", "id", "item", "lines", "refusal", "shop", "warehouse_id")

    def __init__(self, do: PlaceOrder, item: Item) -> None:
        self.id = OrderId(new_id())
        self.do, self.item = do, item
        self.lines: list[PricedLine] = []
        self.shop: ShopFacts | None = None
        self.warehouse_id: WarehouseId | None = None
        self.refusal: AppError | None = None


@action(
    "orders.place",
    grant="orders.place",
    many=True,
    scope=lambda do: {"shop": do.shop_id},
    inverse="orders.cancel",
    errors=[
        ShopNotFound, NoWarehouse, SkuNotSellable, PriceNotAllowed, LineIncomplete, PriceNotUsable, PriceChanged,
        OrderCurrencyMixed, ExternalNoTaken, OutOfStock,
    ],
)  # fmt: skip
async def place(tx: Tx, do: Sequence[PlaceOrder]) -> list[Order | AppError]:
    """Place orders: each is priced, its stock held, and written, or refused with nothing changed.

    First come, first served within the batch; a line short of stock refuses its whole order. Event orders.placed.v1.
    """
    drafts = [Draft(each, item) for each, item in zip(do, tx.items, strict=True)]
    await _find_places(tx, drafts)
    await _refuse_known(tx, drafts)
    skus = await _price(tx, drafts)
    await _hold(tx, drafts, skus)
    orders = await _write(tx, [draft for draft in drafts if draft.refusal is None])
    return [orders[draft.id] if draft.refusal is None else draft.refusal for draft in drafts]


async def _find_places(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Give each draft its shop and warehouse."""
    wanted = {draft.do.shop_id for draft in drafts}
    shops = await organization.get_shops(tx, wanted)
    unnamed = {draft.do.shop_id for draft in drafts if draft.do.warehouse_id is None}
    defaults = await inventory.warehouses_of_shops(tx, unnamed) if unnamed else {}
    for draft in drafts:
        draft.shop = shops.get(draft.do.shop_id)
        draft.warehouse_id = draft.do.warehouse_id or defaults.get(draft.do.shop_id)
        if draft.shop is None:
            draft.refusal = ShopNotFound(shop_id=draft.do.shop_id)
        elif draft.warehouse_id is None:
            draft.refusal = NoWarehouse()


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


async def _price(tx: Tx, drafts: Sequence[Draft]) -> dict[SkuId, Sku]:
    wanted = {line.sku_id for d in drafts if d.refusal is None for line in d.do.lines if line.sku_id is not None}
    skus = await catalog.get_skus(tx, wanted)
    for draft in drafts:
        if draft.refusal is None:
            draft.refusal = _price_one(draft, skus)
    return skus


def _price_one(draft: Draft, skus: Mapping[SkuId, Sku]) -> AppError | None:
    """Price the draft's lines; the refusal if one can't be, or if the total is not the one expected."""
    assert draft.shop is not None
    own_prices = any(line.unit_price is not None for line in draft.do.lines)
    if own_prices and not draft.item.actor.may(SET_PRICE):
        return PriceNotAllowed()
    for n, line in enumerate(draft.do.lines, 1):
        priced = rules.price_line(n, line, skus, draft.shop.currency)
        if isinstance(priced, AppError):
            return priced
        draft.lines.append(priced)
    expected = draft.do.expected_total_minor
    total = sum(line.amount_minor for line in draft.lines)
    if expected is not None and expected != total:
        return PriceChanged(total_minor=total, expected_minor=expected)
    return None


async def _hold(tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku]) -> None:
    lines = [line for draft in drafts if draft.refusal is None for line in _hold_lines(draft, skus)]
    refused = await inventory.hold(tx, lines)
    for draft in drafts:
        draft.refusal = draft.refusal or refused.get(draft.id)


def _hold_lines(draft: Draft, skus: Mapping[SkuId, Sku]) -> list[HoldLine]:
    """The pieces to hold; a kit holds its components."""
    assert draft.warehouse_id is not None
    expires_at = _expiry(draft)
    return [
        HoldLine(
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


async def _write(tx: Tx, drafts: Sequence[Draft]) -> dict[OrderId, Order]:
    if not drafts:
        return {}
    numbers = await next_numbers(tx, "SO", [draft.item.now for draft in drafts])
    orders = {draft.id: _order(draft, number) for draft, number in zip(drafts, numbers, strict=True)}
    sealed = _seal([(draft.do.receiver, draft.id) for draft in drafts])
    await queries.insert(
        tx,
        [
            NewOrder(orders[draft.id], draft.lines, receiver, draft.do.note, draft.item)
            for draft, receiver in zip(drafts, sealed, strict=True)
        ],
    )
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
    return Order(
        id=draft.id,
        number=number,
        shop_id=ShopId(draft.do.shop_id),
        company_id=draft.shop.company_id,
        warehouse_id=draft.warehouse_id,
        customer_id=draft.do.customer_id,
        external_no=draft.do.external_no,
        status=Status.PLACED,
        payment_status=rules.payment_status(total, 0),
        terms=draft.do.terms,
        currency=draft.shop.currency,
        goods_minor=goods,
        freight_minor=freight,
        other_minor=other,
        total_minor=total,
        paid_minor=0,
        refunded_minor=0,
        placed_at=draft.item.now,
    )


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
