"""Document numbers as people see them: `SO20260101-000123`, counted per prefix and business day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.clock import business_day
from shangmai.kernel.db.behind import Write
from shangmai.kernel.ids import format_numbers
from shangmai.kernel.tx import Tx

COUNT: Final = Write(
    "INSERT INTO document_numbers AS n (prefix, day, last) SELECT $1, day, count"
    " FROM unnest($2::date[], $3::bigint[]) AS d (day, count)"
    " ON CONFLICT (prefix, day) DO UPDATE SET last = n.last + excluded.last RETURNING day, last",
    changes=["document_numbers"],
)


async def next_numbers(tx: Tx, prefix: str, at: Sequence[datetime]) -> list[str]:
    """Numbers for documents of these business times, in their order.

    The counters are locked until the transaction ends, so take numbers late. A rollback gives them back: no gaps.
    """
    days = [business_day(instant) for instant in at]
    counts = Counter(days)
    ordered = sorted(counts)
    rows = await tx.fetch_ahead(COUNT, prefix, ordered, [counts[day] for day in ordered])
    numbers = {
        row["day"]: iter(format_numbers(prefix, row["day"], row["last"] - counts[row["day"]] + 1, counts[row["day"]]))
        for row in rows
    }
    return [next(numbers[day]) for day in days]
