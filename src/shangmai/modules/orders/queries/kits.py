"""The SQL of the components of kits that were ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.returning import KitPart


async def insert_kit_parts(tx: Tx, parts: Sequence[tuple[OrderId, KitPart]]) -> None:
    """Write what kits consist of; those that are written stay."""
    await tx.execute(
        "INSERT INTO order_kit_parts (order_id, line, sku_id, per_kit, share_minor, returned_qty)"
        " SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[])"
        " ON CONFLICT DO NOTHING",
        [order_id for order_id, _ in parts],
        [part.line for _, part in parts],
        [part.sku_id for _, part in parts],
        [part.per_kit for _, part in parts],
        [part.share_minor for _, part in parts],
        [part.returned_qty for _, part in parts],
    )


async def kit_parts_of(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, dict[int, list[KitPart]]]:
    """The components of the kits of these orders, by line."""
    rows = await tx.fetch(
        "SELECT k.order_id, k.line, k.sku_id, k.per_kit * l.qty AS qty, k.per_kit, k.share_minor, k.returned_qty"
        " FROM order_kit_parts k JOIN order_lines l USING (order_id, line) WHERE k.order_id = ANY ($1::uuid[])"
        " ORDER BY k.order_id, k.line, k.sku_id",
        list(ids),
    )
    found: dict[OrderId, dict[int, list[KitPart]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["order_id"]][row["line"]].append(
            KitPart(**{name: value for name, value in row.items() if name != "order_id"})
        )
    return found


async def add_returned_pieces(tx: Tx, pieces: Sequence[tuple[OrderId, int, SkuId, int]]) -> None:
    """Count pieces (order, line, component, pieces) that came back."""
    await tx.execute(
        "UPDATE order_kit_parts k SET returned_qty = k.returned_qty + p.qty"
        " FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::bigint[]) AS p (order_id, line, sku_id, qty)"
        " WHERE k.order_id = p.order_id AND k.line = p.line AND k.sku_id = p.sku_id",
        [order_id for order_id, *_ in pieces],
        [line for _, line, *_ in pieces],
        [sku_id for *_, sku_id, _ in pieces],
        [qty for *_, qty in pieces],
    )
