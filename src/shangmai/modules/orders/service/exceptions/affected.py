"""Which orders something that happened elsewhere may concern; they are looked at again, some at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import KitDefined, PriceChanged, SkuId, SkuUpdated
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import SafetySet, StockAdjusted, StockMoved, StockReceived
from shangmai.modules.logistics.contract import FreightChanged
from shangmai.modules.members.contract.blocking import CustomerBlocked, CustomerUnblocked
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderCanceled, OrderId, OrderReturned
from shangmai.modules.orders.contract.causes import GIFT_SHORT, PART_SHORT, SHORT
from shangmai.modules.orders.contract.exceptions import ExceptionPolicySet
from shangmai.modules.orders.contract.late import OrderRevived
from shangmai.modules.orders.queries.exceptions import After, Page
from shangmai.modules.orders.service.exceptions.checking import check
from shangmai.modules.payments.contract import CreditLimitSet

PAGE: Final = 500
BY_STOCK: Final = (
    SHORT, PART_SHORT, GIFT_SHORT, "orders.cost_missing", "orders.below_cost", "orders.thin_margin", "orders.duplicate",
)  # fmt: skip
"""The causes that pieces arriving, or getting free, may end; so does the end of the order that another one repeats."""
BY_OTHER_ORDERS: Final = ("orders.coupon_misuse", "orders.many_orders", "orders.many_cancels")
"""The causes that what becomes of other orders of a buyer may end."""
BY_PRICE: Final = ("orders.price_changed",)
"""What the price of an SKU may end."""
Find = Callable[[Tx, After, int], Coroutine[Any, Any, Page]]

AROUND: Final = (
    StockReceived, StockAdjusted, StockMoved, SafetySet, OrderCanceled, OrderReturned, SkuUpdated, KitDefined,
    FreightChanged, CustomerBlocked, CustomerUnblocked, CreditLimitSet, ExceptionPolicySet, OrderRevived,
    PriceChanged,
)  # fmt: skip
"""The events that may concern other orders than the one they are of, if they are of one."""


async def recheck_around(tx: Tx, events: Sequence[Any]) -> None:
    """Look again at the open orders that these events may concern, those placed first in front."""
    sorted_: dict[type, list[tuple[Any, Item]]] = defaultdict(list)
    for event, item in zip(events, tx.items, strict=True):
        sorted_[type(event)].append((event, item))
    for find, item in await _concerned(tx, sorted_):
        await _check_pages(tx, find, item)


async def _concerned(tx: Tx, events: dict[type, list[tuple[Any, Item]]]) -> list[tuple[Find, Item]]:
    """What to look for, each with the last event that asks for it."""
    found: list[tuple[Find, Item]] = []
    if moved := [pair for kind in AROUND[:6] for pair in events.get(kind, ())]:
        skus = await _skus_moved(tx, [event for event, _ in moved])
        found.append((_waiting(skus), moved[-1][1]))
    if changed := [pair for kind in (SkuUpdated, KitDefined) for pair in events.get(kind, ())]:
        skus = {event.sku_id for event, _ in changed}
        skus |= await catalog.kits_with(tx, skus)
        found.append((partial(_ask, queries.with_skus, skus), changed[-1][1]))
    if priced := events.get(PriceChanged):
        found.append((_waiting({event.sku_id for event, _ in priced}, BY_PRICE), priced[-1][1]))
    if ended := [pair for kind in (OrderCanceled, OrderRevived) for pair in events.get(kind, ())]:
        found.append((_of_buyers({event.order_id for event, _ in ended}), ended[-1][1]))
    for kinds, key, ask in (
        ((FreightChanged,), "shop_id", queries.of_shops),
        ((CustomerBlocked, CustomerUnblocked, CreditLimitSet), "customer_id", queries.of_customers),
        ((ExceptionPolicySet,), "company_id", queries.of_companies),
    ):
        if told := [pair for kind in kinds for pair in events.get(kind, ())]:
            found.append((partial(_ask, ask, {getattr(event, key) for event, _ in told}), told[-1][1]))
    return found


async def _ask(
    ask: Callable[..., Coroutine[Any, Any, Page]], ids: Collection[UUID], tx: Tx, after: After, limit: int
) -> Page:
    return await ask(tx, ids, after, limit)


def _waiting(skus: set[SkuId], codes: Sequence[str] = BY_STOCK) -> Find:
    async def find(tx: Tx, after: After, limit: int) -> Page:
        return await queries.waiting_for(tx, skus, codes, after, limit)

    return find


def _of_buyers(orders: set[OrderId]) -> Find:
    async def find(tx: Tx, after: After, limit: int) -> Page:
        return await queries.of_their_buyers(tx, orders, BY_OTHER_ORDERS, after, limit)

    return find


async def _skus_moved(tx: Tx, events: Sequence[Any]) -> set[SkuId]:
    """The SKUs whose pieces may have become free, and the kits that are made of them."""
    documents = [event.document_id for event in events if hasattr(event, "document_id")]
    orders = [event.order_id for event in events if hasattr(event, "order_id")]
    skus = {event.sku_id for event in events if isinstance(event, SafetySet)}
    skus |= await inventory.skus_of_documents(tx, documents) if documents else set()
    if orders:
        sold = await queries.skus_of_orders(tx, orders)
        known = await catalog.get_skus(tx, sold)
        skus |= sold | {part.sku_id for sku in known.values() for part in sku.components}
    return skus | await catalog.kits_with(tx, skus)


async def _check_pages(tx: Tx, find: Find, item: Item) -> None:
    after: After = None
    while page := await find(tx, after, PAGE):
        await check(tx, dict.fromkeys(page, item))
        last = list(page)[-1]
        after = (page[last], last)
        if len(page) < PAGE:
            return
