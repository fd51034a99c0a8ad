"""Coupons: handed out up to the stock, to each buyer so many; codes that nobody guesses; refusals change nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actors import EVERYTHING, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.pricing.contract.coupons import (
    BatchNotOpen,
    BatchOfOtherKind,
    BatchTermsUnfit,
    ClaimWhat,
    Coupon,
    CouponBatchCodeTaken,
    CouponBatchNotFound,
    CouponNotFound,
    CouponNotUsable,
    NoCouponPromotion,
)
from shangmai.modules.pricing.contract.quotas import CouponsGone
from shangmai.modules.pricing.http import routes
from shangmai.modules.pricing.rules.coupons import ALPHABET, code_hash, make_code, plain
from tests.pricing.making import batch, coupon_promotion, customer, prove, publish
from tests.routes import reading
from tests.world import World

CLERK = Actor(id=new_id(), kind="user", name="clerk", grants=frozenset({"pricing.read"}), scopes={"shop": EVERYTHING})


async def claim(world: World, who: Any, **what: Any) -> Any:
    return await world.act("pricing.claim_coupon", {"customer_id": who, **what})


async def wallet(world: World, who: Any) -> list[Any]:
    async with reading(world.db, routes, CLERK) as client:
        answer = await client.get(f"/api/v1/customers/{who}/coupons")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


class TestClaiming:
    async def test_up_to_the_stock_by_any_number_at_once(self, world: World, dsn: str) -> None:
        await batch(world, await coupon_promotion(world), stock=10)
        buyers = [await customer(world, f"C{n}") for n in range(40)]
        async with await Database.connect(dsn, size=5) as db:
            other = World(db)
            told = await asyncio.gather(
                *(claim(world if n % 2 else other, who, batch="B1") for n, who in enumerate(buyers)),
                return_exceptions=True,
            )
        assert sum(isinstance(each, Coupon) for each in told) == 10
        assert sum(isinstance(each, CouponsGone) for each in told) == 30
        assert await world.count("coupons") == 10
        async with reading(world.db, routes, CLERK) as client:
            [listed] = (await client.get("/api/v1/coupon-batches")).json()["items"]
        assert (listed["issued"], listed["stock"]) == (10, 10)
        assert await prove(world.db) == []

    async def test_so_many_for_each_buyer_but_staff_may_give_more(self, world: World) -> None:
        await batch(world, await coupon_promotion(world), per_buyer=2, stock=4)
        who = await customer(world)
        told = await asyncio.gather(*(claim(world, who, batch="B1") for _ in range(5)), return_exceptions=True)
        assert [type(each) for each in told] == [Coupon, Coupon, CouponsGone, CouponsGone, CouponsGone]
        for _ in range(2):
            await world.act("pricing.grant_coupon", {"customer_id": who, "batch": "B1"})
        with pytest.raises(CouponsGone):
            await world.act("pricing.grant_coupon", {"customer_id": who, "batch": "B1"})
        assert [each["status"] for each in await wallet(world, who)] == ["usable"] * 4

    async def test_valid_for_days_from_the_claim_or_within_a_period(self, world: World) -> None:
        promotion = await coupon_promotion(world)
        await batch(world, promotion, valid_days=7)
        later = datetime.now(UTC) + timedelta(days=30)
        await batch(world, promotion, "B2", valid_from=later)
        who = await customer(world)
        mine = await claim(world, who, batch="B1")
        assert mine.valid_to - mine.valid_from == timedelta(days=7)
        assert (await claim(world, who, batch="B2")).status == "not_yet"
        assert [each["status"] for each in await wallet(world, who)] == ["not_yet", "usable"]

    async def test_refusals_change_nothing(self, world: World) -> None:
        promotion, now = await coupon_promotion(world), datetime.now(UTC)
        await batch(world, promotion, "OVER", open_to=now - timedelta(days=1))
        await batch(world, promotion, "SOON", open_from=now + timedelta(days=1))
        await batch(world, promotion, "CODES", kind="codes")
        await batch(world, promotion, "SHUT")
        await world.act("pricing.close_coupon_batch", {"batch": "SHUT"})
        who = await customer(world)
        for what, refusal in (
            ({"batch": "OVER"}, BatchNotOpen),
            ({"batch": "SOON"}, BatchNotOpen),
            ({"batch": "SHUT"}, BatchNotOpen),
            ({"batch": "CODES"}, BatchOfOtherKind),
            ({"batch": "NONE"}, CouponBatchNotFound),
            ({"code": "ABCD-EFGH"}, CouponNotFound),
            ({}, ClaimWhat),
            ({"batch": "CODES", "code": "ABCD"}, ClaimWhat),
        ):
            with pytest.raises(refusal):
                await claim(world, who, **what)
        assert await world.count("coupons") == 0

    async def test_a_buyer_claims_for_oneself_only(self, world: World) -> None:
        await batch(world, await coupon_promotion(world))
        mine, theirs = await customer(world, "C1"), await customer(world, "C2")
        buyer = Actor(
            id=new_id(),
            kind="customer",
            name="x",
            grants=frozenset({"pricing.claim_coupon"}),
            scopes={"member": frozenset({mine})},
        )
        for who, status in ((mine, None), (theirs, 403)):
            answer = await world.answer("pricing.claim_coupon", {"customer_id": who, "batch": "B1"}, actor=buyer)
            assert (answer.error and answer.error.status) == status


class TestGranting:
    async def test_customer_service_gives_coupons_to_customers_of_its_shops(self, world: World) -> None:
        await batch(world, await coupon_promotion(world))
        async with world.db.reading(CLERK) as tx:
            grants = frozenset(await tx.fetchval("SELECT grants FROM roles WHERE code = 'clerk'"))
        who = await customer(world)
        told = []
        for shop in (world.shop_id, new_id()):
            clerk = Actor(id=new_id(), kind="user", name="小李", grants=grants, scopes={"shop": frozenset({shop})})
            told.append(await world.answer("pricing.grant_coupon", {"customer_id": who, "batch": "B1"}, actor=clerk))
        assert told[0].value.status == "usable"
        assert told[1].error is not None
        assert told[1].error.status == 403
        assert await world.count("coupons") == 1


class TestCodes:
    async def test_made_once_found_by_hash_claimed_by_the_first(
        self, world: World, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        await batch(world, await coupon_promotion(world), kind="codes", stock=50, valid_days=3)
        made = await world.act("pricing.make_codes", {"batch": "B1", "count": 50})
        assert len(set(made.codes)) == 50
        with pytest.raises(CouponsGone):
            await world.act("pricing.make_codes", {"batch": "B1", "count": 1})
        stored = await admin_conn.fetchval("SELECT string_agg(t::text, ' ') FROM coupons t")
        logged = await admin_conn.fetchval("SELECT string_agg(t::text, ' ') FROM action_log t")
        assert not any(code in stored or code in logged or plain(code) in stored for code in made.codes)
        mine, theirs = await customer(world, "C1"), await customer(world, "C2")
        code = made.codes[0]
        told: Any = await asyncio.gather(
            claim(world, mine, code=code), claim(world, theirs, code=code.lower()), return_exceptions=True
        )
        first, second = told
        assert isinstance(first, Coupon)
        assert isinstance(second, CouponNotFound)
        assert (first.code_tail, first.customer_id) == (code[-4:], mine)
        assert (await claim(world, mine, code=code)).id == first.id
        assert len(await wallet(world, mine)) == 1
        assert await prove(world.db) == []

    async def test_a_shared_code_hands_out_coupons_of_its_batch(self, world: World) -> None:
        promotion = await coupon_promotion(world)
        await batch(world, promotion, kind="shared", shared_code="SPRING 20", per_buyer=1)
        with pytest.raises(CouponBatchCodeTaken):
            await batch(world, promotion, "B2", kind="shared", shared_code="spring-20")
        who = await customer(world)
        assert isinstance(await claim(world, who, code="spring20"), Coupon)
        with pytest.raises(CouponsGone):
            await claim(world, who, code="SPRING20")

    def test_codes_have_no_letters_that_are_mistaken_for_others(self) -> None:
        assert not set("0O1ILU") & set(ALPHABET)
        letters = iter(ALPHABET)
        code = make_code(lambda alphabet: next(letters))
        assert code == "2345-6789-ABCD-EFGH"
        assert plain(" 2345 6789-abcd.efgh ") == "23456789ABCDEFGH"
        assert code_hash(code) == code_hash("23456789abcdefgh")


class TestBatches:
    async def test_refused_batches_leave_nothing(self, world: World) -> None:
        plain_one, promotion = await publish(world, "PLAIN"), await coupon_promotion(world)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        with pytest.raises(NoCouponPromotion):
            await batch(world, plain_one)
        for more in (
            {"valid_days": 3, "valid_to": at},
            {"valid_from": at, "valid_to": at},
            {"kind": "shared"},
            {"shared_code": "ABCD"},
        ):
            with pytest.raises(BatchTermsUnfit):
                await batch(world, promotion, **more)
        await batch(world, promotion)
        with pytest.raises(CouponBatchCodeTaken):
            await batch(world, promotion)
        assert await world.count("coupon_batches") == 1

    async def test_a_void_coupon_stays_void(self, world: World) -> None:
        await batch(world, await coupon_promotion(world))
        who = await customer(world)
        coupon = await claim(world, who, batch="B1")
        for _ in range(2):
            assert (await world.act("pricing.void_coupon", {"coupon_id": coupon.id})).status == "voided"
        assert [each["status"] for each in await wallet(world, who)] == ["voided"]
        with pytest.raises(CouponNotFound):
            await world.act("pricing.void_coupon", {"coupon_id": new_id()})
        assert CouponNotUsable.status == 409
