"""Shangmai's shop window at a hundred thousand and a million products: lists, search, a product's page, over HTTP."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import psutil

from bench.goods import CATEGORIES, make
from bench.harness import Table, fresh_database, ms, postmaster
from bench.peers.measure import Cost, measured, plan, walked
from bench.peers.systems import base
from bench.peers.systems.base import Running
from bench.peers.systems.shangmai import Shangmai
from bench.place import api
from bench.search import CHUNK, NAMESPACE, NOUNS, OPENED, goods, load, open_shop
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.months import ensure_ahead
from shangmai.modules.organization.contract import ShopFacts, ShopId

SIZES: Final = (100_000, 1_000_000)
READERS: Final = 32
SAMPLE: Final = 5_000
"""Products whose pages are looked at."""
SORTS: Final = ("sales", "newest", "price_up", "price_down")

Row = tuple[UUID, str, str, UUID, int]


def run(server: Server, seconds: float) -> list[Table]:
    """The same three at each size."""
    table = Table(
        f"Shangmai: what shoppers read, {READERS} at once, by number of products",
        ["products", "what", "requests/s", "p50", "p99", "CPU of one", "nothing found"],
        NOTE,
    )
    for size in SIZES:
        name = f"peer_scale_{size}"
        given = asyncio.run(_filled(server, name, size))
        asyncio.run(base.checkpoint(server))
        with api(server.dsn(database=name)) as (port, pid):
            running = Running(port=port, processes=[psutil.Process(pid)], given=given)
            for what, journey in base.READS:
                cost = _measure(server, running, journey, seconds)
                waits = [ms(cost.wait_s(q)) for q in (0.5, 0.99)]
                cpu_ms = cost.cpu_s / max(len(cost.done), 1) * 1000
                table.add(f"{size:,}", what, f"{cost.rate:,.0f}", *waits, f"{cpu_ms:.1f} ms", len(cost.refused))
        asyncio.run(base.drop_database(server, name))  # a million of them take gigabytes
    return [table]


NOTE: Final = (
    "Lists: pages of a category of goods, in four orders, in stock or all; searches: a style and a noun, as a shopper"
    " writes them, with all facets; pages of products without stock rows. One API process. What was asked for once is"
    " answered from memory until something in the window changes; nothing does here."
)


def _measure(server: Server, running: Running, journey: str, seconds: float) -> Cost:
    system = Shangmai()
    walked(plan(system, running, journey, 4, seconds=2.0, seed=2))
    trees = [*running.processes, asyncio.run(postmaster(server))]
    return measured(plan(system, running, journey, READERS, seconds=seconds), trees)


async def _filled(server: Server, name: str, size: int) -> dict[str, Any]:
    """A shop window and the catalog behind it, copied in; what journeys are given."""
    dsn = await fresh_database(server, name)
    async with await Database.connect(dsn, size=4) as db:
        await ensure_ahead(db)
        shop = await open_shop(db)
    print(f"  {size:,} products: {await load(dsn, shop, size)}", flush=True)
    await _load_catalog(dsn, shop, size)
    chance = random.Random(7)
    shown = [goods(shop.id, chance.randrange(size)).product_id for _ in range(SAMPLE)]
    return {
        "token": "",
        "shop_id": str(shop.id),
        "merchant": "",
        "key": "",
        "skus": [],
        "hot": "",
        "prices": {},
        "products": [str(each) for each in shown],
        "searches": _searches(chance.sample(range(size), SAMPLE)),
        "lists": [
            f"category={_category(category, noun)}&sort={sort}&in_stock={in_stock}"
            for category, noun in NOUNS
            for sort in SORTS
            for in_stock in ("true", "false")
        ],
    }


def _searches(numbers: Sequence[int]) -> list[str]:
    """A style and a noun of each of these products."""
    found = set()
    for made in map(make, numbers):
        styles = [style for style in CATEGORIES[made.category][2].split() if style in made.name]
        found |= {f"{style} {made.leaf}" for style in styles[:1]}
    return sorted(found)


def _category(category: str, leaf: str = "") -> UUID:
    return uuid5(NAMESPACE, category + leaf)


async def _load_catalog(dsn: str, shop: ShopFacts, size: int) -> None:
    """Copy the products themselves, one SKU each, and their categories."""
    conn = await asyncpg.connect(dsn)
    named: list[tuple[UUID, UUID | None, str]] = [(_category(top), None, top) for top in CATEGORIES]
    named += [(_category(top, leaf), _category(top), leaf) for top, leaf in _leaves(size)]
    await conn.executemany(CATEGORY, [(*each, OPENED) for each in named])
    with ProcessPoolExecutor() as pool:
        firsts = range(0, size, CHUNK)
        for rows in pool.map(catalog_rows, [shop.id] * len(firsts), firsts, [min(at + CHUNK, size) for at in firsts]):
            await _copy(conn, rows)
    await conn.execute("VACUUM ANALYZE products")
    await conn.execute("VACUUM ANALYZE skus")
    await conn.close()


def _leaves(size: int) -> list[tuple[str, str]]:
    return sorted({(made.category, made.leaf) for made in map(make, range(min(size, 20_000)))})


def catalog_rows(shop_id: ShopId, first: int, behind: int) -> list[Row]:
    """A stretch of products: id, code, name, category, price."""
    made = (goods(shop_id, number) for number in range(first, behind))
    return [(each.product_id, each.code, each.name.zh, each.path[-1].id, each.price_min_minor) for each in made]


async def _copy(conn: asyncpg.Connection[Any], rows: Sequence[Row]) -> None:
    products = [(id_, code, name, "", category, "listed", OPENED, OPENED, id_) for id_, code, name, category, _ in rows]
    columns = ["id", "code", "name", "name_en", "category_id", "status", "created_at", "listed_at", "cause"]
    await conn.copy_records_to_table("products", records=products, columns=columns)
    skus = [
        (_sku(id_), id_, 1, f"{code}-1", name, "{}", 0, price, "CNY", OPENED, "goods", "active", OPENED, id_)
        for id_, code, name, _, price in rows
    ]
    columns = ["id", "product_id", "position", "code", "name", "attributes", "weight_g", "price_minor", "currency"]
    columns += ["priced_at", "kind", "status", "created_at", "cause"]
    await conn.copy_records_to_table("skus", records=skus, columns=columns)


def _sku(product: UUID) -> UUID:
    return UUID(int=product.int ^ (1 << 127))


CATEGORY: Final = (
    "INSERT INTO categories (id, parent_id, name, name_en, created_at, cause) VALUES ($1, $2, $3, '', $4, $1)"
)
