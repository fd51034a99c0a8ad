"""Moving goods between warehouses and grades; their value goes with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Hold, Key, Moved, Post, Release, Settle, Short
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import (
    ArriveTransfer,
    Bucket,
    NotAStockBucket,
    OutOfStock,
    Regrade,
    SameWarehouse,
    SendTransfer,
    StockDocument,
    StockMoved,
    TransferNotFound,
    Warehouse,
    WarehouseId,
    WarehouseNotFound,
)


@action("inventory.send_transfer", grant="inventory.transfer", errors=[WarehouseNotFound, SameWarehouse, OutOfStock])
async def send_transfer(tx: Tx, do: SendTransfer) -> StockDocument:
    """Send goods to another warehouse: they leave one shelf and are in transit at the other.

    Raises: WarehouseNotFound, SameWarehouse, OutOfStock.
    """
    warehouses = await queries.get_warehouses(tx, [do.from_warehouse_id, do.to_warehouse_id])
    source, target = _both(warehouses, do)
    moves = [
        (
            rules.key(line.sku_id, source.id, Bucket.SELLABLE, line.lot),
            rules.key(line.sku_id, target.id, Bucket.IN_TRANSIT, line.lot),
            line.qty,
        )
        for line in do.lines
    ]
    return await _move(tx, "transfer", "ST", source.id, target, do.reference, moves)


async def hold_transfer(tx: Tx, doc: UUID, do: SendTransfer) -> None:
    """Set the goods of a transfer aside until `send_held`, all or none: orders do not get them.

    `inventory.release` gives them back. Raises: WarehouseNotFound, SameWarehouse, OutOfStock.
    """
    source, target = _both(await queries.get_warehouses(tx, [do.from_warehouse_id, do.to_warehouse_id]), do)
    holds = [
        Hold(
            id=new_id(),
            debit=rules.key(line.sku_id, source.id, Bucket.SELLABLE, line.lot),
            credit=rules.key(line.sku_id, target.id, Bucket.IN_TRANSIT, line.lot),
            amount=line.qty,
            doc=doc,
            line=n,
            item=tx.items[0],
            group=doc,
        )
        for n, line in enumerate(do.lines, 1)
    ]
    for line, outcome in zip(do.lines, await stock.hold(tx, holds), strict=True):
        if isinstance(outcome, Short):
            told = outcome.data
            raise OutOfStock(sku_id=line.sku_id, wanted=told["wanted"], available=told["available"])


async def send_held(
    tx: Tx, doc: UUID, number: str, way: tuple[WarehouseId, WarehouseId], reference: str, pieces: Mapping[SkuId, int]
) -> StockDocument:
    """Send so many of the pieces that were set aside for a transfer from and to warehouses; the others are free again.

    The document is called as the transfer was. Event inventory.moved.v1.
    """
    item, (from_id, to_id) = tx.items[0], way
    target = (await queries.get_warehouses(tx, [to_id]))[to_id]
    held = await queries.lines_held(tx, [doc])
    going = [(row, min(row["remaining"], pieces.get(row["sku_id"], 0))) for row in held]
    settles = [(row, Settle(hold_id=row["id"], amount=qty, item=item)) for row, qty in going if qty]
    rest = [
        Release(hold_id=row["id"], amount=row["remaining"] - qty, item=item)
        for row, qty in going
        if qty < row["remaining"]
    ]
    outcomes = await stock.apply(tx, [*(settle for _, settle in settles), *rest])
    moved = []
    for (row, _), outcome in zip(settles, outcomes, strict=False):
        assert isinstance(outcome, Moved), "pieces that are held for a transfer are there"
        source = (row["sku_id"], row["warehouse_id"], row["bucket"], row["lot"], row["owner_id"])
        there = rules.key(row["sku_id"], to_id, Bucket.IN_TRANSIT, row["lot"])
        moved.append((row["line"], source, there, outcome))
    costs = await _post_value(tx, doc, moved)
    lines = [(line, there, one.amount, cost) for (line, _, there, one), cost in zip(moved, costs, strict=True)]
    return await _write(tx, (doc, number, "transfer"), from_id, target, reference, lines)


@action("inventory.arrive_transfer", grant="inventory.transfer", errors=[TransferNotFound])
async def arrive_transfer(tx: Tx, do: ArriveTransfer) -> StockDocument:
    """Shelve a transfer's goods at the warehouse it was sent to; once. Raises: TransferNotFound."""
    locked = await queries.lock_transfer(tx, do.document_id)
    if locked is None:
        raise TransferNotFound(document_id=do.document_id)
    sent, lines = locked
    target = (await queries.get_warehouses(tx, [sent.warehouse_id]))[sent.warehouse_id]
    moves = [
        (
            rules.key(row["sku_id"], target.id, Bucket.IN_TRANSIT, row["lot"]),
            rules.key(row["sku_id"], target.id, Bucket.SELLABLE, row["lot"]),
            row["qty"],
        )
        for row in lines
    ]
    document = await _move(tx, "arrival", "SR", target.id, target, sent.number, moves)
    await queries.mark_arrived(tx, sent.id, document.id)
    return document


@action("inventory.regrade", grant="inventory.adjust", errors=[WarehouseNotFound, NotAStockBucket, OutOfStock])
async def regrade(tx: Tx, do: Regrade) -> StockDocument:
    """Move pieces between sellable and defective. Raises: WarehouseNotFound, NotAStockBucket, OutOfStock."""
    grades = {Bucket.DEFECTIVE: Bucket.SELLABLE, Bucket.SELLABLE: Bucket.DEFECTIVE}
    if do.to not in grades:
        raise NotAStockBucket(bucket=do.to.value)
    warehouse = (await queries.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    source = rules.key(do.sku_id, do.warehouse_id, grades[do.to], do.lot)
    target = rules.key(do.sku_id, do.warehouse_id, do.to, do.lot)
    return await _move(tx, "regrade", "SG", warehouse.id, warehouse, do.reference, [(source, target, do.qty)])


def _both(warehouses: dict[WarehouseId, Warehouse], do: SendTransfer) -> tuple[Warehouse, Warehouse]:
    for warehouse_id in (do.from_warehouse_id, do.to_warehouse_id):
        if warehouse_id not in warehouses:
            raise WarehouseNotFound(warehouse_id=warehouse_id)
    source, target = warehouses[do.from_warehouse_id], warehouses[do.to_warehouse_id]
    if source.id == target.id or source.company_id != target.company_id:
        raise SameWarehouse()
    return source, target


async def _move(
    tx: Tx,
    kind: str,
    prefix: str,
    from_id: WarehouseId,
    to: Warehouse,
    reference: str,
    moves: Sequence[tuple[Key, Key, int]],
) -> StockDocument:
    """Move pieces and their value from account to account, all or none, and write the document."""
    id_ = new_id()
    costs = await _post(tx, id_, moves)
    number = (await next_numbers(tx, prefix, [tx.now]))[0]
    lines = [(n, target, qty, cost) for n, ((_, target, qty), cost) in enumerate(zip(moves, costs, strict=True), 1)]
    return await _write(tx, (id_, number, kind), from_id, to, reference, lines)


async def _write(
    tx: Tx,
    called: tuple[UUID, str, str],
    from_id: WarehouseId,
    to: Warehouse,
    reference: str,
    moved: Sequence[tuple[int, Key, int, int]],
) -> StockDocument:
    """Write the document of what moved: its id, number and kind; each line, to where, pieces and cost."""
    id_, number, kind = called
    document = StockDocument(
        id=id_,
        number=number,
        kind=kind,
        warehouse_id=to.id,
        reason=kind,
        reference=reference,
        at=tx.now,
        pieces=sum(qty for _, _, qty, _ in moved),
        value_minor=sum(cost for *_, cost in moved),
    )
    d = document
    row = (
        id_, number, kind, to.company_id, to.id, from_id, kind, reference, d.at, d.pieces, d.value_minor, tx.cause,
    )  # fmt: skip
    lines = [(id_, line, target[0], target[2], target[3], qty, cost) for line, target, qty, cost in moved]
    await queries.insert_documents(tx, [row], lines)
    tx.emit(StockMoved(document_id=id_, number=number, kind=kind, from_warehouse_id=from_id, to_warehouse_id=to.id))
    return document


async def _post(tx: Tx, id_: UUID, moves: Sequence[tuple[Key, Key, int]]) -> list[int]:
    """Post pieces, then their value; the value of each line. Raises: OutOfStock."""
    item = tx.items[0]
    pieces = await stock.post(
        tx,
        [
            Post(debit=source, credit=target, amount=qty, doc=id_, line=n, item=item, group=id_)
            for n, (source, target, qty) in enumerate(moves, 1)
        ],
    )
    for (source, _, _), outcome in zip(moves, pieces, strict=True):
        if isinstance(outcome, Short):
            raise OutOfStock(sku_id=source[0], wanted=outcome.data["wanted"], available=outcome.data["available"])
    moved = [
        (n, source, target, one)
        for n, ((source, target, _), one) in enumerate(zip(moves, pieces, strict=True), 1)
        if isinstance(one, Moved)
    ]
    return await _post_value(tx, id_, moved)


async def _post_value(tx: Tx, id_: UUID, moved: Sequence[tuple[int, Key, Key, Moved]]) -> list[int]:
    """Let the value of pieces that have moved follow them; the value of each line."""
    values = await value.post(
        tx,
        [
            Post(
                debit=source,
                credit=target,
                amount=rules.cost_share(one.amount, one.posted_before),
                doc=id_,
                line=n,
                item=tx.items[0],
            )
            for n, source, target, one in moved
        ],
    )
    return [each.amount for each in values if isinstance(each, Moved)]
