"""Files: bytes kept by what they contain, in a local folder or an S3-compatible store, behind one port.

Invariants: a file that `put` returned is complete and durable; its address is the SHA-256 of its bytes, so no name from
outside ever becomes a path, equal files are kept once, and every read proves that the bytes are still the same.
Because equal files are one, `delete` is for the caller that knows that no other reference has the same `sha256`.
"""

import asyncio
import contextlib
import hashlib
import importlib
import mimetypes
import os
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Final, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.clock import SystemClock
from shangmai.kernel.errors import AppError, ExtraMissing, Invalid, NotFound
from shangmai.kernel.ids import new_id

CHUNK_BYTES: Final = 1024 * 1024
SIZE_MAX_BYTES: Final = 2 * 1024**3
NAME_MAX: Final = 200

Content = bytes | Path | AsyncIterator[bytes]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class FileRef(Struct, frozen=True, kw_only=True):
    """What a row keeps of a file; `name` and `media_type` are what the uploader said, only good for showing."""

    id: UUID
    name: str
    size: int
    sha256: Sha256
    media_type: str


class FileMissing(NotFound):
    """The file '{name}' is no longer stored; upload it again."""

    zh = "文件“{name}”已不在存储中，请重新上传。"


class FileCorrupt(AppError):
    """The stored file '{name}' is not what was uploaded; restore it from a backup."""

    zh = "存储中的文件“{name}”与上传时不一致，请从备份恢复。"


class FileTooLarge(Invalid):
    """A file may have {size_max} bytes at most; upload a smaller one, or several."""

    zh = "单个文件最大 {size_max} 字节，请缩小或拆分后上传。"
    status = 413


class FileStore(Protocol):
    async def put(self, name: str, content: Content, media_type: str | None = None) -> FileRef:
        """Store the content; when this returns it survives a crash. Raises: FileTooLarge, and then nothing is kept."""
        ...

    def open(self, ref: FileRef) -> AsyncIterator[bytes]:
        """Stream the content in chunks. Raises: FileMissing before the first one, FileCorrupt after the last one."""
        ...

    async def read(self, ref: FileRef) -> bytes:
        """Give the whole content. Raises: FileMissing, FileCorrupt."""
        ...

    async def delete(self, ref: FileRef) -> None:
        """Remove the content, for every reference with this `sha256`; what is gone already is fine."""
        ...


def open_store(url: str, size_max_bytes: int = SIZE_MAX_BYTES) -> FileStore:
    """Open the store of a FILES_URL: `s3://bucket/prefix` (credentials from the AWS_ variables), else a local folder.

    Raises: ExtraMissing.
    """
    if url.startswith("s3://"):
        store = _import_obstore("obstore.store").S3Store.from_url(url)
        return S3FileStore(store, size_max_bytes)
    return LocalFileStore(Path(url.removeprefix("file://")), size_max_bytes)


class LocalFileStore:
    """Files in a folder, as `ab/cd/abcd…`; half-written ones are in `incoming`, from where a rename publishes them."""

    def __init__(self, root: Path, size_max_bytes: int = SIZE_MAX_BYTES) -> None:
        self._root = root
        self._size_max_bytes = size_max_bytes
        _drop_stale_drafts(root / "incoming")

    async def put(self, name: str, content: Content, media_type: str | None = None) -> FileRef:
        async with await _receive(content, self._root / "incoming", self._size_max_bytes) as draft:
            await asyncio.to_thread(self._publish, draft)
            return draft.ref(name, media_type)

    async def open(self, ref: FileRef) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        with await asyncio.to_thread(self._open, ref) as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                digest.update(chunk)
                yield chunk
        _check_same(digest.hexdigest(), ref)

    async def read(self, ref: FileRef) -> bytes:
        return await asyncio.to_thread(self._read, ref)

    async def delete(self, ref: FileRef) -> None:
        await asyncio.to_thread(self._path(ref.sha256).unlink, missing_ok=True)

    def _publish(self, draft: "Draft") -> None:
        path = self._path(draft.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft.path, path)
        for folder in (path.parent, path.parent.parent, self._root):  # a new folder is only durable with its parent
            _sync_folder(folder)

    def _read(self, ref: FileRef) -> bytes:
        with self._open(ref) as file:
            content = file.read()
        _check_same(hashlib.sha256(content).hexdigest(), ref)
        return content

    def _open(self, ref: FileRef) -> BinaryIO:
        try:
            return self._path(ref.sha256).open("rb")
        except FileNotFoundError:
            raise FileMissing(name=ref.name) from None

    def _path(self, sha256: str) -> Path:
        return self._root / _key(sha256)


class S3FileStore:
    """Files in an obstore store: S3, or whatever speaks its protocol (MinIO, OSS, COS, R2); the extra `s3`."""

    def __init__(self, store: Any, size_max_bytes: int = SIZE_MAX_BYTES) -> None:
        self._obstore = _import_obstore("obstore")
        self._store = store
        self._size_max_bytes = size_max_bytes

    async def put(self, name: str, content: Content, media_type: str | None = None) -> FileRef:
        """Spool to a local file first: the address, the hash, is known only after the last byte."""
        async with await _receive(content, Path(tempfile.gettempdir()), self._size_max_bytes) as draft:
            await self._obstore.put_async(self._store, _key(draft.sha256), draft.path)
            return draft.ref(name, media_type)

    async def open(self, ref: FileRef) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        found = await self._get(ref)
        async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
            digest.update(chunk)
            yield bytes(chunk)
        _check_same(digest.hexdigest(), ref)

    async def read(self, ref: FileRef) -> bytes:
        content = bytes(await (await self._get(ref)).bytes_async())
        _check_same(hashlib.sha256(content).hexdigest(), ref)
        return content

    async def delete(self, ref: FileRef) -> None:
        try:
            await self._obstore.delete_async(self._store, _key(ref.sha256))
        except FileNotFoundError:
            return  # S3 itself does not tell; a folder behind the same interface does

    async def _get(self, ref: FileRef) -> Any:
        try:
            return await self._obstore.get_async(self._store, _key(ref.sha256))
        except FileNotFoundError:
            raise FileMissing(name=ref.name) from None


class Draft:
    """A file that is being received: hashed and counted as it is written, gone at the end unless it was moved away."""

    def __init__(self, folder: Path, size_max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(dir=folder, prefix="upload-")
        self.path = Path(path)
        self.size = 0
        self._file = os.fdopen(descriptor, "wb")
        self._digest = hashlib.sha256()
        self._size_max_bytes = size_max_bytes

    async def __aenter__(self) -> "Draft":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.discard)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._size_max_bytes:
            raise FileTooLarge(size_max=self._size_max_bytes)
        self._digest.update(chunk)
        self._file.write(chunk)

    def finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def ref(self, name: str, media_type: str | None) -> FileRef:
        shown = shown_name(name)
        guessed = media_type or mimetypes.guess_type(shown)[0] or "application/octet-stream"
        return FileRef(id=new_id(), name=shown, size=self.size, sha256=self.sha256, media_type=guessed)


def shown_name(name: str) -> str:
    """Give a name that is safe to show and to send in a header: the last part of a path, without invisible letters.

    Invisible ones are not only control characters: U+202E turns 'gpj.exe' into a picture.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf", "Cs")).strip()
    if len(visible) > NAME_MAX:
        stem, suffix = os.path.splitext(visible)
        visible = stem[: NAME_MAX - len(suffix[:20])] + suffix[:20]
    return "file" if visible in ("", ".", "..") else visible


async def _receive(content: Content, folder: Path, size_max_bytes: int) -> Draft:
    if isinstance(content, bytes | Path):
        return await asyncio.to_thread(_receive_at_once, content, folder, size_max_bytes)
    draft = await asyncio.to_thread(Draft, folder, size_max_bytes)
    try:
        async for chunk in content:
            await asyncio.to_thread(draft.write, chunk)
        await asyncio.to_thread(draft.finish)
    except BaseException:
        draft.discard()
        raise
    return draft


def _receive_at_once(content: bytes | Path, folder: Path, size_max_bytes: int) -> Draft:
    draft = Draft(folder, size_max_bytes)
    try:
        for chunk in [content] if isinstance(content, bytes) else _chunks(content):
            draft.write(chunk)
        draft.finish()
    except BaseException:
        draft.discard()
        raise
    return draft


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk


def _drop_stale_drafts(folder: Path) -> None:
    """Remove what processes that were killed left behind; no upload takes a day."""
    long_ago = (SystemClock().now() - timedelta(days=1)).timestamp()
    for path in folder.glob("upload-*"):
        with contextlib.suppress(FileNotFoundError):  # its upload has ended meanwhile
            if path.stat().st_mtime < long_ago:
                path.unlink()


def _key(sha256: str) -> str:
    assert re.fullmatch("[0-9a-f]{64}", sha256), "an address is a SHA-256 in hex: it becomes a path"
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _check_same(sha256: str, ref: FileRef) -> None:
    if sha256 != ref.sha256:
        raise FileCorrupt(name=ref.name, sha256=ref.sha256)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _import_obstore(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ExtraMissing(extra="s3") from None
