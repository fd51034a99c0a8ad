"""Pick paths: the shortest, proven by every order and by an independent solver; never longer than S-shape."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from shangmai.modules.warehouse.contract.paths import Layout, LayoutWrong, PathMethod, Stop, StopOutside
from shangmai.modules.warehouse.rules.paths import find_path, largest_gap, s_shape, search_path, shortest_walk, walk_mm
from shangmai.modules.warehouse.rules.paths.ground import distance_mm

BLOCK = Layout(aisles=4, pitch_mm=3, cross_mm=(0, 10))


@st.composite
def cases(draw: st.DrawFn, stops_max: int = 5, cross_max: int = 4) -> tuple[Layout, list[Stop]]:
    """Small layouts with a depot anywhere, and stops, some at one place or at a crossing."""
    cross = draw(st.lists(st.integers(0, 12), min_size=2, max_size=cross_max, unique=True).map(sorted))
    aisles = draw(st.integers(1, 5))
    places = st.builds(Stop, st.integers(0, aisles - 1), st.integers(cross[0], cross[-1]))
    layout = Layout(aisles=aisles, pitch_mm=draw(st.integers(1, 9)), cross_mm=tuple(cross), depot=draw(places))
    return layout, draw(st.lists(places, max_size=stops_max))


def large(rnd: random.Random, stops: int = 60, aisles: int = 20, cross: int = 2) -> tuple[Layout, list[Stop]]:
    layout = Layout(aisles=aisles, pitch_mm=3_000, cross_mm=tuple(30_000 * n // (cross - 1) for n in range(cross)))
    return layout, [Stop(rnd.randrange(aisles), rnd.randint(0, 30_000)) for _ in range(stops)]


class TestShortest:
    @settings(max_examples=300)
    @given(cases())
    def test_it_is_the_shortest_of_all_orders(self, case: tuple[Layout, list[Stop]]) -> None:
        layout, stops = case
        order, length = shortest_walk(layout, stops)
        assert sorted(order) == list(range(len(stops)))
        assert length == walk_mm(layout, stops, order)
        assert length == min(walk_mm(layout, stops, every) for every in permutations(range(len(stops))))

    def test_one_more_stop_may_turn_the_whole_walk(self) -> None:
        up = [Stop(0, 5), Stop(1, 5)]
        assert shortest_walk(BLOCK, up) == ([0, 1], 2 * 5 + 2 * 3 + 2 * 5)
        assert shortest_walk(BLOCK, [*up, Stop(1, 9)]) == ([0, 2, 1], 10 + 3 + 10 + 3)

    def test_within_the_depots_aisle_no_end_is_walked_to(self) -> None:
        layout = Layout(aisles=4, pitch_mm=3, cross_mm=(0, 10), depot=Stop(2, 5))
        assert shortest_walk(layout, [Stop(2, 7), Stop(2, 4), Stop(2, 6)])[1] == 2 * 3
        assert shortest_walk(layout, []) == ([], 0)

    @pytest.mark.parametrize("cross", [2, 3, 4])
    def test_no_solver_finds_a_shorter_one(self, cross: int) -> None:
        for seed in range(2):
            layout, stops = large(random.Random(seed), cross=cross)
            _, length = shortest_walk(layout, stops)
            assert length <= referee(layout, stops)


class TestPath:
    @settings(max_examples=150)
    @given(cases(stops_max=5, cross_max=6))
    def test_length_and_bound_hold(self, case: tuple[Layout, list[Stop]]) -> None:
        layout, stops = case
        best = min(walk_mm(layout, stops, every) for every in permutations(range(len(stops))))
        for path in (find_path(layout, stops), search_path(layout, stops)):
            assert sorted(path.order) == list(range(len(stops)))
            assert path.length_mm == walk_mm(layout, stops, path.order)
            assert path.bound_mm <= best <= path.length_mm <= path.s_shape_mm

    @pytest.mark.parametrize("cross", [2, 3, 4, 5])
    def test_a_searched_path_of_60_stops_is_within_5_percent_of_the_shortest(self, cross: int) -> None:
        for seed in range(3):
            layout, stops = large(random.Random(seed), cross=cross)
            best = shortest_walk(layout, stops)[1]
            path = search_path(layout, stops)
            assert path.bound_mm <= best <= path.length_mm
            assert path.length_mm * 100 <= best * 105

    def test_up_to_four_cross_aisles_it_is_the_shortest(self) -> None:
        layout, stops = large(random.Random(1), cross=4)
        path = find_path(layout, stops)
        assert (path.method, path.length_mm, path.above_permille) == (PathMethod.EXACT, path.bound_mm, 0)
        layout, stops = large(random.Random(1), cross=5)
        assert find_path(layout, stops).method is PathMethod.IMPROVED

    def test_a_thousand_stops_have_one_too(self) -> None:
        layout, stops = large(random.Random(2), stops=1_000, cross=6)
        path = find_path(layout, stops)
        assert sorted(path.order) == list(range(1_000))
        assert path.bound_mm <= path.length_mm <= path.s_shape_mm

    def test_stops_at_one_place_stay_together_as_given(self) -> None:
        stops = [Stop(0, 4), Stop(2, 4), Stop(0, 4), Stop(2, 4)]
        assert find_path(BLOCK, stops).order in {(0, 2, 1, 3), (1, 3, 0, 2)}


class TestSweeping:
    def test_s_shape_goes_up_one_aisle_and_down_the_next(self) -> None:
        stops = [Stop(0, 2), Stop(2, 3), Stop(0, 8), Stop(2, 9), Stop(1, 5)]
        assert s_shape(stops) == [0, 2, 4, 1, 3]

    def test_largest_gap_leaves_an_aisles_widest_gap_out(self) -> None:
        stops = [Stop(0, 5), Stop(1, 1), Stop(1, 9), Stop(2, 2), Stop(3, 5)]
        assert largest_gap(BLOCK, stops) == [0, 2, 4, 3, 1]
        assert walk_mm(BLOCK, stops, largest_gap(BLOCK, stops)) == 10 + 3 + 2 + 6 + 10 + 3 + 4 + 3 + 2 + 3


class TestLayout:
    def test_cross_aisles_are_named_from_front_to_back_each_once(self) -> None:
        for cross in ((5,), (5, 5), (5, 3)):
            with pytest.raises(LayoutWrong):
                Layout(aisles=1, pitch_mm=1, cross_mm=cross, depot=Stop(0, 5))

    def test_a_stop_outside_is_refused(self) -> None:
        for stop in (Stop(4, 0), Stop(-1, 0), Stop(0, 11), Stop(0, -1)):
            with pytest.raises(StopOutside):
                find_path(BLOCK, [stop])

    def test_the_way_to_another_aisle_is_over_the_better_cross_aisle(self) -> None:
        assert distance_mm(BLOCK, Stop(0, 8), Stop(1, 9)) == 2 + 3 + 1
        assert distance_mm(BLOCK, Stop(0, 2), Stop(2, 3)) == 2 + 6 + 3
        three = Layout(aisles=4, pitch_mm=3, cross_mm=(0, 5, 10))
        assert distance_mm(three, Stop(0, 2), Stop(1, 9)) == 7 + 3
        assert distance_mm(three, Stop(0, 6), Stop(1, 7)) == 1 + 3 + 2


def referee(layout: Layout, stops: list[Stop]) -> int:
    """What OR-Tools comes to, from its own first walk, within a number of solutions."""
    places = [layout.depot, *stops]
    far = [[distance_mm(layout, one, two) for two in places] for one in places]
    manager = pywrapcp.RoutingIndexManager(len(places), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(far))
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.solution_limit = 100
    search.time_limit.seconds = 20
    found = routing.SolveWithParameters(search)
    assert found is not None
    return int(found.ObjectiveValue())
