"""Reads of decision tables: what can be decided on, the tables, what they decided; asking one about made-up cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.rules import service
from shangmai.modules.rules.contract import SUBJECTS, CaseTried, Decision, Subject, TableDetail, TableHead, TryTable

READ: Final = {"grant": "rules.read"}


@get("/api/v1/rules/subjects", opt=READ)
async def list_subjects() -> list[Subject]:
    """List what can be decided by tables, with the facts that a table may ask for and the answers it may give."""
    return list(SUBJECTS.values())


@get("/api/v1/rules/tables", opt=READ)
async def list_tables(tx: Tx, subject: str | None = None, limit: Limit = 50, cursor: Cursor = None) -> Page[TableHead]:
    """List decision tables, by subject."""
    after = decode_cursor(cursor, str, UUID)
    rows = await service.list_tables(tx, subject, None if after is None else (after[0], after[1]), limit + 1)
    return page(rows, limit, lambda head: (head.subject, head.id))


@get("/api/v1/rules/tables/{table_id:uuid}", opt=READ)
async def read_table(tx: Tx, table_id: UUID) -> TableDetail:
    """Read a table with all its versions. Raises: TableNotFound."""
    return await service.get_table(tx, table_id)


@get("/api/v1/rules/decisions", opt=READ)
async def list_decisions(
    tx: Tx,
    subject: Annotated[str, Parameter(description="What was decided. 决策主题。")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Decision]:
    """List what was decided on a subject, the newest first. Raises: SubjectUnknown."""
    before = decode_cursor(cursor, datetime, int)
    rows = await service.list_decisions(tx, subject, None if before is None else (before[0], before[1]), limit + 1)
    found = page(rows, limit, lambda each: (each[1].at, each[0]))
    return Page(items=[each for _, each in found.items], next=found.next)


@get("/api/v1/rules/decisions/{about:uuid}", opt=READ)
async def read_decisions(tx: Tx, about: UUID) -> list[Decision]:
    """List what tables decided about one thing, such as an order, the oldest first."""
    return await service.decisions_about(tx, about)


@post("/api/v1/rules/try", opt=READ, status_code=200)
async def try_table(data: TryTable) -> list[CaseTried]:
    """Ask a table, saved or not, about made-up cases; it changes nothing. Raises: what `rules.save_table` raises."""
    return service.try_table(data)


routes: Final = [list_subjects, list_tables, read_table, list_decisions, read_decisions, try_table]
