"""What happens to orders, followed in their units: canceled, shipped by lines, sent elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.units import Unit, UnitChanged, UnitEnded, UnitId, UnitLine, UnitState
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.service.units.finding import Locked, lock_live, receiver_hashes
from shangmai.modules.orders.service.units.flooring import stop_on_floor, tell_floor
from shangmai.modules.orders.service.units.parting import take_out

Place = tuple[UnitId, OrderId, int]
"""Unit, order and line."""
Gone = Mapping[Place, int]
"""Pieces by where they are."""


async def drop(tx: Tx, order_id: OrderId) -> None:
    """Take a locked order that is canceled out of its units; one of which nothing is left is over.

    The floor stops at once. Events orders.unit_changed.v1, orders.unit_ended.v1. Raises: AlreadyOut.
    """
    units = await lock_live(tx, [order_id])
    gone = {
        (unit.id, order_id, line.line): line.qty for unit, lines in units for line in lines if line.order_id == order_id
    }
    await empty(tx, units, gone, UnitState.CANCELED, "order canceled")
    await stop_on_floor(tx, [unit.id for unit, _ in units if unit.state is UnitState.RELEASED])


async def empty(tx: Tx, units: Locked, gone: Gone, end: UnitState, why: str) -> None:
    """Take pieces out of locked units. One that they were all of ends so, and keeps them for whoever looks later."""
    changes: list[tuple[UnitId, UnitLine]] = []
    for unit, lines in units:
        left = [replace(line, qty=line.qty - gone.get((unit.id, line.order_id, line.line), 0)) for line in lines]
        if left == lines:
            continue
        if any(line.qty for line in left):
            changes += [(unit.id, line) for line in left]
            tx.emit(UnitChanged(unit_id=unit.id, number=unit.number, why=why, revision=unit.revision + 1))
        else:
            await tables.set_unit_states(tx, {unit.id: tx.now}, end)
            tx.emit(UnitEnded(unit_id=unit.id, number=unit.number, state=end.value))
    if changes:
        await tables.set_qty(tx, changes)


async def readdress(tx: Tx, order_id: OrderId) -> None:
    """Let the units of a locked order that goes elsewhere now go there: out of those with other orders, it is taken.

    What is packed must be packed again, with another waybill. Events orders.unit_changed.v1, orders.unit_made.v1.
    Raises: AlreadyOut.
    """
    units = await lock_live(tx, [order_id])
    mine: list[Unit] = []
    for unit, lines in units:
        own = [line for line in lines if line.order_id == order_id]
        if len(own) < len(lines):
            mine.append(await take_out(tx, unit, lines, own, "readdressed"))
        else:
            mine.append(unit)
            tx.emit(UnitChanged(unit_id=unit.id, number=unit.number, why="readdressed", revision=unit.revision + 1))
    if mine:
        receiver = (await receiver_hashes(tx, [order_id])).get(order_id)
        await tables.set_receivers(tx, dict.fromkeys((unit.id for unit in mine), receiver))
    picked = {unit.id for unit, _ in units if unit.state is UnitState.RELEASED}
    for refusal in await tell_floor(tx, picked, readdressed=picked):
        raise refusal
