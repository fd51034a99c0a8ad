"""What there is to send."""

from __future__ import annotations

from tests.orders.stories.scene import Scene, Story, story
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD
from tests.orders.test_in_parts import send_parts_from
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work


@story
async def short(s: Scene) -> Story:
    order = await s.paid(101, when_short="wait")
    yield order
    await s.world.receive({s.world.skus[0]: 1})


@story
async def part_short(s: Scene) -> Story:
    await send_parts_from(s.world, 50)
    order = await s.paid(3, 104, when_short="wait")
    yield order
    await s.world.receive({s.world.skus[1]: 4})


@story
async def gift_short(s: Scene) -> Story:
    many = {"id": "many", "when": {"pieces": "> 0"}, "then": {"sku": "SKU3", "qty": 60}}
    await publish(s.world, many, subject="orders.gifts")
    await s.paid(1)
    order = await s.paid(1)
    yield order
    await s.world.receive({s.world.skus[2]: 100})


@story
async def floor_short(s: Scene) -> Story:
    work = await Work(await Floor(s.world).make()).make()
    for code in ("A-02", "A-03"):
        await work.floor.carry(code, "R-01", 30)
    order = await work.paid(3)
    (wave,) = await work.waves()
    (task,) = await work.tasks(wave)
    await s.act("warehouse.report_short", task_id=task.task.id, bin="A-01", barcode="SKU1")
    yield order
    await work.floor.carry("R-01", "A-02", 5)


@story
async def sku_delisted(s: Scene) -> Story:
    await s.watch("sku_delisted")
    order = await s.paid(1)
    await s.act("catalog.update_sku", sku_id=s.world.skus[0], status="inactive")
    yield order
    await s.act("catalog.update_sku", sku_id=s.world.skus[0], status="active")


@story
async def cost_missing(s: Scene) -> Story:
    await s.watch("cost_missing")
    new = await s.world.make_sku("NEW", 5000)
    place = {"warehouse_id": s.world.warehouse_id, "sku_id": new}
    await s.act("inventory.set_safety", **place, virtual=10)
    lines = [{"sku_id": new, "qty": 1}]
    order = await s.act("orders.place", shop_id=s.world.shop_id, lines=lines, receiver=GOOD)
    await s.world.pay(order)
    yield order
    await s.world.receive({new: 10})


@story
async def weight_missing(s: Scene) -> Story:
    await s.watch("weight_missing")
    order = await s.paid(1)
    yield order
    await s.act("catalog.update_sku", sku_id=s.world.skus[0], weight_g=500)


@story
async def big_quantity(s: Scene) -> Story:
    await s.watch("big_quantity", pieces=3)
    order = await s.paid(3)
    yield order
    await s.cancel_one(order)


@story
async def heavy(s: Scene) -> Story:
    await s.watch("heavy", weight_g=3_000)
    await s.act("catalog.update_sku", sku_id=s.world.skus[0], weight_g=1_000)
    order = await s.paid(3)
    yield order
    await s.cancel_one(order)
