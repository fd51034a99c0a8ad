"""The SQL of fulfilment units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct, convert, to_builtins

from shangmai.kernel.db.behind import Write
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.units import Unit, UnitId, UnitLine, UnitPolicy, UnitState
from shangmai.modules.organization.contract import CompanyId, ShopId

UNIT: Final = (
    "id, number, shop_id, company_id, warehouse_id, customer_id, state, courier, release_at, created_at, released_at,"
    " ended_at, split_from, merged_into, revision, ships_from"
)
_UNIT_OF_U: Final = ", ".join(f"u.{name}" for name in UNIT.split(", "))


class NewUnit(Struct, frozen=True):
    """A unit on its way into the tables, with its lines and the hash of its receiver."""

    unit: Unit
    lines: Sequence[UnitLine]
    receiver_hash: bytes | None


def _unit(row: Record) -> Unit:
    return Unit(**{**row, "state": UnitState(row["state"])})


INSERT_UNITS: Final = Write(
    "INSERT INTO order_units (" + UNIT + ", receiver_hash) SELECT * FROM unnest($1::uuid[], $2::text[],"
    " $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::timestamptz[],"
    " $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::uuid[], $14::uuid[], $15::integer[],"
    " $16::timestamptz[], $17::bytea[])",
    adds=["order_units"],
)
INSERT_LINES: Final = Write(
    "INSERT INTO order_unit_lines (unit_id, order_id, line, qty)"
    " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[])",
    adds=["order_unit_lines"],
)


async def insert_units(tx: Tx, new: Sequence[NewUnit]) -> None:
    units = [each.unit for each in new]
    lines = [(each.unit.id, line) for each in new for line in each.lines]
    await tx.later(
        INSERT_UNITS,
        *([getattr(unit, name) for unit in units] for name in UNIT.split(", ")),
        [each.receiver_hash for each in new],
    )
    await tx.later(
        INSERT_LINES,
        [unit_id for unit_id, _ in lines],
        [line.order_id for _, line in lines],
        [line.line for _, line in lines],
        [line.qty for _, line in lines],
    )


async def add_lines(tx: Tx, lines: Sequence[tuple[UnitId, UnitLine]]) -> None:
    """Put further lines into units; each gets another revision."""
    await tx.execute(
        "WITH c AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[])"
        " AS c (unit_id, order_id, line, qty)),"
        " raised AS (UPDATE order_units SET revision = revision + 1 WHERE id IN (SELECT unit_id FROM c))"
        " INSERT INTO order_unit_lines AS l (unit_id, order_id, line, qty) SELECT unit_id, order_id, line, qty FROM c"
        " ON CONFLICT (unit_id, order_id, line) DO UPDATE SET qty = l.qty + excluded.qty",
        [unit_id for unit_id, _ in lines],
        [line.order_id for _, line in lines],
        [line.line for _, line in lines],
        [line.qty for _, line in lines],
    )


async def lock_units(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, Unit]:
    """The units that exist among these, locked in order of id. Lock their orders before."""
    rows = await tx.fetch(
        "SELECT " + UNIT + " FROM order_units WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids)
    )
    return {row["id"]: _unit(row) for row in rows}


async def get_units(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, Unit]:
    rows = await tx.fetch("SELECT " + UNIT + " FROM order_units WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _unit(row) for row in rows}


async def unit_lines(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, list[UnitLine]]:
    """What is in these units; lines of which all has been taken out are left out."""
    rows = await tx.fetch(
        "SELECT unit_id, order_id, line, qty FROM order_unit_lines WHERE unit_id = ANY ($1::uuid[]) AND qty > 0"
        " ORDER BY unit_id, order_id, line",
        list(ids),
    )
    lines: dict[UnitId, list[UnitLine]] = defaultdict(list)
    for row in rows:
        lines[row["unit_id"]].append(UnitLine(order_id=row["order_id"], line=row["line"], qty=row["qty"]))
    return lines


async def released_in(tx: Tx, warehouses: Collection[UUID]) -> list[UnitId]:
    """The released units of these warehouses, those made first in front."""
    rows = await tx.fetch(
        "SELECT id FROM order_units WHERE warehouse_id = ANY ($1::uuid[]) AND state = 'released' ORDER BY number",
        list(warehouses),
    )
    return [row["id"] for row in rows]


async def orders_of_units(tx: Tx, ids: Collection[UnitId]) -> set[OrderId]:
    rows = await tx.fetch("SELECT DISTINCT order_id FROM order_unit_lines WHERE unit_id = ANY ($1::uuid[])", list(ids))
    return {row["order_id"] for row in rows}


async def shops_of_units(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, ShopId]:
    rows = await tx.fetch("SELECT id, shop_id FROM order_units WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def live_units_of(tx: Tx, orders: Collection[OrderId]) -> list[Unit]:
    """The units that these orders' pieces are in and that have not ended, those made first in front."""
    rows = await tx.fetch(
        "SELECT " + _UNIT_OF_U + " FROM order_units u WHERE u.state IN ('open', 'released') AND u.id IN"
        " (SELECT unit_id FROM order_unit_lines WHERE order_id = ANY ($1::uuid[]) AND qty > 0) ORDER BY u.number",
        list(orders),
    )
    return [_unit(row) for row in rows]


async def units_of_order(tx: Tx, order_id: OrderId) -> list[Unit]:
    """All units that an order's pieces are or were in, those made first in front."""
    rows = await tx.fetch(
        "SELECT " + _UNIT_OF_U + " FROM order_units u WHERE u.id IN"
        " (SELECT unit_id FROM order_unit_lines WHERE order_id = $1) ORDER BY u.number",
        order_id,
    )
    return [_unit(row) for row in rows]


async def set_qty(tx: Tx, changes: Sequence[tuple[UnitId, UnitLine]]) -> None:
    """Set how many pieces units have of these lines; each changed unit gets another revision."""
    await tx.execute(
        "WITH c AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[])"
        " AS c (unit_id, order_id, line, qty)),"
        " raised AS (UPDATE order_units SET revision = revision + 1 WHERE id IN (SELECT unit_id FROM c))"
        " UPDATE order_unit_lines l SET qty = c.qty FROM c"
        " WHERE l.unit_id = c.unit_id AND l.order_id = c.order_id AND l.line = c.line",
        [unit_id for unit_id, _ in changes],
        [line.order_id for _, line in changes],
        [line.line for _, line in changes],
        [line.qty for _, line in changes],
    )


async def set_unit_states(
    tx: Tx, at: Mapping[UnitId, datetime], state: UnitState, *, merged_into: UnitId | None = None
) -> None:
    """Set units' state, each at its time; one that ends forgets whom it went to."""
    await tx.execute(
        "UPDATE order_units u SET state = $3, merged_into = $4,"
        " released_at = CASE WHEN $3 = 'released' THEN t.at WHEN $3 = 'open' THEN NULL ELSE released_at END,"
        " ended_at = CASE WHEN $3 IN ('open', 'released') THEN NULL ELSE t.at END,"
        " receiver_hash = CASE WHEN $3 IN ('open', 'released') THEN receiver_hash END"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, at) WHERE u.id = t.id",
        list(at),
        list(at.values()),
        state.value,
        merged_into,
    )


async def set_release_at(tx: Tx, id_: UnitId, at: datetime) -> None:
    await tx.execute("UPDATE order_units SET release_at = $2 WHERE id = $1", id_, at)


async def set_unit_places(tx: Tx, ids: Collection[UnitId], warehouse_id: WarehouseId) -> None:
    await tx.execute(
        "UPDATE order_units SET warehouse_id = $2, revision = revision + 1 WHERE id = ANY ($1::uuid[])",
        list(ids),
        warehouse_id,
    )


async def set_receivers(tx: Tx, hashes: Mapping[UnitId, bytes | None]) -> None:
    await tx.execute(
        "UPDATE order_units u SET receiver_hash = h.hash, revision = revision + 1"
        " FROM unnest($1::uuid[], $2::bytea[]) AS h (id, hash)"
        " WHERE u.id = h.id",
        list(hashes),
        list(hashes.values()),
    )


async def receivers_of_units(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, bytes | None]:
    rows = await tx.fetch("SELECT id, receiver_hash FROM order_units WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["receiver_hash"] for row in rows}


async def accounts_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, UUID]:
    """The channel account that sold each of these orders, of those that one sold."""
    rows = await tx.fetch(
        "SELECT order_id, account_id FROM order_particulars WHERE order_id = ANY ($1::uuid[])"
        " AND account_id IS NOT NULL",
        list(ids),
    )
    return {row["order_id"]: row["account_id"] for row in rows}


async def accounts_of_units(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, UUID]:
    """The channel account that sold what is in each of these units, of those of which one sold it."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (l.unit_id) l.unit_id, p.account_id FROM order_unit_lines l"
        " JOIN order_particulars p ON p.order_id = l.order_id WHERE l.unit_id = ANY ($1::uuid[]) AND l.qty > 0"
        " AND p.account_id IS NOT NULL ORDER BY l.unit_id, l.order_id",
        list(ids),
    )
    return {row["unit_id"]: row["account_id"] for row in rows}


async def sealed_receivers(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, bytes]:
    rows = await tx.fetch(
        "SELECT id, receiver FROM orders WHERE id = ANY ($1::uuid[]) AND receiver IS NOT NULL", list(ids)
    )
    return {row["id"]: row["receiver"] for row in rows}


async def alike(tx: Tx, ids: Collection[UnitId]) -> list[Unit]:
    """Open units that wait for others and could leave together with one of these, those made first in front."""
    rows = await tx.fetch(
        "SELECT DISTINCT " + _UNIT_OF_U + " FROM order_units n JOIN order_units u ON u.shop_id = n.shop_id"
        " AND u.receiver_hash = n.receiver_hash AND u.warehouse_id = n.warehouse_id AND u.company_id = n.company_id"
        " AND u.customer_id IS NOT DISTINCT FROM n.customer_id AND u.id <> n.id"
        " AND u.ships_from IS NOT DISTINCT FROM n.ships_from"
        " WHERE n.id = ANY ($1::uuid[]) AND n.state = 'open' AND u.state = 'open' ORDER BY u.number",
        list(ids),
    )
    return [_unit(row) for row in rows]


async def alike_groups(tx: Tx, limit: int) -> list[list[Unit]]:
    """Groups of open units of one buyer for one receiver from one warehouse, the oldest group first."""
    rows = await tx.fetch(
        "SELECT " + UNIT + ", place FROM (SELECT *, count(*) OVER alike AS others, min(number) OVER alike AS place"
        " FROM order_units WHERE state = 'open' AND receiver_hash IS NOT NULL"
        " WINDOW alike AS (PARTITION BY shop_id, company_id, warehouse_id, customer_id, receiver_hash)) AS u"
        " WHERE others > 1 ORDER BY place, number LIMIT $1",
        limit,
    )
    groups: dict[str, list[Unit]] = defaultdict(list)
    for row in rows:
        groups[row["place"]].append(Unit(**{name: row[name] for name in UNIT.split(", ")} | {"state": UnitState.OPEN}))
    return list(groups.values())


async def merged_into(tx: Tx, id_: UnitId) -> list[Unit]:
    rows = await tx.fetch("SELECT " + UNIT + " FROM order_units WHERE merged_into = $1 ORDER BY number", id_)
    return [_unit(row) for row in rows]


async def units_due(tx: Tx, now: datetime, limit: int) -> list[UnitId]:
    """Open units whose time has come and of which no order is held back, the longest due first."""
    rows = await tx.fetch(
        "SELECT u.id FROM order_units u WHERE u.state = 'open' AND u.release_at <= $1 AND NOT EXISTS"
        " (SELECT FROM order_unit_lines l JOIN orders o ON o.id = l.order_id WHERE l.unit_id = u.id AND l.qty > 0"
        " AND o.held_back) ORDER BY u.release_at, u.id LIMIT $2",
        now,
        limit,
    )
    return [row["id"] for row in rows]


async def unit_policies(tx: Tx, companies: Collection[CompanyId]) -> dict[CompanyId, UnitPolicy]:
    """What these companies chose; those that chose nothing are left out."""
    rows = await tx.fetch(
        "SELECT company_id, policy FROM order_unit_policies WHERE company_id = ANY ($1::uuid[])", list(companies)
    )
    return {row["company_id"]: convert(row["policy"], UnitPolicy) for row in rows}


async def set_unit_policy(tx: Tx, company_id: CompanyId, policy: UnitPolicy) -> None:
    await tx.execute(
        "INSERT INTO order_unit_policies (company_id, policy, set_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (company_id) DO UPDATE SET policy = $2, set_at = $3, cause = $4",
        company_id,
        to_builtins(policy),
        tx.now,
        tx.cause,
    )


async def page_of_units(
    tx: Tx,
    *,
    state: UnitState | None,
    warehouse_id: UUID | None,
    shop_id: UUID | None,
    number: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Unit]:
    """Units, newest first; with a number, the one that has it and those with pieces of the order that has it."""
    at, id_ = before or (None, None)
    named = (
        " AND (u.number = $7 OR u.id IN (SELECT l.unit_id FROM orders o JOIN order_unit_lines l ON l.order_id = o.id"
        " WHERE o.number = $7 OR o.external_no = $7))"
    )
    rows = await tx.fetch(
        "SELECT " + _UNIT_OF_U + " FROM order_units u WHERE ($1::text IS NULL OR u.state = $1)"
        " AND ($2::uuid IS NULL OR u.warehouse_id = $2) AND ($3::uuid IS NULL OR u.shop_id = $3)"
        " AND ($4::timestamptz IS NULL OR (u.created_at, u.id) < ($4, $5::uuid))"
        + ("" if number is None else named)  # sql: the constant above
        + " ORDER BY u.created_at DESC, u.id DESC LIMIT $6",
        None if state is None else state.value,
        warehouse_id,
        shop_id,
        at,
        id_,
        limit,
        *([] if number is None else [number]),
    )
    return [_unit(row) for row in rows]
