"""The cheapest way to send an order, exactly: every division of its goods into parcels, bounded.

Goods still to be sent are one integer with a field for each unit (see `Unit`), the first unit on top, so that sending
more of anything makes it smaller. What a warehouse can put into a parcel is such an integer too, with its score. From
all goods downwards, each state is left by every parcel that holds some of the first unit still open: so each division
is met once, whatever the order of its parcels. A state that cannot stay below the best whole plan is not followed.

The parcels' hours count once, by the slowest: warehouses are let in by their hours, the quickest first, and the goods
are divided anew at each step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import groupby
from typing import Final, NamedTuple

NEVER: Final = 1 << 62
"""A score that no plan reaches."""


class Unit(NamedTuple):
    """`copies` alike things that are sent apart or together: single pieces of a SKU, or once all of several.

    `goods`: pieces in one, by row of SKU. By column of warehouse: `have`, how many it can send, and `each`, what one
    counts beyond its carriage.
    """

    goods: tuple[tuple[int, int], ...]
    copies: int
    grams: int
    have: Sequence[int]
    each: Sequence[int]


class Sender(NamedTuple):
    """A warehouse as one order sees it, in score: that of its hours, of a parcel, and of each step of weight."""

    column: int
    hours: int
    parcel: int
    first_g: int
    step_g: int
    step: int
    carbon: int

    def carriage(self, grams: int) -> int:
        """The score of a parcel of this weight: the parcel itself, carriage and carbon dioxide."""
        steps = -(-(grams - self.first_g) // self.step_g) if grams > self.first_g else 0
        return self.parcel + steps * self.step + (-(-grams // 1000) or 1) * self.carbon


class Found(NamedTuple):
    """The score, and the parcels: column of warehouse, and how many of each unit."""

    score: int
    parcels: tuple[tuple[int, tuple[int, ...]], ...]


class Fields:
    """Where each unit stands in a state: a field holds its count, and a bit above that must survive a subtraction."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.shifts = [0] * len(units)
        self.units_by_bits: list[int] = [len(units)]
        self.all = self.guards = width = 0
        for n in range(len(units) - 1, -1, -1):
            self.shifts[n] = width
            bits = units[n].copies.bit_length() + 1
            self.all |= units[n].copies << width
            self.guards |= 1 << width + bits - 1
            self.units_by_bits += [n] * bits
            width += bits

    def counts(self, code: int) -> tuple[int, ...]:
        return tuple(
            code >> shift & (1 << above - shift) - 1
            for shift, above in zip(self.shifts, [self.guards.bit_length(), *self.shifts], strict=False)
        )


class Search:
    """A search that ends after so many divisions, with the best that it has found by then.

    A division may send two parcels from one warehouse, and more than it has. Then what this warehouse sends is tried
    out: each parcel it can make, and none, and the rest is divided among the others. `is_proven`: nothing was left out.
    """

    def __init__(self, steps_max: int) -> None:
        self.steps, self.steps_max = 0, steps_max

    @property
    def is_proven(self) -> bool:
        return self.steps <= self.steps_max

    def cheapest(
        self, units: Sequence[Unit], senders: Sequence[Sender], below: int = NEVER, hours: int = 0
    ) -> Found | None:
        """Find the plan with the lowest score, if one is `below` that; `hours` count in any case, unless more do.

        Senders stand in order of their hours.
        """
        self.steps += 1
        if not self.is_proven:
            return None
        found = divided(units, senders, below, hours)
        twice = _twice(found) if found is not None else None
        return found if twice is None else self._tried(units, senders, below, hours, twice)

    def _tried(
        self, units: Sequence[Unit], senders: Sequence[Sender], below: int, hours: int, twice: int
    ) -> Found | None:
        """Try out what the warehouse sends that the others' division had twice."""
        others = [sender for sender in senders if sender.column != twice]
        (sender,) = (sender for sender in senders if sender.column == twice)
        fields, best = Fields(units), None
        contents = sorted(_contents(units, fields, sender), reverse=True)
        for code, score in [*contents, (0, 0)]:
            counts = fields.counts(code)
            rest = [unit._replace(copies=unit.copies - count) for unit, count in zip(units, counts, strict=True)]
            found = self.cheapest(rest, others, below - score, max(hours, sender.hours) if code else hours)
            if found is not None:
                below = found.score + score
                best = Found(below, (*found.parcels, (twice, counts)) if code else found.parcels)
        return best


def _twice(found: Found) -> int | None:
    """A warehouse that sends two parcels."""
    columns = [column for column, _ in found.parcels]
    return next((column for n, column in enumerate(columns) if column in columns[:n]), None)


def divided(units: Sequence[Unit], senders: Sequence[Sender], below: int = NEVER, floor: int = 0) -> Found | None:
    """Divide the goods at the lowest score below a limit, as if a warehouse could send the same parcel again."""
    fields = Fields(units)
    if not fields.all:
        return Found(floor, ()) if floor < below else None
    parcels: dict[int, tuple[int, int]] = {}
    found: Found | None = None
    for hours, some in groupby(senders, key=lambda sender: max(sender.hours, floor)):
        if hours >= below:
            break
        if not _offer(parcels, units, fields, some):
            continue
        best = _divide(parcels, fields, below - hours)
        if best is not None:
            score, codes = best
            below = score + hours
            found = Found(below, tuple((parcels[code][1], fields.counts(code)) for code in codes))
    return found


def _offer(
    parcels: dict[int, tuple[int, int]], units: Sequence[Unit], fields: Fields, senders: Iterable[Sender]
) -> bool:
    """Put in what these warehouses can send in one parcel, where that's new or better; whether any is."""
    better = False
    for sender in senders:
        for code, score in _contents(units, fields, sender):
            known = parcels.get(code)
            if known is None or score < known[0]:
                parcels[code] = (score, sender.column)
                better = True
    return better


def _contents(units: Sequence[Unit], fields: Fields, sender: Sender) -> Iterator[tuple[int, int]]:
    """Every parcel of a warehouse: its code and its score."""
    n = sender.column
    found = [(0, 0, 0)]
    for unit, shift in zip(units, fields.shifts, strict=True):
        bare = len(found)
        for count in range(1, min(unit.have[n], unit.copies) + 1):
            more, grams, each = count << shift, count * unit.grams, count * unit.each[n]
            found += [(code + more, weight + grams, score + each) for code, weight, score in found[:bare]]
    carriage = sender.carriage
    return ((code, score + carriage(grams)) for code, grams, score in found[1:])


def _divide(parcels: Mapping[int, tuple[int, int]], fields: Fields, below: int) -> tuple[int, list[int]] | None:
    """Divide all goods into these parcels at the lowest score below a limit; the codes of the parcels."""
    of_bits, guards = fields.units_by_bits, fields.guards
    by_unit: list[list[tuple[int, int]]] = [[] for _ in of_bits]
    for code, (score, _) in parcels.items():
        by_unit[of_bits[code.bit_length()]].append((score, code))
    for some in by_unit:
        some.sort()
    least = [some[0][0] if some else NEVER for some in by_unit]
    spent, cause, todo = {fields.all: 0}, {}, [-fields.all]
    while todo:
        state = -heappop(todo)
        so_far, guarded = spent[state], state | guards
        for score, code in by_unit[of_bits[state.bit_length()]]:
            total = so_far + score
            if total >= below:
                break
            left = guarded - code
            if left & guards != guards:
                continue
            left ^= guards
            if not left:
                below = total
            elif total + least[of_bits[left.bit_length()]] >= below:
                continue
            elif left not in spent:
                heappush(todo, -left)
            elif total >= spent[left]:
                continue
            spent[left], cause[left] = total, code
    return (spent[0], _codes(fields, cause)) if 0 in spent else None


def _codes(fields: Fields, cause: Mapping[int, int]) -> list[int]:
    """The parcels that led from all goods to none."""
    state, codes = 0, []
    while state != fields.all:
        codes.append(cause[state])
        state += cause[state]
    return codes
