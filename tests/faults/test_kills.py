"""`kill -9` under load: whatever dies, every order that was acknowledged is there once, and everything adds up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from shangmai.apps.postgres import DATABASE
from shangmai.kernel.db.embedded import EmbeddedPostgres
from tests.apps.launched import Launched, a_home, launched
from tests.faults.killing import SETTLED_WITHIN_S, Find, kill, proven, the_api, the_postmaster, the_worker
from tests.faults.load import PIECES, Clients, owner_key

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

CLIENTS = 6
KILLS = 2
BEFORE_S = 1.0
ANSWERS_AFTER = 40


class Business:
    def __init__(self, up: Launched, clients: Clients) -> None:
        self.up, self.clients = up, clients


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def business() -> AsyncIterator[Business]:
    with a_home() as home, launched(home) as up:
        clients = Clients(up.running.url, owner_key(home))
        await clients.open_shop()
        yield Business(up, clients)
        await clients.close()


@pytest.mark.parametrize(
    "victims",
    [(the_api,), (the_worker,), (the_postmaster,), (the_postmaster, the_api, the_worker)],
    ids=["api", "worker", "database", "all"],
)
async def test_under_load(business: Business, victims: tuple[Find, ...]) -> None:
    clients = business.clients
    selling = clients.begin(CLIENTS)
    try:
        for _ in range(KILLS):
            await asyncio.sleep(BEFORE_S)
            await kill(victims, business.up)
            await _until_at_work(business)
    finally:
        clients.stop()
        await asyncio.gather(*selling)
    if victims != (the_worker,):
        assert clients.repeats > 0, "nobody noticed"
    postgres = EmbeddedPostgres(business.up.home)
    server = await asyncio.to_thread(postgres.start)
    try:
        await _check(server.dsn(database=DATABASE), clients)
    finally:
        await asyncio.to_thread(postgres.stop)


async def _until_at_work(business: Business) -> None:
    answered, deadline = business.clients.answers, time.monotonic() + SETTLED_WITHIN_S
    while business.clients.answers < answered + ANSWERS_AFTER:
        assert time.monotonic() < deadline, business.up.told
        await asyncio.sleep(0.1)


async def _check(dsn: str, clients: Clients) -> None:
    await proven(dsn)
    conn = await asyncpg.connect(dsn)
    try:
        await _check_orders(conn, clients)
        await _check_stock(conn, clients)
        await _check_ledger(conn, clients)
    finally:
        await conn.close()


async def _check_orders(conn: asyncpg.Connection, clients: Clients) -> None:
    rows = await conn.fetch("SELECT id, external_no FROM orders")
    assert sorted((row["id"], row["external_no"]) for row in rows) == sorted(
        (flow.order_id, flow.name) for flow in clients.flows
    )
    twice = "SELECT actor_id, key FROM action_log WHERE ok AND key IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
    assert await conn.fetch(twice) == []


async def _check_stock(conn: asyncpg.Connection, clients: Clients) -> None:
    for number, sku in enumerate(clients.skus):
        mine = [flow for flow in clients.flows if flow.sku == number]
        row = await conn.fetchrow(
            "SELECT sum(posted)::int AS posted, sum(held)::int AS held FROM stock_accounts"
            " WHERE bounded AND sku_id = $1",
            sku,
        )
        assert row is not None
        assert row["posted"] == PIECES - sum(flow.shipped for flow in mine) + sum(flow.returned for flow in mine)
        assert row["held"] == sum(flow.held for flow in mine)


async def _check_ledger(conn: asyncpg.Connection, clients: Clients) -> None:
    """Each payment, parcel and return has one voucher."""
    rows = await conn.fetch(
        "SELECT e.name, count(*)::int AS n FROM events e JOIN ledger_entries j ON j.cause = e.id GROUP BY e.name"
    )
    told = {row["name"]: row["n"] for row in rows}
    shipped = sum(flow.shipped > 0 for flow in clients.flows)
    assert (told["orders.shipped.v1"], told["payments.recorded.v1"]) == (shipped, shipped)
    assert told["orders.returned.v1"] == sum(flow.returned > 0 for flow in clients.flows)
