"""The SQL on serial numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Warehouse, WarehouseId
from shangmai.modules.warehouse.contract.serials import (
    RegisterSerials,
    SendSerials,
    Serial,
    SerialsSent,
    SerialState,
    SerialStep,
)


async def register(tx: Tx, do: RegisterSerials, warehouse: Warehouse, item: Item) -> set[str]:
    """Let pieces be in a warehouse; the numbers that were in none, and went to the order, if one is named."""
    rows = await tx.fetch(
        "INSERT INTO serials AS s (company_id, sku_id, serial, lot, state, warehouse_id, changed_at, cause)"
        " SELECT $1, $2, serial, $3, 'in', $4, $5, $6 FROM unnest($7::text[]) AS g (serial) WHERE $8::uuid IS NULL OR"
        " EXISTS (SELECT FROM serials o WHERE o.company_id = $1 AND o.sku_id = $2 AND o.serial = g.serial"
        " AND o.order_id = $8) ORDER BY serial"
        " ON CONFLICT (company_id, sku_id, serial) DO UPDATE SET state = 'in', warehouse_id = excluded.warehouse_id,"
        " lot = excluded.lot, order_id = NULL, line = NULL, doc = NULL, changed_at = excluded.changed_at,"
        " cause = excluded.cause"
        " WHERE s.state = 'out' AND ($8::uuid IS NULL OR s.order_id = $8) RETURNING serial",
        warehouse.company_id,
        do.sku_id,
        do.lot,
        warehouse.id,
        item.now,
        item.cause,
        do.serials,
        do.order_id,
    )
    return {row["serial"] for row in rows}


async def send(tx: Tx, do: SendSerials, warehouse: Warehouse, item: Item) -> set[str]:
    """Let pieces leave a warehouse; the numbers that were in it. Locks them in their order."""
    rows = await tx.fetch(
        "WITH here AS (SELECT serial FROM serials WHERE company_id = $1 AND sku_id = $2 AND serial = ANY ($3::text[])"
        " AND state = 'in' AND warehouse_id = $4 ORDER BY serial FOR NO KEY UPDATE)"
        " UPDATE serials s SET state = 'out', doc = NULL, order_id = $5, line = $6, changed_at = $7,"
        " cause = $8 FROM here"
        " WHERE s.company_id = $1 AND s.sku_id = $2 AND s.serial = here.serial RETURNING s.serial",
        warehouse.company_id,
        do.sku_id,
        do.serials,
        warehouse.id,
        do.order_id,
        do.line,
        item.now,
        item.cause,
    )
    return {row["serial"] for row in rows}


async def note_steps(tx: Tx, do: RegisterSerials | SendSerials, warehouse: Warehouse, item: Item) -> None:
    order_id, line = (do.order_id, do.line) if isinstance(do, SendSerials) else (None, None)
    await tx.execute(
        "INSERT INTO serial_steps (company_id, sku_id, serial, state, warehouse_id, order_id, line, at, cause)"
        " SELECT $1, $2, serial, $3, $4, $5, $6, $7, $8 FROM unnest($9::text[]) AS g (serial)",
        warehouse.company_id,
        do.sku_id,
        (SerialState.OUT if isinstance(do, SendSerials) else SerialState.IN).value,
        warehouse.id,
        order_id,
        line,
        item.now,
        item.cause,
        do.serials,
    )


class Piece(Struct, frozen=True, kw_only=True):
    """A piece that is in a warehouse, and the request in whose parcel it was scanned."""

    company_id: UUID
    sku_id: SkuId
    serial: str
    warehouse_id: WarehouseId
    doc: UUID | None


async def lock_scanned(tx: Tx, scanned: Collection[str]) -> dict[str, list[Piece]]:
    """The pieces in warehouses that have these numbers, of any SKU, locked in their order."""
    rows = await tx.fetch(
        "SELECT company_id, sku_id, serial, warehouse_id, doc FROM serials WHERE serial = ANY ($1::text[])"
        " AND state = 'in' ORDER BY company_id, sku_id, serial FOR NO KEY UPDATE",
        list(scanned),
    )
    found: dict[str, list[Piece]] = {}
    for row in rows:
        found.setdefault(row["serial"], []).append(Piece(**row))
    return found


async def put_in(tx: Tx, scanned: Sequence[tuple[Piece, UUID]]) -> None:
    """Let locked pieces be in the parcels of these requests."""
    await tx.execute(
        "UPDATE serials s SET doc = n.doc FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])"
        " AS n (company_id, sku_id, serial, doc)"
        " WHERE s.company_id = n.company_id AND s.sku_id = n.sku_id AND s.serial = n.serial",
        [piece.company_id for piece, _ in scanned],
        [piece.sku_id for piece, _ in scanned],
        [piece.serial for piece, _ in scanned],
        [doc for _, doc in scanned],
    )


async def take_out(tx: Tx, docs: Collection[UUID]) -> None:
    """Let the pieces in the parcels of these locked requests be in none."""
    await tx.execute("UPDATE serials SET doc = NULL WHERE doc = ANY ($1::uuid[])", list(docs))


async def counts_in(tx: Tx, docs: Collection[UUID]) -> dict[tuple[UUID, SkuId], int]:
    """How many pieces with a number are in the parcels of these requests, by request and SKU."""
    rows = await tx.fetch(
        "SELECT doc, sku_id, count(*) AS pieces FROM serials WHERE doc = ANY ($1::uuid[]) GROUP BY doc, sku_id",
        list(docs),
    )
    return {(row["doc"], row["sku_id"]): row["pieces"] for row in rows}


async def numbers_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, str]:
    """What these requests are called."""
    rows = await tx.fetch("SELECT doc, number FROM pick_requests WHERE doc = ANY ($1::uuid[])", list(docs))
    return {row["doc"]: row["number"] for row in rows}


async def numbered(tx: Tx, companies: Collection[UUID], skus: Collection[SkuId]) -> set[tuple[UUID, SkuId]]:
    """Of these SKUs those whose pieces each have a number, by company."""
    rows = await tx.fetch(
        "SELECT company_id, sku_id FROM lot_rules WHERE serials AND company_id = ANY ($1::uuid[])"
        " AND sku_id = ANY ($2::uuid[])",
        list(companies),
        list(skus),
    )
    return {(row["company_id"], row["sku_id"]) for row in rows}


async def leave(tx: Tx, docs: Collection[UUID], item: Item) -> list[SerialsSent]:
    """Let the pieces in the parcels of these locked requests be gone, each for a line of its order; what left."""
    rows = await tx.fetch(
        "WITH piece AS (SELECT company_id, sku_id, serial, doc, row_number() OVER (PARTITION BY doc, sku_id"
        " ORDER BY serial) AS n FROM serials WHERE doc = ANY ($1::uuid[])),"
        " line AS (SELECT doc, sku_id, order_id, line, sum(qty) OVER (PARTITION BY doc, sku_id ORDER BY order_id, line)"
        " AS upto, qty FROM pick_request_lines WHERE doc = ANY ($1::uuid[]) AND qty > 0),"
        " gone AS (UPDATE serials s SET state = 'out', doc = NULL, order_id = l.order_id, line = l.line,"
        " changed_at = $2, cause = $3 FROM piece p LEFT JOIN line l ON l.doc = p.doc AND l.sku_id = p.sku_id"
        " AND p.n > l.upto - l.qty AND p.n <= l.upto WHERE s.company_id = p.company_id AND s.sku_id = p.sku_id"
        " AND s.serial = p.serial RETURNING s.company_id, s.sku_id, s.serial, s.warehouse_id, s.order_id, s.line),"
        " noted AS (INSERT INTO serial_steps (company_id, sku_id, serial, state, warehouse_id, order_id, line, at,"
        " cause) SELECT company_id, sku_id, serial, 'out', warehouse_id, order_id, line, $2, $3 FROM gone)"
        " SELECT warehouse_id, sku_id, order_id, count(*) AS pieces FROM gone"
        " GROUP BY warehouse_id, sku_id, order_id ORDER BY warehouse_id, sku_id, order_id",
        list(docs),
        item.now,
        item.cause,
    )
    return [SerialsSent(**row) for row in rows]


async def count_in(tx: Tx, warehouse_id: WarehouseId, sku_id: SkuId) -> int:
    """How many pieces with a number are in a warehouse."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM serials WHERE warehouse_id = $1 AND sku_id = $2 AND state = 'in'", warehouse_id, sku_id
    )
    return found


async def find(tx: Tx, serial: str) -> list[Serial]:
    """The pieces with a number, of any SKU, each with what happened to it, the latest first."""
    rows = await tx.fetch(f"SELECT company_id, {SERIAL} WHERE serial = $1 ORDER BY sku_id LIMIT 100", serial)
    steps = await tx.fetch(
        "SELECT company_id, sku_id, state, warehouse_id, order_id, line, at, cause FROM serial_steps WHERE serial = $1"
        " ORDER BY id DESC LIMIT 1000",
        serial,
    )
    lives: dict[tuple[UUID, SkuId], list[SerialStep]] = {}
    for step in steps:
        lives.setdefault((step["company_id"], step["sku_id"]), []).append(_step(step))
    return [_serial(row, lives.get((row["company_id"], row["sku_id"]), [])) for row in rows]


SERIAL = "sku_id, serial, lot, state, warehouse_id, order_id, line, doc, changed_at FROM serials"


async def page(
    tx: Tx,
    sku_id: SkuId | None,
    order_id: UUID | None,
    state: SerialState | None,
    after: Sequence[object],
    limit: int,
) -> list[Serial]:
    """Numbers by SKU, those behind `after`: of a SKU, of an order, in the warehouse or gone."""
    rows = await tx.fetch(
        f"SELECT {SERIAL} WHERE ($1::uuid IS NULL OR sku_id = $1) AND ($2::uuid IS NULL OR order_id = $2)"
        " AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR (sku_id, serial) > ($4, $5::text))"
        " ORDER BY sku_id, serial LIMIT $6",
        sku_id,
        order_id,
        state and state.value,
        *(after or (None, None)),
        limit,
    )
    return [_serial(row, []) for row in rows]


def _serial(row: Record, steps: list[SerialStep]) -> Serial:
    told: dict[str, Any] = {name: value for name, value in row.items() if name != "company_id"}
    return Serial(**{**told, "state": SerialState(row["state"]), "steps": steps})


def _step(row: Record) -> SerialStep:
    told: dict[str, Any] = {name: value for name, value in row.items() if name not in ("company_id", "sku_id")}
    return SerialStep(**{**told, "state": SerialState(row["state"])})
