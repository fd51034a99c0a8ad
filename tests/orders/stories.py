"""How each built-in cause of exceptions comes up, and how it goes: a story each, by the name of the cause.

每个内置异常原因的小故事：怎么出现，怎么消失。
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any, Final

import msgspec

from shangmai.apps import upkeep
from shangmai.kernel.clock import ManualClock
from shangmai.modules.logistics import jobs as logistics
from tests.logistics.test_watching import ago
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import GOOD, paid, switch_on
from tests.orders.test_exchanging import exchange, sold
from tests.orders.test_in_parts import send_parts_from
from tests.pricing.making import batch, coupon_promotion, customer
from tests.pricing.making import publish as promote
from tests.warehouse.floor import Floor
from tests.warehouse.work import Work
from tests.world import World


class Scene:
    """A business, a clock to be moved by hand, and short ways to say what happens."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def act(self, name: str, /, **given: Any) -> Any:
        return await self.world.act(name, given)

    async def paid(self, *quantities: int, **more: Any) -> Any:
        """A paid order to a good address, unless told otherwise."""
        return await paid(self.world, *quantities, **{"receiver": GOOD} | more)

    async def watch(self, code: str, **limits: Any) -> None:
        """Switch a cause on, with these thresholds."""
        setting = {"code": f"orders.{code}", "on": True, "limits": limits}
        await self.act("orders.set_exception_policy", company_id=self.world.company_id, policy={"causes": [setting]})

    async def buyer(self) -> Any:
        return await customer(self.world)

    async def correct(self, order: Any, **more: Any) -> None:
        await self.act("orders.correct_address", order_id=order.id, receiver={**GOOD, **more})

    async def says(self, order: Any, **said: Any) -> None:
        """What the channel says of an order."""
        await self.act("orders.note_channel", order_id=order.id, **said)

    async def accept(self, order: Any, code: str) -> None:
        """Say that it is all right; what happened stays so."""
        await self.act("orders.accept_exception", order_id=order.id, code=f"orders.{code}", reason="已核实")

    async def later(self, **time: float) -> None:
        self.clock.advance(seconds=timedelta(**time).total_seconds())
        await upkeep.keep_exceptions(self.world.runner)

    async def cancel_one(self, order: Any) -> None:
        given = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "少要一件"}
        await self.world.act("orders.cancel_part", given)


Story = AsyncGenerator[Any, None]
STORIES: Final[dict[str, Callable[[Scene], Story]]] = {}


def story(tell: Callable[[Scene], Story]) -> Callable[[Scene], Story]:
    """A story yields the order that has the cause of its name, then lets the cause go."""
    STORIES[f"orders.{tell.__name__}"] = tell
    return tell


# --- audit ---------------------------------------------------------------------------------------------------------


@story
async def to_audit(s: Scene) -> Story:
    await publish(s.world, {"id": "any", "when": {"pieces": "> 90"}, "then": {"verdict": "hold"}})
    await s.act("orders.set_audit_policy", company_id=s.world.company_id, delay_minutes=10)
    order = await s.paid(1)
    yield order
    await s.act("orders.audit", order_id=order.id)


async def _verdict(s: Scene, verdict: str, action: str) -> Story:
    await publish(s.world, {"id": "all", "then": {"verdict": verdict}})
    order = await s.paid(1)
    yield order
    await s.act(action, order_id=order.id)


@story
async def audit_hold(s: Scene) -> Story:
    async for order in _verdict(s, "hold", "orders.release"):
        yield order


@story
async def finance_audit(s: Scene) -> Story:
    async for order in _verdict(s, "finance", "orders.pass_finance_audit"):
        yield order


@story
async def approval(s: Scene) -> Story:
    async for order in _verdict(s, "approve", "orders.approve"):
        yield order


@story
async def by_hand(s: Scene) -> Story:
    order = await s.paid(1)
    await s.act("orders.hold", order_id=order.id, cause="电话确认")
    yield order
    await s.act("orders.release", order_id=order.id)


# --- parcels, exchanges --------------------------------------------------------------------------------------------


async def _scanned(s: Scene, hours: int, kind: str) -> None:
    scans = msgspec.to_builtins([ago(hours, kind)])
    await s.act("logistics.record_scans", carrier="ZTO", waybill="73610000000009", scans=scans)
    await logistics.watch_parcels(s.world.runner)


@story
async def parcel(s: Scene) -> Story:
    order = await s.paid(1)
    await s.act("orders.ship", order_id=order.id, carrier="中通", waybill="73610000000009")
    await s.world.reader.drain()
    await _scanned(s, 9, "refused")
    yield order
    await _scanned(s, 1, "out_for_delivery")


@story
async def return_awaited(s: Scene) -> Story:
    order = await sold(s.world, 1)
    yield await exchange(s.world, order, {1: 1}, sku=1)
    back = {"line": 1, "qty": 1, "refund_minor": 0}
    await s.act("orders.return", order_id=order.id, lines=[back], reason="换货")


# --- addresses -----------------------------------------------------------------------------------------------------


@story
async def no_receiver(s: Scene) -> Story:
    await s.watch("no_receiver")
    order = await s.paid(1, receiver=None)
    yield order
    await s.correct(order)


@story
async def address_incomplete(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "street": "路"})
    yield order
    await s.correct(order)


@story
async def region_unknown(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "province": "上每市"})
    yield order
    await s.correct(order)


@story
async def outside_area(s: Scene) -> Story:
    template = {"code": "std", "name": "标准", "basis": "fixed", "zones": [{"first_minor": 800}]}
    given = {**template, "shop_id": s.world.shop_id, "not_to": ["310000"], "is_default": True}
    await s.act("logistics.save_freight_template", **given)
    order = await s.paid(1)
    yield order
    await s.act("logistics.save_freight_template", **given | {"not_to": []})


@story
async def remote_region(s: Scene) -> Story:
    await s.watch("remote_region")
    order = await s.paid(1, receiver={**GOOD, "province": "西藏自治区", "city": "拉萨市"})
    yield order
    await s.correct(order)


@story
async def bad_phone(s: Scene) -> Story:
    order = await s.paid(1, receiver={**GOOD, "phone": "12345"})
    yield order
    await s.correct(order)


@story
async def test_order(s: Scene) -> Story:
    await s.watch("test_order")
    order = await s.paid(1, receiver={**GOOD, "name": "测试"})
    yield order
    await s.correct(order)


# --- remarks -------------------------------------------------------------------------------------------------------


@story
async def buyer_remark(s: Scene) -> Story:
    await s.watch("buyer_remark")
    order = await s.paid(1, note="周末送")
    yield order
    await s.act("orders.handle_remark", order_id=order.id)


@story
async def seller_flag(s: Scene) -> Story:
    await s.watch("seller_flag")
    order = await s.paid(1)
    await s.act("orders.set_remark", order_id=order.id, flag="red", remark="等通知")
    yield order
    await s.act("orders.set_remark", order_id=order.id, flag="green", remark="可发")


@story
async def keyword(s: Scene) -> Story:
    await s.watch("keyword")
    order = await s.paid(1, note="请加急")
    yield order
    await s.act("orders.handle_remark", order_id=order.id)


# --- goods ---------------------------------------------------------------------------------------------------------


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


# --- prices --------------------------------------------------------------------------------------------------------


async def _priced(s: Scene, price: str) -> Any:
    lines = [{"sku_id": s.world.skus[0], "qty": 1, "unit_price": price}]
    order = await s.act("orders.place", shop_id=s.world.shop_id, lines=lines, receiver=GOOD, terms="on_account")
    await s.world.reader.drain()
    return order


@story
async def zero_price(s: Scene) -> Story:
    await s.watch("zero_price")
    order = await _priced(s, "0")
    yield order
    await s.accept(order, "zero_price")


@story
async def below_cost(s: Scene) -> Story:
    """At 6.00 a piece it is below cost; at 0.07 it is not."""
    await s.watch("below_cost")
    yield await _priced(s, "5")
    await s.world.receive({s.world.skus[0]: 10_000}, cost_minor=1)


@story
async def thin_margin(s: Scene) -> Story:
    await s.watch("thin_margin")
    yield await _priced(s, "6.01")
    await s.world.receive({s.world.skus[0]: 10_000}, cost_minor=1)


@story
async def deep_discount(s: Scene) -> Story:
    await s.watch("deep_discount")
    cheap = {"kind": "amount_off", "tiers": [{"at": 1000, "off": 800}]}
    await promote(s.world, "CHEAP", benefit=cheap)
    order = await s.paid(1)
    yield order
    await s.accept(order, "deep_discount")


@story
async def price_changed(s: Scene) -> Story:
    await s.watch("price_changed")
    order = await _priced(s, "9")
    yield order
    await s.accept(order, "price_changed")


@story
async def coupon_misuse(s: Scene) -> Story:
    await s.watch("coupon_misuse", orders=1)
    await batch(s.world, await coupon_promotion(s.world))
    who = await s.buyer()
    coupon = await s.act("pricing.claim_coupon", customer_id=who, batch="B1")
    order = await s.paid(20, customer_id=who, coupons=[{"coupon_id": coupon.id}])
    yield order
    await s.accept(order, "coupon_misuse")


@story
async def high_amount(s: Scene) -> Story:
    await s.watch("high_amount", total_minor=3_000)
    order = await s.paid(3)
    yield order
    await s.cancel_one(order)


# --- buyers --------------------------------------------------------------------------------------------------------


@story
async def buyer_blocked(s: Scene) -> Story:
    who = await s.buyer()
    order = await s.paid(1, customer_id=who)
    await s.act("members.block", customer_id=who, reason="恶意退货")
    yield order
    await s.act("members.unblock", customer_id=who)


@story
async def many_refunds(s: Scene) -> Story:
    await s.watch("many_refunds", orders=1)
    who = await s.buyer()
    before = await s.paid(1, customer_id=who)
    await s.world.ship(before)
    await s.world.give_back(before, {1: 1})
    await s.later(minutes=1)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.accept(order, "many_refunds")


@story
async def many_cancels(s: Scene) -> Story:
    await s.watch("many_cancels", orders=1)
    who = await s.buyer()
    before = await s.world.place(1, customer_id=who)
    await s.act("orders.cancel", order_id=before.id, reason="不要了")
    await s.later(minutes=1)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.accept(order, "many_cancels")


@story
async def many_orders(s: Scene) -> Story:
    await s.watch("many_orders", orders=1)
    who = await s.buyer()
    await s.paid(1, customer_id=who)
    await s.later(minutes=1)
    order = await s.paid(2, customer_id=who)
    yield order
    await s.accept(order, "many_orders")


@story
async def new_and_dear(s: Scene) -> Story:
    await s.watch("new_and_dear", total_minor=3_000)
    order = await s.paid(3, customer_id=await s.buyer())
    yield order
    await s.cancel_one(order)


@story
async def duplicate(s: Scene) -> Story:
    """It is the first of the two that the buyer did not want."""
    who = await s.buyer()
    first, again = await s.paid(2, 1, customer_id=who), await s.paid(2, 1, customer_id=who)
    yield again
    await s.act("orders.cancel", order_id=first.id, reason="重复下单")


@story
async def risk(s: Scene) -> Story:
    await s.watch("risk", score=50)
    who = await s.buyer()
    order = await s.paid(1, customer_id=who)
    await s.act("members.block", customer_id=who, reason="恶意退货")
    yield order
    await s.act("members.unblock", customer_id=who)


# --- money ---------------------------------------------------------------------------------------------------------


@story
async def part_paid(s: Scene) -> Story:
    order = await s.world.place(2)
    await s.world.pay(order, 500)
    await s.world.reader.drain()
    await s.later(hours=25)
    yield order
    await s.world.pay(order, 1500)


@story
async def balance_due(s: Scene) -> Story:
    now = s.clock.now()
    window = {"from": (now + timedelta(days=2)).isoformat(), "to": (now + timedelta(days=4)).isoformat()}
    benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 300, "balance": window}
    presale = await promote(s.world, "YS", layer="price", benefit=benefit)
    wish = {"shop_id": s.world.shop_id, "promotion_id": presale.id, "sku_id": s.world.skus[0]}
    order = await s.act("marketing.place_presale", **wish, customer_id=await s.buyer())
    await s.world.pay(order, order.deposit_minor)
    await s.world.reader.drain()
    await s.later(days=3, hours=1)
    yield order
    await s.world.pay(order, order.total_minor - order.deposit_minor)


@story
async def hold_expiring(s: Scene) -> Story:
    await switch_on(s.world, "hold_expiring")
    order = await s.world.place(1, hold_minutes=60)
    await s.world.reader.drain()
    await s.later(minutes=45)
    yield order
    await s.world.pay(order)


@story
async def over_credit(s: Scene) -> Story:
    await switch_on(s.world, "over_credit")
    who = await s.buyer()
    yield await s.world.place(5, terms="on_account", customer_id=who)
    limit = {"company_id": s.world.company_id, "customer_id": who, "limit_minor": 5_000}
    await s.act("payments.set_credit_limit", **limit)


@story
async def debt_overdue(s: Scene) -> Story:
    who = await s.buyer()
    await s.act("payments.set_credit_limit", company_id=s.world.company_id, customer_id=who, limit_minor=9_000)
    order = await s.world.place(5, customer_id=who)
    due = (s.clock.now() + timedelta(days=3)).date().isoformat()
    await s.act("orders.defer_payment", order_id=order.id, kind="on_account", due_on=due)
    await s.world.reader.drain()
    await s.later(days=5)
    yield order
    await s.world.pay(order)


@story
async def cod_high(s: Scene) -> Story:
    await s.watch("cod_high", open_minor=3_000)
    order = await s.world.place(3)
    await s.act("orders.defer_payment", order_id=order.id, kind="cod")
    yield order
    await s.world.pay(order)


# --- channels ------------------------------------------------------------------------------------------------------


async def _told(s: Scene, wrong: dict[str, Any], right: dict[str, Any]) -> Story:
    order = await s.paid(1)
    await s.says(order, **wrong)
    yield order
    await s.says(order, **right)


@story
async def refund_asked(s: Scene) -> Story:
    async for order in _told(s, {"state": "refunding"}, {"state": "open"}):
        yield order


@story
async def channel_conflict(s: Scene) -> Story:
    async for order in _told(s, {"state": "closed"}, {"state": "open"}):
        yield order


@story
async def channel_price(s: Scene) -> Story:
    async for order in _told(s, {"total_minor": 900}, {"total_minor": 1_000}):
        yield order


@story
async def currency_mismatch(s: Scene) -> Story:
    async for order in _told(s, {"currency": "USD"}, {"currency": "CNY"}):
        yield order


# --- time ----------------------------------------------------------------------------------------------------------


@story
async def ship_by_near(s: Scene) -> Story:
    order = await s.paid(1)
    await s.says(order, ship_by=(s.clock.now() + timedelta(hours=30)).isoformat())
    await s.world.reader.drain()
    await s.later(hours=27)
    yield order
    await s.world.ship(order)


@story
async def overdue_to_ship(s: Scene) -> Story:
    order = await s.paid(1)
    await s.world.reader.drain()
    await s.later(hours=49)
    yield order
    await s.world.ship(order)


@story
async def late_parcel(s: Scene) -> Story:
    order = await s.paid(1)
    await s.world.ship(order)
    await s.world.reader.drain()
    await s.later(days=11)
    yield order
    await s.act("orders.sign", order_id=order.id)
