"""Operations on the tests' books, written shortly, and what is to be seen afterwards."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import (
    Divergence,
    Hold,
    Op,
    Post,
    Release,
    Settle,
    Short,
)
from shangmai.kernel.books.decide import Outcome
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.declared import pieces

TABLES = [f"{book}_{table}" for book in ("test_pieces", "test_shelf") for table in ("accounts", "holds", "transfers")]
Apply = Callable[..., Coroutine[Any, Any, list[Outcome]]]


def post(sku: UUID, amount: Any, to: str = "customer", *, out_of: str = "on_hand", **more: Any) -> Callable[[Tx], Op]:
    given = {"doc": new_id(), **more}
    return lambda tx: Post(debit=(sku, out_of), credit=(sku, to), amount=amount, item=tx.items[0], **given)


def hold(sku: UUID, amount: int, *, id: UUID | None = None, to: str = "customer", **more: Any) -> Callable[[Tx], Op]:
    given = {"id": id or new_id(), "doc": new_id(), **more}
    return lambda tx: Hold(debit=(sku, "on_hand"), credit=(sku, to), amount=amount, item=tx.items[0], **given)


def settle(hold_id: UUID, amount: int | None = None, **more: Any) -> Callable[[Tx], Op]:
    return lambda tx: Settle(hold_id=hold_id, amount=amount, item=tx.items[0], **more)


def release(hold_id: UUID, amount: int | None = None, **more: Any) -> Callable[[Tx], Op]:
    return lambda tx: Release(hold_id=hold_id, amount=amount, item=tx.items[0], **more)


def told(outcomes: list[Outcome]) -> list[Any]:
    """Outcomes that can be compared: refusals as their class and data."""
    return [(type(o), o.data) if isinstance(o, AppError) else o for o in outcomes]


def short(sku: UUID, *, wanted: int, available: int, book: Book = pieces) -> tuple[type, dict[str, object]]:
    return Short, {"book": book.name, "account": f"{sku}/on_hand", "wanted": wanted, "available": available}


async def balance(db: Database, sku: UUID, bucket: str = "on_hand", book: Book = pieces) -> tuple[int, int, int]:
    async with db.reading(SYSTEM) as tx:
        return (await book.balances(tx, [(sku, bucket)]))[0]


async def proof(db: Database, book: Book = pieces) -> list[Divergence]:
    async with db.reading(SYSTEM) as tx:
        return await book.prove(tx)
