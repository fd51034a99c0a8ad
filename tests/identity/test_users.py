"""Users: creating them, passwords, disabling; and what the log keeps of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call, InputInvalid, PresentOnly
from shangmai.kernel.actions.runner import read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.identity import service
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    CurrentPasswordWrong,
    LoginTaken,
    NoPreview,
    NotYours,
    PasswordTooWeak,
    SessionEnded,
    SignInFailed,
    SignInThrottled,
    UserDisabled,
    UserNeeded,
    UserNotFound,
)
from tests.identity.people import OTHER_PASSWORD, PASSWORD


class TestCreate:
    async def test_a_login_has_many_spellings_and_one_user(self, people, act, admin_conn):
        user = await people.hire("Ann", "clerk")
        assert (user.login, user.display_name, user.roles, user.is_active, user.has_totp) == (
            "ann",
            "Ann",
            ["clerk"],
            True,
            False,
        )
        with pytest.raises(LoginTaken):
            await people.hire("ＡＮＮ")
        assert await admin_conn.fetchval("SELECT count(*) FROM users") == 1
        assert (await people.login(user)).user_id == user.id

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"password": "1234567890"}, PasswordTooWeak),
            ({"password": "short"}, InputInvalid),
            ({"login": "a b"}, InputInvalid),
            ({"login": "ann\n"}, InputInvalid),
            ({"scopes": {"planet": "*"}}, InputInvalid),
            ({"scopes": {"shop": "all"}}, InputInvalid),
        ],
    )
    async def test_refused_and_nothing_is_there(self, act, admin_conn, given, refusal):
        with pytest.raises(refusal):
            await act("identity.create_user", {"login": "ann", "display_name": "Ann", **given})
        assert await admin_conn.fetchval("SELECT count(*) FROM users") == 0

    async def test_without_a_password_nobody_signs_in(self, people):
        robot = await people.hire("robot", "developer", password=None)
        with pytest.raises(SignInFailed):
            await people.login(robot, "")

    async def test_the_first_owner(self, people, db):
        async with db.transaction() as tx:
            owner = await service.bootstrap_owner(tx, "Boss", PASSWORD)
        async with db.transaction() as tx:
            again = await service.bootstrap_owner(tx, "boss", OTHER_PASSWORD)
        assert (again.id, owner.roles, owner.login) == (owner.id, ["owner"], "boss")
        actor = await people.actor_of((await people.login(owner)).token)
        assert actor.may("anything.at_all")
        assert actor.sees("warehouse", new_id())


class TestPassword:
    async def test_a_change_ends_every_session_of_that_user_only(self, people, act, admin_conn):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        desk, phone, other = await people.login(ann), await people.login(ann), await people.login(bob)
        me = await people.actor_of(desk.token)
        await act("identity.set_password", {"password": OTHER_PASSWORD, "current_password": PASSWORD}, actor=me)
        for session in (desk, phone):
            with pytest.raises(SessionEnded):
                await people.actor_of(session.token)
        assert (await people.actor_of(other.token)).id == bob.id
        with pytest.raises(SignInFailed):
            await people.login(ann)
        assert (await people.login(ann, OTHER_PASSWORD)).user_id == ann.id
        reasons = await admin_conn.fetch("SELECT end_reason FROM sessions WHERE user_id = $1 ORDER BY id", ann.id)
        assert [row[0] for row in reasons] == ["password", "password", None]

    async def test_ones_own_needs_the_current_one(self, people, act):
        ann = await people.hire("ann", "owner")
        session = await people.login(ann)
        me = await people.actor_of(session.token)
        for current in (OTHER_PASSWORD, "", None):
            given = {"password": OTHER_PASSWORD, "current_password": current}
            with pytest.raises(CurrentPasswordWrong):
                await act("identity.set_password", given, actor=me)
        assert (await people.actor_of(session.token)).id == ann.id
        assert (await people.login(ann)).user_id == ann.id

    async def test_guessing_the_current_one_is_counted_and_a_preview_does_not_help(self, people, act, clock):
        ann = await people.hire("ann", "clerk")
        me = await people.actor(ann)
        wrong = {"password": OTHER_PASSWORD, "current_password": "wrong-4-guess"}
        for _ in range(5):
            with pytest.raises(CurrentPasswordWrong):
                await act("identity.set_password", wrong, actor=me)
        right = {"password": OTHER_PASSWORD, "current_password": PASSWORD}
        with pytest.raises(SignInThrottled) as refused:
            await act("identity.set_password", right, actor=me)
        assert refused.value.data == {"retry_after_s": 5}
        with pytest.raises(NoPreview):
            await act("identity.set_password", right, actor=me, dry_run=True)
        clock.advance(seconds=5)
        await act("identity.set_password", right, actor=me)
        assert (await people.login(ann, OTHER_PASSWORD)).user_id == ann.id

    async def test_a_past_time_is_no_way_around_the_wait(self, people, act, clock, admin_conn):
        """Not even for who may give actions a past business time."""
        me = await people.actor(await people.hire("ann", "owner"))
        given = {"password": OTHER_PASSWORD, "current_password": "wrong-4-guess"}
        before = await admin_conn.fetch("SELECT * FROM login_throttles")
        with pytest.raises(PresentOnly):
            await act("identity.set_password", given, actor=me, at=clock.now() - timedelta(days=1))
        assert await admin_conn.fetch("SELECT * FROM login_throttles") == before

    async def test_others_need_the_grant_to_manage(self, people, act):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk")
        given = {"password": OTHER_PASSWORD, "user_id": ann.id}
        with pytest.raises(NotYours):
            await act("identity.set_password", given, actor=await people.actor(bob))
        boss = await people.actor(await people.hire("boss", "owner", password=None))
        await act("identity.set_password", {"password": OTHER_PASSWORD, "user_id": ann.id}, actor=boss)
        assert (await people.login(ann, OTHER_PASSWORD)).user_id == ann.id
        with pytest.raises(UserNotFound):
            await act("identity.set_password", {"password": OTHER_PASSWORD, "user_id": new_id()}, actor=boss)
        with pytest.raises(UserNeeded):
            await act("identity.set_password", {"password": OTHER_PASSWORD}, actor=SYSTEM)

    async def test_changed_while_it_is_checked(self, people, act):
        """Of a sign-in and a change at once, no session of the old password is left."""
        ann = await people.hire("ann", "clerk")
        set_it = {"password": OTHER_PASSWORD, "user_id": ann.id}
        both = [people.login(ann), act("identity.set_password", set_it)]
        opened: Any = (await asyncio.gather(*both, return_exceptions=True))[0]
        if not isinstance(opened, SignInFailed):
            with pytest.raises(SessionEnded):
                await people.actor_of(opened.token)

    async def test_no_password_is_in_the_log_or_the_tables(self, people, runner, admin_conn):
        ann = await people.hire("ann", "clerk")
        do = read_input(ACTIONS["identity.set_password"], {"password": OTHER_PASSWORD, "current_password": PASSWORD})
        call = Call(action="identity.set_password", input=do, actor=await people.actor(ann), door="test", key="k1")
        assert (await runner.run(call)).error is None
        for table in ("action_log", "events", "users", "sessions", "action_claims", "login_throttles"):
            for row in await admin_conn.fetch(f"SELECT t::text FROM {table} t"):
                assert PASSWORD not in row[0]
                assert OTHER_PASSWORD not in row[0]
        assert (await admin_conn.fetchval("SELECT password_hash FROM users")).startswith("$argon2id$")


class TestRename:
    async def test_others_see_the_new_name_and_the_login_stays(self, people, act):
        ann = await people.hire("ann", "clerk")
        renamed = await act("identity.rename_user", {"user_id": ann.id, "display_name": "安妮"})
        assert (renamed.display_name, renamed.login) == ("安妮", "ann")

    async def test_nobody_renames_who_holds_more(self, people, act, admin_conn):
        await act("identity.define_role", {"code": "lead", "name": "主管", "grants": ["identity.*"]})
        lead = await people.actor(await people.hire("lena", "lead", password=None))
        boss = await people.hire("boss", "owner", password=None)
        with pytest.raises(AboveYou):
            await act("identity.rename_user", {"user_id": boss.id, "display_name": "x"}, actor=lead)
        assert await admin_conn.fetchval("SELECT display_name FROM users WHERE id = $1", boss.id) == "Boss"


class TestDisable:
    async def test_sessions_end_and_keys_rest(self, people, act, db):
        ann = await people.hire("ann", "developer")
        session, me = await people.login(ann), await people.actor(ann)
        key = await act("identity.create_api_key", {"name": "erp", "grants": ["catalog.read"]}, actor=me)
        disabled = await act("identity.disable_user", {"user_id": ann.id})
        assert not disabled.is_active
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)
        with pytest.raises(UserDisabled):
            await people.login(ann)
        with pytest.raises(SignInFailed):
            await people.login(ann, OTHER_PASSWORD)  # who does not know the password is told nothing
        async with db.transaction() as tx:
            with pytest.raises(Exception, match="API key"):
                await service.actor_of_key(tx, key.key)
        await act("identity.enable_user", {"user_id": ann.id})
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)
        assert (await people.login(ann)).user_id == ann.id
        async with db.transaction() as tx:
            assert (await service.actor_of_key(tx, key.key)).id == key.id

    async def test_twice_is_once(self, people, act, admin_conn):
        ann = await people.hire("ann", "clerk", password=None)
        for _ in range(2):
            assert not (await act("identity.disable_user", {"user_id": ann.id})).is_active
        told = "SELECT payload FROM events WHERE name = 'identity.access_changed.v1' ORDER BY seq"
        events = await admin_conn.fetch(told)
        assert [json.loads(row[0])["what"] for row in events] == ["created", "disabled"]
