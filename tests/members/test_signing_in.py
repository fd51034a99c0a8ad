"""Customers sign in by code and by password, are slowed down when guessing, and act as nobody but themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.apps.api import create_app, default_authenticator
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.settings import Settings
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract import Source
from shangmai.modules.members import service
from shangmai.modules.members.contract.signing_in import (
    AskCode,
    CodeThrottled,
    CodeWrong,
    CustomerNeeded,
    SignInByCode,
)
from tests.doors.conftest import living
from tests.identity.people import until
from tests.members.shopping import BY_CODE, CODE, PHONE, SESSION, Phones, signed_in

PASSWORD = "correct-horse-battery"
HERE = Source(address="203.0.113.7")
AS_CUSTOMER = {"x-act-as": "customer"}


@pytest.fixture(autouse=True)
def cheap_hashes() -> Iterator[None]:
    identity.use_hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    yield
    identity.use_hasher(PasswordHash((Argon2Hasher(),)))


@pytest.fixture
def phones() -> Iterator[Phones]:
    fake = Phones()
    service.use_code_sender(fake)
    yield fake
    service.use_code_sender(None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 6, 1, 1, tzinfo=UTC))


@pytest_asyncio.fixture
async def turned(dsn: str, clock: ManualClock) -> AsyncIterator[Database]:
    """A database whose clock the test turns."""
    async with await Database.connect(dsn, size=8, clock=clock) as database:
        yield database


@pytest_asyncio.fixture
async def mall(act):
    company = await act("organization.create_company", {"code": "C", "name": "公司"})
    given = {"code": "MALL", "name": "商城", "company_id": str(company.id), "kind": "mall"}
    return (await act("organization.create_shop", given)).id


@pytest_asyncio.fixture
async def app(dsn, mall) -> AsyncIterator[Any]:
    app = create_app(Settings(database_url=dsn, lang="en"), default_authenticator())
    async with living(app):
        yield app


@pytest_asyncio.fixture
async def web(app) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it keeps cookies."""
    transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="https://mall.example") as client:
        yield client


async def do(web: httpx.AsyncClient, name: str, given: dict[str, Any], **headers: str) -> httpx.Response:
    csrf = {"x-csrf-token": web.cookies.get("shangmai_customer_csrf") or ""}
    return await web.post(f"/api/v1/actions/{name}", json=given, headers=csrf | headers)


class TestByCode:
    async def test_a_new_phone_becomes_a_customer_an_old_one_is_recognised(self, web, phones, act, mall, admin_conn):
        answer = await signed_in(web, phones)
        assert answer.status_code == 201
        me = answer.json()
        assert (me["shop_id"], me["token"]) == (str(mall), None)
        again = await act("members.register", {"shop_id": mall, "phone": PHONE})
        assert (str(again.customer_id), again.matched_by) == (me["customer_id"], "phone")
        assert (await web.get(SESSION)).json()["customer_id"] == me["customer_id"]
        assert (await web.get("/api/v1/customer")).json()["phone"] == PHONE
        assert await admin_conn.fetchval("SELECT count(*) FROM events WHERE name = 'members.registered.v1'") == 1

    async def test_a_code_signs_in_once_and_only_with_its_challenge(self, web, phones):
        asked = (await web.post(CODE, json={"phone": PHONE})).json()
        guess = {"challenge": "sm_code_of_somebody_else", "code": phones.last}
        assert (await web.post(BY_CODE, json=guess)).json()["code"] == "members.CodeWrong"
        right = {"challenge": asked["challenge"], "code": phones.last}
        assert (await web.post(BY_CODE, json=right)).status_code == 201
        assert (await web.post(BY_CODE, json=right)).status_code == 401

    async def test_of_two_uses_at_once_one_wins(self, db, mall, phones):
        asked = await service.ask_code(db, AskCode(phone=PHONE), source=HERE)
        given = SignInByCode(challenge=asked.challenge, code=phones.last)
        both = [service.sign_in_by_code(db, given, source=HERE) for _ in range(2)]
        outcomes = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CodeWrong", "NewCustomerSession"]

    async def test_five_guesses_and_the_code_is_void(self, db, mall, phones):
        asked = await service.ask_code(db, AskCode(phone=PHONE), source=HERE)
        wrong = f"{(int(phones.last) + 1) % 1_000_000:06d}"
        for code in [wrong] * 5 + [phones.last]:
            with pytest.raises(CodeWrong):
                await service.sign_in_by_code(db, SignInByCode(challenge=asked.challenge, code=code), source=HERE)

    async def test_a_code_is_good_for_five_minutes(self, turned, mall, phones, clock):
        asked = await service.ask_code(turned, AskCode(phone=PHONE), source=HERE)
        clock.advance(minutes=5)
        given = SignInByCode(challenge=asked.challenge, code=phones.last)
        with pytest.raises(CodeWrong):
            await service.sign_in_by_code(turned, given, source=HERE)

    async def test_a_phone_is_not_rung_again_and_again(self, turned, mall, phones, clock):
        waits = []
        for _ in range(3):
            await service.ask_code(turned, AskCode(phone=PHONE), source=HERE)
            with pytest.raises(CodeThrottled) as refused:
                await service.ask_code(turned, AskCode(phone=f"+86 {PHONE}"), source=Source(address="198.51.100.1"))
            waits.append(refused.value.data["retry_after_s"])
            clock.advance(seconds=waits[-1])
        assert (waits, len(phones.sent)) == ([60, 120, 240], 3)

    async def test_without_a_sender_it_is_said_what_to_set_up(self, web, admin_conn):
        answer = await web.post(CODE, json={"phone": PHONE})
        assert (answer.status_code, answer.json()["code"]) == (503, "members.NoCodeSender")
        assert "SHANGMAI_CODES=log" in answer.text
        assert await admin_conn.fetchval("SELECT count(*) FROM customer_codes") == 0

    async def test_in_development_the_code_is_in_the_log(self, web, monkeypatch, capsys):
        monkeypatch.setenv("SHANGMAI_CODES", "log")
        asked = (await web.post(CODE, json={"phone": PHONE})).json()
        written = capsys.readouterr()
        assert "in place of a short message" in written.out + written.err
        assert asked["challenge"].startswith("sm_code_")


class TestByPassword:
    async def test_set_then_used(self, web, phones):
        await signed_in(web, phones)
        assert (await do(web, "members.set_own_password", {"password": PASSWORD})).status_code == 200
        await until(lambda: _is_out(web))
        wrong = await web.post(SESSION, json={"login": PHONE, "password": "wrong-password"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "identity.SignInFailed")
        right = await web.post(SESSION, json={"login": "+86 138 0013 8000", "password": PASSWORD, "as_token": True})
        token = right.json()["token"]
        assert "set-cookie" not in right.headers
        me = await web.get("/api/v1/customer", headers={"authorization": f"Bearer {token}"})
        assert me.json()["phone"] == PHONE

    async def test_a_change_needs_the_old_one_or_a_code(self, turned, mall, phones, clock):
        source, new = HERE, {"password": "another-long-one"}
        asked = await service.ask_code(turned, AskCode(phone=PHONE), source=source)
        code = SignInByCode(challenge=asked.challenge, code=phones.last)
        opened = await service.sign_in_by_code(turned, code, source=source)
        me = service.actor_of_customer(opened.customer_id, opened.shop_id)
        run = _runner(turned, me)
        await run({"password": PASSWORD})
        assert (await run(new | {"current_password": "guess"})).error.code == "identity.CurrentPasswordWrong"
        assert (await run(new | {"challenge": asked.challenge, "code": code.code})).error.code == "members.CodeWrong"
        clock.advance(seconds=61)
        asked = await service.ask_code(turned, AskCode(phone=PHONE), source=source)
        assert (await run(new | {"challenge": asked.challenge, "code": phones.last})).error is None

    async def test_guessing_is_slowed_down_and_a_code_still_gets_in(self, app, web, phones):
        app.state.db.clock = ManualClock(app.state.db.clock.now())  # the wait is of five seconds
        await signed_in(web, phones)
        await do(web, "members.set_own_password", {"password": PASSWORD})
        for _ in range(5):
            assert (await web.post(SESSION, json={"login": PHONE, "password": "x"})).status_code == 401
        answer = await web.post(SESSION, json={"login": PHONE, "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (429, "identity.SignInThrottled")
        assert (await signed_in(web, phones)).status_code == 201


class TestLeaving:
    """Who deletes their account proves that it is theirs; then nothing of them is left."""

    async def test_without_proof_everything_stays(self, web, phones, admin_conn):
        await signed_in(web, phones)
        refused = await do(web, "members.erase_own", {})
        assert (refused.status_code, refused.json()["code"]) == (401, "members.CodeWrong")
        await do(web, "members.set_own_password", {"password": PASSWORD})
        await signed_in(web, phones)
        wrong = await do(web, "members.erase_own", {"current_password": "a-guess-of-mine"})
        assert wrong.json()["code"] == "identity.CurrentPasswordWrong"
        assert await admin_conn.fetchval("SELECT count(*) FROM customers WHERE erased_at IS NULL") == 1

    async def test_with_the_password_the_person_is_gone(self, web, phones, admin_conn):
        await signed_in(web, phones)
        await do(web, "members.set_own_password", {"password": PASSWORD})
        await signed_in(web, phones)
        assert (await do(web, "members.erase_own", {"current_password": PASSWORD})).status_code == 200
        await until(lambda: _is_out(web))
        assert await admin_conn.fetchval("SELECT count(*) FROM customers WHERE erased_at IS NULL") == 0
        again = await web.post(SESSION, json={"login": PHONE, "password": PASSWORD})
        assert again.status_code == 401


class TestActing:
    async def test_addresses_are_ones_own(self, web, phones, act, mall):
        other = (await act("members.register", {"shop_id": mall, "phone": "13900139000"})).customer_id
        me = (await signed_in(web, phones)).json()["customer_id"]
        place = {"province": "浙江", "city": "杭州", "district": "西湖", "street": "文三路 1 号"}
        address = {"name": "王小明", "phone": PHONE} | place
        mine = (await do(web, "members.add_own_address", address)).json()
        assert (mine["id"], mine["addresses"][0]["street"]) == (me, "文三路 1 号")
        refused = await do(web, "members.add_address", address | {"customer_id": str(other)})
        assert (refused.status_code, refused.json()["data"]) == (403, {"grant": "members.add_address"})
        assert (await web.get(f"/api/v1/customers/{other}")).status_code == 403
        named = (await do(web, "members.update_own", {"name": "王小明"})).json()
        assert named["name"] == "王小明"
        gone = await do(web, "members.remove_own_address", {"address_id": mine["addresses"][0]["id"]})
        assert gone.json()["addresses"] == []

    async def test_rows_of_other_customers_are_not_seen(self, act, mall, db):
        mine, other = [
            (await act("members.register", {"shop_id": mall, "phone": phone})).customer_id
            for phone in (PHONE, "13900139000")
        ]
        async with db.reading(service.actor_of_customer(mine, mall)) as tx:
            assert [row["id"] for row in await tx.fetch("SELECT id FROM customers")] == [mine]
            assert await service.get_customers(tx, [other]) == {}

    async def test_users_are_not_customers(self, act, mall):
        with pytest.raises(CustomerNeeded):
            await act("members.update_own", {"name": "x"})

    async def test_what_changes_needs_the_csrf_token(self, web, phones):
        await signed_in(web, phones)
        answer = await web.post("/api/v1/actions/members.update_own", json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.CsrfTokenWrong")

    async def test_a_user_and_a_customer_in_one_browser(self, web, phones, act):
        scopes = dict.fromkeys(("shop", "company", "warehouse", "region", "member"), "*")
        boss = {"login": "boss", "display_name": "B", "password": PASSWORD, "roles": ["owner"], "scopes": scopes}
        await act("identity.create_user", boss)
        me = (await signed_in(web, phones)).json()
        await web.post("/api/v1/session", json={"login": "boss", "password": PASSWORD})
        assert (await web.get("/api/v1/session")).json()["name"] == "boss"
        assert (await web.get(SESSION)).status_code == 401
        assert (await web.get(SESSION, headers=AS_CUSTOMER)).json()["customer_id"] == me["customer_id"]
        assert (await do(web, "members.update_own", {"name": "x"}, **AS_CUSTOMER)).status_code == 200


class TestEnding:
    async def test_signing_out(self, web, phones):
        await signed_in(web, phones)
        csrf = {"x-csrf-token": web.cookies["shangmai_customer_csrf"]}
        assert (await web.delete(SESSION, headers=csrf)).status_code == 204
        assert await _is_out(web)

    async def test_the_erased_are_out_at_once(self, web, phones, act, admin_conn):
        me = (await signed_in(web, phones)).json()["customer_id"]
        await do(web, "members.set_own_password", {"password": PASSWORD})
        await web.post(SESSION, json={"login": PHONE, "password": PASSWORD})
        assert not await _is_out(web)
        await act("members.erase", {"customer_id": me, "reason": "本人要求"})
        await until(lambda: _is_out(web))
        assert await admin_conn.fetchval("SELECT count(*) FROM customer_passwords") == 0

    async def test_thirty_days_without_use(self, turned, mall, phones, clock):
        asked = await service.ask_code(turned, AskCode(phone=PHONE), source=HERE)
        given = SignInByCode(challenge=asked.challenge, code=phones.last)
        opened = await service.sign_in_by_code(turned, given, source=HERE)
        clock.advance(days=29)
        async with turned.transaction() as tx:
            assert await service.find_by_session(tx, opened.token) is not None
        clock.advance(days=30)
        async with turned.transaction() as tx:
            assert await service.find_by_session(tx, opened.token) is None


async def _is_out(web: httpx.AsyncClient) -> bool:
    return (await web.get(SESSION)).status_code == 401


def _runner(db: Database, me):
    async def run(given: dict[str, Any]):
        spec = ACTIONS["members.set_own_password"]
        call = Call(action=spec.name, input=read_input(spec, given), actor=me, door="test")
        return await Runner(db).run(call)

    return run
