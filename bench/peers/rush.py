"""A flash sale on Shangmai: twenty thousand buyers for a thousand pieces, one each, while other orders go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from bench.harness import Table, ms, quantile
from bench.peers.buyers import Walk
from bench.peers.measure import Walking, plan, walked
from bench.peers.systems.base import Running
from bench.peers.systems.shangmai import DATABASE as NAME
from bench.peers.systems.shangmai import Act, Shangmai, pieces_left
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server

BUYERS: Final = 20_000
AGAIN: Final = 2_000
"""So many of the buyers try a second time."""
UNITS: Final = 1_000
PRICE_MINOR: Final = 100
AT_ONCE: Final = 256
STOCK: Final = 5_000
OTHERS: Final = 16
INTAKE: Final = 200.0
"""Other orders that are due each second."""
SALE_S_MAX: Final = 120.0
BATCH: Final = 1_000
SOLD_OUT: Final = "marketing.FlashSoldOut"


def run(server: Server, seconds: float) -> list[Table]:
    """Other orders alone for `seconds`, then while the sale is on; then what the database says of it."""
    system = Shangmai()
    with system.run(server) as running:
        asyncio.run(_open_sale(server, running.given))
        walked(plan(system, running, "place", OTHERS, seconds=3.0, seed=3))
        before = walked(plan(system, running, "place", OTHERS, rate=INTAKE, seconds=seconds, seed=4))
        rush, beside = _both(system, running)
        sold = asyncio.run(_sold(server, running))
        return [_table(rush, sold), _beside_table(before, beside)]


def _both(system: Shangmai, running: Running) -> tuple[list[Walk], list[Walk]]:
    """The sale, and the other orders that were due between its first request and its last answer."""
    sale = plan(system, running, "rush", AT_ONCE, journeys_max=BUYERS + AGAIN)
    with Walking(plan(system, running, "place", OTHERS, rate=INTAKE, seconds=SALE_S_MAX, seed=5)) as others:
        rush = walked(sale)
        beside = others.stop()
    begins, ends = min(walk.began for walk in rush), max(walk.ended for walk in rush)
    return rush, [walk for walk in beside if begins <= walk.began <= ends]


async def _open_sale(server: Server, given: dict[str, Any]) -> None:
    """A SKU with some of its pieces in a flash sale, one for each buyer, and the buyers."""
    async with await Database.connect(server.dsn(database=NAME), size=4) as db:
        act = Act(db)
        buyers = [{"shop_id": given["shop_id"], "ref": f"B{number}"} for number in range(BUYERS)]
        made = [
            each
            for at in range(0, BUYERS, BATCH)
            for each in await act.list("members.register", buyers[at : at + BATCH])
        ]
        sku = {"code": "FLASH", "price_minor": 10 * PRICE_MINOR, "currency": "CNY"}
        product = await act("catalog.create_product", {"code": "FLASH", "name": "秒杀", "skus": [sku]})
        await act("catalog.list_product", {"product_id": product.id})
        sku_id = product.skus[0].id
        line = {"sku_id": sku_id, "qty": STOCK, "cost_minor": STOCK * PRICE_MINOR}
        await act("inventory.receive", {"warehouse_id": given["warehouse_id"], "reference": "flash", "lines": [line]})
        sale = await act("marketing.open_flash_sale", _sale(given["shop_id"], sku_id))
        given["flash"] = {
            "promotion": str(sale.promotion_id),
            "sku": str(sku_id),
            "price_minor": PRICE_MINOR,
            "buyers": [str(each.customer_id) for each in made],
        }


def _sale(shop_id: str, sku_id: UUID) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "shop_id": shop_id,
        "code": "FLASH",
        "name": "秒杀",
        "sku_id": sku_id,
        "price_minor": PRICE_MINOR,
        "units": UNITS,
        "per_buyer": 1,
        "starts_at": now - timedelta(minutes=1),
        "ends_at": now + timedelta(hours=1),
    }


class Sold(NamedTuple):
    """What the database says of the sale."""

    orders: int
    pieces: int
    buyers: int
    left: int


async def _sold(server: Server, running: Running) -> Sold:
    conn = await asyncpg.connect(server.dsn(database=NAME))
    row = await conn.fetchrow(ORDERS, UUID(running.given["flash"]["sku"]))
    await conn.close()
    assert row is not None
    return Sold(row["orders"], row["pieces"], row["buyers"], pieces_left(running, running.given["flash"]["sku"]))


ORDERS: Final = (
    "SELECT count(DISTINCT o.id) AS orders, sum(l.qty)::bigint AS pieces, count(DISTINCT o.customer_id) AS buyers"
    " FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id WHERE l.sku_id = $1"
)


def _table(rush: Sequence[Walk], sold: Sold) -> Table:
    table = Table(
        f"Shangmai: {BUYERS:,} buyers for {UNITS:,} pieces, one each, {AT_ONCE} at once",
        ["measure", "figure"],
        f"{AGAIN:,} of the buyers ask a second time. Out of order: whose request was sent after somebody had been told"
        f" that nothing is left. `marketing.buy_flash`: orders at the flash price, to be paid. {STOCK:,} pieces are in"
        " stock; those that the sale does not have are left.",
    )
    won = [walk for walk in rush if not walk.refusal]
    why = Counter(walk.refusal for walk in rush if walk.refusal)
    waits = [walk.ended - walk.began for walk in rush]
    seconds = max(walk.ended for walk in rush) - min(walk.began for walk in rush)
    table.add("answers of success", f"{len(won):,}")
    table.add("orders, pieces, buyers in the database", f"{sold.orders:,}, {sold.pieces:,}, {sold.buyers:,}")
    table.add("pieces left", f"{sold.left:,}")
    table.add("refused", ", ".join(f"{count:,} {reason}" for reason, count in why.most_common()))
    table.add("got a piece out of order", _out_of_order(rush))
    table.add(
        "answers a second, p50, p99",
        f"{len(rush) / seconds:,.0f}, {ms(quantile(waits, 0.5))}, {ms(quantile(waits, 0.99))}",
    )
    return table


def _out_of_order(rush: Sequence[Walk]) -> int:
    """How many got a piece though they asked after somebody had been told that there was none left."""
    told = min((walk.ended for walk in rush if walk.refusal == SOLD_OUT), default=float("inf"))
    return sum(not walk.refusal and walk.began > told for walk in rush)


def _beside_table(before: Sequence[Walk], beside: Sequence[Walk]) -> Table:
    table = Table(
        f"Shangmai: other orders of 3 lines meanwhile, {INTAKE:.0f} a second",
        ["when", "orders/s", "p50", "p99", "refused"],
        "They are due at even moments, from which their time is counted. The sale's requests, the other orders and both"
        " load generators share the cores.",
    )
    for when, walks in (("before the sale", before), ("during the sale", beside)):
        waits = [walk.ended - walk.began for walk in walks]
        seconds = max(walk.ended for walk in walks) - min(walk.began for walk in walks)
        refused = sum(bool(walk.refusal) for walk in walks)
        table.add(when, f"{len(walks) / seconds:,.0f}", ms(quantile(waits, 0.5)), ms(quantile(waits, 0.99)), refused)
    return table
