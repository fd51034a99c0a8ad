"""What shoppers do about their orders by their link: cancel, and say that it has arrived."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import GUEST, SYSTEM
from shangmai.modules.checkout.contract.acting import BeingPacked, NothingToUrge
from shangmai.modules.checkout.contract.placing import LinkInvalid
from shangmai.modules.checkout.service import find_by_link, find_to_pay
from shangmai.modules.orders.contract import StatusForbids
from shangmai.modules.orders.contract.part_canceling import CancelAllInstead, NotPaidToCancelPart, TooMuchToCancel
from tests.checkout.conftest import Mall


async def ordered(mall: Mall, qty: int = 1, *, is_paid: bool = False) -> Any:
    placed = await mall.world.act("checkout.place", mall.wish(qty), actor=GUEST)
    if is_paid:
        await mall.world.act(
            "orders.pay",
            {"order_id": placed.order_id, "amount_minor": placed.total_minor, "method": "bank", "reference": "R1"},
        )
    return placed


async def act(mall: Mall, name: str, placed: Any, **more: Any) -> Any:
    return await mall.world.act(name, {"link": placed.link, **more}, actor=GUEST)


async def found(mall: Mall, placed: Any) -> Any:
    async with mall.world.db.reading(SYSTEM) as tx:
        return await find_by_link(tx, placed.link)


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


class TestCancelPart:
    async def test_one_of_three_goes_back_with_its_money(self, mall: Mall) -> None:
        placed = await ordered(mall, 3, is_paid=True)
        shown = await act(mall, "checkout.cancel_part_of_order", placed, lines=[{"line": 1, "qty": 1}])
        assert (shown.status, shown.refunded_minor) == ("placed", 1000)
        assert [(line.left_qty, line.canceled_qty) for line in shown.lines] == [(2, 1)]
        assert await mall.world.stock_of(0) == (100, 2)
        assert not await mall.world.faults()

    @pytest.mark.parametrize(
        ("qty", "is_paid", "refusal"),
        [(1, False, NotPaidToCancelPart), (4, True, TooMuchToCancel), (3, True, CancelAllInstead)],
    )
    async def test_what_can_not_be_changes_nothing(
        self, mall: Mall, qty: int, is_paid: bool, refusal: type[Exception]
    ) -> None:
        placed = await ordered(mall, 3, is_paid=is_paid)
        with pytest.raises(refusal):
            await act(mall, "checkout.cancel_part_of_order", placed, lines=[{"line": 1, "qty": qty}])
        assert await mall.world.stock_of(0) == (100, 3)
        assert not await mall.world.faults()

    async def test_what_the_warehouse_has_is_for_the_shop_to_stop(self, mall: Mall) -> None:
        placed = await ordered(mall, 3, is_paid=True)
        await mall.world.reader.drain()
        with pytest.raises(BeingPacked):
            await act(mall, "checkout.cancel_part_of_order", placed, lines=[{"line": 1, "qty": 1}])
        assert await mall.world.stock_of(0) == (100, 3)


class TestUrge:
    async def test_a_paid_order_is_marked_once_until_somebody_answers(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        for _ in range(2):
            assert (await act(mall, "checkout.urge", placed)).is_urged
        answer = {"order_id": placed.order_id}
        assert (await mall.world.act("checkout.answer_urge", answer)).was_urged
        assert not (await mall.world.act("checkout.answer_urge", answer)).was_urged
        assert not (await found(mall, placed)).is_urged

    async def test_an_urged_order_is_sent_all_the_same(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        await act(mall, "checkout.urge", placed)
        await mall.world.act("orders.ship", {"order_id": placed.order_id})
        with pytest.raises(NothingToUrge):
            await act(mall, "checkout.urge", placed)
        assert not await mall.world.faults()

    async def test_an_unpaid_one_has_nothing_to_urge(self, mall: Mall) -> None:
        placed = await ordered(mall)
        with pytest.raises(NothingToUrge):
            await act(mall, "checkout.urge", placed)
        assert not (await found(mall, placed)).is_urged


class TestFriendPays:
    async def test_a_pay_link_shows_what_it_is_for_and_opens_nothing_else(self, mall: Mall) -> None:
        placed = await ordered(mall)
        link = (await found(mall, placed)).pay_link
        async with mall.world.db.reading(SYSTEM) as tx:
            shown = await find_to_pay(tx, link)
            with pytest.raises(LinkInvalid):
                await find_by_link(tx, link)
        assert (shown.asked_by, shown.due_minor, shown.currency) == ("张**", placed.total_minor, "CNY")
        assert "later" not in shown.methods
        assert [line.qty for line in shown.lines] == [1]

    async def test_when_it_is_paid_nothing_is_due(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        async with mall.world.db.reading(SYSTEM) as tx:
            shown = await find_to_pay(tx, placed.link)
        assert (shown.due_minor, shown.payment_status) == (0, "paid")


class TestTracking:
    async def test_what_the_carrier_scanned_is_shown_without_its_words(self, mall: Mall) -> None:
        placed = await ordered(mall, is_paid=True)
        await mall.world.act(
            "orders.ship", {"order_id": placed.order_id, "carrier": "顺丰", "waybill": "SF1440000000009"}
        )
        await mall.world.reader.drain()
        (parcel,) = (await found(mall, placed)).parcels
        assert (parcel.waybill, parcel.state, parcel.scans) == ("SF1440000000009", "booked", ())
        scans = [
            {"at": "2026-01-02T08:00:00Z", "kind": "picked_up", "text": "快递员李四 13900001111", "place": "杭州"},
            {"at": "2026-01-02T20:00:00Z", "kind": "in_transit", "text": "已到达", "place": "上海"},
        ]
        await mall.world.act("logistics.record_scans", {"carrier": "SF", "waybill": parcel.waybill, "scans": scans})
        (parcel,) = (await found(mall, placed)).parcels
        assert (parcel.state, [(s.kind, s.place) for s in parcel.scans]) == (
            "in_transit",
            [("in_transit", "上海"), ("picked_up", "杭州")],
        )
        assert "李四" not in str(parcel)
