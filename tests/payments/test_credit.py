"""Orders that wait for their money: on account within a limit, or for the courier."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import Conflict
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import ShippingHeldBack
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import (
    AuthorizationStatus,
    CreditDrawn,
    CreditExceeded,
    CreditLine,
    CustomerNeeded,
    DeferredAlready,
)
from tests.world import World


class Debtor:
    """A customer with a limit of 100.00."""

    def __init__(self, world: World, customer_id: Any) -> None:
        self.world, self.id = world, customer_id

    async def order(self, pieces: int) -> Any:
        """Of goods at 10.00 a piece."""
        return await self.world.place(pieces, customer_id=self.id)

    async def defer(self, order: Any, kind: str = "on_account", runner: Runner | None = None) -> Any:
        do = read_input(ACTIONS["orders.defer_payment"], {"order_id": order.id, "kind": kind})
        call = Call(action="orders.defer_payment", input=do, actor=SYSTEM, door="test")
        return (await (runner or self.world.runner).run(call)).unwrap()

    async def limit(self, limit_minor: int) -> CreditLine:
        given = {"company_id": self.world.company_id, "customer_id": self.id, "limit_minor": limit_minor}
        line: CreditLine = await self.world.act("payments.set_credit_limit", given)
        return line

    async def drawn(self) -> int:
        async with self.world.db.reading(SYSTEM) as tx:
            line = await service.credit_line(tx, self.world.company_id, self.id)  # type: ignore[arg-type]
        return line.drawn_minor


@pytest_asyncio.fixture
async def debtor(world: World) -> Debtor:
    made = await world.act("members.register", {"shop_id": world.shop_id, "name": "老主顾", "phone": "13800138000"})
    one = Debtor(world, made.customer_id)
    await one.limit(10_000)
    return one


async def test_what_comes_frees_the_credit(world: World, debtor: Debtor) -> None:
    order = await debtor.order(6)
    authorized = await debtor.defer(order)
    assert (authorized.status, authorized.open_minor, await debtor.drawn()) == (
        AuthorizationStatus.AUTHORIZED,
        6000,
        6000,
    )
    with pytest.raises(CreditExceeded) as refusal:
        await debtor.defer(await debtor.order(5))
    assert refusal.value.data == {"available_minor": 4000, "wanted_minor": 5000}
    await world.ship(order)
    await world.pay(order, 2500)
    assert await world.faults() == []
    assert await debtor.drawn() == 3500
    await world.act("orders.pay", {"order_id": order.id, "amount_minor": 3500, "reference": "REST", "method": "bank"})
    assert await world.faults() == []
    assert await debtor.drawn() == 0


async def test_canceled_owes_nothing(world: World, debtor: Debtor) -> None:
    order = await debtor.order(6)
    await debtor.defer(order)
    await world.pay(order, 1000)
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert await world.faults() == []
    assert await debtor.drawn() == 0


async def test_the_stock_waits_with_the_order(world: World, debtor: Debtor, admin_conn: Any) -> None:
    """Its hold does not run out, as that of an unpaid order does."""
    kept, left = await debtor.order(6), await debtor.order(1)
    await debtor.defer(kept, "cod")
    await admin_conn.execute("UPDATE stock_holds SET expires_at = now() WHERE expires_at IS NOT NULL")
    async with world.db.reading(SYSTEM) as tx:
        due = await orders.due_orders(tx)
    assert kept.id not in due
    assert left.id in due or not due
    assert await debtor.drawn() == 0  # cash on delivery draws on nobody's credit


async def test_it_is_audited_before_it_goes_and_not_again_when_it_is_paid(world: World, debtor: Debtor) -> None:
    rows = [{"id": "dear", "when": {"total_minor": ">= 5000"}, "then": {"verdict": "finance", "cause": "金额较大"}}]
    table = {"company_id": world.company_id, "subject": "orders.audit"}
    await world.act("rules.save_table", {**table, "table": {"rows": rows}})
    await world.act("rules.publish_table", table)
    order = await debtor.order(6)
    await debtor.defer(order)
    with pytest.raises(ShippingHeldBack):
        await world.ship(order)
    assert await world.faults() == []
    assert [each.code for each in (await world.detail(order)).hold_backs] == ["orders.finance_audit"]
    await world.act("orders.pass_finance_audit", {"order_id": order.id})
    await world.ship(order)
    await world.pay(order)
    assert await world.faults() == []
    after = await world.detail(order)
    assert (after.order.payment_status.value, after.hold_backs) == ("paid", ())
    assert await debtor.drawn() == 0


async def test_what_is_refused_changes_nothing(world: World, debtor: Debtor) -> None:
    nobody = await world.place(1)
    with pytest.raises(CustomerNeeded):
        await debtor.defer(nobody)
    order = await debtor.order(2)
    await debtor.defer(order)
    with pytest.raises(DeferredAlready):
        await debtor.defer(order, "cod")
    with pytest.raises(CreditDrawn):
        await debtor.limit(1999)
    assert (await debtor.limit(2000)).limit_minor == 2000
    assert (await world.count("payment_authorizations"), await debtor.drawn()) == (1, 2000)


async def test_two_at_once_do_not_pass_the_limit(world: World, debtor: Debtor) -> None:
    placed = [await debtor.order(3) for _ in range(6)]

    async def tried(order: Any) -> bool:
        try:
            await debtor.defer(order, runner=Runner(world.db))
        except CreditExceeded:
            return False
        return True

    assert sum(await asyncio.gather(*(tried(order) for order in placed))) == 3
    assert await debtor.drawn() == 9000
    assert await world.faults() == []


@pytest.mark.parametrize("seed", range(3))
async def test_any_sequence_adds_up(world: World, debtor: Debtor, seed: int) -> None:
    """Whatever is deferred, paid in parts and canceled, what is drawn is what is waited for, and within the limit."""
    dice = random.Random(seed)
    live: list[Any] = []
    refused = 0
    for _ in range(15):
        step = dice.choice(["defer", "defer", "pay", "cancel"])
        try:
            if step == "defer" or not live:
                order = await debtor.order(dice.randint(1, 4))
                await debtor.defer(order, dice.choice(["on_account", "cod"]))
                live.append(order)
            elif step == "pay":
                order = dice.choice(live)
                await world.pay(order, dice.randint(1, order.total_minor))
            else:
                await world.act("orders.cancel", {"order_id": live.pop().id, "reason": "不要了"})
        except Conflict:
            refused += 1
        assert 0 <= await debtor.drawn() <= 10_000
    assert refused < 15
    assert await world.faults() == []
