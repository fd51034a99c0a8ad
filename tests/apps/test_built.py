"""Serving what a browser application was built into, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, Response, get

from shangmai.apps import built

POLICY = "default-src 'self'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "built").mkdir()
    (tmp_path / "index.html").write_text("<h1>first</h1>" * 50)
    (tmp_path / "built" / "app.12345678.js").write_text("let a = 1;" * 50)
    return tmp_path


def client(folder: Path) -> httpx.AsyncClient:
    @get(["/", "/{place:path}"])
    async def show(request: Request[Any, Any, Any], place: str = "/") -> Response[bytes]:
        return built.serve(folder, place.removeprefix("/"), request, POLICY)

    transport = httpx.ASGITransport(Litestar([show], openapi_config=None))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_a_built_file_is_kept_for_good_and_sent_packed(folder: Path) -> None:
    async with client(folder) as web:
        answer = await web.get("/built/app.12345678.js")
        plain = await web.get("/built/app.12345678.js", headers={"accept-encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert answer.text == plain.text == "let a = 1;" * 50
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == POLICY


async def test_every_other_address_is_the_first_page_which_is_asked_for_each_time(folder: Path) -> None:
    async with client(folder) as web:
        for path in ("/", "/product", "/orders/7", "/../etc/passwd"):
            answer = await web.get(path)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
            assert "<h1>first</h1>" in answer.text


async def test_a_built_file_that_is_gone_is_404(folder: Path) -> None:
    async with client(folder) as web:
        assert (await web.get("/built/app.87654321.js")).status_code == 404


def test_what_was_not_built(tmp_path: Path, folder: Path) -> None:
    assert built.is_built(folder)
    assert not built.is_built(tmp_path / "nothing")
