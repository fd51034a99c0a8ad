"""The life of a product: written, reviewed, on offer, off offer."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import (
    ApproveProduct,
    ListTimePast,
    NeverListed,
    NothingToSell,
    NotInReview,
    NotToReview,
    OnOffer,
    ProductChangedMeanwhile,
    ProductId,
    ProductStatus,
    ReviewRequired,
    Verdict,
)

OFFERED = frozenset({ProductStatus.LISTED, ProductStatus.APPROVED})
"""On offer, or by time alone about to be."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where a product stands. `sellable`: it has an active SKU; `reviewed`: approved as it is now."""

    id: ProductId
    code: str
    status: ProductStatus
    version: int
    reviewed: bool
    sellable: bool
    listed_at: datetime | None = None
    list_at: datetime | None = None
    submitted_at: datetime | None = None


class Reviewer(Struct, frozen=True):
    """Who moves the product: `required`, products must be approved here; `may_approve`, they may do that."""

    required: bool
    may_approve: bool
    at: datetime


Step = tuple[Standing, Verdict | None]
"""Where the product stands then, and what that means for its review."""


class Move(Struct, frozen=True):
    """A product that has moved on, what that means for its review, why, and who asked for it."""

    after: Standing
    verdict: Verdict | None
    reason: str
    item: Item


def listed(now: Standing, by: Reviewer) -> Step:
    """List the product; the same if it is. Who may approve does so by it.

    Raises: NothingToSell, ReviewRequired (approval is required here, missing, and not theirs to give).
    """
    if now.status is ProductStatus.LISTED:
        return now, None
    if not now.sellable:
        raise NothingToSell(code=now.code)
    if not by.required or now.reviewed:
        return _moved(now, ProductStatus.LISTED, by.at), None
    if not by.may_approve:
        raise ReviewRequired(code=now.code)
    return replace(_moved(now, ProductStatus.LISTED, by.at), reviewed=True), Verdict.APPROVED


def delisted(now: Standing, by: Reviewer) -> Step:
    """Delist the product; the same if it is. Raises: NeverListed."""
    if now.status is ProductStatus.DELISTED:
        return now, None
    if now.status is not ProductStatus.LISTED:
        raise NeverListed(code=now.code)
    return _moved(now, ProductStatus.DELISTED, by.at), None


def submitted(now: Standing, by: Reviewer) -> Step:
    """Hand the product in for review; the same if it is. Raises: NotToReview (it is approved or listed)."""
    if now.status is ProductStatus.IN_REVIEW:
        return now, None
    if now.status in OFFERED:
        raise NotToReview(code=now.code, status=now.status)
    return replace(_moved(now, ProductStatus.IN_REVIEW, by.at), reviewed=False), Verdict.SUBMITTED


def approved(now: Standing, do: ApproveProduct, by: Reviewer) -> Step:
    """Approve the product: it is listed, now or at `list_at`. One that is not listed need not be in review first.

    Raises: NotInReview (it is listed), ProductChangedMeanwhile, NothingToSell, ListTimePast.
    """
    if now.status is ProductStatus.LISTED:
        raise NotInReview(code=now.code, status=now.status)
    if do.version is not None and do.version != now.version:
        raise ProductChangedMeanwhile(current=now.version, version=do.version)
    if not now.sellable:
        raise NothingToSell(code=now.code)
    if do.list_at is None:
        return replace(_moved(now, ProductStatus.LISTED, by.at), reviewed=True), Verdict.APPROVED
    if do.list_at <= by.at:
        raise ListTimePast(at=do.list_at.isoformat())
    waiting = replace(_moved(now, ProductStatus.APPROVED, by.at), reviewed=True, list_at=do.list_at)
    return waiting, Verdict.APPROVED


def rejected(now: Standing, by: Reviewer) -> Step:
    """Send the product back to be a draft. Raises: NotInReview (it neither is nor waits to be listed)."""
    if now.status not in (ProductStatus.IN_REVIEW, ProductStatus.APPROVED):
        raise NotInReview(code=now.code, status=now.status)
    return replace(_moved(now, ProductStatus.DRAFT, by.at), reviewed=False), Verdict.REJECTED


def _moved(now: Standing, status: ProductStatus, at: datetime) -> Standing:
    return replace(
        now,
        status=status,
        version=now.version + 1,
        listed_at=at if status is ProductStatus.LISTED else now.listed_at,
        submitted_at=at if status is ProductStatus.IN_REVIEW else None,
        list_at=None,
    )


def still_reviewed(code: str, status: ProductStatus, reviewed: bool, by: Reviewer) -> bool:
    """Tell whether a product is approved after its content was changed: only if by somebody who may approve.

    Raises: OnOffer (it is on offer or about to be, where approval is required and not theirs to give).
    """
    if by.may_approve:
        return reviewed
    if by.required and status in OFFERED:
        raise OnOffer(code=code)
    return False
