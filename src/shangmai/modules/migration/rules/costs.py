"""Unit costs where the export has none: an assumption of the mapping, not a fact of the file."""

from collections import defaultdict
from decimal import Decimal
from statistics import median_low

from shangmai.modules.migration.contract import Kind, LineClass
from shangmai.modules.migration.rules.classes import Classified


def assumed_unit_costs(classified: Classified) -> dict[str, Decimal]:
    """Give every good a unit cost: the assumed share of the median price of its sold lines (of two, the lower).

    A good that was never sold at a price gets `unit_cost_if_never_sold`.
    """
    assumptions = classified.columns.mapping.assumptions
    prices: defaultdict[str, list[Decimal]] = defaultdict(list)
    goods: dict[str, None] = {}
    columns = classified.columns
    for sku, unit_price, kind, klass in zip(
        columns.sku, columns.unit_price, classified.kind, classified.klass, strict=True
    ):
        if kind is Kind.GOODS:
            goods[sku] = None
            if klass is LineClass.SALE_GOODS:
                prices[sku].append(unit_price)
    share = assumptions.unit_cost_share_of_median_price
    never_sold = assumptions.unit_cost_if_never_sold
    return {sku: median_low(prices[sku]) * share if sku in prices else never_sold for sku in sorted(goods)}
