"""Products made of axes and values: many SKUs in one action, or none at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.db.database import Database
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    Axis,
    AxisNotChoice,
    AxisTwice,
    AxisValue,
    AxisValueMissing,
    CodeInvalid,
    CreateVariants,
    NoVariants,
    PatternUnknown,
    PriceBelowZero,
    ProductNotFound,
    SkuCodeTaken,
    TooManyVariants,
    ValueNotFitting,
    VariantTwice,
    VariantUnknown,
)
from tests.catalog.test_describing import COLOR, described
from tests.catalog.test_products import counts, events, new_sku, product


def axis(key: str, *values: str | dict[str, Any]) -> dict[str, Any]:
    return {"attribute": key, "values": [{"value": each} if isinstance(each, str) else each for each in values]}


def variants(*axes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": "TEE", "name": "T 恤", "axes": list(axes), "price_minor": 5900, "currency": "CNY", **more}


async def test_three_attributes_of_four_values_are_64_skus(act, db: Database, admin_conn) -> None:
    made = await act(
        "catalog.create_variants",
        variants(
            axis("颜色", "红", "蓝", "绿", "黑"),
            axis("size", "S", "M", "L", {"value": "XL", "price_add_minor": 500, "weight_add_g": 20}),
            axis("fit", "slim", "regular", "loose", "wide"),
            weight_g=180,
            variants=[
                {
                    "values": {"颜色": "黑", "size": "XL", "fit": "wide"},
                    "code": "SPECIAL",
                    "name": "限量",
                    "price_minor": 9900,
                    "barcodes": [{"text": "6901234567892"}],
                }
            ],
        ),
    )
    assert len(made.skus) == 64
    assert [sku.code for sku in made.skus[:5]] == [
        "TEE-1-S-SLIM", "TEE-1-S-REGULAR", "TEE-1-S-LOOSE", "TEE-1-S-WIDE", "TEE-1-M-SLIM"
    ]  # fmt: skip
    (tee,) = await described(db, made.id)
    assert [each.key for each in tee.axes] == ["颜色", "size", "fit"]
    assert [len(each.values) for each in tee.axes] == [4, 4, 4]
    assert len({tuple(sku.attributes.items()) for sku in tee.skus}) == 64
    by_code = {sku.code: sku for sku in tee.skus}
    extra = by_code["TEE-4-XL-LOOSE"]
    assert (extra.name, extra.price_minor, extra.weight_g) == ("T 恤 黑 XL loose", 6400, 200)
    assert (by_code["SPECIAL"].name, by_code["SPECIAL"].price_minor) == ("限量", 9900)
    assert (await counts(admin_conn))["sku_prices"] == 64
    assert len(await events(admin_conn, "catalog.product_created.v1")) == 1


async def test_patterns_names_of_options_and_what_is_skipped(act, db: Database) -> None:
    await act("catalog.define_attribute", COLOR)
    made = await act(
        "catalog.create_variants",
        variants(
            axis("color", "Blue", {"value": "红", "code": "RD"}),
            axis("size", "S", "L"),
            sku_code="{size}_{color}-{code}",
            sku_name="{name}（{color}，{size}）",
            variants=[{"values": {"color": "red", "size": "S"}, "skip": True}],
        ),
    )
    (tee,) = await described(db, made.id)
    assert [(sku.code, sku.name, sku.attributes) for sku in tee.skus] == [
        ("S_BLUE-TEE", "T 恤（蓝，S）", {"color": "blue", "size": "S"}),
        ("L_BLUE-TEE", "T 恤（蓝，L）", {"color": "blue", "size": "L"}),
        ("L_RD-TEE", "T 恤（红，L）", {"color": "red", "size": "L"}),
    ]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (variants(axis("color", "紫")), ValueNotFitting),
        (variants(axis("color", "red", "Red")), AxisTwice),
        (variants(axis("size", "S"), axis("size", "M")), AxisTwice),
        (variants(axis("width", "5")), AxisNotChoice),
        (variants(*(axis(f"a{n}", *map(str, range(8))) for n in range(3))), TooManyVariants),
        (variants(axis("size", "S"), variants=[{"values": {"size": "M"}}]), VariantUnknown),
        (variants(axis("size", "S"), variants=[{"values": {"size": "S", "fit": "slim"}}]), VariantUnknown),
        (variants(axis("size", "S", "M"), variants=[{"values": {"size": "S"}}] * 2), VariantTwice),
        (variants(axis("size", "S"), variants=[{"values": {"size": "S"}, "skip": True}]), NoVariants),
        (variants(axis("size", "S"), sku_code="{code}-{colour}"), PatternUnknown),
        (variants(axis("size", "S"), sku_code="{code.__class__}"), PatternUnknown),
        (variants(axis("size", "S"), sku_code="{code"), PatternUnknown),
        (variants(axis("size", "S", "M"), sku_code="{code}"), SkuCodeTaken),
        (variants(axis("size", "S"), sku_code="{code}/{size}"), CodeInvalid),
        (variants(axis("size", {"value": "S", "price_add_minor": -6000})), PriceBelowZero),
        (variants(axis("size", "S", "OLD"), sku_code="{size}"), SkuCodeTaken),
    ],
)
async def test_a_bad_combination_leaves_nothing(act, admin_conn, given, refusal) -> None:
    await act("catalog.define_attribute", COLOR)
    await act("catalog.define_attribute", {"key": "width", "name": "宽", "kind": "number"})
    await act("catalog.create_product", product("OLD"))
    before = await counts(admin_conn)
    with pytest.raises(refusal):
        await act("catalog.create_variants", given)
    assert await counts(admin_conn) == before


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_every_combination_is_there_once(sizes: list[int]) -> None:
    do = CreateVariants(
        code="P",
        name="P",
        axes=tuple(
            Axis(attribute=f"a{n}", values=tuple(AxisValue(value=f"v{place}") for place in range(size)))
            for n, size in enumerate(sizes)
        ),
        price_minor=100,
        currency="CNY",
    )
    count = 1
    for size in sizes:
        count *= size
    if count > 500:
        with pytest.raises(TooManyVariants):
            rules.expand(do, {})
        return
    skus = rules.expand(do, {}).skus
    assert len({sku.code for sku in skus}) == len({tuple(sku.attributes.items()) for sku in skus}) == count


class TestMoreSkus:
    async def test_they_come_behind_the_others(self, act, db: Database, admin_conn) -> None:
        made = await act("catalog.create_variants", variants(axis("size", "S", "M")))
        await act("catalog.list_product", {"product_id": str(made.id)})
        more = await act(
            "catalog.add_skus",
            {"product_id": str(made.id), "skus": [new_sku("L", attributes={"size": "L"}, name="大")]},
        )
        assert (more.id, more.code, [sku.code for sku in more.skus]) == (made.id, "TEE", ["L"])
        (tee,) = await described(db, made.id)
        assert [sku.code for sku in tee.skus] == ["TEE-S", "TEE-M", "L"]
        assert (tee.listed, tee.version) == (True, 3)
        assert len(await events(admin_conn, "catalog.product_changed.v1")) == 2

    @pytest.mark.parametrize(
        ("sku", "refusal"),
        [
            (new_sku("X", attributes={"size": "S"}), VariantTwice),
            (new_sku("X"), AxisValueMissing),
            (new_sku("TEE-S", attributes={"size": "L"}), SkuCodeTaken),
        ],
    )
    async def test_refused_adds_nothing(self, act, admin_conn, sku, refusal) -> None:
        made = await act("catalog.create_variants", variants(axis("size", "S", "M")))
        before = await counts(admin_conn)
        with pytest.raises(refusal):
            await act(
                "catalog.add_skus",
                {"product_id": str(made.id), "skus": [new_sku("OK", attributes={"size": "L"}), sku]},
            )
        with pytest.raises(ProductNotFound):
            await act("catalog.add_skus", {"product_id": str(made.skus[0].id), "skus": [new_sku("Y")]})
        assert await counts(admin_conn) == before

    async def test_two_who_add_the_same_values(self, act, admin_conn) -> None:
        made = await act("catalog.create_variants", variants(axis("size", "S")))
        given = ({"product_id": str(made.id), "skus": [new_sku(code, attributes={"size": "M"})]} for code in ("A", "B"))
        told = await asyncio.gather(*(act("catalog.add_skus", do) for do in given), return_exceptions=True)
        assert sorted(type(each).__name__ for each in told) == ["CreatedProduct", "VariantTwice"]
        assert await admin_conn.fetchval("SELECT count(*) FROM skus") == 2

    async def test_two_skus_do_not_come_to_the_same_values(self, act, admin_conn) -> None:
        made = await act("catalog.create_variants", variants(axis("size", "S", "M")))
        updates = ({"sku_id": str(sku.id), "attribute_changes": {"size": "L"}} for sku in made.skus)
        told = await asyncio.gather(*(act("catalog.update_sku", do) for do in updates), return_exceptions=True)
        assert sorted(type(each).__name__ for each in told) == ["SkuDetail", "VariantTwice"]
        with pytest.raises(AxisValueMissing):
            await act("catalog.update_sku", {"sku_id": str(made.skus[0].id), "attributes": {}})
        values = await admin_conn.fetch("SELECT attributes FROM skus")
        assert len({str(row["attributes"]) for row in values}) == 2
