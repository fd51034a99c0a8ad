"""Group buys: seats, payments, success, failure, and what happens at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.marketing import service
from shangmai.modules.marketing.contract import (
    CustomerInGroup,
    GroupFull,
    GroupNotFound,
    GroupOver,
    GroupSizeNotOffered,
    GroupTermsUnfit,
    NoGroupPromotion,
)
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders.contract import OfferNotUsable, ShippingHeldBack, StatusForbids
from shangmai.modules.orders.service import trace
from shangmai.modules.payments.contract import Verdict
from tests.marketing.conftest import HOUR, MINUTE, Groups
from tests.payments.telling import sealed, tells
from tests.pricing.making import publish
from tests.world import World

HOLDING = ("orders.held_back.v1", "orders.let_go.v1")
TABLES = ("orders", "marketing_groups", "marketing_group_members", "stock_transfers")


class TestSuccess:
    async def test_a_group_ships_when_all_have_paid_and_not_before(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        joined = await groups.join(made, 1)
        assert (made.order.total_minor, joined.order.total_minor) == (600, 800)
        assert (made.group.seats_left, joined.group.seats_left) == (1, 0)
        await world.pay(made.order)
        assert await groups.status(made) == ("open", 0)
        with pytest.raises(ShippingHeldBack) as refused:
            await world.ship(made.order)
        assert "its group is not complete" in refused.value.message("en")
        assert "拼团尚未成团" in refused.value.message("zh-CN")
        causes = (await world.detail(made.order)).hold_backs
        assert [(each.code, each.zh) for each in causes] == [("marketing.group", "拼团尚未成团")]
        assert await world.faults() == []
        await world.pay(joined.order)
        assert await groups.status(made) == ("succeeded", 0)
        for order in (made.order, joined.order):
            assert (await world.detail(order)).hold_backs == ()
            assert (await world.ship(order)).status == "shipped"
        assert [member.leader for member in (await groups.look(made)).members] == [True, False]
        async with world.db.reading(SYSTEM) as tx:
            told = [entry.what for entry in await trace(tx, made.order.id)]
        assert [name for name in told if name in HOLDING] == list(HOLDING)
        assert await world.faults() == []

    async def test_a_larger_group_pays_less(self, world: World, groups: Groups) -> None:
        made = await groups.open(size=3)
        assert (await groups.join(made, 1)).order.total_minor == 700
        with pytest.raises(GroupSizeNotOffered):
            await groups.open(2, size=4)
        with pytest.raises(GroupSizeNotOffered):
            await groups.open(2, size=None)
        await groups.terms(sizes=[4])
        assert (await groups.open(2, size=None)).group.size == 4
        tiers = [{"size": 5, "price_minor": 500}]
        large = await publish(world, "P5", layer="price", benefit={"kind": "group_buy", "tiers": tiers})
        with pytest.raises(GroupTermsUnfit):
            await world.act("marketing.set_group_terms", {"promotion_id": large.id, "sizes": [4]})


class TestSeats:
    async def test_an_unpaid_order_gives_its_seat_free(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        await world.pay(made.order)
        slow = await groups.join(made, 1)
        with pytest.raises(GroupFull):
            await groups.join(made, 2)
        await groups.pass_time(31 * MINUTE)
        assert await groups.status(made) == ("open", 1)
        assert (await world.detail(slow.order)).order.status == "canceled"
        await world.pay((await groups.join(made, 1)).order)  # the same customer again
        assert await groups.status(made) == ("succeeded", 0)
        assert len((await groups.look(made)).members) == 3
        assert await world.faults() == []

    async def test_a_member_who_cancels_gets_the_money_and_frees_the_seat(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        await world.pay(made.order)
        joined = await groups.join(made, 1)
        await world.pay(joined.order, 300)
        canceled = await world.act("orders.cancel", {"order_id": joined.order.id, "reason": "不要了"})
        assert canceled.refunded_minor == 300
        assert await groups.status(made) == ("open", 1)
        assert await world.faults() == []

    async def test_a_group_that_everybody_left_is_over(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        await groups.pass_time(31 * MINUTE)
        assert (await groups.look(made)).group.status == "failed"
        with pytest.raises(GroupOver):
            await groups.join(made, 1)
        assert (await groups.open()).group.status == "open"
        assert await world.faults() == []

    async def test_a_customer_is_in_one_group_once(self, world: World, groups: Groups) -> None:
        made = await groups.open(size=3)
        for again in (groups.join(made, 0), groups.open(0)):
            with pytest.raises(CustomerInGroup) as refused:
                await again
            assert refused.value.data["group_id"] == made.group.id  # so that a page can lead there
        assert await world.count("orders") == 1
        await groups.terms(one_at_a_time=False)
        second = await groups.open(1)
        assert (await groups.join(made, 1)).group.seats_left == 1
        assert await groups.status(second) == ("open", 1)
        assert await world.faults() == []

    async def test_what_is_refused_leaves_nothing(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        other = await publish(world, "P9")
        wrong: list[tuple[dict[str, Any], type[Exception]]] = [
            (groups.opening(1, promotion_id=other.id), NoGroupPromotion),
            (groups.opening(1, customer_id=world.shop_id), CustomerNotFound),
            (groups.opening(1, qty=1000), OutOfStock),
        ]
        before = [await world.count(table) for table in TABLES]
        for given, refusal in wrong:
            with pytest.raises(refusal):
                await world.act("marketing.open_group", given)
        with pytest.raises(OutOfStock):
            await groups.join(made, 1, qty=1000)
        with pytest.raises(GroupNotFound):
            await world.act("marketing.join_group", {"group_id": made.order.id, "customer_id": groups.customers[1]})
        assert [await world.count(table) for table in TABLES] == before
        assert await groups.status(made) == ("open", 1)
        assert await world.faults() == []

    async def test_the_price_is_for_groups_alone(self, world: World, groups: Groups) -> None:
        assert (await world.place(1, customer_id=groups.customers[0])).total_minor == 1000
        price = {"kind": "special_price", "prices": [{"sku_id": str(world.skus[0]), "price_minor": 100}]}
        await publish(world, "SP", layer="price", benefit=price)
        with pytest.raises(OfferNotUsable):  # it is dearer than what anybody gets
            await groups.open()
        await world.act("pricing.end_promotion", {"promotion_id": groups.promotion.id})
        with pytest.raises(NoGroupPromotion):
            await groups.open()
        assert (await world.count("marketing_groups"), await world.stock_of()) == (0, (100, 1))


class TestFailure:
    async def test_time_is_over_and_everybody_gets_their_money(self, world: World, groups: Groups) -> None:
        made = await groups.open(size=3)
        joined = await groups.join(made, 1)
        await world.pay(made.order)
        await groups.pass_time(24 * HOUR - MINUTE)
        assert await groups.status(made) == ("open", 2)  # who did not pay has lost the seat
        await groups.pass_time(MINUTE)
        await groups.pass_time(MINUTE)
        detail = await groups.look(made)
        assert (detail.group.status, [m.left_at is None for m in detail.members]) == ("failed", [False, False])
        leader = (await world.detail(made.order)).order
        assert (leader.status, leader.paid_minor, leader.refunded_minor) == ("canceled", 600, 600)
        assert (leader.held_back, await world.stock_of()) == (False, (100, 0))
        async with world.db.reading(SYSTEM) as tx:
            told = await tx.fetch("SELECT name FROM events WHERE key = $1", str(made.group.id))
        assert [row["name"] for row in told] == ["marketing.group_failed.v1"]
        with pytest.raises(StatusForbids):
            await world.pay(joined.order)
        assert await world.faults() == []

    @pytest.mark.usefixtures("gateway")
    async def test_late_money_of_a_failed_group_goes_back(self, world: World, groups: Groups) -> None:
        await groups.terms(hours=1, pay_minutes=120)
        made = await groups.open()
        intent = (await world.act("orders.start_payment", {"order_id": made.order.id})).intent
        told = tells(intent)
        await groups.pass_time(HOUR)
        assert await groups.status(made) == ("failed", 0)
        judged = await world.act("payments.accept", msgspec.to_builtins(sealed(told, groups.clock.now())))
        assert judged.verdict is Verdict.LATE
        assert await world.faults() == []
        after = (await world.detail(made.order)).order
        assert (after.status, after.paid_minor, after.refunded_minor) == ("canceled", 600, 600)

    @pytest.mark.usefixtures("gateway")
    async def test_money_that_came_in_time_counts_when_the_group_is_closed(self, world: World, groups: Groups) -> None:
        """The gateway's payment is recorded, but the order has not heard of it yet when the time is over."""
        await groups.terms(hours=1, pay_minutes=120)
        made = await groups.open()
        joined = await groups.join(made, 1)
        await world.pay(made.order)
        intent = (await world.act("orders.start_payment", {"order_id": joined.order.id})).intent
        await world.act("payments.accept", msgspec.to_builtins(sealed(tells(intent), groups.clock.now())))
        groups.clock.advance(seconds=HOUR)
        closed = await world.act("marketing.close_group", {"group_id": made.group.id})
        assert closed.status == "succeeded"
        assert await groups.status(made) == ("succeeded", 0)
        for order in (made.order, joined.order):
            assert (await world.ship(order)).status == "shipped"
        assert await world.faults() == []

    async def test_before_its_time_a_group_is_left_alone(self, world: World, groups: Groups) -> None:
        made = await groups.open()
        assert (await world.act("marketing.close_group", {"group_id": made.group.id})).status == "open"
        with pytest.raises(GroupNotFound):
            await world.act("marketing.close_group", {"group_id": made.order.id})


class TestAtOnce:
    async def test_two_take_the_last_seat_on_two_connections(self, world: World, groups: Groups, dsn: str) -> None:
        made = await groups.open()
        async with await Database.connect(dsn, size=2) as db:
            db.clock = groups.clock
            told = await asyncio.gather(
                *(
                    each.answer("marketing.join_group", {"group_id": made.group.id, "customer_id": groups.customers[n]})
                    for n, each in ((1, world), (2, World(db)))
                )
            )
        assert sorted(type(each.error).__name__ for each in told) == ["GroupFull", "NoneType"]
        assert await world.count("orders") == 2
        assert await groups.status(made) == ("open", 0)
        assert await world.faults() == []

    async def test_many_at_one_door_fill_the_seats_exactly(self, world: World, groups: Groups) -> None:
        made = await groups.open(size=3)
        told = await asyncio.gather(
            *(
                world.answer("marketing.join_group", {"group_id": made.group.id, "customer_id": groups.customers[n]})
                for n in (1, 1, 2, 3, 4)
            )
        )
        errors = sorted(type(each.error).__name__ for each in told if each.error is not None)
        assert errors == ["CustomerInGroup", "GroupFull", "GroupFull"]
        assert await groups.status(made) == ("open", 0)
        assert await world.faults() == []

    async def test_one_customer_opens_twice_at_once(self, world: World, groups: Groups, dsn: str) -> None:
        async with await Database.connect(dsn, size=2) as db:
            db.clock = groups.clock
            told = await asyncio.gather(
                *(each.answer("marketing.open_group", groups.opening()) for each in (world, World(db)))
            )
        assert sorted(type(each.error).__name__ for each in told) == ["CustomerInGroup", "NoneType"]
        assert await world.count("marketing_groups") == await world.count("orders") == 1
        assert await world.faults() == []

    async def test_the_last_payment_and_the_end_at_once(self, world: World, groups: Groups, dsn: str) -> None:
        """Whichever is first: all are paid and kept, or all are canceled and refunded."""
        await groups.terms(hours=1, pay_minutes=120)
        async with await Database.connect(dsn, size=2) as db:
            other = World(db)
            db.clock = groups.clock
            for n in range(6):
                made = await groups.open(0)
                joined = await groups.join(made, 1)
                await world.pay(made.order)
                groups.clock.advance(seconds=HOUR)
                pay = {"order_id": joined.order.id, "amount_minor": 800, "reference": f"L{n}"}
                calls = [(other, "orders.pay", pay), (world, "marketing.close_group", {"group_id": made.group.id})]
                told = await asyncio.gather(*(w.answer(name, do) for w, name, do in calls[:: 1 if n % 2 else -1]))
                refused = [type(each.error) for each in told if each.error is not None]
                status = (await groups.look(made)).group.status
                assert refused == ([] if status == "succeeded" else [StatusForbids])
                orders = [(await world.detail(order)).order for order in (made.order, joined.order)]
                kept = [order.paid_minor - order.refunded_minor for order in orders]
                assert kept == ([600, 800] if status == "succeeded" else [0, 0])
        assert await world.faults() == []

    async def test_closing_twice_at_once_refunds_once(self, world: World, groups: Groups, dsn: str) -> None:
        made = await groups.open()
        await world.pay(made.order)
        groups.clock.advance(seconds=24 * HOUR)
        async with await Database.connect(dsn, size=2) as db:
            db.clock = groups.clock
            do = {"group_id": made.group.id}
            told = await asyncio.gather(*(each.answer("marketing.close_group", do) for each in (world, World(db))))
        assert [each.value.status for each in told] == ["failed", "failed"]
        assert await world.count("payments") == 2
        assert await world.faults() == []


async def test_open_groups_of_a_product(world: World, groups: Groups) -> None:
    first = await groups.open()
    groups.clock.advance(seconds=HOUR)
    second = await groups.open(1, size=3)
    full = await groups.open(2)
    await groups.join(full, 3)
    async with world.db.transaction() as tx:
        found = await service.list_open_groups(tx, world.shop_id, first.group.product_id, None, 10)
        assert await service.list_open_groups(tx, None, world.shop_id, None, 10) == []
    assert [(each.id, each.seats_left, each.seconds_left) for each in found] == [
        (first.group.id, 1, 23 * HOUR),
        (second.group.id, 2, 24 * HOUR),
    ]
    groups.clock.advance(seconds=24 * HOUR)
    with pytest.raises(GroupOver):
        await groups.join(first, 4)
