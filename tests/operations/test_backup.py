"""A backup brings everything back, wherever it is restored to, and every handler goes on where it stopped."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from shangmai.apps import backup, proving
from shangmai.apps.backup.archive import MANIFEST
from shangmai.apps.backup.errors import (
    BackupTooNew,
    BackupUnreadable,
    DatabaseInUse,
    DatabaseNotEmpty,
    ToolFailed,
)
from shangmai.apps.backup.taking import counts_of, fingerprint
from shangmai.apps.backup.tools import owner, with_database
from shangmai.kernel.actions.chain import Sealer
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import EmbeddedPostgres, Server
from shangmai.kernel.events.contract import CONSUMERS, Consumer, Delivery
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.files import LocalFileStore
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.apps.launched import a_home
from tests.world import World

KEY = bytes(range(32))


class Place:
    """An installation on disk: files, a key, room for backups."""

    def __init__(self, folder: Path, *, has_key: bool = True) -> None:
        self.backup = folder / "shangmai.backup"
        self.store = LocalFileStore(folder / "files")
        self.key_file = folder / "secret.key"
        if has_key:
            self.key_file.write_bytes(base64.b64encode(KEY) + b"\n")
        self.sources = backup.Sources(
            files_location=str(folder / "files"), keys=(KEY,) if has_key else (), key_file=self.key_file
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "here").mkdir()
    return Place(tmp_path / "here")


@pytest.fixture
def other_place(tmp_path: Path) -> Place:
    (tmp_path / "there").mkdir()
    return Place(tmp_path / "there", has_key=False)


@pytest_asyncio.fixture
async def other_dsn(server: Server) -> AsyncIterator[str]:
    """The URL of a database that does not exist yet."""
    name = f"test_{os.getpid()}_{new_id().hex[-12:]}"
    yield server.dsn(database=name)
    async with owner(server.dsn()) as admin:
        for found in await admin.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", name):
            await admin.execute(f'DROP DATABASE "{found["datname"]}" WITH (FORCE)')  # sql: a test's own


@pytest.fixture(scope="module")
def fresh_server() -> Iterator[Server]:
    """Another cluster, whose transaction ids have only just begun; nothing of it stays for the next run to find."""
    with a_home() as home:
        postgres = EmbeddedPostgres(home)
        yield postgres.start()
        postgres.stop()


async def work(world: World) -> None:
    """A morning: some of it handled and sealed, some not."""
    for _ in range(3):
        await world.sell(1, 2)
    await world.give_back(await world.sell(3), {1: 1})
    await world.reader.drain()
    await Sealer(world.db).drain()
    await world.place(1)
    await world.sell(2)


async def counts(dsn: str) -> dict[str, int]:
    async with owner(dsn) as conn:
        return await counts_of(conn)


async def go_on(world: World, dsn: str) -> proving.Report:
    """Handle and seal what had waited, sell again, and prove."""
    async with await Database.connect(dsn, size=4) as db:
        again = World(db)
        again.__dict__ |= {k: v for k, v in world.__dict__.items() if k not in ("db", "runner", "reader")}
        await again.reader.drain()
        await Sealer(db).drain()
        assert (await proving.prove(db)).holds
        await again.sell(1, 1)
        await again.reader.drain()
        await Sealer(db).drain()
        return await proving.prove(db)


async def ledger_of(dsn: str) -> list[tuple[object, ...]]:
    """Every voucher by its event, with what it posted; not its id and number, which are drawn when it is written."""
    async with owner(dsn) as conn:
        rows = await conn.fetch(
            "SELECT e.cause, e.rule, l.debit_account, l.credit_account, l.amount_minor FROM ledger_entries e"
            " JOIN ledger_lines l ON l.entry_id = e.id ORDER BY 1, 2, 3, 4, 5"
        )
        return [tuple(row) for row in rows]


async def test_a_restored_database_holds_everything_and_goes_on(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    await work(world)
    ref = await place.store.put("invoice.pdf", b"paid")
    waiting = sum(lag.waiting for lag in await world.reader.lags())
    manifest = await backup.back_up(dsn, place.backup, place.sources)
    assert manifest.counts == await counts(dsn)
    assert manifest.counts["orders"] == 6
    assert waiting > 0

    restored = await backup.restore(other_dsn, place.backup, other_place.sources)

    assert restored.report.holds
    assert restored.report.waiting == waiting
    assert restored.kept_as is None
    assert (restored.files_added, await other_place.store.read(ref)) == (1, b"paid")
    assert restored.keys_missing == [fingerprint(KEY)]
    assert restored.report.chain.head == manifest.chain_head
    assert await counts(other_dsn) == manifest.counts

    report = await go_on(world, other_dsn)
    assert report.holds
    assert (report.waiting, report.parked, report.chain.unsealed) == (0, 0, 0)


async def test_what_had_waited_is_handled_once_and_as_it_would_have_been(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    await work(world)
    await backup.back_up(dsn, place.backup, place.sources)
    await backup.restore(other_dsn, place.backup, other_place.sources)
    await world.reader.drain()
    async with await Database.connect(other_dsn, size=2) as db:
        await Reader(db).drain()
        assert await Reader(db).drain() == 0
    assert await ledger_of(other_dsn) == await ledger_of(dsn)


@pytest.mark.slow
async def test_a_backup_is_restored_into_a_new_cluster(
    world: World, dsn: str, fresh_server: Server, place: Place, other_place: Place
) -> None:
    await work(world)
    manifest = await backup.back_up(dsn, place.backup, place.sources)
    there = fresh_server.dsn(database="shangmai")
    restored = await backup.restore(there, place.backup, other_place.sources)
    assert restored.report.holds
    assert restored.report.waiting > 0
    async with owner(there) as conn:
        assert await conn.fetchval("SELECT max(xid::text::bigint) FROM events") < 20
    assert await counts(there) == manifest.counts
    report = await go_on(world, there)
    assert report.holds
    assert (report.waiting, report.chain.unsealed) == (0, 0)


async def test_readers_at_different_places_each_go_on_where_they_stood(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    """One far behind, one in the middle of a window, one that never ran."""
    seen: dict[str, list[int]] = {}

    def listening(name: str, batch: int) -> Consumer:
        async def note(tx: Tx, events: list[Delivery]) -> None:
            seen.setdefault(name, []).extend(event.seq for event in events)

        return Consumer(f"test.{name}", note, None, batch, 1, raw=True)

    behind, amid, new = listening("behind", 100), listening("amid", 2), listening("new", 100)
    await world.sell(1)
    await Reader(world.db, [behind]).drain()
    for _ in range(3):
        await world.sell(1)
    await world.reader.drain()
    assert await Reader(world.db, [amid]).step(amid, 0) == 2
    await world.place(1)
    await backup.back_up(dsn, place.backup, place.sources)
    await backup.restore(other_dsn, place.backup, other_place.sources)
    before = {name: list(seqs) for name, seqs in seen.items()}
    await Reader(world.db, [behind, amid, new]).drain()
    expected = {name: list(seqs) for name, seqs in seen.items()}
    seen.clear()
    async with await Database.connect(other_dsn, size=2) as db:
        await Reader(db, [behind, amid, new]).drain()
    assert {name: before.get(name, []) + seqs for name, seqs in seen.items()} == expected
    assert len(expected["new"]) == len(set(expected["new"])) > len(before["behind"]) > 0


async def test_a_log_row_slipped_in_before_the_backup_is_still_found_after_it(
    world: World,
    dsn: str,
    other_dsn: str,
    place: Place,
    other_place: Place,
    admin_conn: asyncpg.Connection,
) -> None:
    await work(world)
    await admin_conn.execute(
        "INSERT INTO action_log (xid, id, at, action, door, actor_id, actor_kind, actor_name, input, ok, duration_us)"
        " VALUES ('3', $1, now(), 'orders.pay', 'http', $1, 'user', 'nobody', '{}', true, 1)",
        slipped := new_id(),
    )
    assert (await proving.prove(world.db)).chain.log_id == slipped
    await backup.back_up(dsn, place.backup, place.sources)
    restored = await backup.restore(other_dsn, place.backup, other_place.sources)
    assert restored.report.chain.log_id == slipped
    assert "slipped in" in str(restored.report.chain.problem)


async def test_an_owner_who_is_no_superuser_backs_up_every_row_and_restores_it(
    world: World, dsn: str, server: Server, place: Place, other_place: Place, other_dsn: str
) -> None:
    """As on a hosted database: row policies are forced on the owner too."""
    await work(world)
    manifest = await backup.back_up(dsn, place.backup, place.sources)
    role = f"hosted_{new_id().hex[-12:]}"
    async with owner(server.dsn()) as admin:
        await admin.execute(
            f"CREATE ROLE {role} LOGIN CREATEDB CREATEROLE; GRANT shangmai_app TO {role} WITH ADMIN OPTION"
        )
    hosted = other_dsn.replace("postgresql://postgres@", f"postgresql://{role}@")
    try:
        await backup.restore(hosted, place.backup, other_place.sources)
        async with owner(hosted) as conn:
            assert not await conn.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            await conn.execute("RESET ALL")
            assert await conn.fetchval("SELECT count(*) FROM orders") == 0
        again = other_place.backup
        assert (await backup.back_up(hosted, again, place.sources)).counts == manifest.counts
        assert (await backup.check(hosted, again)).manifest.counts == manifest.counts
        assert (await go_on(world, hosted)).holds
    finally:
        async with owner(other_dsn) as admin:
            await admin.execute(f"REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}")
        async with owner(server.dsn()) as admin:
            await admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_what_is_there_is_only_replaced_on_demand_and_then_kept(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    await world.sell(1)
    await backup.back_up(dsn, place.backup, place.sources)
    await backup.restore(other_dsn, place.backup, other_place.sources)
    await go_on(world, other_dsn)
    later = await counts(other_dsn)
    with pytest.raises(DatabaseNotEmpty) as refused:
        await backup.restore(other_dsn, place.backup, other_place.sources)
    assert str(refused.value.data["kept_as"]).endswith("_before")
    assert await counts(other_dsn) == later

    async with await Database.connect(other_dsn, size=1):
        with pytest.raises(DatabaseInUse, match="shangmai"):
            await backup.restore(other_dsn, place.backup, other_place.sources, replace=True)
    await backup.restore(other_dsn, place.backup, other_place.sources, replace=True)
    restored = await backup.restore(other_dsn, place.backup, other_place.sources, replace=True)
    assert restored.kept_as is not None
    assert restored.kept_as.endswith("_before2")
    first = restored.kept_as.removesuffix("2")
    assert await counts(with_database(other_dsn, first)) == later
    assert await counts(other_dsn) == restored.manifest.counts


async def test_the_key_travels_only_when_asked_for(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    await backup.back_up(dsn, place.backup, place.sources)
    with tarfile.open(place.backup) as tar:
        assert tar.getnames() == ["database.dump", MANIFEST]
        assert base64.b64encode(KEY) not in place.backup.read_bytes()
    manifest = await backup.back_up(dsn, place.backup, place.sources, with_key=True)
    assert manifest.with_key
    assert stat.S_IMODE(place.backup.stat().st_mode) == 0o600
    restored = await backup.restore(other_dsn, place.backup, other_place.sources)
    assert restored.keys_missing == []
    assert other_place.key_file.read_bytes() == place.key_file.read_bytes()
    assert stat.S_IMODE(other_place.key_file.stat().st_mode) == 0o600


async def test_a_drill_proves_a_backup_and_leaves_nothing_behind(world: World, dsn: str, place: Place) -> None:
    await work(world)
    await backup.back_up(dsn, place.backup, place.sources)
    before = await databases(dsn)
    drill = await backup.check(dsn, place.backup)
    assert drill.report.holds
    assert drill.seconds > 0
    assert drill.report.waiting > 0
    assert await databases(dsn) == before
    assert sorted(path.name for path in place.backup.parent.iterdir()) == ["secret.key", "shangmai.backup"]


async def test_a_drill_tells_when_the_books_in_the_backup_do_not_agree(
    world: World,
    dsn: str,
    place: Place,
    admin_conn: asyncpg.Connection,
) -> None:
    await world.sell(1)
    await admin_conn.execute("UPDATE stock_accounts SET posted = posted + 1 WHERE bounded")
    await backup.back_up(dsn, place.backup, place.sources)
    assert not (await backup.check(dsn, place.backup)).report.holds


async def test_a_backup_that_fails_leaves_the_last_one(world: World, dsn: str, place: Place) -> None:
    place.backup.write_bytes(b"yesterday's")
    async with owner(dsn) as conn:
        await conn.execute("UPDATE pg_proc SET prolang = 999999 WHERE proname = 'ensure_month'")
    with pytest.raises(ToolFailed, match="pg_dump"):
        await backup.back_up(dsn, place.backup, place.sources)
    assert place.backup.read_bytes() == b"yesterday's"
    assert sorted(path.name for path in place.backup.parent.iterdir()) == ["secret.key", "shangmai.backup"]


async def test_damaged_backups_are_refused_and_change_nothing(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    await place.store.put("a", b"first")
    await backup.back_up(dsn, place.backup, place.sources)
    whole = place.backup.read_bytes()
    dump = whole.index(b"PGDMP") + 2000
    file = whole.index(b"first")
    before = await databases(dsn)
    for broken in (
        b"",
        b"hello",
        whole[: len(whole) // 2],
        whole[:dump] + bytes([whole[dump] ^ 1]) + whole[dump + 1 :],
        whole[:file] + b"FIRST" + whole[file + 5 :],
        whole.replace(b"database.dump", b"../../etc/pwd"),
    ):
        place.backup.write_bytes(broken)
        with pytest.raises(BackupUnreadable):
            await backup.restore(other_dsn, place.backup, other_place.sources)
    assert await databases(dsn) == before
    assert not list((place.backup.parent.parent / "there" / "files").glob("??"))


async def test_a_backup_of_a_newer_release_is_refused(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    async with owner(dsn) as conn:
        await conn.execute("UPDATE alembic_version SET version_num = '9999'")
    await backup.back_up(dsn, place.backup, place.sources)
    with pytest.raises(BackupTooNew, match="9999"):
        await backup.restore(other_dsn, place.backup, other_place.sources)


async def test_a_backup_is_of_one_moment_while_orders_come_in(
    world: World, dsn: str, other_dsn: str, place: Place, other_place: Place
) -> None:
    sold = asyncio.Event()

    async def keep_selling() -> None:
        while True:
            await world.sell(1)
            sold.set()
            await world.reader.drain()

    await world.receive(dict.fromkeys(world.skus, 10_000))
    selling = asyncio.create_task(keep_selling())
    try:
        await asyncio.wait_for(sold.wait(), 60)
        manifest = await backup.back_up(dsn, place.backup, place.sources)
    finally:
        selling.cancel()
        await asyncio.wait({selling})
    assert manifest.counts["orders"] > 0
    restored = await backup.restore(other_dsn, place.backup, other_place.sources)
    assert restored.report.holds
    assert (await go_on(world, other_dsn)).holds


async def databases(dsn: str) -> set[str]:
    """The databases of the server that belong to this test's."""
    async with owner(dsn) as conn:
        mine = await conn.fetchval("SELECT current_database()")
        rows = await conn.fetch("SELECT datname FROM pg_database")
    return {row["datname"] for row in rows if row["datname"].startswith(mine)}


def test_consumers_are_declared() -> None:
    """What the tests above drain is what an installation runs."""
    assert "ledger.post" in CONSUMERS
    assert SYSTEM.name == "system"
