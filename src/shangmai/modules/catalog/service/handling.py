"""How SKUs are stored and packed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import UNSET
from msgspec.structs import asdict, replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.catalog.contract.handling import Handling, HandlingSet, SetHandling, SkuHandling
from shangmai.modules.catalog.queries import handling as tables


@action("catalog.set_handling", grant="catalog.update_sku", many=True, scope=lambda do: {}, errors=[SkuNotFound])
async def set_handling(tx: Tx, do: Sequence[SetHandling]) -> list[SkuHandling | AppError]:
    """Say how SKUs are stored and packed; the same again changes nothing. Event catalog.handling_set.v1.

    A SKU named twice gets both, one after the other. Locks the SKUs in order of id.
    """
    known = await tables.lock_skus(tx, {each.sku_id for each in do})
    now = await handling_of(tx, known)
    outcomes: list[SkuHandling | AppError] = []
    changed: dict[SkuId, tuple[Handling, Item]] = {}
    for each, item in zip(do, tx.items, strict=True):
        if each.sku_id not in known:
            outcomes.append(SkuNotFound(sku=each.sku_id))
            continue
        given = {name: value for name, value in asdict(each).items() if name != "sku_id" and value is not UNSET}
        after = replace(now[each.sku_id], **given)
        if after != now[each.sku_id]:
            now[each.sku_id] = after
            changed[each.sku_id] = (after, item)
            tx.emit(HandlingSet(sku_id=each.sku_id, temperature=after.temperature.value), item)
        outcomes.append(SkuHandling(sku_id=each.sku_id, **asdict(after)))
    if changed:
        await tables.set_handling(tx, changed)
    return outcomes


async def handling_of(tx: Tx, ids: Collection[SkuId]) -> dict[SkuId, Handling]:
    """Give how each of these SKUs is stored and packed, in one statement; as ordinary goods where nothing was said."""
    return dict.fromkeys(ids, Handling()) | (await tables.handling_of(tx, ids) if ids else {})
