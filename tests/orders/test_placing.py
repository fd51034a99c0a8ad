"""Placing: priced, held and written, or refused with nothing changed."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.orders.contract import (
    ExternalNoTaken,
    LineIncomplete,
    PriceChanged,
    PriceNotAllowed,
    PriceNotUsable,
    ShopNotFound,
    SkuNotSellable,
)
from tests.world import World


def clerk(*grants: str, **scopes: Any) -> Actor:
    return Actor(id=new_id(), kind="user", name="小李", grants=frozenset(grants), scopes=scopes)


class TestPlace:
    async def test_prices_by_the_list_and_holds_the_stock(self, world: World) -> None:
        order = await world.place(2, 1)
        assert (order.goods_minor, order.total_minor, order.status, order.payment_status) == (
            4000, 4000, "placed", "unpaid",
        )  # fmt: skip
        assert order.number.startswith("SO")
        assert await world.stock_of(0) == (100, 2)
        assert await world.stock_of(1) == (100, 1)
        assert await world.faults() == []

    async def test_numbers_follow_each_other(self, world: World, clock: ManualClock) -> None:
        """Of one day: the clock stands still."""
        first, second = await world.place(1), await world.place(1)
        assert int(second.number[-6:]) == int(first.number[-6:]) + 1

    async def test_own_prices_round_half_away_from_zero_per_line(self, world: World) -> None:
        line = {"sku_id": world.skus[0], "qty": 3, "unit_price": Decimal("1.235")}
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [line]})
        assert order.total_minor == 371  # 3.705 → 3.71

    async def test_charges_are_lines_without_stock(self, world: World) -> None:
        wish = world.wish(1)
        wish["lines"].append({"kind": "freight", "title": "运费", "unit_price": Decimal("8.00")})
        wish["lines"].append({"kind": "other", "title": "礼品包装", "unit_price": Decimal("2.50"), "qty": 2})
        order = await world.act("orders.place", wish)
        assert (order.goods_minor, order.freight_minor, order.other_minor, order.total_minor) == (1000, 800, 500, 2300)

    async def test_a_kit_holds_its_components(self, world: World) -> None:
        kit = await world.make_sku(
            "KIT", 2500, kind="kit", components=[{"code": "SKU1", "qty": 2}, {"code": "SKU2", "qty": 1}]
        )
        order = await world.act("orders.place", {"shop_id": world.shop_id, "lines": [{"sku_id": kit, "qty": 3}]})
        assert order.total_minor == 7500
        assert await world.stock_of(0) == (100, 6)
        assert await world.stock_of(1) == (100, 3)

    async def test_two_lines_of_one_sku_are_summed_before_the_check(self, world: World) -> None:
        lines = [{"sku_id": world.skus[0], "qty": 60}, {"sku_id": world.skus[0], "qty": 41}]
        answer = await world.answer("orders.place", {"shop_id": world.shop_id, "lines": lines})
        assert isinstance(answer.error, OutOfStock)
        assert await world.stock_of(0) == (100, 0)

    async def test_the_total_a_buyer_saw_is_kept_or_refused(self, world: World) -> None:
        with pytest.raises(PriceChanged):
            await world.place(1, expected_total_minor=999)
        assert (await world.place(1, expected_total_minor=1000)).total_minor == 1000


class TestRefusals:
    @pytest.mark.parametrize(
        ("wish", "refusal"),
        [
            ({"lines": [{"sku_id": new_id()}]}, SkuNotSellable),
            ({"lines": [{"qty": 1}]}, LineIncomplete),
            ({"lines": [{"kind": "freight", "title": "运费"}]}, LineIncomplete),
            ({"lines": [{"kind": "other", "title": "费", "unit_price": "0.1234567"}]}, PriceNotUsable),
            ({"shop_id": new_id(), "lines": [{"sku_id": new_id()}]}, ShopNotFound),
        ],
    )
    async def test_leave_nothing(self, world: World, wish: dict[str, Any], refusal: type[Exception]) -> None:
        events = await world.count("events")
        answer = await world.answer("orders.place", {"shop_id": world.shop_id, **wish})
        assert isinstance(answer.error, refusal)
        assert await world.count("orders") == 0
        assert await world.count("events") == events
        assert await world.stock_of(0) == (100, 0)

    async def test_one_short_line_refuses_its_whole_order(self, world: World) -> None:
        answer = await world.answer("orders.place", world.wish(1, 101))
        assert isinstance(answer.error, OutOfStock)
        assert answer.error.data == {"sku_id": world.skus[1], "wanted": 101, "available": 100}
        assert await world.stock_of(0) == (100, 0)
        assert await world.count("order_lines") == 0

    async def test_own_prices_need_their_grant(self, world: World) -> None:
        actor = clerk("orders.place", shop=EVERYTHING)
        wish = {"shop_id": world.shop_id, "lines": [{"sku_id": world.skus[0], "unit_price": "0.01"}]}
        assert isinstance((await world.answer("orders.place", wish, actor=actor)).error, PriceNotAllowed)

    async def test_a_shop_out_of_scope_is_refused_in_a_shared_batch(self, world: World) -> None:
        inside = clerk("orders.place", shop=frozenset({world.shop_id}))
        outside = clerk("orders.place", shop=frozenset())
        answers = await asyncio.gather(
            *(world.answer("orders.place", world.wish(1), actor=actor) for actor in (inside, outside, inside))
        )
        assert [None if a.error is None else a.error.code for a in answers] == [None, "kernel.OutOfScope", None]

    async def test_an_external_number_names_one_order(self, world: World) -> None:
        await world.place(1, external_no="TB-1")
        answers = await asyncio.gather(
            *(world.answer("orders.place", world.wish(1, external_no=no)) for no in ("TB-1", "TB-2", "TB-2"))
        )
        assert [isinstance(a.error, ExternalNoTaken) for a in answers] == [True, False, True]
        assert await world.stock_of(0) == (100, 2)


class TestAtOnce:
    async def test_two_hundred_buyers_for_fifty_pieces(self, db: Any) -> None:
        world = await World(db).make(qty=50)
        answers = await asyncio.gather(*(world.answer("orders.place", world.wish(1)) for _ in range(200)))
        assert sum(a.error is None for a in answers) == 50
        assert await world.stock_of(0) == (50, 50)
        assert await world.count("orders") == 50
        assert await world.faults() == []

    async def test_two_hundred_buyers_from_ten_processes(self, db: Any) -> None:
        """Ten runners share no memory, like ten API processes."""
        world = await World(db).make(qty=50)
        others = [World(db) for _ in range(10)]
        answers = await asyncio.gather(*(others[n % 10].answer("orders.place", world.wish(1)) for n in range(200)))
        assert sum(a.error is None for a in answers) == 50
        assert await world.stock_of(0) == (50, 50)

    async def test_a_double_click_places_one_order(self, world: World) -> None:
        answers = await asyncio.gather(*(world.answer("orders.place", world.wish(1), key="click") for _ in range(5)))
        assert len({a.value.id for a in answers}) == 1
        assert await world.count("orders") == 1
        assert await world.stock_of(0) == (100, 1)

    async def test_a_dry_run_shows_effects_and_leaves_nothing(self, world: World) -> None:
        tables = ("orders", "events", "action_log", "stock_transfers", "document_numbers")
        before = [await world.count(table) for table in tables]
        answer = await world.answer("orders.place", world.wish(2), dry_run=True)
        assert answer.value.total_minor == 2000
        assert [e.get("event") or e["transfer"] for e in answer.effects or []] == ["stock", "orders.placed.v1"]
        assert [await world.count(table) for table in tables] == before
        assert await world.stock_of(0) == (100, 0)


class TestStatements:
    """Every round trip costs a batch as much as some orders do, so how many there are is held here.

    The clock stands still: the first batch of a day counts anew, and that of a month makes its partitions.
    """

    @pytest.mark.parametrize("size", [1, 10, 30])
    @pytest.mark.parametrize("plenty", [True, False])
    async def test_a_batch_has_five_whatever_its_size(
        self, world: World, clock: ManualClock, size: int, plenty: bool
    ) -> None:
        """One more where the accounts are nearly empty: they are locked and looked at first."""
        statements: list[str] = []
        if plenty:
            await world.receive(dict.fromkeys(world.skus, 1000))
        place = ACTIONS["orders.place"]

        async def go() -> None:
            calls = [
                Call(
                    action=place.name,
                    input=read_input(place, {**world.wish(1, 1), "warehouse_id": None}),
                    actor=SYSTEM,
                    door="test",
                    key=str(new_id()),
                )
                for _ in range(size)
            ]
            assert [answer.error for answer in await world.runner.run_list(calls)] == [None] * size

        await go()
        await go()  # what never changes is remembered from now on
        async with world.db.connection() as conn:
            conn.add_query_logger(lambda told: statements.append(told.query.split()[0]))
        await go()
        assert statements == [
            "BEGIN;SET",
            "SELECT", "SELECT",  # whether what is remembered has changed since; the goods
            *([] if plenty else ["SELECT"]),
            "WITH",  # keys, balances, holds, transfers, numbers, orders, lines, events, the log
            "COMMIT",
        ]  # fmt: skip
