"""Sowing into cells, putting back what is not wanted any more, and trusting a bin again."""

from __future__ import annotations

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Post, Short
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract.picking import (
    BarcodeUnknown,
    EndShort,
    NothingLeftHere,
    NotSown,
    PutBack,
    PutBackDone,
    ShortCleared,
    Sow,
    Sown,
    TooMany,
)
from shangmai.modules.warehouse.contract.pieces import BinShort
from shangmai.modules.warehouse.contract.places import BinClosed, BinNotFound
from shangmai.modules.warehouse.contract.waves import Method, WaveNotFound
from shangmai.modules.warehouse.queries import backs, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.rules.spreading import spread
from shangmai.modules.warehouse.service.filling import fill
from shangmai.modules.warehouse.service.picking import cells_of
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.scanning import sku_of

SHORTS_MAX = 500


@action(
    "warehouse.sow",
    grant="warehouse.pick",
    errors=[WaveNotFound, NotSown, BarcodeUnknown, NothingLeftHere, TooMany],
)
async def sow(tx: Tx, do: Sow) -> Sown:
    """Put picked pieces of a wave into the cells that the answer names, the first cells first.

    Raises: WaveNotFound, NotSown, BarcodeUnknown, NothingLeftHere, TooMany.
    """
    floor = (await waves.floors(tx, [do.wave_id])).get(do.wave_id)
    if floor is None:
        raise WaveNotFound(wave_id=do.wave_id)
    if floor.method is not Method.SOW:
        raise NotSown(number=floor.number, method=floor.method.value)
    sku = await sku_of(tx, do.barcode)
    await tables.lock(tx, {line.doc for line in await waves.lines_to_sow(tx, do.wave_id, sku.id)})
    lines = await waves.lines_to_sow(tx, do.wave_id, sku.id)
    left = sum(line.picked - line.sown for line in lines)
    if not left:
        raise NothingLeftHere
    if do.qty > left:
        raise TooMany(left=left, qty=do.qty)
    given = spread(do.qty, [(line, line.picked - line.sown) for line in lines])
    await waves.set_lines(tx, [replace(line, sown=line.sown + n) for line, n in given])
    await tables.mark_picked(tx, {line.doc for line, _ in given})
    return Sown(sku_id=sku.id, cells=await cells_of(tx, given), left=left - do.qty)


@action(
    "warehouse.put_back",
    grant="warehouse.pick",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[BinNotFound, BinClosed, BarcodeUnknown, NothingLeftHere, TooMany, BinShort],
)
async def put_back(tx: Tx, do: PutBack) -> PutBackDone:
    """Say into which bin pieces were put that had been picked and are not wanted any more.

    Raises: BinNotFound, BinClosed, BarcodeUnknown, NothingLeftHere, TooMany, BinShort (the stage bin's book has
    fewer: they left the stock by another way).
    """
    bin_ = (await bins_by_code(tx, do.warehouse_id, [do.bin]))[do.bin]
    if not bin_.active:
        raise BinClosed(bin=do.bin)
    sku = await sku_of(tx, do.barcode)
    open_ = await backs.lock_open(tx, do.warehouse_id, sku.id, do.lot)
    left = sum(each.left for each in open_)
    if not left:
        raise NothingLeftHere
    if do.qty > left:
        raise TooMany(left=left, qty=do.qty)
    given = spread(do.qty, [(each, each.left) for each in open_])
    posts = [
        Post(
            debit=bin_key(do.warehouse_id, each.stage_bin_id, sku.id, lot=do.lot),
            credit=bin_key(do.warehouse_id, bin_.id, sku.id, lot=do.lot),
            amount=n,
            doc=each.doc,
            item=tx.items[0],
        )
        for each, n in given
    ]
    for outcome in await bins.post(tx, posts):
        if isinstance(outcome, Short):
            told = outcome.data
            raise BinShort(bin="stage", sku_id=sku.id, wanted=told["wanted"], available=told["available"])
    await backs.add_done(tx, {each.id: n for each, n in given})
    await refill(tx, do.warehouse_id)
    return PutBackDone(sku_id=sku.id, qty=do.qty, left=left - do.qty)


@action(
    "warehouse.end_short",
    grant="warehouse.move_pieces",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[BinNotFound, BarcodeUnknown, NothingLeftHere],
)
async def end_short(tx: Tx, do: EndShort) -> ShortCleared:
    """Say that a bin has what its book says of a SKU after all: it is picked from again, for those who wait first.

    Raises: BinNotFound, BarcodeUnknown, NothingLeftHere.
    """
    bin_ = (await bins_by_code(tx, do.warehouse_id, [do.bin]))[do.bin]
    sku = await sku_of(tx, do.barcode)
    if not await backs.end_doubts(tx, do.warehouse_id, bin_.id, sku.id, tx.now):
        raise NothingLeftHere
    return ShortCleared(sku_id=sku.id, still_short=await refill(tx, do.warehouse_id))


async def refill(tx: Tx, warehouse_id: WarehouseId) -> int:
    """Look again for what requests of a warehouse are short of; the pieces that are nowhere still."""
    docs = await tables.short_docs(tx, warehouse_id, SHORTS_MAX)
    if not docs:
        return 0
    await tables.lock(tx, docs)
    return sum(sum(each.values()) for each in (await fill(tx, docs)).values())
