"""Money that comes after an unpaid order has expired: the order revives at its price, or the money goes back, told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from msgspec import convert

from shangmai.apps.upkeep import expire_orders
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.events import store
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs.contract import ScheduleSpec
from shangmai.kernel.jobs.worker import Jobs
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import queries
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import ShopNotFound
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.service import paying_back
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import PaymentRecorded
from shangmai.modules.payments.queries import intents
from tests.checkout.conftest import Mall
from tests.payments.telling import sealed, tells
from tests.pricing.making import batch, coupon_promotion, customer, limits_of, publish
from tests.routes import reading

ONE_USE: dict[str, Any] = {"limits": {"uses_total": 1}}
OFF_1 = {"kind": "amount_off", "tiers": [{"at": 100, "off": 100}]}


@pytest.fixture(autouse=True)
def gateway() -> None:
    """The test gateway, at an address where nobody answers."""
    payments.use_provider(payments.TestGateway("http://127.0.0.1:9"))


class Late:
    """Orders of the last piece of a SKU, placed long ago and not paid in time."""

    def __init__(self, mall: Mall) -> None:
        self.mall, self.world = mall, mall.world

    async def open(self, qty: int = 1, price_minor: int = 1000) -> Late:
        self.sku = await self.world.make_sku("LAST", price_minor)
        await self.mall.list_sku(self.sku)
        await self.world.receive({self.sku: qty})
        return self

    def wish(self, total: int = 1000, **more: Any) -> dict[str, Any]:
        more.setdefault("lines", [{"sku_id": self.sku, "qty": 1}])
        return self.mall.wish(expected_total_minor=total, method="test", **more)

    async def slow(self, total: int = 1000, *, actor: Actor = GUEST, **more: Any) -> Any:
        return await self.world.act("checkout.place", self.wish(total, **more), actor=actor)

    async def older(self) -> Any:
        """An order placed half an hour and a minute ago."""
        began = self.world.db.clock.now() - timedelta(minutes=31)
        return await self.world.act("checkout.place", self.wish(), at=began)

    async def expired(self, total: int = 1000, **more: Any) -> Any:
        order = await self.slow(total, **more)
        assert (await self.expire(order)).status == "canceled"
        return order

    async def expire(self, order: Any) -> Any:
        return await self.world.act("orders.expire", {"order_id": order.order_id})

    async def money(self, order: Any) -> None:
        """The gateway's word that it was paid in time."""
        async with self.world.db.reading(SYSTEM) as tx:
            asked = await intents.find_intent(tx, order.payment.intent_id)
        assert asked is not None
        told = sealed(tells(asked), self.world.db.clock.now())
        await self.world.act("payments.accept", msgspec.to_builtins(told))

    async def late_money(self, order: Any) -> None:
        await self.money(order)
        await self.world.reader.drain()

    async def status_of(self, order: Any) -> tuple[str, str, int]:
        async with self.world.db.reading(SYSTEM) as tx:
            row = await tx.fetchrow(
                "SELECT status, payment_status, refunded_minor FROM orders WHERE id = $1", order.order_id
            )
        assert row is not None
        return row["status"], row["payment_status"], row["refunded_minor"]

    async def available(self) -> int:
        place = (SkuId(self.sku), WarehouseId(self.world.warehouse_id))
        async with self.world.db.reading(SYSTEM) as tx:
            return (await inventory.available(tx, [place]))[place]

    async def told(self, order: Any) -> list[tuple[str, Any]]:
        """What the order's trace says of late money."""
        async with self.world.db.reading(SYSTEM) as tx:
            entries = await orders.trace(tx, order.order_id)
        mine = ("orders.revived.v1", "orders.late_payment_refunded.v1")
        return [(entry.what, entry.detail) for entry in entries if entry.what in mine]

    async def why_refunded(self, order: Any) -> tuple[str, str]:
        assert await self.status_of(order) == ("canceled", "paid", 1000)
        ((what, detail),) = await self.told(order)
        assert (what, detail["refund_minor"]) == ("orders.late_payment_refunded.v1", 1000)
        return detail["reason"], detail.get("code", "")


@pytest_asyncio.fixture
async def late(mall: Mall) -> Late:
    return await Late(mall).open()


class TestReviving:
    async def test_an_expired_order_revives_at_its_price(self, late: Late) -> None:
        slow = await late.expired()
        await publish(late.world, benefit=OFF_1)  # what it would cost now: a yuan less
        assert await late.available() == 1
        await late.late_money(slow)
        assert await late.status_of(slow) == ("placed", "paid", 0)
        ((what, detail),) = await late.told(slow)
        assert (what, detail["amount_minor"]) == ("orders.revived.v1", 1000)
        assert await late.available() == 0
        assert (await late.world.act("orders.ship", {"order_id": slow.order_id})).status == "shipped"
        assert await late.world.faults() == []

    async def test_a_kit_holds_what_it_was_made_of(self, late: Late) -> None:
        kit = await late.world.make_sku("KIT", 1000, kind="kit", components=[{"code": "LAST", "qty": 1}])
        await late.mall.list_sku(kit)
        slow = await late.expired(lines=[{"sku_id": kit, "qty": 1}])
        await late.late_money(slow)
        assert await late.status_of(slow) == ("placed", "paid", 0)
        assert await late.available() == 0
        assert await late.world.faults() == []

    async def test_the_coupon_and_the_limit_are_used_again(self, late: Late) -> None:
        promotion = await publish(late.world, benefit=OFF_1, **ONE_USE)
        slow = await late.expired(900)
        assert await limits_of(late.world.db, promotion) == {"uses": (0, 0, 1)}
        await late.late_money(slow)
        assert await late.status_of(slow) == ("placed", "paid", 0)
        assert await limits_of(late.world.db, promotion) == {"uses": (1, 0, 0)}
        assert await late.world.faults() == []

    async def test_money_twice_revives_once_and_the_rest_goes_back(self, late: Late) -> None:
        slow = await late.expired()
        async with late.world.db.reading(SYSTEM) as tx:
            asked = await intents.find_intent(tx, slow.payment.intent_id)
        assert asked is not None
        await late.money(slow)
        again = await late.world.answer(
            "orders.pay", {"order_id": slow.order_id, "amount_minor": 1000, "reference": "B"}
        )
        assert again.error is not None
        await late.world.reader.drain()
        assert await late.status_of(slow) == ("placed", "paid", 0)
        assert await late.world.faults() == []


class TestPaidTwice:
    """By bank, as the shop has noted, and by a provider, which is recorded and not counted yet."""

    async def paid_twice(self, late: Late) -> Any:
        await late.world.receive({late.sku: 1})
        order = await late.slow(2000, lines=[{"sku_id": late.sku, "qty": 2}])
        by_bank = {"order_id": order.order_id, "amount_minor": 2000, "reference": "B"}
        await late.world.act("orders.pay", by_bank)
        await late.world.act("orders.ship", {"order_id": order.order_id})
        await late.money(order)
        return order

    async def refunds(self, order: Any, late: Late) -> dict[str, int]:
        """What has gone back, by method."""
        async with late.world.db.reading(SYSTEM) as tx:
            found = [each for each in await payments.payments_of(tx, [order.order_id]) if each.kind == "refund"]
        return {
            method: sum(each.amount_minor for each in found if each.method == method)
            for method in sorted({each.method for each in found})
        }

    async def test_what_is_too_much_goes_back_before_money_for_goods_does(self, late: Late) -> None:
        order = await self.paid_twice(late)
        back = {"order_id": order.order_id, "lines": [{"line": 1, "qty": 1}], "reason": "七天无理由"}
        await late.world.act("orders.return", back)
        assert await self.refunds(order, late) == {"bank": 1000, "test": 2000}
        await late.world.reader.drain()
        assert await self.refunds(order, late) == {"bank": 1000, "test": 2000}
        assert await late.status_of(order) == ("shipped", "paid", 3000)
        assert await late.world.faults() == []

    async def test_what_has_gone_for_goods_meanwhile_goes_by_the_other_way(self, late: Late) -> None:
        """The provider told of the money after a return had looked for what was not counted."""
        order = await self.paid_twice(late)
        async with late.world.transaction() as tx:
            kept = (await queries.lock(tx, [order.order_id]))[order.order_id]
            due = paying_back.Due(kept, 700, "test", "return:1", tx.items[0])
            assert await paying_back.pay_back(tx, {0: due}) == {}
        await late.world.reader.drain()
        assert await self.refunds(order, late) == {"bank": 700, "test": 2000}
        assert await late.status_of(order) == ("shipped", "paid", 2700)
        async with late.world.db.reading(SYSTEM) as tx:
            assert await store.list_parked(tx) == []


class TestRefunding:
    async def test_the_last_piece_is_anothers(self, late: Late) -> None:
        slow = await late.expired()
        fast = await late.world.act("checkout.place", late.wish())
        await late.late_money(slow)
        assert await late.why_refunded(slow) == ("stock", "inventory.OutOfStock")
        assert (await late.status_of(fast))[0] == "placed"
        assert await late.world.faults() == []

    async def test_what_a_promotion_allowed_is_used_meanwhile(self, late: Late) -> None:
        await late.world.receive({late.sku: 1})
        promotion = await publish(late.world, benefit=OFF_1, **ONE_USE)
        slow = await late.expired(900)
        await late.world.act("checkout.place", late.wish(900))
        await late.late_money(slow)
        assert await late.status_of(slow) == ("canceled", "paid", 900)
        ((_, detail),) = await late.told(slow)
        assert (detail["reason"], detail["code"]) == ("limits", "pricing.PromotionUsedUp")
        assert (await late.available(), await limits_of(late.world.db, promotion)) == (1, {"uses": (0, 1, 0)})
        assert await late.world.faults() == []

    async def test_its_coupon_is_used_meanwhile(self, late: Late) -> None:
        await late.world.receive({late.sku: 1})
        promotion = await coupon_promotion(late.world, benefit=OFF_1)
        await batch(late.world, promotion)
        member = await late.mall.member()
        coupon = await late.world.act("pricing.grant_coupon", {"batch": "B1", "customer_id": member.id})
        wish = {"coupons": [{"coupon_id": coupon.id}], "actor": member}
        slow = await late.expired(900, **wish)
        await late.world.act("checkout.place", late.wish(900, coupons=wish["coupons"]), actor=member)
        await late.late_money(slow)
        assert await late.status_of(slow) == ("canceled", "paid", 900)
        ((_, detail),) = await late.told(slow)
        assert (detail["reason"], detail["code"]) == ("limits", "pricing.CouponUsed")
        assert await late.available() == 1
        assert await late.world.faults() == []

    async def test_the_shop_wants_it_so(self, late: Late) -> None:
        shop = {"shop_id": late.world.shop_id}
        address = f"/api/v1/orders/late-payment/{late.world.shop_id}"
        async with reading(late.world.db, routes, SYSTEM) as client:
            before = (await client.get(address)).json()["choice"]
            await late.world.act("orders.set_late_payment", {**shop, "choice": "refund"})
            assert (before, (await client.get(address)).json()["choice"]) == ("hold_again", "refund")
        slow = await late.expired()
        await late.late_money(slow)
        assert await late.why_refunded(slow) == ("setting", "")
        assert await late.available() == 1

    async def test_a_shop_that_is_not_there_has_no_choice(self, late: Late) -> None:
        with pytest.raises(ShopNotFound):
            await late.world.act("orders.set_late_payment", {"shop_id": late.sku, "choice": "refund"})

    async def test_an_order_canceled_by_hand_stays_canceled(self, late: Late) -> None:
        slow = await late.slow()
        await late.world.act("orders.cancel", {"order_id": slow.order_id, "reason": "不要了"})
        await late.late_money(slow)
        assert await late.why_refunded(slow) == ("canceled", "")

    async def test_nobody_knows_where_to_send_it(self, late: Late) -> None:
        member = await late.mall.member()
        slow = await late.expired(actor=member)
        await late.world.act("members.erase", {"customer_id": member.id, "reason": "本人要求"})
        await late.late_money(slow)
        assert await late.why_refunded(slow) == ("receiver_gone", "")

    async def test_a_place_in_a_group_was_free_for_others(self, late: Late) -> None:
        tiers = [{"size": 2, "price_minor": 1000}]
        promotion = await publish(late.world, "PT", layer="price", benefit={"kind": "group_buy", "tiers": tiers})
        buyer = await customer(late.world)
        opening = {
            "shop_id": late.world.shop_id, "promotion_id": promotion.id, "sku_id": late.world.skus[1],
            "customer_id": buyer, "size": 2,
        }  # fmt: skip
        joined = await late.world.act("marketing.open_group", opening)
        order_id = joined.order.id
        started = await late.world.act("orders.start_payment", {"order_id": order_id})
        await late.world.act("orders.expire", {"order_id": order_id})
        async with late.world.db.reading(SYSTEM) as tx:
            asked = await intents.find_intent(tx, started.intent.id)
        assert asked is not None
        await late.world.act("payments.accept", msgspec.to_builtins(sealed(tells(asked), late.world.db.clock.now())))
        assert await late.world.faults() == []
        async with late.world.db.reading(SYSTEM) as tx:
            entries = await orders.trace(tx, order_id)
        (told,) = [entry.detail for entry in entries if entry.what == "orders.late_payment_refunded.v1"]
        assert told["reason"] == "place_gone"


class TestInOneBatch:
    async def test_who_paid_first_is_served_first(self, late: Late) -> None:
        first, second = await late.expired(), await late.expired()
        if first.order_id < second.order_id:  # orders are locked by id: let that not be what decides
            first, second = second, first
        for each in (first, second):
            await late.money(each)
        async with late.world.db.reading(SYSTEM) as tx:
            rows = await tx.fetch("SELECT payload FROM events WHERE name = 'payments.recorded.v1' ORDER BY seq")
        events = [convert(row["payload"], PaymentRecorded) for row in rows]
        items = [Item(SYSTEM, new_id(), late.world.db.clock.now()) for _ in events]
        async with late.world.db.transaction(items=items) as tx:
            await orders.mark_paid(tx, events)
            await store.append(tx)
        await late.world.reader.drain()
        assert await late.status_of(first) == ("placed", "paid", 0)
        assert await late.why_refunded(second) == ("stock", "inventory.OutOfStock")
        assert await late.world.faults() == []


class TestPoints:
    async def test_points_are_spent_by_what_revives_and_gone_from_what_does_not(self, late: Late) -> None:
        await late.world.receive({late.sku: 1})
        await publish(late.world, layer="points", benefit={"kind": "points_deduction"})
        member = await late.mall.member()
        await late.world.act("members.adjust_points", {"customer_id": member.id, "points": 500, "reason": "开业"})
        first = await late.expired(500, points=500, actor=member)
        second = await late.expired(500, points=500, actor=member)
        await late.late_money(first)
        await late.late_money(second)
        assert await late.status_of(first) == ("placed", "paid", 0)
        assert await late.status_of(second) == ("canceled", "paid", 500)
        ((_, detail),) = await late.told(second)
        assert (detail["reason"], detail["detail"]) == ("points", {"available": 0, "wanted": 500})
        async with late.world.db.reading(SYSTEM) as tx:
            left = await members.get_points(tx, CustomerId(member.id))
        assert (left.available, left.held, await late.available()) == (0, 0, 1)
        assert await late.world.faults() == []


class TestRaces:
    """Two connections meet; whichever comes first, money is either for an order that has its goods, or gone back."""

    async def test_the_worker_expires_while_the_money_comes(self, late: Late) -> None:
        slow = await late.older()
        worker = Jobs(late.world.runner, jobs=[], schedules=[ScheduleSpec("test.expire", "* * * * * *", expire_orders)])
        task = asyncio.create_task(worker.run())
        async with asyncio.timeout(60):
            while (await late.status_of(slow))[0] != "canceled":  # noqa: ASYNC110  the worker tells nobody
                await asyncio.sleep(0.05)
        worker.stop()
        await task
        await late.late_money(slow)
        assert await late.status_of(slow) == ("placed", "paid", 0)
        assert await late.world.faults() == []

    async def test_expiry_and_payment_at_once(self, late: Late) -> None:
        await late.world.receive({late.sku: 11})
        slow = [await late.slow() for _ in range(12)]
        await asyncio.gather(*(late.expire(each) for each in slow), *(late.money(each) for each in slow))
        await late.world.reader.drain()
        assert {await late.status_of(each) for each in slow} == {("placed", "paid", 0)}
        assert await late.available() == 0
        assert await late.world.faults() == []

    async def test_late_money_and_another_buyer_for_the_last_piece(self, late: Late) -> None:
        for _ in range(6):
            slow = await late.expired()
            await late.money(slow)
            answer, _ = await asyncio.gather(
                late.world.answer("checkout.place", late.wish()), Reader(late.world.db).drain()
            )
            await late.world.reader.drain()
            if answer.error is None:
                assert await late.why_refunded(slow) == ("stock", "inventory.OutOfStock")
            else:
                assert answer.error.code == "inventory.OutOfStock"
                assert await late.status_of(slow) == ("placed", "paid", 0)
            assert await late.available() == 0
            await late.world.receive({late.sku: 1})
        assert await late.world.faults() == []

    async def test_many_late_payments_for_few_pieces(self, late: Late) -> None:
        slow = [await late.expired() for _ in range(5)]
        await late.world.receive({late.sku: 1})
        await asyncio.gather(*(late.money(each) for each in slow))
        await late.world.reader.drain()
        states = [await late.status_of(each) for each in slow]
        assert (states.count(("placed", "paid", 0)), states.count(("canceled", "paid", 1000))) == (2, 3)
        assert await late.available() == 0
        assert await late.world.faults() == []
