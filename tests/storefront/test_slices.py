"""Lists too long to be sorted are read slice by slice, and come out as if they had been sorted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.storefront.contract import Sort
from shangmai.modules.storefront.queries import searching
from shangmai.modules.storefront.rules.facets import Counted
from shangmai.modules.storefront.rules.slices import Slice, cut, slices_from, slices_of_order, sold_slice
from shangmai.modules.storefront.service import paging
from tests.storefront.conftest import Mall

MOMENTS = st.integers(946_684_800, 2_524_607_000).map(lambda at: datetime.fromtimestamp(at, UTC))
RANKS = st.integers(0, 500)
PRICES = st.integers(0, 2_000_000)
ORDERS = [
    (Sort.SALES, RANKS, True),
    (Sort.NEWEST, MOMENTS, True),
    (Sort.PRICE_DOWN, PRICES, True),
    (Sort.PRICE_UP, PRICES, False),
]


class TestSlices:
    @pytest.mark.parametrize(("sort", "keys", "falls"), ORDERS)
    def test_what_comes_first_lies_in_an_earlier_slice_or_the_same(self, sort: Sort, keys: Any, falls: bool) -> None:
        every = slices_of_order(sort, "CNY")

        @given(keys, keys)
        def holds(one: Any, other: Any) -> None:
            first, second = (max(one, other), min(one, other)) if falls else (min(one, other), max(one, other))
            places = [every.index(slices_from(sort, key, "CNY")[0]) for key in (first, second)]
            assert places == sorted(places)

        holds()

    @pytest.mark.parametrize(("sort", "keys", "falls"), ORDERS)
    def test_a_walk_from_where_a_slice_starts_meets_all_of_it(self, sort: Sort, keys: Any, falls: bool) -> None:
        @given(keys)
        def holds(key: Any) -> None:
            start = slices_from(sort, key, "CNY")[0].start
            assert start is None or (key <= start if falls else key >= start)

        holds()

    def test_starts_go_on_and_on(self) -> None:
        starts = [each.start for each in slices_of_order(Sort.SALES, "CNY") if each.start is not None]
        assert all(isinstance(a, int) and isinstance(b, int) and a > b for a, b in pairwise(starts))
        assert (sold_slice(0), sold_slice(1), sold_slice(10_000)) == (0, 1, len(starts))


class TestCutting:
    SLICES = tuple(Slice(n, None) for n in range(1, 6))

    def test_enough_and_no_more(self) -> None:
        part = cut(self.SLICES, {1: 5, 2: 5, 3: 5}, wanted=10, most=100)
        assert ([s.term for s in part.first], [s.term for s in part.rest], part.dense) == ([1, 2], [3, 4, 5], False)

    def test_those_that_seem_empty_are_not_left_out(self) -> None:
        part = cut(self.SLICES, {3: 50}, wanted=10, most=100)
        assert [s.term for s in part.first] == [1, 2, 3]

    def test_one_that_holds_too_many_is_left_for_a_walk(self) -> None:
        part = cut(self.SLICES, {1: 5, 2: 500}, wanted=10, most=100)
        assert ([s.term for s in part.first], part.rest[0].term, part.dense) == ([1], 2, True)

    @given(st.dictionaries(st.integers(1, 5), st.integers(0, 50)), st.integers(1, 100), st.integers(1, 100))
    def test_nothing_is_lost_and_it_ends(self, rows: dict[int, int], wanted: int, most: int) -> None:
        part = cut(self.SLICES, rows, wanted, most)
        assert part.first + part.rest == self.SLICES
        assert part.first or part.dense


@pytest.mark.parametrize("read_max", [2, 15, 1_000])
async def test_every_order_as_if_sorted(mall: Mall, monkeypatch: pytest.MonkeyPatch, read_max: int) -> None:
    for n in range(30):
        await mall.goods(f"G{n:02}", "水杯", 5 + n * 31 % 400, brand="甲" if n % 3 else "乙", pieces=100)
    for n in range(0, 30, 4):
        await mall.order(**{f"G{n:02}": 1 + n * 3 % 40})
    await mall.settle()
    sorts = ("sales", "newest", "price_up", "price_down")
    brand = (await mall.ask(q="水杯"))["facets"][0]["values"][0]["value"]
    exact = {sort: await mall.codes(brand=brand, sort=sort, limit=50) for sort in sorts}
    monkeypatch.setattr(searching, "EXACT_MAX", 4)  # patch: few goods are more than are counted
    monkeypatch.setattr(paging, "READ_MAX", read_max)  # patch: a constant, by the parameter
    await mall.price("G00", 9)
    await mall.price("G00", 5)
    await mall.settle()
    for sort in sorts:
        assert await walked(mall, brand=brand, sort=sort) == exact[sort], sort
    scored = await walked(mall, q="水杯", sort="relevance")
    assert len(set(scored)) == len(scored)
    assert read_max < 1_000 or sorted(scored) == [f"G{n:02}" for n in range(30)]


@pytest.mark.parametrize(("counted", "nothing"), [(Counted({}, 1), True), (Counted({}, 64), False)])
def test_an_empty_sample_does_not_tell_that_nothing_fits(counted: Counted, nothing: bool) -> None:
    assert counted.finds_nothing is nothing


async def walked(mall: Mall, **params: Any) -> list[str]:
    """All pages of seven."""
    found = await mall.ask(**params, limit=7)
    codes = [each["code"] for each in found["items"]]
    while found["next"]:
        found = await mall.ask(**params, limit=7, cursor=found["next"])
        codes += [each["code"] for each in found["items"]]
    return codes
