"""What is said of products, and the attributes, brands and categories it is said by."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call, InputInvalid
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import (
    AttributeInUse,
    AttributeKeyInvalid,
    AttributeKindFixed,
    AttributeNotFound,
    BrandNameTaken,
    BrandNotFound,
    CategoryInItself,
    CategoryNameTaken,
    CategoryNotFound,
    LanguageInvalid,
    MediaNeedsSource,
    MediaSkuNotFound,
    OneValueOnly,
    OptionInUse,
    OptionsNotFitting,
    OrderLimitsUnfit,
    ProductChangedMeanwhile,
    ProductId,
    ProductNotFound,
    RelatedNotFound,
    RelatedToItself,
    TaxRateInvalid,
    UpdateProduct,
    ValueNotFitting,
)
from tests.catalog.test_describing import COLOR, described
from tests.catalog.test_products import events, new_sku, product

TABLES = (
    "products",
    "product_descriptions",
    "product_media",
    "product_relations",
    "product_titles",
    "brands",
    "events",
)


async def everything(conn: asyncpg.Connection[Any]) -> list[Any]:
    return [await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


async def make(act, code: str = "P", *skus: dict[str, Any], **more: Any) -> str:
    return str((await act("catalog.create_product", product(code, *skus, **more))).id)


class TestUpdateProduct:
    async def test_what_is_given_changes_and_the_rest_stays(self, act, db: Database, admin_conn) -> None:
        id_ = await make(act, brand="旧牌", attributes={"产地": "杭州", "material": "棉"}, tags=["a"])
        changed = await act(
            "catalog.update_product",
            {"product_id": id_, "brand": "新牌", "attribute_changes": {"产地": "", "年份": "2026"}},
        )
        assert (changed.code, changed.version, changed.changed) == ("P", 2, True)
        (shown,) = await described(db, ProductId(changed.product_id))
        assert {each.key: each.values[0].value for each in shown.attributes} == {"material": "棉", "年份": "2026"}
        assert shown.brand is not None
        assert (shown.brand.name, shown.tags) == ("新牌", ("a",))
        await act("catalog.update_product", {"product_id": id_, "attributes": {}, "brand": "", "tags": []})
        (shown,) = await described(db, ProductId(changed.product_id))
        assert (shown.attributes, shown.brand, shown.tags) == ((), None, ())
        assert len(await events(admin_conn, "catalog.brand_changed.v1")) == 2
        assert len(await events(admin_conn, "catalog.product_changed.v1")) == 2

    async def test_the_same_again_changes_nothing(self, act, admin_conn) -> None:
        id_ = await make(act)
        same = {
            "product_id": id_,
            "brand": "牌",
            "attributes": {"a": ["x", "y"]},
            "tags": ["t"],
            "names": {"ja": "品"},
            "descriptions": {"en": {"summary": "s", "body": "one\n\ntwo"}},
            "media": [{"url": "https://example.com/a.jpg"}],
            "tax_rate": "0.130",
        }
        assert (await act("catalog.update_product", same)).changed
        before = await everything(admin_conn)
        told = await act("catalog.update_product", same)
        assert (told.changed, told.version) == (False, 2)
        assert await everything(admin_conn) == before

    async def test_titles_are_kept(self, act, admin_conn) -> None:
        id_ = await make(act)
        await act("catalog.update_product", {"product_id": id_, "name": "新名"})
        await act("catalog.update_product", {"product_id": id_, "tags": ["x"]})
        rows = await admin_conn.fetch(
            "SELECT t.name, l.action FROM product_titles t JOIN action_log l ON l.id = t.cause ORDER BY t.seq"
        )
        assert [tuple(row) for row in rows] == [
            ("商品 P", "catalog.create_product"),
            ("新名", "catalog.update_product"),
        ]

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"product_id": str(new_id())}, ProductNotFound),
            ({"version": 7}, ProductChangedMeanwhile),
            ({"category_id": str(new_id())}, CategoryNotFound),
            ({"attributes": {"color": "紫"}}, ValueNotFitting),
            ({"attribute_changes": {"color": ["红", "蓝"]}}, OneValueOnly),
            ({"attributes": {" ": "x"}}, AttributeKeyInvalid),
            ({"names": {"en": "x"}}, LanguageInvalid),
            ({"descriptions": {"x_y": {"body": "x"}}}, LanguageInvalid),
            ({"descriptions": {"en": {"body": [{"type": "picture"}]}}}, MediaNeedsSource),
            ({"media": [{"alt": "无"}]}, MediaNeedsSource),
            ({"media": [{"url": "/a.jpg", "file": "a" * 64}]}, MediaNeedsSource),
            ({"media": [{"url": "/a.jpg", "sku": "OTHER"}]}, MediaSkuNotFound),
            ({"related": [{"product": "NONE"}]}, RelatedNotFound),
            ({"related": [{"product": "P"}]}, RelatedToItself),
            ({"related": [{"product": "OTHER"}, {"product": "OTHER"}]}, RelatedToItself),
            ({"tax_rate": "1.5"}, TaxRateInvalid),
            ({"tax_rate": "0.12345"}, TaxRateInvalid),
            ({"tax_rate": "NaN"}, TaxRateInvalid),
        ],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, change, refusal) -> None:
        await act("catalog.define_attribute", COLOR)
        await make(act, "OTHER")
        id_ = await make(act)
        before = await everything(admin_conn)
        with pytest.raises(refusal):
            await act("catalog.update_product", {"product_id": id_, "name": "X", "brand": "新", **change})
        assert await everything(admin_conn) == before

    async def test_in_a_list_neighbours_are_unharmed_and_one_product_takes_both(
        self, act, runner: Runner, admin_conn
    ) -> None:
        for code in ("A", "B"):
            await make(act, code)

        def call(id_: Any, **change: Any) -> Call:
            do = UpdateProduct(product_id=id_, **change)
            return Call(action="catalog.update_product", input=do, actor=SYSTEM, door="test")

        ids = await admin_conn.fetch("SELECT id FROM products ORDER BY code")
        a, b = (ProductId(row["id"]) for row in ids)
        answers = await runner.run_list(
            [
                call(a, name="一", brand="同"),
                call(ProductId(new_id())),
                call(b, brand="同", tags=("x",)),
                call(a, name="二", tags=("y",)),
            ]
        )
        assert [type(each.error).__name__ for each in answers] == [
            "NoneType",
            "ProductNotFound",
            "NoneType",
            "NoneType",
        ]
        assert [each.value.version for each in answers if each.value] == [2, 2, 3]
        rows = await admin_conn.fetch("SELECT code, name, tags, version FROM products ORDER BY code")
        assert [tuple(row) for row in rows] == [("A", "二", ["y"], 3), ("B", "商品 B", ["x"], 2)]
        assert await admin_conn.fetchval("SELECT count(*) FROM brands") == 1
        titles = await admin_conn.fetch("SELECT name FROM product_titles WHERE product_id = $1 ORDER BY seq", a)
        assert [row["name"] for row in titles] == ["商品 A", "一", "二"]
        assert len(await events(admin_conn, "catalog.product_changed.v1")) == 2

    async def test_two_at_once_make_one_brand(self, db: Database, act, admin_conn) -> None:
        ids = [await make(act, code) for code in ("A", "B")]
        runners = [Runner(db), Runner(db)]
        calls = [
            Call(
                action="catalog.update_product",
                input=UpdateProduct(product_id=ProductId(row["id"]), brand=brand),
                actor=SYSTEM,
                door="test",
            )
            for row, brand in zip(
                await admin_conn.fetch("SELECT id FROM products ORDER BY code"), ("Acme", "ACME"), strict=True
            )
        ]
        told = await asyncio.gather(*(r.run(call) for r, call in zip(runners, calls, strict=True)))
        assert [each.error for each in told] == [None, None]
        assert await admin_conn.fetchval("SELECT count(*) FROM brands") == 1
        assert await admin_conn.fetchval("SELECT count(*) FROM products WHERE brand_id IS NOT NULL") == len(ids)

    async def test_every_kind_of_block_comes_back_as_it_was(self, act, db: Database) -> None:
        blocks: list[dict[str, Any]] = [
            {"type": "heading", "text": "<script>alert(1)</script>"},
            {"type": "paragraph", "text": "一\n二"},
            {"type": "list", "items": ["a", "b"]},
            {"type": "table", "rows": [["产地", "杭州"], ["净重", "250 g"]]},
            {"type": "picture", "url": "/files/a.jpg", "alt": "图"},
            {"type": "film", "file": "b" * 64},
        ]
        id_ = await make(act)
        changed = await act("catalog.update_product", {"product_id": id_, "descriptions": {"zh-CN": {"body": blocks}}})
        (shown,) = await described(db, changed.product_id)
        told = msgspec.json.decode(msgspec.json.encode(shown.descriptions["zh-CN"].blocks))
        assert [{name: each[name] for name in given} for given, each in zip(blocks, told, strict=True)] == blocks
        await act("catalog.update_product", {"product_id": id_, "descriptions": {"zh-CN": {}}})
        (shown,) = await described(db, changed.product_id)
        assert shown.descriptions == {}

    @pytest.mark.parametrize(
        "change",
        [
            {"media": [{"url": "javascript:alert(1)"}]},
            {"media": [{"url": "data:text/html,x"}]},
            {"media": [{"url": "//elsewhere.example.com/a.jpg"}]},
            {"media": [{"url": 'https://example.com/a.jpg" onerror="x'}]},
            {"media": [{"file": "../../etc/passwd"}]},
            {"descriptions": {"en": {"body": [{"type": "html", "text": "<b>"}]}}},
            {"descriptions": {"en": {"body": [{"type": "picture", "url": "javascript:alert(1)"}]}}},
        ],
    )
    def test_what_could_run_in_a_browser_has_no_form_here(self, change: dict[str, Any]) -> None:
        with pytest.raises(InputInvalid):
            read_input(ACTIONS["catalog.update_product"], {"product_id": str(new_id()), **change})


class TestSkuFacts:
    async def test_attribute_changes_touch_only_what_they_name(self, act) -> None:
        await act("catalog.define_attribute", COLOR)
        made = await act("catalog.create_product", product("P", new_sku("S", attributes={"color": "红", "码": "M"})))
        sku = {"sku_id": str(made.skus[0].id)}
        changed = await act("catalog.update_sku", {**sku, "attribute_changes": {"color": "Blue", "季": "夏"}})
        assert changed.attributes == {"码": "M", "color": "blue", "季": "夏"}
        changed = await act("catalog.update_sku", {**sku, "attribute_changes": {"码": ""}})
        assert changed.attributes == {"color": "blue", "季": "夏"}
        with pytest.raises(ValueNotFitting):
            await act("catalog.update_sku", {**sku, "attribute_changes": {"color": "紫"}})

    async def test_limits_that_nothing_keeps_are_refused(self, act, admin_conn) -> None:
        made = await act("catalog.create_product", product("P"))
        sku = {"sku_id": str(made.skus[0].id)}
        changed = await act("catalog.update_sku", {**sku, "min_qty": 5, "max_qty": 12, "qty_step": 6})
        assert (changed.min_qty, changed.max_qty, changed.qty_step) == (5, 12, 6)
        for limits in ({"min_qty": 7, "max_qty": 11}, {"max_qty": 5}, {"min_qty": 13}):
            with pytest.raises(OrderLimitsUnfit):
                await act("catalog.update_sku", {**sku, **limits})
        assert (await act("catalog.update_sku", {**sku, "max_qty": None})).max_qty is None
        with pytest.raises(OrderLimitsUnfit):
            await act("catalog.create_product", product("Q", new_sku("Q", min_qty=3, max_qty=2)))


class TestAttributes:
    async def test_defined_and_defined_anew(self, act, admin_conn) -> None:
        first = await act("catalog.define_attribute", COLOR)
        assert await act("catalog.define_attribute", COLOR) == first  # again: nothing
        options = [{"key": "blue", "name": "湖蓝"}, *COLOR["options"][:1], {"key": "green", "name": "绿"}]
        anew = await act("catalog.define_attribute", {**COLOR, "filterable": False, "options": options})
        assert (anew.id, anew.filterable) == (first.id, False)
        assert [option.key for option in anew.options] == ["blue", "red", "green"]
        assert len(await events(admin_conn, "catalog.attribute_changed.v1")) == 2

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({**COLOR, "key": "a b"}, AttributeKeyInvalid),
            ({**COLOR, "key": "size"}, AttributeKindFixed),
            ({**COLOR, "options": COLOR["options"][1:]}, OptionInUse),
            ({**COLOR, "options": []}, OptionsNotFitting),
            ({**COLOR, "kind": "text"}, OptionsNotFitting),
            (
                {**COLOR, "key": "new", "options": [{"key": "a", "name": "x"}, {"key": "X", "name": "y"}]},
                OptionsNotFitting,
            ),
        ],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, given, refusal) -> None:
        await act("catalog.define_attribute", COLOR)
        await act("catalog.define_attribute", {"key": "size", "name": "尺码", "kind": "text"})
        await make(act, "P", new_sku("S", attributes={"color": "red"}), attributes={"size": "大"})
        sql = "SELECT a.*, o.* FROM attributes a LEFT JOIN attribute_options o ON o.attribute_id = a.id ORDER BY 2, 12"
        before = await admin_conn.fetch(sql)
        with pytest.raises(refusal):
            await act("catalog.define_attribute", given)
        assert await admin_conn.fetch(sql) == before

    async def test_removed_when_nothing_uses_it(self, act, admin_conn) -> None:
        color = await act("catalog.define_attribute", COLOR)
        id_ = await make(act, attributes={"color": "red"})
        one = {"attribute_id": str(color.id)}
        with pytest.raises(AttributeInUse):
            await act("catalog.remove_attribute", one)
        await act("catalog.update_product", {"product_id": id_, "attributes": {}})
        await act("catalog.remove_attribute", one)
        assert await admin_conn.fetchval("SELECT count(*) FROM attribute_options") == 0
        with pytest.raises(AttributeNotFound):
            await act("catalog.remove_attribute", one)

    @pytest.mark.parametrize(
        ("kind", "given", "kept"),
        [
            ("number", "１２.50", "12.5"),
            ("number", "-3", "-3"),
            ("number", "100", "100"),
            ("flag", "是", "true"),
            ("flag", "No", "false"),
            ("text", " 任意 ", "任意"),
        ],
    )
    async def test_values_are_kept_in_one_spelling(self, act, db: Database, kind, given, kept) -> None:
        await act("catalog.define_attribute", {"key": "k", "name": "k", "kind": kind})
        made = await act("catalog.create_product", product("P", attributes={"k": given}))
        assert [value.value for value in (await described(db, made.id))[0].attributes[0].values] == [kept]

    @pytest.mark.parametrize(
        ("kind", "given", "refusal"),
        [
            ("number", "十", ValueNotFitting),
            ("number", "1e5", ValueNotFitting),
            ("flag", "也许", ValueNotFitting),
            ("text", ["a", "b"], OneValueOnly),
        ],
    )
    async def test_values_that_do_not_fit(self, act, kind, given, refusal) -> None:
        await act("catalog.define_attribute", {"key": "k", "name": "k", "kind": kind})
        with pytest.raises(refusal):
            await make(act, attributes={"k": given})


class TestBrandsAndCategories:
    async def test_brands_are_known_by_name_whatever_the_case(self, act, admin_conn) -> None:
        brand = await act("catalog.create_brand", {"name": "Acme", "name_en": "Acme"})
        await make(act, brand=" ACME ")
        with pytest.raises(BrandNameTaken):
            await act("catalog.create_brand", {"name": "acme"})
        other = await act("catalog.create_brand", {"name": "Other"})
        with pytest.raises(BrandNameTaken):
            await act("catalog.update_brand", {"brand_id": str(other.id), "name": "ACME"})
        changed = await act("catalog.update_brand", {"brand_id": str(brand.id), "logo": "/logo.svg"})
        assert (changed.name, changed.logo) == ("Acme", "/logo.svg")
        with pytest.raises(BrandNotFound):
            await act("catalog.update_brand", {"brand_id": str(new_id()), "name": "x"})
        rows = await admin_conn.fetch("SELECT name FROM brands ORDER BY name")
        assert [row["name"] for row in rows] == ["Acme", "Other"]
        assert await admin_conn.fetchval("SELECT brand_id FROM products") == brand.id
        assert len(await events(admin_conn, "catalog.brand_changed.v1")) == 3

    async def test_a_branch_moves_but_never_below_itself(self, act, admin_conn) -> None:
        a = await act("catalog.create_category", {"name": "A"})
        b = await act("catalog.create_category", {"name": "B", "parent_id": str(a.id), "position": 3})
        c = await act("catalog.create_category", {"name": "C", "parent_id": str(b.id)})
        before = await admin_conn.fetch("SELECT * FROM categories ORDER BY id")
        for target in (a, b, c):
            with pytest.raises(CategoryInItself):
                await act("catalog.update_category", {"category_id": str(a.id), "parent_id": str(target.id)})
        for change, refusal in (
            ({"category_id": str(new_id()), "name": "x"}, CategoryNotFound),
            ({"category_id": str(b.id), "parent_id": str(new_id())}, CategoryNotFound),
            ({"category_id": str(b.id), "parent_id": None, "name": "A"}, CategoryNameTaken),
        ):
            with pytest.raises(refusal):
                await act("catalog.update_category", change)
        assert await admin_conn.fetch("SELECT * FROM categories ORDER BY id") == before
        moved = await act("catalog.update_category", {"category_id": str(b.id), "parent_id": None, "name_en": "b"})
        assert (moved.parent_id, moved.name, moved.name_en, moved.position) == (None, "B", "b", 3)
        assert await act("catalog.update_category", {"category_id": str(b.id)}) == moved
        assert len(await events(admin_conn, "catalog.category_changed.v1")) == 4

    async def test_two_moves_at_once_make_no_ring(self, db: Database, act, admin_conn) -> None:
        a, b = [await act("catalog.create_category", {"name": name}) for name in "AB"]
        moves = ((a, b), (b, a))
        told = await asyncio.gather(
            *(act("catalog.update_category", {"category_id": str(x.id), "parent_id": str(y.id)}) for x, y in moves),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in told) == ["Category", "CategoryInItself"]
        assert await admin_conn.fetchval("SELECT count(*) FROM categories WHERE parent_id IS NULL") == 1
