"""Races that shops have lost, by real connections: stock, coupon, gift, cart (ACIDRain, Warszawski & Bailis 2017);

and prices that the caller would like to set.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Answer, Call, KeyReused
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.checkout.contract.carts import CartChanged
from shangmai.modules.checkout.contract.placing import CheckoutPriceChanged
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.pricing.contract.coupons import CouponNotUsable
from shangmai.modules.pricing.contract.quotas import CouponUsed, PromotionUsedUp
from tests.checkout.conftest import Mall
from tests.pricing.making import batch, coupon_promotion, publish

PROCESSES = 4


async def race(mall: Mall, name: str, wishes: list[tuple[Actor, dict[str, Any]]]) -> list[Answer]:
    """All calls at once, each with a key of its own, spread over processes with connections of their own."""
    spec, runners = ACTIONS[name], [Runner(mall.world.db) for _ in range(PROCESSES)]
    calls = [
        Call(action=name, input=read_input(spec, wish), actor=actor, door="test", key=str(new_id()))
        for actor, wish in wishes
    ]
    return list(await asyncio.gather(*(runners[n % PROCESSES].run(call) for n, call in enumerate(calls))))


def outcomes(answers: list[Answer]) -> tuple[int, set[type]]:
    """How many went through, and how the others were refused."""
    refused = {type(answer.error) for answer in answers if answer.error is not None}
    return sum(answer.error is None for answer in answers), refused


class TestStock:
    async def test_two_hundred_checkouts_for_fifty_pieces(self, mall: Mall) -> None:
        last = await mall.world.make_sku("LAST", 1000)
        await mall.list_sku(last)
        await mall.world.receive({last: 50})
        wish = mall.wish(lines=[{"sku_id": last, "qty": 1}], expected_total_minor=1000)
        assert outcomes(await race(mall, "checkout.place", [(GUEST, wish)] * 200)) == (50, {OutOfStock})
        assert await mall.world.count("checkout_orders") == 50
        assert await mall.world.faults() == []


class TestCoupons:
    async def test_one_coupon_pays_for_one_order(self, mall: Mall) -> None:
        member = await mall.member()
        promotion = await coupon_promotion(
            mall.world, benefit={"kind": "amount_off", "tiers": [{"at": 1000, "off": 500}]}
        )
        await batch(mall.world, promotion)
        granted = await mall.world.act("pricing.grant_coupon", {"batch": "B1", "customer_id": member.id})
        coupon = granted.id if hasattr(granted, "id") else granted.coupon_id
        wish = mall.wish(1, expected_total_minor=500, coupons=[{"coupon_id": coupon}])
        through, refused = outcomes(await race(mall, "checkout.place", [(member, wish)] * 8))
        assert through == 1
        assert refused <= {CouponUsed, CouponNotUsable, CheckoutPriceChanged, PromotionUsedUp}
        assert await mall.world.stock_of(0) == (100, 1)
        assert await mall.world.faults() == []


class TestGifts:
    async def test_no_more_gifts_than_there_are(self, mall: Mall) -> None:
        gift = await mall.world.make_sku("GIFT", 100)
        await mall.world.receive({gift: 3})
        benefit = {"kind": "gift", "tiers": [{"at": 1000, "items": [{"sku_id": gift, "qty": 1}]}]}
        await publish(mall.world, "ZP", layer="order", benefit=benefit)
        answers = await race(mall, "checkout.place", [(GUEST, mall.wish(1))] * 12)
        assert sum(answer.error is None for answer in answers) >= 3
        async with mall.world.db.reading(SYSTEM) as tx:
            given = await tx.fetchval("SELECT coalesce(sum(qty), 0)::int FROM order_lines WHERE sku_id = $1", gift)
        assert given == 3
        assert await mall.world.faults() == []


class TestCarts:
    async def test_what_is_put_in_while_it_is_placed_is_not_had_for_nothing(self, mall: Mall) -> None:
        """The classic: pay for a cheap cart, and slip a dear thing in before it is ordered."""
        token = mall.token()
        await mall.set(token, 1)
        place = mall.wish(cart_token=token, cart_version=1, expected_total_minor=1000)
        slip = {
            "shop_id": mall.world.shop_id,
            "cart_token": token,
            "lines": [{"sku_id": mall.world.skus[2], "qty": 9}],
        }
        placed, _ = await asyncio.gather(
            race(mall, "checkout.place", [(GUEST, place)]), race(mall, "checkout.add_to_cart", [(GUEST, slip)])
        )
        through, refused = outcomes(placed)
        assert (through, refused) in ((1, set()), (0, {CartChanged}))
        view = await mall.view(token)
        assert (9 in [line.qty for line in view.lines]) is True
        assert await mall.world.stock_of(2) == (100, 0)

    async def test_a_cart_that_is_merged_and_placed_at_once_is_ordered_once(self, mall: Mall) -> None:
        member, token = await mall.member(), mall.token()
        await mall.set(token, 2)
        place = mall.wish(cart_token=token, cart_version=1, expected_total_minor=2000)
        merge = {"shop_id": mall.world.shop_id, "cart_token": token}
        placed, merged = await asyncio.gather(
            race(mall, "checkout.place", [(GUEST, place)]), race(mall, "checkout.merge_cart", [(member, merge)])
        )
        through, refused = outcomes(placed)
        own = await mall.view(actor=member)
        assert outcomes(merged)[0] == 1
        assert (through, sum(line.qty for line in own.lines)) in ((1, 0), (0, 2)), refused
        assert await mall.world.stock_of(0) == (100, 2 * through)


class TestPrices:
    """No field takes a price, so what is sent besides changes nothing; a total is only ever compared."""

    @pytest.mark.parametrize(
        "more",
        [
            {"unit_price": "0.01"},
            {"price_minor": 1},
            {"amount_minor": 1, "offer": {"price_minor": 1}},
        ],
    )
    async def test_a_line_has_the_shops_price(self, mall: Mall, more: dict[str, Any]) -> None:
        placed = await mall.place(
            lines=[{"sku_id": str(mall.world.skus[0]), "qty": 1, **more}], expected_total_minor=1000
        )
        assert placed.total_minor == 1000

    @pytest.mark.parametrize("total", [0, 1, 999, 1001])
    async def test_another_total_is_refused(self, mall: Mall, total: int) -> None:
        with pytest.raises(CheckoutPriceChanged):
            await mall.place(1, expected_total_minor=total)
        assert await mall.world.count("orders") == 0

    @pytest.mark.parametrize("qty", [0, -1, 10_000])
    async def test_no_line_is_negative_or_nothing(self, mall: Mall, qty: int) -> None:
        with pytest.raises(Exception, match="lines"):
            await mall.place(lines=[{"sku_id": str(mall.world.skus[0]), "qty": qty}], expected_total_minor=0)

    async def test_freight_can_not_be_wished_away(self, mall: Mall) -> None:
        zones = [{"first": 1000, "first_minor": 800}]
        given = {"shop_id": mall.world.shop_id, "code": "KD", "name": "快递", "basis": "weight", "zones": zones}
        await mall.world.act("logistics.save_freight_template", given)
        for region in (None, "310115"):
            with pytest.raises(CheckoutPriceChanged):
                await mall.place(1, region=region, expected_total_minor=1000)
        assert (await mall.place(1, expected_total_minor=1800)).total_minor == 1800

    async def test_a_guest_gets_no_price_of_a_member(self, mall: Mall) -> None:
        member = await mall.member()
        await mall.world.act("members.set_level", {"customer_id": member.id, "level": "gold"})
        levels = {"kind": "member_price", "levels": [{"level": "gold", "off_bp": 1000}]}
        await publish(mall.world, "VIP", layer="price", benefit=levels)
        assert (await mall.place(1, actor=member, expected_total_minor=900)).total_minor == 900
        with pytest.raises(CheckoutPriceChanged):
            await mall.place(1, expected_total_minor=900)


class TestGuestsKeys:
    """All guests are one actor, so a key that is guessed or overheard must not open what another guest was told."""

    @staticmethod
    async def place(mall: Mall, key: str, wish: dict[str, Any]) -> Answer:
        do = read_input(ACTIONS["checkout.place"], wish)
        return await Runner(mall.world.db).run(
            Call(action="checkout.place", input=do, actor=GUEST, door="test", key=key)
        )

    async def test_anothers_key_opens_nothing(self, mall: Mall) -> None:
        key, theirs = str(new_id()), mall.wish(1)
        first = await self.place(mall, key, theirs)
        placed = first.unwrap()
        for change in ({"note": "x"}, {"receiver": {**theirs["receiver"], "phone": "13900139000"}}):
            guessed = await self.place(mall, key, theirs | change)
            assert isinstance(guessed.error, KeyReused)
            assert (guessed.value, guessed.log_id, guessed.encoded) == (None, None, b"null")
            assert placed.number not in str(guessed.error.to_wire("en"))
        assert await mall.world.count("checkout_orders") == 1

        again = await self.place(mall, key, theirs)
        assert again.replayed
        assert again.unwrap() == placed

    async def test_nor_when_both_come_at_once(self, mall: Mall) -> None:
        key, theirs = str(new_id()), mall.wish(1)
        answers = await asyncio.gather(*(self.place(mall, key, theirs | {"note": f"guest {n}"}) for n in range(8)))
        assert outcomes(list(answers)) == (1, {KeyReused})
        assert await mall.world.count("checkout_orders") == 1
