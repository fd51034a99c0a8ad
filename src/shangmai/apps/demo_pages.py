"""The sample company's shop window as it is decorated: a first page, and a campaign that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from shangmai.modules.storefront.contract.pages import PageTemplate

CAMPAIGN: Final = "tea-season"
NAMED: Final = ("TEA-001", "TEA-002", "TEA-003", "TEA-004", "TEA-005", "POT-001", "CUP-001", "GIFT-01")
"""What the pages name, and what brings the categories that they name into the window."""


def campaign(products: Mapping[str, Any]) -> dict[str, Any]:
    """A page for the season's teas, with a picture of words, a text and two rows of goods."""
    return {
        "title": "春茶节",
        "title_en": "Spring tea season",
        "blocks": [
            {
                "kind": "banner",
                "key": "top",
                "title": "一杯春茶，满室山色",
                "title_en": "A cup of spring",
                "text": "明前采摘，手工炒制，产地直发",
                "text_en": "Picked before Qingming, fired by hand, sent from the hills",
            },
            {
                "kind": "goods",
                "key": "teas",
                "title": "当季名茶",
                "title_en": "Teas of the season",
                "products": [products[code] for code in NAMED[:5]],
                "layout": "grid",
            },
            {
                "kind": "text",
                "key": "how",
                "body": [
                    {"type": "heading", "text": "怎样泡好一杯绿茶"},
                    {
                        "type": "list",
                        "items": ["水温 80–85 ℃，杯子先温一温", "三克茶配一百五十毫升水", "一分钟后即可品饮"],
                    },
                ],
                "body_en": [
                    {"type": "heading", "text": "How to brew green tea"},
                    {
                        "type": "list",
                        "items": ["Water of 80–85 ℃, in a warmed cup", "Three grams to 150 ml", "Ready after a minute"],
                    },
                ],
            },
            {"kind": "coupons", "key": "coupons", "limit": 4},
            {
                "kind": "goods",
                "key": "ware",
                "title": "配一套好茶具",
                "title_en": "Ware that goes with them",
                "products": [products[code] for code in NAMED[5:7]],
                "layout": "grid",
            },
            {"kind": "member", "key": "member"},
        ],
    }


def home(categories: Mapping[str, Any]) -> dict[str, Any]:
    """The first page: what sells, what is on offer, what is new, and a floor for each of two categories."""
    return {
        "title": "首页",
        "title_en": "Home",
        "blocks": [
            {
                "kind": "notice",
                "key": "notice",
                "text": "新客领券满 99 减 10，全场满 99 元包邮",
                "text_en": "Newcomers take 10 off 99; free shipping from 99",
                "link": {"to": "place", "place": "coupons"},
            },
            {"kind": "hero", "key": "hero"},
            {"kind": "kinds", "key": "kinds"},
            {"kind": "flash", "key": "flash"},
            {"kind": "coupons", "key": "coupons"},
            {"kind": "offers", "key": "offers"},
            {
                "kind": "banner",
                "key": "season",
                "title": "春茶节 · 明前新茶到店",
                "title_en": "Spring tea season",
                "text": "看当季名茶与茶具",
                "text_en": "Teas of the season, and ware for them",
                "link": {"to": "page", "slug": CAMPAIGN},
            },
            {"kind": "goods", "key": "hot", "title": "热卖榜", "title_en": "Best sellers", "sort": "sales", "limit": 8},
            {
                "kind": "goods",
                "key": "fresh",
                "title": "新品上架",
                "title_en": "New arrivals",
                "sort": "newest",
                "limit": 10,
                "layout": "row",
            },
            *(
                {"kind": "floor", "key": f"floor-{n}", "category_id": categories[name]}
                for n, name in enumerate(FLOORS, 1)
            ),
        ],
    }


FLOORS: Final = ("tea", "ware")
"""The categories that have a floor of their own."""


def of_template(template: PageTemplate) -> dict[str, Any]:
    """A page of words as a shop begins with it."""
    page: dict[str, Any] = msgspec.to_builtins(template)
    return {name: value for name, value in page.items() if name != "slug"}
