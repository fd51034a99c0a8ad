"""The life of a product: reviewed, put on offer, taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    ApproveProduct,
    DelistProduct,
    Listing,
    ListProduct,
    ListTimePast,
    NeverListed,
    NothingToSell,
    NotInReview,
    NotToReview,
    ProductChangedMeanwhile,
    ProductDelisted,
    ProductId,
    ProductListed,
    ProductNotFound,
    ProductReviewed,
    ProductStatus,
    RejectProduct,
    ReviewPolicy,
    ReviewRequired,
    SetReviewPolicy,
    SubmitForReview,
)
from shangmai.modules.catalog.queries import offering
from shangmai.modules.catalog.rules import Move, Reviewer, Standing, Step
from shangmai.modules.catalog.service.telling import tell_changed

APPROVE: Final = "catalog.approve_product"
"""The grant of those who decide what may be sold."""


class _OfProduct(Protocol):
    @property
    def product_id(self) -> ProductId: ...


D = TypeVar("D", bound=_OfProduct)


@action(
    "catalog.list_product",
    grant="catalog.list_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.delist_product",
    errors=[ProductNotFound, NothingToSell, ReviewRequired],
)
async def list_product(tx: Tx, do: Sequence[ListProduct]) -> list[Listing | AppError]:
    """Put a product on offer. Listing a listed product changes nothing.

    Where products must be approved first (`catalog.set_review_policy`), only an approved one can be listed, unless by
    somebody who may approve: they approve it by listing it.
    Raises: ProductNotFound, NothingToSell (it has no active SKU), ReviewRequired.
    """
    return await _move(tx, do, lambda now, _, by: rules.listed(now, by))


@action(
    "catalog.delist_product",
    grant="catalog.delist_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.list_product",
    errors=[ProductNotFound, NeverListed],
)
async def delist_product(tx: Tx, do: Sequence[DelistProduct]) -> list[Listing | AppError]:
    """Take a product off offer; its SKUs, stock and open orders stay. Delisting a delisted product changes nothing.

    Raises: ProductNotFound, NeverListed.
    """
    return await _move(tx, do, lambda now, _, by: rules.delisted(now, by))


@action(
    "catalog.submit_for_review",
    grant="catalog.submit_for_review",
    many=True,
    scope=lambda do: {},
    errors=[ProductNotFound, NotToReview],
)
async def submit_for_review(tx: Tx, do: Sequence[SubmitForReview]) -> list[Listing | AppError]:
    """Hand a draft or a delisted product in for review. Handing it in again changes nothing.

    Raises: ProductNotFound, NotToReview (it is approved or listed).
    """
    return await _move(tx, do, lambda now, _, by: rules.submitted(now, by), lambda each: each.note)


@action(
    "catalog.approve_product",
    grant=APPROVE,
    many=True,
    scope=lambda do: {},
    errors=[ProductNotFound, NotInReview, ProductChangedMeanwhile, NothingToSell, ListTimePast],
)
async def approve_product(tx: Tx, do: Sequence[ApproveProduct]) -> list[Listing | AppError]:
    """Approve a product: it goes on offer now, or at `list_at` (within a minute of it).

    It need not be in review; approving an approved one sets another time. Give the `version` that was looked at, so
    that nothing else is approved. Raises: ProductNotFound, NotInReview (it is listed), ProductChangedMeanwhile,
    NothingToSell, ListTimePast.
    """
    return await _move(tx, do, rules.approved, lambda each: each.note)


@action(
    "catalog.reject_product",
    grant="catalog.reject_product",
    many=True,
    scope=lambda do: {},
    errors=[ProductNotFound, NotInReview],
)
async def reject_product(tx: Tx, do: Sequence[RejectProduct]) -> list[Listing | AppError]:
    """Send a product that is in review, or approved and not yet listed, back to be a draft, with the reason.

    Raises: ProductNotFound, NotInReview.
    """
    return await _move(tx, do, lambda now, _, by: rules.rejected(now, by), lambda each: each.reason)


@action("catalog.set_review_policy", grant="catalog.set_review_policy")
async def set_review_policy(tx: Tx, do: SetReviewPolicy) -> ReviewPolicy:
    """Say whether products must be approved before they may be listed; at first they need not.

    What is on offer stays so.
    """
    await offering.set_review_required(tx, do.required)
    return ReviewPolicy(required=do.required)


async def due_products(tx: Tx) -> list[ProductId]:
    """Give the approved products whose time to go on offer has come."""
    return await offering.due_products(tx, tx.now)


async def reviewers(tx: Tx) -> Callable[[Item], Reviewer]:
    """Give who asks for an item, as far as reviews go."""
    required = await offering.is_review_required(tx)
    return lambda item: Reviewer(required, item.actor.may(APPROVE), item.now)


async def _move(
    tx: Tx,
    do: Sequence[D],
    become: Callable[[Standing, D, Reviewer], Step],
    reason_of: Callable[[D], str] = lambda _: "",
) -> list[Listing | AppError]:
    """Move each product on, in order; events for each that moved. Locks them in order of id."""
    standings = await offering.lock_standings(tx, {each.product_id for each in do})
    reviewer = await reviewers(tx)
    moves: list[Move] = []
    outcomes: list[Listing | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        before = standings.get(each.product_id)
        outcome = _become(before, each, become, reviewer(item))
        if isinstance(outcome, AppError):
            outcomes.append(outcome)
            continue
        after, verdict = outcome
        standings[after.id] = after
        outcomes.append(Listing(product_id=after.id, code=after.code, status=after.status))
        if after is not before:
            moves.append(Move(after, verdict, reason_of(each), item))
    if moves:
        await _write(tx, moves)
    return outcomes


def _become(
    before: Standing | None, do: D, become: Callable[[Standing, D, Reviewer], Step], by: Reviewer
) -> Step | AppError:
    if before is None:
        return ProductNotFound(product_id=do.product_id)
    try:
        return become(before, do, by)
    except AppError as refusal:
        return refusal


async def _write(tx: Tx, moves: Sequence[Move]) -> None:
    await offering.write_standings(tx, {move.after.id: move.after for move in moves}.values())
    reviewed = [move for move in moves if move.verdict is not None]
    if reviewed:
        await offering.insert_reviews(tx, reviewed)
    for move in moves:
        for event in _events(move):
            tx.emit(event, move.item)
    tell_changed(tx, ((move.after.id, move.item) for move in moves))


def _events(move: Move) -> Iterator[Struct]:
    product = move.after
    if move.verdict is not None:
        yield ProductReviewed(product_id=product.id, code=product.code, verdict=move.verdict, reason=move.reason)
    if product.status is ProductStatus.LISTED:
        yield ProductListed(product_id=product.id, code=product.code)
    elif product.status is ProductStatus.DELISTED:
        yield ProductDelisted(product_id=product.id, code=product.code)
