"""What is limited, and how it is refused when nothing is left."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.errors import Conflict
from shangmai.kernel.tx import Item


class QuotaKind(StrEnum):
    """What an account of the quota book counts.

    Of a promotion: orders, pieces at its price, minor units of discount. A coupon: its one use. Of a coupon batch:
    coupons handed out.
    """

    USES = "uses"
    PIECES = "pieces"
    BUDGET = "budget"
    COUPON = "coupon"
    ISSUED = "issued"


class QuotaUse(Struct, frozen=True, kw_only=True):
    """So much of a limit, for a document; `buyer_id` only where each buyer has a limit of their own.

    All uses of a document stand or fall together; they stand next to each other in a list.
    """

    kind: QuotaKind
    of_id: UUID
    buyer_id: UUID | None = None
    limit: int
    amount: int
    doc: UUID
    item: Item


class QuotaLeft(Struct, frozen=True):
    """What a limit has left: limit − used − held."""

    limit: int
    used: int
    held: int

    @property
    def left(self) -> int:
        return max(self.limit - self.used - self.held, 0)


class PromotionUsedUp(Conflict):
    """This promotion is used up for you or for everyone; look at the new price and order again."""

    zh = "该促销的名额已用完，或您的次数已用完；请查看新价格后重新下单。"


class BudgetUsedUp(Conflict):
    """The budget of this promotion is spent; look at the new price and order again."""

    zh = "该促销的预算已用完；请查看新价格后重新下单。"


class CouponUsed(Conflict):
    """This coupon is used, or an unpaid order keeps it; cancel that order, or order without the coupon."""

    zh = "该优惠券已使用，或被未付款的订单占用；请取消该订单，或不使用此券下单。"


class CouponsGone(Conflict):
    """All coupons of batch {batch} are handed out, or you have had as many as each buyer may; nothing was given."""

    zh = "优惠券批次 {batch} 已领完，或已达每人领取上限；未发放任何优惠券。"
