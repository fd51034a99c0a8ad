"""A page of blocks as shoppers get it: with its products, for a moment and an audience."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import CategoryId
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract import Card, Sort
from shangmai.modules.storefront.contract.blocks import SLUG, FloorBlock, GoodsBlock, HeroBlock, PageBlock
from shangmai.modules.storefront.contract.pages import PageDraft, PageVersion, ShownBlock, ShownFoot, ShownPage
from shangmai.modules.storefront.queries import pages, searching
from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules import blocks as rules
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.listing import CATEGORY, Named, term_id
from shangmai.modules.storefront.service.searching import cards, first_cards
from shangmai.modules.storefront.service.shelf import Kept
from shangmai.modules.storefront.service.shopping import encode, kept_answer

_SLUG: Final = re.compile(SLUG)


async def page_answer(db: Database, mall: ShopFacts, slug: str, lang: Lang, *, is_member: bool) -> Kept:
    """What is published, as JSON of a ShownPage for this moment; version 0 where nothing is.

    The page with all its products is kept while the mall is of the same version; what begins and ends by the clock is
    left out of it for each answer, so that a schedule is kept to the second and nobody reads ahead.
    """
    shown = await page_of(db, mall, slug, lang, is_member=is_member)
    return Kept.of(shown.version, encode(shown))


async def page_of(db: Database, mall: ShopFacts, slug: str, lang: Lang, *, is_member: bool) -> ShownPage:
    """What is published, for this moment; version 0 where nothing is."""
    if not _SLUG.fullmatch(slug):
        return _nothing(slug)

    async def make(tx: Tx) -> ShownPage:
        version = await pages.get_published(tx, mall.id, slug)
        return _nothing(slug) if version is None else await draw(tx, mall, version, lang)

    kept = await kept_answer(db, mall, f"page {lang} {slug}", make)
    return at_moment(msgspec.json.decode(kept.body, type=ShownPage), db.clock.now(), is_member=is_member)


async def foot_answer(db: Database, mall: ShopFacts) -> Kept:
    """The pages in the mall's foot, as JSON of a ShownFoot, kept while the mall is of the same version."""

    async def make(tx: Tx) -> ShownFoot:
        return ShownFoot(pages=tuple(await pages.in_foot(tx, mall.id)))

    return await kept_answer(db, mall, "foot", make)


def _nothing(slug: str) -> ShownPage:
    return ShownPage(slug=slug, version=0, title="", title_en="", blocks=(), turns_at=None)


def words_of(page: ShownPage, lang: Lang) -> list[str]:
    """What a page says in its largest letters, in one language, from above; each once."""
    said = (en if lang == "en" and en else zh for each in page.blocks for zh, en in rules.words_in(each.block))
    return list(dict.fromkeys(words for words in said if words.strip()))


def picture_of(page: ShownPage) -> str:
    """The picture that stands for a page: the first of its blocks', else of its products'; empty without any."""
    own = (rules.picture_in(each.block) for each in page.blocks)
    goods = (card.picture for each in page.blocks for card in each.cards)
    return next(filter(None, (*own, *goods)), "")


def at_moment(page: ShownPage, now: datetime, *, is_member: bool) -> ShownPage:
    """The page with what is shown to somebody then."""
    return replace(
        page,
        blocks=tuple(each for each in page.blocks if rules.is_shown(each.block, now, is_member=is_member)),
        turns_at=rules.next_turn((each.block for each in page.blocks), now),
    )


async def draw(tx: Tx, mall: ShopFacts, version: PageVersion, lang: Lang) -> ShownPage:
    """A version with all its blocks and what they need of the window; a few statements for each block of products."""
    drawn = await _draw(tx, mall, version, version.version, lang)
    return replace(drawn, published_at=version.published_at)


async def draw_draft(tx: Tx, mall: ShopFacts, draft: PageDraft, lang: Lang) -> ShownPage:
    """A page that is being edited, with what its blocks need; version 1, for 0 says that there is none."""
    return await _draw(tx, mall, draft, 1, lang)


async def _draw(tx: Tx, mall: ShopFacts, page: PageVersion | PageDraft, version: int, lang: Lang) -> ShownPage:
    labels = await _labels(tx, page.blocks, lang)
    return ShownPage(
        slug=page.slug,
        version=version,
        title=page.title,
        title_en=page.title_en,
        blocks=tuple([await _drawn(tx, mall, block, labels, lang) for block in page.blocks]),
        turns_at=None,
    )


async def _drawn(tx: Tx, mall: ShopFacts, block: PageBlock, labels: dict[CategoryId, str], lang: Lang) -> ShownBlock:
    category = getattr(block, "category_id", None)
    found = await _cards(tx, mall, block, lang)
    return ShownBlock(block=block, cards=found, label=labels.get(category, "") if category else "")


async def _cards(tx: Tx, mall: ShopFacts, block: PageBlock, lang: Lang) -> tuple[Card, ...]:
    match block:
        case HeroBlock(product_id=None):
            return await _first(tx, mall, None, Sort.SALES, 1, lang)
        case HeroBlock(product_id=id_):
            return await cards(tx, mall, [id_] if id_ else [], lang)
        case GoodsBlock() if block.products:
            return await cards(tx, mall, block.products, lang)
        case GoodsBlock():
            return await _first(tx, mall, block.category_id, block.sort, block.limit, lang)
        case FloorBlock():
            return await _first(tx, mall, block.category_id, Sort.SALES, block.limit, lang)
    return ()


async def _first(
    tx: Tx, mall: ShopFacts, category: CategoryId | None, sort: Sort, limit: int, lang: Lang
) -> tuple[Card, ...]:
    chosen = asking.chosen(category, (), (), False, ())
    return await first_cards(tx, mall, Question(shop_id=mall.id, chosen=chosen, sort=sort), limit, lang)


async def _labels(tx: Tx, blocks: Sequence[PageBlock], lang: Lang) -> dict[CategoryId, str]:
    """What the categories are called that blocks name."""
    terms = {term_id(CATEGORY, str(id_)): id_ for block in blocks for id_ in rules.categories_in(block)}
    rows = await searching.terms(tx, sorted(terms))
    return {terms[row["id"]]: Named(row["label"], row["label_en"]).in_(lang) for row in rows}
