"""The goods and customers that an export mentions: what the catalog and the members have to know first."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from statistics import median_low

from msgspec import Struct

from shangmai.kernel.money import line_amount
from shangmai.modules.migration.contract import Kind, LineClass
from shangmai.modules.migration.rules.classes import Classified
from shangmai.modules.migration.rules.intents import ADJUST, RETURN, SALE

MOVED = SALE | RETURN | ADJUST
NAME_CHARS_MAX = 200


class Good(Struct, frozen=True):
    """A good: its code in the export, the name it is mostly sold under, and the median of the prices it was sold at."""

    code: str
    name: str
    price_minor: int


def goods_of(classified: Classified) -> list[Good]:
    """List the goods that move, by code; one that was never sold has no price, and perhaps its code for a name."""
    columns = classified.columns
    prices: defaultdict[str, list[Decimal]] = defaultdict(list)
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sku, name, price, kind, klass in zip(
        columns.sku, columns.description, columns.unit_price, classified.kind, classified.klass, strict=True
    ):
        if kind is Kind.GOODS and klass in MOVED:
            if klass is LineClass.SALE_GOODS:
                prices[sku].append(price)
            if klass is LineClass.SALE_GOODS or klass is LineClass.SALE_FREE_GOODS:
                names[sku][name] += 1
            else:
                names[sku][""] += 0
    currency = columns.mapping.currency
    return [
        Good(sku, _name(names[sku], sku), line_amount(1, median_low(prices[sku]), currency).minor if prices[sku] else 0)
        for sku in sorted(names)
    ]


def _name(names: Counter[str], code: str) -> str:
    """The most frequent name, of equally frequent ones the first in the alphabet."""
    named = sorted((-count, name) for name, count in names.items() if name.strip())
    return named[0][1][:NAME_CHARS_MAX] if named else code


def customers_of(classified: Classified) -> dict[str, datetime]:
    """Give each customer's reference the time it first occurs."""
    first: dict[str, datetime] = {}
    for invoice in classified.invoices:  # oldest first
        if invoice.customer_ref is not None:
            first.setdefault(invoice.customer_ref, invoice.at)
    return first
