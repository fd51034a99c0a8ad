"""Orders at promotional prices: the trace frozen, limits kept, used and given back once, refusals without a trace."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import CouponsNeedListPrices, Order, PriceChange, PriceChanged
from shangmai.modules.pricing.contract.coupons import CouponNotFound, CouponNotUsable
from shangmai.modules.pricing.contract.quotas import CouponUsed, PromotionUsedUp
from shangmai.modules.pricing.queries import coupons
from tests.pricing.making import batch, coupon_promotion, customer, limits_of, publish
from tests.world import World


def paid_of(detail: Any) -> list[tuple[int, int]]:
    """Each line's list and paid amount."""
    return [(line.list_minor, line.paid_minor) for line in detail.quote.lines]


class TestOnChange:
    """What the buyer was shown is no longer the price."""

    async def test_it_is_refused_unless_told_otherwise(self, world: World) -> None:
        await publish(world, limits={"uses_total": 1})
        await world.place(10)
        with pytest.raises(PriceChanged):
            await world.place(10, expected_total_minor=7000)
        assert await world.count("orders") == 1

    async def test_requoted_it_is_placed_and_says_what_changed(self, world: World) -> None:
        await publish(world, limits={"uses_total": 1})
        first = await world.place(10, expected_total_minor=7000, on_change="requote")
        assert (first.total_minor, first.price_change) == (7000, None)
        second = await world.place(10, expected_total_minor=7000, on_change="requote")
        assert second.total_minor == 10000
        assert second.price_change == PriceChange(expected_minor=7000, total_minor=10000)
        assert await world.faults() == []

    async def test_of_three_at_once_two_pay_the_new_price(self, world: World, dsn: str) -> None:
        """Two connections; those that wait for the last use are priced anew when it is gone."""
        promotion = await publish(world, limits={"uses_total": 1, "budget_minor": 9000})
        async with await Database.connect(dsn, size=4) as db:
            worlds = (world, World(db))
            wish = world.wish(10, on_change="requote")
            answers = await asyncio.gather(*(worlds[n % 2].answer("orders.place", wish) for n in range(6)))
        placed = sorted((answer.unwrap() for answer in answers), key=lambda order: order.total_minor)
        assert [order.total_minor for order in placed] == [7000] + [10000] * 5
        assert placed[0].price_change is None
        told = [order.price_change for order in placed[1:]]
        assert {change and change.used_up for change in told} <= {None, (promotion.id,)}
        assert any(told), "some were priced before the use was gone"
        assert await limits_of(world.db, promotion) == {"uses": (0, 1, 0), "budget": (0, 3000, 6000)}
        assert await world.faults() == []


class TestTrace:
    async def test_without_promotions_there_is_none(self, world: World) -> None:
        order = await world.place(2)
        detail = await world.detail(order)
        assert (order.total_minor, order.quoted, detail.quote) == (2000, False, None)

    async def test_every_line_shows_list_steps_and_paid(self, world: World) -> None:
        promotion = await publish(world)
        order = await world.place(4, 4, 1)  # 40 + 80 + 30
        detail = await world.detail(order)
        assert (order.total_minor, order.goods_minor, order.quoted) == (12000, 12000, True)
        assert paid_of(detail) == [(4000, 3200), (8000, 6400), (3000, 2400)]
        assert [line.amount_minor for line in detail.lines] == [3200, 6400, 2400]
        [step] = detail.quote.lines[0].steps
        assert (step.promotion_id, step.version, step.amount_minor) == (promotion.id, 1, 800)
        assert [(each.funder, each.amount_minor) for each in detail.quote.totals.funders] == [("shop", 3000)]
        assert await world.faults() == []

    async def test_a_price_list_sets_the_list_price(self, world: World) -> None:
        await world.act("pricing.create_price_list", {"code": "L", "name": "L", "kind": "base", "currency": "CNY"})
        given = {"price_list": "L", "sku_id": world.skus[0], "price_minor": 900, "min_qty": 2}
        await world.act("pricing.set_prices", given)
        assert [(await world.place(n)).total_minor for n in (1, 2)] == [1000, 1800]
        order = await world.place(3)
        line = (await world.detail(order)).quote.lines[0]
        assert (line.unit_list_minor, line.price.list_code, line.price.rule) == (900, "L", "sku ≥2")
        assert await world.faults() == []

    async def test_what_was_placed_stays_when_the_promotion_changes(self, world: World) -> None:
        promotion = await publish(world)
        order = await world.place(10)
        before = await world.detail(order)
        await world.act("pricing.end_promotion", {"promotion_id": promotion.id})
        await world.pay(order)
        after = await world.detail(order)
        assert (before.quote, before.lines) == (after.quote, after.lines)
        assert (await world.place(10)).total_minor == 10000

    async def test_own_prices_take_no_part(self, world: World) -> None:
        await publish(world)
        line = {"sku_id": world.skus[0], "qty": 20, "unit_price": "10"}
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [line]})
        assert (order.total_minor, order.quoted) == (20000, False)
        with pytest.raises(CouponsNeedListPrices):
            await world.act("orders.place", {"shop_id": world.shop_id, "lines": [line], "coupons": [{"code": "ABCD"}]})

    async def test_freight_goes_down_with_free_shipping(self, world: World) -> None:
        await publish(world, layer="shipping", benefit={"kind": "free_shipping", "threshold": {"at": 5000}})
        freight = {"kind": "freight", "title": "运费", "unit_price": "8"}
        for qty, total in ((4, 4800), (5, 5000)):
            wish = world.wish(qty)
            order = await world.act("orders.place", {**wish, "lines": [*wish["lines"], freight]})
            assert (order.total_minor, order.freight_minor) == (total, total - qty * 1000)
        assert await world.faults() == []

    async def test_a_gift_is_a_line_of_its_own_while_there_is_stock(self, world: World) -> None:
        gift = await world.make_sku("GIFT", 500)
        await world.receive({gift: 1})
        tiers = [{"at": 5000, "items": [{"sku_id": str(gift), "value_minor": 500}]}]
        await publish(world, layer="order", benefit={"kind": "gift", "tiers": tiers})
        first = await world.detail(await world.place(5))
        assert [(line.sku_id, line.qty, line.amount_minor) for line in first.lines] == [
            (world.skus[0], 5, 5000), (gift, 1, 0)
        ]  # fmt: skip
        second = await world.detail(await world.place(5))
        assert len(second.lines) == 1
        assert await world.faults() == []

    async def test_the_total_shown_is_the_total_paid_or_nothing(self, world: World) -> None:
        await publish(world)
        with pytest.raises(PriceChanged):
            await world.place(10, expected_total_minor=10000)
        assert (await world.place(10, expected_total_minor=7000)).total_minor == 7000
        assert await world.count("orders") == 1


class TestLimits:
    async def test_a_hundred_buyers_for_ten_uses(self, world: World, dsn: str) -> None:
        promotion = await publish(world, limits={"uses_total": 10})
        await world.receive({world.skus[0]: 2000})
        async with await Database.connect(dsn, size=10) as db:
            other = World(db)
            wish = world.wish(10, expected_total_minor=7000)
            told = await asyncio.gather(*((world if n % 2 else other).answer("orders.place", wish) for n in range(100)))
        orders = [each.value for each in told if each.error is None]
        refused = {type(each.error) for each in told if each.error is not None}
        assert len(orders) == 10
        assert refused <= {PromotionUsedUp, PriceChanged}
        assert await limits_of(world.db, promotion) == {"uses": (0, 10, 0)}
        assert await world.stock_of(0) == (2100, 100)
        assert (await world.place(10)).total_minor == 10000
        assert await world.faults() == []

    async def test_used_when_paid_and_given_back_once_when_canceled(self, world: World) -> None:
        promotion = await publish(world, limits={"uses_total": 2, "budget_minor": 9000})
        first, second = await world.place(10), await world.place(10)
        assert await limits_of(world.db, promotion) == {"uses": (0, 2, 0), "budget": (0, 6000, 3000)}
        await world.pay(first, 3000)
        assert (await limits_of(world.db, promotion))["uses"] == (0, 2, 0)
        await world.pay(await self.again(world, first))
        assert await limits_of(world.db, promotion) == {"uses": (1, 1, 0), "budget": (3000, 3000, 3000)}
        for order in (first, second, first):
            await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await limits_of(world.db, promotion) == {"uses": (0, 0, 2), "budget": (0, 0, 9000)}
        assert await world.faults() == []

    async def test_a_late_payer_gives_back_what_was_kept(self, world: World) -> None:
        promotion = await publish(world, limits={"uses_total": 1})
        order = await world.place(10, hold_minutes=1)
        await world.act("orders.expire", {"order_id": order.id})
        assert await limits_of(world.db, promotion) == {"uses": (0, 0, 1)}
        assert (await world.place(10)).total_minor == 7000

    async def test_so_often_for_each_buyer_and_never_for_who_is_not_known(self, world: World) -> None:
        await publish(world, limits={"uses_per_buyer": 1})
        mine, theirs = await customer(world, "C1"), await customer(world, "C2")
        totals = [(await world.place(10, customer_id=who)).total_minor for who in (mine, mine, theirs, None)]
        assert totals == [7000, 10000, 7000, 10000]

    async def test_who_gets_no_stock_keeps_no_limit(self, world: World) -> None:
        promotion = await publish(world, limits={"uses_total": 5})
        with pytest.raises(OutOfStock):
            await world.place(101)
        told = await asyncio.gather(
            *(world.answer("orders.place", world.wish(40)) for _ in range(4)),
            world.answer("orders.place", world.wish(20)),
        )
        assert [isinstance(each.error, OutOfStock) for each in told] == [False, False, True, True, False]
        assert await limits_of(world.db, promotion) == {"uses": (0, 3, 2)}
        assert await world.count("quota_transfers") == 3
        assert await world.faults() == []

    async def test_a_dry_run_tells_each_hold_once_and_keeps_nothing(self, world: World) -> None:
        promotion = await publish(world, limits={"uses_total": 1})
        answer = await world.answer("orders.place", world.wish(10), dry_run=True)
        assert answer.effects is not None
        assert sorted(str(each["transfer"]) for each in answer.effects if "transfer" in each) == ["quota", "stock"]
        assert await limits_of(world.db, promotion) == {"uses": (0, 0, 1)}

    async def again(self, world: World, order: Order) -> Order:
        return (await world.detail(order)).order  # type: ignore[no-any-return]


class TestCoupons:
    async def make(self, world: World, **more: Any) -> tuple[Any, Any]:
        """A buyer with a coupon of 30 off 100."""
        await batch(world, await coupon_promotion(world), **more)
        who = await customer(world)
        return who, await world.act("pricing.claim_coupon", {"customer_id": who, "batch": "B1"})

    async def status(self, world: World, coupon: Any) -> str:
        async with world.db.reading(SYSTEM) as tx:
            return (await coupons.by_id(tx, [coupon.id], tx.now))[coupon.id].status.value

    async def test_two_tabs_one_coupon(self, world: World, dsn: str) -> None:
        who, coupon = await self.make(world)
        wish = world.wish(10, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        async with await Database.connect(dsn, size=2) as db:
            told = await asyncio.gather(*(World(each).answer("orders.place", wish) for each in (world.db, db)))
        [refused] = [each.error for each in told if each.error is not None]
        assert isinstance(refused, (CouponUsed, CouponNotUsable))
        [order] = [each.value for each in told if each.error is None]
        assert order.total_minor == 7000
        assert await self.status(world, coupon) == "kept"
        await world.pay(order)
        assert await self.status(world, coupon) == "used"
        with pytest.raises(CouponNotUsable):
            await world.act("orders.place", wish)
        for _ in range(2):
            await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await self.status(world, coupon) == "usable"
        assert await world.count("orders") == 1
        assert await world.faults() == []

    async def test_the_best_of_the_wallet_is_used_without_being_named(self, world: World) -> None:
        who, small = await self.make(world)
        more = {"kind": "amount_off", "tiers": [{"at": 9000, "off": 4000}]}
        await batch(world, await coupon_promotion(world, "C2", benefit=more), "B2")
        large = await world.act("pricing.claim_coupon", {"customer_id": who, "batch": "B2"})
        order = await world.place(10, customer_id=who, best_coupons=True)
        assert order.total_minor == 6000
        assert [await self.status(world, each) for each in (small, large)] == ["usable", "kept"]

    async def test_codes_are_used_straight_from_the_paper(self, world: World) -> None:
        await batch(world, await coupon_promotion(world), kind="codes")
        [code] = (await world.act("pricing.make_codes", {"batch": "B1", "count": 1})).codes
        order = await world.place(10, coupons=[{"code": code.lower()}])
        assert order.total_minor == 7000
        with pytest.raises(CouponNotUsable):
            await world.place(10, coupons=[{"code": code}])
        with pytest.raises(CouponNotFound):
            await world.place(10, coupons=[{"code": "2222-2222-2222-2222"}])

    async def test_a_shared_code_so_often_for_each_buyer(self, world: World) -> None:
        promotion = await coupon_promotion(world)
        await batch(world, promotion, kind="shared", shared_code="SPRING", per_buyer=1, stock=2)
        told: list[Any] = []
        for ref in ("C1", "C1", "C2", "C3", None):
            who = None if ref is None else await customer(world, ref)
            answer = await world.answer("orders.place", world.wish(10, customer_id=who, coupons=[{"code": "spring"}]))
            told.append(answer.value.total_minor if answer.error is None else answer.error.code)
        assert told == [7000, "pricing.CouponsGone", 7000, "pricing.CouponsGone", "pricing.BuyerUnknown"]
        assert await world.faults() == []

    async def test_an_order_for_nothing_uses_its_coupon_at_once(self, world: World) -> None:
        all_off = {"kind": "percent_off", "tiers": [{"at": 0, "off": 10000}]}
        await batch(world, await coupon_promotion(world, benefit=all_off))
        who = await customer(world)
        coupon = await world.act("pricing.claim_coupon", {"customer_id": who, "batch": "B1"})
        order = await world.place(1, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        assert (order.total_minor, order.payment_status) == (0, "paid")
        assert await self.status(world, coupon) == "used"
        assert await world.faults() == []
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await self.status(world, coupon) == "usable"
        assert await world.faults() == []

    async def test_anothers_coupon_is_none(self, world: World) -> None:
        _, coupon = await self.make(world)
        theirs = await customer(world, "C2")
        for who in (theirs, None):
            with pytest.raises(CouponNotFound):
                await world.place(10, customer_id=who, coupons=[{"coupon_id": coupon.id}])
        assert await world.count("orders") == 0


class TestWhose:
    async def test_a_customer_of_another_shop_is_none_here(self, world: World) -> None:
        await publish(world)
        given = {"code": "S2", "name": "二店", "company_id": world.company_id, "kind": "mall"}
        shop = await world.act("organization.create_shop", given)
        stranger = (await world.act("members.register", {"shop_id": shop.id, "ref": "X"})).customer_id
        with pytest.raises(CustomerNotFound):
            await world.place(1, customer_id=stranger)
        assert await world.count("orders") == 0


class TestFreshness:
    async def test_what_is_published_counts_at_once_in_every_process(self, world: World, dsn: str) -> None:
        async with await Database.connect(dsn, size=3) as db:
            other = World(db)
            promotion = await publish(world)
            totals = []
            for off in (3000, 4000, 5000):
                if off > 3000:
                    given = {
                        "promotion_id": promotion.id, "name": "P1", "layer": "order",
                        "when": {"period": {"from": "2020-01-01T00:00:00Z"}},
                        "benefit": {"kind": "amount_off", "tiers": [{"at": 10000, "off": off}]},
                    }  # fmt: skip
                    await world.act("pricing.save_promotion", given)
                    await world.act("pricing.publish_promotion", {"promotion_id": promotion.id})
                totals += [(await each.act("orders.place", world.wish(10))).total_minor for each in (world, other)]
            await world.act("pricing.roll_back_promotion", {"promotion_id": promotion.id})
            totals.append((await other.act("orders.place", world.wish(10))).total_minor)
            await world.act("pricing.pause_promotion", {"promotion_id": promotion.id})
            totals.append((await other.act("orders.place", world.wish(10))).total_minor)
        assert totals == [7000, 7000, 6000, 6000, 5000, 5000, 6000, 10000]

    async def test_a_version_that_was_rolled_back_is_not_remembered(self, world: World) -> None:
        promotion = await publish(world)
        given = {"promotion_id": promotion.id}
        assert (await world.place(10)).total_minor == 7000
        await world.answer("pricing.pause_promotion", given, dry_run=True)
        assert (await world.place(10)).total_minor == 7000
        await world.act("pricing.pause_promotion", given)
        assert (await world.place(10)).total_minor == 10000


async def statements(world: World, **more: Any) -> list[str]:
    """What placing an order sends to the database, the second time in a process."""
    await world.place(10)
    sent: list[str] = []
    async with world.transaction(door="test", dry_run=True) as tx:
        with tx.conn.query_logger(lambda record: sent.append(record.query)):
            do = read_input(ACTIONS["orders.place"], world.wish(10, **more))
            [order] = await orders.place(tx, [do])  # type: ignore[list-item]
    assert isinstance(order, Order)
    return sent


async def test_without_lists_and_promotions_pricing_costs_one_look(world: World) -> None:
    sent = await statements(world)
    assert [sql for sql in sent if "pric" in sql.replace("price_minor", "").replace("unit_price", "")] == [
        sql for sql in sent if "FROM pricing_versions" in sql
    ]
    assert sum("FROM pricing_versions" in sql for sql in sent) <= 1, "none, where it is remembered"
    assert sum("FROM fact_versions" in sql for sql in sent) == 1
    assert not any("SAVEPOINT" in sql or "quota" in sql for sql in sent)


async def test_with_promotions_a_batch_takes_a_few_more(world: World) -> None:
    before = len(await statements(world))
    await publish(world)
    assert len(await statements(world)) - before <= 8
    await publish(world, "P2", limits={"uses_total": 1000})
    assert len(await statements(world)) - before <= 15
