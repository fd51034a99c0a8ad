"""An order that a payer was asked for, and the whole application behind a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

from shangmai.apps.api import create_app
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import Unauthenticated
from shangmai.kernel.jobs.contract import JOBS
from shangmai.kernel.jobs.worker import Jobs
from shangmai.kernel.settings import Settings
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import PaymentIntent
from shangmai.modules.payments.http import routes
from tests.world import World

PATIENT: dict[str, Any] = {"trust_env": False, "timeout": 60, "limits": httpx.Limits(max_keepalive_connections=0)}
"""Of a client of a real server: busy machines answer late, and a kept connection may end as the next request goes."""


class Clerk:
    """`Bearer clerk` may do everything."""

    async def authenticate(self, db: Database, *, bearer: str | None, **_: Any) -> Actor:
        if bearer != "clerk":
            raise Unauthenticated()
        return SYSTEM


@pytest.fixture(autouse=True)
def gateway() -> None:
    """The test gateway, at an address where nobody answers."""
    service.use_provider(service.TestGateway("http://127.0.0.1:9"))


@pytest_asyncio.fixture
async def order(world: World) -> Any:
    return await world.place(2, 1)  # 40.00


@pytest_asyncio.fixture
async def intent(world: World, order: Any) -> PaymentIntent:
    started = await world.act("orders.start_payment", {"order_id": order.id})
    asked: PaymentIntent = started.intent
    return asked


@pytest_asyncio.fixture
async def site(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application under a real server, which the test gateway calls too."""
    listening = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(Settings(database_url=dsn, lang="en", demo=True, pool_size=4), Clerk(), routes=routes)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110  uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    service.use_provider(service.TestGateway(base_url))
    async with httpx.AsyncClient(base_url=base_url, **PATIENT) as client:
        yield client
    server.should_exit = True
    await serving


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A worker that does the jobs of payments."""
    jobs = Jobs(world.runner, jobs=[spec for name, spec in JOBS.items() if name.startswith("payments.")], schedules=[])
    task = asyncio.create_task(jobs.run())
    try:
        yield
    finally:
        jobs.stop()
        await task
