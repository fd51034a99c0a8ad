"""Units and the warehouse's floor: what is released is asked for there, what is taken back stops there at once.

Only warehouses whose floor policy is on are asked. What takes pieces out of a unit tells the floor in the same
transaction, so that a picker's or packer's next scan meets it; and what is with the carrier already is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract.parcels import BookParcel, ParcelReceiver
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId, OrderLine
from shangmai.modules.orders.contract.returning import KitPart
from shangmai.modules.orders.contract.units import Unit, UnitId, UnitLine, UnitState
from shangmai.modules.orders.queries import exceptions
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.rules.auditing import parts_of
from shangmai.modules.orders.rules.units import priority_of
from shangmai.modules.orders.service.receiving import opened
from shangmai.modules.orders.service.units.finding import orders_in
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.requests import AlreadyOut, Asked, PickRequest, RequestedLine

PARCEL_MAX_G: Final = 1_000_000
Inside = Mapping[UnitId, Sequence[UnitLine]]


async def tell_floor(
    tx: Tx, ids: Collection[UnitId], *, readdressed: Collection[UnitId] = (), items: Mapping[UnitId, Item] | None = None
) -> list[AlreadyOut]:
    """Bring what the floor is asked for to what these units are now; doing it again changes nothing.

    Released ones are asked for, or changed; shipped ones have left; the others are stopped. Waybills are booked for
    those that have a courier with an account, and given back for those that stop or go elsewhere. `items`: what made
    each of them what it is now, the transaction's first without. Answers with those that could not be stopped or
    changed: they are with the carrier.
    """
    causes = items or {}
    units = await tables.lock_units(tx, ids)
    asked = await _asked(tx, [unit for unit in units.values() if unit.state is UnitState.RELEASED])
    gone = [unit.id for unit in units.values() if unit.state is UnitState.SHIPPED]
    late: list[AlreadyOut] = []
    if gone:
        await warehouse.leave(tx, gone)
    for state in (UnitState.OPEN, UnitState.CANCELED, UnitState.MERGED):
        if ended := [unit.id for unit in units.values() if unit.state is state]:
            late += await _stop(tx, ended, "recalled" if state is UnitState.OPEN else state.value, causes)
    if asked:
        inside = await tables.unit_lines(tx, [unit.id for unit in asked])
        requests = [each for each in await _requests(tx, asked, inside) if each.lines]
        with tx.at_last_of(item.now for item in causes.values()):
            late += _late(await warehouse.ask(tx, requests))
        moved = [unit.id for unit in asked if unit.id in readdressed]
        if moved:
            await logistics.cancel(tx, moved, [causes.get(id_, tx.items[0]) for id_ in moved])
        await _book(tx, asked, inside, requests, causes)
    return late


async def stop_on_floor(tx: Tx, ids: Collection[UnitId]) -> None:
    """Tell the floor of units that lost pieces, or that were taken back, just now. Raises: AlreadyOut."""
    for refusal in await tell_floor(tx, ids):
        raise refusal


async def released_in(tx: Tx, warehouses: Collection[UUID]) -> list[UnitId]:
    """The released units of these warehouses: what their floors are asked for when they begin to work."""
    return await tables.released_in(tx, warehouses)


async def _asked(tx: Tx, released: Sequence[Unit]) -> list[Unit]:
    """Those of released units that a floor works on: by its policy, or because it had begun before that was changed."""
    if not released:
        return []
    floors = await warehouse.on_floor(tx, {unit.warehouse_id for unit in released})
    others = [unit.id for unit in released if unit.warehouse_id not in floors]
    begun = await warehouse.known_among(tx, others) if others else set()
    return [unit for unit in released if unit.warehouse_id in floors or unit.id in begun]


async def _stop(tx: Tx, ids: Sequence[UnitId], why: str, causes: Mapping[UnitId, Item]) -> list[AlreadyOut]:
    """Stop what the floor knows of these, and give the waybills of that back."""
    answers = await warehouse.stop(tx, ids, why)
    stopped = [UnitId(answer.doc) for answer in answers if isinstance(answer, Asked)]
    await logistics.cancel(tx, stopped, [causes.get(id_, tx.items[0]) for id_ in stopped])
    return _late(answers)


def _late(answers: Sequence[Any]) -> list[AlreadyOut]:
    return [answer for answer in answers if isinstance(answer, AlreadyOut)]


async def _requests(tx: Tx, units: Sequence[Unit], inside: Inside) -> list[PickRequest]:
    """What these units ask of the floor: goods, and of kits what they consisted of when the order was placed.

    One is due when the first of its orders must leave, by what its channel says; it is as urgent as the most urgent of
    them, by the company's table.
    """
    orders = {id_ for unit in units for id_ in orders_in(inside[unit.id])}
    lines = {(id_, line.line): line for id_, some in (await queries.goods_of(tx, orders)).items() for line in some}
    skus = await catalog.get_skus(tx, {line.sku_id for line in lines.values() if line.sku_id is not None})
    has_kits = any(sku.kind is SkuKind.KIT for sku in skus.values())
    frozen = await queries.kit_parts_of(tx, orders) if has_kits else {}
    known = await exceptions.particulars_of(tx, orders)
    urgent = {id_: priority_of(some) for id_, some in (await queries.preferences_of(tx, orders)).items()}
    leave_by = {id_: each.ship_by for id_, each in known.items() if each.ship_by is not None}
    return [
        PickRequest(
            doc=unit.id,
            number=unit.number,
            company_id=unit.company_id,
            warehouse_id=unit.warehouse_id,
            courier=unit.courier,
            priority=max((urgent.get(id_, 0) for id_ in orders_in(inside[unit.id])), default=0),
            due_at=min((leave_by[id_] for id_ in orders_in(inside[unit.id]) if id_ in leave_by), default=None),
            revision=unit.revision,
            lines=tuple(
                RequestedLine(order_id=each.order_id, line=each.line, sku_id=sku_id, qty=each.qty * per_piece)
                for each in inside[unit.id]
                for sku_id, per_piece in _pieces(each, lines[each.order_id, each.line], skus, frozen).items()
            ),
        )
        for unit in units
    ]


def _pieces(
    each: UnitLine,
    line: OrderLine,
    skus: Mapping[SkuId, Sku],
    frozen: Mapping[OrderId, Mapping[int, Sequence[KitPart]]],
) -> dict[SkuId, int]:
    """What lies in bins for one piece of a line; nothing for a service."""
    if parts := frozen.get(each.order_id, {}).get(each.line):
        return {part.sku_id: part.per_kit for part in parts}
    sku = None if line.sku_id is None else skus.get(line.sku_id)
    return {} if sku is None or sku.kind is SkuKind.SERVICE else parts_of(sku)


async def _book(
    tx: Tx, units: Sequence[Unit], inside: Inside, requests: Sequence[PickRequest], causes: Mapping[UnitId, Item]
) -> None:
    """Book a waybill for each unit, by its courier, else by the best that the company has an account with.

    Where there is no account, the packer types or scans one.
    """
    first = {unit.id: orders_in(inside[unit.id])[0] for unit in units if inside[unit.id]}
    sealed = await tables.sealed_receivers(tx, set(first.values()))
    skus = await catalog.get_skus(tx, {line.sku_id for each in requests for line in each.lines})
    weights = {
        each.doc: sum(skus[line.sku_id].weight_g * line.qty for line in each.lines if line.sku_id in skus)
        for each in requests
    }
    going = [unit for unit in units if unit.id in weights and unit.id in first and first[unit.id] in sealed]
    await logistics.book(
        tx,
        [_parcel(unit, opened_receiver(first[unit.id], sealed[first[unit.id]]), weights[unit.id]) for unit in going],
        [causes.get(unit.id, tx.items[0]) for unit in going],
    )


def opened_receiver(order_id: OrderId, sealed: bytes) -> ParcelReceiver:
    """Whom an order goes to, as carriers are told."""
    receiver = opened(order_id, sealed)
    return ParcelReceiver(
        name=receiver.name,
        phone=receiver.phone,
        province=receiver.province,
        city=receiver.city,
        district=receiver.district,
        street=receiver.street,
        cipher=receiver.cipher,
    )


def _parcel(unit: Unit, receiver: ParcelReceiver, weight_g: int) -> BookParcel:
    return BookParcel(
        doc=unit.id,
        number=unit.number,
        company_id=unit.company_id,
        warehouse_id=unit.warehouse_id,
        carrier=unit.courier,
        receiver=receiver,
        weight_g=min(weight_g, PARCEL_MAX_G),
        from_floor=True,
    )
