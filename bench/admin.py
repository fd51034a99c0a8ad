"""The admin: what its pages wait for, with a real year of orders in the pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import httpx

from bench.harness import Table, database, ms, quantile, server
from bench.importing import FILE, NAME
from shangmai.apps.api import create_app
from shangmai.apps.importing import import_orders
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.settings import Settings

ROUNDS: Final = 100
WARMING: Final = 5
FIRST_PAGE_MS: Final = 300
FILTER_MS: Final = 500
NOTE: Final = (
    "Online Retail II (UCI, CC BY 4.0) imported through the doors: its 20,951 sale invoices with everything that"
    " followed. One request after the other by somebody who sees all, in process: from the address to the finished"
    f" answer. Wished for: a first page below {FIRST_PAGE_MS} ms, a filter below {FILTER_MS} ms."
)
PAGES: Final = {
    "orders: the first page of 50": "/api/v1/orders",
    "orders: the first page of 200": "/api/v1/orders?limit=200",
    "orders: filtered by status, many": "/api/v1/orders?status=shipped",
    "orders: filtered by status, few or none": "/api/v1/orders?status=placed",
    "orders: filtered by shop": "/api/v1/orders?shop_id={shop}",
    "orders: filtered by kind, none": "/api/v1/orders?kind=presale",
    "orders: the hundredth page": "/api/v1/orders?cursor={deep}",
    "orders: found by number": "/api/v1/orders?number={number}",
    "orders: found by no number": "/api/v1/orders?number=NONE-1",
    "orders: found by no waybill": "/api/v1/orders?waybill=SF0000000001",
    "an order": "/api/v1/orders/{order}",
    "an order's trace": "/api/v1/orders/{order}/trace",
    "an order's profit": "/api/v1/orders/{order}/profit",
    "exceptions": "/api/v1/orders/exceptions",
    "what waits for me": "/api/v1/orders/work",
    "members: the first page": "/api/v1/customers",
    "stock: the first page": "/api/v1/stock",
    "stock movements: the first page": "/api/v1/inventory/movements",
    "payments: the first page": "/api/v1/payments",
    "vouchers: the first page": "/api/v1/ledger/entries?company={company}",
    "trial balance, all periods": "/api/v1/ledger/trial-balance?company={company}",
    "lines of 1122 accounts receivable": "/api/v1/ledger/accounts/1122/lines?company={company}",
    "action log: the first page": "/api/v1/log",
}


class _Boss:
    """Whoever calls may do and see everything."""

    async def authenticate(self, db: Database, **_: Any) -> Actor:
        scopes = dict.fromkeys(DIMENSIONS, EVERYTHING)
        return Actor(id=UUID(int=7), kind="user", name="boss", grants=frozenset({"*"}), scopes=scopes)


def run(seconds: float) -> list[Table]:
    """Import the year, then ask; `seconds` is for the other benchmarks."""
    path = FILE if FILE.is_file() else FILE / NAME
    table = Table("What the admin's pages wait for, with a real year in the pool", ["request", "p50", "p99"], NOTE)
    if not path.is_file():
        table.add("skipped", f"{NAME} is not there", "")
        return [table]
    with server() as running, TemporaryDirectory() as home:

        async def measure() -> None:
            async with database(running, "bench_admin", size=4) as db:
                await import_orders(db, Runner(db), path, "online-retail", settings=Settings(home=Path(home)))
                settings = Settings(home=Path(home), database_url=db.dsn)
                async with _client(settings) as client:
                    await _measure(table, client)

        asyncio.run(measure())
    return [table]


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application, between its start and its end."""
    app = create_app(settings, _Boss())
    told: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    told.put_nowait({"type": "lifespan.startup"})
    living = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, heard.put))  # type: ignore[arg-type]
    started = await heard.get()
    assert started["type"] == "lifespan.startup.complete", started
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    headers = {"authorization": "Bearer boss"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
        yield client
    told.put_nowait({"type": "lifespan.shutdown"})
    await living


async def _measure(table: Table, client: httpx.AsyncClient) -> None:
    known = await _known(client)
    for name, path in PAGES.items():
        waits = []
        for n in range(WARMING + ROUNDS):
            started = time.perf_counter()
            answer = await client.get(path.format(**known))
            if n >= WARMING:
                waits.append(time.perf_counter() - started)
            assert answer.status_code == 200, f"{path}: {answer.text}"
        table.add(name, ms(quantile(waits, 0.5)), ms(quantile(waits, 0.99)))


async def _known(client: httpx.AsyncClient) -> dict[str, str]:
    """What the addresses name: an order in the middle of the pool, its shop and company, the hundredth page."""
    page: dict[str, Any] = {"next": ""}
    for _ in range(99):
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = (await client.get("/api/v1/orders", params=cursor)).json()
    order = page["items"][0]
    shops = (await client.get("/api/v1/shops")).json()
    (shop,) = [each for each in shops["items"] if each["id"] == order["shop_id"]]
    return {
        "deep": page["next"],
        "order": order["id"],
        "number": order["number"],
        "shop": order["shop_id"],
        "company": shop["company_id"],
    }
