"""The stock an order export does not show: what must have been received so that everything could leave when it left.

Sales and write-offs go out of sellable stock; what was found, and what came back and is matched to a sale, goes in. An
unmatched return did come back too, but nobody can say as what: it goes into quarantine for a person to decide, and the
plan does not count on it. Tests, errors and everything that is not a good move nothing.

The plan receives, at the first instant of each local month, exactly what that month will be short of. It is minimal: a
code's receipts add up to the lowest point its stock would reach without any, and none comes a month too early.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from shangmai.modules.migration.contract import (
    AdjustIntent,
    Bucket,
    Grain,
    Intent,
    Kind,
    Movement,
    MovementReason,
    Receipt,
    ReturnIntent,
    ReturnMatch,
    SaleIntent,
)


def movements_of(intent: Intent, match: ReturnMatch | None = None) -> Iterator[Movement]:
    """Give the pieces that an intent moves; a return needs its match."""
    match intent:
        case SaleIntent():
            for line in intent.lines:
                if line.kind is Kind.GOODS:
                    yield Movement(line.sku, intent.at, -line.quantity, Bucket.SELLABLE, MovementReason.SHIPPED)
        case ReturnIntent():
            assert match is not None, "a return is matched before it moves"
            yield from _returned(intent, match)
        case AdjustIntent():
            reason = MovementReason.FOUND if intent.delta > 0 else MovementReason.WRITTEN_OFF
            yield Movement(intent.sku, intent.at, intent.delta, Bucket.SELLABLE, reason)


def _returned(intent: ReturnIntent, match: ReturnMatch) -> Iterator[Movement]:
    goods = {line.row_no for line in intent.lines if line.kind is Kind.GOODS}
    for piece in match.pieces:
        if piece.return_row_no in goods:
            yield Movement(piece.sku, intent.at, piece.quantity, Bucket.SELLABLE, MovementReason.RETURNED)
    for rest in match.unmatched:
        if rest.return_row_no in goods:
            yield Movement(rest.sku, intent.at, rest.quantity, Bucket.QUARANTINE, MovementReason.RETURNED_UNMATCHED)


def stock_plan(movements: Iterable[Movement], timezone: str, grain: Grain = Grain.INSTANT) -> list[Receipt]:
    """Plan the receipts for all movements, oldest first, by month and code."""
    planner = StockPlanner(timezone, grain)
    for movement in movements:
        planner.move(movement)
    return planner.close()


class StockPlanner:
    """Each code's stock as it goes up and down through the months: feed it movements, oldest first.

    Within one `grain` (an instant, a local day, a local month) stock that goes out does not count on stock that comes
    in, so the plan holds in whatever order the movements of one grain are carried out.
    """

    def __init__(self, timezone: str, grain: Grain = Grain.INSTANT) -> None:
        self._zone = ZoneInfo(timezone)
        self._span_of = _span_finder(self._zone, grain)
        self._shelves: dict[str, _Shelf] = {}
        self._receipts: list[Receipt] = []

    def move(self, movement: Movement) -> None:
        if movement.bucket is not Bucket.SELLABLE:
            return
        month, span = self._span_of(movement.at)
        shelf = self._shelves.get(movement.sku)
        if shelf is None:
            shelf = self._shelves[movement.sku] = _Shelf(month, span)
        assert shelf.month <= month, "movements are fed oldest first"
        if shelf.month != month:
            self._receive(movement.sku, shelf)
            shelf.month = month
        shelf.move(span, movement.delta)

    def close(self) -> list[Receipt]:
        """Give all receipts, by month and code. The planner ends here."""
        for sku, shelf in self._shelves.items():
            self._receive(sku, shelf)
        self._shelves.clear()
        return sorted(self._receipts, key=lambda receipt: (receipt.month, receipt.sku))

    def _receive(self, sku: str, shelf: "_Shelf") -> None:
        shortage = shelf.fill()
        if shortage:
            start = datetime(shelf.month.year, shelf.month.month, 1, tzinfo=self._zone).astimezone(UTC)
            self._receipts.append(Receipt(sku, shelf.month, start, shortage))


class _Shelf:
    """The stock of one code within one month, as if nothing were received in it; it may go below zero."""

    __slots__ = ("arriving", "lowest", "month", "on_hand", "span")

    def __init__(self, month: date, span: datetime | date) -> None:
        self.month = month
        self.span = span
        self.on_hand = self.lowest = self.arriving = 0

    def move(self, span: datetime | date, delta: int) -> None:
        if span != self.span:
            self._arrive(span)
        if delta > 0:
            self.arriving += delta
            return
        self.on_hand += delta
        if self.on_hand < self.lowest:
            self.lowest = self.on_hand

    def fill(self) -> int:
        """End the month: put in what it was short of, and tell how much that was."""
        self._arrive(self.span)
        shortage = -self.lowest
        self.on_hand += shortage
        self.lowest = 0
        return shortage

    def _arrive(self, span: datetime | date) -> None:
        self.span = span
        self.on_hand += self.arriving
        self.arriving = 0


def _span_finder(zone: ZoneInfo, grain: Grain) -> Callable[[datetime], tuple[date, datetime | date]]:
    @lru_cache(maxsize=1 << 16)
    def span_of(at: datetime) -> tuple[date, datetime | date]:
        day = at.astimezone(zone).date()
        month = day.replace(day=1)
        match grain:
            case Grain.INSTANT:
                return month, at
            case Grain.DAY:
                return month, day
            case Grain.MONTH:
                return month, month

    return span_of
