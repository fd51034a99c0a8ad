"""Pages that are made of blocks: saving, publishing, rolling back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from asyncpg import Record

from shangmai.kernel.actions.contract import action
from shangmai.kernel.actions.origins import origins_of
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract import NoShopWindow
from shangmai.modules.storefront.contract.pages import (
    BadBlocks,
    NeverPublished,
    PageChanged,
    PageMovedOn,
    PageNotFound,
    PageSummary,
    PageVersion,
    PageVersionSummary,
    PublishPage,
    RollBackPage,
    SavePage,
    TooManyPages,
)
from shangmai.modules.storefront.queries import pages, searching, writing
from shangmai.modules.storefront.rules import blocks as rules
from shangmai.modules.storefront.rules.blocks import Fault
from shangmai.modules.storefront.rules.listing import CATEGORY, term_id
from shangmai.modules.storefront.service.keeping import get_mall

DECORATE: Final = "storefront.decorate"
PAGES_MAX: Final = 200
VERSIONS_SHOWN: Final = 100
HOME: Final = "home"
SAID_MAX: Final = 3
"""So many faults stand in the message; the fields tell all."""


@action(
    "storefront.save_page",
    grant=DECORATE,
    scope=lambda do: {"shop": do.shop_id},
    errors=[NoShopWindow, BadBlocks, PageMovedOn, TooManyPages],
)
async def save_page(tx: Tx, do: SavePage) -> PageVersion:
    """Save a page as its next version, a draft; shoppers see nothing of it yet.

    What is as the newest version already makes no other. `base` must be the newest version, so that nobody writes over
    what somebody else has saved meanwhile. Products must be shown in the shop, categories and pages must be there.
    Raises: NoShopWindow, BadBlocks, PageMovedOn, TooManyPages.
    """
    await get_mall(tx, do.shop_id)
    if do.base == 0:
        await pages.begin(tx, do.shop_id, do.slug)
    held = await pages.lock(tx, do.shop_id, do.slug)
    latest = held[0] if held else 0
    if latest != do.base:
        raise PageMovedOn(slug=do.slug, version=latest)
    if do.base == 0 and await pages.count(tx, do.shop_id) > PAGES_MAX:
        raise TooManyPages(most=PAGES_MAX)
    await _check(tx, do)
    before = await pages.get_version(tx, do.shop_id, do.slug, latest)
    if before is not None and _said(before) == _said(do):
        return before
    await pages.insert(tx, do, latest + 1)
    return PageVersion(
        slug=do.slug,
        version=latest + 1,
        title=do.title,
        title_en=do.title_en,
        foot=do.foot,
        blocks=do.blocks,
        saved_at=tx.now,
        published_at=None,
    )


@action(
    "storefront.publish_page",
    grant=DECORATE,
    scope=lambda do: {"shop": do.shop_id},
    errors=[PageNotFound, PageMovedOn],
)
async def publish_page(tx: Tx, do: PublishPage) -> PageSummary:
    """Show a page's newest version to shoppers; one that is shown already changes nothing.

    Event storefront.page_changed.v1. Raises: PageNotFound, PageMovedOn where `version` is not the newest.
    """
    latest, published = await _held(tx, do.shop_id, do.slug)
    if do.version != latest:
        raise PageMovedOn(slug=do.slug, version=latest)
    if published != latest:
        await _show(tx, do.shop_id, do.slug, latest)
    return await _summary(tx, do.shop_id, do.slug)


@action(
    "storefront.roll_back_page",
    grant=DECORATE,
    scope=lambda do: {"shop": do.shop_id},
    errors=[PageNotFound, PageMovedOn, NeverPublished],
)
async def roll_back_page(tx: Tx, do: RollBackPage) -> PageSummary:
    """Show a version again that was shown before, or the page no longer; drafts stay as they are.

    `instead_of` must be what is shown now. Event storefront.page_changed.v1.
    Raises: PageNotFound, PageMovedOn, NeverPublished.
    """
    _, published = await _held(tx, do.shop_id, do.slug)
    if published != do.instead_of:
        raise PageMovedOn(slug=do.slug, version=published or 0)
    if do.version is not None:
        version = await pages.get_version(tx, do.shop_id, do.slug, do.version)
        if version is None:
            raise PageNotFound(slug=do.slug)
        if version.published_at is None:
            raise NeverPublished(slug=do.slug, version=do.version)
    if do.version != published:
        await _show(tx, do.shop_id, do.slug, do.version)
    return await _summary(tx, do.shop_id, do.slug)


async def published_pages(tx: Tx, shop_id: ShopId) -> list[str]:
    """The slugs of the campaigns that shoppers can see, by name; the first page is not among them."""
    return await pages.published_slugs(tx, shop_id)


async def _held(tx: Tx, shop_id: ShopId, slug: str) -> tuple[int, int | None]:
    held = await pages.lock(tx, shop_id, slug)
    if held is None:
        raise PageNotFound(slug=slug)
    return held


async def _show(tx: Tx, shop_id: ShopId, slug: str, version: int | None) -> None:
    """From the commit on shoppers see this version: the mall's version rises, so that no kept answer outlives it."""
    await pages.publish(tx, shop_id, slug, version)
    await writing.lock_shop(tx, shop_id)
    await writing.next_version(tx, shop_id, 0)
    tx.emit(PageChanged(shop_id=shop_id, slug=slug, version=version))


async def _summary(tx: Tx, shop_id: ShopId, slug: str) -> PageSummary:
    return next(each for each in await list_pages(tx, shop_id) if each.slug == slug)


async def list_pages(tx: Tx, shop_id: ShopId) -> list[PageSummary]:
    """A mall's pages by their slugs."""
    return [PageSummary(**row) for row in await _with_who(tx, await pages.of_shop(tx, shop_id))]


async def list_versions(tx: Tx, shop_id: ShopId, slug: str) -> list[PageVersionSummary]:
    """The newest versions of a page, the newest first."""
    rows = await pages.versions(tx, shop_id, slug, VERSIONS_SHOWN)
    return [PageVersionSummary(**row) for row in await _with_who(tx, rows)]


async def _with_who(tx: Tx, rows: Sequence[Mapping[str, Any] | Record]) -> list[dict[str, Any]]:
    """Rows with who saved what they tell of, in the place of its cause."""
    origins = await origins_of(tx, {row["cause"] for row in rows})
    return [
        {name: value for name, value in row.items() if name != "cause"} | {"saved_by": origins[row["cause"]].by}
        for row in rows
    ]


def _said(page: PageVersion | SavePage) -> tuple[object, ...]:
    return page.title, page.title_en, page.foot, page.blocks


async def _check(tx: Tx, do: SavePage) -> None:
    """Raises: BadBlocks."""
    found = [*rules.faults(do.blocks), *await _unknown(tx, do)]
    if do.slug == HOME and do.foot is not None:
        found.append(Fault("foot", "is not for the first page", "首页不能放进页脚"))
    if found:
        en = "; ".join(f"{fault.path} {fault.en}" for fault in found[:SAID_MAX])
        zh = "；".join(f"{fault.path} {fault.zh}" for fault in found[:SAID_MAX])
        raise BadBlocks([(fault.path, fault.en) for fault in found], what={"en": en, "zh": zh})


async def _unknown(tx: Tx, do: SavePage) -> list[Fault]:
    """What blocks name that the shop does not have."""
    products = {id_ for block in do.blocks for id_ in rules.products_in(block)}
    shown = {row["product_id"] for row in await searching.cards(tx, do.shop_id, sorted(products))}
    terms = {term_id(CATEGORY, str(id_)): id_ for block in do.blocks for id_ in rules.categories_in(block)}
    known = {terms[row["id"]] for row in await searching.terms(tx, sorted(terms))}
    there = await pages.slugs(tx, do.shop_id)
    return [
        Fault(f"blocks.{n}", en, zh)
        for n, block in enumerate(do.blocks)
        for en, zh in (
            *(
                (f"names the product {id_}, which this shop does not show", f"引用的商品 {id_} 未在此商城上架")
                for id_ in rules.products_in(block)
                if id_ not in shown
            ),
            *(
                (f"names the category {id_}, in which no shop shows anything", f"引用的类目 {id_} 没有在售商品")
                for id_ in rules.categories_in(block)
                if id_ not in known
            ),
            *(
                (f"leads to the page {slug}, which is not there", f"链接的页面 {slug} 不存在")
                for slug in rules.pages_in(block)
                if slug not in there
            ),
        )
    ]
