"""Changing SKUs, their prices and kits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.money import UnknownCurrency
from shangmai.modules.catalog import service
from shangmai.modules.catalog.contract import (
    Barcode,
    BarcodeTaken,
    CheckDigitWrong,
    ComponentTwice,
    KitComponent,
    KitEmpty,
    KitInKit,
    LaterPriceSet,
    NotAKit,
    PriceSet,
    SetPrice,
    SkuChanged,
    SkuId,
    SkuNotFound,
    SkuStatus,
)
from tests.catalog.test_products import events, new_sku, product

DAY = timedelta(days=1)
T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)


async def make(act, *skus: dict[str, Any], code: str = "P", **options: Any) -> list[SkuId]:
    made = await act("catalog.create_product", product(code, *skus), **options)
    return [sku.id for sku in made.skus]


async def everything(conn: asyncpg.Connection[Any]) -> list[Any]:
    tables = ("skus", "sku_barcodes", "kit_components", "sku_prices", "events")
    return [await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


class TestUpdate:
    async def test_what_is_given_changes_and_the_rest_stays(self, act, admin_conn) -> None:
        (sku,) = await make(act, new_sku("S", barcodes=[{"text": "A"}, {"text": "B"}], attributes={"尺码": "M"}))
        changed = await act("catalog.update_sku", {"sku_id": str(sku), "weight_g": 350, "barcodes": [{"text": "B"}]})
        assert (changed.weight_g, changed.barcodes, changed.version) == (350, (Barcode("B"),), 2)
        assert (changed.name, changed.attributes) == ("商品 P", {"尺码": "M"})
        changed = await act(
            "catalog.update_sku",
            {"sku_id": str(sku), "version": 2, "name": "新名", "attributes": {}, "status": "inactive"},
        )
        assert (changed.name, changed.attributes, changed.status) == ("新名", {}, SkuStatus.INACTIVE)
        assert (changed.weight_g, changed.barcodes, changed.version) == (350, (Barcode("B"),), 3)
        assert [each["version"] for each in await events(admin_conn, "catalog.sku_updated.v1")] == [2, 3]

    async def test_the_same_again_changes_nothing(self, act, admin_conn) -> None:
        (sku,) = await make(act, new_sku("S", barcodes=[{"text": "A"}]))
        before = await everything(admin_conn)
        same = {"sku_id": str(sku), "name": "商品 P", "weight_g": 0, "barcodes": [{"text": " A"}], "status": "active"}
        assert (await act("catalog.update_sku", same)).version == 1
        assert await everything(admin_conn) == before

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"version": 7, "name": "X"}, SkuChanged),
            ({"name": "X", "barcodes": [{"text": "OTHER"}]}, BarcodeTaken),
            ({"name": "X", "barcodes": [{"text": "12345678"}]}, CheckDigitWrong),
            ({"sku_id": str(new_id()), "name": "X"}, SkuNotFound),
        ],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, change, refusal) -> None:
        sku, _ = await make(act, new_sku("S", barcodes=[{"text": "A"}]), new_sku("O", barcodes=[{"text": "OTHER"}]))
        before = await everything(admin_conn)
        with pytest.raises(refusal):
            await act("catalog.update_sku", {"sku_id": str(sku), **change})
        assert await everything(admin_conn) == before

    async def test_two_who_start_from_one_version_do_not_overwrite_each_other(self, act, admin_conn) -> None:
        (sku,) = await make(act)
        updates = ({"sku_id": str(sku), "version": 1, "name": name} for name in ("左", "右"))
        told = await asyncio.gather(*(act("catalog.update_sku", do) for do in updates), return_exceptions=True)
        assert sorted(type(each).__name__ for each in told) == ["SkuChanged", "SkuDetail"]
        assert await admin_conn.fetchval("SELECT version FROM skus") == 2

    async def test_two_who_want_one_barcode(self, act, admin_conn) -> None:
        skus = await make(act, new_sku("A"), new_sku("B"))
        updates = ({"sku_id": str(sku), "barcodes": [{"text": "X"}]} for sku in skus)
        told = await asyncio.gather(*(act("catalog.update_sku", do) for do in updates), return_exceptions=True)
        assert sorted(type(each).__name__ for each in told) == ["BarcodeTaken", "SkuDetail"]
        assert await admin_conn.fetchval("SELECT count(*) FROM sku_barcodes") == 1


class TestPrices:
    async def test_every_price_is_kept_with_what_set_it(self, act, admin_conn) -> None:
        (sku,) = await make(act, new_sku("S", 1000), at=T0)
        told = await act("catalog.set_prices", price(sku, 1200), at=T0 + DAY)
        assert told == PriceSet(sku_id=sku, old_minor=1000, price_minor=1200, currency="CNY", changed=True)
        await act("catalog.set_prices", price(sku, 1200), at=T0 + 2 * DAY)  # is that already
        await act("catalog.set_prices", price(sku, 800, "EUR"), at=T0 + 3 * DAY)
        history = await admin_conn.fetch(
            "SELECT p.at, p.price_minor, p.currency, l.action FROM sku_prices p JOIN action_log l ON l.id = p.cause"
            " ORDER BY p.seq"
        )
        assert [tuple(row) for row in history] == [
            (T0, 1000, "CNY", "catalog.create_product"),
            (T0 + DAY, 1200, "CNY", "catalog.set_prices"),
            (T0 + 3 * DAY, 800, "EUR", "catalog.set_prices"),
        ]
        assert tuple(await admin_conn.fetchrow("SELECT price_minor, currency, priced_at, version FROM skus")) == (
            1200, "CNY", T0 + DAY, 3
        )  # fmt: skip
        assert await events(admin_conn, "catalog.price_changed.v1") == [
            {"sku_id": str(sku), "code": "S", "old_minor": 1000, "price_minor": 1200, "currency": "CNY"},
            {"sku_id": str(sku), "code": "S", "old_minor": None, "price_minor": 800, "currency": "EUR"},
        ]  # fmt: skip
        assert len(await events(admin_conn, "catalog.product_changed.v1")) == 2

    async def test_each_currency_has_a_price_of_its_own(self, act, db: Database) -> None:
        (sku,) = await make(act, new_sku("S", 1000), at=T0)
        await act("catalog.set_prices", price(sku, 150, "EUR"), at=T0 + DAY)
        told = await act("catalog.set_prices", price(sku, 140, "EUR"), at=T0 + 2 * DAY)
        assert (told.old_minor, told.price_minor, told.changed) == (150, 140, True)
        assert not (await act("catalog.set_prices", price(sku, 140, "EUR"), at=T0 + 3 * DAY)).changed
        with pytest.raises(LaterPriceSet):
            await act("catalog.set_prices", price(sku, 130, "EUR"), at=T0 + DAY)
        await act("catalog.set_prices", price(sku, 160, "USD"), at=T0)  # before the others, but the first in dollars
        async with db.reading(SYSTEM) as tx:
            prices = {at: (await service.prices_at(tx, [sku], T0 + at * DAY)).get(sku) for at in (-1, 0, 1, 2)}
            offer = (await service.get_offers(tx, [sku]))[sku]
        assert prices == {
            -1: None,
            0: {"CNY": 1000, "USD": 160},
            1: {"CNY": 1000, "EUR": 150, "USD": 160},
            2: {"CNY": 1000, "EUR": 140, "USD": 160},
        }
        assert offer.prices == {"CNY": 1000, "EUR": 140, "USD": 160}

    async def test_the_second_to_come_with_the_earlier_time_counts_from_the_first_ones(self, act, admin_conn) -> None:
        (sku,) = await make(act, new_sku("S", 1000), at=T0)
        await act("catalog.set_prices", price(sku, 1100), at=T0 - timedelta(seconds=59))
        assert tuple(await admin_conn.fetchrow("SELECT price_minor, priced_at FROM skus")) == (1100, T0)

    @pytest.mark.parametrize(
        ("minor", "currency", "at", "refusal"),
        [(900, "CNY", T0 - DAY, LaterPriceSet), (900, "XXX", T0 + DAY, UnknownCurrency)],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, minor, currency, at, refusal) -> None:
        (sku,) = await make(act, new_sku("S", 1000), at=T0)
        before = await everything(admin_conn)
        with pytest.raises(refusal):
            await act("catalog.set_prices", price(sku, minor, currency), at=at)
        assert await everything(admin_conn) == before

    async def test_a_list_is_in_order_also_of_one_sku(self, act, runner: Runner, admin_conn) -> None:
        a, b = await make(act, new_sku("A", 100), new_sku("B", 100))
        prices = [(a, 200), (SkuId(new_id()), 1), (b, 150), (a, 300), (a, 300), (b, 100)]
        answers = await runner.run_list([
            Call(
                action="catalog.set_prices",
                input=SetPrice(sku_id=sku, price_minor=minor, currency="CNY"),
                actor=SYSTEM,
                door="test",
            )
            for sku, minor in prices
        ])  # fmt: skip
        assert isinstance(answers[1].error, SkuNotFound)
        told = [(each.value.old_minor, each.value.price_minor, each.value.changed) for each in answers if each.value]
        assert told == [(100, 200, True), (100, 150, True), (200, 300, True), (300, 300, False), (150, 100, True)]
        rows = await admin_conn.fetch("SELECT sku_id, price_minor FROM sku_prices ORDER BY seq")
        assert [tuple(row) for row in rows] == [(a, 100), (b, 100), (a, 200), (b, 150), (a, 300), (b, 100)]
        assert [row["price_minor"] for row in await admin_conn.fetch("SELECT price_minor FROM skus ORDER BY code")] == [
            300, 100
        ]  # fmt: skip

    @pytest.mark.parametrize("currency", ["CNY", "EUR"])
    async def test_many_at_once_leave_a_history_that_ends_at_the_price(
        self, act, db: Database, admin_conn, currency
    ) -> None:
        skus = await make(act, *(new_sku(f"S{n}") for n in range(8)))

        async def set_all(minor: int, order: list[SkuId]) -> None:
            calls = [
                Call(
                    action="catalog.set_prices",
                    input=SetPrice(sku_id=sku, price_minor=minor, currency=currency),
                    actor=SYSTEM,
                    door="test",
                )
                for sku in order
            ]
            assert all(answer.error is None for answer in await Runner(db).run_list(calls))

        await asyncio.gather(*(set_all(minor, skus[:: 1 if minor % 2 else -1]) for minor in range(1, 11)))
        unequal = await admin_conn.fetchval(
            "SELECT count(*) FROM (SELECT id, currency, price_minor FROM skus"
            " UNION ALL SELECT sku_id, currency, price_minor FROM sku_other_prices) s WHERE price_minor <> (SELECT"
            " price_minor FROM sku_prices p WHERE p.sku_id = s.id AND p.currency = s.currency ORDER BY seq DESC"
            " LIMIT 1)"
        )
        assert unequal == 0
        assert await admin_conn.fetchval("SELECT count(*) FROM sku_prices") == 8 * 11

    async def test_the_history_cannot_be_rewritten(self, act, db: Database) -> None:
        await make(act)
        for sql in ("UPDATE sku_prices SET price_minor = 1", "DELETE FROM sku_prices", "UPDATE skus SET kind = 'kit'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction() as tx:
                    await tx.execute(sql)


def price(sku: UUID, minor: int, currency: str = "CNY") -> dict[str, Any]:
    return {"sku_id": str(sku), "price_minor": minor, "currency": currency}


class TestKits:
    async def test_a_kit_with_components_of_its_own_product(self, act, db: Database) -> None:
        cup, plate, kit = await make(
            act,
            new_sku("CUP", 3000),
            new_sku("PLATE", 2000),
            new_sku("SET", 9900, kind="kit", components=[{"code": "CUP", "qty": 2}, {"code": "PLATE", "qty": 3}]),
        )
        async with db.reading(SYSTEM) as tx:
            skus = await service.get_skus(tx, [kit, cup])
        assert skus[kit].components == (KitComponent(cup, 2, 6000), KitComponent(plate, 3, 6000))
        assert skus[cup].components == ()
        assert service.share_of_kit(skus[kit], 9901) == [4951, 4950]

    async def test_a_kit_is_active_while_all_its_components_are(self, act, db: Database) -> None:
        cup, kit = await make(act, new_sku("CUP"), new_sku("SET", kind="kit", components=[{"code": "CUP"}]))

        async def active() -> list[bool]:
            async with db.reading(SYSTEM) as tx:
                skus = await service.get_skus(tx, [cup, kit])
            return [skus[cup].active, skus[kit].active]

        assert await active() == [True, True]
        await act("catalog.update_sku", {"sku_id": str(cup), "status": "inactive"})
        assert await active() == [False, False]
        await act("catalog.update_sku", {"sku_id": str(cup), "status": "active"})
        await act("catalog.update_sku", {"sku_id": str(kit), "status": "inactive"})
        assert await active() == [True, False]

    async def test_components_are_replaced(self, act, admin_conn) -> None:
        a, b, kit = await make(
            act, new_sku("A"), new_sku("B"), new_sku("K", kind="kit", components=[{"code": "A", "share_weight": 1}])
        )
        parts = [{"code": "B", "qty": 5, "share_weight": 2}, {"code": "A", "share_weight": 3}]
        defined = await act("catalog.define_kit", {"sku_id": str(kit), "components": parts})
        assert (defined.components, defined.version) == ((KitComponent(b, 5, 2), KitComponent(a, 1, 3)), 2)
        again = await act("catalog.define_kit", {"sku_id": str(kit), "components": parts})
        assert again == defined
        assert await events(admin_conn, "catalog.kit_defined.v1") == [
            {
                "sku_id": str(kit),
                "code": "K",
                "components": [
                    {"sku_id": str(b), "qty": 5, "share_weight": 2},
                    {"sku_id": str(a), "qty": 1, "share_weight": 3},
                ],
            }
        ]

    @pytest.mark.parametrize(
        ("code", "parts", "refusal"),
        [
            ("K", [], KitEmpty),
            ("K", [{"code": "NONE"}], SkuNotFound),
            ("K", [{"code": "K"}], KitInKit),
            ("K", [{"code": "K2"}], KitInKit),
            ("K", [{"code": "A"}, {"code": "A"}], ComponentTwice),
            ("A", [{"code": "K"}], NotAKit),
        ],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, code, parts, refusal) -> None:
        kits = [new_sku(name, kind="kit", components=[{"code": "A"}]) for name in ("K", "K2")]
        skus = dict(zip(("A", "K", "K2"), await make(act, new_sku("A"), *kits), strict=True))
        before = await everything(admin_conn)
        with pytest.raises(refusal):
            await act("catalog.define_kit", {"sku_id": str(skus[code]), "components": parts})
        assert await everything(admin_conn) == before

    async def test_the_database_itself_refuses_empty_kits_and_kits_of_kits(self, act, admin_conn) -> None:
        a, kit = await make(act, new_sku("A"), new_sku("K", kind="kit", components=[{"code": "A"}]))
        with pytest.raises(asyncpg.CheckViolationError, match="has no components"):
            await admin_conn.execute("DELETE FROM kit_components")
        with pytest.raises(asyncpg.CheckViolationError, match="has no components"):
            await admin_conn.execute(
                "INSERT INTO skus SELECT $1, product_id, 9, 'EMPTY', name, attributes, 0, 1, currency, priced_at, kind,"
                " status, 1, created_at, cause FROM skus WHERE id = $2",
                new_id(),
                kit,
            )
        with pytest.raises(asyncpg.CheckViolationError):
            await admin_conn.execute("UPDATE kit_components SET component_id = kit_id, component_kind = 'kit'")
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await admin_conn.execute("UPDATE kit_components SET component_id = kit_id")
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await admin_conn.execute("UPDATE skus SET kind = 'service' WHERE id = $1", a)
