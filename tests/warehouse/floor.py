"""A warehouse with a few bins to test in, and short ways to work in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract import InBin
from tests.world import World


class Floor:
    """The bins of the world's warehouse: A-01 to A-03 to pick from, R-01 in reserve, IN, OUT (stage), Q-01."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.warehouse_id = WarehouseId(world.warehouse_id)

    async def make(self) -> Floor:
        for code, warmth in (("A", "ambient"), ("COLD", "chilled")):
            await self.act("save_zone", code=code, name=f"{code} 区", temperature=warmth)
        kinds = {"R-01": "reserve", "IN": "receive", "OUT": "stage", "Q-01": "quarantine"}
        picked = [
            {"code": f"A-0{n}", "zone": "A", "kind": "pick", "aisle": 0, "bay": n, "level": 1, "offset_mm": n * 1000}
            for n in (1, 2, 3)
        ]
        others = [{"code": code, "zone": "A", "kind": kind} for code, kind in kinds.items()]
        await self.act("save_bins", bins=picked + others)
        return self

    async def act(self, action: str, /, **given: Any) -> Any:
        """Run an action of the warehouse in this warehouse."""
        return await self.world.act(f"warehouse.{action}", {"warehouse_id": self.warehouse_id, **given})

    async def put(self, bin_: str, qty: int, n: int = 0, **more: Any) -> Any:
        """Put unplaced pieces of the n-th SKU into a bin."""
        line = {"sku_id": self.world.skus[n], "qty": qty, "bin": bin_, **more}
        return await self.act("put_away", lines=[line])

    async def carry(self, origin: str, to: str, qty: int, n: int = 0, **more: Any) -> Any:
        line = {"sku_id": self.world.skus[n], "qty": qty, "origin": origin, "to": to, **more}
        return await self.act("move_bins", lines=[line])

    async def lying(self, n: int = 0) -> list[InBin]:
        async with self.world.db.reading(SYSTEM) as tx:
            return await service.in_bins(tx, self.warehouse_id, [self.sku(n)])

    async def shelf(self, n: int = 0) -> dict[str, int]:
        """Pieces of the n-th SKU by bin, all lots and buckets together."""
        found: dict[str, int] = {}
        for each in await self.lying(n):
            found[each.code] = found.get(each.code, 0) + each.on_hand
        return found

    async def unplaced(self, n: int = 0) -> int:
        """Sellable and defective pieces of the n-th SKU that lie in no bin; below zero where bins hold too many."""
        async with self.world.db.reading(SYSTEM) as tx:
            left = await service.unplaced_of(tx, [self.warehouse_id], [self.sku(n)])
        return sum(left.values())

    async def bin_id(self, code: str) -> UUID:
        async with self.world.db.reading(SYSTEM) as tx:
            return (await service.find_bins(tx, self.warehouse_id, [code]))[code].id

    def sku(self, n: int) -> Any:
        return self.world.skus[n]
