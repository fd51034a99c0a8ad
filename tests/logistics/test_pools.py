"""The numbers of a pool as people look at them: what comes next, and which parcel has which."""

from __future__ import annotations

from uuid import uuid4

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.logistics.http import routes
from tests.logistics.booking import booked, pool
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
