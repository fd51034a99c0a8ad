"""Decisions of migration, all pure: from rows to columns, classes, documents, intents, matches, receipts, a report.

The usual way: `columns_from_arrow` or `columns_from_rows`, then `classify`, then `survey` (matches, receipts, costs and
the report, before anything is imported); then take the classified file in `chunks`, each of which is carried out by the
actions of other modules. A sheet for any action is another, shorter way: `filling`.
"""

from shangmai.modules.migration.rules.classes import Classified, classify
from shangmai.modules.migration.rules.codes import sku_codes
from shangmai.modules.migration.rules.columns import Columns, columns_from_arrow, columns_from_rows
from shangmai.modules.migration.rules.costs import assumed_unit_costs
from shangmai.modules.migration.rules.entries import Purpose, of_posting, of_return, summary_of, voucher
from shangmai.modules.migration.rules.facts import facts_of, imported_minor, revenue_minor
from shangmai.modules.migration.rules.filling import (
    Column,
    Filled,
    Filler,
    Known,
    codes_in,
    columns_of,
    grouped,
    missing_headers,
    parse_path,
    plain_mapping,
)
from shangmai.modules.migration.rules.goods import Good, customers_of, goods_of
from shangmai.modules.migration.rules.intents import intents_of
from shangmai.modules.migration.rules.limits import unfit
from shangmai.modules.migration.rules.mapping import (
    read_mapping,
    read_sheet_mapping,
    reason_finder,
    shipped_mapping,
    shipped_mappings,
    shipped_sheets,
)
from shangmai.modules.migration.rules.placing import LineReturn, Sold, order_lines, returned_by_order, sold
from shangmai.modules.migration.rules.portions import Chunk, Numbered, chunks, document_name, named_document
from shangmai.modules.migration.rules.returns import ReturnMatcher, bought_by_returners
from shangmai.modules.migration.rules.stock import StockPlanner, movements_of, stock_plan
from shangmai.modules.migration.rules.survey import Survey, survey

__all__ = [
    "Chunk",
    "Classified",
    "Column",
    "Columns",
    "Filled",
    "Filler",
    "Good",
    "Known",
    "LineReturn",
    "Numbered",
    "Purpose",
    "ReturnMatcher",
    "Sold",
    "StockPlanner",
    "Survey",
    "assumed_unit_costs",
    "bought_by_returners",
    "chunks",
    "classify",
    "codes_in",
    "columns_from_arrow",
    "columns_from_rows",
    "columns_of",
    "customers_of",
    "document_name",
    "facts_of",
    "goods_of",
    "grouped",
    "imported_minor",
    "intents_of",
    "missing_headers",
    "movements_of",
    "named_document",
    "of_posting",
    "of_return",
    "order_lines",
    "parse_path",
    "plain_mapping",
    "read_mapping",
    "read_sheet_mapping",
    "reason_finder",
    "returned_by_order",
    "revenue_minor",
    "shipped_mapping",
    "shipped_mappings",
    "shipped_sheets",
    "sku_codes",
    "sold",
    "stock_plan",
    "summary_of",
    "survey",
    "unfit",
    "voucher",
]
