"""Receiving and adjusting stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from shangmai.kernel.actions.contract import OutOfScope, action
from shangmai.kernel.books.contract import Moved, Post, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind, SkuNotFound
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock, value
from shangmai.modules.inventory.contract import (
    COUNTED,
    Adjust,
    AdjustLine,
    Bucket,
    NotAStockBucket,
    NothingToAdjust,
    NotStocked,
    OutOfStock,
    ReceiptLine,
    Receive,
    SafetySet,
    SetSafety,
    StockAdjusted,
    StockDocument,
    StockLevel,
    StockReceived,
    Warehouse,
    WarehouseNotFound,
)
from shangmai.modules.inventory.queries import LineRow
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyFacts


class Draft:
    """A stock document while its batch is posted: what it is, its lines' costs, and why it is refused, if it is."""

    def __init__(
        self,
        do: Receive | Adjust,
        item: Item,
        warehouse: Warehouse | None,
        company: CompanyFacts | None,
        skus: Mapping[SkuId, Sku],
    ) -> None:
        self.id = new_id()
        self.do, self.item, self.warehouse, self.company = do, item, warehouse, company
        self.lines: list[ReceiptLine | AdjustLine] = [*do.lines]
        self.costs = [0] * len(self.lines)
        self.refusal = self._check(skus)

    def _check(self, skus: Mapping[SkuId, Sku]) -> AppError | None:
        if self.warehouse is None:
            return WarehouseNotFound(warehouse_id=self.do.warehouse_id)
        if self.company is None:
            return OutOfScope(dimension="company")
        if (strange := not_stocked((line.sku_id for line in self.do.lines), skus)) is not None:
            return strange
        wrong = next((line.bucket for line in self.lines if line.bucket not in COUNTED), None)
        if wrong is not None:
            return NotAStockBucket(bucket=wrong.value)
        return NothingToAdjust() if any(line.qty == 0 for line in self.lines) else None


@action(
    "inventory.receive",
    grant="inventory.receive",
    many=True,
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, NotStocked, NotAStockBucket],
)
async def receive(tx: Tx, do: Sequence[Receive]) -> list[StockDocument | AppError]:
    """Receive goods: the pieces and their cost enter the warehouse's books; event inventory.received.v1."""
    return await post_receipts(tx, do, tx.items)


async def post_receipts(tx: Tx, do: Sequence[Receive], items: Sequence[Item]) -> list[StockDocument | AppError]:
    """Receive goods for other modules' documents, each with its origin; as the action does."""
    drafts = await _drafts(tx, do, items)
    pieces, costs = [], []
    for draft in (d for d in drafts if d.refusal is None):
        assert isinstance(draft.do, Receive)
        draft.costs = [line.cost_minor for line in draft.do.lines]
        for number, line in enumerate(draft.do.lines, 1):
            to = rules.key(line.sku_id, draft.do.warehouse_id, line.bucket, line.lot)
            source = rules.elsewhere(to, Bucket.SUPPLIER)
            pieces.append(Post(debit=source, credit=to, amount=line.qty, doc=draft.id, line=number, item=draft.item))
            if line.cost_minor:
                costs.append(
                    Post(debit=source, credit=to, amount=line.cost_minor, doc=draft.id, line=number, item=draft.item)
                )
    await stock.post(tx, pieces)
    await value.post(tx, costs)
    return await _finish(tx, drafts, "receipt", "GR")


@action(
    "inventory.adjust",
    grant="inventory.adjust",
    many=True,
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, NotStocked, NotAStockBucket, NothingToAdjust, OutOfStock],
)
async def adjust(tx: Tx, do: Sequence[Adjust]) -> list[StockDocument | AppError]:
    """Correct stock, all lines of a document or none; event inventory.adjusted.v1 with the value lost and gained.

    What is held for orders cannot be adjusted away: release it first, then adjust.
    """
    return await post_adjustments(tx, do, tx.items)


async def post_adjustments(tx: Tx, do: Sequence[Adjust], items: Sequence[Item]) -> list[StockDocument | AppError]:
    """Correct stock for other modules' documents, each with its origin; as the action does."""
    drafts = await _drafts(tx, do, items)
    live = [draft for draft in drafts if draft.refusal is None]
    await _adjust_pieces(tx, live)
    await _adjust_value(tx, [draft for draft in live if draft.refusal is None])
    return await _finish(tx, drafts, "adjustment", "SA")


@action(
    "inventory.set_safety",
    grant="inventory.manage",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, SkuNotFound, NotStocked, OutOfStock],
)
async def set_safety(tx: Tx, do: SetSafety) -> StockLevel:
    """Set safety and virtual stock of a SKU in a warehouse; refused when more is held already.

    Event inventory.safety_set.v1.

    Raises: WarehouseNotFound, SkuNotFound, NotStocked, OutOfStock.
    """
    if not await queries.get_warehouses(tx, {do.warehouse_id}):
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    if (strange := not_stocked([do.sku_id], await catalog.get_skus(tx, {do.sku_id}))) is not None:
        raise strange
    account = rules.key(do.sku_id, do.warehouse_id, Bucket.SELLABLE)
    floor = do.safety - do.virtual
    posted, held, _ = (await stock.balances(tx, [account]))[0]
    if posted - held < floor:
        raise OutOfStock(sku_id=do.sku_id, wanted=floor, available=posted - held)
    await stock.set_floors(tx, {account: floor})
    tx.emit(SafetySet(sku_id=do.sku_id, warehouse_id=do.warehouse_id, floor=floor))
    levels = await queries.levels(tx, [do.sku_id], do.warehouse_id)
    return next(level for level in levels if level.bucket is Bucket.SELLABLE and not level.lot)


def not_stocked(wanted: Iterable[SkuId], skus: Mapping[SkuId, Sku]) -> AppError | None:
    """Only goods lie on shelves: of a kit its components do, of a service nothing."""
    for sku_id in wanted:
        sku = skus.get(sku_id)
        if sku is None:
            return SkuNotFound(sku=sku_id)
        if sku.kind is not SkuKind.GOODS:
            return NotStocked(sku=sku.code, kind=sku.kind.value)
    return None


async def _drafts(tx: Tx, do: Sequence[Receive | Adjust], items: Sequence[Item]) -> list[Draft]:
    warehouses = await queries.get_warehouses(tx, {each.warehouse_id for each in do})
    companies = await organization.get_companies(tx, {warehouse.company_id for warehouse in warehouses.values()})
    skus = await catalog.get_skus(tx, {line.sku_id for each in do for line in each.lines})
    drafts = []
    for each, item in zip(do, items, strict=True):
        warehouse = warehouses.get(each.warehouse_id)
        company = None if warehouse is None else companies.get(warehouse.company_id)
        drafts.append(Draft(each, item, warehouse, company, skus))
    return drafts


async def _adjust_pieces(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Move the pieces; a draft that is short is refused. `costs` become what was on hand before each lost line."""
    ops = [_piece_op(draft, number) for draft in drafts for number in range(len(draft.lines))]
    outcomes = iter(await stock.post(tx, ops))
    for draft in drafts:
        for number, line in enumerate(draft.lines):
            outcome = next(outcomes)
            if isinstance(outcome, Moved):
                draft.costs[number] = outcome.posted_before
            elif isinstance(outcome, Short):
                draft.refusal = OutOfStock(
                    sku_id=line.sku_id, wanted=outcome.data["wanted"], available=outcome.data["available"]
                )


def _piece_op(draft: Draft, number: int) -> Post:
    line = draft.lines[number]
    here = rules.key(line.sku_id, draft.do.warehouse_id, line.bucket, line.lot)
    there = rules.elsewhere(here, Bucket.ADJUSTMENT)
    debit, credit = (here, there) if line.qty < 0 else (there, here)
    return Post(
        debit=debit, credit=credit, amount=abs(line.qty), doc=draft.id, line=number + 1, item=draft.item, group=draft.id
    )


async def _adjust_value(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Move the value of what was lost and found; `costs` become the value of each line, negative when lost."""
    keys = [
        rules.key(line.sku_id, draft.do.warehouse_id, line.bucket, line.lot) for draft in drafts for line in draft.lines
    ]
    worth = dict(zip(keys, await value.balances(tx, keys), strict=True))
    there = dict(zip(keys, await stock.balances(tx, keys), strict=True))
    places, ops = [], []
    for draft in drafts:
        for number, line in enumerate(draft.lines):
            here = rules.key(line.sku_id, draft.do.warehouse_id, line.bucket, line.lot)
            on_hand_before = draft.costs[number] if line.qty < 0 else there[here][0] - line.qty
            op = _value_op(draft, number, on_hand_before, worth[here][0])
            draft.costs[number] = 0
            if op is not None:
                places.append((draft, number, 1 if line.qty > 0 else -1))
                ops.append(op)
    for (draft, number, sign), outcome in zip(places, await value.post(tx, ops), strict=True):
        assert isinstance(outcome, Moved)
        draft.costs[number] = sign * outcome.amount


def _value_op(draft: Draft, number: int, on_hand: int, value_minor: int) -> Post | None:
    line = draft.lines[number]
    here = rules.key(line.sku_id, draft.do.warehouse_id, line.bucket, line.lot)
    there = rules.elsewhere(here, Bucket.ADJUSTMENT)
    if line.qty < 0:
        amount = rules.cost_share(-line.qty, on_hand)
        return Post(debit=here, credit=there, amount=amount, doc=draft.id, line=number + 1, item=draft.item)
    found = rules.found_cost(line.qty, on_hand, value_minor)
    if not found:
        return None
    return Post(debit=there, credit=here, amount=found, doc=draft.id, line=number + 1, item=draft.item)


async def _finish(tx: Tx, drafts: Sequence[Draft], kind: str, prefix: str) -> list[StockDocument | AppError]:
    """Write the documents and their events; the answers in the batch's order."""
    live = [draft for draft in drafts if draft.refusal is None]
    numbers = await next_numbers(tx, prefix, [draft.item.now for draft in live]) if live else []
    documents = {draft.id: _document(draft, kind, n) for draft, n in zip(live, numbers, strict=True)}
    if live:
        await queries.insert_documents(
            tx,
            [_row(draft, documents[draft.id]) for draft in live],
            [row for draft in live for row in _line_rows(draft)],
        )
    for draft in live:
        assert draft.company is not None
        _announce(tx, draft, documents[draft.id], draft.company.currency)
    return [documents[draft.id] if draft.refusal is None else draft.refusal for draft in drafts]


def _document(draft: Draft, kind: str, number: str) -> StockDocument:
    return StockDocument(
        id=draft.id,
        number=number,
        kind=kind,
        warehouse_id=draft.do.warehouse_id,
        reason=draft.do.reason.value,
        reference=draft.do.reference,
        at=draft.item.now,
        pieces=sum(line.qty for line in draft.lines),
        value_minor=sum(draft.costs),
    )


def _row(draft: Draft, d: StockDocument) -> queries.DocumentRow:
    assert draft.warehouse is not None
    company_id = draft.warehouse.company_id
    return (
        d.id, d.number, d.kind, company_id, d.warehouse_id, None, d.reason, d.reference, d.at, d.pieces, d.value_minor,
        draft.item.cause,
    )  # fmt: skip


def _line_rows(draft: Draft) -> list[LineRow]:
    return [
        (draft.id, number, line.sku_id, line.bucket.value, line.lot, line.qty, cost)
        for number, (line, cost) in enumerate(zip(draft.lines, draft.costs, strict=True), 1)
    ]


def _announce(tx: Tx, draft: Draft, document: StockDocument, currency: str) -> UUID:
    assert draft.warehouse is not None
    about = {
        "document_id": document.id,
        "number": document.number,
        "company_id": draft.warehouse.company_id,
        "warehouse_id": document.warehouse_id,
        "reason": document.reason,
        "currency": currency,
    }
    if isinstance(draft.do, Receive):
        return tx.emit(StockReceived(**about, value_minor=document.value_minor), draft.item)  # type: ignore[arg-type]
    gain, loss = rules.totals(draft.costs)
    return tx.emit(StockAdjusted(**about, gain_minor=gain, loss_minor=loss), draft.item)  # type: ignore[arg-type]
