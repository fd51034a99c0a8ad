"""Deposit pre-sales: what can be paid when, what ships, and what becomes of a deposit without a balance."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmai.apps.upkeep import close_presales, expire_orders
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.modules.ledger import service as ledger
from shangmai.modules.marketing.contract import NoPresalePromotion, PresaleNotFound
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders.contract import BalanceNotDue, NotPaid, OfferNotUsable, Overpaid, StatusForbids
from shangmai.modules.pricing.contract.lifecycle import BalanceWithoutEnd
from tests.marketing.conftest import HOUR, MINUTE
from tests.pricing.making import customer, draft, publish
from tests.world import World

DAY = 24 * HOUR


class Presales:
    """Short ways to order the first SKU, 10.00: a deposit of 1.00 worth 3.00, so 7.00 more in two to four days."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock

    async def make(self) -> Presales:
        now = self.clock.now()
        window = {"from": (now + timedelta(days=2)).isoformat(), "to": (now + timedelta(days=4)).isoformat()}
        benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 300, "balance": window}
        self.promotion = await publish(self.world, "YS", layer="price", benefit=benefit)
        self.customer = await customer(self.world, "P1")
        return self

    def wish(self, **more: Any) -> dict[str, Any]:
        return {
            "shop_id": self.world.shop_id,
            "promotion_id": self.promotion.id,
            "sku_id": self.world.skus[0],
            "customer_id": self.customer,
            **more,
        }

    async def place(self, **more: Any) -> Any:
        return await self.world.act("marketing.place_presale", self.wish(**more))

    async def pass_time(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        await expire_orders(self.world.runner)
        await close_presales(self.world.runner)
        await self.world.reader.drain()

    async def balance_of(self, account: str) -> int:
        """Debits − credits of an account, in minor units."""
        await self.world.reader.drain()
        async with self.world.db.reading(SYSTEM) as tx:
            return int(
                await tx.fetchval(
                    "SELECT coalesce(sum(CASE WHEN debit_account LIKE $1 THEN 1 ELSE -1 END * amount_minor), 0)::bigint"
                    " FROM ledger_lines WHERE debit_account LIKE $1 OR credit_account LIKE $1",
                    f"{account}%",
                )
            )


@pytest_asyncio.fixture
async def presales(world: World, clock: ManualClock) -> Presales:
    return await Presales(world, clock).make()


async def test_the_deposit_at_once_the_balance_in_its_window(world: World, presales: Presales) -> None:
    order = await presales.place(qty=2)
    assert (order.total_minor, order.deposit_minor) == (1600, 200)  # 10.00 − 2.00 for each
    for too_much in (201, 1600):
        with pytest.raises(BalanceNotDue):
            await world.pay(order, too_much)
    assert (await world.pay(order, 200)).payment_status == "part_paid"
    await presales.pass_time(2 * DAY - MINUTE)
    with pytest.raises(BalanceNotDue):
        await world.pay(order, 1)
    with pytest.raises(NotPaid):
        await world.ship(order)
    await presales.pass_time(MINUTE)
    with pytest.raises(Overpaid):
        await world.pay(order, 1401)
    assert (await world.pay(order, 1400)).payment_status == "paid"
    assert (await world.ship(order)).status == "shipped"
    await presales.pass_time(3 * DAY)
    assert (await world.detail(order)).order.status == "shipped"
    assert (await presales.balance_of("1122"), await presales.balance_of("5301")) == (0, 0)
    assert await world.faults() == []


async def test_a_deposit_that_does_not_come_frees_the_stock(world: World, presales: Presales) -> None:
    order = await presales.place()
    assert await world.stock_of() == (100, 1)
    await presales.pass_time(31 * MINUTE)
    assert ((await world.detail(order)).order.status, await world.stock_of()) == ("canceled", (100, 0))
    await presales.pass_time(4 * DAY)
    assert await world.faults() == []


async def test_a_balance_that_does_not_come_leaves_the_deposit_with_the_shop(world: World, presales: Presales) -> None:
    order = await presales.place()
    await world.pay(order, 100)
    await presales.pass_time(3 * DAY)
    assert (await world.detail(order)).order.status == "placed"
    await world.pay(order, 250)  # a part of the balance
    await presales.pass_time(DAY)
    await presales.pass_time(DAY)
    after = (await world.detail(order)).order
    assert (after.status, after.paid_minor, after.refunded_minor, after.kept_minor) == ("canceled", 350, 250, 100)
    assert await world.stock_of() == (100, 0)
    assert (await presales.balance_of("1122"), await presales.balance_of("5301")) == (0, -100)
    with pytest.raises(StatusForbids):
        await world.pay(order, 1)
    assert await world.faults() == []
    async with world.db.reading(SYSTEM) as tx:
        assert await ledger.prove(tx) == []


async def test_or_goes_back_by_the_terms_it_was_ordered_under(world: World, presales: Presales) -> None:
    terms = {"promotion_id": presales.promotion.id, "keep_deposit": False}
    await world.act("marketing.set_presale_terms", terms)
    order = await presales.place()
    await world.act("marketing.set_presale_terms", terms | {"keep_deposit": True})
    await world.pay(order, 100)
    await presales.pass_time(4 * DAY)
    after = (await world.detail(order)).order
    assert (after.status, after.refunded_minor, after.kept_minor) == ("canceled", 100, 0)
    assert (await presales.balance_of("1122"), await presales.balance_of("5301")) == (0, 0)
    assert await world.faults() == []


async def test_a_plain_deposit(world: World, presales: Presales) -> None:
    """Worth what it is: 10.00, 1.00 of it at once and 9.00 in the window."""
    now = presales.clock.now()
    window = {"from": (now + timedelta(days=2)).isoformat(), "to": (now + timedelta(days=4)).isoformat()}
    benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 100, "balance": window}
    plain = await publish(world, "PLAIN", layer="price", benefit=benefit)
    order = await presales.place(promotion_id=plain.id)
    assert (order.total_minor, order.deposit_minor) == (1000, 100)
    await world.pay(order, 100)
    await presales.pass_time(3 * DAY)
    await world.pay(order, 900)
    await world.ship(order)
    assert await world.faults() == []


async def test_a_window_without_an_end_is_refused(world: World, presales: Presales) -> None:
    window = {"from": "2020-01-01T00:00:00Z"}
    benefit = {"kind": "deposit_presale", "deposit_minor": 100, "worth_minor": 300, "balance": window}
    with pytest.raises(BalanceWithoutEnd):
        await draft(world, "OPEN", layer="price", benefit=benefit)


async def test_what_is_refused_leaves_nothing(world: World, presales: Presales) -> None:
    other = await publish(world, "P9")
    wrong: list[tuple[dict[str, Any], type[Exception]]] = [
        (presales.wish(promotion_id=other.id), NoPresalePromotion),
        (presales.wish(customer_id=world.shop_id), CustomerNotFound),
    ]
    for given, refusal in wrong:
        with pytest.raises(refusal):
            await world.act("marketing.place_presale", given)
    order = await world.place(1)
    with pytest.raises(PresaleNotFound):
        await world.act("marketing.close_presale", {"order_id": order.id})
    price = {"kind": "special_price", "prices": [{"sku_id": str(world.skus[0]), "price_minor": 300}]}
    await publish(world, "SP", layer="price", benefit=price)
    with pytest.raises(OfferNotUsable):
        await presales.place()
    assert (await world.count("orders"), await world.count("marketing_presales")) == (1, 0)
    assert await world.faults() == []


async def test_the_balance_and_the_end_at_once(world: World, presales: Presales, dsn: str) -> None:
    """A balance dated in its window against the close: paid whole and kept, or canceled and refused."""
    orders = [await presales.place() for _ in range(4)]
    for order in orders:
        await world.pay(order, 100)
    presales.clock.advance(seconds=4 * DAY)
    in_time = presales.clock.now() - timedelta(seconds=1)
    async with await Database.connect(dsn, size=2) as db:
        db.clock = presales.clock
        other = World(db)
        for n, order in enumerate(orders):
            pay = {"order_id": order.id, "amount_minor": 700, "reference": f"B{n}"}
            calls = [
                other.answer("orders.pay", pay, at=in_time),
                world.answer("marketing.close_presale", {"order_id": order.id}),
            ]
            told = await asyncio.gather(*(calls if n % 2 else reversed(calls)))
            after = (await world.detail(order)).order
            refused = [type(each.error) for each in told if each.error is not None]
            if after.status == "canceled":
                assert (refused, after.paid_minor, after.kept_minor) == ([StatusForbids], 100, 100)
            else:
                assert (refused, after.paid_minor, after.kept_minor) == ([], 800, 0)
    assert await world.faults() == []
