"""Orders that channels push, as an order clerk sees them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from shangmai.kernel.actions.contract import NotGranted
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.channels import http
from shangmai.modules.channels.contract import ChannelAccountNotFound
from shangmai.modules.channels.contract.orders import (
    ChannelLineRepeated,
    ChannelOrder,
    ChannelOrderNotFound,
    ChannelOrderState,
    PaidMoreThanDue,
)
from shangmai.modules.channels.queries import orders as queries
from shangmai.modules.channels.service import placing
from shangmai.modules.orders.contract import PaymentStatus, PriceNotAllowed, Status
from shangmai.modules.orders.contract.units import Unit, UnitsDiffer
from shangmai.modules.orders.queries import units
from tests.orders.test_auditing import publish
from tests.orders.test_exceptions import codes, switch_on
from tests.orders.test_units import policy
from tests.routes import reading
from tests.world import World

RECEIVER = {"name": "李雷", "phone": "13900000000", "province": "浙江", "city": "杭州", "street": "文三路 1 号"}
NOTHING = {"channel_orders": 0, "channel_order_lines": 0, "channel_listings": 0, "orders": 0}


class Shop:
    """A shop's account at Taobao, whose first listings are mapped to the world's SKUs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account_id: Any = None

    async def open(self, mapped: int = 2, seller: str = "tb-1") -> Shop:
        given = {"shop_id": self.world.shop_id, "kind": "taobao", "seller_id": seller, "name": "旗舰店"}
        self.account_id = (await self.world.act("channels.save_account", given)).id
        listings = [
            {"item_id": f"T{n}", "title": f"茶杯 {n}", "sku_id": sku}
            for n, sku in enumerate(self.world.skus[:mapped], 1)
        ]
        if listings:
            await self.world.act("channels.save_listings", {"account_id": self.account_id, "listings": listings})
        return self

    def wish(self, *lines: tuple[int, int, int], no: str = "TB-1", **more: Any) -> dict[str, Any]:
        """An order of these (listing, pieces, minor units), paid in full."""
        told = [
            {"channel_line": f"{no}-{n}", "item_id": f"T{item}", "title": f"茶杯 {item}", "qty": qty, "amount_minor": a}
            for n, (item, qty, a) in enumerate(lines, 1)
        ]
        total = sum(amount for _, _, amount in lines) + more.get("freight_minor", 0)
        order = {"account_id": self.account_id, "channel_no": no, "lines": told, "paid_minor": total}
        return order | {"raw_status": "WAIT_SELLER_SEND_GOODS"} | more

    async def push(self, *lines: tuple[int, int, int], **more: Any) -> ChannelOrder:
        taken: ChannelOrder = await self.world.act("channels.take_order", self.wish(*lines, **more))
        return taken

    async def find(self, channel_order: ChannelOrder) -> ChannelOrder:
        async with self.world.db.reading(SYSTEM) as tx:
            return (await queries.of_ids(tx, [channel_order.id]))[channel_order.id]

    async def order(self, channel_order: ChannelOrder) -> Any:
        async with self.world.db.reading(SYSTEM) as tx:
            row = await tx.fetchrow("SELECT id FROM orders WHERE id = $1", channel_order.order_id)
        assert row is not None
        return await self.world.detail(_Named(row["id"]))


class _Named(msgspec.Struct):
    id: Any


async def live_unit(world: World, order_id: Any) -> Unit:
    """The one live unit of an order."""
    async with world.db.reading(SYSTEM) as tx:
        (unit,) = await units.live_units_of(tx, [order_id])
    return unit


async def counts(world: World) -> dict[str, int]:
    return {table: await world.count(table) for table in NOTHING}


class TestPlain:
    async def test_a_paid_order_is_placed_at_the_channels_prices(self, world: World) -> None:
        shop = await Shop(world).open()
        receiver = {"name": "李雷", "phone": "13900000000", "province": "浙江", "city": "杭州", "street": "文三路 1 号"}
        taken = await shop.push(
            (1, 3, 1000), (2, 1, 1899), freight_minor=600, receiver=receiver, buyer_remark="快", seller_remark="老客"
        )
        assert (taken.state, taken.wait_code) == (ChannelOrderState.PLACED, "")
        detail = await shop.order(taken)
        assert [(line.line, line.qty, line.amount_minor) for line in detail.lines] == [
            (1, 3, 1000), (2, 1, 1899), (3, 1, 600),
        ]  # fmt: skip
        order = detail.order
        assert (order.external_no, order.total_minor, order.payment_status) == ("TB-1", 3499, PaymentStatus.PAID)
        assert [(line.line, line.channel_line) for line in taken.lines] == [(1, "TB-1-1"), (2, "TB-1-2")]
        async with world.db.reading(SYSTEM) as tx:
            known = await tx.fetchrow("SELECT * FROM order_particulars WHERE order_id = $1", order.id)
            assert await tx.fetchval("SELECT given FROM channel_orders") is None
        assert known is not None
        assert (known["remark"], known["channel_raw"]) == ("老客", "WAIT_SELLER_SEND_GOODS")
        assert (await world.stock_of(0))[1] == 3
        assert not await world.faults()

    async def test_what_is_sold_out_is_an_order_that_waits_for_stock(self, world: World) -> None:
        shop = await Shop(world).open()
        taken = await shop.push((1, 101, 101_000))
        assert taken.state is ChannelOrderState.PLACED
        assert (await shop.order(taken)).order.held_back

    async def test_pushed_twice_at_once_it_is_one_order(self, world: World) -> None:
        shop = await Shop(world).open()
        taken = await asyncio.gather(*(shop.push((1, 1, 1000)) for _ in range(4)))
        other = World(world.db)
        again = await asyncio.gather(
            *(each.act("channels.take_order", shop.wish((1, 1, 1000), no="TB-2")) for each in (world, other) * 3)
        )
        assert len({each.order_id for each in taken}) == len({each.order_id for each in again}) == 1
        assert await world.count("orders") == 2
        assert (await world.stock_of(0))[1] == 2
        assert not await world.faults()


class TestWaiting:
    async def test_an_order_waits_for_its_listing_and_is_placed_once_when_that_is_mapped(self, world: World) -> None:
        shop = await Shop(world).open(mapped=1)
        receiver = {"name": "韩梅梅", "phone": "13900000001"}
        first = await shop.push((1, 1, 1000), (2, 2, 3000), receiver=receiver)
        second = await shop.push((2, 1, 1500), no="TB-2")
        assert {first.state, second.state} == {ChannelOrderState.WAITING}
        assert (first.wait_code, "茶杯 2" in first.wait_zh) == ("channels.ListingNotMapped", True)
        assert await world.count("orders") == 0
        async with world.db.reading(SYSTEM) as tx:
            assert "韩梅梅".encode() not in await tx.fetchval(
                "SELECT given FROM channel_orders WHERE id = $1", first.id
            )
        mapping = {"listing_id": first.lines[1].listing_id, "sku_id": world.skus[1]}
        await world.act("channels.map_listing", mapping)
        await world.act("channels.map_listing", mapping)
        await world.reader.drain()
        for each in (first, second):
            placed = await shop.find(each)
            assert (placed.state, placed.wait_code) == (ChannelOrderState.PLACED, "")
            assert (await shop.order(placed)).order.payment_status is PaymentStatus.PAID
        assert await world.count("orders") == 2
        assert not await world.faults()

    async def test_many_that_wait_for_one_listing_are_placed_bit_by_bit(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(placing, "PLACED_AT_ONCE", 2)  # patch: a limit, not a part
        shop = await Shop(world).open(mapped=0)
        await world.place(1, external_no="TB-2")
        taken = [await shop.push((1, 1, 1000), no=f"TB-{n}") for n in range(6)]
        await world.act("channels.map_listing", {"listing_id": taken[0].lines[0].listing_id, "sku_id": world.skus[0]})
        await world.reader.drain()
        states = [(await shop.find(each)).state.value for each in taken]
        assert states == ["placed", "placed", "waiting", "placed", "placed", "placed"], "the third's number is taken"
        async with world.db.reading(SYSTEM) as tx:
            told = await tx.fetchval("SELECT count(*) FROM events WHERE name = 'channels.orders_left.v1'")
        assert told == 3
        assert not await world.faults()

    async def test_none_is_lost_when_its_listing_is_mapped_meanwhile(self, world: World) -> None:
        shop = await Shop(world).open(mapped=1)
        told = {"account_id": shop.account_id, "listings": [{"item_id": "T2"}]}
        (listing,) = await world.act("channels.save_listings", told)
        pushes = [shop.push((2, 1, 1500), no=f"TB-{n}") for n in range(6)]
        mapping = world.act("channels.map_listing", {"listing_id": listing.id, "sku_id": world.skus[1]})
        taken = await asyncio.gather(*pushes[:3], mapping, *pushes[3:])
        await world.reader.drain()
        for each in taken[:3] + taken[4:]:
            assert (await shop.find(each)).state is ChannelOrderState.PLACED
        assert await world.count("orders") == 6

    async def test_one_that_orders_refuse_waits_and_is_tried_again(self, world: World) -> None:
        shop = await Shop(world).open()
        await world.place(1, external_no="TB-1")
        taken = await shop.push((1, 1, 1000))
        assert (taken.state, taken.wait_code) == (ChannelOrderState.WAITING, "orders.ExternalNoTaken")
        again = await world.act("channels.place_order", {"channel_order_id": taken.id})
        assert again == taken
        assert await world.count("orders") == 1

    async def test_closed_by_its_channel_it_waits_no_more(self, world: World) -> None:
        shop = await Shop(world).open(mapped=0)
        taken = await shop.push((1, 1, 1000))
        closing = {"account_id": shop.account_id, "channel_no": "TB-1", "raw_status": "TRADE_CLOSED", "state": "closed"}
        closed = await world.act("channels.note_status", closing | {"at": taken.status_at + timedelta(hours=1)})
        assert closed.state is ChannelOrderState.CLOSED
        await world.act("channels.map_listing", {"listing_id": taken.lines[0].listing_id, "sku_id": world.skus[0]})
        await world.reader.drain()
        assert await world.count("orders") == 0


class TestStatus:
    async def test_an_older_status_that_comes_late_changes_nothing(self, world: World) -> None:
        shop = await Shop(world).open()
        taken = await shop.push((1, 1, 1000))

        async def note(raw: str, minutes: int) -> ChannelOrder:
            at = taken.status_at + timedelta(minutes=minutes)
            given = {"account_id": shop.account_id, "channel_no": "TB-1", "raw_status": raw, "at": at}
            noted: ChannelOrder = await world.act("channels.note_status", given)
            return noted

        assert (await note("REFUNDING", 10)).raw_status == "REFUNDING"
        assert (await note("PAID", 5)).raw_status == "REFUNDING"
        told = await asyncio.gather(note("SHIPPED", 30), note("PACKED", 20))
        assert told[0].raw_status == "SHIPPED"
        found = await shop.find(taken)
        assert (found.raw_status, found.status_at) == ("SHIPPED", taken.status_at + timedelta(minutes=30))
        async with world.db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT channel_raw FROM order_particulars") == "SHIPPED"

    async def test_of_an_order_that_was_not_pushed_there_is_none(self, world: World) -> None:
        shop = await Shop(world).open()
        at = world.db.clock.now()
        given = {"account_id": shop.account_id, "channel_no": "TB-9", "raw_status": "PAID", "at": at}
        with pytest.raises(ChannelOrderNotFound):
            await world.act("channels.note_status", given)


async def test_line_numbers_survive_a_split_and_a_merge(world: World) -> None:
    shop = await Shop(world).open()
    receiver = {"name": "李雷", "phone": "13900000000", "province": "浙江", "city": "杭州"}
    taken = await shop.push((1, 3, 3000), (2, 1, 2000), receiver=receiver)
    await world.reader.drain()
    async with world.db.reading(SYSTEM) as tx:
        (unit,) = await units.units_of_order(tx, taken.order_id)  # type: ignore[arg-type]  # it is placed
    await world.act("orders.recall_unit", {"unit_id": unit.id})
    part = {"order_id": taken.order_id, "line": 1, "qty": 2}
    new = await world.act("orders.split_unit", {"unit_id": unit.id, "lines": [part]})
    assert (await shop.find(taken)).lines == taken.lines
    await world.act("orders.merge_units", {"unit_ids": [unit.id, new.id]})
    found = await shop.find(taken)
    assert [(line.line, line.channel_line, line.qty) for line in found.lines] == [(1, "TB-1-1", 3), (2, "TB-1-2", 1)]
    detail = await shop.order(found)
    assert [(line.line, line.qty) for line in detail.lines] == [(1, 3), (2, 1)]
    assert detail.order.status is Status.PLACED


async def test_one_buyers_orders_of_two_accounts_of_a_shop_leave_apart(world: World) -> None:
    """同店两个渠道账号、同买家同地址：同账号合单，跨账号不合（自动与手工都不）。"""
    await policy(world, merge_minutes=30)
    first, second = await Shop(world).open(), await Shop(world).open(seller="tb-2")
    bought = [
        await shop.push((1, 1, 1000), no=no, receiver=RECEIVER)
        for shop, no in ((first, "TB-1"), (second, "TB-2"), (first, "TB-3"))
    ]
    await world.reader.drain()
    one, other, again = [await live_unit(world, each.order_id) for each in bought]
    assert one.id == again.id != other.id
    async with world.db.reading(SYSTEM) as tx:
        assert await units.alike_groups(tx, 50) == []
    with pytest.raises(UnitsDiffer) as refused:
        await world.act("orders.merge_units", {"unit_ids": [one.id, other.id]})
    assert refused.value.data["what"] == "account"
    assert [await live_unit(world, each.order_id) for each in bought] == [one, other, again]
    async with reading(world.db, http.routes, SYSTEM) as client:
        told = (await client.get(f"/api/v1/orders/{bought[1].order_id}/channel")).json()
    assert (told["kind"], told["account"], told["channel_no"]) == ("taobao", "旗舰店", "TB-2")


async def test_what_is_sent_again_is_of_the_same_account(world: World) -> None:
    await policy(world, merge_minutes=30)
    first, second = await Shop(world).open(), await Shop(world).open(seller="tb-2")
    sent = await first.push((1, 1, 1000), no="TB-1", receiver=RECEIVER)
    await world.reader.drain()
    await world.act("orders.ship", {"order_id": sent.order_id})
    wish = {"order_id": sent.order_id, "lines": [{"line": 1, "qty": 1}], "reason": "丢件"}
    again = await world.act("orders.resend", wish)
    await world.reader.drain()
    with_it, apart = [
        await shop.push((1, 1, 1000), no=no, receiver=RECEIVER) for shop, no in ((first, "TB-2"), (second, "TB-3"))
    ]
    await world.reader.drain()
    resent = await live_unit(world, again.id)
    assert (await live_unit(world, with_it.order_id)).id == resent.id
    assert (await live_unit(world, apart.order_id)).id != resent.id


class TestRefused:
    async def test_what_is_wrong_changes_nothing(self, world: World) -> None:
        shop = await Shop(world).open(mapped=0)
        wish = shop.wish((1, 1, 1000))
        with pytest.raises(PaidMoreThanDue):
            await world.act("channels.take_order", wish | {"paid_minor": 1001})
        with pytest.raises(ChannelLineRepeated):
            await world.act("channels.take_order", wish | {"lines": wish["lines"] * 2})
        with pytest.raises(ChannelAccountNotFound):
            await world.act("channels.take_order", wish | {"account_id": uuid4()})
        assert await counts(world) == NOTHING


class TestPrices:
    """A channel's prices are set by the channel's own grant, and by no other."""

    @staticmethod
    def someone(*grants: str) -> Actor:
        return msgspec.structs.replace(SYSTEM, id=new_id(), kind="user", grants=frozenset(grants))

    async def test_who_takes_orders_takes_them_at_their_prices_and_sets_none_elsewhere(self, world: World) -> None:
        shop, robot = await Shop(world).open(), self.someone("channels.take_orders", "orders.place")
        taken = await world.act("channels.take_order", shop.wish((1, 2, 1234)), actor=robot)
        assert (await shop.order(taken)).order.total_minor == 1234
        before = await counts(world)
        lines = [{"sku_id": world.skus[0], "qty": 2, "unit_price": "6.17"}]
        with pytest.raises(PriceNotAllowed):
            await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines}, actor=robot)
        pricer = self.someone("orders.set_price", "orders.place")
        with pytest.raises(NotGranted):
            await world.act("channels.take_order", shop.wish((1, 2, 1234), no="TB-2"), actor=pricer)
        assert await counts(world) == before

    async def test_a_waiting_order_is_placed_at_its_prices_by_whoever_may_try_again(self, world: World) -> None:
        shop, robot = await Shop(world).open(), self.someone("channels.take_orders")
        await world.act("catalog.update_sku", {"sku_id": world.skus[0], "status": "inactive"})
        taken = await shop.push((1, 2, 1234))
        assert (taken.state, taken.wait_code) == (ChannelOrderState.WAITING, "orders.SkuNotSellable")
        await world.act("catalog.update_sku", {"sku_id": world.skus[0], "status": "active"})
        placed = await world.act("channels.place_order", {"channel_order_id": taken.id}, actor=robot)
        assert (placed.state, placed.wait_code) == (ChannelOrderState.PLACED, "")
        order = (await shop.order(placed)).order
        assert (order.total_minor, order.payment_status) == (1234, PaymentStatus.PAID)
        assert not await world.faults()

    async def test_they_are_no_prices_set_by_hand(self, world: World) -> None:
        by_hand = {"id": "hand", "when": {"price_changed": "true"}, "then": {"verdict": "finance", "cause": "改过价"}}
        await publish(world, by_hand)
        await switch_on(world, "price_changed")
        shop = await Shop(world).open()
        order = (await shop.order(await shop.push((1, 2, 1234)))).order
        assert await codes(world, order) == []
        lines = [{"sku_id": world.skus[0], "qty": 2, "unit_price": "6.17"}]
        mine = await world.act("orders.place", {"shop_id": world.shop_id, "lines": lines})
        await world.pay(mine)
        assert await codes(world, mine) == ["orders.finance_audit", "orders.price_changed"]
