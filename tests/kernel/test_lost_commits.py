"""Commits that nobody waited for, and that a dying server took along: who had seen them goes by them no more."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.books.contract import Post
from shangmai.kernel.db.database import LOST, Database
from shangmai.kernel.ids import new_id
from tests.kernel.books.ops import balance
from tests.kernel.conftest import Until, fill
from tests.kernel.declared import pieces
from tests.kernel.servers import OwnServer, own_server

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

VACUUMING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%')"


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    with own_server() as server:
        asyncio.run(fill(server.dsn))
        asyncio.run(without_vacuum(server.dsn))
        yield server


async def without_vacuum(dsn: str) -> None:
    """Its commits wait for the disk, and would take along what the tests lose."""
    conn = await asyncpg.connect(dsn)
    await conn.execute("ALTER SYSTEM SET autovacuum = off")
    await conn.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(60):
        while await conn.fetchval(VACUUMING):  # noqa: ASYNC110 - the answer is in the database
            await asyncio.sleep(0.01)
    await conn.close()


@pytest_asyncio.fixture
async def db(own: OwnServer) -> AsyncIterator[Database]:
    async with await Database.connect(own.dsn, size=2) as db:
        yield db
        own.start_again()  # also when the test failed in between, or the pool could not be closed


async def take_in(db: Database, sku: UUID, amount: int) -> None:
    """As a handler of events does, which does not wait for the disk."""
    async with db.transaction(durable=False) as tx:
        post = Post(debit=(sku, "supplier"), credit=(sku, "on_hand"), amount=amount, doc=new_id(), item=tx.items[0])
        await pieces.post(tx, [post])


@pytest.mark.parametrize("how", ["the server", "one of its processes"])
async def test_an_account_that_was_lost_is_nobody_elses(own: OwnServer, db: Database, until: Until, how: str) -> None:
    sku, other = new_id(), new_id()
    await asyncio.to_thread(own.write_late)
    for _ in range(2):  # made, then found and remembered
        await take_in(db, sku, 5)
    assert await balance(db, sku) == (10, 0, 0)
    if how == "the server":
        await asyncio.to_thread(own.kill)
        await asyncio.to_thread(own.start_again)
    else:
        another, ended = await asyncpg.connect(own.dsn), asyncio.Event()
        another.add_termination_listener(lambda _: ended.set())
        async with db.connection() as conn:
            os.kill(conn.get_server_pid(), signal.SIGKILL)
        async with asyncio.timeout(60):
            await ended.wait()  # now it was noticed: the server ends all others too, and begins again itself
        assert another.is_closed()

    async def is_back() -> bool:
        with suppress(*LOST):
            async with await Database.connect(own.dsn, size=1) as new:
                await take_in(new, other, 3)
                return True
        return False

    await until(is_back)
    async with await Database.connect(own.dsn, size=1) as new:
        assert await balance(new, sku) == (0, 0, 0), "it was not lost"
        await take_in(db, sku, 7)
        assert await balance(new, sku) == (7, 0, 0)
        assert await balance(new, other) == (3, 0, 0)
