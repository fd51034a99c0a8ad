"""Pure decisions on purchase demands: which are raised, changed and closed by what orders lack now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract.demands import Demand
from shangmai.modules.orders.contract.shortages import StockShortage
from shangmai.modules.organization.contract import CompanyId

Place = tuple[CompanyId, WarehouseId, SkuId]


class DemandsDue(Struct, frozen=True):
    """What is to be done: shortages to raise a demand for, demands that others lack now, demands to close."""

    raised: list[StockShortage]
    changed: list[tuple[Demand, StockShortage]]
    closed: list[Demand]


def due(live: Mapping[Place, Demand], shortages: Iterable[StockShortage]) -> DemandsDue:
    """Compare demands that are live with what must be bought now, place by place."""
    wanted = {(each.company_id, each.warehouse_id, each.sku_id): each for each in shortages if each.to_buy}
    return DemandsDue(
        raised=[each for place, each in wanted.items() if place not in live],
        changed=[
            (live[place], each) for place, each in wanted.items() if place in live and _differs(live[place], each)
        ],
        closed=[demand for place, demand in live.items() if place not in wanted],
    )


def _differs(demand: Demand, shortage: StockShortage) -> bool:
    now = (shortage.to_buy, shortage.orders, list(shortage.numbers), shortage.first)
    return (demand.qty, demand.orders, demand.numbers, demand.first) != now


def place_of(demand: Demand) -> Place:
    return demand.company_id, demand.warehouse_id, demand.sku_id


def by_place(demands: Sequence[Demand]) -> dict[Place, Demand]:
    return {place_of(each): each for each in demands}
