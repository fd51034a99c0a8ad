"""Who did what: the action log and its seal, for those who see all of the house."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.actions import chain, looking
from shangmai.kernel.actions.chain import ChainReport
from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actions.looking import DAYS_MAX, LogDetail, LogLine
from shangmai.kernel.actors import EVERYTHING, Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx

READ: Final = {"grant": "log.read"}
Days = Annotated[int, Parameter(ge=1, le=DAYS_MAX, description="How many days back. 最近几天。")]
_verifying = asyncio.Semaphore(1)
"""Adding up a long chain takes a core for a while."""


@get("/api/v1/log", opt=READ)
async def list_log(
    tx: Tx,
    actor: Actor,
    action: Annotated[str | None, Parameter(description="How its name begins, as orders. 操作名开头。")] = None,
    by: Annotated[str | None, Parameter(description="Whose login. 操作人登录名。")] = None,
    door: Annotated[str | None, Parameter(description="http, cli, import, schedule, … 入口。")] = None,
    ok: Annotated[bool | None, Parameter(description="Only what was done, or refused. 是否成功。")] = None,
    people: Annotated[bool, Parameter(description="Only what people asked for. 只看人的操作。")] = False,
    days: Days = 30,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[LogLine]:
    """List what was asked of this house, the newest first. Raises: OutOfScope. 操作日志。"""
    check_sees_all(actor)
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await looking.page(
        tx, action=action, actor=by, door=door, ok=ok, people=people, days=days, before=before, limit=limit + 1
    )
    return page(rows, limit, lambda line: (line.seq,))


@get("/api/v1/log/{log_id:uuid}", opt=READ)
async def read_log(tx: Tx, actor: Actor, log_id: UUID) -> LogDetail:
    """Read one call: its input, its refusal, the events it emitted. Raises: LogLineNotFound, OutOfScope."""
    check_sees_all(actor)
    return await looking.detail(tx, log_id)


@get("/api/v1/log/chain", opt=READ)
async def verify_log(tx: Tx, actor: Actor) -> ChainReport:
    """Add the whole chain up again: tells the first line that was altered, removed or slipped in. 校验日志链。"""
    check_sees_all(actor)
    async with _verifying:
        return await chain.verify(tx)


def check_sees_all(actor: Actor) -> None:
    """For what is of the whole house. Raises: OutOfScope for who sees a part of it only."""
    for dimension in ("company", "shop", "warehouse"):
        if actor.scopes.get(dimension, frozenset()) is not EVERYTHING:
            raise OutOfScope(dimension=dimension)


routes: Final[list[Any]] = [list_log, verify_log, read_log]
