"""A gate, and a consumer with moods."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from tests.kernel.declared import Gate
from tests.kernel.events.following import Moody


@pytest.fixture
def gate(db: Database) -> Iterator[Gate]:
    """Open in the end, so that nobody whom a failed test has left at it keeps the pool from closing."""
    gate = Gate()
    yield gate
    gate.open.set()


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def reader(db: Database, moody: Moody) -> Reader:
    return Reader(db, [moody.consumer])
