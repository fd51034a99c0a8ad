"""Locking a batch's orders once each, and saying whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shangmai.kernel.actions.contract import Scope
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries


async def scopes_of(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The shop of each item's order; None where there is no such order."""
    shops = await queries.shops_of(tx, [each.order_id for each in do])
    return [{"shop": shops[each.order_id]} if each.order_id in shops else None for each in do]


def rounds(do: Sequence[Any]) -> list[list[int]]:
    """The batch's indices in rounds, so that no round names an order twice: the second sees what the first did."""
    rounds_: list[list[int]] = []
    times: dict[Any, int] = {}
    for index, each in enumerate(do):
        nth = times.get(each.order_id, 0)
        times[each.order_id] = nth + 1
        if nth == len(rounds_):
            rounds_.append([])
        rounds_[nth].append(index)
    return rounds_
