"""Pages that are made of blocks (店铺装修): saved as drafts, published, rolled back; and how shoppers get them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, convert

from shangmai.kernel.clock import Instant
from shangmai.kernel.errors import Conflict, Invalid, NotFound, fill
from shangmai.kernel.events.contract import event
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.blocks import PageBlock, PageBlocks, Short, Slug
from shangmai.modules.storefront.contract.shown import Card

Base = Annotated[int, Meta(ge=0)]
PageVersionNo = Annotated[int, Meta(ge=1)]


class FootGroup(StrEnum):
    """What the pages in a mall's foot are about. 购物指南、售后服务、关于我们。"""

    BUYING = "buying"
    SERVICE = "service"
    ABOUT = "about"


class FootSpot(Struct, frozen=True, kw_only=True):
    """Where in the mall's foot a page stands: under what, and after those with a lower `place`. 页脚位置。"""

    group: FootGroup
    place: Annotated[int, Meta(ge=1, le=99)] = 50


class SavePage(Struct, frozen=True, kw_only=True):
    """Save a page as its next version. `base`: the version that was edited, 0 for a page that is new; `foot`: where in
    the mall's foot it stands while it is shown, null for nowhere. 保存页面。
    """

    shop_id: ShopId
    slug: Slug
    base: Base
    title: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
    title_en: Short = ""
    foot: FootSpot | None = None
    blocks: PageBlocks


class PublishPage(Struct, frozen=True, kw_only=True):
    """Show a page's newest version, which is this one, to shoppers. 发布页面。"""

    shop_id: ShopId
    slug: Slug
    version: PageVersionNo


class RollBackPage(Struct, frozen=True, kw_only=True):
    """Show a version that was shown before in the place of `instead_of`; null: show the page no longer. 回滚页面。"""

    shop_id: ShopId
    slug: Slug
    version: PageVersionNo | None
    instead_of: PageVersionNo


class PageDraft(Struct, frozen=True, kw_only=True):
    """A page as it is being edited, to be looked at as a member or a guest would see it, `at` a moment or now."""

    shop_id: ShopId
    slug: Slug
    title: Short = ""
    title_en: Short = ""
    blocks: PageBlocks
    is_member: bool = False
    at: Instant | None = None


class PageSummary(Struct, frozen=True, kw_only=True):
    """A page as the list of pages has it: its newest version, who saved that, and the one that shoppers see."""

    slug: str
    title: str
    title_en: str
    foot: FootSpot | None
    latest: int
    published: int | None
    saved_at: datetime
    saved_by: str


class PageVersionSummary(Struct, frozen=True, kw_only=True):
    """A version without its blocks. `published_at`: when it was shown last; null where it never was."""

    version: int
    title: str
    blocks: int
    saved_at: datetime
    saved_by: str
    published_at: datetime | None


class PageVersion(Struct, frozen=True, kw_only=True):
    """A version as it is edited."""

    slug: str
    version: int
    title: str
    title_en: str
    foot: FootSpot | None
    blocks: tuple[PageBlock, ...]
    saved_at: datetime
    published_at: datetime | None


class ShownBlock(Struct, frozen=True, kw_only=True):
    """A block with what it needs of the shop window: the products that it shows, what its category is called."""

    block: PageBlock
    cards: tuple[Card, ...] = ()
    label: str = ""


class ShownPage(Struct, frozen=True, kw_only=True):
    """A page as shoppers see it now, since `published_at`. `turns_at`: when a block begins or ends next.

    Version 0: nothing is published; the mall shows its own first page.
    """

    slug: str
    version: int
    title: str
    title_en: str
    blocks: tuple[ShownBlock, ...]
    turns_at: datetime | None
    published_at: datetime | None = None


class FootPage(Struct, frozen=True, kw_only=True):
    """A page that stands in the mall's foot."""

    slug: str
    title: str
    title_en: str
    group: FootGroup


class ShownFoot(Struct, frozen=True, kw_only=True):
    """The pages in a mall's foot, in their order: delivery, returns, privacy and the like."""

    pages: tuple[FootPage, ...]


class PageTemplate(Struct, frozen=True, kw_only=True):
    """A page to begin with, that most shops need. 页面模板。"""

    slug: str
    title: str
    title_en: str
    foot: FootSpot
    blocks: tuple[PageBlock, ...]


@event("storefront.page_changed.v1", key="shop_id")
class PageChanged(Struct, frozen=True, kw_only=True):
    """Shoppers see this version of a page from now on; null: none."""

    shop_id: ShopId
    slug: str
    version: int | None


class PageNotFound(NotFound):
    """There is no page {slug} here, or no such version of it."""

    zh = "没有页面 {slug}，或没有这个版本。"


class PageMovedOn(Conflict):
    """Page {slug} is at version {version} now: somebody else has worked on it meanwhile. Load it anew, and go on."""

    zh = "页面 {slug} 已是第 {version} 版，其他人同时修改过。请重新载入后继续。"


class NeverPublished(Conflict):
    """Version {version} of page {slug} was never shown, so there is nothing to go back to. Publish the newest one."""

    zh = "页面 {slug} 的第 {version} 版从未发布，不能回滚到它。请发布最新版本。"


class BadBlocks(Invalid):
    """The page cannot be saved: {what}. Nothing was changed."""

    zh = "页面无法保存：{what}。未做任何修改。"

    def message(self, lang: str = "en") -> str:
        """Say what is wrong in the reader's language."""
        is_chinese = lang[:2].lower() == "zh"
        what = convert(self.data["what"], dict[str, str])["zh" if is_chinese else "en"]
        return fill(self.zh if is_chinese else self.en, {**self.data, "what": what})


class TooManyPages(Conflict):
    """A mall has {most} pages at most."""

    zh = "一个商城最多 {most} 个页面。"
