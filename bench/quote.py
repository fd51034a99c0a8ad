"""CPU of a quote, by lines and active promotions; and how many baskets get the best combination proven."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from bench.harness import Table, quantile
from shangmai.apps import heap
from shangmai.kernel.clock import Period
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract import (
    AmountOff,
    Basket,
    BasketLine,
    Benefit,
    Buyer,
    FreeShipping,
    Gift,
    GiftItem,
    GiftStock,
    GiftTier,
    Layer,
    Measure,
    MemberPrice,
    NthDiscount,
    OfferedCoupon,
    PercentOff,
    PointsDeduction,
    Policy,
    PriceForPieces,
    Promotion,
    PromotionId,
    Scope,
    Selection,
    SpecialPrice,
    Threshold,
    Tier,
    When,
)
from shangmai.modules.pricing.contract.benefits import LevelOff
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.quoting import quote

SKUS, PRODUCTS, LEAVES, BRANDS = 100_000, 25_000, 5_000, 5_000
LINES, PROMOTIONS = (1, 5, 20, 100), (10, 100, 1_000, 10_000)
NOW: Final = datetime(2026, 6, 18, 12, tzinfo=UTC)
WHEN: Final = When(period=Period(datetime(2026, 6, 1, tzinfo=UTC)))
SHOP, COMPANY = ShopId(UUID(int=1 << 100)), CompanyId(UUID(int=2 << 100))
GIFT: Final = SkuId(UUID(int=5 << 100))


def run(seconds: float) -> list[Table]:
    """Measure random baskets of a shop of 100,000 SKUs, and the large basket with thirty promotions that apply."""
    return [_by_size(seconds), _thirty(seconds)]


def _by_size(seconds: float) -> Table:
    table = Table(
        "Quotes: CPU by lines and active promotions",
        ["active promotions", "lines", "touching the basket", "applied", "CPU, median", "mean", "p99", "proven best"],
        f"One process. A shop of {SKUS:,} SKUs; of its promotions 80 % name SKUs or products, 15 % a category or a"
        " brand, 5 % need a coupon, and up to nine are for the whole shop. Each basket is another one, offers two"
        " coupons, 3,000 points and a member's level, and gets the whole trace and every refusal explained.",
    )
    for active in PROMOTIONS:
        index = PromotionIndex(promotions(active))
        for lines in LINES:
            table.add(f"{active:,}", lines, *measure(index, lines, seconds / 4))
    return table


def _thirty(seconds: float) -> Table:
    table = Table(
        "Quotes: 100 lines, 30 promotions that all apply",
        ["basket", "touching the basket", "applied", "CPU, median", "mean", "p99", "proven best"],
        "Ten special prices for ten lines each, eight range promotions that overlap, three order tiers, five coupons of"
        " which one may be used, two freight offers, points, a member price.",
    )
    index = PromotionIndex(thirty())
    table.add("100 lines, 30 promotions", *measure(index, 100, seconds, spread=100))
    return table


def measure(index: PromotionIndex, lines: int, seconds: float, spread: int = SKUS) -> Sequence[object]:
    """Quote different baskets for so long; give candidates and applied (means), CPU, and the share that is proven."""
    heap.settle()  # as a process does that serves
    gc.freeze()  # the promotions too, which came after the first time
    policy, rnd = Policy(), random.Random(lines)
    quote(basket(rnd, lines, spread), index, policy)
    times, touching, applied, proven = [], 0, 0, 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(times) < 20:
        asked = basket(rnd, lines, spread)
        started = time.process_time_ns()
        answer = quote(asked, index, policy)
        times.append(time.process_time_ns() - started)
        touching += len(answer.applied) + len(answer.refused)
        applied += len(answer.applied)
        proven += answer.proven
    count = len(times)
    median_us, p99_us = quantile(times, 0.5) / 1000, quantile(times, 0.99) / 1000
    return (
        f"{touching / count:.1f}",
        f"{applied / count:.1f}",
        f"{median_us:,.0f} µs",
        f"{sum(times) / count / 1000:,.0f} µs",
        f"{p99_us:,.0f} µs",
        f"{proven / count:.1%}",
    )


def basket(rnd: random.Random, lines: int, spread: int) -> Basket:
    skus = rnd.sample(range(spread), lines)
    return Basket(
        company_id=COMPANY,
        shop_id=SHOP,
        currency="CNY",
        now=NOW,
        buyer=Buyer(id=UUID(int=1), level="gold"),
        lines=tuple(_line(rnd, key, n) for key, n in enumerate(skus)),
        freight_minor=1_000,
        coupons=(OfferedCoupon(promotion_id=_promotion_id(1)), OfferedCoupon(promotion_id=_promotion_id(2))),
        points_available=3_000,
        gift_stock=(GiftStock(GIFT, 100),),
    )


def _line(rnd: random.Random, key: int, n: int) -> BasketLine:
    leaf = n % LEAVES
    return BasketLine(
        key=key,
        sku_id=SkuId(UUID(int=n)),
        product_id=ProductId(UUID(int=n % PRODUCTS)),
        category_ids=(_category(-1), _category(LEAVES + leaf // 50), _category(leaf)),
        brand_id=UUID(int=n * 7 % BRANDS),
        qty=rnd.choice((1, 1, 1, 2, 3)),
        list_minor=rnd.randrange(990, 30_000, 10),
        tax_rate_bp=1_300,
    )


def _category(n: int) -> CategoryId:
    return CategoryId(UUID(int=(3 << 100) + n))


def _promotion_id(n: int) -> PromotionId:
    return PromotionId(UUID(int=(4 << 100) + n))


def _promotion(n: int, layer: Layer, benefit: Benefit, scope: Scope, coupon: bool = False) -> Promotion:
    return Promotion(
        id=_promotion_id(n),
        version=1,
        code=f"P{n:05}",
        name=f"促销 {n}",
        layer=layer,
        scope=scope,
        when=WHEN,
        condition="buyer_level in ['gold', 'silver']" if n % 10 == 5 else "",
        benefit=benefit,
        needs_coupon=coupon,
    )


EVERYTHING: Final = Scope()
SHOPWIDE: Final[list[tuple[Layer, Benefit, bool]]] = [
    (Layer.ORDER, AmountOff(tiers=(Tier(20_000, 2_000), Tier(50_000, 6_000), Tier(100_000, 15_000))), False),
    (Layer.COUPON, AmountOff(tiers=(Tier(30_000, 2_500),)), True),
    (Layer.COUPON, PercentOff(tiers=(Tier(10_000, 500),)), True),
    (Layer.SHIPPING, FreeShipping(threshold=Threshold(at=9_900)), False),
    (Layer.POINTS, PointsDeduction(share_max_bp=2_000), False),
    (Layer.PLATFORM, AmountOff(tiers=(Tier(30_000, 5_000),), every=True), False),
    (Layer.PRICE, MemberPrice(levels=(LevelOff("gold", 300),)), False),
    (Layer.ORDER, Gift(tiers=(GiftTier(150_000, (GiftItem(GIFT, 1, 2_000),)),)), False),
    (Layer.ORDER, PercentOff(tiers=(Tier(80_000, 800),)), False),
]


def promotions(active: int) -> list[Promotion]:
    """Give a shop's promotions: some for all goods, the others for a few each."""
    rnd = random.Random(active)
    made = [_promotion(n, layer, benefit, EVERYTHING, coupon) for n, (layer, benefit, coupon) in enumerate(SHOPWIDE)]
    return made + [_targeted(rnd, n) for n in range(len(made), active)]


def _targeted(rnd: random.Random, n: int) -> Promotion:
    kind, coupon = rnd.random(), rnd.random() < 0.05
    if kind < 0.6:
        scope = Selection(skus=tuple(SkuId(UUID(int=one)) for one in rnd.sample(range(SKUS), 5)))
    elif kind < 0.84:
        scope = Selection(products=(ProductId(UUID(int=rnd.randrange(PRODUCTS))),))
    elif kind < 0.95:
        scope = Selection(categories=(_category(rnd.randrange(LEAVES)),))
    else:
        scope = Selection(brands=(UUID(int=rnd.randrange(BRANDS)),))
    if coupon:
        return _promotion(n, Layer.COUPON, AmountOff(tiers=(Tier(10_000, 1_000),)), Scope(include=scope), True)
    layer, benefit = rnd.choice(_RANGE)
    return _promotion(n, layer, benefit, Scope(include=scope))


_RANGE: Final[list[tuple[Layer, Benefit]]] = [
    (Layer.PRICE, SpecialPrice(off_bp=1_000)),
    (Layer.PRICE, SpecialPrice(off_bp=2_000)),
    (Layer.ITEM, NthDiscount()),
    (Layer.ITEM, PercentOff(tiers=(Tier(2, 1_000), Tier(3, 2_000)), measure=Measure.PIECES)),
    (Layer.ITEM, AmountOff(tiers=(Tier(20_000, 3_000),))),
    (Layer.ITEM, PriceForPieces(pieces=3, price_minor=19_900)),
]


def thirty() -> list[Promotion]:
    """Give thirty promotions for goods of 100 SKUs: each touches the basket, most compete with others."""

    def some(*skus: int) -> Scope:
        return Scope(include=Selection(skus=tuple(SkuId(UUID(int=n)) for n in skus)))

    made: list[tuple[Layer, Benefit, Scope]] = [
        *[(Layer.PRICE, SpecialPrice(off_bp=500 + 100 * n), some(*range(n * 10, n * 10 + 10))) for n in range(10)],
        *[(Layer.ITEM, _RANGE[2 + n % 4][1], some(*range(n * 12, min(n * 12 + 16, 100)))) for n in range(8)],
        *[(Layer.ORDER, PercentOff(tiers=(Tier(off * 1_000, off),)), EVERYTHING) for off in (400, 500, 600)],
        *[(Layer.COUPON, AmountOff(tiers=(Tier(at * 100, at * 10),)), EVERYTHING) for at in range(1, 6)],
        *[(layer, benefit, EVERYTHING) for layer, benefit, _ in (SHOPWIDE[3], SHOPWIDE[4], SHOPWIDE[6])],
        (Layer.SHIPPING, FreeShipping(threshold=Threshold(at=500), off_max_minor=500), EVERYTHING),
    ]
    return [_promotion(n, layer, benefit, scope) for n, (layer, benefit, scope) in enumerate(made)]
