"""Decision tables, their versions, and the decisions they made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.tx import Item
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules.contract.errors import (
    CellInvalid,
    ConditionInvalid,
    ConditionNotYesOrNo,
    FactOfOtherKind,
    FactUnknown,
    NoRows,
    NothingBefore,
    NotInForce,
    OutcomeInvalid,
    RowTwice,
    SubjectUnknown,
    TableNotFound,
    TableSavedMeanwhile,
    VersionNotFound,
)
from shangmai.modules.rules.contract.facts import (
    BOOL,
    NUMBER,
    STRING,
    STRINGS,
    SUBJECTS,
    Fact,
    FactValue,
    Hit,
    Outcome,
    OutcomeValue,
    Subject,
    declare,
)

register_folder("rules", Path(__file__).parents[1])

TableId = NewType("TableId", UUID)
SubjectName = Annotated[
    str, Meta(pattern=r"^[a-z_]{1,30}\.[a-z_]{1,40}$(?!\n)", description="What is decided. 决策主题，如 orders.audit。")
]
RowId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", description="Unique within the table. 行编号。")]
Cell = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="A test of one fact: > 100, [1..5], 'a', 'b', not in ['c'], contains($, 'x'). Empty: any."
        " 对一个字段的判断，留空表示不限。",
    ),
]
Version = Annotated[int, Meta(ge=1, le=1_000_000)]
Note = Annotated[str, Meta(max_length=200, description="Why, for colleagues. 修改说明。")]


class Row(Struct, frozen=True, kw_only=True):
    """If every fact named in `when` passes its test, then the answers are those of `then`."""

    id: RowId
    when: dict[str, Cell] = {}
    then: dict[str, OutcomeValue] = {}
    note: Annotated[str, Meta(max_length=200)] = ""


class DecisionTable(Struct, frozen=True, kw_only=True):
    """Rows, asked from top to bottom."""

    rows: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=2_000)]


class TableHead(Struct, frozen=True, kw_only=True):
    """A company's table for a subject. `latest`: the last version saved; `published`: the one that decides, if any."""

    id: TableId
    company_id: CompanyId
    subject: str
    latest: int
    published: int | None


class TableVersion(Struct, frozen=True, kw_only=True):
    """A version is never changed. `published_at`: the times that it was put in force."""

    version: int
    table: DecisionTable
    note: str
    made_at: datetime
    published_at: tuple[datetime, ...]


class TableDetail(Struct, frozen=True, kw_only=True):
    """A table with its versions, the newest first."""

    head: TableHead
    versions: tuple[TableVersion, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """What a table decided. `row`: the row that fitted, None when none did; `facts`: those that the table looks at."""

    about: UUID
    subject: str
    table_id: TableId
    version: int
    row: str | None
    outcome: dict[str, OutcomeValue]
    facts: dict[str, FactValue]
    at: datetime


class Decided(Struct, frozen=True, kw_only=True):
    """A decision about one thing, for the record."""

    about: UUID
    company_id: CompanyId
    subject: str
    table_id: TableId
    version: int
    row: str | None
    outcome: dict[str, OutcomeValue]
    facts: dict[str, FactValue]
    item: Item


class RowTried(Struct, frozen=True, kw_only=True):
    """How a row took the facts of a case; `failed`: the facts whose test did not pass."""

    id: str
    fits: bool
    failed: tuple[str, ...]


class CaseTried(Struct, frozen=True, kw_only=True):
    """What a table answers for a case: the rows that count, their answers, and how each row took it."""

    hits: tuple[str, ...]
    outcomes: tuple[dict[str, OutcomeValue], ...]
    rows: tuple[RowTried, ...]


# --- action inputs -------------------------------------------------------------------------------------------------


class SaveTable(Struct, frozen=True, kw_only=True):
    """The whole table as it shall be. With `base`, refused if somebody has saved a version after that one."""

    company_id: CompanyId
    subject: SubjectName
    table: DecisionTable
    note: Note = ""
    base: Version | None = None


class PublishTable(Struct, frozen=True, kw_only=True):
    """Let a version decide, the latest unless another is named."""

    company_id: CompanyId
    subject: SubjectName
    version: Version | None = None


class ChangeTable(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    subject: SubjectName


class TryTable(Struct, frozen=True, kw_only=True):
    """Ask a table, saved or not, about made-up cases. A fact left out of a case is 0, "", false or empty."""

    subject: SubjectName
    table: DecisionTable
    cases: Annotated[list[dict[str, FactValue]], Meta(min_length=1, max_length=200)]


# --- events --------------------------------------------------------------------------------------------------------


@event("rules.published.v1", key="table_id")
class TablePublished(Struct, frozen=True, kw_only=True):
    """A version decides from now on; `replaces` is the version that did until now."""

    table_id: TableId
    company_id: CompanyId
    subject: str
    version: int
    replaces: int | None


@event("rules.withdrawn.v1", key="table_id")
class TableWithdrawn(Struct, frozen=True, kw_only=True):
    """No version decides any more."""

    table_id: TableId
    company_id: CompanyId
    subject: str
    version: int


__all__ = [
    "BOOL", "NUMBER", "STRING", "STRINGS", "SUBJECTS", "CaseTried", "CellInvalid", "ChangeTable", "ConditionInvalid",
    "ConditionNotYesOrNo", "Decided", "Decision", "DecisionTable", "Fact", "FactOfOtherKind", "FactUnknown",
    "FactValue", "Hit", "NoRows", "NotInForce", "NothingBefore", "Outcome", "OutcomeInvalid", "OutcomeValue",
    "PublishTable", "Row", "RowTried", "RowTwice", "SaveTable", "Subject", "SubjectUnknown", "TableDetail",
    "TableHead", "TableId", "TableNotFound", "TablePublished", "TableSavedMeanwhile", "TableVersion",
    "TableWithdrawn", "TryTable", "VersionNotFound", "declare",
]  # fmt: skip
