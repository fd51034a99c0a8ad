"""A shop whose goods are listed, and whoever buys there: a guest with a token, a member."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shangmai.kernel.actors import EVERYTHING, GUEST, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.modules.checkout import service
from shangmai.modules.checkout.contract.placing import AskCheckout
from shangmai.modules.checkout.rules import tokens
from tests.world import World

RECEIVER = {
    "name": "张三", "phone": "13812345678", "province": "上海", "city": "", "district": "浦东新区",
    "street": "张江路100号",
}  # fmt: skip


class Mall:
    """A world whose goods are listed. `guest` and `member` ask as shoppers do."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def open(self) -> Mall:
        for sku_id in self.world.skus:
            await self.list_sku(sku_id)
        return self

    async def list_sku(self, sku_id: UUID) -> None:
        async with self.world.db.reading(SYSTEM) as tx:
            product_id = await tx.fetchval("SELECT product_id FROM skus WHERE id = $1", sku_id)
        await self.world.act("catalog.list_product", {"product_id": product_id})

    async def member(self, phone: str = "13800138000") -> Actor:
        given = {"shop_id": self.world.shop_id, "name": "王小明", "phone": phone}
        made = await self.world.act("members.register", given)
        scopes = {
            "shop": frozenset({self.world.shop_id}),
            "member": frozenset({made.customer_id}),
            "warehouse": EVERYTHING,
        }
        return Actor(id=made.customer_id, kind="customer", name="customer", scopes=scopes)

    def token(self) -> str:
        return tokens.new_cart_token()

    async def set(self, token: str | None, *quantities: int, actor: Actor = GUEST, **more: Any) -> Any:
        lines = [{"sku_id": sku, "qty": qty} for sku, qty in zip(self.world.skus, quantities, strict=False)]
        given = {"shop_id": self.world.shop_id, "cart_token": token, "lines": lines, **more}
        return await self.world.act("checkout.set_lines", given, actor=actor)

    def wish(self, *quantities: int, **more: Any) -> dict[str, Any]:
        """The input of a checkout of lines; without quantities, of the cart that `more` names."""
        lines = [{"sku_id": sku, "qty": qty} for sku, qty in zip(self.world.skus, quantities, strict=False) if qty]
        expected = sum(qty * n * 1000 for n, qty in enumerate(quantities, 1))
        return {
            "shop_id": self.world.shop_id, "lines": lines, "receiver": RECEIVER, "expected_total_minor": expected,
            **more,
        }  # fmt: skip

    async def place(self, *quantities: int, actor: Actor = GUEST, **more: Any) -> Any:
        return await self.world.act("checkout.place", self.wish(*quantities, **more), actor=actor)

    async def view(self, token: str | None = None, *, actor: Actor = GUEST, lang: Any = "zh-CN", **more: Any) -> Any:
        do = AskCheckout(shop_id=self.world.shop_id, cart_token=token, **more)  # type: ignore[arg-type]
        async with self.world.db.reading(SYSTEM) as tx:
            return await service.view_cart(tx, actor, do, lang)

    async def quote(self, *, actor: Actor = GUEST, lang: Any = "zh-CN", **more: Any) -> Any:
        do = AskCheckout(shop_id=self.world.shop_id, **more)  # type: ignore[arg-type]
        async with self.world.db.reading(SYSTEM) as tx:
            return await service.quote(tx, actor, do, lang)


@pytest_asyncio.fixture
async def mall(world: World) -> Mall:
    return await Mall(world).open()


@pytest.fixture
def clock(world: World) -> ManualClock:
    """The database's clock, to be moved by hand."""
    manual = ManualClock(world.db.clock.now())
    world.db.clock = manual
    return manual
