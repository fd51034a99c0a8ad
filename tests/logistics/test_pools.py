"""The numbers of a pool as people look at them, and where parcels go."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics.contract import ParcelReceiver
from shangmai.modules.logistics.http import routes
from tests.logistics.booking import RECEIVER, booked, pool, wanted
from tests.routes import reading
from tests.world import World


async def test_free_numbers_in_their_turn_and_used_ones_with_their_parcels(world: World) -> None:
    account = await pool(world, 5)
    parcels = [await booked(world), await booked(world)]
    async with reading(world.db, routes, SYSTEM) as client:
        at = f"/api/v1/carrier-accounts/{account}/waybills"
        first = (await client.get(at, params={"limit": 2})).json()
        assert [each["number"] for each in first["items"]] == ["73610000000003", "73610000000004"]
        rest = (await client.get(at, params={"limit": 2, "cursor": first["next"]})).json()
        assert ([each["number"] for each in rest["items"]], rest["next"]) == (["73610000000005"], None)
        used = (await client.get(at, params={"used": True})).json()["items"]
        assert [(each["number"], each["parcel"], each["state"]) for each in used] == [
            (each.waybill, each.number, each.state.value) for each in reversed(parcels)
        ]
        found = (await client.get(at, params={"number": parcels[0].waybill})).json()["items"]
        assert [each["parcel_id"] for each in found] == [str(parcels[0].id)]
        assert (await client.get(f"/api/v1/carrier-accounts/{uuid4()}/waybills")).json()["items"] == []


async def test_a_number_that_was_given_back_is_free_again_behind_the_others(world: World) -> None:
    account = await pool(world, 2)
    parcel = await booked(world)
    await world.act("logistics.cancel_parcel", {"parcel_id": parcel.id})
    async with reading(world.db, routes, SYSTEM) as client:
        items = (await client.get(f"/api/v1/carrier-accounts/{account}/waybills")).json()["items"]
    assert [each["number"] for each in items] == ["73610000000002", "73610000000001"]
    assert [each["parcel_id"] for each in items] == [None, None]


async def test_parcels_are_counted_by_the_province_they_go_to(world: World) -> None:
    await pool(world, 4)
    since = world.db.clock.now() - timedelta(hours=1)
    sichuan = ParcelReceiver(name="李", phone="13800138000", province="四川", city="成都", district="", street="1 号")
    for receiver in (RECEIVER, RECEIVER, sichuan):
        await booked(world, wanted(world, receiver=receiver))
    gone = await booked(world)
    await world.act("logistics.cancel_parcel", {"parcel_id": gone.id})
    async with reading(world.db, routes, SYSTEM) as client:
        told = (await client.get("/api/v1/parcels/regions", params={"since": since.isoformat()})).json()
        assert told == [
            {"code": "330000", "name": "浙江省", "parcels": 2}, {"code": "510000", "name": "四川省", "parcels": 1},
        ]  # fmt: skip
        early = (world.db.clock.now() - timedelta(days=32)).isoformat()
        refused = await client.get("/api/v1/parcels/regions", params={"since": early})
        assert (refused.status_code, refused.json()["code"]) == (422, "logistics.PeriodTooLong")
