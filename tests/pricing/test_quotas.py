"""What is limited is used so often and no oftener, by however many at once; and given back once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.pricing.contract.quotas import (
    BudgetUsedUp,
    CouponUsed,
    PromotionUsedUp,
    QuotaKind,
    QuotaUse,
)
from shangmai.modules.pricing.service import quotas
from tests.pricing.making import prove

PROMOTION, BUYER = new_id(), new_id()


@pytest_asyncio.fixture
async def other(dsn: str) -> AsyncIterator[Database]:
    """The pool of another process."""
    async with await Database.connect(dsn, size=20) as database:
        yield database


class Uses:
    """Uses of documents, each in a transaction of its own."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def hold(self, *uses: tuple[QuotaKind, UUID | None, int, int], of_id: UUID = PROMOTION) -> Any:
        """(kind, buyer, limit, amount)…; the document, or why it is refused."""
        doc = new_id()
        async with self.db.transaction(SYSTEM, door="test") as tx:
            refused = await quotas.hold(
                tx,
                [
                    QuotaUse(
                        kind=kind, of_id=of_id, buyer_id=buyer, limit=limit, amount=amount, doc=doc, item=tx.items[0]
                    )
                    for kind, buyer, limit, amount in uses
                ],
            )
        return refused.get(doc, doc)

    async def settle(self, doc: UUID) -> None:
        async with self.db.transaction(SYSTEM, door="test") as tx:
            await quotas.settle(tx, {doc: tx.items[0]})

    async def give_back(self, doc: UUID) -> int:
        async with self.db.transaction(SYSTEM, door="test") as tx:
            return await quotas.give_back(tx, {doc: tx.items[0]})

    async def left(self, kind: QuotaKind, limit: int, buyer: UUID | None = None) -> tuple[int, int, int]:
        key = quotas.key_of(kind, PROMOTION, buyer)
        async with self.db.reading(SYSTEM) as tx:
            found = (await quotas.left_of(tx, {key: limit}))[key]
        return found.used, found.held, found.left


class TestHowOften:
    async def test_a_hundred_at_once_for_ten_uses_are_ten(self, db: Database, other: Database) -> None:
        mine, theirs = Uses(db), Uses(other)
        told = await asyncio.gather(
            *(uses.hold((QuotaKind.USES, None, 10, 1)) for _ in range(50) for uses in (mine, theirs))
        )
        docs = [each for each in told if isinstance(each, UUID)]
        assert (len(docs), sum(isinstance(each, PromotionUsedUp) for each in told)) == (10, 90)
        assert await mine.left(QuotaKind.USES, 10) == (0, 10, 0)
        await asyncio.gather(*(mine.settle(doc) for doc in docs))
        assert await mine.left(QuotaKind.USES, 10) == (10, 0, 0)
        assert await prove(db) == []

    async def test_two_tabs_with_one_coupon_one_wins(self, db: Database, other: Database) -> None:
        for _ in range(5):
            coupon = new_id()
            told = await asyncio.gather(
                *(Uses(each).hold((QuotaKind.COUPON, None, 1, 1), of_id=coupon) for each in (db, other))
            )
            assert sorted(type(each).__name__ for each in told) == ["CouponUsed", "UUID"]

    async def test_all_uses_of_a_document_or_none(self, db: Database) -> None:
        uses = Uses(db)
        wish = [(QuotaKind.USES, None, 10, 1), (QuotaKind.USES, BUYER, 1, 1), (QuotaKind.BUDGET, None, 5000, 3000)]
        assert isinstance(await uses.hold(*wish), UUID)
        refused = await uses.hold(*wish)
        assert (type(refused), refused.data["of_id"]) == (PromotionUsedUp, PROMOTION)
        wish[1] = (QuotaKind.USES, new_id(), 1, 1)
        assert isinstance(await uses.hold(*wish), BudgetUsedUp)
        assert await uses.left(QuotaKind.USES, 10) == (0, 1, 9)
        assert await uses.left(QuotaKind.BUDGET, 5000) == (0, 3000, 2000)
        assert await prove(db) == []


class TestGivingBack:
    async def test_what_is_held_comes_back_once(self, db: Database) -> None:
        uses = Uses(db)
        doc = await uses.hold((QuotaKind.USES, None, 1, 1), (QuotaKind.COUPON, None, 1, 1))
        assert [await uses.give_back(doc) for _ in range(3)] == [2, 0, 0]
        assert await uses.left(QuotaKind.USES, 1) == (0, 0, 1)
        assert isinstance(await uses.hold((QuotaKind.COUPON, None, 1, 1)), UUID)
        assert await prove(db) == []

    async def test_what_is_used_comes_back_once(self, db: Database) -> None:
        uses = Uses(db)
        doc = await uses.hold((QuotaKind.USES, None, 2, 1), (QuotaKind.BUDGET, None, 900, 700))
        await uses.settle(doc)
        await uses.settle(doc)
        assert await uses.left(QuotaKind.BUDGET, 900) == (700, 0, 200)
        assert [await uses.give_back(doc) for _ in range(3)] == [2, 0, 0]
        assert await uses.left(QuotaKind.BUDGET, 900) == (0, 0, 900)
        assert await uses.left(QuotaKind.USES, 2) == (0, 0, 2)
        assert await prove(db) == []

    async def test_one_document_gives_nothing_of_another_back(self, db: Database) -> None:
        uses = Uses(db)
        docs = [await uses.hold((QuotaKind.USES, None, 3, 1)) for _ in range(3)]
        await uses.settle(docs[0])
        await uses.give_back(docs[1])
        assert await uses.left(QuotaKind.USES, 3) == (1, 1, 1)


class TestLimits:
    async def test_a_limit_can_be_raised_and_lowered_below_what_is_used(self, db: Database) -> None:
        uses = Uses(db)
        docs = [await uses.hold((QuotaKind.USES, None, 3, 1)) for _ in range(3)]
        assert isinstance(await uses.hold((QuotaKind.USES, None, 3, 1)), PromotionUsedUp)
        docs.append(await uses.hold((QuotaKind.USES, None, 4, 1)))
        assert isinstance(await uses.hold((QuotaKind.USES, None, 2, 1)), PromotionUsedUp)
        assert await uses.left(QuotaKind.USES, 2) == (0, 4, 0)
        await uses.give_back(docs[0])
        await uses.give_back(docs[1])
        assert isinstance(await uses.hold((QuotaKind.USES, None, 2, 1)), PromotionUsedUp)
        await uses.give_back(docs[2])
        assert isinstance(await uses.hold((QuotaKind.USES, None, 2, 1)), UUID)
        assert await prove(db) == []

    async def test_a_rolled_back_first_use_leaves_the_next_one_unharmed(self, db: Database) -> None:
        async with db.transaction(SYSTEM, door="test", dry_run=True) as tx:
            use = QuotaUse(kind=QuotaKind.USES, of_id=PROMOTION, limit=1, amount=1, doc=new_id(), item=tx.items[0])
            assert await quotas.hold(tx, [use]) == {}
        assert isinstance(await Uses(db).hold((QuotaKind.USES, None, 1, 1)), UUID)

    async def test_refusals_have_their_words(self, db: Database) -> None:
        uses = Uses(db)
        await uses.hold((QuotaKind.COUPON, None, 1, 1))
        refused = await uses.hold((QuotaKind.COUPON, None, 1, 1))
        assert isinstance(refused, CouponUsed)
        assert "优惠券" in refused.message("zh-CN")
