"""Taking pieces out of a unit into one of their own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract.units import Unit, UnitChanged, UnitId, UnitLine, UnitMade, UnitState
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.queries.units import NewUnit
from shangmai.modules.orders.service.units.finding import orders_in


async def take_out(tx: Tx, unit: Unit, lines: Sequence[UnitLine], taken: Sequence[UnitLine], why: str) -> Unit:
    """Make a unit of what is taken out of a locked one. Events orders.unit_made.v1, orders.unit_changed.v1."""
    gone = {(line.order_id, line.line): line.qty for line in taken}
    hashes = await tables.receivers_of_units(tx, [unit.id])
    made = replace(
        unit,
        id=UnitId(new_id()),
        number=(await next_numbers(tx, "FH", [tx.now]))[0],
        state=UnitState.OPEN,
        released_at=None,
        split_from=unit.id,
        revision=1,
    )
    left = [replace(line, qty=line.qty - gone.get((line.order_id, line.line), 0)) for line in lines]
    await tables.set_qty(tx, [(unit.id, line) for line in left])
    await tables.insert_units(tx, [NewUnit(made, taken, hashes[unit.id])])
    tx.emit(UnitChanged(unit_id=unit.id, number=unit.number, why=why, revision=unit.revision + 1))
    told = UnitMade(
        unit_id=made.id,
        number=made.number,
        warehouse_id=made.warehouse_id,
        orders=orders_in(taken),
        why="split",
        of=(unit.id,),
    )
    tx.emit(told)
    return made
