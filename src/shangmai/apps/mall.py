"""The shopper's mall, at / and /mall: built from web/mall.

Where it has not been built, / shows the page with the system's status instead, so that a first run without a network
still shows something that works.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.response import Redirect

from shangmai.apps import built, firstpaint, heads
from shangmai.apps.status import PUBLIC
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.modules.storefront import service as storefront
from shangmai.modules.storefront.contract import NoShopWindow, ShopNeeded

BUILT: Final = built.WEB / "mall" / "dist"
# Pictures of goods may lie at another host, as channels give them; styles are set on elements; scripts come from here,
# but for the one that each page begins with.
POLICY: Final = (
    f"default-src 'self'; script-src 'self' {firstpaint.ALLOWED};"
    " style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob: https:;"
    " media-src 'self' https:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
FRAMED: Final = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
"""Of a page that the admin's editor shows within its own: nobody else's pages may frame it, and what is being edited is
handed to it by the editor, so whoever opens the address by themselves sees what every shopper sees."""
PREVIEWED: Final = frozenset({"", "page"})
"""The pages that are made of blocks."""
AnyRequest = Request[Any, Any, Any]


@get(["/", "/mall", "/mall/{place:path}"], opt=PUBLIC, include_in_schema=False)
async def show_mall(
    request: AnyRequest, db: Database, state: State, lang: Lang, place: str = "/"
) -> Response[bytes] | Redirect:
    """Give a file of the mall, or its page with the head of this address; 404 where the mall has no such page."""
    if not built.is_built(BUILT):
        return Redirect("/status", status_code=302)
    name = place.removeprefix("/")
    if built.has(BUILT, name):
        return built.serve(BUILT, name, request, POLICY)
    query, page = dict(request.query_params), name.removesuffix("/")
    if query.get("preview") == "1" and page in PREVIEWED:
        return _framed(request, lang)
    if page == "help" and (moved := await _moved(db, query, lang)):
        return Redirect(moved, status_code=302)  # not for ever: a shop may take its page down again
    head = await heads.head_of(db, _origin(request, state), page, query, lang, BUILT)
    filled = heads.filled(built.first_page(BUILT), head, page, lang)
    return built.sent(filled, "text/html", request, POLICY, status=head.status)


async def _moved(db: Database, query: dict[str, str], lang: Lang) -> str | None:
    """Where an old link to a part of the help leads, once the shop has published those words as a page of their own."""
    about = query.get("about", "")
    try:
        mall = await storefront.mall_of(db, query.get("shop"))
    except (NoShopWindow, ShopNeeded):
        return None
    shown = await storefront.page_of(db, mall, about, lang, is_member=False) if about else None
    return f"/mall/page?{urlencode({'slug': about})}" if shown and shown.version else None


def _framed(request: AnyRequest, lang: Lang) -> Response[bytes]:
    """The application as the editor frames it: without anything drawn before, and not for search engines."""
    page = heads.filled(built.first_page(BUILT), heads.Head("Shangmai 商脉"), "preview", lang)
    answer = built.sent(page, "text/html", request, FRAMED)
    answer.headers["x-frame-options"] = "SAMEORIGIN"
    return answer


@get("/sitemap.xml", opt=PUBLIC, include_in_schema=False)
async def show_sitemap(request: AnyRequest, db: Database, state: State) -> Response[bytes]:
    """List the mall's pages for search engines; at most 50,000, as sitemaps allow, the newest first."""
    try:
        mall = await storefront.mall_of(db, None)
    except (NoShopWindow, ShopNeeded):
        ids, slugs = [], []
    else:
        async with db.reading(storefront.shopper(mall)) as tx:
            slugs = await storefront.published_pages(tx, mall.id)
            ids = await storefront.newest_products(tx, mall.id, 49_998 - len(slugs))
    return Response(heads.sitemap(_origin(request, state), ids, slugs), media_type="application/xml")


@get("/robots.txt", opt=PUBLIC, include_in_schema=False)
async def show_robots(request: AnyRequest, state: State) -> Response[bytes]:
    """Tell search engines what they may read."""
    return Response(heads.robots(_origin(request, state)), media_type="text/plain")


def _origin(request: AnyRequest, state: State) -> str:
    """How the outside reaches this installation; what the caller calls us only where nobody has set it."""
    return str(state.settings.public_url or request.base_url).rstrip("/")


routes: Final[list[Any]] = [show_mall, show_sitemap, show_robots]
