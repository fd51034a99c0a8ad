"""Who works in the warehouses: stock that comes and goes, and a floor where people pick, pack, count and carry."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.faults.soak.business import BINS, Hand


class Stockkeeper(Hand):
    """Receives, corrects what is there, and sends goods from one warehouse to the other."""

    async def turn(self) -> None:
        await self.wait(0.3, 0.6)
        goods = self.business.goods
        lines = [
            {"sku_id": sku, "qty": self.rng.randint(1, 40), "cost_minor": self.rng.randint(0, 5000)}
            for sku in self.rng.sample(goods, 3)
        ]
        there = self.rng.choice(self.business.warehouses)
        await self.business.try_("inventory.receive", warehouse_id=there, reference=uuid4().hex, lines=lines)
        found = [{"sku_id": self.rng.choice(goods), "qty": self.rng.choice([-3, -2, -1, 1, 2, 3])}]
        there = self.rng.choice(self.business.warehouses)
        given = {"warehouse_id": there, "reason": "count", "reference": "盘", "lines": found}
        await self.business.try_("inventory.adjust", **given)
        await self._transfer(self.rng.choice(goods))
        if self.rng.random() < 0.1:
            policy = {
                "sourcing": True,
                "pieces_max": self.rng.choice([0, 4]),
                "merge_minutes": self.rng.choice([0, 0, 1]),
            }
            await self.business.try_("orders.set_unit_policy", company_id=self.business.company_id, policy=policy)

    async def _transfer(self, sku: str) -> None:
        origin, to = self.rng.sample(self.business.warehouses, 2)
        ends = {"from_warehouse_id": origin, "to_warehouse_id": to, "reference": "调"}
        sent = await self.business.try_("inventory.send_transfer", **ends, lines=[{"sku_id": sku, "qty": 2}])
        if sent is not None:
            document = sent.get("id") or sent["document_id"]
            await self.business.try_("inventory.arrive_transfer", document_id=document)


class Floorman(Hand):
    """Somebody on the floor; several step on each other's feet."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.floor = {"warehouse_id": self.business.warehouse_id}

    async def turn(self) -> None:
        often = [self.wave, self.pick, self.pick, self.sow, self.pack, self.pack, self.put_away]
        rare = [self.count, self.carry, self.put_back, self.transfer, self.cancel_wave, self.short, self.receive]
        await self.rng.choice(often if self.rng.random() < 0.8 else rare)()
        await self.wait(0, 0.02, 0.1)

    async def act(self, action: str, **given: Any) -> Any:
        return await self.business.try_(f"warehouse.{action}", **given)

    async def read(self, what: str, **query: Any) -> Any:
        return await self.business.read(f"/api/v1/warehouse/{what}", **query)

    async def wave(self) -> None:
        kinds = ("single", "multi", "hot", "big")
        methods = dict.fromkeys(kinds, self.rng.choice(["bulk", "sow", "sort", "each"]))
        rules = {"methods": methods, "cells": 3, "hot_min": 0, "auto": self.rng.random() < 0.5}
        policy = {"on": True, "waves": rules, "must_have_waybill": False}
        if self.rng.random() < 0.2:
            await self.act("set_floor_policy", **self.floor, policy=policy)
        await self.act("make_waves", **self.floor, release=self.rng.random() < 0.9)

    async def task(self) -> dict[str, Any] | None:
        tasks = await self.read("tasks", warehouse=self.floor["warehouse_id"])
        if not tasks:
            return None
        detail: dict[str, Any] | None = await self.act(
            "start_pick", task_id=self.rng.choice(tasks)["id"], take_over=True
        )
        return detail

    async def pick(self) -> None:
        if (detail := await self.task()) is None:
            return
        for stop in detail["stops"]:
            qty = self.rng.randint(1, stop["qty"]) if self.rng.random() < 0.3 else stop["qty"]
            scanned = {"bin": stop["bin"], "barcode": stop["sku"], "qty": qty}
            await self.act("pick", task_id=detail["task"]["id"], **scanned)

    async def short(self) -> None:
        if (detail := await self.task()) is None or not detail["stops"]:
            return
        stop = self.rng.choice(detail["stops"])
        scanned = {"bin": stop["bin"], "barcode": stop["sku"]}
        await self.act("report_short", task_id=detail["task"]["id"], **scanned)
        if self.rng.random() < 0.7:
            await self.act("end_short", **self.floor, **scanned)

    async def sow(self) -> None:
        for wave in await self.read("waves", warehouse=self.floor["warehouse_id"], limit=10):
            await self.sow_all(wave)

    async def sow_all(self, wave: dict[str, Any]) -> None:
        """Put into the cells what of a wave is picked."""
        if wave["method"] == "sow" and wave["picked"]:
            for code in "ABCDEF":
                while await self.act("sow", wave_id=wave["id"], barcode=code):
                    pass

    async def pack(self) -> None:
        picked = await self.read("requests", warehouse=self.floor["warehouse_id"], state="picked", limit=10)
        if not picked:
            return
        request = self.rng.choice(picked)
        number = request["number"]
        if request["to_warehouse_id"]:
            await self.act("ship_transfer", number=number, short=self.rng.random() < 0.3)
            return
        packing = await self.read("packing", number=number)
        for line in packing["lines"] if packing else ():
            if left := line["qty"] - line["checked"]:
                await self.act("pack_scan", number=number, barcode=line["sku"], qty=left)
        if self.rng.random() < 0.1:
            await self.act("set_aside", number=number, barcode=self.rng.choice("ABCDEF"))
        carrier = {"carrier": "SF", "waybill": f"SF{uuid4().hex[:12]}"}
        await self.act("finish_pack", number=number, **carrier)
        if self.rng.random() < 0.15:
            await self.act("add_box", number=number, **carrier | {"waybill": f"SF{uuid4().hex[:12]}"})
            if self.rng.random() < 0.5:
                await self.act("remove_box", scanned=f"{number}-2")
        if self.rng.random() < 0.3:
            weight_g = self.rng.randint(1, 3000)
            await self.act("weigh", scanned=number, weight_g=weight_g, accept_reason="已复核")
        if self.rng.random() < 0.8:
            await self.act("hand_over", **self.floor, scanned=number)

    async def put_away(self) -> None:
        for row in await self.read("unplaced", **self.floor):
            if row["bucket"] == "sellable" and row["unplaced"] > 0:
                line = {"sku_id": row["sku_id"], "qty": row["unplaced"], "bin": self.rng.choice(BINS)}
                await self.act("put_away", **self.floor, lines=[line])

    async def put_back(self) -> None:
        for back in await self.read("put-backs", warehouse=self.floor["warehouse_id"]):
            code = "ABCDEF"[self.business.goods.index(back["sku_id"])]
            scanned = {"bin": self.rng.choice(BINS), "barcode": code, "qty": back["qty"] - back["done"]}
            await self.act("put_back", **self.floor, **scanned)

    async def carry(self) -> None:
        lying = [row for row in await self.read("in-bins", **self.floor) if row["bucket"] == "sellable"]
        for row in self.rng.sample(lying, min(2, len(lying))):
            qty = self.rng.randint(1, max(row["on_hand"], 1))
            line = {"sku_id": row["sku_id"], "qty": qty, "origin": row["code"], "to": self.rng.choice([*BINS, "R-01"])}
            await self.act("move_bins", **self.floor, lines=[line])

    async def count(self) -> None:
        opened = await self.act("open_count", **self.floor, bins=[self.rng.choice(BINS)])
        if opened is None:
            return
        bin_ = opened["bins"][0]["code"]
        found = [
            {"sku_id": row["sku_id"], "qty": max(row["on_hand"] + self.rng.choice([0, 0, 0, -1, 1]), 0)}
            for row in await self.read("in-bins", **self.floor)
            if row["code"] == bin_ and row["bucket"] == "sellable"
        ]
        await self.act("count_bin", count_id=opened["id"], bin=bin_, found=found)
        await self.act("approve_count" if self.rng.random() < 0.8 else "cancel_count", count_id=opened["id"])

    async def receive(self) -> None:
        qty = self.rng.randint(1, 9)
        line = {"sku_id": self.rng.choice(self.business.goods), "qty": qty}
        notice = await self.act("notify_receipt", **self.floor, reference=uuid4().hex, lines=[line])
        if notice is None:
            return
        came = [{"line": 1, "qty": self.rng.randint(1, qty)}]
        await self.act("receive_notice", notice_id=notice["id"], slip=uuid4().hex, bin="IN", lines=came)
        await self.act("close_notice", notice_id=notice["id"])

    async def transfer(self) -> None:
        lying = [row for row in await self.read("in-bins", **self.floor) if row["code"] in BINS and row["on_hand"]]
        if not lying:
            return
        row = self.rng.choice(lying)
        ends = {"from_warehouse_id": self.floor["warehouse_id"], "to_warehouse_id": self.business.warehouses[1]}
        line = {"sku_id": row["sku_id"], "qty": 1, "bin": row["code"]}
        if self.rng.random() < 0.5:
            await self.act("send_from_bins", **ends, reference="调", lines=[line])
            return
        started = await self.act("start_transfer", **ends, reference="调", lines=[line])
        if started is not None and self.rng.random() < 0.3:
            await self.act("cancel_transfer", number=started["number"], reason="不调了")

    async def cancel_wave(self) -> None:
        waves = await self.read("waves", warehouse=self.floor["warehouse_id"], limit=10)
        if waves and self.rng.random() < 0.3:
            await self.act("cancel_wave", wave_id=self.rng.choice(waves)["id"])
