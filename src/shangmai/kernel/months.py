"""Monthly partitions of the tables that grow, made before they are needed.

The application role may not create tables; `ensure_month`, a function of the owner, may, for the tables listed in
`monthly_tables` and nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shangmai.kernel.db.database import Database
    from shangmai.kernel.tx import Tx

Month = tuple[int, int]


async def ensure_months(db: Database, months: set[Month]) -> None:
    """Make the partitions of these months where missing, in a transaction of its own; remembered in the process."""
    made: set[Month] = db.memory.setdefault("months", set())
    for year, month in sorted(months - made):
        async with db.connection() as conn:
            await conn.execute("SELECT ensure_month($1::integer, $2::integer)", year, month)
        made.add((year, month))


async def ensure_ahead(db: Database, days: int = 40) -> None:
    """Make the partitions that the coming weeks will need, so that no request has to."""
    now = db.clock.now()
    await ensure_months(db, {_month(now + timedelta(days=n)) for n in range(days + 1)})


async def ensure_month(tx: Tx, at: datetime) -> None:
    """Make the partitions of a moment's month where missing, within a transaction that dates something elsewhere."""
    if _month(at) not in tx.memory.get("months", set()):
        await tx.execute("SELECT ensure_month($1::integer, $2::integer)", *_month(at))


def _month(at: datetime) -> Month:
    return at.year, at.month
