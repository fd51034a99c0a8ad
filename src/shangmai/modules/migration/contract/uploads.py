"""Sheets that people upload, and what they are carried out by."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.modules.migration.contract.errors import RowError
from shangmai.modules.migration.contract.runs import ImportId, ImportRun, UploadedSheet
from shangmai.modules.migration.contract.sheets import CellKind, SheetMapping

CARRY: Final = "migration.carry_sheet"


class SheetColumn(Struct, frozen=True, kw_only=True):
    """A column of a sheet: its header and the English one, how its cells are read, whether they may be empty."""

    header: str
    en: str
    kind: CellKind
    required: bool


class KnownSheet(Struct, frozen=True, kw_only=True):
    """A kind of sheet that can be brought in: the action of each row, the grant it asks for, its columns.

    `mapping`: how it is read, to save another one from for a sheet with other headers. `is_saved`: it is one of yours.
    """

    name: str
    zh: str
    en: str
    action: str
    grant: str
    columns: tuple[SheetColumn, ...]
    mapping: SheetMapping
    is_saved: bool


class BegunSheet(Struct, frozen=True, kw_only=True):
    """The run that brings a sheet in, and how many rows the sheet has. A finished run means it came in before."""

    run: ImportRun
    rows: int


class SheetLook(Struct, frozen=True, kw_only=True):
    """What a sheet holds: its headers, its first rows as text, and how many rows there are. 表头与示例行。"""

    headers: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    rows: int


class TriedSheet(Struct, frozen=True, kw_only=True):
    """What would become of the first rows of a sheet; nothing has changed. 试导入结果。

    `rows`: of the sheet; `tried`: of those, how many were tried. `ok` inputs would be accepted, `refused` ones not;
    several rows may be one input. `errors`: what is wrong, by row and column, all of it.
    """

    rows: int
    tried: int
    inputs: int
    ok: int
    refused: int
    errors: tuple[RowError, ...]


class CarrySheet(Struct, frozen=True, kw_only=True):
    """The job's payload."""

    import_id: ImportId
    upload: UploadedSheet


class PeopleOnly(Invalid):
    """Sheets are uploaded by people; a program calls the action itself, or runs `shangmai import`."""

    zh = "表格由人上传；程序请直接调用动作，或使用 shangmai import。"
