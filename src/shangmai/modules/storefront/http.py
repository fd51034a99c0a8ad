"""What shoppers read, without signing in: lists, products, suggestions, reviews; and what moderators read.

A public read runs as an actor of its own who holds no grant and sees one shop. Its answer carries an entity tag and
`Cache-Control: no-cache`: browsers and CDNs keep it, ask whether it is still good, and mostly get an empty 304.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import to_utc
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.answers import ALWAYS, lines_of
from shangmai.kernel.http.front import Whole
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.http.reads import POLICY_OF_DATA
from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import MINOR_MAX
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.members import service as members
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId
from shangmai.modules.storefront.contract import (
    Listing,
    Mall,
    ProductPage,
    Review,
    ReviewForModeration,
    ReviewId,
    ReviewStatus,
    ShownSku,
    Sort,
    Suggestions,
)
from shangmai.modules.storefront.contract.behaviour import ShopBehaviour
from shangmai.modules.storefront.contract.blocks import SLUG
from shangmai.modules.storefront.contract.favourites import Favourite, OwnReview
from shangmai.modules.storefront.contract.pages import (
    PageDraft,
    PageNotFound,
    PageSummary,
    PageTemplate,
    PageVersion,
    PageVersionSummary,
    ShownFoot,
    ShownPage,
)
from shangmai.modules.storefront.contract.questions import ProductQuestion, QuestionId, ToModerate
from shangmai.modules.storefront.contract.shown import ShownDelivery
from shangmai.modules.storefront.queries import behaviour, pages, questions, reviews
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.contents import TEMPLATES
from shangmai.modules.storefront.service import decorating
from shangmai.modules.storefront.service.decorating import HOME
from shangmai.modules.storefront.service.delivering import delivery_of
from shangmai.modules.storefront.service.drawing import at_moment, draw, draw_draft, foot_answer, page_answer
from shangmai.modules.storefront.service.favouring import favourites_of
from shangmai.modules.storefront.service.keeping import get_mall
from shangmai.modules.storefront.service.searching import search
from shangmai.modules.storefront.service.shelf import Address, Kept, listen, shelf_of
from shangmai.modules.storefront.service.shopping import (
    kept_answer,
    list_key,
    mall_of,
    product_answer,
    product_key,
    shopper,
)
from shangmai.modules.storefront.service.showing import show_skus
from shangmai.modules.storefront.service.suggesting import suggest

OWN: Final = {"grant": "storefront.own"}
PUBLIC: Final = {"public": True}
MODERATE: Final = {"grant": "storefront.moderate_review"}
MODERATE_QUESTIONS: Final = {"grant": "storefront.moderate_question"}
DECORATE: Final = {"grant": "storefront.decorate"}
CACHED: Final = {"cache-control": "public, no-cache", "vary": "accept-language"}
KEPT_LINES: Final = lines_of(
    [
        (b"content-type", b"application/json"),
        *((name.encode(), value.encode()) for name, value in CACHED.items()),
        (b"content-security-policy", POLICY_OF_DATA),
        *ALWAYS,
    ]
)
LIMIT_MAX: Final = 60
WORDS_SHOWN: Final = 50
VALUES_MAX: Final = 30
SKUS_MAX: Final = 60

AnyRequest = Request[Any, Any, Any]
ShopCode = Annotated[
    str | None, QueryParameter(name="shop", max_length=64, description="Code of the mall; not needed if there is one.")
]
Wished = Annotated[Lang | None, QueryParameter(name="lang", description="Instead of Accept-Language. 语言。")]
Q = Annotated[str, Parameter(max_length=100, description="Words, pinyin, initials, a code or barcode. 搜索词。")]
Values = Annotated[list[str] | None, Parameter(max_items=VALUES_MAX, description="One of these. 任选其一，可重复。")]
Bands = Annotated[
    list[int] | None, Parameter(max_items=VALUES_MAX, description="Values of the facet `price`. 价格带。")
]
Minor = Annotated[int | None, Parameter(ge=0, le=MINOR_MAX, description="Minor units. 最小货币单位。")]
Skus = Annotated[
    list[SkuId], QueryParameter(name="id", max_items=SKUS_MAX, description="Ids of SKUs, repeated. SKU，可重复。")
]
Region = Annotated[str, Parameter(pattern="^[1-9][0-9]{5}$", description="GB/T 2260, as 310115. 行政区划代码。")]
PageSlug = Annotated[str, Parameter(max_length=60, pattern=SLUG, description="`home`, or a campaign's. 页面标识。")]
AsMember = Annotated[bool, QueryParameter(name="member", description="With what members see. 按会员显示。")]
Size = Annotated[int, Parameter(ge=1, le=LIMIT_MAX, description="How many products at most. 每页最多条数。")]

PLACES: Final[dict[Sort, Any]] = {Sort.NEWEST: datetime}


@get("/api/v1/storefront/mall", opt=PUBLIC)
async def read_mall(db: Database, shop: ShopCode = None) -> Mall:
    """Tell what mall this is: its id, name and currency. Raises: NoShopWindow, ShopNeeded."""
    mall = await mall_of(db, shop)
    async with db.reading(shopper(mall)) as tx:
        named = (await organization.describe_shops(tx, [mall.id]))[mall.id]
    return Mall(id=mall.id, code=mall.code, name=named.name, currency=mall.currency, timezone=mall.timezone)


@get("/api/v1/storefront/skus", opt=PUBLIC)
async def list_skus(
    db: Database, lang: Lang, ids: Skus, shop: ShopCode = None, wished: Wished = None
) -> list[ShownSku]:
    """Show SKUs by their ids, as carts, orders and flash sales name them. Raises: NoShopWindow, ShopNeeded."""
    mall = await mall_of(db, shop)
    async with db.reading(shopper(mall)) as tx:
        return await show_skus(tx, mall, ids, wished or lang)


@get("/api/v1/storefront/skus/{sku_id:uuid}/delivery", opt=PUBLIC)
async def read_delivery(
    db: Database, lang: Lang, sku_id: SkuId, region: Region, shop: ShopCode = None, wished: Wished = None
) -> ShownDelivery:
    """Tell on which day a SKU would be in a region if it is paid for now.

    It is asked as the system: what a company pays its carriers is in no shopper's scope, and is not told.
    Raises: NoShopWindow, ShopNeeded, RegionUnknown.
    """
    mall = await mall_of(db, shop)
    async with db.reading(SYSTEM) as tx:
        return await delivery_of(tx, mall, sku_id, region, wished or lang)


@get("/api/v1/storefront/products", opt=PUBLIC)
async def list_products(
    request: AnyRequest,
    db: Database,
    lang: Lang,
    q: Q = "",
    category: CategoryId | None = None,
    brand: Values = None,
    price: Bands = None,
    attr: Values = None,
    in_stock: bool = False,
    min_minor: Minor = None,
    max_minor: Minor = None,
    sort: Sort = Sort.RELEVANCE,
    limit: Size = 20,
    cursor: Cursor = None,
    shop: ShopCode = None,
    wished: Wished = None,
) -> Response[Listing]:
    """Search or list a mall's products: a page of cards, facets with counts, corrections, help. `attr` is `key:value`.

    Raises: NoShopWindow, ShopNeeded, UnknownFilter, BadCursor.
    """
    mall = await mall_of(db, shop)
    question = Question(
        shop_id=mall.id,
        q=q.strip(),
        chosen=asking.chosen(category, brand or (), price or (), in_stock, attr or ()),
        price_min_minor=min_minor,
        price_max_minor=max_minor,
        sort=sort,
    )
    after: Any = decode_cursor(cursor, PLACES.get(sort, int), UUID)
    speak = wished or lang
    what = list_key(question, speak, limit, cursor)

    async def make(tx: Tx) -> Listing:
        return await search(tx, mall, question, after, limit, speak)

    return await _kept(request, db, mall, what, make)


@get("/api/v1/storefront/suggest", opt=PUBLIC)
async def read_suggestions(
    request: AnyRequest, db: Database, lang: Lang, q: Q = "", shop: ShopCode = None, wished: Wished = None
) -> Response[Suggestions]:
    """Suggest words and products to who is typing: lian and lyq lead to 连衣裙. Raises: NoShopWindow, ShopNeeded."""
    mall, speak = await mall_of(db, shop), wished or lang

    async def make(tx: Tx) -> Suggestions:
        return await suggest(tx, mall, q, speak)

    return await _kept(request, db, mall, f"suggest {speak} {q.strip()}", make)


@get("/api/v1/storefront/products/{product_id:uuid}", opt=PUBLIC)
async def read_product(
    request: AnyRequest,
    db: Database,
    lang: Lang,
    product_id: ProductId,
    shop: ShopCode = None,
    wished: Wished = None,
) -> Response[ProductPage]:
    """Show a product: choices, variants with price and stock, pictures, reviews, what goes with it.

    Raises: NoShopWindow, ShopNeeded, ProductNotShown.
    """
    mall, speak = await mall_of(db, shop), wished or lang
    kept = await product_answer(db, mall, product_id, speak)
    shelf_of(db).note(_address(request.scope), mall.id, product_key(product_id, speak), is_live=True)
    return _answer(request, kept)


@get("/api/v1/storefront/products/{product_id:uuid}/reviews", opt=PUBLIC)
async def list_reviews(
    db: Database,
    product_id: ProductId,
    stars: Annotated[int | None, Parameter(ge=1, le=5, description="Only with so many stars. 只看此星级。")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    shop: ShopCode = None,
) -> Page[Review]:
    """List the reviews of a product that the shop shows, the newest first. Raises: NoShopWindow, ShopNeeded."""
    mall = await mall_of(db, shop)
    (before,) = decode_cursor(cursor, UUID) or (None,)
    async with db.reading(shopper(mall)) as tx:
        rows = await reviews.shown(tx, mall.id, product_id, stars, before, limit + 1)
    return page(rows, limit, lambda review: (review.id,))


@get("/api/v1/storefront/behaviour", opt={"grant": "storefront.read_behaviour"})
async def read_behaviour(
    tx: Tx,
    actor: Actor,
    shop_id: ShopId,
    days: Annotated[int, Parameter(ge=1, le=90, description="So many days back. 最近几天。")] = 7,
) -> ShopBehaviour:
    """Tell how often shoppers looked, searched, put in and went to pay, by day, and what they searched for most."""
    if not actor.sees("shop", shop_id):
        raise OutOfScope(dimension="shop")
    since = tx.now.date() - timedelta(days=days - 1)
    return ShopBehaviour(
        days=tuple(await behaviour.days(tx, shop_id, since)),
        words=tuple(await behaviour.words(tx, shop_id, since, WORDS_SHOWN)),
    )


@get("/api/v1/storefront/own-reviews", opt=OWN)
async def list_own_reviews(db: Database, actor: Actor, order_id: OrderId) -> list[OwnReview]:
    """List what the customer who is signed in has written of an order, by line. Raises: CustomerNeeded. 我的评价。"""
    customer_id = members.customer_of(actor)
    async with db.reading(actor) as tx:
        return await reviews.of_order(tx, order_id, customer_id)


@get("/api/v1/storefront/favourites", opt=OWN)
async def list_favourites(db: Database, actor: Actor, lang: Lang, wished: Wished = None) -> list[Favourite]:
    """List what the customer who is signed in keeps, the newest first. Raises: CustomerNeeded. 我的收藏。"""
    customer_id, shop_id = members.customer_of(actor), members.shop_of(actor)
    async with db.reading(actor) as tx:
        shop = (await organization.get_shops(tx, [shop_id]))[shop_id]
        return await favourites_of(tx, shop, customer_id, wished or lang)


@get("/api/v1/storefront/reviews", opt=MODERATE)
async def list_reviews_to_moderate(
    tx: Tx,
    status: ReviewStatus | None = ReviewStatus.PENDING,
    shop_id: ShopId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReviewForModeration]:
    """List reviews for those who decide on them, the oldest first; the pending ones unless asked otherwise."""
    (after,) = decode_cursor(cursor, ReviewId) or (None,)
    rows = await reviews.page(tx, shop_id, status, after, limit + 1)
    return page(rows, limit, lambda review: (review.id,))


@get("/api/v1/storefront/products/{product_id:uuid}/questions", opt=PUBLIC)
async def list_questions(
    db: Database, product_id: ProductId, limit: Limit = 20, cursor: Cursor = None, shop: ShopCode = None
) -> Page[ProductQuestion]:
    """List the questions about a product with their answers, the newest first. Raises: NoShopWindow, ShopNeeded."""
    mall = await mall_of(db, shop)
    (before,) = decode_cursor(cursor, QuestionId) or (None,)
    async with db.reading(shopper(mall)) as tx:
        rows = await questions.shown(tx, mall.id, product_id, before, limit + 1)
    return page(rows, limit, lambda question: (question.id,))


@get("/api/v1/storefront/questions", opt=MODERATE_QUESTIONS)
async def list_questions_to_moderate(
    tx: Tx,
    status: ReviewStatus | None = ReviewStatus.PENDING,
    shop_id: ShopId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ToModerate]:
    """List questions for those who decide on them, with all answers, the oldest first; where something is pending."""
    (after,) = decode_cursor(cursor, QuestionId) or (None,)
    rows = await questions.page(tx, shop_id, status, after, limit + 1)
    said = await questions.answers_to(tx, [row.id for row in rows])
    whole = [ToModerate(question=row, answers=tuple(a for a in said if a.question_id == row.id)) for row in rows]
    return page(whole, limit, lambda each: (each.question.id,))


@get("/api/v1/storefront/pages/{slug:str}", opt=PUBLIC)
async def read_page(
    request: AnyRequest,
    db: Database,
    lang: Lang,
    slug: PageSlug,
    is_member: AsMember = False,
    shop: ShopCode = None,
    wished: Wished = None,
) -> Response[ShownPage]:
    """Show a page that is made of blocks, as it is now. `home` has version 0 and no blocks where none is published.

    Raises: NoShopWindow, ShopNeeded, PageNotFound. 装修页面。
    """
    mall = await mall_of(db, shop)
    kept = await page_answer(db, mall, slug, wished or lang, is_member=is_member)
    if not kept.version and slug != HOME:
        raise PageNotFound(slug=slug)
    return _answer(request, kept)


@get("/api/v1/storefront/foot", opt=PUBLIC)
async def read_foot(request: AnyRequest, db: Database, shop: ShopCode = None) -> Response[ShownFoot]:
    """List the pages in a mall's foot: delivery, returns, privacy. Raises: NoShopWindow, ShopNeeded. 页脚页面。"""
    return _answer(request, await foot_answer(db, await mall_of(db, shop)))


@get("/api/v1/storefront/page-templates", opt=DECORATE)
async def list_page_templates() -> list[PageTemplate]:
    """List pages that most shops need, as drafts to begin with: check them before they are shown. 页面模板。"""
    return list(TEMPLATES)


@get("/api/v1/storefront/pages", opt=DECORATE)
async def list_pages(tx: Tx, shop_id: ShopId) -> list[PageSummary]:
    """List a mall's pages that are made of blocks, by slug, 200 at most. 页面列表。"""
    return await decorating.list_pages(tx, shop_id)


@get("/api/v1/storefront/pages/{slug:str}/versions", opt=DECORATE)
async def list_page_versions(tx: Tx, shop_id: ShopId, slug: PageSlug) -> list[PageVersionSummary]:
    """List the versions of a page, the newest 100, the newest first. 页面历史。"""
    return await decorating.list_versions(tx, shop_id, slug)


@get("/api/v1/storefront/pages/{slug:str}/versions/{version:int}", opt=DECORATE)
async def read_page_version(tx: Tx, shop_id: ShopId, slug: PageSlug, version: int) -> PageVersion:
    """Tell a version of a page as it is edited. Raises: PageNotFound. 页面版本。"""
    found = await pages.get_version(tx, shop_id, slug, version)
    if found is None:
        raise PageNotFound(slug=slug)
    return found


@get("/api/v1/storefront/pages/{slug:str}/versions/{version:int}/preview", opt=DECORATE)
async def preview_page(
    tx: Tx,
    lang: Lang,
    shop_id: ShopId,
    slug: PageSlug,
    version: int,
    is_member: AsMember = False,
    at: datetime | None = None,
    wished: Wished = None,
) -> ShownPage:
    """Show a version, draft or not, as shoppers would see it at a moment, or now.

    Raises: NoShopWindow, PageNotFound. 预览页面。
    """
    mall = await get_mall(tx, shop_id)
    found = await pages.get_version(tx, shop_id, slug, version)
    if found is None:
        raise PageNotFound(slug=slug)
    moment = to_utc(at) if at else tx.now
    return at_moment(await draw(tx, mall, found, wished or lang), moment, is_member=is_member)


@post("/api/v1/storefront/page-preview", opt=DECORATE, status_code=200)
async def preview_draft(tx: Tx, actor: Actor, lang: Lang, data: PageDraft, wished: Wished = None) -> ShownPage:
    """Show a page that is being edited as shoppers would see it; it saves nothing.

    What the shop does not show is left out, as of a page that was published. Raises: NoShopWindow. 预览编辑中的页面。
    """
    if not actor.sees("shop", data.shop_id):
        raise OutOfScope(dimension="shop")
    mall = await get_mall(tx, data.shop_id)
    return at_moment(await draw_draft(tx, mall, data, wished or lang), data.at or tx.now, is_member=data.is_member)


async def _kept(
    request: AnyRequest, db: Database, mall: ShopFacts, what: str, make: Callable[[Tx], Awaitable[msgspec.Struct]]
) -> Response[Any]:
    kept = await kept_answer(db, mall, what, make)
    shelf_of(db).note(_address(request.scope), mall.id, what, is_live=False)
    return _answer(request, kept)


def _address(scope: Mapping[str, Any]) -> Address:
    languages = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return scope["path"], scope["query_string"], languages


def look(db: Database, scope: Mapping[str, Any]) -> Whole | None:
    """The kept answer to a request that was answered before, unless the caller asks whether their copy is good."""
    if any(name == b"if-none-match" for name, _ in scope["headers"]):
        return None
    kept = shelf_of(db).at(_address(scope))
    return None if kept is None else Whole(KEPT_LINES + b"etag: %b\r\n" % kept.etag.encode(), kept.body)


def _answer(request: AnyRequest, kept: Kept) -> Response[Any]:
    """The answer, or only that the caller's copy is still good."""
    headers = CACHED | {"etag": kept.etag}
    asked = request.headers.get("if-none-match", "")
    if kept.etag in (each.strip().removeprefix("W/") for each in asked.split(",")) or asked == "*":
        return Response(b"", status_code=304, headers=headers)
    return Response(kept.body, headers=headers, media_type="application/json")


routes: Final = [
    read_mall,
    list_skus,
    read_delivery,
    list_products,
    read_suggestions,
    read_product,
    list_reviews,
    read_behaviour,
    list_own_reviews,
    list_favourites,
    list_reviews_to_moderate,
    list_questions,
    list_questions_to_moderate,
    read_page,
    read_foot,
    list_page_templates,
    list_pages,
    list_page_versions,
    read_page_version,
    preview_page,
    preview_draft,
]
fronts: Final = [("/api/v1/storefront/", look)]
"""Where kept answers are found before routing."""
listeners: Final = [listen]
"""What runs beside the routes in every API process."""
