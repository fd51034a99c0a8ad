"""Pricing baskets: gather the facts of a batch in few set-based reads, then let the engine decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.books.contract import Key
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.pricing.contract.asking import BasketAskLine, PriceAsk, PriceLine, QuoteAsk
from shangmai.modules.pricing.contract.basket import (
    Basket,
    BasketLine,
    Buyer,
    GiftStock,
    OfferedCoupon,
    PriceRef,
    Quota,
)
from shangmai.modules.pricing.contract.benefits import Gift
from shangmai.modules.pricing.contract.price_lists import UnitPrice
from shangmai.modules.pricing.contract.promotion import Promotion
from shangmai.modules.pricing.contract.quotas import QuotaKind, QuotaLeft
from shangmai.modules.pricing.contract.quote import Quote
from shangmai.modules.pricing.contract.refunds import PaidOrder, RefundPolicy, RefundShare, WantedRefund
from shangmai.modules.pricing.queries.floors import floors_of
from shangmai.modules.pricing.rules import refunds
from shangmai.modules.pricing.rules.floors import floor_of
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.price_lists import describe
from shangmai.modules.pricing.rules.quoting import quote
from shangmai.modules.pricing.service import costing, quotas, wallets
from shangmai.modules.pricing.service.indexing import InForce, in_force
from shangmai.modules.pricing.service.prices import Buyers, find_buyers, prices_at

Limits = dict[Key, int]
Floors = Mapping[tuple[UUID, str], int]
"""By SKU and currency."""
_NOTHING = InForce(PromotionIndex(()), {}, lists=False, floors=False)


async def is_anything_in_force(tx: Tx) -> bool:
    """Whether there are price lists or promotions, by one small read; if not, SKUs cost their own prices."""
    return await in_force(tx) is not None


async def price_baskets(tx: Tx, asks: Sequence[QuoteAsk]) -> list[Quote | AppError]:
    """Quote baskets: a dozen statements at most, however many they are; nothing is locked or changed.

    Refusals: NoPriceInCurrency; CustomerNotFound, also for one of another shop; of a coupon named: CouponNotFound,
    CouponNotUsable, CouponsGone, BatchNotOpen, BuyerUnknown. A coupon that is good but of no use to the basket is no
    refusal: the quote's `refused` says why it is not in it.
    """
    if not asks:
        return []
    now = await in_force(tx) or _NOTHING
    places = await _places(tx, asks)
    price_asks = [_price_ask(ask) for ask in asks]
    buyers = await find_buyers(tx, price_asks)
    prices = await prices_at(tx, price_asks, places, buyers, with_lists=now.lists)
    coupons = await wallets.offered(tx, asks)
    floors = await floors_of(tx, places, {ask.shop.currency for ask in asks}) if now.floors else {}
    baskets = [
        _basket(ask, places, buyers, priced, offered, floors)
        for ask, priced, offered in zip(asks, prices, coupons, strict=True)
    ]
    baskets = await costing.with_costs(tx, now, asks, baskets)
    baskets = await _with_limits(tx, now.index, asks, baskets)
    return [_quote(each, now) if isinstance(each, Basket) else each for each in baskets]


async def _places(tx: Tx, asks: Sequence[QuoteAsk]) -> dict[SkuId, SkuPlace]:
    """Where the SKUs stand; those that the callers know are not read again."""
    known = {line.sku.id: line.place for ask in asks for line in ask.lines if line.place is not None}
    unknown = {line.sku.id for ask in asks for line in ask.lines} - known.keys()
    return known | (await catalog.places_of(tx, unknown) if unknown else {})


def _quote(basket: Basket, now: InForce) -> Quote:
    policy = now.policy_of(basket.company_id)
    late = monotonic() + policy.search_ms_max / 1_000
    return quote(basket, now.index, policy, out_of_time=lambda: monotonic() > late)


def share_refund(order: PaidOrder, wanted: WantedRefund, policy: RefundPolicy) -> RefundShare:
    """Work out what a refund of part of an order gives back; any sequence of them ends exactly at what was paid.

    Raises: RefundOfNothing, RefundTooLarge, FreightRefundTooLarge, GiftReturnTooLarge.
    """
    return refunds.share(order, wanted, policy)


def _price_ask(ask: QuoteAsk) -> PriceAsk:
    lines = tuple(PriceLine(line.sku, line.qty) for line in ask.lines)
    return PriceAsk(shop=ask.shop, lines=lines, customer_id=ask.customer_id, at=ask.at)


def _basket(
    ask: QuoteAsk,
    places: Mapping[SkuId, SkuPlace],
    buyers: Buyers,
    prices: Sequence[UnitPrice | AppError],
    coupons: tuple[OfferedCoupon, ...] | AppError,
    floors: Floors,
) -> Basket | AppError:
    if ask.customer_id is not None and buyers.shops.get(ask.customer_id) != ask.shop.id:
        return CustomerNotFound(customer_id=ask.customer_id)
    if isinstance(coupons, AppError):
        return coupons
    lines = []
    for line, price in zip(ask.lines, prices, strict=True):
        if isinstance(price, AppError):
            return price
        lines.append(_line(line, places[line.sku.id], price, floors.get((line.sku.id, ask.shop.currency))))
    try:
        freight_minor = _freight(ask, lines)
    except AppError as refusal:
        return refusal
    return Basket(
        company_id=ask.shop.company_id,
        shop_id=ask.shop.id,
        channel=ask.shop.kind.value,
        currency=ask.shop.currency,
        now=ask.at,
        region=ask.region,
        buyer=_buyer(ask, buyers),
        lines=tuple(lines),
        freight_minor=freight_minor,
        coupons=coupons,
        points_available=ask.points,
        chosen_gifts=ask.chosen_gifts,
        draw=ask.draw,
    )


def _freight(ask: QuoteAsk, lines: Sequence[BasketLine]) -> int:
    if ask.freight_of is None:
        return ask.freight_minor
    return ask.freight_of({line.key: line.list_minor * line.qty for line in lines})


def _line(line: BasketAskLine, place: SkuPlace, price: UnitPrice, floor_minor: int | None) -> BasketLine:
    floor, by = floor_of(floor_minor, price.floor_minor)
    return BasketLine(
        key=line.key,
        sku_id=line.sku.id,
        product_id=place.product_id,
        category_ids=place.category_ids,
        brand_id=place.brand_id,
        tags=place.tags,
        qty=line.qty,
        list_minor=price.unit_minor,
        price=PriceRef(list_id=price.list_id, list_code=price.list_code, rule=describe(price)),
        floor_minor=floor,
        floor_by=by,
        weight_g=line.sku.weight_g,
        tax_rate_bp=0 if place.tax_rate is None else int(place.tax_rate * 10_000),
        add_on_of=line.add_on_of,
        offer=line.offer,
    )


def _buyer(ask: QuoteAsk, buyers: Buyers) -> Buyer | None:
    if ask.customer_id is None:
        return None
    level = buyers.levels.get(ask.customer_id, "")
    return Buyer(id=ask.customer_id, level=level, orders_paid=ask.orders_paid)


# --- what is left of limits and gifts ------------------------------------------------------------------------------


async def _with_limits(
    tx: Tx, index: PromotionIndex, asks: Sequence[QuoteAsk], baskets: Sequence[Basket | AppError]
) -> list[Basket | AppError]:
    """The baskets with what is left of the limits and gifts of the promotions that may touch them."""
    touched = [_touched(index, each) if isinstance(each, Basket) else [] for each in baskets]
    limits: Limits = {}
    gifts: set[tuple[SkuId, WarehouseId]] = set()
    for ask, promotions in zip(asks, touched, strict=True):
        for promotion in promotions:
            limits |= _limits(promotion, ask)
            gifts |= {(sku_id, ask.warehouse_id) for sku_id in _gift_skus(promotion)}
    left = await quotas.left_of(tx, limits)
    stock = await inventory.available(tx, gifts)
    return [
        _filled(basket, ask, promotions, left, stock) if isinstance(basket, Basket) else basket
        for basket, ask, promotions in zip(baskets, asks, touched, strict=True)
    ]


def _touched(index: PromotionIndex, basket: Basket) -> list[Promotion]:
    """The promotions with limits or gifts that may touch a basket, by its goods, coupons or offers."""
    named = [coupon.promotion_id for coupon in basket.coupons]
    named += [line.offer.promotion_id for line in basket.lines if line.offer is not None]
    entries = [index.entry(id_) for id_ in named]
    found = [entry for entry, _ in index.touching(basket.shop_id, list(basket.lines))]
    found += [entry for entry in entries if entry is not None]
    return [entry.promotion for entry in found if quotas.is_limited(entry.promotion) or _gift_skus(entry.promotion)]


def _limits(promotion: Promotion, ask: QuoteAsk) -> Limits:
    limits = quotas.limits_for_all(promotion)
    return limits if ask.customer_id is None else limits | quotas.limits_for(promotion, ask.customer_id)


def _gift_skus(promotion: Promotion) -> set[SkuId]:
    benefit = promotion.benefit
    return {item.sku_id for tier in benefit.tiers for item in tier.items} if isinstance(benefit, Gift) else set()


def _filled(
    basket: Basket,
    ask: QuoteAsk,
    promotions: Sequence[Promotion],
    left: Mapping[Key, QuotaLeft],
    stock: Mapping[tuple[SkuId, WarehouseId], int],
) -> Basket:
    gifts = {sku_id for promotion in promotions for sku_id in _gift_skus(promotion)}
    return replace(
        basket,
        quotas=tuple(_left_for(ask, each, left) for each in promotions if quotas.is_limited(each)),
        gift_stock=tuple(GiftStock(sku_id, stock[sku_id, ask.warehouse_id]) for sku_id in sorted(gifts)),
    )


def _left_for(ask: QuoteAsk, promotion: Promotion, left: Mapping[Key, QuotaLeft]) -> Quota:
    if promotion.id in ask.used_up:
        return Quota(promotion_id=promotion.id, uses_left=0)
    return _quota(promotion, ask.customer_id, left)


def _quota(promotion: Promotion, buyer_id: UUID | None, left: Mapping[Key, QuotaLeft]) -> Quota:
    """What is left for this buyer. One who is not known can't be counted, so gets nothing that is limited for each."""

    def of(kind: QuotaKind, limit: int | None, *, each: bool) -> int | None:
        if limit is None:
            return None
        if each and buyer_id is None:
            return 0
        return left[quotas.key_of(kind, promotion.id, buyer_id if each else None)].left

    limits = promotion.limits
    uses = [
        of(QuotaKind.USES, limits.uses_total, each=False),
        of(QuotaKind.USES, limits.uses_per_buyer, each=True),
    ]
    pieces = [
        of(QuotaKind.PIECES, limits.pieces_total, each=False),
        of(QuotaKind.PIECES, limits.pieces_per_buyer, each=True),
    ]
    return Quota(
        promotion_id=promotion.id,
        uses_left=min((each for each in uses if each is not None), default=None),
        pieces_left=min((each for each in pieces if each is not None), default=None),
        budget_left_minor=of(QuotaKind.BUDGET, limits.budget_minor, each=False),
    )
