"""Creating, listing and looking up products and SKUs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.money import UnknownCurrency
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service
from shangmai.modules.catalog.contract import (
    Barcode,
    BarcodeTaken,
    CategoryNameTaken,
    CategoryNotFound,
    CodeInvalid,
    CreatedProduct,
    CreateProduct,
    NeverListed,
    NewSku,
    NothingToSell,
    ProductCodeTaken,
    ProductNotFound,
    Sku,
    SkuCodeTaken,
    SkuId,
    SkuKind,
    SkuNotFound,
)

BARCODE = {"text": "X"}
TABLES = ("categories", "products", "skus", "sku_barcodes", "kit_components", "sku_prices", "events")


async def counts(conn: asyncpg.Connection[Any]) -> dict[str, int]:
    return {table: await conn.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def events(conn: asyncpg.Connection[Any], name: str) -> list[Any]:
    rows = await conn.fetch("SELECT payload::text FROM events WHERE name = $1 ORDER BY seq", name)
    return [json.loads(row["payload"]) for row in rows]


def new_sku(code: str, price_minor: int = 1000, **more: Any) -> dict[str, Any]:
    return {"code": code, "price_minor": price_minor, "currency": "CNY", **more}


def product(code: str, *skus: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": code, "name": f"商品 {code}", "skus": list(skus) or [new_sku(code)], **more}


@asynccontextmanager
async def counted(tx: Tx) -> AsyncIterator[list[str]]:
    """The statements that the body sends."""
    sent: list[str] = []
    with tx.conn.query_logger(lambda query: sent.append(query.query)):
        yield sent
        await asyncio.sleep(0)  # the driver tells of a statement in the loop's next turn


class TestCreate:
    async def test_a_product_with_its_skus(self, act, db: Database, admin_conn) -> None:
        made = await act(
            "catalog.create_product",
            product(
                " T-SHIRT ",
                new_sku("TS RED", 5900, attributes={"颜色": "红"}, barcodes=[{"text": "6901234567892"}], weight_g=200),
                new_sku(
                    "TS BLUE", 6900, name="蓝色T恤", barcodes=[{"text": "B-1"}, {"text": "12345678", "internal": True}]
                ),
                brand="某某",
            ),
        )
        assert made.code == "T-SHIRT"
        assert [sku.code for sku in made.skus] == ["TS RED", "TS BLUE"]
        red, blue = (sku.id for sku in made.skus)
        async with db.reading(SYSTEM) as tx:
            assert await service.get_skus(tx, [red, blue]) == {
                red: Sku(
                    id=red,
                    product_id=made.id,
                    code="TS RED",
                    name="商品  T-SHIRT",
                    kind=SkuKind.GOODS,
                    active=True,
                    weight_g=200,
                    price_minor=5900,
                    currency="CNY",
                ),
                blue: Sku(
                    id=blue,
                    product_id=made.id,
                    code="TS BLUE",
                    name="蓝色T恤",
                    kind=SkuKind.GOODS,
                    active=True,
                    weight_g=0,
                    price_minor=6900,
                    currency="CNY",
                ),
            }
        assert await counts(admin_conn) == {
            "categories": 0, "products": 1, "skus": 2, "sku_barcodes": 3, "kit_components": 0, "sku_prices": 2,
            "events": 2,
        }  # fmt: skip
        assert len(await events(admin_conn, "catalog.brand_changed.v1")) == 1
        assert await events(admin_conn, "catalog.product_created.v1") == [
            {"product_id": str(made.id), "code": "T-SHIRT", "sku_ids": [str(red), str(blue)]}
        ]

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            (product("NEW", new_sku("OLD-1")), SkuCodeTaken),
            (product("OLD", new_sku("NEW-1")), ProductCodeTaken),
            (product("NEW", new_sku("NEW-1"), new_sku("NEW-1 ")), SkuCodeTaken),
            (product("NEW", new_sku("NEW-1", barcodes=[{"text": "036000291452"}])), BarcodeTaken),
            (product("NEW", new_sku("N1", barcodes=[BARCODE]), new_sku("N2", barcodes=[BARCODE])), BarcodeTaken),
            (product("NEW", new_sku("new-1")), CodeInvalid),
            (product("NEW", new_sku("NEW-1"), category_id=str(new_id())), CategoryNotFound),
            (product("NEW", {**new_sku("NEW-1"), "currency": "XXX"}), UnknownCurrency),
            (product("NEW", new_sku("K", kind="kit", components=[{"code": "NONE"}])), SkuNotFound),
        ],
    )  # fmt: skip
    async def test_a_refused_product_leaves_nothing(self, act, admin_conn, given, refusal) -> None:
        await act("catalog.create_product", product("OLD", new_sku("OLD-1", barcodes=[{"text": "0036000291452"}])))
        before = await counts(admin_conn)
        with pytest.raises(refusal):
            await act("catalog.create_product", given)
        assert await counts(admin_conn) == before

    async def test_a_taken_code_names_who_has_it(self, act) -> None:
        first = await act("catalog.create_product", product("P", new_sku("S", barcodes=[{"text": "B"}])))
        with pytest.raises(ProductCodeTaken) as refused:
            await act("catalog.create_product", product("P", new_sku("S2")))
        assert refused.value.data == {"code": "P", "product_id": first.id}
        with pytest.raises(SkuCodeTaken) as taken:
            await act("catalog.create_product", product("P2", new_sku("S")))
        assert taken.value.data == {"code": "S", "sku_id": first.skus[0].id}
        with pytest.raises(BarcodeTaken) as scanned:
            await act("catalog.create_product", product("P2", new_sku("S2", barcodes=[{"text": "B"}])))
        assert scanned.value.data == {"barcode": "B", "sku_id": first.skus[0].id}

    async def test_in_a_list_the_first_wins_and_neighbours_are_unharmed(self, runner: Runner, admin_conn) -> None:
        def call(code: str, sku: str) -> Call:
            do = CreateProduct(code=code, name=code, skus=(NewSku(code=sku, price_minor=1, currency="CNY"),))
            return Call(action="catalog.create_product", input=do, actor=SYSTEM, door="test")

        answers = await runner.run_list([call("A", "A1"), call("A", "A2"), call("B", "A1"), call("B", "B1")])
        assert [type(each.error or each.value) for each in answers] == [
            CreatedProduct, ProductCodeTaken, SkuCodeTaken, CreatedProduct
        ]  # fmt: skip
        assert [row["code"] for row in await admin_conn.fetch("SELECT code FROM skus ORDER BY code")] == ["A1", "B1"]

    async def test_two_at_once_make_one_product(self, db: Database, admin_conn) -> None:
        """Two processes, each with a batch of its own: overlapping codes, in opposite order."""

        async def make(codes: list[str]) -> list[Any]:
            calls = [
                Call(
                    action="catalog.create_product",
                    input=CreateProduct(
                        code=code, name=code, skus=(NewSku(code=f"S{code}", price_minor=1, currency="CNY"),)
                    ),
                    actor=SYSTEM,
                    door="test",
                )
                for code in codes
            ]
            return [answer.error for answer in await Runner(db).run_list(calls)]

        codes = [f"C{n}" for n in range(60)]
        told = await asyncio.gather(*(make(order) for order in (codes, codes[::-1]) * 3))
        refusals = [error for errors in told for error in errors if error is not None]
        assert {type(error) for error in refusals} == {ProductCodeTaken}
        assert len(refusals) == 5 * 60
        assert (await counts(admin_conn))["products"] == 60
        assert (await counts(admin_conn))["events"] == 60

    async def test_a_race_for_a_sku_code_and_a_barcode_is_decided(self, db: Database, admin_conn) -> None:
        """The other transaction holds the code uncommitted while this one has looked and found nothing."""
        do = CreateProduct(
            code="MINE", name="n", skus=(NewSku(code="S", price_minor=1, currency="CNY", barcodes=(Barcode("B"),)),)
        )
        call = Call(action="catalog.create_product", input=do, actor=SYSTEM, door="test")
        other = admin_conn.transaction()
        await other.start()
        theirs, product_id = new_id(), new_id()
        await admin_conn.execute(
            "INSERT INTO products (id, code, name, name_en, status, created_at, cause)"
            " VALUES ($1, 'THEIRS', 'n', '', 'draft', now(), $1)",
            product_id,
        )
        await admin_conn.execute(
            "INSERT INTO skus (id, product_id, position, code, name, attributes, weight_g, price_minor, currency,"
            " priced_at, kind, status, created_at, cause)"
            " VALUES ($1, $2, 0, 'THEIRS', 'n', '{}', 0, 1, 'CNY', now(), 'goods', 'active', now(), $1)",
            theirs,
            product_id,
        )
        await admin_conn.execute("INSERT INTO sku_barcodes VALUES ('B', 'B', false, $1, 0)", theirs)
        waiting = asyncio.create_task(Runner(db).run_list([call]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await other.commit()
        (answer,) = await waiting
        assert isinstance(answer.error, BarcodeTaken)
        assert answer.error.data == {"barcode": "B", "sku_id": theirs}
        assert (await counts(admin_conn))["products"] == 1


class TestListing:
    async def test_list_and_delist_are_each_others_inverse(self, act, admin_conn) -> None:
        made = await act("catalog.create_product", product("P"))
        one = {"product_id": str(made.id)}
        assert (await act("catalog.list_product", one)).status == "listed"
        assert (await act("catalog.list_product", one)).status == "listed"  # again: nothing
        assert (await act("catalog.delist_product", one)).status == "delisted"
        assert (await act("catalog.list_product", one)).status == "listed"
        listed = {"product_id": str(made.id), "code": "P"}
        assert await events(admin_conn, "catalog.product_listed.v1") == [listed, listed]
        assert await events(admin_conn, "catalog.product_delisted.v1") == [listed]
        assert await admin_conn.fetchval("SELECT version FROM products") == 4

    async def test_what_cannot_be_listed(self, act, admin_conn) -> None:
        made = await act("catalog.create_product", product("P", new_sku("S", status="inactive")))
        before = await admin_conn.fetch("SELECT * FROM products")
        with pytest.raises(NothingToSell):
            await act("catalog.list_product", {"product_id": str(made.id)})
        with pytest.raises(NeverListed):
            await act("catalog.delist_product", {"product_id": str(made.id)})
        with pytest.raises(ProductNotFound):
            await act("catalog.list_product", {"product_id": str(new_id())})
        assert await admin_conn.fetch("SELECT * FROM products") == before


class TestLookups:
    async def test_skus_are_read_in_one_statement_each(self, act, db: Database) -> None:
        made = await act("catalog.create_product", product("P", *(new_sku(f"S{n}") for n in range(300))))
        await act(
            "catalog.create_product", product("K", new_sku("K", kind="kit", components=[{"code": "S1", "qty": 2}]))
        )
        ids = [sku.id for sku in made.skus]
        async with db.reading(SYSTEM) as tx:
            async with counted(tx) as sent:
                by_id = await service.get_skus(tx, [*ids, ids[0], SkuId(new_id())])
            async with counted(tx) as sent_by_code:
                by_code = await service.find_skus(tx, ["S0", "K", "NONE"])
        assert (len(sent), len(sent_by_code)) == (1, 1)
        assert [by_id[id_].code for id_ in ids] == [f"S{n}" for n in range(300)]
        assert len(by_id) == 300
        assert by_code.keys() == {"S0", "K"}
        assert [(c.sku_id, c.qty) for c in by_code["K"].components] == [(ids[1], 2)]

    async def test_barcodes_are_found_in_every_spelling(self, act, db: Database) -> None:
        made = await act("catalog.create_product", product("P", new_sku("S", barcodes=[{"text": "036000291452"}])))
        async with db.reading(SYSTEM) as tx, counted(tx) as sent:
            found = await service.find_skus_by_barcode(tx, ["0036000291452", "00036000291452", "36000291452", "X"])
        assert len(sent) == 1
        assert {barcode: sku.id for barcode, sku in found.items()} == dict.fromkeys(
            ["0036000291452", "00036000291452"], made.skus[0].id
        )


async def test_categories_are_a_tree_without_twins(act, admin_conn) -> None:
    top = await act("catalog.create_category", {"name": "服装", "name_en": "Clothing"})
    below = await act("catalog.create_category", {"name": "服装", "parent_id": str(top.id)})
    assert (top.parent_id, below.parent_id) == (None, top.id)
    before = await counts(admin_conn)
    with pytest.raises(CategoryNameTaken):
        await act("catalog.create_category", {"name": "服装"})
    with pytest.raises(CategoryNotFound):
        await act("catalog.create_category", {"name": "鞋", "parent_id": str(new_id())})
    assert await counts(admin_conn) == before
