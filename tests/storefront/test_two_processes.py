"""A change is seen within a second in every API process, and what did not change is answered with a 304 alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from shangmai.kernel.db.database import Database
from tests.apps.launched import ROOT, environment
from tests.jobs.waiting import until
from tests.storefront.conftest import Mall

PRODUCTS = "/api/v1/storefront/products"
READY_S = 60


@asynccontextmanager
async def api_process(home: Path, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """An API process of its own on this database, when it answers."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        command = [sys.executable, "-m", "shangmai.apps.api", "--fd", str(bound.fileno())]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=environment(home, SHANGMAI_DATABASE_URL=dsn),
            pass_fds=[bound.fileno()],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        port = bound.getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=READY_S) as client:
            await until(lambda: _answers(client), seconds=READY_S)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(PRODUCTS)).status_code == 200
    return False


@pytest.mark.timeout(180)
async def test_a_change_is_seen_in_both(mall: Mall, db: Database, dsn: str, tmp_path: Path) -> None:
    await mall.goods("A", "杯子", 10)
    await mall.settle()
    async with api_process(tmp_path, dsn) as one, api_process(tmp_path, dsn) as other:
        both = (one, other)
        tags = [(await each.get(PRODUCTS)).headers["etag"] for each in both]
        assert tags[0] == tags[1]
        assert [await status(each, tags[0]) for each in both] == [304, 304]
        follow = asyncio.create_task(mall.world.reader.run())
        try:
            for yuan in (11, 12, 13):
                await mall.price("A", yuan)
                await asyncio.gather(*(until(partial(shows, each, yuan)) for each in both))
                assert [await status(each, tags[0]) for each in both] == [200, 200]
        finally:
            mall.world.reader.stop()
            await follow
        answers = [await each.get(PRODUCTS) for each in both]
        assert answers[0].headers["etag"] == answers[1].headers["etag"] != tags[0]
        assert answers[0].headers["cache-control"] == "public, no-cache"


@pytest.mark.timeout(180)
async def test_a_product_page_tells_the_pieces_that_there_are(
    mall: Mall, db: Database, dsn: str, tmp_path: Path
) -> None:
    await mall.goods("A", "杯子", 10, pieces=50)
    await mall.settle()
    async with api_process(tmp_path, dsn) as one, api_process(tmp_path, dsn) as other:
        page = f"{PRODUCTS}/{await the_product(one)}"
        first = await available(one, page)
        for ordered in (1, 3, 4):
            await mall.order(A=ordered)
            first -= ordered
            await asyncio.gather(*(until(partial(tells, each, page, first)) for each in (one, other)))


async def the_product(client: httpx.AsyncClient) -> str:
    (card,) = (await client.get(PRODUCTS)).json()["items"]
    return str(card["id"])


async def available(client: httpx.AsyncClient, page: str) -> int:
    (variant,) = (await client.get(page)).json()["variants"]
    return int(variant["available"])


async def tells(client: httpx.AsyncClient, page: str, pieces: int) -> bool:
    return await available(client, page) == pieces


async def status(client: httpx.AsyncClient, tag: str) -> int:
    return (await client.get(PRODUCTS, headers={"if-none-match": tag})).status_code


async def shows(client: httpx.AsyncClient, yuan: int) -> bool:
    (card,) = (await client.get(PRODUCTS)).json()["items"]
    return bool(card["price_minor"] == yuan * 100)
