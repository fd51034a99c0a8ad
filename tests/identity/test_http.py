"""Signing in and out over HTTP: cookies, CSRF, who am I, and what lists show to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from shangmai.kernel.http.reads import DEPENDENCIES, EXCEPTION_HANDLERS, check_routes, plain_signatures, require_grant
from shangmai.modules.identity import http, service
from tests.identity.people import OTHER_PASSWORD, PASSWORD, until

SESSION = "/api/v1/session"


@pytest_asyncio.fixture
async def app(db) -> AsyncIterator[Litestar]:
    with plain_signatures():
        app = Litestar(
            http.routes,
            dependencies=DEPENDENCIES,
            guards=[require_grant],
            openapi_config=None,
            exception_handlers=EXCEPTION_HANDLERS,  # type: ignore[arg-type]
        )
    app.state.db = db
    app.state.authenticator = service.Authenticator()
    check_routes(app)
    listening = asyncio.create_task(app.state.authenticator.run(db))
    yield app
    app.state.authenticator.stop()
    await listening


@pytest_asyncio.fixture
async def web(app) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it keeps cookies."""
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        yield client


async def sign_in(web, login="ann", password=PASSWORD, **more):
    return await web.post(SESSION, json={"login": login, "password": password, **more})


class TestSigningIn:
    async def test_cookies_and_who_i_am(self, people, web):
        ann = await people.hire("ann", "clerk", scopes={"shop": "*"})
        answer = await sign_in(web)
        assert answer.status_code == 201
        me = answer.json()
        assert (me["id"], me["kind"], me["name"], me["scopes"]) == (str(ann.id), "user", "ann", {"shop": "*"})
        assert me["display_name"] == "Ann"
        assert {"orders.place", "identity.self"} <= set(me["grants"])
        assert me["csrf_token"] == web.cookies["shangmai_csrf"]
        cookies = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
        assert cookies.keys() == {"shangmai_session", "shangmai_csrf", "shangmai_device"}
        for name, line in cookies.items():
            assert {"SameSite=lax", "Secure", "Path=/"} <= set(line.split("; "))
            assert ("HttpOnly" in line) == (name != "shangmai_csrf")
        assert web.cookies["shangmai_session"] not in answer.text
        again = await web.get(SESSION)
        assert (again.status_code, again.json()) == (200, me)

    async def test_cookies_are_not_secure_where_the_page_is_not(self, people, app):
        await people.hire("ann", "clerk")
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8765") as web:
            assert "Secure" not in str((await sign_in(web)).headers.get_list("set-cookie"))

    @pytest.mark.parametrize(
        ("sent", "status", "code"),
        [
            ({"login": "ann", "password": OTHER_PASSWORD}, 401, "identity.SignInFailed"),
            ({"login": "ghost", "password": PASSWORD}, 401, "identity.SignInFailed"),
            ({"login": "ann"}, 422, "kernel.InputInvalid"),
            ({"login": "ann", "password": PASSWORD, "admin": True}, 422, "kernel.InputInvalid"),
        ],
    )
    async def test_refused_in_both_languages_and_without_cookies(self, people, web, sent, status, code):
        await people.hire("ann", "clerk")
        for lang in ("zh-CN", "en"):
            answer = await web.post(SESSION, json=sent, headers={"accept-language": lang})
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.json()["message"].isascii() == (lang == "en")
            assert "set-cookie" not in answer.headers

    async def test_the_second_factor(self, people, web, clock):
        ann = await people.hire("ann", "clerk")
        secret, _ = await people.use_totp(ann)
        clock.advance(seconds=30)
        answer = await sign_in(web)
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.TotpNeeded")
        assert (await sign_in(web, totp=people.code(secret))).status_code == 201

    async def test_a_form_on_another_site_signs_nobody_in(self, people, web):
        await people.hire("ann", "clerk")
        body = '{"login": "ann", "password": "' + PASSWORD + '"}'
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = await web.post(SESSION, content=body, headers={"content-type": kind})
            assert answer.status_code == 415 if kind == "text/plain" else 422
            assert "set-cookie" not in answer.headers

    async def test_the_wait_is_told(self, people, web):
        await people.hire("ann", "clerk")
        for _ in range(5):
            assert (await sign_in(web, password=OTHER_PASSWORD)).status_code == 401
        refused = await sign_in(web)
        assert (refused.status_code, refused.json()["data"]) == (429, {"retry_after_s": 5})
        assert refused.headers["retry-after"] == "5"

    async def test_the_device_cookie_is_used_and_kept(self, people, web):
        await people.hire("ann", "clerk")
        await sign_in(web)
        device = web.cookies["shangmai_device"]
        async with httpx.AsyncClient(transport=web._transport, base_url=web.base_url) as attacker:
            answers = [(await sign_in(attacker, password=OTHER_PASSWORD)).status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]
        assert (await sign_in(web)).status_code == 201
        assert web.cookies["shangmai_device"] == device


class TestSigningOut:
    async def test_it_needs_the_csrf_token_and_ends_the_session(self, people, web, admin_conn):
        await people.hire("ann", "clerk")
        csrf = (await sign_in(web)).json()["csrf_token"]
        token = web.cookies["shangmai_session"]
        for headers in ({}, {"x-csrf-token": "x"}):
            refused = await web.delete(SESSION, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "identity.CsrfTokenWrong")
        assert await admin_conn.fetchval("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 1
        gone = await web.delete(SESSION, headers={"x-csrf-token": csrf})
        assert gone.status_code == 204
        assert set(web.cookies) == {"shangmai_device"}
        assert await admin_conn.fetchval("SELECT end_reason FROM sessions") == "logout"
        web.cookies.set("shangmai_session", token)

        async def is_over() -> bool:
            status: int = (await web.get(SESSION)).status_code
            return status == 401

        await until(is_over)
        assert (await web.delete(SESSION)).status_code == 204

    async def test_nobody_can_sign_out_too(self, web):
        assert (await web.delete(SESSION)).status_code == 204
        assert (await web.get(SESSION)).status_code == 401


class TestKeys:
    async def test_a_bearer_is_told_who_it_is(self, people, web, act):
        dev = await people.hire("dev", "developer")
        given = {"name": "x", "grants": ["identity.read"]}
        made = await act("identity.create_api_key", given, actor=await people.actor(dev))
        headers = {"authorization": f"Bearer {made.key}"}
        me = (await web.get(SESSION, headers=headers)).json()
        assert (me["id"], me["kind"], me["grants"], me["csrf_token"]) == (
            str(made.id),
            "api_key",
            ["identity.read"],
            None,
        )
        assert (me["name"], me["display_name"]) == ("x (dev)", "x")
        assert (await web.get("/api/v1/users", headers=headers)).status_code == 200
        assert (await web.get("/api/v1/users", headers={"authorization": "Bearer x"})).status_code == 401


class TestLists:
    async def test_users_and_roles_for_those_who_may_read_them(self, people, web):
        for login in ("cat", "ann", "bob"):
            await people.hire(login, "clerk")
        await people.hire("eve", "auditor")
        await sign_in(web)
        for path in ("users", "roles"):
            assert (await web.get(f"/api/v1/{path}")).status_code == 403
        await sign_in(web, "eve")
        first = (await web.get("/api/v1/users", params={"limit": 3})).json()
        assert [user["login"] for user in first["items"]] == ["ann", "bob", "cat"]
        rest = (await web.get("/api/v1/users", params={"limit": 3, "cursor": first["next"]})).json()
        assert ([user["login"] for user in rest["items"]], rest["next"]) == (["eve"], None)
        assert "password" not in str(first)
        roles = (await web.get("/api/v1/roles")).json()["items"]
        assert [role["code"] for role in roles] == [
            "accountant", "auditor", "clerk", "developer", "merchandiser", "owner", "picker",
        ]  # fmt: skip

    async def test_sessions_and_keys_are_ones_own_unless_one_may_read_others(self, people, web, act):
        ann = await people.hire("ann", "clerk")
        dev = await people.hire("dev", "developer")
        await act("identity.create_api_key", {"name": "x", "grants": ["catalog.read"]}, actor=await people.actor(dev))
        await sign_in(web, "dev")
        await sign_in(web, "dev")
        await sign_in(web, "ann")
        for path, own in (("sessions", 1), ("api-keys", 0)):
            assert len((await web.get(f"/api/v1/{path}")).json()["items"]) == own
            assert (await web.get(f"/api/v1/{path}", params={"user_id": str(dev.id)})).status_code == 403
            assert (await web.get(f"/api/v1/{path}", params={"everyone": True})).status_code == 403
        await sign_in(web, "dev")
        listed = (await web.get("/api/v1/sessions", params={"limit": 2})).json()
        assert [row["user_id"] for row in listed["items"]] == [str(dev.id)] * 2
        more = await web.get("/api/v1/sessions", params={"limit": 2, "cursor": listed["next"]})
        assert (len(more.json()["items"]), more.json()["next"]) == (1, None)
        others = await web.get("/api/v1/sessions", params={"user_id": str(ann.id)})
        assert [row["user_id"] for row in others.json()["items"]] == [str(ann.id)]
        assert len((await web.get("/api/v1/sessions", params={"everyone": True})).json()["items"]) == 4
        keys = (await web.get("/api/v1/api-keys")).json()["items"]
        assert [(key["name"], len(key["hint"])) for key in keys] == [("x", 12)]
        assert "hash" not in str(keys) + str(listed)
