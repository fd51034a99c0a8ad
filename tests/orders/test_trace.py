"""One page of truth: an order that goes through everything, and each thing that happened to it with cause and link.

一页看全：一张订单经历所有环节，每一件事都有原因、有人、有链接。
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest_asyncio

from shangmai.apps import wiring
from shangmai.kernel.actors import SYSTEM
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD
from tests.orders.test_preferring import trace
from tests.pricing.making import customer
from tests.pricing.making import publish as promote
from tests.routes import reading
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work
from tests.world import World

Entry = dict[str, Any]
KINDS: Final = {"event", "decision", "transfer", "limit", "points", "money", "entry", "scan", "message"}
BY_PEOPLE: Final = {
    "orders.place", "orders.pay", "orders.pass_finance_audit", "orders.hold", "orders.take_exception",
    "orders.note_exception", "orders.release", "orders.set_remark", "orders.correct_address", "warehouse.make_waves",
    "warehouse.pick", "orders.cancel_part", "warehouse.pack_scan", "warehouse.finish_pack", "warehouse.hand_over",
    "logistics.record_scans", "orders.sign", "orders.return", "orders.resend",
}  # fmt: skip
"""What was done to it, in order."""
EVENTS: Final = {
    "orders.placed.v1", "payments.recorded.v1", "orders.paid.v1", "orders.held_back.v1", "orders.audited.v1",
    "orders.let_go.v1", "orders.exception_taken.v1", "orders.exception_noted.v1", "orders.particulars_changed.v1",
    "orders.receiver_changed.v1", "orders.unit_made.v1", "orders.unit_released.v1", "orders.unit_changed.v1",
    "orders.part_canceled.v1", "payments.refunded.v1", "orders.shipped.v1", "orders.unit_ended.v1",
    "orders.signed.v1", "orders.returned.v1", "orders.resent.v1",
}  # fmt: skip


@pytest_asyncio.fixture
async def work(world: World) -> Work:
    """A floor at work."""
    return await Work(await Floor(world).make()).make()


async def everything(work: Work) -> Any:
    """Place an order, and let all that can happen to one happen to it."""
    world = work.world
    who = await _shop_with_all(world)
    order = await world.place(4, customer_id=who, points=500, receiver=GOOD, note="周末送")
    about = {"order_id": order.id}
    await world.pay(order)
    await world.reader.drain()
    await world.act("orders.pass_finance_audit", about)
    await world.act("orders.hold", {**about, "cause": "电话确认"})
    for name, more in (("take", {}), ("note", {"note": "客户下午有空"})):
        await world.act(f"orders.{name}_exception", {**about, "code": "orders.by_hand", **more})
    await world.act("orders.release", about)
    await world.act("orders.set_remark", {**about, "flag": "green", "remark": "老客"})
    await world.act("orders.correct_address", {**about, "receiver": {**GOOD, "street": "淮海路 200 号"}})
    await world.reader.drain()
    (wave,) = await work.waves()
    await work.pick_all(wave)
    less = {**about, "lines": [{"line": 1, "qty": 1}], "reason": "少要一件"}
    await world.act("orders.cancel_part", less)
    await world.reader.drain()
    await work.pick_all(wave)
    await work.check(order, "SKU1", 3)
    await work.close(order)
    await work.hand_over(order)
    scan = {"at": datetime.now(UTC) + timedelta(minutes=1), "kind": "out_for_delivery", "place": "上海"}
    await world.act("logistics.record_scans", {"carrier": "SF", "waybill": "SF000001", "scans": [scan]})
    await world.act("orders.sign", about)
    await world.reader.drain()
    await world.give_back(order, {1: 1})
    await world.act("orders.resend", {**about, "lines": [{"line": 1, "qty": 1}], "reason": "破损补发"})
    await world.reader.drain()
    return order


async def _shop_with_all(world: World) -> Any:
    """A limited promotion, points, and an audit table that sends all to finance; a customer with points."""
    off = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 100}]}
    await promote(world, "LESS", benefit=off, limits={"uses_total": 5})
    await promote(world, "POINTS", layer="points", benefit={"kind": "points_deduction"})
    policy = {"earn_points": 1, "earn_each_minor": 100, "expiry": "years", "expiry_after": 1}
    await world.act("members.set_points_policy", {"company_id": world.company_id, "policy": policy})
    who = await customer(world)
    await world.act("members.adjust_points", {"customer_id": who, "points": 1000, "reason": "开业"})
    await publish(world, {"id": "all", "then": {"verdict": "finance", "cause": "每单都看"}})
    return who


async def test_all_that_happened_is_on_one_page_each_with_its_cause_and_a_link(work: Work) -> None:
    order = await everything(work)
    page = await trace(work.world, order, limit=200)
    items: list[Entry] = page["items"]
    assert page["next"] is None
    assert {each["kind"] for each in items} == KINDS
    assert {each["what"] for each in items if each["kind"] == "event"} >= EVENTS
    assert {each["action"] for each in items} >= BY_PEOPLE
    assert [each["at"] for each in items] == sorted(each["at"] for each in items)
    assert all(each["cause"] and each["action"] and each["by"] and each["door"] for each in items)
    (decision,) = [each for each in items if each["kind"] == "decision"]
    assert (decision["detail"]["row"], decision["detail"]["version"]) == ("all", 1)
    assert decision["detail"]["outcome"]["cause"] == "每单都看"
    assert not await work.proof()


async def test_each_link_leads_somewhere(work: Work) -> None:
    order = await everything(work)
    items: list[Entry] = (await trace(work.world, order, limit=200))["items"]
    links = {each["link"] for each in items}
    assert "" not in links
    async with reading(work.world.db, wiring.routes(), SYSTEM) as client:
        found = {link: (await client.get(link)).status_code for link in sorted(links)}
    assert set(found.values()) == {200}, found
    kinds = {link.split("/")[3].split("?")[0] for link in links}
    assert kinds >= {"orders", "rules", "ledger", "skus", "promotions", "customers", "payments", "parcels"}


async def test_the_books_and_the_page_say_the_same(work: Work) -> None:
    """钱和件在一页上加得起来：收、退、留，进、出、在手。"""
    order = await everything(work)
    items: list[Entry] = (await trace(work.world, order, limit=200))["items"]
    now = (await work.world.detail(order)).order
    money = {way: sum(e["detail"]["amount"] for e in items if e["what"] == f"receipts.{way}") for way in ("in", "out")}
    assert (money["in"], money["out"]) == (now.paid_minor, now.refunded_minor)
    settled = sum(e["detail"]["amount"] for e in items if e["what"] == "stock.settle")
    back = sum(e["detail"]["amount"] for e in items if e["what"] == "stock.post")
    assert (settled, back) == (3, 1), "three have left, one came back"
    (checked,) = [e["detail"] for e in items if e["what"] == "pack.checked"]
    assert checked["amount"] == 3
