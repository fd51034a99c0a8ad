"""A carrier's bill is checked line by line; what is too much is told with why, and goes into a file."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.sheets import open_sheet
from shangmai.modules.logistics.contract import (
    BillLine,
    BillReason,
    CardZone,
    CarrierCard,
    CarrierCardId,
    Parcel,
    ParcelId,
    ParcelState,
    WeightNotUsable,
)
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.billing import Billed, check
from shangmai.modules.organization.contract import CompanyId
from tests.logistics.booking import booked, pool, wanted
from tests.routes import reading
from tests.world import World

HANGZHOU, SHANGHAI, LHASA = "330100", "310115", "540102"
CARD = CarrierCard(
    id=CarrierCardId(UUID(int=1)),
    company_id=CompanyId(UUID(int=2)),
    code="ZTO",
    name="中通",
    name_en="",
    origins=(),
    zones=(
        CardZone(regions=("310000",), first_minor=500, step_minor=100, hours=24),
        CardZone(first_minor=1500, step_minor=900, hours=99),
    ),
    active=True,
)


BULKY = CardZone(regions=("310000",), first_minor=500, step_minor=100, cm3_per_kg=6000, hours=24)
"""A price card's zone by which 6 litres count as a kilogram."""


def parcel(
    weight_g: int = 900, state: ParcelState = ParcelState.SIGNED, to: str | None = SHANGHAI, volume_cm3: int = 0
) -> Parcel:
    return Parcel(
        id=ParcelId(UUID(int=3)),
        doc=uuid4(),
        number="1",
        company_id=CARD.company_id,
        warehouse_id=uuid4(),  # type: ignore[arg-type]
        carrier="ZTO",
        account_id=None,
        waybill="1",
        state=state,
        weight_g=weight_g,
        from_region=HANGZHOU,
        to_region=to,
        route="",
        note="",
        problem="",
        created_at=None,  # type: ignore[arg-type]
        volume_cm3=volume_cm3,
    )


class TestRules:
    @pytest.mark.parametrize(
        ("billed", "of", "repeated", "expected", "difference", "reasons"),
        [
            (Billed(500, 900, None), parcel(), False, 500, 0, ""),
            (Billed(700, 3000, None), parcel(), False, 500, 200, "weight"),
            (Billed(1500, 900, LHASA), parcel(), False, 500, 1000, "zone"),
            (Billed(3300, 3000, LHASA), parcel(), False, 500, 2800, "weight zone"),
            (Billed(650, 900, None), parcel(), False, 500, 150, "price"),
            (Billed(800, 3000, None), parcel(), False, 500, 300, "weight price"),
            (Billed(400, 900, None), parcel(), False, 500, -100, "price"),
            (Billed(500, 900, None), parcel(), True, 0, 500, "duplicate"),
            (Billed(500, 900, None), None, False, 0, 500, "unknown"),
            (Billed(500, 900, None), parcel(state=ParcelState.CANCELED), False, 0, 500, "canceled"),
            (Billed(700, 3000, None), parcel(weight_g=0), False, 700, 0, ""),
            (Billed(900, 3000, None), parcel(weight_g=0), False, 700, 200, "no_weight price"),
            (Billed(900, None, None), parcel(weight_g=0), False, None, 0, "no_weight"),
            (Billed(900, 900, None), parcel(to=None), False, None, 0, "no_card"),
        ],
    )
    def test_what_a_line_comes_to(
        self, billed: Billed, of: Parcel | None, repeated: bool, expected: int | None, difference: int, reasons: str
    ) -> None:
        said = check(billed, of, [CARD], is_repeated=repeated)
        assert (said.expected_minor, said.difference_minor) == (expected, difference)
        assert said.reasons == tuple(BillReason(each) for each in reasons.split())

    @pytest.mark.parametrize(
        ("billed", "volume_cm3", "charged", "difference", "reasons"),
        [
            (Billed(700, 3000, None), 18_000, 3000, 0, ""),
            (Billed(700, 2001, None), 12_001, 2001, 0, ""),
            (Billed(500, 900, None), 5_400, 900, 0, ""),
            (Billed(900, 5000, None), 18_000, 3000, 200, "weight"),
            (Billed(700, 3000, None), 0, 900, 200, "weight"),
            (Billed(600, 900, None), 18_000, 3000, -100, "price"),
        ],
    )
    def test_a_light_parcel_is_owed_by_its_room(
        self, billed: Billed, volume_cm3: int, charged: int, difference: int, reasons: str
    ) -> None:
        by_room = replace(CARD, zones=(BULKY,))
        said = check(billed, parcel(volume_cm3=volume_cm3), [by_room], is_repeated=False)
        assert (said.expected_g, said.difference_minor) == (charged, difference)
        assert said.reasons == tuple(BillReason(each) for each in reasons.split())
        of_weight = check(billed, parcel(volume_cm3=volume_cm3), [CARD], is_repeated=False)
        assert of_weight.expected_g == 900, "a card that says nothing of room goes by weight alone"

    @given(
        st.integers(0, 10_000),
        st.none() | st.integers(0, 20_000),
        st.sampled_from([None, SHANGHAI, LHASA]),
        st.integers(0, 20_000),
        st.booleans(),
    )
    def test_a_difference_has_a_reason_and_is_billed_less_expected(
        self, amount: int, weight: int | None, to: str | None, ours: int, repeated: bool
    ) -> None:
        said = check(Billed(amount, weight, to), parcel(ours), [CARD], is_repeated=repeated)
        assert bool(said.reasons) >= bool(said.difference_minor)
        if said.expected_minor is not None:
            assert said.difference_minor == amount - said.expected_minor


def line(world: World, waybill: str, amount: str, kg: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"company_id": world.company_id, "carrier": "ZTO", "bill": "2026-11", "waybill": waybill, "amount": amount}
    return given | ({} if kg is None else {"weight_kg": kg}) | more


class TestBills:
    async def ready(self, world: World) -> list[Parcel]:
        await world.act("inventory.set_warehouse_region", {"warehouse_id": world.warehouse_id, "region": HANGZHOU})
        zones = [{"first_minor": 500, "step_minor": 100, "hours": 24}]
        card = {"company_id": world.company_id, "code": "ZTO", "name": "中通", "zones": zones}
        await world.act("logistics.save_carrier_card", card)
        await pool(world, 5)
        return [await booked(world, wanted(world)) for _ in range(3)]

    async def test_a_bill_is_checked_summed_and_disputed(self, world: World, tmp_path: Path) -> None:
        right, heavy, twice = await self.ready(world)
        for asked in (
            line(world, right.waybill, "5", "0.8"),
            line(world, heavy.waybill, "7.00", "2.5"),
            line(world, twice.waybill, "5"),
            line(world, twice.waybill, "5", line="2"),
            line(world, "99999999999999", "6"),
        ):
            first: BillLine = await world.act("logistics.record_bill_line", asked)
            again: BillLine = await world.act("logistics.record_bill_line", asked)
            assert (again.id, again.reasons, again.difference_minor) == (
                first.id, first.reasons, first.difference_minor,
            )  # fmt: skip
        with pytest.raises(WeightNotUsable):
            await world.act("logistics.record_bill_line", line(world, right.waybill, "5", "0.8005"))
        bill = {"company_id": str(world.company_id), "carrier": "ZTO", "bill": "2026-11"}
        async with reading(world.db, routes, SYSTEM) as http:
            (told,) = (await http.get("/api/v1/carrier-bills")).json()
            page = (await http.get("/api/v1/carrier-bills/lines", params=bill)).json()
            every = (await http.get("/api/v1/carrier-bills/lines", params=bill | {"wrong": "false"})).json()
            file = await http.get("/api/v1/carrier-bills/dispute", params=bill, headers={"accept-language": "zh-CN"})
        assert (told["lines"], told["wrong"], told["billed_minor"]) == (5, 3, 2800)
        assert (told["expected_minor"], told["difference_minor"]) == (1500, 1300)
        assert (len(every["items"]), len(page["items"])) == (5, 3)
        assert {each["waybill"]: each["reasons"] for each in page["items"]} == {
            heavy.waybill: ["weight"],
            twice.waybill: ["duplicate"],
            "99999999999999": ["unknown"],
        }
        path = tmp_path / "dispute.xlsx"
        path.write_bytes(file.content)
        rows = [
            (row["运单号"], Decimal(str(row["差额"])), row["原因"]) for row in open_sheet(path).dicts()
        ]  # fmt: skip
        assert rows == [
            (heavy.waybill, Decimal(2), "计费重量偏高"),
            (twice.waybill, Decimal(5), "重复计费"),
            ("99999999999999", Decimal(6), "本公司没有此运单"),
        ]

    async def test_two_lines_of_one_number_at_once_are_owed_once(self, world: World) -> None:
        parcel, *_ = await self.ready(world)
        lines = [line(world, parcel.waybill, "5", line=str(n)) for n in range(6)]
        answers = await asyncio.gather(*(world.act("logistics.record_bill_line", each) for each in lines))
        assert sorted(each.expected_minor for each in answers) == [0, 0, 0, 0, 0, 500]
