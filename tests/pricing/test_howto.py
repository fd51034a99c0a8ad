"""The examples of docs/howto/promotions, in both languages, are what the engine answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import msgspec
import pytest

from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.catalog.contract import ProductId, SkuId
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract import (
    AddOn,
    Bargain,
    Basket,
    BasketLine,
    Buyer,
    FunderKind,
    GiftStock,
    GroupBuy,
    Offer,
    OfferedCoupon,
    Policy,
    Promotion,
    PromotionId,
    Quote,
)
from shangmai.modules.pricing.service import PromotionIndex, quote

PAGES: Final[dict[str, Lang]] = {"promotions.zh-CN.md": "zh-CN", "promotions.md": "en"}
FOLDER: Final = Path(__file__).parents[2] / "docs" / "howto"
NOW: Final = datetime(2026, 11, 11, 4, tzinfo=UTC)
HERE: Final = UUID(int=7)
WORDS: Final = {
    "应付": "pay",
    "提示": "hint",
    "未用": "unused",
    "承担": "borne",
    "运费": "freight",
    "券": "coupon",
    "库存": "stock",
    "积分": "points",
    "等级": "level",
    "赠": "gift",
    "定金": "deposit",
}
BLOCK: Final = re.compile(r"^```(?:json )?(promotion|basket|answer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """Promotions in force, a basket, and the answer that the page gives."""

    lang: Lang
    promotions: list[Promotion]
    basket: Basket
    answer: list[str]


def examples() -> Iterator[Any]:
    for name, lang in PAGES.items():
        promotions: list[Promotion] = []
        basket = None
        for number, (kind, body) in enumerate(BLOCK.findall((FOLDER / name).read_text(encoding="utf-8"))):
            if kind == "promotion":
                promotions = [_promotion(each) for each in _listed(json.loads(body))]
            elif kind == "basket":
                basket = _basket(body, promotions)
            else:
                assert basket is not None, "an answer follows its basket"
                yield pytest.param(Example(lang, promotions, basket, _lines(body)), id=f"{lang}-{number}")


def _listed(given: Any) -> list[dict[str, Any]]:
    return given if isinstance(given, list) else [given]


def _id(name: str) -> UUID:
    return uuid5(HERE, name)


def _promotion(given: dict[str, Any]) -> Promotion:
    fixed = {"id": str(_id(given["code"])), "version": 1, "when": {"period": {"from": "2026-11-01T00:00:00Z"}}}
    return msgspec.convert(fixed | _with_ids(given), Promotion)


def _with_ids(given: Any) -> Any:
    """Goods have names on the page, and ids in the engine."""
    if isinstance(given, list):
        return [_with_ids(each) for each in given]
    if not isinstance(given, dict):
        return given
    return {
        key: str(_id(value))
        if key == "sku_id"
        else [str(_id(each)) for each in value]
        if key == "skus"
        else _with_ids(value)
        for key, value in given.items()
    }


def _basket(body: str, promotions: list[Promotion]) -> Basket:
    lines: list[BasketLine] = []
    coupons: list[OfferedCoupon] = []
    stock: list[GiftStock] = []
    freight, points, buyer = 0, 0, None
    for text in _lines(body):
        word, _, rest = text.partition(" ")
        kind = WORDS.get(word, word)
        if kind == "freight":
            freight = _minor(rest)
        elif kind == "coupon":
            coupons.append(OfferedCoupon(promotion_id=PromotionId(_id(rest))))
        elif kind == "stock":
            name, _, pieces = rest.partition(" ")
            stock.append(GiftStock(SkuId(_id(name)), int(pieces)))
        elif kind == "points":
            points = int(rest)
        elif kind == "level":
            buyer = Buyer(id=_id("buyer"), level=rest)
        else:
            lines.append(_line(len(lines) + 1, text, promotions))
    assert {coupon.promotion_id for coupon in coupons} <= {promotion.id for promotion in promotions}
    return Basket(
        company_id=CompanyId(_id("company")), shop_id=ShopId(_id("shop")), currency="CNY", now=NOW, lines=tuple(lines),
        freight_minor=freight, coupons=tuple(coupons), gift_stock=tuple(stock), points_available=points, buyer=buyer,
    )  # fmt: skip


def _line(key: int, text: str, promotions: list[Promotion]) -> BasketLine:
    """`goods pieces x price`, and behind an @ the promotion that the buyer came by, with a group's size or a price."""
    found = re.fullmatch(r"(\S+) (\d+) x ([\d.]+)(?: @ (\S+)(?: ([\d.]+))?)?", text)
    assert found is not None, text
    name, qty, price, code, figure = found.groups()
    by = next((promotion for promotion in promotions if promotion.code == code), None)
    return BasketLine(
        key=key,
        sku_id=SkuId(_id(name)),
        product_id=ProductId(_id("p" + name)),
        qty=int(qty),
        list_minor=_minor(price),
        add_on_of=by.id if by is not None and isinstance(by.benefit, AddOn) else None,
        offer=None if by is None or isinstance(by.benefit, AddOn) else _offer(by, figure),
    )


def _offer(by: Promotion, figure: str | None) -> Offer:
    match by.benefit:
        case GroupBuy():
            return Offer(promotion_id=by.id, group_size=int(figure or "0"))
        case Bargain():
            return Offer(promotion_id=by.id, price_minor=_minor(figure or "0"))
    return Offer(promotion_id=by.id)


def _lines(body: str) -> list[str]:
    return [line.strip() for line in body.strip().splitlines()]


def _minor(text: str) -> int:
    return int(Decimal(text) * 100)


def _major(minor: int) -> str:
    return f"{Money(minor, 'CNY').major():.2f}"


def told(quoted: Quote, names: list[str], lang: Lang) -> dict[str, list[str]]:
    """What the engine answers, in the page's words; by the kind of line."""
    rows = [_row(name, line.list_minor, line.paid_minor) for name, line in zip(names, quoted.lines, strict=True)]
    totals = quoted.totals
    hints = [r.missing.text("CNY", lang) for r in quoted.refused if r.missing is not None]
    hints += [a.next.text("CNY", lang) for a in quoted.applied if a.next is not None]
    return {
        "goods": rows,
        "freight": [_row("", totals.freight_minor, totals.freight_minor - totals.freight_off_minor).strip()],
        "pay": [_major(totals.payable_minor)],
        "hint": hints,
        "gift": [f"{gift.qty} x {_major(gift.value_minor)}" for gift in quoted.gifts],
        "points": [str(totals.points)],
        "deposit": [_major(totals.deposit_minor)],
        "unused": sorted(refused.code for refused in quoted.refused if refused.code),
        "borne": sorted(f"{FunderKind(s.funder).value} {_major(s.amount_minor)}" for s in totals.funders),
    }


def _row(name: str, list_minor: int, paid_minor: int) -> str:
    off = f" - {_major(list_minor - paid_minor)}" if list_minor != paid_minor else ""
    return f"{name} {_major(list_minor)}{off} = {_major(paid_minor)}"


@pytest.mark.parametrize("example", list(examples()))
def test_the_page_answers_as_the_engine(example: Example) -> None:
    given: dict[str, list[str]] = {}
    quoted = quote(example.basket, PromotionIndex(example.promotions), Policy())
    names = [word for text in example.answer if (word := text.partition(" ")[0]) not in {*WORDS, *WORDS.values()}]
    answered = told(quoted, names, example.lang)
    for text in example.answer:
        word, _, rest = text.partition(" ")
        kind = WORDS.get(word, word)
        if kind in answered:
            given.setdefault(kind, []).append(rest)
        else:
            given.setdefault("goods", []).append(text)
    assert {kind: answered[kind] for kind in given} == given
    assert quoted.proven


def test_both_pages_show_the_same() -> None:
    """The same examples, line for line, but for their words."""
    blocks = [BLOCK.findall((FOLDER / name).read_text(encoding="utf-8")) for name in PAGES]
    figures = [
        [(kind, re.findall(r"[\d.]+", re.sub(r'"name": "[^"]*"', "", body))) for kind, body in page] for page in blocks
    ]
    assert figures[0] == figures[1]
