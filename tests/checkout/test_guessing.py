"""Who guesses coupon codes must wait; who shares the shop, or even the address, with them need not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shangmai.apps.api import create_app, default_authenticator
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import GUEST, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.settings import Settings
from shangmai.modules.checkout.contract.placing import LookupNotPreviewed
from shangmai.modules.pricing.contract.coupons import CodesNotPreviewed, CouponCodesThrottled, CouponNotFound
from tests.checkout.conftest import Mall
from tests.doors.conftest import living
from tests.pricing.making import batch, coupon_promotion

OFF_1 = {"kind": "amount_off", "tiers": [{"at": 100, "off": 100}]}
HERE, THERE = "203.0.113.7", "198.51.100.8"


class Guessing:
    """A shop with one good code, `GOOD1`, and wrong ones without end."""

    def __init__(self, mall: Mall) -> None:
        self.mall, self.world, self.wrong = mall, mall.world, 0

    async def open(self) -> Guessing:
        promotion = await coupon_promotion(self.world, benefit=OFF_1)
        await batch(self.world, promotion, kind="shared", shared_code="GOOD1")
        self.clock = ManualClock(self.world.db.clock.now())
        self.world.db.clock = self.clock
        return self

    def codes(self, code: str | None) -> list[dict[str, str]]:
        self.wrong += code is None
        return [{"code": code or f"WRONG{self.wrong}"}]

    async def place(self, actor: Actor, source: str, code: str | None = None, **more: Any) -> Any:
        """Order with a code, a wrong one unless told; the refusal, if any."""
        total = 900 if code else 1000
        given = self.mall.wish(1, coupons=self.codes(code), **{"expected_total_minor": total, **more})
        do = read_input(ACTIONS["checkout.place"], given)
        call = Call(action="checkout.place", input=do, actor=actor, door="test", source=source)
        return (await self.world.runner.run(call)).error

    async def guess(self, actor: Actor, source: str, times: int) -> None:
        for _ in range(times):
            assert isinstance(await self.place(actor, source), CouponNotFound)


@pytest_asyncio.fixture
async def guessing(mall: Mall) -> Guessing:
    return await Guessing(mall).open()


async def test_a_customer_waits_alone(guessing: Guessing) -> None:
    first, second = await guessing.mall.member(), await guessing.mall.member("13900139000")
    await guessing.guess(first, HERE, 10)
    told = await guessing.place(first, HERE)
    assert isinstance(told, CouponCodesThrottled)
    assert (told.status, told.data["retry_after_s"]) == (429, 10)
    assert isinstance(await guessing.place(first, THERE, "GOOD1"), CouponCodesThrottled), "wherever from, also if right"
    assert await guessing.place(second, HERE, "GOOD1") is None
    assert await guessing.place(GUEST, HERE, "GOOD1") is None
    assert await guessing.mall.world.count("orders") == 2
    guessing.clock.advance(seconds=10)
    assert await guessing.place(first, HERE, "GOOD1") is None
    await guessing.guess(first, HERE, 1)
    again = await guessing.place(first, HERE)
    assert again.data["retry_after_s"] == 20, "it doubles"


async def test_guests_share_their_address_and_nothing_else(guessing: Guessing) -> None:
    await guessing.guess(GUEST, HERE, 40)
    assert isinstance(await guessing.place(GUEST, HERE, "GOOD1"), CouponCodesThrottled)
    assert await guessing.place(GUEST, THERE, "GOOD1") is None
    assert await guessing.place(await guessing.mall.member(), HERE, "GOOD1") is None
    placed = await guessing.mall.place(1)
    assert placed.total_minor == 1000, "whoever types no code is never asked to wait"


async def test_many_guesses_at_once_are_all_counted(guessing: Guessing) -> None:
    member = await guessing.mall.member()
    told = await asyncio.gather(*(guessing.place(member, HERE) for _ in range(30)))
    assert sum(isinstance(each, CouponNotFound) for each in told) == 10
    assert sum(isinstance(each, CouponCodesThrottled) for each in told) == 20


async def test_a_claim_is_a_guess_as_well(guessing: Guessing) -> None:
    member = await guessing.mall.member()
    claimer = Actor(
        id=member.id, kind="customer", name="c", grants=frozenset({"pricing.claim_coupon"}), scopes=member.scopes
    )
    for n in range(10):
        with pytest.raises(CouponNotFound):
            await guessing.world.act(
                "pricing.claim_coupon", {"customer_id": member.id, "code": f"WRONG{n}"}, actor=claimer
            )
    with pytest.raises(CouponCodesThrottled):
        await guessing.world.act("pricing.claim_coupon", {"customer_id": member.id, "code": "GOOD1"}, actor=claimer)
    assert isinstance(await guessing.place(member, HERE, "GOOD1"), CouponCodesThrottled)


async def test_a_preview_tries_no_codes(guessing: Guessing) -> None:
    for code in ("GOOD1", "WRONG"):
        given = guessing.mall.wish(1, coupons=[{"code": code}])
        answer = await guessing.world.answer("checkout.place", given, actor=GUEST, dry_run=True)
        assert isinstance(answer.error, CodesNotPreviewed)
    asked = {"number": "SO20260101-000001", "phone": "13812345678"}
    answer = await guessing.world.answer("checkout.find_order", asked, actor=GUEST, dry_run=True)
    assert isinstance(answer.error, LookupNotPreviewed)


class TestOverHttp:
    @asynccontextmanager
    async def shoppers(self, dsn: str) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
        app = create_app(Settings(database_url=dsn, lang="en", pool_size=4), default_authenticator())
        here, there = (httpx.ASGITransport(app, client=(each, 1)) for each in (HERE, THERE))  # type: ignore[arg-type]
        async with (
            living(app),
            httpx.AsyncClient(transport=here, base_url="http://test") as first,
            httpx.AsyncClient(transport=there, base_url="http://test") as second,
        ):
            app.state.db.clock = self.clock
            yield first, second

    async def test_quotes_are_guarded_and_say_when(self, guessing: Guessing, dsn: str) -> None:
        lines = [{"sku_id": str(guessing.world.skus[0]), "qty": 1}]
        ask = {"shop_id": str(guessing.world.shop_id), "lines": lines}
        self.clock = guessing.clock  # it stands still: however long the requests take, the wait is ten seconds
        async with self.shoppers(dsn) as (first, second):
            for n in range(40):
                told = await first.post("/api/v1/checkout/quote", json={**ask, "coupons": [{"code": f"WRONG{n}"}]})
                assert told.json()["code"] == "pricing.CouponNotFound"
            good = {**ask, "coupons": [{"code": "GOOD1"}]}
            for path in ("quote", "cart"):
                told = await first.post(f"/api/v1/checkout/{path}", json=good)
                assert (told.status_code, told.json()["code"]) == (429, "pricing.CouponCodesThrottled")
                assert told.headers["retry-after"] == "10"
            placed = await first.post(
                "/api/v1/actions/checkout.place",
                json={**good, "receiver": guessing.mall.wish(1)["receiver"], "expected_total_minor": 900},
            )
            assert placed.status_code == 429
            assert (await first.post("/api/v1/checkout/quote", json=ask)).json()["total_minor"] == 1000
            assert (await second.post("/api/v1/checkout/quote", json=good)).json()["total_minor"] == 900
