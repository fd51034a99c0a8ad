"""The row of a product is the same whether its words were cut a moment ago or anew."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.rules.listing import Goods, Named, title_words, vector
from shangmai.modules.storefront.rules.rows import row_of
from shangmai.modules.storefront.rules.words import Cutter

CUTTER, OTHER = Cutter(), Cutter()
TEA = Goods(
    shop_id=ShopId(UUID(int=1)),
    product_id=ProductId(UUID(int=2)),
    code="TEA-001",
    name=Named("明前龙井", "Longjing before Qingming"),
    brand_id="",
    brand=Named("", ""),
    tags=("绿茶",),
    path=(),
    traits=(),
    description="狮峰山所产",
    codes=("TEA-001",),
    price_min_minor=16800,
    price_max_minor=16800,
    market_minor=None,
    currency="CNY",
    in_stock=True,
    sales=0,
    listed_at=datetime(2026, 1, 1, tzinfo=UTC),
    rating_sum=0,
    rating_count=0,
    picture="",
    badges=(),
)


@given(
    st.sampled_from(["明前龙井", "雨前龙井", "正山小种"]),
    st.sampled_from(["狮峰山所产", ""]),
    st.sampled_from([("TEA-001",), ("TEA-001", "TEA-002")]),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_words_follow_what_is_said_and_nothing_else(
    name: str, description: str, codes: tuple[str, ...], sales: int, in_stock: bool
) -> None:
    goods = msgspec.structs.replace(
        TEA, name=Named(name), description=description, codes=codes, sales=sales, in_stock=in_stock
    )
    row = row_of(goods, CUTTER)
    assert (row.search, row.words) == (vector(goods, CUTTER), tuple(title_words(goods, CUTTER)))
    assert row.in_stock is in_stock
    assert row == row_of(goods, OTHER)
