"""Reads of the catalog: categories, products, SKUs, price history."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    Category,
    CategoryId,
    PricePoint,
    Product,
    ProductDetail,
    ProductId,
    ProductNotFound,
    ProductStatus,
    SkuDetail,
    SkuId,
    SkuNotFound,
)
from shangmai.modules.catalog.queries import reading

READ: Final = {"grant": "catalog.read"}

Q = Annotated[str, Parameter(max_length=100, description="Part of a code or name. 编码或名称的一部分。")]
ExactCode = Annotated[str | None, Parameter(max_length=80, description="The whole code. 完整编码。")]
ScannedBarcode = Annotated[str | None, Parameter(max_length=80, description="The barcode as scanned. 扫描所得条码。")]


@get("/api/v1/categories", opt=READ)
async def list_categories(tx: Tx, limit: Limit = 200, cursor: Cursor = None) -> Page[Category]:
    """List the categories, oldest first; each names its parent, so that a tree can be built of them."""
    (after,) = decode_cursor(cursor, CategoryId) or (None,)
    rows = await reading.list_categories(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda category: (category.id,))


@get("/api/v1/products", opt=READ)
async def list_products(
    tx: Tx,
    q: Q = "",
    status: ProductStatus | None = None,
    category_id: CategoryId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Product]:
    """List the products, by code; those of a category include those of the categories below it."""
    (after,) = decode_cursor(cursor, str) or ("",)
    rows = await reading.list_products(tx, q=q, status=status, category_id=category_id, after=after, limit=limit + 1)
    return page(rows, limit, lambda product: (product.code,))


@get("/api/v1/products/{product_id:uuid}", opt=READ)
async def read_product(tx: Tx, product_id: ProductId) -> ProductDetail:
    """Show a product with all its SKUs."""
    product = await reading.find_product(tx, product_id)
    if product is None:
        raise ProductNotFound(product_id=product_id)
    return ProductDetail(product=product, skus=await reading.skus_of(tx, product_id))


@get("/api/v1/skus", opt=READ)
async def list_skus(
    tx: Tx,
    code: ExactCode = None,
    barcode: ScannedBarcode = None,
    q: Q = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SkuDetail]:
    """List the SKUs, by code; a barcode of 12, 13 or 14 digits is found in any of these spellings."""
    (after,) = decode_cursor(cursor, str) or ("",)
    key = None if barcode is None else rules.barcode_key(barcode)
    rows = await reading.list_skus(tx, code=code, barcode_key=key, q=q, after=after, limit=limit + 1)
    return page(rows, limit, lambda sku: (sku.code,))


@get("/api/v1/skus/{sku_id:uuid}", opt=READ)
async def read_sku(tx: Tx, sku_id: SkuId) -> SkuDetail:
    """Show a SKU."""
    sku = await reading.find_detail(tx, sku_id)
    if sku is None:
        raise SkuNotFound(sku=sku_id)
    return sku


@get("/api/v1/skus/{sku_id:uuid}/prices", opt=READ)
async def list_prices(tx: Tx, sku_id: SkuId, limit: Limit = 50, cursor: Cursor = None) -> Page[PricePoint]:
    """List the prices that a SKU has had, the newest first, each with the action that set it."""
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await reading.list_prices(tx, sku_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda price: (price.seq,))


routes: Final = [list_categories, list_products, read_product, list_skus, read_sku, list_prices]
