"""What orders wait for, and where it could come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order
from shangmai.modules.orders.contract.causes import PART_SHORT, SHORT
from shangmai.modules.orders.contract.shortages import FromWarehouse, StockShortage
from shangmai.modules.orders.rules.shortages import cover
from shangmai.modules.orders.service import seeing
from shangmai.modules.organization.contract import CompanyId

ORDERS_MAX: Final = 10_000
"""How many waiting orders are looked at, those placed first."""
NUMBERS: Final = 5
Place = tuple[SkuId, WarehouseId]


async def find_shortages(tx: Tx, company_id: CompanyId | None = None) -> list[StockShortage]:
    """Tell what the orders that wait for stock lack, by SKU and warehouse, what most orders wait for in front.

    Set-based, in eight statements; nothing is locked. Transfers are suggested first where most orders wait, each
    piece of another warehouse once.
    """
    ids = await queries.waiting_ids(tx, (SHORT, PART_SHORT), company_id, ORDERS_MAX)
    if not ids:
        return []
    known, lines = await queries.get(tx, ids), await queries.lines_of(tx, ids)
    orders = {id_: known[id_] for id_ in ids}
    skus = await catalog.get_skus(tx, {line.sku_id for some in lines.values() for line in some if line.sku_id})
    missing, _ = await seeing.short_of(tx, orders, lines, skus)
    waiting: dict[Place, list[tuple[Order, int]]] = defaultdict(list)
    for id_, order in orders.items():
        for sku_id, qty in missing.get(id_, {}).items():
            waiting[sku_id, order.warehouse_id].append((order, qty))
    return await _covered(tx, waiting)


async def _covered(tx: Tx, waiting: Mapping[Place, Sequence[tuple[Order, int]]]) -> list[StockShortage]:
    companies = {order.company_id for some in waiting.values() for order, _ in some}
    houses: dict[CompanyId, list[WarehouseId]] = defaultdict(list)
    for warehouse in await inventory.warehouses_of_companies(tx, companies):
        houses[warehouse.company_id].append(warehouse.id)
    skus = {sku_id for sku_id, _ in waiting}
    there = await inventory.available(tx, {(sku, id_) for some in houses.values() for id_ in some for sku in skus})
    coming = await inventory.on_the_way(tx, waiting)
    found = []
    for (sku_id, warehouse_id), some in sorted(waiting.items(), key=lambda each: (-len(each[1]), each[0])):
        company_id = some[0][0].company_id
        elsewhere = {
            id_: there[sku_id, id_] for id_ in houses[company_id] if id_ != warehouse_id and (sku_id, id_) in there
        }
        pieces = sum(qty for _, qty in some)
        here = min(there.get((sku_id, warehouse_id), 0), pieces)
        there[sku_id, warehouse_id] = there.get((sku_id, warehouse_id), 0) - here
        covered = cover(pieces - here, coming.get((sku_id, warehouse_id), 0), elsewhere)
        there |= {(sku_id, id_): qty for id_, qty in elsewhere.items()}
        found.append(
            StockShortage(
                company_id=company_id,
                warehouse_id=warehouse_id,
                sku_id=sku_id,
                pieces=pieces,
                orders=len(some),
                first=min(order.placed_at for order, _ in some),
                numbers=tuple(order.number for order, _ in some[:NUMBERS]),
                here=here,
                on_the_way=covered.on_the_way,
                transfers=tuple(FromWarehouse(warehouse_id=id_, qty=qty) for id_, qty in covered.transfers.items()),
                to_buy=covered.to_buy,
            )
        )
    return found
