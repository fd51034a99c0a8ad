"""When things happen that are done together for items of several business times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("others", "at"), [((), NOON + HOUR), ((NOON + 2 * HOUR,), NOON + 2 * HOUR), ((NOON,), NOON + HOUR)]
)
async def test_it_is_when_the_last_of_them_is(db: Database, others: tuple[datetime, ...], at: datetime) -> None:
    items = [Item(SYSTEM, new_id(), when) for when in (NOON, NOON + HOUR, NOON - HOUR)]
    async with db.transaction() as tx:
        tx.items = items
        with tx.at_last_of(others):
            assert (tx.now, tx.cause, len(tx.items)) == (at, items[0].cause, 1)
        assert tx.items is items
