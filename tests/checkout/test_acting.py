"""What shoppers do about their orders by their link: cancel, and say that it has arrived."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import GUEST
from shangmai.modules.checkout.contract.acting import BeingPacked
from shangmai.modules.checkout.contract.placing import LinkInvalid
from shangmai.modules.orders.contract import StatusForbids
from tests.checkout.conftest import Mall


async def ordered(mall: Mall, *, is_paid: bool = False) -> Any:
    placed = await mall.world.act("checkout.place", mall.wish(1), actor=GUEST)
    if is_paid:
        await mall.world.act(
            "orders.pay",
            {"order_id": placed.order_id, "amount_minor": placed.total_minor, "method": "bank", "reference": "R1"},
        )
    return placed


async def act(mall: Mall, name: str, placed: Any, **more: Any) -> Any:
    return await mall.world.act(name, {"link": placed.link, **more}, actor=GUEST)


class TestCancel:
    async def test_an_unpaid_order_is_canceled_once(self, mall: Mall) -> None:
        placed = await ordered(mall)
        for _ in range(2):
            assert (await act(mall, "checkout.cancel_order", placed)).status == "canceled"
        assert await mall.world.stock_of(0) == (100, 0)
        assert not await mall.world.faults()

    async def test_paid_and_not_with_the_warehouse_yet_the_money_goes_back(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        shown = await act(mall, "checkout.cancel_order", placed, reason="买错了")
        assert (shown.status, shown.refunded_minor) == ("canceled", placed.total_minor)
        assert not await mall.world.faults()

    async def test_what_the_warehouse_has_is_for_the_shop_to_stop(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        await mall.world.reader.drain()
        with pytest.raises(BeingPacked):
            await act(mall, "checkout.cancel_order", placed)
        assert await mall.world.stock_of(0) == (100, 1)
        assert not await mall.world.faults()

    async def test_what_has_left_is_not_canceled(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        await mall.world.act("orders.ship", {"order_id": placed.order_id})
        with pytest.raises(StatusForbids):
            await act(mall, "checkout.cancel_order", placed)

    async def test_a_forged_link_opens_nothing(self, mall: Mall) -> None:
        placed = await ordered(mall)
        sign = "A" if placed.link[10] != "A" else "B"
        forged = placed.link[:10] + sign + placed.link[11:]
        for name in ("checkout.cancel_order", "checkout.confirm_receipt"):
            with pytest.raises(LinkInvalid):
                await mall.world.act(name, {"link": forged}, actor=GUEST)
        assert await mall.world.stock_of(0) == (100, 1)


class TestConfirm:
    async def test_it_has_arrived_once_it_was_sent(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        with pytest.raises(StatusForbids):
            await act(mall, "checkout.confirm_receipt", placed)
        await mall.world.act("orders.ship", {"order_id": placed.order_id})
        for _ in range(2):
            assert (await act(mall, "checkout.confirm_receipt", placed)).status == "signed"
        assert not await mall.world.faults()
