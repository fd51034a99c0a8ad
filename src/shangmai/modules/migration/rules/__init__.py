"""Decisions of migration, all pure: from rows to columns, classes, documents, intents, matches, receipts, a report.

The usual way: `columns_from_arrow` or `columns_from_rows`, then `classify`, then `survey` (matches, receipts, costs and
the report, before anything is imported); then iterate the classified file and take each document's `intents_of`.
"""

from shangmai.modules.migration.rules.classes import Classified, classify
from shangmai.modules.migration.rules.columns import Columns, columns_from_arrow, columns_from_rows
from shangmai.modules.migration.rules.costs import assumed_unit_costs
from shangmai.modules.migration.rules.intents import intents_of
from shangmai.modules.migration.rules.mapping import read_mapping, reason_finder, shipped_mapping, shipped_mappings
from shangmai.modules.migration.rules.returns import ReturnMatcher, bought_by_returners
from shangmai.modules.migration.rules.stock import StockPlanner, movements_of, stock_plan
from shangmai.modules.migration.rules.survey import Survey, survey

__all__ = [
    "Classified",
    "Columns",
    "ReturnMatcher",
    "StockPlanner",
    "Survey",
    "assumed_unit_costs",
    "bought_by_returners",
    "classify",
    "columns_from_arrow",
    "columns_from_rows",
    "intents_of",
    "movements_of",
    "read_mapping",
    "reason_finder",
    "shipped_mapping",
    "shipped_mappings",
    "stock_plan",
    "survey",
]
