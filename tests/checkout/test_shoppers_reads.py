"""What a mall's pages read beside carts: the mall, SKUs by their ids, one's own orders, coupons and points."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.modules.checkout.http import routes as checkout_routes
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.members.http import routes as members_routes
from shangmai.modules.pricing.contract.coupons import ClaimWhat, CouponBatchNotFound, CouponNotFound
from shangmai.modules.pricing.contract.quotas import CouponsGone
from shangmai.modules.pricing.http import routes as pricing_routes
from shangmai.modules.storefront.http import routes as storefront_routes
from tests.checkout.conftest import Mall
from tests.pricing.making import batch, coupon_promotion
from tests.routes import reading
from tests.world import World

ROUTES = [*checkout_routes, *members_routes, *pricing_routes, *storefront_routes]


async def ask(world: World, address: str, actor: Actor, code: int = 200, **params: Any) -> Any:
    async with reading(world.db, ROUTES, actor) as client:
        answer = await client.get(address, params=params)
    assert answer.status_code == code, answer.text
    return answer.json()


async def signed_in(mall: Mall, phone: str = "13800138000") -> Actor:
    """A member as one who has signed in, with the grants of such."""
    member = await mall.member(phone)
    return members.actor_of_customer(member.id, mall.world.shop_id)  # type: ignore[arg-type]


async def test_the_mall_says_what_it_is_called_now(mall: Mall) -> None:
    told = await ask(mall.world, "/api/v1/storefront/mall", GUEST)
    assert (told["id"], told["currency"]) == (str(mall.world.shop_id), "CNY")
    await mall.world.act("organization.rename_shop", {"shop_id": mall.world.shop_id, "name": "新名字"})
    assert (await ask(mall.world, "/api/v1/storefront/mall", GUEST))["name"] == "新名字"


async def test_skus_are_shown_in_the_order_asked_for_and_unknown_ones_left_out(mall: Mall) -> None:
    await mall.world.reader.drain()
    first, second = (str(sku) for sku in mall.world.skus[:2])
    unknown = "01a22193-3ee9-7580-8e72-e8c29023ddcb"
    told = await ask(mall.world, "/api/v1/storefront/skus", GUEST, id=[second, unknown, first, second])
    assert [each["sku_id"] for each in told] == [second, first]
    assert [each["card"]["id"] for each in told] == [each["product_id"] for each in told]
    assert told[0]["card"]["price_minor"] == 2000


async def test_a_product_that_is_no_longer_shown_has_no_card(mall: Mall) -> None:
    await mall.world.reader.drain()
    sku = str(mall.world.skus[0])
    (before,) = await ask(mall.world, "/api/v1/storefront/skus", GUEST, id=[sku])
    await mall.world.act("catalog.delist_product", {"product_id": before["product_id"]})
    await mall.world.reader.drain()
    (after,) = await ask(mall.world, "/api/v1/storefront/skus", GUEST, id=[sku])
    assert (after["name"], after["card"]) == (before["name"], None)


class TestOwnOrders:
    async def test_one_sees_ones_own_and_nobody_elses(self, mall: Mall) -> None:
        me, other = await signed_in(mall), await signed_in(mall, "13900139000")
        mine = [await mall.world.act("checkout.place", mall.wish(1), actor=me) for _ in range(3)]
        await mall.world.act("checkout.place", mall.wish(0, 1), actor=other)
        first = await ask(mall.world, "/api/v1/checkout/orders", me, limit=2)
        rest = await ask(mall.world, "/api/v1/checkout/orders", me, limit=2, cursor=first["next"])
        numbers = [each["number"] for each in (*first["items"], *rest["items"])]
        assert numbers == [placed.number for placed in reversed(mine)]
        assert rest["next"] is None
        assert first["items"][0]["lines"][0]["sku_id"] == str(mall.world.skus[0])
        shown = await ask(mall.world, "/api/v1/checkout/order", GUEST, link=first["items"][0]["link"])
        assert shown["number"] == numbers[0]
        assert (await ask(mall.world, "/api/v1/checkout/orders", me, status="signed"))["items"] == []

    async def test_a_parcel_names_its_carrier_and_tells_nothing_of_costs(self, mall: Mall) -> None:
        placed = await mall.world.act("checkout.place", mall.wish(1), actor=await signed_in(mall))
        order = {"order_id": placed.order_id}
        await mall.world.act(
            "orders.pay", {**order, "amount_minor": placed.total_minor, "method": "bank", "reference": "R1"}
        )
        await mall.world.act("orders.ship", {**order, "carrier": "顺丰", "waybill": "SF100"})
        shown = await ask(mall.world, "/api/v1/checkout/order", GUEST, link=placed.link)
        (parcel,) = shown["parcels"]
        assert parcel.keys() == {"number", "carrier", "waybill", "sent_at", "state", "scans"}
        assert (parcel["carrier"], parcel["waybill"]) == ("顺丰", "SF100")
        assert "cost" not in str(shown)

    async def test_only_customers_have_any(self, mall: Mall) -> None:
        assert (await ask(mall.world, "/api/v1/checkout/orders", GUEST, 403))["code"] == "kernel.NotGranted"
        assert (await ask(mall.world, "/api/v1/checkout/orders", SYSTEM, 403))["code"] == "members.CustomerNeeded"


class TestOwnCoupons:
    async def test_a_shopper_takes_what_is_open_and_finds_it_in_the_wallet(self, mall: Mall) -> None:
        me = await signed_in(mall)
        promotion = await coupon_promotion(mall.world)
        await batch(mall.world, promotion, stock=5, per_buyer=1, name_en="Ten off", valid_days=30)
        shop_id = str(mall.world.shop_id)
        (told,) = await ask(mall.world, "/api/v1/coupons/open", GUEST, shop_id=shop_id)
        assert (told["batch"], told["left"], told["per_buyer"], told["valid_days"]) == ("B1", 5, 1, 30)
        await mall.world.act("pricing.claim_own_coupon", {"batch": "B1"}, actor=me)
        with pytest.raises(CouponsGone):
            await mall.world.act("pricing.claim_own_coupon", {"batch": "B1"}, actor=me)
        (told,) = await ask(mall.world, "/api/v1/coupons/open", GUEST, shop_id=shop_id)
        assert told["left"] == 4
        (kept,) = (await ask(mall.world, "/api/v1/customer/coupons", me))["items"]
        assert (kept["name"], kept["status"]) == ("B1", "usable")

    async def test_what_is_for_staff_to_give_cannot_be_taken(self, mall: Mall) -> None:
        me = await signed_in(mall)
        await batch(mall.world, await coupon_promotion(mall.world), stock=5)
        assert await ask(mall.world, "/api/v1/coupons/open", GUEST, shop_id=str(mall.world.shop_id)) == []
        for given, refusal in (
            ({"batch": "B1"}, CouponBatchNotFound), ({}, ClaimWhat), ({"code": "NOSUCHCODE"}, CouponNotFound),
        ):  # fmt: skip
            with pytest.raises(refusal):
                await mall.world.act("pricing.claim_own_coupon", given, actor=me)
        with pytest.raises(CustomerNeeded):
            await mall.world.act("pricing.claim_own_coupon", {"batch": "B1"})
        assert await mall.world.count("coupons") == 0

    async def test_what_is_gone_or_closed_is_not_shown(self, mall: Mall) -> None:
        me, promotion = await signed_in(mall), await coupon_promotion(mall.world)
        await batch(mall.world, promotion, stock=1, per_buyer=1)
        await batch(mall.world, promotion, "B2", per_buyer=1)
        await mall.world.act("pricing.claim_own_coupon", {"batch": "B1"}, actor=me)
        await mall.world.act("pricing.close_coupon_batch", {"batch": "B2"})
        assert await ask(mall.world, "/api/v1/coupons/open", GUEST, shop_id=str(mall.world.shop_id)) == []


async def test_points_are_ones_own(mall: Mall) -> None:
    me = await signed_in(mall)
    assert (await ask(mall.world, "/api/v1/customer/points", me))["available"] == 0
    assert (await ask(mall.world, "/api/v1/customer/points", SYSTEM, 403))["code"] == "members.CustomerNeeded"
