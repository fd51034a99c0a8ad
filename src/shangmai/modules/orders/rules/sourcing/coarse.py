"""Orders too large to be divided by the piece: what goes together is sent together.

A SKU that a warehouse has whole goes whole. One that none has is put together from those with most of it. Then SKUs
that the most warehouses have in common are joined until the order is small enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from shangmai.modules.orders.rules.sourcing.problem import Rows, Want, size, units_by_piece
from shangmai.modules.orders.rules.sourcing.search import Unit

UNITS_MAX: Final = 10


def units_of(wants: Sequence[Want], left: Rows, each: Rows, size_max: int) -> tuple[list[Unit], bool]:
    """The units to divide an order by, and whether they leave every division open."""
    if size(wants) <= size_max:
        return units_by_piece(wants, left, each), True
    return _joined([unit for want in wants for unit in _pieces_together(want, left[want.row], each[want.row])]), False


def _pieces_together(want: Want, stock: Sequence[int], each: Sequence[int]) -> list[Unit]:
    """The want whole; or, where no warehouse has it, all that those with most have and the rest from the last."""
    if max(stock) >= want.qty:
        return [_whole(want, want.qty, [int(have >= want.qty) for have in stock], each)]
    units, open_ = [], want.qty
    for column in sorted(range(len(stock)), key=lambda n: (-stock[n], each[n])):
        qty = min(stock[column], open_)
        if qty:
            units.append(_whole(want, qty, [int(n == column) for n in range(len(stock))], each))
            open_ -= qty
    return units


def _whole(want: Want, qty: int, have: list[int], each: Sequence[int]) -> Unit:
    return Unit(((want.row, qty),), 1, qty * want.grams, have, [qty * one for one in each])


def _joined(units: list[Unit]) -> list[Unit]:
    """Join units that the same warehouses have, then those with the most warehouses in common, until there are few."""
    alike: dict[tuple[int, ...], Unit] = {}
    for unit in units:
        key = tuple(unit.have)
        alike[key] = _join(alike[key], unit) if key in alike else unit
    few = list(alike.values())
    while len(few) > UNITS_MAX:
        common, one, other = max((_common(few[a], few[b]), -a, -b) for a, b in combinations(range(len(few)), 2))
        if not common:
            break
        few[-one] = _join(few[-one], few[-other])
        del few[-other]
    return few


def _common(one: Unit, other: Unit) -> int:
    return sum(a & b for a, b in zip(one.have, other.have, strict=True))


def _join(one: Unit, other: Unit) -> Unit:
    return Unit(
        goods=one.goods + other.goods,
        copies=1,
        grams=one.grams + other.grams,
        have=[a & b for a, b in zip(one.have, other.have, strict=True)],
        each=[a + b for a, b in zip(one.each, other.each, strict=True)],
    )
