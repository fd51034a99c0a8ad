"""Who else bears discounts: owed when an order is paid, less what falls away with every return, to the cent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.apps import proving
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger import service as ledger
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import LineKind, OrderId, OrderLine
from shangmai.modules.orders.contract.funding import FREIGHT, FunderDue, Funding
from shangmai.modules.orders.rules import funding as rules
from shangmai.modules.pricing.contract import FunderKind, PromotionId
from tests.pricing.making import publish
from tests.world import World

SUPPLIER = UUID("00000000-0000-7000-8000-0000000000aa")
FUNDERS = [
    {"funder": "platform", "party": "taobao", "share_bp": 3333},
    {"funder": "supplier", "party": str(SUPPLIER), "share_bp": 3333},
    {"funder": "influencer", "share_bp": 1334},
    {"funder": "shop", "share_bp": 2000},
]
RECEIVABLES = {FunderKind.PLATFORM: "122181", FunderKind.SUPPLIER: "122182", FunderKind.INFLUENCER: "122183"}


async def shared(world: World, **more: Any) -> Any:
    """A promotion, 30 off 100 unless told otherwise, that four bear together."""
    return await publish(world, funders=FUNDERS, **more)


async def dues(world: World, **window: Any) -> dict[FunderKind, FunderDue]:
    """What each funder owes, after every event was handled."""
    await world.reader.drain()
    async with world.db.reading(SYSTEM) as tx:
        listed = await orders.list_funders(tx, world.company_id, **window)  # type: ignore[arg-type]
    return {each.funder: each for each in listed}


async def owed(world: World) -> dict[FunderKind, int]:
    """What each funder owes, by the report; the ledger says the same, for each account and party."""
    found = await dues(world)
    async with world.db.reading(SYSTEM) as tx:
        for funder, due in found.items():
            of = RECEIVABLES[funder]
            assert await ledger.account_balance(tx, world.company_id, of, due.party_id) == due.due_minor  # type: ignore[arg-type]
    return {funder: due.due_minor for funder, due in found.items()}


async def sound(world: World) -> bool:
    assert await world.faults() == []
    return (await proving.prove(world.db)).holds


async def test_what_others_bear_is_owed_when_the_order_is_paid(world: World) -> None:
    promotion = await shared(world)
    order = await world.place(10)
    assert await owed(world) == {}
    await world.pay(order)
    assert await owed(world) == {"platform": 1000, "supplier": 1000, "influencer": 400}
    due = (await dues(world))[FunderKind.SUPPLIER]
    assert (due.promotion_id, due.code, due.orders, due.party_id) == (promotion.id, "P1", 1, SUPPLIER)
    assert due.party == str(SUPPLIER)
    assert (await dues(world))[FunderKind.PLATFORM].party_id == uuid5(rules.PARTIES, "platform:taobao")
    async with world.db.reading(SYSTEM) as tx:
        trial = await ledger.trial_balance(tx, world.company_id)  # type: ignore[arg-type]
    closing = {line.account: line.closing_minor for line in trial.lines}
    assert (closing["5001"], closing["5401"], closing["560103"]) == (-1000, -1000, -400)
    assert await sound(world)


async def test_a_canceled_order_is_owed_nothing(world: World) -> None:
    await shared(world)
    order = await world.place(10)
    await world.pay(order)
    assert sum((await owed(world)).values()) == 2400
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert await owed(world) == {"platform": 0, "supplier": 0, "influencer": 0}
    assert await sound(world)


async def test_paid_and_canceled_before_anyone_looked(world: World) -> None:
    await shared(world)
    order = await world.place(10)
    await world.pay(order)
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert await owed(world) == {"platform": 0, "supplier": 0, "influencer": 0}
    assert await sound(world)


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_returns_ends_at_nothing_owed(world: World, seed: int) -> None:
    chance = random.Random(seed)
    await shared(world, benefit={"kind": "amount_off", "tiers": [{"at": 10000, "off": chance.randrange(1, 9999)}]})
    order = await world.place(7, 3, 2)
    await world.pay(order)
    await world.ship(order)
    before = await owed(world)
    pieces = [n for n, qty in ((1, 7), (2, 3), (3, 2)) for _ in range(qty)]
    chance.shuffle(pieces)
    while pieces:
        part = [pieces.pop() for _ in range(min(len(pieces), chance.randrange(1, 4)))]
        await world.give_back(order, {n: part.count(n) for n in set(part)})
        after = await owed(world)
        assert all(0 <= after[funder] <= before[funder] for funder in before)
        before = after
    assert set(before.values()) <= {0}
    assert await sound(world)


async def test_an_order_that_costs_nothing_counts_when_it_ships(world: World) -> None:
    await shared(world, benefit={"kind": "percent_off", "tiers": [{"at": 0, "off": 10000}]})
    order = await world.place(1)
    assert (order.total_minor, await owed(world)) == (0, {})
    await world.ship(order)
    assert sum((await owed(world)).values()) == 800
    await world.give_back(order, {1: 1})
    assert sum((await owed(world)).values()) == 0
    assert await sound(world)


async def test_what_the_shop_bears_alone_is_nobodys_debt(world: World) -> None:
    await publish(world)
    await world.pay(await world.place(10))
    assert await owed(world) == {}
    assert await world.count("order_fundings") == 0


# --- the decisions -------------------------------------------------------------------------------------------------


def a_line(number: int, kind: LineKind, qty: int, amount: int) -> OrderLine:
    return OrderLine(
        line=number, kind=kind, sku_id=None, title="", qty=qty, unit_price=Decimal(1), amount_minor=amount,
        shipped_qty=qty, returned_qty=0, returned_minor=0, cost_minor=0, returned_cost_minor=0,
    )  # fmt: skip


def a_funding(line: int, funder: FunderKind, amount: int) -> Funding:
    return Funding(
        order_id=OrderId(new_id()), promotion_id=PromotionId(new_id()), funder=funder, party="", line=line, version=1,
        code="P", name="P", amount_minor=amount,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[OrderLine], list[Funding], list[tuple[int, int, int]]]:
    """Lines, what funders bear of them, and parts (line, pieces, money) that go back until all has."""
    lines = [
        a_line(n, LineKind.GOODS, draw(st.integers(1, 12)), draw(st.integers(0, 10**6)))
        for n in range(1, draw(st.integers(1, 3)) + 1)
    ]
    lines.append(a_line(9, LineKind.FREIGHT, 1, draw(st.integers(0, 2000))))
    fundings = [
        a_funding(n, funder, draw(st.integers(1, 10**6)))
        for n in (*(line.line for line in lines[:-1]), FREIGHT)
        for funder in (FunderKind.PLATFORM, FunderKind.SUPPLIER)
    ]
    parts = []
    for line in lines:
        pieces, money = line.qty, line.amount_minor
        while pieces or money:
            qty = pieces - draw(st.integers(0, pieces - 1)) if pieces else 0
            refund = money if qty == pieces else draw(st.integers(0, money))
            pieces, money = pieces - qty, money - refund
            parts.append((line.line, qty, refund))
    return lines, fundings, draw(st.permutations(parts))


@given(histories())
def test_reversals_add_up_to_the_cent_whatever_the_order_of_returns(
    history: tuple[list[OrderLine], list[Funding], list[tuple[int, int, int]]],
) -> None:
    lines, fundings, parts = history
    for number, qty, refund in parts:
        lines = [_after(line, qty, refund) if line.line == number else line for line in lines]
        fundings = [_reversed(funding, lines) for funding in fundings]
        assert all(rules.to_reverse(funding, lines, canceled=False) == 0 for funding in fundings)
    assert all(funding.reversed_minor == funding.amount_minor for funding in fundings)


@given(histories(), st.integers(0, 10))
def test_canceling_reverses_whatever_is_left(
    history: tuple[list[OrderLine], list[Funding], list[tuple[int, int, int]]], some: int
) -> None:
    lines, fundings, parts = history
    for number, qty, refund in parts[:some]:
        lines = [_after(line, qty, refund) if line.line == number else line for line in lines]
        fundings = [_reversed(funding, lines) for funding in fundings]
    for funding in fundings:
        left = rules.to_reverse(funding, lines, canceled=True)
        assert funding.reversed_minor + left == funding.amount_minor


def _after(line: OrderLine, qty: int, refund: int) -> OrderLine:
    return replace(line, returned_qty=line.returned_qty + qty, returned_minor=line.returned_minor + refund)


def _reversed(funding: Funding, lines: Sequence[OrderLine]) -> Funding:
    more = rules.to_reverse(funding, lines, canceled=False)
    assert 0 <= more <= funding.amount_minor - funding.reversed_minor
    return replace(funding, reversed_minor=funding.reversed_minor + more)
