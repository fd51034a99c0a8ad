"""The arithmetic of counts: what lay there when somebody looked, what the books must change by, how right they were."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from shangmai.kernel.i18n import LANGS, t
from shangmai.modules.warehouse.contract.counts import CountedGoods, CountProposal, RiskReason
from shangmai.modules.warehouse.contract.places import BinId
from shangmai.modules.warehouse.contract.suggesting import Turnover

DUE_DAYS: Mapping[Turnover, int] = {Turnover.A: 30, Turnover.B: 90, Turnover.C: 180}
"""After how many days a bin is counted again, by the fastest goods in it."""
MOVES_MAX = 50
MIXED, LOTS, WAS_WRONG, BEYOND_STOCK = 10, 5, 20, 30


def system_then(now: int, moved_since: int) -> int:
    """What the book has for the moment somebody looked: its pieces now, less what has come since.

    Movements count by the time at which they happened, not at which they were written down: a pick that a scanner
    without connection sends later still belongs before or behind the look. So nothing need be frozen, and as long as
    the difference is worked out anew when it is posted, it is right whatever moved and whenever that became known.
    """
    return now - moved_since


def adjustment(net: int, unplaced: int) -> int:
    """How the stock book changes when bins of some goods hold `net` pieces more than the bin book had.

    Pieces that are too many in bins are first those that were unplaced: somebody put them away and did not say so.
    Where bins held more than the stock book (`unplaced` below zero), missing pieces are first those that had left it.
    """
    if net > 0:
        return max(net - max(unplaced, 0), 0)
    return min(net - min(unplaced, 0), 0)


def merged(found: Iterable[CountedGoods]) -> list[CountedGoods]:
    """The same goods named twice lie there together."""
    sums: dict[tuple[object, ...], CountedGoods] = {}
    for each in found:
        key = (each.sku_id, each.bucket, each.lot)
        qty = each.qty + (sums[key].qty if key in sums else 0)
        sums[key] = CountedGoods(sku_id=each.sku_id, qty=qty, bucket=each.bucket, lot=each.lot)
    return list(sums.values())


def accuracy_bp(counted: int, off: int) -> int | None:
    """1 − off ÷ counted in hundredths of a per cent, rounded down; 0 where it was off by more than there is."""
    if counted == 0:
        return None if off == 0 else 0
    return max((counted - off) * 10_000 // counted, 0)


class BinFacts(Struct, frozen=True, kw_only=True):
    """What is known of a bin: when it was counted last, what moved since, what lies in it.

    `was_off`: pieces that its last count was off by. `beyond_stock`: bins hold more of its goods than the stock book.
    """

    bin_id: BinId
    code: str
    last_counted_on: date | None
    moves: int
    skus: int
    lots: int
    was_off: int
    beyond_stock: bool
    turnover: Turnover


def cycle(bins: Sequence[BinFacts], today: date, most: int) -> list[CountProposal]:
    """The bins whose time has come, the most overdue first; the score is how much of their time is over, in %."""
    found = [(_overdue(each, today), each) for each in bins]
    due = sorted((-score, each.turnover, each.code, each) for score, each in found if score >= 100)
    return [
        _proposal(each, -score, [RiskReason.NEVER if each.last_counted_on is None else RiskReason.DUE])
        for score, _, _, each in due[:most]
    ]


def risk(bins: Sequence[BinFacts], most: int) -> list[CountProposal]:
    """The bins in which something may be wrong, by score: movements since the last count, and what makes for errors."""
    found = [(_points(each), each) for each in bins]
    risky = sorted(((-sum(points.values()), each.code, points, each) for points, each in found), key=lambda r: r[:2])
    return [_proposal(each, -score, points) for score, _, points, each in risky[:most] if score < 0]


def _overdue(bin_: BinFacts, today: date) -> int:
    if bin_.last_counted_on is None:
        return 1000 if bin_.skus else 100
    return (today - bin_.last_counted_on).days * 100 // DUE_DAYS[bin_.turnover]


def _points(bin_: BinFacts) -> dict[RiskReason, int]:
    points = {
        RiskReason.MOVED: min(bin_.moves, MOVES_MAX),
        RiskReason.MIXED: MIXED * max(bin_.skus - 1, 0),
        RiskReason.LOTS: LOTS * max(bin_.lots - bin_.skus, 0),
        RiskReason.WAS_WRONG: WAS_WRONG if bin_.was_off else 0,
        RiskReason.BEYOND_STOCK: BEYOND_STOCK if bin_.beyond_stock else 0,
    }
    return {reason: score for reason, score in points.items() if score}


def _proposal(bin_: BinFacts, score: int, reasons: Collection[RiskReason]) -> CountProposal:
    told = {"moves": bin_.moves, "skus": bin_.skus, "lots": bin_.lots, "off": bin_.was_off}
    zh, en = (
        ("；" if lang == "zh-CN" else "; ").join(
            t(f"warehouse.count.{reason.value}", lang, **told) for reason in reasons
        )
        for lang in LANGS
    )
    return CountProposal(
        bin_id=bin_.bin_id,
        bin=bin_.code,
        score=score,
        reasons=list(reasons),
        last_counted_on=bin_.last_counted_on,
        zh=zh,
        en=en,
    )
