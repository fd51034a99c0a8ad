"""Which coupons a basket brings along: those named, those of a code, those of the buyer's wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.pricing.contract.asking import CouponWish, QuoteAsk
from shangmai.modules.pricing.contract.basket import OfferedCoupon
from shangmai.modules.pricing.contract.coupons import (
    BatchNotOpen,
    BuyerUnknown,
    Coupon,
    CouponBatch,
    CouponId,
    CouponNotFound,
    CouponNotUsable,
    CouponStatus,
)
from shangmai.modules.pricing.contract.quotas import CouponsGone, QuotaKind, QuotaLeft
from shangmai.modules.pricing.queries import coupons as queries
from shangmai.modules.pricing.rules import coupons as rules
from shangmai.modules.pricing.service import quotas


class _Known(Struct, frozen=True):
    """The coupons and batches that a batch of baskets names."""

    by_id: Mapping[CouponId, Coupon]
    by_hash: Mapping[bytes, Coupon]
    shared: Mapping[str, CouponBatch]
    wallets: Mapping[CustomerId, list[Coupon]]
    left: Mapping[tuple[object, ...], QuotaLeft]


async def offered(tx: Tx, asks: Sequence[QuoteAsk]) -> list[tuple[OfferedCoupon, ...] | AppError]:
    """The coupons that each basket offers, or why one that it names is no good. No statement when none are wanted."""
    if not any(ask.coupons or ask.best_coupons for ask in asks):
        return [() for _ in asks]
    known = await _known(tx, asks)
    return [_offered(ask, known) for ask in asks]


async def _known(tx: Tx, asks: Sequence[QuoteAsk]) -> _Known:
    ids = {wish.coupon_id for ask in asks for wish in ask.coupons if wish.coupon_id is not None}
    codes = {wish.code for ask in asks for wish in ask.coupons if wish.code is not None}
    buyers = {ask.customer_id for ask in asks if ask.best_coupons and ask.customer_id is not None}
    shared = await queries.shared(tx, {rules.plain(code) for code in codes}) if codes else {}
    limits = {
        key: limit for ask in asks for batch in shared.values() for key, limit in batch_limits(batch, ask.customer_id)
    }
    return _Known(
        by_id=await queries.by_id(tx, ids, tx.now) if ids else {},
        by_hash=await queries.by_hash(tx, {rules.code_hash(code) for code in codes}, tx.now) if codes else {},
        shared=shared,
        wallets=await queries.of_customers(tx, buyers, tx.now) if buyers else {},
        left=await quotas.left_of(tx, limits),
    )


def batch_limits(batch: CouponBatch, buyer_id: CustomerId | None) -> list[tuple[tuple[object, ...], int]]:
    """The limits of a batch whose shared code is used without a coupon of its own."""
    limits = [(quotas.key_of(QuotaKind.ISSUED, batch.id), batch.stock)]
    if buyer_id is not None:
        limits.append((quotas.key_of(QuotaKind.ISSUED, batch.id, buyer_id), batch.per_buyer))
    return [(key, limit) for key, limit in limits if limit is not None]


def _offered(ask: QuoteAsk, known: _Known) -> tuple[OfferedCoupon, ...] | AppError:
    found: list[OfferedCoupon] = []
    for wish in ask.coupons:
        told = _named(wish, ask, known)
        if isinstance(told, AppError):
            return told
        found.append(told)
    if ask.best_coupons and ask.customer_id is not None:
        found += [_offer(coupon) for coupon in known.wallets.get(ask.customer_id, ())]
    return tuple({(each.promotion_id, each.coupon_id, each.code): each for each in found}.values())


def _named(wish: CouponWish, ask: QuoteAsk, known: _Known) -> OfferedCoupon | AppError:
    if wish.code is not None:
        batch = known.shared.get(rules.plain(wish.code))
        if batch is not None:
            return _shared(batch, ask, known, rules.plain(wish.code))
        coupon = known.by_hash.get(rules.code_hash(wish.code))
    else:
        coupon = None if wish.coupon_id is None else known.by_id.get(wish.coupon_id)
    if coupon is None or not _may_use(coupon, ask.customer_id, by_code=wish.code is not None):
        return CouponNotFound()
    if coupon.status is not CouponStatus.USABLE:
        return CouponNotUsable(status=coupon.status.value)
    return _offer(coupon)


def _may_use(coupon: Coupon, buyer_id: CustomerId | None, *, by_code: bool) -> bool:
    """A coupon is its owner's; one without owner is whose who knows its code."""
    return by_code if coupon.customer_id is None else coupon.customer_id == buyer_id


def _offer(coupon: Coupon) -> OfferedCoupon:
    return OfferedCoupon(promotion_id=coupon.promotion_id, coupon_id=coupon.id)


def _shared(batch: CouponBatch, ask: QuoteAsk, known: _Known, code: str) -> OfferedCoupon | AppError:
    if not rules.is_open(batch, ask.at) or (batch.valid_from is not None and ask.at < batch.valid_from):
        return BatchNotOpen(batch=batch.code)
    if batch.per_buyer is not None and ask.customer_id is None:
        return BuyerUnknown()
    if any(not known.left[key].left for key, _ in batch_limits(batch, ask.customer_id)):
        return CouponsGone(batch=batch.code)
    return OfferedCoupon(promotion_id=batch.promotion_id, code=code)
