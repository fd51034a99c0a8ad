"""Sheets that people upload: looked at when they come, carried out by a worker in the name of whoever brought them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.files import FileRef, FileStore, open_store
from shangmai.kernel.settings import Settings
from shangmai.kernel.sheets import open_sheet
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
    SheetLook,
    TriedSheet,
)
from shangmai.modules.migration.rules import shipped_sheets
from shangmai.modules.migration.service.filling import SheetImport
from shangmai.modules.migration.service.mappings import find_sheet_mapping, saved_sheets

NAME_MAX: Final = 120
SAMPLES: Final = 5
SAMPLE_CHARS_MAX: Final = 60
TRIED_MAX: Final = 500
"""Inputs that a rehearsal tries while its reader waits."""


async def known_sheets(tx: Tx) -> list[KnownSheet]:
    """The sheets that can be brought in: those that come with us, and those that were saved, by name."""
    saved = {mapping.name: mapping for mapping in await saved_sheets(tx)}
    mappings = {mapping.name: mapping for mapping in shipped_sheets()} | saved
    return [
        KnownSheet(
            name=name,
            zh=mapping.title.zh,
            en=mapping.title.en,
            action=mapping.action,
            grant=ACTIONS[mapping.action].grant,
            columns=tuple(
                SheetColumn(header=header, en=rule.en or header, kind=rule.kind, required=rule.required)
                for header, rule in mapping.rules().items()
            ),
            mapping=mapping,
            is_saved=name in saved,
        )
        for name, mapping in sorted(mappings.items())
        if mapping.action in ACTIONS
    ]


async def look_at(content: AsyncIterator[bytes], name: str) -> SheetLook:
    """The headers of a sheet with its first rows; nothing of it is kept. Raises: what keeps it from being read."""
    async with _received(content, name) as path:
        return await asyncio.to_thread(_look, path)


async def try_sheet(runner: Runner, actor: Actor, content: AsyncIterator[bytes], name: str, mapping: str) -> TriedSheet:
    """What would become of the first 500 inputs of a sheet, each as if it were alone; nothing of it is kept.

    Raises: MappingNotFound, HeadersUnknown, and what keeps a sheet from being read.
    """
    async with runner.db.reading(actor) as tx:
        chosen = await find_sheet_mapping(tx, mapping)
    async with _received(content, name) as path:
        sheet = await asyncio.to_thread(SheetImport, runner, actor, path, chosen.action, chosen)
        rows = await asyncio.to_thread(sheet.count_rows)
        await sheet.rehearse(lambda _: None, TRIED_MAX)
    return sheet.tried(rows)


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
        await sheet.close(files, usage, is_told=actor.kind == "user")


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


@asynccontextmanager
async def _received(content: AsyncIterator[bytes], name: str) -> AsyncIterator[Path]:
    """What is sent, as a file in a folder of its own, as long as the block runs."""
    with TemporaryDirectory(prefix="shangmai-sheet-") as folder:
        path = Path(folder) / _plain(name)
        with path.open("wb") as file:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)
        yield path


def _look(path: Path) -> SheetLook:
    sheet = open_sheet(path)
    samples = [
        tuple("" if cell is None else str(cell)[:SAMPLE_CHARS_MAX] for cell in row.cells)
        for row in islice(sheet, SAMPLES)
    ]
    return SheetLook(headers=tuple(sheet.headers), samples=tuple(samples), rows=sum(1 for _ in sheet))


def _name(ref: FileRef) -> str:
    return _plain(ref.name)


def _plain(name: str) -> str:
    """A file's own name without a way to anywhere; its end says what kind of sheet it is."""
    name = name.replace("\\", "/").rpartition("/")[2].strip().lstrip(".") or "sheet.csv"
    stem, dot, end = name.rpartition(".")
    return f"{stem[:NAME_MAX]}{dot}{end[:8]}" if dot else name[:NAME_MAX]
