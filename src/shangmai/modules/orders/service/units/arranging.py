"""Changing units by hand: splitting, moving to another warehouse, releasing, taking back; and how they are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import MoveHolds, MovePart, NotHeld, OutOfStock, WarehouseNotFound
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import DuplicateLines, OrderId, OrderLine
from shangmai.modules.orders.contract.units import (
    MoveUnit,
    NothingLeftInUnit,
    NotInUnit,
    RecallUnit,
    ReleaseDueUnits,
    ReleasedUnits,
    ReleaseUnit,
    SetUnitPolicy,
    SplitUnit,
    Unit,
    UnitChanged,
    UnitHeldBack,
    UnitId,
    UnitLine,
    UnitNotFound,
    UnitPolicy,
    UnitRecalled,
    UnitState,
    UnitStateForbids,
)
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.service.units import flooring, making
from shangmai.modules.orders.service.units.finding import (
    lock_live,
    lock_only,
    lock_with_orders,
    orders_in,
)
from shangmai.modules.orders.service.units.parting import take_out
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.requests import AlreadyOut

REFUSED = [UnitNotFound, UnitStateForbids]


@action(
    "orders.split_unit",
    grant="orders.arrange_units",
    errors=[*REFUSED, DuplicateLines, NotInUnit, NothingLeftInUnit],
)
async def split_unit(tx: Tx, do: SplitUnit) -> Unit:
    """Take pieces out of an open unit into a new one, which leaves by itself; merging the two undoes it.

    The money of a line is shared by its pieces, to the cent. Events orders.unit_made.v1, orders.unit_changed.v1.
    Raises: UnitNotFound, UnitStateForbids, DuplicateLines, NotInUnit, NothingLeftInUnit.
    """
    unit, lines = _known(await lock_only(tx, [do.unit_id]), do.unit_id)
    _check(unit, "split", UnitState.OPEN)
    has = {(line.order_id, line.line): line.qty for line in lines}
    wanted: dict[tuple[OrderId, int], int] = {}
    for part in do.lines:
        key = (part.order_id, part.line)
        if key in wanted:
            raise DuplicateLines(line=part.line)
        if part.qty > has.get(key, 0):
            raise NotInUnit(number=unit.number, line=part.line, has=has.get(key, 0), qty=part.qty)
        wanted[key] = part.qty
    if wanted == has:
        raise NothingLeftInUnit(number=unit.number)
    taken = [UnitLine(order_id=order_id, line=line, qty=qty) for (order_id, line), qty in wanted.items()]
    return await take_out(tx, unit, lines, taken, "split")


@action(
    "orders.move_unit",
    grant="orders.arrange_units",
    errors=[*REFUSED, WarehouseNotFound, OutOfStock, NotHeld],
)
async def move_unit(tx: Tx, do: MoveUnit) -> Unit:
    """Let an open unit leave from another warehouse: its pieces are held there instead, all or none.

    Event orders.unit_changed.v1. Raises: UnitNotFound, UnitStateForbids, WarehouseNotFound, OutOfStock, NotHeld.
    """
    unit, lines = _known(await lock_with_orders(tx, [do.unit_id]), do.unit_id)
    _check(unit, "moved", UnitState.OPEN)
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None or warehouse.company_id != unit.company_id:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    if unit.warehouse_id == do.warehouse_id:
        return unit
    left = await _left(tx, lines)
    parts: dict[OrderId, list[MovePart]] = defaultdict(list)
    for line in lines:
        part = MovePart(
            line=line.line,
            qty=line.qty,
            left=left[line.order_id, line.line].left_qty,
            sku_id=left[line.order_id, line.line].sku_id,
            warehouse_id=unit.warehouse_id,
            to=do.warehouse_id,
        )
        parts[line.order_id].append(part)
    moves = [
        MoveHolds(doc=order_id, shop_id=unit.shop_id, lines=some, item=tx.items[0]) for order_id, some in parts.items()
    ]
    for refusal in await inventory.move_holds(tx, moves):
        if refusal is not None:
            raise refusal
    await tables.set_unit_places(tx, [unit.id], do.warehouse_id)
    tx.emit(UnitChanged(unit_id=unit.id, number=unit.number, why="moved", revision=unit.revision + 1))
    return replace(unit, warehouse_id=do.warehouse_id, revision=unit.revision + 1)


async def _left(tx: Tx, lines: Sequence[UnitLine]) -> Mapping[tuple[OrderId, int], OrderLine]:
    goods = await queries.goods_of(tx, orders_in(lines))
    return {(order_id, line.line): line for order_id, some in goods.items() for line in some}


@action(
    "orders.release_unit", grant="orders.arrange_units", inverse="orders.recall_unit", errors=[*REFUSED, UnitHeldBack]
)
async def release_unit(tx: Tx, do: ReleaseUnit) -> Unit:
    """Let the warehouse pick an open unit now. Releasing a released one changes nothing. Event orders.unit_released.v1.

    Raises: UnitNotFound, UnitStateForbids, UnitHeldBack.
    """
    unit, lines = _known(await lock_with_orders(tx, [do.unit_id]), do.unit_id)
    if unit.state is UnitState.RELEASED:
        return unit
    _check(unit, "released", UnitState.OPEN)
    for order in (await queries.get(tx, orders_in(lines))).values():
        if order.held_back:
            raise UnitHeldBack(number=order.number)
    await tables.set_release_at(tx, unit.id, tx.now)
    await making.release(tx, [(unit, tx.items[0])])
    return replace(unit, state=UnitState.RELEASED, release_at=tx.now, released_at=tx.now)


@action(
    "orders.recall_unit", grant="orders.arrange_units", inverse="orders.release_unit", errors=[*REFUSED, AlreadyOut]
)
async def recall_unit(tx: Tx, do: RecallUnit) -> Unit:
    """Take a released unit back; it waits until somebody releases it. Whoever picks or packs it stops at once.

    Event orders.unit_recalled.v1. Raises: UnitNotFound, UnitStateForbids, AlreadyOut.
    """
    unit, _ = _known(await lock_only(tx, [do.unit_id]), do.unit_id)
    _check(unit, "recalled", UnitState.RELEASED)
    await tables.set_release_at(tx, unit.id, making.BY_HAND)
    await _recall(tx, [(unit, tx.items[0])], "by hand")
    await flooring.stop_on_floor(tx, [unit.id])
    return replace(unit, state=UnitState.OPEN, release_at=making.BY_HAND, released_at=None)


async def recall_held_back(tx: Tx, items: Mapping[OrderId, Item]) -> None:
    """Take the released units of those of these orders back that are held back now. Event orders.unit_recalled.v1.

    What is with the carrier already is let go.
    """
    orders = {id_ for id_, order in (await queries.lock(tx, items)).items() if order.held_back}
    units = await lock_live(tx, orders) if orders else []
    out = await warehouse.out_of_hands(tx, [unit.id for unit, _ in units if unit.state is UnitState.RELEASED])
    stopped: list[tuple[Unit, Item]] = []
    for unit, lines in units:
        order_id = next((id_ for id_ in orders_in(lines) if id_ in orders), None)
        if unit.state is UnitState.RELEASED and order_id is not None and unit.id not in out:
            stopped.append((unit, items[order_id]))
    await _recall(tx, stopped, "held back")
    await flooring.stop_on_floor(tx, [unit.id for unit, _ in stopped])


async def _recall(tx: Tx, units: Sequence[tuple[Unit, Item]], why: str) -> None:
    if units:
        await tables.set_unit_states(tx, {unit.id: item.now for unit, item in units}, UnitState.OPEN)
    for unit, item in units:
        tx.emit(UnitRecalled(unit_id=unit.id, number=unit.number, why=why), item)


@action("orders.release_due_units", grant="orders.release_due_units")
async def release_due_units(tx: Tx, do: ReleaseDueUnits) -> ReleasedUnits:
    """Release the open units whose time has come, the longest due first. Event orders.unit_released.v1."""
    due = await tables.units_due(tx, tx.now, do.limit)
    locked = await lock_with_orders(tx, due)
    released = await making.release_due(tx, [locked[id_][0] for id_ in due if id_ in locked], {})
    return ReleasedUnits(released=len(released), more=len(due) == do.limit and bool(released))


@action(
    "orders.set_unit_policy",
    grant="orders.set_unit_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound],
)
async def set_unit_policy(tx: Tx, do: SetUnitPolicy) -> UnitPolicy:
    """Choose how a company's orders become units, for those made from now on. Raises: CompanyNotFound."""
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    await tables.set_unit_policy(tx, do.company_id, do.policy)
    return do.policy


async def unit_policy_of(tx: Tx, company_id: CompanyId) -> UnitPolicy:
    """A company's choice; without one, an order is a unit for each warehouse that holds some of it."""
    return (await tables.unit_policies(tx, [company_id])).get(company_id, UnitPolicy())


def _known(locked: Mapping[UnitId, tuple[Unit, list[UnitLine]]], id_: UnitId) -> tuple[Unit, list[UnitLine]]:
    if id_ not in locked:
        raise UnitNotFound(unit_id=id_)
    return locked[id_]


def _check(unit: Unit, wanted: str, state: UnitState) -> None:
    if unit.state is not state:
        raise UnitStateForbids(number=unit.number, state=unit.state.value, wanted=wanted)
