"""One contract for every file store, then what only a folder can show: atomic, private to its root, self-proving."""

import asyncio
import builtins
import hashlib
import importlib
import importlib.util
import os
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shangmai.kernel import files
from shangmai.kernel.errors import ExtraMissing
from shangmai.kernel.files import (
    CHUNK_BYTES,
    FileCorrupt,
    FileMissing,
    FileRef,
    FileStore,
    FileTooLarge,
    LocalFileStore,
    S3FileStore,
    open_store,
    shown_name,
)

HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
LARGE = os.urandom(3 * CHUNK_BYTES + 17)

needs_obstore = pytest.mark.skipif(
    importlib.util.find_spec("obstore") is None, reason="the extra s3 is not installed: uv sync --extra s3"
)

OpenStore = Callable[..., FileStore]


def _local(tmp_path: Path, **limits: int) -> FileStore:
    return LocalFileStore(tmp_path / "files", **limits)


def _object_memory(tmp_path: Path, **limits: int) -> FileStore:
    return S3FileStore(importlib.import_module("obstore.store").MemoryStore(), **limits)


def _object_folder(tmp_path: Path, **limits: int) -> FileStore:
    (tmp_path / "bucket").mkdir(exist_ok=True)
    return S3FileStore(importlib.import_module("obstore.store").LocalStore(str(tmp_path / "bucket")), **limits)


@pytest.fixture(
    params=[
        pytest.param(_local, id="folder"),
        pytest.param(_object_memory, id="obstore-memory", marks=needs_obstore),
        pytest.param(_object_folder, id="obstore-folder", marks=needs_obstore),
    ]
)
def open_one(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """Give a function that opens the store under test; its spool folder is `tmp_path / "spool"`."""
    (tmp_path / "spool").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    make = request.param
    return lambda **limits: make(tmp_path, **limits)


@pytest.fixture
def store(open_one: OpenStore) -> FileStore:
    return open_one()


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def collected(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def drafts(tmp_path: Path) -> list[Path]:
    return [*(tmp_path / "files" / "incoming").glob("*"), *(tmp_path / "spool").glob("*")]


def files_under(folder: Path) -> list[tuple[str, int]]:
    return [(path.name, path.stat().st_size) for path in folder.rglob("*") if path.is_file()]


class TestContract:
    async def test_tells_what_it_stored(self, store: FileStore) -> None:
        ref = await store.put("报告.pdf", b"hello")
        assert ref == FileRef(id=ref.id, name="报告.pdf", size=5, sha256=HELLO_SHA256, media_type="application/pdf")
        assert isinstance(ref.id, UUID)

    async def test_the_callers_media_type_counts(self, store: FileStore) -> None:
        assert (await store.put("a.pdf", b"hello", "image/png")).media_type == "image/png"
        assert (await store.put("a", b"hello")).media_type == "application/octet-stream"

    @pytest.mark.parametrize("content", [b"hello", b"", LARGE], ids=["short", "empty", "large"])
    async def test_gives_back_the_same_bytes_however_they_came(
        self, store: FileStore, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "source").write_bytes(content)
        refs = [
            await store.put("bytes", content),
            await store.put("path", tmp_path / "source"),
            await store.put("stream", stream(content[:7], b"", content[7:])),
        ]
        for ref in refs:
            assert (ref.size, ref.sha256) == (len(content), hashlib.sha256(content).hexdigest())
            assert await store.read(ref) == content
            assert await collected(store.open(ref)) == content
        assert (tmp_path / "source").read_bytes() == content
        assert drafts(tmp_path) == []

    async def test_streams_in_chunks(self, store: FileStore) -> None:
        ref = await store.put("large", LARGE)
        sizes = [len(chunk) async for chunk in store.open(ref)]
        assert sum(sizes) == len(LARGE)

    async def test_equal_content_is_one_file_with_two_references(self, store: FileStore) -> None:
        one, two = await store.put("a.txt", b"hello"), await store.put("b.txt", b"hello")
        assert one.id != two.id
        assert one.sha256 == two.sha256
        await store.delete(one)
        with pytest.raises(FileMissing):
            await store.read(two)

    async def test_many_at_once(self, store: FileStore, tmp_path: Path) -> None:
        refs = await asyncio.gather(*(store.put(f"{n}", b"%d" % (n % 5)) for n in range(40)))
        assert [await store.read(ref) for ref in refs] == [b"%d" % (n % 5) for n in range(40)]
        assert drafts(tmp_path) == []

    async def test_what_is_deleted_is_missing(self, store: FileStore) -> None:
        ref = await store.put("a.txt", b"hello")
        await store.delete(ref)
        with pytest.raises(FileMissing) as missing:
            await store.read(ref)
        assert missing.value.data == {"name": "a.txt"}
        with pytest.raises(FileMissing):
            await collected(store.open(ref))

    async def test_deleting_twice_is_fine_and_putting_again_brings_it_back(self, store: FileStore) -> None:
        ref = await store.put("a.txt", b"hello")
        await store.delete(ref)
        await store.delete(ref)
        await store.put("a.txt", b"hello")
        assert await store.read(ref) == b"hello"

    async def test_survives_the_store_object(self, store: FileStore, open_one: OpenStore) -> None:
        if isinstance(store, S3FileStore) and "Memory" in type(store._store).__name__:
            return  # a memory store ends with its object by design
        ref = await store.put("a.txt", b"hello")
        assert await open_one().read(ref) == b"hello"

    async def test_too_large_is_refused_and_leaves_nothing(self, open_one: OpenStore, tmp_path: Path) -> None:
        store = open_one(size_max_bytes=10)
        (tmp_path / "source").write_bytes(b"x" * 11)
        contents = (b"x" * 11, tmp_path / "source", stream(b"x" * 6, b"x" * 5))
        for content in contents:
            with pytest.raises(FileTooLarge) as refused:
                await store.put("a", content)
            assert refused.value.status == 413
            assert refused.value.data == {"size_max": 10}
        assert (await store.put("a", b"x" * 10)).size == 10
        assert drafts(tmp_path) == []

    async def test_a_stream_that_breaks_off_leaves_nothing(self, store: FileStore, tmp_path: Path) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"hel"
            raise ConnectionResetError("gone")

        with pytest.raises(ConnectionResetError):
            await store.put("a", broken())
        assert drafts(tmp_path) == []
        beginning = FileRef(id=UUID(int=1), name="a", size=3, sha256=hashlib.sha256(b"hel").hexdigest(), media_type="x")
        with pytest.raises(FileMissing):
            await store.read(beginning)

    async def test_a_source_that_is_not_there_leaves_nothing(self, store: FileStore, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await store.put("a", tmp_path / "nowhere")
        assert drafts(tmp_path) == []

    @pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "..\\..\\evil", "a\0b", "..", "", "x" * 10_000])
    async def test_a_name_never_becomes_a_path(self, store: FileStore, tmp_path: Path, name: str) -> None:
        ref = await store.put(name, b"hello")
        assert await store.read(ref) == b"hello"
        assert set(files_under(tmp_path)) <= {(HELLO_SHA256, 5)}

    @pytest.mark.parametrize("sha256", ["../../../../etc/passwd", "", "a" * 63, "A" * 64, HELLO_SHA256 + "\n"])
    async def test_a_forged_address_never_becomes_a_path(self, store: FileStore, sha256: str) -> None:
        forged = FileRef(id=UUID(int=1), name="a", size=1, sha256=sha256, media_type="x")
        for refused in (store.read(forged), store.delete(forged), collected(store.open(forged))):
            with pytest.raises(AssertionError):
                await refused
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(msgspec.json.encode(forged), type=FileRef)


class TestCorruption:
    async def test_is_found_in_a_folder(self, tmp_path: Path) -> None:
        store = LocalFileStore(tmp_path)
        ref = await store.put("a.txt", b"hello")
        (tmp_path / "2c" / "f2" / HELLO_SHA256).write_bytes(b"hellO")
        await _found_corrupt(store, ref)
        await store.put("a.txt", b"hello")
        assert await store.read(ref) == b"hello"

    @needs_obstore
    async def test_is_found_in_an_object_store(self, tmp_path: Path) -> None:
        objects = importlib.import_module("obstore.store").MemoryStore()
        store = S3FileStore(objects)
        ref = await store.put("a.txt", b"hello")
        importlib.import_module("obstore").put(objects, f"2c/f2/{HELLO_SHA256}", b"hellO")
        await _found_corrupt(store, ref)


async def _found_corrupt(store: FileStore, ref: FileRef) -> None:
    with pytest.raises(FileCorrupt) as corrupt:
        await store.read(ref)
    assert corrupt.value.data == {"name": "a.txt", "sha256": HELLO_SHA256}
    with pytest.raises(FileCorrupt):
        await collected(store.open(ref))


class TestFolder:
    async def test_a_file_is_synced_then_renamed_then_its_folders_synced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []
        replace = os.replace

        def renamed(source: Path, target: Path) -> None:
            steps.append("rename")
            replace(source, target)

        monkeypatch.setattr(os, "fsync", lambda descriptor: steps.append(_what_is_synced(descriptor)))
        monkeypatch.setattr(os, "replace", renamed)
        await LocalFileStore(tmp_path).put("a", b"hello")
        assert steps == ["5 bytes", "rename", "folder", "folder", "folder"]

    async def test_what_was_uploading_when_the_process_died_is_not_a_file(self, tmp_path: Path) -> None:
        store = LocalFileStore(tmp_path)
        draft = files.Draft(tmp_path / "incoming", 100)
        draft.write(b"hello")
        ref = FileRef(id=UUID(int=1), name="a", size=5, sha256=HELLO_SHA256, media_type="x")
        with pytest.raises(FileMissing):
            await store.read(ref)
        draft.discard()

    def test_drafts_of_killed_processes_go_after_a_day(self, tmp_path: Path) -> None:
        incoming = tmp_path / "incoming"
        incoming.mkdir()
        for name, age_s in (("upload-old", 25 * 3600), ("upload-new", 23 * 3600)):
            (incoming / name).write_bytes(b"x")
            os.utime(incoming / name, (time.time() - age_s,) * 2)
        LocalFileStore(tmp_path)
        assert [path.name for path in incoming.iterdir()] == ["upload-new"]

    async def test_files_are_the_owners_alone(self, tmp_path: Path) -> None:
        await LocalFileStore(tmp_path).put("a", b"hello")
        assert (tmp_path / "2c" / "f2" / HELLO_SHA256).stat().st_mode & 0o777 == 0o600


def _what_is_synced(descriptor: int) -> str:
    found = os.fstat(descriptor)
    return "folder" if stat.S_ISDIR(found.st_mode) else f"{found.st_size} bytes"


class TestOpenStore:
    @pytest.mark.parametrize("scheme", ["", "file://"])
    async def test_a_folder(self, tmp_path: Path, scheme: str) -> None:
        store = open_store(f"{scheme}{tmp_path}/files")
        assert isinstance(store, LocalFileStore)
        ref = await store.put("a", b"hello")
        assert (tmp_path / "files" / "2c" / "f2" / HELLO_SHA256).exists()
        assert await store.read(ref) == b"hello"

    @needs_obstore
    def test_s3(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_REGION", "cn-north-1")
        store = open_store("s3://bucket/some/prefix")
        assert isinstance(store, S3FileStore)
        assert store._store.config["bucket"] == "bucket"
        assert store._store.prefix == "some/prefix"

    def test_s3_without_the_extra_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _without_obstore(monkeypatch)
        with pytest.raises(ExtraMissing) as missing:
            open_store("s3://bucket")
        assert "pip install 'shangmai[s3]'" in str(missing.value)

    def test_a_folder_needs_no_extra(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _without_obstore(monkeypatch)
        assert isinstance(open_store(str(tmp_path)), LocalFileStore)


def _without_obstore(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("obstore"):
            raise ModuleNotFoundError(name)
        return imported(name, *args, **kwargs)

    imported = builtins.__import__
    monkeypatch.setattr(importlib, "import_module", refuse)
    for name in [name for name in sys.modules if name.startswith("obstore")]:
        monkeypatch.delitem(sys.modules, name)


class TestShownName:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("报告 2026.pdf", "报告 2026.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\li\\a.xlsx", "a.xlsx"),
            ("a\r\nSet-Cookie: x\0.txt", "aSet-Cookie: x.txt"),
            ("photo\u202egpj.exe", "photogpj.exe"),
            ("cafe\u0301.txt", "caf\u00e9.txt"),
            ("  a.txt  ", "a.txt"),
            ("", "file"),
            (".", "file"),
            ("..", "file"),
            ("a/", "file"),
            ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
            ("." + "y" * 300, "." + "y" * 199),
        ],
    )
    def test_table(self, name: str, shown: str) -> None:
        assert shown_name(name) == shown
