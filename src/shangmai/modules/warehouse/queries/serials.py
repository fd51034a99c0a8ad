"""The SQL on serial numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Warehouse, WarehouseId
from shangmai.modules.warehouse.contract.serials import RegisterSerials, SendSerials, Serial, SerialState, SerialStep


async def register(tx: Tx, do: RegisterSerials, warehouse: Warehouse, item: Item) -> set[str]:
    """Let pieces be in a warehouse; the numbers that were not in one."""
    rows = await tx.fetch(
        "INSERT INTO serials AS s (company_id, sku_id, serial, lot, state, warehouse_id, changed_at, cause)"
        " SELECT $1, $2, serial, $3, 'in', $4, $5, $6 FROM unnest($7::text[]) AS g (serial) ORDER BY serial"
        " ON CONFLICT (company_id, sku_id, serial) DO UPDATE SET state = 'in', warehouse_id = excluded.warehouse_id,"
        " lot = excluded.lot, order_id = NULL, line = NULL, changed_at = excluded.changed_at, cause = excluded.cause"
        " WHERE s.state = 'out' RETURNING serial",
        warehouse.company_id,
        do.sku_id,
        do.lot,
        warehouse.id,
        item.now,
        item.cause,
        do.serials,
    )
    return {row["serial"] for row in rows}


async def send(tx: Tx, do: SendSerials, warehouse: Warehouse, item: Item) -> set[str]:
    """Let pieces leave a warehouse; the numbers that were in it. Locks them in their order."""
    rows = await tx.fetch(
        "WITH here AS (SELECT serial FROM serials WHERE company_id = $1 AND sku_id = $2 AND serial = ANY ($3::text[])"
        " AND state = 'in' AND warehouse_id = $4 ORDER BY serial FOR NO KEY UPDATE)"
        " UPDATE serials s SET state = 'out', order_id = $5, line = $6, changed_at = $7, cause = $8 FROM here"
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


SERIAL = "sku_id, serial, lot, state, warehouse_id, order_id, line, changed_at FROM serials"


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
