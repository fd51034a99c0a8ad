"""What a page of the mall is made of: one Struct for each kind of block, told apart on the wire by `kind`.

A block is data: no HTML, no styles, no scripts. Whoever draws it (the mall, the server before any script runs, the
editor) decides how it looks. Texts have a Chinese and an English form; without the English one the Chinese is shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from shangmai.kernel.clock import Instant
from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.catalog.contract.content import Block as Writing
from shangmai.modules.storefront.contract.shown import Sort

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, Meta(min_length=1, max_length=60, pattern=SLUG, description="As spring-tea; `home`: the first.")]
Short = Annotated[str, Meta(max_length=60)]
Long = Annotated[str, Meta(max_length=200)]
Key = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", description="Unique on its page.")]
Shot = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=r"""^(|https://[^\s"'<>\\]+|/[^\s"'<>\\/][^\s"'<>\\]*)$""",
        description="Where a picture is: https, or a path of this site. Empty: one is drawn.",
    ),
]
Percent = Annotated[int, Meta(ge=0, le=100)]
Shown = Annotated[int, Meta(ge=1, le=40)]


class Audience(StrEnum):
    """Who sees a block. It is a matter of taste, not of secrecy: whoever asks as a member is shown what members see."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    GUESTS = "guests"


class Place(StrEnum):
    """Pages that every mall has."""

    LIST = "list"
    FLASH = "flash"
    COUPONS = "coupons"
    ORDERS = "orders"
    KEPT = "kept"
    ME = "me"
    HELP = "help"


class ToProduct(Struct, frozen=True, kw_only=True, tag="product", tag_field="to"):
    product_id: ProductId


class ToCategory(Struct, frozen=True, kw_only=True, tag="category", tag_field="to"):
    category_id: CategoryId


class ToPage(Struct, frozen=True, kw_only=True, tag="page", tag_field="to"):
    """To another page that is made of blocks."""

    slug: Slug


class ToPlace(Struct, frozen=True, kw_only=True, tag="place", tag_field="to"):
    place: Place


class ToSearch(Struct, frozen=True, kw_only=True, tag="search", tag_field="to"):
    q: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class ToWeb(Struct, frozen=True, kw_only=True, tag="web", tag_field="to"):
    """To another site; it opens beside the mall. Mini-programs do not show it."""

    url: Annotated[str, Meta(max_length=2000, pattern=r"""^https://[^\s"'<>\\]+$""")]


Target = ToProduct | ToCategory | ToPage | ToPlace | ToSearch | ToWeb
"""Where something leads to."""


class _Block(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """`from_at` and `until_at`: when it is shown, `[from, until)`; null for always."""

    key: Key
    from_at: Instant | None = None
    until_at: Instant | None = None
    audience: Audience = Audience.EVERYONE


class HeroBlock(_Block, frozen=True, kw_only=True, tag="hero"):
    """A product large, over a landscape; without one, what sells best. 主推商品。"""

    product_id: ProductId | None = None


class BannerBlock(_Block, frozen=True, kw_only=True, tag="banner"):
    """A picture as wide as the page with words on it. 横幅。"""

    picture: Shot = ""
    title: Short
    title_en: Short = ""
    text: Long = ""
    text_en: Long = ""
    link: Target | None = None


class Slide(Struct, frozen=True, kw_only=True):
    """One picture of a carousel."""

    picture: Shot = ""
    title: Short = ""
    title_en: Short = ""
    link: Target | None = None


class CarouselBlock(_Block, frozen=True, kw_only=True, tag="carousel"):
    """Pictures to push aside; they do not move by themselves. 轮播。"""

    slides: Annotated[tuple[Slide, ...], Meta(min_length=1, max_length=8)]


class NoticeBlock(_Block, frozen=True, kw_only=True, tag="notice"):
    """A line that tells something. 公告。"""

    text: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    text_en: Long = ""
    link: Target | None = None


class KindsBlock(_Block, frozen=True, kw_only=True, tag="kinds"):
    """The ways to the categories; those named, else all of the first level. 类目导航。"""

    categories: Annotated[tuple[CategoryId, ...], Meta(max_length=10)] = ()


class CouponsBlock(_Block, frozen=True, kw_only=True, tag="coupons"):
    """Coupons that shoppers may take, at most so many. 领券。"""

    limit: Shown = 6


class FlashBlock(_Block, frozen=True, kw_only=True, tag="flash"):
    """Flash sales that are ahead or run, with the countdown. 限时秒杀。"""

    limit: Shown = 10


class OfferKind(StrEnum):
    GROUP_BUY = "group_buy"
    BARGAIN = "bargain"
    PRESALE = "presale"


class OffersBlock(_Block, frozen=True, kw_only=True, tag="offers"):
    """Group buys, bargains and pre-sales that run; of these kinds. 拼团、砍价、预售。"""

    kinds: Annotated[tuple[OfferKind, ...], Meta(min_length=1, max_length=3)] = tuple(OfferKind)
    limit: Shown = 6


class GoodsLayout(StrEnum):
    GRID = "grid"
    ROW = "row"


class GoodsBlock(_Block, frozen=True, kw_only=True, tag="goods"):
    """Products: those named, in this order; else the first of a category, or of all, in an order. 商品。"""

    title: Short = ""
    title_en: Short = ""
    products: Annotated[tuple[ProductId, ...], Meta(max_length=40)] = ()
    category_id: CategoryId | None = None
    sort: Sort = Sort.SALES
    limit: Shown = 8
    layout: GoodsLayout = GoodsLayout.GRID


class FloorBlock(_Block, frozen=True, kw_only=True, tag="floor"):
    """A category with what sells best in it, and a picture above. Without a title, the category's name. 楼层。"""

    category_id: CategoryId
    title: Short = ""
    title_en: Short = ""
    picture: Shot = ""
    limit: Shown = 4


class Zone(Struct, frozen=True, kw_only=True):
    """A part of a picture that leads somewhere: from the left and the top, wide and high, in percent of the picture."""

    left: Percent
    top: Percent
    width: Annotated[int, Meta(ge=1, le=100)]
    height: Annotated[int, Meta(ge=1, le=100)]
    label: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S", description="What screen readers say.")]
    link: Target


class ZonesBlock(_Block, frozen=True, kw_only=True, tag="zones"):
    """A picture of which parts lead somewhere. 图片热区。"""

    picture: Annotated[Shot, Meta(min_length=1)]
    alt: Short = ""
    zones: Annotated[tuple[Zone, ...], Meta(max_length=20)] = ()


class TextBlock(_Block, frozen=True, kw_only=True, tag="text"):
    """Headings, paragraphs, lists, tables, pictures, as in a product's description. 图文。

    `body_en`: all of it in English; without that, the Chinese is shown.
    """

    body: Annotated[tuple[Writing, ...], Meta(min_length=1, max_length=60)]
    body_en: Annotated[tuple[Writing, ...], Meta(max_length=60)] = ()


class TitleBlock(_Block, frozen=True, kw_only=True, tag="title"):
    """A heading, with a hint beside it and a way on. 标题。"""

    title: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
    title_en: Short = ""
    hint: Short = ""
    hint_en: Short = ""
    link: Target | None = None


class SpaceBlock(_Block, frozen=True, kw_only=True, tag="space"):
    """Some room, with a line in it if wished; `height` in pixels. 间隔。"""

    height: Annotated[int, Meta(ge=4, le=120)] = 16
    has_line: bool = False


class MemberBlock(_Block, frozen=True, kw_only=True, tag="member"):
    """Who is signed in, or the way to signing in; ways to coupons, points and orders. 会员卡片。"""


PageBlock = (
    HeroBlock
    | BannerBlock
    | CarouselBlock
    | NoticeBlock
    | KindsBlock
    | CouponsBlock
    | FlashBlock
    | OffersBlock
    | GoodsBlock
    | FloorBlock
    | ZonesBlock
    | TextBlock
    | TitleBlock
    | SpaceBlock
    | MemberBlock
)
"""A piece of a page. There are no others."""
PageBlocks = Annotated[tuple[PageBlock, ...], Meta(max_length=60)]
