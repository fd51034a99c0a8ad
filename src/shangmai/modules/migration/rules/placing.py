"""Sales and returns as the actions of orders take them, but for ids: lines, totals, which line comes back to which."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from shangmai.modules.migration.contract import Line, MatchedPiece, ReturnMatch, SaleIntent
from shangmai.modules.migration.rules.classes import Classified
from shangmai.modules.migration.rules.intents import SALE


class Sold(Struct, frozen=True):
    """A sale's lines that stand on the order, and what its discount lines (below zero) take off."""

    lines: tuple[Line, ...]
    total_minor: int
    discount_minor: int

    @property
    def paid_minor(self) -> int:
        return max(self.total_minor - self.discount_minor, 0)

    @property
    def discounted_minor(self) -> int:
        """The part of the order that is settled by its discount."""
        return self.total_minor - self.paid_minor


def sold(intent: SaleIntent) -> Sold:
    """Part the lines of a sale: an order has no line below zero, so a discount on it is a way to pay."""
    lines = tuple(line for line in intent.lines if line.amount_minor >= 0)
    if len(lines) == len(intent.lines):
        return Sold(lines, sum(line.amount_minor for line in lines), 0)
    discount_minor = -sum(line.amount_minor for line in intent.lines if line.amount_minor < 0)
    return Sold(lines, sum(line.amount_minor for line in lines), discount_minor)


class LineReturn(Struct, frozen=True):
    """What comes back of one line of an order, with one return."""

    line: int
    quantity: int
    refund_minor: int


def returned_by_order(match: ReturnMatch, order_line: Mapping[int, int]) -> dict[str, list[LineReturn]]:
    """Put a return's pieces together by the sale they came from and its lines, in the order of the lines."""
    pieces: defaultdict[str, defaultdict[int, list[MatchedPiece]]] = defaultdict(lambda: defaultdict(list))
    for piece in match.pieces:
        pieces[piece.sale_number][order_line[piece.sale_row_no]].append(piece)
    return {
        number: [
            LineReturn(line, sum(p.quantity for p in by_line[line]), sum(p.refund_minor for p in by_line[line]))
            for line in sorted(by_line)
        ]
        for number, by_line in pieces.items()
    }


def order_lines(classified: Classified, matches: Iterable[ReturnMatch]) -> dict[int, int]:
    """Give each sold row that something comes back to the number of its line on the order."""
    wanted = {piece.sale_row_no - 1: piece.sale_number for match in matches for piece in match.pieces}
    numbers = set(wanted.values())
    found: dict[int, int] = {}
    for invoice in classified.invoices:
        if invoice.number in numbers and not invoice.canceled:
            ordered = _ordered(classified, invoice.places)
            found |= {place + 1: line for line, place in enumerate(ordered, 1) if place in wanted}
    return found


def _ordered(classified: Classified, places: Collection[int]) -> list[int]:
    """The places of the lines that stand on an order, as `sold` chooses them."""
    return [place for place in places if classified.klass[place] in SALE and classified.amount_minor[place] >= 0]
