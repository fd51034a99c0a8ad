"""The SQL of further parcels of units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.packing import PackedBox

BOX: Final = "doc, box, number, carrier, waybill, carton, carton_g, weight_g, handed_at"
Place = tuple[UUID, int]
"""A doc, and which of its parcels: 1 is the first."""


async def of_docs(tx: Tx, docs: Collection[UUID]) -> dict[UUID, list[PackedBox]]:
    """The further parcels of these units, in their order; a unit without any is left out."""
    rows = await tx.fetch(
        "SELECT " + BOX + " FROM packed_boxes WHERE doc = ANY ($1::uuid[]) ORDER BY doc, box", list(docs)
    )
    found: dict[UUID, list[PackedBox]] = {}
    for row in rows:
        found.setdefault(row["doc"], []).append(PackedBox(**row))
    return found


async def insert(tx: Tx, box: PackedBox, warehouse_id: WarehouseId, item: Item) -> None:
    await tx.execute(
        "INSERT INTO packed_boxes (doc, box, number, warehouse_id, carrier, waybill, carton, carton_g, packed_at,"
        " cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        box.doc,
        box.box,
        box.number,
        warehouse_id,
        box.carrier,
        box.waybill,
        box.carton,
        box.carton_g,
        item.now,
        item.cause,
    )


async def delete(tx: Tx, doc: UUID, box: int) -> None:
    await tx.execute("DELETE FROM packed_boxes WHERE doc = $1 AND box = $2", doc, box)


async def empty(tx: Tx, docs: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Let these locked units have no further parcels; which they had, by doc and number."""
    rows = await tx.fetch("DELETE FROM packed_boxes WHERE doc = ANY ($1::uuid[]) RETURNING doc, number", list(docs))
    return {(row["doc"], row["number"]) for row in rows}


async def set_waybill(tx: Tx, place: Place, carrier: str, waybill: str) -> None:
    await tx.execute(
        "UPDATE packed_boxes SET carrier = $3, waybill = $4 WHERE doc = $1 AND box = $2", *place, carrier, waybill
    )


async def set_weights(tx: Tx, weights_g: Mapping[Place, int]) -> None:
    await tx.execute(
        "UPDATE packed_boxes b SET weight_g = w.weight_g FROM unnest($1::uuid[], $2::int[], $3::bigint[])"
        " AS w (doc, box, weight_g) WHERE b.doc = w.doc AND b.box = w.box",
        [doc for doc, _ in weights_g],
        [box for _, box in weights_g],
        list(weights_g.values()),
    )


async def set_handed(tx: Tx, at: Mapping[Place, datetime]) -> None:
    await tx.execute(
        "UPDATE packed_boxes b SET handed_at = h.at FROM unnest($1::uuid[], $2::int[], $3::timestamptz[])"
        " AS h (doc, box, at) WHERE b.doc = h.doc AND b.box = h.box",
        [doc for doc, _ in at],
        [box for _, box in at],
        list(at.values()),
    )
