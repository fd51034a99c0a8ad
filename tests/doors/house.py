"""A business with one of everything in a database of its own, the application over it, a look at all its tables."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.apps.api import create_app
from shangmai.apps.commands.session import Session
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import DIMENSIONS, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.http.auth import Authenticator
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.modules.identity import service as identity
from tests.doors.conftest import living
from tests.world import World

TRAIL: Final = ("action_log", "action_claims", "action_chain", "pulses", "monthly_tables", "alembic_version")
"""What a refused call may leave: that it was made."""
FILES: Final = (
    "SELECT c.relname, coalesce(r.relname, c.relname) FROM pg_class c"
    " LEFT JOIN pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid)"
    " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND pg_relation_size(c.oid) > 0"
    " ORDER BY c.relname"
)
"""What has ever had a row: each file, and the table that it is a part of."""
State = dict[str, tuple[int, int]]


class House:
    """`ids` has an id of everything, by its type's name; `walled`: those hidden from who is out of scope."""

    def __init__(self, conn: Any, session: Session, client: httpx.AsyncClient, owner: Actor, owner_key: str) -> None:
        self._conn = conn
        self.session, self.client = session, client
        self.owner, self.owner_key = owner, owner_key
        self.ids: dict[str, UUID] = {}
        self.walled: set[str] = set()
        self._tables: list[str] = []
        self._looks: dict[tuple[str, ...], Any] = {}

    async def survey(self) -> House:
        """Find the tables, and the first id of each."""
        rows = await self._conn.fetch(
            "SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
            " AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype) AS named FROM pg_class c"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
            " ORDER BY c.relname"
        )
        self._tables = [row["relname"] for row in rows if row["relname"] not in TRAIL]
        # An order's id is one of `orders`, although one of `channel_orders` may be called the same.
        for row in sorted(rows, key=lambda row: row["relname"].count("_"), reverse=True):
            first = f"SELECT id FROM {row['relname']} ORDER BY id LIMIT 1"  # sql: a table's name, from the catalog
            if row["named"] and (id_ := await self._conn.fetchval(first)):
                for name in _id_names(row["relname"]):
                    self.ids[name] = id_
                    self.walled |= {name} if row["relrowsecurity"] else set()
        return self

    async def state(self) -> State:
        """Rows of every table, and a sum that a changed row changes; looks where there is anything at all."""
        files: dict[str, str] = dict(await self._conn.fetch(FILES))
        look = await self._look(tuple(name for name, table in files.items() if table not in TRAIL))
        found = dict.fromkeys(self._tables, (0, 0))
        for name, count, version in await look.fetch():
            counted, sum_ = found[files[name]]
            found[files[name]] = (counted + count, sum_ + version)
        return found

    async def _look(self, names: tuple[str, ...]) -> Any:
        """Prepared: planning a hundred tables takes five times as long as looking at them."""
        if names not in self._looks:
            looks = (
                f"SELECT '{name}', count(*), coalesce(sum(xmin::text::bigint), 0)::bigint FROM ONLY {name}"
                for name in names
            )
            self._looks[names] = await self._conn.prepare(" UNION ALL ".join(looks))
        return self._looks[names]


def _id_names(table: str) -> list[str]:
    """The names that an id of this table's rows may have: of `stock_documents`, StockDocumentId and DocumentId."""
    single = re.sub(r"s$", "", re.sub(r"ies$", "y", re.sub(r"sses$", "ss", table)))
    words = [word.capitalize() for word in single.split("_")]
    return ["".join(words[start:]) + "Id" for start in range(len(words))]


@asynccontextmanager
async def a_house(server: Server, template: str, authenticator: Authenticator) -> AsyncIterator[House]:
    name = f"test_{os.getpid()}_{new_id().hex[-12:]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    dsn = server.dsn(database=name)
    conn = await asyncpg.connect(dsn)
    settings = Settings(database_url=dsn, lang="en")
    app = create_app(settings, authenticator)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    identity.use_hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    try:
        async with (
            await Database.connect(dsn, size=8) as db,
            living(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            session = Session(settings, db, Runner(db), dsn)
            yield await House(conn, session, client, *await _furnish(db)).survey()
    finally:
        identity.use_hasher(PasswordHash((Argon2Hasher(),)))
        await conn.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def _furnish(db: Database) -> tuple[Actor, str]:
    """Make one of everything; who owns it all, and their API key."""
    world = await World(db).make()
    customer = await world.act("members.register", {"shop_id": world.shop_id, "name": "王小明", "phone": "13800138000"})
    address = {"name": "王小明", "phone": "13800138000", "province": "浙江", "city": "杭州", "district": "西湖"}
    await world.act("members.add_address", address | {"customer_id": customer.customer_id, "street": "文三路 1 号"})
    await world.act("catalog.create_brand", {"name": "商脉"})
    color = {"key": "color", "name": "颜色", "options": [{"key": "red", "name": "红"}]}
    await world.act("catalog.define_attribute", color)
    await world.act("organization.create_department", {"company_id": world.company_id, "name": "仓储"})
    at = {"shop_id": world.shop_id, "kind": "taobao", "seller_id": "tb-1", "name": "旗舰店"}
    channel = await world.act("channels.save_account", at)
    listings = [{"item_id": "T1", "title": "茶杯", "sku_id": world.skus[0]}]
    await world.act("channels.save_listings", {"account_id": channel.id, "listings": listings})
    sold = {"channel_line": "1", "item_id": "T9", "amount_minor": 900}
    await world.act("channels.take_order", {"account_id": channel.id, "channel_no": "TB-1", "lines": [sold]})
    order = await world.sell(2, 1)
    await world.give_back(order, {1: 1})
    await world.place(1)
    await world.reader.drain()
    scopes = dict.fromkeys(DIMENSIONS, "*")
    given = {
        "login": "boss",
        "display_name": "Boss",
        "password": "a-long-password",
        "roles": ["owner"],
        "scopes": scopes,
    }
    await world.act("identity.create_user", given)
    async with db.reading(SYSTEM) as tx:
        boss = await identity.actor_of_login(tx, "boss")
    made = await world.act("identity.create_api_key", {"name": "erp", "grants": ["*"]}, actor=boss)
    return boss, made.key
