"""Gathering, set by set, what an audit looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import AverageCost, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine, Receiver
from shangmai.modules.orders.queries.auditing import Around
from shangmai.modules.orders.rules.auditing import Seen, cost_of, facts_of, parts_of, with_skus
from shangmai.modules.organization import service as organization
from shangmai.modules.rules.contract import FactValue

Facts = dict[str, FactValue]
Costs = Mapping[tuple[SkuId, WarehouseId], AverageCost]


async def facts(tx: Tx, orders: Mapping[OrderId, Order]) -> dict[OrderId, Facts]:
    """The facts of the subject `orders.audit` for these orders, each as of when it was placed; in five statements."""
    lines = await queries.lines_of(tx, orders)
    around = await queries.around(tx, orders)
    skus = await _skus(tx, lines.values())
    shops = await organization.get_shops(tx, {order.shop_id for order in orders.values()})
    costs = await inventory.average_costs(tx, _places(orders, lines, skus))
    receivers = _opened({id_: around[id_] for id_ in orders})
    return {
        id_: facts_of(
            Seen(
                order=order,
                lines=lines[id_],
                note=around[id_].note,
                receiver=receivers[id_],
                shop=shops[order.shop_id],
                before=around[id_].before,
                cost_minor=cost_of(order, lines[id_], skus, costs),
            ),
            skus,
        )
        for id_, order in orders.items()
    }


async def _skus(tx: Tx, lines: Collection[Sequence[OrderLine]]) -> dict[SkuId, Sku]:
    return await catalog.get_skus(tx, {line.sku_id for some in lines for line in some if line.sku_id is not None})


def _places(
    orders: Mapping[OrderId, Order], lines: Mapping[OrderId, Sequence[OrderLine]], skus: Mapping[SkuId, Sku]
) -> set[tuple[SkuId, WarehouseId]]:
    """Where the goods that have not left lie; of a kit, its components."""
    return {
        (part, order.warehouse_id)
        for id_, order in orders.items()
        for line, sku in with_skus(lines[id_], skus)
        if line.shipped_qty < line.qty
        for part in parts_of(sku)
    }


def _opened(around: Mapping[OrderId, Around]) -> dict[OrderId, Receiver | None]:
    ids = list(around)
    sealed = [around[id_].receiver for id_ in ids]
    plain = current_vault().column("orders", "receiver").decrypt_many(sealed, ids) if any(sealed) else [None] * len(ids)
    return {
        id_: None if text is None else msgspec.json.decode(text, type=Receiver)
        for id_, text in zip(ids, plain, strict=True)
    }
