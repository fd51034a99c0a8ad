"""Receiving, adjusting, transferring and grading stock: pieces and their value move together."""

from uuid import UUID

import pytest

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.modules.inventory.contract import (
    Bucket,
    NotAStockBucket,
    NothingToAdjust,
    OutOfStock,
    SameWarehouse,
    TransferNotFound,
)
from shangmai.modules.inventory.rules import cost_share, key
from tests.world import World


class TestCost:
    async def test_moving_average(self, world: World) -> None:
        await world.receive({world.skus[0]: 50}, cost_minor=900)  # 100 × 6.00 + 50 × 9.00 = 1,050.00
        assert await world.worth_of() == 105_000
        await world.sell(30)
        assert await world.worth_of() == 84_000

    def test_the_last_piece_takes_the_rest(self) -> None:
        value = 1000
        costs = []
        for left in (3, 2, 1):
            costs.append(cost_share(1, left)(value))
            value -= costs[-1]
        assert costs == [333, 334, 333]
        assert value == 0


class TestAdjust:
    async def adjust(self, world: World, qty: int, reason: str = "count", bucket: str = "sellable") -> object:
        line = {"sku_id": world.skus[0], "qty": qty, "bucket": bucket}
        return await world.act(
            "inventory.adjust",
            {"warehouse_id": world.warehouse_id, "reason": reason, "reference": "盘点单 7", "lines": [line]},
        )

    async def test_losses_and_gains_at_average_cost(self, world: World) -> None:
        loss = await self.adjust(world, -10, "damaged")
        gain = await self.adjust(world, 4, "found")
        assert (loss.value_minor, gain.value_minor) == (-6000, 2400)  # type: ignore[attr-defined]
        assert await world.stock_of() == (94, 0)
        assert await world.worth_of() == 94 * 600
        assert await world.faults() == []

    async def test_held_pieces_cannot_be_adjusted_away(self, world: World) -> None:
        await world.place(95)
        with pytest.raises(OutOfStock):
            await self.adjust(world, -6)
        assert await world.stock_of() == (100, 95)
        assert await world.count("stock_documents") == 1

    async def test_refusals_change_nothing(self, world: World) -> None:
        with pytest.raises(NothingToAdjust):
            await self.adjust(world, 0)
        with pytest.raises(NotAStockBucket):
            await self.adjust(world, 1, bucket="customer")
        assert await world.stock_of() == (100, 0)


class TestScope:
    async def test_who_has_no_company_in_scope_is_told_so(self, world: World) -> None:
        """The books are kept in the company's currency, and whoever posts to them must be let into it."""
        here = {"warehouse": frozenset({world.warehouse_id})}
        picker = Actor(id=UUID(int=7), kind="user", name="收货员", grants=frozenset({"inventory.*"}), scopes=here)
        lines = [{"sku_id": world.skus[0], "qty": 1, "cost_minor": 1}]
        given = {"warehouse_id": world.warehouse_id, "reference": "到货", "lines": lines}
        with pytest.raises(OutOfScope) as refused:
            await world.act("inventory.receive", given, actor=picker)
        assert refused.value.data["dimension"] == "company"
        assert await world.stock_of() == (100, 0)


class TestTransfer:
    async def send(self, world: World, qty: int) -> tuple[object, object]:
        other = await world.act(
            "inventory.create_warehouse", {"code": "WH2", "name": "二号仓", "company_id": world.company_id}
        )
        sent = await world.act(
            "inventory.send_transfer",
            {
                "from_warehouse_id": world.warehouse_id,
                "to_warehouse_id": other.id,
                "reference": "补货",
                "lines": [{"sku_id": world.skus[0], "qty": qty}],
            },
        )
        return other, sent

    async def test_goods_are_in_transit_until_they_arrive_once(self, world: World) -> None:
        other, sent = await self.send(world, 40)
        assert await world.stock_of() == (60, 0)
        await world.act("inventory.arrive_transfer", {"document_id": sent.id})  # type: ignore[attr-defined]
        with pytest.raises(TransferNotFound):
            await world.act("inventory.arrive_transfer", {"document_id": sent.id})  # type: ignore[attr-defined]
        from shangmai.modules.inventory.books import stock, value

        async with world.db.transaction() as tx:
            there = key(world.skus[0], other.id, Bucket.SELLABLE)  # type: ignore[attr-defined]
            assert (await stock.balances(tx, [there]))[0][0] == 40
            assert (await value.balances(tx, [there]))[0][0] == 24_000
        assert await world.faults() == []

    async def test_short_or_to_itself_is_refused(self, world: World) -> None:
        with pytest.raises(OutOfStock):
            await self.send(world, 101)
        with pytest.raises(SameWarehouse):
            await world.act(
                "inventory.send_transfer",
                {
                    "from_warehouse_id": world.warehouse_id,
                    "to_warehouse_id": world.warehouse_id,
                    "reference": "原地",
                    "lines": [{"sku_id": world.skus[0], "qty": 1}],
                },
            )
        assert await world.stock_of() == (100, 0)


class TestSafety:
    async def test_safety_and_virtual_stock(self, world: World) -> None:
        place = {"warehouse_id": world.warehouse_id, "sku_id": world.skus[0]}
        level = await world.act("inventory.set_safety", {**place, "safety": 90})
        assert (level.on_hand, level.floor, level.available) == (100, 90, 10)
        with pytest.raises(OutOfStock):
            await world.place(11)
        await world.act("inventory.set_safety", {**place, "virtual": 5})
        order = await world.place(105)
        await world.pay(order)
        answer = await world.answer("orders.ship", {"order_id": order.id})
        assert answer.error is not None, "what is not there cannot leave"
        assert await world.stock_of() == (100, 105)
        with pytest.raises(OutOfStock):
            await world.act("inventory.set_safety", {**place, "safety": 1})
        assert await world.faults() == []
