"""The SQL that changes SKUs, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import UNSET

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import ProductId, ProductStatus, UpdateSku
from shangmai.modules.catalog.queries import describing, reading, writing
from shangmai.modules.catalog.rules import ChangedSku, Parent, SkuKnown, barcode_key


async def lock_skus(tx: Tx, do: Sequence[UpdateSku]) -> None:
    """Hold the SKUs until the transaction ends, in order of id; read them after this.

    Before them the products of which shoppers will read something else, so that no two of their SKUs come to the same
    values at once.
    """
    ids = [each.sku_id for each in do]
    shown = [each.sku_id for each in do if _changes_what_is_shown(each)]
    if shown:
        await tx.execute(
            "SELECT FROM products WHERE id IN (SELECT product_id FROM skus WHERE id = ANY ($1::uuid[]))"
            " ORDER BY id FOR NO KEY UPDATE",
            shown,
        )
    await tx.execute("SELECT FROM skus WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", ids)


def _changes_what_is_shown(do: UpdateSku) -> bool:
    return bool(do.attribute_changes) or any(each is not UNSET for each in (do.name, do.name_en, do.attributes))


async def known_skus(tx: Tx, do: Sequence[UpdateSku]) -> SkuKnown:
    """The SKUs of these changes, their products, and what the changes name."""
    skus = await reading.find_details(tx, {each.sku_id for each in do})
    keys = {key.strip() for each in do for key in (*(each.attributes or ()), *each.attribute_changes)}
    wanted = {barcode_key(barcode.text) for each in do for barcode in each.barcodes or ()}
    owned = {barcode_key(barcode.text): sku.id for sku in skus.values() for barcode in sku.barcodes}
    others = (await writing.known(tx, keys=list(wanted))).barcodes if wanted else {}
    return SkuKnown(
        skus=skus,
        parents=await _parents(tx, {sku.product_id for sku in skus.values()}, with_siblings=bool(keys)),
        barcodes=owned | others,
        attributes=await describing.find_attributes(tx, keys) if keys else {},
    )


async def _parents(tx: Tx, ids: Collection[ProductId], *, with_siblings: bool) -> dict[ProductId, Parent]:
    rows = await tx.fetch(
        "SELECT p.id, p.code, p.status, p.reviewed, p.axes FROM products p WHERE p.id = ANY ($1::uuid[])", list(ids)
    )
    with_axes = [row["id"] for row in rows if row["axes"]] if with_siblings else []
    siblings: dict[ProductId, dict[str, dict[str, str]]] = {}
    if with_axes:
        for row in await tx.fetch(
            "SELECT product_id, code, attributes FROM skus WHERE product_id = ANY ($1::uuid[]) ORDER BY position",
            with_axes,
        ):
            siblings.setdefault(row["product_id"], {})[row["code"]] = row["attributes"]
    return {
        row["id"]: Parent(
            id=row["id"],
            code=row["code"],
            status=ProductStatus(row["status"]),
            reviewed=row["reviewed"],
            axes=tuple(row["axes"]),
            siblings=siblings.get(row["id"], {}),
        )
        for row in rows
    }


async def write_skus(tx: Tx, changes: Sequence[tuple[ChangedSku, Item]]) -> None:
    """Write SKUs as they are after their changes; titles go to the history. Raises: UniqueViolationError."""
    last = {change.after.id: change.after for change, _ in changes}
    first = {change.before.id: change.before for change, _ in reversed(changes)}
    skus = list(last.values())
    await tx.execute(
        UPDATE_SKUS,
        [sku.id for sku in skus],
        [sku.name for sku in skus],
        [sku.name_en for sku in skus],
        [writing.encoded(sku.attributes) for sku in skus],
        [sku.weight_g for sku in skus],
        [sku.status for sku in skus],
        [sku.min_qty for sku in skus],
        [sku.max_qty for sku in skus],
        [sku.qty_step for sku in skus],
        [sku.version for sku in skus],
    )
    barcodes = {
        sku.id: {barcode_key(barcode.text): barcode for barcode in sku.barcodes}
        for sku in skus
        if sku.barcodes != first[sku.id].barcodes
    }
    if barcodes:
        await writing.replace_barcodes(tx, barcodes)
    await _append_titles(tx, changes)
    reviewed = {change.after.product_id: change.reviewed for change, _ in changes}
    await tx.execute(
        "UPDATE products SET reviewed = false WHERE id = ANY ($1::uuid[]) AND reviewed",
        [id_ for id_, still in reviewed.items() if not still],
    )


UPDATE_SKUS: Final = """
UPDATE skus s SET name = c.name, name_en = c.name_en, attributes = c.attributes::jsonb, weight_g = c.weight_g,
  status = c.status, min_qty = c.min_qty, max_qty = c.max_qty, qty_step = c.qty_step, version = c.version
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::integer[], $8::integer[],
  $9::integer[], $10::integer[])
  AS c (id, name, name_en, attributes, weight_g, status, min_qty, max_qty, qty_step, version)
WHERE s.id = c.id"""


async def _append_titles(tx: Tx, changes: Sequence[tuple[ChangedSku, Item]]) -> None:
    renamed = [
        (change.after, item)
        for change, item in changes
        if (change.before.name, change.before.name_en) != (change.after.name, change.after.name_en)
    ]
    if renamed:
        await tx.execute(
            "INSERT INTO sku_titles (sku_id, at, name, name_en, cause)"
            " SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[])",
            [sku.id for sku, _ in renamed],
            [item.now for _, item in renamed],
            [sku.name for sku, _ in renamed],
            [sku.name_en for sku, _ in renamed],
            [item.cause for _, item in renamed],
        )
