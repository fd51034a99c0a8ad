"""Sheets that people upload, and what they are carried out by."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import Invalid
from shangmai.modules.migration.contract.runs import ImportId, ImportRun, UploadedSheet
from shangmai.modules.migration.contract.sheets import CellKind

CARRY: Final = "migration.carry_sheet"


class SheetColumn(Struct, frozen=True, kw_only=True):
    """A column of a sheet: its header, how its cells are read, whether they may be empty."""

    header: str
    kind: CellKind
    required: bool


class KnownSheet(Struct, frozen=True, kw_only=True):
    """A kind of sheet that can be brought in: the action of each row, the grant it asks for, its columns."""

    name: str
    zh: str
    en: str
    action: str
    grant: str
    columns: tuple[SheetColumn, ...]


class BegunSheet(Struct, frozen=True, kw_only=True):
    """The run that brings a sheet in, and how many rows the sheet has. A finished run means it came in before."""

    run: ImportRun
    rows: int


class CarrySheet(Struct, frozen=True, kw_only=True):
    """The job's payload."""

    import_id: ImportId
    upload: UploadedSheet


class PeopleOnly(Invalid):
    """Sheets are uploaded by people; a program calls the action itself, or runs `shangmai import`."""

    zh = "表格由人上传；程序请直接调用动作，或使用 shangmai import。"
