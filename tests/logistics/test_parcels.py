"""Parcels: numbers out of pools, each given once, also to two at once; booked once, canceled while they are here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.modules.inventory.contract import WarehouseNotFound
from shangmai.modules.logistics import jobs, service
from shangmai.modules.logistics.contract import (
    CarrierUnknown,
    NoCarrierAccount,
    NotANumberSeries,
    Parcel,
    ParcelHasLeft,
    ParcelReceiver,
    ParcelsCanceled,
    ParcelState,
    PoolEmpty,
)
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.waybills import region_to, series_from
from shangmai.modules.logistics.service.outside import push_token
from tests.logistics.booking import RECEIVER, booked, pool, wanted
from tests.routes import reading
from tests.world import World


def numbers(parcels: Any) -> list[str]:
    return [each.waybill if isinstance(each, Parcel) else type(each).__name__ for each in parcels]


class TestSeries:
    def test_the_digits_at_the_end_count_up_and_keep_their_length(self) -> None:
        assert series_from("SF009", 3) == ["SF009", "SF010", "SF011"]

    @pytest.mark.parametrize(("first", "count"), [("SF", 1), ("SF98", 3)])
    def test_what_can_not_be_counted_up(self, first: str, count: int) -> None:
        with pytest.raises(NotANumberSeries):
            series_from(first, count)

    @given(st.integers(0, 10**9), st.integers(1, 300))
    def test_as_many_as_asked_for_and_none_twice(self, first: int, count: int) -> None:
        made = series_from(f"YT{first:012}", count)
        assert len(set(made)) == count
        assert {len(each) for each in made} == {14}


class TestRegions:
    def test_as_deep_as_the_names_are_known(self) -> None:
        assert region_to(RECEIVER) == "330106"
        assert region_to(ParcelReceiver(name="王", phone="13800138000", province="浙江", city="杭州")) == "330100"
        assert region_to(ParcelReceiver(name="王", phone="13800138000", province="浙江", city="那里")) == "330000"
        assert region_to(ParcelReceiver(name="王", phone="13800138000", street="那里")) is None


class TestBooking:
    async def test_each_gets_the_next_number_and_the_rest_are_refused(self, world: World) -> None:
        await pool(world, 2)
        asked = [wanted(world), wanted(world, carrier="NOBODY"), wanted(world), wanted(world, carrier="SF")]
        asked += [wanted(world), wanted(world, warehouse_id=uuid4())]
        async with world.transaction(door="test") as tx:
            answers = await service.book(tx, asked)
        assert numbers(answers) == [
            "73610000000001", CarrierUnknown.__name__, "73610000000002", NoCarrierAccount.__name__,
            PoolEmpty.__name__, WarehouseNotFound.__name__,
        ]  # fmt: skip
        assert await world.count("parcels") == 2

    async def test_the_same_number_of_a_doc_is_the_same_parcel(self, world: World) -> None:
        await pool(world, 5)
        asked = wanted(world)
        first = await booked(world, asked)
        again = await booked(world, asked)
        other = await booked(world, wanted(world, "2", doc=asked.doc))
        assert (again, other.id != first.id) == (first, True)
        assert (first.state, first.to_region, first.weight_g) == (ParcelState.BOOKED, "330106", 800)
        async with world.db.reading(SYSTEM) as tx:
            assert [each.id for each in await service.parcels_of(tx, [asked.doc])] == [first.id, other.id]
            assert await service.receivers_of(tx, [first.id]) == {first.id: RECEIVER}

    async def test_the_account_of_the_warehouse_stands_before_the_company_s(self, world: World) -> None:
        await pool(world, 1)
        await pool(world, 1, first="9000", warehouse_id=world.warehouse_id)
        assert (await booked(world)).waybill == "9000"

    async def test_a_pool_that_becomes_low_says_so_once(self, world: World, admin_conn: asyncpg.Connection) -> None:
        account = await pool(world, 3, low_at=2)
        for _ in range(2):
            await booked(world)
        low = "SELECT payload ->> 'free' FROM events WHERE name = 'logistics.waybills_low.v1'"
        assert [row[0] for row in await admin_conn.fetch(low)] == ["2"]
        again = {"account_id": account, "numbers": ["73610000000002", "A100", "A200"]}
        added = await world.act("logistics.add_waybills", again)
        assert (added.added, added.known, added.free) == (2, 1, 3)
        await booked(world)
        assert [row[0] for row in await admin_conn.fetch(low + " ORDER BY at")] == ["2", "2"]

    async def test_the_receiver_is_stored_encrypted(self, world: World, admin_conn: asyncpg.Connection) -> None:
        await pool(world, 1)
        await booked(world)
        stored = await admin_conn.fetchval("SELECT parcels::text || encode(receiver, 'escape') FROM parcels")
        logged = await admin_conn.fetchval("SELECT string_agg(concat(input, output), ' ') FROM action_log")
        assert "ZTO" in logged
        for secret in ("王小明", "13800138000"):
            assert secret not in stored + logged


class TestTwoAtOnce:
    async def test_two_connections_never_get_the_same_number(self, world: World) -> None:
        await pool(world, 40)

        async def take(count: int) -> list[str]:
            async with world.transaction(door="test") as tx:
                return numbers(await service.book(tx, [wanted(world) for _ in range(count)]))

        taken = [number for part in await asyncio.gather(*(take(5) for _ in range(8))) for number in part]
        assert len(set(taken)) == 40
        assert PoolEmpty.__name__ not in taken

    async def test_who_comes_while_another_takes_gets_the_next_ones(self, world: World) -> None:
        """The first has not committed: the second neither waits for it nor gets what it holds."""
        await pool(world, 4)
        async with world.transaction(door="test") as one, world.transaction(door="test") as two:
            first = numbers(await service.book(one, [wanted(world), wanted(world)]))
            second = numbers(await service.book(two, [wanted(world), wanted(world)]))
        assert sorted(first + second) == [f"7361000000000{n}" for n in range(1, 5)]

    async def test_a_parcel_that_two_book_is_one_and_takes_one_number(self, world: World) -> None:
        account = await pool(world, 10)
        asked = wanted(world)

        async def book() -> list[str]:
            async with world.transaction(door="test") as tx:
                return numbers(await service.book(tx, [asked, asked]))

        answers = await asyncio.gather(*(book() for _ in range(6)))
        assert {number for part in answers for number in part} == {"73610000000001"}
        assert await free(world.db, account) == 9

    async def test_booking_and_canceling_at_once_leave_no_number_behind(self, world: World) -> None:
        account = await pool(world, 10)
        asked = wanted(world)

        async def book() -> None:
            async with world.transaction(door="test") as tx:
                await service.book(tx, [asked])

        async def cancel() -> None:
            async with world.transaction(door="test") as tx:
                await service.cancel(tx, [asked.doc])

        await asyncio.gather(*(each() for each in (book, cancel) * 5))
        async with world.db.reading(SYSTEM) as tx:
            live = await service.parcels_of(tx, [asked.doc])
        assert await free(world.db, account) == 10 - len(live)


async def free(db: Database, account: UUID) -> int:
    async with db.reading(SYSTEM) as tx:
        count: int = await tx.fetchval(
            "SELECT count(*) FROM waybills WHERE account_id = $1 AND parcel_id IS NULL", account
        )
    return count


class TestCanceling:
    async def test_the_number_goes_back_behind_the_others(self, world: World) -> None:
        await pool(world, 3)
        asked = wanted(world)
        first = await booked(world, asked)
        async with world.transaction(door="test") as tx:
            nothing = uuid4()
            assert await service.cancel(tx, [asked.doc, nothing]) == [
                ParcelsCanceled(doc=asked.doc, waybills=(first.waybill,)),
                ParcelsCanceled(doc=nothing, waybills=()),
            ]
        again = await world.act("logistics.cancel_parcel", {"parcel_id": first.id})
        assert again.state is ParcelState.CANCELED
        taken = [(await booked(world, asked)).waybill]
        taken += [(await booked(world)).waybill for _ in range(2)]
        assert taken == ["73610000000002", "73610000000003", first.waybill]

    async def test_what_the_carrier_has_stays(self, world: World, admin_conn: asyncpg.Connection) -> None:
        account = await pool(world, 2)
        asked = wanted(world)
        gone = await booked(world, asked)
        await booked(world, wanted(world, "2", doc=asked.doc))
        await admin_conn.execute("UPDATE parcels SET state = 'picked_up' WHERE id = $1", gone.id)
        async with world.transaction(door="test") as tx:
            (refused,) = await service.cancel(tx, [asked.doc])
        assert isinstance(refused, ParcelHasLeft)
        with pytest.raises(ParcelHasLeft):
            await world.act("logistics.cancel_parcel", {"parcel_id": gone.id})
        assert await free(world.db, account) == 0


class TestKeeping:
    async def test_receivers_are_removed_90_days_after_the_end(self, world: World, db: Database) -> None:
        await pool(world, 2)
        old, young = [await booked(world) for _ in range(2)]
        async with db.transaction(door="test") as tx:
            for parcel, days in ((old, 91), (young, 89)):
                ended = tx.now - timedelta(days=days)
                await tx.execute("UPDATE parcels SET ended_at = $2, state = 'signed' WHERE id = $1", parcel.id, ended)
        await jobs.forget_receivers(world.runner)
        async with db.reading(SYSTEM) as tx:
            assert list(await service.receivers_of(tx, [old.id, young.id])) == [young.id]


class TestReading:
    async def test_lists(self, world: World) -> None:
        account = await pool(world, 3, secret="s3cret")
        sender = {"name": "商脉仓", "phone": "0571-88888888", "region_code": "330106", "street": "文三路 9 号"}
        await world.act("logistics.set_sender", sender | {"warehouse_id": world.warehouse_id})
        first, second = [await booked(world) for _ in range(2)]
        weighed = await world.act("logistics.weigh_parcel", {"parcel_id": first.id, "weight_g": 1234})
        async with reading(world.db, routes, SYSTEM) as http:
            assert {"SF", "ZTO", "JD"} < {each["code"] for each in (await http.get("/api/v1/carriers")).json()}
            (told,) = (await http.get("/api/v1/carrier-accounts")).json()
            assert (told["id"], told["free"], told["has_secret"]) == (str(account), 1, True)
            assert "s3cret" not in str(told)
            (at,) = (await http.get("/api/v1/senders")).json()
            assert (at["province"], at["city"], at["district"]) == ("浙江省", "杭州市", "西湖区")
            page = (await http.get("/api/v1/parcels", params={"limit": "1"})).json()
            rest = (await http.get("/api/v1/parcels", params={"limit": "1", "cursor": page["next"]})).json()
            assert [page["items"][0]["id"], rest["items"][0]["id"]] == [str(second.id), str(first.id)]
            found = (await http.get("/api/v1/parcels", params={"waybill": first.waybill})).json()["items"]
            assert [(each["id"], each["weight_g"]) for each in found] == [(str(first.id), weighed.weight_g)]
            assert (await http.get(f"/api/v1/parcels/{first.id}")).json()["waybill"] == first.waybill
            assert (await http.get(f"/api/v1/parcels/{uuid4()}")).status_code == 404

    async def test_the_address_for_pushes_is_told_to_who_may_set_accounts(self, world: World) -> None:
        own = await pool(world, 1)
        given = {"company_id": world.company_id, "carrier": "SF", "adapter": "sf", "partner": "P", "secret": "s3cret"}
        outside = (await world.act("logistics.set_carrier_account", given)).id
        async with reading(world.db, routes, SYSTEM) as http:
            told = (await http.get(f"/api/v1/carrier-accounts/{outside}/push-address")).json()
            assert told["url"].endswith(f"/api/v1/logistics/callbacks/{outside}/{push_token(outside)}")
            for nobody in (own, uuid4()):
                assert (await http.get(f"/api/v1/carrier-accounts/{nobody}/push-address")).status_code == 404
        reader = Actor(
            id=UUID(int=7), kind="user", name="客服", grants=frozenset({"logistics.read"}), scopes=SYSTEM.scopes
        )
        async with reading(world.db, routes, reader) as http:
            assert (await http.get(f"/api/v1/carrier-accounts/{outside}/push-address")).status_code == 403

    async def test_another_company_sees_nothing_and_books_nothing(self, world: World) -> None:
        account = await pool(world, 2)
        parcel = await booked(world)
        theirs = {"company": frozenset({UUID(int=8)}), "warehouse": frozenset({UUID(int=9)})}
        other = Actor(id=UUID(int=7), kind="user", name="外人", grants=frozenset({"logistics.*"}), scopes=theirs)
        with pytest.raises(OutOfScope):
            await booked(world, actor=other)
        async with reading(world.db, routes, other) as http:
            for path in ("/api/v1/carrier-accounts", "/api/v1/senders"):
                assert (await http.get(path)).json() == []
            assert (await http.get("/api/v1/parcels")).json()["items"] == []
            assert (await http.get(f"/api/v1/parcels/{parcel.id}")).status_code == 404
            assert (await http.get(f"/api/v1/carrier-accounts/{account}/push-address")).status_code == 404
        assert await free(world.db, account) == 1
