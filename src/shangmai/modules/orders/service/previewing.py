"""Trying a table of any of the orders' subjects on past orders, beside the one in force; nothing is written."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from uuid import UUID

import msgspec

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract.auditing import AUDIT, TestPeriodEmpty
from shangmai.modules.orders.contract.preferring import PREFERRED, OutcomeCount, Previewed, PreviewTable, RowCount
from shangmai.modules.orders.service import seeing
from shangmai.modules.rules import service as rules
from shangmai.modules.rules.contract import Row, SubjectUnknown
from shangmai.modules.rules.service import Ruling

PAGE = 2_000
SUBJECTS = {subject.name: subject for subject in (AUDIT, *PREFERRED)}
LISTED = 100
"""How many kinds of change are told, the most frequent first."""


async def preview_table(tx: Tx, do: PreviewTable) -> Previewed:
    """What a table would have said about a company's paid orders placed in `[since, until)`, beside today's.

    Raises: SubjectUnknown, TestPeriodEmpty, and what `rules.save_table` refuses of a table.
    """
    if do.subject not in SUBJECTS:
        raise SubjectUnknown(subject=do.subject)
    if do.until <= do.since:
        raise TestPeriodEmpty(until=do.until.isoformat())
    started = time.perf_counter()
    then = Ruling(SUBJECTS[do.subject], do.table)
    in_force = (await rules.in_force(tx, do.subject, [do.company_id])).get(do.company_id)
    fields = {*then.fields, *(in_force.ruling.fields if in_force is not None else ())}
    hits: Counter[str] = Counter()
    changes: Counter[tuple[str, str]] = Counter()
    orders = 0
    skus: dict[SkuId, Sku] = {}
    after: tuple[datetime, UUID] | None = None
    while ids := await queries.audited_page(tx, do.company_id, do.since, do.until, after, PAGE):
        heads = await queries.get(tx, ids)
        facts = await seeing.facts(tx, heads, fields, skus)
        for id_ in ids:
            rows = then.ask(facts[id_])
            today = in_force.ruling.ask(facts[id_]) if in_force is not None else ()
            hits.update(row.id for row in rows)
            changes[_said(today), _said(rows)] += 1
        orders += len(ids)
        after = (heads[ids[-1]].placed_at, ids[-1])
    return _told(orders, hits, changes, time.perf_counter() - started)


def _said(rows: tuple[Row, ...]) -> str:
    """What rows answer, as text that is the same for the same answers."""
    return "; ".join(msgspec.json.encode(row.then, order="sorted").decode() for row in rows)


def _told(orders: int, hits: Counter[str], changes: Counter[tuple[str, str]], seconds: float) -> Previewed:
    return Previewed(
        orders=orders,
        rows=tuple(RowCount(row=row, orders=count) for row, count in hits.most_common()),
        changed=sum(count for (today, then), count in changes.items() if today != then),
        outcomes=tuple(
            OutcomeCount(today=today, then=then, orders=count) for (today, then), count in changes.most_common(LISTED)
        ),
        seconds=round(seconds, 3),
    )
