"""Shipping whole units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import NotHeld
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    NotPaid,
    Order,
    OrderId,
    OrderLine,
    Shipment,
    ShipOrderLine,
    ShippingHeldBack,
    StatusForbids,
    TooMuchToShip,
)
from shangmai.modules.orders.contract.units import (
    ShipUnit,
    Unit,
    UnitEnded,
    UnitId,
    UnitLine,
    UnitNotFound,
    UnitShipment,
    UnitState,
    UnitStateForbids,
)
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.rules.units import Taken
from shangmai.modules.orders.service.shipping import Packed, held_back, pack, send
from shangmai.modules.orders.service.units.finding import lock_with_orders, orders_in, scopes_of_units
from shangmai.modules.warehouse import service as warehouse

Key = tuple[int, OrderId]
"""The place in the batch, and the order."""


@action(
    "orders.ship_unit",
    grant="orders.ship",
    many=True,
    scopes_of=scopes_of_units,
    errors=[UnitNotFound, UnitStateForbids, StatusForbids, NotPaid, ShippingHeldBack, TooMuchToShip, NotHeld],
)
async def ship_unit(tx: Tx, do: Sequence[ShipUnit]) -> list[UnitShipment | AppError]:
    """Ship released units, each in one parcel or with `more`: all orders that are in it, or none.

    Event orders.shipped.v1 for each order.

    What was picked for it on a floor leaves the bins.

    Raises for each: UnitNotFound, UnitStateForbids, ShippingHeldBack, NotPaid, NotHeld.
    """
    outcomes = await _ship(tx, dict(enumerate(do)), is_fact=False)
    return [outcomes[index] for index in range(len(do))]


async def ship_out(tx: Tx, do: Mapping[int, ShipUnit]) -> dict[int, UnitShipment | AppError]:
    """Ship released units whose parcels are with their carriers already, each as the item of the batch at its place.

    That an order was held back since is no reason to deny what has happened.
    """
    return await _ship(tx, do, is_fact=True)


async def _ship(tx: Tx, do: Mapping[int, ShipUnit], *, is_fact: bool) -> dict[int, UnitShipment | AppError]:
    inside = await tables.unit_lines(tx, {each.unit_id for each in do.values()})
    places = list(do)
    outcomes: dict[int, UnitShipment | AppError] = {}
    for indices in _rounds([orders_in(inside[each.unit_id]) for each in do.values()]):
        some = {places[index]: do[places[index]] for index in indices}
        outcomes |= await _ship_each_once(tx, some, is_fact=is_fact)
    return outcomes


def _rounds(orders: Sequence[tuple[OrderId, ...]]) -> list[list[int]]:
    """The batch in rounds such that no round has an order twice: the second sees what the first did."""
    rounds: list[list[int]] = []
    last: dict[OrderId, int] = {}
    for index, ids in enumerate(orders):
        nth = max((last.get(id_, -1) for id_ in ids), default=-1) + 1
        last |= dict.fromkeys(ids, nth)
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(index)
    return rounds


async def _ship_each_once(tx: Tx, do: Mapping[int, ShipUnit], *, is_fact: bool) -> dict[int, UnitShipment | AppError]:
    locked = await lock_with_orders(tx, {each.unit_id for each in do.values()})
    ids = {line.order_id for _, lines in locked.values() for line in lines}
    orders, lines = await queries.get(tx, ids), await queries.lines_of(tx, ids)
    back = [id_ for id_, order in orders.items() if order.held_back]
    causes = await queries.hold_backs_of(tx, back) if back else {}
    outcomes: dict[int, UnitShipment | AppError] = {}
    packed: dict[Key, Packed] = {}
    seen: set[UnitId] = set()
    for index, each in do.items():
        if each.unit_id not in locked:
            outcomes[index] = UnitNotFound(unit_id=each.unit_id)
            continue
        unit, inside = locked[each.unit_id]
        stopped = next((orders[id_] for id_ in orders_in(inside) if orders[id_].held_back), None)
        if unit.state is not UnitState.RELEASED or unit.id in seen:
            outcomes[index] = UnitStateForbids(number=unit.number, state=unit.state.value, wanted="shipped")
        elif stopped is not None and not is_fact:
            outcomes[index] = held_back(stopped, causes[stopped.id])
        else:
            mine = _pack(unit, inside, orders, lines, each, index, tx.items[index])
            if isinstance(mine, AppError):
                outcomes[index] = mine
            else:
                seen.add(unit.id)
                packed |= mine
    return outcomes | await _send(tx, do, {index: locked[do[index].unit_id][0] for index, _ in packed}, packed)


def _pack(
    unit: Unit,
    inside: Sequence[UnitLine],
    orders: Mapping[OrderId, Order],
    lines: Mapping[OrderId, Sequence[OrderLine]],
    do: ShipUnit,
    index: int,
    item: Item,
) -> dict[Key, Packed] | AppError:
    packed: dict[Key, Packed] = {}
    for order_id in orders_in(inside):
        wanted = [ShipOrderLine(line=each.line, qty=each.qty) for each in inside if each.order_id == order_id]
        outcome = pack(orders[order_id], lines[order_id], wanted, (do.carrier or unit.courier, do.waybill), item)
        if isinstance(outcome, AppError):
            return outcome
        taken = [Taken(each.line, each.qty, unit.id, unit.warehouse_id) for each in wanted]
        packed[index, order_id] = replace(outcome, taken=taken, unit_id=unit.id, group=index)
    return packed


async def _send(
    tx: Tx, do: Mapping[int, ShipUnit], units: Mapping[int, Unit], packed: Mapping[Key, Packed]
) -> dict[int, UnitShipment | AppError]:
    sent: dict[int, list[Shipment]] = {}
    outcomes: dict[int, UnitShipment | AppError] = {}
    for (index, _), outcome in (await send(tx, packed)).items():
        if isinstance(outcome, AppError):
            outcomes[index] = outcome
        else:
            sent.setdefault(index, []).append(outcome)
    if sent:
        at = {units[index].id: tx.items[index].now for index in sent}
        await tables.set_unit_states(tx, at, UnitState.SHIPPED)
        await warehouse.leave(tx, at)
        more = [
            (shipment, n, each.carrier or do[index].carrier or units[index].courier, each.waybill, tx.items[index].now)
            for index, shipments in sent.items()
            for shipment in shipments
            for n, each in enumerate(do[index].more, 2)
        ]
        if more:
            await queries.ship_more(tx, more)
    for index, shipments in sent.items():
        unit = replace(units[index], state=UnitState.SHIPPED, ended_at=tx.items[index].now)
        tx.emit(UnitEnded(unit_id=unit.id, number=unit.number, state="shipped"), tx.items[index])
        outcomes[index] = UnitShipment(unit=unit, shipments=shipments)
    return outcomes
