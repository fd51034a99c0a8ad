"""Reads of lanes, and of what is wrong with parcels."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract import Anomaly, AnomalyCause, Lane, WatchPolicy
from shangmai.modules.logistics.queries import watching
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "logistics.read"}

OfCause = Annotated[AnomalyCause | None, Parameter(description="Only of this cause. 只看此原因。")]
Closed = Annotated[bool, Parameter(description="Those that were seen to. 只看已关闭的。")]


@get("/api/v1/parcel-anomalies", opt=READ)
async def list_anomalies(
    tx: Tx, cause: OfCause = None, closed: Closed = False, limit: Limit = 50, cursor: Cursor = None
) -> Page[Anomaly]:
    """List what is wrong with parcels: why, until when somebody should see to it, and what usually ends it."""
    rows = await watching.page(tx, cause, not closed, decode_cursor(cursor, datetime, UUID, str), limit + 1)
    return page(rows, limit, lambda each: (each.due_at, each.parcel_id, each.cause.value))


@get("/api/v1/carrier-lanes", opt=READ)
async def list_lanes(tx: Tx, company_id: CompanyId | None = None) -> list[Lane]:
    """List how long carriers take from cities to provinces, as learned from the last 90 days."""
    return await watching.lanes(tx, None if company_id is None else [company_id])


@get("/api/v1/watch-policy", opt=READ)
async def read_watch_policy(tx: Tx, company_id: CompanyId) -> WatchPolicy:
    """Read after how many hours a company's parcels are looked at."""
    return (await watching.policies(tx, [company_id]))[company_id]


routes: Final = [list_anomalies, list_lanes, read_watch_policy]
