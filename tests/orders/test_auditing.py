"""Audits that an order clerk can read: what goes by itself, what is stopped and for whom, and trying a table first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shangmai.apps import upkeep
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import ShippingHeldBack
from shangmai.modules.orders.contract.auditing import NotHeld, NotToAudit
from shangmai.modules.orders.http import routes
from shangmai.modules.rules.http import routes as rules_routes
from tests.routes import reading
from tests.world import World

SHANGHAI = {"name": "张三", "phone": "13812345678", "province": "上海市", "city": "上海市", "street": "南京路 1 号"}
DEAR = {"id": "dear", "when": {"total_minor": ">= 5000"}, "then": {"verdict": "finance", "cause": "金额较大"}}
KEYWORD = {
    "id": "gift-note",
    "when": {"note": "contains($, '送礼')"},
    "then": {"verdict": "hold", "cause": "备注提到送礼", "cause_en": "the note speaks of a gift"},
}
MANY = {"id": "many", "when": {"most_of_one": "> 50"}, "then": {"verdict": "approve"}}


async def publish(world: World, *rows: dict[str, Any], subject: str = "orders.audit") -> None:
    given = {"company_id": world.company_id, "subject": subject}
    await world.act("rules.save_table", {**given, "table": {"rows": list(rows)}})
    await world.act("rules.publish_table", given)


async def paid(world: World, *quantities: int, **more: Any) -> Any:
    order = await world.place(*quantities, **more)
    await world.pay(order)
    return order


async def causes(world: World, order: Any) -> list[str]:
    return [each.code for each in (await world.detail(order)).hold_backs]


class TestAudit:
    async def test_without_a_table_nothing_waits(self, world: World) -> None:
        order = await paid(world, 2)
        assert await causes(world, order) == []
        await world.ship(order)

    async def test_what_no_row_stops_goes_by_itself(self, world: World) -> None:
        await publish(world, DEAR)
        order = await paid(world, 2)
        with pytest.raises(ShippingHeldBack) as refused:
            await world.ship(order)
        assert "等待审核" in refused.value.message("zh")
        await world.reader.drain()
        assert await causes(world, order) == []
        assert (await world.ship(order)).status == "shipped"

    async def test_what_is_stopped_has_a_cause_an_owner_and_a_time(self, world: World) -> None:
        await publish(world, DEAR, KEYWORD)
        dear, noted = await paid(world, 0, 3), await paid(world, 1, note="送礼用，请包装")
        await world.reader.drain()
        (cause,) = (await world.detail(dear)).hold_backs
        assert (cause.code, cause.zh, cause.owner, cause.action) == (
            "orders.finance_audit", "金额较大", "accountant", "orders.pass_finance_audit",
        )  # fmt: skip
        assert cause.due_at == cause.since + timedelta(hours=8)
        with pytest.raises(NotHeld):
            await world.act("orders.release", {"order_id": dear.id})
        assert (await world.act("orders.pass_finance_audit", {"order_id": dear.id})).held_back is False
        async with reading(world.db, routes, SYSTEM) as client:
            listed = (await client.get("/api/v1/orders/exceptions")).json()["items"]
            counted = (await client.get("/api/v1/orders/exceptions/counts")).json()
        assert [(each["number"], each["cause"]["en"]) for each in listed] == [
            (noted.number, "the note speaks of a gift")
        ]
        assert [(each["code"], each["orders"], each["overdue"]) for each in counted] == [("orders.audit_hold", 1, 0)]
        await world.act("orders.release", {"order_id": noted.id})
        for order in (dear, noted):
            await world.ship(order)

    async def test_the_decision_is_kept_with_its_version_row_and_facts(self, world: World) -> None:
        await publish(world, DEAR, KEYWORD)
        order = await paid(world, 0, 3)
        await world.reader.drain()
        async with reading(world.db, rules_routes, SYSTEM) as client:
            (decision,) = (await client.get(f"/api/v1/rules/decisions/{order.id}")).json()
        assert (decision["version"], decision["row"], decision["facts"]) == (
            1, "dear", {"note": "", "total_minor": 6000},
        )  # fmt: skip
        async with world.db.reading(SYSTEM) as tx:
            events = [each.what for each in await orders.trace(tx, order.id)]
        assert events.index("orders.paid.v1") < events.index("orders.audited.v1")

    async def test_a_rule_changed_at_noon_holds_for_what_is_audited_after(self, world: World) -> None:
        await publish(world, DEAR)
        first = await paid(world, 0, 3)
        await world.reader.drain()
        await publish(world, KEYWORD)
        second = await paid(world, 0, 3)
        await world.reader.drain()
        assert (await causes(world, first), await causes(world, second)) == (["orders.finance_audit"], [])
        assert (await world.act("orders.audit", {"order_id": first.id})).verdict == "release"
        assert await causes(world, first) == []
        await world.act("rules.roll_back_table", {"company_id": world.company_id, "subject": "orders.audit"})
        assert (await world.act("orders.audit", {"order_id": second.id})).verdict == "finance"
        assert await causes(world, second) == ["orders.finance_audit"]

    async def test_an_order_on_account_is_audited_before_anybody_pays(self, world: World) -> None:
        await publish(world, {"id": "credit", "when": {"terms": "'on_account'"}, "then": {"verdict": "finance"}})
        order = await world.place(1, terms="on_account")
        with pytest.raises(ShippingHeldBack):
            await world.ship(order)
        await world.reader.drain()
        assert await causes(world, order) == ["orders.finance_audit"]
        await world.act("orders.pass_finance_audit", {"order_id": order.id})
        await world.ship(order)

    async def test_an_approval_is_not_a_release(self, world: World) -> None:
        await publish(world, MANY)
        order = await paid(world, 60)
        await world.reader.drain()
        assert await causes(world, order) == ["orders.approval"]
        for name in ("release", "pass_finance_audit"):
            with pytest.raises(NotHeld):
                await world.act(f"orders.{name}", {"order_id": order.id})
        await world.act("orders.approve", {"order_id": order.id})
        await world.ship(order)

    async def test_facts_of_the_buyer_the_address_and_the_margin(self, world: World) -> None:
        rows = [
            {"id": "loss", "when": {"margin_bp": "< 0"}, "then": {"verdict": "hold"}},
            {"id": "place", "when": {"city": "'上海市'", "hour": "[0..23]"}, "then": {"verdict": "hold"}},
            {"id": "hand", "when": {"price_changed": "true"}, "then": {"verdict": "finance"}},
            {"id": "early", "when": {"discount_bp": "> 0"}, "then": {"verdict": "hold"}},
        ]
        await publish(world, *rows)
        lines = [{"sku_id": world.skus[0], "qty": 1, "unit_price": "5.99"}]
        cheap = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines})
        lines[0]["unit_price"] = "9.99"
        changed = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines})
        near, plain = await world.place(1, receiver=SHANGHAI), await world.place(1)
        for order in (cheap, changed, near, plain):
            await world.pay(order)
        audited = [await world.act("orders.audit", {"order_id": order.id}) for order in (cheap, changed, near, plain)]
        assert [each.row for each in audited] == ["loss", "hand", "place", None]

    async def test_a_delay_leaves_time_to_change_ones_mind(self, world: World, clock: ManualClock) -> None:
        await publish(world, DEAR)
        given = {"company_id": world.company_id, "delay_minutes": 10}
        assert (await world.act("orders.set_audit_policy", given)).delay_minutes == 10
        order = await paid(world, 1)
        await world.reader.drain()
        await upkeep.audit_orders(world.runner)
        assert await causes(world, order) == ["orders.to_audit"]
        clock.advance(seconds=11 * 60)
        await upkeep.audit_orders(world.runner)
        assert await causes(world, order) == []

    async def test_two_clerks_at_once(self, world: World) -> None:
        await publish(world, KEYWORD)
        order = await paid(world, 1, note="送礼")
        await world.reader.drain()
        answers = await asyncio.gather(
            *(world.answer("orders.release", {"order_id": order.id}) for _ in range(2)),
            world.answer("orders.audit", {"order_id": order.id}),
        )
        assert sorted(each.error.code for each in answers[:2] if each.error) in ([], ["orders.NotHeld"])
        assert answers[2].error is None
        assert await causes(world, order) in ([], ["orders.audit_hold"])
        assert await world.faults() == []

    async def test_what_cannot_be_audited(self, world: World) -> None:
        await publish(world, DEAR)
        unpaid, gone = await world.place(1), await paid(world, 1)
        await world.reader.drain()
        await world.ship(gone)
        for order in (unpaid, gone):
            with pytest.raises(NotToAudit):
                await world.act("orders.audit", {"order_id": order.id})
        assert await world.count("rule_decisions") == 1


class TestByHand:
    async def test_hold_and_release(self, world: World) -> None:
        order = await paid(world, 1)
        held = await world.act("orders.hold", {"order_id": order.id, "cause": "客户要改地址"})
        assert held.held_back is True
        with pytest.raises(ShippingHeldBack) as refused:
            await world.ship(order)
        assert "客户要改地址" in refused.value.message("zh")
        assert (await world.act("orders.release", {"order_id": order.id})).held_back is False
        with pytest.raises(NotHeld):
            await world.act("orders.release", {"order_id": order.id})
        await world.ship(order)

    async def test_overdue_work_is_counted(self, world: World, clock: ManualClock) -> None:
        for n in range(3):
            order = await paid(world, 1)
            await world.act("orders.hold", {"order_id": order.id, "cause": f"原因 {n}"})
            clock.advance(seconds=12 * 3600)
        async with reading(world.db, routes, SYSTEM) as client:
            (counted,) = (await client.get("/api/v1/orders/exceptions/counts")).json()
            late = (await client.get("/api/v1/orders/exceptions", params={"overdue": True})).json()["items"]
            first = (await client.get("/api/v1/orders/exceptions", params={"limit": 2})).json()
            rest = (await client.get("/api/v1/orders/exceptions", params={"limit": 2, "cursor": first["next"]})).json()
        assert (counted["orders"], counted["overdue"]) == (3, 1)
        assert [each["cause"]["zh"] for each in late] == ["人工挂起：原因 0"]
        assert [each["cause"]["zh"][-1] for each in first["items"] + rest["items"]] == ["0", "1", "2"]


class TestBackTest:
    async def test_a_table_beside_todays_on_the_orders_there_were(self, world: World) -> None:
        await publish(world, DEAR)
        bought = [await paid(world, n) for n in (1, 3, 5, 6)]
        await world.place(9)
        placed = bought[0].placed_at
        given = {
            "company_id": str(world.company_id),
            "since": (placed - timedelta(days=1)).isoformat(),
            "until": (placed + timedelta(days=1)).isoformat(),
            "table": {"rows": [{"id": "three", "when": {"pieces": "[3..5]"}, "then": {"verdict": "hold"}}, DEAR]},
        }
        async with reading(world.db, routes, SYSTEM) as client:
            told = (await client.post("/api/v1/orders/back-test", json=given)).json()
            empty = await client.post("/api/v1/orders/back-test", json={**given, "until": given["since"]})
        assert (told["orders"], told["today"], told["then"]) == (
            4, {"release": 2, "finance": 2}, {"release": 1, "hold": 2, "finance": 1},
        )  # fmt: skip
        assert told["changes"] == {"finance→hold": 1, "release→hold": 1}
        assert [(each["row"], each["orders"], each["total_minor"]) for each in told["rows"]] == [
            ("three", 2, {"CNY": 8000}), (None, 1, {"CNY": 1000}), ("dear", 1, {"CNY": 6000}),
        ]  # fmt: skip
        assert [each["number"] for each in told["stopped"]] == [bought[n].number for n in (3, 2, 1)]
        assert [each["number"] for each in told["changed"]] == [bought[n].number for n in (2, 1)]
        assert empty.json()["code"] == "orders.TestPeriodEmpty"
        assert await world.count("rule_decisions") == 0
