"""What stands on a page of the mall before any script runs: its goods, names and prices, with links that work.

It covers the page until the application has drawn the same, and stays where no script runs. It is made of the
application's own classes, from what the API answers. Names come from people, so everything is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec

from shangmai.apps import art
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.catalog.contract import CategoryId
from shangmai.modules.catalog.contract.content import Block as Writing
from shangmai.modules.catalog.contract.content import Bullets, Heading, Paragraph, Rows
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront import service as storefront
from shangmai.modules.storefront.contract import Card, Listing, ProductPage, Review, Sort
from shangmai.modules.storefront.contract.blocks import (
    BannerBlock,
    FloorBlock,
    GoodsBlock,
    HeroBlock,
    NoticeBlock,
    TextBlock,
    TitleBlock,
)
from shangmai.modules.storefront.contract.pages import ShownBlock, ShownPage

MARKS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
IN_A_LIST: Final = 20
IN_A_FLOOR: Final = 8
HERO: Final[dict[Lang, tuple[str, str, str]]] = {
    "zh-CN": ("本店人气", "此刻卖得最好的一款", "去看看"),
    "en": ("Loved here", "What sells best right now", "Have a look"),
}
FIRST: Final = "first-look"
"""The block's id; web/mall/src/app.tsx takes it away."""


async def home(db: Database, mall: ShopFacts, name: str, folder: Path, lang: Lang) -> str:
    """The shop's name with the page that is published; without one, what sells best, and the ways to its categories."""
    shown = await storefront.page_of(db, mall, "home", lang, is_member=False)
    if shown.version:
        return _block(name, "home", f"{_top(name, lang)}{_pieces(shown, folder, lang)}", lang)
    listing = await _listing(db, mall, None, Sort.SALES, IN_A_FLOOR, lang)
    hero = listing.items[0] if listing.items else None
    kinds = "".join(f'<a href="{_to(category=value)}">{escape(label)}</a> ' for value, label in _categories(listing))
    best = "Best sellers" if lang == "en" else "热卖榜"
    floor = f'<section class="floor"><header><h2>{best}</h2></header>{_grid(listing.items, folder)}</section>'
    return _block(
        name, "home", f"{_top(name, lang)}{_hero(hero, folder, lang)}<nav class='kinds'>{kinds}</nav>{floor}", lang
    )


def page(shown: ShownPage, name: str, folder: Path, lang: Lang) -> str:
    """A campaign's page: its heading, and its blocks of words and goods."""
    title = _in(lang, shown.title, shown.title_en)
    return _block(name, "decorated", f"<h1 class='first-title'>{title}</h1>{_pieces(shown, folder, lang)}", lang)


def _top(name: str, lang: Lang) -> str:
    return f'<div class="home-head phone"><div class="row"><h1>{escape(name)}</h1></div>{_pill(lang)}</div>'


def _pieces(shown: ShownPage, folder: Path, lang: Lang) -> str:
    return "".join(_piece(each, folder, lang) for each in shown.blocks)


def _piece(each: ShownBlock, folder: Path, lang: Lang) -> str:
    """A block as far as it is words and goods; what needs the application's own reads comes with it."""
    match each.block:
        case HeroBlock():
            return _hero(each.cards[0] if each.cards else None, folder, lang)
        case NoticeBlock(text=text, text_en=text_en):
            return f'<section class="block notice"><span class="row">{_in(lang, text, text_en)}</span></section>'
        case TitleBlock(title=title, title_en=title_en):
            return f'<section class="block floor"><header><h2>{_in(lang, title, title_en)}</h2></header></section>'
        case BannerBlock(title=title, title_en=title_en, picture=picture):
            source = escape(picture or art.landscape(folder), quote=True)
            shot = f'<img class="picture" src="{source}" alt="">' if source else ""
            words = f'<span class="shot-words"><b>{_in(lang, title, title_en)}</b></span>'
            return f'<section class="block banner"><span class="shot">{shot}{words}</span></section>'
        case TextBlock(body=body, body_en=body_en):
            said = "".join(map(_written, body_en if lang == "en" and body_en else body))
            return f'<section class="block card about writing">{said}</section>'
        case GoodsBlock(title=title, title_en=title_en) | FloorBlock(title=title, title_en=title_en) if each.cards:
            said = _in(lang, title, title_en) or escape(each.label if isinstance(each.block, FloorBlock) else "")
            head = f"<header><h2>{said}</h2></header>" if said else ""
            return f'<section class="block floor">{head}{_grid(each.cards, folder)}</section>'
    return ""


def _written(piece: Writing) -> str:
    """A piece of a text as far as it is words."""
    match piece:
        case Heading(text=text):
            return f"<h3>{escape(text)}</h3>"
        case Paragraph(text=text):
            return f'<p class="prose">{escape(text)}</p>'
        case Bullets(items=items):
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        case Rows(rows=rows):
            return "".join(f"<p>{escape(' '.join(row))}</p>" for row in rows)
    return ""


def _in(lang: Lang, zh: str, en: str) -> str:
    return escape(en if lang == "en" and en else zh)


async def goods(db: Database, mall: ShopFacts, name: str, folder: Path, category: CategoryId | None, lang: Lang) -> str:
    """A list as the page shows it first, whole with its links."""
    listing = await _listing(db, mall, category, Sort.RELEVANCE, IN_A_LIST, lang)
    named = dict(_categories(listing))
    title = named.get(str(category), "All products" if lang == "en" else "全部商品")
    bar = f'<div class="bar phone">{_pill(lang)}</div>'
    body = f"{bar}<h1 class='first-title'>{escape(title)}</h1>{_grid(listing.items, folder)}"
    return _block(name, "list", body, lang)


def product(shown: ProductPage, name: str, folder: Path, lang: Lang, reviews: Iterable[Review] = ()) -> str:
    """A product: picture, name, price, what it is, what goes with it."""
    card = shown.card
    crumbs = "".join(f'<a href="{_to(category=str(each.id))}">{escape(each.name)}</a> › ' for each in shown.breadcrumbs)
    summary = shown.description.summary if shown.description else ""
    traits = "".join(
        f"<div><dt>{escape(each.label)}</dt><dd>{escape('、'.join(map(str, each.values)))}</dd></div>"
        for each in shown.traits
    )
    named = [(" ".join(map(str, each.choices.values())) or each.name, each.price_minor) for each in shown.variants]
    variants = "".join(f"<li>{escape(name_)} {_money(minor, card.currency)}</li>" for name_, minor in named[:IN_A_LIST])
    said = "".join(f'<article class="review"><p>{escape(each.text)}</p></article>' for each in reviews)
    head = (
        f'<div class="price-line">{_price(card, "large")}</div><h1 class="product-name">{escape(card.name)}</h1>'
        f"<p class='faint'>{escape(summary)}</p>"
    )
    body = (
        f'<nav class="crumbs wide">{crumbs}</nav><div class="product">'
        f'<div class="gallery"><span class="frame">{_picture(card, folder)}</span></div>'
        f'<div class="product-head"><div class="card">{head}</div>'
        f'<div class="card"><ul class="first-list">{variants}</ul></div></div></div>'
        f"<div class='product-about'><section class='card about'><dl class='traits'>{traits}</dl>{said}</section></div>"
        f"{_grid(shown.related[:4], folder)}"
    )
    return _block(name, "product-page", body, lang)


def filled(html: bytes, block: str) -> bytes:
    """The mall's page with this block before what the application draws."""
    return html.replace(b'<div id="app"></div>', block.encode() + b'<div id="app"></div>', 1) if block else html


async def _listing(
    db: Database, mall: ShopFacts, category: CategoryId | None, sort: Sort, limit: int, lang: Lang
) -> Listing:
    kept = await storefront.listing_answer(db, mall, category, sort, limit, lang)
    return msgspec.json.decode(kept, type=Listing)


def _categories(listing: Listing) -> list[tuple[str, str]]:
    found = next((facet for facet in listing.facets if facet.key == "category"), None)
    return [] if found is None else [(str(each.value), each.label) for each in found.values]


def _block(name: str, kind: str, body: str, lang: Lang) -> str:
    everything, home_ = ("All products", "Home") if lang == "en" else ("全部商品", "首页")
    brand = f'<a class="brand" href="/"><span>{escape(name)}</span></a>'
    ways = f'<a href="/">{home_}</a> <a href="/mall/list">{everything}</a>'
    head = (
        f'<header class="top wide"><div class="inner top-main">{brand}</div>'
        f'<nav class="inner categories">{ways}</nav></header>'
    )
    return f'<div id="{FIRST}" class="shell {kind}">{head}<div class="page">{body}</div></div>'


def _pill(lang: Lang) -> str:
    search = "Search" if lang == "en" else "搜索商品，支持拼音"
    return f'<a class="search-pill" href="/mall/search">{search}</a>'


def _hero(card: Card | None, folder: Path, lang: Lang) -> str:
    """As large as the application's: were that one larger, the page would count as painted only when it has come."""
    if card is None:
        return ""
    over, more, go = HERO[lang]
    hills = escape(art.landscape(folder), quote=True)
    style = f"background-image:url(&quot;{hills}&quot;)" if hills else ""
    return (
        f'<section class="hero" style="{style}"><div class="hero-words"><small>{over}</small>'
        f"<h2>{escape(card.name)}</h2><p>{escape(card.badges[0] if card.badges else more)}</p>"
        f'<div class="row"><a class="button" href="{_of(card)}">{go}</a>{_price(card)}</div></div>'
        f'<a class="hero-picture" href="{_of(card)}">{_picture(card, folder)}</a></section>'
    )


def _grid(cards: Iterable[Card], folder: Path) -> str:
    return f'<div class="grid">{"".join(_card(card, folder, n < 4) for n, card in enumerate(cards))}</div>'


def _card(card: Card, folder: Path, is_first: bool) -> str:
    badges = "".join(f'<span class="badge">{escape(badge)}</span>' for badge in card.badges[:2])
    return (
        f'<a class="goods" href="{_of(card)}"><span class="frame">{_picture(card, folder, is_first)}</span>'
        f'<span class="goods-name">{escape(card.name)}</span><span class="badges">{badges}</span>'
        f'<span class="goods-price">{_price(card)}</span></a>'
    )


def _picture(card: Card, folder: Path, is_first: bool = True) -> str:
    source = card.picture or art.drawing(folder, card.name)
    if not source:
        return ""
    kept = "" if is_first else ' loading="lazy"'
    return f'<img class="picture" src="{escape(source, quote=True)}" alt="{escape(card.name, quote=True)}"{kept}>'


def _price(card: Card, size: str = "") -> str:
    return f'<span class="price {size}">{_money(card.price_minor, card.currency)}</span>'


def _money(minor: int, currency: str) -> str:
    return escape(f"{MARKS.get(currency, currency + ' ')}{Money(minor, currency).major()}")


def _of(card: Card) -> str:
    return escape(f"/mall/product?{urlencode({'id': str(card.id)})}", quote=True)


def _to(**query: str) -> str:
    return escape(f"/mall/list?{urlencode(query)}", quote=True)
