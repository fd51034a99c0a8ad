"""A small business under load over HTTP, by clients that repeat a call with the same key until it is answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import msgspec

from tests.apps.launched import shangmai

PIECES: Final = 100_000
"""Of each SKU, at the start."""
PATIENCE_S: Final = 180.0
PAUSE_S: Final = 0.1


def owner_key(home: Path) -> str:
    """The key of somebody who may do everything everywhere, in a home that has nobody yet."""
    added = shangmai(home, "user", "add", "boss", "--role", "owner", "--everywhere", stdin="a-long-password-1\n")
    assert added.returncode == 0, added.stderr
    wish = json.dumps({"name": "shop", "grants": ["*"]})
    made = shangmai(home, "action", "identity.create_api_key", "--json", wish, "--as", "boss")
    return str(json.loads(made.stdout)["key"])


class Flow(msgspec.Struct):
    """What the client was told of one order: only what was answered counts."""

    name: str
    sku: int
    qty: int
    order_id: UUID | None = None
    shipped: int = 0
    returned: int = 0
    canceled: bool = False

    @property
    def held(self) -> int:
        return 0 if self.canceled or self.shipped else self.qty


class Clients:
    """Sell with several clients at a time. `flows` is what they were told, `repeats` how often they asked again."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=60)
        self._stop = asyncio.Event()
        self._numbers = itertools.count()
        self.flows: list[Flow] = []
        self.answers = self.repeats = self.replayed = 0
        self.skus: list[str] = []
        self.shop_id = self.warehouse_id = ""

    async def act(self, name: str, given: dict[str, Any]) -> Any:
        """Call until there is an answer; a refusal is a failure of the test."""
        key, deadline = uuid4().hex, time.monotonic() + PATIENCE_S
        while (answer := await self._ask(name, given, key)) is None:
            self.repeats += 1
            assert time.monotonic() < deadline, f"{name} was never answered"
            await asyncio.sleep(PAUSE_S)
        assert answer.status_code == 200, f"{name} {given}: {answer.text}"
        self.answers += 1
        self.replayed += "idempotent-replayed" in answer.headers
        return answer.json()

    async def _ask(self, name: str, given: dict[str, Any], key: str) -> httpx.Response | None:
        """The answer; None where it is not known whether the call was carried out."""
        try:
            answer = await self._http.post(f"/api/v1/actions/{name}", json=given, headers={"idempotency-key": key})
        except httpx.TransportError:
            return None
        return answer if answer.status_code < 500 else None

    async def open_shop(self) -> None:
        company = await self.act("organization.create_company", {"code": "HQ", "name": "总部", "currency": "CNY"})
        await self.act("ledger.open_books", {"company_id": company["id"]})
        shop = {"code": "MALL", "name": "商城", "company_id": company["id"], "kind": "mall", "currency": "CNY"}
        self.shop_id = (await self.act("organization.create_shop", shop))["id"]
        warehouse = {"code": "WH1", "name": "一号仓", "company_id": company["id"]}
        self.warehouse_id = (await self.act("inventory.create_warehouse", warehouse))["id"]
        ids = {"shop_id": self.shop_id, "warehouse_id": self.warehouse_id}
        await self.act("inventory.assign_warehouse", ids)
        for code in ("A", "B"):
            sku = {"code": code, "price_minor": 1000, "currency": "CNY"}
            product = await self.act("catalog.create_product", {"code": code, "name": code, "skus": [sku]})
            self.skus.append(product["skus"][0]["id"])
        lines = [{"sku_id": sku, "qty": PIECES, "cost_minor": PIECES * 600} for sku in self.skus]
        given = {"warehouse_id": self.warehouse_id, "reference": "期初", "lines": lines}
        await self.act("inventory.receive", given)

    async def sell(self) -> None:
        """Sell until `stop`; an order that was begun is brought to its end."""
        while not self._stop.is_set():
            number = next(self._numbers)
            flow = Flow(name=uuid4().hex, sku=number % 2, qty=1 + number % 3)
            self.flows.append(flow)
            await self._follow(flow, number)

    async def _follow(self, flow: Flow, number: int) -> None:
        lines = [{"sku_id": self.skus[flow.sku], "qty": flow.qty}]
        placed = await self.act("orders.place", {"shop_id": self.shop_id, "lines": lines, "external_no": flow.name})
        flow.order_id = UUID(placed["id"])
        if number % 5 == 3:
            return  # stays as it is, and holds its pieces
        if number % 5 == 4:
            await self.act("orders.cancel", {"order_id": placed["id"], "reason": "不要了"})
            flow.canceled = True
            return
        paid = {"order_id": placed["id"], "amount_minor": placed["total_minor"], "reference": flow.name}
        await self.act("orders.pay", paid)
        await self.act("orders.ship", {"order_id": placed["id"]})
        flow.shipped = flow.qty
        if number % 5 == 2:
            back = {"order_id": placed["id"], "lines": [{"line": 1, "qty": 1}], "reason": "七天无理由"}
            await self.act("orders.return", back)
            flow.returned = 1

    def begin(self, clients: int) -> list[asyncio.Task[None]]:
        self._stop.clear()
        return [asyncio.create_task(self.sell()) for _ in range(clients)]

    def stop(self) -> None:
        self._stop.set()

    async def close(self) -> None:
        await self._http.aclose()
