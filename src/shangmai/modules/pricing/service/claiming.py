"""What shoppers do about coupons themselves: see which are open to them, and take one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.coupons import (
    BatchNotOpen,
    BatchOfOtherKind,
    ClaimCoupon,
    ClaimOwnCoupon,
    ClaimWhat,
    CodesNotPreviewed,
    Coupon,
    CouponBatch,
    CouponBatchNotFound,
    CouponCodesThrottled,
    CouponNotFound,
    CouponNotUsable,
    OpenCoupon,
)
from shangmai.modules.pricing.contract.quotas import CouponsGone
from shangmai.modules.pricing.queries import coupons as queries
from shangmai.modules.pricing.rules import coupons as rules
from shangmai.modules.pricing.service.coupons import claim

NOBODY: Final = CustomerId(UUID(int=0))
OPEN_MAX: Final = 50


@action(
    "pricing.claim_own_coupon",
    grant="pricing.own",
    many=True,
    scope=lambda do: {},
    errors=[
        CustomerNeeded, ClaimWhat, CouponBatchNotFound, CouponNotFound, BatchOfOtherKind, BatchNotOpen, CouponsGone,
        CouponNotUsable, CouponCodesThrottled, CodesNotPreviewed,
    ],
)  # fmt: skip
async def claim_own_coupon(tx: Tx, do: Sequence[ClaimOwnCoupon]) -> list[Coupon | AppError]:
    """Put a coupon into your wallet: one of a batch that is open to shoppers, or the one of a code.

    A batch is open to shoppers where it says how many each may have (`per_buyer`). Who types wrong codes must wait
    between them. Event pricing.coupon_issued.v1.
    """
    owners = [members.find_customer_of(item.actor) for item in tx.items]
    batches = await queries.batches(tx, {each.batch for each in do if each.batch is not None})
    refused: dict[int, AppError] = {}
    for place, (owner, each) in enumerate(zip(owners, do, strict=True)):
        if owner is None:
            refused[place] = CustomerNeeded()
        elif each.batch is not None and not _is_for_shoppers(batches.get(each.batch)):
            refused[place] = CouponBatchNotFound(batch=each.batch)
    asked = [
        ClaimCoupon(customer_id=owner or NOBODY, batch=each.batch, code=each.code)
        for owner, each in zip(owners, do, strict=True)
    ]
    return await claim(tx, asked, refused)


def _is_for_shoppers(batch: CouponBatch | None) -> bool:
    return batch is not None and rules.is_for_shoppers(batch)


async def open_to_shoppers(tx: Tx, shop_id: ShopId, lang: Lang) -> list[OpenCoupon]:
    """What shoppers of a shop may take now, the newest first; what is gone is left out."""
    told = [_open(batch, lang) for batch in await queries.open_batches(tx, shop_id, OPEN_MAX)]
    return [each for each in told if each.left != 0]


def _open(batch: CouponBatch, lang: Lang) -> OpenCoupon:
    assert batch.per_buyer is not None
    return OpenCoupon(
        batch=batch.code,
        name=(lang == "en" and batch.name_en) or batch.name,
        left=None if batch.stock is None else max(batch.stock - batch.issued, 0),
        per_buyer=batch.per_buyer,
        valid_to=batch.valid_to,
        valid_days=batch.valid_days,
    )
