"""How people walk through a warehouse: its aisles, where they stop, the path they are told."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid

AISLES_MAX = 10_000
CROSS_MAX = 12
"""Cross aisles that a layout may have."""


class Stop(Struct, frozen=True):
    """A place to go to: in aisle `aisle`, counted from 0, `offset_mm` from the aisle's front end."""

    aisle: int
    offset_mm: int


class Layout(Struct, frozen=True, kw_only=True):
    """Parallel aisles (巷道), `pitch_mm` from the middle of one to the next, that cross aisles (横向通道) join.

    `cross_mm`: how far from the front each cross aisle is; the first is at the aisles' front end, the last at their
    back end. Two make one block, each one more another. `depot`: where walks start and end.
    Raises: LayoutWrong.
    """

    aisles: Annotated[int, Meta(ge=1, le=AISLES_MAX)]
    pitch_mm: Annotated[int, Meta(ge=1, le=100_000)]
    cross_mm: Annotated[tuple[int, ...], Meta(min_length=2, max_length=CROSS_MAX)]
    depot: Stop = Stop(0, 0)

    def __post_init__(self) -> None:
        if len(self.cross_mm) < 2 or any(one >= two for one, two in pairwise(self.cross_mm)):
            raise LayoutWrong(cross_mm=list(self.cross_mm))
        self.check(self.depot)

    def check(self, stop: Stop) -> None:
        """Raise StopOutside where a stop is in none of the aisles."""
        if not (0 <= stop.aisle < self.aisles and self.cross_mm[0] <= stop.offset_mm <= self.cross_mm[-1]):
            raise StopOutside(aisle=stop.aisle, offset_mm=stop.offset_mm)


class FloorLayout(Struct, frozen=True, kw_only=True):
    """How a warehouse is laid out, for paths: millimetres between aisles, cross aisles, where pickers start and end.

    `cross_mm`: how far from the front each cross aisle is. One at the front and one behind the farthest bin are there
    anyway; name those between.
    """

    pitch_mm: Annotated[int, Meta(ge=1, le=100_000)] = 3_000
    cross_mm: Annotated[tuple[Annotated[int, Meta(ge=0, le=10_000_000)], ...], Meta(max_length=CROSS_MAX - 2)] = ()
    depot_aisle: Annotated[int, Meta(ge=0, le=AISLES_MAX - 1)] = 0
    depot_mm: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


class PickPath(Struct, frozen=True, kw_only=True):
    """The way of a task: bins in the order in which they are visited, then those that stand nowhere.

    `length_mm`: from the depot through those that stand somewhere and back; no way is shorter than `bound_mm`, and
    walking aisle by aisle would be `s_shape_mm`.
    """

    bins: tuple[str, ...]
    unknown: int
    length_mm: int
    bound_mm: int
    s_shape_mm: int
    method: str


class PathMethod(StrEnum):
    """How a path was found."""

    EXACT = "exact"
    S_SHAPE = "s_shape"
    LARGEST_GAP = "largest_gap"
    IMPROVED = "improved"


class Path(Struct, frozen=True, kw_only=True):
    """In which order to visit stops, from the depot and back (拣货路径).

    `order` holds places in the list of stops. `length_mm`: all that is walked. `bound_mm`: no walk through these stops
    is shorter; where it equals `length_mm`, this one is the shortest there is. `s_shape_mm`: what walking each aisle
    to its end in turn would come to.
    """

    order: tuple[int, ...]
    length_mm: int
    bound_mm: int
    s_shape_mm: int
    method: PathMethod

    @property
    def above_permille(self) -> int:
        """By how much the path can at most be longer than the shortest, in ‰, rounded up."""
        return -(-(self.length_mm - self.bound_mm) * 1000 // self.bound_mm) if self.bound_mm else 0


class LayoutWrong(Invalid):
    """Cross aisles at {cross_mm} make no layout. Name at least two, from front to back, each once."""

    zh = "横向通道 {cross_mm} 不成布局。请从前到后至少填写两条，且不要重复。"


class StopOutside(Invalid):
    """Aisle {aisle}, {offset_mm} mm is outside of the layout. Correct the bin's place, or the layout."""

    zh = "巷道 {aisle}、{offset_mm} 毫米处不在布局之内。请更正货位的位置或布局。"
