"""From a sale to a channel's outbox: how soon a marketplace can be told that a piece is gone."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final
from uuid import UUID

from bench.fulfil import Shop
from bench.harness import Table, database, ms, quantile, server
from bench.place import caught_up, stocked_shop, worker
from bench.sink import TICK_S
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database

RATES: Final = (0, 100, 300)
"""Other orders a second that are placed and paid meanwhile."""
LOOK_S: Final = 0.005
WITHIN_S: Final = 60.0


def run(seconds: float) -> list[Table]:
    """Sell a piece, wait until its channel's number says so, and sell the next; beside no, some and many orders."""
    table = Table(
        "Sale → channel's outbox",
        ["other orders/s", "sales", "median", "p99", "longest"],
        "From the answer of the placing of an order until the number of its SKU that the shop's channel is to be told"
        f" is the new one, looked at each {LOOK_S * 1000:.0f} ms; one sale at a time, of a SKU of its own, all SKUs"
        " shared by a rule. One worker process does all that follows; the other orders, of 3 lines each, are placed and"
        " paid by another process on the same cores. The aim: less than 2 s.",
    )
    with server() as running:
        asyncio.run(_measure(table, running, seconds))
    return [table]


async def _measure(table: Table, running: Any, seconds: float) -> None:
    async with database(running, "bench_channels") as db:
        shop_id, skus, _ = await stocked_shop(db)
        shop, probe = Shop(db, shop_id, skus[1:]), Probe(db, shop_id, skus[0])
        await shop.act("inventory.set_channel_share", [{"shop_id": shop_id, "mode": "shared"}])
        with worker(db.dsn):
            await probe.begin()
            for rate in RATES:
                other = asyncio.create_task(_sell(shop, rate, seconds))
                lags = [await probe.sell()]
                while not other.done():
                    lags.append(await probe.sell())
                sold = await other
                found = (quantile(lags, 0.5), quantile(lags, 0.99), max(lags))
                table.add(f"{sold:,.0f}", len(lags), *(ms(each) for each in found))
                await caught_up(db)


async def _sell(shop: Shop, rate: int, seconds: float) -> float:
    """Place and pay orders at a steady rate; how many a second it came to."""
    started, count = time.perf_counter(), 0
    for tick in range(1, int(seconds / TICK_S) + 1):
        if rate:
            count += len(await shop.pay_some(round(rate * TICK_S)))
        await asyncio.sleep(max(started + tick * TICK_S - time.perf_counter(), 0))
    return count / (time.perf_counter() - started)


class Probe:
    """One SKU, sold piece by piece."""

    def __init__(self, db: Database, shop_id: str, sku: str) -> None:
        self._db, self._shop_id, self._sku = db, shop_id, sku
        self._shop = Shop(db, shop_id, [sku])
        self._number = 0

    async def begin(self) -> None:
        """Wait until the rule has reached the SKU."""
        self._number = await self._other_than(None)

    async def sell(self) -> float:
        """Sell a piece; for how many seconds the channel did not know, after the buyer did."""
        line = {"sku_id": self._sku, "qty": 1}
        await self._shop.act("orders.place", [{"shop_id": self._shop_id, "lines": [line]}])
        told = time.perf_counter()
        now = await self._other_than(self._number)
        assert now == self._number - 1, f"{self._number} less one is not {now}"
        self._number = now
        return time.perf_counter() - told

    async def _other_than(self, before: int | None) -> int:
        """The number as soon as it is another one."""
        since = time.perf_counter()
        while (now := await self._read()) is None or now == before:
            assert time.perf_counter() - since < WITHIN_S, "the worker counts no more"
            await asyncio.sleep(LOOK_S)
        return now

    async def _read(self) -> int | None:
        async with self._db.reading(SYSTEM) as tx:
            found: int | None = await tx.fetchval(
                "SELECT qty FROM channel_stock_outbox WHERE shop_id = $1 AND sku_id = $2",
                UUID(self._shop_id),
                UUID(self._sku),
            )
            return found
