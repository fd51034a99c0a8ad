"""What is asked of the floor: new requests, changed ones, stopped ones, and those that have left.

A request's row is its lock: who changes it, its lines or what is packed of it holds that, so that a stop meets a picker
or a packer either before a piece was scanned or after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Moved, Post, Release
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse.books import bin_key, bins
from shangmai.modules.warehouse.contract.packing import RequestStopped, SetAside
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown, NothingLeftHere, ShortEnded, TooMany
from shangmai.modules.warehouse.contract.requests import (
    ON_FLOOR,
    OUT,
    AlreadyOut,
    Asked,
    PickRequest,
    Requested,
    RequestNotFound,
    RequestsAsked,
    RequestState,
    RequestStoppedOnFloor,
    ShortPiece,
)
from shangmai.modules.warehouse.queries import backs as backs_tables
from shangmai.modules.warehouse.queries import parcels, serials, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.waves import PickLine
from shangmai.modules.warehouse.rules import allocating as rules
from shangmai.modules.warehouse.rules.spreading import spread
from shangmai.modules.warehouse.service.boxing import drop_boxes
from shangmai.modules.warehouse.service.filling import fill
from shangmai.modules.warehouse.service.places import floor_policies
from shangmai.modules.warehouse.service.scanning import sku_of
from shangmai.modules.warehouse.service.tracing import trace_back

Lines = Mapping[UUID, Sequence[PickLine]]


async def on_floor(tx: Tx, warehouses: Collection[WarehouseId]) -> set[WarehouseId]:
    """Those of these warehouses that pick from bins."""
    return {id_ for id_, policy in (await floor_policies(tx, warehouses)).items() if policy.on}


async def known_among(tx: Tx, docs: Collection[UUID]) -> set[UUID]:
    """Those of these documents that a floor was asked for and that have not stopped or left."""
    return {
        doc
        for doc, each in (await tables.get(tx, docs)).items()
        if each.state not in (RequestState.STOPPED, RequestState.LEFT)
    }


async def ask(tx: Tx, requests: Sequence[PickRequest]) -> list[Asked | AppError]:
    """Ask for pieces to be picked; one answer each. Event warehouse.asked.v1 for those that wait for a wave.

    Asking again for what is known with the same revision changes nothing, an older revision neither; a newer one is a
    change. What was stopped waits again. Refusals: AlreadyOut.
    """
    known = await tables.lock(tx, [each.doc for each in requests])
    fresh = [each for each in requests if each.doc not in known]
    again = [each for each in requests if each.doc in known and known[each.doc].state is RequestState.STOPPED]
    weights = await weights_of(tx, requests)
    if fresh:
        await tables.insert(tx, fresh, weights)
    if again:
        await tables.replace(tx, again, weights, {each.doc for each in again})
    _tell_asked(tx, [*fresh, *again])
    answers: dict[UUID, Asked | AppError] = {
        each.doc: Asked(doc=each.doc, state=RequestState.WAITING) for each in (*fresh, *again)
    }
    answers |= await _change(tx, [each for each in requests if each.doc not in answers], known, weights)
    return [answers[each.doc] for each in requests]


async def change(tx: Tx, requests: Sequence[PickRequest]) -> list[Asked | AppError]:
    """Ask for something else under the same documents; one answer each.

    Pieces that are not wanted any more are not picked, and put back where they are; pieces that are wanted in addition
    are picked in the same wave. What was checked or packed is checked again. Refusals: RequestNotFound, AlreadyOut.
    """
    known = await tables.lock(tx, [each.doc for each in requests])
    answers: dict[UUID, Asked | AppError] = {
        each.doc: RequestNotFound(number=each.number) for each in requests if each.doc not in known
    }
    there = [each for each in requests if each.doc in known]
    answers |= await _change(tx, there, known, await weights_of(tx, there))
    return [answers[each.doc] for each in requests]


async def _change(
    tx: Tx, requests: Sequence[PickRequest], known: Mapping[UUID, Requested], weights: Mapping[UUID, int]
) -> dict[UUID, Asked | AppError]:
    answers: dict[UUID, Asked | AppError] = {}
    newer: list[PickRequest] = []
    for each in requests:
        before = known[each.doc]
        if before.state in OUT:
            answers[each.doc] = AlreadyOut(number=before.number, state=before.state.value)
        elif before.state is RequestState.STOPPED or each.revision <= before.revision:
            answers[each.doc] = Asked(doc=each.doc, state=before.state)
        else:
            newer.append(each)
    if newer:
        await tables.replace(tx, newer, weights, set())
        busy = [known[each.doc] for each in newer if known[each.doc].state in ON_FLOOR]
        back = await _adjust(tx, busy) if busy else {}
        now = await tables.get(tx, [each.doc for each in newer])
        for each in newer:
            answers[each.doc] = Asked(doc=each.doc, state=now[each.doc].state, to_put_back=back.get(each.doc, 0))
    return answers


async def _adjust(tx: Tx, changed: Sequence[Requested]) -> dict[UUID, int]:
    """Bring the lines of requests in waves to what is wanted now; the pieces of each that go back."""
    docs = [each.doc for each in changed]
    wanted = await tables.wanted(tx, docs)
    await parcels.forget_checks(tx, docs)
    await drop_boxes(tx, docs)
    await tables.unpick(tx, docs)
    back = await _take_off(tx, changed, {doc: wanted.get(doc, {}) for doc in docs})
    await fill(tx, docs)
    await tables.mark_picked(tx, docs)
    return back


async def stop(tx: Tx, docs: Collection[UUID], why: str) -> list[Asked | AppError]:
    """Stop these requests: what is not picked never is, what is picked is put back; one answer each that is known.

    Stopping what has stopped changes nothing. Event warehouse.stopped.v1 for what was in a wave. Refusals: AlreadyOut.
    """
    known = await tables.lock(tx, docs)
    answers: dict[UUID, Asked | AppError] = {
        doc: AlreadyOut(number=each.number, state=each.state.value)
        if each.state in OUT
        else Asked(doc=doc, state=RequestState.STOPPED)
        for doc, each in known.items()
    }
    going = [each for each in known.values() if each.state not in OUT and each.state is not RequestState.STOPPED]
    busy = [each for each in going if each.state in ON_FLOOR]
    if busy:
        back = await _take_off(tx, busy, {each.doc: {} for each in busy})
        await parcels.forget_checks(tx, [each.doc for each in busy])
        await drop_boxes(tx, [each.doc for each in busy])
        await _end_shorts(tx, busy)
        for each in busy:
            answers[each.doc] = Asked(doc=each.doc, state=RequestState.STOPPED, to_put_back=back.get(each.doc, 0))
            told = RequestStoppedOnFloor(
                doc=each.doc,
                number=each.number,
                warehouse_id=each.warehouse_id,
                why=why,
                to_put_back=back.get(each.doc, 0),
            )
            tx.emit(told)
    if going:
        await tables.set_states(tx, [each.doc for each in going], RequestState.STOPPED, why)
    return list(answers.values())


async def out_of_hands(tx: Tx, docs: Collection[UUID]) -> set[UUID]:
    """Lock these requests; those whose parcels are with the carrier, so that nothing of them can be stopped."""
    return {doc for doc, each in (await tables.lock(tx, docs)).items() if each.state in OUT} if docs else set()


async def leave(tx: Tx, docs: Collection[UUID]) -> None:
    """Let the pieces picked for these requests leave the bins' book: their stock has left the warehouse.

    What was set aside for them and not picked is free again. What bins have given up already, because the stock book
    had gone before, does not leave twice. Doing it again, or for what nobody asked for, changes nothing.
    """
    known = await tables.lock(tx, docs)
    going = [each for each in known.values() if each.state is not RequestState.LEFT]
    if not going:
        return
    ids = [each.doc for each in going]
    lines = await waves.lines_of(tx, ids)
    floors = await waves.floors(tx, {line.wave_id for some in lines.values() for line in some})
    await _free(tx, [(line, line.left) for some in lines.values() for line in some if line.left])
    await waves.set_lines(tx, [replace(line, qty=line.picked) for some in lines.values() for line in some if line.left])
    for told in await serials.leave(tx, ids, tx.items[0]):
        tx.emit(told)
    posts = []
    for some in lines.values():
        for line in some:
            if line.picked:
                floor = floors[line.wave_id]
                here = bin_key(floor.warehouse_id, floor.stage_bin_id, line.sku_id, lot=line.lot)
                away = bin_key(floor.warehouse_id, None, line.sku_id, lot=line.lot)
                there = partial(min, line.picked)
                posts.append(Post(debit=here, credit=away, amount=there, doc=line.doc, item=tx.items[0]))
    await bins.post(tx, posts)
    await tables.set_states(tx, ids, RequestState.LEFT)


async def shorts_of(tx: Tx, orders: Collection[UUID]) -> list[ShortPiece]:
    """Give what pickers have not found of these orders, by order and SKU."""
    return await tables.shorts_of_orders(tx, orders)


async def _take_off(
    tx: Tx, requests: Sequence[Requested], wanted: Mapping[UUID, Mapping[SkuId, int]]
) -> dict[UUID, int]:
    """Take what is not wanted off the lines of locked requests: unpicked pieces are free, picked ones go back."""
    lines = await waves.lines_of(tx, [each.doc for each in requests])
    changed: list[PickLine] = []
    free: list[tuple[PickLine, int]] = []
    back: list[tuple[PickLine, int]] = []
    for doc, some in lines.items():
        by_id = {line.id: line for line in some}
        slim = [rules.Line(id=line.id, sku_id=line.sku_id, qty=line.qty, picked=line.picked) for line in some]
        for less in rules.shrink(slim, wanted[doc]):
            line = by_id[less.id]
            picked = line.picked - less.back
            qty = line.qty - less.unpicked - less.back
            changed.append(replace(line, qty=qty, picked=picked, sown=min(line.sown, picked)))
            free += [(line, less.unpicked)] if less.unpicked else []
            back += [(line, less.back)] if less.back else []
    await _free(tx, free)
    await waves.set_lines(tx, changed)
    await _send_back(tx, requests, back)
    counted: dict[UUID, int] = defaultdict(int)
    for line, qty in back:
        counted[line.doc] += qty
    return counted


@action(
    "warehouse.set_aside",
    grant="warehouse.pack",
    errors=[RequestNotFound, RequestStopped, AlreadyOut, BarcodeUnknown, NothingLeftHere, TooMany],
)
async def set_aside(tx: Tx, do: SetAside) -> Requested:
    """Take picked pieces out of a request, to be put back: broken ones, or of a lot that must not go.

    Others are picked instead, out of any bin; what is nowhere is short. What had passed the check passes again.
    Raises: RequestNotFound, RequestStopped, AlreadyOut, BarcodeUnknown, NothingLeftHere, TooMany.
    """
    request = await tables.lock_by_number(tx, do.number)
    if request is None:
        raise RequestNotFound(number=do.number)
    if request.state is RequestState.STOPPED:
        raise RequestStopped(number=request.number, why=request.why)
    if request.state in OUT:
        raise AlreadyOut(number=request.number, state=request.state.value)
    sku = await sku_of(tx, do.barcode)
    lines = (await waves.lines_of(tx, [request.doc])).get(request.doc, ())
    mine = [line for line in lines if line.sku_id == sku.id and line.picked and do.lot in (None, line.lot)]
    has = sum(line.picked for line in mine)
    if not has:
        raise NothingLeftHere
    if do.qty > has:
        raise TooMany(left=has, qty=do.qty)
    back = spread(do.qty, [(line, line.picked) for line in reversed(mine)])
    await waves.set_lines(tx, [_without(line, n) for line, n in back])
    await _send_back(tx, [request], back)
    await parcels.forget_checks(tx, [request.doc])
    await drop_boxes(tx, [request.doc])
    await tables.unpick(tx, [request.doc])
    await fill(tx, [request.doc])
    return (await tables.get(tx, [request.doc]))[request.doc]


def _without(line: PickLine, picked: int) -> PickLine:
    """A line with so many fewer picked, and so many fewer wanted."""
    left = line.picked - picked
    return replace(line, qty=line.qty - picked, picked=left, sown=min(line.sown, left))


async def _send_back(tx: Tx, requests: Sequence[Requested], back: Sequence[tuple[PickLine, int]]) -> None:
    """Ask for picked pieces to be put back, and forget for whom those of lots were."""
    if not back:
        return
    await backs_tables.insert(tx, back, {each.doc: each.number for each in requests})
    for warehouse_id in {each.warehouse_id for each in requests}:
        mine = {each.doc for each in requests if each.warehouse_id == warehouse_id}
        await trace_back(tx, warehouse_id, [(line, qty) for line, qty in back if line.doc in mine])


async def _free(tx: Tx, lines: Sequence[tuple[PickLine, int]]) -> None:
    releases = [Release(hold_id=line.id, amount=qty, item=tx.items[0]) for line, qty in lines]
    outcomes = await bins.release(tx, releases)
    assert all(isinstance(outcome, Moved) for outcome in outcomes), "a line's hold keeps less than its open pieces"


async def _end_shorts(tx: Tx, requests: Sequence[Requested]) -> None:
    """Tell that requests which are over are short no more."""
    over = [each for each in requests if each.short]
    orders = await tables.orders_of(tx, [each.doc for each in over]) if over else {}
    for each in over:
        tx.emit(ShortEnded(doc=each.doc, number=each.number, warehouse_id=each.warehouse_id, orders=orders[each.doc]))


async def weights_of(tx: Tx, requests: Sequence[PickRequest]) -> dict[UUID, int]:
    skus = await catalog.get_skus(tx, {line.sku_id for each in requests for line in each.lines})
    return {
        each.doc: sum(skus[line.sku_id].weight_g * line.qty for line in each.lines if line.sku_id in skus)
        for each in requests
    }


def _tell_asked(tx: Tx, requests: Sequence[PickRequest]) -> None:
    by_place: dict[WarehouseId, list[UUID]] = defaultdict(list)
    for each in requests:
        by_place[each.warehouse_id].append(each.doc)
    for warehouse_id, docs in by_place.items():
        tx.emit(RequestsAsked(warehouse_id=warehouse_id, docs=tuple(docs)))
