"""Making fulfilment units of orders that may leave, and letting the warehouse have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HeldAt, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.contract.preferring import COURIER, Preference
from shangmai.modules.orders.contract.units import (
    Unit,
    UnitChanged,
    UnitId,
    UnitLine,
    UnitMade,
    UnitPolicy,
    UnitReleased,
    UnitState,
)
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.queries.ship_dates import ship_dates
from shangmai.modules.orders.queries.units import NewUnit
from shangmai.modules.orders.rules import units as rules
from shangmai.modules.orders.rules.auditing import parts_of
from shangmai.modules.orders.rules.exceptions.situation import is_ready
from shangmai.modules.orders.rules.units import Part
from shangmai.modules.orders.service.holding_back import CAN_SHIP
from shangmai.modules.orders.service.units import choosing, merging
from shangmai.modules.orders.service.units.finding import Locked, is_live, lock_live, orders_in, receiver_hashes
from shangmai.modules.orders.service.units.flooring import stop_on_floor
from shangmai.modules.orders.service.units.measuring import Temperatures, limits_of, part, temperatures_of
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse import service as warehouse

BY_HAND: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""When a unit that was taken back by hand is due: never by itself."""


Plan = tuple[Order, WarehouseId, Mapping[int, int]]
"""Pieces of an order, by line, that leave a warehouse together."""


class Known(Struct, frozen=True):
    """What units of some orders are made from, set by set."""

    skus: Mapping[SkuId, Sku]
    held: Mapping[OrderId, Sequence[HeldAt]]
    assigned: Mapping[tuple[OrderId, int, WarehouseId], int]
    policies: Mapping[CompanyId, UnitPolicy]
    preferences: Mapping[OrderId, Sequence[Preference]]
    temperatures: Temperatures
    dates: Mapping[tuple[CompanyId, SkuId], datetime]

    def ships_from(self, order: Order, sku_id: SkuId | None) -> datetime | None:
        """From when a SKU leaves, or the last of a kit's components; None where it may leave now."""
        sku = self.skus.get(sku_id) if self.dates and sku_id is not None else None
        parts = () if sku is None else (sku.id, *parts_of(sku))
        return max((at for part in parts if (at := self.dates.get((order.company_id, part)))), default=None)


async def arrange(tx: Tx, items: Mapping[OrderId, Item]) -> None:
    """Make units of what may leave of these orders and is in none, and release those whose time has come.

    Locks the orders in order of id. An order that something holds back gets its units, and they wait. Where pieces are
    short, units are made of what is held; gifts alone wait for goods to go with. Events orders.unit_made.v1,
    orders.unit_released.v1.
    """
    orders = {id_: order for id_, order in (await queries.lock(tx, items)).items() if _may_leave(order)}
    if not orders:
        return
    units = await lock_live(tx, orders)
    made = await _make(tx, orders, units, items)
    there = [unit for unit, _ in units]
    if made and there:  # new ones may have been merged with these
        there = [unit for unit in (await tables.get_units(tx, [unit.id for unit in there])).values() if is_live(unit)]
    await release_due(tx, there + made, items)


async def release_due(tx: Tx, units: Sequence[Unit], items: Mapping[OrderId, Item]) -> list[Unit]:
    """Release those of these locked units that are open, due, and whose orders nothing holds back."""
    waiting = [unit for unit in units if unit.state is UnitState.OPEN]
    if not waiting:
        return []
    lines = await tables.unit_lines(tx, [unit.id for unit in waiting])
    orders = await queries.get(tx, {line.order_id for some in lines.values() for line in some})
    free = {id_ for id_, order in orders.items() if _may_leave(order) and not order.held_back}
    default = tx.items[0]
    due = []
    for unit in waiting:
        inside = orders_in(lines[unit.id])
        item = next((items[id_] for id_ in inside if id_ in items), default)
        if inside and free.issuperset(inside) and unit.release_at <= max(item.now, default.now):
            due.append((unit, item))
    await release(tx, due)
    return [unit for unit, _ in due]


async def release(tx: Tx, due: Sequence[tuple[Unit, Item]]) -> None:
    """Let the warehouse have these units. Event orders.unit_released.v1."""
    if due:
        at = {unit.id: max(item.now, unit.created_at) for unit, item in due}
        await tables.set_unit_states(tx, at, UnitState.RELEASED)
    for unit, item in due:
        _tell_released(tx, unit, item)


def _tell_released(tx: Tx, unit: Unit, item: Item) -> None:
    tx.emit(UnitReleased(unit_id=unit.id, number=unit.number, warehouse_id=unit.warehouse_id), item)


def _may_leave(order: Order) -> bool:
    return is_ready(order) and order.status in CAN_SHIP


async def _make(tx: Tx, orders: Mapping[OrderId, Order], units: Locked, items: Mapping[OrderId, Item]) -> list[Unit]:
    lines = await queries.goods_of(tx, orders)
    assigned: dict[tuple[OrderId, int, WarehouseId], int] = defaultdict(int)
    in_units: dict[tuple[OrderId, int], int] = defaultdict(int)
    for unit, inside in units:
        for each in inside:
            assigned[each.order_id, each.line, unit.warehouse_id] += each.qty
            in_units[each.order_id, each.line] += each.qty
    wanted = {id_ for id_ in orders for line in lines[id_] if line.sku_id and line.left_qty > in_units[id_, line.line]}
    if not wanted:
        return []
    fresh = wanted - {order_id for (order_id, _), qty in in_units.items() if qty}
    known = await _known(tx, {id_: orders[id_] for id_ in wanted}, fresh, lines, assigned, items)
    plans: list[Plan] = [
        (orders[id_], warehouse_id, parcel)
        for id_ in orders
        if id_ in wanted
        for warehouse_id, parcel in _plan(orders[id_], lines[id_], known)
    ]
    for order, _, parcel in plans:
        for line, qty in parcel.items():
            in_units[order.id, line] += qty
    leaving = {id_: {line.line: in_units[id_, line.line] for line in lines[id_]} for id_ in wanted}
    new = [
        (order, warehouse_id, parcel)
        for order, warehouse_id, parcel in await _join(tx, plans, lines, units, items)
        if not rules.waits_for_goods(parcel, lines[order.id], leaving[order.id])
    ]
    return await _write(tx, new, known, lines, items) if new else []


async def _join(
    tx: Tx,
    plans: Sequence[Plan],
    lines: Mapping[OrderId, Sequence[OrderLine]],
    units: Locked,
    items: Mapping[OrderId, Item],
) -> list[Plan]:
    """Put gifts that came later into a live unit that they can leave with; what is left needs units of its own.

    One whose parcel the carrier has already is no such unit. The floor is told at once. Event orders.unit_changed.v1.
    """
    if not units:
        return list(plans)
    gone = await warehouse.out_of_hands(tx, [unit.id for unit, _ in units])
    units = [(unit, some) for unit, some in units if unit.id not in gone]
    free = {(id_, line.line) for id_, some in lines.items() for line in some if not line.due_minor}
    joined: list[tuple[UnitId, UnitLine]] = []
    left = []
    for order, warehouse_id, parcel in plans:
        home = next((u for u, some in units if u.warehouse_id == warehouse_id and order.id in orders_in(some)), None)
        if home is None or not free.issuperset((order.id, n) for n in parcel):
            left.append((order, warehouse_id, parcel))
            continue
        joined += [(home.id, UnitLine(order_id=order.id, line=n, qty=qty)) for n, qty in parcel.items()]
        told = UnitChanged(unit_id=home.id, number=home.number, why="gift added", revision=home.revision + 1)
        tx.emit(told, items[order.id])
    if joined:
        await tables.add_lines(tx, joined)
        await stop_on_floor(tx, {unit_id for unit_id, _ in joined})
    return left


async def _known(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    fresh: Collection[OrderId],
    lines: Mapping[OrderId, Sequence[OrderLine]],
    assigned: Mapping[tuple[OrderId, int, WarehouseId], int],
    items: Mapping[OrderId, Item],
) -> Known:
    skus = await catalog.get_skus(tx, {line.sku_id for id_ in orders for line in lines[id_] if line.sku_id})
    policies = await tables.unit_policies(tx, {order.company_id for order in orders.values()})
    preferences = await queries.preferences_of(tx, orders)
    new = {id_: order for id_, order in orders.items() if id_ in fresh}
    await choosing.choose(tx, new, lines, skus, policies, preferences, items)
    held: dict[OrderId, list[HeldAt]] = defaultdict(list)
    for each in await inventory.held_at(tx, orders):
        held[OrderId(each.doc)].append(each)
    limits = [limits_of(policies.get(o.company_id, UnitPolicy()), preferences.get(o.id, ())) for o in orders.values()]
    return Known(
        skus=skus,
        held=held,
        assigned=assigned,
        policies=policies,
        preferences=preferences,
        temperatures=await temperatures_of(tx, skus.values(), limits),
        dates=await ship_dates(tx, {order.company_id for order in orders.values()}, tx.items[0].now),
    )


def _plan(order: Order, lines: Sequence[OrderLine], known: Known) -> list[tuple[WarehouseId, dict[int, int]]]:
    """What goes together of an order: by warehouse where it is held, within the limits of its company and its table."""
    policy = known.policies.get(order.company_id, UnitPolicy())
    at = rules.places(lines, known.held.get(order.id, ()))
    by_place: dict[WarehouseId, list[Part]] = defaultdict(list)
    for line in lines:
        sku = known.skus.get(line.sku_id) if line.sku_id else None
        if sku is None:
            continue
        here = {place: qty for (n, place), qty in at.items() if n == line.line}
        if not here and sku.kind is SkuKind.SERVICE:
            here = {order.warehouse_id: line.left_qty}
        for warehouse_id, qty in here.items():
            rest = qty - known.assigned.get((order.id, line.line, warehouse_id), 0)
            if rest > 0:
                dated = known.ships_from(order, sku.id)
                by_place[warehouse_id].append(part(line, sku, rest, policy, known.temperatures, dated))
    limits = limits_of(policy, known.preferences.get(order.id, ()))
    return [(place, parcel) for place, parts in by_place.items() for parcel in rules.parcels(parts, limits)]


async def _write(
    tx: Tx,
    plans: Sequence[Plan],
    known: Known,
    lines_of: Mapping[OrderId, Sequence[OrderLine]],
    items: Mapping[OrderId, Item],
) -> list[Unit]:
    """Write the units that are planned, and release at once those that nothing keeps and that nothing is put to."""
    of_line = {(id_, line.line): line.sku_id for id_, some in lines_of.items() for line in some}
    numbers = await next_numbers(tx, "FH", [items[order.id].now for order, _, _ in plans])
    merges = {id_ for id_, policy in known.policies.items() if policy.merge_minutes}
    hashes = await receiver_hashes(tx, {order.id for order, _, _ in plans})
    made = []
    for (order, warehouse_id, parcel), number in zip(plans, numbers, strict=True):
        now = items[order.id].now
        wait = known.policies.get(order.company_id, UnitPolicy()).merge_minutes
        dated = max((at for line in parcel if (at := known.ships_from(order, of_line[order.id, line]))), default=None)
        release_at = max(now + timedelta(minutes=wait), dated or now)
        leaves = not merges and not order.held_back and release_at <= max(now, tx.items[0].now)
        unit = Unit(
            id=UnitId(new_id()),
            number=number,
            shop_id=order.shop_id,
            company_id=order.company_id,
            warehouse_id=warehouse_id,
            customer_id=order.customer_id,
            state=UnitState.RELEASED if leaves else UnitState.OPEN,
            courier=_courier(known.preferences.get(order.id, ())),
            release_at=release_at,
            created_at=now,
            released_at=now if leaves else None,
            ships_from=dated,
        )
        lines = [UnitLine(order_id=order.id, line=line, qty=qty) for line, qty in parcel.items()]
        made.append(NewUnit(unit, lines, hashes.get(order.id)))
        told = UnitMade(unit_id=unit.id, number=number, warehouse_id=warehouse_id, orders=(order.id,), why="made")
        tx.emit(told, items[order.id])
        if leaves:
            _tell_released(tx, unit, items[order.id])
    await tables.insert_units(tx, made)
    units = [each.unit for each in made]
    waiting = [unit for unit in units if unit.company_id in merges]
    if not waiting:
        return units
    merged = await merging.merge_waiting(tx, waiting, known.policies)
    again = await tables.get_units(tx, [unit.id for unit in [*units, *merged]])
    return [unit for unit in again.values() if is_live(unit)]


def _courier(preferences: Sequence[Preference]) -> str:
    """The courier that the company's table prefers, if it does."""
    return next((str(each.outcome.get("courier", "")) for each in preferences if each.subject == COURIER.name), "")
