"""Holds of divided accounts: no further than their allotment, and from its own holds first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shangmai.kernel.books.contract import Allotment, LinkedItemRefused, Moved
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import Apply, balance, hold, proof, short, told
from tests.kernel.conftest import Stock


def at_most(limit: int) -> Callable[[int, int], int]:
    return lambda available, kept: min(limit, available + kept)


async def test_goes_no_further(db: Database, apply: Apply, stock: Stock) -> None:
    sku = await stock(10)
    assert told(await apply(hold(sku, 5, allotment=Allotment(at_most(4))))) == [short(sku, wanted=5, available=4)]
    assert await apply(hold(sku, 4, allotment=Allotment(at_most(4)))) == [Moved(4, 10)]
    assert await balance(db, sku) == (10, 4, 0)


async def test_is_asked_anew_for_each_op(db: Database, apply: Apply, stock: Stock) -> None:
    """Half of what is available each time: 5 of 10, then 2 of 5, then 1 of 3."""
    sku, half = await stock(10), Allotment(lambda available, _: available // 2)
    ops = [hold(sku, qty, allotment=half) for qty in (5, 3, 2, 1)]
    answers = told(await apply(*ops))
    assert answers == [Moved(5, 10), short(sku, wanted=3, available=2), Moved(2, 10), Moved(1, 10)]


async def test_takes_from_its_own_holds_first(db: Database, apply: Apply, stock: Stock) -> None:
    sku, first, second = await stock(10), new_id(), new_id()
    await apply(hold(sku, 2, id=first), hold(sku, 3, id=second))
    own = Allotment(at_most(99), (first, second))
    assert await apply(hold(sku, 4, allotment=own)) == [Moved(4, 10)]
    assert await balance(db, sku) == (10, 5, 0)
    assert told(await apply(hold(sku, 7, allotment=own))) == [short(sku, wanted=7, available=6)]
    assert await apply(hold(sku, 6, allotment=own)) == [Moved(6, 10)]
    assert await balance(db, sku) == (10, 10, 0)
    assert await proof(db) == []


async def test_a_refused_group_puts_back_what_it_took(db: Database, apply: Apply, stock: Stock) -> None:
    sku, kept, group = await stock(10), new_id(), new_id()
    await apply(hold(sku, 3, id=kept))
    own = Allotment(at_most(99), (kept,))
    first, second = await apply(hold(sku, 2, group=group, allotment=own), hold(sku, 99, group=group))
    assert isinstance(first, LinkedItemRefused)
    assert told([second]) == [short(sku, wanted=99, available=7)]
    assert await balance(db, sku) == (10, 3, 0)
    assert await apply(hold(sku, 10, allotment=own)) == [Moved(10, 10)]
    assert await proof(db) == []


async def test_two_at_once_share_what_a_hold_keeps(db: Database, apply: Apply, stock: Stock) -> None:
    sku, kept = await stock(5), new_id()
    await apply(hold(sku, 5, id=kept))
    own = Allotment(at_most(99), (kept,))
    answers = await asyncio.gather(*(apply(hold(sku, 3, allotment=own)) for _ in range(2)))
    assert sorted(str(told(answer)) for answer in answers) == sorted(
        [str([Moved(3, 5)]), str([short(sku, wanted=3, available=2)])]
    )
    assert await proof(db) == []
