"""Which cartons to pack goods into: the smallest that takes all, or as few as were found."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.modules.warehouse.contract.cartons import (
    PIECES_MAX,
    Carton,
    CartonChoice,
    Lying,
    PackedCarton,
    Piece,
    TooManyPieces,
)
from shangmai.modules.warehouse.rules.cartons.packing import Numbered, fits_alone, may_fit, pack, pack_most

__all__ = ["choose_cartons"]


def choose_cartons(cartons: Sequence[Carton], pieces: Sequence[Piece]) -> CartonChoice:
    """The smallest carton that takes all pieces; where none does, several, the fullest first.

    Of cartons with the same room the lighter one, then by code. Deterministic. Raises: TooManyPieces.
    """
    if len(pieces) > PIECES_MAX:
        raise TooManyPieces(pieces=len(pieces), most=PIECES_MAX)
    kinds = sorted(cartons, key=lambda carton: (carton.volume_mm3, carton.own_g, carton.code))
    left = list(enumerate(pieces))
    loose = [n for n, piece in left if not any(fits_alone(carton, piece) for carton in kinds)]
    left = [one for one in left if one[0] not in set(loose)]
    chosen: list[PackedCarton] = []
    while left:
        packed = _smallest(kinds, left) or _fullest(kinds, left)
        inside = {lying.piece for lying in packed.lying}
        assert inside
        left = [one for one in left if one[0] not in inside]
        chosen.append(packed)
    return CartonChoice(cartons=tuple(chosen), loose=tuple(loose))


def _smallest(kinds: Sequence[Carton], pieces: Sequence[Numbered]) -> PackedCarton | None:
    sure = True
    for carton in kinds:
        lying = pack(carton, pieces)
        if lying is not None:
            return _packed(carton, lying, dict(pieces), sure)
        sure = sure and not may_fit(carton, [piece for _, piece in pieces])
    return None


def _fullest(kinds: Sequence[Carton], pieces: Sequence[Numbered]) -> PackedCarton:
    """Of all cartons the one that takes most goods by volume; what it takes goes into the smallest that takes it."""
    by_number = dict(pieces)
    filled = [pack_most(carton, pieces) for carton in kinds]
    most = max(filled, key=lambda lying: sum(by_number[one.piece].volume_mm3 for one in lying))
    inside = [(one.piece, by_number[one.piece]) for one in most]
    return _smallest(kinds, inside) or _packed(kinds[filled.index(most)], most, by_number, False)


def _packed(carton: Carton, lying: Sequence[Lying], pieces: dict[int, Piece], smallest: bool) -> PackedCarton:
    inside = [pieces[one.piece] for one in lying]
    free = carton.volume_mm3 - sum(piece.volume_mm3 for piece in inside)
    return PackedCarton(
        carton=carton,
        lying=tuple(lying),
        weight_g=carton.own_g + sum(piece.weight_g for piece in inside),
        waste_permille=free * 1000 // carton.volume_mm3,
        smallest=smallest,
    )
