"""Using what is limited: held when an order is placed, used when it is paid, given back once when it is canceled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Divergence, Hold, Key, Post, Release, Settle, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.pricing.books import NOBODY, quota, spent
from shangmai.modules.pricing.contract.promotion import Promotion, PromotionId
from shangmai.modules.pricing.contract.quotas import (
    BudgetUsedUp,
    CouponUsed,
    PromotionUsedUp,
    QuotaKind,
    QuotaLeft,
    QuotaUse,
)
from shangmai.modules.pricing.queries import quotas as queries

REFUSALS: Final[Mapping[QuotaKind, type[AppError]]] = {
    QuotaKind.USES: PromotionUsedUp,
    QuotaKind.PIECES: PromotionUsedUp,
    QuotaKind.BUDGET: BudgetUsedUp,
    QuotaKind.COUPON: CouponUsed,
    QuotaKind.ISSUED: CouponUsed,
}


def key_of(kind: QuotaKind, of_id: UUID, buyer_id: UUID | None = None) -> Key:
    """An account of the quota book."""
    return (kind.value, UUID(int=of_id.int), UUID(int=buyer_id.int) if buyer_id is not None else NOBODY)


def is_limited(promotion: Promotion) -> bool:
    """Whether anything of the promotion is counted over orders."""
    limits = promotion.limits
    return any(
        each is not None
        for each in (
            limits.uses_total,
            limits.uses_per_buyer,
            limits.pieces_per_buyer,
            limits.pieces_total,
            limits.budget_minor,
        )
    )


def limits_for_all(promotion: Promotion) -> dict[Key, int]:
    """The limits of a promotion that count for all buyers together."""
    limits = {
        QuotaKind.USES: promotion.limits.uses_total,
        QuotaKind.PIECES: promotion.limits.pieces_total,
        QuotaKind.BUDGET: promotion.limits.budget_minor,
    }
    return {key_of(kind, promotion.id): limit for kind, limit in limits.items() if limit is not None}


def limits_for(promotion: Promotion, buyer_id: UUID) -> dict[Key, int]:
    """The limits of a promotion that count for each buyer."""
    limits = {
        QuotaKind.USES: promotion.limits.uses_per_buyer,
        QuotaKind.PIECES: promotion.limits.pieces_per_buyer,
    }
    return {key_of(kind, promotion.id, buyer_id): limit for kind, limit in limits.items() if limit is not None}


async def left_of(tx: Tx, limits: Mapping[Key, int]) -> dict[Key, QuotaLeft]:
    """What is left of these limits, in one statement; nothing is locked."""
    found = await queries.accounts(tx, list(limits)) if limits else {}
    return {
        key: QuotaLeft(limit, -row["posted"], row["held"])
        if (row := found.get(key)) is not None
        else QuotaLeft(limit, 0, 0)
        for key, limit in limits.items()
    }


async def pieces_left(tx: Tx, promotions: Sequence[Promotion]) -> dict[PromotionId, int]:
    """Give how many pieces are left at the price of those of these promotions that limit them, in one statement."""
    limits = {
        key_of(QuotaKind.PIECES, each.id): each.limits.pieces_total
        for each in promotions
        if each.limits.pieces_total is not None
    }
    left = await left_of(tx, limits)
    return {each.id: left[key].left for each in promotions if (key := key_of(QuotaKind.PIECES, each.id)) in left}


async def hold(tx: Tx, uses: Sequence[QuotaUse]) -> dict[UUID, AppError]:
    """Keep uses for documents, all of a document or none, first come, first served; the documents refused, with why.

    Locks the accounts in order of id. Refusals: PromotionUsedUp, BudgetUsedUp, CouponUsed.
    """
    await _heed_limits(tx, uses)
    holds = [
        Hold(
            id=new_id(),
            debit=(key := key_of(use.kind, use.of_id, use.buyer_id)),
            credit=spent(key),
            amount=use.amount,
            doc=use.doc,
            item=use.item,
            group=use.doc,
        )
        for use in uses
    ]
    refused: dict[UUID, AppError] = {}
    for use, outcome in zip(uses, await quota.hold(tx, holds), strict=True):
        if isinstance(outcome, Short):
            refused[use.doc] = REFUSALS[use.kind](of_id=use.of_id)
    return refused


async def use(tx: Tx, uses: Sequence[QuotaUse]) -> set[int]:
    """Use at once what nobody has to pay for, such as a coupon that is handed out; the places refused.

    Uses of one document stand or fall together.
    """
    await _heed_limits(tx, uses)
    posts = [
        Post(
            debit=(key := key_of(use.kind, use.of_id, use.buyer_id)),
            credit=spent(key),
            amount=use.amount,
            doc=use.doc,
            item=use.item,
            group=use.doc,
        )
        for use in uses
    ]
    outcomes = await quota.post(tx, posts)
    return {place for place, outcome in enumerate(outcomes) if isinstance(outcome, AppError)}


async def settle(tx: Tx, docs: Mapping[UUID, Item]) -> None:
    """Turn what is still held for these documents into used. Settling again changes nothing."""
    held = await quota.open_holds(tx, docs)
    await quota.settle(tx, [Settle(hold_id=row["id"], item=docs[row["doc"]]) for row in held])


async def give_back(tx: Tx, docs: Mapping[UUID, Item]) -> int:
    """Give back all that these documents hold or have used; how many of their uses. Again, it gives back nothing.

    The caller holds the documents' rows, so that no two give back the same at once.
    """
    return await _give_back(tx, docs, lambda row: True)


async def give_back_coupons(tx: Tx, docs: Mapping[UUID, Item], coupons: Collection[UUID]) -> int:
    """Give back these coupons, as `give_back` does with all that documents hold or have used."""
    return await _give_back(tx, docs, lambda row: row["kind"] == QuotaKind.COUPON.value and row["of_id"] in coupons)


async def _give_back(tx: Tx, docs: Mapping[UUID, Item], is_meant: Callable[[Record], bool]) -> int:
    held = [row for row in await queries.held_of(tx, docs) if is_meant(row)]
    await quota.release(tx, [Release(hold_id=row["id"], item=docs[row["doc"]]) for row in held])
    used = [row for row in await queries.settled_of(tx, docs) if is_meant(row)]
    posts = [
        Post(
            debit=spent(key := (row["kind"], row["of_id"], row["buyer_id"])),
            credit=key,
            amount=row["amount"],
            doc=row["doc"],
            line=row["line"],
            item=docs[row["doc"]],
        )
        for row in used
    ]
    await quota.post(tx, posts)
    return len(held) + len(used)


async def used_by(tx: Tx, doc: UUID) -> list[Record]:
    """Each move of the quota book for a document, in order: at, moved, kind, of_id, buyer_id, amount, cause."""
    return await queries.used_by(tx, doc)


async def with_coupons(tx: Tx, docs: Collection[UUID]) -> set[UUID]:
    """Those of these documents that have used a coupon and not given it back."""
    rows = await queries.settled_of(tx, docs) if docs else []
    return {row["doc"] for row in rows if row["kind"] == QuotaKind.COUPON}


async def _heed_limits(tx: Tx, uses: Collection[QuotaUse]) -> None:
    """See to it that every account has the limit that the use was promised under; usually it has."""
    limits = {key_of(use.kind, use.of_id, use.buyer_id): use.limit for use in uses}
    found = await queries.accounts(tx, list(limits)) if limits else {}
    changed = {
        key: limit
        for key, limit in limits.items()
        if key not in found or found[key]["floor"] != min(-limit, found[key]["posted"] - found[key]["held"])
    }
    if changed:
        await queries.set_limits(tx, changed)


async def prove(tx: Tx) -> list[Divergence]:
    """The quota book re-added."""
    return await quota.prove(tx)
