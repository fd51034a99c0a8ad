"""What search engines and chats read of a page of the mall before any script runs: title, description, data.

The mall is one page that looks at its address itself; here its head is filled in for the address, so that a product has
its name, its picture and its price in a search result. Names come from people, so everything is escaped.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from xml.sax.saxutils import escape as escape_xml

import msgspec
from msgspec import Struct

from shangmai.apps import firstpaint, rendered
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import NotFound
from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront import service as storefront
from shangmai.modules.storefront.contract import NoShopWindow, ProductPage, ShopNeeded
from shangmai.modules.storefront.contract.pages import ShownPage

KNOWN: Final = frozenset(
    {
        "",
        "list",
        "search",
        "product",
        "cart",
        "checkout",
        "result",
        "order",
        "orders",
        "review",
        "aftersale",
        "notices",
        "friend",
        "kept",
        "offer",
        "group",
        "bargain",
        "flash",
        "coupons",
        "addresses",
        "account",
        "help",
        "me",
        "login",
        "page",
        "lost",
    }
)
"""The pages of the mall, as web/mall/src/routes.ts has them."""
FOR_SEARCH: Final = frozenset({"", "list", "product", "page", "help"})
"""Those that belong into a search result; a cart does not."""
NOWHERE: Final = Path("/nonexistent")
SCHEMA: Final = "https://schema.org"
DESCRIPTION_MAX: Final = 160


class Head(Struct, frozen=True):
    """A page's head. `address`: the canonical one, empty where there is none; `data`: JSON-LD. `block`: what is
    shown before any script runs.
    """

    title: str
    description: str = ""
    address: str = ""
    picture: str = ""
    data: tuple[dict[str, Any], ...] = ()
    status: int = 200
    block: str = ""


async def head_of(
    db: Database, origin: str, page: str, query: dict[str, str], lang: Lang, folder: Path = NOWHERE
) -> Head:
    """The head of a page of the mall; 404 where there is no such page or product."""
    try:
        mall = await storefront.mall_of(db, query.get("shop"))
    except (NoShopWindow, ShopNeeded):
        return Head("Shangmai 商脉", status=200 if page in KNOWN else 404)
    name = await _name_of(db, mall)
    if page not in KNOWN or page == "lost":
        return Head(name, status=404)
    if page == "product":
        return await _of_product(db, origin, mall, name, query.get("id", ""), lang, folder)
    if page == "":
        site = {"@context": SCHEMA, "@type": "WebSite", "name": name, "url": f"{origin}/"}
        shown = await storefront.page_of(db, mall, "home", lang, is_member=False)
        about = (_told(shown, lang) if shown.version else "") or _about(name, lang)
        block = await rendered.home(db, mall, name, folder, lang)
        return Head(name, about, f"{origin}/", data=(site,), block=block)
    if page == "list":
        kept = {key: query[key] for key in ("category",) if key in query}
        address = f"{origin}/mall/list" + (f"?{urlencode(kept)}" if kept else "")
        title = "All products" if lang == "en" else "全部商品"
        is_plain = not set(query) - {"category", "shop"}
        block = await rendered.goods(db, mall, name, folder, _category(query), lang) if is_plain else ""
        path = [(name, f"{origin}/"), (title, address)]
        return Head(f"{title} · {name}", _about(name, lang), address, data=(_trail(path),), block=block)
    if page == "page":
        return await _of_page(db, origin, mall, name, query.get("slug", ""), lang, folder)
    return Head(name)


async def _of_page(db: Database, origin: str, mall: ShopFacts, name: str, slug: str, lang: Lang, folder: Path) -> Head:
    """A campaign's page; 404 where none is published."""
    shown = await storefront.page_of(db, mall, slug, lang, is_member=False)
    if not shown.version:
        return Head(name, status=404)
    title = shown.title_en if lang == "en" and shown.title_en else shown.title
    address = f"{origin}/mall/page?{urlencode({'slug': slug})}"
    block = rendered.page(shown, name, folder, lang)
    data = (_trail([(name, f"{origin}/"), (title, address)]), _goods_of(shown, origin))
    about = _told(shown, lang) or _about(name, lang)
    picture = _absolute(origin, storefront.picture_of(shown))
    return Head(f"{title} · {name}", about, address, picture, tuple(filter(None, data)), block=block)


def _told(shown: ShownPage, lang: Lang) -> str:
    """What a page says of itself in its first words, for a search result."""
    return " · ".join(storefront.words_of(shown, lang))[:DESCRIPTION_MAX]


def _goods_of(shown: ShownPage, origin: str) -> dict[str, Any]:
    """The products of a page in their order, as a list of addresses; nothing where it has none."""
    ids = dict.fromkeys(card.id for each in shown.blocks for card in each.cards)
    items = [
        {"@type": "ListItem", "position": n, "url": f"{origin}/mall/product?id={id_}"} for n, id_ in enumerate(ids, 1)
    ]
    return {"@context": SCHEMA, "@type": "ItemList", "itemListElement": items} if items else {}


def _absolute(origin: str, picture: str) -> str:
    return f"{origin}{picture}" if picture.startswith("/") else picture


def _category(query: dict[str, str]) -> CategoryId | None:
    """The category that an address names; none where it is cut off."""
    try:
        return CategoryId(UUID(query["category"]))
    except (KeyError, ValueError):
        return None


async def _name_of(db: Database, mall: ShopFacts) -> str:
    async with db.reading(storefront.shopper(mall)) as tx:
        return (await organization.describe_shops(tx, [mall.id]))[mall.id].name


def _about(name: str, lang: Lang) -> str:
    return f"Shop at {name}." if lang == "en" else f"欢迎光临{name}，精选好物，安心选购。"


async def _of_product(
    db: Database, origin: str, mall: ShopFacts, name: str, id_: str, lang: Lang, folder: Path
) -> Head:
    try:
        product_id = ProductId(UUID(id_))
        kept = await storefront.product_answer(db, mall, product_id, lang)
    except (ValueError, NotFound):
        return Head(name, status=404)
    shown = msgspec.json.decode(kept.body, type=ProductPage)
    card = shown.card
    address = f"{origin}/mall/product?id={product_id}"
    summary = shown.description.summary if shown.description else ""
    price = str(Money(card.price_minor, card.currency).major())
    offer: dict[str, Any] = {
        "@type": "Offer",
        "price": price,
        "priceCurrency": card.currency,
        "availability": f"{SCHEMA}/{'InStock' if card.in_stock else 'OutOfStock'}",
        "url": address,
    }
    data: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Product",
        "name": card.name,
        "sku": card.code,
        "offers": offer,
    }
    picture = _absolute(origin, card.picture)
    data |= {"image": picture} if picture else {}
    data |= {"brand": {"@type": "Brand", "name": card.brand}} if card.brand else {}
    data |= {"description": summary} if summary else {}
    if card.rating is not None and card.reviews:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": card.rating / 100,
            "reviewCount": card.reviews,
        }
    above = [(each.name, f"{origin}/mall/list?category={each.id}") for each in shown.breadcrumbs]
    trail = _trail([(name, f"{origin}/"), *above])
    about = (summary or card.name)[:DESCRIPTION_MAX]
    block = rendered.product(shown, name, folder, lang)
    return Head(f"{card.name} · {name}", about, address, picture, (data, trail), block=block)


def _trail(path: list[tuple[str, str]]) -> dict[str, Any]:
    """Where a page stands: names and addresses from the first page down."""
    crumbs = [{"@type": "ListItem", "position": n, "name": name, "item": at} for n, (name, at) in enumerate(path, 1)]
    return {"@context": SCHEMA, "@type": "BreadcrumbList", "itemListElement": crumbs}


def filled(html: bytes, head: Head, page: str, lang: Lang) -> bytes:
    """The mall's first page with this head."""
    text = html.decode()
    start, end = text.index("<title>"), text.index("</title>") + len("</title>")
    text = text[:start] + "".join(_tags(head, page)) + text[end:]
    page_ = rendered.filled(text.replace('lang="zh-CN"', f'lang="{lang}"', 1).encode(), head.block)
    return firstpaint.begun(page_, is_drawn=bool(head.block))


def _tags(head: Head, page: str) -> list[str]:
    def said(value: str) -> str:
        return escape(value, quote=True)

    tags = [f"<title>{escape(head.title)}</title>"]
    named = {"description": head.description, "robots": "" if page in FOR_SEARCH and head.status == 200 else "noindex"}
    graph = {
        "og:title": head.title,
        "og:description": head.description,
        "og:url": head.address,
        "og:image": head.picture,
        "og:type": "product" if page == "product" else "website",
    }
    tags += [f'<meta name="{key}" content="{said(value)}" />' for key, value in named.items() if value]
    tags += [f'<meta property="{key}" content="{said(value)}" />' for key, value in graph.items() if value]
    tags += [f'<link rel="canonical" href="{said(head.address)}" />'] if head.address else []
    tags += [f'<script type="application/ld+json">{_data(each)}</script>' for each in head.data]
    return tags


def _data(value: dict[str, Any]) -> str:
    """JSON that cannot end the script that it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def sitemap(origin: str, products: list[ProductId], slugs: list[str]) -> bytes:
    """The mall's pages for search engines (sitemaps.org): the first, the list, campaigns, every product shown."""
    pages = [
        f"{origin}/",
        f"{origin}/mall/list",
        *(f"{origin}/mall/page?{urlencode({'slug': slug})}" for slug in slugs),
        *(f"{origin}/mall/product?id={id_}" for id_ in products),
    ]
    body = "".join(f"<url><loc>{escape_xml(page)}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>'
    ).encode()


def robots(origin: str) -> bytes:
    """What search engines may read: the shop's pages, not its carts, people or workplace."""
    closed = ("/admin", "/api", "/mall/cart", "/mall/checkout", "/mall/me", "/mall/order", "/mall/login", "/pay")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {origin}/sitemap.xml"]
    return "\n".join([*lines, ""]).encode()
