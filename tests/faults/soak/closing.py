"""The end of a day: stock comes, what is held back is let go, and whatever was ordered must be able to leave."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final
from uuid import uuid4

from tests.faults.killing import SETTLED_WITHIN_S
from tests.faults.soak.business import BINS
from tests.faults.soak.keepers import Floorman

PLENTY: Final = 20_000
ROUNDS_MAX: Final = 40
IDLE_ROUNDS: Final = 3
"""After so many rounds in which nothing left, what is left is stuck."""
STOCK: Final = ("orders.short", "orders.part_short", "warehouse.short")
"""What ends by itself when stock has come."""
OPEN: Final = ("placed", "part_shipped")


class Closer(Floorman):
    """Works alone, takes everything that there is to do in turn, and makes no mistakes."""

    async def close(self) -> list[str]:
        """The orders that cannot leave, each with why as far as it is told; none where all is well."""
        policy = {"sourcing": True, "pieces_max": 4, "merge_minutes": 0}
        await self.business.act("orders.set_unit_policy", {"company_id": self.business.company_id, "policy": policy})
        for sku in self.business.goods:
            await self.business.try_("orders.set_ship_date", company_id=self.business.company_id, sku_id=sku)
        await self._stock_up()
        idle, before = 0, -1
        left: list[dict[str, Any]] = []
        for _ in range(ROUNDS_MAX):
            await self._quiet()
            left = await self._open_orders()
            idle = idle + 1 if len(left) == before else 0
            if not left or idle >= IDLE_ROUNDS:
                break
            before = len(left)
            for order in left:
                await self._let_go(order)
            await self._quiet()
            await self._send_from_other()
            await self._work_floor()
        return [await self._why(order) for order in left]

    async def _stock_up(self) -> None:
        for warehouse in self.business.warehouses:
            lines = [{"sku_id": sku, "qty": PLENTY, "cost_minor": 0} for sku in self.business.goods]
            given = {"warehouse_id": warehouse, "reference": uuid4().hex, "lines": lines}
            await self.business.act("inventory.receive", given)
        await self._end_counts()
        await self.put_away()

    async def _end_counts(self) -> None:
        for count in await self.read("counts", warehouse_id=self.floor["warehouse_id"], status="open", limit=200):
            await self.act("cancel_count", count_id=count["id"])

    async def _quiet(self) -> None:
        """Until the worker has handled everything that has happened."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while not (lags := await self.business.read("/api/v1/events/lag")) or any(each["waiting"] for each in lags):
            assert time.monotonic() < deadline, lags
            await asyncio.sleep(0.1)

    async def _open_orders(self) -> list[dict[str, Any]]:
        return [
            order
            for status in OPEN
            for order in await self.business.read_all("/api/v1/orders", status=status)
        ]  # fmt: skip

    async def _let_go(self, order: dict[str, Any]) -> None:
        id_ = order["id"]
        lacks = order["total_minor"] - order["paid_minor"]
        if order["payment_status"] != "paid" and order["terms"] != "on_account" and lacks > 0:
            paid = {"amount_minor": lacks, "reference": uuid4().hex}
            if await self.business.try_("orders.pay", order_id=id_, **paid) is None:
                await self.business.try_("orders.cancel", order_id=id_, reason="收不到款")
        if order["held_back"]:
            await self.business.try_("orders.recheck", order_id=id_)
            await self.business.try_("orders.release", order_id=id_)
            for cause in (await self.business.read(f"/api/v1/orders/{id_}"))["hold_backs"]:
                await self._end(id_, cause["code"])

    async def _end(self, order_id: str, code: str) -> None:
        """One accepts what one may; an order that waits for what will not come, such as a group, is canceled."""
        accepted = {"order_id": order_id, "code": code, "reason": "收工"}
        if await self.business.try_("orders.accept_exception", **accepted) is None and code not in STOCK:
            await self.business.try_("orders.cancel", order_id=order_id, reason="等不到了")

    async def _send_from_other(self) -> None:
        """The second warehouse has no floor: what is released there leaves at once."""
        other = self.business.warehouses[1]
        for state in ("open", "released"):
            for unit in await self.business.read_all("/api/v1/orders/units", state=state, warehouse=other):
                if state == "open":
                    await self.business.try_("orders.release_unit", unit_id=unit["id"])
                await self.business.try_("orders.ship_unit", unit_id=unit["id"])

    async def _work_floor(self) -> None:
        here = self.floor["warehouse_id"]
        for unit in await self.business.read_all("/api/v1/orders/units", state="open", warehouse=here):
            await self.business.try_("orders.release_unit", unit_id=unit["id"])
        await self._quiet()
        for bin_ in BINS:
            for code in "ABCDEF":
                await self.act("end_short", **self.floor, bin=bin_, barcode=code)
        await self.act("make_waves", **self.floor, release=True)
        for wave in await self.business.read_all("/api/v1/warehouse/waves", warehouse=here, state="planned"):
            await self.act("release_wave", wave_id=wave["id"])
        for task in await self.business.read_all("/api/v1/warehouse/tasks", warehouse=here):
            detail = await self.act("start_pick", task_id=task["id"], take_over=True)
            for stop in detail["stops"] if detail else ():
                scanned = {"bin": stop["bin"], "barcode": stop["sku"], "qty": stop["qty"]}
                await self.act("pick", task_id=task["id"], **scanned)
        for wave in await self.business.read_all("/api/v1/warehouse/waves", warehouse=here, state="released"):
            await self.sow_all(wave)
        for request in await self.business.read_all("/api/v1/warehouse/requests", warehouse=here, state="picked"):
            await self._pack(request)
        for parcel in await self.business.read_all("/api/v1/warehouse/parcels", warehouse=here, handed="false"):
            for each in (parcel, *parcel["boxes"]):
                if each["handed_at"] is None:
                    await self.act("hand_over", **self.floor, scanned=each["number"])
        await self.put_back()

    async def _pack(self, request: dict[str, Any]) -> None:
        number = request["number"]
        if request["to_warehouse_id"]:
            await self.act("ship_transfer", number=number, short=True)
            return
        packing = await self.read("packing", number=number)
        for line in packing["lines"] if packing else ():
            if left := line["qty"] - line["checked"]:
                await self.act("pack_scan", number=number, barcode=line["sku"], qty=left)
        await self.act("finish_pack", number=number, carrier="SF", waybill=f"SF{uuid4().hex[:12]}")

    async def _why(self, order: dict[str, Any]) -> str:
        units = await self.business.read(f"/api/v1/orders/{order['id']}/units")
        told = await self.business.read(f"/api/v1/orders/{order['id']}")
        causes = [(each["code"], each["zh"]) for each in told["hold_backs"]] if told else []
        states = [(unit["number"], unit["state"]) for unit in units]
        asked = {each["doc"]: each for each in await self.business.read_all("/api/v1/warehouse/requests")}
        floor = [
            {name: asked[unit["id"]][name] for name in ("state", "wave_id", "pieces", "short", "why")}
            for unit in units
            if unit["id"] in asked
        ]
        kept = {name: order[name] for name in ("status", "payment_status", "terms", "held_back", "kind")}
        return f"{order['number']} {order['id']} {kept} {causes} {states} {floor}"
