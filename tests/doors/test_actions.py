"""POST /api/v1/actions: one item, lists, keys, previews, and everything that is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from shangmai.kernel.actions.contract import ACTIONS
from shangmai.kernel.http.actions import BODY_BYTES_MAX, ITEMS_MAX, PATH

KEEP = f"{PATH}/doors.keep"
KEEP_MANY = f"{PATH}/doors.keep_many"
Things = Any


async def count(things: asyncpg.Connection) -> int:
    n: int = await things.fetchval("SELECT count(*) FROM things")
    return n


class TestOneItem:
    @pytest.mark.parametrize("path", [KEEP, KEEP_MANY])
    async def test_the_value_is_the_body(self, http: httpx.AsyncClient, things: Things, path: str) -> None:
        answer = await http.post(path, json={"n": 5, "name": "five"})
        assert answer.status_code == 200
        assert answer.json() == {"id": answer.json()["id"], "n": 5, "name": "five"}
        assert dict(await things.fetchrow("SELECT n, name FROM things")) == {"n": 5, "name": "five"}
        row = await things.fetchrow("SELECT id, action, door, actor_name, ok FROM action_log")
        assert answer.headers["x-action-id"] == str(row["id"])
        assert (row["action"], row["door"], row["actor_name"], row["ok"]) == (
            path.rpartition("/")[2],
            "api",
            "all",
            True,
        )
        assert "idempotent-replayed" not in answer.headers

    @pytest.mark.parametrize("path", [KEEP, KEEP_MANY])
    async def test_a_refusal_changes_nothing(self, http: httpx.AsyncClient, things: Things, path: str) -> None:
        answer = await http.post(path, json={"n": 13}, headers={"accept-language": "zh-CN,zh;q=0.9"})
        assert answer.status_code == 409
        assert answer.json() == {
            "code": "tests.Unlucky",
            "message": "数字 13 不吉利，请换一个。",
            "status": 409,
            "data": {"n": 13},
        }
        assert await count(things) == 0
        assert await things.fetchval("SELECT error_code FROM action_log") == "tests.Unlucky"

    async def test_an_input_that_does_not_fit_names_its_field(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(KEEP, json={"n": 0})
        assert answer.status_code == 422
        assert answer.json()["code"] == "kernel.InputInvalid"
        assert answer.json()["message"] == "The input does not fit: n must be at least 1."
        assert answer.json()["data"]["fields"] == [{"path": "n", "message": "must be at least 1"}]
        answer = await http.post(KEEP, json={"n": 1, "colour": "red"}, headers={"accept-language": "zh"})
        assert answer.json()["message"] == "输入不符合要求：colour：没有这个字段。"
        assert await count(things) == 0

    @pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"null", b'"n"', b"{'n': 1}", b"[" * 3000, b'{"n":1}x'])
    async def test_what_is_not_json_is_422(self, http: httpx.AsyncClient, things: Things, body: bytes) -> None:
        answer = await http.post(KEEP, content=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.InputInvalid")
        assert await count(things) == 0

    async def test_the_character_zero_is_refused(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(KEEP, json={"n": 1, "name": "a\0b"})
        assert answer.status_code == 422
        assert answer.json()["data"]["fields"] == [{"path": "name", "message": "does not have the right form"}]
        assert (await http.post(KEEP, content=rb'{"n": 1, "name": "\\u0000"}')).status_code == 200

    async def test_an_unknown_action_is_404(self, http: httpx.AsyncClient) -> None:
        answer = await http.post(f"{PATH}/doors.fly", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "kernel.ActionNotFound")

    async def test_a_bug_is_500_and_tells_nothing(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(KEEP, json={"n": 666})
        assert (answer.status_code, answer.json()["code"]) == (500, "kernel.AppError")
        assert "secret" not in answer.text
        assert answer.headers["x-action-id"]
        assert await count(things) == 0

    async def test_methods(self, http: httpx.AsyncClient) -> None:
        assert (await http.put(KEEP, json={"n": 1})).status_code == 405
        assert (await http.post(PATH, json={})).status_code == 405
        assert (await http.get(KEEP)).status_code == 405

    async def test_a_body_has_a_limit(self, http: httpx.AsyncClient) -> None:
        answer = await http.post(KEEP, content=b" " * (BODY_BYTES_MAX + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "kernel.BodyTooLarge")

        async def without_length() -> Any:
            for _ in range(10):
                yield b" " * (BODY_BYTES_MAX // 8)

        assert (await http.post(KEEP, content=without_length())).status_code == 413


class TestWhoIsCalling:
    async def test_nobody(self, http: httpx.AsyncClient, things: Things) -> None:
        for headers in ({"authorization": ""}, {"authorization": "Bearer x"}, {"authorization": "Basic YWxs"}):
            answer = await http.post(KEEP, json={"n": 1}, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert await count(things) == 0

    async def test_without_the_grant(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(KEEP, json={"n": 1}, headers={"authorization": "Bearer reader"})
        assert (answer.status_code, answer.json()["code"]) == (403, "kernel.NotGranted")
        assert answer.json()["data"] == {"grant": "doors.keep"}
        assert await count(things) == 0

    async def test_a_session_needs_its_csrf_token(self, http: httpx.AsyncClient, things: Things) -> None:
        session = {"authorization": "", "cookie": "a=b; shangmai_session=all"}
        assert (await http.post(KEEP, json={"n": 1}, headers=session)).status_code == 403
        answer = await http.post(KEEP, json={"n": 1}, headers={**session, "x-csrf-token": "csrf of all"})
        assert answer.status_code == 200
        assert await things.fetchval("SELECT door FROM action_log") == "web"


class TestLists:
    @pytest.mark.parametrize("path", [KEEP, KEEP_MANY])
    async def test_each_item_has_its_answer(self, http: httpx.AsyncClient, things: Things, path: str) -> None:
        answer = await http.post(path, json=[{"n": 1}, {"n": 13}, {"n": -1}, {"n": 2}])
        assert answer.status_code == 200
        one, unlucky, invalid, two = answer.json()
        assert (one["ok"], one["result"]["n"], two["ok"], two["result"]["n"]) == (True, 1, True, 2)
        assert (unlucky["ok"], unlucky["error"]["code"]) == (False, "tests.Unlucky")
        assert (invalid["ok"], invalid["error"]["code"]) == (False, "kernel.InputInvalid")
        assert [r["n"] for r in await things.fetch("SELECT n FROM things ORDER BY n")] == [1, 2]
        assert {one["id"], unlucky["id"], two["id"]} == {
            str(r["id"]) for r in await things.fetch("SELECT id FROM action_log")
        }

    async def test_an_empty_list(self, http: httpx.AsyncClient) -> None:
        assert (await http.post(KEEP, json=[])).json() == []

    async def test_a_list_has_a_limit(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(KEEP_MANY, json=[{"n": 1}] * (ITEMS_MAX + 1))
        assert answer.status_code == 422
        assert await count(things) == 0
        answer = await http.post(KEEP_MANY, json=[{"n": n + 1} for n in range(ITEMS_MAX)])
        assert [index for index, item in enumerate(answer.json()) if not item["ok"]] == [12]  # number 13
        assert await count(things) == ITEMS_MAX - 1

    async def test_keys_of_items(self, http: httpx.AsyncClient, things: Things) -> None:
        headers = {"idempotency-key": "list"}
        first = await http.post(KEEP_MANY, json=[{"n": 1}, {"n": 2}], headers=headers)
        again = await http.post(KEEP_MANY, json=[{"n": 1}, {"n": 2}, {"n": 3}], headers=headers)
        assert [item.get("replayed", False) for item in again.json()] == [True, True, False]
        assert [i["result"] for i in again.json()[:2]] == [i["result"] for i in first.json()]
        assert await count(things) == 3
        assert [r["key"] for r in await things.fetch("SELECT key FROM action_claims ORDER BY key")] == [
            "list:0",
            "list:1",
            "list:2",
        ]


class TestKeys:
    @pytest.mark.parametrize("path", [KEEP, KEEP_MANY])
    async def test_a_repetition_gets_the_first_answer(self, http: httpx.AsyncClient, things: Things, path: str) -> None:
        headers = {"idempotency-key": "k"}
        first = await http.post(path, json={"n": 5}, headers=headers)
        again = await http.post(path, json={"n": 5}, headers=headers)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["x-action-id"] == first.headers["x-action-id"]
        assert await count(things) == 1

    async def test_another_input_is_refused(self, http: httpx.AsyncClient, things: Things) -> None:
        headers = {"idempotency-key": "k"}
        await http.post(KEEP, json={"n": 5}, headers=headers)
        answer = await http.post(KEEP, json={"n": 6}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "kernel.KeyReused")
        assert await count(things) == 1

    async def test_many_at_once_act_once(self, http: httpx.AsyncClient, things: Things) -> None:
        answers = await asyncio.gather(
            *(http.post(KEEP_MANY, json={"n": 5}, headers={"idempotency-key": "k"}) for _ in range(20))
        )
        assert {answer.content for answer in answers} == {answers[0].content}
        assert await count(things) == 1

    @pytest.mark.parametrize("key", ["", "k" * 201])
    async def test_a_key_has_limits(self, http: httpx.AsyncClient, things: Things, key: str) -> None:
        answer = await http.post(KEEP, json={"n": 5}, headers={"idempotency-key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.BadParameter")
        assert await count(things) == 0


class TestPreview:
    @pytest.mark.parametrize("value", ["true", "1"])
    async def test_it_shows_what_would_be(self, http: httpx.AsyncClient, things: Things, value: str) -> None:
        answer = await http.post(f"{KEEP}?dry_run={value}", json={"n": 5})
        assert answer.status_code == 200
        result = answer.json()["result"]
        assert result["n"] == 5
        assert answer.json()["effects"] == [
            {"event": "doors.kept.v1", "key": result["id"], "payload": {"id": result["id"], "n": 5}}
        ]
        assert await count(things) == 0
        assert await things.fetchval("SELECT count(*) FROM action_log") == 0

    async def test_of_a_refusal(self, http: httpx.AsyncClient) -> None:
        answer = await http.post(f"{KEEP}?dry_run=true", json={"n": 13})
        assert answer.status_code == 409
        assert answer.json()["code"] == "tests.Unlucky"
        assert answer.json()["effects"] == []

    async def test_of_a_list(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(f"{KEEP}?dry_run=true", json=[{"n": 5}, {"n": 13}])
        assert [item["ok"] for item in answer.json()] == [True, False]
        assert answer.json()[0]["effects"][0]["event"] == "doors.kept.v1"
        assert await count(things) == 0

    @pytest.mark.parametrize("query", ["dryrun=true", "dry_run=yes", "dry_run=", "DRY_RUN=true"])
    async def test_a_misspelt_one_does_nothing(self, http: httpx.AsyncClient, things: Things, query: str) -> None:
        assert (await http.post(f"{KEEP}?{query}", json={"n": 5})).status_code == 422
        assert await count(things) == 0


class TestBusinessTime:
    async def test_the_past(self, http: httpx.AsyncClient, things: Things) -> None:
        answer = await http.post(f"{KEEP}?at=2026-01-31T20:30:00%2B08:00", json={"n": 5})
        assert answer.status_code == 200
        assert (await things.fetchval("SELECT at FROM action_log")).isoformat() == "2026-01-31T12:30:00+00:00"

    @pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", "yesterday", "2026-01-31T20:30:00"])
    async def test_what_is_no_past_time(self, http: httpx.AsyncClient, things: Things, at: str) -> None:
        assert (await http.post(f"{KEEP}?at={at}", json={"n": 5})).status_code == 422
        assert await count(things) == 0


class TestCommit:
    """What only COMMIT notices is an error, so an answer cannot have left before it."""

    @pytest.mark.parametrize("path", [KEEP, KEEP_MANY])
    async def test_a_commit_that_fails_is_no_success(self, http: httpx.AsyncClient, things: Things, path: str) -> None:
        assert (await http.post(path, json={"n": 5})).status_code == 200
        answer = await http.post(path, json={"n": 5})
        assert (answer.status_code, answer.json()["code"]) == (500, "kernel.AppError")
        assert "one_of_a_number" not in answer.text
        assert await count(things) == 1

    async def test_in_a_list_it_harms_no_neighbour(self, http: httpx.AsyncClient, things: Things) -> None:
        await http.post(KEEP, json={"n": 5})
        answer = await http.post(KEEP_MANY, json=[{"n": 1}, {"n": 5}, {"n": 2}])
        assert [item["ok"] for item in answer.json()] == [True, False, True]
        assert await count(things) == 3


class TestListing:
    async def test_what_the_caller_may_run(self, http: httpx.AsyncClient) -> None:
        told = {one["name"]: one for one in (await http.get(PATH)).json()}
        assert told["doors.keep"]["summary"] == "Keep a thing. 13 brings bad luck, 666 a bug."
        assert told["doors.keep"]["inverse"] == "doors.drop"
        assert told["doors.keep"]["errors"] == ["tests.Unlucky"]
        answer = await http.get(PATH, headers={"authorization": "Bearer reader"})
        open_to_all = {name for name, spec in ACTIONS.items() if spec.public}
        assert {one["name"] for one in answer.json()} == open_to_all
        assert (await http.get(PATH, headers={"authorization": ""})).status_code == 401


class TestHeaders:
    async def test_every_answer_has_them(self, http: httpx.AsyncClient) -> None:
        for answer in (await http.post(KEEP, json={"n": 1}), await http.post(KEEP, json={})):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-type"] == "application/json"
            assert len(answer.headers["x-request-id"]) == 32
            assert int(answer.headers["content-length"]) == len(answer.content)

    async def test_the_callers_request_id_is_kept(self, http: httpx.AsyncClient) -> None:
        answer = await http.post(KEEP, json={"n": 1}, headers={"x-request-id": "abc-12345"})
        assert answer.headers["x-request-id"] == "abc-12345"
        answer = await http.post(KEEP, json={"n": 2}, headers={"x-request-id": "<script>"})
        assert answer.headers["x-request-id"] != "<script>"
