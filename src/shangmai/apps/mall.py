"""The shopper's mall, at / and /mall: built from web/mall.

Where it has not been built, / shows the page with the system's status instead, so that a first run without a network
still shows something that works.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.response import Redirect

from shangmai.apps import built, heads
from shangmai.apps.status import PUBLIC
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.modules.storefront import service as storefront
from shangmai.modules.storefront.contract import NoShopWindow, ShopNeeded

BUILT: Final = built.WEB / "mall" / "dist"
# Pictures of goods may lie at another host, as channels give them; styles are set on elements, scripts come from here.
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob: https:;"
    " media-src 'self' https:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
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
    query = dict(request.query_params)
    head = await heads.head_of(db, _origin(request, state), name.removesuffix("/"), query, lang, BUILT)
    page = heads.filled(built.first_page(BUILT), head, name.removesuffix("/"), lang)
    return built.sent(page, "text/html", request, POLICY, status=head.status)


@get("/sitemap.xml", opt=PUBLIC, include_in_schema=False)
async def show_sitemap(request: AnyRequest, db: Database, state: State) -> Response[bytes]:
    """List the mall's pages for search engines; at most 50,000, as sitemaps allow, the newest first."""
    try:
        mall = await storefront.mall_of(db, None)
    except (NoShopWindow, ShopNeeded):
        ids = []
    else:
        async with db.reading(storefront.shopper(mall)) as tx:
            ids = await storefront.newest_products(tx, mall.id, 49_998)
    return Response(heads.sitemap(_origin(request, state), ids), media_type="application/xml")


@get("/robots.txt", opt=PUBLIC, include_in_schema=False)
async def show_robots(request: AnyRequest, state: State) -> Response[bytes]:
    """Tell search engines what they may read."""
    return Response(heads.robots(_origin(request, state)), media_type="text/plain")


def _origin(request: AnyRequest, state: State) -> str:
    """How the outside reaches this installation; what the caller calls us only where nobody has set it."""
    return str(state.settings.public_url or request.base_url).rstrip("/")


routes: Final[list[Any]] = [show_mall, show_sitemap, show_robots]
