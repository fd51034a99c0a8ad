"""Questions about products and their answers, and what the shop does with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.members.contract.signing_in import CustomerNeeded
from shangmai.modules.orders.contract import OrderNotFound
from shangmai.modules.storefront.contract import NotBought, ProductNotShown, ReviewStatus
from shangmai.modules.storefront.contract.questions import (
    AnswerAsBuyer,
    AnsweredBy,
    AnswerForModeration,
    AnswerForShop,
    AnswerId,
    AnswerNotFound,
    AskQuestion,
    ModerateAnswer,
    ModerateQuestion,
    QuestionChanged,
    QuestionForModeration,
    QuestionId,
    QuestionNotFound,
    TooManyQuestions,
)
from shangmai.modules.storefront.queries import questions, searching
from shangmai.modules.storefront.rules.reviewing import held_for
from shangmai.modules.storefront.service.reviewing import shipped_line

WRITTEN_MAX: Final = 30
"""Questions and answers of a customer within a day."""
OWN: Final = "storefront.own"
MODERATE: Final = "storefront.moderate_question"


@action("storefront.ask_question", grant=OWN, errors=[CustomerNeeded, ProductNotShown, TooManyQuestions])
async def ask_question(tx: Tx, do: AskQuestion) -> QuestionForModeration:
    """Ask about a product as the customer who is signed in.

    It is shown at once, unless something in it must be seen by a person first; then it is pending. Event
    storefront.question_changed.v1. Raises: CustomerNeeded, ProductNotShown, TooManyQuestions.
    """
    customer_id, shop_id = members.customer_of(tx.actor), members.shop_of(tx.actor)
    if not await searching.cards(tx, shop_id, [do.product_id]):
        raise ProductNotShown()
    await _check_may_write(tx, customer_id)
    question = QuestionForModeration(
        id=QuestionId(new_id()),
        shop_id=shop_id,
        product_id=do.product_id,
        customer_id=customer_id,
        **_said(tx, do.text),
    )
    await questions.insert_question(tx, question)
    _tell(tx, question)
    return question


@action(
    "storefront.answer_as_buyer",
    grant=OWN,
    errors=[CustomerNeeded, QuestionNotFound, OrderNotFound, NotBought, TooManyQuestions],
)
async def answer_as_buyer(tx: Tx, do: AnswerAsBuyer) -> AnswerForModeration:
    """Answer a question as somebody to whom the product was shipped. Shown or pending as questions are.

    Event storefront.question_changed.v1. Raises: CustomerNeeded, QuestionNotFound, OrderNotFound, NotBought,
    TooManyQuestions.
    """
    customer_id = members.customer_of(tx.actor)
    question = await _locked(tx, do.question_id)
    if question.status is not ReviewStatus.APPROVED:
        raise QuestionNotFound(question_id=do.question_id)
    _, line = await shipped_line(tx, customer_id, do.order_id, do.line)
    assert line.sku_id is not None, "it was shipped"
    if (await catalog.get_skus(tx, [line.sku_id]))[line.sku_id].product_id != question.product_id:
        raise NotBought(order_id=do.order_id, line=do.line)
    await _check_may_write(tx, customer_id)
    return await _answered(tx, question, AnsweredBy.BUYER, customer_id, _said(tx, do.text))


@action("storefront.answer_for_shop", grant=MODERATE, errors=[QuestionNotFound])
async def answer_for_shop(tx: Tx, do: AnswerForShop) -> AnswerForModeration:
    """Answer a question in the shop's name; shown at once. Event storefront.question_changed.v1.

    Raises: QuestionNotFound.
    """
    question = await _locked(tx, do.question_id)
    said = _said(tx, do.text) | {"status": ReviewStatus.APPROVED, "held_for": ()}
    return await _answered(tx, question, AnsweredBy.SHOP, None, said)


@action("storefront.moderate_question", grant=MODERATE, errors=[QuestionNotFound])
async def moderate_question(tx: Tx, do: ModerateQuestion) -> QuestionForModeration:
    """Show a question, or hide it with a reason; a decision can be taken back. Deciding the same changes nothing.

    Event storefront.question_changed.v1. Raises: QuestionNotFound.
    """
    question = await _locked(tx, do.question_id)
    status = _status(do.approve)
    if (status, do.reason) == (question.status, question.reason):
        return question
    await questions.decide_question(tx, question.id, status, do.reason)
    decided = replace(question, status=status, reason=do.reason)
    _tell(tx, decided)
    return decided


@action("storefront.moderate_answer", grant=MODERATE, errors=[AnswerNotFound])
async def moderate_answer(tx: Tx, do: ModerateAnswer) -> AnswerForModeration:
    """Show an answer, or hide it with a reason; a decision can be taken back. Deciding the same changes nothing.

    Event storefront.question_changed.v1. Raises: AnswerNotFound.
    """
    answer = await questions.lock_answer(tx, do.answer_id)
    if answer is None:
        raise AnswerNotFound(answer_id=do.answer_id)
    status = _status(do.approve)
    if (status, do.reason) == (answer.status, answer.reason):
        return answer
    await questions.decide_answer(tx, answer.id, status, do.reason)
    decided = replace(answer, status=status, reason=do.reason)
    _tell(tx, decided)
    return decided


async def _locked(tx: Tx, id_: QuestionId) -> QuestionForModeration:
    question = await questions.lock_question(tx, id_)
    if question is None:
        raise QuestionNotFound(question_id=id_)
    return question


async def _check_may_write(tx: Tx, customer_id: CustomerId) -> None:
    """Raises: TooManyQuestions."""
    if await questions.written_today(tx, customer_id) >= WRITTEN_MAX:
        raise TooManyQuestions(most=WRITTEN_MAX)


async def _answered(
    tx: Tx, question: QuestionForModeration, by: AnsweredBy, customer_id: CustomerId | None, said: Mapping[str, Any]
) -> AnswerForModeration:
    answer = AnswerForModeration(
        id=AnswerId(new_id()),
        question_id=question.id,
        shop_id=question.shop_id,
        product_id=question.product_id,
        customer_id=customer_id,
        by=by,
        **said,
    )
    await questions.insert_answer(tx, answer)
    _tell(tx, answer)
    return answer


def _said(tx: Tx, given: str) -> dict[str, Any]:
    """What was said, and whether it is shown at once."""
    text = given.strip()
    held = held_for(text, ())
    status = ReviewStatus.PENDING if held else ReviewStatus.APPROVED
    return {"text": text, "status": status, "held_for": held, "reason": "", "at": tx.now}


def _status(approve: bool) -> ReviewStatus:
    return ReviewStatus.APPROVED if approve else ReviewStatus.REJECTED


def _tell(tx: Tx, changed: QuestionForModeration | AnswerForModeration) -> None:
    ids = (changed.question_id, changed.id) if isinstance(changed, AnswerForModeration) else (changed.id, None)
    tx.emit(
        QuestionChanged(
            question_id=ids[0],
            answer_id=ids[1],
            shop_id=changed.shop_id,
            product_id=changed.product_id,
            status=changed.status,
        )
    )
