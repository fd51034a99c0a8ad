"""Questions about products, asked by shoppers, answered by the shop and by people who bought."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import NotFound, TooMany
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.reviews import ReviewStatus

QuestionId = NewType("QuestionId", UUID)
AnswerId = NewType("AnswerId", UUID)
Asked = Annotated[str, Meta(min_length=2, max_length=500, pattern=r"\S")]
Said = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"\S")]
Reason = Annotated[str, Meta(max_length=200)]


class AnsweredBy(StrEnum):
    """Whose an answer is."""

    SHOP = "shop"
    BUYER = "buyer"


class ProductAnswer(Struct, frozen=True, kw_only=True):
    """An answer as shoppers see it: without its author's name."""

    id: AnswerId
    by: AnsweredBy
    text: str
    at: datetime


class ProductQuestion(Struct, frozen=True, kw_only=True):
    """A question as shoppers see it, with its answers: the shop's first, then buyers', each the oldest first."""

    id: QuestionId
    text: str
    at: datetime
    answers: tuple[ProductAnswer, ...]


class QuestionSummary(Struct, frozen=True, kw_only=True):
    """How many questions of a product are shown, how many of them have an answer, and the newest of them."""

    count: int
    answered: int
    newest: tuple[ProductQuestion, ...]


class Written(Struct, frozen=True, kw_only=True):
    """What a question or an answer has for those who decide on it; `held_for` are the words that hold it."""

    shop_id: ShopId
    product_id: ProductId
    customer_id: CustomerId | None
    text: str
    status: ReviewStatus
    held_for: tuple[str, ...]
    reason: str
    at: datetime


class QuestionForModeration(Written, frozen=True, kw_only=True):
    """A question as those see it who decide on it."""

    id: QuestionId


class AnswerForModeration(Written, frozen=True, kw_only=True):
    """An answer as those see it who decide on it."""

    id: AnswerId
    question_id: QuestionId
    by: AnsweredBy


class ToModerate(Struct, frozen=True, kw_only=True):
    """A question with those of its answers, that are asked for."""

    question: QuestionForModeration
    answers: tuple[AnswerForModeration, ...]


class AskQuestion(Struct, frozen=True, kw_only=True):
    """Ask something about a product that the shop shows."""

    product_id: ProductId
    text: Asked


class AnswerAsBuyer(Struct, frozen=True, kw_only=True):
    """ProductAnswer a question about a product that was shipped to you by this line of an order."""

    question_id: QuestionId
    order_id: OrderId
    line: Annotated[int, Meta(ge=1)]
    text: Said


class AnswerForShop(Struct, frozen=True, kw_only=True):
    """ProductAnswer a question in the shop's name."""

    question_id: QuestionId
    text: Said


class ModerateQuestion(Struct, frozen=True, kw_only=True):
    """Show a question to shoppers, or hide it, with all its answers, and say why."""

    question_id: QuestionId
    approve: bool
    reason: Reason = ""


class ModerateAnswer(Struct, frozen=True, kw_only=True):
    """Show an answer to shoppers, or hide it and say why."""

    answer_id: AnswerId
    approve: bool
    reason: Reason = ""


@event("storefront.question_changed.v1", key="product_id")
class QuestionChanged(Struct, frozen=True, kw_only=True):
    """A question was asked, answered or decided on; `answer_id` where it was about an answer."""

    question_id: QuestionId
    answer_id: AnswerId | None
    shop_id: ShopId
    product_id: ProductId
    status: ReviewStatus


class QuestionNotFound(NotFound):
    """There is no question {question_id}, or you may not see it."""

    zh = "没有提问 {question_id}，或你无权查看。"


class AnswerNotFound(NotFound):
    """There is no answer {answer_id}, or you may not see it."""

    zh = "没有回答 {answer_id}，或你无权查看。"


class TooManyQuestions(TooMany):
    """You have written {most} questions and answers within a day; go on tomorrow."""

    zh = "一天内最多提问和回答 {most} 次，请明天再来。"
