"""Random baskets and promotions for properties: amounts around the thresholds, so that everything is at stake."""

from hypothesis import strategies as st
from msgspec.structs import replace

from shangmai.modules.pricing.contract import (
    AmountOff,
    Basis,
    BuyXGetY,
    Combines,
    FlashSale,
    FreeShipping,
    Gift,
    GiftItem,
    GiftStock,
    GiftTier,
    Layer,
    Limits,
    Measure,
    NthDiscount,
    PercentOff,
    PointsDeduction,
    PriceForPieces,
    Scope,
    Selection,
    SkuPrice,
    SpecialPrice,
    Threshold,
    Tier,
)
from tests.pricing.rules.making import basket, category, line, promo, promo_id, sku

SKUS = 5
amounts = st.integers(1, 400)
bps = st.integers(1, 10_000)
bases = st.sampled_from(Basis)
floors_now_and_then = st.none() | st.none() | st.integers(0, 200)
optional_limit = st.none() | st.integers(1, 3)


@st.composite
def baskets(draw, lines_max=5, floors=floors_now_and_then):
    lines = [
        line(
            key,
            draw(st.integers(1, 4)),
            draw(st.integers(0, 300)),
            sku_id=sku(draw(st.integers(1, SKUS))),
            category_ids=(category(draw(st.integers(1, 2))),),
            floor_minor=draw(floors),
        )
        for key in range(draw(st.integers(1, lines_max)))
    ]
    return basket(
        *lines,
        freight_minor=draw(st.sampled_from([0, 10, 25])),
        points_available=draw(st.integers(0, 500)),
        gift_stock=(GiftStock(sku(90), 5), GiftStock(sku(91), 1)),
    )


def rising(draw, tiers, off):
    ats = sorted(draw(st.lists(st.integers(0, 600), min_size=tiers, max_size=tiers, unique=True)))
    offs = sorted(draw(st.lists(off, min_size=tiers, max_size=tiers)))
    return tuple(Tier(at, one) for at, one in zip(ats, offs, strict=True))


@st.composite
def price_benefits(draw):
    prices = tuple(SkuPrice(sku(n), draw(st.integers(0, 250))) for n in draw(st.sets(st.integers(1, SKUS), min_size=1)))
    if draw(st.booleans()):
        return FlashSale(prices=prices)
    return SpecialPrice(prices=prices if draw(st.booleans()) else (), off_bp=draw(bps))


@st.composite
def threshold_benefits(draw):
    measure = draw(st.sampled_from([Measure.AMOUNT, Measure.AMOUNT, Measure.PIECES]))
    if draw(st.booleans()):
        every = draw(st.booleans())
        tiers = rising(draw, 1 if every else draw(st.integers(1, 3)), st.integers(1, 150))
        if every:
            tiers = (Tier(max(tiers[0].at, 1), tiers[0].off),)
        if measure is Measure.PIECES:
            tiers = tuple(Tier(tier.at // 100 + 1, tier.off) for tier in tiers)
        return AmountOff(tiers=tiers, measure=measure, basis=draw(bases), every=every)
    tiers = rising(draw, draw(st.integers(1, 3)), bps)
    return PercentOff(tiers=tiers, measure=Measure.AMOUNT, basis=draw(bases))


@st.composite
def piece_benefits(draw):
    match draw(st.integers(0, 2)):
        case 0:
            return NthDiscount(nth=draw(st.integers(2, 3)), off_bp=draw(bps))
        case 1:
            return BuyXGetY(buy=draw(st.integers(1, 2)), get=draw(st.integers(1, 2)), off_bp=draw(bps))
    return PriceForPieces(pieces=draw(st.integers(2, 3)), price_minor=draw(st.integers(0, 500)))


@st.composite
def gifts(draw):
    items = (GiftItem(sku(draw(st.sampled_from([90, 91, 92]))), 1, draw(st.integers(0, 50))),)
    return Gift(tiers=(GiftTier(draw(st.integers(1, 500)), items),), every=draw(st.booleans()), sets_max=3)


thresholds = st.builds(Threshold, at=st.integers(0, 500), basis=bases)
points = st.builds(
    PointsDeduction,
    step=st.integers(1, 50),
    worth_minor=st.integers(1, 30),
    share_max_bp=st.integers(0, 10_000),
    threshold=thresholds,
)
freights = st.builds(FreeShipping, threshold=thresholds, off_max_minor=st.none() | st.integers(1, 20))
LAYERS = (
    *[Layer.PRICE] * 3,
    *[Layer.ITEM] * 4,
    *[Layer.ORDER] * 2,
    Layer.PLATFORM,
    *[Layer.COUPON] * 3,
    Layer.POINTS,
    Layer.SHIPPING,
)


@st.composite
def promotions(draw, n, layers=LAYERS):
    layer = draw(st.sampled_from(layers))
    if layer is Layer.PRICE:
        benefit = draw(price_benefits())
    elif layer is Layer.POINTS:
        benefit = draw(points)
    elif layer is Layer.SHIPPING:
        benefit = draw(freights)
    else:
        coupon_freight = freights if layer is Layer.COUPON else threshold_benefits()
        benefit = draw(st.one_of(threshold_benefits(), threshold_benefits(), piece_benefits(), gifts(), coupon_freight))
    return promo(
        n,
        layer,
        benefit,
        scope=draw(scopes),
        priority=draw(st.integers(0, 2)),
        group=draw(st.sampled_from([None, None, None, "a", "b"])),
        combines=draw(combines()),
        limits=Limits(
            pieces_per_order=draw(optional_limit) if layer is Layer.PRICE else None,
            times_per_order=draw(optional_limit),
            off_max_minor=None if layer is Layer.PRICE else draw(st.none() | st.integers(1, 100)),
        ),
    )


scopes = st.one_of(
    st.just(Scope()),
    st.sets(st.integers(1, SKUS), min_size=1).map(
        lambda ns: Scope(include=Selection(skus=tuple(map(sku, sorted(ns)))))
    ),
    st.integers(1, 2).map(lambda n: Scope(include=Selection(categories=(category(n),)))),
)


@st.composite
def combines(draw):
    if draw(st.booleans()):
        return Combines()
    return Combines(
        layers=tuple(draw(st.sets(st.sampled_from(Layer), min_size=3))),
        same_layer=draw(st.booleans()),
        never=tuple(promo_id(n) for n in draw(st.sets(st.integers(1, 8), max_size=1))),
        always=tuple(promo_id(n) for n in draw(st.sets(st.integers(1, 8), max_size=1))),
    )


@st.composite
def promotion_sets(draw, most=7):
    return [draw(promotions(n)) for n in range(1, draw(st.integers(1, most)) + 1)]


@st.composite
def plain_sets(draw, most, least=1, layers=LAYERS):
    """Sets of promotions that say nothing of what they stand beside, as most do."""
    count = draw(st.integers(least, most))
    return [replace(draw(promotions(n, layers)), combines=Combines(), group=None) for n in range(1, count + 1)]
