"""Exceptions that an order clerk can read: what is found, whose work it is, and how it goes away by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shangmai.apps import upkeep
from shangmai.kernel.actions.contract import NotGranted
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import ShippingHeldBack, StatusForbids
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.contract.exceptions import (
    CauseFixed,
    CauseUnknown,
    ExceptionNotFound,
    ExceptionNotYours,
    LimitUnknown,
    NotToAccept,
    SnoozeInThePast,
    TakenAlready,
)
from shangmai.modules.orders.http import routes
from shangmai.modules.orders.rules.exceptions import CHECKS
from shangmai.modules.rules.contract import CellInvalid
from tests.jobs.waiting import until
from tests.routes import reading
from tests.world import World

GOOD = {"name": "张三", "phone": "13812345678", "province": "上海市", "city": "上海市", "street": "南京路 100 号"}


async def causes(world: World, order: Any) -> dict[str, Any]:
    return {each.code: each for each in (await world.detail(order)).hold_backs}


async def codes(world: World, order: Any) -> list[str]:
    await world.reader.drain()
    return sorted(await causes(world, order))


async def paid(world: World, *quantities: int, **more: Any) -> Any:
    order = await world.place(*quantities, **more)
    await world.pay(order)
    return order


async def switch_on(world: World, *names: str, **more: Any) -> None:
    settings = [{"code": f"orders.{name}", "on": True} for name in names]
    await world.act(
        "orders.set_exception_policy", {"company_id": world.company_id, "policy": {"causes": settings, **more}}
    )


def clerk(world: World, *grants: str, name: str = "小李", id_: int = 77) -> Actor:
    scopes = {"shop": frozenset({world.shop_id}), "company": frozenset({world.company_id})}
    return Actor(id=UUID(int=id_), kind="user", name=name, grants=frozenset(grants), scopes=scopes)


class TestStock:
    async def test_an_order_without_stock_is_refused_or_waits(self, world: World) -> None:
        with pytest.raises(OutOfStock):
            await world.place(101)
        order = await world.place(101, when_short="wait")
        assert order.held_back
        cause = (await causes(world, order))["orders.short"]
        assert (cause.zh, cause.owner, cause.action) == ("缺货 101 件：SKU1 x 101", "picker", "inventory.receive")
        assert cause.input["lines"] == [{"sku_id": str(world.skus[0]), "qty": 101}]
        assert await world.stock_of() == (100, 0)
        await world.pay(order)
        with pytest.raises(ShippingHeldBack):
            await world.ship(order)
        assert await world.faults() == []

    async def test_stock_arriving_clears_forty_exceptions_as_far_as_it_goes_first_come_first_served(
        self, world: World
    ) -> None:
        first = [await paid(world, 103, when_short="wait")]
        orders = first + [await paid(world, 0, 101, when_short="wait") for _ in range(41)]
        await world.reader.drain()
        assert await world.count("order_hold_backs") == 42
        await world.receive({world.skus[1]: 101 * 40 + 50 - 100})
        await world.reader.drain()
        waiting = [order.number for order in orders if await causes(world, order)]
        assert waiting == [orders[0].number, orders[-1].number]
        for order in orders[1:3]:
            assert (await world.ship(order)).status == "shipped"
        assert await world.faults() == []

    async def test_a_worker_clears_them_without_being_asked(self, world: World) -> None:
        orders = [await paid(world, 101, when_short="wait") for _ in range(3)]
        working = asyncio.create_task(world.reader.run())
        await world.receive({world.skus[0]: 102})

        async def only_the_last_waits() -> bool:
            return [bool(await causes(world, order)) for order in orders] == [False, False, True]

        await until(only_the_last_waits)
        await world.receive({world.skus[0]: 101})

        async def none_waits() -> bool:
            return not any([await causes(world, order) for order in orders])

        await until(none_waits)
        world.reader.stop()
        await working
        assert await world.faults() == []

    async def test_what_a_canceled_order_frees_goes_to_who_waits(self, world: World) -> None:
        holds = await world.place(100)
        waits = await paid(world, 60, when_short="wait")
        assert await codes(world, waits) == ["orders.short"]
        await world.act("orders.cancel", {"order_id": holds.id, "reason": "不要了"})
        assert await codes(world, waits) == []
        assert await world.stock_of() == (100, 60)

    async def test_the_events_of_a_clearing_name_what_caused_it(self, world: World) -> None:
        order = await paid(world, 150, when_short="wait")
        await world.reader.drain()
        await world.receive({world.skus[0]: 50})
        await world.reader.drain()
        async with reading(world.db, routes, SYSTEM) as client:
            trace = (await client.get(f"/api/v1/orders/{order.id}/trace", params={"limit": 200})).json()["items"]
        (cleared,) = [each for each in trace if each["what"] == "orders.let_go.v1"]
        assert cleared["detail"]["code"] == "orders.short"
        assert cleared["action"] == "inventory.receive"


class TestFinding:
    async def test_an_ordinary_order_has_none(self, world: World) -> None:
        assert await codes(world, await paid(world, 1, receiver=GOOD)) == []

    async def test_addresses_and_phones(self, world: World) -> None:
        wrong = {**GOOD, "phone": "12345", "province": "上每市", "street": "路"}
        order = await paid(world, 1, receiver=wrong)
        assert await codes(world, order) == [
            "orders.address_incomplete", "orders.bad_phone", "orders.region_unknown",
        ]  # fmt: skip
        found = await causes(world, order)
        assert found["orders.region_unknown"].zh == "收货地区无法识别：上每市 上海市"
        assert not any(each.blocks for each in found.values())
        assert (await world.ship(order)).status == "shipped"
        assert await codes(world, order) == []

    async def test_a_corrected_address_clears_what_was_wrong_with_it(self, world: World) -> None:
        order = await paid(world, 1, receiver={**GOOD, "phone": "12345", "province": "上每市"})
        assert await codes(world, order) == ["orders.bad_phone", "orders.region_unknown"]
        suggested = (await causes(world, order))["orders.bad_phone"]
        assert suggested.action == "orders.correct_address"
        await world.act(suggested.action, {**suggested.input, "receiver": {**GOOD, "province": "上每市"}})
        assert await codes(world, order) == ["orders.region_unknown"]
        await world.act("orders.correct_address", {"order_id": order.id, "receiver": GOOD})
        assert await codes(world, order) == []
        await world.act("orders.correct_address", {"order_id": order.id, "receiver": GOOD})
        async with reading(world.db, routes, SYSTEM) as client:
            trace = (await client.get(f"/api/v1/orders/{order.id}/trace", params={"limit": 200})).json()["items"]
        changed = [each["detail"]["changed"] for each in trace if each["what"] == "orders.receiver_changed.v1"]
        assert changed == [["phone"], ["province"]]
        assert "13812345678" not in str(trace)
        await world.ship(order)
        with pytest.raises(StatusForbids):
            await world.act("orders.correct_address", {"order_id": order.id, "receiver": GOOD})

    async def test_where_nothing_is_delivered_to(self, world: World) -> None:
        template = {"code": "std", "name": "标准", "basis": "fixed", "zones": [{"first_minor": 800}]}
        given = {**template, "shop_id": world.shop_id, "not_to": ["650000"], "is_default": True}
        await world.act("logistics.save_freight_template", given)
        far = {**GOOD, "province": "新疆维吾尔自治区", "city": "乌鲁木齐市"}
        order = await paid(world, 1, receiver=far)
        assert await codes(world, order) == ["orders.outside_area"]
        await world.act("logistics.save_freight_template", {**given, "not_to": []})
        assert await codes(world, order) == []

    async def test_what_a_company_switches_on_stops_an_order_before_it_can_leave(self, world: World) -> None:
        await switch_on(world, "high_amount", "buyer_remark", "below_cost", "new_and_dear")
        given = {"causes": [{"code": "orders.high_amount", "on": True, "limits": {"total_minor": 5000}}]}
        await world.act("orders.set_exception_policy", {"company_id": world.company_id, "policy": given})
        order = await paid(world, 6)
        with pytest.raises(ShippingHeldBack):
            await world.ship(order)
        assert await codes(world, order) == ["orders.high_amount"]
        cause = (await causes(world, order))["orders.high_amount"]
        assert (cause.zh, cause.input) == (
            "金额 60.00 CNY", {"order_id": str(order.id), "code": "orders.high_amount"},
        )  # fmt: skip
        low = await paid(world, 1)
        assert await codes(world, low) == []
        await world.ship(low)

    async def test_a_policy_changed_at_noon_counts_for_open_orders(self, world: World) -> None:
        order = await paid(world, 2, note="请发顺丰")
        assert await codes(world, order) == []
        await switch_on(world, "buyer_remark")
        assert await codes(world, order) == ["orders.buyer_remark"]
        await world.act("orders.handle_remark", {"order_id": order.id})
        assert await codes(world, order) == []
        assert (await world.ship(order)).status == "shipped"

    async def test_blocked_buyers_and_their_return(self, world: World) -> None:
        customer = (await world.act("members.register", {"shop_id": world.shop_id, "phone": "13800138000"})).customer_id
        order = await paid(world, 1, customer_id=customer)
        blocked = await world.act("members.block", {"customer_id": customer, "reason": "恶意退货"})
        assert (blocked.blocked, blocked.reason) == (True, "恶意退货")
        assert await codes(world, order) == ["orders.buyer_blocked"]
        assert await codes(world, await paid(world, 2, customer_id=customer)) == ["orders.buyer_blocked"]
        suggested = (await causes(world, order))["orders.buyer_blocked"]
        assert suggested.action == "members.unblock"
        given = {"customer_id": suggested.input["customer_id"]}
        assert (await world.act("members.unblock", given)).blocked is False
        assert await codes(world, order) == []

    async def test_duplicates_name_the_order_before(self, world: World) -> None:
        customer = (await world.act("members.register", {"shop_id": world.shop_id, "phone": "13800138000"})).customer_id
        first = await paid(world, 2, 1, customer_id=customer)
        again, other = await paid(world, 2, 1, customer_id=customer), await paid(world, 1, 1, customer_id=customer)
        assert await codes(world, again) == ["orders.duplicate"]
        assert (await causes(world, again))["orders.duplicate"].en == f"it may be {first.number} over again"
        assert await codes(world, first) == await codes(world, other) == []

    async def test_what_the_channel_says(self, world: World) -> None:
        order = await paid(world, 1)
        said = {"order_id": order.id, "raw": "WAIT_SELLER", "state": "open", "total_minor": 1000, "currency": "CNY"}
        await world.act("orders.note_channel", said)
        assert await codes(world, order) == []
        await world.act("orders.note_channel", {"order_id": order.id, "state": "refunding", "total_minor": 900})
        assert await codes(world, order) == ["orders.channel_price", "orders.refund_asked"]
        await world.act("orders.note_channel", {"order_id": order.id, "state": "open", "total_minor": 1000})
        assert await codes(world, order) == []
        await world.act("orders.note_channel", {"order_id": order.id, "state": "closed", "currency": "USD"})
        assert await codes(world, order) == ["orders.channel_conflict", "orders.currency_mismatch"]

    async def test_credit_and_cash_on_delivery(self, world: World) -> None:
        await switch_on(world, "over_credit", "cod_high")
        customer = (await world.act("members.register", {"shop_id": world.shop_id, "phone": "13800138000"})).customer_id
        order = await world.place(5, terms="on_account", customer_id=customer)
        assert await codes(world, order) == ["orders.over_credit"]
        assert (await causes(world, order))[
            "orders.over_credit"
        ].zh == "挂账超出信用额度：可用 0.00 CNY，需要 50.00 CNY"
        limit = {"company_id": world.company_id, "customer_id": customer, "limit_minor": 5000}
        await world.act("payments.set_credit_limit", limit)
        assert await codes(world, order) == []
        dear = await world.place(0, 100, 50)
        await world.act("orders.defer_payment", {"order_id": dear.id, "kind": "cod"})
        assert await codes(world, dear) == ["orders.cod_high"]
        await world.pay(dear)
        assert await codes(world, dear) == []

    async def test_skus_that_were_taken_off_and_come_back(self, world: World) -> None:
        await switch_on(world, "sku_delisted", "weight_missing")
        order = await paid(world, 1)
        assert await codes(world, order) == ["orders.weight_missing"]
        await world.act("catalog.update_sku", {"sku_id": world.skus[0], "status": "inactive", "weight_g": 500})
        assert await codes(world, order) == ["orders.sku_delisted"]
        await world.act("catalog.update_sku", {"sku_id": world.skus[0], "status": "active"})
        assert await codes(world, order) == []

    async def test_prices_costs_and_risk(self, world: World) -> None:
        await switch_on(world, "below_cost", "zero_price", "price_changed", "deep_discount", "cost_missing", "risk")
        lines = [{"sku_id": world.skus[0], "qty": 30, "unit_price": "0"}]
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines, "terms": "on_account"})
        assert await codes(world, order) == ["orders.below_cost", "orders.price_changed", "orders.zero_price"]
        assert (await causes(world, order))["orders.below_cost"].zh == "低于成本：实付 0.00 CNY，成本 180.00 CNY"

    async def test_more_than_forty_causes_are_looked_for(self) -> None:
        detected = {code for code, cause in CAUSES.items() if cause.detected}
        assert detected == set(CHECKS)
        assert len(detected) >= 40

    async def test_looking_takes_as_many_statements_for_one_order_as_for_fifty(self, world: World) -> None:
        await switch_on(world, *(code.removeprefix("orders.") for code in CHECKS if code != "orders.short"))
        orders = [await paid(world, 1, receiver=GOOD, note="x") for _ in range(50)]
        await world.reader.drain()
        counts = []
        for some in (orders[:1], orders):
            told: list[str] = []
            async with world.db.transaction(door="test") as tx:
                with tx.conn.query_logger(lambda asked, told=told: told.append(asked.query)):
                    await service.check(tx, dict.fromkeys((order.id for order in some), tx.items[0]))
            counts.append(len(told))
        assert counts[0] == counts[1]
        assert counts[0] <= 30


class TestTime:
    async def test_what_should_have_left(self, world: World, clock: ManualClock) -> None:
        order = await paid(world, 1)
        until = clock.now() + timedelta(hours=30)
        await world.act("orders.note_channel", {"order_id": order.id, "ship_by": until.isoformat()})
        assert await codes(world, order) == []
        clock.advance(seconds=27 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert await codes(world, order) == ["orders.ship_by_near"]
        clock.advance(seconds=4 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert await codes(world, order) == ["orders.overdue_to_ship"]
        await world.ship(order)
        assert await codes(world, order) == []
        clock.advance(seconds=11 * 24 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert await codes(world, order) == ["orders.late_parcel"]
        await world.act("orders.sign", {"order_id": order.id})
        assert await codes(world, order) == []
        assert await world.count("order_watches") == 0

    async def test_a_part_of_the_money(self, world: World, clock: ManualClock) -> None:
        order = await world.place(2)
        await world.pay(order, 500)
        assert await codes(world, order) == []
        clock.advance(seconds=25 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert await codes(world, order) == ["orders.part_paid"]
        assert (await causes(world, order))["orders.part_paid"].zh == "只付了 5.00 CNY，应付 20.00 CNY"
        await world.act("orders.pay", {"order_id": order.id, "amount_minor": 1500, "reference": "rest"})
        assert await codes(world, order) == []

    async def test_stock_that_is_held_for_a_while_only(self, world: World, clock: ManualClock) -> None:
        await switch_on(world, "hold_expiring")
        order = await world.place(1, hold_minutes=60)
        assert await codes(world, order) == []
        clock.advance(seconds=45 * 60)
        await upkeep.keep_exceptions(world.runner)
        assert await codes(world, order) == ["orders.hold_expiring"]
        await world.pay(order)
        assert await codes(world, order) == []

    async def test_nobody_sees_to_it(self, world: World, clock: ManualClock) -> None:
        policy = {
            "causes": [{"code": "orders.high_amount", "on": True, "minutes": 60, "limits": {"total_minor": 1}}],
            "escalation": [{"after_minutes": 0}, {"after_minutes": 120, "owner": "owner"}],
        }
        await world.act("orders.set_exception_policy", {"company_id": world.company_id, "policy": policy})
        order = await paid(world, 1)
        await world.reader.drain()
        seen = []
        for minutes in (59, 2, 119, 2, 600):
            clock.advance(seconds=minutes * 60)
            await upkeep.keep_exceptions(world.runner)
            cause = (await causes(world, order))["orders.high_amount"]
            seen.append((cause.level, cause.owner))
        assert seen == [(0, "clerk"), (1, "clerk"), (1, "clerk"), (2, "owner"), (2, "owner")]
        await world.reader.drain()
        async with reading(world.db, routes, SYSTEM) as client:
            trace = (await client.get(f"/api/v1/orders/{order.id}/trace", params={"limit": 200})).json()["items"]
        overdue = [each["detail"] for each in trace if each["what"] == "orders.exception_overdue.v1"]
        assert [(each["level"], each["owner"]) for each in overdue] == [(1, "clerk"), (2, "owner")]

    async def test_what_rests_is_not_escalated(self, world: World, clock: ManualClock) -> None:
        order = await paid(world, 1)
        await world.act("orders.hold", {"order_id": order.id, "cause": "客户要改地址"})
        given = {"order_id": order.id, "code": "orders.by_hand", "reason": "周一回电"}
        with pytest.raises(SnoozeInThePast):
            await world.act("orders.snooze_exception", {**given, "until": clock.now().isoformat()})
        until = clock.now() + timedelta(hours=48)
        snoozed = await world.act("orders.snooze_exception", {**given, "until": until.isoformat()})
        assert snoozed.snoozed_until == until
        clock.advance(seconds=47 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert (await causes(world, order))["orders.by_hand"].level == 0
        clock.advance(seconds=2 * 3600)
        await upkeep.keep_exceptions(world.runner)
        assert (await causes(world, order))["orders.by_hand"].level == 1


class TestWorking:
    async def test_accepted_is_accepted_until_what_was_found_changes(self, world: World) -> None:
        await switch_on(world, "buyer_remark", "big_quantity")
        order = await paid(world, 1)
        await world.act("orders.note_channel", {"order_id": order.id, "state": "open", "total_minor": 900})
        assert await codes(world, order) == ["orders.channel_price"]
        given = {"order_id": order.id, "code": "orders.channel_price", "reason": "店铺券"}
        with pytest.raises(ExceptionNotYours):
            await world.act("orders.accept_exception", given, actor=clerk(world, "orders.work_exceptions"))
        assert (await world.act("orders.accept_exception", given)).held_back is False
        await world.act("orders.recheck", {"order_id": order.id})
        assert await codes(world, order) == []
        await world.act("orders.note_channel", {"order_id": order.id, "state": "open", "total_minor": 800})
        assert await codes(world, order) == ["orders.channel_price"]

    async def test_who_may_accept_what(self, world: World) -> None:
        order = await paid(world, 150, when_short="wait")
        await world.reader.drain()
        given = {"order_id": order.id, "code": "orders.short"}
        with pytest.raises(NotToAccept):
            await world.act("orders.accept_exception", given)
        with pytest.raises(ExceptionNotFound):
            await world.act("orders.accept_exception", {**given, "code": "orders.risk"})
        with pytest.raises(NotGranted):
            await world.act("orders.accept_exception", given, actor=clerk(world, "orders.read"))
        assert await codes(world, order) == ["orders.short"]

    async def test_of_two_clerks_one_takes_it(self, world: World) -> None:
        order = await paid(world, 1)
        await world.act("orders.hold", {"order_id": order.id, "cause": "电话确认"})
        given = {"order_id": order.id, "code": "orders.by_hand"}
        people = [clerk(world, "orders.work_exceptions", name=name, id_=n) for n, name in ((71, "小李"), (72, "小王"))]
        answers = await asyncio.gather(*(world.answer("orders.take_exception", given, actor=one) for one in people))
        assert [type(each.error) for each in answers if each.error] == [TakenAlready]
        winner = next(each.value.taken_name for each in answers if each.error is None)
        loser = next(one for one in people if one.name != winner)
        taken = await world.act("orders.take_exception", {**given, "force": True}, actor=loser)
        assert taken.taken_name == loser.name
        await world.act("orders.note_exception", {**given, "note": "客户要蓝色"}, actor=loser)
        for one, found in ((loser, 1), (next(each for each in people if each.name == winner), 0)):
            reader = clerk(world, "orders.read", name=one.name, id_=one.id.int)
            async with reading(world.db, routes, reader) as client:
                mine = (await client.get("/api/v1/orders/exceptions", params={"mine": True})).json()["items"]
            assert len(mine) == found
        async with reading(world.db, routes, SYSTEM) as client:
            trace = (await client.get(f"/api/v1/orders/{order.id}/trace", params={"limit": 200})).json()["items"]
        worked = [(each["what"], each["by"]) for each in trace if each["what"].startswith("orders.exception_")]
        assert worked == [
            ("orders.exception_taken.v1", winner), ("orders.exception_taken.v1", loser.name),
            ("orders.exception_noted.v1", loser.name),
        ]  # fmt: skip

    async def test_a_company_defines_causes_of_its_own(self, world: World) -> None:
        vip = {
            "company_id": world.company_id,
            "code": "own.big_box",
            "zh": "大件需确认",
            "en": "a big box to be confirmed",
            "when": {"pieces": ">= 20", "note": "contains($, '大件')"},
        }
        await world.act("orders.define_cause", vip)
        order, other = await paid(world, 20, note="大件，送货上门"), await paid(world, 20)
        assert await codes(world, order) == ["own.big_box"]
        assert await codes(world, other) == []
        with pytest.raises(ShippingHeldBack):
            await world.ship(order)
        await world.act("orders.define_cause", {**vip, "when": {"pieces": ">= 30"}})
        assert await codes(world, order) == []
        with pytest.raises(CellInvalid):
            await world.act("orders.define_cause", {**vip, "when": {"colour": "'red'"}})

    async def test_an_own_cause_without_a_test_is_put_on_by_hand(self, world: World) -> None:
        own = {"company_id": world.company_id, "code": "own.check_photo", "zh": "待核对图片", "en": "a photo to check"}
        await world.act("orders.define_cause", own)
        order = await paid(world, 1)
        given = {"order_id": order.id, "code": "own.check_photo"}
        raised = await world.act("orders.raise_exception", {**given, "note": "刻字"})
        assert (raised.zh, raised.en) == ("待核对图片：刻字", "a photo to check: 刻字")
        assert await codes(world, order) == ["own.check_photo"]
        await world.act("orders.recheck", {"order_id": order.id})
        assert await codes(world, order) == ["own.check_photo"]
        await world.act("orders.accept_exception", given)
        assert await codes(world, order) == []
        with pytest.raises(CauseUnknown):
            await world.act("orders.raise_exception", {**given, "code": "own.nothing"})

    async def test_policies_name_what_there_is(self, world: World) -> None:
        async def refused(setting: dict[str, Any]) -> None:
            await world.act(
                "orders.set_exception_policy", {"company_id": world.company_id, "policy": {"causes": [setting]}}
            )

        with pytest.raises(CauseUnknown):
            await refused({"code": "orders.nothing", "on": True})
        with pytest.raises(LimitUnknown):
            await refused({"code": "orders.high_amount", "limits": {"weight_g": 5}})
        with pytest.raises(LimitUnknown):
            await refused({"code": "orders.high_amount", "limits": {"total_minor": ["much"]}})
        with pytest.raises(CauseFixed):
            await refused({"code": "orders.short", "on": False})
        async with reading(world.db, routes, SYSTEM) as client:
            policy = (await client.get(f"/api/v1/orders/exception-policy/{world.company_id}")).json()["policy"]
            known = (await client.get("/api/v1/orders/causes", params={"company": str(world.company_id)})).json()
        assert policy["causes"] == []
        assert {each["code"] for each in known} == set(CAUSES)


class TestMany:
    async def test_checking_while_people_ship(self, world: World) -> None:
        """A clearing and a shipping meet: either way the books hold, and nobody ships what is not there."""
        orders = [await paid(world, 40, when_short="wait") for _ in range(6)]
        await world.reader.drain()
        waiting = [order for order in orders if await causes(world, order)]
        assert len(waiting) == 4
        await world.receive({world.skus[0]: 120})
        await asyncio.gather(
            world.reader.drain(), *(world.answer("orders.ship", {"order_id": order.id}) for order in orders)
        )
        await world.reader.drain()
        assert sum([bool(await causes(world, order)) for order in orders]) == 1
        assert await world.faults() == []
