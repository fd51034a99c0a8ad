"""A floor that works: bins filled, orders that wait for a wave, and short ways to pick, pack and hand over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shangmai.apps.proving import prove
from shangmai.kernel.actors import SYSTEM
from shangmai.modules.orders import queries
from shangmai.modules.orders.queries import units as unit_tables
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract.picking import TaskDetail
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries import waves as wave_tables
from tests.warehouse.floor import Floor

RECEIVER = {
    "name": "李四",
    "phone": "13912345678",
    "province": "上海市",
    "city": "上海市",
    "district": "浦东新区",
    "street": "世纪大道 100 号",
}


class Work:
    """Of each of the world's three SKUs lie 30 pieces in A-01, A-02 and A-03 each, unless told otherwise."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.world = floor, floor.world
        self.waybills = 0

    async def make(self, *, fill: int = 30, **policy: Any) -> Work:
        for n in range(3 if fill else 0):
            for code in ("A-01", "A-02", "A-03"):
                await self.floor.put(code, fill, n)
        await self.turn_on(**policy)
        return self

    async def turn_on(self, **policy: Any) -> None:
        await self.floor.act("set_floor_policy", policy={"on": True, **policy})

    async def paid(self, *quantities: int, **more: Any) -> Any:
        """An order of so many pieces, paid, released, and asked of the floor."""
        order = await self.world.place(*quantities, **{"receiver": RECEIVER} | more)
        await self.world.pay(order)
        await self.world.reader.drain()
        return order

    async def unit(self, order: Any) -> Any:
        """The one unit that an order's pieces are in, or were in last."""
        async with self.world.db.reading(SYSTEM) as tx:
            return (await unit_tables.units_of_order(tx, order.id))[-1]

    async def request(self, order: Any) -> Any:
        unit = await self.unit(order)
        async with self.world.db.reading(SYSTEM) as tx:
            return (await tables.get(tx, [unit.id])).get(unit.id)

    async def state(self, order: Any) -> str | None:
        found = await self.request(order)
        return None if found is None else str(found.state.value)

    async def waves(self, **more: Any) -> list[Any]:
        """Make waves of what waits, by the rules, and let them be picked."""
        made = await self.floor.act("make_waves", **{"release": True} | more)
        return list(made.waves)

    async def wave(self, method: str, *orders: Any) -> Any:
        docs = [(await self.unit(order)).id for order in orders]
        return await self.floor.act("make_wave", docs=docs, method=method, release=True)

    async def tasks(self, wave: Any) -> list[TaskDetail]:
        async with self.world.db.reading(SYSTEM) as tx:
            tasks = await wave_tables.page_of_tasks(
                tx, warehouse_id=None, wave_id=wave.id, picker=None, after=None, limit=200
            )
            return [await service.get_task(tx, task.id) for task in tasks]

    async def pick(self, task: Any, bin_: str, sku: str, qty: int = 1, **more: Any) -> Any:
        given = {"task_id": task.task.id, "bin": bin_, "barcode": sku, "qty": qty, **more}
        return await self.world.act("warehouse.pick", given)

    async def pick_all(self, wave: Any) -> None:
        """Pick whatever a wave's tasks still ask for."""
        for task in await self.tasks(wave):
            for stop in task.stops:
                await self.pick(task, stop.bin, stop.sku, stop.qty, lot=stop.lot)

    async def sow_all(self, wave: Any) -> None:
        """Sow whatever of a wave is picked, but in no cell."""
        async with self.world.db.reading(SYSTEM) as tx:
            left = [
                (f"SKU{n + 1}", sum(line.picked - line.sown for line in lines))
                for n in range(3)
                if (lines := await wave_tables.lines_to_sow(tx, wave.id, self.floor.sku(n)))
            ]
        for sku, qty in left if wave.method == "sow" else ():
            await self.world.act("warehouse.sow", {"wave_id": wave.id, "barcode": sku, "qty": qty})

    async def wanted(self, order: Any) -> dict[Any, int]:
        """Pieces by SKU that an order's request asks for."""
        unit = await self.unit(order)
        async with self.world.db.reading(SYSTEM) as tx:
            return dict((await tables.wanted(tx, [unit.id])).get(unit.id, {}))

    async def check(self, order: Any, sku: str, qty: int = 1, **more: Any) -> Any:
        number = (await self.unit(order)).number
        return await self.world.act("warehouse.pack_scan", {"number": number, "barcode": sku, "qty": qty, **more})

    async def close(self, order: Any, **more: Any) -> Any:
        self.waybills += 1
        number = (await self.unit(order)).number
        given = {"number": number, "carrier": "SF", "waybill": f"SF{self.waybills:06}", **more}
        return await self.world.act("warehouse.finish_pack", given)

    async def packed(self, order: Any, wave: Any, **pieces: int) -> Any:
        """Pick a wave and pack an order of it, by SKU."""
        await self.pick_all(wave)
        for sku, qty in pieces.items():
            await self.check(order, sku, qty)
        return await self.close(order)

    async def hand_over(self, *orders: Any) -> None:
        """Give the parcels of these orders to their carriers, and let everybody hear of it."""
        for order in orders:
            await self.floor.act("hand_over", scanned=(await self.unit(order)).number)
        await self.world.reader.drain()

    async def sent(self, order: Any) -> list[tuple[str, str]]:
        """Carrier and waybill of each of an order's shipments."""
        async with self.world.db.reading(SYSTEM) as tx:
            return [(each.carrier, each.waybill) for each in await queries.parcels_of(tx, order.id)]

    async def proof(self) -> list[str]:
        """What does not hold, of all books and between them."""
        report = await prove(self.world.db)
        return [proof.what for proof in report.proofs if not proof.holds]

    def sku(self, n: int) -> UUID:
        return self.world.skus[n]
