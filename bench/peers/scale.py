"""Shangmai's shop window at a hundred thousand and a million products: lists, search, a product's page, over HTTP."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
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
from bench.search import NAMESPACE, NOUNS, OPENED, TEMPLATES, load, open_shop
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.months import ensure_ahead

SIZES: Final = (100_000, 1_000_000)
READERS: Final = 32
SAMPLE: Final = 5_000
"""Products whose pages are looked at."""
SORTS: Final = ("sales", "newest", "price_up", "price_down")


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
    conn = await asyncpg.connect(dsn)
    await _load_catalog(conn, size)
    shown = [row["product_id"] for row in await conn.fetch(SHOWN, SAMPLE)]
    await conn.close()
    chance = random.Random(7)
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


async def _load_catalog(conn: asyncpg.Connection[Any], size: int) -> None:
    """Make the products that the shop window shows, one SKU each, and their categories."""
    made = [make(number) for number in range(min(size, TEMPLATES))]
    named: list[tuple[UUID, UUID | None, str]] = [(_category(top), None, top) for top in CATEGORIES]
    leaves = sorted({(each.category, each.leaf) for each in made})
    named += [(_category(top, leaf), _category(top), leaf) for top, leaf in leaves]
    await conn.executemany(CATEGORY, [(*each, OPENED) for each in named])
    await conn.execute("CREATE TEMP TABLE lies_in (number bigint PRIMARY KEY, category_id uuid)")
    lies_in = [(number, _category(each.category, each.leaf)) for number, each in enumerate(made)]
    await conn.copy_records_to_table("lies_in", records=lies_in)
    await conn.execute(PRODUCTS, len(made), OPENED)
    await conn.execute(SKUS, OPENED)
    await conn.execute("VACUUM ANALYZE products")
    await conn.execute("VACUUM ANALYZE skus")


CATEGORY: Final = (
    "INSERT INTO categories (id, parent_id, name, name_en, created_at, cause) VALUES ($1, $2, $3, '', $4, $1)"
)
PRODUCTS: Final = (
    "INSERT INTO products (id, code, name, name_en, category_id, status, created_at, listed_at, cause)"
    " SELECT product_id, upper(code), name, '', category_id, 'listed', $2, $2, product_id FROM storefront_products"
    " JOIN lies_in ON number = ('x' || left(product_id::text, 8) || substr(product_id::text, 10, 4)"
    " || substr(product_id::text, 15, 4))::bit(64)::bigint % $1"
)
"""A product's id begins with its number, of which the remainder is that of the product whose words it has."""
SKUS: Final = (
    "INSERT INTO skus (id, product_id, position, code, name, attributes, weight_g, price_minor, currency, priced_at,"
    " kind, status, created_at, cause) SELECT gen_random_uuid(), product_id, 1, upper(code) || '-1', name, '{}', 0,"
    " price_min_minor, 'CNY', $1, 'goods', 'active', $1, product_id FROM storefront_products"
)
SHOWN: Final = "SELECT product_id FROM storefront_products ORDER BY md5(product_id::text) LIMIT $1"
