"""The class of every line, and the documents that lines belong to.

A line's class follows from the kind of its code, whether its invoice is a cancellation, the signs of its quantity and
its price, and whether the invoice is a sale at all. The last decides about lines without a price: on a sale they are
goods given away; else they adjust stock. An invoice is a sale if it has a customer, a line with a price, or a line that
calls a good by a name it was sold under: whoever adjusts stock leaves the description empty or says why ('damages').
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.kernel.money import line_amount
from shangmai.modules.migration.contract import (
    Document,
    Kind,
    Line,
    LineClass,
    NegativeOutsideCancellation,
    OtherCustomer,
    PositiveInCancellation,
    PriceNegative,
    QuantityZero,
    RowError,
    Side,
    UnknownCode,
)
from shangmai.modules.migration.rules.columns import Columns
from shangmai.modules.migration.rules.mapping import kind_finder

# What a line of the kind is on a sale and on a cancellation.
_BY_KIND = {
    Kind.GOODS: (LineClass.SALE_GOODS, LineClass.RETURN_GOODS),
    Kind.FREIGHT: (LineClass.SALE_FREIGHT, LineClass.RETURN_FREIGHT),
    Kind.MANUAL: (LineClass.SALE_MANUAL, LineClass.RETURN_MANUAL),
    Kind.DISCOUNT: (LineClass.SALE_DISCOUNT, LineClass.RETURN_DISCOUNT),
    Kind.VOUCHER: (LineClass.SALE_VOUCHER, LineClass.RETURN_VOUCHER),
    Kind.SAMPLE: (LineClass.LEDGER_SAMPLE, LineClass.LEDGER_SAMPLE),
    Kind.BANK_CHARGE: (LineClass.FEE_BANK, LineClass.FEE_BANK),
    Kind.MARKETPLACE_FEE: (LineClass.FEE_MARKETPLACE, LineClass.FEE_MARKETPLACE),
    Kind.BAD_DEBT: (LineClass.LEDGER_BAD_DEBT, LineClass.LEDGER_BAD_DEBT),
    Kind.ADJUSTMENT: (LineClass.LEDGER_ADJUSTMENT, LineClass.LEDGER_ADJUSTMENT),
    Kind.TEST: (LineClass.TEST, LineClass.TEST),
}
assert _BY_KIND.keys() == set(Kind)
_MAY_BE_NEGATIVE = frozenset({Kind.BAD_DEBT, Kind.DISCOUNT})


class Invoice(Struct, frozen=True):
    """A document before its lines are put together: the places of its rows, in the order of the file."""

    number: str
    canceled: bool
    at: datetime
    customer_ref: str | None
    country: str | None
    places: list[int]


class Classified(Struct, frozen=True):
    """A file with a class for each row. Iterating gives its documents, oldest first, put together one by one."""

    columns: Columns
    kind: list[Kind | None]
    amount_minor: list[int]
    side: list[Side]
    klass: list[LineClass]
    invoices: list[Invoice]
    errors: tuple[RowError, ...]  # by row; those of unreadable cells among them

    def __iter__(self) -> Iterator[Document]:
        return map(self._document, self.invoices)

    def _document(self, invoice: Invoice) -> Document:
        columns, places = self.columns, invoice.places
        lines = tuple(
            Line(
                place + 1,
                line_no,
                columns.sku[place],
                columns.description[place],
                columns.quantity[place],
                columns.unit_price[place],
                self.amount_minor[place],
                self.kind[place],
                self.klass[place],
                self.side[place],
            )
            for line_no, place in enumerate(places, 1)
        )
        return Document(
            invoice.number,
            invoice.canceled,
            invoice.at,
            places[0] + 1,
            invoice.customer_ref,
            invoice.country,
            lines,
        )


def classify(columns: Columns) -> Classified:
    """Give every row its amount, side and class, and group rows into invoices by number (and being canceled)."""
    kinds, sides = _kinds(columns), _sides(columns)
    invoices = _invoices(columns)
    classes = [LineClass.ERROR] * len(columns)
    errors = list(columns.errors)
    sold_names = _sold_names(columns, sides)
    for invoice in invoices:
        sells = _sells(invoice, columns, sides, sold_names)
        for place in invoice.places:
            customer_ref = columns.customer_ref[place]
            quantity, price = columns.quantity[place], columns.unit_price[place]
            verdict = class_of(kinds[place], sides[place], sells, _sign(quantity), price < 0)
            if customer_ref != invoice.customer_ref and customer_ref is not None:
                verdict = OtherCustomer
            if isinstance(verdict, LineClass):
                classes[place] = verdict
            else:
                errors.append(_row_error(verdict, place, invoice, columns))
    errors.sort(key=lambda error: error.row_no)
    return Classified(columns, kinds, _amounts(columns), sides, classes, invoices, tuple(errors))


@cache
def class_of(
    kind: Kind | None, side: Side, sells: bool, quantity_sign: int, price_negative: bool
) -> LineClass | type[Invalid]:
    """Name the class of a readable line, or what is wrong with it; `sells`: its invoice is a sale."""
    fault = _fault_of(kind, side, quantity_sign, price_negative)
    if fault is not None:
        return fault
    assert kind is not None, "a code without a kind is a fault"
    if kind is Kind.TEST:
        return LineClass.TEST
    sold, returned = _BY_KIND[kind]
    match side:
        case Side.CANCELLATION:
            return returned
        case Side.FREE:
            return _class_without_price(kind, sold, quantity_sign > 0, sells)
        case _:
            return sold


def _class_without_price(kind: Kind, sold: LineClass, positive: bool, sells: bool) -> LineClass:
    if positive and sells:
        return LineClass.SALE_FREE_GOODS if kind is Kind.GOODS else sold
    if kind is not Kind.GOODS:
        return LineClass.STOCK_NOT_STOCKED
    return LineClass.STOCK_FOUND if positive else LineClass.STOCK_WRITE_OFF


def _fault_of(kind: Kind | None, side: Side, quantity_sign: int, price_negative: bool) -> type[Invalid] | None:
    if kind is None:
        return UnknownCode
    if quantity_sign == 0:
        return QuantityZero
    if side is Side.CANCELLATION and quantity_sign > 0:
        return PositiveInCancellation
    if price_negative:
        return None if kind in _MAY_BE_NEGATIVE else PriceNegative
    return NegativeOutsideCancellation if side is Side.NEGATIVE else None


def side_of(canceled: bool, quantity: int, unit_price: Decimal) -> Side:
    """Tell the side of a readable line."""
    if canceled:
        return Side.CANCELLATION
    if not unit_price:
        return Side.FREE
    return Side.SALE if quantity > 0 and unit_price > 0 else Side.NEGATIVE


def _sign(quantity: int) -> int:
    return (quantity > 0) - (quantity < 0)


def _kinds(columns: Columns) -> list[Kind | None]:
    kind_of = kind_finder(columns.mapping)
    known = {sku: kind_of(sku) for sku in set(columns.sku)}
    return [known[sku] for sku in columns.sku]


def _amounts(columns: Columns) -> list[int]:
    @lru_cache(maxsize=1 << 17)
    def amount_minor(quantity: int, unit_price: Decimal) -> int:
        return line_amount(quantity, unit_price, columns.mapping.currency).minor

    amounts = list(map(amount_minor, columns.quantity, columns.unit_price))
    for place in columns.unreadable:
        amounts[place] = 0
    return amounts


def _sides(columns: Columns) -> list[Side]:
    sides = list(map(side_of, columns.canceled, columns.quantity, columns.unit_price))
    for place in columns.unreadable:
        sides[place] = Side.UNREADABLE
    return sides


def _invoices(columns: Columns) -> list[Invoice]:
    groups: defaultdict[tuple[str, bool], list[int]] = defaultdict(list)
    for place, key in enumerate(zip(columns.number, columns.canceled, strict=True)):
        groups[key].append(place)
    if columns.unreadable:
        groups = _without(columns.unreadable, groups)
    invoices = [_invoice(number, canceled, places, columns) for (number, canceled), places in groups.items()]
    return sorted(invoices, key=lambda invoice: (invoice.at, invoice.places[0]))


def _without(
    unreadable: frozenset[int], groups: Mapping[tuple[str, bool], list[int]]
) -> defaultdict[tuple[str, bool], list[int]]:
    left = {key: [place for place in places if place not in unreadable] for key, places in groups.items()}
    return defaultdict(list, {key: places for key, places in left.items() if places})


def _invoice(number: str, canceled: bool, places: list[int], columns: Columns) -> Invoice:
    def first(values: list[str | None]) -> str | None:
        return next((values[place] for place in places if values[place] is not None), None)

    at = min(columns.at[place] for place in places)
    return Invoice(number, canceled, at, first(columns.customer_ref), first(columns.country), places)


def _sold_names(columns: Columns, sides: list[Side]) -> set[tuple[str, str]]:
    named = zip(columns.sku, columns.description, sides, strict=True)
    return {(sku, description) for sku, description, side in named if side is Side.SALE and description}


def _sells(invoice: Invoice, columns: Columns, sides: list[Side], sold_names: set[tuple[str, str]]) -> bool:
    if invoice.customer_ref is not None:
        return True
    return any(
        sides[place] is not Side.FREE
        or (columns.quantity[place] > 0 and (columns.sku[place], columns.description[place]) in sold_names)
        for place in invoice.places
    )


def _row_error(fault: type[Invalid], place: int, invoice: Invoice, columns: Columns) -> RowError:
    names = columns.mapping.columns
    at_fault: dict[type[Invalid], tuple[str | None, object]] = {
        UnknownCode: (names.code, columns.sku[place]),
        OtherCustomer: (names.customer, columns.customer_ref[place]),
        PriceNegative: (names.unit_price, columns.unit_price[place]),
    }
    header, value = at_fault.get(fault, (names.quantity, columns.quantity[place]))
    assert header is not None, "a column that is not there has no wrong value"
    return RowError.of(place + 1, header, fault(value=str(value)[:40], owner=invoice.customer_ref))
