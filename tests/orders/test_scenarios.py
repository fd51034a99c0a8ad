"""What happens to orders in a day, told so that an order clerk can check it. 订单一天里会遇到的事。

Each test is a story in plain steps; what each step means in detail is tested beside it, by the file of its name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import PaymentStatus, Status
from tests.orders.test_auditing import causes, publish
from tests.orders.test_exceptions import GOOD
from tests.orders.test_preferring import trace
from tests.orders.test_units import inside, paid, part, pieces, policy, unit_of, units_of
from tests.world import World

DEAR = {
    "id": "dear",
    "when": {"total_minor": ">= 5000"},
    "then": {"verdict": "finance", "cause": "金额较大", "cause_en": "a large sum"},
}
PRICED_BY_HAND = {
    "id": "by_hand",
    "when": {"price_changed": "true"},
    "then": {"verdict": "finance", "cause": "改过价", "cause_en": "a price was set by hand"},
}


async def told(world: World, order: Any) -> list[str]:
    """What the order's page says of it, in order."""
    return [each["what"] for each in (await trace(world, order, limit=200))["items"]]


async def state(world: World, order: Any) -> tuple[Status, PaymentStatus]:
    now = (await world.detail(order)).order
    return now.status, now.payment_status


async def test_a_plain_order_goes_from_the_payment_to_the_door_without_a_hand(world: World) -> None:
    """普通单：付款、审核放行、生成发货单、发货、签收，账实相符。"""
    await publish(world, DEAR)
    order = await paid(world, 2, 1)
    assert await causes(world, order) == []
    unit = await unit_of(world, order)
    assert (unit.state, await pieces(world, unit.id)) == ("released", {(order.number, 1): 2, (order.number, 2): 1})
    assert await world.stock_of(0) == (100, 2)
    await world.act("orders.ship_unit", {"unit_id": unit.id, "carrier": "SF", "waybill": "SF1"})
    assert await world.stock_of(0) == (98, 0)
    await world.act("orders.sign", {"order_id": order.id})
    assert await state(world, order) == (Status.SIGNED, PaymentStatus.PAID)
    steps = [
        "orders.placed.v1", "orders.paid.v1", "orders.audited.v1", "orders.unit_made.v1", "orders.unit_released.v1",
        "orders.shipped.v1", "orders.signed.v1",
    ]  # fmt: skip
    found = [each for each in await told(world, order) if each in steps]
    assert found == steps
    assert not await world.faults()


async def test_goods_in_stock_leave_now_and_the_presale_follows_on_its_day(world: World, clock: ManualClock) -> None:
    """预售 + 现货：现货先发，预售到期再发；到货前预售货靠虚拟库存接单。"""
    new = await world.make_sku("NEW", 5000)
    await world.act("inventory.set_safety", {"warehouse_id": world.warehouse_id, "sku_id": new, "virtual": 10})
    day = clock.now() + timedelta(days=10)
    await world.act("orders.set_ship_date", {"company_id": world.company_id, "sku_id": new, "ships_from": day})
    lines = [{"sku_id": world.skus[0], "qty": 2}, {"sku_id": new, "qty": 1}]
    order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines, "receiver": GOOD})
    await world.pay(order)
    await world.reader.drain()
    now, later = sorted(await units_of(world, order), key=lambda unit: unit.release_at)
    assert (now.state, await pieces(world, now.id)) == ("released", {(order.number, 1): 2})
    assert (later.state, later.ships_from, await pieces(world, later.id)) == ("open", day, {(order.number, 2): 1})
    await world.act("orders.ship_unit", {"unit_id": now.id})
    assert (await state(world, order))[0] is Status.PART_SHIPPED
    clock.advance(days=9)
    assert (await world.act("orders.release_due_units", {})).released == 0
    clock.advance(days=1, minutes=1)
    await world.receive({new: 10})
    assert (await world.act("orders.release_due_units", {})).released == 1
    await world.act("orders.ship_unit", {"unit_id": later.id})
    assert (await state(world, order))[0] is Status.SHIPPED
    assert not await world.faults()


async def test_three_orders_of_one_buyer_are_merged_and_the_merge_is_undone(world: World) -> None:
    """三单合一，再撤销：三张发货单各回各的订单。"""
    bought = [await paid(world, 1), await paid(world, 2), await paid(world, 0, 1)]
    units = [await unit_of(world, order) for order in bought]
    for unit in units:
        await world.act("orders.recall_unit", {"unit_id": unit.id})
    whole = await world.act("orders.merge_units", {"unit_ids": [unit.id for unit in units]})
    assert len(await pieces(world, whole.id)) == 3
    assert [(await unit_of(world, order)).id for order in bought] == [whole.id] * 3
    back = await world.act("orders.unmerge_unit", {"unit_id": whole.id})
    assert {unit.id for unit in back} == {unit.id for unit in units}
    for order, unit in zip(bought, units, strict=True):
        assert {number for number, _ in await pieces(world, unit.id)} == {order.number}
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.ship_unit", {"unit_id": unit.id})
        assert (await state(world, order))[0] is Status.SHIPPED
    assert not await world.faults()


async def test_an_order_is_split_and_the_gift_goes_with_the_part_it_is_put_in(world: World) -> None:
    """拆单带赠品：钱分到分厘不差，赠品跟着放它的那一包走。"""
    gift = {"id": "thanks", "when": {"goods_minor": ">= 2000"}, "then": {"sku": "SKU3", "qty": 1}}
    await publish(world, gift, subject="orders.gifts")
    order = await paid(world, 3)
    first = await unit_of(world, order)
    await world.act("orders.recall_unit", {"unit_id": first.id})
    lines = [part(order, 1, 1), part(order, 2, 1)]
    second = await world.act("orders.split_unit", {"unit_id": first.id, "lines": lines})
    amounts = {
        unit.id: [line.amount_minor for line in (await inside(world, unit.id)).lines] for unit in (first, second)
    }
    assert amounts == {first.id: [2000], second.id: [1000, 0]}
    for unit in (first, second):
        await world.act("orders.release_unit", {"unit_id": unit.id})
        await world.act("orders.ship_unit", {"unit_id": unit.id})
    assert (await state(world, order))[0] is Status.SHIPPED
    assert not await world.faults()


async def test_an_address_that_nobody_can_read_is_merged_and_delivered_all_the_same(
    world: World, admin_conn: asyncpg.Connection[Any]
) -> None:
    """密文地址：库里看不到收件人，同一地址写法不同也能合单，轨迹里不出现姓名。"""
    await policy(world, merge_minutes=30)
    spaced = {**GOOD, "street": "".join(f"{sign} " for sign in GOOD["street"])}
    one, two = await paid(world, 1), await paid(world, 1, receiver=spaced)
    sealed = [row["receiver"] for row in await admin_conn.fetch("SELECT receiver FROM orders")]
    assert all(GOOD["name"].encode() not in each and GOOD["phone"].encode() not in each for each in sealed)
    unit = await unit_of(world, one)
    assert unit.id == (await unit_of(world, two)).id
    await world.act("orders.release_unit", {"unit_id": unit.id})
    await world.act("orders.ship_unit", {"unit_id": unit.id})
    async with world.db.reading(SYSTEM) as tx:
        receiver = await orders.receiver_of(tx, one.id)
    assert receiver is not None
    assert receiver.phone == GOOD["phone"]
    page = str(await trace(world, one, limit=200))
    assert GOOD["name"] not in page
    assert GOOD["phone"] not in page


async def test_a_rule_is_changed_at_noon(world: World) -> None:
    """中午改规则：上午审过的照旧，下午的按新规则；重审与回滚各只要一步。"""
    await publish(world, DEAR)
    morning = await paid(world, 0, 3)
    assert await causes(world, morning) == ["orders.finance_audit"]
    await publish(world, DEAR | {"when": {"total_minor": ">= 900000"}})
    afternoon = await paid(world, 0, 3)
    assert await causes(world, afternoon) == []
    assert await causes(world, morning) == ["orders.finance_audit"], "what was decided stays decided"
    assert (await world.act("orders.audit", {"order_id": morning.id})).verdict == "release"
    await world.act("rules.roll_back_table", {"company_id": world.company_id, "subject": "orders.audit"})
    evening = await paid(world, 0, 3)
    assert await causes(world, evening) == ["orders.finance_audit"]


async def test_finance_looks_at_a_price_that_was_set_by_hand(world: World) -> None:
    """财审：手工改价的单先停，会计放行后自动下仓。"""
    await publish(world, PRICED_BY_HAND)
    lines = [{"sku_id": world.skus[0], "qty": 1, "unit_price": "7.50"}]
    order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines, "receiver": GOOD})
    await world.pay(order)
    await world.reader.drain()
    assert await causes(world, order) == ["orders.finance_audit"]
    assert (await unit_of(world, order)).state == "open"
    await world.act("orders.pass_finance_audit", {"order_id": order.id})
    await world.reader.drain()
    assert (await unit_of(world, order)).state == "released"
    assert not await world.faults()


async def test_one_of_three_pieces_is_canceled_before_picking(world: World) -> None:
    """拣货前取消一件：发货单改版、库存释放、钱原路退回一件的份额。"""
    order = await paid(world, 3)
    before = await unit_of(world, order)
    done = await world.act(
        "orders.cancel_part", {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "少要一件"}
    )
    after = await unit_of(world, order)
    assert (done.refund_minor, after.revision) == (1000, before.revision + 1)
    assert await pieces(world, after.id) == {(order.number, 1): 2}
    assert await world.stock_of(0) == (100, 2)
    await world.act("orders.ship_unit", {"unit_id": after.id})
    assert (await state(world, order))[0] is Status.SHIPPED
    assert not await world.faults()


async def test_an_address_is_changed_after_the_audit(world: World) -> None:
    """审核后改地址：发货单知道，仓库须重看，旧地址不再使用。"""
    await publish(world, DEAR)
    order = await paid(world, 1)
    before = await unit_of(world, order)
    assert before.state == "released"
    new = {**GOOD, "street": "淮海路 200 号"}
    await world.act("orders.correct_address", {"order_id": order.id, "receiver": new})
    await world.reader.drain()
    after = await unit_of(world, order)
    assert (after.id, after.state, after.revision) == (before.id, "released", before.revision + 1)
    async with world.db.reading(SYSTEM) as tx:
        receiver = await orders.receiver_of(tx, order.id)
    assert receiver is not None
    assert receiver.street == new["street"]
    assert "orders.unit_changed.v1" in await told(world, order)


async def test_stock_that_arrives_clears_forty_exceptions(world: World) -> None:
    """到货自动清四十个缺货异常：先下单的先得，其余继续等。"""
    await world.place(100)
    waiting = [await world.place(1, receiver=GOOD, when_short="wait") for _ in range(45)]
    for order in waiting:
        await world.pay(order)
    await world.reader.drain()
    assert {tuple(await causes(world, order)) for order in waiting} == {("orders.short",)}
    await world.receive({world.skus[0]: 40})
    await world.reader.drain()
    found = [await causes(world, order) for order in waiting]
    assert found == [[]] * 40 + [["orders.short"]] * 5
    released = [(await units_of(world, order, "released")) for order in waiting]
    assert [len(units) for units in released] == [1] * 40 + [0] * 5
    assert not await world.faults()
