"""Asking an audit table about the orders of the past, beside the one in force; nothing is written."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from datetime import datetime
from typing import Final
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order
from shangmai.modules.orders.contract.auditing import (
    AUDIT,
    BackTest,
    BackTested,
    RowHits,
    TestedOrder,
    TestPeriodEmpty,
    Verdict,
)
from shangmai.modules.orders.service import seeing
from shangmai.modules.rules import service as rules
from shangmai.modules.rules.contract import Row
from shangmai.modules.rules.service import Ruling

PAGE: Final = 2_000
LISTED: Final = 200
"""How many of the orders that a table stops, and of those it treats otherwise, are listed: the newest."""


class Tally:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.orders = 0
        self.verdicts: Counter[tuple[Verdict, Verdict]] = Counter()
        self.hits: Counter[tuple[str | None, Verdict]] = Counter()
        self.sums: dict[tuple[str | None, Verdict], Counter[str]] = defaultdict(Counter)
        self.stopped: deque[TestedOrder] = deque(maxlen=LISTED)
        self.changed: deque[TestedOrder] = deque(maxlen=LISTED)

    def count(self, tested: TestedOrder) -> None:
        self.orders += 1
        self.verdicts[tested.today, tested.then] += 1
        key = (tested.row, tested.then)
        self.hits[key] += 1
        self.sums[key][tested.currency] += tested.total_minor
        if tested.then is not Verdict.RELEASE:
            self.stopped.append(tested)
        if tested.then is not tested.today:
            self.changed.append(tested)


async def back_test(tx: Tx, do: BackTest) -> BackTested:
    """What a table would have said about a company's paid orders placed in `[since, until)`, beside today's table.

    Each order is taken as it was when it was placed, but for what has not been shipped yet, whose cost is today's.
    Raises: TestPeriodEmpty, and what `rules.save_table` refuses of a table.
    """
    if do.until <= do.since:
        raise TestPeriodEmpty(until=do.until.isoformat())
    started = time.perf_counter()
    then = Ruling(AUDIT, do.table)
    in_force = (await rules.in_force(tx, AUDIT.name, [do.company_id])).get(do.company_id)
    fields = {*then.fields, *(in_force.ruling.fields if in_force is not None else ())}
    tally = Tally()
    skus: dict[SkuId, Sku] = {}
    after: tuple[datetime, UUID] | None = None
    while ids := await queries.audited_page(tx, do.company_id, do.since, do.until, after, PAGE):
        orders = await queries.get(tx, ids)
        facts = await seeing.facts(tx, orders, fields, skus)
        for id_ in ids:
            today = in_force.ruling.ask(facts[id_]) if in_force is not None else ()
            tally.count(_tested(orders[id_], today, then.ask(facts[id_])))
        last = orders[ids[-1]]
        after = (last.placed_at, last.id)
    return _told(tally, time.perf_counter() - started)


def _tested(order: Order, today: tuple[Row, ...], then: tuple[Row, ...]) -> TestedOrder:
    return TestedOrder(
        order_id=order.id,
        number=order.number,
        total_minor=order.total_minor,
        currency=order.currency,
        placed_at=order.placed_at,
        today=_verdict(today),
        then=_verdict(then),
        row=then[0].id if then else None,
    )


def _verdict(rows: tuple[Row, ...]) -> Verdict:
    return Verdict(str(rows[0].then["verdict"])) if rows else Verdict.RELEASE


def _told(tally: Tally, seconds: float) -> BackTested:
    today: Counter[Verdict] = Counter()
    then: Counter[Verdict] = Counter()
    for (before, after), orders in tally.verdicts.items():
        today[before] += orders
        then[after] += orders
    return BackTested(
        orders=tally.orders,
        today=dict(today),
        then=dict(then),
        changes={f"{a.value}→{b.value}": n for (a, b), n in sorted(tally.verdicts.items()) if a is not b},
        rows=tuple(
            RowHits(row=row, verdict=verdict, orders=orders, total_minor=dict(tally.sums[row, verdict]))
            for (row, verdict), orders in tally.hits.most_common()
        ),
        stopped=tuple(reversed(tally.stopped)),
        changed=tuple(reversed(tally.changed)),
        seconds=round(seconds, 3),
    )
