"""Goods to be packed, cartons to pack them into, and how they lie in them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid

PIECES_MAX = 120
"""Pieces that cartons are chosen for at once."""
Side = Annotated[int, Meta(ge=1, le=10_000)]


class Piece(Struct, frozen=True, kw_only=True):
    """One thing to be packed; sides in millimetres, as it stands.

    `upright`: it stands as given and is only turned about its vertical. `fragile`: nothing lies above it.
    """

    length_mm: Side
    width_mm: Side
    height_mm: Side
    weight_g: Annotated[int, Meta(ge=0)] = 0
    upright: bool = False
    fragile: bool = False

    @property
    def sides(self) -> tuple[int, int, int]:
        return self.length_mm, self.width_mm, self.height_mm

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


class Carton(Struct, frozen=True, kw_only=True):
    """A kind of carton (纸箱): its inner sides in millimetres, what it weighs and what its goods may weigh at most."""

    code: str
    length_mm: Side
    width_mm: Side
    height_mm: Side
    goods_max_g: int | None = None
    own_g: int = 0

    @property
    def sides(self) -> tuple[int, int, int]:
        return self.length_mm, self.width_mm, self.height_mm

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


class Lying(Struct, frozen=True):
    """A piece, by its place in the list, in its carton: its lower left front corner and its sides as it lies, in mm."""

    piece: int
    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int


class PackedCarton(Struct, frozen=True, kw_only=True):
    """A carton with what lies in it. `weight_g`: with the carton. `waste_permille`: empty room, in ‰ rounded down.

    `smallest`: no smaller carton of the list could take these pieces, by room, sides or weight; otherwise a way into a
    smaller one may exist that was not found.
    """

    carton: Carton
    lying: tuple[Lying, ...]
    weight_g: int
    waste_permille: int
    smallest: bool


class CartonChoice(Struct, frozen=True, kw_only=True):
    """What to pack goods into. `loose`: the pieces, by place in the list, that fit into no carton at all."""

    cartons: tuple[PackedCarton, ...]
    loose: tuple[int, ...] = ()


class TooManyPieces(Invalid):
    """{pieces} pieces are too many to choose cartons for at once. Choose for at most {most}, carton by carton."""

    zh = "一次最多为 {most} 件商品选箱，现有 {pieces} 件，请分批选箱。"
