"""The SQL of pick requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.requests import (
    PickRequest,
    Requested,
    RequestedLine,
    RequestState,
    ShortPiece,
)
from shangmai.modules.warehouse.contract.waves import WaveId

REQUEST: Final = (
    "doc, number, company_id, warehouse_id, courier, priority, due_at, revision, state, wave_id, cell, pieces, short,"
    " why, asked_at, to_warehouse_id, reference"
)


def _request(row: Record) -> Requested:
    return Requested(**{**row, "state": RequestState(row["state"])})


async def lock(tx: Tx, docs: Collection[UUID]) -> dict[UUID, Requested]:
    """The requests that exist among these, locked in order of doc: whoever changes one, or its lines, has its lock."""
    rows = await tx.fetch(
        "SELECT " + REQUEST + " FROM pick_requests WHERE doc = ANY ($1::uuid[]) ORDER BY doc FOR NO KEY UPDATE",
        list(docs),
    )
    return {row["doc"]: _request(row) for row in rows}


async def lock_by_number(tx: Tx, number: str) -> Requested | None:
    row = await tx.fetchrow("SELECT " + REQUEST + " FROM pick_requests WHERE number = $1 FOR NO KEY UPDATE", number)
    return None if row is None else _request(row)


async def lock_by_numbers(tx: Tx, numbers: Collection[str]) -> dict[str, Requested]:
    """The requests that exist of these numbers, locked in order of doc."""
    rows = await tx.fetch(
        "SELECT " + REQUEST + " FROM pick_requests WHERE number = ANY ($1::text[]) ORDER BY doc FOR NO KEY UPDATE",
        list(numbers),
    )
    return {row["number"]: _request(row) for row in rows}


async def warehouses_of_numbers(tx: Tx, numbers: Collection[str]) -> dict[str, WarehouseId]:
    rows = await tx.fetch(
        "SELECT number, warehouse_id FROM pick_requests WHERE number = ANY ($1::text[])", list(numbers)
    )
    return {row["number"]: row["warehouse_id"] for row in rows}


class Hurry(Struct, frozen=True):
    """Which requests wait for no others: of this priority or more, or that must leave by then."""

    priority: int | None
    due_by: datetime | None


HURRIES: Final = "($3::integer IS NOT NULL AND priority >= $3 OR $4::timestamptz IS NOT NULL AND due_at <= $4)"


async def any_hurries(tx: Tx, warehouse_id: WarehouseId, hurry: Hurry) -> bool:
    """Whether a request that waits in a warehouse waits for no others."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM pick_requests WHERE warehouse_id = $1 AND state = $2 AND " + HURRIES + ")",
        warehouse_id,
        RequestState.WAITING.value,
        hurry.priority,
        hurry.due_by,
    )
    return found


async def lock_waiting(tx: Tx, warehouse_id: WarehouseId, limit: int, hurry: Hurry | None = None) -> list[Requested]:
    """The most urgent requests that wait, or those in a hurry; what somebody else has in hand is passed over."""
    only = hurry or Hurry(None, None)
    rows = await tx.fetch(
        "SELECT " + REQUEST + " FROM pick_requests WHERE warehouse_id = $1 AND state = 'waiting'"
        " AND ($5::boolean OR " + HURRIES + ")"
        " ORDER BY priority DESC, due_at, asked_at, doc LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
        warehouse_id,
        limit,
        only.priority,
        only.due_by,
        hurry is None,
    )
    return [_request(row) for row in rows]


async def get(tx: Tx, docs: Collection[UUID]) -> dict[UUID, Requested]:
    rows = await tx.fetch("SELECT " + REQUEST + " FROM pick_requests WHERE doc = ANY ($1::uuid[])", list(docs))
    return {row["doc"]: _request(row) for row in rows}


async def find_by_number(tx: Tx, number: str) -> Requested | None:
    """The request of a unit's number, or of the parcel with this waybill."""
    row = await tx.fetchrow(
        "SELECT " + REQUEST + " FROM pick_requests WHERE doc IN (SELECT doc FROM pick_requests WHERE number = $1"
        " UNION ALL SELECT doc FROM packed_parcels WHERE waybill = $1 AND waybill <> ''"
        " UNION ALL SELECT doc FROM packed_boxes WHERE number = $1 OR waybill = $1 AND waybill <> '')"
        " ORDER BY asked_at DESC LIMIT 1",
        number,
    )
    return None if row is None else _request(row)


async def insert(tx: Tx, requests: Sequence[PickRequest], weights_g: Mapping[UUID, int]) -> None:
    await tx.execute(
        "INSERT INTO pick_requests (doc, number, company_id, warehouse_id, courier, priority, due_at, revision,"
        " pieces, weight_g, to_warehouse_id, reference, state, asked_at) SELECT r.*, 'waiting', $13"
        " FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::integer[], $7::timestamptz[],"
        " $8::integer[], $9::bigint[], $10::bigint[], $11::uuid[], $12::text[]) AS r ON CONFLICT (doc) DO NOTHING",
        [each.doc for each in requests],
        [each.number for each in requests],
        [each.company_id for each in requests],
        [each.warehouse_id for each in requests],
        [each.courier for each in requests],
        [each.priority for each in requests],
        [each.due_at for each in requests],
        [each.revision for each in requests],
        [sum(line.qty for line in each.lines) for each in requests],
        [weights_g[each.doc] for each in requests],
        [each.to_warehouse_id for each in requests],
        [each.reference for each in requests],
        tx.now,
    )
    await _write_lines(tx, requests)


async def replace(tx: Tx, requests: Sequence[PickRequest], weights_g: Mapping[UUID, int], reopened: set[UUID]) -> None:
    """Set what locked requests ask for now; those that were stopped and are `reopened` wait again."""
    await tx.execute(
        "UPDATE pick_requests p SET courier = r.courier, priority = r.priority, due_at = r.due_at,"
        " warehouse_id = r.warehouse_id, revision = r.revision, pieces = r.pieces, weight_g = r.weight_g,"
        " state = CASE WHEN r.reopened THEN 'waiting' ELSE p.state END,"
        " why = CASE WHEN r.reopened THEN '' ELSE p.why END,"
        " asked_at = CASE WHEN r.reopened THEN $10 ELSE p.asked_at END"
        " FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[], $5::uuid[], $6::integer[],"
        " $7::bigint[], $8::bigint[], $9::boolean[])"
        " AS r (doc, courier, priority, due_at, warehouse_id, revision, pieces, weight_g, reopened)"
        " WHERE p.doc = r.doc",
        [each.doc for each in requests],
        [each.courier for each in requests],
        [each.priority for each in requests],
        [each.due_at for each in requests],
        [each.warehouse_id for each in requests],
        [each.revision for each in requests],
        [sum(line.qty for line in each.lines) for each in requests],
        [weights_g[each.doc] for each in requests],
        [each.doc in reopened for each in requests],
        tx.now,
    )
    await tx.execute(
        "UPDATE pick_request_lines SET qty = 0 WHERE doc = ANY ($1::uuid[]) AND qty > 0",
        [each.doc for each in requests],
    )
    await _write_lines(tx, requests)


async def _write_lines(tx: Tx, requests: Sequence[PickRequest]) -> None:
    lines = [(each.doc, line) for each in requests for line in each.lines]
    await tx.execute(
        "INSERT INTO pick_request_lines (doc, order_id, line, sku_id, qty)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::bigint[])"
        " ON CONFLICT (doc, order_id, line, sku_id) DO UPDATE SET qty = excluded.qty",
        [doc for doc, _ in lines],
        [line.order_id for _, line in lines],
        [line.line for _, line in lines],
        [line.sku_id for _, line in lines],
        [line.qty for _, line in lines],
    )


async def wanted(tx: Tx, docs: Collection[UUID]) -> dict[UUID, dict[SkuId, int]]:
    """Pieces by SKU that each of these requests asks for, in order of SKU."""
    rows = await tx.fetch(
        "SELECT doc, sku_id, sum(qty)::bigint AS qty FROM pick_request_lines"
        " WHERE doc = ANY ($1::uuid[]) AND qty > 0 GROUP BY doc, sku_id ORDER BY doc, sku_id",
        list(docs),
    )
    found: dict[UUID, dict[SkuId, int]] = defaultdict(dict)
    for row in rows:
        found[row["doc"]][row["sku_id"]] = row["qty"]
    return found


async def lines_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, list[RequestedLine]]:
    rows = await tx.fetch(
        "SELECT doc, order_id, line, sku_id, qty FROM pick_request_lines WHERE doc = ANY ($1::uuid[]) AND qty > 0"
        " ORDER BY doc, order_id, line, sku_id",
        list(docs),
    )
    found: dict[UUID, list[RequestedLine]] = defaultdict(list)
    for row in rows:
        found[row["doc"]].append(RequestedLine(**{name: row[name] for name in ("order_id", "line", "sku_id", "qty")}))
    return found


async def weights_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, int]:
    rows = await tx.fetch("SELECT doc, weight_g FROM pick_requests WHERE doc = ANY ($1::uuid[])", list(docs))
    return {row["doc"]: row["weight_g"] for row in rows}


async def put_in_waves(tx: Tx, places: Mapping[UUID, tuple[WaveId, int | None]]) -> None:
    """Put locked requests that wait into waves, each with its cell, if it has one."""
    await tx.execute(
        "UPDATE pick_requests p SET state = 'waved', wave_id = w.wave_id, cell = w.cell"
        " FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS w (doc, wave_id, cell) WHERE p.doc = w.doc",
        list(places),
        [wave_id for wave_id, _ in places.values()],
        [cell for _, cell in places.values()],
    )


async def set_states(tx: Tx, docs: Collection[UUID], state: RequestState, why: str = "") -> None:
    """Set locked requests' state; one that waits again, or has stopped, is in no wave."""
    await tx.execute(
        "UPDATE pick_requests SET state = $2, why = $3,"
        " wave_id = CASE WHEN $2 IN ('waiting', 'stopped') THEN NULL ELSE wave_id END,"
        " cell = CASE WHEN $2 IN ('waiting', 'stopped') THEN NULL ELSE cell END,"
        " short = CASE WHEN $2 IN ('waiting', 'stopped', 'left') THEN 0 ELSE short END"
        " WHERE doc = ANY ($1::uuid[])",
        list(docs),
        state.value,
        why,
    )


async def set_short(tx: Tx, short: Mapping[UUID, int]) -> None:
    """Note how many pieces of locked requests are nowhere."""
    await tx.execute(
        "UPDATE pick_requests p SET short = s.short FROM unnest($1::uuid[], $2::bigint[]) AS s (doc, short)"
        " WHERE p.doc = s.doc",
        list(short),
        list(short.values()),
    )


async def mark_picked(tx: Tx, docs: Collection[UUID]) -> list[UUID]:
    """Let those of these locked requests be picked of which every piece is, in its cell where it has one; which."""
    rows = await tx.fetch(
        "UPDATE pick_requests p SET state = 'picked' WHERE p.doc = ANY ($1::uuid[]) AND p.state = 'waved'"
        " AND p.pieces = (SELECT coalesce(sum(CASE WHEN w.method IN ('sow', 'sort') THEN l.sown ELSE l.picked END), 0)"
        " FROM pick_lines l JOIN pick_waves w ON w.id = l.wave_id WHERE l.doc = p.doc) RETURNING doc",
        list(docs),
    )
    return [row["doc"] for row in rows]


async def unpick(tx: Tx, docs: Collection[UUID]) -> None:
    """Let locked requests whose contents changed be in their waves again, as if they had not been packed."""
    await tx.execute(
        "UPDATE pick_requests SET state = 'waved' WHERE doc = ANY ($1::uuid[]) AND state IN ('picked', 'packed')",
        list(docs),
    )


async def orders_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    rows = await tx.fetch(
        "SELECT doc, array_agg(DISTINCT order_id) AS orders FROM pick_request_lines WHERE doc = ANY ($1::uuid[])"
        " GROUP BY doc",
        list(docs),
    )
    return {row["doc"]: tuple(row["orders"]) for row in rows}


async def shorts_of_orders(tx: Tx, orders: Collection[UUID]) -> list[ShortPiece]:
    """What pickers have not found of these orders: pieces asked for that no line of a task has."""
    rows = await tx.fetch(
        "WITH asked AS (SELECT l.doc, l.sku_id, sum(l.qty)::bigint AS qty, array_agg(DISTINCT l.order_id) AS orders"
        " FROM pick_request_lines l JOIN pick_requests p ON p.doc = l.doc WHERE p.short > 0 AND l.qty > 0 AND p.doc IN"
        " (SELECT doc FROM pick_request_lines WHERE order_id = ANY ($1::uuid[])) GROUP BY l.doc, l.sku_id)"
        " SELECT o AS order_id, a.sku_id, (a.qty - coalesce(t.qty, 0))::bigint AS qty FROM asked a"
        " LEFT JOIN LATERAL (SELECT sum(k.qty)::bigint AS qty FROM pick_lines k"
        " WHERE k.doc = a.doc AND k.sku_id = a.sku_id) t ON true, unnest(a.orders) AS o"
        " WHERE o = ANY ($1::uuid[]) AND a.qty > coalesce(t.qty, 0) ORDER BY 1, 2",
        list(orders),
    )
    return [ShortPiece(order_id=row["order_id"], sku_id=row["sku_id"], qty=row["qty"]) for row in rows]


async def short_docs(tx: Tx, warehouse_id: WarehouseId, limit: int) -> list[UUID]:
    """Requests that are short, the most urgent first."""
    rows = await tx.fetch(
        "SELECT doc FROM pick_requests WHERE warehouse_id = $1 AND short > 0"
        " ORDER BY priority DESC, due_at, asked_at, doc LIMIT $2",
        warehouse_id,
        limit,
    )
    return [row["doc"] for row in rows]


async def warehouses_waiting(tx: Tx) -> list[WarehouseId]:
    """The warehouses in which requests wait."""
    rows = await tx.fetch("SELECT DISTINCT warehouse_id FROM pick_requests WHERE state = 'waiting' ORDER BY 1")
    return [row["warehouse_id"] for row in rows]


async def waiting(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, tuple[int, datetime]]:
    """How many requests wait in each of these warehouses, and since when the first does."""
    rows = await tx.fetch(
        "SELECT warehouse_id, count(*) AS count, min(asked_at) AS since FROM pick_requests"
        " WHERE state = 'waiting' AND warehouse_id = ANY ($1::uuid[]) GROUP BY warehouse_id",
        list(warehouses),
    )
    return {row["warehouse_id"]: (row["count"], row["since"]) for row in rows}


_OF_ORDERS: Final = (
    " WHERE warehouse_id IN (SELECT warehouse_id FROM floor_policies) AND state = $1 AND to_warehouse_id IS NULL"
)
"""Along the index by warehouse and state."""


async def count_of_orders(tx: Tx, state: RequestState, now: datetime) -> tuple[int, int]:
    """How many requests of orders are in a state, and how many of them should have left."""
    row = await tx.fetchrow(
        "SELECT count(*) AS all, count(*) FILTER (WHERE due_at < $2) AS overdue FROM pick_requests" + _OF_ORDERS,
        state.value,
        now,
    )
    assert row is not None
    return row["all"], row["overdue"]


async def first_of_orders(tx: Tx, state: RequestState, limit: int) -> dict[UUID, WarehouseId]:
    """The requests of orders in a state, the most urgent first, and where each is."""
    rows = await tx.fetch(
        "SELECT doc, warehouse_id FROM pick_requests"
        + _OF_ORDERS
        + " ORDER BY priority DESC, due_at, asked_at, doc LIMIT $2",
        state.value,
        limit,
    )
    return {row["doc"]: row["warehouse_id"] for row in rows}


async def page_of(
    tx: Tx,
    *,
    state: RequestState | None,
    warehouse_id: UUID | None,
    wave_id: UUID | None,
    short: bool,
    transfers: bool | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Requested]:
    """Requests, those asked for last in front."""
    at, doc = before or (None, None)
    rows = await tx.fetch(
        "SELECT " + REQUEST + " FROM pick_requests WHERE ($1::text IS NULL OR state = $1)"
        " AND ($2::uuid IS NULL OR warehouse_id = $2) AND ($3::uuid IS NULL OR wave_id = $3)"
        " AND (NOT $4 OR short > 0) AND ($8::boolean IS NULL OR (to_warehouse_id IS NOT NULL) = $8)"
        " AND ($5::timestamptz IS NULL OR (asked_at, doc) < ($5, $6::uuid))"
        " ORDER BY asked_at DESC, doc DESC LIMIT $7",
        None if state is None else state.value,
        warehouse_id,
        wave_id,
        short,
        at,
        doc,
        limit,
        transfers,
    )
    return [_request(row) for row in rows]
