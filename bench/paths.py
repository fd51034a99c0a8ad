"""Pick paths: how long beside the shortest, beside S-shape, and how long it takes to find them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Final

from bench.harness import Table, quantile
from shangmai.modules.warehouse.contract.paths import Layout, Path, Stop
from shangmai.modules.warehouse.rules.paths import find_path, largest_gap, shortest_walk, walk_mm

AISLES, AISLE_MM, PITCH_MM = 20, 30_000, 3_000
CASES: Final = ((20, 2), (60, 2), (60, 3), (60, 4), (60, 5), (60, 7))
"""Stops, cross aisles."""
SWEEPS: Final = ("S-shape", "largest gap")
TOURS: Final = 30
EXACT_MAX: Final = 5
"""Up to so many cross aisles the shortest is worked out to compare with, though it takes long."""


def run(seconds: float) -> list[Table]:
    """Measure tours of stops anywhere in a warehouse, by stops and cross aisles."""
    table = Table(
        f"Pick paths: {AISLES} aisles of {AISLE_MM // 1000} m",
        ["stops", "cross aisles", "method", "above the shortest, mean", "worst", *SWEEPS, "CPU", "p99"],
        "Stops are anywhere, aisles 3 m apart, the depot at the front of the first one. Above the shortest walk there"
        " is, in the mean (seven cross aisles: above the bound that is told with the path); S-shape and largest gap"
        " likewise."
        f" {TOURS} tours and more; the first ones also work out the states.",
    )
    for stops, cross in CASES:
        table.add(stops, cross, *_case(random.Random(stops * 10 + cross), stops, cross, seconds))
    return [table]


def _case(rnd: random.Random, stops: int, cross: int, seconds: float) -> list[str]:
    layout = Layout(aisles=AISLES, pitch_mm=PITCH_MM, cross_mm=tuple(AISLE_MM * n // (cross - 1) for n in range(cross)))
    took: list[float] = []
    above: list[float] = []
    others: list[tuple[float, float]] = []
    path = None
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(took) < TOURS:
        tour = [Stop(rnd.randrange(AISLES), rnd.randint(0, AISLE_MM)) for _ in range(stops)]
        started = time.process_time_ns()
        path = find_path(layout, tour)
        took.append((time.process_time_ns() - started) / 1e6)
        best = _best(layout, tour, path)
        gap = walk_mm(layout, tour, largest_gap(layout, tour))
        above.append(path.length_mm / best - 1)
        others.append((path.s_shape_mm / best - 1, gap / best - 1))
    assert path is not None
    sweeps = [f"{sum(each[n] for each in others) / len(others):.1%}" for n in (0, 1)]
    figures = [f"{sum(above) / len(above):.2%}", f"{max(above):.1%}"]
    return [path.method.value, *figures, *sweeps, f"{quantile(took, 0.5):.1f} ms", f"{quantile(took, 0.99):.1f} ms"]


def _best(layout: Layout, tour: Sequence[Stop], path: Path) -> int:
    if path.length_mm == path.bound_mm or len(layout.cross_mm) > EXACT_MAX:
        return path.bound_mm
    return shortest_walk(layout, tour)[1]
