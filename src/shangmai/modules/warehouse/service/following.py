"""Bins follow the stock book where pieces left without passing the floor: shipped by hand, adjusted, sent on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from shangmai.kernel.events.contract import Delivery
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.contract.pieces import BinMove, InBin
from shangmai.modules.warehouse.queries import pieces as queries
from shangmai.modules.warehouse.queries.pieces import Goods
from shangmai.modules.warehouse.rules import following as rules
from shangmai.modules.warehouse.service.moving import take, unplaced_of, wait_turn

Causes = Mapping[tuple[WarehouseId, SkuId], tuple[UUID, Item]]


async def wanted_of_stock(tx: Tx) -> Collection[str] | None:
    """Every event while something lies in a bin, else none."""
    return None if await queries.holds_any(tx) else ()


async def follow_stock(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Take out of bins what they hold beyond the stock book, of the goods that these events' documents moved.

    Which events move stock is not asked, as those of modules above do too. Bins are guessed as a clerk would: see
    `rules.following`. What is held for tasks stays, and the proof goes on naming it.
    """
    items = {id_: item for each, item in zip(deliveries, tx.items, strict=True) for id_ in _ids(each.fields.values())}
    named = await inventory.places_of_documents(tx, items.keys())
    causes: Causes = {(place, sku_id): (doc, items[doc]) for doc, place, sku_id in named}
    if causes and await _beyond(tx, causes):
        await wait_turn(tx, {place for place, _ in causes})
        await queries.lock_goods(tx, {place for place, _ in causes}, {sku_id for _, sku_id in causes})
        await _take_out(tx, causes, await _beyond(tx, causes))


async def _beyond(tx: Tx, causes: Causes) -> dict[Goods, int]:
    """How many pieces bins hold beyond the stock book."""
    left = await unplaced_of(tx, {place for place, _ in causes}, {sku_id for _, sku_id in causes})
    return {goods: -count for goods, count in left.items() if count < 0 and goods[:2] in causes}


async def _take_out(tx: Tx, causes: Causes, beyond: Mapping[Goods, int]) -> None:
    lying: dict[Goods, list[InBin]] = defaultdict(list)
    for place in {goods[0] for goods in beyond}:
        for each in await queries.in_bins(tx, place, {goods[1] for goods in beyond}, None):
            lying[place, each.sku_id, each.bucket.value, each.owner_id].append(each)
    moves = [
        BinMove(
            warehouse_id=goods[0],
            sku_id=each.sku_id,
            qty=qty,
            origin=each.bin_id,
            bucket=each.bucket,
            lot=each.lot,
            owner_id=each.owner_id,
            doc=causes[goods[:2]][0],
            item=causes[goods[:2]][1],
        )
        for goods, count in beyond.items()
        for each, qty in rules.taken(lying[goods], count)
    ]
    await take(tx, moves)


def _ids(values: Iterable[object]) -> Iterator[UUID]:
    """Those of an event's values that are ids."""
    for value in values:
        if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
            try:
                yield UUID(value)
            except ValueError:
                continue
