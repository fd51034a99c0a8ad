"""From paid to a wave: how many orders a second are set aside in bins and grouped to be picked, and how soon."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from bench.fulfil import Shop
from bench.harness import Table, database, ms, quantile, server
from bench.place import caught_up, stocked_shop, worker
from bench.sink import Sink
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.waves import WaveMade

ORDERS: Final = 5_000
RATE: Final = 200
AISLES: Final = 20
BAYS: Final = 50
PIECES: Final = 100_000
"""In each bin; every SKU lies in two."""


def run(seconds: float) -> list[Table]:
    """Paid orders of 3 lines over 1,000 SKUs in 2,000 places; then a steady stream for some seconds."""
    table = Table(
        "Paid → in a wave",
        ["measure", "figure"],
        f"{ORDERS:,} orders of 3 lines, paid while no worker ran; then one worker process starts and does all that"
        " follows (payments counted, exceptions looked for, units made and released, asked of the floor, pieces held in"
        f" bins, waves and tasks written) until the last request is in a wave. {AISLES * BAYS:,} bins, every SKU in two"
        f" of them. The stream: {RATE} orders/s are placed and paid by another process on the same cores; the lag is"
        " from the answer of the payment until a handler is told of the wave.",
    )
    with server() as running:
        asyncio.run(_measure(table, running, seconds))
    return [table]


async def _measure(table: Table, running: Any, seconds: float) -> None:
    async with database(running, "bench_floor") as db:
        shop = Shop(db, *(await stocked_shop(db))[:2])
        await _fill_bins(db, shop)
        await shop.pay(ORDERS)
        started = time.perf_counter()
        with worker(db.dsn):
            async with Sink(WaveMade, lambda event: event.docs).hearing(db) as sink:
                await asyncio.wait_for(sink.reach(ORDERS), 600)
                table.add("in waves", f"{ORDERS / (time.perf_counter() - started):,.0f}/s")
                await caught_up(db)
                rate, lags = await sink.lags(shop, RATE, seconds)
                for name, q in (("median", 0.5), ("p99", 0.99)):
                    table.add(f"payment → in a wave at {rate:,.0f} orders/s, {name}", ms(quantile(lags, q)))
            await caught_up(db)


async def _fill_bins(db: Database, shop: Shop) -> None:
    async with db.reading(SYSTEM) as tx:
        warehouse_id = WarehouseId(await tx.fetchval("SELECT id FROM warehouses"))
    here = {"warehouse_id": str(warehouse_id)}
    places = [(aisle, bay) for aisle in range(AISLES) for bay in range(BAYS)]
    bins = [
        {"code": f"{aisle:02}-{bay:02}", "zone": "A", "aisle": aisle, "bay": bay, "offset_mm": bay * 1000}
        for aisle, bay in places
    ]
    await shop.act("warehouse.save_zone", [{**here, "code": "A", "name": "A"}])
    await shop.act("warehouse.save_bins", [{**here, "bins": [*bins, {"code": "OUT", "zone": "A", "kind": "stage"}]}])
    lines = [
        {"sku_id": sku, "qty": PIECES, "bin": bins[(n + half * 500) % len(bins)]["code"]}
        for n, sku in enumerate(shop.skus)
        for half in (0, 1)
    ]
    await shop.act("warehouse.put_away", [{**here, "lines": lines}])
    policy = {"on": True, "waves": {"auto": True, "by_courier": False}}
    await shop.act("warehouse.set_floor_policy", [{**here, "policy": policy}])
