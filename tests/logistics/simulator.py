"""The simulator of carriers in a process of its own, an account with each, and a door for its pushes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from shangmai.modules.logistics.contract import CarrierAccount
from tests.world import World

SENDER = {"name": "商脉仓", "phone": "0571-88888888", "region_code": "330106", "street": "文三路 9 号"}


class Simulator:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=60)

    async def post(self, path: str, given: Any) -> Any:
        answer = await self._http.post(f"/simulator{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        answer = await self._http.get(f"/simulator{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def misbehave(self, *bad: dict[str, Any]) -> None:
        await self.post("/misbehave", list(bad))

    async def advance(self, hours: float) -> list[tuple[int, str]]:
        """Let time pass there; the answers to what it pushed."""
        return [tuple(each) for each in (await self.post("/advance", {"hours": hours}))["answers"]]

    async def push(self, waybill: str, **how: Any) -> list[tuple[int, str]]:
        return [tuple(each) for each in (await self.post(f"/parcels/{waybill}/push", how))["answers"]]

    async def settle(self, waybill: str, fate: str = "normal") -> None:
        await self.post(f"/parcels/{waybill}/fate", {"fate": fate})

    async def parcels(self) -> dict[str, dict[str, Any]]:
        return {each["waybill"]: each for each in await self.get("/parcels")}

    async def heard(self, *operations: str) -> list[str]:
        """The kinds of calls that came, oldest first; only these where some are named."""
        every = [each["operation"] for each in await self.get("/heard")]
        return [each for each in every if not operations or each in operations]

    async def close(self) -> None:
        await self._http.aclose()


@contextmanager
def simulating() -> Iterator[str]:
    """The address of a simulator that runs as `shangmai simulate carriers` does."""
    command = [sys.executable, "-m", "shangmai.apps.cli", "simulate", "carriers", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.wait(60)


async def account_at(simulator: Simulator, world: World, system: str, carrier: str, **more: Any) -> UUID:
    """A partner that the simulator has registered, set as the company's account; and who sends from the warehouse."""
    made = await simulator.post("/partners", {"system": system})
    await world.act("logistics.set_sender", SENDER | {"warehouse_id": world.warehouse_id})
    given = {
        "company_id": world.company_id,
        "carrier": carrier,
        "adapter": system,
        "partner": made["partner"],
        "secret": made["secret"],
        "monthly_account": "7551234567",
        "base_url": simulator.base_url,
    }
    if made["token"]:
        given["token"] = made["token"]
    account: CarrierAccount = await world.act("logistics.set_carrier_account", given | more)
    return account.id
