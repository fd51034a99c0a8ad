"""Price cards of carriers: first and further weight, zones, which card counts; saved under the company's scope."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.modules.logistics.contract import (
    CardZone,
    CarrierCard,
    CarrierCardId,
    PriceCard,
    RegionUnknown,
    TwoRestZones,
    ZonesOverlap,
)
from shangmai.modules.logistics.http.places import list_carrier_cards
from shangmai.modules.logistics.rules.price_cards import rate_of
from shangmai.modules.organization.contract import CompanyId
from tests.routes import reading
from tests.world import World

HANGZHOU, CHENGDU, PUDONG, LHASA = "330100", "510100", "310115", "540102"


def zone(first: int, *regions: str, step: int = 100, hours: int = 24) -> CardZone:
    return CardZone(regions=regions, first_minor=first, step_minor=step, hours=hours)


def carrier(code: str, *zones: CardZone, origins: tuple[str, ...] = (), active: bool = True) -> CarrierCard:
    return CarrierCard(
        id=CarrierCardId(UUID(int=1)),
        company_id=CompanyId(UUID(int=2)),
        code=code,
        name=code,
        name_en="",
        origins=origins,
        zones=zones,
        active=active,
    )


class TestPrices:
    def test_first_and_further_weight(self) -> None:
        price = PriceCard(first_g=1000, first_minor=800, step_g=500, step_minor=200, hours=24, carbon_g_per_kg=50)
        asked = [price.cost_minor(grams) for grams in (0, 1, 1000, 1001, 1500, 1501)]
        assert asked == [800, 800, 800, 1000, 1000, 1200]
        remote = PriceCard(first_minor=800, step_minor=200, surcharge_minor=1500, hours=72)
        assert [remote.cost_minor(grams) for grams in (1, 1001)] == [2300, 2500]
        assert [price.carbon_g(grams) for grams in (0, 1000, 1001)] == [50, 50, 100]

    @given(
        st.builds(
            PriceCard,
            first_g=st.integers(1, 5000),
            first_minor=st.integers(0, 5000),
            step_g=st.integers(1, 2000),
            step_minor=st.integers(0, 2000),
            surcharge_minor=st.integers(0, 3000),
            hours=st.integers(1, 100),
        ),
        st.integers(0, 50_000),
        st.integers(0, 5_000),
    )
    def test_more_weight_never_costs_less_and_a_step_at_most_one_step_more(
        self, price: PriceCard, grams: int, more: int
    ) -> None:
        before, after = price.cost_minor(grams), price.cost_minor(grams + more)
        assert before <= after <= before + -(-more // price.step_g) * price.step_minor


class TestRates:
    def test_a_district_goes_before_its_province_and_the_rest_comes_last(self) -> None:
        card = carrier("A", zone(900), zone(500, "310000"), zone(300, PUDONG))
        asked = {to: rate_of([card], HANGZHOU, to, 100) for to in (PUDONG, "310101", LHASA)}
        assert {to: rate.price.first_minor for to, rate in asked.items() if rate} == {
            PUDONG: 300,
            "310101": 500,
            LHASA: 900,
        }

    def test_the_cheapest_card_from_there_counts_and_of_two_alike_the_quicker(self) -> None:
        cards = [
            carrier("EAST", zone(500), origins=("330000",)),
            carrier("SLOW", zone(600, hours=72)),
            carrier("QUICK", zone(600, hours=24)),
            carrier("OFF", zone(1), active=False),
        ]
        east, west = rate_of(cards, HANGZHOU, LHASA, 100), rate_of(cards, CHENGDU, LHASA, 100)
        assert (east and east.card, west and west.card) == ("EAST", "QUICK")

    def test_the_weight_decides_which_is_the_cheapest(self) -> None:
        cards = [carrier("LIGHT", zone(300, step=500)), carrier("HEAVY", zone(600, step=100))]
        assert [(rate := rate_of(cards, HANGZHOU, LHASA, g)) and rate.card for g in (900, 5000)] == ["LIGHT", "HEAVY"]

    def test_nobody_sends_where_no_zone_fits(self) -> None:
        assert rate_of([carrier("A", zone(500, "310000"))], HANGZHOU, LHASA, 100) is None
        assert rate_of([carrier("A", zone(500), origins=("510000",))], HANGZHOU, LHASA, 100) is None


def saved(world: World, **more: Any) -> dict[str, Any]:
    zones = [{"regions": ["310000"], "first_minor": 500, "step_minor": 100, "hours": 24}]
    return {"company_id": world.company_id, "code": "SF", "name": "顺丰", "zones": zones} | more


class TestSaving:
    async def test_a_card_is_replaced_by_its_code_and_listed(self, world: World) -> None:
        first = await world.act("logistics.save_carrier_card", saved(world))
        again = await world.act("logistics.save_carrier_card", saved(world, name="顺丰标快", origins=["330000"]))
        assert (again.id, again.name, again.origins) == (first.id, "顺丰标快", ("330000",))
        async with reading(world.db, [list_carrier_cards], SYSTEM) as http:
            (card,) = (await http.get("/api/v1/carrier-cards")).json()
        assert (card["code"], card["zones"][0]["first_minor"], card["zones"][0]["first_g"]) == ("SF", 500, 1000)

    @pytest.mark.parametrize(
        ("more", "refusal"),
        [
            ({"origins": ["999999"]}, RegionUnknown),
            ({"zones": [{"regions": ["310000"], "first_minor": 1, "step_minor": 1, "hours": 1}] * 2}, ZonesOverlap),
            ({"zones": [{"first_minor": 1, "step_minor": 1, "hours": 1}] * 2}, TwoRestZones),
        ],
    )
    async def test_a_card_that_cannot_be_is_refused(self, world: World, more: Any, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            await world.act("logistics.save_carrier_card", saved(world, **more))
        assert await world.count("carrier_cards") == 0

    async def test_another_company_is_out_of_scope(self, world: World) -> None:
        await world.act("logistics.save_carrier_card", saved(world))
        theirs = {"company": frozenset({UUID(int=8)})}
        other = Actor(id=UUID(int=7), kind="user", name="外人", grants=frozenset({"logistics.*"}), scopes=theirs)
        with pytest.raises(OutOfScope):
            await world.act("logistics.save_carrier_card", saved(world, name="改"), actor=other)
        async with reading(world.db, [list_carrier_cards], other) as http:
            assert (await http.get("/api/v1/carrier-cards")).json() == []
