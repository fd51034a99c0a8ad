"""Search: what shoppers wait for a page with facets, at a thousand, a hundred thousand and a million SKUs."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import httpx
import msgspec
from litestar import Litestar
from litestar.datastructures import State

from bench.goods import BRANDS, CATEGORIES, make
from bench.harness import Table, fresh_database, ms, quantile, server
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.http.reads import DEPENDENCIES, plain_signatures
from shangmai.kernel.months import ensure_ahead
from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.organization.contract import ShopFacts, ShopId
from shangmai.modules.storefront.contract import Sort
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.queries.writing import COLUMNS
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.listing import (
    BAND_BOUNDS,
    IN_STOCK,
    PRICE,
    SAMPLES,
    STOCK,
    Crumb,
    Goods,
    Named,
    Option,
    Trait,
    sample_term,
    term_id,
)
from shangmai.modules.storefront.rules.rows import LabeledTerm, labeled, row_of, typed_as
from shangmai.modules.storefront.rules.slices import FIRST_YEAR, LISTED, QUARTERS, SOLD, SOLD_BOUNDS
from shangmai.modules.storefront.rules.words import Cutter
from shangmai.modules.storefront.service.projecting import malls
from shangmai.modules.storefront.service.searching import search
from shangmai.modules.storefront.service.shelf import listen, shelf_of
from shangmai.modules.storefront.service.suggesting import suggest

SIZES: Final = (1_000, 100_000, 1_000_000)
TEMPLATES: Final = 50_000
"""So many products are cut into words; of a larger shop the others are their copies."""
CHUNK: Final = 5_000
ROUNDS: Final = 60
CHANGES: Final = 40
NAMESPACE: Final = UUID(int=7)
OPENED: Final = datetime(2024, 1, 1, tzinfo=UTC)
NOUNS: Final = [(category, noun) for category, parts in CATEGORIES.items() for noun in parts[0].split()]

Ask = Callable[[int], Awaitable[object]]


def run(_: float) -> list[Table]:
    """The same questions at each size, then what memory adds and how soon a change is seen."""
    waits = Table("A page of 20 with its facets: p50 / p99", ["question", *(f"{size:,} SKUs" for size in SIZES)], NOTE)
    beside = Table("Beside it", ["measure", *(f"{size:,} SKUs" for size in SIZES)], NOTE_BESIDE)
    columns: list[tuple[dict[str, str], dict[str, str]]] = []
    with server() as running:
        for size in SIZES:
            dsn = asyncio.run(fresh_database(running, f"bench_search_{size}"))
            columns.append(asyncio.run(_measure(dsn, size)))
    for table, part in ((waits, 0), (beside, 1)):
        for name in columns[0][part]:
            table.add(name, *(column[part][name] for column in columns))
    return [waits, beside]


NOTE: Final = (
    "One SKU a product, one question after the other, in process: from words to finished answer, each in its own"
    " transaction; nothing from memory. Questions vary from round to round. PostgreSQL has 256 MB of shared buffers."
)
NOTE_BESIDE: Final = (
    "Over HTTP in one process (the client in it too), one request at a time, 20 category pages in turn. Seen: from the"
    " call of `catalog.set_prices` to the first answer with the new price, through commit, event, handler, wake-up."
)


async def _measure(dsn: str, size: int) -> tuple[dict[str, str], dict[str, str]]:
    async with await Database.connect(dsn, size=10) as db:
        await ensure_ahead(db)
        shop = await open_shop(db)
        beside = {"read model, with indexes": await load(dsn, shop, size)}
        waits = {}
        for name, ask in _questions(db, shop, size).items():
            waits[name] = await _timed(ask)
            print(f"  {size:,} · {name} · {waits[name]}", flush=True)
        async with _client(db) as client:
            beside |= await _over_http(db, client)
            beside["a new price is seen after: p50 / p99"] = await _seen(db, client, shop)
        return waits, beside


async def _act(db: Database, name: str, /, **given: Any) -> Any:
    call = Call(action=name, input=read_input(ACTIONS[name], given), actor=SYSTEM, door="bench")
    return (await Runner(db).run(call)).unwrap()


async def open_shop(db: Database) -> ShopFacts:
    company = await _act(db, "organization.create_company", code="HQ", name="总部", currency="CNY")
    await _act(db, "organization.create_shop", code="MALL", name="商城", company_id=company.id, kind="mall")
    async with db.reading(SYSTEM) as tx:
        return (await malls(tx))[0]


# --- loading -------------------------------------------------------------------------------------------------------


def goods(shop_id: ShopId, number: int) -> Goods:
    made = make(number)
    top, leaf = (CategoryId(uuid5(NAMESPACE, name)) for name in (made.category, made.category + made.leaf))
    chance = random.Random(number)
    return Goods(
        shop_id=shop_id,
        product_id=ProductId(UUID(int=(number << 64) | chance.getrandbits(62))),
        code=made.code,
        name=Named(made.name),
        brand_id=str(uuid5(NAMESPACE, made.brand)),
        brand=Named(made.brand),
        tags=(),
        path=(Crumb(top, Named(made.category)), Crumb(leaf, Named(made.leaf))),
        traits=tuple(
            Trait(name, Named(name), True, tuple(Option(value, Named(value)) for value in values))
            for name, values in made.attributes.items()
        ),
        description=made.description,
        codes=(f"{made.code}-1",),
        price_min_minor=made.price_minor,
        price_max_minor=made.price_minor,
        market_minor=None,
        currency="CNY",
        in_stock=made.in_stock,
        sales=made.sales,
        listed_at=OPENED + timedelta(minutes=number),
        rating_sum=0,
        rating_count=0,
        picture="",
        badges=(),
    )


def rows(shop_id: ShopId, first: int, behind: int) -> tuple[list[tuple[Any, ...]], dict[int, LabeledTerm]]:
    """A stretch of products as they are copied, and their terms."""
    cutter, terms, made = Cutter(), {}, []
    for number in range(first, behind):
        each = goods(shop_id, number)
        terms.update({term.term.id: term for term in labeled(each)})
        row = msgspec.structs.asdict(row_of(each, cutter))
        row["digest"] = bytes.fromhex(row["digest"][2:])
        made.append(tuple(row[column] for column in COLUMNS))
    return made, terms


async def load(dsn: str, shop: ShopFacts, size: int) -> str:
    """Cut up to TEMPLATES products by as many processes as there are cores, let the database make the rest of them.

    Copies differ in id, code, price, sales, stock and date, and so in what follows from these. The size on disk.
    """
    conn = await asyncpg.connect(dsn)
    indexes = [row["indexdef"] for row in await conn.fetch(INDEXES)]
    await conn.execute(LOADING)
    for row in await conn.fetch(INDEX_NAMES):
        await conn.execute(f"DROP INDEX {row['indexname']}")
    cut = min(size, TEMPLATES)
    assert size % cut == 0, f"a shop larger than {TEMPLATES:,} products has a multiple of them"
    terms: dict[int, LabeledTerm] = {}
    with ProcessPoolExecutor() as pool:
        firsts = range(0, cut, CHUNK)
        ends = [min(first + CHUNK, cut) for first in firsts]
        for made, named in pool.map(rows, [shop.id] * len(firsts), firsts, ends):
            await conn.copy_records_to_table("loaded", records=made, columns=list(COLUMNS))
            terms |= named
    await _name_slices(conn)
    await conn.execute(LOADED)
    await conn.execute(COPIED.format(copies=size // cut - 1, cut=cut, sample=_sample_sql(shop.id)))
    await conn.execute("DROP TABLE loaded, made_of, cut_at")
    for definition in indexes:
        await conn.execute(definition)
    await conn.executemany(
        "INSERT INTO storefront_terms VALUES ($1, $2, $3, $4, $5, '', $6, '')",
        [(id_, t.term.facet, t.term.value, t.term.parent, t.facet.zh, t.term.label.zh) for id_, t in terms.items()],
    )
    await _load_words(conn, shop, size)
    await conn.execute("VACUUM ANALYZE")
    found: str = await conn.fetchval("SELECT pg_size_pretty(pg_total_relation_size('storefront_products'))")
    await conn.close()
    return found


async def _name_slices(conn: asyncpg.Connection[Any]) -> None:
    """What follows from a number, for the database to look up: price bands, slices of sales, quarters, stock."""
    bands = [(PRICE, n, term_id(PRICE, str(n))) for n in range(len(BAND_BOUNDS) + 1)]
    sold = [(SOLD, n, term_id(SOLD, str(n))) for n in range(len(SOLD_BOUNDS) + 1)]
    listed = [(LISTED, n, term_id(LISTED, str(n))) for n in range(QUARTERS)]
    stock = [(STOCK, 1, term_id(STOCK, IN_STOCK))]
    await conn.copy_records_to_table("cut_at", records=[*bands, *sold, *listed, *stock])


def _sample_sql(shop_id: ShopId) -> str:
    """The samples that a random number lies in, as PostgreSQL works it out."""
    return " || ".join(
        f"CASE WHEN drawn % {one_in} = 0 THEN '{{{sample_term(shop_id, one_in)}}}'::bigint[] ELSE '{{}}' END"
        for one_in in SAMPLES
    )


INDEXES: Final = (
    "SELECT indexdef FROM pg_indexes WHERE tablename = 'storefront_products' AND indexname NOT LIKE '%pkey'"
)
INDEX_NAMES: Final = INDEXES.replace("indexdef", "indexname")
LOADING: Final = (
    "CREATE UNLOGGED TABLE loaded (LIKE storefront_products, number serial);"
    "ALTER TABLE loaded ALTER search TYPE text;"
    "CREATE UNLOGGED TABLE cut_at (facet text, n integer, term bigint, PRIMARY KEY (facet, n));"
    "SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2; SET work_mem = '64MB'"
)
LOADED: Final = (
    "CREATE UNLOGGED TABLE made_of AS SELECT number, "
    + ", ".join(f"{name}::tsvector" if name == "search" else name for name in COLUMNS)
    + f" FROM loaded; INSERT INTO storefront_products ({', '.join(COLUMNS)})"
    + f" SELECT {', '.join(COLUMNS)} FROM made_of"
)
OTHER: Final = {
    "product_id": "id",
    "code": "code",
    "price_min_minor": "price",
    "price_max_minor": "price",
    "in_stock": "there",
    "sales_rank": "rank",
    "listed_at": "listed",
    "terms": "facets || ({sample})",
    "facets": "facets",
    "search": "search || (code || ':1A')::tsvector",
}
BANDS: Final = [bound * 100 for bound in BAND_BOUNDS]
COPIED: Final = (
    f"INSERT INTO storefront_products ({', '.join(COLUMNS)}) SELECT "
    + ", ".join(OTHER.get(name, name) for name in COLUMNS)
    + f""" FROM (SELECT {", ".join(f"m.{name}" for name in COLUMNS if name not in OTHER)}, m.search, c.*,
 kept || b.term || s.term || l.term || CASE WHEN there THEN ARRAY[i.term] ELSE '{{{{}}}}' END AS facets
 FROM made_of m CROSS JOIN generate_series(1, {{copies}}) AS copy
 CROSS JOIN LATERAL (SELECT md5(m.number || '/' || copy) AS dice, m.number + copy * {{cut}} AS nth) AS d
 CROSS JOIN LATERAL (SELECT ('x' || left(dice, 8))::bit(32)::bigint AS drawn,
  (lpad(to_hex(nth), 16, '0') || substr(dice, 9, 8) || left(dice, 8))::uuid AS id, 'g' || lpad(nth::text, 7, '0')
  AS code, greatest(m.price_min_minor * (70 + ('x' || substr(dice, 17, 2))::bit(8)::int) / 200, 100) AS price,
  ('x' || substr(dice, 19, 2))::bit(8)::int > 25 AS there,
  greatest(m.sales_rank + ('x' || substr(dice, 21, 1))::bit(4)::int - 8, 0) AS rank,
  m.listed_at + copy * {{cut}} * interval '1 minute' AS listed,
  ARRAY(SELECT t FROM unnest(m.facets) AS t WHERE t NOT IN (SELECT term FROM cut_at)) AS kept) AS c
 JOIN cut_at b ON b.facet = '{PRICE}' AND b.n = width_bucket(price, ARRAY{BANDS}::bigint[])
 JOIN cut_at s ON s.facet = '{SOLD}' AND s.n = width_bucket(rank, ARRAY{list(SOLD_BOUNDS)})
 JOIN cut_at l ON l.facet = '{LISTED}' AND l.n = (extract(year FROM listed AT TIME ZONE 'UTC') - {FIRST_YEAR}) * 4
  + extract(quarter FROM listed AT TIME ZONE 'UTC') - 1
 JOIN cut_at i ON i.facet = '{STOCK}') AS x"""
)
"""As `row_of` makes rows, but from a row: the words stay, and with another code what follows from a number follows."""


async def _load_words(conn: asyncpg.Connection[Any], shop: ShopFacts, size: int) -> None:
    await conn.execute("INSERT INTO storefront_shops VALUES ($1, 1, $2)", shop.id, size)
    await conn.execute(
        "INSERT INTO storefront_words (shop_id, word, products) SELECT shop_id, word, count(*)"
        " FROM storefront_products, unnest(words) AS word GROUP BY shop_id, word"
    )
    words = [row["word"] for row in await conn.fetch("SELECT word FROM storefront_words")]
    spelled = sorted({pair for word in words for pair in typed_as(word)})
    await conn.copy_records_to_table("storefront_spellings", records=spelled, columns=["typed", "word"])


# --- asking --------------------------------------------------------------------------------------------------------


def _questions(db: Database, shop: ShopFacts, size: int) -> dict[str, Ask]:
    """Kinds of questions; each takes the round's number and varies with it."""
    chance = random.Random(42)
    colors = ["黑色", "白色", "红色", "蓝色"]
    some = [chance.choice(NOUNS) for _ in range(ROUNDS)]
    styled = [(chance.choice(CATEGORIES[category][2].split()), noun) for category, noun in some]
    frequent = ["纯棉", "女装", "T恤", "加厚", "黑色", "秋冬", "手机数码", "2026新款"]
    tops = [CategoryId(uuid5(NAMESPACE, name)) for name in CATEGORIES]

    def ask(q: str = "", sort: Sort = Sort.RELEVANCE, **filters: Any) -> Awaitable[object]:
        given = {"category": None, "brands": (), "bands": (), "in_stock": False, "attributes": ()} | filters
        return _search(db, shop, Question(shop_id=shop.id, q=q, chosen=asking.chosen(**given), sort=sort))

    def narrowed(n: int) -> Awaitable[object]:
        brands = [str(uuid5(NAMESPACE, brand)) for brand in BRANDS[n % 20 : n % 20 + 2]]
        color = f"颜色:{colors[n % 4]}"
        return ask(category=tops[n % 10], brands=brands, attributes=[color], in_stock=True)

    return {
        "everything, by sales": lambda n: ask(sort=Sort.SALES, in_stock=bool(n % 2)),
        "a category, by sales": lambda n: ask(category=tops[n % 10], sort=Sort.SALES),
        "a category, two brands, a colour, in stock": narrowed,
        "a noun: 连衣裙": lambda n: ask(some[n][1]),
        "noun and style: 碎花 连衣裙": lambda n: ask(" ".join(styled[n])),
        "a frequent word: 纯棉": lambda n: ask(frequent[n % len(frequent)]),
        "a frequent word, cheapest first": lambda n: ask(frequent[n % len(frequent)], Sort.PRICE_UP),
        "pinyin: lianyiqun": lambda n: ask(_pinyin(some[n][1], 0)),
        "initials: lyq": lambda n: ask(_pinyin(some[n][1], 1)),
        "a code": lambda n: ask(f"G{n * 7919 % size:07d}"),
        "wrong character, corrected: 连衣群": lambda n: ask(_misheard(some[n][1])),
        "nothing there": lambda n: ask(f"挖掘机{n}"),
        "suggestions after two letters": lambda n: _suggest(db, shop, _pinyin(some[n][1], 0)[:2]),
    }


async def _search(db: Database, shop: ShopFacts, question: Question) -> object:
    async with db.reading(SYSTEM) as tx:
        return await search(tx, shop, question, None, 20, "zh-CN")


async def _suggest(db: Database, shop: ShopFacts, typed: str) -> object:
    async with db.reading(SYSTEM) as tx:
        return await suggest(tx, shop, typed, "zh-CN")


def _pinyin(word: str, which: int) -> str:
    ways = [pair[0] for pair in typed_as(word)]
    return ways[1 + which] if len(ways) > 1 + which else word


HEARD: Final = str.maketrans("裙衣鞋服机包杯被", "群依协福鸡苞悲备")


def _misheard(word: str) -> str:
    return word.translate(HEARD)


async def _timed(ask: Ask) -> str:
    for n in range(5):
        await ask(n)
    taken = []
    for n in range(ROUNDS):
        started = time.perf_counter()
        await ask(n)
        taken.append(time.perf_counter() - started)
    return f"{ms(quantile(taken, 0.5))} / {ms(quantile(taken, 0.99))}"


# --- over HTTP -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    with plain_signatures():
        app = Litestar(
            routes, dependencies=dict(DEPENDENCIES), state=State({"db": db, "authenticator": None}), openapi_config=None
        )
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        yield client


async def _over_http(db: Database, client: httpx.AsyncClient) -> dict[str, str]:
    """A category page made anew for each request, from memory with its version asked for, and from memory alone."""
    pages = [{"category": str(uuid5(NAMESPACE, category + noun)), "sort": "sales"} for category, noun in NOUNS[:20]]

    async def ask(n: int) -> None:
        answer = await client.get("/api/v1/storefront/products", params=pages[n % len(pages)])
        assert answer.status_code == 200, answer.text

    async def ask_anew(n: int) -> None:
        shelf_of(db).clear()
        await ask(n)

    told = {"a page made anew: p50 / p99": await _timed(ask_anew)}
    for n in range(len(pages)):
        await ask(n)
    told["from memory, version read from the database: p50 / p99"] = await _timed(ask)
    async with _hearing(db):
        for n in range(len(pages)):
            await ask(n)
        told["from memory alone, listening: p50 / p99"] = await _timed(ask)
    return told


@asynccontextmanager
async def _hearing(db: Database) -> AsyncIterator[None]:
    task = asyncio.create_task(listen(db))
    await shelf_of(db).hears.wait()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _seen(db: Database, client: httpx.AsyncClient, shop: ShopFacts) -> str:
    """How long after a new price is set a shopper is told it, with a worker and a listener at work."""
    sku = {"code": "WATCHED", "price_minor": 100, "currency": shop.currency}
    made = await _act(db, "catalog.create_product", code="WATCHED", name="测速杯", skus=[sku])
    await _act(db, "catalog.list_product", product_id=made.id)
    reader = Reader(db)
    await reader.drain()
    follow = asyncio.create_task(reader.run())
    taken = []
    async with _hearing(db):
        for price in _prices():
            started = time.perf_counter()
            await _act(db, "catalog.set_prices", sku_id=made.skus[0].id, price_minor=price, currency=shop.currency)
            woken = shelf_of(db).next_wake
            while await _told(client) != price:
                await woken.wait()
                woken = shelf_of(db).next_wake
            taken.append(time.perf_counter() - started)
    reader.stop()
    await follow
    return f"{ms(quantile(taken, 0.5))} / {ms(quantile(taken, 0.99))}"


def _prices() -> Iterator[int]:
    return iter(range(101, 101 + CHANGES))


async def _told(client: httpx.AsyncClient) -> int:
    answer = await client.get("/api/v1/storefront/products", params={"q": "WATCHED"})
    return int(answer.json()["items"][0]["price_minor"])
