"""Products as the layers above read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog import service
from shangmai.modules.catalog.contract import (
    AttributeKind,
    Bullets,
    DescribedProduct,
    DescribedRelation,
    Description,
    NamedAttribute,
    NamedValue,
    NotOnOffer,
    Paragraph,
    ProductId,
    ProductStatus,
    QtyNotInSteps,
    QtyTooLarge,
    QtyTooSmall,
    RelatedKind,
    SkuId,
    SkuOffer,
)
from tests.catalog.test_products import counted, new_sku, product

COLOR = {
    "key": "color",
    "name": "颜色",
    "name_en": "Colour",
    "options": [{"key": "red", "name": "红", "name_en": "Red"}, {"key": "blue", "name": "蓝", "name_en": "Blue"}],
}


async def described(db: Database, *ids: UUID) -> list[DescribedProduct]:
    async with db.reading(SYSTEM) as tx:
        return await service.describe_products(tx, [ProductId(id_) for id_ in ids])


async def test_everything_a_shopper_may_see(act, db: Database) -> None:
    color = await act("catalog.define_attribute", COLOR)
    await act("catalog.define_attribute", {"key": "width", "name": "宽", "kind": "number", "unit": "cm", "position": 2})
    top = await act("catalog.create_category", {"name": "服装", "name_en": "Clothing"})
    below = await act("catalog.create_category", {"name": "T 恤", "parent_id": str(top.id)})
    other = await act("catalog.create_product", product("SOCKS"))
    made = await act(
        "catalog.create_product",
        product(
            "TEE",
            new_sku("TEE-B", 5900, attributes={"color": "蓝"}, min_qty=2, max_qty=10, qty_step=2),
            new_sku("TEE-R", 6900, attributes={"color": "red"}, name="红色", name_en="Red tee"),
            new_sku("TEE-X", 6900, attributes={"color": "Red", "批次": "二"}, status="inactive"),
            category_id=str(below.id),
            brand="优衣",
            attributes={"width": "50.50", "产地": ["杭州"]},
            tags=["新品", "环保", "新品 "],
        ),
    )
    await act("catalog.set_prices", {"sku_id": str(made.skus[1].id), "price_minor": 900, "currency": "EUR"})
    await act(
        "catalog.update_product",
        {
            "product_id": str(made.id),
            "name_en": "Tee",
            "names": {"ja": "Tシャツ"},
            "descriptions": {
                "zh-CN": {"summary": "纯棉", "body": "第一段\n仍是第一段\n\n第二段"},
                "en": {"body": [{"type": "list", "items": ["<b>cotton</b>"]}]},
            },
            "media": [
                {"url": "https://cdn.example.com/tee.jpg", "alt": "正面"},
                {"kind": "video", "file": "a" * 64, "sku": "TEE-R"},
            ],
            "related": [{"product": "SOCKS", "kind": "accessory"}],
            "tax_rate": "0.13",
        },
    )
    await act("catalog.list_product", {"product_id": str(made.id)})
    (tee,) = await described(db, made.id)
    assert (tee.code, tee.listed, tee.version) == ("TEE", True, 3)
    assert tee.names == {"zh-CN": "商品 TEE", "en": "Tee", "ja": "Tシャツ"}
    assert tee.brand is not None
    assert tee.brand.name == "优衣"
    assert [category.name for category in tee.categories] == ["服装", "T 恤"]
    assert tee.tags == ("新品", "环保")
    assert [(each.key, each.name, each.unit, [v.value for v in each.values]) for each in tee.attributes] == [
        ("width", "宽", "cm", ["50.5"]),
        ("产地", "产地", "", ["杭州"]),
    ]
    assert tee.axes[0] == NamedAttribute(
        id=color.id,
        key="color",
        name="颜色",
        name_en="Colour",
        kind=AttributeKind.CHOICE,
        unit="",
        filterable=True,
        values=(
            NamedValue(value="red", name="红", name_en="Red"),
            NamedValue(value="blue", name="蓝", name_en="Blue"),
        ),
    )
    assert [(sku.code, sku.active, sku.attributes, sku.prices) for sku in tee.skus] == [
        ("TEE-B", True, {"color": "blue"}, {"CNY": 5900}),
        ("TEE-R", True, {"color": "red"}, {"CNY": 6900, "EUR": 900}),
        ("TEE-X", False, {"color": "red", "批次": "二"}, {"CNY": 6900}),
    ]
    assert (tee.skus[0].min_qty, tee.skus[0].max_qty, tee.skus[0].qty_step) == (2, 10, 2)
    assert (tee.skus[1].name, tee.skus[1].name_en) == ("红色", "Red tee")
    assert [(shown.kind, shown.url, shown.file, shown.sku_id) for shown in tee.media] == [
        ("image", "https://cdn.example.com/tee.jpg", None, None),
        ("video", None, "a" * 64, made.skus[1].id),
    ]
    assert tee.descriptions == {
        "zh-CN": Description(summary="纯棉", blocks=(Paragraph("第一段\n仍是第一段"), Paragraph("第二段"))),
        "en": Description(blocks=(Bullets(("<b>cotton</b>",)),)),
    }
    assert tee.related == (DescribedRelation(product_id=other.id, kind=RelatedKind.ACCESSORY),)
    assert tee.tax_rate == Decimal("0.13")


async def test_four_statements_however_many(act, db: Database) -> None:
    top = await act("catalog.create_category", {"name": "服装"})
    made = [
        await act("catalog.create_product", product(f"P{n}", attributes={"a": "b"}, category_id=str(top.id), brand="B"))
        for n in range(30)
    ]
    ids = [ProductId(each.id) for each in reversed(made)]
    async with db.reading(SYSTEM) as tx:
        async with counted(tx) as sent:
            found = await service.describe_products(tx, [*ids, ids[0], ProductId(new_id())])
        async with counted(tx) as sent_for_offers:
            await service.get_offers(tx, [SkuId(each.skus[0].id) for each in made])
    assert (len(sent), len(sent_for_offers)) == (4, 1)
    assert [each.id for each in found] == ids


async def test_a_kit_is_shown_active_while_its_components_are(act, db: Database) -> None:
    cup = await act("catalog.create_product", product("CUP"))
    kit = await act("catalog.create_product", product("K", new_sku("K", kind="kit", components=[{"code": "CUP"}])))
    assert (await described(db, kit.id))[0].skus[0].active
    await act("catalog.update_sku", {"sku_id": str(cup.skus[0].id), "status": "inactive"})
    assert not (await described(db, kit.id))[0].skus[0].active
    async with db.reading(SYSTEM) as tx:
        told = await tx.fetch("SELECT key FROM events WHERE name = 'catalog.product_changed.v1' ORDER BY seq")
    assert {row["key"] for row in told} == {str(cup.id), str(kit.id)}


async def test_pages_of_everything_and_of_what_something_concerns(act, db: Database) -> None:
    top = await act("catalog.create_category", {"name": "服装"})
    below = await act("catalog.create_category", {"name": "鞋", "parent_id": str(top.id)})
    shoe = await act("catalog.create_product", product("SHOE", category_id=str(below.id), brand="B"))
    hat = await act("catalog.create_product", product("HAT", new_sku("HAT", attributes={"color": "红"})))
    cap = await act("catalog.create_product", product("CAP", attributes={"color": "红"}, brand="b "))
    await act("catalog.list_product", {"product_id": str(cap.id)})
    async with db.reading(SYSTEM) as tx:

        async def page(**options: Any) -> list[UUID]:
            return [UUID(str(id_)) for id_ in await service.page_of_products(tx, **options)]

        first = await page(limit=2)
        assert first == [shoe.id, hat.id]
        assert await page(limit=2, after=first[-1]) == [cap.id]
        assert await page(after=cap.id) == []
        assert await page(listed_only=True) == [cap.id]
        assert await page(category_id=top.id) == [shoe.id]
        assert await page(attribute="color") == [hat.id, cap.id]
        (brand,) = [each.brand for each in await service.describe_products(tx, [cap.id]) if each.brand]
        assert await page(brand_id=brand.id) == [shoe.id, cap.id]


def offer(**changes: Any) -> SkuOffer:
    given: dict[str, Any] = {
        "sku_id": SkuId(new_id()),
        "product_id": ProductId(new_id()),
        "code": "S",
        "status": ProductStatus.LISTED,
        "active": True,
        "prices": {"CNY": 100},
        "min_qty": 4,
        "max_qty": 8,
        "qty_step": 2,
        "tax_rate": None,
    }
    return SkuOffer(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "qty", "refusal"),
    [
        ({"status": ProductStatus.DRAFT}, 4, NotOnOffer),
        ({"status": ProductStatus.IN_REVIEW}, 4, NotOnOffer),
        ({"status": ProductStatus.APPROVED}, 4, NotOnOffer),
        ({"status": ProductStatus.DELISTED}, 4, NotOnOffer),
        ({"active": False}, 4, NotOnOffer),
        ({}, 2, QtyTooSmall),
        ({}, 10, QtyTooLarge),
        ({}, 5, QtyNotInSteps),
    ],
)
def test_what_a_shopper_may_not_buy(changes: dict[str, Any], qty: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        service.check_sellable(offer(**changes), qty)


def test_what_a_shopper_may_buy() -> None:
    for qty in (4, 6, 8):
        service.check_sellable(offer(), qty)
    service.check_sellable(offer(max_qty=None), 10_000)
