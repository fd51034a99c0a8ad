"""The SQL on the lots of transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.transfers import LotInTransit, SentLine


async def insert_lots(tx: Tx, document_id: UUID, to: WarehouseId, lots: Sequence[LotInTransit]) -> None:
    await tx.execute(
        "INSERT INTO transfer_lots (document_id, warehouse_id, sku_id, lot, qty)"
        " SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::bigint[])",
        document_id,
        to,
        [each.sku_id for each in lots],
        [each.lot for each in lots],
        [each.qty for each in lots],
    )


async def lots_of(tx: Tx, document_id: UUID) -> tuple[WarehouseId, list[LotInTransit]] | None:
    """Where a transfer out of bins goes, and its pieces by SKU and lot; None where there is no such transfer."""
    rows = await tx.fetch(
        "SELECT warehouse_id, sku_id, lot, qty FROM transfer_lots WHERE document_id = $1 ORDER BY sku_id, lot",
        document_id,
    )
    if not rows:
        return None
    return rows[0]["warehouse_id"], [LotInTransit(sku_id=r["sku_id"], lot=r["lot"], qty=r["qty"]) for r in rows]


def by_lot(lines: Sequence[SentLine]) -> list[LotInTransit]:
    """The pieces of these lines by SKU and lot."""
    sums: Counter[tuple[SkuId, str]] = Counter()
    for line in lines:
        sums[line.sku_id, line.lot] += line.qty
    return [LotInTransit(sku_id=sku_id, lot=lot, qty=qty) for (sku_id, lot), qty in sorted(sums.items())]
