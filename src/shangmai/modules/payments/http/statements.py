"""Providers' bills: uploaded, listed, and their lines."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.clock import Instant
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.payments import service
from shangmai.modules.payments.contract.statements import LineVerdict, Statement, StatementId, StatementLine
from shangmai.modules.payments.queries import statements as queries

READ: Final = {"grant": "payments.read"}
RECONCILE: Final = {"grant": "payments.reconcile"}
BYTES_MAX: Final = 20 * 1024 * 1024
NAME_MAX: Final = 150

Provider = Annotated[str, Parameter(max_length=32, pattern="^[a-z0-9_]+$", description="As wechat. 支付渠道。")]
FileName = Annotated[str, Parameter(max_length=200, description="As people call it. 文件名。")]
From = Annotated[Instant | None, Parameter(description="Begin of the period; else by the lines. 期间开始。")]
Until = Annotated[Instant | None, Parameter(description="End of the period; else by the lines. 期间结束。")]
Open = Annotated[bool, Parameter(description="Only what does not fit and nobody has seen to. 只看未处理的差异。")]


@post("/api/v1/payments/statements", opt=RECONCILE, request_max_body_size=BYTES_MAX)
async def upload_statement(
    request: Request[Any, Any, Any],
    actor: Actor,
    state: State,
    company_id: CompanyId,
    provider: Provider,
    name: FileName = "bill.csv",
    since: From = None,
    until: Until = None,
) -> Statement:
    """Upload a provider's bill as the whole body, and compare it with what is recorded here. 上传渠道账单并对账。

    WeChat Pay 交易账单, Alipay 业务明细, or columns 流水号, 类型, 金额, 时间 (and 商户单号, 手续费). The same file is
    taken once. Raises: CompanyNotFound, StatementUnknown, StatementRowUnreadable, StatementEmpty, StatementTooLong,
    PeriodEmpty, and what keeps a sheet from being read.
    """
    runner: Runner = state.runner
    async with runner.db.reading(actor) as tx:
        company = (await organization.get_companies(tx, [company_id])).get(company_id)
    if company is None:
        raise CompanyNotFound(company_id=company_id)
    with TemporaryDirectory(prefix="shangmai-bill-") as folder:
        path = Path(folder) / _plain(name)
        content = await request.body()
        await asyncio.to_thread(path.write_bytes, content)
        do = await asyncio.to_thread(service.read_statement, path, company.currency, company_id, provider, since, until)
    made: Statement = (
        await runner.run(Call(action="payments.record_statement", input=do, actor=actor, door="upload"))
    ).unwrap()
    return made


def _plain(name: str) -> str:
    """The file's own name without a way to anywhere."""
    return name.replace("\\", "/").rpartition("/")[2].strip().lstrip(".")[-NAME_MAX:] or "bill.csv"


@get("/api/v1/payments/statements", opt=READ)
async def list_statements(
    tx: Tx, company_id: CompanyId | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Statement]:
    """List providers' bills, the newest first, with how many of their lines fit and how many are open. 渠道账单。"""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await queries.page(tx, company_id, None if before is None else (before[0], before[1]), limit + 1)
    return page(rows, limit, lambda each: (each.recorded_at, each.id))


@get("/api/v1/payments/statements/{statement_id:uuid}", opt=READ)
async def read_statement(tx: Tx, statement_id: StatementId) -> Statement:
    """Read a provider's bill in sum. Raises: StatementNotFound."""
    return await service.get_statement(tx, statement_id)


@get("/api/v1/payments/statements/{statement_id:uuid}/lines", opt=READ)
async def list_statement_lines(
    tx: Tx,
    statement_id: StatementId,
    verdict: LineVerdict | None = None,
    open: Open = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StatementLine]:
    """List the lines of a provider's bill, and ours that it does not have, by time. 对账明细。"""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await queries.page_of_lines(
        tx,
        statement_id,
        verdict,
        is_open=open,
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    return page(rows, limit, lambda line: (line.at, line.id))


routes: Final[list[Any]] = [upload_statement, list_statements, read_statement, list_statement_lines]
