"""The backup file: a tar of the database's dump, the uploaded files, perhaps the key, and last the manifest.

The manifest comes last, so a file that was cut off has none. Parts are taken out only under the names that are written
here, and only when they hash to what the manifest says.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from shangmai.apps.backup.errors import BackupUnreadable
from shangmai.apps.backup.tools import Tell, silent
from shangmai.kernel.files import CHUNK_BYTES

FORMAT: Final = 1
DUMP: Final = "database.dump"
KEY: Final = "secret.key"
MANIFEST: Final = "manifest.json"
FILES: Final = "files/"
STORED = re.compile("([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})")
"""How the file store names what it keeps."""
MANIFEST_MAX_BYTES: Final = 16 * 1024 * 1024


class Part(Struct, frozen=True, kw_only=True):
    size: int
    sha256: str


class FilesPart(Struct, frozen=True, kw_only=True):
    """The uploaded files: how many, and the SHA-256 of the list of their hashes. `damaged` were so when backed up."""

    count: int
    size: int
    sha256: str
    damaged: list[str] = []


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds. `keys` are fingerprints of the master keys that its personal data needs."""

    format: int = FORMAT
    version: str
    revision: str
    taken_at: datetime
    postgres: str
    database: str
    counts: dict[str, int]
    chain_length: int
    chain_head: str | None
    dump: Part
    files: FilesPart | None
    files_location: str
    keys: list[str]
    with_key: bool = False

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


@contextmanager
def published(target: Path) -> Iterator[tuple[Path, Path]]:
    """A draft of the file and a folder beside it to work in; the draft becomes the file when the block succeeds."""
    work = target.parent / f".{target.name}.{secrets.token_hex(6)}"
    work.mkdir(mode=0o700, parents=True)
    draft = work / "draft"
    try:
        yield draft, work
        _sync(draft)
        os.replace(draft, target)
        _sync(target.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Writer:
    """Writes parts into a new archive."""

    def __init__(self, path: Path, tell: Tell = silent) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.GNU_FORMAT)
        self._tell = tell

    def add_file(self, name: str, path: Path) -> Part:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            hashed = _Hashed(file)
            self._tar.addfile(_entry(name, size), hashed)
        self._tell(name, size)
        return Part(size=size, sha256=hashed.hexdigest())

    def add_bytes(self, name: str, content: bytes) -> None:
        self._tar.addfile(_entry(name, len(content)), io.BytesIO(content))

    def add_store(self, root: Path) -> FilesPart:
        """Add all that the file store keeps in this folder."""
        listing, size, damaged = hashlib.sha256(), 0, []
        stored = sorted(path for path in root.glob("??/??/*") if STORED.fullmatch(path.relative_to(root).as_posix()))
        for number, path in enumerate(stored, 1):
            part = self.add_file(FILES + path.relative_to(root).as_posix(), path)
            listing.update(f"{path.name} {part.sha256}\n".encode())
            size += part.size
            if part.sha256 != path.name:
                damaged.append(path.name)
            self._tell(f"{FILES}{number}", size)
        return FilesPart(count=len(stored), size=size, sha256=listing.hexdigest(), damaged=damaged)

    def finish(self, manifest: Manifest) -> None:
        self.add_bytes(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._digest.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Raises: BackupUnreadable."""
    with _opened(path) as tar:
        return _manifest(tar, path)


def unpack(path: Path, into: Path, tell: Tell = silent) -> Manifest:
    """Take everything out of the archive into a folder, and prove that it is what was put in.

    Raises: BackupUnreadable; what was taken out until then is of no use.
    """
    with _opened(path) as tar:
        manifest = _manifest(tar, path)
        listing, files = hashlib.sha256(), 0
        for entry in tar:
            sha256 = _take(tar, entry, into, path)
            tell(entry.name, entry.size)
            if entry.name == DUMP and sha256 != manifest.dump.sha256:
                raise BackupUnreadable(path=str(path), reason="the database's dump is damaged")
            if entry.name.startswith(FILES):
                listing.update(f"{Path(entry.name).name} {sha256}\n".encode())
                files += 1
        if manifest.files and (files, listing.hexdigest()) != (manifest.files.count, manifest.files.sha256):
            raise BackupUnreadable(path=str(path), reason="the uploaded files are damaged")
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield tar
    except (OSError, tarfile.TarError, EOFError) as cause:
        raise BackupUnreadable(path=str(path), reason=str(cause)) from cause


def _manifest(tar: tarfile.TarFile, path: Path) -> Manifest:
    try:
        entry = tar.getmember(MANIFEST)
        file = tar.extractfile(entry)
        assert file is not None, "a manifest is a file"
        manifest = msgspec.json.decode(file.read(MANIFEST_MAX_BYTES), type=Manifest)
    except (KeyError, AssertionError, msgspec.DecodeError) as cause:
        raise BackupUnreadable(path=str(path), reason=f"it has no manifest ({cause})") from cause
    if manifest.format != FORMAT:
        raise BackupUnreadable(path=str(path), reason=f"its format is {manifest.format}, not {FORMAT}")
    return manifest


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path, path: Path) -> str:
    """Write one part under its own name, which is one of ours and so no way out of the folder; its SHA-256."""
    known = entry.name in {DUMP, KEY, MANIFEST} or (
        entry.name.startswith(FILES) and STORED.fullmatch(entry.name.removeprefix(FILES))
    )
    source = tar.extractfile(entry) if known and entry.isreg() else None
    if source is None:
        raise BackupUnreadable(path=str(path), reason=f"it holds {entry.name!r}, which no backup of ours does")
    target = into / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    hashed = _Hashed(source)  # type: ignore[arg-type]
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := hashed.read(CHUNK_BYTES):
            file.write(chunk)
        written = file.tell()
    if written != entry.size:
        raise BackupUnreadable(path=str(path), reason=f"{entry.name} is cut off")
    return hashed.hexdigest()
