"""Gathering, set by set, what an audit looks at, and only what it looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members import service as members
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import CipherReceiver, Order, OrderId, OrderLine
from shangmai.modules.orders.contract.exceptions import Particulars
from shangmai.modules.orders.queries.auditing import Written
from shangmai.modules.orders.queries.repricing import repriced_among
from shangmai.modules.orders.rules.auditing import (
    FACTS,
    OF_PRICES,
    Before,
    Seen,
    cost_of,
    facts_of,
    parts_of,
    with_skus,
)
from shangmai.modules.orders.rules.exceptions.situation import Need
from shangmai.modules.organization import service as organization
from shangmai.modules.rules.contract import FactValue

Facts = dict[str, FactValue]
EVERYTHING: Final = frozenset(Need)
RISKY: Final = frozenset({Need.AROUND, Need.RECEIVER, Need.BLOCKED})
NEEDS_OF: Final[dict[str, frozenset[Need]]] = {
    "margin_bp": frozenset({Need.COST}),
    **dict.fromkeys(
        ("buyer_orders_paid", "buyer_orders_canceled", "buyer_orders_returned", "buyer_orders_day"),
        frozenset({Need.AROUND}),
    ),
    **dict.fromkeys(("address_length", "province", "city", "district", "has_receiver"), frozenset({Need.RECEIVER})),
    **dict.fromkeys(("seller_flag", "seller_remark", "channel_state"), frozenset({Need.PARTICULARS})),
    "buyer_blocked": frozenset({Need.BLOCKED}),
    "short_pieces": frozenset({Need.HELD}),
    "goods_changed": frozenset({Need.EDITED}),
    "price_changed": frozenset({Need.REPRICED, Need.PARTICULARS}),
    "risk_score": RISKY,
}
"""What facts ask for beyond the order, its note, its lines and their SKUs."""
Shorts = Mapping[OrderId, Mapping[SkuId, int]]


class Sight:
    """Orders with what was gathered around them: each as seen, and the SKUs of all."""

    def __init__(
        self,
        seen: dict[OrderId, Seen],
        skus: dict[SkuId, Sku],
        missing: Mapping[OrderId, Mapping[SkuId, int]],
        until: Mapping[OrderId, datetime],
    ) -> None:
        self.seen = seen
        self.skus = skus
        self.missing = missing
        """The pieces of each order that are not held, where that was asked for."""
        self.until = until
        """Until when what is held is, if not for good, where that was asked for."""

    def facts(self, id_: OrderId, fields: Collection[str] = FACTS) -> Facts:
        """These facts of the subject `orders.audit`; what they need and was not gathered is empty."""
        return facts_of(self.seen[id_], self.skus, fields)


async def facts(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    fields: Collection[str] | None = None,
    known: dict[SkuId, Sku] | None = None,
) -> dict[OrderId, Facts]:
    """The facts of the subject `orders.audit` for these orders, each as of when it was placed.

    Set-based, in four to ten statements; of `fields` only, where they are given. Who asks page by page hands over the
    SKUs that are `known`, and finds the new ones there.
    """
    wanted = FACTS.keys() if fields is None else fields
    needs = frozenset().union(*(NEEDS_OF.get(field, frozenset()) for field in wanted))
    sight = await see(tx, orders, needs, priced=not OF_PRICES.isdisjoint(wanted), known=known)
    return {id_: sight.facts(id_, wanted) for id_ in orders}


async def see(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    needs: frozenset[Need],
    *,
    priced: bool = True,
    known: dict[SkuId, Sku] | None = None,
) -> Sight:
    """Gather around orders what these needs ask for; lines that need not be `priced` have no title, no unit price."""
    lines = await (queries.lines_of(tx, orders) if priced else queries.goods_of(tx, orders))
    written = await queries.written_of(tx, orders)
    before = await queries.before_of(tx, orders) if Need.AROUND in needs else {}
    skus = await _skus(tx, lines.values(), {} if known is None else known)
    shops = await organization.get_shops(tx, {order.shop_id for order in orders.values()})
    costs = await inventory.average_costs(tx, _places(orders, lines, skus)) if Need.COST in needs else None
    receivers = _opened(written) if Need.RECEIVER in needs else {}
    particulars = await queries.particulars_of(tx, orders) if Need.PARTICULARS in needs else {}
    blocked = await _blocked(tx, orders) if Need.BLOCKED in needs else set()
    missing, until = await short_of(tx, orders, lines, skus) if Need.HELD in needs else ({}, {})
    edited = await queries.edited_among(tx, orders) if Need.EDITED in needs else set()
    repriced = await repriced_among(tx, orders) if Need.REPRICED in needs else set()
    seen = {}
    for id_, order in orders.items():
        cost_minor, costless = cost_of(order, lines[id_], skus, costs) if costs is not None else (0, frozenset())
        seen[id_] = Seen(
            order=order,
            lines=lines[id_],
            note=written[id_].note,
            receiver=receivers.get(id_),
            shop=shops[order.shop_id],
            before=before.get(id_, Before()),
            cost_minor=cost_minor,
            costless=costless,
            particulars=particulars.get(id_) or Particulars(order_id=id_),
            is_blocked=order.customer_id in blocked,
            short_pieces=sum(missing.get(id_, {}).values()),
            is_edited=id_ in edited,
            is_repriced=id_ in repriced,
        )
    return Sight(seen, skus, missing, until)


async def short_of(
    tx: Tx, orders: Mapping[OrderId, Order], lines: Mapping[OrderId, Sequence[OrderLine]], skus: Mapping[SkuId, Sku]
) -> tuple[dict[OrderId, dict[SkuId, int]], dict[OrderId, datetime]]:
    """The pieces left to send of each order that are not held in stock for it; of a kit, its components.

    With it until when what is held is, of those of which not all is held for good.
    """
    held, until = await inventory.held_and_until(tx, orders)
    missing: dict[OrderId, dict[SkuId, int]] = {}
    for id_ in orders:
        left = dict(held.get(id_, {}))
        for (_, sku_id), qty in pieces_left(lines[id_], skus).items():
            lacks = qty - min(left.get(sku_id, 0), qty)
            left[sku_id] = left.get(sku_id, 0) - (qty - lacks)
            if lacks:
                missing.setdefault(id_, {})[sku_id] = missing.get(id_, {}).get(sku_id, 0) + lacks
    return missing, {OrderId(id_): at for id_, at in until.items()}


def pieces_of(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku]) -> int:
    """The pieces of the warehouse that an order has in all, sent or not; of a kit, its components."""
    return sum(
        (line.left_qty + line.shipped_qty) * sum(parts_of(sku).values())
        for line, sku in with_skus(lines, skus)
        if sku.kind is not sku.kind.SERVICE
    )


def pieces_left(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku]) -> dict[tuple[int, SkuId], int]:
    """By line and SKU, the pieces in the warehouse that are left to send; of a kit, its components."""
    return {
        (line.line, part): line.left_qty * qty
        for line, sku in with_skus(lines, skus)
        if sku.kind is not sku.kind.SERVICE and line.left_qty
        for part, qty in parts_of(sku).items()
    }


async def _skus(tx: Tx, lines: Collection[Sequence[OrderLine]], known: dict[SkuId, Sku]) -> dict[SkuId, Sku]:
    """The SKUs on these lines and those that are known already, which they join."""
    named = {line.sku_id for some in lines for line in some if line.sku_id is not None}
    if missing := named - known.keys():
        known |= await catalog.get_skus(tx, missing)
    return known


async def _blocked(tx: Tx, orders: Mapping[OrderId, Order]) -> set[object]:
    buyers = {order.customer_id for order in orders.values() if order.customer_id is not None}
    return set(await members.blocked_among(tx, buyers)) if buyers else set()


def _places(
    orders: Mapping[OrderId, Order], lines: Mapping[OrderId, Sequence[OrderLine]], skus: Mapping[SkuId, Sku]
) -> set[tuple[SkuId, WarehouseId]]:
    """Where the goods that have not left lie; of a kit, its components."""
    return {
        (part, order.warehouse_id)
        for id_, order in orders.items()
        for line, sku in with_skus(lines[id_], skus)
        if line.left_qty
        for part in parts_of(sku)
    }


def _opened(written: Mapping[OrderId, Written]) -> dict[OrderId, CipherReceiver]:
    sealed = {id_: each.receiver for id_, each in written.items() if each.receiver is not None}
    plain = current_vault().column("orders", "receiver").decrypt_many(list(sealed.values()), list(sealed))
    return {
        id_: msgspec.json.decode(text, type=CipherReceiver)
        for id_, text in zip(sealed, plain, strict=True)
        if text is not None
    }
