"""Reads of cut-off times, and of how often what was promised came true."""

from __future__ import annotations

from typing import Final

from litestar import get

from shangmai.kernel.clock import business_day
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract import Cutoff, PromiseRate
from shangmai.modules.logistics.queries import promising as queries
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "logistics.read"}


@get("/api/v1/cutoffs", opt=READ)
async def list_cutoffs(tx: Tx) -> list[Cutoff]:
    """List until when your warehouses send on the same day, and on which days."""
    return list((await queries.cutoffs(tx, None)).values())


@get("/api/v1/delivery-promises", opt=READ)
async def list_promise_rates(tx: Tx, company_id: CompanyId | None = None) -> list[PromiseRate]:
    """List how often orders of the last 90 days were there on the promised day, by carrier and province."""
    return await queries.rates(tx, company_id, business_day(tx.now), tx.now - queries.COUNTED)


routes: Final = [list_cutoffs, list_promise_rates]
