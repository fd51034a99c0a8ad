"""From a document to what it is to become: at most one sale or return, and each adjustment or posting by itself."""

from collections.abc import Callable, Iterator

from shangmai.modules.migration.contract import (
    AdjustIntent,
    AdjustReason,
    Document,
    Intent,
    LedgerIntent,
    Line,
    LineClass,
    ReturnIntent,
    ReturnLine,
    SaleIntent,
)

SALE = frozenset(klass for klass in LineClass if klass.startswith("sale."))
RETURN = frozenset(klass for klass in LineClass if klass.startswith("return."))
ADJUST = frozenset({LineClass.STOCK_FOUND, LineClass.STOCK_WRITE_OFF})
LEDGER = frozenset(klass for klass in LineClass if klass.startswith(("fee.", "ledger.")))
NOT_IMPORTED = frozenset({LineClass.STOCK_NOT_STOCKED, LineClass.TEST, LineClass.ERROR})
assert set(LineClass) == SALE | RETURN | ADJUST | LEDGER | NOT_IMPORTED


def intents_of(document: Document, reason_of: Callable[[str], AdjustReason]) -> Iterator[Intent]:
    """Give the document's intents: the sale or return first, then the rest in the order of the lines."""
    sold = tuple(line for line in document.lines if line.klass in SALE)
    if sold:
        yield SaleIntent(document.number, document.customer_ref, document.at, document.country, sold)
    returned = tuple(_return_line(line) for line in document.lines if line.klass in RETURN)
    if returned:
        yield _return(document, returned)
    for line in document.lines:
        if line.klass in ADJUST:
            yield _adjust(document, line, reason_of(line.description))
        elif line.klass in LEDGER:
            yield _posting(document, line)


def _return(document: Document, lines: tuple[ReturnLine, ...]) -> ReturnIntent:
    return ReturnIntent(
        document.number, document.customer_ref, document.at, document.country, document.first_row_no, lines
    )


def _return_line(line: Line) -> ReturnLine:
    assert line.kind is not None
    assert line.quantity < 0, "a positive line of a cancellation is an error"
    return ReturnLine(
        line.row_no, line.line_no, line.sku, -line.quantity, line.unit_price, -line.amount_minor, line.kind
    )


def _adjust(document: Document, line: Line, reason: AdjustReason) -> AdjustIntent:
    return AdjustIntent(document.number, document.at, line.row_no, line.sku, line.quantity, reason, line.description)


def _posting(document: Document, line: Line) -> LedgerIntent:
    assert line.kind is not None
    return LedgerIntent(
        line.kind,
        document.number,
        document.at,
        line.row_no,
        document.customer_ref,
        line.amount_minor,
        line.description,
    )
