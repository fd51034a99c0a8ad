"""The three doors as people and programs use them, each telling its answer in the same words."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec

from shangmai.apps.commands.acting import _act
from shangmai.apps.commands.session import Session
from shangmai.kernel.actions.contract import ACTIONS
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, error_class
from shangmai.kernel.files import open_store
from shangmai.kernel.ids import new_id
from shangmai.modules.migration.contract import RowError, SheetMapping, Usage
from shangmai.modules.migration.service.filling import SheetImport
from tests.doors.inputs import cells


class Told(msgspec.Struct, frozen=True):
    """What a door answered; without a code, the call was or would have been carried out."""

    status: int = 200
    code: str | None = None
    text: str = ""


class Door(Protocol):
    async def __call__(self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False) -> Told: ...


class Whoever:
    """An authenticator that takes the next caller for whom the test names."""

    actor: Actor

    async def authenticate(
        self, db: Database, *, bearer: str | None, cookie: str | None, csrf: str | None, method: str
    ) -> Actor:
        return self.actor


class Http:
    def __init__(self, client: httpx.AsyncClient, caller: Whoever) -> None:
        self._client, self._caller = client, caller

    async def __call__(self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False) -> Told:
        self._caller.actor = actor
        query = "?dry_run=true" if dry_run else ""
        headers = {"authorization": "Bearer whoever"}  # or a public action would take them for a guest
        answer = await self._client.post(f"/api/v1/actions/{name}{query}", json=given, headers=headers)
        if answer.status_code == 200:
            return Told()
        told = _told(answer.json())
        assert told.status == answer.status_code
        return told


class CommandLine:
    """The function behind `shangmai action`; that command as a process is in `tests/apps`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def __call__(self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False) -> Told:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = await _act(self._session, ACTIONS[name], given, actor, dry_run=dry_run, key=None, at=None)
        answer = msgspec.json.decode(out.getvalue().splitlines()[-1])  # a test's log goes to the same place
        refused = isinstance(answer, dict) and "code" in (answer.get("error") or {})
        assert code == (1 if refused else 0)
        return _told(answer["error"]) if refused else Told()


class SheetDoor:
    """An import of a file with one row."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder = session, folder

    async def __call__(self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False) -> Told:
        row = cells(given) or {"nothing": "x"}
        title = {"zh": "矩阵", "en": "Matrix"}
        plain = {"name": "matrix", "title": title, "action": name, "columns": {header: header for header in row}}
        mapping = msgspec.convert(plain, SheetMapping)
        try:
            return await self._bring_in(
                SheetImport(self._session.runner, actor, self._sheet(row), name, mapping), dry_run
            )
        except AppError as refusal:
            return _told(refusal.to_wire("en"))

    def _sheet(self, row: dict[str, str]) -> Path:
        path = self._folder / f"{new_id().hex}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([[*row, "mark"], [*row.values(), path.stem]])
        return path

    async def _bring_in(self, brought: SheetImport, dry_run: bool) -> Told:
        if dry_run:
            await brought.rehearse(_ignore)
        else:
            assert await brought.begin() is None
            await brought.carry_out(_ignore)
        store = open_store(str(self._folder / "files"))
        report = await brought.close(store, Usage(lines=1, seconds=1, lines_per_s=1, peak_rss_bytes=0))
        assert report.ok + report.refused == report.rows == 1
        return _of_row(report.errors[0]) if report.errors else Told()


def _ignore(rows: int) -> None:
    """Nobody watches the progress."""


def _of_row(error: RowError) -> Told:
    return Told(error_class(error.code).status, error.code, f"{error.column} {error.en}")


def _told(wire: Any) -> Told:
    named = " ".join(field["path"] for field in wire["data"].get("fields", ()))
    return Told(wire["status"], wire["code"], f"{named} {wire['message']}")
