"""Sheets that people upload: looked at when they come, carried out by a worker in the name of whoever brought them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.files import FileRef, FileStore, open_store
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract import UserId
from shangmai.modules.migration import queries
from shangmai.modules.migration.contract import ImportRun, StartImport, Usage
from shangmai.modules.migration.contract.runs import UploadedSheet
from shangmai.modules.migration.contract.uploads import (
    BegunSheet,
    CarrySheet,
    KnownSheet,
    PeopleOnly,
    SheetColumn,
)
from shangmai.modules.migration.rules import shipped_sheets
from shangmai.modules.migration.service.filling import SheetImport
from shangmai.modules.migration.service.mappings import find_sheet_mapping, saved_sheets

NAME_MAX: Final = 120


async def known_sheets(tx: Tx) -> list[KnownSheet]:
    """The sheets that can be brought in: those that come with us, and those that were saved, by name."""
    mappings = {mapping.name: mapping for mapping in [*shipped_sheets(), *await saved_sheets(tx)]}
    return [
        KnownSheet(
            name=name,
            zh=mapping.title.zh,
            en=mapping.title.en,
            action=mapping.action,
            grant=ACTIONS[mapping.action].grant,
            columns=tuple(
                SheetColumn(header=header, kind=rule.kind, required=rule.required)
                for header, rule in mapping.rules().items()
            ),
        )
        for name, mapping in sorted(mappings.items())
        if mapping.action in ACTIONS
    ]


async def begin_sheet(runner: Runner, actor: Actor, files: FileStore, ref: FileRef, mapping: str) -> BegunSheet:
    """Look at an uploaded sheet and begin to bring it in; a worker does the rest.

    The same file by the same mapping is brought in once: again, the run that did is answered.
    Raises: MappingNotFound, PeopleOnly, ImportBegunByAnother, HeadersUnknown, and what keeps a sheet from being read.
    """
    if actor.id != SYSTEM.id and actor.kind != "user":
        raise PeopleOnly()
    async with runner.db.reading(actor) as tx:
        chosen = await find_sheet_mapping(tx, mapping)
    async with _copy(files, ref) as path:
        sheet = await asyncio.to_thread(SheetImport, runner, actor, path, chosen.action, chosen)
        rows = await asyncio.to_thread(sheet.count_rows)
    do = StartImport(
        identity=sheet.identity(ref.sha256),
        action=chosen.action,
        mapping=chosen.name,
        file_name=_name(ref),
        file_sha256=ref.sha256,
        upload=UploadedSheet(file=ref, mapping=mapping),
    )
    run: ImportRun = (
        await runner.run(Call(action="migration.start_import", input=do, actor=actor, door="upload"))
    ).unwrap()
    return BegunSheet(run=run, rows=rows)


async def carry_sheet(runner: Runner, do: CarrySheet) -> None:
    """Bring an uploaded sheet in, from wherever it is; a job that is taken again changes nothing twice."""
    async with runner.db.reading(SYSTEM) as tx:
        found = await queries.find_run(tx, do.import_id)
        if found is None or found[0].finished_at is not None:
            return
        actor = await _actor(tx, found[0])
        mapping = await find_sheet_mapping(tx, do.upload.mapping)
    began = time.monotonic()
    files = store()
    async with _copy(files, do.upload.file) as path:
        sheet = await asyncio.to_thread(SheetImport, runner, actor, path, mapping.action, mapping)
        if await sheet.begin() is not None:
            return
        await sheet.carry_out(lambda _: None)
        seconds = time.monotonic() - began
        rate = round(sheet.rows_done / max(seconds, 0.001))
        usage = Usage(lines=sheet.rows_done, seconds=round(seconds, 3), lines_per_s=rate, peak_rss_bytes=0)
        await sheet.close(files, usage)


def store() -> FileStore:
    """Where this installation keeps its files."""
    return open_store(Settings.load().files_location())


async def _actor(tx: Tx, run: ImportRun) -> Actor:
    return SYSTEM if run.actor_id == SYSTEM.id else await identity.actor_of_user(tx, UserId(run.actor_id))


@asynccontextmanager
async def _copy(files: FileStore, ref: FileRef) -> AsyncIterator[Path]:
    """The file under its name in a folder of its own, as long as the block runs."""
    with TemporaryDirectory(prefix="shangmai-sheet-") as folder:
        path = Path(folder) / _name(ref)
        content = await files.read(ref)
        await asyncio.to_thread(path.write_bytes, content)
        yield path


def _name(ref: FileRef) -> str:
    """The file's own name without a way to anywhere; its end says what kind of sheet it is."""
    name = ref.name.replace("\\", "/").rpartition("/")[2].strip().lstrip(".") or "sheet.csv"
    stem, dot, end = name.rpartition(".")
    return f"{stem[:NAME_MAX]}{dot}{end[:8]}" if dot else name[:NAME_MAX]
