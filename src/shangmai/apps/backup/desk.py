"""Backups of every night, and those that people ask for: an action, the job that makes one, and what became of each.

Invariants: one is made at a time; each that was asked for ends as made or failed, and who asked is told; that one of a
night failed is told to all who may make one. Only who sees all of the house may ask for one, or see them. They are made
without the master key, which is to be kept elsewhere. Old ones of nights are removed when a new one is there.
"""

from __future__ import annotations

import asyncio
import errno
import shlex
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NewType
from uuid import UUID

import structlog
from litestar import get
from msgspec import Struct, convert
from msgspec.structs import replace

from shangmai.apps.backup.archive import Manifest
from shangmai.apps.backup.errors import BackupUnderWay, DiskFull, FileRefused
from shangmai.apps.backup.taking import Sources, back_up
from shangmai.apps.environment import load_settings
from shangmai.apps.oversight import check_sees_all
from shangmai.kernel.actions.contract import Call, OutOfScope, action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import drop_parked, enqueue, job, schedule
from shangmai.kernel.tx import Tx
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import NewNotice, NoticeKind

register_folder("backups", Path(__file__).parent)
log = structlog.get_logger(__name__)

BackupId = NewType("BackupId", UUID)
GRANT: Final = "backups.make"
MAKE: Final = "backups.make"
KEY: Final = "backups"
GIVEN_UP: Final = {"zh": "中途搁置，已改为重新备份", "en": "It stopped halfway; another was asked for instead"}
TIMEOUT_S: Final = 12 * 3600
TOLD_EVERY_S: Final = 1.0
SHOWN: Final = 50
REMOVED_MAX: Final = 100
"""Files of nights are removed night by night, so that more are there only after the setting has changed."""
PROBLEM_CHARS_MAX: Final = 500
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
COLUMNS: Final = (
    "id, asked_at, asked_by, state, step, done_bytes, path, size_bytes, row_count AS rows, problem, problem_zh,"
    " ended_at"
)


class BackupState(StrEnum):
    """Where a backup is."""

    WAITING = "waiting"
    RUNNING = "running"
    MADE = "made"
    FAILED = "failed"


class MakeBackup(Struct, frozen=True, kw_only=True):
    """Back up the database and the uploaded files, beside everything else. 立即备份。"""


class BackupAsked(Struct, frozen=True, kw_only=True):
    """It will be made by a worker. 已排队。"""

    backup_id: BackupId


class Make(Struct, frozen=True, kw_only=True):
    """Make the backup that was asked for."""

    backup_id: BackupId


class BackupRun(Struct, frozen=True, kw_only=True):
    """A backup that was asked for. `step`: what is being written, with `done_bytes` of it. 一次备份。

    `asked_by` is None where no person asked. `problem`: why it failed, in English, and in Chinese where it is known.
    """

    id: BackupId
    asked_at: datetime
    asked_by: UUID | None
    state: BackupState
    step: str
    done_bytes: int
    path: str
    size_bytes: int | None
    rows: int | None
    problem: str
    problem_zh: str
    ended_at: datetime | None


class BackupShown(Struct, frozen=True, kw_only=True):
    """A backup and how to bring it back. `is_there`: whether the file still lies on this machine. 备份及恢复命令。"""

    run: BackupRun
    is_there: bool
    drill: str
    restore: str


@action("backups.make", grant=GRANT, errors=[BackupUnderWay, OutOfScope])
async def make_backup(tx: Tx, do: MakeBackup) -> BackupAsked:
    """Have a backup made in the background; whoever asks is told when it is there.

    One that was parked halfway is given up for it, so that no night goes without a backup because of an earlier one.
    Raises: BackupUnderWay, OutOfScope for who sees a part of the house only.
    """
    check_sees_all(tx.actor)
    id_ = BackupId(new_id())
    given_up = await drop_parked(tx, KEY)
    if await enqueue(tx, MAKE, Make(backup_id=id_), dedupe_key=KEY) is None:
        raise BackupUnderWay()
    if given_up:
        await tx.execute(
            "UPDATE backups SET state = 'failed', problem = $1, problem_zh = $2, ended_at = $3 WHERE ended_at IS NULL",
            GIVEN_UP["en"],
            GIVEN_UP["zh"],
            tx.now,
        )
    await tx.execute(
        "INSERT INTO backups (id, asked_at, asked_by, cause, state) VALUES ($1, $2, $3, $4, 'waiting')",
        id_,
        tx.now,
        messaging.reader(tx.actor),
        tx.cause,
    )
    return BackupAsked(backup_id=id_)


@job(MAKE, timeout_s=TIMEOUT_S, together_max=1)
async def make(runner: Runner, do: Make) -> None:
    """Make a backup below HOME/backups; taken again after a worker's death, it is begun anew."""
    settings = load_settings()
    folder = settings.home.absolute() / "backups"
    await make_in(runner.db, do.backup_id, folder, Sources.of(settings))
    if settings.backups_kept:
        await remove_old(runner.db, folder, settings.backups_kept)


@schedule("backups.nightly", "45 2 * * *")
async def make_nightly(runner: Runner) -> None:
    """Have the backup of the night made, where the settings want one; where one is under way it is that."""
    if load_settings().backups_kept:
        answer = await runner.run(Call(action="backups.make", input=MakeBackup(), actor=SYSTEM, door="schedule"))
        if not isinstance(answer.error, BackupUnderWay):
            answer.unwrap()


async def remove_old(db: Database, folder: Path, kept: int) -> None:
    """Remove the files of nights but the newest `kept`; those that a person asked for stay, and what lies elsewhere."""
    async with db.reading(SYSTEM) as tx:
        rows = await tx.fetch(
            "SELECT path FROM backups WHERE state = 'made' AND asked_by IS NULL ORDER BY asked_at DESC, id DESC"
            " OFFSET $1 LIMIT $2",
            kept,
            REMOVED_MAX,
        )
    old = [path for path in (Path(row["path"]) for row in rows) if path.parent == folder]
    await asyncio.to_thread(_remove, old)


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


async def make_in(db: Database, id_: BackupId, folder: Path, sources: Sources) -> None:
    """Make the backup that was asked for in a folder, and keep what became of it; one that has ended is left alone."""
    asked = await _find(db, id_)
    if asked.ended_at is not None:
        return
    path = folder / f"shangmai-{asked.asked_at:%Y%m%d-%H%M%S}-{id_.hex[-6:]}.backup"
    await _note(db, id_, "UPDATE backups SET state = 'running', path = $2 WHERE id = $1", str(path))
    try:
        manifest = await _followed(db, id_, path, sources)
    except (AppError, OSError) as error:
        log.exception("no backup was made", backup=str(id_))
        await _fail(db, asked, error if isinstance(error, AppError) else _of_files(error, path))
    else:
        await _keep(db, asked, manifest, path.stat().st_size)


async def _followed(db: Database, id_: BackupId, path: Path, sources: Sources) -> Manifest:
    """Make it, and note every second how far it is."""
    seen: tuple[str, int] = ("", 0)

    def tell(step: str, size: int) -> None:
        nonlocal seen
        seen = step, size

    making = asyncio.create_task(back_up(db.dsn, path, sources, tell=tell))
    try:
        while not making.done():
            await asyncio.wait({making}, timeout=TOLD_EVERY_S)
            await _note(db, id_, "UPDATE backups SET step = $2, done_bytes = $3 WHERE id = $1", *seen)
        return await making
    finally:
        making.cancel()
        await asyncio.wait({making})  # a worker that stops leaves no half a file behind


async def _note(db: Database, id_: BackupId, statement: str, *arguments: object) -> None:
    async def note() -> None:
        async with db.transaction(door="job") as tx:
            await tx.execute(statement, id_, *arguments)

    await db.run(note)


async def _keep(db: Database, asked: BackupRun, manifest: Manifest, size: int) -> None:
    words = {"zh": "备份完成，可在系统页查看文件位置", "en": "The backup is made; the system page says where"}
    await _end(db, asked, BackupState.MADE, words, size=size, rows=manifest.rows)


def _of_files(error: OSError, path: Path) -> AppError:
    """What the disk refused, as something to do about it."""
    where = str(error.filename or path)
    return DiskFull(path=where) if error.errno in FULL else FileRefused(path=where, reason=error.strerror or str(error))


async def _fail(db: Database, asked: BackupRun, problem: AppError) -> None:
    zh, en = (problem.message(lang)[:PROBLEM_CHARS_MAX] for lang in ("zh", "en"))
    words = {"zh": f"备份失败：{zh}", "en": f"The backup failed: {en}"}
    await _end(db, asked, BackupState.FAILED, words, problem=en, problem_zh=zh, grant=GRANT)


async def _end(
    db: Database,
    asked: BackupRun,
    state: BackupState,
    words: dict[str, str],
    *,
    size: int | None = None,
    rows: int | None = None,
    problem: str = "",
    problem_zh: str = "",
    grant: str = "",
) -> None:
    """Note what became of it, and tell of it, at once."""

    async def note() -> None:
        async with db.transaction(door="job") as tx:
            await tx.execute(
                "UPDATE backups SET state = $2, size_bytes = $3, row_count = $4, problem = $5, problem_zh = $6,"
                " ended_at = $7 WHERE id = $1",
                asked.id,
                state.value,
                size,
                rows,
                problem,
                problem_zh,
                tx.now,
            )
            await _tell(tx, asked, **words, grant=grant)

    await db.run(note)


async def _tell(tx: Tx, asked: BackupRun, *, zh: str, en: str, grant: str = "") -> None:
    """Tell who asked; where no person did, those who hold the grant, if one is given."""
    if asked.asked_by is not None or grant:
        told = NewNotice(kind=NoticeKind.FINISHED, zh=zh, en=en, link="/system", user_id=asked.asked_by)
        await messaging.tell_apart(tx, [told if asked.asked_by else replace(told, grant=grant)])


async def _find(db: Database, id_: BackupId) -> BackupRun:
    async with db.reading(SYSTEM) as tx:
        row = await tx.fetchrow("SELECT " + COLUMNS + " FROM backups WHERE id = $1", id_)
    assert row is not None, "the job was asked for together with its row"
    return convert(dict(row), BackupRun)


@get("/api/v1/backups", opt={"grant": "backups.read"})
async def list_backups(tx: Tx, actor: Actor) -> list[BackupShown]:
    """List the backups that were asked for, the newest first, and how to bring each back. Raises: OutOfScope. 备份。"""
    check_sees_all(actor)
    rows = await tx.fetch("SELECT " + COLUMNS + " FROM backups ORDER BY asked_at DESC, id DESC LIMIT $1", SHOWN)
    runs = [convert(dict(row), BackupRun) for row in rows]
    there = await asyncio.to_thread(lambda: [bool(run.path) and Path(run.path).is_file() for run in runs])
    return [_shown(run, is_there) for run, is_there in zip(runs, there, strict=True)]


def _shown(run: BackupRun, is_there: bool) -> BackupShown:
    file = shlex.quote(run.path)
    return BackupShown(
        run=run,
        is_there=is_there and run.state is BackupState.MADE,
        drill=f"shangmai backup --check {file}",
        restore=f"shangmai restore --replace {file}",
    )


routes: Final[list[Any]] = [list_backups]
