"""Journeys of an order that an accountant can read: buy, part-ship, cancel, return."""

import asyncio

import pytest

from shangmai.modules.inventory.contract import Bucket
from shangmai.modules.orders.contract import (
    NotPaid,
    Overpaid,
    RefundTooHigh,
    StatusForbids,
    TooMuchToReturn,
    TooMuchToShip,
)
from tests.world import World


async def test_buy_ship_sign(world: World) -> None:
    order = await world.place(2)
    with pytest.raises(NotPaid):
        await world.ship(order)
    paid = await world.pay(order)
    assert (paid.payment_status, paid.paid_minor) == ("paid", 2000)
    shipment = await world.ship(order)
    assert (shipment.status, shipment.cost_minor) == ("shipped", 1200)
    assert await world.stock_of() == (98, 0)
    assert await world.worth_of() == 98 * 600
    signed = await world.act("orders.sign", {"order_id": order.id})
    assert signed.status == "signed"
    assert await world.faults() == []


async def test_two_payments_and_never_too_much(world: World) -> None:
    order = await world.place(1)
    first = await world.pay(order, 400)
    assert first.payment_status == "part_paid"
    with pytest.raises(Overpaid):
        await world.pay(order, 601)
    assert (await world.pay(order, 600)).payment_status == "paid"
    assert await world.count("payments") == 2


async def test_one_reference_is_one_payment(world: World) -> None:
    order = await world.place(2)
    pay = {"order_id": order.id, "amount_minor": 1000, "reference": "bank-1"}
    answers = await asyncio.gather(*(world.answer("orders.pay", pay) for _ in range(2)))
    assert [a.error and a.error.code for a in answers] == [None, "payments.PaymentKnown"]
    assert (await world.detail(order)).order.paid_minor == 1000


async def test_parcels_carry_shares_that_add_up(world: World) -> None:
    order = await world.place(3)
    await world.pay(order)
    first = await world.ship(order, {1: 1})
    assert first.status == "part_shipped"
    with pytest.raises(TooMuchToShip):
        await world.ship(order, {1: 3})
    second = await world.ship(order)
    assert second.status == "shipped"
    assert await world.stock_of() == (97, 0)
    async with world.db.transaction() as tx:
        sums = await tx.fetchval(
            "SELECT sum((payload ->> 'goods_minor')::bigint) FROM events WHERE name = 'orders.shipped.v1'"
        )
    assert sums == 3000
    assert await world.faults() == []


async def test_cancel_frees_stock_and_gives_the_money_back_once(world: World) -> None:
    order = await world.place(5)
    await world.pay(order)
    canceled = await world.act("orders.cancel", {"order_id": order.id, "reason": "不想要了"})
    again = await world.act("orders.cancel", {"order_id": order.id, "reason": "不想要了"})
    assert (canceled.status, canceled.refunded_minor, again.refunded_minor) == ("canceled", 5000, 5000)
    assert await world.stock_of() == (100, 0)
    assert await world.count("payments") == 2
    assert await world.faults() == []


async def test_a_shipped_order_cannot_be_canceled_and_is_left_untouched(world: World) -> None:
    order = await world.sell(1)
    with pytest.raises(StatusForbids):
        await world.act("orders.cancel", {"order_id": order.id, "reason": "太晚了"})
    detail = await world.detail(order)
    assert (detail.order.status, detail.order.refunded_minor) == ("shipped", 0)


async def test_returns_bring_back_pieces_cost_and_exactly_what_was_paid(world: World) -> None:
    line = {"sku_id": world.skus[0], "qty": 3, "unit_price": "3.335"}  # 10.005 → 10.01 in all
    order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [line]})
    await world.pay(order)
    await world.ship(order)
    refunds = [(await world.give_back(order, {1: 1})).refund_minor for _ in range(3)]
    assert sum(refunds) == order.total_minor == 1001
    assert max(refunds) - min(refunds) <= 1
    assert await world.stock_of() == (100, 0)
    assert await world.worth_of() == 60_000
    with pytest.raises(TooMuchToReturn):
        await world.give_back(order, {1: 1})
    assert await world.faults() == []


async def test_refund_only_and_defective_returns(world: World) -> None:
    order = await world.sell(2)
    await world.act(
        "orders.return",
        {"order_id": order.id, "lines": [{"line": 1, "qty": 0, "refund_minor": 300}], "reason": "补偿"},
    )
    with pytest.raises(RefundTooHigh):
        await world.act(
            "orders.return",
            {"order_id": order.id, "lines": [{"line": 1, "qty": 2, "refund_minor": 1701}], "reason": "退货"},
        )
    back = await world.give_back(order, {1: 2}, bucket="defective")
    assert back.refund_minor == 1700
    assert await world.stock_of(bucket=Bucket.DEFECTIVE) == (2, 0)
    assert await world.worth_of(bucket=Bucket.DEFECTIVE) == 1200
    assert await world.faults() == []


async def test_two_returns_of_the_last_piece_at_once(world: World) -> None:
    order = await world.sell(1)
    other = World(world.db)
    back = {"order_id": order.id, "lines": [{"line": 1, "qty": 1}], "reason": "退货"}
    answers = await asyncio.gather(world.answer("orders.return", back), other.answer("orders.return", back))
    assert sorted(a.error.code if a.error else "" for a in answers) == ["", "orders.TooMuchToReturn"]
    assert (await world.detail(order)).order.refunded_minor == 1000
    assert await world.faults() == []


async def test_a_kit_ships_and_returns_by_its_components(world: World) -> None:
    parts = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
    kit = await world.make_sku("KIT", 2500, kind="kit", components=parts)
    order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 2}]})
    await world.pay(order)
    await world.ship(order, {1: 1})
    assert (await world.stock_of(0), await world.stock_of(1)) == ((98, 2), (99, 1))
    await world.ship(order)
    await world.give_back(order, {1: 1})
    assert (await world.stock_of(0), await world.stock_of(1)) == ((98, 0), (99, 0))
    assert await world.faults() == []


async def test_the_trace_tells_everything_in_order(world: World) -> None:
    order = await world.sell(1)
    await world.give_back(order, {1: 1})
    await world.reader.drain()
    from shangmai.kernel.actors import SYSTEM
    from shangmai.modules.orders import service

    async with world.db.reading(SYSTEM) as tx:
        entries = await service.trace(tx, order.id)
    told = [entry.what for entry in entries]
    assert [what for what in told if what.startswith(("orders.", "payments."))] == [
        "orders.placed.v1", "payments.recorded.v1", "orders.paid.v1", "orders.shipped.v1", "payments.refunded.v1",
        "orders.returned.v1",
    ]  # fmt: skip
    assert [what for what in told if what.startswith("stock.")] == ["stock.hold", "stock.settle", "stock.post"]
    assert {entry.by for entry in entries} == {"system"}
    assert {entry.door for entry in entries} == {"test"}
