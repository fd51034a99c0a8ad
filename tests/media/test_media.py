"""What files are by their bytes, uploading them, and serving them."""

from __future__ import annotations

import contextlib
import hashlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps.api import create_app
from shangmai.kernel.actors import Actor
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.modules.media.contract import SIDE_MAX_PX, NotShowable, PictureTooLarge
from shangmai.modules.media.rules import Seen, look_at
from tests.doors.conftest import living
from tests.routes import Known

SIDES = st.integers(1, SIDE_MAX_PX)
MEDIA = "/api/v1/media"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x06\0\0\0"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0"


def jpeg(width: int, height: int) -> bytes:
    """With a thumbnail of another size within the metadata before the frame."""
    thumbnail = b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 7, 9) + b"\xff\xd9"
    exif = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    return b"\xff\xd8" + exif + b"\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + body.ljust(16, b"\0")


class TestLooking:
    @given(SIDES, SIDES)
    def test_pixels(self, width: int, height: int) -> None:
        assert look_at(png(width, height)) == Seen("image/png", width, height)
        assert look_at(gif(width, height)) == Seen("image/gif", width, height)
        assert look_at(jpeg(width, height)) == Seen("image/jpeg", width, height)
        large = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        assert look_at(webp(b"VP8X", large)) == Seen("image/webp", width, height)

    @given(st.integers(1, 16_383), st.integers(1, 16_383))
    def test_pixels_of_plain_webp(self, width: int, height: int) -> None:
        lossless = b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little")
        assert look_at(webp(b"VP8L", lossless)) == Seen("image/webp", width, height)
        lossy = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
        assert look_at(webp(b"VP8 ", lossy)) == Seen("image/webp", width, height)

    @given(
        st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"RIFFxxxxWEBPVP8 ", png(3, 4)[:16]])
    )
    def test_whatever_comes_it_is_told_or_refused(self, rest: bytes, head: bytes) -> None:
        with contextlib.suppress(NotShowable, PictureTooLarge):
            assert look_at(head + rest).media_type in {
                "image/jpeg",
                "image/gif",
                "image/webp",
                "image/png",
                "video/mp4",
            }

    def test_refused(self) -> None:
        for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"%PDF-1.7", b"", png(0, 5)):
            with pytest.raises(NotShowable):
                look_at(content)
        with pytest.raises(PictureTooLarge):
            look_at(png(SIDE_MAX_PX + 1, 1))
        assert look_at(b"\0\0\0\x18ftypmp42\0\0\0\0") == Seen("video/mp4")


@pytest_asyncio.fixture
async def caller() -> Known:
    return Known(Actor(id=new_id(), kind="user", name="m", grants=frozenset({"media.upload"})))


@pytest_asyncio.fixture
async def web(
    dsn: str, caller: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setenv("SHANGMAI_HOME", str(tmp_path))
    app = create_app(Settings(database_url=dsn, lang="en", home=tmp_path), caller)
    async with living(app):
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


class TestServing:
    async def test_uploaded_and_served_for_ever(self, web: httpx.AsyncClient) -> None:
        content = jpeg(640, 480)
        answer = await web.post(
            MEDIA, params={"name": "../a.svg"}, content=content, headers={"content-type": "text/html"}
        )
        assert answer.status_code == 201, answer.text
        kept = answer.json()
        assert (kept["media_type"], kept["width"], kept["height"], kept["name"]) == ("image/jpeg", 640, 480, "a.svg")
        assert kept["sha256"] == hashlib.sha256(content).hexdigest()
        served = await web.get(kept["url"])
        assert (served.content, served.headers["content-type"]) == (content, "image/jpeg")
        assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert served.headers["x-content-type-options"] == "nosniff"
        again = await web.get(kept["url"], headers={"if-none-match": served.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        twice = await web.post(MEDIA, params={"name": "b.jpg"}, content=content)
        assert twice.json() == kept

    async def test_what_is_refused_is_not_served(self, web: httpx.AsyncClient, admin_conn) -> None:
        content = b"<script>alert(1)</script>"
        answer = await web.post(MEDIA, content=content)
        assert (answer.status_code, answer.json()["code"]) == (415, "media.NotShowable")
        assert (await web.post(MEDIA, content=b"")).status_code == 415
        missing = await web.get(f"{MEDIA}/{hashlib.sha256(content).hexdigest()}")
        assert (missing.status_code, missing.json()["code"]) == (404, "media.MediaNotFound")
        assert await admin_conn.fetchval("SELECT count(*) FROM media_files") == 0

    async def test_who_may_upload(self, web: httpx.AsyncClient, caller: Known) -> None:
        caller.actor = Actor(id=new_id(), kind="user", name="x")
        assert (await web.post(MEDIA, content=png(1, 1))).status_code == 403


class TestCustomers:
    """Who buys uploads pictures for reviews, and nothing else."""

    OWN = "/api/v1/customer/media"

    async def test_a_picture_is_kept_and_served(self, web: httpx.AsyncClient, caller: Known) -> None:
        caller.actor = Actor(id=new_id(), kind="customer", name="c", grants=frozenset({"*.own"}))
        kept = await web.post(self.OWN, content=png(20, 10))
        assert kept.status_code == 201, kept.text
        assert (await web.get(kept.json()["url"])).status_code == 200
        assert (await web.post(MEDIA, content=png(1, 1))).status_code == 403

    async def test_films_and_other_files_are_refused(self, web: httpx.AsyncClient, caller: Known, admin_conn) -> None:
        caller.actor = Actor(id=new_id(), kind="customer", name="c", grants=frozenset({"*.own"}))
        film = await web.post(self.OWN, content=b"\0\0\0\x18ftypmp42\0\0\0\0")
        assert (film.status_code, film.json()["code"]) == (415, "media.NoPicture")
        assert (await web.post(self.OWN, content=b"<svg/>")).json()["code"] == "media.NotShowable"
        assert await admin_conn.fetchval("SELECT count(*) FROM media_files") == 0

    async def test_so_many_within_a_day(
        self, web: httpx.AsyncClient, caller: Known, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shangmai.modules.media.service.OWN_A_DAY_MAX", 2)  # patch: two pictures reach it
        caller.actor = Actor(id=new_id(), kind="customer", name="c", grants=frozenset({"*.own"}))
        codes = [(await web.post(self.OWN, content=png(side, 1))).status_code for side in (1, 2, 3, 2)]
        assert codes == [201, 201, 429, 201]  # what is kept already is given as it is
