"""Cartons: what is said to lie in one really fits, and no smaller one was overlooked that a solver finds."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from shangmai.modules.warehouse.contract.cartons import Carton, PackedCarton, Piece, TooManyPieces
from shangmai.modules.warehouse.rules.cartons import choose_cartons
from shangmai.modules.warehouse.rules.cartons.packing import may_fit, ways

POST: Final = [
    Carton(code=f"{n}号", length_mm=length, width_mm=width, height_mm=height, own_g=20 * n)
    for n, (length, width, height) in zip(
        range(12, 0, -1),
        [(130, 80, 90), (145, 85, 105), (175, 95, 115), (195, 105, 135), (210, 110, 140), (230, 130, 160),
         (260, 150, 180), (290, 170, 190), (350, 190, 230), (430, 210, 270), (530, 230, 290), (530, 290, 370)],
        strict=True,
    )
]  # fmt: skip
"""The sizes that Chinese parcels are sold by, from number 12 to number 1."""
SIDES = st.integers(1, 12)
PIECES = st.builds(
    Piece,
    length_mm=SIDES,
    width_mm=SIDES,
    height_mm=SIDES,
    weight_g=st.integers(0, 40),
    upright=st.booleans(),
    fragile=st.booleans(),
)
CARTONS = st.builds(
    Carton,
    code=st.sampled_from("ABCD"),
    length_mm=st.integers(4, 20),
    width_mm=st.integers(4, 20),
    height_mm=st.integers(4, 20),
    goods_max_g=st.none() | st.integers(20, 200),
    own_g=st.integers(0, 9),
)


class TestAlways:
    @settings(max_examples=200)
    @given(st.lists(CARTONS, max_size=4), st.lists(PIECES, max_size=9))
    def test_each_piece_lies_in_one_carton_that_takes_it_or_is_loose(
        self, cartons: list[Carton], pieces: list[Piece]
    ) -> None:
        choice = choose_cartons(cartons, pieces)
        inside = [lying.piece for packed in choice.cartons for lying in packed.lying]
        assert sorted([*inside, *choice.loose]) == list(range(len(pieces)))
        for packed in choice.cartons:
            check(packed, pieces)
        for n in choice.loose:
            assert not any(may_fit(carton, [pieces[n]]) for carton in cartons)

    @settings(max_examples=60)
    @given(st.lists(PIECES, min_size=1, max_size=4))
    def test_no_smaller_carton_takes_what_was_proven(self, pieces: list[Piece]) -> None:
        cartons = [Carton(code=str(n), length_mm=n, width_mm=n, height_mm=n) for n in range(2, 40, 2)]
        (packed,) = choose_cartons(cartons, pieces).cartons
        if packed.smallest:
            smaller = [carton for carton in cartons if carton.volume_mm3 < packed.carton.volume_mm3]
            assert not any(may_fit(carton, pieces) for carton in smaller)

    def test_few_pieces_get_the_carton_that_a_solver_finds(self) -> None:
        rnd, same = random.Random(5), 0
        for _ in range(40):
            pieces = [goods(rnd) for _ in range(rnd.randint(1, 4))]
            found = choose_cartons(POST, pieces).cartons[0]
            check(found, pieces)
            same += found.carton == next(c for c in POST if c == found.carton or solvable(c, pieces))
        assert same >= 36


class TestOne:
    def test_a_piece_is_turned_into_the_smallest_carton(self) -> None:
        (packed,) = choose_cartons(POST, [Piece(length_mm=80, width_mm=90, height_mm=130, weight_g=500)]).cartons
        assert (packed.carton.code, packed.waste_permille, packed.weight_g, packed.smallest) == ("12号", 0, 740, True)

    def test_what_must_stand_is_not_laid_down(self) -> None:
        bottle = Piece(length_mm=70, width_mm=70, height_mm=250, upright=True)
        assert choose_cartons(POST, [bottle]).cartons[0].carton.code == "3号"

    def test_nothing_lies_above_what_is_fragile(self) -> None:
        pieces = [Piece(length_mm=10, width_mm=10, height_mm=5, upright=True, fragile=True) for _ in range(2)]
        high = Carton(code="high", length_mm=10, width_mm=10, height_mm=10)
        wide = Carton(code="wide", length_mm=20, width_mm=10, height_mm=10)
        assert choose_cartons([high, wide], pieces).cartons[0].carton.code == "wide"
        one = [pieces[0], Piece(length_mm=10, width_mm=10, height_mm=5, upright=True)]
        packed = choose_cartons([high, wide], one).cartons[0]
        assert (packed.carton.code, packed.lying[-1].piece, packed.lying[-1].z) == ("high", 0, 5)

    def test_eight_cubes_fill_a_carton_to_the_last_millimetre(self) -> None:
        carton = Carton(code="A", length_mm=20, width_mm=20, height_mm=20)
        (packed,) = choose_cartons([carton], [Piece(length_mm=10, width_mm=10, height_mm=10)] * 8).cartons
        assert (packed.waste_permille, packed.smallest) == (0, True)


class TestSeveral:
    def test_what_one_does_not_take_goes_into_two_and_the_rest_into_a_small_one(self) -> None:
        small = Carton(code="S", length_mm=10, width_mm=10, height_mm=10)
        large = Carton(code="L", length_mm=20, width_mm=20, height_mm=20)
        choice = choose_cartons([large, small], [Piece(length_mm=10, width_mm=10, height_mm=10)] * 9)
        assert [(p.carton.code, len(p.lying)) for p in choice.cartons] == [("L", 8), ("S", 1)]

    def test_weight_divides_too(self) -> None:
        carton = Carton(code="A", length_mm=100, width_mm=100, height_mm=100, goods_max_g=1_000)
        choice = choose_cartons([carton], [Piece(length_mm=10, width_mm=10, height_mm=10, weight_g=400)] * 5)
        assert [packed.weight_g for packed in choice.cartons] == [800, 800, 400]

    def test_what_no_carton_takes_is_named(self) -> None:
        pieces = [Piece(length_mm=600, width_mm=10, height_mm=10), Piece(length_mm=50, width_mm=50, height_mm=50)]
        choice = choose_cartons(POST, pieces)
        assert (choice.loose, len(choice.cartons)) == ((0,), 1)
        assert choose_cartons([], pieces).loose == (0, 1)

    def test_a_heap_is_packed_and_too_large_a_one_refused(self) -> None:
        rnd = random.Random(9)
        pieces = [goods(rnd) for _ in range(60)]
        choice = choose_cartons(POST, pieces)
        for packed in choice.cartons:
            check(packed, pieces)
        with pytest.raises(TooManyPieces):
            choose_cartons(POST, pieces * 3)


def goods(rnd: random.Random) -> Piece:
    return Piece(
        length_mm=rnd.randint(30, 200), width_mm=rnd.randint(30, 120), height_mm=rnd.randint(10, 100),
        weight_g=rnd.randint(20, 800),
    )  # fmt: skip


def check(packed: PackedCarton, pieces: list[Piece]) -> None:
    """Look again at every millimetre, by means of its own."""
    carton, lying = packed.carton, packed.lying
    inside = [pieces[one.piece] for one in lying]
    for one, piece in zip(lying, inside, strict=True):
        assert min(one.x, one.y, one.z) >= 0
        assert one.x + one.dx <= carton.length_mm
        assert one.y + one.dy <= carton.width_mm
        assert one.z + one.dz <= carton.height_mm
        assert sorted((one.dx, one.dy, one.dz)) == sorted(piece.sides)
        assert one.dz == piece.height_mm or not piece.upright
    for one, two in combinations(lying, 2):
        beside = (
            one.x + one.dx <= two.x or two.x + two.dx <= one.x or one.y + one.dy <= two.y or two.y + two.dy <= one.y
        )
        assert beside or one.z + one.dz <= two.z or two.z + two.dz <= one.z
        lower = min(one, two, key=lambda each: each.z)
        assert beside or not pieces[lower.piece].fragile
    goods_g = sum(piece.weight_g for piece in inside)
    assert carton.goods_max_g is None or goods_g <= carton.goods_max_g
    assert packed.weight_g == carton.own_g + goods_g
    used = sum(piece.volume_mm3 for piece in inside)
    assert packed.waste_permille == (carton.volume_mm3 - used) * 1000 // carton.volume_mm3 >= 0


def solvable(carton: Carton, pieces: list[Piece]) -> bool:
    """Whether a constraint solver gets pieces into a carton; what floats in the air is fine with it."""
    model = cp_model.CpModel()
    boxes = [_box(model, carton, piece) for piece in pieces]
    for one, two in combinations(boxes, 2):
        apart = []
        for (start, side), (other, length) in zip(one, two, strict=True):
            for left, wide, right in ((start, side, other), (other, length, start)):
                apart.append(model.new_bool_var(""))
                model.add(left + wide <= right).only_enforce_if(apart[-1])
        model.add_bool_or(apart)
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = 5
    solver.parameters.num_workers = 1
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _box(model: cp_model.CpModel, carton: Carton, piece: Piece) -> list[tuple[cp_model.IntVar, cp_model.IntVar]]:
    turned = ways(piece)
    chosen = [model.new_bool_var("") for _ in turned]
    model.add_exactly_one(chosen)
    box = []
    for axis, room in enumerate(carton.sides):
        start, side = model.new_int_var(0, room, ""), model.new_int_var(1, 10_000, "")
        model.add(side == sum(bit * way[axis] for bit, way in zip(chosen, turned, strict=True)))
        model.add(start + side <= room)
        box.append((start, side))
    return box
