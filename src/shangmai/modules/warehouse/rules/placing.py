"""Which of a list of moves may enter bins: first come, first served, all or none within a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shangmai.kernel.books.contract import LinkedItemRefused
from shangmai.kernel.errors import AppError
from shangmai.modules.inventory.contract import Bucket
from shangmai.modules.warehouse.contract.pieces import BinMove, BucketNotInBins, NotUnplaced
from shangmai.modules.warehouse.queries.pieces import Goods

IN_BINS = frozenset({Bucket.SELLABLE, Bucket.DEFECTIVE})


def goods_of(move: BinMove) -> Goods:
    """What the stock book tells apart: lots are told apart in bins only."""
    return (move.warehouse_id, move.sku_id, move.bucket.value, move.owner_id)


def refusals(moves: Sequence[BinMove], unplaced: Mapping[Goods, int]) -> dict[int, AppError]:
    """The moves, by place in the list, for which there are not enough unplaced pieces left when their turn comes.

    A move from bin to bin needs none. What goes out of the bins gives none to those behind it in the same list.
    """
    left = Counter(dict(unplaced))
    refused: dict[int, AppError] = {}
    for group in grouped(moves):
        wanted = Counter[Goods]()
        for n in group:
            if moves[n].bucket not in IN_BINS:
                refused[n] = BucketNotInBins(bucket=moves[n].bucket.value)
            elif moves[n].origin is None:
                wanted[goods_of(moves[n])] += moves[n].qty
                if wanted[goods_of(moves[n])] > left[goods_of(moves[n])]:
                    refused[n] = _not_unplaced(moves[n], wanted, left)
        if any(n in refused for n in group):
            refused |= {n: LinkedItemRefused() for n in group if n not in refused}
        else:
            left.subtract(wanted)
    return refused


def _not_unplaced(move: BinMove, wanted: Mapping[Goods, int], left: Mapping[Goods, int]) -> NotUnplaced:
    goods = goods_of(move)
    return NotUnplaced(sku_id=move.sku_id, wanted=wanted[goods], unplaced=max(left[goods], 0))


def grouped(moves: Sequence[BinMove]) -> Iterator[range]:
    """The places of the moves that stand or fall together."""
    start = 0
    while start < len(moves):
        end = start + 1
        while moves[start].group is not None and end < len(moves) and moves[end].group == moves[start].group:
            end += 1
        yield range(start, end)
        start = end
