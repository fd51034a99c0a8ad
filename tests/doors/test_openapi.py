"""One OpenAPI 3.1 document of every action and every read."""

from __future__ import annotations

import re
from typing import Any

import httpx
import jsonschema_rs
import pytest

from shangmai.apps import site
from shangmai.kernel.actions.contract import ACTIONS
from shangmai.kernel.http.actions import summary_of
from shangmai.kernel.http.openapi import errors_of
from tests.doors.conftest import ROUTES, Unlucky


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return site.document(ROUTES)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        mine = {value["$ref"]} if "$ref" in value else set()
        return mine.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


class TestDocument:
    def test_every_action_and_read_is_in_it(self, document: dict[str, Any]) -> None:
        paths = set(document["paths"])
        assert {f"/api/v1/actions/{name}" for name in ACTIONS} <= paths
        assert {"/api/v1/actions", "/api/v1/things", "/api/v1/things/{thing_id}", "/api/v1/who"} <= paths

    def test_every_reference_leads_somewhere(self, document: dict[str, Any]) -> None:
        names = {f"#/components/{kind}/{name}" for kind, some in document["components"].items() for name in some}
        assert references(document) <= names

    def test_operations_have_distinct_names(self, document: dict[str, Any]) -> None:
        names = [one["operationId"] for _, _, one in operations(document)]
        assert len(names) == len(set(names))

    def test_every_schema_is_one(self, document: dict[str, Any]) -> None:
        for name, schema in document["components"]["schemas"].items():
            full = schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
            assert jsonschema_rs.meta.is_valid(full), name

    def test_every_action_of_the_house_says_in_chinese_what_it_does(self) -> None:
        silent = [name for name, spec in ACTIONS.items() if not re.search("[\u4e00-\u9fff]", summary_of(spec, "zh-CN"))]
        assert [name for name in silent if not name.startswith("doors.")] == []

    def test_an_action(self, document: dict[str, Any]) -> None:
        post = document["paths"]["/api/v1/actions/doors.keep"]["post"]
        assert post["operationId"] == "doors.keep"
        assert post["x-grant"] == "doors.keep"
        one, many = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
        assert one == {"$ref": "#/components/schemas/Keep"}
        assert many == {"type": "array", "items": one, "maxItems": 1000}
        keep = document["components"]["schemas"]["Keep"]
        assert keep["properties"]["n"] == {"type": "integer", "minimum": 1, "maximum": 1000}
        assert (keep["required"], keep["additionalProperties"]) == (["n"], False)
        named = [document["components"]["parameters"][one["$ref"].rpartition("/")[2]] for one in post["parameters"]]
        assert {one["name"] for one in named} == {"Idempotency-Key", "dry_run", "at"}
        assert {"200", "401", "403", "404", "409", "413", "422", "500", "503"} <= set(post["responses"])
        assert post["responses"]["409"]["x-codes"] == ["kernel.KeyReused", "tests.Unlucky"]
        assert document["x-errors"]["kernel.KeyReused"]["status"] == 409

    def test_a_read(self, document: dict[str, Any]) -> None:
        get = document["paths"]["/api/v1/things"]["get"]
        assert get["summary"] == "List the things, by number."
        limit = next(one for one in get["parameters"] if one["name"] == "limit")
        assert (limit["schema"]["minimum"], limit["schema"]["maximum"], limit["schema"]["default"]) == (1, 200, 50)
        reference = get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        page = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert page["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Thing"}
        assert document["paths"]["/api/v1/who"]["get"]["security"] == []

    def test_what_an_action_returns_as_refused_is_declared(self) -> None:
        assert errors_of(ACTIONS["doors.keep_many"]) == [Unlucky]


class TestServed:
    async def test_it_is_served(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/openapi.json", headers={"authorization": ""})
        assert answer.status_code == 200
        assert answer.json()["openapi"] == "3.1.0"
        assert (await http.get("/openapi.json?lang=zh-CN")).status_code == 200
        assert (await http.get("/openapi.json?lang=fr")).status_code == 422

    async def test_it_is_sent_packed_and_only_where_it_is_another(self, http: httpx.AsyncClient) -> None:
        plain = await http.get("/openapi.json", headers={"accept-encoding": "identity"})
        packed = await http.get("/openapi.json", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert int(packed.headers["content-length"]) * 5 < int(plain.headers["content-length"])
        known = {"if-none-match": packed.headers["etag"]}
        again = await http.get("/openapi.json", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert (await http.get("/openapi.json?lang=zh-CN", headers=known)).status_code == 200
