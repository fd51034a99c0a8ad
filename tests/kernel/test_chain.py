"""The sealed log: nothing that was sealed can be altered, removed or slipped in without being named."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.actions import chain
from shangmai.kernel.actions.chain import GENESIS, ChainReport, Sealer, verify
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from tests.kernel.conftest import Until, UntilBlocked
from tests.kernel.declared import Step

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]


@pytest.fixture
def sealer(db: Database) -> Sealer:
    return Sealer(db)


async def act(runner: Runner, *marks: str) -> None:
    """Leave a row in the log for each mark, each in a transaction of its own."""
    for mark in marks:
        do = "refuse" if mark == "refused" else "write"
        await runner.run(
            Call(action="test.step", input=Step(do=do, mark=mark), actor=SYSTEM, door="test", key=mark, origin="a:1")
        )


async def check(db: Database) -> ChainReport:
    async with db.reading(SYSTEM) as tx:
        return await verify(tx)


async def log_ids(admin: Admin) -> list[Any]:
    return [row["id"] for row in await admin.fetch("SELECT id FROM action_log ORDER BY seq")]


async def heads(admin: Admin) -> list[str]:
    return [row["hash"].hex() for row in await admin.fetch("SELECT hash FROM action_chain ORDER BY seq")]


class TestSealing:
    async def test_an_empty_log_is_intact(self, db: Database, sealer: Sealer) -> None:
        assert await sealer.drain() == 0
        assert await check(db) == ChainReport(sealed=0, unsealed=0, head=GENESIS.hex())
        assert (await check(db)).intact

    async def test_seals_every_row_once_and_in_order(
        self, db: Database, runner: Runner, sealer: Sealer, admin_conn: Admin
    ) -> None:
        await act(runner, "a", "b", "refused")
        assert await check(db) == ChainReport(sealed=0, unsealed=3, head=GENESIS.hex())
        assert (await sealer.drain(), await sealer.drain()) == (3, 0)
        await act(runner, "c")
        assert (await check(db)).unsealed == 1
        assert await sealer.drain() == 1
        rows = await admin_conn.fetch("SELECT seq, log_id FROM action_chain ORDER BY seq")
        assert [row["seq"] for row in rows] == [1, 2, 3, 4]
        assert [row["log_id"] for row in rows] == await log_ids(admin_conn)
        assert await check(db) == ChainReport(sealed=4, unsealed=0, head=(await heads(admin_conn))[-1])

    async def test_each_hash_is_that_of_the_one_before_and_the_row(
        self, runner: Runner, sealer: Sealer, admin_conn: Admin
    ) -> None:
        await act(runner, "a", "b")
        await sealer.drain()
        digests = [row[0] for row in await admin_conn.fetch(f"SELECT {chain.DIGEST} FROM action_log l ORDER BY l.seq")]
        first = hashlib.sha256(GENESIS + digests[0]).digest()
        assert await heads(admin_conn) == [first.hex(), hashlib.sha256(first + digests[1]).hexdigest()]

    async def test_a_digest_does_not_depend_on_the_reader(
        self, runner: Runner, admin_conn: Admin, sealer: Sealer, db: Database
    ) -> None:
        await act(runner, "a")
        await sealer.drain()
        select = f"SELECT {chain.DIGEST} FROM action_log l"
        plain = await admin_conn.fetchval(select)
        for setting in ("timezone = 'Asia/Shanghai'", "datestyle = 'German, DMY'", "extra_float_digits = 0"):
            await admin_conn.execute(f"SET {setting}")
            assert await admin_conn.fetchval(select) == plain

    async def test_goes_page_by_page(self, db: Database, runner: Runner, sealer: Sealer, admin_conn: Admin) -> None:
        """More rows than one step takes, the last page exactly full, and more afterwards."""
        await admin_conn.execute(
            "INSERT INTO action_log (id, at, action, door, actor_id, actor_kind, actor_name, input, ok, duration_us)"
            " SELECT gen_random_uuid(), now(), 'test.step', 'test', gen_random_uuid(), 'person', 'Lin', '{}', true, n"
            " FROM generate_series(1, $1) AS n",
            2 * chain.PAGE,
        )
        assert await sealer.drain() == 2 * chain.PAGE
        await act(runner, "a")
        assert await sealer.drain() == 1
        report = await check(db)
        assert (report.intact, report.sealed, report.unsealed) == (True, 2 * chain.PAGE + 1, 0)

    async def test_a_late_commit_is_sealed_too(
        self, db: Database, runner: Runner, sealer: Sealer, admin_conn: Admin, dsn: str
    ) -> None:
        late = await asyncpg.connect(dsn)
        transaction = late.transaction()
        await transaction.start()
        await late.execute(
            "INSERT INTO action_log (id, at, action, door, actor_id, actor_kind, actor_name, input, ok, duration_us)"
            " VALUES ($1, now(), 'test.step', 'test', $1, 'person', 'Lin', '{}', true, 1)",
            new_id(),
        )
        await act(runner, "a")
        assert await sealer.drain() == 1
        await transaction.commit()
        await late.close()
        assert await sealer.drain() == 1
        assert (await check(db)) == ChainReport(sealed=2, unsealed=0, head=(await heads(admin_conn))[-1])

    async def test_two_sealers_at_once_make_one_chain(
        self, db: Database, other_db: Database, runner: Runner, admin_conn: Admin
    ) -> None:
        sealers = [Sealer(db), Sealer(other_db)]
        done = asyncio.Event()

        async def seal(sealer: Sealer) -> int:
            total = 0
            while not done.is_set():
                total += await sealer.drain()
            return total

        tasks = [asyncio.create_task(seal(sealer)) for sealer in sealers]
        await asyncio.gather(*(act(runner, *(f"{n}-{m}" for m in range(5))) for n in range(10)))
        done.set()
        totals = await asyncio.gather(*tasks)
        assert sum(totals) + await sealers[0].drain() == 50
        report = await check(db)
        assert (report.intact, report.sealed, report.unsealed) == (True, 50, 0)

    async def test_runs_until_it_is_stopped(
        self, db: Database, runner: Runner, sealer: Sealer, until: Until, admin_conn: Admin
    ) -> None:
        task = asyncio.create_task(sealer.run(every_s=0.01))
        await act(runner, "a", "b")
        await until(lambda: admin_conn.fetchval("SELECT count(*) = 2 FROM action_chain"))
        sealer.stop()
        async with asyncio.timeout(60):
            await task
        assert (await check(db)).intact

    async def test_goes_on_trying_after_a_failure(
        self,
        db: Database,
        runner: Runner,
        sealer: Sealer,
        admin_conn: Admin,
        dsn: str,
        until: Until,
        until_blocked: UntilBlocked,
    ) -> None:
        """A sealer set back meets the links that it made before: it must report that and not end its process."""
        await act(runner, "a", "b")
        await sealer.drain()
        await admin_conn.execute("DELETE FROM event_cursors")
        holder = await asyncpg.connect(dsn)
        task = asyncio.create_task(sealer.run(every_s=0.01))
        for mended in (False, True):
            await holder.execute("BEGIN; LOCK action_chain")
            await until_blocked()
            if mended:
                await holder.execute("DELETE FROM action_chain")
            await holder.execute("COMMIT")
        await until(lambda: admin_conn.fetchval("SELECT count(*) = 2 FROM action_chain"))
        await holder.close()
        sealer.stop()
        await task
        assert (await check(db)).intact


@pytest.fixture
async def sealed(runner: Runner, sealer: Sealer, admin_conn: Admin) -> list[Any]:
    """The ids of five sealed rows."""
    await act(runner, "a", "b", "refused", "d", "e")
    await sealer.drain()
    return await log_ids(admin_conn)


ALTERED = "the log row or its link was altered"
REMOVED = "the log row was removed"
SLIPPED_IN = "a log row was slipped in behind the seal"


class TestTampering:
    """Done as the owner of the tables; the application has no right to any of it."""

    @pytest.mark.parametrize(
        "change",
        [
            "action = 'test.take'",
            "door = 'http'",
            "actor_id = gen_random_uuid()",
            "actor_kind = 'person'",
            "actor_name = 'somebody else'",
            "key = 'other'",
            "key = NULL",
            "key = '-'",
            "origin = NULL",
            "origin = '-'",
            "at = at - interval '1 microsecond'",
            "recorded_at = recorded_at - interval '1 microsecond'",
            """input = '{"do":"write","mark":"x"}'""",
            """output = '{"code":"kernel.NotFound","data":{"mark":"x"}}'""",
            "output = NULL",
            "ok = true, error_code = NULL",
            "error_code = 'kernel.Conflict'",
            "duration_us = duration_us + 1",
            "id = gen_random_uuid()",
        ],
    )
    async def test_an_altered_row_is_named(
        self, db: Database, sealed: list[Any], admin_conn: Admin, change: str
    ) -> None:
        head = (await heads(admin_conn))[1]
        await admin_conn.execute(f"UPDATE action_log SET {change} WHERE id = $1", sealed[2])
        problem = REMOVED if change.startswith("id") else ALTERED
        unsealed = 0
        assert await check(db) == ChainReport(5, unsealed, head, 3, sealed[2], problem)

    @pytest.mark.parametrize("change", ["key = '-'", "key = ''", "origin = '-'", "output = 'null'", "origin = 'null'"])
    async def test_something_in_the_place_of_nothing_is_named(
        self, db: Database, runner: Runner, sealer: Sealer, admin_conn: Admin, change: str
    ) -> None:
        await runner.run(Call(action="test.step", input=Step(do="write"), actor=SYSTEM, door="test"))
        await sealer.drain()
        assert (await check(db)).intact
        await admin_conn.execute(f"UPDATE action_log SET {change}")
        report = await check(db)
        assert (report.broken_at, report.problem) == (1, ALTERED)

    async def test_values_cannot_be_shifted_into_the_next_column(
        self, db: Database, sealed: list[Any], admin_conn: Admin, sealer: Sealer, runner: Runner
    ) -> None:
        await admin_conn.execute(
            "INSERT INTO action_log (id, at, action, door, actor_id, actor_kind, actor_name, key, input, ok,"
            " duration_us) VALUES ($1, now(), 'a', 'b', $1, 'c', 'd', E'e\\x1ff', '{}', true, 1)",
            new_id(),
        )
        await sealer.drain()
        assert (await check(db)).intact
        await admin_conn.execute("UPDATE action_log SET actor_name = E'd\\x1fe', key = 'f' WHERE actor_name = 'd'")
        report = await check(db)
        assert (report.broken_at, report.problem) == (6, ALTERED)

    async def test_an_altered_link_is_named(self, db: Database, sealed: list[Any], admin_conn: Admin) -> None:
        await admin_conn.execute("UPDATE action_chain SET hash = sha256('x') WHERE seq = 4")
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (4, sealed[3], ALTERED)

    async def test_two_links_that_changed_places_are_named(
        self, db: Database, sealed: list[Any], admin_conn: Admin
    ) -> None:
        await admin_conn.execute("UPDATE action_chain SET log_id = gen_random_uuid() WHERE seq = 2")
        await admin_conn.execute("UPDATE action_chain SET log_id = $1 WHERE seq = 4", sealed[1])
        await admin_conn.execute("UPDATE action_chain SET log_id = $1 WHERE seq = 2", sealed[3])
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (2, sealed[3], ALTERED)

    async def test_a_deleted_row_is_named(self, db: Database, sealed: list[Any], admin_conn: Admin) -> None:
        await admin_conn.execute("DELETE FROM action_log WHERE id = $1", sealed[3])
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (4, sealed[3], REMOVED)

    @pytest.mark.parametrize("with_row", [True, False])
    async def test_a_deleted_link_is_named(
        self, db: Database, sealed: list[Any], admin_conn: Admin, with_row: bool
    ) -> None:
        await admin_conn.execute("DELETE FROM action_chain WHERE seq = 3")
        if with_row:
            await admin_conn.execute("DELETE FROM action_log WHERE id = $1", sealed[2])
        report = await check(db)
        assert (report.broken_at, report.problem) == (4, "link 3 is missing from the chain")

    async def test_the_first_of_several_is_named(self, db: Database, sealed: list[Any], admin_conn: Admin) -> None:
        await admin_conn.execute("UPDATE action_log SET door = 'x' WHERE id = ANY ($1)", [sealed[4], sealed[1]])
        await admin_conn.execute("DELETE FROM action_log WHERE id = $1", sealed[3])
        report = await check(db)
        assert (report.broken_at, report.log_id) == (2, sealed[1])

    async def test_a_row_with_an_old_transaction_id_is_named(
        self, db: Database, sealed: list[Any], sealer: Sealer, admin_conn: Admin
    ) -> None:
        id_ = new_id()
        await self.slip_in(admin_conn, id_, like=sealed[1])
        assert await sealer.drain() == 0
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (0, id_, SLIPPED_IN)

    async def test_a_row_with_a_copied_id_is_found(self, db: Database, sealed: list[Any], admin_conn: Admin) -> None:
        await self.slip_in(admin_conn, sealed[1], like=sealed[1])
        assert not (await check(db)).intact

    async def slip_in(self, admin: Admin, id_: Any, *, like: Any) -> None:
        await admin.execute(
            "INSERT INTO action_log (xid, id, at, action, door, actor_id, actor_kind, actor_name, input, ok,"
            " duration_us) SELECT xid, $1, at, 'test.take', door, actor_id, actor_kind, actor_name, input, true, 1"
            " FROM action_log WHERE id = $2",
            id_,
            like,
        )

    @pytest.mark.parametrize("links", [1, 3, 5])
    async def test_a_cut_tail_is_reported_and_not_sealed_anew(
        self, db: Database, sealed: list[Any], sealer: Sealer, admin_conn: Admin, runner: Runner, links: int
    ) -> None:
        """The rows that lost their links lie behind the sealer, so it never seals them again."""
        await admin_conn.execute("DELETE FROM action_chain WHERE seq > $1", 5 - links)
        assert await sealer.drain() == 0
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (0, sealed[5 - links], SLIPPED_IN)
        await act(runner, "later")
        await sealer.drain()
        report = await check(db)
        assert (report.broken_at, report.log_id, report.problem) == (0, sealed[5 - links], SLIPPED_IN)

    async def test_a_tail_cut_together_with_its_rows_changes_the_head(
        self, db: Database, sealed: list[Any], admin_conn: Admin
    ) -> None:
        """Inside the database it is as if they had never been; a head that was kept elsewhere is what tells."""
        kept = await check(db)
        await admin_conn.execute("DELETE FROM action_chain WHERE seq > 3")
        await admin_conn.execute("DELETE FROM action_log WHERE id = ANY ($1)", sealed[3:])
        report = await check(db)
        assert (report.intact, report.sealed) == (True, 3)
        assert report.head != kept.head

    async def test_a_sealer_set_back_is_named(
        self, db: Database, sealed: list[Any], sealer: Sealer, admin_conn: Admin
    ) -> None:
        """Without its cursor it would seal every row a second time; the chain takes each row once."""
        await admin_conn.execute("DELETE FROM event_cursors")
        with pytest.raises(asyncpg.UniqueViolationError):
            await sealer.drain()
        assert (await check(db)).sealed == 5

    async def test_a_chain_made_anew_has_another_head(
        self, db: Database, sealed: list[Any], sealer: Sealer, admin_conn: Admin
    ) -> None:
        kept = await check(db)
        await admin_conn.execute("UPDATE action_log SET actor_name = 'nobody' WHERE id = $1", sealed[0])
        await admin_conn.execute("DELETE FROM action_chain")
        await admin_conn.execute("DELETE FROM event_cursors")
        assert await sealer.drain() == 5
        report = await check(db)
        assert (report.intact, report.sealed) == (True, 5)
        assert report.head != kept.head

    async def test_the_application_may_not_touch_it(self, db: Database, sealed: list[Any]) -> None:
        for statement in ("UPDATE action_chain SET hash = sha256('x')", "DELETE FROM action_chain"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction() as tx:
                    await tx.execute(statement)
        report = await check(db)
        assert (report.intact, report.sealed) == (True, 5)
