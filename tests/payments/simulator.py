"""The simulator in a process of its own, and what tests do with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from shangmai.modules.payments.contract import PaymentAccount, PaymentIntent
from tests.payments.conftest import PATIENT
from tests.world import World


class Simulator:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = httpx.AsyncClient(base_url=base_url, **PATIENT)

    async def post(self, path: str, given: Any = None) -> Any:
        answer = await self._http.post(f"/simulator{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        answer = await self._http.get(f"/simulator{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def register(self, provider: str, *, public_key_mode: bool = False) -> dict[str, Any]:
        made: dict[str, Any] = await self.post("/merchants", {"provider": provider, "public_key_mode": public_key_mode})
        return made

    async def pay(self, intent: PaymentIntent, *, notify: bool = True, **how: Any) -> list[tuple[int, str]]:
        """Let the payer pay; the answers to the notices."""
        told = await self.post(f"/trades/{intent.id.hex}/pay", {"notify": notify, "how": how})
        return [tuple(each) for each in told["answers"]]

    async def notify(self, intent: PaymentIntent, **how: Any) -> list[tuple[int, str]]:
        told = await self.post(f"/trades/{intent.id.hex}/notify", how)
        return [tuple(each) for each in told["answers"]]

    async def trade(self, intent: PaymentIntent) -> dict[str, Any]:
        shown: dict[str, Any] = await self.get(f"/trades/{intent.id.hex}")
        return shown

    async def misbehave(self, *bad: dict[str, Any]) -> None:
        await self.post("/misbehave", list(bad))

    async def heard(self, operation: str) -> list[str]:
        """The numbers that calls of this kind were about, oldest first."""
        return [each["number"] for each in await self.get("/heard") if each["operation"] == operation]

    async def close(self) -> None:
        await self._http.aclose()


@contextmanager
def simulating() -> Iterator[str]:
    """The address of a simulator that runs as `shangmai simulate payments` does."""
    command = [sys.executable, "-m", "shangmai.apps.cli", "simulate", "payments", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.wait(60)


async def account_at(simulator: Simulator, world: World, provider: str, **more: Any) -> PaymentAccount:
    """A merchant that the simulator has registered, set as the company's account."""
    mode = more.pop("public_key_mode", False)
    given = await simulator.register(provider, public_key_mode=mode)
    account: PaymentAccount = await world.act("payments.set_account", given | {"company_id": world.company_id} | more)
    return account
