"""Mappings by name: those that come with us, those that were saved, those in a file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.migration import queries
from shangmai.modules.migration.contract import (
    MappingInvalid,
    MappingNotFound,
    MappingOfOther,
    OneMapping,
    OrderMapping,
    SavedMapping,
    SaveMapping,
    SheetMapping,
)
from shangmai.modules.migration.rules import (
    read_mapping,
    read_sheet_mapping,
    shipped_mapping,
    shipped_mappings,
    shipped_sheets,
)

ORDERS = "orders"
SHEET = "sheet"


@action("migration.save_mapping", grant="migration.save_mapping", errors=[OneMapping])
async def save_mapping(tx: Tx, do: SaveMapping) -> SavedMapping:
    """Save how a kind of file is read, under its name; a change makes a new version, and the newest is used.

    Saving what is saved already changes nothing. Raises: OneMapping.
    """
    mapping = do.sheet or do.orders
    if mapping is None or (do.sheet and do.orders):
        raise OneMapping()
    kind, plain = SHEET if do.sheet else ORDERS, msgspec.json.decode(msgspec.json.encode(mapping))
    await queries.lock_mapping(tx, mapping.name)
    newest = await queries.find_mapping(tx, mapping.name)
    if newest is not None and newest[1:] == (kind, plain):
        return newest[0]
    saved = SavedMapping(name=mapping.name, version=1 if newest is None else newest[0].version + 1)
    await queries.insert_mapping(tx, saved, kind, plain)
    return saved


async def get_order_mapping(tx: Tx, name: str) -> OrderMapping:
    """The mapping of an order export: a JSON file, a saved one, one that comes with us.

    Raises: MappingNotFound, MappingOfOther, MappingInvalid.
    """
    if name.endswith(".json"):
        return read_mapping(_read(Path(name)))
    found = await queries.find_mapping(tx, name)
    if found is not None:
        if found[1] != ORDERS:
            raise MappingOfOther(name=name, action="a sheet", wanted=ORDERS)
        return read_mapping(msgspec.json.encode(found[2]))
    if name in shipped_mappings():
        return shipped_mapping(name)
    raise MappingNotFound(name=name, present=", ".join(sorted({*shipped_mappings(), *await queries.mapping_names(tx)})))


async def saved_sheets(tx: Tx) -> list[SheetMapping]:
    """The mappings of sheets that were saved, each as it is now."""
    return [read_sheet_mapping(msgspec.json.encode(plain)) for plain in await queries.saved_mappings(tx, SHEET)]


async def find_sheet_mapping(tx: Tx, name: str) -> SheetMapping:
    """The mapping of a sheet: a saved one, one that comes with us. Raises: MappingNotFound, MappingOfOther."""
    found = await queries.find_mapping(tx, name)
    if found is not None and found[1] != SHEET:
        raise MappingOfOther(name=name, action=ORDERS, wanted=SHEET)
    if found is not None:
        return read_sheet_mapping(msgspec.json.encode(found[2]))
    shipped = {mapping.name: mapping for mapping in shipped_sheets()}
    if name not in shipped:
        raise MappingNotFound(name=name, present=", ".join(sorted({*shipped, *await queries.mapping_names(tx)})))
    return shipped[name]


async def get_sheet_mapping(tx: Tx, name: str, action: str) -> SheetMapping:
    """The mapping of a sheet for an action: a JSON file, a saved one, one that comes with us.

    Raises: MappingNotFound, MappingOfOther, MappingInvalid.
    """
    if name.endswith(".json"):
        mapping = read_sheet_mapping(_read(Path(name)))
    else:
        mapping = await find_sheet_mapping(tx, name)
    if mapping.action != action:
        raise MappingOfOther(name=mapping.name, action=mapping.action, wanted=action)
    return mapping


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise MappingInvalid(problem=cause.strerror or str(cause), path=str(path)) from None
