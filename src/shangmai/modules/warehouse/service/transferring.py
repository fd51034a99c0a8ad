"""Transfers out of bins and into bins: pieces, their value and their lots go together."""

from __future__ import annotations

from collections import Counter

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import (
    ArriveTransfer,
    OutOfStock,
    SameWarehouse,
    SendTransfer,
    StockDocument,
    TransferLine,
    TransferNotFound,
    WarehouseNotFound,
)
from shangmai.modules.warehouse.contract.pieces import BinMove, BinShort, TooWarmOrCold
from shangmai.modules.warehouse.contract.places import BinClosed, BinNotFound
from shangmai.modules.warehouse.contract.transfers import (
    ArriveInBin,
    BinTransfer,
    LotInTransit,
    NotSentFromBins,
    SendFromBins,
    TransferArrived,
    TransferSent,
)
from shangmai.modules.warehouse.queries import transfers as queries
from shangmai.modules.warehouse.service.moving import place, take, wait_turn
from shangmai.modules.warehouse.service.places import bins_by_code
from shangmai.modules.warehouse.service.working import all_or_none

GRANT = "warehouse.transfer"


@action(
    "warehouse.send_from_bins",
    grant=GRANT,
    scope=lambda do: {"warehouse": do.from_warehouse_id},
    errors=[WarehouseNotFound, SameWarehouse, OutOfStock, BinNotFound, BinShort],
)
async def send_from_bins(tx: Tx, do: SendFromBins) -> BinTransfer:
    """Send pieces out of bins to another warehouse, all lines or none; their lots are remembered for the arrival.

    Event warehouse.transfer_sent.v1, beside inventory.moved.v1. What orders hold is not sent.

    Raises: WarehouseNotFound, SameWarehouse, OutOfStock, BinNotFound, BinShort.
    """
    bins = await bins_by_code(tx, do.from_warehouse_id, {line.bin for line in do.lines})
    pieces: Counter[SkuId] = Counter()
    for line in do.lines:
        pieces[line.sku_id] += line.qty
    document = await inventory.send_transfer(
        tx,
        SendTransfer(
            from_warehouse_id=do.from_warehouse_id,
            to_warehouse_id=do.to_warehouse_id,
            reference=do.reference,
            lines=[TransferLine(sku_id=sku_id, qty=qty) for sku_id, qty in pieces.items()],
        ),
    )
    moves = [
        BinMove(
            warehouse_id=do.from_warehouse_id,
            sku_id=line.sku_id,
            qty=line.qty,
            origin=bins[line.bin].id,
            lot=line.lot,
            doc=document.id,
            line=n,
            item=tx.items[0],
            group=document.id,
        )
        for n, line in enumerate(do.lines, 1)
    ]
    all_or_none(await take(tx, moves))
    lots = queries.by_lot(do.lines)
    await queries.insert_lots(tx, document.id, do.to_warehouse_id, lots)
    tx.emit(
        TransferSent(
            document_id=document.id,
            from_warehouse_id=do.from_warehouse_id,
            to_warehouse_id=do.to_warehouse_id,
            pieces=document.pieces,
        )
    )
    return told_of(document, lots)


@action(
    "warehouse.arrive_in_bin",
    grant=GRANT,
    errors=[NotSentFromBins, TransferNotFound, BinNotFound, BinClosed, TooWarmOrCold],
)
async def arrive_in_bin(tx: Tx, do: ArriveInBin) -> BinTransfer:
    """Let all goods of a transfer out of bins arrive in a bin, once, each with its lot.

    What is short or broken is counted or regraded there. Event warehouse.transfer_arrived.v1, beside
    inventory.moved.v1.

    Raises: NotSentFromBins, TransferNotFound, BinNotFound, BinClosed, TooWarmOrCold.
    """
    found = await queries.lots_of(tx, do.document_id)
    if found is None:
        raise NotSentFromBins(document_id=do.document_id)
    warehouse_id, lots = found
    bin_ = (await bins_by_code(tx, warehouse_id, [do.bin]))[do.bin]
    await wait_turn(tx, [warehouse_id])
    document = await inventory.arrive_transfer(tx, ArriveTransfer(document_id=do.document_id))
    moves = [
        BinMove(
            warehouse_id=warehouse_id,
            sku_id=each.sku_id,
            qty=each.qty,
            to=bin_.id,
            lot=each.lot,
            doc=document.id,
            line=n,
            item=tx.items[0],
            group=document.id,
        )
        for n, each in enumerate(lots, 1)
    ]
    all_or_none(await place(tx, moves))
    tx.emit(
        TransferArrived(
            document_id=document.id, sent_id=do.document_id, warehouse_id=warehouse_id, pieces=document.pieces
        )
    )
    return told_of(document, lots)


def told_of(document: StockDocument, lots: list[LotInTransit]) -> BinTransfer:
    """What is answered of a step of a transfer."""
    return BinTransfer(
        document_id=document.id,
        number=document.number,
        warehouse_id=document.warehouse_id,
        pieces=document.pieces,
        lots=lots,
    )
