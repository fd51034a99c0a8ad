"""Pure decisions on fulfilment units: what goes into which, what may be merged, what a parcel takes from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.inventory.contract import HeldAt, WarehouseId
from shangmai.modules.orders.contract import OrderId, OrderLine
from shangmai.modules.orders.contract.preferring import PRIORITY, WAREHOUSE, Preference
from shangmai.modules.orders.contract.units import Unit, UnitId, UnitLine, UnitState
from shangmai.modules.orders.rules import share

Places = dict[tuple[int, WarehouseId], int]
"""Pieces by line and warehouse."""
PRIORITY_MAX: Final = 1000


class Limits(Struct, frozen=True):
    """How much a unit may hold at most; zero is no limit. More than `parcels_max` units are never made of an order."""

    pieces_max: int = 0
    weight_max_g: int = 0
    amount_max_minor: int = 0
    parcels_max: int = 0
    may_split: bool = True
    by_temperature: bool = False


class Part(Struct, frozen=True):
    """Pieces of a line that should go together; `apart`: with no other SKU. Weight and amount are a piece's.

    `ships_from`: they leave from then on, and with others of that time.
    """

    line: int
    qty: int
    weight_g: int
    apart: bool = False
    amount_minor: int = 0
    temperature: Temperature = Temperature.AMBIENT
    ships_from: datetime | None = None


class Taken(Struct, frozen=True):
    """Pieces of a line that leave from a warehouse, out of a unit or of none."""

    line: int
    qty: int
    unit_id: UnitId | None = None
    warehouse_id: WarehouseId | None = None


def places(lines: Iterable[OrderLine], held: Iterable[HeldAt]) -> Places:
    """Where the pieces that an order's lines have left to send are held.

    Of a kit, as many as all its components are there for. What is held nowhere, as a service, is left out.
    """
    by_number = {line.line: line for line in lines}
    pieces: dict[int, dict[object, dict[WarehouseId, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for each in held:
        pieces[each.line][each.sku_id][each.warehouse_id] += each.pieces
    found: Places = {}
    for number, by_sku in pieces.items():
        line = by_number.get(number)
        if line is None:
            continue
        here = {warehouse_id for some in by_sku.values() for warehouse_id in some}
        for warehouse_id in sorted(here):
            qty = min(
                some.get(warehouse_id, 0) if sku == line.sku_id else _share(some, warehouse_id, line.left_qty)
                for sku, some in by_sku.items()
            )
            if qty:
                found[number, warehouse_id] = qty
    return found


def _share(held: Mapping[WarehouseId, int], warehouse_id: WarehouseId, left: int) -> int:
    """For how many of a line's pieces a component is there, if it is held for all of them."""
    return held.get(warehouse_id, 0) * left // sum(held.values())


Wanted = Mapping[tuple[SkuId, WarehouseId], int]
"""Pieces by SKU and warehouse."""


def lines_at(lines: Mapping[int, int], parts_of: Mapping[int, Mapping[SkuId, int]], wanted: Wanted) -> Places | None:
    """Where the pieces of lines go, if so many of each SKU go from each warehouse; None where that tears a kit apart.

    `lines` have so many pieces, one of which is made of `parts_of`. Lines are served in their order, warehouses in
    theirs.
    """
    left = dict(wanted)
    found: Places = {}
    for line, qty in lines.items():
        for warehouse_id in sorted({place for _, place in wanted}):
            per_piece = parts_of[line]
            here = min(left.get((sku, warehouse_id), 0) // n for sku, n in per_piece.items())
            gone = min(here, qty - sum(n for (other, _), n in found.items() if other == line))
            if gone:
                found[line, warehouse_id] = gone
                for sku, n in per_piece.items():
                    left[sku, warehouse_id] -= gone * n
        if sum(n for (other, _), n in found.items() if other == line) < qty:
            return None
    return found


def is_only(preferences: Iterable[Preference]) -> bool:
    """Whether a table lets an order leave from the warehouse that it names and from no other."""
    return any(each.subject == WAREHOUSE.name and each.outcome.get("only") == "yes" for each in preferences)


def priority_of(preferences: Iterable[Preference]) -> int:
    """How urgent an order is by its company's table, from -1000 to 1000; 0 where that says nothing."""
    for each in preferences:
        said = each.outcome.get("priority") if each.subject == PRIORITY.name else None
        if isinstance(said, (int, float)):
            return max(min(int(said), PRIORITY_MAX), -PRIORITY_MAX)
    return 0


def moves(now: Places, wanted: Places) -> list[tuple[int, WarehouseId, WarehouseId, int]]:
    """What must move for pieces that are held at these places to be held at those: line, from, to, pieces."""
    found = []
    for line in dict.fromkeys(line for line, _ in wanted):
        short = {place: qty - now.get((n, place), 0) for (n, place), qty in wanted.items() if n == line}
        over = {place: qty - wanted.get((n, place), 0) for (n, place), qty in now.items() if n == line}
        for to, lacks in short.items():
            for source, spare in over.items():
                qty = min(lacks, spare)
                if qty > 0:
                    found.append((line, source, to, qty))
                    lacks -= qty
                    over[source] -= qty
    return found


def parcels(parts: Sequence[Part], limits: Limits) -> list[dict[int, int]]:
    """The parts of one warehouse put into units by these limits, pieces by line; in the order of the lines.

    A piece that alone is above the limit goes alone. Where more units than allowed would be made, or the order may not
    be split, all goes into one.
    """
    everything = {part.line: part.qty for part in parts}
    if not limits.may_split:
        return [everything]
    made: list[dict[int, int]] = []
    for ships_from in dict.fromkeys(part.ships_from for part in parts):
        made += _of_one_time([part for part in parts if part.ships_from == ships_from], limits)
    return [everything] if limits.parcels_max and len(made) > limits.parcels_max else made


def _of_one_time(parts: Sequence[Part], limits: Limits) -> list[dict[int, int]]:
    made = [{part.line: part.qty} for part in parts if part.apart]
    together = [part for part in parts if not part.apart]
    climates = dict.fromkeys(part.temperature for part in together) if limits.by_temperature else (None,)
    for climate in climates:
        made += _filled([part for part in together if climate in (None, part.temperature)], limits)
    return made


def _filled(parts: Sequence[Part], limits: Limits) -> list[dict[int, int]]:
    made: list[dict[int, int]] = []
    pieces = weight = amount = 0
    for part in parts:
        left = part.qty
        while left:
            fits = left
            if limits.pieces_max:
                fits = min(fits, limits.pieces_max - pieces)
            if limits.weight_max_g and part.weight_g:
                fits = min(fits, (limits.weight_max_g - weight) // part.weight_g)
            if limits.amount_max_minor and part.amount_minor > 0:
                fits = min(fits, (limits.amount_max_minor - amount) // part.amount_minor)
            if fits <= 0 and not pieces:
                fits = 1
            if fits <= 0 or not made:
                made.append({})
                pieces = weight = amount = 0
                if fits <= 0:
                    continue
            made[-1][part.line] = made[-1].get(part.line, 0) + fits
            pieces, weight, left = pieces + fits, weight + fits * part.weight_g, left - fits
            amount += fits * part.amount_minor
    return made


def waits_for_goods(parcel: Iterable[int], lines: Sequence[OrderLine], leaving: Mapping[int, int]) -> bool:
    """Whether pieces of these lines, by number, stay until goods of their order can go: all are free, others are not.

    `leaving`: how many pieces of each line are in units, or are about to be.
    """
    free = {line.line for line in lines if not line.due_minor}
    goods = [line for line in lines if line.sku_id and line.line not in free]
    return free.issuperset(parcel) and any(line.left_qty > leaving.get(line.line, 0) for line in goods)


def take(
    units: Sequence[tuple[Unit, Sequence[UnitLine]]],
    order_id: OrderId,
    quantities: Mapping[int, int],
    *,
    first: UnitState = UnitState.RELEASED,
) -> list[Taken]:
    """Out of which live units so many pieces of an order's lines go: those in `first` before, as they were made.

    What is in no unit comes from wherever it is held.
    """
    left = dict(quantities)
    taken = []
    for unit, lines in sorted(units, key=lambda each: (each[0].state is not first, each[0].number)):
        for line in lines:
            qty = min(line.qty, left.get(line.line, 0)) if line.order_id == order_id else 0
            if qty:
                left[line.line] -= qty
                taken.append(Taken(line.line, qty, unit.id, unit.warehouse_id))
    return taken + [Taken(line, qty) for line, qty in left.items() if qty]


def difference(
    a: Unit, b: Unit, receivers: Mapping[UnitId, bytes | None], accounts: Mapping[UnitId, UUID]
) -> str | None:
    """What keeps two units from leaving together, None where nothing does. Without a receiver nothing is shared.

    `accounts`: the channel account of each that one sold.
    """
    for name in ("shop_id", "company_id", "warehouse_id", "customer_id"):
        if getattr(a, name) != getattr(b, name):
            return name.removesuffix("_id")
    if accounts.get(a.id) != accounts.get(b.id):
        return "account"
    same = receivers[a.id] is not None and receivers[a.id] == receivers[b.id]
    return None if same else "receiver"


def together(units: Sequence[Sequence[UnitLine]]) -> list[UnitLine]:
    """The lines of units as one: pieces of the same order's line add up."""
    qty: dict[tuple[OrderId, int], int] = defaultdict(int)
    for lines in units:
        for line in lines:
            qty[line.order_id, line.line] += line.qty
    return [UnitLine(order_id=order_id, line=line, qty=pieces) for (order_id, line), pieces in qty.items()]


def amounts(
    lines: Sequence[OrderLine], units: Sequence[tuple[UnitId, Mapping[int, int]]]
) -> dict[tuple[UnitId, int], int]:
    """What the pieces of each unit of an order cost, if the units leave in this order: exactly what is left, together.

    Minor units. The same arithmetic as when they leave (`rules.shares`), so a parcel is posted at what was shown here.
    """
    shares = {}
    by_line = {line.line: line for line in lines}
    before = {line.line: (line.shipped_qty, line.shipped_minor) for line in lines}
    for unit_id, quantities in units:
        for number, qty in quantities.items():
            line = by_line[number]
            gone_qty, gone_minor = before[number]
            shares[unit_id, number] = share(line, gone_qty, gone_minor, qty)
            before[number] = (gone_qty + qty, gone_minor + shares[unit_id, number])
    return shares
