"""Grouping what is asked for into waves (波次): pure, and the same for the same input.

A wave is what is picked together. Requests of the same few goods are a hot wave, large ones go alone, those of one SKU
are picked in bulk, the others are picked together and sown (播种) into cells, or sorted while they are picked. Within a
wave of several goods those stand together that come from the same places: it begins with the most urgent request, and
takes the one that shares most SKUs with those in it, so that its pickers pass fewer bins.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import inf
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.warehouse.contract.waves import Method, WaveKind, WaveRules

MM3_PER_CM3: Final = 1_000


class Wish(Struct, frozen=True, kw_only=True):
    """A request as waves see it: pieces by SKU, in order of SKU, their weight and room, and how urgent it is."""

    doc: UUID
    pieces: tuple[tuple[SkuId, int], ...]
    weight_g: int
    volume_mm3: int = 0
    asked_at: datetime
    priority: int = 0
    due_at: datetime | None = None
    courier: str = ""

    @property
    def count(self) -> int:
        return sum(qty for _, qty in self.pieces)


class Group(Struct, frozen=True, kw_only=True):
    """What becomes one wave: its requests in the order of their cells, and how they are picked."""

    kind: WaveKind
    method: Method
    courier: str
    wishes: tuple[Wish, ...]


def group(wishes: Sequence[Wish], rules: WaveRules) -> list[Group]:
    """Group requests into waves within the limits, the most urgent wave first; each request is in exactly one.

    What exceeds a limit by itself goes alone.
    """
    found: list[Group] = []
    for (kind, courier, _), same in _sorted_out(wishes, rules).items():
        method = rules.methods.get(kind, DEFAULT_METHODS[kind])
        found += [
            Group(kind=kind, method=method, courier=courier, wishes=tuple(chosen))
            for chosen in _cut(same, kind, method, rules)
        ]
    return sorted(found, key=lambda each: min(urgency(wish) for wish in each.wishes))


DEFAULT_METHODS = {
    WaveKind.SINGLE: Method.BULK,
    WaveKind.MULTI: Method.SOW,
    WaveKind.HOT: Method.BULK,
    WaveKind.BIG: Method.EACH,
    WaveKind.TRANSFER: Method.EACH,
}
"""How each kind is picked where the rules do not say."""
assert DEFAULT_METHODS.keys() == set(WaveKind)


def urgency(wish: Wish) -> tuple[int, bool, datetime, datetime, UUID]:
    """What comes first: a higher priority, what is due sooner, what was asked for longer ago."""
    return (-wish.priority, wish.due_at is None, wish.due_at or wish.asked_at, wish.asked_at, wish.doc)


def kind_of(wish: Wish, alike: int, rules: WaveRules) -> WaveKind:
    """What kind of wave a request goes with; so many (`alike`) ask for the very same, it among them."""
    if wish.count >= rules.big_pieces:
        return WaveKind.BIG
    if rules.hot_min and alike >= rules.hot_min:
        return WaveKind.HOT
    return WaveKind.SINGLE if len(wish.pieces) == 1 else WaveKind.MULTI


def is_express(wish: Wish, rules: WaveRules) -> bool:
    """Whether a request goes in waves of its own and waits for no others."""
    return rules.urgent_from is not None and wish.priority >= rules.urgent_from


def _sorted_out(wishes: Sequence[Wish], rules: WaveRules) -> dict[tuple[WaveKind, str, bool], list[Wish]]:
    """The requests by kind, by courier where those go apart, and express ones apart; the most urgent first."""
    alike = Counter(wish.pieces for wish in wishes)
    found: dict[tuple[WaveKind, str, bool], list[Wish]] = defaultdict(list)
    for wish in sorted(wishes, key=urgency):
        kind = kind_of(wish, alike[wish.pieces], rules)
        found[kind, wish.courier if rules.by_courier else "", is_express(wish, rules)].append(wish)
    return found


def _cut(wishes: Sequence[Wish], kind: WaveKind, method: Method, rules: WaveRules) -> Iterator[list[Wish]]:
    if kind is WaveKind.BIG:
        yield from ([wish] for wish in wishes)
    elif kind is WaveKind.HOT:
        same: dict[object, list[Wish]] = defaultdict(list)
        for wish in wishes:
            same[wish.pieces].append(wish)
        for some in same.values():
            yield from _in_order(some, method, rules)
    elif kind is WaveKind.SINGLE:
        yield from _in_order(wishes, method, rules)
    else:
        yield from _by_affinity(wishes, method, rules)


class _Room:
    """How much more a wave takes."""

    def __init__(self, method: Method, rules: WaveRules) -> None:
        in_cells = method in (Method.SOW, Method.SORT)
        self.orders = min(rules.orders_max, rules.cells) if in_cells else rules.orders_max
        self.pieces = rules.pieces_max
        self.weight_g = rules.weight_max_g
        self.volume_mm3 = inf if rules.volume_max_cm3 is None else rules.volume_max_cm3 * MM3_PER_CM3

    def has_for(self, wish: Wish) -> bool:
        fits = wish.weight_g <= self.weight_g and wish.volume_mm3 <= self.volume_mm3
        return self.orders > 0 and wish.count <= self.pieces and fits

    def take(self, wish: Wish) -> None:
        self.orders -= 1
        self.pieces -= wish.count
        self.weight_g -= wish.weight_g
        self.volume_mm3 -= wish.volume_mm3


def _in_order(wishes: Sequence[Wish], method: Method, rules: WaveRules) -> Iterator[list[Wish]]:
    """One after the other, a new wave where the next does not fit any more."""
    chosen: list[Wish] = []
    room = _Room(method, rules)
    for wish in wishes:
        if chosen and not room.has_for(wish):
            yield chosen
            chosen, room = [], _Room(method, rules)
        chosen.append(wish)
        room.take(wish)
    if chosen:
        yield chosen


def _by_affinity(wishes: Sequence[Wish], method: Method, rules: WaveRules) -> Iterator[list[Wish]]:
    """The most urgent first, and with it those that share most SKUs with what is in the wave; ties by urgency.

    The seed rule with added affinity of order batching (de Koster, van der Poort, Wolters 1999).
    """
    left = list(wishes)
    while left:
        room, chosen, seen = _Room(method, rules), [left.pop(0)], set[SkuId]()
        room.take(chosen[0])
        seen |= {sku_id for sku_id, _ in chosen[0].pieces}
        while (index := _next(left, seen, room)) is not None:
            wish = left.pop(index)
            room.take(wish)
            seen |= {sku_id for sku_id, _ in wish.pieces}
            chosen.append(wish)
        yield chosen


def _next(left: Sequence[Wish], seen: set[SkuId], room: _Room) -> int | None:
    """The place of the request that adds fewest new SKUs to the wave in proportion to its own; None: none fits."""
    best: tuple[float, int] | None = None
    for index, wish in enumerate(left):
        if room.has_for(wish):
            new = sum(sku_id not in seen for sku_id, _ in wish.pieces) / len(wish.pieces)
            if best is None or new < best[0]:
                best = (new, index)
                if not new:
                    break
    return None if best is None else best[1]
