"""The SQL of kinds of cartons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.cartons import Carton
from shangmai.modules.warehouse.contract.packing import GivenCarton

CARTON: Final = "code, length_mm, width_mm, height_mm, goods_max_g, own_g"


async def save(tx: Tx, warehouse_id: WarehouseId, cartons: Sequence[GivenCarton]) -> None:
    """Write kinds of cartons under their codes."""
    await tx.execute(
        "INSERT INTO packing_cartons (id, warehouse_id, code, length_mm, width_mm, height_mm, own_g, goods_max_g,"
        " active, changed_at, cause)"
        " SELECT c.id, $2, c.code, c.length, c.width, c.height, c.own, c.most, c.active, $3, $4"
        " FROM unnest($1::uuid[], $5::text[], $6::int[], $7::int[], $8::int[], $9::bigint[], $10::bigint[],"
        " $11::boolean[]) AS c (id, code, length, width, height, own, most, active)"
        " ON CONFLICT (warehouse_id, code) DO UPDATE SET length_mm = excluded.length_mm, width_mm = excluded.width_mm,"
        " height_mm = excluded.height_mm, own_g = excluded.own_g, goods_max_g = excluded.goods_max_g,"
        " active = excluded.active, changed_at = excluded.changed_at, cause = excluded.cause",
        [new_id() for _ in cartons],
        warehouse_id,
        tx.now,
        tx.cause,
        [each.code for each in cartons],
        [each.length_mm for each in cartons],
        [each.width_mm for each in cartons],
        [each.height_mm for each in cartons],
        [each.own_g for each in cartons],
        [each.goods_max_g for each in cartons],
        [each.active for each in cartons],
    )


async def of_warehouse(tx: Tx, warehouse_id: WarehouseId) -> list[Carton]:
    """The kinds that are in use in a warehouse, by code."""
    rows = await tx.fetch(
        "SELECT " + CARTON + " FROM packing_cartons WHERE warehouse_id = $1 AND active ORDER BY code", warehouse_id
    )
    return [Carton(**row) for row in rows]
