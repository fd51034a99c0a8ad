"""Reads of the catalog for those who keep it: what products are sorted by, products, reviews, SKUs, prices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter
from msgspec.structs import asdict

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules, service
from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeId,
    Brand,
    BrandId,
    Category,
    CategoryId,
    DescribedProduct,
    PricePoint,
    Product,
    ProductDetail,
    ProductId,
    ProductNotFound,
    ProductStatus,
    ReviewItem,
    ReviewPolicy,
    SkuDetail,
    SkuId,
    SkuNotFound,
    TitlePoint,
)
from shangmai.modules.catalog.contract.handling import SkuHandling
from shangmai.modules.catalog.queries import content, describing, offering, reading, sorting

READ: Final = {"grant": "catalog.read"}

Q = Annotated[str, Parameter(max_length=100, description="Part of a code or name. 编码或名称的一部分。")]
ExactCode = Annotated[str | None, Parameter(max_length=80, description="The whole code. 完整编码。")]
ScannedBarcode = Annotated[str | None, Parameter(max_length=80, description="The barcode as scanned. 扫描所得条码。")]

ExactTag = Annotated[str | None, Parameter(max_length=50, description="A whole tag. 完整标签。")]
InCurrency = Annotated[str | None, Parameter(max_length=3, description="In this currency only. 仅此币种。")]
REVIEWS_SHOWN: Final = 20


@get("/api/v1/categories", opt=READ)
async def list_categories(tx: Tx, limit: Limit = 200, cursor: Cursor = None) -> Page[Category]:
    """List the categories, oldest first; each names its parent and its place, so that a tree can be built of them."""
    (after,) = decode_cursor(cursor, CategoryId) or (None,)
    rows = await reading.list_categories(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda category: (category.id,))


@get("/api/v1/brands", opt=READ)
async def list_brands(tx: Tx, q: Q = "", limit: Limit = 200, cursor: Cursor = None) -> Page[Brand]:
    """List the brands, oldest first."""
    (after,) = decode_cursor(cursor, BrandId) or (None,)
    rows = await sorting.list_brands(tx, q=reading.containing(q), after=after, limit=limit + 1)
    return page(rows, limit, lambda brand: (brand.id,))


@get("/api/v1/attributes", opt=READ)
async def list_attributes(tx: Tx, limit: Limit = 200, cursor: Cursor = None) -> Page[Attribute]:
    """List the attributes that are defined, oldest first, each with its options in the order to show them."""
    (after,) = decode_cursor(cursor, AttributeId) or (None,)
    rows = await describing.list_attributes(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda attribute: (attribute.id,))


@get("/api/v1/products", opt=READ)
async def list_products(
    tx: Tx,
    q: Q = "",
    status: ProductStatus | None = None,
    category_id: CategoryId | None = None,
    brand_id: BrandId | None = None,
    tag: ExactTag = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Product]:
    """List the products, by code; those of a category include those of the categories below it."""
    (after,) = decode_cursor(cursor, str) or ("",)
    rows = await reading.list_products(
        tx, q=q, status=status, category_id=category_id, brand_id=brand_id, tag=tag, after=after, limit=limit + 1
    )
    return page(rows, limit, lambda product: (product.code,))


@get("/api/v1/products/{product_id:uuid}", opt=READ)
async def read_product(tx: Tx, product_id: ProductId) -> ProductDetail:
    """Show a product with all that is said of it, its SKUs, and the last steps of its reviews."""
    product = await reading.find_product(tx, product_id)
    said = await content.find_content(tx, product_id)
    if product is None or said is None:
        raise ProductNotFound(product_id=product_id)
    return ProductDetail(
        product=product,
        content=said,
        skus=await reading.skus_of(tx, product_id),
        reviews=await offering.reviews_of(tx, product_id, REVIEWS_SHOWN),
    )


@get("/api/v1/products/{product_id:uuid}/described", opt=READ)
async def read_described_product(tx: Tx, product_id: ProductId) -> DescribedProduct:
    """Show a product as shoppers will see it, whether or not it is on offer: a preview."""
    found = await service.describe_products(tx, [product_id])
    if not found:
        raise ProductNotFound(product_id=product_id)
    return found[0]


@get("/api/v1/products/{product_id:uuid}/titles", opt=READ)
async def list_titles(tx: Tx, product_id: ProductId, limit: Limit = 50, cursor: Cursor = None) -> Page[TitlePoint]:
    """List the names that a product has had, the newest first, each with the action that set it."""
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await reading.list_titles(tx, product_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda title: (title.seq,))


@get("/api/v1/product-reviews", opt=READ)
async def list_in_review(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[ReviewItem]:
    """List the products that wait to be reviewed, those that wait longest first."""
    after = decode_cursor(cursor, datetime, ProductId)
    rows = await offering.list_in_review(tx, after=after, limit=limit + 1)
    return page(rows, limit, lambda item: (item.submitted_at, item.product.id))


@get("/api/v1/product-reviews/policy", opt=READ)
async def read_review_policy(tx: Tx) -> ReviewPolicy:
    """Tell whether products must be approved before they may be listed."""
    return ReviewPolicy(required=await offering.is_review_required(tx))


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


@get("/api/v1/skus/{sku_id:uuid}/handling", opt=READ)
async def read_handling(tx: Tx, sku_id: SkuId) -> SkuHandling:
    """Show how a SKU is stored and packed."""
    if not await service.get_skus(tx, [sku_id]):
        raise SkuNotFound(sku=sku_id)
    return SkuHandling(sku_id=sku_id, **asdict((await service.handling_of(tx, [sku_id]))[sku_id]))


@get("/api/v1/skus/{sku_id:uuid}/prices", opt=READ)
async def list_prices(
    tx: Tx, sku_id: SkuId, currency: InCurrency = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[PricePoint]:
    """List the prices that a SKU has had, the newest first, each with the action that set it."""
    (before,) = decode_cursor(cursor, int) or (None,)
    rows = await reading.list_prices(tx, sku_id, currency=currency, before=before, limit=limit + 1)
    return page(rows, limit, lambda price: (price.seq,))


routes: Final = [
    list_categories,
    list_brands,
    list_attributes,
    list_products,
    read_product,
    read_described_product,
    list_titles,
    list_in_review,
    read_review_policy,
    list_skus,
    read_sku,
    read_handling,
    list_prices,
]
