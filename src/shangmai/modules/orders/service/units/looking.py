"""What is in a unit, as people read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.units import (
    Alike,
    Unit,
    UnitDetail,
    UnitId,
    UnitNotFound,
    UnitPiece,
    UnitState,
)
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.rules import units as rules
from shangmai.modules.orders.service.units.finding import is_live, orders_in


async def get_unit(tx: Tx, id_: UnitId) -> UnitDetail:
    """A unit with its lines and their money. Raises: UnitNotFound."""
    unit = (await tables.get_units(tx, [id_])).get(id_)
    if unit is None:
        raise UnitNotFound(unit_id=id_)
    inside = (await tables.unit_lines(tx, [id_]))[id_]
    ids = orders_in(inside)
    orders, lines = await queries.get(tx, ids), await queries.lines_of(tx, ids)
    amounts = await _amounts(tx, ids, unit)
    by_key = {(order_id, line.line): line for order_id, some in lines.items() for line in some}
    pieces = [
        UnitPiece(
            order_id=each.order_id,
            number=orders[each.order_id].number,
            line=each.line,
            sku_id=by_key[each.order_id, each.line].sku_id,
            title=by_key[each.order_id, each.line].title,
            qty=each.qty,
            amount_minor=amounts.get((each.order_id, each.line), 0),
            currency=orders[each.order_id].currency,
        )
        for each in inside
    ]
    return UnitDetail(
        unit=unit,
        lines=pieces,
        merged_from=await tables.merged_into(tx, id_),
        held_back=any(order.held_back for order in orders.values()),
    )


async def _amounts(tx: Tx, orders: Collection[OrderId], unit: Unit) -> Mapping[tuple[OrderId, int], int]:
    """What the pieces in a unit cost. Of one that has ended, as if it were the next to leave."""
    units = await tables.live_units_of(tx, orders)
    if not is_live(unit):
        units = [unit]
    inside = await tables.unit_lines(tx, [each.id for each in units])
    lines = await queries.lines_of(tx, orders)
    found: dict[tuple[OrderId, int], int] = {}
    for order_id in orders:
        mine = [
            (each.id, {line.line: line.qty for line in inside[each.id] if line.order_id == order_id}) for each in units
        ]
        shares = rules.amounts(lines[order_id], mine)
        found |= {(order_id, line): amount for (id_, line), amount in shares.items() if id_ == unit.id}
    return found


async def alike(tx: Tx, limit: int) -> list[Alike]:
    """Open units that could leave together, group by group."""
    return [Alike(units=units) for units in await tables.alike_groups(tx, limit)]


async def is_with_warehouse(tx: Tx, order_id: OrderId) -> bool:
    """Whether the warehouse may be picking some of an order."""
    return any(unit.state is UnitState.RELEASED for unit in await tables.live_units_of(tx, [order_id]))
