"""API keys: part of what their user holds, at any time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call, NotGranted
from shangmai.kernel.actions.runner import read_input
from shangmai.kernel.actors import EVERYTHING, SYSTEM
from shangmai.kernel.crypto import token_hash
from shangmai.kernel.ids import new_id
from shangmai.modules.identity import service
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    ApiKeyNotFound,
    ApiKeyRefused,
    ExpiryPassed,
    MoreThanYouHold,
    NotYours,
    UserNeeded,
)


async def actor_of(db, key):
    async with db.transaction() as tx:
        return await service.actor_of_key(tx, key)


class TestCreate:
    async def test_it_is_shown_once_and_kept_as_a_hash(self, people, act, db, admin_conn, clock):
        dev = await people.hire("dev", "developer", password=None)
        given = {"name": "erp", "grants": ["catalog.read"]}
        made = await act("identity.create_api_key", given, actor=await people.actor(dev))
        assert made.key.startswith("sm_live_")
        assert len(made.key) == 51
        row = await admin_conn.fetchrow("SELECT * FROM api_keys")
        assert (row["key_hash"], row["hint"], row["user_id"]) == (token_hash(made.key), made.key[:12], dev.id)
        assert made.key not in str(dict(row))
        actor = await actor_of(db, made.key)
        assert (actor.id, actor.kind, actor.name) == (made.id, "api_key", "erp (dev)")
        assert actor.grants == {"catalog.read"}
        assert actor.scopes == dict.fromkeys(("company", "shop", "warehouse", "region", "member"), EVERYTHING)

    async def test_the_log_does_not_keep_it(self, people, runner, admin_conn):
        dev = await people.actor(await people.hire("dev", "developer", password=None))
        do = read_input(ACTIONS["identity.create_api_key"], {"name": "erp", "grants": ["catalog.read"]})
        call = Call(action="identity.create_api_key", input=do, actor=dev, door="test", key="k1")
        made = (await runner.run(call)).unwrap()
        again = (await runner.run(call)).unwrap()
        assert (again.id, again.key) == (made.id, "•••")
        assert await admin_conn.fetchval("SELECT count(*) FROM api_keys") == 1
        for row in await admin_conn.fetch("SELECT l::text FROM action_log l"):
            assert made.key not in row[0]

    @pytest.mark.parametrize(
        "wanted",
        [
            {"grants": ["orders.place"]},
            {"grants": ["*"]},
            {"grants": ["catalog.read", "catalog.*"]},
            {"grants": ["identity.manage"]},
            {"grants": ["catalog.read"], "scopes": {"shop": "*"}},
            {"grants": ["catalog.read"], "scopes": {"company": ["018f0000-0000-7000-8000-000000000000"]}},
        ],
    )
    async def test_it_gets_no_more_than_its_user_holds(self, people, act, admin_conn, wanted):
        dev = await people.hire("dev", "developer", scopes={"shop": [new_id()]}, password=None)
        with pytest.raises(MoreThanYouHold):
            await act("identity.create_api_key", {"name": "erp", **wanted}, actor=await people.actor(dev))
        assert await admin_conn.fetchval("SELECT count(*) FROM api_keys") == 0

    async def test_what_the_session_remembers_does_not_count(self, people, act, admin_conn):
        dev = await people.hire("dev", "owner", "developer", password=None)
        await people.hire("boss", "owner", password=None)
        stale = await people.actor(dev)
        await act("identity.assign_roles", {"user_id": dev.id, "roles": ["developer"], "scopes": {}})
        with pytest.raises(MoreThanYouHold):
            await act("identity.create_api_key", {"name": "erp", "grants": ["orders.place"]}, actor=stale)
        assert await admin_conn.fetchval("SELECT count(*) FROM api_keys") == 0

    async def test_a_clerk_makes_none(self, people, act):
        clerk = await people.actor(await people.hire("ann", "clerk", password=None))
        with pytest.raises(NotGranted):
            await act("identity.create_api_key", {"name": "x", "grants": ["orders.read"]}, actor=clerk)

    async def test_for_a_service_user(self, people, act, db):
        robot = await people.hire("robot", "clerk", password=None)
        dev = await people.actor(await people.hire("dev", "developer", password=None))
        given = {"name": "sync", "grants": ["orders.place"], "user_id": robot.id}
        with pytest.raises(NotYours):
            await act("identity.create_api_key", given, actor=dev)
        boss = await people.actor(await people.hire("boss", "owner", password=None))
        made = await act("identity.create_api_key", given, actor=boss)
        assert (await actor_of(db, made.key)).may("orders.place")
        with pytest.raises(MoreThanYouHold):
            await act("identity.create_api_key", {**given, "grants": ["ledger.read"]}, actor=boss)
        with pytest.raises(UserNeeded):
            await act("identity.create_api_key", {"name": "x", "grants": ["orders.read"]}, actor=SYSTEM)

    async def test_a_key_does_not_make_keys_of_a_higher_user(self, people, act, db):
        boss = await people.hire("boss", "owner", password=None)
        given = {"name": "ops", "grants": ["identity.*"]}
        made = await act("identity.create_api_key", given, actor=await people.actor(boss))
        key = await actor_of(db, made.key)
        with pytest.raises(AboveYou):
            await act("identity.create_api_key", {"name": "x", "grants": ["*"], "user_id": boss.id}, actor=key)


class TestUse:
    async def test_it_shrinks_with_its_user(self, people, act, db):
        shop, other = new_id(), new_id()
        await act("identity.define_role", {"code": "seller", "name": "x", "grants": ["orders.*"]})
        dev = await people.hire("dev", "developer", "seller", password=None)
        given = {"name": "erp", "grants": ["orders.*"], "scopes": {"shop": [shop], "company": "*"}}
        made = await act("identity.create_api_key", given, actor=await people.actor(dev))
        actor = await actor_of(db, made.key)
        assert (actor.grants, actor.scopes) == ({"orders.*"}, {"shop": frozenset({shop}), "company": EVERYTHING})
        scopes = {"shop": [shop, other], "company": [other]}
        await act("identity.assign_roles", {"user_id": dev.id, "roles": ["developer"], "scopes": scopes})
        actor = await actor_of(db, made.key)
        assert (actor.grants, actor.scopes) == (
            {"orders.read", "orders.note_channel"},
            {"shop": frozenset({shop}), "company": frozenset({other})},
        )
        await act("identity.assign_roles", {"user_id": dev.id, "roles": [], "scopes": {}})
        actor = await actor_of(db, made.key)
        assert (actor.grants, actor.scopes) == (frozenset(), {})

    async def test_the_day_of_use_is_noted(self, people, act, db, clock, admin_conn):
        dev = await people.actor(await people.hire("dev", "developer", password=None))
        made = await act("identity.create_api_key", {"name": "erp", "grants": ["catalog.read"]}, actor=dev)
        assert made.api_key.last_used_on is None
        for _ in range(2):
            await actor_of(db, made.key)
            clock.advance(days=1)
        used = await admin_conn.fetchval("SELECT last_used_on FROM api_keys")
        assert used == (clock.now() - timedelta(days=1)).date()


class TestEnd:
    async def test_expiry(self, people, act, db, clock):
        dev = await people.actor(await people.hire("dev", "developer", password=None))
        given = {"name": "erp", "grants": ["catalog.read"]}
        with pytest.raises(ExpiryPassed):
            await act("identity.create_api_key", {**given, "expires_at": clock.now()}, actor=dev)
        made = await act("identity.create_api_key", {**given, "expires_at": clock.now() + timedelta(days=1)}, actor=dev)
        clock.advance(hours=23, minutes=59)
        await actor_of(db, made.key)
        clock.advance(minutes=1)
        with pytest.raises(ApiKeyRefused):
            await actor_of(db, made.key)

    async def test_revoked_by_its_user_or_a_manager_for_good(self, people, act, db):
        dev = await people.actor(await people.hire("dev", "developer", password=None))
        ann = await people.actor(await people.hire("ann", "clerk", password=None))
        made = await act("identity.create_api_key", {"name": "erp", "grants": ["catalog.read"]}, actor=dev)
        with pytest.raises(NotYours):
            await act("identity.revoke_api_key", {"api_key_id": made.id}, actor=ann)
        with pytest.raises(ApiKeyNotFound):
            await act("identity.revoke_api_key", {"api_key_id": new_id()}, actor=dev)
        await actor_of(db, made.key)
        first = await act("identity.revoke_api_key", {"api_key_id": made.id}, actor=dev)
        second = await act("identity.revoke_api_key", {"api_key_id": made.id})
        assert first.revoked_at == second.revoked_at is not None
        with pytest.raises(ApiKeyRefused):
            await actor_of(db, made.key)

    @pytest.mark.parametrize("key", ["", "sm_live_", "sm_live_" + "x" * 43])
    async def test_unknown(self, db, key):
        with pytest.raises(ApiKeyRefused):
            await actor_of(db, key)
