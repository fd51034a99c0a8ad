"""Shipping orders and having them signed for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HeldPart, Ship, Shipped
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    DuplicateLines,
    HoldBack,
    LineKind,
    LineNotFound,
    NotHereYet,
    NotPaid,
    Order,
    OrderId,
    OrderLine,
    OrderNotFound,
    OrderShipped,
    OrderSigned,
    PaymentStatus,
    Shipment,
    ShipOrder,
    ShipOrderLine,
    ShippingHeldBack,
    SignOrder,
    Status,
    StatusForbids,
    Terms,
    TooMuchToShip,
)
from shangmai.modules.orders.contract.causes import PART_SHORT
from shangmai.modules.orders.contract.units import UnitId, UnitLine, UnitState
from shangmai.modules.orders.rules.units import Taken, take
from shangmai.modules.orders.service.finding import rounds, scopes_of
from shangmai.modules.orders.service.units import following
from shangmai.modules.orders.service.units.finding import Locked, lock_live
from shangmai.modules.orders.service.units.flooring import tell_floor

_Key = TypeVar("_Key", bound=Hashable)


class Packed(Struct, frozen=True):
    """A parcel that may leave: the order, its lines, how many of each go, and the status after.

    `taken`: which units and warehouses the goods come out of. `unit_id`: the unit that the parcel is. Parcels of one
    `group` leave together or not at all.
    """

    order: Order
    lines: Sequence[OrderLine]
    quantities: Mapping[int, int]
    status: Status
    carrier: str
    waybill: str
    item: Item
    taken: Sequence[Taken] = ()
    unit_id: UnitId | None = None
    group: int | None = None


@action(
    "orders.ship",
    grant="orders.ship",
    many=True,
    scopes_of=scopes_of,
    errors=[
        OrderNotFound,
        StatusForbids,
        NotPaid,
        ShippingHeldBack,
        LineNotFound,
        DuplicateLines,
        TooMuchToShip,
        NotHereYet,
    ],
)
async def ship(tx: Tx, do: Sequence[ShipOrder]) -> list[Shipment | AppError]:
    """Ship orders: the holds settle, the pieces leave and take their cost. Event orders.shipped.v1.

    An order that something holds back is refused with what that is; so are pieces that an order waits for still.
    """
    outcomes: dict[int, Shipment | AppError] = {}
    for indices in rounds(do):
        outcomes |= await _ship_each_once(tx, {index: do[index] for index in indices})
    return [outcomes[index] for index in range(len(do))]


async def _ship_each_once(tx: Tx, do: dict[int, ShipOrder]) -> dict[int, Shipment | AppError]:
    ids = {each.order_id for each in do.values()}
    orders, lines = await queries.lock(tx, ids), await queries.lines_of(tx, ids)
    units = await lock_live(tx, orders)
    hold_backs = await _hold_backs(tx, orders, lines, units)
    outcomes: dict[int, Shipment | AppError] = {}
    packed: dict[int, Packed] = {}
    for index, each in do.items():
        order = orders.get(each.order_id)
        outcome = _pack(order, lines[each.order_id], each, tx.items[index]) if order else _unknown(each.order_id)
        if order is not None and order.held_back and isinstance(outcome, Packed):
            outcome = held_back(order, hold_backs[order.id])
        if isinstance(outcome, AppError):
            outcomes[index] = outcome
            continue
        parcel = _out_of(units, outcome)
        loose = next((t for t in parcel.taken if t.unit_id is None), None)
        if loose is not None and any(cause.code == PART_SHORT for cause in hold_backs.get(parcel.order.id, ())):
            outcomes[index] = NotHereYet(number=parcel.order.number, line=loose.line, qty=loose.qty)
        else:
            packed[index] = parcel
    sent = await send(tx, packed)
    await _empty(tx, units, [packed[index] for index, each in sent.items() if isinstance(each, Shipment)])
    return outcomes | sent


async def _hold_backs(
    tx: Tx, orders: Mapping[OrderId, Order], lines: Mapping[OrderId, Sequence[OrderLine]], units: Locked
) -> dict[OrderId, list[HoldBack]]:
    """The causes on orders that something holds back, and on those with pieces in no unit, which may be short."""
    in_units: dict[OrderId, int] = defaultdict(int)
    for _, inside in units:
        for each in inside:
            in_units[each.order_id] += each.qty
    left = {id_: sum(n.left_qty for n in lines[id_] if n.kind is LineKind.GOODS) for id_ in orders}
    asked = [id_ for id_, order in orders.items() if order.held_back or left[id_] > in_units[id_]]
    return await queries.hold_backs_of(tx, asked) if asked else {}


def _out_of(units: Locked, packed: Packed) -> Packed:
    """The parcel with the units that its pieces come out of; where they are all of one, it is that unit."""
    goods = {line.line for line in packed.lines if line.kind is LineKind.GOODS}
    wanted = {n: qty for n, qty in packed.quantities.items() if n in goods}
    taken = take(units, packed.order.id, wanted)
    whole = next(
        (unit.id for unit, lines in units if _is_all(taken, unit.id, lines)), None
    )  # fmt: skip
    return replace(packed, taken=taken, unit_id=whole)


def _is_all(taken: Sequence[Taken], unit_id: UnitId, lines: Sequence[UnitLine]) -> bool:
    return all(each.unit_id == unit_id for each in taken) and sum(t.qty for t in taken) == sum(n.qty for n in lines)


async def _empty(tx: Tx, units: Locked, sent: Sequence[Packed]) -> None:
    gone = {
        (each.unit_id, packed.order.id, each.line): each.qty
        for packed in sent
        for each in packed.taken
        if each.unit_id is not None
    }
    if gone:
        await following.empty(tx, units, gone, UnitState.SHIPPED, "shipped in part")
        await tell_floor(tx, {unit_id for unit_id, *_ in gone})


async def send(tx: Tx, packed: Mapping[_Key, Packed]) -> dict[_Key, Shipment | AppError]:
    """Let parcels leave: holds settle, pieces take their cost, orders get their status. Event orders.shipped.v1.

    The orders are locked; none is in two parcels.
    """
    left = await inventory.ship(tx, [_parcel(each) for each in packed.values()]) if packed else []
    outcomes: dict[_Key, Shipment | AppError] = {}
    gone: dict[_Key, tuple[Packed, Shipped]] = {}
    for (key, parcel), shipped in zip(packed.items(), left, strict=True):
        if isinstance(shipped, AppError):
            outcomes[key] = shipped
        else:
            gone[key] = (parcel, shipped)
    return outcomes | await _write(tx, gone)


def _unknown(order_id: OrderId) -> AppError:
    return OrderNotFound(order_id=order_id)


def held_back(order: Order, causes: Sequence[HoldBack]) -> AppError:
    """The refusal to ship an order that is held back, with why."""
    told = [
        {"code": each.code, "zh": each.zh, "en": each.en, "since": each.since.isoformat()}
        for each in causes
        if each.blocks
    ]
    return ShippingHeldBack(number=order.number, causes=told)


def _pack(order: Order, lines: Sequence[OrderLine], do: ShipOrder, item: Item) -> Packed | AppError:
    return pack(order, lines, do.lines, (do.carrier, do.waybill), item)


def pack(
    order: Order,
    lines: Sequence[OrderLine],
    wanted: Sequence[ShipOrderLine] | None,
    sent_by: tuple[str, str],
    item: Item,
) -> Packed | AppError:
    """A parcel of an order, all that is left of it or these lines, by this carrier and waybill; or why it can't go."""
    quantities = rules.quantities_to_ship(order, lines, wanted)
    if isinstance(quantities, AppError):
        return quantities
    status = rules.status_after(lines, quantities)
    refusal = rules.check_can_become(order, status)
    if refusal is not None:
        return refusal
    if order.terms is Terms.PREPAID and order.payment_status is not PaymentStatus.PAID:
        return NotPaid(number=order.number)
    return Packed(order, lines, quantities, status, *sent_by, item)


def _parcel(packed: Packed) -> Ship:
    return Ship(
        doc=packed.order.id,
        lines=held_parts(packed.lines, packed.taken),
        item=packed.item,
        group=packed.group,
    )


def held_parts(lines: Sequence[OrderLine], taken: Sequence[Taken]) -> list[HeldPart]:
    """What of an order's stock goes with these pieces."""
    by_number = {line.line: line for line in lines}
    return [
        HeldPart(
            line=each.line,
            qty=each.qty,
            left=by_number[each.line].left_qty,
            sku_id=by_number[each.line].sku_id,
            warehouse_id=each.warehouse_id,
        )
        for each in taken
    ]


async def _write(tx: Tx, gone: Mapping[_Key, tuple[Packed, Shipped]]) -> dict[_Key, Shipment | AppError]:
    if not gone:
        return {}
    numbers = await next_numbers(tx, "SH", [packed.item.now for packed, _ in gone.values()])
    made: dict[_Key, Shipment | AppError] = {}
    parcels = []
    for (key, (packed, shipped)), number in zip(gone.items(), numbers, strict=True):
        shipment = Shipment(
            id=new_id(),
            number=number,
            order_id=packed.order.id,
            status=packed.status,
            cost_minor=sum(shipped.cost_by_line.values()),
            unit_id=packed.unit_id,
        )
        made[key] = shipment
        sent_by = (packed.carrier, packed.waybill)
        shares = rules.shares(packed.lines, packed.quantities)
        parcels.append(
            queries.Parcel(shipment, packed.quantities, shipped.cost_by_line, shares, *sent_by, packed.item.now)
        )
        tx.emit(_shipped_event(packed, shipment, shares), packed.item)
    await queries.ship(tx, parcels)
    return made


def _shipped_event(packed: Packed, shipment: Shipment, shares: Mapping[int, int]) -> OrderShipped:
    money = dict.fromkeys(LineKind, 0)
    for line in packed.lines:
        money[line.kind] += shares.get(line.line, 0)
    order = packed.order
    return OrderShipped(
        shipment_id=shipment.id,
        order_id=order.id,
        number=order.number,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        goods_minor=money[LineKind.GOODS],
        freight_minor=money[LineKind.FREIGHT],
        other_minor=money[LineKind.OTHER],
        total_minor=sum(money.values()),
        cost_minor=shipment.cost_minor,
        currency=order.currency,
    )


@action("orders.sign", grant="orders.ship", many=True, scopes_of=scopes_of, errors=[OrderNotFound, StatusForbids])
async def sign(tx: Tx, do: Sequence[SignOrder]) -> list[Order | AppError]:
    """Note that customers have received their orders; signing again changes nothing. Event orders.signed.v1."""
    return await sign_for(tx, do, tx.items)


async def sign_for(tx: Tx, do: Sequence[SignOrder], items: Sequence[Item]) -> list[Order | AppError]:
    """The same, for whoever each goes back to."""
    if not do:
        return []
    orders = await queries.lock(tx, {each.order_id for each in do})
    signed = {
        order.id
        for order in orders.values()
        if order.status is not Status.SIGNED and rules.check_can_become(order, Status.SIGNED) is None
    }
    await queries.set_status(tx, signed, Status.SIGNED)
    after = await queries.get(tx, orders.keys())
    announced: set[OrderId] = set()
    outcomes: list[Order | AppError] = []
    for each, item in zip(do, items, strict=True):
        order = after.get(each.order_id)
        if order is None:
            outcomes.append(OrderNotFound(order_id=each.order_id))
        elif order.status is not Status.SIGNED:
            outcomes.append(rules.check_can_become(order, Status.SIGNED) or order)
        else:
            if order.id in signed - announced:
                tx.emit(OrderSigned(order_id=order.id, number=order.number), item)
                announced.add(order.id)
            outcomes.append(order)
    return outcomes
