"""A clock that the test turns, a vault, and people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shangmai.kernel.clock import ManualClock
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.modules.identity import service
from tests.identity.people import People


@pytest.fixture(autouse=True)
def secrets() -> Iterator[None]:
    """A master key, and passwords hashed a thousand times cheaper than they should be."""
    use_vault(Vault([b"k" * 32]))
    service.use_hasher(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    yield
    service.use_hasher(PasswordHash((Argon2Hasher(),)))


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
