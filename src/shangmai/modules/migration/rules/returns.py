"""Matching what customers return to what they bought.

A cancellation invoice names no original invoice, so each returned line looks among the lines of the same code that the
same customer bought before: those take it back one after the other (oldest first, unless the mapping says that lines of
the same price come first), each never more than is left on it. One return may take from several orders, and may find
only a part; the rest is unmatched, with a reason. Before means: an earlier time, or the same time and an earlier row.

Money. The line's amount is what the return claims. It is split over the pieces and the unmatched rest by quantity
(largest remainder), so nothing is lost. A piece's paid share is what the sold line paid for these pieces: of the line's
amount, the part up to the pieces returned so far less the part before, so that all pieces together give exactly the
amount. The refund is the smaller of claim and paid share; what a claim has more is its excess. Hence

    refund + excess + unmatched + credits  =  the amounts of the return lines, to the minor unit
    refunds on a sold line                <=  what was paid for it

Goods, freight and vouchers can be matched. A manual entry or a discount has no piece to give back: it is a credit.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from shangmai.kernel.money import allocate, round_ratio
from shangmai.modules.migration.contract import (
    Kind,
    Line,
    LineClass,
    MatchedPiece,
    MatchOrder,
    ReturnIntent,
    ReturnLine,
    ReturnMatch,
    SaleIntent,
    UnmatchedReason,
    UnmatchedReturn,
)
from shangmai.modules.migration.rules.classes import Classified, Invoice
from shangmai.modules.migration.rules.intents import RETURN, SALE

Bought = tuple[str, str]  # customer and code

MATCHABLE = frozenset({Kind.GOODS, Kind.FREIGHT, Kind.VOUCHER})


class ReturnMatcher:
    """What customers could still give back, as of one moment: feed it every sale and return, oldest first.

    `bought` tells how many pieces each customer bought of each code in the whole file; a pair that is not in it is
    never asked back, and its sales need not be remembered (`bought_by_returners` makes it). Fed the same documents, it
    gives the same matches: to resume a run, feed it from the start of the file.
    """

    def __init__(self, bought: Mapping[Bought, int], order: MatchOrder = MatchOrder.OLDEST) -> None:
        self._bought = bought
        self._order = order
        self._sold: dict[Bought, list[_SoldLine]] = {}
        self._now = datetime.min.replace(tzinfo=UTC)

    def ship(self, sale: SaleIntent) -> None:
        """Remember what a customer could give back."""
        self._advance(sale.at)
        customer_ref = sale.customer_ref
        if customer_ref is None:
            return
        for line in sale.lines:
            key = (customer_ref, line.sku)
            if key in self._bought and line.kind in MATCHABLE:
                self._sold.setdefault(key, []).append(_SoldLine(sale.number, line))

    def take_back(self, intent: ReturnIntent) -> ReturnMatch:
        """Match a return to what is left of what its customer bought so far."""
        self._advance(intent.at)
        pieces: list[MatchedPiece] = []
        unmatched: list[UnmatchedReturn] = []
        credits: list[ReturnLine] = []
        for line in intent.lines:
            if line.kind in MATCHABLE:
                self._match(line, intent.customer_ref, pieces, unmatched)
            else:
                credits.append(line)
        return ReturnMatch(intent.number, tuple(pieces), tuple(unmatched), tuple(credits))

    def _advance(self, at: datetime) -> None:
        assert at >= self._now, "sales and returns are fed oldest first"
        self._now = at

    def _match(
        self,
        line: ReturnLine,
        customer_ref: str | None,
        pieces: list[MatchedPiece],
        unmatched: list[UnmatchedReturn],
    ) -> None:
        sold = self._sold.get((customer_ref, line.sku), []) if customer_ref is not None else []
        taken = _take(line.quantity, self._in_order(sold, line.unit_price))
        rest = line.quantity - sum(quantity for _, quantity in taken)
        *claims, claim_of_rest = allocate(line.amount_minor, [*(quantity for _, quantity in taken), rest])
        for (origin, quantity), claimed_minor in zip(taken, claims, strict=True):
            pieces.append(origin.give_back(line, quantity, claimed_minor))
        if rest:
            reason = self._reason(customer_ref, line.sku)
            unmatched.append(UnmatchedReturn(line.row_no, line.sku, rest, claim_of_rest, reason))

    def _in_order(self, sold: "list[_SoldLine]", unit_price: Decimal) -> "list[_SoldLine]":
        if self._order is MatchOrder.OLDEST:
            return sold
        return sorted(sold, key=lambda origin: origin.unit_price != unit_price)  # stable: then the oldest

    def _reason(self, customer_ref: str | None, sku: str) -> UnmatchedReason:
        if customer_ref is None:
            return UnmatchedReason.NO_CUSTOMER
        if (customer_ref, sku) in self._sold:
            return UnmatchedReason.MORE_THAN_BOUGHT
        later = self._bought.get((customer_ref, sku), 0)
        return UnmatchedReason.BOUGHT_LATER if later else UnmatchedReason.NEVER_BOUGHT


def bought_by_returners(classified: Classified) -> dict[Bought, int]:
    """Count, for every customer and code that the file returns, the pieces bought in the whole file (perhaps none)."""
    canceled = (invoice for invoice in classified.invoices if invoice.canceled)
    bought = dict.fromkeys((key for _, key in _matchable(classified, canceled, RETURN)), 0)
    returners = {customer_ref for customer_ref, _ in bought}
    theirs = (invoice for invoice in classified.invoices if invoice.customer_ref in returners)
    for place, key in _matchable(classified, theirs, SALE):
        if key in bought:
            bought[key] += classified.columns.quantity[place]
    return bought


def _matchable(
    classified: Classified, invoices: Iterable[Invoice], classes: frozenset[LineClass]
) -> Iterator[tuple[int, Bought]]:
    for invoice in invoices:
        if invoice.customer_ref is None:
            continue
        for place in invoice.places:
            if classified.klass[place] in classes and classified.kind[place] in MATCHABLE:
                yield place, (invoice.customer_ref, classified.columns.sku[place])


class _SoldLine:
    """A sold line, and how much of it can still come back."""

    __slots__ = ("left", "number", "paid_minor", "quantity", "row_no", "unit_price")

    def __init__(self, number: str, line: Line) -> None:
        self.number = number
        self.row_no = line.row_no
        self.quantity = self.left = line.quantity
        self.paid_minor = line.amount_minor
        self.unit_price = line.unit_price

    def give_back(self, line: ReturnLine, quantity: int, claimed_minor: int) -> MatchedPiece:
        assert 0 < quantity <= self.left, "a sold line takes back what is left on it"
        before = self.quantity - self.left
        paid_minor = self._paid_up_to(before + quantity) - self._paid_up_to(before)
        self.left -= quantity
        return MatchedPiece(line.row_no, self.row_no, self.number, line.sku, quantity, claimed_minor, paid_minor)

    def _paid_up_to(self, pieces: int) -> int:
        return round_ratio(self.paid_minor * pieces, self.quantity)


def _take(quantity: int, sold: Iterable[_SoldLine]) -> list[tuple[_SoldLine, int]]:
    """Take up to `quantity` from the lines in this order."""
    taken: list[tuple[_SoldLine, int]] = []
    for origin in sold:
        if not quantity:
            break
        part = min(quantity, origin.left)
        if part:
            taken.append((origin, part))
            quantity -= part
    return taken
