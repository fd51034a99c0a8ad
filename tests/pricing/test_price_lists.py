"""Price lists: what they set for whom, at which quantity and time, in which currency; refusals change nothing."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import EVERYTHING, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.modules.pricing.contract.price_lists import (
    LaterListPriceSet,
    ListForWhom,
    ListKind,
    ListPriceNotFound,
    NotACustomerList,
    NotAssigned,
    OneTarget,
    PeriodEmpty,
    PriceEntry,
    PriceEntryId,
    PriceList,
    PriceListClosedAlready,
    PriceListCodeTaken,
    PriceListId,
    PriceListNotFound,
    PriceOrPercent,
    Target,
    TargetNotFound,
    Verdict,
)
from shangmai.modules.pricing.http import routes
from shangmai.modules.pricing.rules.price_lists import PriceContext, PricedSku, convert, find_price
from tests.routes import reading
from tests.world import World

T0 = datetime(2026, 3, 1, tzinfo=UTC)
CLERK = Actor(
    id=new_id(),
    kind="user",
    name="clerk",
    grants=frozenset({"pricing.read"}),
    scopes={"shop": EVERYTHING, "company": EVERYTHING},
)


async def make_list(world: World, code: str, kind: str = "base", **more: Any) -> Any:
    return await world.act(
        "pricing.create_price_list", {"code": code, "name": code, "kind": kind, "currency": "CNY", **more}
    )


async def set_price(world: World, code: str, n: int | None = 0, **more: Any) -> Any:
    target = {} if n is None else {"sku_id": world.skus[n]}
    return await world.act("pricing.set_prices", {"price_list": code, **target, **more})


async def ask(db: Database, status: int = 200, **params: Any) -> Any:
    async with reading(db, routes, CLERK) as client:
        answer = await client.get("/api/v1/pricing/price", params={"sku": "SKU1", "shop": "MALL", **params})
    assert answer.status_code == status, answer.text
    return answer.json()


async def price_of(db: Database, **params: Any) -> tuple[int, str]:
    told = await ask(db, **params)
    return told["unit_minor"], told["list_code"]


class TestWhichListWins:
    async def test_without_a_list_the_sku_has_its_own_price(self, world: World) -> None:
        told = await ask(world.db)
        assert (told["unit_minor"], told["list_id"], told["list_code"], told["considered"]) == (1000, None, "", [])

    async def test_the_most_particular_list_wins_and_says_why(self, world: World) -> None:
        customer = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
        await world.act("members.set_level", {"customer_id": customer.customer_id, "level": "gold"})
        lists: dict[str, dict[str, Any]] = {
            "BASE": {}, "CH": {"channel": "mall"}, "SHOP": {"shop_id": world.shop_id}, "LEVEL": {"level": "gold"},
            "CUST": {},
        }  # fmt: skip
        whom: dict[str, Any] = {"customer_id": str(customer.customer_id)}
        seen = []
        for price, (code, kind) in enumerate(zip(lists, ListKind, strict=True), 900):
            await make_list(world, code, kind.value, **lists[code])
            await set_price(world, code, price_minor=price)
            if code == "CUST":
                await world.act("pricing.assign_price_list", {"price_list": code, **whom})
            seen.append((await price_of(world.db, **whom), await price_of(world.db)))
        assert [mine for mine, _ in seen] == [
            (900, "BASE"), (901, "CH"), (902, "SHOP"), (903, "LEVEL"), (904, "CUST")
        ]  # fmt: skip
        assert [others for _, others in seen][2:] == [(902, "SHOP")] * 3  # of no level, not assigned
        told = await ask(world.db, **whom)
        assert [(each["list_code"], each["verdict"]) for each in told["considered"]] == [
            ("CUST", "chosen"), *((code, "less_particular_list") for code in ("LEVEL", "SHOP", "CH", "BASE"))
        ]  # fmt: skip

    async def test_priority_then_target_then_quantity_then_begin(self, world: World) -> None:
        await make_list(world, "A", priority=1)
        await make_list(world, "B")
        async with world.db.reading(CLERK) as tx:
            product = await tx.fetchval("SELECT product_id FROM skus WHERE id = $1", world.skus[0])
        at = datetime.now(UTC)  # the test's own clock
        await set_price(world, "B", price_minor=700)
        await set_price(world, "A", n=None, product_id=product, percent_bp=9000)
        assert await price_of(world.db) == (900, "A")
        await set_price(world, "A", price_minor=880)
        assert await price_of(world.db) == (880, "A")
        await set_price(world, "A", price_minor=850, min_qty=10)
        assert await price_of(world.db, qty=9) == (880, "A")
        assert await price_of(world.db, qty=10) == (850, "A")
        await set_price(
            world, "A", price_minor=800, valid_from=at - timedelta(hours=1), valid_to=at + timedelta(hours=1)
        )
        assert await price_of(world.db) == (800, "A")
        assert await price_of(world.db, qty=10) == (850, "A")
        told = await ask(world.db)
        assert [each["verdict"] for each in told["considered"]] == [
            "chosen", "older_period", "broader_target", "lower_priority"
        ]  # fmt: skip

    async def test_a_category_sets_a_percentage_for_what_lies_below_it(self, world: World) -> None:
        top = await world.act("catalog.create_category", {"name": "家居"})
        below = await world.act("catalog.create_category", {"name": "餐具", "parent_id": top.id})
        sku = {"code": "CUP", "price_minor": 999, "currency": "CNY"}
        await world.act("catalog.create_product", {"code": "CUP", "name": "杯", "category_id": below.id, "skus": [sku]})
        await make_list(world, "A")
        await set_price(world, "A", n=None, category_id=top.id, percent_bp=8850)
        assert await price_of(world.db, sku="CUP") == (884, "A")  # 884.115
        await set_price(world, "A", n=None, category_id=below.id, percent_bp=5000)
        assert await price_of(world.db, sku="CUP") == (500, "A")  # 499.5, away from zero
        assert await price_of(world.db) == (1000, "")


class TestCurrency:
    async def test_a_list_in_another_currency_is_converted_at_the_stored_rate(self, world: World) -> None:
        await make_list(world, "USD", currency="USD")
        await set_price(world, "USD", price_minor=150)
        told = await ask(world.db)
        assert (told["unit_minor"], told["considered"][0]["verdict"]) == (1000, "no_rate")
        day = datetime.now(UTC).date().isoformat()
        for rate, minor in (("7.1234", 1069), ("7.13", 1070)):
            given = {"currency": "USD", "quote": "CNY", "day": day, "rate": rate, "source": "test"}
            await world.act("ledger.set_rate", given)
            told = await ask(world.db)
            assert (told["unit_minor"], told["list_code"], told["rate"]) == (minor, "USD", rate)
            assert (told["original_minor"], told["original_currency"]) == (150, "USD")

    async def test_a_price_of_the_skus_own_in_the_currency_needs_no_rate(self, world: World) -> None:
        sku = await world.make_sku("EURO", 100, "EUR")
        given = {"sku_id": sku, "price_minor": 777, "currency": "CNY"}
        await world.act("catalog.set_prices", given)
        told = await ask(world.db, sku="EURO")
        assert (told["unit_minor"], told["original_currency"], told["rate"]) == (777, "CNY", None)

    async def test_a_sku_without_price_or_rate_is_refused(self, world: World) -> None:
        await world.make_sku("EURO", 100, "EUR")
        told = await ask(world.db, 409, sku="EURO")
        assert told["code"] == "pricing.NoPriceInCurrency"

    def test_conversion_rounds_once_in_either_direction(self) -> None:
        rates = {("USD", "CNY"): Decimal("7.1234"), ("JPY", "CNY"): Decimal("0.05")}
        assert convert(150, "USD", "CNY", rates) == (1069, Decimal("7.1234"))  # 1068.51
        assert convert(1069, "CNY", "USD", rates) == (150, Decimal("7.1234"))
        assert convert(100, "JPY", "CNY", rates) == (500, Decimal("0.05"))
        assert convert(510, "CNY", "JPY", rates) == (102, Decimal("0.05"))
        assert convert(1, "CNY", "CNY", {}) == (1, None)
        assert convert(1, "EUR", "CNY", rates) is None


class TestSetting:
    async def test_what_is_replaced_is_kept_and_can_be_asked_for(self, world: World) -> None:
        made = await make_list(world, "A")
        first = await set_price(world, "A", price_minor=900)
        again = await set_price(world, "A", price_minor=900)
        assert (first.changed, again.changed, again.entry.id) == (True, False, first.entry.id)
        second = await set_price(world, "A", price_minor=800)
        assert second.replaced == first.entry.id
        assert await price_of(world.db) == (800, "A")
        before = second.entry.set_at - timedelta(microseconds=1)
        assert await price_of(world.db, at=before.isoformat()) == (900, "A")
        assert await price_of(world.db, at=made.created_at.isoformat()) == (1000, "")
        await world.act("pricing.remove_prices", {"price_list": "A", "sku_id": world.skus[0]})
        assert await price_of(world.db) == (1000, "")
        async with reading(world.db, routes, CLERK) as client:
            url = "/api/v1/price-lists/A/entries"
            now = (await client.get(url)).json()["items"]
            ever = (await client.get(url, params={"history": True})).json()["items"]
        assert (now, [each["price_minor"] for each in ever]) == ([], [900, 800])
        assert all(each["ended_by"] for each in ever)

    async def test_one_batch_may_set_a_price_twice(self, world: World) -> None:
        await make_list(world, "A")
        told = await asyncio.gather(*(set_price(world, "A", price_minor=n) for n in range(1, 40)))
        assert all(each.changed for each in told)
        assert await price_of(world.db) == (39, "A")
        assert await world.count("price_entries") == 39

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"price_list": "NONE", "price_minor": 1}, PriceListNotFound),
            ({"price_minor": 1, "sku_id": new_id()}, TargetNotFound),
            ({"price_minor": 1, "sku_id": None}, OneTarget),
            ({"price_minor": 1, "product_id": new_id()}, OneTarget),
            ({}, PriceOrPercent),
            ({"price_minor": 1, "percent_bp": 1}, PriceOrPercent),
            ({"price_minor": 1, "sku_id": None, "category_id": new_id()}, PriceOrPercent),
            ({"price_minor": 1, "valid_from": T0, "valid_to": T0}, PeriodEmpty),
        ],
    )
    async def test_refusals_change_nothing(self, world: World, given: dict[str, Any], refusal: type[AppError]) -> None:
        await make_list(world, "A")
        answer = await world.answer("pricing.set_prices", {"price_list": "A", "sku_id": world.skus[0], **given})
        assert isinstance(answer.error, refusal)
        assert await world.count("price_entries") == 0

    async def test_a_refused_item_does_not_hinder_its_neighbours(self, world: World) -> None:
        await make_list(world, "A")
        told = await asyncio.gather(
            set_price(world, "A", price_minor=1),
            set_price(world, "A", n=1),
            set_price(world, "A", n=2, price_minor=3),
            return_exceptions=True,
        )
        assert [type(each) for each in told][1] is PriceOrPercent
        assert await world.count("price_entries") == 2

    @pytest.mark.parametrize("doing", ["pricing.set_prices", "pricing.remove_prices"])
    async def test_a_change_that_waited_for_a_later_one_comes_after_it(self, world: World, doing: str) -> None:
        await make_list(world, "A")
        first = (await set_price(world, "A", price_minor=1)).entry
        what = {"price_list": "A", "sku_id": world.skus[0]}
        if doing == "pricing.set_prices":
            what["price_minor"] = 2
        await world.act(doing, what, at=first.set_at - timedelta(milliseconds=5))
        async with reading(world.db, routes, CLERK) as client:
            ever = (await client.get("/api/v1/price-lists/A/entries", params={"history": True})).json()["items"]
        assert {(each["set_at"], each["ended_at"]) for each in ever if each["price_minor"] == 1} == {
            (ever[0]["set_at"], ever[0]["set_at"])
        }
        assert await price_of(world.db) == ((2, "A") if doing == "pricing.set_prices" else (1000, ""))

    async def test_nothing_is_set_before_what_was_set_later(self, world: World) -> None:
        await make_list(
            world,
            "A",
        )
        await set_price(world, "A", price_minor=1)
        with pytest.raises(LaterListPriceSet):
            await world.act(
                "pricing.set_prices",
                {"price_list": "A", "sku_id": world.skus[0], "price_minor": 2},
                at=datetime.now(UTC) - timedelta(days=1),
            )
        assert await price_of(world.db) == (1, "A")

    async def test_a_closed_list_sets_nothing_more(self, world: World) -> None:
        await make_list(world, "A")
        await set_price(world, "A", price_minor=1)
        closed = await world.act("pricing.close_price_list", {"price_list": "A"})
        assert (await world.act("pricing.close_price_list", {"price_list": "A"})).closed_at == closed.closed_at
        assert await price_of(world.db) == (1000, "")
        with pytest.raises(PriceListClosedAlready):
            await set_price(world, "A", price_minor=2)

    async def test_lists_refused(self, world: World) -> None:
        await make_list(world, "A")
        with pytest.raises(PriceListCodeTaken):
            await make_list(world, "A")
        for kind, more in (("shop", {}), ("base", {"level": "gold"}), ("level", {"channel": "mall"})):
            with pytest.raises(ListForWhom):
                await make_list(world, "B", kind, **more)
        with pytest.raises(ListPriceNotFound):
            await world.act("pricing.remove_prices", {"price_list": "A", "sku_id": world.skus[0]})
        customer = await world.act("members.register", {"shop_id": world.shop_id, "ref": "C1"})
        whom = {"price_list": "A", "customer_id": customer.customer_id}
        with pytest.raises(NotACustomerList):
            await world.act("pricing.assign_price_list", whom)
        await make_list(world, "C", "customer")
        whom["price_list"] = "C"
        with pytest.raises(NotAssigned):
            await world.act("pricing.unassign_price_list", whom)
        assert [(await world.act("pricing.assign_price_list", whom)).changed for _ in range(2)] == [True, False]
        assert (await world.act("pricing.unassign_price_list", whom)).changed
        assert await world.count("price_lists") == 2

    async def test_a_shops_list_is_hidden_from_other_shops(self, world: World) -> None:
        await make_list(world, "S", "shop", shop_id=world.shop_id)
        await make_list(world, "A")
        stranger = Actor(
            id=new_id(), kind="user", name="x", grants=frozenset({"pricing.*"}), scopes={"shop": frozenset({new_id()})}
        )
        given = {"price_list": "S", "sku_id": world.skus[0], "price_minor": 1}
        answer = await world.answer("pricing.set_prices", given, actor=stranger)
        assert answer.error is not None
        assert answer.error.status == 403
        async with reading(world.db, routes, stranger) as client:
            listed = (await client.get("/api/v1/price-lists")).json()["items"]
            entries = await client.get("/api/v1/price-lists/S/entries")
        assert ([each["code"] for each in listed], entries.status_code) == (["A"], 404)

    async def test_two_connections_set_one_price_after_the_other(self, world: World, dsn: str) -> None:
        await make_list(world, "A")
        async with await Database.connect(dsn, size=2) as other:
            mine, theirs = World(world.db), World(other)
            theirs.skus = mine.skus = world.skus
            told = await asyncio.gather(
                *(set_price(w, "A", price_minor=n) for n in range(1, 21) for w in (mine, theirs))
            )
        assert len({each.entry.id for each in told if each.changed}) == await world.count("price_entries")
        async with world.db.reading(CLERK) as tx:
            assert await tx.fetchval("SELECT count(*) FROM price_entries WHERE ended_at IS NULL") == 1


def entry(of: PriceList, target: Target, target_id: Any, **more: Any) -> PriceEntry:
    plain: dict[str, Any] = {
        "min_qty": 1, "valid_from": None, "valid_to": None, "price_minor": None, "percent_bp": None, "set_at": T0,
        "set_by": new_id(), "ended_at": None, "ended_by": None,
    }  # fmt: skip
    return PriceEntry(id=PriceEntryId(new_id()), list_id=of.id, target=target, target_id=target_id, **(plain | more))


def a_list(code: str, kind: ListKind, priority: int) -> PriceList:
    return PriceList(
        id=PriceListId(new_id()), code=code, name=code, name_en="", kind=kind, priority=priority, currency="CNY",
        channel="mall" if kind is ListKind.CHANNEL else None, shop_id=SHOP if kind is ListKind.SHOP else None,
        level="gold" if kind is ListKind.LEVEL else None, created_at=T0, closed_at=None,
    )  # fmt: skip


SHOP: Any = new_id()
SKU: Any = new_id()
PRODUCT: Any = new_id()
CATEGORY: Any = new_id()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([Target.SKU, Target.PRODUCT]),
            st.integers(1, 4),
            st.integers(0, 3),
            st.integers(0, 2000),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_same_lists_give_the_same_price_in_any_order(rows: list[Any], shuffler: random.Random) -> None:
    lists = [a_list("A", ListKind.BASE, 0), a_list("B", ListKind.LEVEL, 0), a_list("C", ListKind.LEVEL, 1)]
    entries = [
        entry(
            lists[n],
            target,
            SKU if target is Target.SKU else PRODUCT,
            min_qty=qty,
            valid_from=T0 + timedelta(days=day) if day else None,
            price_minor=minor,
        )
        for n, target, qty, day, minor in rows
    ]
    context = PriceContext(currency="CNY", at=T0 + timedelta(days=2), channel="mall", shop_id=SHOP, level="gold")
    sku = PricedSku(sku_id=SKU, product_id=PRODUCT, category_ids=(CATEGORY,), own_minor=1234, own_currency="CNY")
    by_id: dict[UUID, PriceList] = {each.id: each for each in lists}
    first = find_price(context, sku, 3, by_id, entries, {})
    shuffler.shuffle(entries)
    assert find_price(context, sku, 3, by_id, entries, {}) == first
    assert first is not None
    chosen = [each for each in first.considered if each.verdict is Verdict.CHOSEN]
    assert len(chosen) == (1 if first.considered else 0)
    assert first.unit_minor == (chosen[0].unit_minor if chosen else 1234)
    assert all(each.min_qty <= 3 for each in first.considered)
