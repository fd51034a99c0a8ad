"""From which bins pieces are taken (库位分配): pure, and the same for the same input.

What expires first leaves first (FEFO); among what expires on one day, from as few bins as can be; among those, the ones
that come first on the way. The pieces of a wave are chosen together, then handed to its requests one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.warehouse.rules.waves import Wish


class Stand(Struct, frozen=True, kw_only=True):
    """Free pieces of a SKU's lot in a bin that may go; `rank`: where the bin comes on the way."""

    bin_id: UUID
    sku_id: SkuId
    free: int
    lot: str = ""
    expires_on: date | None = None
    rank: int = 0


class Take(Struct, frozen=True, kw_only=True):
    """Pieces for a request out of a bin."""

    doc: UUID
    sku_id: SkuId
    bin_id: UUID
    lot: str
    qty: int
    rank: int


class Need(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that a request needs."""

    doc: UUID
    sku_id: SkuId
    qty: int


def served(wishes: Sequence[Wish], stands: Collection[Stand]) -> tuple[list[Wish], dict[UUID, dict[SkuId, int]]]:
    """The requests of which all is there, first come, first served, and what of the others is missing.

    One that lacks something takes nothing, so that a later one may have it.
    """
    left: dict[SkuId, int] = defaultdict(int)
    for stand in stands:
        left[stand.sku_id] += stand.free
    full, lacking = [], {}
    for wish in wishes:
        missing = {sku_id: qty - left[sku_id] for sku_id, qty in wish.pieces if qty > left[sku_id]}
        if missing:
            lacking[wish.doc] = missing
            continue
        for sku_id, qty in wish.pieces:
            left[sku_id] -= qty
        full.append(wish)
    return full, lacking


class Shelf:
    """What is free, and less with everything that is taken from it."""

    def __init__(self, stands: Collection[Stand]) -> None:
        self._by_sku: dict[SkuId, list[Stand]] = defaultdict(list)
        for stand in sorted(stands, key=_by_expiry):
            self._by_sku[stand.sku_id].append(stand)
        self._taken: dict[tuple[SkuId, UUID, str], int] = defaultdict(int)

    def take(self, needs: Sequence[Need]) -> list[Take]:
        """Choose bins for what is needed together; what is not there is left out, of the last ones."""
        wanted: dict[SkuId, list[Need]] = defaultdict(list)
        for need in needs:
            wanted[need.sku_id].append(need)
        return [take for sku_id, some in wanted.items() for take in _handed_out(some, self._choose(sku_id, some))]

    def _choose(self, sku_id: SkuId, needs: Sequence[Need]) -> list[tuple[Stand, int]]:
        qty = sum(need.qty for need in needs)
        chosen: list[tuple[Stand, int]] = []
        for _, same in groupby(self._by_sku[sku_id], key=lambda stand: stand.expires_on):
            open_ = [(stand, stand.free - self._taken[sku_id, stand.bin_id, stand.lot]) for stand in same]
            for stand, some in fewest([pair for pair in open_ if pair[1] > 0], qty):
                self._taken[sku_id, stand.bin_id, stand.lot] += some
                chosen.append((stand, some))
                qty -= some
        return sorted(chosen, key=lambda each: (each[0].rank, str(each[0].bin_id), each[0].lot))


def fewest(stands: Sequence[tuple[Stand, int]], qty: int) -> list[tuple[Stand, int]]:
    """So many pieces out of as few of these as can be, or all that they have; among equals, the first on the way.

    The largest are emptied until one has all the rest; of those that have it, the first on the way gives it.
    """
    by_size = sorted(stands, key=lambda pair: (-pair[1], pair[0].rank, str(pair[0].bin_id), pair[0].lot))
    chosen: list[tuple[Stand, int]] = []
    while qty > 0 and by_size:
        enough = [pair for pair in by_size if pair[1] >= qty]
        if enough:
            last = min(enough, key=lambda pair: (pair[0].rank, str(pair[0].bin_id), pair[0].lot))
            return [*chosen, (last[0], qty)]
        stand, free = by_size.pop(0)
        chosen.append((stand, free))
        qty -= free
    return chosen


def _by_expiry(stand: Stand) -> tuple[date, int, str, str]:
    return (stand.expires_on or date.max, stand.rank, str(stand.bin_id), stand.lot)


def _handed_out(needs: Sequence[Need], chosen: Sequence[tuple[Stand, int]]) -> list[Take]:
    """The chosen pieces, given to the requests one after the other."""
    takes: list[Take] = []
    places = [[stand, qty] for stand, qty in chosen]
    for need in needs:
        left = need.qty
        while left and places:
            stand, there = places[0]
            assert isinstance(stand, Stand)
            assert isinstance(there, int)
            qty = min(left, there)
            takes.append(_take(need, stand, qty))
            left -= qty
            places[0][1] = there - qty
            if there == qty:
                places.pop(0)
    return takes


def _take(need: Need, stand: Stand, qty: int) -> Take:
    return Take(doc=need.doc, sku_id=need.sku_id, bin_id=stand.bin_id, lot=stand.lot, qty=qty, rank=stand.rank)


def cut(pairs: Sequence[tuple[UUID, Take]], stops_max: int) -> Iterator[list[tuple[UUID, Take]]]:
    """Cut what is set aside, each with its id, into tasks of about equally many stops, in the order of the way.

    A stop is a lot of a SKU in a bin; what is taken there for several requests stays together.
    """
    stops: dict[tuple[int, UUID, SkuId, str], list[tuple[UUID, Take]]] = defaultdict(list)
    for id_, take in sorted(pairs, key=lambda pair: (pair[1].rank, pair[1].bin_id, pair[1].sku_id, pair[1].lot)):
        stops[take.rank, take.bin_id, take.sku_id, take.lot].append((id_, take))
    every = list(stops.values())
    count = -(-len(every) // stops_max)
    size, extra = divmod(len(every), max(count, 1))
    start = 0
    for n in range(count):
        end = start + size + (n < extra)
        yield [pair for stop in every[start:end] for pair in stop]
        start = end


class Line(Struct, frozen=True, kw_only=True):
    """A line of a task: `qty` pieces are to be picked for a request, `picked` are."""

    id: UUID
    sku_id: SkuId
    qty: int
    picked: int


class Less(Struct, frozen=True, kw_only=True):
    """What a line has too much: pieces that are not picked any more, and picked ones that go back."""

    id: UUID
    unpicked: int
    back: int


def shrink(lines: Sequence[Line], wanted: Mapping[SkuId, int]) -> list[Less]:
    """Take so much off the lines of a request that no SKU has more than is wanted.

    Pieces that are not picked go first, those of the last line in front; then picked ones, which must be put back.
    """
    over: dict[SkuId, int] = defaultdict(int)
    for line in lines:
        over[line.sku_id] += line.qty
    over = defaultdict(int, {sku_id: qty - wanted.get(sku_id, 0) for sku_id, qty in over.items()})
    unpicked: dict[UUID, int] = {}
    back: dict[UUID, int] = {}
    for line in reversed(lines):
        unpicked[line.id] = _off(over, line.sku_id, line.qty - line.picked)
    for line in reversed(lines):
        back[line.id] = _off(over, line.sku_id, line.picked)
    return [
        Less(id=line.id, unpicked=unpicked[line.id], back=back[line.id])
        for line in lines
        if unpicked[line.id] or back[line.id]
    ]


def _off(over: dict[SkuId, int], sku_id: SkuId, most: int) -> int:
    """How many of at most so many go off; they are counted."""
    off = max(min(over[sku_id], most), 0)
    over[sku_id] -= off
    return off
