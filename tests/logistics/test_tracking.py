"""Scans: whatever their order, a parcel ends the same; ends stay; orders are signed for with their last parcel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics import service
from shangmai.modules.logistics.contract import (
    Carrier,
    CarrierUnknown,
    FollowParcel,
    Parcel,
    ParcelState,
    Scan,
    ScanKind,
    Tracked,
    WaybillTaken,
    WaybillUnknown,
)
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.tracking import FINAL, journey
from shangmai.modules.logistics.rules.waybills import carrier_called
from tests.logistics.booking import booked, pool, wanted
from tests.routes import reading
from tests.world import World

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
SCANS = st.lists(
    st.builds(
        Scan,
        at=st.integers(0, 30).map(lambda hours: START + timedelta(hours=hours)),
        kind=st.sampled_from(ScanKind),
        text=st.sampled_from(["", "已揽收", "已签收"]),
    ),
    max_size=12,
)


def scan(hour: int, kind: str, text: str = "") -> Scan:
    return Scan(at=START + timedelta(hours=hour), kind=ScanKind(kind), text=text)


class TestJourneys:
    @pytest.mark.parametrize(
        ("kinds", "state"),
        [
            ("", "booked"),
            ("picked_up", "picked_up"),
            ("problem", "picked_up"),
            ("picked_up in_transit out_for_delivery", "out_for_delivery"),
            ("out_for_delivery problem in_transit", "in_transit"),
            ("out_for_delivery signed in_transit", "signed"),
            ("out_for_delivery refused returning in_transit signed", "returned"),
            ("out_for_delivery refused out_for_delivery signed", "signed"),
            ("returning in_transit out_for_delivery", "returning"),
            ("in_transit lost", "lost"),
            ("in_transit lost in_transit", "in_transit"),
            ("in_transit lost signed", "signed"),
            ("signed returned", "signed"),
        ],
    )
    def test_what_scans_come_to(self, kinds: str, state: str) -> None:
        assert journey(scan(n, kind) for n, kind in enumerate(kinds.split())).state is ParcelState(state)

    @given(SCANS, st.randoms())
    def test_any_order_of_the_same_scans_ends_in_the_same(self, scans: list[Scan], random: Any) -> None:
        shuffled = scans + scans[:3]
        random.shuffle(shuffled)
        assert journey(shuffled) == journey(scans)

    @given(SCANS, SCANS)
    def test_an_end_stays_an_end_whatever_comes_later(self, scans: list[Scan], more: list[Scan]) -> None:
        before = journey(scans)
        later = [msgspec.structs.replace(each, at=each.at + timedelta(hours=31)) for each in more]
        if before.state in FINAL:
            assert journey(scans + later) == before
            assert journey(scans + more).state in FINAL


async def tell(world: World, parcel: Parcel, *scans: Scan) -> Tracked:
    given = {"carrier": parcel.carrier, "waybill": parcel.waybill, "scans": msgspec.to_builtins(scans)}
    tracked: Tracked = await world.act("logistics.record_scans", given)
    return tracked


async def told(conn: asyncpg.Connection) -> list[str]:
    rows = await conn.fetch("SELECT name FROM events WHERE name LIKE 'logistics.parcel%' ORDER BY id")
    return [row["name"].removeprefix("logistics.parcel_").removesuffix(".v1") for row in rows]


class TestRecording:
    async def test_duplicates_are_dropped_and_each_new_state_is_told_once(
        self, world: World, admin_conn: asyncpg.Connection
    ) -> None:
        await pool(world, 1)
        parcel = await booked(world)
        pickup, transit, signed = scan(0, "picked_up", "已揽收"), scan(5, "in_transit"), scan(30, "signed")
        assert (await tell(world, parcel, pickup)).added == 1
        assert (await tell(world, parcel, pickup, transit)).added == 1
        assert (await tell(world, parcel, transit)).added == 0
        assert (await tell(world, parcel, signed, scan(40, "in_transit"))).state is ParcelState.SIGNED
        assert (await tell(world, parcel, scan(50, "out_for_delivery"))).state is ParcelState.SIGNED
        assert await told(admin_conn) == ["booked", "picked_up", "in_transit", "signed"]
        async with reading(world.db, routes, SYSTEM) as http:
            read = (await http.get(f"/api/v1/parcels/{parcel.id}")).json()
            scans = (await http.get(f"/api/v1/parcels/{parcel.id}/scans")).json()
            assert (await http.get(f"/api/v1/parcels/{uuid4()}/scans")).status_code == 404
        assert (read["state"], read["ended_at"]) == ("signed", "2026-11-02T14:00:00Z")
        assert [each["kind"] for each in scans] == [
            "picked_up", "in_transit", "signed", "in_transit", "out_for_delivery",
        ]  # fmt: skip

    async def test_any_order_over_several_connections_ends_in_the_same(self, world: World) -> None:
        await pool(world, 2)
        one, two = await booked(world), await booked(world)
        scans = [scan(n, kind) for n, kind in enumerate(("picked_up", "in_transit", "out_for_delivery", "signed"))]
        await asyncio.gather(*(tell(world, one, each) for each in reversed(scans)))
        for each in scans:
            await tell(world, two, each)
        async with world.db.reading(SYSTEM) as tx:
            rows = await tx.fetch("SELECT state, ended_at, picked_up_at, last_scan_at FROM parcels")
        assert rows[0] == rows[1]
        assert rows[0]["state"] == "signed"

    async def test_a_number_that_is_nobody_s_is_refused(self, world: World) -> None:
        given = {"carrier": "ZTO", "waybill": "1234567890", "scans": [msgspec.to_builtins(scan(0, "signed"))]}
        with pytest.raises(WaybillUnknown):
            await world.act("logistics.record_scans", given)
        assert await world.count("parcel_scans") == 0


class TestFollowing:
    async def test_a_number_typed_in_is_followed_once(self, world: World) -> None:
        await pool(world, 1)
        here = await booked(world)
        typed = FollowParcel(
            doc=uuid4(),
            number="SH1",
            company_id=here.company_id,
            warehouse_id=here.warehouse_id,
            carrier="SF",
            waybill="SF1000000000001",
        )
        asked = [
            typed, typed, msgspec.structs.replace(typed, doc=uuid4()),
            msgspec.structs.replace(typed, carrier="NONE"),
            msgspec.structs.replace(typed, doc=here.doc, carrier="ZTO", waybill=here.waybill),
        ]  # fmt: skip
        async with world.db.transaction(door="test") as tx:
            first, again, other, unknown, booked_here = await service.follow(tx, asked)
        assert isinstance(first, Parcel)
        assert again == first
        assert (type(other), type(unknown), booked_here) == (WaybillTaken, CarrierUnknown, here)
        assert await world.count("parcels") == 2

    def test_what_people_call_carriers(self) -> None:
        carriers = [
            Carrier(code=code, name=name, name_en=en, shape="", kuaidi100=k, kdniao="", cainiao="", active=True)
            for code, name, en, k in (
                ("SF", "顺丰速运", "SF Express", "shunfeng"),
                ("EMS", "邮政 EMS", "EMS", "ems"),
                ("POST", "邮政包裹", "China Post", "youzhengguonei"),
            )
        ]
        said = ["顺丰", "sf", "shunfeng", "SF express", "邮政", "EMS", "", "顺", "某快递"]
        assert [carrier_called(carriers, name) for name in said] == [
            "SF", "SF", "SF", "SF", None, "EMS", None, None, None,
        ]  # fmt: skip


class TestOrders:
    async def test_an_order_is_signed_for_with_its_last_parcel(self, world: World) -> None:
        order = await world.place(2)
        await world.pay(order)
        for carrier, number in (("顺丰", "SF1000000000001"), ("中通", "73610000000009")):
            lines = [{"line": 1, "qty": 1}]
            given = {"order_id": order.id, "lines": lines, "carrier": carrier, "waybill": number}
            await world.act("orders.ship", given)
        await world.reader.drain()
        assert await world.count("parcels") == 2
        states = []
        for carrier, number in (("SF", "SF1000000000001"), ("ZTO", "73610000000009")):
            scans = [msgspec.to_builtins(scan(9, "signed"))]
            given = {"carrier": carrier, "waybill": number, "scans": scans}
            await world.act("logistics.record_scans", given)
            await world.reader.drain()
            states.append((await world.detail(order)).order.status.value)
        assert states == ["shipped", "signed"]

    async def test_one_without_a_number_waits_for_people(self, world: World) -> None:
        order = await world.place(2)
        await world.pay(order)
        first = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "carrier": "SF", "waybill": "SF1000000000001"}
        await world.act("orders.ship", first)
        await world.act("orders.ship", {"order_id": order.id})
        await world.reader.drain()
        scans = [msgspec.to_builtins(scan(9, "signed"))]
        await world.act("logistics.record_scans", {"carrier": "SF", "waybill": "SF1000000000001", "scans": scans})
        await world.reader.drain()
        assert (await world.detail(order)).order.status.value == "shipped"

    async def test_a_courier_may_be_quicker_than_who_notes_that_it_left(self, world: World) -> None:
        await pool(world, 1)
        order = await world.place(1)
        await world.pay(order)
        parcel = await booked(world, wanted(world))
        await tell(world, parcel, scan(9, "signed"))
        await world.reader.drain()
        await world.act("orders.ship", {"order_id": order.id, "carrier": "ZTO", "waybill": parcel.waybill})
        await world.reader.drain()
        assert (await world.detail(order)).order.status.value == "signed"
