"""What goes wrong with parcels is found, told once, closed when it ends; lanes are learned from what arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.logistics import jobs
from shangmai.modules.logistics.contract import (
    AnomalyCause,
    NoSuchAnomaly,
    Parcel,
    ParcelId,
    ParcelNotFound,
    ParcelState,
    PickupFrom,
    Scan,
    ScanKind,
    WatchPolicy,
)
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.watching import Facts, found, ready_since
from shangmai.modules.orders.jobs import take_as_received
from shangmai.modules.organization.contract import CompanyId
from tests.logistics.booking import booked, pool
from tests.logistics.test_tracking import tell
from tests.routes import reading
from tests.world import World

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HANGZHOU = "330100"


def parcel(state: ParcelState, booked_h: int = 0) -> Parcel:
    return Parcel(
        id=ParcelId(uuid4()),
        doc=uuid4(),
        number="1",
        company_id=CompanyId(uuid4()),
        warehouse_id=uuid4(),  # type: ignore[arg-type]
        carrier="ZTO",
        account_id=None,
        waybill="1",
        state=state,
        weight_g=0,
        from_region=None,
        to_region=None,
        route="",
        note="",
        problem="",
        created_at=NOW - timedelta(hours=booked_h),
        booked_at=NOW - timedelta(hours=booked_h),
    )


def facts(state: str, *, booked_h: int = 0, picked_h: int = 0, last_h: int = 0, **more: Any) -> Facts:
    given: dict[str, Any] = {
        "parcel": parcel(ParcelState(state), booked_h),
        "since": NOW - timedelta(hours=last_h),
        "picked_up_at": NOW - timedelta(hours=picked_h),
        "last_scan_at": NOW - timedelta(hours=last_h),
        "trouble": False,
        "transit_h": None,
    }
    return Facts(**given | more)


def ago_(hours: int) -> datetime:
    return NOW - timedelta(hours=hours)


class TestRules:
    @pytest.mark.parametrize(
        ("start", "given", "since"),
        [
            ("handed", {"handed_at": ago_(5), "packed_at": ago_(9), "from_floor": True}, ago_(5)),
            ("handed", {"packed_at": ago_(9), "from_floor": True}, None),
            ("handed", {}, ago_(30)),
            ("packed", {"handed_at": ago_(5), "packed_at": ago_(9), "from_floor": True}, ago_(9)),
            ("packed", {"handed_at": ago_(5)}, ago_(5)),
            ("packed", {"from_floor": True}, None),
            ("packed", {}, ago_(30)),
            ("booked", {"handed_at": ago_(5), "packed_at": ago_(9), "from_floor": True}, ago_(30)),
        ],
    )
    def test_since_when_a_carrier_is_waited_for(
        self, start: str, given: dict[str, Any], since: datetime | None
    ) -> None:
        assert ready_since(facts("booked", booked_h=30, **given), PickupFrom(start)) == since

    @pytest.mark.parametrize(
        ("given", "wrong"),
        [
            (facts("booked", booked_h=23), []),
            (facts("booked", booked_h=24), ["not_picked_up"]),
            (facts("booked", booked_h=99, from_floor=True), []),
            (facts("booked", booked_h=99, from_floor=True, packed_at=ago_(30)), []),
            (facts("booked", booked_h=99, from_floor=True, packed_at=ago_(30), handed_at=ago_(23)), []),
            (facts("booked", booked_h=99, from_floor=True, handed_at=ago_(24)), ["not_picked_up"]),
            (facts("booked", booked_h=99, handed_at=ago_(23)), []),
            (facts("in_transit", picked_h=50, last_h=47), []),
            (facts("in_transit", picked_h=50, last_h=48), ["stuck"]),
            (facts("in_transit", picked_h=119, last_h=1), []),
            (facts("in_transit", picked_h=120, last_h=1), ["late"]),
            (facts("in_transit", picked_h=40, last_h=1, transit_h=36), ["late"]),
            (facts("out_for_delivery", picked_h=9, trouble=True), ["trouble"]),
            (facts("in_transit", picked_h=200, last_h=99, trouble=True), ["late", "stuck", "trouble"]),
            (facts("returning", picked_h=200, last_h=99), ["returning"]),
            (facts("returned"), ["returned"]),
            (facts("lost"), ["lost"]),
            (facts("signed", picked_h=200, last_h=99, trouble=True), []),
            (facts("canceled", booked_h=99), []),
            (facts("booked", booked_h=99, received=True), []),
            (facts("in_transit", picked_h=200, last_h=99, trouble=True, received=True), []),
            (facts("returning", picked_h=200, last_h=99, received=True), ["returning"]),
        ],
    )
    def test_what_is_wrong(self, given: Facts, wrong: list[str]) -> None:
        assert sorted(cause.value for cause in found(given, WatchPolicy(), NOW)) == wrong

    @given(st.sampled_from(["booked", "picked_up", "in_transit", "out_for_delivery"]), st.integers(0, 300))
    def test_what_is_wrong_stays_wrong_while_nothing_happens(self, state: str, hours: int) -> None:
        one = facts(state, booked_h=hours, picked_h=hours, last_h=hours)
        before = found(one, WatchPolicy(), NOW)
        after = found(one, WatchPolicy(), NOW + timedelta(hours=5))
        assert before.items() <= after.items()


async def age(db: Database, one: Parcel, hours: int) -> None:
    """Let a parcel have been booked so many hours ago."""
    async with db.transaction(door="test") as tx:
        older = "UPDATE parcels SET booked_at = booked_at - make_interval(hours => $2) WHERE id = $1"
        await tx.execute(older, one.id, hours)


async def told(conn: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await conn.fetch(
        "SELECT name, payload ->> 'cause' AS cause FROM events WHERE name LIKE 'logistics.anomaly%' ORDER BY id"
    )
    return [(row["name"].split("_")[1].split(".")[0], row["cause"]) for row in rows]


def ago(hours: float, kind: str) -> Scan:
    return Scan(at=datetime.now(UTC) - timedelta(hours=hours), kind=ScanKind(kind))


class TestWatching:
    async def test_it_is_found_once_and_closed_when_it_ends(
        self, world: World, db: Database, admin_conn: asyncpg.Connection
    ) -> None:
        await pool(world, 2)
        late, _ = await booked(world), await booked(world)
        await age(db, late, 30)
        for _ in range(2):
            await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", "not_picked_up")]
        async with reading(world.db, routes, SYSTEM) as http:
            (one,) = (await http.get("/api/v1/parcel-anomalies")).json()["items"]
            assert (one["waybill"], one["cause"]) == (late.waybill, "not_picked_up")
            assert one["about"]["action_zh"] == "催快递揽收，或取消运单换快递重发"
            assert (await http.get("/api/v1/parcel-anomalies?cause=lost")).json()["items"] == []
        await tell(world, late, ago(1, "picked_up"))
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", "not_picked_up"), ("ended", "not_picked_up")]
        async with reading(world.db, routes, SYSTEM) as http:
            assert (await http.get("/api/v1/parcel-anomalies")).json()["items"] == []
            assert len((await http.get("/api/v1/parcel-anomalies?closed=true")).json()["items"]) == 1

    async def test_what_a_person_closed_is_not_found_again_but_a_new_case_is(
        self, world: World, db: Database, admin_conn: asyncpg.Connection
    ) -> None:
        await pool(world, 1)
        one = await booked(world)
        await tell(world, one, ago(100, "picked_up"), ago(60, "in_transit"))
        await jobs.watch_parcels(world.runner)
        closing = {"parcel_id": one.id, "cause": "stuck", "note": "已催件"}
        await world.act("logistics.close_anomaly", closing)
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", "stuck"), ("ended", "stuck")]
        with pytest.raises(NoSuchAnomaly):
            await world.act("logistics.close_anomaly", closing)
        await tell(world, one, ago(50, "in_transit"))
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", "stuck"), ("ended", "stuck"), ("found", "stuck")]

    async def test_a_company_says_after_how_many_hours(self, world: World, db: Database) -> None:
        hours = {"pickup_h": 2, "pickup_from": "packed", "stuck_h": 48, "transit_h": 120, "sign_days": 0}
        await world.act("logistics.set_watch_policy", {"company_id": world.company_id, "policy": hours})
        await pool(world, 1)
        await age(db, await booked(world), 3)
        await jobs.watch_parcels(world.runner)
        assert await world.count("parcel_anomalies") == 1
        async with reading(world.db, routes, SYSTEM) as http:
            read = (await http.get(f"/api/v1/watch-policy?company_id={world.company_id}")).json()
        assert read == hours

    async def test_signed_but_not_received_is_said_by_people(
        self, world: World, admin_conn: asyncpg.Connection
    ) -> None:
        await pool(world, 1)
        one = await booked(world)
        await tell(world, one, ago(3, "signed"))
        for _ in range(2):
            await world.act("logistics.report_not_received", {"parcel_id": one.id, "note": "买家称未收到"})
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", "not_received")]
        await world.act("logistics.close_anomaly", {"parcel_id": one.id, "cause": "not_received"})
        with pytest.raises(ParcelNotFound):
            await world.act("logistics.report_not_received", {"parcel_id": uuid4()})

    async def test_orders_are_marked_for_a_look_meanwhile(self, world: World) -> None:
        order = await world.place(1)
        await world.pay(order)
        await world.act("orders.ship", {"order_id": order.id, "carrier": "中通", "waybill": "73610000000009"})
        await world.reader.drain()
        given = {"carrier": "ZTO", "waybill": "73610000000009"}
        for hours, kind, marks in ((9, "refused", 1), (1, "out_for_delivery", 0)):
            scans = msgspec.to_builtins([ago(hours, kind)])
            await world.act("logistics.record_scans", given | {"scans": scans})
            await jobs.watch_parcels(world.runner)
            await world.reader.drain()
            async with world.db.reading(SYSTEM) as tx:
                rows = await tx.fetch("SELECT code, zh, blocks FROM order_hold_backs WHERE order_id = $1", order.id)
            assert [(row["code"], row["blocks"]) for row in rows] == [("orders.parcel", False)] * marks

    async def test_what_a_buyer_has_got_is_waited_for_no_more(
        self, world: World, db: Database, admin_conn: asyncpg.Connection
    ) -> None:
        """Its carrier has scanned nothing; the order's mark goes with the buyer's word, and does not come back."""
        order = await world.place(1)
        await world.pay(order)
        at = datetime.now(UTC) - timedelta(hours=30)
        await world.act("orders.ship", {"order_id": order.id, "carrier": "中通", "waybill": "73610000000009"}, at=at)
        await world.reader.drain()
        marks = "SELECT count(*) FROM order_hold_backs WHERE code = 'orders.parcel'"
        await jobs.watch_parcels(world.runner)
        await world.reader.drain()
        assert await admin_conn.fetchval(marks) == 1
        await world.act("orders.sign", {"order_id": order.id})
        for _ in range(2):
            await world.reader.drain()
            assert await admin_conn.fetchval(marks) == 0
            assert await told(admin_conn) == [("found", "not_picked_up"), ("ended", "not_picked_up")]
            await jobs.watch_parcels(world.runner)


class TestLanes:
    async def test_lanes_are_learned_and_make_late_what_the_lane_does_not_take(
        self, world: World, db: Database, admin_conn: asyncpg.Connection
    ) -> None:
        await world.act("inventory.set_warehouse_region", {"warehouse_id": world.warehouse_id, "region": HANGZHOU})
        await pool(world, 30)
        for hours in range(1, 21):
            done = await booked(world)
            start = ago(100, "picked_up")
            signed = Scan(at=start.at + timedelta(hours=hours), kind=ScanKind.SIGNED)
            await tell(world, done, start, signed)
        one = await booked(world)
        await tell(world, one, ago(30, "picked_up"), ago(1, "in_transit"))
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == []
        for _ in range(2):
            await jobs.learn_lanes(world.runner)
        async with reading(world.db, routes, SYSTEM) as http:
            (lane,) = (await http.get("/api/v1/carrier-lanes")).json()
        assert (lane["carrier"], lane["from_city"], lane["to_province"]) == ("ZTO", HANGZHOU, "330000")
        assert (lane["parcels"], lane["p50_h"], lane["p90_h"]) == (20, 10, 18)
        await jobs.watch_parcels(world.runner)
        assert await told(admin_conn) == [("found", AnomalyCause.LATE.value)]


class TestTakenAsReceived:
    async def test_orders_that_left_long_ago_and_are_in_no_trouble(self, world: World) -> None:
        async def sent(days: int, waybill: str = "") -> Any:
            order = await world.place(1)
            await world.pay(order)
            at = datetime.now(UTC) - timedelta(days=days)
            await world.act("orders.ship", {"order_id": order.id, "carrier": "ZTO", "waybill": waybill}, at=at)
            return order

        old, young, bad = await sent(8), await sent(6), await sent(9, "73610000000009")
        await world.reader.drain()
        scans = msgspec.to_builtins([ago(1, "refused")])
        await world.act("logistics.record_scans", {"carrier": "ZTO", "waybill": "73610000000009", "scans": scans})
        await jobs.watch_parcels(world.runner)
        await world.reader.drain()

        async def states() -> list[str]:
            return [(await world.detail(each)).order.status.value for each in (old, young, bad)]

        await take_as_received(world.runner)
        assert await states() == ["shipped"] * 3
        policy = {"company_id": world.company_id, "policy": {"sign_days": 7}}
        await world.act("logistics.set_watch_policy", policy)
        for _ in range(2):
            await take_as_received(world.runner)
        assert await states() == ["signed", "shipped", "shipped"]
        await world.act("orders.sign", {"order_id": bad.id})
