"""Importing what other systems and people's sheets hold, through the actions."""

from shangmai.modules.migration.service.filling import SheetImport
from shangmai.modules.migration.service.importing import OrderImport
from shangmai.modules.migration.service.mappings import get_order_mapping, get_sheet_mapping, save_mapping
from shangmai.modules.migration.service.reading import read_orders
from shangmai.modules.migration.service.runs import get_import, list_imports, list_of, start_import
from shangmai.modules.migration.service.uploading import (
    begin_sheet,
    carry_sheet,
    known_sheets,
    look_at,
    store,
    try_sheet,
)

__all__ = [
    "OrderImport",
    "SheetImport",
    "begin_sheet",
    "carry_sheet",
    "get_import",
    "get_order_mapping",
    "get_sheet_mapping",
    "known_sheets",
    "list_imports",
    "list_of",
    "look_at",
    "read_orders",
    "save_mapping",
    "start_import",
    "store",
    "try_sheet",
]
