"""From paid to released: how many orders a second become units that the warehouse may pick, and how soon."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Final
from uuid import UUID

from bench.harness import Table, database, ms, quantile, server
from bench.place import RECEIVER, caught_up, stocked_shop, worker
from bench.sink import Sink
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.orders.contract.units import UnitReleased
from shangmai.modules.organization import service as organization

ORDERS: Final = 5_000
BATCH: Final = 250
RATE: Final = 300
TABLES: Final[dict[str, dict[str, Any]]] = {
    "orders.audit": {"rows": [{"id": "dear", "when": {"total_minor": ">= 10000000"}, "then": {"verdict": "finance"}}]},
    "orders.courier": {"rows": [{"id": "east", "when": {"province": "'上海市'"}, "then": {"courier": "SF"}}]},
    "orders.splitting": {"rows": [{"id": "heavy", "when": {"pieces": "> 50"}, "then": {"may_split": "yes"}}]},
}


def run(seconds: float) -> list[Table]:
    """Paid orders of 3 lines, without tables and with three of them in force; then a steady rush for some seconds."""
    table = Table(
        "Paid → released",
        ["orders", "measure", "figure"],
        f"{ORDERS:,} orders of 3 lines, paid while no worker ran; then one worker process starts and does all that"
        " follows (payments counted, exceptions looked for, tables asked, units made and released, ledger, mall, log"
        f" sealed) until the last unit is released. The rush: {RATE} orders/s are placed and paid by another process on"
        " the same cores; the lag is from the answer of the payment until a handler is told of the release.",
    )
    with server() as running:
        asyncio.run(_measure(table, running, seconds))
    return [table]


async def _measure(table: Table, running: Any, seconds: float) -> None:
    for label, tables in (("no tables", {}), ("audit, courier, splitting", TABLES)):
        async with database(running, "bench_fulfil") as db:
            shop = Shop(db, *(await stocked_shop(db))[:2])
            await shop.publish(tables)
            await shop.pay(ORDERS)
            started = time.perf_counter()
            with worker(db.dsn):
                async with Sink(UnitReleased, lambda event: [event.unit_id]).hearing(db) as sink:
                    await sink.reach(ORDERS)
                    took = time.perf_counter() - started
                    table.add(label, "released", f"{ORDERS / took:,.0f}/s")
                    await caught_up(db)
                    rate, lags = await sink.lags(shop, RATE, seconds)
                    for name, q in (("median", 0.5), ("p99", 0.99)):
                        table.add(label, f"payment → released at {rate:,.0f} orders/s, {name}", ms(quantile(lags, q)))
                await caught_up(db)


class Shop:
    """Places and pays orders, many at once."""

    def __init__(self, db: Database, shop_id: str, skus: list[str]) -> None:
        self.db, self.runner, self.shop_id, self.skus = db, Runner(db), shop_id, skus
        self.rng, self.paid = random.Random(7), 0

    async def publish(self, tables: dict[str, dict[str, Any]]) -> None:
        async with self.db.reading(SYSTEM) as tx:
            shop = (await organization.get_shops(tx, [UUID(self.shop_id)]))[UUID(self.shop_id)]  # type: ignore[list-item, index]
        for subject, rows in tables.items():
            given = {"company_id": shop.company_id, "subject": subject}
            await self.act("rules.save_table", [{**given, "table": rows}])
            await self.act("rules.publish_table", [given])

    async def pay(self, count: int) -> None:
        for start in range(0, count, BATCH):
            await self.pay_some(min(BATCH, count - start))

    async def pay_some(self, count: int) -> list[Any]:
        """Place and pay so many orders, in two transactions."""
        wishes = [
            {
                "shop_id": self.shop_id,
                "receiver": RECEIVER,
                "lines": [{"sku_id": sku, "qty": 1} for sku in self.rng.sample(self.skus, 3)],
            }
            for _ in range(count)
        ]
        orders = await self.act("orders.place", wishes)
        payments = []
        for order in orders:
            self.paid += 1
            payments.append({"order_id": order.id, "amount_minor": order.total_minor, "reference": f"B{self.paid}"})
        await self.act("orders.pay", payments)
        return orders

    async def units(self, orders: list[UUID]) -> list[tuple[UUID, UUID]]:
        """The unit of each of these orders, and the order."""
        async with self.db.reading(SYSTEM) as tx:
            rows = await tx.fetch(
                "SELECT DISTINCT unit_id, order_id FROM order_unit_lines WHERE order_id = ANY ($1::uuid[])", orders
            )
        return [(row["unit_id"], row["order_id"]) for row in rows]

    async def act(self, name: str, given: list[dict[str, Any]]) -> list[Any]:
        spec = ACTIONS[name]
        calls = [Call(action=name, input=read_input(spec, each), actor=SYSTEM, door="bench") for each in given]
        return [answer.unwrap() for answer in await self.runner.run_list(calls)]
