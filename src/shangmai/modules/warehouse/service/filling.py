"""Setting pieces aside in bins for requests: which bins is decided purely, whether they are still there by the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.books.contract import Hold, Moved
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import NOBODY, WarehouseId
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract.picking import PiecesShort, ShortEnded, TaskId
from shangmai.modules.warehouse.contract.places import BinKind
from shangmai.modules.warehouse.contract.requests import ON_FLOOR, Requested
from shangmai.modules.warehouse.contract.waves import WaveId
from shangmai.modules.warehouse.queries import backs, pieces, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.waves import NewTask, PickLine
from shangmai.modules.warehouse.rules.allocating import Need, Shelf, Stand, Take
from shangmai.modules.warehouse.rules.ranking import rank_of

PICKED_FROM: Final = frozenset({BinKind.PICK})
Stage = tuple[WarehouseId, UUID]
"""A warehouse and its stage bin, where picked pieces wait."""


async def stands_of(
    tx: Tx, warehouse_id: WarehouseId, skus: Collection[SkuId], kinds: Collection[BinKind] = PICKED_FROM
) -> list[Stand]:
    """Free pieces that may be taken: of lots that may leave, out of bins of these kinds that nobody doubts."""
    there = await pieces.in_bins(tx, warehouse_id, skus, None)
    doubts = await backs.doubtful(tx, warehouse_id, skus)
    today = tx.now.date()
    return [
        Stand(
            bin_id=each.bin_id,
            sku_id=each.sku_id,
            free=each.free,
            lot=each.lot,
            expires_on=each.expires_on,
            rank=rank_of(each.aisle, each.bay, each.level, each.offset_mm),
        )
        for each in there
        if each.kind in kinds
        and each.owner_id == NOBODY
        and each.free > 0
        and each.may_be_sold(today)
        and (each.bin_id, each.sku_id, each.lot) not in doubts
    ]


async def hold(tx: Tx, takes: Sequence[Take], stages: Mapping[UUID, Stage], *, whole: bool) -> list[tuple[UUID, Take]]:
    """Hold chosen pieces in the bins' book, each on its way to its request's stage bin; what was held.

    Where it must be `whole`, a request gets all of its takes, which stand next to each other, or none.
    """
    ids = [new_id() for _ in takes]
    ops = [
        hold_of(tx, id_, take, stages[take.doc], take.doc if whole else None)
        for id_, take in zip(ids, takes, strict=True)
    ]
    outcomes = await bins.hold(tx, ops)
    return [(id_, take) for id_, take, done in zip(ids, takes, outcomes, strict=True) if isinstance(done, Moved)]


def hold_of(tx: Tx, id_: UUID, take: Take, stage: Stage, group: UUID | None) -> Hold:
    """The hold of pieces on their way to a stage bin; of a `group` all are held, or none."""
    warehouse_id, stage_bin_id = stage
    return Hold(
        id=id_,
        debit=bin_key(warehouse_id, take.bin_id, take.sku_id, lot=take.lot),
        credit=bin_key(warehouse_id, stage_bin_id, take.sku_id, lot=take.lot),
        amount=take.qty,
        doc=take.doc,
        item=tx.items[0],
        group=group,
    )


async def fill(tx: Tx, docs: Collection[UUID], into: TaskId | None = None) -> dict[UUID, dict[SkuId, int]]:
    """Give locked requests in waves what their lines lack, out of other bins; what is nowhere, by request and SKU.

    The new lines join the task `into`, or one of their own. What is nowhere is noted, and told by the events
    warehouse.short.v1 and, when that is over, warehouse.short_ended.v1.
    """
    known = {doc: each for doc, each in (await tables.get(tx, docs)).items() if each.state in ON_FLOOR}
    lacking = await _lacking(tx, list(known))
    short: dict[UUID, dict[SkuId, int]] = {}
    by_place: dict[WarehouseId, list[Need]] = defaultdict(list)
    for doc, missing in lacking.items():
        for sku_id, qty in missing.items():
            by_place[known[doc].warehouse_id].append(Need(doc=doc, sku_id=sku_id, qty=qty))
    for warehouse_id, needs in by_place.items():
        shelf = Shelf(await stands_of(tx, warehouse_id, {need.sku_id for need in needs}))
        held = await hold(tx, shelf.take(needs), await _stages(tx, known), whole=False)
        await _add_lines(tx, held, known, into)
        got: dict[tuple[UUID, SkuId], int] = defaultdict(int)
        for _, take in held:
            got[take.doc, take.sku_id] += take.qty
        for need in needs:
            if (left := need.qty - got[need.doc, need.sku_id]) > 0:
                short.setdefault(need.doc, {})[need.sku_id] = left
    await _note(tx, known, short)
    return short


async def _lacking(tx: Tx, docs: Collection[UUID]) -> dict[UUID, dict[SkuId, int]]:
    """What requests want beyond what their lines have."""
    wanted, lines = await tables.wanted(tx, docs), await waves.lines_of(tx, docs)
    found: dict[UUID, dict[SkuId, int]] = {}
    for doc, pieces_ in wanted.items():
        has: dict[SkuId, int] = defaultdict(int)
        for line in lines.get(doc, ()):
            has[line.sku_id] += line.qty
        missing = {sku_id: qty - has[sku_id] for sku_id, qty in pieces_.items() if qty > has[sku_id]}
        if missing:
            found[doc] = missing
    return found


async def _add_lines(
    tx: Tx, held: Sequence[tuple[UUID, Take]], known: Mapping[UUID, Requested], into: TaskId | None
) -> None:
    if not held:
        return
    wave_of = {doc: each.wave_id for doc, each in known.items() if each.wave_id is not None}
    ids: dict[WaveId, TaskId] = {}
    if into is not None:
        ids = dict.fromkeys({wave_of[take.doc] for _, take in held}, into)
    else:
        ids = await _new_tasks(tx, {wave_of[take.doc] for _, take in held})
    lines = [
        PickLine(
            id=id_,
            task_id=ids[wave_of[take.doc]],
            wave_id=wave_of[take.doc],
            doc=take.doc,
            sku_id=take.sku_id,
            bin_id=take.bin_id,
            lot=take.lot,
            rank=take.rank,
            qty=take.qty,
        )
        for id_, take in held
    ]
    await waves.insert_lines(tx, lines)


async def _new_tasks(tx: Tx, ids: Collection[WaveId]) -> dict[WaveId, TaskId]:
    floors, last = await waves.floors(tx, ids), await waves.last_places(tx, ids)
    tasks = [
        NewTask(
            id=TaskId(new_id()),
            wave_id=id_,
            company_id=floor.company_id,
            warehouse_id=floor.warehouse_id,
            place=last.get(id_, 0) + 1,
        )
        for id_, floor in floors.items()
    ]
    await waves.insert_tasks(tx, tasks)
    return {task.wave_id: task.id for task in tasks}


async def _note(tx: Tx, known: Mapping[UUID, Requested], short: Mapping[UUID, Mapping[SkuId, int]]) -> None:
    """Write how many pieces are nowhere, and tell what is new of it."""
    now = {doc: sum(short.get(doc, {}).values()) for doc in known}
    changed = {doc: count for doc, count in now.items() if count != known[doc].short}
    if not changed:
        return
    await tables.set_short(tx, changed)
    orders = await tables.orders_of(tx, list(changed))
    for doc, count in changed.items():
        each = known[doc]
        if not count:
            tx.emit(ShortEnded(doc=doc, number=each.number, warehouse_id=each.warehouse_id, orders=orders[doc]))
        for sku_id, qty in short.get(doc, {}).items():
            told = PiecesShort(
                doc=doc,
                number=each.number,
                warehouse_id=each.warehouse_id,
                sku_id=sku_id,
                qty=qty,
                orders=orders[doc],
            )
            tx.emit(told)


async def _stages(tx: Tx, known: Mapping[UUID, Requested]) -> dict[UUID, Stage]:
    floors = await waves.floors(tx, {id_ for each in known.values() if (id_ := each.wave_id) is not None})
    return {
        doc: (floors[each.wave_id].warehouse_id, floors[each.wave_id].stage_bin_id)
        for doc, each in known.items()
        if each.wave_id is not None
    }
