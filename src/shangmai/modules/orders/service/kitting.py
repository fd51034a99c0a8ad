"""What the kits of orders consist of: frozen when an order is placed, looked up when pieces come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId, OrderLine, ReturnOrder
from shangmai.modules.orders.contract.returning import KitPart
from shangmai.modules.orders.rules import kits
from shangmai.modules.orders.rules.kits import Parts
from shangmai.modules.orders.service.drafts import Draft

PartsOf = Mapping[OrderId, Mapping[int, Parts]]
"""By order and line."""


async def freeze(tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku]) -> None:
    """Keep what the kits of these drafts consist of, and what is paid for each component; no statement without any."""
    parts = [
        (draft.id, part)
        for draft in drafts
        for n, line in enumerate(draft.lines, 1)
        if line.sku_id is not None and (sku := skus.get(line.sku_id)) is not None and sku.components
        for part in kits.parts_of(n, line.qty, line.amount_minor, sku.components)
    ]
    if parts:
        await queries.insert_kit_parts(tx, parts)


async def parts_for(
    tx: Tx, lines: Mapping[OrderId, Sequence[OrderLine]], do: Sequence[ReturnOrder]
) -> dict[OrderId, dict[int, Parts]]:
    """The components of the kits of these orders; the orders are locked.

    An order that was placed before they were kept, or a gift that was added later, gets them by what its kits consist
    of now, where pieces of it come back.
    """
    known: dict[OrderId, dict[int, Parts]] = {
        id_: dict(of) for id_, of in (await queries.kit_parts_of(tx, lines.keys())).items()
    }
    unknown = [
        (each.order_id, line)
        for each in do
        for wanted in each.lines
        if wanted.parts and wanted.line not in known.get(each.order_id, {})
        for line in lines.get(each.order_id, ())
        if line.line == wanted.line and line.sku_id is not None
    ]
    if unknown:
        made = await _made(tx, unknown)
        await queries.insert_kit_parts(tx, made)
        for id_, part in made:
            known.setdefault(id_, {}).setdefault(part.line, [])
            known[id_][part.line] = [*known[id_][part.line], part]
    return known


async def _made(tx: Tx, unknown: Sequence[tuple[OrderId, OrderLine]]) -> list[tuple[OrderId, KitPart]]:
    skus = await catalog.get_skus(tx, {line.sku_id for _, line in unknown if line.sku_id is not None})
    return [
        (id_, part)
        for id_, line in unknown
        if line.sku_id is not None and (components := skus[line.sku_id].components)
        for part in kits.parts_of(line.line, line.qty, line.amount_minor, components, line.returned_qty)
    ]
