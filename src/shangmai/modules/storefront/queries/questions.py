"""The SQL of questions and their answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import ProductId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.questions import (
    AnsweredBy,
    AnswerForModeration,
    AnswerId,
    ProductAnswer,
    ProductQuestion,
    QuestionForModeration,
    QuestionId,
    QuestionSummary,
)
from shangmai.modules.storefront.contract.reviews import ReviewStatus

QUESTION: Final = "id, shop_id, product_id, customer_id, text, status, held_for, reason, at"
ANSWER: Final = QUESTION + ", question_id, by"
DAY: Final = timedelta(days=1)


async def insert_question(tx: Tx, question: QuestionForModeration) -> None:
    await tx.execute(
        "INSERT INTO storefront_questions (" + QUESTION + ", cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        question.id,
        question.shop_id,
        question.product_id,
        question.customer_id,
        question.text,
        question.status.value,
        list(question.held_for),
        question.reason,
        question.at,
        tx.cause,
    )


async def insert_answer(tx: Tx, answer: AnswerForModeration) -> None:
    await tx.execute(
        "INSERT INTO storefront_answers (" + ANSWER + ", cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        answer.id,
        answer.shop_id,
        answer.product_id,
        answer.customer_id,
        answer.text,
        answer.status.value,
        list(answer.held_for),
        answer.reason,
        answer.at,
        answer.question_id,
        answer.by.value,
        tx.cause,
    )


async def written_today(tx: Tx, customer_id: CustomerId) -> int:
    """How many questions and answers a customer wrote within a day."""
    written: int = await tx.fetchval(
        "SELECT (SELECT count(*) FROM storefront_questions WHERE customer_id = $1 AND at > $2)"
        " + (SELECT count(*) FROM storefront_answers WHERE customer_id = $1 AND at > $2)",
        customer_id,
        tx.now - DAY,
    )
    return written


async def lock_question(tx: Tx, id_: QuestionId) -> QuestionForModeration | None:
    row = await tx.fetchrow("SELECT " + QUESTION + " FROM storefront_questions WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else QuestionForModeration(**_fields(row))


async def lock_answer(tx: Tx, id_: AnswerId) -> AnswerForModeration | None:
    row = await tx.fetchrow("SELECT " + ANSWER + " FROM storefront_answers WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else _answer(row)


async def decide_question(tx: Tx, id_: QuestionId, status: ReviewStatus, reason: str) -> None:
    sql = "UPDATE storefront_questions SET status = $2, reason = $3 WHERE id = $1"
    await tx.execute(sql, id_, status.value, reason)


async def decide_answer(tx: Tx, id_: AnswerId, status: ReviewStatus, reason: str) -> None:
    await tx.execute("UPDATE storefront_answers SET status = $2, reason = $3 WHERE id = $1", id_, status.value, reason)


async def shown(
    tx: Tx, shop_id: ShopId, product_id: ProductId, before: QuestionId | None, limit: int
) -> list[ProductQuestion]:
    """The approved questions of a product, the newest first, with their approved answers. Two statements."""
    asked = await tx.fetch(
        "SELECT id, text, at FROM storefront_questions WHERE shop_id = $1 AND product_id = $2 AND status = 'approved'"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        shop_id,
        product_id,
        before,
        limit,
    )
    rows = await tx.fetch(
        "SELECT question_id, id, by, text, at FROM storefront_answers WHERE question_id = ANY ($1::uuid[])"
        " AND status = 'approved' ORDER BY (by = 'shop') DESC, id",
        [row["id"] for row in asked],
    )
    answers: dict[QuestionId, list[ProductAnswer]] = {}
    for row in rows:
        said = ProductAnswer(id=row["id"], by=AnsweredBy(row["by"]), text=row["text"], at=row["at"])
        answers.setdefault(row["question_id"], []).append(said)
    return [ProductQuestion(**dict(row), answers=tuple(answers.get(row["id"], ()))) for row in asked]


async def summary(tx: Tx, shop_id: ShopId, product_id: ProductId, newest: int) -> QuestionSummary:
    row = await tx.fetchrow(
        "SELECT count(*) AS count, count(*) FILTER (WHERE EXISTS (SELECT FROM storefront_answers a"
        " WHERE a.question_id = q.id AND a.status = 'approved')) AS answered FROM storefront_questions q"
        " WHERE shop_id = $1 AND product_id = $2 AND status = 'approved'",
        shop_id,
        product_id,
    )
    assert row is not None, "a count returns its row"
    first = await shown(tx, shop_id, product_id, None, newest) if row["count"] else []
    return QuestionSummary(count=row["count"], answered=row["answered"], newest=tuple(first))


async def page(
    tx: Tx, shop_id: ShopId | None, status: ReviewStatus | None, after: QuestionId | None, limit: int
) -> list[QuestionForModeration]:
    """Questions in the caller's scope of a status, or with an answer of it, the oldest first."""
    rows = await tx.fetch(
        "SELECT " + QUESTION + " FROM storefront_questions q WHERE ($1::uuid IS NULL OR shop_id = $1)"
        " AND ($2::text IS NULL OR status = $2"
        " OR EXISTS (SELECT FROM storefront_answers a WHERE a.question_id = q.id AND a.status = $2))"
        " AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        shop_id,
        None if status is None else status.value,
        after,
        limit,
    )
    return [QuestionForModeration(**_fields(row)) for row in rows]


async def answers_to(tx: Tx, ids: Collection[QuestionId]) -> Sequence[AnswerForModeration]:
    """All answers to these questions, the oldest first."""
    rows = await tx.fetch(
        "SELECT " + ANSWER + " FROM storefront_answers WHERE question_id = ANY ($1::uuid[]) ORDER BY id", list(ids)
    )
    return [_answer(row) for row in rows]


def _answer(row: Record) -> AnswerForModeration:
    fields = _fields(row)
    return AnswerForModeration(**fields | {"by": AnsweredBy(fields["by"])})


def _fields(row: Record) -> dict[str, Any]:
    return {**row, "status": ReviewStatus(row["status"]), "held_for": tuple(row["held_for"])}
