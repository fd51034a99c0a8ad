"""Document numbers as people see them: `SO20260101-000123`, counted per prefix and business day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from shangmai.kernel.clock import business_day
from shangmai.kernel.db.behind import Write
from shangmai.kernel.ids import format_numbers
from shangmai.kernel.tx import Tx

DAYS_MAX: Final = 1000
"""Days remembered for each prefix."""


class _Counter:
    """The statements of one prefix; what is counted for one does not touch another."""

    def __init__(self, prefix: str) -> None:
        rows = [f"document_numbers {prefix}"]
        self.count = Write(
            "INSERT INTO document_numbers AS n (prefix, day, last) SELECT $1, day, count"
            " FROM unnest($2::date[], $3::bigint[]) AS d (day, count)"
            " ON CONFLICT (prefix, day) DO UPDATE SET last = n.last + excluded.last RETURNING day, last",
            changes=rows,
        )
        # Fails, for `last` may not be null, where another process has counted meanwhile or nobody has counted at all.
        self.presume = Write(
            "INSERT INTO document_numbers (prefix, day, last)"
            " SELECT $1, p.day, CASE WHEN n.last = p.before THEN p.last END"
            " FROM unnest($2::date[], $3::bigint[], $4::bigint[]) AS p (day, before, last)"
            " LEFT JOIN (SELECT day, last FROM document_numbers WHERE prefix = $1 AND day = ANY ($2::date[])"
            " ORDER BY day FOR NO KEY UPDATE) n ON n.day = p.day"
            " ON CONFLICT (prefix, day) DO UPDATE SET last = excluded.last",
            changes=rows,
            locks=1,
        )


_counter = lru_cache(maxsize=256)(_Counter)


async def next_numbers(tx: Tx, prefix: str, at: Sequence[datetime], *, presume: bool = False) -> list[str]:
    """Numbers for documents of these business times, in their order.

    The counters are locked until the transaction ends, so take numbers late. A rollback gives them back: no gaps.
    With `presume` they are locked by the transaction's last statement only, where this process knows how far they are.
    """
    days = [business_day(instant) for instant in at]
    counts = Counter(days)
    ordered = sorted(counts)
    remembered: dict[date, int] = tx.memory.setdefault(("numbers", prefix), {})
    if presume and tx.presumes and all(day in remembered for day in ordered):
        before = [remembered[day] for day in ordered]
        last = [so_far + counts[day] for day, so_far in zip(ordered, before, strict=True)]
        tx.presumed = True
        await tx.later(_counter(prefix).presume, prefix, ordered, before, last)
    else:
        rows = await tx.fetch_ahead(_counter(prefix).count, prefix, ordered, [counts[day] for day in ordered])
        found = {row["day"]: row["last"] for row in rows}
        last = [found[day] for day in ordered]
    if len(remembered) > DAYS_MAX:
        remembered.clear()
    if not tx.dry_run:  # which gives them back
        remembered.update(zip(ordered, last, strict=True))
    numbers = {
        day: iter(format_numbers(prefix, day, of_day - counts[day] + 1, counts[day]))
        for day, of_day in zip(ordered, last, strict=True)
    }
    return [next(numbers[day]) for day in days]
