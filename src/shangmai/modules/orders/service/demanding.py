"""Purchase demands: raised when orders wait for what must be bought, closed when they do not any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.demands import (
    Demand,
    DemandChanged,
    DemandClosed,
    DemandId,
    DemandNotFound,
    DemandOrdered,
    DemandOver,
    DemandRaised,
    DemandState,
    OrderDemand,
)
from shangmai.modules.orders.contract.shortages import StockShortage
from shangmai.modules.orders.queries import demands as tables
from shangmai.modules.orders.rules import demands as rules
from shangmai.modules.orders.service.shortages import find_shortages
from shangmai.modules.organization.contract import CompanyId


@action("orders.order_demand", grant="orders.plan_demands", errors=[DemandNotFound, DemandOver])
async def order_demand(tx: Tx, do: OrderDemand) -> Demand:
    """Note that a supplier was asked for what is missing; noting it again replaces it. Event orders.demand_ordered.v1.

    Nothing is received by it: that is `inventory.receive`. Raises: DemandNotFound, DemandOver.
    """
    demand = await tables.lock_demand(tx, do.demand_id)
    if demand is None:
        raise DemandNotFound(demand_id=do.demand_id)
    if demand.state is DemandState.CLOSED:
        raise DemandOver(number=demand.number)
    tx.emit(
        DemandOrdered(
            demand_id=demand.id,
            number=demand.number,
            qty=do.qty,
            reference=do.reference,
            expected_on=do.expected_on,
        )
    )
    return await tables.set_ordered(tx, do)


async def compare_demands(
    tx: Tx,
    waiting: Collection[OrderId],
    others: Collection[OrderId],
    companies: Collection[CompanyId],
    warehouses: Collection[WarehouseId],
) -> None:
    """Raise, change and close the demands of companies whose orders wait or whose stock has moved.

    `waiting`: orders that have begun to wait. `others`: orders, and companies and warehouses whose stock has moved,
    that may change demands that there are. One comparison of a company after the other.

    Events orders.demand_raised.v1, orders.demand_changed.v1, orders.demand_closed.v1.
    """
    begun = await tables.companies_of(tx, waiting) if waiting else set()
    touched = set(companies) | (await tables.companies_of(tx, others) if others else set())
    touched |= (
        {each.company_id for each in (await inventory.get_warehouses(tx, warehouses)).values()} if warehouses else set()
    )
    for company_id in sorted(begun | (await tables.have_live(tx, touched - begun) if touched - begun else set())):
        await _compare(tx, company_id)


async def _compare(tx: Tx, company_id: CompanyId) -> None:
    await tables.wait_turn(tx, company_id)
    live = rules.by_place(await tables.live_demands(tx, company_id))
    due = rules.due(live, await find_shortages(tx, company_id))
    now = max(item.now for item in tx.items)
    await _raise(tx, due.raised, now)
    await tables.change_demands(tx, [(demand.id, shortage) for demand, shortage in due.changed], now)
    for demand, shortage in due.changed:
        if demand.qty != shortage.to_buy:
            told = DemandChanged(demand_id=demand.id, number=demand.number, qty=shortage.to_buy, before=demand.qty)
            tx.emit(told)
    if due.closed:
        await tables.close_demands(tx, [demand.id for demand in due.closed], now)
    for demand in due.closed:
        tx.emit(DemandClosed(demand_id=demand.id, number=demand.number))


async def _raise(tx: Tx, shortages: Collection[StockShortage], now: datetime) -> None:
    if not shortages:
        return
    numbers = await next_numbers(tx, "CG", [now] * len(shortages))
    new = [(DemandId(new_id()), number, each) for number, each in zip(numbers, shortages, strict=True)]
    await tables.insert_demands(tx, new, now)
    for id_, number, each in new:
        tx.emit(
            DemandRaised(
                demand_id=id_,
                number=number,
                company_id=each.company_id,
                warehouse_id=each.warehouse_id,
                sku_id=each.sku_id,
                qty=each.to_buy,
            )
        )
