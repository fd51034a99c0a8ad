"""An application over HTTP with a few actions and routes of its own, on the real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import get
from msgspec import Meta

from shangmai.apps.api import create_app
from shangmai.kernel.actions.contract import action
from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Conflict, Denied, Unauthenticated
from shangmai.kernel.events.contract import event
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx


class Keep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep a thing with a number."""

    n: Annotated[int, Meta(ge=1, le=1000)]
    name: Annotated[str, Meta(min_length=1, max_length=20)] = "thing"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    n: int
    name: str


class Unlucky(Conflict):
    """The number {n} brings bad luck; take another."""

    zh = "数字 {n} 不吉利，请换一个。"


@event("doors.kept.v1", key="id")
class Kept(msgspec.Struct, frozen=True):
    id: UUID
    n: int


INSERT = "INSERT INTO things (id, n, name) SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[])"


@action("doors.keep", grant="doors.keep", errors=[Unlucky], inverse="doors.drop")
async def keep(tx: Tx, do: Keep) -> Thing:
    """Keep a thing. 13 brings bad luck, 666 a bug."""
    if do.n == 13:
        raise Unlucky(n=13)
    if do.n == 666:
        raise RuntimeError("secret detail")
    thing = Thing(id=new_id(), n=do.n, name=do.name)
    await tx.execute(INSERT, [thing.id], [thing.n], [thing.name])
    tx.emit(Kept(thing.id, thing.n))
    return thing


@action("doors.keep_many", grant="doors.keep", many=True, scope=lambda do: {})
async def keep_many(tx: Tx, do: Sequence[Keep]) -> list[Thing | Unlucky]:
    """Keep things, together."""
    things: list[Thing | Unlucky] = [
        Unlucky(n=13) if each.n == 13 else Thing(id=new_id(), n=each.n, name=each.name) for each in do
    ]
    kept = [thing for thing in things if isinstance(thing, Thing)]
    await tx.execute(INSERT, [t.id for t in kept], [t.n for t in kept], [t.name for t in kept])
    return things


@get("/api/v1/things", opt={"grant": "doors.read"})
async def list_things(tx: Tx, name: str | None = None, limit: Limit = 50, cursor: Cursor = None) -> Page[Thing]:
    """List the things, by number."""
    (after,) = decode_cursor(cursor, int) or (None,)
    rows = await tx.fetch(
        "SELECT id, n, name FROM things WHERE ($1::int IS NULL OR n > $1) AND ($2::text IS NULL OR name = $2)"
        " ORDER BY n LIMIT $3",
        after,
        name,
        limit + 1,
    )
    return page([Thing(**row) for row in rows], limit, lambda thing: (thing.n,))


@get("/api/v1/things/{thing_id:uuid}", opt={"grant": "doors.read"})
async def read_thing(tx: Tx, thing_id: UUID) -> Thing:
    """Show a thing."""
    row = await tx.fetchrow("SELECT id, n, name FROM things WHERE id = $1", thing_id)
    assert row is not None, "secret detail"
    return Thing(**row)


@get("/api/v1/who", opt={"public": True})
async def read_who(actor: Actor) -> dict[str, str]:
    """Tell who is calling."""
    return {"name": actor.name}


class Tokens:
    """An authenticator that knows its callers by heart: `all` and `reader`, by token or by session."""

    actors: ClassVar = {
        "all": Actor(
            id=UUID(int=7),
            kind="user",
            name="all",
            grants=frozenset({"*"}),
            scopes=dict.fromkeys(DIMENSIONS, EVERYTHING),
        ),
        "reader": Actor(id=UUID(int=8), kind="user", name="reader", grants=frozenset({"doors.read"})),
    }

    async def authenticate(
        self, db: Database, *, bearer: str | None, cookie: str | None, csrf: str | None, method: str
    ) -> Actor:
        """Tell who is calling."""
        if bearer is None and cookie is not None and method != "GET" and csrf != f"csrf of {cookie}":
            raise Denied()
        token = bearer if bearer is not None else cookie
        if token not in self.actors:
            raise Unauthenticated()
        return self.actors[token]


ROUTES: list[Any] = [list_things, read_thing, read_who]
ERRORS: list[type[AppError]] = [Unlucky]


@pytest_asyncio.fixture
async def things(admin_conn: asyncpg.Connection) -> asyncpg.Connection:
    """A table whose numbers are compared by COMMIT alone."""
    await admin_conn.execute(
        "CREATE TABLE things (id uuid PRIMARY KEY, n integer NOT NULL, name text NOT NULL,"
        " CONSTRAINT one_of_a_number UNIQUE (n) DEFERRABLE INITIALLY DEFERRED);"
        "GRANT SELECT, INSERT ON things TO shangmai_app;"
    )
    return admin_conn


@pytest.fixture
def settings(dsn: str) -> Settings:
    return Settings(database_url=dsn, lang="en")


@pytest_asyncio.fixture
async def http(things: Any, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is signed in as someone who may do everything."""
    app = create_app(settings, Tokens(), routes=ROUTES)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    headers = {"authorization": "Bearer all"}
    async with living(app), httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


@asynccontextmanager
async def living(app: Any) -> AsyncIterator[None]:
    """The application between its start and its end, in a task of its own as under a server."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    told.put_nowait({"type": "lifespan.startup"})
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, heard.put))
    started = await heard.get()
    assert started["type"] == "lifespan.startup.complete", started
    yield
    told.put_nowait({"type": "lifespan.shutdown"})
    await task
