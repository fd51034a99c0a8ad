"""Import runs: begun by an action, so that the log knows who brought which file in; then kept like a cursor."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shangmai.kernel.actions.contract import Call, action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.files import FileRef
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import NewNotice, NoticeKind
from shangmai.modules.migration import queries
from shangmai.modules.migration.contract import (
    ImportBegunByAnother,
    ImportId,
    ImportNotFound,
    ImportReport,
    ImportRun,
    ImportRunDetail,
    ListNotFound,
    SheetReport,
    StartImport,
)
from shangmai.modules.migration.contract.uploads import CARRY, CarrySheet


@action("migration.start_import", grant="migration.start_import", errors=[ImportBegunByAnother])
async def start_import(tx: Tx, do: StartImport) -> ImportRun:
    """Begin to import a file, or find the run that began to: each is imported once by one actor and one mapping.

    With an upload, a worker brings it in, unless it is in already. Raises: ImportBegunByAnother.
    """
    run = await _insert(tx, ImportId(new_id()), do)
    if do.upload is not None and run.finished_at is None:
        await enqueue(tx, CARRY, CarrySheet(import_id=run.id, upload=do.upload), dedupe_key=f"import:{run.id}")
    return run


async def begin(runner: Runner, actor: Actor, do: StartImport) -> tuple[ImportRun, dict[str, Any] | None]:
    """The run of this file as it stands, and its report when it is finished. Raises: ImportBegunByAnother."""
    call = Call(action="migration.start_import", input=do, actor=actor, door="import", key=f"start/{do.identity}")
    answered: ImportRun = (await runner.run(call)).unwrap()
    run, report = await runner.db.run(lambda: _found(runner.db, actor, answered.id, do))
    if run.actor_id != actor.id:
        raise ImportBegunByAnother()
    return run, report


async def _found(db: Database, actor: Actor, id_: ImportId, do: StartImport) -> tuple[ImportRun, Any]:
    """The run; a row that was lost is made again, for the keys remember the rest."""
    async with db.transaction(actor, door="import") as tx:
        return await queries.find_run(tx, id_) or (await _insert(tx, id_, do), None)


async def _insert(tx: Tx, id_: ImportId, do: StartImport) -> ImportRun:
    run = await queries.insert_run(tx, id_, do)
    if run is None:
        raise ImportBegunByAnother()
    return run


async def move(db: Database, run: ImportRun, position: int) -> None:
    """Note how far a run is. Losing the note costs time, nothing else: what is done is known by its keys."""

    async def note() -> None:
        async with db.transaction(door="import", durable=False) as tx:
            await queries.set_position(tx, run.id, position)

    await db.run(note)


async def finish(
    db: Database, run: ImportRun, position: int, report: ImportReport | SheetReport, *, is_told: bool = False
) -> None:
    """Keep the report with its run; `is_told`: the user who began it gets a notice."""

    async def note() -> None:
        async with db.transaction(door="import") as tx:
            await queries.finish_run(tx, run.id, position, msgspec.to_builtins(report))
            if is_told and isinstance(report, SheetReport):
                await messaging.tell_apart(tx, [_over(run, report)])

    await db.run(note)


def _over(run: ImportRun, report: SheetReport) -> NewNotice:
    return NewNotice(
        kind=NoticeKind.FINISHED,
        zh=f"导入完成：{run.file_name}，成功 {report.ok} 条，被拒 {report.refused} 条",
        en=f"Import finished: {run.file_name}, {report.ok} done, {report.refused} refused",
        link=f"/sheets?run={run.id}",
        user_id=run.actor_id,
    )


async def get_import(tx: Tx, id_: UUID) -> ImportRunDetail:
    """A run and its report. Raises: ImportNotFound."""
    found = await queries.find_run(tx, id_)
    if found is None:
        raise ImportNotFound(import_id=id_)
    return ImportRunDetail(run=found[0], report=found[1])


async def list_imports(tx: Tx, before: tuple[datetime, UUID] | None, limit: int) -> list[ImportRun]:
    """Runs, the newest first."""
    return await queries.page(tx, before, limit)


def list_of(detail: ImportRunDetail, kind: str) -> FileRef:
    """The file of a list that an import has left. Raises: ListNotFound."""
    report = detail.report or {}
    files = report.get("files") or {"errors": report.get("errors_file")}
    if files.get(kind) is None:
        raise ListNotFound(import_id=detail.run.id, kind=kind[:40])
    return msgspec.convert(files[kind], FileRef)
