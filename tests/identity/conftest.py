"""A clock that the test turns, a vault, and people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.clock import ManualClock
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from tests.identity.people import People


@pytest.fixture(autouse=True)
def vault() -> None:
    use_vault(Vault([b"k" * 32]))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 6, 1, 1, tzinfo=UTC))


@pytest_asyncio.fixture
async def db(dsn: str, clock: ManualClock) -> AsyncIterator[Database]:
    async with await Database.connect(dsn, size=20, clock=clock) as database:
        yield database


@pytest.fixture
def people(db: Database, clock: ManualClock, act: Any) -> People:
    return People(db, clock, act)
