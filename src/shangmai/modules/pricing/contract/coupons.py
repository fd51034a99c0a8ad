"""Coupons: batches of them, the wallet they lie in, and how they are refused.

A coupon lets its buyer use a promotion that needs one. A batch hands out at most `stock` of them, to each buyer at
most `per_buyer` by claiming; a coupon is used once, an order that is not paid keeps it, a canceled one gives it back.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Invalid, NotFound, TooMany, words
from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.price_lists import Moment, Name, Words
from shangmai.modules.pricing.contract.promotion import PromotionId

CouponBatchId = NewType("CouponBatchId", UUID)
CouponId = NewType("CouponId", UUID)

BatchCode = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,39}$(?!\n)", description="Unique code. 批次编码。")]
CouponCode = Annotated[
    str,
    Meta(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z -]*$(?!\n)", description="As printed. 券码。"),
    Personal,
]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]


class BatchKind(StrEnum):
    """Wallet: claimed or granted, then it lies with the buyer. Codes: one code a coupon. Shared: one for everybody."""

    WALLET = "wallet"
    CODES = "codes"
    SHARED = "shared"


class CouponStatus(StrEnum):
    """What can become of a coupon; an order that is not paid keeps it."""

    USABLE = "usable"
    NOT_YET = "not_yet"
    KEPT = "kept"
    USED = "used"
    EXPIRED = "expired"
    VOIDED = "voided"


class CouponBatch(Struct, frozen=True, kw_only=True):
    """`issued`: coupons handed out so far. Valid within [valid_from, valid_to), or `valid_days` days from the claim."""

    id: CouponBatchId
    code: str
    name: str
    name_en: str
    promotion_id: PromotionId
    kind: BatchKind
    shop_ids: tuple[ShopId, ...]
    stock: int | None
    per_buyer: int | None
    open_from: datetime | None
    open_to: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    valid_days: int | None
    closed_at: datetime | None
    created_at: datetime
    issued: int = 0


class Coupon(Struct, frozen=True, kw_only=True):
    """`code_tail`: the last characters of its code, if it has one; the whole code is nowhere kept."""

    id: CouponId
    batch_id: CouponBatchId
    promotion_id: PromotionId
    customer_id: CustomerId | None
    name: str
    name_en: str
    code_tail: str | None
    valid_from: datetime
    valid_to: datetime | None
    status: CouponStatus


# --- action inputs and answers -------------------------------------------------------------------------------------


class CreateCouponBatch(Struct, frozen=True, kw_only=True):
    """Coupons of a promotion that needs one. A shared code is given with the batch; the others are made later."""

    code: BatchCode
    name: Name
    promotion_id: PromotionId
    kind: BatchKind = BatchKind.WALLET
    name_en: Words = ""
    shared_code: CouponCode | None = None
    stock: Count | None = None
    per_buyer: Count | None = None
    open_from: Moment | None = None
    open_to: Moment | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    valid_days: Annotated[int, Meta(ge=1, le=3_650)] | None = None


class MakeCodes(Struct, frozen=True, kw_only=True):
    """New codes of a batch; they are told this once, so keep them."""

    batch: BatchCode
    count: Annotated[int, Meta(ge=1, le=10_000)]


class MadeCodes(Struct, frozen=True, kw_only=True):
    batch_id: CouponBatchId
    codes: Annotated[tuple[str, ...], Personal]


class ClaimCoupon(Struct, frozen=True, kw_only=True):
    """A coupon for oneself: of an open batch, or the one of a code."""

    customer_id: CustomerId
    batch: BatchCode | None = None
    code: CouponCode | None = None


class ClaimOwnCoupon(Struct, frozen=True, kw_only=True):
    """A coupon for yourself: of a batch that is open to shoppers, or the one of a code. 领取优惠券。"""

    batch: BatchCode | None = None
    code: CouponCode | None = None


class OpenCoupon(Struct, frozen=True, kw_only=True):
    """Coupons that shoppers may take now. `left`: how many there still are, null where there is no limit."""

    batch: str
    name: str
    left: int | None
    per_buyer: int
    valid_to: datetime | None
    valid_days: int | None


class GrantCoupon(Struct, frozen=True, kw_only=True):
    """A coupon for a customer, from staff: heeds the stock, not what a buyer may claim."""

    customer_id: CustomerId
    batch: BatchCode


class CloseCouponBatch(Struct, frozen=True, kw_only=True):
    batch: BatchCode


class VoidCoupon(Struct, frozen=True, kw_only=True):
    coupon_id: CouponId


# --- events --------------------------------------------------------------------------------------------------------


@event("pricing.coupon_issued.v1", key="customer_id")
class CouponIssued(Struct, frozen=True, kw_only=True):
    coupon_id: CouponId
    batch_id: CouponBatchId
    promotion_id: PromotionId
    customer_id: CustomerId
    claimed: bool


# --- errors --------------------------------------------------------------------------------------------------------


class CouponBatchNotFound(NotFound):
    """There is no coupon batch {batch}, or you may not see it; list the batches and pick one."""

    zh = "没有优惠券批次 {batch}，或您无权查看；请从批次列表中选择。"


class CouponBatchCodeTaken(Conflict):
    """There is a coupon batch {batch} already, or its shared code is another batch's; use another code."""

    zh = "优惠券批次 {batch} 已存在，或其通用码已被其他批次使用；请换一个编码。"


class NoCouponPromotion(Conflict):
    """Promotion {code} needs no coupon, so there can be none of it; save it with needs_coupon and try again."""

    zh = "促销 {code} 不需要优惠券，因此不能发券；请先将其设为需要优惠券（needs_coupon）。"


class BatchTermsUnfit(Invalid):
    """A batch has either valid_days or a period, which ends after it begins; shared_code goes with the kind shared."""

    zh = "批次的有效期须为 valid_days 或起止时间二者之一，且结束晚于开始；shared_code 只用于通用码批次。"


class BatchOfOtherKind(Conflict):
    """Batch {batch} is of the kind {kind}; codes are made for the kind codes, claims and grants are of the others."""

    zh = "批次 {batch} 的类型是{kind}；只有兑换码批次可以生成券码，领取和发放用于其他类型。"
    zh_words = words(kind={"wallet": "领取", "codes": "兑换码", "shared": "通用码"})


class BatchNotOpen(Conflict):
    """Coupons of batch {batch} are not handed out now; look at its times, or choose another batch."""

    zh = "批次 {batch} 当前不在领取时间内；请查看其时间，或选择其他批次。"


class ClaimWhat(Invalid):
    """Name either a batch or a code."""

    zh = "请填写批次或券码二者之一。"


class CouponNotFound(NotFound):
    """There is no such coupon, or it is another buyer's; check the code."""

    zh = "没有这张优惠券，或它属于其他买家；请核对券码。"


class CouponCodesThrottled(TooMany):
    """Too many wrong coupon codes; try again in {retry_after_s} seconds, or go on without the code."""

    zh = "优惠码输错次数过多，请在 {retry_after_s} 秒后重试，或不使用优惠码继续。"
    hint = "Sign in: who is signed in does not wait for what others got wrong."
    zh_hint = "登录后输入，不受他人输错次数影响。"


class CodesNotPreviewed(Conflict):
    """A coupon code cannot be tried in a preview; ask POST /api/v1/checkout/quote what it gives."""

    zh = "优惠码不能在预演中试用；请用 POST /api/v1/checkout/quote 试算。"


class CouponNotUsable(Conflict):
    """This coupon can't be used now: used, expired, voided, kept by an order, or not valid yet. Choose another."""

    zh = "该优惠券现在不能用：已使用、已过期、已作废、被未付订单占用或尚未生效。请选择其他优惠券。"


class BuyerUnknown(Conflict):
    """This coupon counts how often each buyer uses it; name the customer, or order without the coupon."""

    zh = "此券按买家计次；请指定客户，或不使用此券下单。"
