"""Putting away and carrying from bin to bin."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import LinkedItemRefused
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseNotFound
from shangmai.modules.warehouse.contract.pieces import (
    BinMove,
    BinShort,
    BinsMoved,
    BucketNotInBins,
    MoveBins,
    NotUnplaced,
    PiecesMoved,
    PiecesPutAway,
    PutAway,
    SameBin,
    TooWarmOrCold,
)
from shangmai.modules.warehouse.contract.places import BinClosed, BinNotFound
from shangmai.modules.warehouse.service.moving import Outcome, place, take
from shangmai.modules.warehouse.service.places import bins_by_code, check_warehouse


@action(
    "warehouse.put_away",
    grant="warehouse.move_pieces",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, BinNotFound, BinClosed, BucketNotInBins, NotUnplaced, TooWarmOrCold],
)
async def put_away(tx: Tx, do: PutAway) -> BinsMoved:
    """Say into which bins unplaced pieces were put, all lines or none. Event warehouse.put_away.v1.

    Raises: WarehouseNotFound, BinNotFound, BinClosed, BucketNotInBins, NotUnplaced, TooWarmOrCold.
    """
    await check_warehouse(tx, do.warehouse_id)
    bins = await bins_by_code(tx, do.warehouse_id, {line.bin for line in do.lines})
    doc = new_id()
    moves = [
        BinMove(
            warehouse_id=do.warehouse_id,
            sku_id=line.sku_id,
            qty=line.qty,
            to=bins[line.bin].id,
            bucket=line.bucket,
            lot=line.lot,
            doc=doc,
            line=n,
            item=tx.items[0],
            group=doc,
        )
        for n, line in enumerate(do.lines, 1)
    ]
    all_or_none(await place(tx, moves))
    pieces = sum(line.qty for line in do.lines)
    tx.emit(PiecesPutAway(doc=doc, warehouse_id=do.warehouse_id, pieces=pieces))
    return BinsMoved(doc=doc, warehouse_id=do.warehouse_id, pieces=pieces)


@action(
    "warehouse.move_bins",
    grant="warehouse.move_pieces",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, BinNotFound, BinClosed, SameBin, BinShort, TooWarmOrCold],
)
async def move_bins(tx: Tx, do: MoveBins) -> BinsMoved:
    """Say which pieces were carried from bin to bin, all lines or none. Event warehouse.moved.v1.

    What is held in a bin for a task stays there.

    Raises: WarehouseNotFound, BinNotFound, BinClosed, SameBin, BinShort, TooWarmOrCold.
    """
    await check_warehouse(tx, do.warehouse_id)
    doc = new_id()
    all_or_none(await take(tx, await _moves(tx, do, doc)))
    pieces = sum(line.qty for line in do.lines)
    tx.emit(PiecesMoved(doc=doc, warehouse_id=do.warehouse_id, pieces=pieces))
    return BinsMoved(doc=doc, warehouse_id=do.warehouse_id, pieces=pieces)


async def _moves(tx: Tx, do: MoveBins, doc: UUID) -> list[BinMove]:
    bins = await bins_by_code(tx, do.warehouse_id, {code for line in do.lines for code in (line.origin, line.to)})
    return [
        BinMove(
            warehouse_id=do.warehouse_id,
            sku_id=line.sku_id,
            qty=line.qty,
            origin=bins[line.origin].id,
            to=bins[line.to].id,
            bucket=line.bucket,
            lot=line.lot,
            doc=doc,
            line=n,
            item=tx.items[0],
            group=doc,
        )
        for n, line in enumerate(do.lines, 1)
    ]


def all_or_none(outcomes: Sequence[Outcome]) -> None:
    """Raise the first refusal that says why."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, AppError)]
    for outcome in sorted(refused, key=lambda each: isinstance(each, LinkedItemRefused)):
        raise outcome
