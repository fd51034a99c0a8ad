"""Shangmai: the API and the worker, as `shangmai up` starts them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psutil

from bench.harness import database
from bench.peers.goods import HOT_CODE, SEARCHES, Good, goods
from bench.peers.systems import base
from bench.peers.systems.base import Pairs, Running
from bench.place import api, api_key, caught_up, worker
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.modules.payments.providers.test import signing

DATABASE: Final = "peer_shangmai"
GRANTS: Final = ("orders.place", "checkout.cart", "marketing.buy_flash", "inventory.read")
SETTINGS: Final = {"SHANGMAI_DEMO": "true"}
"""Only a demo has the test gateway, and payments need a provider."""
COST_MINOR: Final = 500


class Shangmai:
    name = "shangmai"
    title = "Shangmai"
    module = "bench.peers.shangmai"
    checkouts: Pairs = (
        ("Shangmai, dummy payment", "at once"),
        ("Shangmai, paid by callback", "checkout"),
        ("Shangmai, call by call", "by steps"),
    )
    reads: Pairs = base.READS

    def install(self) -> None:
        """Nothing to fetch: it is this checkout."""

    def fill(self, server: Server) -> None:
        """Nothing to keep: a run fills its database anew, by the actions."""

    @contextmanager
    def run(self, server: Server) -> Iterator[Running]:
        given = asyncio.run(_filled(server))
        dsn = server.dsn(database=DATABASE)
        with api(dsn, **SETTINGS) as (port, api_pid), worker(dsn, **SETTINGS) as worker_pid:
            asyncio.run(_up_to_date(dsn))
            given["lists"] = list(_pages(port))
            processes = [psutil.Process(pid) for pid in (api_pid, worker_pid)]
            yield Running(port=port, processes=processes, given=given)

    def hot_left(self, server: Server, running: Running) -> int:
        return pieces_left(running, running.given["hot"])


def pieces_left(running: Running, sku: str) -> int:
    """How many pieces of a SKU can still be sold, as the API tells."""
    levels = base.ask_json(
        f"http://127.0.0.1:{running.port}/api/v1/skus/{sku}/stock",
        headers={"Authorization": f"Bearer {running.given['token']}"},
    )
    return sum(level["available"] for level in levels)


class Act:
    """Runs actions as the system does."""

    def __init__(self, db: Database) -> None:
        self.runner = Runner(db)

    async def __call__(self, name: str, given: dict[str, Any]) -> Any:
        return (await self.list(name, [given]))[0]

    async def list(self, name: str, given: Iterable[dict[str, Any]]) -> list[Any]:
        action = ACTIONS[name]
        calls = [Call(action=name, input=read_input(action, each), actor=SYSTEM, door="bench") for each in given]
        answers = await self.runner.run_list(calls) if action.many else [await self.runner.run(call) for call in calls]
        return [answer.unwrap() for answer in answers]


async def _filled(server: Server) -> dict[str, Any]:
    async with database(server, DATABASE) as db:
        return await fill(db, goods())


async def fill(db: Database, offered: Sequence[Good]) -> dict[str, Any]:
    """A mall that sells these goods from one warehouse; what journeys are given."""
    act = Act(db)
    company = await act("organization.create_company", {"code": "B", "name": "Bench"})
    await act("ledger.open_books", {"company_id": company.id})
    mall = {"code": "B", "name": "B", "company_id": company.id, "kind": "mall", "currency": "CNY"}
    shop = await act("organization.create_shop", mall)
    warehouse = await act("inventory.create_warehouse", {"code": "B", "name": "B", "company_id": company.id})
    await act("inventory.assign_warehouse", {"shop_id": shop.id, "warehouse_id": warehouse.id})
    made = await act.list("catalog.create_product", [_product(good) for good in offered])
    await act.list("catalog.list_product", [{"product_id": product.id} for product in made])
    lines = [
        {"sku_id": product.skus[0].id, "qty": good.stock, "cost_minor": good.stock * COST_MINOR}
        for product, good in zip(made, offered, strict=True)
    ]
    await act("inventory.receive", {"warehouse_id": warehouse.id, "reference": "bench", "lines": lines})
    merchant = signing.merchant_of(company.id)
    plain = [product for product in made if product.code != HOT_CODE]
    return {
        "token": await api_key(db, act.runner, GRANTS),
        "shop_id": str(shop.id),
        "warehouse_id": str(warehouse.id),
        "merchant": merchant,
        "key": signing.key_of(merchant).hex(),
        "skus": [str(product.skus[0].id) for product in plain],
        "products": [str(product.id) for product in plain],
        "hot": next(str(product.skus[0].id) for product in made if product.code == HOT_CODE),
        "prices": {str(each.skus[0].id): good.price_minor for each, good in zip(made, offered, strict=True)},
        "searches": SEARCHES,
        "lists": [""],
    }


def _product(good: Good) -> dict[str, Any]:
    sku = {"code": good.code, "price_minor": good.price_minor, "currency": "CNY"}
    return {"code": good.code, "name": good.name, "name_en": good.name, "skus": [sku]}


async def _up_to_date(dsn: str) -> None:
    """Wait until the worker has put everything into the shop window."""
    async with await Database.connect(dsn, size=2) as db:
        await caught_up(db)


def _pages(port: int) -> Iterator[str]:
    """The whole range in pages of 20, each by its query."""
    query = ""
    while True:
        yield query
        told = base.ask_json(f"http://127.0.0.1:{port}/api/v1/storefront/products?limit=20&{query}")
        if told["next"] is None:
            return
        query = f"cursor={told['next']}"
