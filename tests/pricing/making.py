"""Short ways to make promotions and coupons in tests."""

from __future__ import annotations

from typing import Any

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.pricing import service
from tests.world import World

ALWAYS = {"period": {"from": "2020-01-01T00:00:00Z"}}
THIRTY_OFF = {"kind": "amount_off", "tiers": [{"at": 10000, "off": 3000}]}


async def draft(world: World, code: str = "P1", **more: Any) -> Any:
    given: dict[str, Any] = {
        "code": code, "name": code, "layer": "order", "when": ALWAYS, "benefit": THIRTY_OFF, **more,
    }  # fmt: skip
    return await world.act("pricing.create_promotion", given)


async def publish(world: World, code: str = "P1", **more: Any) -> Any:
    """A promotion in force, 30 off 100 unless told otherwise."""
    made = await draft(world, code, **more)
    return await world.act("pricing.publish_promotion", {"promotion_id": made.id})


async def coupon_promotion(world: World, code: str = "C1", **more: Any) -> Any:
    return await publish(world, code, **{"layer": "coupon", "needs_coupon": True, **more})


async def batch(world: World, promotion: Any, code: str = "B1", **more: Any) -> Any:
    given = {"code": code, "name": code, "promotion_id": promotion.id, **more}
    return await world.act("pricing.create_coupon_batch", given)


async def customer(world: World, ref: str = "C1") -> Any:
    return (await world.act("members.register", {"shop_id": world.shop_id, "ref": ref})).customer_id


async def limits_of(db: Database, promotion: Any) -> dict[str, tuple[int, int, int]]:
    """Used, held and left of a promotion's limits for all."""
    async with db.reading(SYSTEM) as tx:
        detail = await service.get_promotion(tx, promotion.id)
    return {each.kind: (each.used, each.held, each.left) for each in detail.limits}


async def prove(db: Database) -> list[Any]:
    async with db.reading(SYSTEM) as tx:
        return await service.prove(tx)
