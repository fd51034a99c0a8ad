"""What was paid for an order, what is wanted back, and what each part of a refund comes to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.promotion import PromotionId

Count = Annotated[int, Meta(ge=0)]


class GiftKept(StrEnum):
    """When a refund leaves less than a gift took: ask for the gift, or deduct its value from the refund."""

    ASK = "ask"
    DEDUCT = "deduct"


class CouponBack(StrEnum):
    """When a coupon goes back to the buyer: never, or once nothing that it was used on is left."""

    NEVER = "never"
    WHEN_ALL_IS_BACK = "when_all_is_back"


class RefundPolicy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`freight_with_last`: freight that was paid goes back with the last piece, unless it is asked for earlier."""

    gift_kept: GiftKept = GiftKept.ASK
    coupon_back: CouponBack = CouponBack.WHEN_ALL_IS_BACK
    freight_with_last: bool = True


class PaidLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was paid for a line, or for one component of a kit (`sku_id` of the component; its share is stored when the
    order is placed). `back_*`: what earlier refunds gave back of it.
    """

    key: int
    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1)]
    paid_minor: Count
    points: Count = 0
    tax_minor: Count = 0
    back_qty: Count = 0
    back_minor: Count = 0
    back_points: Count = 0
    back_tax_minor: Count = 0


class PaidGift(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A gift of the order. It is earned while its `line_keys` hold `at` for each set: minor units, or pieces, of which
    they `counted` for so many each when it was given.

    `value_minor`: of one piece. `back_qty`: pieces that came back. `deducted_minor`: what refunds held back for it.
    """

    promotion_id: PromotionId
    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1)]
    value_minor: Count
    line_keys: tuple[int, ...]
    counted: tuple[int, ...]
    sets: Annotated[int, Meta(ge=1)]
    at: Count
    back_qty: Count = 0
    deducted_minor: Count = 0


class PaidCoupon(Struct, frozen=True, kw_only=True, omit_defaults=True):
    coupon_id: UUID
    line_keys: tuple[int, ...]
    is_back: bool = False


class PaidOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was paid for an order, and what has been given back of it so far."""

    lines: Annotated[tuple[PaidLine, ...], Meta(min_length=1)]
    freight_minor: Count = 0
    back_freight_minor: Count = 0
    gifts: tuple[PaidGift, ...] = ()
    coupons: tuple[PaidCoupon, ...] = ()


class WantedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`qty` pieces back, or `amount_minor` without pieces (a concession), or both: pieces for less than their share.

    `sku_id`: the component, where the line is a kit's.
    """

    key: int
    sku_id: SkuId | None = None
    qty: Count = 0
    amount_minor: Count | None = None


class WantedGift(Struct, frozen=True, kw_only=True):
    """Pieces of a gift that come back with this refund."""

    promotion_id: PromotionId
    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1)]


class WantedRefund(Struct, frozen=True, kw_only=True, omit_defaults=True):
    lines: tuple[WantedLine, ...] = ()
    freight_minor: Count = 0
    gifts: tuple[WantedGift, ...] = ()


class LineShare(Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: int
    sku_id: SkuId
    qty: int
    amount_minor: int
    points: int = 0
    tax_minor: int = 0


class GiftShare(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`qty_due`: pieces no longer earned that the buyer still has. `deducted_minor`: held back for them now; negative:
    given back, because the gift came back after all.
    """

    promotion_id: PromotionId
    sku_id: SkuId
    back_qty: int = 0
    qty_due: int = 0
    deducted_minor: int = 0


class RefundShare(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """amount_minor = lines + freight − what is held back for gifts, never below 0. `order`: the order after it."""

    lines: tuple[LineShare, ...]
    freight_minor: int
    gifts: tuple[GiftShare, ...]
    coupons_back: tuple[UUID, ...]
    amount_minor: int
    points: int
    tax_minor: int
    order: PaidOrder
