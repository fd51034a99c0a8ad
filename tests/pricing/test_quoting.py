"""Asking what an order would cost: over HTTP, changing nothing, equal to what placing comes to."""

from __future__ import annotations

from typing import Any

import asyncpg

from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.orders.http import routes
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.pricing import service
from shangmai.modules.pricing.contract.policy import Leftover, Policy
from tests.pricing.making import batch, coupon_promotion, customer, publish
from tests.routes import reading
from tests.world import World

CLERK = Actor(id=new_id(), kind="user", name="clerk", grants=frozenset({"orders.place"}), scopes={"shop": EVERYTHING})


async def quote(world: World, wish: dict[str, Any], actor: Actor = CLERK) -> tuple[int, Any]:
    lines = [{**line, "sku_id": str(line["sku_id"])} for line in wish["lines"]]
    body = {**wish, "shop_id": str(wish["shop_id"]), "lines": lines}
    async with reading(world.db, routes, actor) as client:
        answer = await client.post("/api/v1/orders/quote", json=body)
    return answer.status_code, answer.json()


class TestPreview:
    async def test_it_says_what_placing_comes_to_and_changes_nothing(
        self, world: World, admin_conn: asyncpg.Connection[Any]
    ) -> None:
        await publish(world, limits={"uses_total": 1})
        more = {"kind": "amount_off", "basis": "list", "tiers": [{"at": 20000, "off": 9000}]}
        await publish(world, "MORE", layer="platform", benefit=more)
        before = await admin_conn.fetchval("SELECT count(*) FROM action_log")
        status, told = await quote(world, world.wish(10))
        assert (status, told["totals"]["payable_minor"], told["proven"]) == (200, 7000, True)
        assert [each["code"] for each in told["applied"]] == ["P1"]
        [refused] = told["refused"]
        assert (refused["code"], refused["why"], refused["missing"]["missing_minor"]) == (
            "MORE", "below_threshold", 10000
        )  # fmt: skip
        assert await admin_conn.fetchval("SELECT count(*) FROM action_log") == before
        order = await world.place(10, expected_total_minor=told["totals"]["payable_minor"])
        assert order.total_minor == 7000
        status, told = await quote(world, world.wish(10))
        whys = {each["code"]: each["why"] for each in told["refused"]}
        assert (told["totals"]["payable_minor"], whys["P1"]) == (10000, "used_up")

    async def test_without_anything_in_force_goods_cost_their_own_price(self, world: World) -> None:
        status, told = await quote(world, world.wish(1, 2))
        assert (status, told["totals"]["payable_minor"], told["applied"]) == (200, 5000, [])

    async def test_who_may_not_see_the_shop_is_told_nothing(self, world: World) -> None:
        stranger = Actor(
            id=new_id(), kind="user", name="x", grants=CLERK.grants, scopes={"shop": frozenset({new_id()})}
        )
        assert (await quote(world, world.wish(1), stranger))[0] == 403

    async def test_refusals_name_what_to_do(self, world: World) -> None:
        wish = world.wish(1)
        wish["lines"][0]["unit_price"] = "1"
        status, told = await quote(world, wish)
        assert (status, told["code"]) == (422, "orders.NothingToQuote")
        status, told = await quote(world, world.wish(1, coupons=[{"code": "NOSUCHCODE"}]))
        assert (status, told["code"]) == (404, "pricing.CouponNotFound")

    async def test_a_clerk_of_one_shop_leaves_the_memory_whole(self, world: World) -> None:
        """Promotions of other shops are hidden from the clerk; what the process remembers must have them."""
        await publish(world, scope={"shops": [str(world.shop_id)]})
        stranger_to_all = Actor(
            id=new_id(),
            kind="user",
            name="x",
            grants=frozenset({"pricing.read"}),
            scopes={"shop": frozenset({new_id()})},
        )
        async with world.db.reading(stranger_to_all) as tx:
            assert await service.is_anything_in_force(tx)
        assert (await world.place(10)).total_minor == 7000


class TestWhoPays:
    async def test_a_member_level_and_paid_orders_count(self, world: World) -> None:
        await publish(world, "NEW", condition="buyer_known and buyer_orders_paid == 0")
        await publish(
            world,
            "GOLD",
            layer="price",
            benefit={"kind": "member_price", "levels": [{"level": "gold", "off_bp": 1000}]},
        )
        who = await customer(world)
        first = await world.place(10, customer_id=who)
        assert first.total_minor == 7000
        await world.pay(first)
        assert (await world.place(10, customer_id=who)).total_minor == 10000
        await world.act("members.set_level", {"customer_id": who, "level": "gold"})
        assert (await world.place(10, customer_id=who)).total_minor == 9000

    async def test_funders_are_added_up_to_the_cent(self, world: World) -> None:
        funders = [{"funder": "shop", "share_bp": 3333}, {"funder": "platform", "party": "淘宝", "share_bp": 6667}]
        await publish(world, funders=funders)
        detail = await world.detail(await world.place(1, 1, 3))
        steps = [step for line in detail.quote.lines for step in line.steps]
        assert sum(step.amount_minor for step in steps) == 3000
        assert all(sum(each.amount_minor for each in step.funders) == step.amount_minor for step in steps)
        assert sum(each.amount_minor for each in detail.quote.totals.funders) == 3000

    async def test_a_companys_policy_decides_who_gets_the_odd_cent(self, world: World) -> None:
        ten_off = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 1000}]}
        await publish(world, benefit=ten_off)
        line = {"sku_id": world.skus[0], "qty": 1}
        wish = {"shop_id": world.shop_id, "lines": [line] * 3}
        paid = []
        for leftover in ("first", "last"):
            given = {"company_id": world.company_id, "policy": {"leftover": leftover}}
            await world.act("pricing.set_policy", given)
            detail = await world.detail(await world.act("orders.place", wish))
            paid.append([each.paid_minor for each in detail.quote.lines])
        assert paid == [[666, 667, 667], [667, 667, 666]]
        async with world.db.reading(SYSTEM) as tx:
            assert await service.policy_of(tx, CompanyId(world.company_id)) == Policy(leftover=Leftover.LAST)


async def test_ten_thousand_unused_coupons_cost_a_quote_nothing(world: World, db: Database) -> None:
    await batch(world, await coupon_promotion(world), kind="codes")
    await world.act("pricing.make_codes", {"batch": "B1", "count": 10_000})
    status, told = await quote(world, world.wish(10))
    assert (status, told["totals"]["payable_minor"], told["refused"]) == (200, 10000, [])


class TestNeverBelowCost:
    async def guard(self, world: World) -> None:
        policy = {"never_below_cost": True}
        await world.act("pricing.set_policy", {"company_id": world.company_id, "policy": policy})

    async def test_a_line_stops_at_its_moving_average(self, world: World) -> None:
        """Goods at 10.00 that came in at 6.00 and 7.01: 100 and 50 pieces, so 6.3367, rounded up, for a piece."""
        await world.receive({world.skus[0]: 50}, 701)
        await publish(world, benefit={"kind": "percent_off", "tiers": [{"at": 1, "off": 9_000}]})
        assert (await world.place(2)).total_minor == 200
        await self.guard(world)
        order = await world.place(2)
        line = (await world.detail(order)).quote.lines[0]
        assert (order.total_minor, line.floor_minor, line.paid_minor) == (1268, 1268, 1268)
        assert await world.faults() == []

    async def test_a_kit_costs_what_is_in_it(self, world: World) -> None:
        parts = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
        kit = await world.make_sku("KIT", 3_000, kind="kit", components=parts)
        await publish(world, benefit={"kind": "percent_off", "tiers": [{"at": 1, "off": 9_000}]})
        await self.guard(world)
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 1}]})
        assert order.total_minor == 3 * 600

    async def test_goods_that_are_yet_to_come_in_have_no_cost(self, world: World) -> None:
        new = await world.make_sku("NEW", 1_000)
        await publish(world, benefit={"kind": "percent_off", "tiers": [{"at": 1, "off": 9_000}]})
        await self.guard(world)
        _, told = await quote(world, {"shop_id": world.shop_id, "lines": [{"sku_id": new, "qty": 1}]})
        assert (told["totals"]["payable_minor"], told["lines"][0].get("floor_minor", 0)) == (100, 0)


async def test_a_drawn_gift_is_the_one_that_was_previewed(world: World) -> None:
    gifts = [await world.make_sku(f"G{n}", 500) for n in range(1, 6)]
    await world.receive(dict.fromkeys(gifts, 40))
    tiers = [{"at": 1000, "items": [{"sku_id": str(gift), "value_minor": 500} for gift in gifts]}]
    await publish(world, layer="order", benefit={"kind": "gift", "pick": "drawn", "tiers": tiers})
    drawn = set()
    for n in range(1, 31):  # by the customer's id, which is another each time: thirty do not all get one of five
        wish = world.wish(1, customer_id=str(await customer(world, f"D{n}")))
        told = [(await quote(world, wish, SYSTEM))[1]["gifts"][0]["sku_id"] for _ in range(2)]
        order = await world.act("orders.place", wish)
        given = (await world.detail(order)).quote.gifts[0].sku_id
        assert told == [str(given)] * 2
        drawn.add(given)
        if n >= 6 and len(drawn) > 1:
            break
    assert len(drawn) > 1
