"""What documents are to become here, and what was found out on the way. Independent of the modules that will do it."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from shangmai.modules.migration.contract.errors import RowError
from shangmai.modules.migration.contract.lines import (
    AdjustReason,
    Bucket,
    Kind,
    Line,
    LineClass,
    MovementReason,
    Side,
    UnmatchedReason,
)


class SaleIntent(Struct, frozen=True):
    """An order to place, pay and ship at `at`. Two lines of one code stay two lines."""

    number: str
    customer_ref: str | None
    at: datetime
    country: str | None
    lines: tuple[Line, ...]


class ReturnLine(Struct, frozen=True, gc=False):
    """A line that comes back: its quantity is positive here, and its amount is what the customer gets.

    Only a discount line has a negative amount: the discount of what comes back is lost.
    """

    row_no: int
    line_no: int
    sku: str
    quantity: int
    unit_price: Decimal
    amount_minor: int
    kind: Kind


class ReturnIntent(Struct, frozen=True):
    """A return to take in and refund. `first_row_no` decides between a sale and a return at the same instant."""

    number: str
    customer_ref: str | None
    at: datetime
    country: str | None
    first_row_no: int
    lines: tuple[ReturnLine, ...]


class AdjustIntent(Struct, frozen=True):
    """Stock to add (delta > 0) or to write off (delta < 0)."""

    number: str
    at: datetime
    row_no: int
    sku: str
    delta: int
    reason: AdjustReason
    note: str


class LedgerIntent(Struct, frozen=True):
    """Money to post that no order stands behind. Positive: owed to us; negative: a cost, or owed by us."""

    kind: Kind
    number: str
    at: datetime
    row_no: int
    customer_ref: str | None
    amount_minor: int
    note: str


Intent = SaleIntent | ReturnIntent | AdjustIntent | LedgerIntent


class MatchedPiece(Struct, frozen=True, gc=False):
    """A part of a returned line, and the sold line it came from.

    `claimed_minor` is its share of what the return says, `paid_minor` its share of what was paid for the sold line.
    The refund is the smaller of both. The excess is the rest of the claim: price_higher_than_sold.
    """

    return_row_no: int
    sale_row_no: int
    sale_number: str
    sku: str
    quantity: int
    claimed_minor: int
    paid_minor: int

    @property
    def refund_minor(self) -> int:
        return min(self.claimed_minor, self.paid_minor)

    @property
    def excess_minor(self) -> int:
        return self.claimed_minor - self.refund_minor


class UnmatchedReturn(Struct, frozen=True, gc=False):
    """A returned quantity with no sale behind it, and its share of what the return says."""

    return_row_no: int
    sku: str
    quantity: int
    amount_minor: int
    reason: UnmatchedReason


class ReturnMatch(Struct, frozen=True):
    """A return, accounted for: pieces' refunds and excesses, unmatched and credits add up to its lines' amounts."""

    number: str
    pieces: tuple[MatchedPiece, ...]
    unmatched: tuple[UnmatchedReturn, ...]
    credits: tuple[ReturnLine, ...]  # money given back for no piece: manual entries, discounts

    @property
    def refund_minor(self) -> int:
        return sum(piece.refund_minor for piece in self.pieces)

    @property
    def excess_minor(self) -> int:
        return sum(piece.excess_minor for piece in self.pieces)


class Movement(Struct, frozen=True, gc=False):
    """Pieces of a good that come (delta > 0) or go (delta < 0)."""

    sku: str
    at: datetime
    delta: int
    bucket: Bucket
    reason: MovementReason


class Receipt(Struct, frozen=True, gc=False):
    """Pieces to receive at the first instant of a local month, so that the sales of that month can ship."""

    sku: str
    month: date  # its first day
    at: datetime  # UTC
    quantity: int


class ClassTotal(Struct, frozen=True):
    klass: LineClass
    side: Side
    lines: int
    quantity: int
    amount_minor: int


class UnmatchedTotal(Struct, frozen=True):
    reason: UnmatchedReason
    lines: int
    quantity: int
    amount_minor: int


class ReturnTotals(Struct, frozen=True):
    """Refund, excess, unmatched and credits are together what the return lines say."""

    returns: int
    pieces: int
    matched_quantity: int
    refund_minor: int
    excess_pieces: int
    excess_minor: int
    credit_lines: int
    credit_minor: int
    unmatched: tuple[UnmatchedTotal, ...]

    @property
    def total_minor(self) -> int:
        unmatched_minor = sum(total.amount_minor for total in self.unmatched)
        return self.refund_minor + self.excess_minor + self.credit_minor + unmatched_minor


class Report(Struct, frozen=True):
    """What the whole file is made of. `invoices` counts the documents that have a line on that side."""

    rows: int
    documents: int
    classes: tuple[ClassTotal, ...]
    invoices: dict[Side, int]
    adjust_reasons: dict[AdjustReason, tuple[int, int]]  # lines, pieces (signed)
    returns: ReturnTotals
    errors: tuple[RowError, ...]

    def lines_on(self, *sides: Side) -> int:
        return sum(total.lines for total in self.classes if total.side in sides)

    def amount_on(self, *sides: Side) -> int:
        """Add up the minor units on these sides of the export's own totals."""
        return sum(total.amount_minor for total in self.classes if total.side in sides)
