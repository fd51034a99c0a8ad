"""Carrying out operations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Op
from shangmai.kernel.books.decide import Outcome
from shangmai.kernel.db.database import Database
from shangmai.kernel.tx import Tx
from tests.kernel.books.ops import Apply
from tests.kernel.declared import pieces


@pytest.fixture
def apply(db: Database) -> Apply:
    """Carry out ops in one transaction; each is given as a function of the transaction."""

    async def run(*makers: Callable[[Tx], Op], book: Book = pieces) -> list[Outcome]:
        async with db.transaction() as tx:
            return await book.apply(tx, [make(tx) for make in makers])

    return run
