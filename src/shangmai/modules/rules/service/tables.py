"""Actions on decision tables: save a version, let one decide, go back, withdraw; and asking one about made-up cases."""

from __future__ import annotations

from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyNotFound
from shangmai.modules.rules import queries
from shangmai.modules.rules.contract import (
    CaseTried,
    CellInvalid,
    ChangeTable,
    FactUnknown,
    NoRows,
    NothingBefore,
    NotInForce,
    OutcomeInvalid,
    PublishTable,
    RowTwice,
    SaveTable,
    SubjectUnknown,
    TableDetail,
    TableHead,
    TableId,
    TableNotFound,
    TablePublished,
    TableSavedMeanwhile,
    TableWithdrawn,
    TryTable,
    VersionNotFound,
)
from shangmai.modules.rules.rules.tables import Ruling
from shangmai.modules.rules.service.deciding import subject

WRITE = "rules.write"
PUBLISH = "rules.publish"


@action(
    "rules.save_table",
    grant=WRITE,
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, SubjectUnknown, TableSavedMeanwhile, RowTwice, NoRows, CellInvalid, OutcomeInvalid],
)
async def save_table(tx: Tx, do: SaveTable) -> TableHead:
    """Save the next version of a company's table as a draft. What decides now goes on deciding until that is published.

    Raises: CompanyNotFound, SubjectUnknown, TableSavedMeanwhile, RowTwice, NoRows, CellInvalid, OutcomeInvalid.
    """
    Ruling(subject(do.subject), do.table)
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    head = await queries.lock_or_make(tx, do.company_id, do.subject)
    if do.base is not None and do.base != head.latest:
        raise TableSavedMeanwhile(subject=do.subject, latest=head.latest, base=do.base)
    return await queries.add_version(tx, head, do.table, do.note)


@action(
    "rules.publish_table",
    grant=PUBLISH,
    scope=lambda do: {"company": do.company_id},
    inverse="rules.roll_back_table",
    errors=[TableNotFound, VersionNotFound],
)
async def publish_table(tx: Tx, do: PublishTable) -> TableHead:
    """Let a version decide: everything that is decided after this is committed heeds it.

    Publishing what decides already changes nothing. Event rules.published.v1. Raises: TableNotFound, VersionNotFound.
    """
    head = await _lock(tx, do)
    return await _publish(tx, head, head.latest if do.version is None else do.version)


@action(
    "rules.roll_back_table",
    grant=PUBLISH,
    scope=lambda do: {"company": do.company_id},
    errors=[TableNotFound, NothingBefore],
)
async def roll_back_table(tx: Tx, do: ChangeTable) -> TableHead:
    """Let the version decide again that did before the present one. Event rules.published.v1.

    Raises: TableNotFound, NothingBefore.
    """
    head = await _lock(tx, do)
    before = await queries.in_force_before(tx, head)
    if before is None:
        raise NothingBefore(subject=head.subject)
    return await _publish(tx, head, before)


@action(
    "rules.withdraw_table",
    grant=PUBLISH,
    scope=lambda do: {"company": do.company_id},
    inverse="rules.publish_table",
    errors=[TableNotFound, NotInForce],
)
async def withdraw_table(tx: Tx, do: ChangeTable) -> TableHead:
    """Let no version decide any more. Event rules.withdrawn.v1. Raises: TableNotFound, NotInForce."""
    head = await _lock(tx, do)
    if head.published is None:
        raise NotInForce(subject=head.subject)
    tx.emit(TableWithdrawn(table_id=head.id, company_id=head.company_id, subject=head.subject, version=head.published))
    return await queries.put_in_force(tx, head, None)


async def get_table(tx: Tx, table_id: UUID) -> TableDetail:
    """A table with all its versions. Raises: TableNotFound."""
    head = await queries.find(tx, TableId(table_id))
    if head is None:
        raise TableNotFound(subject=str(table_id))
    return TableDetail(head=head, versions=await queries.versions_of(tx, head.id))


async def list_tables(tx: Tx, name: str | None, after: tuple[str, UUID] | None, limit: int) -> list[TableHead]:
    """Tables by subject."""
    return await queries.page(tx, name, after, limit)


def try_table(do: TryTable) -> list[CaseTried]:
    """Ask a table about made-up cases. Raises: SubjectUnknown, FactUnknown, and what `save_table` raises."""
    about = subject(do.subject)
    unknown = sorted(set().union(*do.cases) - set(about.facts))
    if unknown:
        raise FactUnknown(field=unknown[0], facts=", ".join(about.facts))
    ruling = Ruling(about, do.table)
    return [ruling.explain(case) for case in do.cases]


async def _lock(tx: Tx, do: PublishTable | ChangeTable) -> TableHead:
    head = await queries.lock(tx, do.company_id, do.subject)
    if head is None:
        raise TableNotFound(subject=do.subject)
    return head


async def _publish(tx: Tx, head: TableHead, version: int) -> TableHead:
    if head.published == version:
        return head
    if await queries.content(tx, head.id, version) is None:
        raise VersionNotFound(subject=head.subject, version=version, latest=head.latest)
    tx.emit(
        TablePublished(
            table_id=head.id,
            company_id=head.company_id,
            subject=head.subject,
            version=version,
            replaces=head.published,
        )
    )
    return await queries.put_in_force(tx, head, version)
