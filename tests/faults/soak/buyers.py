"""Clerks and buyers: orders placed, paid, and then anything that can be done to an order, in any order or at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from tests.faults.soak.business import OWN_CAUSE, RECEIVER, Business, Hand
from tests.faults.soak.money import Payers

PLANS: Final = (
    "ship sign ask return", "ship ask ask confirm", "ship_part cancel_part ship return return",
    "units units ask return", "ship exchange return ask", "ship return resend exchange",
    "gift swap units ship return", "ask cancel ship", "raise take approve", "price later ship", "ship_date units ship",
    "cancel_part ask ship ask", "units cancel", "ship_part cancel ask return", "hold release ship",
)  # fmt: skip
"""What often follows one another in an order's life."""
ANY: Final = (
    "ship", "ship_part", "sign", "confirm", "cancel", "cancel_part", "return", "exchange", "resend", "gift", "swap",
    "units", "units", "ask", "hold", "release", "approve", "recheck", "address", "price", "raise",
    "expire", "later", "ship_date",
)  # fmt: skip
UNIT_MOVES: Final = ("recall", "release", "ship", "ship", "move", "split", "merge", "unmerge")
Placed = tuple[str, str, int, int]
"""An order's id, its link where it came by the mall, what it costs in minor units, and how many lines it has."""
TOGETHER: Final = 0.35
"""How often all of a plan is done at once, by several people."""


class Buyer(Hand):
    """One order after the other: a guest's by the mall, or one that a clerk has typed."""

    def __init__(self, business: Business, payers: Payers, seed: int) -> None:
        super().__init__(business, seed)
        self.payers = payers

    async def turn(self) -> None:
        ways = (self._check_out, self._check_out, self._type, self._type, self._flash, self._group, self._bargain)
        placed = await self.rng.choice(ways)()
        if placed is None:
            return
        id_, link, total, lines = placed
        if self.rng.random() < 0.9:
            await self._pay(id_, total)
        await self.wait(0, 0, 0.2, 0.6)  # how far the worker has come with it
        life = Life(self, id_, link, lines)
        steps = self.rng.choice(PLANS).split() if self.rng.random() < 0.6 else self.rng.sample(ANY, 5)
        if self.rng.random() < TOGETHER:
            await asyncio.gather(*(life.step(each) for each in steps))
        else:
            for each in steps:
                await life.step(each)

    async def _pay(self, id_: str, total: int) -> None:
        """By bank, or at a provider, or both, as who has two windows open may."""
        how = self.rng.random()
        if how > 0.4:
            await self.payers.pay(id_, self.rng)
        if how < 0.5:
            await self.business.try_("orders.pay", order_id=id_, amount_minor=total, reference=uuid4().hex)

    def _lines(self) -> list[dict[str, Any]]:
        skus = self.rng.sample(self.business.skus, self.rng.randint(1, 3))
        return [{"sku_id": sku, "qty": self.rng.randint(1, 3)} for sku in skus]

    async def _check_out(self) -> Placed | None:
        lines = self._lines()
        wish = {"shop_id": self.business.shop_id, "lines": lines, "receiver": RECEIVER}
        told = await self.business.refusal("checkout.place", **wish, expected_total_minor=1)
        total = told.get("data", {}).get("total_minor")
        if total is None:
            return None
        placed = await self.business.try_("checkout.place", **wish, expected_total_minor=total)
        return None if placed is None else (placed["order_id"], placed["link"], total, len(lines))

    async def _type(self) -> Placed | None:
        lines = self._lines()
        wish: dict[str, Any] = {"shop_id": self.business.shop_id, "lines": lines, "receiver": RECEIVER}
        if self.rng.random() < 0.6:
            wish["when_short"] = "wait"
        if self.rng.random() < 0.6:
            wish["customer_id"] = self.rng.choice(self.business.members)
            if self.rng.random() < 0.5:
                wish["points"] = self.rng.randint(1, 300)
        placed = await self.business.try_("orders.place", **wish, external_no=uuid4().hex)
        return None if placed is None else (placed["id"], "", placed["total_minor"], len(lines))

    async def _flash(self) -> Placed | None:
        wish = self._offered("MS", self.business.goods[-1])
        told = await self.business.refusal("marketing.buy_flash", **wish, receiver=RECEIVER, expected_total_minor=1)
        if (total := told.get("data", {}).get("total_minor")) is None:
            return None
        placed = await self.business.try_("marketing.buy_flash", **wish, receiver=RECEIVER, expected_total_minor=total)
        return None if placed is None else (placed["order_id"], placed["link"], total, 1)

    async def _group(self) -> Placed | None:
        """A group of two, and whoever joins it: the one order goes on here, the other stays as it is."""
        wish = self._offered("PT", self.business.goods[0])
        made = await self.business.try_("marketing.open_group", **wish, size=2, receiver=RECEIVER)
        if made is None:
            return None
        joining = {"group_id": made["group"]["id"], "customer_id": self.rng.choice(self.business.members)}
        joined = await self.business.try_("marketing.join_group", **joining, receiver=RECEIVER)
        if joined is not None:
            order = joined["order"]
            paid = {"amount_minor": order["total_minor"], "reference": uuid4().hex}
            await self.business.try_("orders.pay", order_id=order["id"], **paid)
        return self._told(made["order"])

    async def _bargain(self) -> Placed | None:
        made = await self.business.try_("marketing.start_bargain", **self._offered("KJ", self.business.goods[1]))
        if made is None:
            return None
        for helper in self.rng.sample(self.business.members, 2):
            await self.business.try_("marketing.help_bargain", bargain_id=made["id"], customer_id=helper)
        return self._told(await self.business.try_("marketing.buy_bargain", bargain_id=made["id"], receiver=RECEIVER))

    def _offered(self, code: str, sku: str) -> dict[str, Any]:
        buyer = self.rng.choice(self.business.members)
        ids = {"shop_id": self.business.shop_id, "promotion_id": self.business.promotions[code]}
        return ids | {"sku_id": sku, "customer_id": buyer}

    def _told(self, order: dict[str, Any] | None) -> Placed | None:
        if order is None:
            return None
        order = order.get("order", order)
        return order.get("order_id") or order["id"], "", order["total_minor"], 1


class Life:
    """What happens to one order; a step that it is past is refused."""

    def __init__(self, hand: Hand, order_id: str, link: str, lines: int) -> None:
        self.hand, self.rng, self.business = hand, hand.rng, hand.business
        self.order_id, self.link, self.lines = order_id, link, lines

    async def step(self, name: str) -> None:
        await self.hand.wait(0, 0, 0.02, 0.1)
        match name:
            case "units":
                await self._units()
            case "ask":
                await self._ask()
            case _:
                action, given = self._by_name(name)
                await self.business.try_(action, **given)

    def _by_name(self, name: str) -> tuple[str, dict[str, Any]]:
        order, shop = {"order_id": self.order_id}, {"link": self.link}
        piece = [{"line": self.rng.randint(1, self.lines), "qty": 1}]
        other = self.rng.choice(self.business.goods)
        back = [{"line": piece[0]["line"], "qty": self.rng.randint(1, 2)}]
        steps: dict[str, tuple[str, dict[str, Any]]] = {
            "ship": ("orders.ship", order),
            "ship_part": ("orders.ship", order | {"lines": piece}),
            "sign": ("orders.sign", order),
            "cancel": ("orders.cancel", order | {"reason": "不要了"}),
            "cancel_part": ("orders.cancel_part", order | {"lines": piece, "reason": "少一件"}),
            "return": ("orders.return", order | {"lines": back, "reason": "七天无理由"}),
            "resend": ("orders.resend", order | {"lines": piece, "reason": "漏发"}),
            "gift": ("orders.add_gift", order | {"sku_id": self.rng.choice(self.business.skus), "reason": "送"}),
            "swap": ("orders.swap_goods", order | {"line": piece[0]["line"], "sku_id": other, "reason": "换"}),
            "hold": ("orders.hold", order | {"cause": "等等"}),
            "release": ("orders.release", order),
            "approve": ("orders.approve", order),
            "recheck": ("orders.recheck", order),
            "address": ("orders.correct_address", order | {"receiver": RECEIVER}),
            "raise": ("orders.raise_exception", order | {"code": OWN_CAUSE}),
            "expire": ("orders.expire", order),
            "take": ("orders.take_exception", order | {"code": OWN_CAUSE}),
            "later": ("orders.defer_payment", order | {"kind": "on_account"}),
            "ship_date": ("orders.set_ship_date", self._ship_date()),
            "exchange": (
                "orders.exchange",
                order
                | {"lines": [piece[0] | {"sku_id": other}], "reason": "换", "wait_for_return": self.rng.random() < 0.5},
            ),
            "price": (
                "orders.change_price",
                order | {"line": piece[0]["line"], "amount_minor": self.rng.randint(0, 900), "reason": "让利"},
            ),
            "confirm": ("checkout.confirm_receipt", shop) if self.link else ("orders.sign", order),
        }
        if self.link and name == "cancel" and self.rng.random() < 0.5:
            return "checkout.cancel_order", shop
        if self.link and name == "cancel_part" and self.rng.random() < 0.5:
            return "checkout.cancel_part_of_order", shop | {"lines": piece}
        return steps[name]

    def _ship_date(self) -> dict[str, Any]:
        given: dict[str, Any] = {"company_id": self.business.company_id, "sku_id": self.rng.choice(self.business.goods)}
        if self.rng.random() < 0.5:  # else it is taken off again
            given["ships_from"] = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        return given

    async def _units(self) -> None:
        units = await self.business.read(f"/api/v1/orders/{self.order_id}/units")
        for unit in units:
            move = self.rng.choice(UNIT_MOVES)
            given: dict[str, Any] = {"unit_id": unit["id"]}
            if move == "move":
                given["warehouse_id"] = self.rng.choice(self.business.warehouses)
            if move == "split":
                given["lines"] = [{"order_id": self.order_id, "line": self.rng.randint(1, self.lines), "qty": 1}]
            if move == "merge" and len(units) > 1:
                await self.business.try_("orders.merge_units", unit_ids=[each["id"] for each in units][:3])
            elif move != "merge":
                await self.business.try_(f"orders.{move}_unit", **given)

    async def _ask(self) -> None:
        """After-sales that the buyer asks for, and what the shop makes of it."""
        wish = {
            "kind": self.rng.choice(["refund", "return", "exchange"]),
            "lines": [{"line": self.rng.randint(1, self.lines), "qty": self.rng.randint(1, 2)}],
            "reason": self.rng.choice(["quality", "other", "unwanted", "missing"]),
        }
        asked = await self.business.try_("aftersales.ask_by_link", link=self.link, **wish) if self.link else None
        if asked is not None:
            await self._answer(asked.get("request", asked)["id"])

    async def _answer(self, request_id: str) -> None:
        steps: Sequence[str] = ("approve", "approve", "receive", "receive", "cancel", "refuse", "send_back")
        for step in self.rng.sample(steps, 3):
            given: dict[str, Any] = {"request_id": request_id}
            if step in ("cancel", "send_back"):
                step, given = f"{step}_by_link", given | {"link": self.link}
            if step == "refuse":
                given["reason"] = "不行"
            if step == "send_back_by_link":
                given |= {"carrier": "SF", "waybill": f"SF{uuid4().hex[:10]}"}
            await self.business.try_(f"aftersales.{step}", **given)
