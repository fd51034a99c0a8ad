"""A line of the export: what its code is, which class it falls into, and the document it stands in."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a code stands for, by the mapping. Everything but goods is money without pieces."""

    GOODS = "goods"
    FREIGHT = "freight"
    MANUAL = "manual"  # typed in by hand: no code, so no stock
    DISCOUNT = "discount"
    VOUCHER = "voucher"
    SAMPLE = "sample"
    BANK_CHARGE = "bank_charge"
    MARKETPLACE_FEE = "marketplace_fee"
    BAD_DEBT = "bad_debt"
    ADJUSTMENT = "adjustment"  # of a customer's account, in money; stock is adjusted under the code of the good
    TEST = "test"


class LineClass(StrEnum):
    """What becomes of a line. Every line has exactly one."""

    SALE_GOODS = "sale.goods"
    SALE_FREE_GOODS = "sale.free_goods"  # price 0 on a sale: the goods leave, nothing is paid
    SALE_FREIGHT = "sale.freight"
    SALE_MANUAL = "sale.manual"
    SALE_DISCOUNT = "sale.discount"  # a discount taken back
    SALE_VOUCHER = "sale.voucher"
    RETURN_GOODS = "return.goods"
    RETURN_FREIGHT = "return.freight"
    RETURN_MANUAL = "return.manual"
    RETURN_DISCOUNT = "return.discount"  # a discount granted after the sale
    RETURN_VOUCHER = "return.voucher"
    STOCK_FOUND = "stock.found"
    STOCK_WRITE_OFF = "stock.write_off"
    STOCK_NOT_STOCKED = "stock.not_stocked"  # pieces of what has none (1,000 × postage): counted, not imported
    FEE_BANK = "fee.bank"
    FEE_MARKETPLACE = "fee.marketplace"
    LEDGER_ADJUSTMENT = "ledger.adjustment"
    LEDGER_BAD_DEBT = "ledger.bad_debt"
    LEDGER_SAMPLE = "ledger.sample"
    TEST = "test"  # counted, not imported
    ERROR = "error"  # listed row by row, not imported


class Side(StrEnum):
    """On which side of the export's own totals a line stands, whatever it means; one for each line."""

    SALE = "sale"  # no cancellation, quantity > 0, price > 0
    CANCELLATION = "cancellation"
    FREE = "free"  # no cancellation, price 0
    NEGATIVE = "negative"  # no cancellation, and the price or the quantity is below zero
    UNREADABLE = "unreadable"  # a value could not be read: no amount


class AdjustReason(StrEnum):
    """Why stock was adjusted, read from the description by the mapping."""

    DAMAGED = "damaged"
    MISSING = "missing"
    FOUND = "found"
    COUNTED = "counted"
    SOLD_ELSEWHERE = "sold_elsewhere"
    GIVEN_AWAY = "given_away"
    DISPLAY = "display"
    MISCODED = "miscoded"
    UNCLEAR = "unclear"  # the description asks itself: '?'
    OTHER = "other"
    UNSTATED = "unstated"


class UnmatchedReason(StrEnum):
    """Why a returned quantity could not be matched to a sale."""

    NO_CUSTOMER = "no_customer"
    NEVER_BOUGHT = "never_bought"  # not in this file; perhaps before it begins
    BOUGHT_LATER = "bought_later"
    MORE_THAN_BOUGHT = "returned_more_than_bought"


class Bucket(StrEnum):
    SELLABLE = "sellable"
    QUARANTINE = "quarantine"


class MovementReason(StrEnum):
    SHIPPED = "shipped"
    RETURNED = "returned"
    RETURNED_UNMATCHED = "returned_unmatched"
    FOUND = "found"
    WRITTEN_OFF = "written_off"


class Grain(StrEnum):
    """Within which span stock that comes in may not be counted on by stock that goes out."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"


class Line(Struct, frozen=True, gc=False):
    """One row. Signs are those of a sale: quantity and amount are negative on a cancellation."""

    row_no: int  # of the file: the first row after the header is 1
    line_no: int  # within the document, from 1, in the order of the file
    sku: str  # the code, normalised
    description: str
    quantity: int
    unit_price: Decimal
    amount_minor: int  # quantity × unit_price, rounded half away from zero
    kind: Kind | None  # None: the mapping does not know the code
    klass: LineClass
    side: Side


class Document(Struct, frozen=True):
    """The lines of one invoice. A number that holds both sold and canceled lines makes two documents."""

    number: str
    canceled: bool
    at: datetime  # UTC; the earliest of its lines
    first_row_no: int
    customer_ref: str | None
    country: str | None
    lines: tuple[Line, ...]
