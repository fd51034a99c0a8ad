"""What came of the orders that were played: read from the orders, units, waves and parcels themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.apps.replaying.staff import Floor
from shangmai.apps.replaying.stage import Stage
from shangmai.apps.replaying.year import PastOrder
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.places import BinKind

PLACED, TO_WAVES, ON_FLOOR, CARRIED = "placed", "to_waves", "on_floor", "carried"
"""Stages in real time: placing and paying; events, audit, sourcing, release and waves, and what follows from parcels;
the people's scans; the carriers'."""
_ORDERS: Final = """
SELECT o.status, o.placed_at, o.held_back,
  (SELECT min(u.released_at) FROM order_units u JOIN order_unit_lines l ON l.unit_id = u.id
   WHERE l.order_id = o.id AND u.released_at IS NOT NULL) AS released_at,
  (SELECT max(s.at) FROM shipments s WHERE s.order_id = o.id) AS shipped_at,
  (SELECT count(*) FROM shipments s WHERE s.order_id = o.id) AS parcels,
  (SELECT count(*) FROM order_hold_backs h WHERE h.order_id = o.id AND h.blocks) AS stops
FROM orders o"""
_LEFT: Final = ("shipped", "signed")
_STOPS: Final = "SELECT code, count(*) AS orders FROM order_hold_backs WHERE blocks GROUP BY code ORDER BY 2 DESC, 1"
_SOURCED: Final = """
SELECT count(*) AS orders, coalesce(sum((payload ->> 'score')::bigint), 0)::bigint AS score,
  coalesce(sum((payload ->> 'nearest')::bigint), 0)::bigint AS nearest
FROM events WHERE name = 'orders.sourced.v1' AND payload ->> 'why' = 'score'"""
_WORK: Final = """
SELECT count(*) FILTER (WHERE u.state = 'released') AS released,
  count(*) FILTER (WHERE u.state = 'open') AS to_release,
  count(*) FILTER (WHERE u.state = 'open' AND u.release_at <= $1) AS due
FROM order_units u WHERE u.state = 'released' OR u.state = 'open' AND NOT EXISTS (SELECT FROM order_unit_lines l
  JOIN orders o ON o.id = l.order_id WHERE l.unit_id = u.id AND o.held_back)"""


class WorkAtHand(Struct, frozen=True):
    """Units that the warehouses have, those that they get when their time comes, and for how many of them it has."""

    released: int
    to_release: int
    due: int

    @property
    def is_any(self) -> bool:
        return bool(self.released or self.to_release)


class Spans(Struct, frozen=True):
    """Minutes of the played time within which half, and nine in ten, were done."""

    median_min: int
    p90_min: int


class Played(Struct, frozen=True, kw_only=True):
    """What came of the orders. `untouched`: they left without anybody deciding anything. `stops`: what stopped others,
    `refused`: what was never placed, and why; both are of `orders`.

    Lengths in millimetres, scores in the units of sourcing, `seconds` in real time, and of them so many in each stage.
    """

    orders: int
    pieces: int
    untouched: int
    signed: int
    stops: dict[str, int]
    refused: dict[str, int]
    to_released: Spans
    to_shipped: Spans
    parcels: int
    tasks: int
    scans: int
    told_mm: int
    by_code_mm: int
    shortest_mm: int
    sourced: int
    score: int
    nearest_score: int
    stock_accurate: int
    stock_looked_at: int
    seconds: float
    stages_s: dict[str, float]

    @property
    def ready_per_s(self) -> float:
        """Orders a second from paid to ready for a wave, and in it: in real time, of that stage alone."""
        took = self.stages_s.get(TO_WAVES, 0.0)
        return self.orders / took if took else 0.0


async def work_at_hand(db: Database, now: datetime) -> WorkAtHand:
    """What units the floors have to do, now or soon."""
    async with db.reading(SYSTEM) as tx:
        (row,) = await tx.fetch(_WORK, now)
    return WorkAtHand(row["released"], row["to_release"], row["due"])


async def measure(
    db: Database,
    stage: Stage,
    orders: Sequence[PastOrder],
    floors: Sequence[Floor],
    refused: dict[str, int],
    seconds: float,
    stages_s: dict[str, float],
) -> Played:
    """Look at what came of the orders, when nothing is left to be done."""
    async with db.reading(SYSTEM) as tx:
        rows = await tx.fetch(_ORDERS)
        stops = {row["code"]: row["orders"] for row in await tx.fetch(_STOPS)}
        (sourced,) = await tx.fetch(_SOURCED)
        accurate, looked_at = await _accuracy(tx, stage)
    left = [row for row in rows if row["status"] in _LEFT]
    return Played(
        orders=len(rows) + sum(refused.values()),
        pieces=sum(line.qty for order in orders for line in order.lines),
        untouched=len(left),
        signed=sum(row["status"] == "signed" for row in rows),
        stops=stops,
        refused=refused,
        to_released=_spans([row["released_at"] - row["placed_at"] for row in left]),
        to_shipped=_spans([row["shipped_at"] - row["placed_at"] for row in left]),
        parcels=sum(row["parcels"] for row in left),
        tasks=sum(floor.walked.tasks for floor in floors),
        scans=sum(floor.scans for floor in floors),
        told_mm=sum(floor.walked.told_mm for floor in floors),
        by_code_mm=sum(floor.walked.by_code_mm for floor in floors),
        shortest_mm=sum(floor.walked.shortest_mm for floor in floors),
        sourced=sourced["orders"],
        score=sourced["score"],
        nearest_score=sourced["nearest"],
        stock_accurate=accurate,
        stock_looked_at=looked_at,
        seconds=round(seconds, 1),
        stages_s={name: round(took, 2) for name, took in stages_s.items()},
    )


async def _accuracy(tx: Tx, stage: Stage) -> tuple[int, int]:
    """In how many places of all as many pieces are written down as really stand there."""
    accurate = looked_at = 0
    for house in stage.houses:
        written: dict[tuple[str, str], int] = {}
        names = {id_: code for code, id_ in stage.skus.items()}
        for lying in await warehouse.in_bins(tx, house.id, [SkuId(id_) for id_ in names]):
            if lying.on_hand and lying.kind is not BinKind.STAGE:
                written[lying.code, names[lying.sku_id]] = lying.on_hand
        places = written.keys() | {place for place, qty in house.shelf.items() if qty}
        looked_at += len(places)
        accurate += sum(written.get(place, 0) == house.shelf.get(place, 0) for place in places)
    return accurate, looked_at


def _spans(values: Sequence[timedelta]) -> Spans:
    minutes = sorted(int(value.total_seconds()) // 60 for value in values)
    if not minutes:
        return Spans(0, 0)
    return Spans(minutes[len(minutes) // 2], minutes[min(len(minutes) * 9 // 10, len(minutes) - 1)])
