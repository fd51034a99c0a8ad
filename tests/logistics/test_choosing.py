"""Which carrier a parcel goes by: the price, and once more for each that is late; said in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics import service
from shangmai.modules.logistics.contract import Carrier, CarrierUnknown, Lane, NoCourier, Parcel, PriceCard, Rate
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.choosing import choose, late_of, option
from shangmai.modules.organization.contract import CompanyId
from tests.logistics.booking import RECEIVER, booked, pool, wanted
from tests.routes import reading
from tests.world import World

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def carrier(code: str, name: str = "") -> Carrier:
    return Carrier(
        code=code, name=name or code, name_en="", shape="", kuaidi100="", kdniao="", cainiao="", active=True
    )  # fmt: skip


def lane(*deciles: int, parcels: int = 100) -> Lane:
    return Lane(
        company_id=CompanyId(UUID(int=1)),
        carrier="A",
        from_city="330100",
        to_province="310000",
        parcels=parcels,
        p50_h=deciles[4],
        p90_h=deciles[8],
        learned_at=NOW,
        deciles=deciles,
    )


def rate(cost: int, hours: int) -> Rate:
    return Rate(card="A", price=PriceCard(first_minor=cost, step_minor=0, hours=hours))


QUICK = lane(10, 12, 14, 16, 18, 20, 22, 24, 30)
SLOW = lane(30, 32, 34, 36, 38, 40, 42, 44, 50)


class TestRules:
    def test_how_many_are_late(self) -> None:
        assert [late_of(QUICK, hours) for hours in (9, 10, 24, 29, 30, 99)] == [10_000, 9000, 2000, 2000, 1000, 1000]

    def test_the_cheapest_is_chosen_unless_it_is_late_too_often(self) -> None:
        cheap, dear = option(carrier("C"), rate(500, 24), SLOW, 1), option(carrier("D"), rate(800, 24), QUICK, 1)
        assert (cheap.score_minor, dear.score_minor) == (1000, 960)
        choice = choose([cheap, dear], "CNY")
        assert choice is not None
        assert choice.carrier == "D"
        assert choice.zh == "D ¥8.00、24 小时、100 件中约 20% 超时，优于 C ¥5.00、24 小时、100 件中约 100% 超时"

    def test_a_lane_that_few_parcels_tell_of_counts_as_any(self) -> None:
        few = option(carrier("A"), rate(1000, 24), lane(*[90] * 9, parcels=19), 1)
        assert (few.late_bp, few.score_minor) == (1000, 1100)

    def test_without_a_price_card_it_comes_last_but_can_be_chosen(self) -> None:
        bare, priced = option(carrier("A"), None, None, 1), option(carrier("B"), rate(9999, 24), None, 1)
        chosen = choose([bare, priced], "CNY")
        assert chosen is not None
        assert [each.carrier for each in chosen.options] == ["B", "A"]
        alone = choose([bare], "CNY")
        assert alone is not None
        assert alone.carrier == "A"
        assert choose([], "CNY") is None

    @given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 60)), min_size=1, max_size=6))
    def test_nobody_s_score_is_lower_than_the_chosen_one_s(self, offers: list[tuple[int, int]]) -> None:
        options = [option(carrier(str(n)), rate(cost, hours), QUICK, 1) for n, (cost, hours) in enumerate(offers)]
        chosen = choose(options, "CNY")
        assert chosen is not None
        assert min(each.score_minor or 0 for each in options) == chosen.options[0].score_minor


async def card(world: World, code: str, cost: int, **more: Any) -> None:
    zones = [{"first_minor": cost, "step_minor": 100, "hours": 24}]
    given = {"company_id": world.company_id, "code": code, "name": code, "zones": zones}
    await world.act("logistics.save_carrier_card", given | more)


class TestChoosing:
    async def ready(self, world: World) -> None:
        await world.act("inventory.set_warehouse_region", {"warehouse_id": world.warehouse_id, "region": "330100"})
        await pool(world, 5)
        await pool(world, 5, "YTO", "YT8960000000001")

    async def test_a_parcel_without_a_carrier_goes_by_the_best(self, world: World) -> None:
        await self.ready(world)
        await card(world, "EAST", 700, carrier="ZTO")
        await card(world, "YTO", 500)
        parcel = await booked(world, wanted(world, carrier=""))
        assert (parcel.carrier, parcel.waybill) == ("YTO", "YT8960000000001")
        assert parcel.chosen.startswith("圆通速递 ¥5.00、24 小时、历史不足，优于 中通快递 ¥7.00")
        named = await booked(world, wanted(world, carrier="中通"))
        assert (named.carrier, named.chosen) == ("ZTO", "")
        ask = {"company_id": str(world.company_id), "warehouse_id": str(world.warehouse_id), "to_region": "310115"}
        async with reading(world.db, routes, SYSTEM) as http:
            told = (await http.post("/api/v1/couriers/choose", json=ask | {"weight_g": 800})).json()
            assert [each["carrier"] for each in told["options"]] == ["YTO", "ZTO"]
            assert told["en"].startswith("YTO Express CN¥5.00, 24 h, little history, before")
            assert (await http.post("/api/v1/couriers/choose", json=ask | {"to_region": "999999"})).status_code == 422

    async def test_where_nothing_can_be_chosen_it_is_said(self, world: World) -> None:
        asked = [wanted(world, carrier=""), wanted(world, carrier="某快递")]
        async with world.transaction(door="test") as tx:
            none, unknown = await service.book(tx, asked)
        assert (type(none), type(unknown)) == (NoCourier, CarrierUnknown)
        await self.ready(world)
        nowhere = type(RECEIVER)(name="王", phone="13800138000", street="某处")
        async with world.transaction(door="test") as tx:
            (lost, found) = await service.book(
                tx, [wanted(world, carrier="", receiver=nowhere), wanted(world, carrier="")]
            )
        assert type(lost) is NoCourier
        assert isinstance(found, Parcel)

    async def test_a_card_names_a_carrier_that_there_is(self, world: World) -> None:
        with pytest.raises(CarrierUnknown):
            await card(world, "EAST", 700, carrier="NOBODY")

    async def test_a_unit_that_is_released_to_the_floor_gets_its_waybill(self, world: World) -> None:
        await self.ready(world)
        await card(world, "YTO", 500)
        policy = {"warehouse_id": world.warehouse_id, "policy": {"on": True}}
        await world.act("warehouse.set_floor_policy", policy)
        receiver = {"name": "王", "phone": "13800138000", "province": "上海", "city": "上海", "district": "浦东"}
        lines = [{"sku_id": world.skus[0], "qty": 1}]
        wish = {"shop_id": world.shop_id, "lines": lines, "receiver": receiver}
        order = await world.act("orders.place", wish)
        await world.pay(order)
        await world.reader.drain()
        async with world.db.reading(SYSTEM) as tx:
            (row,) = await tx.fetch("SELECT carrier, waybill, to_region, chosen FROM parcels")
        assert (row["carrier"], row["waybill"], row["to_region"]) == ("YTO", "YT8960000000001", "310115")
        assert row["chosen"].startswith("圆通速递 ¥5.00")

    async def test_a_customer_who_is_erased_is_gone_from_the_parcel_too(self, world: World) -> None:
        await self.ready(world)
        policy = {"warehouse_id": world.warehouse_id, "policy": {"on": True}}
        await world.act("warehouse.set_floor_policy", policy)
        buyer = {"shop_id": world.shop_id, "name": "张三", "phone": "13800005678"}
        customer = (await world.act("members.register", buyer)).customer_id
        to = {"name": "张三", "phone": "13800005678", "province": "上海", "city": "上海", "district": "浦东"}
        order = await world.place(1, customer_id=customer, receiver=to)
        await world.pay(order)
        await world.reader.drain()

        async def known() -> int:
            async with world.db.reading(SYSTEM) as tx:
                rows = await tx.fetch("SELECT id FROM parcels")
                return len(await service.receivers_of(tx, [row["id"] for row in rows]))

        assert await known() == 1
        await world.act("members.erase", {"customer_id": customer, "reason": "本人要求"})
        await world.reader.drain()
        assert await known() == 1
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        await world.reader.drain()
        assert await known() == 0
