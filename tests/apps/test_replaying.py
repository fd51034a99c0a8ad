"""A business runs by itself on past orders: placed, sourced, picked, packed, sent, signed."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shangmai.apps.proving import prove
from shangmai.apps.replaying.command import play, rows_of
from shangmai.apps.replaying.stage import DEAR_MINOR
from shangmai.apps.replaying.year import PLACES, PastLine, PastOrder, past_orders
from shangmai.kernel.db.database import Database
from tests.migration.exports import ONLINE_RETAIL, row

START = datetime(2009, 12, 1, 2, tzinfo=UTC)


def order(n: int, customer: str, *lines: tuple[str, int], price: str = "2.50") -> PastOrder:
    goods = tuple(PastLine(code, qty, price) for code, qty in lines)
    return PastOrder(f"N{n}", START + timedelta(minutes=20 * n), customer, goods)


ORDERS = [
    order(1, "c1", ("10001", 2), ("10002", 1)),
    order(2, "c2", ("10001", 12)),
    order(3, "c1", ("10003", 1)),
    order(4, "c3", ("10002", 60), ("10003", 3), ("10001", 1)),
    order(5, "c4", ("10003", 1), price=str(DEAR_MINOR // 100)),
]


async def test_past_orders_run_through_without_a_hand_but_for_those_that_a_rule_stops(db: Database) -> None:
    told: list[int] = []
    played = await play(db.dsn, ORDERS, told.append)
    assert (played.orders, played.untouched, played.stops) == (5, 4, {"orders.finance_audit": 1})
    assert played.signed + 1 >= played.untouched  # a parcel may be on its way back, by its number
    assert played.pieces == sum(line.qty for each in ORDERS for line in each.lines)
    assert played.stock_accurate == played.stock_looked_at > 0
    assert played.parcels >= 3
    assert played.shortest_mm <= played.told_mm
    assert 0 < played.to_released.median_min <= played.to_shipped.median_min < 24 * 60
    assert played.score <= played.nearest_score
    assert told[-1] == len(ORDERS)
    assert len(rows_of(played)) == len({name for name, _ in rows_of(played)})
    report = await prove(db)
    assert [proof.what for proof in report.proofs if not proof.holds] == []


def test_orders_are_read_from_an_export_with_a_line_for_each_sku(tmp_path: Path) -> None:
    rows = [
        row("500001", "10001", 2, "2.50", "2010-01-04 10:00:00"),
        row("500001", "10001", 3, "2.00", "2010-01-04 10:00:00"),
        row("500001", "POST", 1, "18.00", "2010-01-04 10:00:00"),
        row("C500002", "10001", -1, "2.50", "2010-01-04 11:00:00"),
        row("500003", "10002", 1, "1.25", "2010-01-03 09:00:00"),
    ]
    file = tmp_path / "orders.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    first, second = past_orders(file, ONLINE_RETAIL, 10)
    assert (first.number, [(line.code, line.qty) for line in first.lines]) == ("500003", [("10002", 1)])
    assert second.lines == (PastLine("10001", 5, "2.50"),)
    assert len(past_orders(file, ONLINE_RETAIL, 1)) == 1
    assert [each.number for each in past_orders(file, ONLINE_RETAIL, 10, date(2010, 1, 4))] == ["500001"]


def test_a_customer_is_always_the_same_receiver_somewhere_that_there_is() -> None:
    one, again = order(1, "c1", ("10001", 1)).receiver, order(2, "c1", ("10002", 1)).receiver
    assert one == again
    assert (one["province"], one["city"], one["district"]) in PLACES


async def test_one_that_is_stopped_ends_what_is_under_way(db: Database) -> None:
    stop = asyncio.Event()
    played = await play(db.dsn, ORDERS, lambda done: stop.set() if done else None, stop=stop)
    assert 0 < played.orders < len(ORDERS)
    assert played.untouched == played.orders
    assert played.signed + 1 >= played.untouched
    assert played.stock_accurate == played.stock_looked_at > 0
