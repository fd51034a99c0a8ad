"""What holds of a page's blocks by themselves: what they name, what is wrong with them, when they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Final, NamedTuple

from shangmai.modules.catalog.contract import CategoryId, ProductId
from shangmai.modules.catalog.contract.content import Heading, Paragraph
from shangmai.modules.storefront.contract.blocks import (
    Audience,
    BannerBlock,
    CarouselBlock,
    FloorBlock,
    GoodsBlock,
    HeroBlock,
    KindsBlock,
    NoticeBlock,
    PageBlock,
    Target,
    TextBlock,
    TitleBlock,
    ToCategory,
    ToPage,
    ToProduct,
    Zone,
    ZonesBlock,
)

CARDS_MAX: Final = 200
"""Products of a page, all blocks together: each is read when the mall changes."""


class Fault(NamedTuple):
    """Where a page is wrong, and how, in both languages."""

    path: str
    en: str
    zh: str


def links_of(block: PageBlock) -> list[Target]:
    """Where a block leads to."""
    match block:
        case CarouselBlock():
            found: Iterable[Target | None] = (slide.link for slide in block.slides)
        case ZonesBlock():
            found = (zone.link for zone in block.zones)
        case _:
            found = (getattr(block, "link", None),)
    return [link for link in found if link is not None]


def products_in(block: PageBlock) -> list[ProductId]:
    """The products that a block names."""
    named: list[ProductId] = [link.product_id for link in links_of(block) if isinstance(link, ToProduct)]
    if isinstance(block, GoodsBlock):
        named += block.products
    if isinstance(block, HeroBlock) and block.product_id is not None:
        named.append(block.product_id)
    return named


def categories_in(block: PageBlock) -> list[CategoryId]:
    """The categories that a block names."""
    named: list[CategoryId] = [link.category_id for link in links_of(block) if isinstance(link, ToCategory)]
    if isinstance(block, KindsBlock):
        named += block.categories
    if isinstance(block, GoodsBlock | FloorBlock) and block.category_id is not None:
        named.append(block.category_id)
    return named


def pages_in(block: PageBlock) -> list[str]:
    """The pages that a block leads to."""
    return [link.slug for link in links_of(block) if isinstance(link, ToPage)]


def words_in(block: PageBlock) -> list[tuple[str, str]]:
    """What a block says in its largest letters, in Chinese and English; the English may be empty."""
    match block:
        case BannerBlock():
            return [(block.title, block.title_en), (block.text, block.text_en)]
        case NoticeBlock():
            return [(block.text, block.text_en)]
        case TitleBlock():
            return [(block.title, block.title_en), (block.hint, block.hint_en)]
        case GoodsBlock() | FloorBlock():
            return [(block.title, block.title_en)]
        case CarouselBlock():
            return [(slide.title, slide.title_en) for slide in block.slides]
        case TextBlock():
            return _pairs(block)
    return []


def _pairs(block: TextBlock) -> list[tuple[str, str]]:
    """Its Chinese and English pieces side by side; where there is English, nothing of the Chinese stands in for it."""
    zh, en = (
        [each.text for each in body if isinstance(each, Heading | Paragraph)] for body in (block.body, block.body_en)
    )
    return list(zip_longest(zh, en, fillvalue=" ")) if en else [(text, "") for text in zh]


def picture_in(block: PageBlock) -> str:
    """The first picture that a block shows by an address of its own; empty where it has none."""
    match block:
        case CarouselBlock():
            return next((slide.picture for slide in block.slides if slide.picture), "")
        case BannerBlock() | FloorBlock() | ZonesBlock():
            return block.picture
    return ""


def cards_in(block: PageBlock) -> int:
    """How many products a block shows at most."""
    match block:
        case HeroBlock():
            return 1
        case GoodsBlock():
            return len(block.products) or block.limit
        case FloorBlock():
            return block.limit
    return 0


def faults(blocks: Sequence[PageBlock]) -> list[Fault]:
    """What is wrong with blocks whatever the shop has: a path and why, in both languages."""
    return [*_of_page(blocks), *(fault for n, block in enumerate(blocks) for fault in _of_block(n, block))]


def _of_page(blocks: Sequence[PageBlock]) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, block in enumerate(blocks):
        if block.key in seen:
            yield Fault(f"blocks.{n}.key", f"{block.key} stands twice", f"{block.key} 重复")
        seen.add(block.key)
    shown = sum(map(cards_in, blocks))
    if shown > CARDS_MAX:
        en, zh = f"{shown} products on one page are more than {CARDS_MAX}", f"一页 {shown} 个商品，超过 {CARDS_MAX} 个"
        yield Fault("blocks", en, zh)


def _of_block(n: int, block: PageBlock) -> Iterator[Fault]:
    if block.from_at is not None and block.until_at is not None and block.until_at <= block.from_at:
        yield Fault(f"blocks.{n}.until_at", "is not after from_at", "须晚于开始时间 from_at")
    if isinstance(block, ZonesBlock):
        for place, zone in enumerate(block.zones):
            if not _is_within(zone):
                yield Fault(f"blocks.{n}.zones.{place}", "reaches beyond the picture", "热区超出图片")


def _is_within(zone: Zone) -> bool:
    return zone.left + zone.width <= 100 and zone.top + zone.height <= 100


def is_shown(block: PageBlock, now: datetime, *, is_member: bool) -> bool:
    """Whether somebody sees a block at a moment."""
    begins, ends = block.from_at, block.until_at
    is_meant = block.audience in (Audience.EVERYONE, Audience.MEMBERS if is_member else Audience.GUESTS)
    return is_meant and (begins is None or begins <= now) and (ends is None or now < ends)


def next_turn(blocks: Iterable[PageBlock], now: datetime) -> datetime | None:
    """When one of these blocks begins or ends next."""
    moments = (moment for block in blocks for moment in (block.from_at, block.until_at))
    return min((moment for moment in moments if moment is not None and moment > now), default=None)
