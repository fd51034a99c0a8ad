"""A session from sign-in to its end, also when clocks jump."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shangmai.kernel.crypto import token_hash
from shangmai.kernel.ids import new_id
from shangmai.modules.identity import service
from shangmai.modules.identity.contract.errors import NotYours, SessionEnded, SessionNotFound, SignInFailed
from shangmai.modules.identity.service.access import find_by_session
from tests.identity.people import OFFICE, OTHER_PASSWORD


class TestSession:
    async def test_it_is_kept_as_a_hash_with_where_it_came_from(self, people, admin_conn, clock):
        ann = await people.hire("ann", "clerk")
        opened = await people.login(ann)
        row = await admin_conn.fetchrow("SELECT * FROM sessions")
        assert (row["id"], row["user_id"], row["token_hash"]) == (opened.id, ann.id, token_hash(opened.token))
        assert (row["source"], row["created_at"], row["ended_at"]) == (OFFICE.address, clock.now(), None)
        assert opened.expires_at == row["expires_at"] == clock.now() + timedelta(days=7)
        assert opened.token not in str(dict(row))

    async def test_wrong_password_opens_none(self, people, admin_conn):
        ann = await people.hire("ann", "clerk")
        for password in (OTHER_PASSWORD, "", ann.login):
            with pytest.raises(SignInFailed):
                await people.login(ann, password)
        assert await admin_conn.fetchval("SELECT count(*) FROM sessions") == 0
        assert await admin_conn.fetchval("SELECT count(*) FROM known_devices") == 0

    async def test_logout_ends_it_and_only_it(self, people, db, admin_conn):
        ann = await people.hire("ann", "clerk")
        desk, phone = await people.login(ann), await people.login(ann)
        for _ in range(2):
            async with db.transaction() as tx:
                await service.logout(tx, desk.token)
        with pytest.raises(SessionEnded):
            await people.actor_of(desk.token)
        assert (await people.actor_of(phone.token)).id == ann.id
        assert await admin_conn.fetchval("SELECT end_reason FROM sessions WHERE id = $1", desk.id) == "logout"

    @pytest.mark.parametrize("token", ["", "sm_session_x", "x" * 1000, "'; --", "鑰匙"])
    async def test_no_other_token_opens_anything(self, people, token):
        await people.login(await people.hire("ann", "owner"))
        with pytest.raises(SessionEnded):
            await people.actor_of(token)

    async def test_roles_change_what_an_open_session_may(self, people, act):
        ann = await people.hire("ann", "owner")
        await people.hire("bob", "owner", password=None)
        session = await people.login(ann)
        assert (await people.actor_of(session.token)).may("orders.place")
        shop = new_id()
        await act("identity.assign_roles", {"user_id": ann.id, "roles": ["auditor"], "scopes": {"shop": [shop]}})
        narrowed = await people.actor_of(session.token)
        assert narrowed.may("orders.read")
        assert not narrowed.may("orders.place")
        assert narrowed.scopes == {"shop": frozenset({shop})}


class TestRevoke:
    async def test_ones_own(self, people, act, admin_conn):
        ann = await people.hire("ann", "clerk")
        lost, kept = await people.login(ann), await people.login(ann)
        me = await people.actor_of(kept.token)
        ended = await act("identity.revoke_session", {"session_id": lost.id}, actor=me)
        assert (ended.id, ended.end_reason) == (lost.id, "revoked")
        with pytest.raises(SessionEnded):
            await people.actor_of(lost.token)
        assert (await people.actor_of(kept.token)).id == ann.id
        for gone in (lost.id, new_id()):
            with pytest.raises(SessionNotFound):
                await act("identity.revoke_session", {"session_id": gone}, actor=me)

    async def test_not_somebody_elses(self, people, act):
        ann, bob = await people.hire("ann", "clerk"), await people.hire("bob", "clerk", password=None)
        session = await people.login(ann)
        with pytest.raises(NotYours):
            await act("identity.revoke_session", {"session_id": session.id}, actor=await people.actor(bob))
        assert (await people.actor_of(session.token)).id == ann.id


class TestExpiry:
    async def test_idle_for_eight_hours(self, people, clock, admin_conn):
        session = await people.login(await people.hire("ann", "clerk"))
        for _ in range(3):
            clock.advance(hours=7, minutes=59)
            await people.actor_of(session.token)
        clock.advance(hours=8)
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)

    async def test_seven_days_whatever_happens(self, people, clock):
        session = await people.login(await people.hire("ann", "clerk"))
        for _ in range(7 * 24 // 4 - 1):
            clock.advance(hours=4)
            await people.actor_of(session.token)
        clock.advance(hours=4)
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)

    async def test_use_is_noted_once_a_minute(self, people, clock, admin_conn):
        start = clock.now()
        session = await people.login(await people.hire("ann", "clerk"))
        for seconds, noted in ((59, 0), (1, 60), (59, 60)):
            clock.advance(seconds=seconds)
            await people.actor_of(session.token)
            assert await admin_conn.fetchval("SELECT last_seen_at FROM sessions") == start + timedelta(seconds=noted)

    async def test_an_expired_one_stays_expired_when_the_clock_is_set_back(self, people, clock, db, admin_conn):
        session = await people.login(await people.hire("ann", "clerk"))
        start = clock.now()
        clock.set_to(start + timedelta(hours=9))
        async with db.transaction() as tx:
            assert await find_by_session(tx, session.token) is None
        clock.set_to(start)
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)
        assert await admin_conn.fetchval("SELECT end_reason FROM sessions") == "expired"

    async def test_a_clock_set_back_ends_nobodys_work_and_gives_no_extra_idle_time(self, people, clock):
        session = await people.login(await people.hire("ann", "clerk"))
        clock.set_to(clock.now() - timedelta(days=1))
        await people.actor_of(session.token)
        clock.advance(hours=8)
        with pytest.raises(SessionEnded):
            await people.actor_of(session.token)


class TestPrune:
    async def test_it_deletes_what_is_long_over_and_nothing_else(self, people, clock, db, admin_conn):
        ann = await people.hire("ann", "clerk")
        with pytest.raises(SignInFailed):
            await people.login(ann, OTHER_PASSWORD)
        old = await people.login(ann)
        async with db.transaction() as tx:
            await service.logout(tx, old.token)
        clock.advance(days=179)
        await people.login(ann)
        async with db.transaction() as tx:
            await service.prune(tx)
        counts = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM known_devices)"
        assert tuple(await admin_conn.fetchrow(counts)) == (2, 2)
        clock.advance(days=2)
        async with db.transaction() as tx:
            await service.prune(tx)
        assert tuple(await admin_conn.fetchrow(counts)) == (1, 1)
        assert await admin_conn.fetchval("SELECT count(*) FROM login_throttles") == 0
