"""Reviews by people who bought, and what the shop does with them."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import Order, OrderId, OrderLine, OrderNotFound
from shangmai.modules.storefront.contract import (
    AlreadyReviewed,
    ModerateReview,
    NotBought,
    ReplyToReview,
    ReviewChanged,
    ReviewForModeration,
    ReviewId,
    ReviewNotFound,
    ReviewStatus,
    SubmitReview,
)
from shangmai.modules.storefront.queries import reviews
from shangmai.modules.storefront.rules.reviewing import held_for


@action(
    "storefront.submit_review",
    grant="storefront.own",
    errors=[CustomerNeeded, OrderNotFound, NotBought, AlreadyReviewed],
)
async def submit_review(tx: Tx, do: SubmitReview) -> ReviewForModeration:
    """Review a line of goods of an order that has left for the customer who is signed in, once.

    It is shown at once, unless something in it must be seen by a person first; then it is pending. Event
    storefront.review_changed.v1. Raises: CustomerNeeded, OrderNotFound, NotBought,
    AlreadyReviewed.
    """
    customer_id = members.customer_of(tx.actor)
    order, line = await shipped_line(tx, customer_id, do.order_id, do.line)
    review = await _drafted(tx, do, customer_id, order, line)
    if not await reviews.insert(tx, review):
        raise AlreadyReviewed(order_id=do.order_id, line=do.line)
    _tell(tx, review)
    return review


async def shipped_line(tx: Tx, customer_id: CustomerId, order_id: OrderId, number: int) -> tuple[Order, OrderLine]:
    """The line of goods that was shipped to this customer. Raises: OrderNotFound, NotBought."""
    order = (await orders.get_orders(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    lines = (await orders.get_lines(tx, [order_id])).get(order_id, [])
    line = next((each for each in lines if each.line == number), None)
    if line is None or order.customer_id != customer_id or line.sku_id is None or line.shipped_qty <= 0:
        raise NotBought(order_id=order_id, line=number)
    return order, line


async def _drafted(
    tx: Tx, do: SubmitReview, customer_id: CustomerId, order: Order, line: OrderLine
) -> ReviewForModeration:
    assert line.sku_id is not None
    sku = (await catalog.get_skus(tx, [line.sku_id]))[line.sku_id]
    text = do.text.strip()
    held = held_for(text, do.pictures)
    return ReviewForModeration(
        id=ReviewId(new_id()),
        shop_id=order.shop_id,
        product_id=sku.product_id,
        sku_id=sku.id,
        order_id=order.id,
        line=line.line,
        customer_id=customer_id,
        stars=do.stars,
        text=text,
        pictures=do.pictures,
        status=ReviewStatus.PENDING if held else ReviewStatus.APPROVED,
        held_for=held,
        reason="",
        reply="",
        at=tx.now,
    )


@action("storefront.moderate_review", grant="storefront.moderate_review", errors=[ReviewNotFound])
async def moderate_review(tx: Tx, do: ModerateReview) -> ReviewForModeration:
    """Show a review, or hide it with a reason; a decision can be taken back. Deciding the same again changes nothing.

    Event storefront.review_changed.v1. Raises: ReviewNotFound.
    """
    review = await _locked(tx, do.review_id)
    status = ReviewStatus.APPROVED if do.approve else ReviewStatus.REJECTED
    if (status, do.reason) == (review.status, review.reason):
        return review
    await reviews.decide(tx, review.id, status, do.reason)
    decided = replace(review, status=status, reason=do.reason)
    _tell(tx, decided)
    return decided


@action("storefront.reply_to_review", grant="storefront.moderate_review", errors=[ReviewNotFound])
async def reply_to_review(tx: Tx, do: ReplyToReview) -> ReviewForModeration:
    """Answer a review in the shop's name; nothing takes it away.

    Event storefront.review_changed.v1. Raises: ReviewNotFound.
    """
    review = await _locked(tx, do.review_id)
    text = do.text.strip()
    if text == review.reply:
        return review
    await reviews.reply(tx, review.id, text)
    answered = replace(review, reply=text)
    _tell(tx, answered)
    return answered


async def _locked(tx: Tx, id_: ReviewId) -> ReviewForModeration:
    review = await reviews.lock(tx, id_)
    if review is None:
        raise ReviewNotFound(review_id=id_)
    return review


def _tell(tx: Tx, review: ReviewForModeration) -> None:
    tx.emit(
        ReviewChanged(
            review_id=review.id,
            shop_id=review.shop_id,
            product_id=review.product_id,
            status=review.status,
            stars=review.stars,
        )
    )
