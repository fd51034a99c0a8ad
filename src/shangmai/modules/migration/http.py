"""Reads of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import get

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.migration import service
from shangmai.modules.migration.contract import ImportRun, ImportRunDetail

READ: Final = {"grant": "migration.read"}


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


routes: Final = [list_imports, read_import]
