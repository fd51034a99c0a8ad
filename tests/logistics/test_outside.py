"""Waybills and scans from the systems of others, over HTTP: signed, unanswered, refused, pushed twice, forged."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
import uvicorn
from msgspec.structs import replace

from shangmai.apps.api import create_app
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.jobs.contract import JOBS
from shangmai.kernel.jobs.worker import Jobs
from shangmai.kernel.settings import Settings
from shangmai.modules.logistics import jobs, service
from shangmai.modules.logistics.contract import (
    AnswerLost,
    CarrierAccountIncomplete,
    CarrierAway,
    CarrierRefused,
    NoSender,
    NotFailed,
    Parcel,
    ParcelJob,
    ParcelState,
)
from shangmai.modules.logistics.contract.carriers import ReceiverKept
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.providers import calling
from shangmai.modules.logistics.queries import parcels
from shangmai.modules.logistics.service import outside
from tests.logistics.booking import RECEIVER, booked, pool, wanted
from tests.logistics.simulator import Simulator, account_at, simulating
from tests.world import World

SYSTEMS = [("sf", "SF"), ("jdl", "JD"), ("cainiao", "ZTO"), ("kdniao", "YTO"), ("kuaidi100", "YTO")]
WAIT_S = 60


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with simulating() as base_url:
        yield base_url


@pytest_asyncio.fixture
async def simulator(address: str) -> AsyncIterator[Simulator]:
    one = Simulator(address)
    await one.misbehave()
    yield one
    await one.close()


class Nobody:
    async def authenticate(self, db: Database, **_: Any) -> Actor:
        return SYSTEM


@pytest_asyncio.fixture
async def door(dsn: str) -> AsyncIterator[str]:
    """The application behind a real socket, for pushes."""
    listening = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(Settings(database_url=dsn, lang="en", pool_size=4), Nobody(), routes=routes)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110  uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    outside.use_public_url(base_url)
    yield base_url
    outside.use_public_url(None)
    server.should_exit = True
    await serving


async def ask(world: World, parcel: Parcel) -> Parcel:
    """Do the job that asks for a parcel's waybill."""
    await jobs.order_waybill(world.runner, ParcelJob(parcel_id=parcel.id))
    return await look_up(world, parcel)


async def look_up(world: World, parcel: Parcel) -> Parcel:
    async with world.db.reading(SYSTEM) as tx:
        return (await parcels.get(tx, [parcel.id]))[parcel.id]


class TestWaybills:
    @pytest.mark.parametrize(("system", "carrier"), SYSTEMS)
    async def test_a_number_comes_after_the_commit(
        self, world: World, simulator: Simulator, system: str, carrier: str
    ) -> None:
        await account_at(simulator, world, system, carrier)
        parcel = await booked(world, wanted(world, carrier=carrier))
        assert (parcel.state, parcel.waybill, parcel.booked_at) == (ParcelState.BOOKING, "", None)
        given = await ask(world, parcel)
        there = (await simulator.parcels())[given.waybill]
        assert (given.state, there["order"]) == (ParcelState.BOOKED, parcel.id.hex)
        assert await ask(world, parcel) == given
        canceled = await world.act("logistics.cancel_parcel", {"parcel_id": parcel.id})
        await jobs.cancel_waybill(world.runner, ParcelJob(parcel_id=parcel.id))
        assert canceled.state is ParcelState.CANCELED
        assert (await simulator.parcels())[given.waybill]["is_canceled"]

    async def test_one_whom_a_channel_keeps_to_itself_is_told_by_their_cipher(
        self, world: World, simulator: Simulator
    ) -> None:
        await account_at(simulator, world, "cainiao", "ZTO")
        masked = replace(RECEIVER, name="王**", phone="138****8000", street="")
        told = await ask(world, await booked(world, wanted(world, receiver=replace(masked, cipher="OAID-1"))))
        assert told.state is ParcelState.BOOKED
        untold = await booked(world, wanted(world, receiver=masked))
        with pytest.raises(CarrierRefused, match="RECIPIENT_MASKED"):
            await ask(world, untold)
        assert (await look_up(world, untold)).state is ParcelState.FAILED

    @pytest.mark.parametrize(("system", "carrier"), [each for each in SYSTEMS if each[0] != "cainiao"])
    async def test_who_can_read_no_cipher_is_not_asked(
        self, world: World, simulator: Simulator, system: str, carrier: str
    ) -> None:
        await account_at(simulator, world, system, carrier)
        before = await simulator.heard()
        parcel = await booked(world, wanted(world, carrier=carrier, receiver=replace(RECEIVER, cipher="OAID-1")))
        with pytest.raises(ReceiverKept):
            await ask(world, parcel)
        failed = await look_up(world, parcel)
        assert (failed.state, failed.waybill) == (ParcelState.FAILED, "")
        assert "菜鸟" in failed.problem
        assert await simulator.heard() == before

    async def test_a_worker_does_it(self, world: World, simulator: Simulator) -> None:
        await account_at(simulator, world, "sf", "SF")
        parcel = await booked(world, wanted(world, carrier="SF"))
        mine = [spec for name, spec in JOBS.items() if name.startswith("logistics.")]
        worker = Jobs(world.runner, jobs=mine, schedules=[])
        task = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(WAIT_S):
                while (found := await look_up(world, parcel)).state is not ParcelState.BOOKED:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            worker.stop()
            await task
        assert found.waybill
        assert found.route == "021WF-BA-012"

    @pytest.mark.parametrize(("system", "carrier"), SYSTEMS[:4])
    async def test_an_answer_that_was_lost_is_asked_about_and_makes_no_second_parcel(
        self, world: World, simulator: Simulator, system: str, carrier: str
    ) -> None:
        await account_at(simulator, world, system, carrier)
        parcel = await booked(world, wanted(world, carrier=carrier))
        await simulator.misbehave({"on": "create", "how": "lost"})
        with pytest.raises(CarrierAway):
            await ask(world, parcel)
        given = await ask(world, parcel)
        there = [each for each in (await simulator.parcels()).values() if each["order"] == parcel.id.hex]
        assert [each["waybill"] for each in there] == [given.waybill]

    async def test_a_time_out_is_like_a_lost_answer(
        self, world: World, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await account_at(simulator, world, "sf", "SF")
        parcel = await booked(world, wanted(world, carrier="SF"))
        await simulator.misbehave({"on": "create", "how": "hang", "seconds": 4})
        monkeypatch.setattr(calling, "ANSWER_S", 0.5)  # patch: a carrier that hangs is given up sooner
        with pytest.raises(CarrierAway):
            await ask(world, parcel)
        monkeypatch.undo()
        assert (await ask(world, parcel)).state is ParcelState.BOOKED
        there = [each for each in (await simulator.parcels()).values() if each["order"] == parcel.id.hex]
        assert len(there) == 1

    async def test_a_request_that_never_arrived_is_sent_again(self, world: World, simulator: Simulator) -> None:
        await account_at(simulator, world, "sf", "SF")
        parcel = await booked(world, wanted(world, carrier="SF"))
        await simulator.misbehave({"on": "create", "how": "error"})
        with pytest.raises(CarrierAway):
            await ask(world, parcel)
        assert (await ask(world, parcel)).waybill

    async def test_where_nobody_can_be_asked_a_person_looks(self, world: World, simulator: Simulator) -> None:
        await account_at(simulator, world, "kuaidi100", "YTO")
        parcel = await booked(world, wanted(world, carrier="YTO"))
        await simulator.misbehave({"on": "create", "how": "lost"})
        with pytest.raises(CarrierAway):
            await ask(world, parcel)
        with pytest.raises(AnswerLost):
            await ask(world, parcel)
        failed = await look_up(world, parcel)
        assert (failed.state, parcel.id.hex in failed.problem) == (ParcelState.FAILED, True)
        again = await world.act("logistics.retry_booking", {"parcel_id": parcel.id})
        assert (again.state, again.problem) == (ParcelState.BOOKING, "")
        assert (await ask(world, parcel)).state is ParcelState.BOOKED
        with pytest.raises(NotFailed):
            await world.act("logistics.retry_booking", {"parcel_id": parcel.id})

    async def test_a_refusal_is_final_and_told(
        self, world: World, simulator: Simulator, admin_conn: asyncpg.Connection
    ) -> None:
        await account_at(simulator, world, "sf", "SF")
        parcel = await booked(world, wanted(world, carrier="SF"))
        await simulator.misbehave({"on": "create", "how": "refuse", "code": "8252"})
        with pytest.raises(CarrierRefused):
            await ask(world, parcel)
        failed = await look_up(world, parcel)
        assert (failed.state, "8252" in failed.problem) == (ParcelState.FAILED, True)
        told = "SELECT payload ->> 'problem' FROM events WHERE name = 'logistics.booking_failed.v1'"
        assert [row[0] for row in await admin_conn.fetch(told)] == [failed.problem]

    async def test_a_wrong_secret_is_refused_there(self, world: World, simulator: Simulator) -> None:
        for system, carrier in SYSTEMS:
            await account_at(simulator, world, system, carrier, secret="0" * 32)
            parcel = await booked(world, wanted(world, carrier=carrier))
            with pytest.raises(CarrierRefused):
                await ask(world, parcel)

    async def test_one_that_is_canceled_while_it_is_asked_for_goes_back(
        self, world: World, simulator: Simulator
    ) -> None:
        await account_at(simulator, world, "sf", "SF")
        parcel = await booked(world, wanted(world, carrier="SF"))
        await simulator.misbehave({"on": "create", "how": "lost"})
        with pytest.raises(CarrierAway):
            await ask(world, parcel)
        await world.act("logistics.cancel_parcel", {"parcel_id": parcel.id})
        await ask(world, parcel)
        for _ in range(2):
            await jobs.cancel_waybill(world.runner, ParcelJob(parcel_id=parcel.id))
        there = [each for each in (await simulator.parcels()).values() if each["order"] == parcel.id.hex]
        assert [each["is_canceled"] for each in there] == [True]
        assert (await look_up(world, parcel)).state is ParcelState.CANCELED

    async def test_without_a_sender_or_keys_nothing_is_asked(self, world: World, simulator: Simulator) -> None:
        given = {"company_id": world.company_id, "carrier": "SF", "adapter": "sf", "partner": "P", "secret": "S"}
        with pytest.raises(CarrierAccountIncomplete):
            await world.act("logistics.set_carrier_account", given | {"secret": ""})
        await world.act("logistics.set_carrier_account", given)
        async with world.db.transaction(door="test") as tx:
            (refused,) = await service.book(tx, [wanted(world, carrier="SF")])
        assert isinstance(refused, NoSender)


class TestTracking:
    @pytest.mark.parametrize(("system", "carrier"), [each for each in SYSTEMS if each[0] != "cainiao"])
    @pytest.mark.parametrize(("fate", "state"), [("normal", "signed"), ("returned", "returned")])
    async def test_who_is_asked_tells_all(
        self, world: World, simulator: Simulator, system: str, carrier: str, fate: str, state: str
    ) -> None:
        await account_at(simulator, world, system, carrier)
        parcel = await ask(world, await booked(world, wanted(world, carrier=carrier)))
        await simulator.settle(parcel.waybill, fate)
        do = ParcelJob(parcel_id=parcel.id)
        await jobs.look(world.runner, do)
        assert (await look_up(world, parcel)).state is ParcelState.BOOKED
        await simulator.advance(10)
        await jobs.look(world.runner, do)
        assert (await look_up(world, parcel)).state is ParcelState.IN_TRANSIT
        await simulator.advance(90)
        await jobs.look(world.runner, do)
        await jobs.look(world.runner, do)
        assert (await look_up(world, parcel)).state is ParcelState(state)

    async def test_an_aggregator_tells_of_numbers_that_it_did_not_give(
        self, world: World, simulator: Simulator
    ) -> None:
        await pool(world, 1)
        await account_at(simulator, world, "kuaidi100", "YTO")
        parcel = await booked(world)
        do = ParcelJob(parcel_id=parcel.id)
        await jobs.look(world.runner, do)
        await simulator.settle(parcel.waybill)
        await simulator.advance(50)
        await jobs.look(world.runner, do)
        assert (await look_up(world, parcel)).state is ParcelState.SIGNED
        assert (await simulator.parcels())[parcel.waybill]["carrier"] == "zhongtong"

    async def test_parcels_of_which_nothing_was_heard_are_asked_about(
        self, world: World, db: Database, simulator: Simulator
    ) -> None:
        await pool(world, 2)
        old, _ = await booked(world), await booked(world)
        async with db.transaction(door="test") as tx:
            await tx.execute("UPDATE parcels SET booked_at = booked_at - interval '5 hours' WHERE id = $1", old.id)
        for _ in range(2):
            await jobs.ask_carriers(world.runner)
        async with db.reading(SYSTEM) as tx:
            rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'logistics.look'")
        assert [str(old.id) in row["payload"].decode() for row in rows] == [True]


class TestPushes:
    async def pushed_to(self, world: World, simulator: Simulator, system: str, carrier: str) -> Parcel:
        """A parcel whose scans are pushed to us; a day and a half have gone by since it was booked."""
        account = await account_at(simulator, world, system, carrier)
        async with world.db.reading(SYSTEM) as tx:
            name = await tx.fetchval("SELECT partner FROM carrier_accounts WHERE id = $1", account)
        url = f"{outside.public_url()}/api/v1/logistics/callbacks/{account}/{outside.push_token(account)}"
        await simulator.post(f"/partners/{system}/{name}/push-url", {"url": url})
        parcel = await ask(world, await booked(world, wanted(world, carrier=carrier)))
        await jobs.look(world.runner, ParcelJob(parcel_id=parcel.id))
        await simulator.settle(parcel.waybill)
        return parcel

    @pytest.mark.parametrize(("system", "carrier"), [("sf", "SF"), ("kdniao", "YTO"), ("kuaidi100", "YTO")])
    async def test_pushes_come_twice_late_and_in_any_order(
        self, world: World, simulator: Simulator, door: str, system: str, carrier: str
    ) -> None:
        parcel = await self.pushed_to(world, simulator, system, carrier)
        answers = await simulator.advance(10)
        assert 200 in {status for status, _ in answers}  # parcels of other tests are pushed to doors that are closed
        assert (await look_up(world, parcel)).state is ParcelState.IN_TRANSIT
        await simulator.advance(30)
        assert (await look_up(world, parcel)).state is ParcelState.SIGNED
        again = await simulator.push(parcel.waybill, times=3, shuffled=True)
        assert [status for status, _ in again] == [200] * 15
        assert (await look_up(world, parcel)).state is ParcelState.SIGNED
        assert await world.count("parcel_scans") == 5

    @pytest.mark.parametrize(("system", "carrier"), [("kdniao", "YTO"), ("kuaidi100", "YTO")])
    async def test_a_forged_push_is_refused_and_changes_nothing(
        self, world: World, simulator: Simulator, door: str, system: str, carrier: str
    ) -> None:
        parcel = await self.pushed_to(world, simulator, system, carrier)
        await simulator.misbehave()
        before = await look_up(world, parcel)
        account = parcel.account_id
        assert account is not None
        token = outside.push_token(account)
        nowhere = f"{door}/api/v1/logistics/callbacks/{account}/nowhere"
        await simulator.post(f"/parcels/{parcel.waybill}/push", {"url": nowhere})
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client:
            for given in ({"param": "{}", "sign": "0"}, {"RequestData": "{}", "DataSign": "0"}, {"a": "b"}):
                url = f"{door}/api/v1/logistics/callbacks/{account}/{token}"
                answer = await client.post(url, data=given)
                assert (answer.status_code, answer.json()["code"]) == (401, "logistics.PushForged")
        assert await look_up(world, parcel) == before
        await simulator.advance(50)
        count = await world.count("parcel_scans")
        forged = await simulator.push(parcel.waybill, forged=True)
        assert {status for status, _ in forged} == {401}
        assert await world.count("parcel_scans") == count

    async def test_sf_must_know_the_address(self, world: World, simulator: Simulator, door: str) -> None:
        parcel = await self.pushed_to(world, simulator, "sf", "SF")
        body = {"Body": {"WaybillRoute": [{"mailno": parcel.waybill, "acceptTime": "2026-11-01 10:00:00"}]}}
        body["Body"]["WaybillRoute"][0]["opCode"] = "80"
        account = parcel.account_id
        assert account is not None
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client:
            url = f"{door}/api/v1/logistics/callbacks/{account}"
            refused = await client.post(f"{url}/guess", json=body)
            unread = await client.post(f"{url}/{outside.push_token(account)}", json={"what": 1})
            assert [refused.status_code, unread.status_code] == [401, 401]
            assert await world.count("parcel_scans") == 0
            taken = await client.post(f"{url}/{outside.push_token(account)}", json=body)
        assert (taken.status_code, taken.json()["return_code"]) == (200, "0000")
        assert (await look_up(world, parcel)).state is ParcelState.SIGNED

    async def test_of_another_company_s_parcel_nothing_is_taken(
        self, world: World, simulator: Simulator, door: str, admin_conn: asyncpg.Connection
    ) -> None:
        parcel = await self.pushed_to(world, simulator, "sf", "SF")
        other = await world.act("organization.create_company", {"code": "B", "name": "乙", "currency": "CNY"})
        given = {"company_id": other.id, "carrier": "SF", "adapter": "sf", "partner": "P", "secret": "S"}
        account = await world.act("logistics.set_carrier_account", given)
        body = {"Body": {"WaybillRoute": [{"mailno": parcel.waybill, "acceptTime": "2026-11-01 10:00:00"}]}}
        url = f"{door}/api/v1/logistics/callbacks/{account.id}/{outside.push_token(account.id)}"
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client:
            assert (await client.post(url, json=body)).status_code == 200
        assert await world.count("parcel_scans") == 0
