"""Changing, addressing, unmasking, erasing and reading customers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call, InputInvalid, NotGranted
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.crypto import NotAPhone
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service
from shangmai.modules.members.contract import (
    AddressNotFound,
    CustomerChanged,
    CustomerId,
    CustomerIsErased,
    CustomerNotFound,
    EmailTaken,
    KnownByNothing,
    PhoneTaken,
    RefTaken,
    TooManyAddresses,
    UnmaskCustomer,
    UnmaskIsNoRehearsal,
)
from shangmai.modules.members.http import routes
from tests.members.conftest import clerk
from tests.routes import reading

PHONE = "13812345678"
HOME = {
    "name": "李四光",
    "phone": "139 0000 1111",
    "province": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "street": "科技园1号",
}
HOME_SHOWN = ("李**", "139****1111", "广东省深圳市****")
SECRETS = (PHONE, "13900001111", "139 0000 1111", "张三", "李四光", "a@x.cn", "南山区", "科技园")


async def make(act, shop, **given: Any) -> CustomerId:
    given = given or {"ref": "17850", "name": "张三", "phone": PHONE, "email": "a@x.cn"}
    customer_id: CustomerId = (await act("members.register", {"shop_id": str(shop), **given})).customer_id
    return customer_id


async def everything(conn: asyncpg.Connection[Any]) -> list[Any]:
    return [await conn.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in ("customers", "customer_addresses", "events")]  # fmt: skip # noqa: E501


async def log_of(conn: asyncpg.Connection[Any]) -> str:
    rows = await conn.fetch("SELECT input::text || coalesce(output::text, '') AS text FROM action_log")
    return "\n".join(row["text"] for row in rows)


class TestUpdate:
    async def test_what_is_given_changes_null_takes_away_and_the_rest_stays(self, act, shop, admin_conn) -> None:
        id_ = str(await make(act, shop))
        view = await act("members.update", {"customer_id": id_, "phone": "13700002222", "email": None})
        assert (view.ref, view.name, view.phone, view.email, view.version) == (
            "17850", "张**", "137****2222", None, 2
        )  # fmt: skip
        view = await act("members.update", {"customer_id": id_, "version": 2, "ref": "9", "name": "欧阳修"})
        assert (view.ref, view.name, view.phone, view.version) == ("9", "欧**", "137****2222", 3)
        clear = await act("members.unmask", {"customer_id": id_, "reason": "核对"})
        assert (clear.ref, clear.name, clear.phone, clear.email) == ("9", "欧阳修", "13700002222", None)
        changed = await admin_conn.fetch(
            "SELECT payload -> 'changed' AS c FROM events WHERE name = 'members.updated.v1' ORDER BY seq"
        )
        assert [row["c"] for row in changed] == ['["phone","email"]', '["ref","name"]']
        logged = await log_of(admin_conn)
        assert [secret for secret in (*SECRETS, "13700002222", "欧阳修") if secret in logged] == []

    async def test_the_same_again_changes_nothing(self, act, shop, admin_conn) -> None:
        id_ = str(await make(act, shop))
        before = await everything(admin_conn)
        view = await act("members.update", {"customer_id": id_, "phone": "+86 13812345678", "name": " 张三 "})
        assert view.version == 1
        assert await everything(admin_conn) == before

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"ref": "OTHER"}, RefTaken),
            ({"phone": "139 0000 0000"}, PhoneTaken),
            ({"email": "B@x.cn"}, EmailTaken),
            ({"phone": "1"}, NotAPhone),
            ({"ref": None, "phone": None, "email": None}, KnownByNothing),
            ({"version": 9, "name": "X"}, CustomerChanged),
            ({"customer_id": str(new_id()), "name": "X"}, CustomerNotFound),
        ],
    )
    async def test_refused_changes_nothing(self, act, shop, admin_conn, change, refusal) -> None:
        id_ = str(await make(act, shop))
        await make(act, shop, ref="OTHER", phone="13900000000", email="b@x.cn")
        before = await everything(admin_conn)
        with pytest.raises(refusal):
            await act("members.update", {"customer_id": id_, **change})
        assert await everything(admin_conn) == before

    async def test_two_who_want_one_phone(self, act, shop, admin_conn) -> None:
        ids = [await make(act, shop, ref=ref) for ref in ("1", "2")]
        updates = ({"customer_id": str(id_), "phone": PHONE} for id_ in ids)
        told = await asyncio.gather(*(act("members.update", do) for do in updates), return_exceptions=True)
        assert sorted(type(each).__name__ for each in told) == ["CustomerView", "PhoneTaken"]
        assert await admin_conn.fetchval("SELECT count(*) FROM customers WHERE phone IS NOT NULL") == 1


class TestAddresses:
    async def test_the_first_is_the_default_until_another_is(self, act, db: Database, shop, admin_conn) -> None:
        id_ = str(await make(act, shop))
        first = await act("members.add_address", {"customer_id": id_, **HOME})
        assert (first.name, first.phone, first.address, first.is_default) == (*HOME_SHOWN, True)
        second = await act("members.add_address", {"customer_id": id_, **HOME})
        third = await act("members.add_address", {"customer_id": id_, **HOME, "make_default": True})
        assert (second.is_default, third.is_default) == (False, True)

        async def defaults() -> list[tuple[Any, bool]]:
            async with db.reading(SYSTEM) as tx:
                detail = await service.read_customer(tx, CustomerId(first_customer))
            return [(each.id, each.is_default) for each in detail.addresses]

        first_customer = await admin_conn.fetchval("SELECT id FROM customers")
        assert await defaults() == [(first.id, False), (second.id, False), (third.id, True)]
        await act("members.set_default_address", {"customer_id": id_, "address_id": str(second.id)})
        assert await defaults() == [(first.id, False), (second.id, True), (third.id, False)]
        await act("members.remove_address", {"customer_id": id_, "address_id": str(second.id)})
        assert await defaults() == [(first.id, True), (third.id, False)]
        for address in (third, first):
            await act("members.remove_address", {"customer_id": id_, "address_id": str(address.id)})
        assert await defaults() == []
        assert await admin_conn.fetchval("SELECT default_address_id FROM customers") is None
        logged = await log_of(admin_conn)
        assert [secret for secret in SECRETS if secret in logged] == []

    async def test_sealed_as_one_for_this_customer_alone(self, act, shop, admin_conn) -> None:
        one, other = await make(act, shop), await make(act, shop, ref="2")
        await act("members.add_address", {"customer_id": str(one), **HOME})
        sealed = await admin_conn.fetchval("SELECT sealed FROM customer_addresses")
        assert not any(secret.encode() in sealed for secret in SECRETS)
        clear = await act("members.unmask", {"customer_id": str(one), "reason": "核对"})
        assert (clear.addresses[0].phone, clear.addresses[0].street) == ("13900001111", "科技园1号")
        await admin_conn.execute("UPDATE customers SET default_address_id = NULL")
        await admin_conn.execute("UPDATE customer_addresses SET customer_id = $1", other)
        with pytest.raises(Exception, match="cannot be decrypted"):
            await act("members.unmask", {"customer_id": str(other), "reason": "核对"})

    async def test_twenty_at_most_also_at_once(self, act, shop, admin_conn) -> None:
        id_ = str(await make(act, shop))
        adds = (act("members.add_address", {"customer_id": id_, **HOME}) for _ in range(23))
        told = await asyncio.gather(*adds, return_exceptions=True)
        assert sum(isinstance(each, TooManyAddresses) for each in told) == 3
        assert await admin_conn.fetchval("SELECT count(*) FROM customer_addresses") == 20
        assert sum(each.is_default for each in told if not isinstance(each, BaseException)) == 1

    async def test_refused_changes_nothing(self, act, shop, admin_conn) -> None:
        one, other = str(await make(act, shop)), str(await make(act, shop, ref="2"))
        address = await act("members.add_address", {"customer_id": one, **HOME})
        before = await everything(admin_conn)
        foreign = {"customer_id": other, "address_id": str(address.id)}
        for name in ("members.remove_address", "members.set_default_address"):
            with pytest.raises(AddressNotFound):
                await act(name, foreign)
        with pytest.raises(NotAPhone):
            await act("members.add_address", {"customer_id": one, **HOME, "phone": "x"})
        with pytest.raises(CustomerNotFound):
            await act("members.add_address", {"customer_id": str(new_id()), **HOME})
        assert await everything(admin_conn) == before


class TestUnmask:
    async def test_in_clear_to_the_caller_and_masked_in_the_log(self, act, shop, admin_conn) -> None:
        id_ = await make(act, shop)
        await act("members.add_address", {"customer_id": str(id_), **HOME})
        asked = {"customer_id": str(id_), "reason": "客户来电核对"}
        clear = await act("members.unmask", asked, key="k1")
        assert (clear.name, clear.phone, clear.email) == ("张三", PHONE, "a@x.cn")
        again = await act("members.unmask", asked, key="k1")
        assert (again.id, again.name, again.phone) == (id_, "•••", "•••")  # the log keeps no clear data to repeat
        rows = await admin_conn.fetch("SELECT actor_id, input::text FROM action_log WHERE action = 'members.unmask'")
        assert [tuple(row) for row in rows] == [
            (SYSTEM.id, f'{{"customer_id":"{id_}","reason":"客户来电核对"}}')
        ]  # fmt: skip
        logged = await log_of(admin_conn)
        assert [secret for secret in SECRETS if secret in logged] == []

    async def test_never_without_a_trace(self, runner: Runner, act, shop, admin_conn) -> None:
        do = UnmaskCustomer(customer_id=await make(act, shop), reason="核对")
        answer = await runner.run(Call(action="members.unmask", input=do, actor=SYSTEM, door="test", dry_run=True))
        assert isinstance(answer.error, UnmaskIsNoRehearsal)
        reader = Actor(id=new_id(), kind="user", name="r", grants=frozenset({"members.read"}), scopes=SYSTEM.scopes)
        with pytest.raises(NotGranted):
            await act("members.unmask", do, actor=reader)
        with pytest.raises(InputInvalid, match="reason must have at least 2"):
            await act("members.unmask", {"customer_id": str(do.customer_id), "reason": ""})


class TestErase:
    async def test_nothing_personal_is_left_but_the_row(self, act, shop, admin_conn) -> None:
        id_ = await make(act, shop)
        await act("members.add_address", {"customer_id": str(id_), **HOME})
        at = datetime(2026, 3, 1, tzinfo=UTC)
        view = await act("members.erase", {"customer_id": str(id_), "reason": "本人要求"}, at=at)
        assert (view.ref, view.name, view.phone, view.email, view.erased) == ("17850", None, None, None, True)
        row = await admin_conn.fetchrow("SELECT * FROM customers")
        assert [row[c] for c in ("name", "phone", "phone_hash", "email", "email_hash", "default_address_id")] == [
            None
        ] * 6
        assert row["erased_at"] == at
        assert await admin_conn.fetchval("SELECT count(*) FROM customer_addresses") == 0
        events = await admin_conn.fetch("SELECT payload::text FROM events WHERE name = 'members.erased.v1'")
        assert [tuple(each) for each in events] == [(f'{{"customer_id":"{id_}","shop_id":"{shop}"}}',)]

    async def test_again_changes_nothing_and_nothing_comes_back(self, act, shop, admin_conn) -> None:
        id_ = await make(act, shop)
        erase = {"customer_id": str(id_), "reason": "本人要求"}
        await act("members.erase", erase)
        before = await everything(admin_conn)
        assert (await act("members.erase", erase)).erased
        assert await make(act, shop, ref="17850", name="张三", phone=PHONE) == id_  # an import of the same customer
        for name, do in (
            ("members.update", {"customer_id": str(id_), "name": "张三"}),
            ("members.add_address", {"customer_id": str(id_), **HOME}),
        ):
            with pytest.raises(CustomerIsErased):
                await act(name, do)
        assert await everything(admin_conn) == before
        assert await make(act, shop, phone=PHONE) != id_  # the person, come back of their own will


class TestScope:
    async def test_of_another_shop_nothing_is_seen_or_changed(self, act, db: Database, shops, admin_conn) -> None:
        id_ = await make(act, shops[0])
        address = await act("members.add_address", {"customer_id": str(id_), **HOME})
        before = await everything(admin_conn)
        stranger, one = clerk(shops[1]), {"customer_id": str(id_)}
        for name, do in (
            ("members.update", {**one, "name": "X"}),
            ("members.add_address", {**one, **HOME}),
            ("members.remove_address", {**one, "address_id": str(address.id)}),
            ("members.set_default_address", {**one, "address_id": str(address.id)}),
            ("members.unmask", {**one, "reason": "核对"}),
            ("members.erase", {**one, "reason": "本人要求"}),
        ):
            with pytest.raises(CustomerNotFound):
                await act(name, do, actor=stranger)
        assert await everything(admin_conn) == before
        async with db.reading(stranger) as tx:
            assert await service.get_customers(tx, [id_]) == {}
            assert await service.find_by_refs(tx, shops[0], ["17850"]) == {}
            assert await tx.fetch("SELECT FROM customer_addresses") == []
        async with db.reading(clerk(shops[0])) as tx:
            assert await service.find_by_refs(tx, shops[0], ["17850"]) == {"17850": id_}

    async def test_the_list_over_http(self, act, db: Database, shops) -> None:
        mine = [await make(act, shops[0], ref=str(n), phone=f"1380000000{n}") for n in range(3)]
        theirs = await make(act, shops[1], ref="0", phone="13800000000", email="a@x.cn")
        await act("members.add_address", {"customer_id": str(mine[0]), **HOME})
        async with reading(db, routes, clerk(shops[0])) as client:

            async def ids(**params: Any) -> list[str]:
                answer = (await client.get("/api/v1/customers", params=params)).json()
                return [each["id"] for each in answer["items"]]

            assert await ids() == [str(id_) for id_ in reversed(mine)]
            assert await ids(phone="+86 138 0000 0000") == [str(mine[0])]
            assert await ids(phone="13900000000") == []
            assert await ids(ref="2") == [str(mine[2])]
            assert await ids(shop_id=str(shops[1])) == []
            first = (await client.get("/api/v1/customers?limit=2")).json()
            assert await ids(limit=2, cursor=first["next"]) == [str(mine[0])]
            shown = (await client.get(f"/api/v1/customers/{mine[0]}")).json()
            hidden = await client.get(f"/api/v1/customers/{theirs}")
            wrong = await client.get("/api/v1/customers?phone=x")
        assert shown["customer"]["phone"] == "138****0000"
        assert [(a["name"], a["phone"], a["address"]) for a in shown["addresses"]] == [HOME_SHOWN]
        assert (hidden.status_code, hidden.json()["code"]) == (404, "members.CustomerNotFound")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "kernel.NotAPhone")
        async with reading(db, routes, clerk(*shops)) as client:
            assert (await client.get("/api/v1/customers?email=A@x.cn")).json()["items"][0]["id"] == str(theirs)
