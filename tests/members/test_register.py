"""Registering: who is recognised, who is new, who is refused."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import asyncpg
import pytest

from shangmai.kernel import crypto
from shangmai.kernel.actions.contract import Call, OutOfScope
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.crypto import NotAnEmail, NotAPhone, Vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service
from shangmai.modules.members.contract import (
    CustomerId,
    EmailTaken,
    KnownByNothing,
    MatchedBy,
    RegisterCustomer,
    Registered,
    SeveralCustomersMatch,
)
from shangmai.modules.organization.contract import ShopId, ShopNotFound
from tests.members.conftest import clerk

PHONE = "13812345678"


async def rows(conn: asyncpg.Connection[Any]) -> list[Any]:
    return await conn.fetch("SELECT * FROM customers ORDER BY id")


def register(shop: ShopId, actor: Actor = SYSTEM, **given: Any) -> Call:
    do = RegisterCustomer(shop_id=shop, **given)
    return Call(action="members.register", input=do, actor=actor, door="test")


async def test_a_customer_is_kept_encrypted_and_shown_masked(act, db: Database, shop, admin_conn) -> None:
    given = {"shop_id": str(shop), "ref": " 17850 ", "name": "张三丰", "phone": "+86 138-1234-5678", "email": "Zhang@Example.com"}  # fmt: skip # noqa: E501
    told = await act("members.register", given)
    assert told.matched_by is None
    async with db.reading(SYSTEM) as tx:
        view = (await service.get_customers(tx, [told.customer_id]))[told.customer_id]
    assert (view.ref, view.name, view.phone, view.email) == ("17850", "张**", "138****5678", "z***@example.com")
    assert (view.shop_id, view.version, view.erased) == (shop, 1, False)
    (row,) = await rows(admin_conn)
    cipher = crypto.current_vault().column("customers", "phone")
    assert cipher.decrypt(row["phone"], told.customer_id) == PHONE
    with pytest.raises(crypto.Undecryptable):
        cipher.decrypt(row["phone"], new_id())
    logged = await admin_conn.fetchval("SELECT input::text FROM action_log WHERE action = 'members.register'")
    assert logged == (
        f'{{"shop_id":"{shop}","ref":" 17850 ","name":"•••","phone":"•••","email":"•••"}}'
    )  # fmt: skip
    emitted = await admin_conn.fetch("SELECT name, payload::text AS payload FROM events WHERE name LIKE 'members.%'")
    assert [tuple(row) for row in emitted] == [
        ("members.registered.v1", f'{{"customer_id":"{told.customer_id}","shop_id":"{shop}"}}')
    ]


class TestRecognised:
    @pytest.mark.parametrize(
        ("again", "by"),
        [
            ({"ref": "17850"}, MatchedBy.REF),
            ({"phone": "0086 138 1234 5678"}, MatchedBy.PHONE),
            ({"email": " A@X.CN"}, MatchedBy.EMAIL),
            ({"ref": "17850", "name": "李四", "phone": "13900000000", "email": "b@x.cn"}, MatchedBy.REF),
            ({"ref": "other", "phone": PHONE, "email": "b@x.cn"}, MatchedBy.PHONE),
            ({"ref": "17850", "phone": PHONE, "email": "a@x.cn"}, MatchedBy.REF),
        ],
    )
    async def test_by_reference_phone_or_mail_and_nothing_is_overwritten(
        self, act, shop, admin_conn, again, by
    ) -> None:
        first = await act(
            "members.register",
            {"shop_id": str(shop), "ref": "17850", "name": "张三", "phone": PHONE, "email": "a@x.cn"},
        )
        before = await rows(admin_conn)
        told = await act("members.register", {"shop_id": str(shop), **again})
        assert (told.customer_id, told.matched_by) == (first.customer_id, by)
        assert await rows(admin_conn) == before
        assert await admin_conn.fetchval("SELECT count(*) FROM events WHERE name LIKE 'members.%'") == 1

    async def test_a_missing_reference_is_linked(self, act, db: Database, shop, admin_conn) -> None:
        first = await act("members.register", {"shop_id": str(shop), "phone": PHONE})
        told = await act("members.register", {"shop_id": str(shop), "phone": PHONE, "ref": "17850", "name": "张三"})
        assert (told.customer_id, told.matched_by) == (first.customer_id, MatchedBy.PHONE)
        async with db.reading(SYSTEM) as tx:
            assert await service.find_by_refs(tx, shop, ["17850", "1"]) == {"17850": first.customer_id}
        assert tuple(await admin_conn.fetchrow("SELECT ref, name, version FROM customers")) == ("17850", None, 2)

    async def test_in_the_other_shop_it_is_somebody_else(self, act, shops) -> None:
        told = [
            await act("members.register", {"shop_id": str(shop), "ref": "1", "phone": PHONE, "email": "a@x.cn"})
            for shop in shops
        ]
        assert [each.matched_by for each in told] == [None, None]
        assert told[0].customer_id != told[1].customer_id

    async def test_under_a_new_master_key_too(self, act, shop, admin_conn) -> None:
        before, old, new = crypto.current_vault(), os.urandom(32), os.urandom(32)
        try:
            crypto.use_vault(Vault([old]))
            first = await act("members.register", {"shop_id": str(shop), "phone": PHONE, "email": "a@x.cn"})
            crypto.use_vault(Vault([old, new]))
            by_phone = await act("members.register", {"shop_id": str(shop), "phone": PHONE})
            by_email = await act("members.register", {"shop_id": str(shop), "email": "a@x.cn"})
            clear = await act("members.unmask", {"customer_id": str(first.customer_id), "reason": "test"})
        finally:
            crypto.use_vault(before)
        assert by_phone.customer_id == by_email.customer_id == first.customer_id
        assert clear.phone == PHONE
        assert len(await rows(admin_conn)) == 1

    async def test_within_one_list(self, runner: Runner, shop, admin_conn) -> None:
        answers = await runner.run_list(
            [
                register(shop, phone=PHONE),
                register(shop, phone=PHONE, ref="17850"),
                register(shop, ref="17850", email="a@x.cn"),
                register(shop, ref="17850", phone="13900000000"),
                register(shop, phone="13900000000"),
            ]
        )
        told = [answer.value for answer in answers]
        assert [each.matched_by for each in told] == [None, MatchedBy.PHONE, MatchedBy.REF, MatchedBy.REF, None]
        assert len({each.customer_id for each in told[:4]}) == 1
        assert told[4].customer_id != told[0].customer_id
        assert [row["ref"] for row in await rows(admin_conn)] == ["17850", None]


class TestRefused:
    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"ref": "B", "phone": PHONE}, SeveralCustomersMatch),
            ({"email": "a@x.cn", "phone": "13700000000"}, EmailTaken),
            ({"name": "张三"}, KnownByNothing),
            ({"ref": None, "phone": ""}, KnownByNothing),
            ({"phone": "12"}, NotAPhone),
            ({"email": "nobody"}, NotAnEmail),
            ({"shop_id": str(new_id()), "ref": "1"}, ShopNotFound),
        ],
    )
    async def test_changes_nothing_and_tells_no_personal_data(self, act, shop, admin_conn, given, refusal) -> None:
        await act("members.register", {"shop_id": str(shop), "ref": "A", "phone": PHONE, "email": "a@x.cn"})
        await act("members.register", {"shop_id": str(shop), "ref": "B", "phone": "13900000000"})
        before = await rows(admin_conn)
        with pytest.raises(refusal):
            await act("members.register", {"shop_id": str(shop), **given})
        assert await rows(admin_conn) == before
        log = await admin_conn.fetch("SELECT input::text || coalesce(output::text, '') AS text FROM action_log")
        for secret in (PHONE, "13900000000", "13700000000", "a@x.cn", "张三"):
            assert all(secret not in row["text"] for row in log)

    async def test_neighbours_of_a_refused_one_are_registered(self, runner: Runner, shops, admin_conn) -> None:
        mine = clerk(shops[0])
        answers = await runner.run_list(
            [
                register(shops[0], mine, ref="1"),
                register(shops[1], mine, ref="1"),
                register(shops[0], mine, phone="no"),
                register(shops[0], mine, ref="2"),
            ]
        )
        assert [type(answer.error) for answer in answers] == [type(None), OutOfScope, NotAPhone, type(None)]
        assert [row["ref"] for row in await rows(admin_conn)] == ["1", "2"]


class TestAtOnce:
    async def test_two_registrations_of_one_phone_make_one_customer(self, db: Database, shop, admin_conn) -> None:
        """Several processes, that is runners, each in a transaction of its own."""
        answers = await asyncio.gather(
            *(Runner(db).run(register(shop, phone=PHONE, email="a@x.cn")) for _ in range(12))
        )
        assert all(answer.error is None for answer in answers)
        assert len({answer.value.customer_id for answer in answers}) == 1
        assert [answer.value.matched_by for answer in answers].count(None) == 1
        assert len(await rows(admin_conn)) == 1
        assert await admin_conn.fetchval("SELECT count(*) FROM events WHERE name LIKE 'members.%'") == 1

    async def test_lists_in_opposite_order(self, db: Database, shop, admin_conn) -> None:
        phones = [f"138{n:08}" for n in range(80)]

        async def run(order: list[str]) -> list[CustomerId]:
            answers = await Runner(db).run_list([register(shop, phone=phone) for phone in order])
            return [answer.unwrap().customer_id for answer in answers]

        told = await asyncio.gather(*(run(order) for order in (phones, phones[::-1]) * 3))
        assert all(ids == told[0][:: 1 if place % 2 == 0 else -1] for place, ids in enumerate(told))
        assert len(await rows(admin_conn)) == 80

    async def test_who_waits_for_another_ones_commit_recognises_the_customer(self, db, shop, admin_conn) -> None:
        async with db.transaction() as tx:
            do = RegisterCustomer(shop_id=shop, phone=PHONE)
            (theirs,) = await service.register(tx, [do])
            assert isinstance(theirs, Registered)
            waiting = asyncio.create_task(Runner(db).run(register(shop, phone=PHONE, ref="17850")))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await store.append(tx)
        answer = await waiting
        assert answer.value.customer_id == theirs.customer_id
        assert [row["ref"] for row in await rows(admin_conn)] == ["17850"]

    async def test_two_references_for_one_customer_at_once(self, act, db: Database, shop, admin_conn) -> None:
        await act("members.register", {"shop_id": str(shop), "phone": PHONE})
        answers = await asyncio.gather(
            *(Runner(db).run(register(shop, phone=PHONE, ref=ref)) for ref in ("1", "2", "1", "2"))
        )
        assert len({answer.unwrap().customer_id for answer in answers}) == 1
        assert [row["version"] for row in await rows(admin_conn)] == [2]
