"""Reads of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import Parameter
from litestar.response import Stream

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.files import open_store
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx
from shangmai.modules.migration import service
from shangmai.modules.migration.contract import ImportRun, ImportRunDetail
from shangmai.modules.migration.contract.uploads import BegunSheet, KnownSheet, SheetLook, TriedSheet

READ: Final = {"grant": "migration.read"}
START: Final = {"grant": "migration.start_import"}
BYTES_MAX: Final = 50 * 1024 * 1024
AnyRequest = Request[Any, Any, Any]
FileName = Annotated[str, Parameter(max_length=200, description="As people call it; its end tells its kind. 文件名。")]


@get("/api/v1/imports", opt=READ)
async def list_imports(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[ImportRun]:
    """List the imports, newest first, with how far each is."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await service.list_imports(tx, None if before is None else (before[0], before[1]), limit + 1)
    return page(rows, limit, lambda run: (run.started_at, run.id))


@get("/api/v1/imports/{import_id:uuid}", opt=READ)
async def read_import(tx: Tx, import_id: UUID) -> ImportRunDetail:
    """Read one import and, when it is finished, its report. Raises: ImportNotFound."""
    return await service.get_import(tx, import_id)


@get("/api/v1/imports/{import_id:uuid}/lists/{kind:str}", opt=READ, include_in_schema=False)
async def read_list(tx: Tx, state: State, import_id: UUID, kind: str) -> Stream:
    """Download a list that an import has left, as CSV: errors, refused or exceptions. Raises: ListNotFound."""
    file = service.list_of(await service.get_import(tx, import_id), kind)
    settings: Settings = state.settings
    store = open_store(settings.files_location())
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return Stream(store.open(file), media_type="text/csv; charset=utf-8", headers=headers)


@get("/api/v1/import-sheets", opt=START)
async def list_import_sheets(tx: Tx) -> list[KnownSheet]:
    """List the sheets that can be uploaded, each with its columns and the grant that it asks for. 可导入的表格。"""
    return await service.known_sheets(tx)


@post("/api/v1/import-sheets/{mapping:str}", opt=START, request_max_body_size=BYTES_MAX, status_code=202)
async def upload_sheet(
    request: AnyRequest, actor: Actor, state: State, mapping: str, name: FileName = "sheet.csv"
) -> BegunSheet:
    """Upload a sheet as the whole body, and have a worker run its action for each row, in your name. 上传表格并导入。

    Raises: MappingNotFound, HeadersUnknown, PeopleOnly, ImportBegunByAnother, and what keeps a sheet from being read.
    """
    runner: Runner = state.runner
    files = service.store()
    return await service.begin_sheet(runner, actor, files, await files.put(name, request.stream()), mapping)


@post("/api/v1/sheet-headers", opt=START, request_max_body_size=BYTES_MAX, status_code=200)
async def look_at_sheet(request: AnyRequest, name: FileName = "sheet.csv") -> SheetLook:
    """Tell which headers a sheet has, with its first rows; send it as the whole body. Nothing is kept. 查看表头。

    Raises: what keeps a sheet from being read.
    """
    return await service.look_at(request.stream(), name)


@post("/api/v1/import-sheets/{mapping:str}/rehearsal", opt=START, request_max_body_size=BYTES_MAX, status_code=200)
async def rehearse_sheet(
    request: AnyRequest, actor: Actor, state: State, mapping: str, name: FileName = "sheet.csv"
) -> TriedSheet:
    """Find out what would become of the first 500 rows of a sheet, and change nothing. 试导入，不改动数据。

    Raises: MappingNotFound, HeadersUnknown, and what keeps a sheet from being read.
    """
    return await service.try_sheet(state.runner, actor, request.stream(), name, mapping)


routes: Final = [
    list_imports,
    read_import,
    read_list,
    list_import_sheets,
    upload_sheet,
    look_at_sheet,
    rehearse_sheet,
]
