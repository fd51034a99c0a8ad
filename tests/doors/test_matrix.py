"""One rule, all doors: each refuses the same calls of every action in the same words, and then nothing has changed."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.apps import wiring
from shangmai.apps.api import create_app
from shangmai.apps.commands.session import Session
from shangmai.kernel.actions.contract import ACTIONS, ActionSpec
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.settings import Settings
from shangmai.modules.identity import service as identity
from tests.doors.conftest import living
from tests.doors.entrances import CommandLine, Door, Http, SheetDoor, Told, Whoever
from tests.doors.inputs import Inputs, unfit
from tests.world import World

wiring.load()
NAMES: Final = sorted(name for name, spec in ACTIONS.items() if spec.run.__module__.startswith("shangmai."))
TRAIL: Final = ("action_log", "action_claims", "action_chain", "pulses", "monthly_tables", "alembic_version")
"""What a refused call may leave: that it was made."""
RUNS: Final = ("import_runs",)
REFUSED: Final = {403, 404}
EVERYWHERE: Final = dict.fromkeys(DIMENSIONS, EVERYTHING)
ELSEWHERE: Final = {dimension: frozenset({uuid4()}) for dimension in DIMENSIONS}
State = dict[str, tuple[int, int]]


class House:
    """A business with one of everything, its doors, and a look at all of its tables."""

    def __init__(self, conn: Any, doors: dict[str, Door], owner: Actor) -> None:
        self._conn = conn
        self.doors, self.owner = doors, owner
        self._look = ""
        self.ids: dict[str, UUID] = {}
        self._walled: set[str] = set()

    async def survey(self) -> House:
        """Find the tables, an id of each, and which of them are hidden from who is out of scope."""
        rows = await self._conn.fetch(
            "SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
            " AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype) AS named FROM pg_class c"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
        )
        looks = [
            f"SELECT '{row['relname']}', count(*), coalesce(sum(xmin::text::bigint), 0)::bigint FROM {row['relname']}"
            for row in rows
            if row["relname"] not in TRAIL
        ]
        self._look = " UNION ALL ".join(looks)
        for row in rows:
            if row["named"] and (id_ := await self._conn.fetchval(f"SELECT id FROM {row['relname']} LIMIT 1")):
                for name in _id_names(row["relname"]):
                    self.ids[name] = id_
                    self._walled |= {name} if row["relrowsecurity"] else set()
        return self

    async def state(self) -> State:
        """Rows of every table, and a sum that a changed row changes."""
        return {name: (count, version) for name, count, version in await self._conn.fetch(self._look)}

    def make(self, spec: ActionSpec) -> tuple[dict[str, Any], bool]:
        """An input, and whether it names something that not everyone may see."""
        inputs = Inputs(self.ids)
        given = inputs.make(spec.input)
        scoped = bool(spec.scopes_of or (spec.scope and spec.scope(read_input(spec, given))))
        return given, scoped or bool(inputs.used & self._walled)

    async def refusals(
        self, name: str, given: dict[str, Any], actor: Actor, *, dry_run: bool = False
    ) -> dict[str, Told]:
        """What each door answers to the same call; nothing may have changed then."""
        told = {}
        for label, door in self.doors.items():
            before = await self.state()
            told[label] = await door(name, given, actor, dry_run=dry_run)
            after = await self.state()
            changed = {table for table in before if before[table] != after[table]}
            left = set() if dry_run or label != "import" else set(RUNS)
            assert changed <= left, f"{label}: {told[label]} and yet changed: {changed}"
        assert len({one.code for one in told.values()}) == 1, told
        return told


def _id_names(table: str) -> list[str]:
    """The names that an id of this table's rows may have: of `stock_documents`, StockDocumentId and DocumentId."""
    single = re.sub(r"s$", "", re.sub(r"ies$", "y", re.sub(r"sses$", "ss", table)))
    words = [word.capitalize() for word in single.split("_")]
    return ["".join(words[start:]) + "Id" for start in range(len(words))]


@pytest.fixture(scope="module", autouse=True)
def cheap_passwords() -> Iterator[None]:
    identity.use_hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    yield
    identity.use_hasher(PasswordHash((Argon2Hasher(),)))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    name = f"test_{os.getpid()}_matrix"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    dsn = server.dsn(database=name)
    conn = await asyncpg.connect(dsn)
    settings = Settings(database_url=dsn, lang="en")
    caller = Whoever()
    app = create_app(settings, caller)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with (
        await Database.connect(dsn, size=8) as db,
        living(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        owner = await _furnish(db)
        session = Session(settings, db, Runner(db), dsn)
        sheet = SheetDoor(session, tmp_path_factory.mktemp("sheets"))
        doors: dict[str, Door] = {"http": Http(client, caller), "cli": CommandLine(session), "import": sheet}
        yield await House(conn, doors, owner).survey()
    await conn.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def _furnish(db: Database) -> Actor:
    """Make one of everything; who owns it all."""
    world = await World(db).make()
    customer = await world.act("members.register", {"shop_id": world.shop_id, "name": "王小明", "phone": "13800138000"})
    address = {"name": "王小明", "phone": "13800138000", "province": "浙江", "city": "杭州", "district": "西湖"}
    await world.act("members.add_address", address | {"customer_id": customer.customer_id, "street": "文三路 1 号"})
    await world.act("organization.create_department", {"company_id": world.company_id, "name": "仓储"})
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
    key = {"name": "erp", "grants": ["catalog.read"]}
    await world.act("identity.create_api_key", key, actor=boss)
    return boss


def someone(*grants: str, scopes: Any = None) -> Actor:
    return Actor(id=uuid4(), kind="user", name="x", grants=frozenset(grants), scopes=scopes or EVERYWHERE)


@pytest.mark.parametrize("name", NAMES)
class TestEveryAction:
    async def test_who_lacks_the_grant_is_refused(self, house: House, name: str) -> None:
        spec = ACTIONS[name]
        given, _ = house.make(spec)
        clerk = someone(*({"migration.start_import"} - {spec.grant}))  # may bring in a sheet, and no more
        for door, told in (await house.refusals(name, given, clerk)).items():
            assert (told.status, told.code) == (403, "kernel.NotGranted"), door
            assert spec.grant in told.text, door

    async def test_who_may_not_see_it_is_refused(self, house: House, name: str) -> None:
        given, scoped = house.make(ACTIONS[name])
        stranger = msgspec.structs.replace(house.owner, scopes=ELSEWHERE)
        told = await house.refusals(name, given, stranger, dry_run=not scoped)
        if not scoped and told["http"].status not in REFUSED:  # to whom it does not matter what one sees
            assert told == await house.refusals(name, given, house.owner, dry_run=True)
        else:
            assert {one.status for one in told.values()} <= REFUSED, told

    async def test_what_does_not_fit_is_named(self, house: House, name: str) -> None:
        spec = ACTIONS[name]
        tried = list(unfit(spec, house.make(spec)[0]))
        assert tried, "every input can be wrong somehow"
        for field, given in tried:
            for door, told in (await house.refusals(name, given, house.owner)).items():
                assert (told.status, told.code) == (422, "kernel.InputInvalid"), door
                assert field in told.text, door

    async def test_a_dry_run_changes_nothing(self, house: House, name: str) -> None:
        given, _ = house.make(ACTIONS[name])
        for door, told in (await house.refusals(name, given, house.owner, dry_run=True)).items():
            assert told.status < 500, door


async def test_dry_runs_come_to_something(house: House) -> None:
    """The inputs are good enough that a third of the actions would be carried out."""
    told = [await house.doors["http"](name, house.make(ACTIONS[name])[0], house.owner, dry_run=True) for name in NAMES]
    assert sum(one.code is None for one in told) * 3 > len(NAMES), told
