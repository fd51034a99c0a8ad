"""Transactions: whose rows they see, what becomes of a failure, and what a lost database looks like."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest
import pytest_asyncio

from shangmai.kernel.actions.chain import Sealer
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import DIMENSIONS, SYSTEM, Actor
from shangmai.kernel.db.database import Database, DatabaseAway
from shangmai.kernel.db.migrate import scope_policy, split_statements
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.conftest import Until, UntilBlocked, actor, fill, rolled_back
from tests.kernel.consumers import emit, recording, seen
from tests.kernel.declared import Counted, Promise, Step, Stepped, WriteNote
from tests.kernel.servers import OwnServer, own_server

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

SHOP, OTHER_SHOP = new_id(), new_id()


async def texts(db: Database, by: Actor) -> list[str]:
    async with db.reading(by) as tx:
        return [row["text"] for row in await tx.fetch("SELECT text FROM test_notes ORDER BY text")]


class TestScope:
    @pytest.fixture(autouse=True)
    async def notes(self, admin_conn: Admin) -> None:
        for text, shop_id in (("mine", SHOP), ("other", OTHER_SHOP), ("nobody's", None)):
            await admin_conn.execute("INSERT INTO test_notes VALUES ($1, $2, $3)", new_id(), shop_id, text)

    async def test_without_one_nothing_is_seen(self, dsn: str) -> None:
        async with await Database.connect(dsn, size=1) as db:
            assert await db.pool.fetchval("SELECT count(*) FROM test_notes") == 0
            assert await texts(db, SYSTEM) == ["mine", "nobody's", "other"]
            assert await db.pool.fetchval("SELECT count(*) FROM test_notes") == 0, "the last one's scope is left"

    @pytest.mark.parametrize(
        ("scopes", "expected"),
        [
            ({}, []),
            ({"shop": set()}, []),
            ({"shop": {new_id()}}, []),
            ({"warehouse": {SHOP}}, []),
            ({"shop": {SHOP}}, ["mine"]),
            ({"shop": {SHOP, OTHER_SHOP}}, ["mine", "other"]),
            ({"shop": None}, ["mine", "nobody's", "other"]),
        ],
    )
    async def test_is_that_of_the_actor(self, db: Database, scopes: dict[str, Any], expected: list[str]) -> None:
        by = actor(**scopes)
        assert await texts(db, by) == expected
        async with db.transaction(by) as tx:
            assert await tx.fetchval("SELECT count(*) FROM test_notes") == len(expected)
            assert await tx.fetchval("SELECT current_setting('app.actor')::uuid") == by.id

    async def test_concurrent_transactions_keep_theirs(self, db: Database) -> None:
        people = [(actor(shop={SHOP}), ["mine"]), (actor(shop={OTHER_SHOP}), ["other"]), (actor(), [])]
        seen = await asyncio.gather(*(texts(db, people[n % 3][0]) for n in range(60)))
        assert seen == [people[n % 3][1] for n in range(60)]

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO test_notes (id, shop_id, text) VALUES (gen_random_uuid(), $1, 'x')",
            "UPDATE test_notes SET shop_id = $1",
            "INSERT INTO test_notes (id, shop_id, text) SELECT gen_random_uuid(), NULL, 'x' WHERE $1::uuid IS NOT NULL",
        ],
    )
    async def test_nothing_is_written_out_of_it(self, db: Database, statement: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with db.transaction(actor(shop={SHOP})) as tx:
                await tx.execute(statement, OTHER_SHOP)
        assert await texts(db, SYSTEM) == ["mine", "nobody's", "other"]

    async def test_a_change_reaches_no_row_out_of_it(self, db: Database) -> None:
        async with db.transaction(actor(shop={SHOP})) as tx:
            assert await tx.execute("UPDATE test_notes SET text = 'changed'") == "UPDATE 1"
        assert await texts(db, SYSTEM) == ["changed", "nobody's", "other"]

    async def test_every_dimension_must_admit_the_row(self, db: Database, admin_conn: Admin) -> None:
        await admin_conn.execute("CREATE TABLE test_bins (shop_id uuid, warehouse_id uuid)")
        try:
            for statement in split_statements(scope_policy("test_bins", shop="shop_id", warehouse="warehouse_id")):
                await admin_conn.execute(statement)
            await admin_conn.execute("GRANT SELECT ON test_bins TO shangmai_app")
            await admin_conn.execute("INSERT INTO test_bins VALUES ($1, $1), ($1, $2), ($2, $2)", SHOP, OTHER_SHOP)
            counts = {}
            for name, by in {
                "shop": actor(shop={SHOP}),
                "both": actor(shop={SHOP}, warehouse={OTHER_SHOP}),
                "one of all": actor(shop=None, warehouse={OTHER_SHOP}),
                "all": SYSTEM,
            }.items():
                async with db.reading(by) as tx:
                    counts[name] = await tx.fetchval("SELECT count(*) FROM test_bins")
            assert counts == {"shop": 0, "both": 1, "one of all": 2, "all": 3}
        finally:
            await admin_conn.execute("DROP TABLE test_bins")

    async def test_is_forced_and_the_role_has_no_way_around(self, db: Database, admin_conn: Admin) -> None:
        forced = await admin_conn.fetchrow(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'test_notes'::regclass"
        )
        assert tuple(forced or ()) == (True, True)
        role = await db.pool.fetchrow(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert tuple(role or ()) == ("shangmai_app", False, False, False, False)
        owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE rolname = 'shangmai_app'"
        assert await db.pool.fetchval(owned) == 0

    @pytest.mark.parametrize("text", ["*", "'; DROP TABLE test_notes; --", "}'; SET ROLE postgres; --", "x"])
    async def test_only_ids_can_be_spelled_into_it(self, db: Database, text: Any) -> None:
        forged = [
            Actor(id=text, kind="person", name="Lin"),
            *(
                Actor(id=new_id(), kind="person", name="Lin", scopes={dimension: frozenset([text])})
                for dimension in DIMENSIONS
            ),
        ]
        for by in forged:
            with pytest.raises(AttributeError):
                await texts(db, by)
        assert await texts(db, SYSTEM) == ["mine", "nobody's", "other"]

    def test_a_name_or_kind_is_not_spelled_at_all(self) -> None:
        by = Actor(id=new_id(), kind="'; DROP", name="'; DROP", grants=frozenset(["'"]), scopes={"'; DROP": None})
        assert "DROP" not in by.scope_sql
        assert "*" not in by.scope_sql


class TestTransactions:
    async def test_what_raises_leaves_nothing(self, db: Database, admin_conn: Admin) -> None:
        async with rolled_back(db) as tx:
            await tx.execute("INSERT INTO test_locks VALUES ('a')")
        assert await admin_conn.fetchval("SELECT count(*) FROM test_locks") == 0

    async def test_what_is_cancelled_leaves_nothing_and_gives_its_connection_back(
        self, dsn: str, admin_conn: Admin, until_blocked: UntilBlocked
    ) -> None:
        async with await Database.connect(dsn, size=1) as db:
            await admin_conn.execute("BEGIN; LOCK TABLE test_locks")

            async def insert(key: str) -> None:
                async with db.transaction() as tx:
                    await tx.execute("INSERT INTO test_steps (mark) VALUES ('before')")
                    await tx.execute("INSERT INTO test_locks VALUES ($1)", key)

            task = asyncio.create_task(insert("cancelled"))
            await until_blocked()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            await admin_conn.execute("COMMIT")
            async with asyncio.timeout(60):
                await insert("after")
        assert await admin_conn.fetchval("SELECT array_agg(key) FROM test_locks") == ["after"]
        assert await admin_conn.fetchval("SELECT count(*) FROM test_steps") == 1

    async def test_nothing_of_one_is_left_to_the_next(self, dsn: str) -> None:
        async with await Database.connect(dsn, size=1) as db:
            before = await db.pool.fetchval("SHOW synchronous_commit")
            async with db.transaction(actor(shop={SHOP}), durable=False) as tx:
                assert await tx.fetchval("SHOW synchronous_commit") == "off"
                await tx.execute("SET LOCAL lock_timeout = '1s'")
            assert await db.pool.fetchval("SHOW synchronous_commit") == before
            assert await db.pool.fetchval("SHOW lock_timeout") == "0"
            for dimension in ("actor", *DIMENSIONS):
                assert not await db.pool.fetchval(f"SELECT current_setting('app.{dimension}', true)")

    async def test_a_reading_sees_one_moment_and_writes_nothing(self, db: Database, admin_conn: Admin) -> None:
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT count(*) FROM test_locks") == 0
            await admin_conn.execute("INSERT INTO test_locks VALUES ('a')")
            assert await tx.fetchval("SELECT count(*) FROM test_locks") == 0
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with db.reading(SYSTEM) as tx:
                await tx.execute("INSERT INTO test_locks VALUES ('b')")
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT count(*) FROM test_locks") == 1

    async def test_what_only_commit_notices_is_an_error(self, db: Database, admin_conn: Admin) -> None:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO test_promises VALUES ($1, $2)", new_id(), new_id())
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 0

    async def test_a_dry_run_notices_it_too(self, db: Database, admin_conn: Admin) -> None:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction(dry_run=True) as tx:
                await tx.execute("INSERT INTO test_promises VALUES ($1, $2)", new_id(), new_id())
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 0

    async def test_a_failure_that_the_body_hides_is_an_error(self, db: Database, admin_conn: Admin) -> None:
        """PostgreSQL would answer COMMIT with a mere ROLLBACK."""

        async def body() -> None:
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO test_steps (mark) VALUES ('before')")
                with suppress(asyncpg.CheckViolationError):
                    await tx.execute("INSERT INTO test_steps (mark) VALUES ('forbidden')")

        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await body()
        assert await admin_conn.fetchval("SELECT count(*) FROM test_steps") == 0

    async def test_a_step_that_fails_is_undone_alone(self, db: Database, admin_conn: Admin) -> None:
        async def insert(tx: Tx, mark: str) -> None:
            await tx.execute("INSERT INTO test_steps (mark) VALUES ($1)", mark)

        async def nested(tx: Tx) -> None:
            async with tx.savepoint():
                await insert(tx, "outer")
                async with tx.savepoint():
                    await insert(tx, "inner")
                await insert(tx, "forbidden")

        async def hiding(tx: Tx) -> None:
            async with tx.savepoint():
                with suppress(asyncpg.CheckViolationError):
                    await insert(tx, "forbidden")

        async with db.transaction() as tx:
            await insert(tx, "before")
            with pytest.raises(asyncpg.CheckViolationError):
                await nested(tx)
            async with tx.savepoint():
                await insert(tx, "kept")
                with suppress(ZeroDivisionError):
                    async with tx.savepoint():
                        await insert(tx, "undone")
                        raise ZeroDivisionError
            with pytest.raises(asyncpg.InFailedSQLTransactionError):
                await hiding(tx)
            await insert(tx, "after")
        rows = await admin_conn.fetch("SELECT mark FROM test_steps ORDER BY seq")
        assert [row["mark"] for row in rows] == ["before", "kept", "after"]

    async def test_json_comes_and_goes_as_values(self, db: Database) -> None:
        value = {"a": [1, 2.5, None, "订单"], "b": {"c": True}}
        async with db.reading(SYSTEM) as tx:
            for kind in ("json", "jsonb"):
                assert await tx.fetchval(f"SELECT $1::{kind}", value) == value
            assert await tx.fetchval("SELECT current_setting('timezone')") == "UTC"


class TestPool:
    async def test_who_finds_no_connection_free_waits(self, dsn: str, admin_conn: Admin) -> None:
        async with await Database.connect(dsn, size=2) as db:
            backends = []

            async def look() -> None:
                async with db.transaction() as tx:
                    backends.append(await tx.fetchval("SELECT pg_backend_pid()"))

            await asyncio.gather(*(look() for _ in range(30)))
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shangmai' AND pid = ANY ($1)"
            assert await admin_conn.fetchval(count, backends) == len(set(backends)) <= 2
        assert len(backends) == 30


class TestCanceled:
    """A task that is canceled ends as canceled, wherever it was, and gives its connection back."""

    @pytest.mark.parametrize("how", ["transaction", "reading", "savepoint"])
    async def test_at_any_moment(self, db: Database, how: str) -> None:
        async def work() -> None:
            async with (
                db.reading(SYSTEM) if how == "reading" else db.transaction() as tx,
                tx.savepoint() if how == "savepoint" else nullcontext(),
            ):
                await tx.fetchval("SELECT 1")

        ended = 0
        for steps in range(200):
            task = asyncio.create_task(work())
            for _ in range(steps):
                await asyncio.sleep(0)
            ended += task.cancel()
            with suppress(asyncio.CancelledError):
                await task
                assert task.cancelling() == 0, "the cancellation was lost"
            assert db.pool.get_idle_size() == db.pool.get_size()
        assert ended
        async with db.transaction() as tx:
            assert await tx.fetchval("SELECT 1") == 1


def step(mark: str, **more: Any) -> Call:
    return Call(action="test.step", input=Step(do="write", mark=mark), actor=SYSTEM, door="test", **more)


END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shangmai' AND pid = $1"


class TestLostConnection:
    """It is cut under a transaction: nobody knows whether that was saved, and the key makes it safe to ask again."""

    @pytest.mark.parametrize("how", ["transaction", "reading"])
    async def test_is_told_as_such(self, db: Database, admin_conn: Admin, how: str) -> None:
        async def body() -> None:
            async with getattr(db, how)(SYSTEM) as tx:
                assert await admin_conn.fetchval(END, await tx.fetchval("SELECT pg_backend_pid()"))
                await tx.fetchval("SELECT 1")

        with pytest.raises(DatabaseAway):
            await body()
        async with db.transaction() as tx:
            assert await tx.fetchval("SELECT 1") == 1

    @pytest.mark.parametrize("error", [None, ZeroDivisionError])
    async def test_also_when_only_the_end_notices(
        self, db: Database, admin_conn: Admin, error: type[Exception] | None
    ) -> None:
        async def body() -> None:
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO test_locks VALUES ('a')")
                await admin_conn.fetchval(END, await tx.fetchval("SELECT pg_backend_pid()"))
                if error:
                    raise error

        with pytest.raises(DatabaseAway):
            await body()
        assert await admin_conn.fetchval("SELECT count(*) FROM test_locks") == 0

    async def test_under_a_commit_is_mended_by_repeating_the_call(
        self, db: Database, runner: Runner, admin_conn: Admin, dsn: str, until_blocked: UntilBlocked
    ) -> None:
        """COMMIT waits for the row that the deferred foreign key looks at; there the connection is cut."""
        holder = await asyncpg.connect(dsn)
        await holder.execute("BEGIN; LOCK TABLE test_promises IN SHARE ROW EXCLUSIVE MODE")
        call = Call(action="test.promise", input=Promise(broken=False), actor=SYSTEM, door="test", key="k")
        lost = asyncio.create_task(runner.run(call))
        await until_blocked()
        await admin_conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND application_name = 'shangmai' AND datname = current_database()"
        )
        assert isinstance((await lost).error, DatabaseAway)
        await holder.close()
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 0
        answers = [await runner.run(call) for _ in range(2)]
        assert [(a.error, a.replayed) for a in answers] == [(None, False), (None, True)]
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 1


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    with own_server() as server:
        asyncio.run(fill(server.dsn))
        yield server


@pytest.mark.faults
class TestKilledServer:
    @pytest_asyncio.fixture
    async def own_db(self, own: OwnServer) -> Any:
        async with await Database.connect(own.dsn, size=5) as db:
            yield db
            own.start_again()  # also when the test failed in between, or the pool could not be closed

    async def test_is_away_and_then_back(self, own: OwnServer, own_db: Database) -> None:
        """One pool lives through it; whoever repeats a call with its key finds it done once."""
        runner = Runner(own_db)
        before = await runner.run(step("before", key="before"))
        assert before.value == Stepped("before")
        entered = asyncio.Event()

        async def interrupted() -> None:
            async with own_db.transaction() as tx:
                await tx.execute("INSERT INTO test_steps (mark) VALUES ('interrupted')")
                entered.set()
                await tx.execute("SELECT pg_sleep(60)")

        task = asyncio.create_task(interrupted())
        await entered.wait()
        await asyncio.to_thread(own.kill)
        with pytest.raises(DatabaseAway):
            await task
        calls = [step(str(n), key=str(n)) for n in range(5)]
        answers = await asyncio.gather(*(runner.run(call) for call in calls))
        answers += await runner.run_list(calls)
        note = Call(action="test.write_note", input=WriteNote(shop_id=SHOP, text="x"), actor=SYSTEM, door="test")
        answers.append(await runner.run(note))
        assert {type(a.error) for a in answers} == {DatabaseAway}
        with pytest.raises(DatabaseAway):
            async with own_db.reading(SYSTEM):
                pass
        await asyncio.to_thread(own.start_again)
        answers = await asyncio.gather(*(runner.run(call) for call in [step("before", key="before"), *calls]))
        assert [a.value for a in answers] == [Stepped("before"), *(Stepped(str(n)) for n in range(5))]
        assert [a.replayed for a in answers] == [True] + [False] * 5
        async with own_db.reading(SYSTEM) as tx:
            marks = [row["mark"] for row in await tx.fetch("SELECT mark FROM test_steps ORDER BY seq")]
        assert marks == ["before", "0", "1", "2", "3", "4"]

    async def test_handlers_and_sealer_go_on_where_they_were(
        self, own: OwnServer, own_db: Database, until: Until
    ) -> None:
        reader, sealer = Reader(own_db, [recording("test.seen")], poll_s=0.05), Sealer(own_db)
        tasks = [asyncio.create_task(reader.run()), asyncio.create_task(sealer.run(every_s=0.02))]

        async def count(statement: str) -> int:
            async with own_db.reading(SYSTEM) as tx:
                return int(await tx.fetchval(statement))

        async def caught_up() -> bool:
            return await count("SELECT count(*) FROM test_seen") == await count("SELECT count(*) FROM events")

        async def sealed() -> bool:
            return await count("SELECT count(*) FROM action_chain") == await count("SELECT count(*) FROM action_log")

        for n in range(2):
            await emit(own_db, *(recorded(n) for _ in range(3)))
            await Runner(own_db).run(step(f"round {n}"))
            await until(caught_up)
            await until(sealed)
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.start_again)
        await emit(own_db, recorded(2))
        await until(caught_up)
        reader.stop()
        sealer.stop()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)
        assert await seen(own_db) == [("a", 0)] * 3 + [("a", 1)] * 3 + [("a", 2)]


def recorded(n: int) -> Counted:
    return Counted("a", n)
