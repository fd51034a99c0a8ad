"""GET routes: under the caller's scope, paged, refused clearly; and an application that nobody decided about."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import get

from shangmai.apps.api import create_app
from shangmai.kernel.http.paging import BadCursor, Page, decode_cursor, encode_cursor, page
from shangmai.kernel.http.reads import RouteWithoutGrant
from shangmai.kernel.settings import Settings
from tests.doors.conftest import Tokens

THINGS = "/api/v1/things"


async def keep(http: httpx.AsyncClient, *numbers: int) -> None:
    answer = await http.post("/api/v1/actions/doors.keep_many", json=[{"n": n} for n in numbers])
    assert all(item["ok"] for item in answer.json())


class TestReading:
    async def test_pages_follow_each_other(self, http: httpx.AsyncClient) -> None:
        await keep(http, *range(1, 6))
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
            answer = await http.get(THINGS, params=params)
            assert answer.status_code == 200
            seen += [item["n"] for item in answer.json()["items"]]
            cursor, pages = answer.json()["next"], pages + 1
        assert (seen, pages) == ([1, 2, 3, 4, 5], 3)

    async def test_who_may(self, http: httpx.AsyncClient) -> None:
        assert (await http.get(THINGS, headers={"authorization": ""})).status_code == 401
        assert (await http.get(THINGS, headers={"authorization": "Bearer reader"})).status_code == 200
        answer = await http.get("/api/v1/jobs/parked", headers={"authorization": "Bearer reader"})
        assert (answer.status_code, answer.json()["data"]) == (403, {"grant": "jobs.read"})

    async def test_a_public_route_takes_anyone(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/api/v1/who")).json() == {"name": "all"}
        assert (await http.get("/api/v1/who", headers={"authorization": "Bearer x"})).json() == {"name": "anonymous"}

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("cursor=x", "cursor"),
            ("cursor=é", "cursor"),
        ],
    )
    async def test_a_bad_parameter_is_named(self, http: httpx.AsyncClient, query: str, field: str) -> None:
        answer = await http.get(f"{THINGS}?{query}")
        assert answer.status_code == 422
        assert [one["path"] for one in answer.json()["data"]["fields"]] == [field]

    async def test_what_the_database_cannot_hold_is_422(self, http: httpx.AsyncClient) -> None:
        for query in ({"name": "a\0b"}, {"cursor": encode_cursor(2**70)}):
            answer = await http.get(THINGS, params=query)
            assert (answer.status_code, answer.json()["code"]) == (422, "kernel.ValueRefused")

    async def test_a_bug_is_500_and_tells_nothing(self, http: httpx.AsyncClient) -> None:
        answer = await http.get(f"{THINGS}/{uuid4()}")
        assert (answer.status_code, answer.json()["code"]) == (500, "kernel.AppError")
        assert answer.json()["data"] == {"request_id": answer.headers["x-request-id"]}
        assert "secret" not in answer.text

    async def test_unknown_addresses_and_methods(self, http: httpx.AsyncClient) -> None:
        for path in ("/api/v1/nothing", f"{THINGS}/1", "/assets/../api.py"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "kernel.NoSuchAddress")
        answer = await http.delete(THINGS)
        assert (answer.status_code, answer.json()["code"]) == (405, "kernel.MethodNotAllowedHere")
        assert "GET" in answer.headers["allow"]

    async def test_headers(self, http: httpx.AsyncClient) -> None:
        for path in (THINGS, "/api/v1/nothing", "/status"):
            answer = await http.get(path, headers={"x-request-id": "abc-12345"})
            assert answer.headers["x-request-id"] == "abc-12345"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]

    async def test_the_language_of_errors(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/api/v1/nothing", headers={"accept-language": "zh"})
        assert answer.json()["message"] == "没有这个地址；/openapi.json 列出了全部地址。"


class TestStart:
    def test_a_route_that_nobody_decided_about_stops_it(self, settings: Settings) -> None:
        @get("/api/v1/forgotten")
        async def read_forgotten() -> str:
            return ""

        routes: list[Any] = [read_forgotten]
        with pytest.raises(RouteWithoutGrant, match="/api/v1/forgotten"):
            create_app(settings, Tokens(), routes=routes)

    def test_the_application_of_all_modules_starts(self, settings: Settings) -> None:
        create_app(settings, Tokens())


class TestPaging:
    def test_a_cursor_brings_back_its_key(self) -> None:
        id_ = uuid4()
        assert decode_cursor(encode_cursor("码/1", 3, id_), str, int, type(id_)) == ("码/1", 3, id_)
        assert decode_cursor(None, int) is None

    @pytest.mark.parametrize("cursor", ["x", "!!!!", encode_cursor("a"), encode_cursor(1, 2), "a" * 1001, "é"])
    def test_what_is_no_cursor_of_this_list(self, cursor: str) -> None:
        with pytest.raises(BadCursor):
            decode_cursor(cursor, int)

    def test_the_last_page_has_no_next(self) -> None:
        assert page([1, 2], 2, lambda n: (n,)) == Page(items=[1, 2])
        assert page([1, 2, 3], 2, lambda n: (n,)) == Page(items=[1, 2], next=encode_cursor(2))
        assert page([], 2, lambda n: (n,)) == Page(items=[])
