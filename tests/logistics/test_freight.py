"""Freight: exact by templates, monotone, explained; and saved by actions that give a shop its next version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import ProductId, Sku, SkuId, SkuKind
from shangmai.modules.logistics.contract import (
    Basis,
    Combining,
    FreeWhen,
    FreightTemplate,
    FreightTemplateId,
    Load,
    NotDelivered,
    RegionUnknown,
    Tariff,
    TemplateNotFound,
    TwoRestZones,
    Zone,
    ZonesOverlap,
)
from shangmai.modules.logistics.rules.freight import bill, price, zone_of
from shangmai.modules.logistics.service import current_tariffs
from shangmai.modules.organization.contract import ShopId
from tests.world import World

SHANGHAI, BEIJING, LHASA, PUDONG = "310101", "110101", "540102", "310115"
SHOP = ShopId(UUID(int=5))


def template(*zones: Zone, basis: Basis = Basis.WEIGHT, default: bool = True, **more: Any) -> FreightTemplate:
    id_ = FreightTemplateId(new_id())
    return FreightTemplate(
        id=id_,
        shop_id=SHOP,
        code="T",
        name="T",
        name_en="",
        basis=basis,
        zones=zones,
        not_to=more.get("not_to", ()),
        is_default=default,
        active=True,
    )


def tariff(*templates: FreightTemplate, combining: Combining = Combining.SUM, **more: Any) -> Tariff:
    return Tariff(
        shop_id=SHOP,
        version=1,
        combining=combining,
        templates={each.id: each for each in templates},
        default=next((each.id for each in templates if each.is_default), None),
        by_product=more.get("by_product", {}),
        volumes=more.get("volumes", {}),
    )


def goods(qty: int, *, weight_g: int = 0, amount: int = 0, product: UUID | None = None, **more: Any) -> Load:
    sku = Sku(
        id=SkuId(new_id()),
        product_id=ProductId(product or new_id()),
        code="A",
        name="茶",
        kind=more.get("kind", SkuKind.GOODS),
        active=True,
        weight_g=weight_g,
        price_minor=0,
        currency="CNY",
    )
    return Load(sku, qty, amount)


KILO = Zone(first=1000, first_minor=800, next=1000, next_minor=200)


class TestWeight:
    @pytest.mark.parametrize(
        ("grams", "minor"), [(0, 800), (1, 800), (1000, 800), (1001, 1000), (2000, 1000), (2001, 1200), (3000, 1200)]
    )
    def test_first_and_next(self, grams: int, minor: int) -> None:
        assert bill(tariff(template(KILO)), SHANGHAI, [goods(1, weight_g=grams)]).total_minor == minor

    def test_weights_add_up_before_they_are_rounded(self) -> None:
        assert (
            bill(tariff(template(KILO)), SHANGHAI, [goods(2, weight_g=400), goods(1, weight_g=200)]).total_minor == 800
        )

    def test_it_says_how(self) -> None:
        told = bill(tariff(template(KILO)), SHANGHAI, [goods(1, weight_g=2500)])
        assert told.text("CNY", "zh-CN") == "首1kg ¥8.00 + 续2×¥2.00"
        assert told.text("CNY", "en") == "first 1kg CN¥8.00 + 2 × CN¥2.00 for the next"

    def test_services_are_not_sent(self) -> None:
        assert bill(tariff(template(KILO)), SHANGHAI, [goods(1, kind=SkuKind.SERVICE)]).total_minor == 0


class TestOtherBases:
    def test_pieces(self) -> None:
        by_piece = template(Zone(first=2, first_minor=600, next=1, next_minor=100), basis=Basis.PIECES)
        told = bill(tariff(by_piece), SHANGHAI, [goods(3), goods(1)])
        assert (told.total_minor, told.text("CNY", "zh-CN")) == (800, "首2件 ¥6.00 + 续2×¥1.00")

    def test_volume(self) -> None:
        product = new_id()
        by_volume = template(Zone(first=10_000, first_minor=500, next=10_000, next_minor=300), basis=Basis.VOLUME)
        told = bill(
            tariff(by_volume, volumes={ProductId(product): 6_000}), SHANGHAI, [goods(2, product=product), goods(5)]
        )
        assert (told.total_minor, told.parts[0].units) == (800, 12_000)

    def test_fixed(self) -> None:
        fixed = template(Zone(first_minor=1200), basis=Basis.FIXED)
        told = bill(tariff(fixed), SHANGHAI, [goods(99, weight_g=9000)])
        assert (told.total_minor, told.text("CNY", "zh-CN")) == (1200, "每单 ¥12.00")

    def test_no_templates_ask_for_nothing(self) -> None:
        told = bill(tariff(), SHANGHAI, [goods(1)])
        assert (told.total_minor, told.text("CNY", "zh-CN")) == (0, "无需运费")


class TestRegions:
    ZONED = (
        Zone(regions=("310000",), first_minor=500),
        Zone(regions=("310115",), first_minor=300),
        Zone(regions=("650000", "540000"), first_minor=2500),
        Zone(first_minor=1000),
    )

    @pytest.mark.parametrize(
        ("region", "minor"), [(SHANGHAI, 500), (PUDONG, 300), (LHASA, 2500), (BEIJING, 1000), ("310000", 500)]
    )
    def test_the_nearest_zone_counts(self, region: str, minor: int) -> None:
        assert bill(tariff(template(*self.ZONED, basis=Basis.FIXED)), region, [goods(1)]).total_minor == minor

    def test_where_it_does_not_go(self) -> None:
        shut = template(Zone(first_minor=0), not_to=("540000",))
        with pytest.raises(NotDelivered, match="西藏自治区拉萨市城关区"):
            bill(tariff(shut), LHASA, [goods(1)])
        assert bill(tariff(shut), BEIJING, [goods(1)]).total_minor == 0

    def test_a_region_of_no_zone_gets_nothing(self) -> None:
        near = template(Zone(regions=("310000",), first_minor=500))
        assert zone_of(near, BEIJING) is None
        with pytest.raises(NotDelivered, match="北京市东城区"):
            bill(tariff(near), BEIJING, [goods(1)])


class TestFree:
    @pytest.mark.parametrize(
        ("when", "free"),
        [
            (FreeWhen(amount_minor=9_900), True),
            (FreeWhen(amount_minor=9_901), False),
            (FreeWhen(pieces=3), True),
            (FreeWhen(pieces=4), False),
            (FreeWhen(weight_max_g=3_000), True),
            (FreeWhen(weight_max_g=2_999), False),
            (FreeWhen(amount_minor=9_900, weight_max_g=2_999), False),
        ],
    )
    def test_all_that_is_given_must_hold(self, when: FreeWhen, free: bool) -> None:
        zone = Zone(first=1000, first_minor=800, next=1000, next_minor=200, free=(when,))
        told = bill(tariff(template(zone)), SHANGHAI, [goods(3, weight_g=1000, amount=9_900)])
        assert told.total_minor == (0 if free else 1_200)

    def test_it_says_why(self) -> None:
        zone = Zone(first_minor=800, free=(FreeWhen(amount_minor=9_900, weight_max_g=5_000),))
        told = bill(tariff(template(zone)), SHANGHAI, [goods(3, weight_g=1000, amount=9_900)])
        assert told.text("CNY", "zh-CN") == "包邮：满 ¥99.00, 不超过 5kg"


class TestSeveralTemplates:
    @pytest.mark.parametrize(
        ("combining", "minor"), [(Combining.SUM, 1400 + 900), (Combining.MAX, 1400), (Combining.FIRST, 1400 + 600)]
    )
    def test_how_they_come_together(self, combining: Combining, minor: int) -> None:
        heavy = template(Zone(first=1000, first_minor=1000, next=1000, next_minor=200))
        light = template(Zone(first=1, first_minor=500, next=1, next_minor=200), basis=Basis.PIECES, default=False)
        product = new_id()
        asked = tariff(heavy, light, combining=combining, by_product={ProductId(product): light.id})
        told = bill(asked, SHANGHAI, [goods(3, weight_g=1000), goods(3, product=product)])
        assert told.total_minor == minor


zones = st.builds(
    Zone,
    first=st.integers(1, 5_000),
    first_minor=st.integers(0, 10_000),
    next=st.integers(1, 5_000),
    next_minor=st.integers(0, 10_000),
)
units = st.integers(0, 100_000)


class TestArithmetic:
    @given(zones, units, units)
    def test_more_never_costs_less(self, zone: Zone, few: int, more: int) -> None:
        assert price(zone, Basis.WEIGHT, few)[1] <= price(zone, Basis.WEIGHT, few + more)[1]

    @given(zones, units, units)
    def test_no_rounding_makes_two_parcels_cheaper(self, zone: Zone, one: int, other: int) -> None:
        if zone.first_minor < zone.next_minor * -(-zone.first // zone.next):
            return  # the seller asks more for next units than for the first: then apart is meant to be cheaper
        apart = price(zone, Basis.WEIGHT, one)[1] + price(zone, Basis.WEIGHT, other)[1]
        assert price(zone, Basis.WEIGHT, one + other)[1] <= apart

    @given(zones, units)
    def test_the_parts_add_up(self, zone: Zone, n: int) -> None:
        count, amount = price(zone, Basis.WEIGHT, n)
        assert amount == zone.first_minor + count * zone.next_minor
        assert zone.first + count * zone.next >= n
        assert count == 0 or zone.first + (count - 1) * zone.next < n


class TestSaving:
    async def test_each_change_is_a_version_and_an_event(self, world: World) -> None:
        saved = await world.act("logistics.save_freight_template", self.wish(world))
        assert saved.is_default
        other = await world.act("logistics.save_freight_template", self.wish(world, code="B", is_default=True))
        changed = await world.act(
            "logistics.assign_freight",
            {"shop_id": world.shop_id, "items": [{"product_id": new_id(), "template": "A", "volume_cm3": 7}]},
        )
        assert changed.version == 3
        combined = await world.act("logistics.set_freight_combining", {"shop_id": world.shop_id, "combining": "max"})
        assert combined.version == 4
        async with world.db.reading(SYSTEM) as tx:
            now = (await current_tariffs(tx, [ShopId(world.shop_id)]))[ShopId(world.shop_id)]
            events = await tx.fetchval("SELECT count(*) FROM events WHERE name = 'logistics.freight_changed.v1'")
        assert (now.version, now.combining, now.default) == (4, Combining.MAX, other.id)
        assert (list(now.by_product.values()), list(now.volumes.values())) == ([saved.id], [7])
        assert events == 4

    async def test_a_remembered_tariff_is_left_when_it_changes(self, world: World) -> None:
        shop = ShopId(world.shop_id)
        for minor in (500, 700):
            await world.act("logistics.save_freight_template", self.wish(world, first_minor=minor))
            async with world.db.reading(SYSTEM) as tx:
                (now,) = (await current_tariffs(tx, [shop]))[shop].templates.values()
            assert now.zones[0].first_minor == minor

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"zones": [{"first_minor": 1}, {"first_minor": 2}]}, TwoRestZones),
            ({"zones": [{"first_minor": 1, "regions": ["310000", "310000"]}]}, ZonesOverlap),
            ({"zones": [{"first_minor": 1, "regions": ["999999"]}]}, RegionUnknown),
            ({"not_to": ["123456"]}, RegionUnknown),
        ],
    )
    async def test_what_makes_no_sense_is_refused(
        self, world: World, change: dict[str, Any], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            await world.act("logistics.save_freight_template", self.wish(world) | change)
        assert await world.count("freight_settings") == 0

    async def test_a_product_goes_by_a_template_that_is_there(self, world: World) -> None:
        items = [{"product_id": new_id(), "template": "NONE"}]
        with pytest.raises(TemplateNotFound):
            await world.act("logistics.assign_freight", {"shop_id": world.shop_id, "items": items})
        assert await world.count("freight_settings") == 0

    def wish(self, world: World, code: str = "A", first_minor: int = 500, **more: Any) -> dict[str, Any]:
        zones = [{"first_minor": first_minor, "first": 1000, "next": 1000, "next_minor": 100}]
        return {"shop_id": world.shop_id, "code": code, "name": "快递", "basis": "weight", "zones": zones, **more}
