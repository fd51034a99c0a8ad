"""Every explanation adds up, names who caused it, and says what is near when there is nothing to explain."""

from __future__ import annotations

import io
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from rich.console import Console, RenderableType

from shangmai.apps.explaining import explain_account, explain_order, explain_points, explain_sku
from shangmai.apps.explaining.contract import (
    AccountExplained,
    AccountUnknown,
    CompanyUnknown,
    MemberUnknown,
    OrderExplained,
    OrderUnknown,
    SkuExplained,
    SkuUnknown,
    WhichCompany,
)
from shangmai.apps.explaining.showing import tell_account, tell_order, tell_points, tell_sku
from shangmai.kernel.actors import SYSTEM, Actor
from tests.pricing.making import customer, publish
from tests.world import World

MEI = Actor(
    id=UUID(int=7), kind="user", name="小梅", grants=frozenset({"*"}), scopes=dict.fromkeys(SYSTEM.scopes, None)
)


async def sku_of(world: World, code: str = "SKU1") -> SkuExplained:
    async with world.db.reading(SYSTEM) as tx:
        return await explain_sku(tx, code)


async def order_of(world: World, number: str) -> OrderExplained:
    async with world.db.reading(SYSTEM) as tx:
        return await explain_order(tx, number)


async def account_of(world: World, code: str, company: str | None = None) -> AccountExplained:
    async with world.db.reading(SYSTEM) as tx:
        return await explain_account(tx, code, company)


def printed(told: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=240).print(told)
    return out.getvalue()


async def business(world: World) -> str:
    """A sold, returned, held and imported history; the number of the order that is still held."""
    sold = await world.sell(3)
    await world.give_back(sold, {1: 1})
    await world.act(
        "inventory.set_safety", {"warehouse_id": world.warehouse_id, "sku_id": world.skus[0], "safety": 5, "virtual": 2}
    )
    held = await world.act("orders.place", world.wish(4, external_no="TB-1001"), actor=MEI, origin="orders.csv:17")
    await world.reader.drain()
    number: str = held.number
    return number


async def test_a_sku_is_the_sum_of_what_moved_it(world: World) -> None:
    number = await business(world)
    found = await sku_of(world)
    place = next(place for place in found.places if place.bucket == "sellable")
    assert (place.on_hand, place.held, place.safety, place.virtual, place.available) == (98, 4, 3, 0, 91)
    assert place.agrees
    assert {(flow.other, flow.kind, flow.pieces) for flow in place.flows} == {
        ("supplier", "post", 100),
        ("customer", "settle", -3),
        ("customer", "post", 1),
    }
    assert (place.value_minor, place.average) == (98 * 600, Decimal("6.0000"))
    (hold,) = found.holds
    assert (hold.document, hold.status, hold.pieces, hold.of) == (number, "placed", 4, 4)
    newest = found.movements[0]
    assert (newest.kind, newest.pieces, newest.held, newest.document) == ("hold", 0, 4, number)
    assert (newest.cause.action, newest.cause.by, newest.cause.origin) == ("orders.place", "小梅", "orders.csv:17")
    assert sum(movement.held for movement in found.movements) == place.held
    assert sum(movement.pieces for movement in found.movements) == place.on_hand
    text = printed(tell_sku(found, "zh-CN"))
    assert "可用 91 = 在库 98 − 占用 4 − 安全 3 + 虚拟 0" in text
    assert "orders.csv:17" in text
    assert "与流水一致" in text
    assert "available 91 = on hand 98" in printed(tell_sku(found, "en"))


async def test_a_sku_is_found_by_any_case_and_an_unknown_one_names_those_like_it(world: World) -> None:
    assert (await sku_of(world, " sku1 ")).code == "SKU1"
    with pytest.raises(SkuUnknown) as unknown:
        await sku_of(world, "SKU9")
    assert set(str(unknown.value.data["nearest"]).split(", ")) == {"SKU1", "SKU2", "SKU3"}
    with pytest.raises(SkuUnknown, match="–"):
        await sku_of(world, "ZZZ")


async def test_an_order_shows_its_money_and_everything_that_happened(world: World) -> None:
    sold = await world.sell(3)
    await world.give_back(sold, {1: 1})
    await world.reader.drain()
    found = await order_of(world, sold.number)
    assert found.detail.order.paid_minor - found.detail.order.refunded_minor == 2000
    assert [payment.amount_minor for payment in found.payments] == [3000, 1000]
    assert len(found.detail.shipments) == len(found.detail.returns) == 1
    assert len(found.vouchers) >= 4
    steps = [step.entry.what for step in found.trace]
    assert {"orders.placed.v1", "stock.hold", "stock.settle", "value.post", "orders.returned.v1"} <= set(steps)
    assert {step.cause.action for step in found.trace} == {"orders.place", "orders.pay", "orders.ship", "orders.return"}
    text = printed(tell_order(found, "zh-CN"))
    assert "净收 ¥20.00" in text
    assert "SKU1 3  可售 → 客户" in text
    assert "kept CN¥20.00" in printed(tell_order(found, "en"))


async def test_an_order_is_found_by_its_number_elsewhere(world: World) -> None:
    number = await business(world)
    assert (await order_of(world, "TB-1001")).detail.order.number == number
    assert (await order_of(world, number.lower())).detail.order.number == number
    with pytest.raises(OrderUnknown) as unknown:
        await order_of(world, "TB-1002")
    assert unknown.value.data["nearest"] == "TB-1001"


async def test_an_account_is_the_sum_of_its_rules_and_of_its_periods(world: World) -> None:
    await business(world)
    found = await account_of(world, "1405")
    assert found.balance_minor == 3 * 100 * 600 - 2 * 600
    assert found.agrees
    assert found.periods[-1].balance_minor == found.balance_minor
    assert sum(rule.lines for rule in found.rules) == len(found.entries) == 3
    newest = found.entries[0]
    assert newest.cause.action == "orders.return"
    assert newest.cause.via == ["orders.returned.v1"]
    text = printed(tell_account(found, "zh-CN"))
    assert "1405 库存商品" in text
    assert f"余额 ¥{found.balance_minor / 100:,.2f} = Σ借" in text
    assert "orders.returned.v1 ← orders.return ← system" in text
    assert (await account_of(world, "库存商品")).code == "1405"


async def test_unknown_accounts_and_companies_name_those_like_them(world: World) -> None:
    with pytest.raises(AccountUnknown) as unknown:
        await account_of(world, "1406")
    assert "1405 库存商品" in str(unknown.value.data["nearest"])
    with pytest.raises(CompanyUnknown, match="HQ"):
        await account_of(world, "1405", "HO")
    other = await world.act("organization.create_company", {"code": "B2", "name": "分公司", "currency": "CNY"})
    await world.act("ledger.open_books", {"company_id": other.id})
    with pytest.raises(WhichCompany, match="B2, HQ"):
        await account_of(world, "1405")
    assert (await account_of(world, "1405", "b2")).balance_minor == 0


async def test_explanations_are_json_too(world: World) -> None:
    number = await business(world)
    for found in (await sku_of(world), await order_of(world, number), await account_of(world, "1405")):
        plain = msgspec.json.decode(msgspec.json.encode(found))
        assert plain


async def test_a_sku_without_stock_says_so(world: World) -> None:
    await world.make_sku("EMPTY", 100)
    found = await sku_of(world, "EMPTY")
    assert (found.places, found.holds, found.movements) == ([], [], [])
    assert "尚未收过货" in printed(tell_sku(found, "zh-CN"))


async def test_an_order_shows_how_each_price_came_about(world: World) -> None:
    await publish(world, "SAVE30", limits={"uses_total": 9})
    more = {"kind": "amount_off", "tiers": [{"at": 50000, "off": 9900}]}
    await publish(world, "SAVE99", layer="platform", benefit=more)
    order = await world.place(4, 4)
    found = await order_of(world, order.number)
    told = {lang: " ".join(printed(tell_order(found, lang)).split()) for lang in ("en", "zh-CN")}
    assert "1 list its own price CN¥10.00 × 4 CN¥40.00" in told["en"]
    assert "order SAVE30 SAVE30 v1 shop CN¥10.00 -CN¥10.00" in told["en"]
    assert "paid CN¥30.00" in told["en"]
    assert "店铺 SAVE30 SAVE30 v1 店铺承担 ¥20.00 -¥20.00" in told["zh-CN"]
    assert "✗ SAVE99 SAVE99 再买" in told["zh-CN"]
    assert [step.entry.detail["limit"] for step in found.trace if step.entry.what == "quota.hold"] == ["uses"]


async def test_points_lead_to_the_order_and_the_person(world: World) -> None:
    await publish(world, layer="points", benefit={"kind": "points_deduction"})
    member = await customer(world)
    await world.act("members.adjust_points", {"customer_id": member, "points": 500, "reason": "开业"}, actor=MEI)
    order = await world.place(1, customer_id=member, points=300)
    await world.pay(order)
    await world.place(1, customer_id=member, points=100)
    async with world.db.reading(SYSTEM) as tx:
        found = await explain_points(tx, "C1")
        assert await explain_points(tx, str(member)) == found
        with pytest.raises(MemberUnknown):
            await explain_points(tx, "C9")
    assert (found.posted, found.balance.available, found.balance.held, found.over) == (200, 100, 100, 0)
    assert [(each.line.points, each.document, each.cause.action) for each in found.entries] == [
        (-300, order.number, "orders.pay"),
        (500, "开业", "members.adjust_points"),
    ]
    for lang, words in (("zh-CN", ("消费", order.number, "小梅")), ("en", ("spent", "available 100 + held 100"))):
        out = io.StringIO()
        Console(file=out, width=240).print(tell_points(found, lang))  # type: ignore[arg-type]
        assert all(word in out.getvalue() for word in words)
