"""The SQL on zones, bins and floor policies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.places import (
    Bin,
    BinId,
    BinKind,
    FloorPolicy,
    GivenBin,
    SaveZone,
    WarehouseZone,
    ZoneId,
)

ZONE = "id, warehouse_id, code, name, temperature"
BIN = (
    "b.id, b.warehouse_id, b.zone_id, b.code, b.kind, z.temperature, b.aisle, b.bay, b.level, b.offset_mm,"
    " b.volume_max_cm3, b.weight_max_g, b.active FROM warehouse_bins b JOIN warehouse_zones z ON z.id = b.zone_id"
)


async def save_zone(tx: Tx, do: SaveZone) -> WarehouseZone:
    """Write a zone under its code."""
    row = await tx.fetchrow(
        "INSERT INTO warehouse_zones (id, warehouse_id, code, name, temperature, changed_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (warehouse_id, code) DO UPDATE SET name = excluded.name,"
        " temperature = excluded.temperature, changed_at = excluded.changed_at, cause = excluded.cause RETURNING "
        + ZONE,
        new_id(),
        do.warehouse_id,
        do.code,
        do.name,
        do.temperature.value,
        tx.now,
        tx.cause,
    )
    assert row is not None
    return _zone(row)


async def zones_of(tx: Tx, warehouse_id: WarehouseId | None) -> list[WarehouseZone]:
    """The zones of a warehouse, or of all in the caller's scope, by warehouse and code."""
    rows = await tx.fetch(
        f"SELECT {ZONE} FROM warehouse_zones WHERE $1::uuid IS NULL OR warehouse_id = $1 ORDER BY warehouse_id, code",
        warehouse_id,
    )
    return [_zone(row) for row in rows]


async def save_bins(
    tx: Tx, warehouse_id: WarehouseId, bins: Sequence[GivenBin], zones: Mapping[str, ZoneId]
) -> tuple[int, int]:
    """Write bins under their codes, in one statement; how many were made, how many changed."""
    rows = await tx.fetch(
        "INSERT INTO warehouse_bins AS b (id, warehouse_id, zone_id, code, kind, aisle, bay, level, offset_mm,"
        " volume_max_cm3, weight_max_g, active, changed_at, cause) SELECT id, $2, zone_id, code, kind, aisle, bay,"
        " level, offset_mm, volume, weight, active, $3, $4 FROM unnest($1::uuid[], $5::uuid[], $6::text[], $7::text[],"
        " $8::int[], $9::int[], $10::int[], $11::int[], $12::bigint[], $13::bigint[], $14::boolean[])"
        " AS g (id, zone_id, code, kind, aisle, bay, level, offset_mm, volume, weight, active) ORDER BY code"
        " ON CONFLICT (warehouse_id, code) DO UPDATE SET zone_id = excluded.zone_id, kind = excluded.kind,"
        " aisle = excluded.aisle, bay = excluded.bay, level = excluded.level, offset_mm = excluded.offset_mm,"
        " volume_max_cm3 = excluded.volume_max_cm3, weight_max_g = excluded.weight_max_g, active = excluded.active,"
        " changed_at = excluded.changed_at, cause = excluded.cause"
        " WHERE (b.zone_id, b.kind, b.aisle, b.bay, b.level, b.offset_mm, b.volume_max_cm3, b.weight_max_g, b.active)"
        " IS DISTINCT FROM (excluded.zone_id, excluded.kind, excluded.aisle, excluded.bay, excluded.level,"
        " excluded.offset_mm, excluded.volume_max_cm3, excluded.weight_max_g, excluded.active)"
        " RETURNING (xmax = 0) AS made",
        [new_id() for _ in bins],
        warehouse_id,
        tx.now,
        tx.cause,
        [zones[each.zone] for each in bins],
        [each.code for each in bins],
        [each.kind.value for each in bins],
        [each.aisle for each in bins],
        [each.bay for each in bins],
        [each.level for each in bins],
        [each.offset_mm for each in bins],
        [each.volume_max_cm3 for each in bins],
        [each.weight_max_g for each in bins],
        [each.active for each in bins],
    )
    made = sum(row["made"] for row in rows)
    return made, len(rows) - made


async def get_bins(tx: Tx, ids: Collection[BinId]) -> dict[BinId, Bin]:
    rows = await tx.fetch(f"SELECT {BIN} WHERE b.id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _bin(row) for row in rows}


async def find_bins(tx: Tx, warehouse_id: WarehouseId, codes: Collection[str]) -> dict[str, Bin]:
    rows = await tx.fetch(
        f"SELECT {BIN} WHERE b.warehouse_id = $1 AND b.code = ANY ($2::text[])", warehouse_id, list(codes)
    )
    return {row["code"]: _bin(row) for row in rows}


async def list_bins(
    tx: Tx, warehouse_id: WarehouseId, zone: str | None, kind: BinKind | None, after: str, limit: int | None
) -> list[Bin]:
    """Bins of a warehouse by code, those behind `after`."""
    rows = await tx.fetch(
        f"SELECT {BIN} WHERE b.warehouse_id = $1 AND ($2::text IS NULL OR z.code = $2)"
        " AND ($3::text IS NULL OR b.kind = $3) AND b.code > $4 ORDER BY b.code LIMIT $5",
        warehouse_id,
        zone,
        kind and kind.value,
        after,
        limit,
    )
    return [_bin(row) for row in rows]


async def extent(tx: Tx, warehouse_id: WarehouseId) -> tuple[int, int]:
    """The last aisle of a warehouse, and how far its farthest bin is from the aisles' front, in millimetres.

    Bays count as a metre where nobody has measured.
    """
    row = await tx.fetchrow(
        "SELECT coalesce(max(aisle), 0) AS aisle, coalesce(max(coalesce(offset_mm, bay * 1000)), 0) AS farthest"
        " FROM warehouse_bins WHERE warehouse_id = $1 AND aisle IS NOT NULL",
        warehouse_id,
    )
    assert row is not None
    return row["aisle"], row["farthest"]


async def set_policy(tx: Tx, warehouse_id: WarehouseId, policy: FloorPolicy) -> None:
    await tx.execute(
        "INSERT INTO floor_policies (warehouse_id, policy, changed_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (warehouse_id) DO UPDATE SET policy = excluded.policy, changed_at = excluded.changed_at,"
        " cause = excluded.cause",
        warehouse_id,
        msgspec.to_builtins(policy),
        tx.now,
        tx.cause,
    )


async def policies_of(tx: Tx, warehouses: Collection[WarehouseId]) -> dict[WarehouseId, FloorPolicy]:
    rows = await tx.fetch(
        "SELECT warehouse_id, policy FROM floor_policies WHERE warehouse_id = ANY ($1::uuid[])", list(warehouses)
    )
    return {row["warehouse_id"]: msgspec.convert(row["policy"], FloorPolicy) for row in rows}


def _zone(row: Record) -> WarehouseZone:
    return WarehouseZone(**{**row, "temperature": Temperature(row["temperature"])})


def _bin(row: Record) -> Bin:
    kinds: dict[str, Any] = {"kind": BinKind(row["kind"]), "temperature": Temperature(row["temperature"])}
    return Bin(**{**row, **kinds})
