"""A business that has everything orders meet, and clients that take a refusal for an answer."""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.faults.load import PATIENCE_S, PAUSE_S, Clients

RECEIVER: Final = {
    "name": "李雷",
    "phone": "13712345678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 100 号",
}
BINS: Final = [f"A-{n:02}" for n in range(1, 7)]
ALWAYS: Final = {"period": {"from": "2020-01-01T00:00:00Z"}}
MEMBERS: Final = 12
OWN_CAUSE: Final = "own.gift_box"
POINTS: Final = 100_000
SHELF: Final = 400
"""Pieces of each SKU in each bin at the start: few enough to run short."""


class Business(Clients):
    """Goods, a kit, two warehouses (one with a floor that works), members with points, promotions, freight.

    `answers_of` counts what each action was answered: `ok`, or the code of the refusal.
    """

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.answers_of: Counter[tuple[str, str]] = Counter()
        self.goods: list[str] = []
        self.members: list[str] = []
        self.warehouses: list[str] = []
        self.promotions: dict[str, str] = {}
        self.company_id = ""

    async def try_(self, name: str, **given: Any) -> Any:
        """The answer of an action, asked for until there is one; None where it was refused."""
        key, deadline = uuid4().hex, time.monotonic() + PATIENCE_S
        while (answer := await self._ask(name, given, key)) is None:
            self.repeats += 1
            assert time.monotonic() < deadline, f"{name} was never answered"
            await asyncio.sleep(PAUSE_S)
        told = answer.json()
        code = "ok" if answer.status_code == 200 else str(told["code"])
        self.answers += 1
        self.answers_of[name, code] += 1
        return told if code == "ok" else None

    async def is_there(self) -> None:
        """Wait until the server answers that it can work."""
        deadline = time.monotonic() + PATIENCE_S
        while (answer := await self.look("/readyz")) is None or answer.status_code != 200:
            assert time.monotonic() < deadline, "the server did not come back"
            await asyncio.sleep(PAUSE_S)

    async def refusal(self, name: str, **given: Any) -> dict[str, Any]:
        """What an action that is to be refused says; empty where there was no answer."""
        answer = await self._ask(name, given, uuid4().hex)
        told: dict[str, Any] = answer.json() if answer is not None and answer.status_code != 200 else {}
        return told

    async def look(self, path: str, **query: Any) -> httpx.Response | None:
        """Something to see; None where there is no answer, or what is asked for is gone."""
        try:
            answer = await self._http.get(path, params=query)
        except httpx.TransportError:
            self.repeats += 1
            return None
        self.repeats += answer.status_code >= 500
        return answer if answer.status_code == 200 else None

    async def read(self, path: str, **query: Any) -> Any:
        """A read; of a page its items. An empty list where there is none."""
        answer = await self.look(path, **query)
        if answer is None:
            return []
        told = answer.json()
        return told["items"] if isinstance(told, dict) and "items" in told else told

    async def read_all(self, path: str, **query: Any) -> list[Any]:
        """All of a list, page by page, now that nobody is killed."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self._http.get(path, params=query | cursor | {"limit": "200"})
            assert answer.status_code == 200, answer.text
            told = answer.json()
            found += told["items"]
            if not told["next"]:
                return found
            cursor = {"cursor": told["next"]}

    async def open_shop(self) -> None:
        await super().open_shop()
        self.company_id = (await self.read("/api/v1/companies"))[0]["id"]
        await self._add_goods()
        await self._add_warehouse()
        await self._set_policies()
        await self._admit_members()
        freight = {"first": 1000, "first_minor": 800, "next": 1000, "next_minor": 200}
        template = {"shop_id": self.shop_id, "code": "KD", "name": "快递", "basis": "weight", "zones": [freight]}
        await self.act("logistics.save_freight_template", template)
        for product in await self.read("/api/v1/products", limit=100):
            await self.act("catalog.list_product", {"product_id": product.get("product", product)["id"]})
        await self._promote()

    async def _add_goods(self) -> None:
        for code in "CDEF":
            sku = {"code": code, "price_minor": 1000, "currency": "CNY"}
            product = await self.act("catalog.create_product", {"code": code, "name": code, "skus": [sku]})
            self.skus.append(product["skus"][0]["id"])
        self.goods = list(self.skus)
        parts = [{"code": "C", "qty": 1}, {"code": "D", "qty": 2}]
        kit = {"code": "K", "price_minor": 2500, "currency": "CNY", "kind": "kit", "components": parts}
        product = await self.act("catalog.create_product", {"code": "K", "name": "套装", "skus": [kit]})
        self.skus.append(product["skus"][0]["id"])

    async def _add_warehouse(self) -> None:
        other = {"code": "WH2", "name": "二号仓", "company_id": self.company_id}
        self.warehouses = [self.warehouse_id, (await self.act("inventory.create_warehouse", other))["id"]]

    async def _set_policies(self) -> None:
        short = {"code": "orders.part_short", "on": True, "limits": {"percent": 30}}
        company = {"company_id": self.company_id}
        await self.act("orders.set_unit_policy", company | {"policy": {"sourcing": True, "pieces_max": 4}})
        await self.act("orders.set_exception_policy", company | {"policy": {"causes": [short]}})
        await self.act("orders.define_cause", company | {"code": OWN_CAUSE, "zh": "赠礼盒", "en": "gift box"})
        earning = {"earn_points": 1, "earn_each_minor": 100}
        await self.act("members.set_points_policy", company | {"policy": earning})

    async def _admit_members(self) -> None:
        for n in range(MEMBERS):
            given = {"shop_id": self.shop_id, "name": f"客{n}", "phone": f"137000000{n:02}"}
            member = (await self.act("members.register", given))["customer_id"]
            self.members.append(member)
            points = {"customer_id": member, "points": POINTS, "reason": "开张"}
            await self.act("members.adjust_points", points)

    async def _promote(self) -> None:
        off = {"kind": "amount_off", "tiers": [{"at": 2000, "off": 300}]}
        limits = {"uses_total": 800, "uses_per_buyer": 150, "budget_minor": 200_000}
        tiers = [{"size": 2, "price_minor": 800}, {"size": 3, "price_minor": 700}]
        group = {"kind": "group_buy", "tiers": tiers, "leader_price_minor": 600}
        for code, name, layer, more in (
            ("PTS", "积分抵扣", "points", {"benefit": {"kind": "points_deduction"}}),
            ("LIM", "限量", "order", {"benefit": off, "limits": limits}),
            ("PT", "拼团", "price", {"benefit": group}),
            ("KJ", "砍价", "price", {"benefit": {"kind": "bargain", "lowest_minor": 400}}),
        ):
            given = {"code": code, "name": name, "layer": layer, "when": ALWAYS, **more}
            self.promotions[code] = (await self.act("pricing.create_promotion", given))["id"]
            await self.act("pricing.publish_promotion", {"promotion_id": self.promotions[code]})
        more = {"promotion_id": self.promotions["PT"], "one_at_a_time": False}
        await self.act("marketing.set_group_terms", more)
        await self.act("marketing.set_bargain_terms", {"promotion_id": self.promotions["KJ"], "helps": 2})
        now = datetime.now(UTC)
        sale = {"shop_id": self.shop_id, "code": "MS", "name": "秒杀", "sku_id": self.goods[-1], "price_minor": 100}
        times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(days=1)).isoformat()}
        opened = await self.act("marketing.open_flash_sale", sale | times | {"units": 200, "per_buyer": 50})
        self.promotions["MS"] = opened["promotion_id"]

    async def open_floor(self) -> None:
        """Let the first warehouse work from bins."""
        floor = {"warehouse_id": self.warehouse_id}
        await self.act("warehouse.save_zone", floor | {"code": "A", "name": "A 区"})
        places = [
            {"code": code, "zone": "A", "aisle": 0, "bay": n, "level": 1, "offset_mm": n * 1000}
            for n, code in enumerate(BINS)
        ]
        kinds = {"R-01": "reserve", "IN": "receive", "OUT": "stage"}
        places += [{"code": code, "zone": "A", "kind": kind} for code, kind in kinds.items()]
        await self.act("warehouse.save_bins", floor | {"bins": places})
        for n, sku in enumerate(self.goods):
            goods = [{"sku_id": sku, "qty": 2 * SHELF, "cost_minor": 0}]
            await self.act("inventory.receive", floor | {"reference": "期初", "lines": goods})
            for bin_ in (BINS[n % len(BINS)], BINS[(n + 1) % len(BINS)]):
                line = {"sku_id": sku, "qty": SHELF, "bin": bin_}
                await self.act("warehouse.put_away", floor | {"lines": [line]})
        await self.act("warehouse.set_floor_policy", floor | {"policy": {"on": True}})


class Hand(ABC):
    """Somebody at work: what they do next, and with what, is drawn."""

    def __init__(self, business: Business, seed: int) -> None:
        self.business, self.rng = business, random.Random(seed)

    async def work(self, until_s: float) -> None:
        """Go on until then, by the monotonic clock; what was begun is brought to its end."""
        while time.monotonic() < until_s:
            await self.turn()

    @abstractmethod
    async def turn(self) -> None:
        """Do the next thing."""

    async def wait(self, *seconds: float) -> None:
        """One of these times passes: how people are."""
        await asyncio.sleep(self.rng.choice(seconds))
