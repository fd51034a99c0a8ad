"""The SQL of how SKUs are stored and packed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import astuple

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract.handling import Handling, Temperature
from shangmai.modules.catalog.contract.nouns import SkuId

COLUMNS: Final = "temperature, length_mm, width_mm, height_mm, upright, fragile"


async def handling_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Handling]:
    """How those of these SKUs are handled of which anything was said."""
    rows = await tx.fetch("SELECT sku_id, " + COLUMNS + " FROM sku_handling WHERE sku_id = ANY ($1::uuid[])", list(ids))
    return {
        row["sku_id"]: Handling(
            temperature=Temperature(row["temperature"]),
            length_mm=row["length_mm"],
            width_mm=row["width_mm"],
            height_mm=row["height_mm"],
            upright=row["upright"],
            fragile=row["fragile"],
        )
        for row in rows
    }


async def lock_skus(tx: Tx, ids: Collection[SkuId]) -> set[SkuId]:
    """Those of these SKUs that exist, held until the transaction ends."""
    rows = await tx.fetch("SELECT id FROM skus WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(ids))
    return {row["id"] for row in rows}


async def set_handling(tx: Tx, handling: Mapping[SkuId, tuple[Handling, Item]]) -> None:
    columns = list(zip(*(astuple(each) for each, _ in handling.values()), strict=True))
    await tx.execute(
        "INSERT INTO sku_handling (sku_id, " + COLUMNS + ", set_at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::boolean[],"
        " $7::boolean[], $8::timestamptz[], $9::uuid[])"
        " ON CONFLICT (sku_id) DO UPDATE SET temperature = excluded.temperature, length_mm = excluded.length_mm,"
        " width_mm = excluded.width_mm, height_mm = excluded.height_mm, upright = excluded.upright,"
        " fragile = excluded.fragile, set_at = excluded.set_at, cause = excluded.cause",
        list(handling),
        *map(list, columns),
        [item.now for _, item in handling.values()],
        [item.cause for _, item in handling.values()],
    )
