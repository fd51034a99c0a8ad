"""Receiving against a notice: what is too much, and what the pieces that came cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from shangmai.kernel.money import round_ratio
from shangmai.modules.warehouse.contract.receipts import NoticeLine, NotOnNotice, OverDelivered, ReceivedLine


def most(line: NoticeLine, over_percent: int) -> int:
    """How many pieces of a line may arrive, whole ones."""
    return line.expected * (100 + over_percent) // 100


def check(lines: Mapping[int, NoticeLine], came: Sequence[ReceivedLine], over_percent: int, accept_over: bool) -> None:
    """Raises: NotOnNotice, OverDelivered."""
    fresh = Counter[int]()
    for each in came:
        if each.line not in lines:
            raise NotOnNotice(line=each.line)
        fresh[each.line] += each.qty
    for number, qty in fresh.items():
        received, limit = lines[number].received + qty, most(lines[number], over_percent)
        if received > limit and not accept_over:
            raise OverDelivered(line=number, most=limit, received=received)


def costs(lines: Mapping[int, NoticeLine], came: Sequence[ReceivedLine]) -> list[int]:
    """What each of the lines that came costs, in minor units.

    The share of what has come up to then, half away from zero, less the shares before: so when all that was expected
    has come, in whatever parts, it has cost exactly what was agreed. More pieces cost as much as the others.
    """
    received = Counter({number: line.received for number, line in lines.items()})
    found = []
    for each in came:
        line, before = lines[each.line], received[each.line]
        received[each.line] += each.qty
        found.append(_share(line, before + each.qty) - _share(line, before))
    return found


def _share(line: NoticeLine, pieces: int) -> int:
    return round_ratio(line.cost_minor * pieces, line.expected)
