"""Explaining an order: what it is, what it cost, what was paid, and everything that happened to it."""

from __future__ import annotations

from shangmai.apps.explaining.causes import causes_of, nearest
from shangmai.apps.explaining.contract import OrderExplained, OrderUnknown, Step
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.ledger import service as ledger
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import Order
from shangmai.modules.organization import service as organization
from shangmai.modules.payments import service as payments

LIKE_MAX = 2000


async def explain_order(tx: Tx, number: str) -> OrderExplained:
    """Explain an order, named by its number or by the number it has elsewhere. Raises: OrderUnknown."""
    order = await _find(tx, number.strip())
    detail = await orders.get_detail(tx, order.id)
    trace = await orders.trace(tx, order.id)
    causes = await causes_of(tx, {entry.cause for entry in trace})
    skus = await catalog.get_skus(tx, {line.sku_id for line in detail.lines if line.sku_id is not None})
    events = await tx.fetch("SELECT id FROM events WHERE key = $1 ORDER BY seq", str(order.id))
    shops = await organization.get_shops(tx, [order.shop_id])
    return OrderExplained(
        shop=shops[order.shop_id].code if order.shop_id in shops else str(order.shop_id),
        detail=detail,
        codes={str(id_): sku.code for id_, sku in skus.items()},
        payments=await payments.payments_of(tx, [order.id]),
        vouchers=[entry for event in events for entry in await ledger.list_entries_of(tx, event["id"])],
        trace=[Step(entry=entry, cause=causes[entry.cause]) for entry in trace],
    )


async def _find(tx: Tx, number: str) -> Order:
    order = await orders.find_order(tx, number) or await orders.find_order(tx, number.upper())
    if order is not None:
        return order
    rows = await tx.fetch(
        "(SELECT number FROM orders WHERE number >= left($1, 6) AND starts_with(number, left($1, 6))"
        " ORDER BY number DESC LIMIT $2) UNION ALL (SELECT external_no FROM orders"
        " WHERE starts_with(external_no, left($1, 4)) ORDER BY external_no LIMIT $2)",
        number,
        LIKE_MAX,
    )
    raise OrderUnknown(code=number, nearest=nearest(number, [row["number"] for row in rows]))
