"""Locks, and directories and files that nobody can put in our way."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from shangmai.kernel.db.embedded.errors import FilesNotUsable, LockNotFree, NoReachablePlace
from shangmai.kernel.db.embedded.processes import Account, wait_until
from shangmai.kernel.db.embedded.settings import PORT, short_hash

LOCK_TIMEOUT_S: Final = 330.0  # longer than READY_TIMEOUT_S, so that a waiting process outlasts the one that starts
SOCKET_PATH_BYTES_MAX: Final = 100  # sockaddr_un takes 107 on Linux, 103 on macOS


_open_locks: "set[Lock]" = set()


class Lock:
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
        if not wait_until(lambda: self.try_acquire(mode), LOCK_TIMEOUT_S):
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


def socket_path(socket_dir: Path) -> Path:
    return socket_dir / f".s.PGSQL.{PORT}"


def make_socket_dir(data: Path, account: Account) -> Path:
    """Outside the home, whose path may be longer than a socket's may be."""
    name = f"shangmai-{short_hash(data, account.uid)}"
    for path in (Path("/tmp") / name, Path(tempfile.gettempdir()) / name):
        with contextlib.suppress(OSError):
            make_directory(path, 0o700, account)
            if account.can_enter(path) and len(os.fsencode(socket_path(path))) <= SOCKET_PATH_BYTES_MAX:
                return path
    raise FilesNotUsable(f"no place for the directory of the socket, {name}")


def make_directory(path: Path, mode: int, owner: Account | None = None) -> None:
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


def find_system_place(places: Sequence[Path], account: Account) -> Path:
    for place in places:
        with contextlib.suppress(OSError):
            make_directory(place, 0o755)
            if account.can_enter(place):
                return place
    raise NoReachablePlace("\n".join(map(str, places)))


def create(path: Path) -> BinaryIO:
    """A new file in the place of an old one; never the target of a link."""
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    os.fchmod(fd, 0o644)  # whatever the umask is: the server's user reads it
    return open(fd, "wb")


def write(path: Path, text: str) -> None:
    """Replace the file at once, and durably."""
    new = path.with_name(f"{path.name}.new")
    with create(new) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    with _open_directory(path) as fd:
        os.fsync(fd)


def tail(path: Path, lines_max: int = 15) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - 8192, 0))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines_max:])
    except OSError as error:
        return str(error)
