"""Returning kits: whole, by components, in any order, and what each gives back."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import KitComponent, SkuId
from shangmai.modules.orders import rules
from shangmai.modules.orders.contract import LineKind, OrderLine, ReturnLine
from shangmai.modules.orders.contract.returning import PartNotInKit, ReturnPart, TooMuchOfPart
from shangmai.modules.orders.rules import Refund, kits
from tests.orders.test_late_rules import expired
from tests.pricing.making import batch, coupon_promotion, customer, publish
from tests.world import World

ORDER = expired()


async def kit_of(world: World, price_minor: int = 2500, **weights: int) -> UUID:
    """A kit of two pieces of the first SKU (10.00) and one of the second (20.00), at 25.00."""
    parts = [{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
    return await world.make_sku("KIT", price_minor, kind="kit", components=parts)


async def sold(world: World, kit: UUID, qty: int = 2, **more: Any) -> Any:
    wish = {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": qty}], **more}
    order = await world.act("orders.place", wish)
    await world.pay(order)
    await world.ship(order)
    return order


async def back(world: World, order: Any, kits: int = 0, **pieces: int) -> Any:
    """Return so many kits, and pieces of components by their codes' numbers: `sku1=2`."""
    parts = [{"sku_id": world.skus[int(name[3:]) - 1], "qty": qty} for name, qty in pieces.items()]
    return await world.act(
        "orders.return",
        {"order_id": order.id, "lines": [{"line": 1, "qty": kits, "parts": parts}], "reason": "少了一件"},
    )


class TestByPieces:
    async def test_a_component_gives_its_share_and_goes_to_its_own_stock(self, world: World) -> None:
        order = await sold(world, await kit_of(world))  # 50.00: four of 10.00 share 25.00, two of 20.00 share 25.00
        assert (await world.stock_of(0), await world.stock_of(1)) == ((96, 0), (98, 0))
        detail = await world.detail(order)
        assert [(part.qty, part.per_kit, part.share_minor) for part in detail.parts] == [(4, 2, 2500), (2, 1, 2500)]
        told = await back(world, order, sku2=1)
        assert (told.refund_minor, told.cost_minor) == (1250, 600)
        assert (await world.stock_of(0), await world.stock_of(1)) == ((96, 0), (99, 0))
        told = await back(world, order, sku1=3)
        assert (told.refund_minor, told.cost_minor) == (1875, 1800)
        line = (await world.detail(order)).lines[0]
        assert (line.returned_qty, line.returned_minor) == (1, 3125), "one kit is back in full"
        told = await back(world, order, sku1=1, sku2=1)
        assert (told.refund_minor, told.cost_minor) == (1875, 1200)
        line = (await world.detail(order)).lines[0]
        assert (line.returned_qty, line.returned_minor, line.returned_cost_minor) == (2, 5000, 3600)
        assert (await world.stock_of(0), await world.stock_of(1)) == ((100, 0), (100, 0))
        assert await world.faults() == []

    async def test_kits_and_pieces_in_turn(self, world: World) -> None:
        order = await sold(world, await kit_of(world, 3333), 3)  # 99.99
        refunds = [(await back(world, order, sku1=1)).refund_minor]
        refunds.append((await back(world, order, 1)).refund_minor)
        refunds.append((await back(world, order, 1, sku1=1)).refund_minor)
        with pytest.raises(TooMuchOfPart) as refused:
            await back(world, order, sku1=1)
        assert refused.value.data["left"] == 0
        refunds.append((await back(world, order, sku2=1)).refund_minor)
        assert sum(refunds) == 9999
        assert (await world.stock_of(0), await world.stock_of(1)) == ((100, 0), (100, 0))
        assert await world.faults() == []

    async def test_a_whole_kit_comes_back_as_it_was_ordered(self, world: World) -> None:
        order = await sold(world, await kit_of(world))
        told = await back(world, order, 2)
        assert (told.refund_minor, told.cost_minor) == (5000, 3600)
        assert [part.returned_qty for part in (await world.detail(order)).parts] == [4, 2]

    async def test_what_is_no_component(self, world: World) -> None:
        order = await sold(world, await kit_of(world))
        with pytest.raises(PartNotInKit):
            await back(world, order, sku3=1)
        plain = await world.sell(1)
        with pytest.raises(PartNotInKit):
            await back(world, plain, sku1=1)
        assert await world.count("returns") == 0

    async def test_two_returns_of_the_last_piece_at_once(self, world: World) -> None:
        order = await sold(world, await kit_of(world), 1)
        wanted = {
            "order_id": order.id,
            "lines": [{"line": 1, "qty": 0, "parts": [{"sku_id": world.skus[1], "qty": 1}]}],
            "reason": "破损",
        }
        answers = await asyncio.gather(*(world.answer("orders.return", wanted) for _ in range(4)))
        assert sum(each.error is None for each in answers) == 1
        assert {type(each.error) for each in answers if each.error} == {TooMuchOfPart}
        assert await world.stock_of(1) == (100, 0)
        assert await world.faults() == []

    async def test_the_last_piece_frees_the_coupon(self, world: World) -> None:
        kit, buyer = await kit_of(world), await customer(world)
        promotion = await coupon_promotion(world, benefit={"kind": "amount_off", "tiers": [{"at": 100, "off": 500}]})
        await batch(world, promotion)
        coupon = await world.act("pricing.grant_coupon", {"batch": "B1", "customer_id": buyer})
        order = await sold(world, kit, 1, customer_id=buyer, coupons=[{"coupon_id": coupon.id}])
        assert order.total_minor == 2000
        first = await back(world, order, sku1=2)
        assert (first.refund_minor, first.coupons_back) == (1000, ())
        last = await back(world, order, sku2=1)
        assert (last.refund_minor, last.coupons_back) == (1000, (coupon.id,))
        assert await world.faults() == []

    async def test_points_go_back_along(self, world: World) -> None:
        await publish(world, layer="points", benefit={"kind": "points_deduction"})
        kit, buyer = await kit_of(world), await customer(world)
        await world.act("members.adjust_points", {"customer_id": buyer, "points": 500, "reason": "开业"})
        order = await sold(world, kit, 1, customer_id=buyer, points=500)
        told = [await back(world, order, sku1=1), await back(world, order, sku1=1, sku2=1)]
        assert [each.refund_minor for each in told] == [500, 1500]
        assert sum(each.points_back for each in told) == 500
        assert await world.faults() == []

    async def test_an_order_from_before_shares_were_kept(self, world: World, dsn: str) -> None:
        order = await sold(world, await kit_of(world))
        owner = await asyncpg.connect(dsn)
        await owner.execute("DELETE FROM order_kit_parts")
        await owner.close()
        assert (await back(world, order, 1)).refund_minor == 2500
        told = await back(world, order, sku2=1)
        assert told.refund_minor == 1250
        assert (await back(world, order, sku1=2)).refund_minor == 1250
        assert await world.faults() == []


# --- any sequence ends at what was paid ------------------------------------------------------------------------------

components = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 50)), min_size=1, max_size=4).map(
    lambda of: tuple(KitComponent(SkuId(UUID(int=n)), qty, weight) for n, (qty, weight) in enumerate(of, 1))
)


def line_of(qty: int, amount_minor: int, shipped: int, canceled: int, cost_minor: int) -> OrderLine:
    gone_minor = rules.cumulated(amount_minor, canceled, qty)
    return OrderLine(
        line=1, kind=LineKind.GOODS, sku_id=SkuId(new_id()), title="", qty=qty, unit_price=Decimal(0),
        amount_minor=amount_minor, shipped_qty=shipped, returned_qty=0, returned_minor=0, cost_minor=cost_minor,
        returned_cost_minor=0, canceled_qty=canceled, canceled_minor=gone_minor,
        shipped_minor=rules.cumulated(amount_minor - gone_minor, shipped, qty - canceled),
    )  # fmt: skip


def take(line: OrderLine, parts: Any, wanted: ReturnLine) -> tuple[OrderLine, Any, Refund]:
    """The line and its parts after a return."""
    if kits.goes_by_pieces(line, parts, wanted):
        told = kits.refund_pieces(ORDER, line, parts, wanted)
    else:
        (told,) = rules.refunds(ORDER, [line], [wanted], lambda of, each: None)  # type: ignore[misc]
    assert not isinstance(told, AppError), told
    pieces = told.pieces or kits.whole_kits(parts, told.qty)
    after = replace(
        line,
        returned_qty=line.returned_qty + told.qty,
        returned_minor=line.returned_minor + told.refund_minor,
        returned_cost_minor=line.returned_cost_minor + told.cost_minor,
    )
    return after, [replace(p, returned_qty=p.returned_qty + pieces.get(p.sku_id, 0)) for p in parts], told


@given(st.data(), components, st.integers(1, 5), st.integers(0, 10**6), st.integers(0, 10**5))
def test_any_sequence_ends_at_what_was_paid(data: Any, of: Any, qty: int, amount: int, cost: int) -> None:
    canceled = data.draw(st.integers(0, qty - 1))
    shipped = data.draw(st.integers(1, qty - canceled))
    line = line_of(qty, amount, shipped, canceled, cost)
    parts = list(kits.parts_of(1, qty, amount, of))
    assert sum(part.share_minor for part in parts) == amount
    due = rules.cumulated(line.due_minor, shipped, line.due_qty)
    while any(part.per_kit * shipped > part.returned_qty for part in parts):
        left = {part.sku_id: part.per_kit * shipped - part.returned_qty for part in parts}
        whole = min(left[part.sku_id] // part.per_kit for part in parts)
        kind = data.draw(st.sampled_from(("pieces", "kits", "money")))
        if kind == "money":
            most = due - line.returned_minor
            wanted = ReturnLine(line=1, qty=0, refund_minor=data.draw(st.integers(0, most)) // 2)
        elif kind == "kits" and whole:
            wanted = ReturnLine(line=1, qty=data.draw(st.integers(1, whole)))
        else:
            sku_id = data.draw(st.sampled_from([sku_id for sku_id, n in left.items() if n]))
            named = (ReturnPart(sku_id=sku_id, qty=data.draw(st.integers(1, left[sku_id]))),)
            wanted = ReturnLine(line=1, qty=0, parts=named)
        line, parts, told = take(line, parts, wanted)
        assert told.refund_minor >= 0
        assert line.returned_minor <= due
        assert line.returned_cost_minor <= line.cost_minor
    assert (line.returned_qty, line.returned_minor, line.returned_cost_minor) == (shipped, due, cost)


@given(components, st.integers(1, 5), st.integers(0, 10**6), st.randoms())
def test_a_component_alone_gives_its_share_in_any_order(of: Any, qty: int, amount: int, random: Any) -> None:
    line, parts = line_of(qty, amount, qty, 0, 0), list(kits.parts_of(1, qty, amount, of))
    shares = {part.sku_id: part for part in parts}
    order = list(shares)
    random.shuffle(order)
    for sku_id in order:
        named = (ReturnPart(sku_id=sku_id, qty=shares[sku_id].qty),)
        line, parts, told = take(line, parts, ReturnLine(line=1, qty=0, parts=named))
        assert told.refund_minor == shares[sku_id].share_minor
    assert line.returned_minor == amount
