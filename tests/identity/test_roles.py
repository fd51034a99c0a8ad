"""What the built-in roles may, and that nobody gives or changes more than they hold."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions.contract import InputInvalid, NotGranted
from shangmai.kernel.actors import EVERYTHING
from shangmai.kernel.ids import new_id
from shangmai.modules.identity.contract.errors import (
    AboveYou,
    LastOwner,
    MoreThanYouHold,
    RoleInUse,
    RoleIsBuiltin,
    RoleNotFound,
    UserNotFound,
)
from shangmai.modules.identity.rules.grants import EVERYWHERE

ROLES = ("owner", "clerk", "picker", "accountant", "auditor", "developer", "merchandiser")
MATRIX = {
    # a grant: who of owner, clerk, picker, accountant, auditor, developer, merchandiser holds it
    "orders.place": "oc",
    "orders.cancel": "oc",
    "orders.pay": "oa",
    "orders.set_price": "o",
    "orders.ship": "op",
    "orders.read": "ocpaudm",
    "members.unmask": "oc",
    "members.erase": "o",
    "members.read": "ocaudm",
    "inventory.adjust": "op",
    "inventory.read": "ocpaudm",
    "payments.refund": "oa",
    "payments.read": "ocaud",
    "ledger.post_entry": "oa",
    "ledger.read": "oaud",
    "catalog.create_product": "om",
    "catalog.read": "ocpaudm",
    "catalog.approve_product": "om",
    "pricing.publish_promotions": "om",
    "pricing.grant_coupon": "ocm",
    "marketing.start_what_if": "om",
    "organization.manage": "o",
    "identity.manage": "o",
    "identity.keys": "od",
    "identity.read": "oaud",
    "identity.self": "ocpaudm",
    "actions.backdate": "o",
    "migration.run": "od",
    "events.read": "oaud",
}


async def roles_of(conn: Any, user_id: Any) -> tuple[list[str], str]:
    codes = await conn.fetch("SELECT role_code FROM user_roles WHERE user_id = $1 ORDER BY 1", user_id)
    return [row[0] for row in codes], await conn.fetchval("SELECT scopes::text FROM users WHERE id = $1", user_id)


class TestBuiltin:
    @pytest.mark.parametrize(("letter", "role"), zip("ocpaudm", ROLES, strict=True))
    async def test_the_matrix(self, people, letter, role):
        user = await people.hire("someone", role, password=None)
        actor = await people.actor(user)
        held = {grant for grant in MATRIX if actor.may(grant)}
        assert held == {grant for grant, letters in MATRIX.items() if letter in letters}

    async def test_grants_add_up_and_scopes_are_the_users(self, people):
        shop = new_id()
        user = await people.hire("both", "picker", "auditor", scopes={"shop": [shop], "region": "*"}, password=None)
        actor = await people.actor(user)
        assert actor.may("inventory.adjust")
        assert actor.may("ledger.read")
        assert actor.scopes == {"shop": frozenset({shop}), "region": EVERYTHING}
        assert not actor.sees("company", new_id())

    async def test_no_role_means_only_oneself(self, people):
        actor = await people.actor(await people.hire("nobody", scopes={}, password=None))
        assert (actor.grants, actor.scopes) == ({"identity.self"}, {})

    async def test_they_cannot_be_redefined(self, act, admin_conn):
        with pytest.raises(RoleIsBuiltin):
            await act("identity.define_role", {"code": "clerk", "name": "x", "grants": ["*"]})
        assert "*" not in await admin_conn.fetchval("SELECT grants FROM roles WHERE code = 'clerk'")


class TestRemove:
    async def test_only_when_nobody_has_it(self, people, act, admin_conn):
        await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": ["catalog.read"]})
        user = await people.hire("ben", "buyer", password=None)
        with pytest.raises(RoleInUse) as refused:
            await act("identity.remove_role", {"code": "buyer"})
        assert refused.value.data == {"role": "buyer", "holders": 1}
        assert await admin_conn.fetchval("SELECT count(*) FROM roles WHERE code = 'buyer'") == 1
        await act("identity.assign_roles", {"user_id": user.id, "roles": [], "scopes": {}})
        assert (await act("identity.remove_role", {"code": "buyer"})).name == "采购"
        assert await admin_conn.fetchval("SELECT count(*) FROM roles WHERE code = 'buyer'") == 0
        with pytest.raises(RoleNotFound):
            await act("identity.remove_role", {"code": "buyer"})

    async def test_never_a_built_in_one(self, act, admin_conn):
        before = await admin_conn.fetchval("SELECT count(*) FROM roles")
        with pytest.raises(RoleIsBuiltin):
            await act("identity.remove_role", {"code": "picker"})
        assert await admin_conn.fetchval("SELECT count(*) FROM roles") == before

    async def test_nor_one_of_more_than_one_holds(self, people, act, admin_conn):
        await act("identity.define_role", {"code": "lead", "name": "主管", "grants": ["identity.*"]})
        await act("identity.define_role", {"code": "boss", "name": "经理", "grants": ["ledger.*"]})
        lead = await people.actor(await people.hire("lena", "lead", password=None))
        with pytest.raises(MoreThanYouHold):
            await act("identity.remove_role", {"code": "boss"}, actor=lead)
        assert await admin_conn.fetchval("SELECT count(*) FROM roles WHERE code = 'boss'") == 1


class TestDefine:
    async def test_its_holders_have_the_new_grants(self, people, act):
        await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": ["catalog.*", "catalog.read"]})
        user = await people.hire("ben", "buyer", password=None)
        assert (await people.actor(user)).grants == {"catalog.*", "identity.self"}
        role = await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": ["catalog.read"]})
        assert (role.grants, role.name_en, role.is_builtin) == (["catalog.read"], "采购", False)
        assert (await people.actor(user)).grants == {"catalog.read", "identity.self"}

    @pytest.mark.parametrize("pattern", ["orders", "or*.x", "Orders.read", ""])
    async def test_what_is_no_grant_is_refused(self, act, pattern):
        with pytest.raises(InputInvalid):
            await act("identity.define_role", {"code": "buyer", "name": "采购", "grants": [pattern]})

    async def test_only_of_what_one_holds_everywhere(self, people, act, admin_conn):
        await act("identity.define_role", {"code": "lead", "name": "主管", "grants": ["identity.*", "orders.*"]})
        await act("identity.define_role", {"code": "boss", "name": "经理", "grants": ["ledger.*"]})
        lead = await people.actor(await people.hire("lena", "lead", password=None))
        local = await people.actor(await people.hire("lars", "lead", scopes={"shop": "*"}, password=None))
        before = await admin_conn.fetch("SELECT * FROM roles ORDER BY code")
        for actor, code, wanted in (
            (lead, "new", ["ledger.read"]),  # what she has not
            (lead, "boss", ["orders.read"]),  # takes away what she has not
            (local, "new", ["orders.read"]),  # its holders may be where he sees nothing
        ):
            with pytest.raises(MoreThanYouHold):
                await act("identity.define_role", {"code": code, "name": "x", "grants": wanted}, actor=actor)
        assert await admin_conn.fetch("SELECT * FROM roles ORDER BY code") == before
        made = await act("identity.define_role", {"code": "new", "name": "x", "grants": ["orders.read"]}, actor=lead)
        assert made.grants == ["orders.read"]


class TestAssign:
    async def test_it_replaces_roles_and_scope(self, people, act, admin_conn):
        user, shop = await people.hire("ann", "clerk", "auditor", password=None), new_id()
        given = {"user_id": user.id, "roles": ["clerk"], "scopes": {"shop": [shop]}}
        changed = await act("identity.assign_roles", given)
        assert (changed.roles, changed.scopes) == (["clerk"], {"shop": [shop]})
        assert (await people.actor(user)).scopes == {"shop": frozenset({shop})}

    async def test_it_needs_the_grant(self, people, act):
        clerk = await people.actor(await people.hire("ann", "clerk", password=None))
        with pytest.raises(NotGranted):
            await act("identity.assign_roles", {"user_id": clerk.id, "roles": ["owner"], "scopes": {}}, actor=clerk)

    @pytest.mark.parametrize(
        ("roles", "scopes"),
        [
            (["owner"], {}),
            (["auditor"], {}),
            (["seller"], {"shop": "*"}),
            (["seller"], {"company": "*"}),
            (["seller"], {"shop": ["018f0000-0000-7000-8000-000000000000"]}),
        ],
    )
    async def test_nobody_gives_more_than_they_hold(self, people, act, admin_conn, roles, scopes):
        shop = new_id()
        await act("identity.define_role", {"code": "seller", "name": "x", "grants": ["orders.place"]})
        await act("identity.define_role", {"code": "lead", "name": "x", "grants": ["identity.manage", "orders.*"]})
        lead = await people.actor(await people.hire("lena", "lead", scopes={"shop": [shop]}, password=None))
        new = await people.hire("ned", scopes={}, password=None)
        before = await roles_of(admin_conn, new.id)
        with pytest.raises(MoreThanYouHold):
            await act("identity.assign_roles", {"user_id": new.id, "roles": roles, "scopes": scopes}, actor=lead)
        given = {"login": "zed", "display_name": "Zed", "roles": roles, "scopes": scopes}
        with pytest.raises(MoreThanYouHold):
            await act("identity.create_user", given, actor=lead)
        assert await roles_of(admin_conn, new.id) == before == ([], "{}")
        assert await admin_conn.fetchval("SELECT count(*) FROM users") == 2
        fine = {"user_id": new.id, "roles": ["seller"], "scopes": {"shop": [shop]}}
        assert (await act("identity.assign_roles", fine, actor=lead)).roles == ["seller"]

    @pytest.mark.parametrize("verb", ["assign_roles", "disable_user", "set_password", "remove_totp", "revoke_session"])
    async def test_nobody_touches_who_holds_more(self, people, act, admin_conn, verb):
        await act("identity.define_role", {"code": "lead", "name": "x", "grants": ["identity.*", "orders.*"]})
        lead = await people.actor(await people.hire("lena", "lead", password=None))
        boss = await people.hire("boss", "owner")
        session = await people.login(boss)
        given: dict[str, Any] = {
            "assign_roles": {"user_id": boss.id, "roles": [], "scopes": {}},
            "disable_user": {"user_id": boss.id},
            "set_password": {"user_id": boss.id, "password": "another-8-word"},
            "remove_totp": {"user_id": boss.id},
            "revoke_session": {"session_id": session.id},
        }[verb]
        before = await admin_conn.fetch("SELECT * FROM users ORDER BY id")
        with pytest.raises(AboveYou):
            await act(f"identity.{verb}", given, actor=lead)
        assert await admin_conn.fetch("SELECT * FROM users ORDER BY id") == before
        assert (await people.actor_of(session.token)).id == boss.id

    async def test_unknown_role_or_user(self, people, act, admin_conn):
        user = await people.hire("ann", "clerk", password=None)
        with pytest.raises(RoleNotFound):
            await act("identity.assign_roles", {"user_id": user.id, "roles": ["king"], "scopes": {}})
        with pytest.raises(UserNotFound):
            await act("identity.assign_roles", {"user_id": new_id(), "roles": ["clerk"], "scopes": {}})
        assert (await roles_of(admin_conn, user.id))[0] == ["clerk"]


class TestLastOwner:
    async def test_one_owner_of_everything_stays(self, people, act, admin_conn):
        boss = await people.hire("boss", "owner", password=None)
        for verb, more in (
            ("disable_user", {}),
            ("assign_roles", {"roles": ["clerk"], "scopes": EVERYWHERE}),
            ("assign_roles", {"roles": ["owner"], "scopes": {"shop": "*"}}),
        ):
            with pytest.raises(LastOwner):
                await act(f"identity.{verb}", {"user_id": boss.id, **more})
        assert (await roles_of(admin_conn, boss.id))[0] == ["owner"]
        assert await admin_conn.fetchval("SELECT is_active FROM users")

    async def test_two_owners_cannot_disable_each_other_at_once(self, people, act, admin_conn):
        one, two = await people.hire("one", "owner", password=None), await people.hire("two", "owner", password=None)
        first, second = await people.actor(one), await people.actor(two)
        for _ in range(10):
            outcomes = await asyncio.gather(
                act("identity.disable_user", {"user_id": two.id}, actor=first),
                act("identity.disable_user", {"user_id": one.id}, actor=second),
                return_exceptions=True,
            )
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastOwner", "User"]
            assert await admin_conn.fetchval("SELECT count(*) FROM users WHERE is_active") == 1
            await admin_conn.execute("UPDATE users SET is_active = true")
