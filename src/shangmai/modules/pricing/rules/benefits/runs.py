"""Pieces as runs: how many pieces of which line cost the same, so that a thousand pieces cost no more than one.

The price of a piece is its line's amount shared evenly among its pieces: of 10.00 for three, one costs 3.34, two 3.33.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from shangmai.modules.pricing.rules.cart import Cart, Lines
from shangmai.modules.pricing.rules.state import Amounts


class Run(NamedTuple):
    price: int
    line: int
    qty: int


def runs_of(cart: Cart, amounts: Amounts, lines: Lines) -> list[Run]:
    """Give the pieces of the lines from the dearest to the cheapest; of one price, in the order of the lines."""
    runs = []
    for i in lines:
        qty = cart.qty[i]
        price, dearer = divmod(amounts[i], qty)
        if dearer:
            runs.append(Run(price + 1, i, dearer))
        runs.append(Run(price, i, qty - dearer))
    runs.sort(key=_dearest_first)
    return runs


def take(runs: list[Run], count: int) -> Iterator[Run]:
    """Yield the first `count` pieces."""
    for run in runs:
        if count <= 0:
            return
        taken = min(count, run.qty)
        yield Run(run.price, run.line, taken)
        count -= taken


def sum_of(runs: list[Run], count: int) -> int:
    """Add up the prices of the first `count` pieces."""
    return sum(run.price * run.qty for run in take(runs, count))


def pieces_in(cart: Cart, lines: Lines) -> int:
    qty = cart.qty
    return sum([qty[i] for i in lines])


def _dearest_first(run: Run) -> tuple[int, int]:
    return -run.price, run.line
