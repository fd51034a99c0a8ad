"""A shop, a customer of it who bought something, and a clerk who answers what they ask for."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actors import Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from shangmai.modules.members import service as members
from shangmai.modules.organization.contract import ShopId
from tests.world import World


class Counter:
    """Where goods were bought, and are brought back to."""

    def __init__(self, world: World, buyer: Actor) -> None:
        self.world, self.buyer = world, buyer
        grants = frozenset({"aftersales.decide", "aftersales.read"})
        scopes = {name: frozenset({getattr(world, f"{name}_id")}) for name in ("company", "shop", "warehouse")}
        self.clerk = Actor(id=new_id(), kind="user", name="clerk", grants=grants, scopes=scopes)

    async def bought(self, *quantities: int) -> Any:
        """An order of the buyer's that was paid and has left."""
        order = await self.world.place(*quantities, customer_id=self.buyer.id)
        await self.world.pay(order)
        await self.world.ship(order)
        return order

    def wish(self, order: Any, lines: dict[int, int], kind: str = "refund", **more: Any) -> dict[str, Any]:
        chosen = [{"line": n, "qty": qty} for n, qty in lines.items()]
        return {"order_id": order.id, "kind": kind, "lines": chosen, "reason": "damaged", **more}

    async def ask(self, order: Any, lines: dict[int, int], kind: str = "refund", **more: Any) -> Any:
        return await self.world.act("aftersales.ask", self.wish(order, lines, kind, **more), actor=self.buyer)

    async def decide(self, name: str, request: Any, **more: Any) -> Any:
        given = {"request_id": request.id, **more}
        return await self.world.act(f"aftersales.{name}", given, actor=self.clerk)

    async def refused(self, name: str, given: dict[str, Any], actor: Actor) -> str:
        answer = await self.world.answer(f"aftersales.{name}", given, actor=actor)
        assert answer.error is not None, answer
        return answer.error.code


async def a_buyer(world: World, phone: str) -> Actor:
    made = await world.act("members.register", {"shop_id": world.shop_id, "phone": phone})
    return members.actor_of_customer(made.customer_id, ShopId(world.shop_id))


@pytest_asyncio.fixture
async def counter(world: World) -> Counter:
    return Counter(world, await a_buyer(world, "13800138000"))


@pytest.fixture
def clock(world: World) -> ManualClock:
    """The database's clock, to be moved by hand."""
    manual = ManualClock(world.db.clock.now())
    world.db.clock = manual
    return manual
