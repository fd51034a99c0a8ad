"""Making waves, letting them be picked, and taking them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Release
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse, WarehouseId, WarehouseNotFound
from shangmai.modules.warehouse.books import bins
from shangmai.modules.warehouse.contract.picking import TaskId
from shangmai.modules.warehouse.contract.places import BinId, BinKind
from shangmai.modules.warehouse.contract.requests import Requested, RequestNotFound, RequestState
from shangmai.modules.warehouse.contract.waves import (
    CancelWave,
    FloorOff,
    LackingInBins,
    MadeWaves,
    MakeWave,
    MakeWaves,
    Method,
    NoStageBin,
    ReleaseWave,
    RequestNotWaiting,
    Wave,
    WaveCanceled,
    WaveId,
    WaveKind,
    WaveMade,
    WaveNotFound,
    WavePicked,
    WaveReleased,
    WaveRules,
    WaveState,
    WaveStateForbids,
)
from shangmai.modules.warehouse.queries import places, waves
from shangmai.modules.warehouse.queries import requests as tables
from shangmai.modules.warehouse.queries.requests import Hurry
from shangmai.modules.warehouse.queries.waves import NewTask, NewWave, PickLine
from shangmai.modules.warehouse.rules import waves as rules
from shangmai.modules.warehouse.rules.allocating import Need, Shelf, Take, cut, served
from shangmai.modules.warehouse.rules.waves import Group, Wish
from shangmai.modules.warehouse.service.filling import hold, stands_of
from shangmai.modules.warehouse.service.places import floor_policies
from shangmai.modules.warehouse.service.walking import ways

IN_CELLS: Final = frozenset({Method.SOW, Method.SORT})


class Plan(Struct, frozen=True):
    """A wave in the making: its group, and what was set aside for it, by request."""

    wave: NewWave
    group: Group
    held: Mapping[UUID, Sequence[tuple[UUID, Take]]]


@action(
    "warehouse.make_waves",
    grant="warehouse.plan_waves",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, FloorOff, NoStageBin],
)
async def make_waves(tx: Tx, do: MakeWaves) -> MadeWaves:
    """Make waves of what waits in a warehouse, by its rules, the most urgent requests first.

    What there is not all of in bins to pick from waits on. Events warehouse.wave_made.v1, warehouse.wave_released.v1.
    Raises: WarehouseNotFound, FloorOff, NoStageBin.
    """
    warehouse, rules_ = await floor_of(tx, do.warehouse_id)
    return await _make_waves(tx, do, warehouse, rules_)


async def wave_due(tx: Tx, warehouses: Collection[WarehouseId]) -> list[MadeWaves]:
    """Make and release the waves that are due in those of these warehouses that make theirs by themselves."""
    policies = await floor_policies(tx, sorted(warehouses))
    auto = [id_ for id_, policy in policies.items() if policy.on and policy.waves.auto]
    return [await make_waves(tx, MakeWaves(warehouse_id=id_, release=True, due=True)) for id_ in auto]


async def waves_due(tx: Tx) -> list[WarehouseId]:
    """The warehouses that make their waves by themselves, and have some to make now."""
    found = await tables.warehouses_waiting(tx)
    policies = await floor_policies(tx, found)
    auto = [id_ for id_ in found if policies[id_].on and policies[id_].waves.auto]
    return [id_ for id_ in auto if await _is_due(tx, id_, policies[id_].waves)]


async def _make_waves(tx: Tx, do: MakeWaves, warehouse: Warehouse, rules_: WaveRules) -> MadeWaves:
    hurry = None
    if do.due and not await _have_gathered(tx, do.warehouse_id, rules_):
        hurry = _hurry(tx, rules_)
        if hurry is None:
            return MadeWaves(waves=[], lacking=0, more=False)
    waiting = await tables.lock_waiting(tx, do.warehouse_id, do.limit, hurry)
    if hurry is not None and not waiting:
        return MadeWaves(waves=[], lacking=0, more=False)
    with tx.at_last_of(each.asked_at for each in waiting):
        return await _make_of(tx, do, warehouse, rules_, waiting)


async def _make_of(
    tx: Tx, do: MakeWaves, warehouse: Warehouse, rules_: WaveRules, waiting: Sequence[Requested]
) -> MadeWaves:
    wishes = await _wishes(tx, waiting, rules_)
    stands = await stands_of(tx, do.warehouse_id, {sku_id for wish in wishes for sku_id, _ in wish.pieces})
    full, lacking = served(wishes, stands)
    shelf = Shelf(stands)
    chosen = [(group, shelf.take(_needs(group.wishes))) for group in rules.group(full, rules_)]
    made = await _write(tx, warehouse, chosen, rules_.stops_max, release=do.release)
    count = sum(len(plan.held) for plan in made)
    return MadeWaves(
        waves=await get_made(tx, [plan.wave.id for plan in made]),
        lacking=len(waiting) - count,
        more=len(waiting) == do.limit and bool(lacking or count),
    )


@action(
    "warehouse.make_wave",
    grant="warehouse.plan_waves",
    scope=lambda do: {"warehouse": do.warehouse_id},
    inverse="warehouse.cancel_wave",
    errors=[WarehouseNotFound, FloorOff, NoStageBin, RequestNotFound, RequestNotWaiting, LackingInBins],
)
async def make_wave(tx: Tx, do: MakeWave) -> Wave:
    """Make one wave of these requests, all of them or none. Events warehouse.wave_made.v1, warehouse.wave_released.v1.

    Raises: WarehouseNotFound, FloorOff, NoStageBin, RequestNotFound, RequestNotWaiting, LackingInBins.
    """
    warehouse, rules_ = await floor_of(tx, do.warehouse_id)
    locked = await tables.lock(tx, do.docs)
    for doc in do.docs:
        if doc not in locked or locked[doc].warehouse_id != do.warehouse_id:
            raise RequestNotFound(number=doc)
        if locked[doc].state is not RequestState.WAITING:
            raise RequestNotWaiting(number=locked[doc].number, state=locked[doc].state.value)
    wishes = await _wishes(tx, list(locked.values()), WaveRules())
    stands = await stands_of(tx, do.warehouse_id, {sku_id for wish in wishes for sku_id, _ in wish.pieces})
    full, lacking = served(wishes, stands)
    for doc, missing in lacking.items():
        sku_id, qty = next(iter(missing.items()))
        raise LackingInBins(number=locked[doc].number, sku_id=sku_id, missing=qty)
    couriers = {wish.courier for wish in full}
    kind = WaveKind.SINGLE if all(len(wish.pieces) == 1 for wish in full) else WaveKind.MULTI
    group = Group(kind=kind, method=do.method, courier=couriers.pop() if len(couriers) == 1 else "", wishes=tuple(full))
    takes = Shelf(stands).take(_needs(full))
    made = await _write(tx, warehouse, [(group, takes)], rules_.stops_max, release=do.release)
    if not made or len(made[0].held) < len(full):
        taken = next(wish for wish in full if not made or wish.doc not in made[0].held)
        sku_id, qty = taken.pieces[0]
        raise LackingInBins(number=locked[taken.doc].number, sku_id=sku_id, missing=qty)
    return (await get_made(tx, [made[0].wave.id]))[0]


@action("warehouse.release_wave", grant="warehouse.plan_waves", errors=[WaveNotFound, WaveStateForbids])
async def release_wave(tx: Tx, do: ReleaseWave) -> Wave:
    """Let a planned wave be picked; it is fixed then. Releasing a released one changes nothing.

    Event warehouse.wave_released.v1. Raises: WaveNotFound, WaveStateForbids.
    """
    wave = await waves.lock_wave(tx, do.wave_id)
    if wave is None:
        raise WaveNotFound(wave_id=do.wave_id)
    if wave.state is WaveState.CANCELED:
        raise WaveStateForbids(number=wave.number, state=wave.state.value, wanted="released")
    if wave.state is WaveState.PLANNED:
        await waves.set_state(tx, wave.id, WaveState.RELEASED)
        tx.emit(WaveReleased(wave_id=wave.id, number=wave.number, warehouse_id=wave.warehouse_id))
    return (await get_made(tx, [wave.id]))[0]


@action(
    "warehouse.cancel_wave",
    grant="warehouse.plan_waves",
    errors=[WaveNotFound, WaveStateForbids, WavePicked],
)
async def cancel_wave(tx: Tx, do: CancelWave) -> Wave:
    """Take a wave back of which nothing is picked: its requests wait again, its pieces are free; a transfer is off.

    Event warehouse.wave_canceled.v1. Raises: WaveNotFound, WaveStateForbids, WavePicked.
    """
    docs = await waves.docs_of_wave(tx, do.wave_id)
    locked = await tables.lock(tx, docs)
    wave = await waves.lock_wave(tx, do.wave_id)
    if wave is None:
        raise WaveNotFound(wave_id=do.wave_id)
    if wave.state is WaveState.CANCELED:
        raise WaveStateForbids(number=wave.number, state=wave.state.value, wanted="canceled")
    lines = [line for some in (await waves.lines_of(tx, docs)).values() for line in some]
    if picked := sum(line.picked for line in lines):
        raise WavePicked(number=wave.number, picked=picked)
    here = {doc: each for doc, each in locked.items() if each.wave_id == wave.id}
    transfers = [doc for doc, each in here.items() if each.to_warehouse_id is not None]
    await inventory.release(tx, dict.fromkeys(transfers, tx.items[0]))
    await bins.release(tx, [Release(hold_id=line.id, item=tx.items[0]) for line in lines])
    await waves.set_lines(tx, [replace(line, qty=0) for line in lines])
    await tables.set_states(tx, here.keys() - transfers, RequestState.WAITING)
    await tables.set_states(tx, transfers, RequestState.STOPPED, "wave canceled")
    await waves.set_state(tx, wave.id, WaveState.CANCELED)
    tx.emit(WaveCanceled(wave_id=wave.id, number=wave.number, warehouse_id=wave.warehouse_id))
    return (await get_made(tx, [wave.id]))[0]


async def get_made(tx: Tx, ids: Sequence[WaveId]) -> list[Wave]:
    """These waves as they are now."""
    found = await waves.get_waves(tx, ids) if ids else {}
    return [found[id_] for id_ in ids]


async def floor_of(tx: Tx, warehouse_id: WarehouseId) -> tuple[Warehouse, WaveRules]:
    """A warehouse that works on its floor, and how it makes waves. Raises: WarehouseNotFound, FloorOff."""
    warehouse = (await inventory.get_warehouses(tx, [warehouse_id])).get(warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=warehouse_id)
    policy = (await floor_policies(tx, [warehouse_id]))[warehouse_id]
    if not policy.on:
        raise FloorOff
    return warehouse, policy.waves


def _hurry(tx: Tx, rules_: WaveRules) -> Hurry | None:
    """What waits for no others; None where nothing does."""
    if rules_.urgent_from is None and not rules_.lead_s:
        return None
    return Hurry(rules_.urgent_from, tx.now + timedelta(seconds=rules_.lead_s) if rules_.lead_s else None)


async def _is_due(tx: Tx, warehouse_id: WarehouseId, rules_: WaveRules) -> bool:
    if await _have_gathered(tx, warehouse_id, rules_):
        return True
    hurry = _hurry(tx, rules_)
    return hurry is not None and await tables.any_hurries(tx, warehouse_id, hurry)


async def _have_gathered(tx: Tx, warehouse_id: WarehouseId, rules_: WaveRules) -> bool:
    count, since = (await tables.waiting(tx, [warehouse_id])).get(warehouse_id, (0, tx.now))
    return count >= rules_.orders_min or (count > 0 and tx.now - since >= timedelta(seconds=rules_.wait_s))


async def _wishes(tx: Tx, requests: Sequence[Requested], rules_: WaveRules) -> list[Wish]:
    """What locked requests want, the most urgent first; and the room that it takes, where that is limited."""
    docs = [each.doc for each in requests]
    wanted, weights = await tables.wanted(tx, docs), await tables.weights_of(tx, docs)
    volumes: dict[SkuId, int] = {}
    if rules_.volume_max_cm3 is not None:
        handling = await catalog.handling_of(tx, {sku_id for pieces in wanted.values() for sku_id in pieces})
        volumes = {sku_id: each.volume_mm3 for sku_id, each in handling.items()}
    wishes = [
        Wish(
            doc=each.doc,
            pieces=tuple(wanted[each.doc].items()),
            weight_g=weights[each.doc],
            volume_mm3=sum(volumes.get(sku_id, 0) * qty for sku_id, qty in wanted[each.doc].items()),
            asked_at=each.asked_at,
            priority=each.priority,
            due_at=each.due_at,
            courier=each.courier,
        )
        for each in requests
        if each.doc in wanted
    ]
    return sorted(wishes, key=rules.urgency)


def _needs(wishes: Sequence[Wish]) -> list[Need]:
    return [Need(doc=wish.doc, sku_id=sku_id, qty=qty) for wish in wishes for sku_id, qty in wish.pieces]


async def _write(
    tx: Tx, warehouse: Warehouse, chosen: Sequence[tuple[Group, Sequence[Take]]], stops_max: int, *, release: bool
) -> list[Plan]:
    """Set the pieces aside and write the waves of those requests that got theirs."""
    if not chosen:
        return []
    stage = await stage_bin(tx, warehouse.id)
    by_doc = sorted((take for _, takes in chosen for take in takes), key=lambda take: take.doc)
    stages = {take.doc: (warehouse.id, stage) for take in by_doc}
    held: dict[UUID, list[tuple[UUID, Take]]] = defaultdict(list)
    for id_, take in await hold(tx, by_doc, stages, whole=True):
        held[take.doc].append((id_, take))
    groups = [group for group, _ in chosen if any(wish.doc in held for wish in group.wishes)]
    numbers = await next_numbers(tx, "BC", [tx.now for _ in groups])
    plans = [
        _plan(tx, warehouse, stage, group, number, held, release=release)
        for group, number in zip(groups, numbers, strict=True)
    ]
    await write_waves(tx, plans, stops_max)
    return plans


async def write_waves(tx: Tx, plans: Sequence[Plan], stops_max: int) -> None:
    """Write waves whose pieces are set aside, with their tasks, and tell of them."""
    await _insert(tx, plans, stops_max)
    _announce(tx, plans)


async def stage_bin(tx: Tx, warehouse_id: WarehouseId) -> UUID:
    """Where picked pieces of a warehouse wait: its first stage bin. Raises: NoStageBin."""
    stages = await places.list_bins(tx, warehouse_id, None, BinKind.STAGE, "", 100)
    found = next((each for each in stages if each.active), None)
    if found is None:
        raise NoStageBin
    return found.id


def _plan(
    tx: Tx,
    warehouse: Warehouse,
    stage: UUID,
    group: Group,
    number: str,
    held: Mapping[UUID, Sequence[tuple[UUID, Take]]],
    *,
    release: bool,
) -> Plan:
    wave = NewWave(
        id=WaveId(new_id()),
        number=number,
        company_id=warehouse.company_id,
        warehouse_id=warehouse.id,
        kind=group.kind,
        method=group.method,
        courier=group.courier,
        stage_bin_id=stage,
        released_at=tx.now if release else None,
        priority=max(wish.priority for wish in group.wishes),
    )
    return Plan(wave, group, {wish.doc: held[wish.doc] for wish in group.wishes if wish.doc in held})


async def _insert(tx: Tx, plans: Sequence[Plan], stops_max: int) -> None:
    tasks: list[NewTask] = []
    lines: list[PickLine] = []
    cells: dict[UUID, tuple[WaveId, int | None]] = {}
    cutting = [(plan, list(_tasks(plan, stops_max))) for plan in plans]
    every = [some for _, cut_ in cutting for some in cut_]
    turns = await _turns(tx, plans[0].wave.warehouse_id, every) if plans else []
    for plan, cut_ in cutting:
        has_cells = plan.group.method in IN_CELLS
        cells |= {doc: (plan.wave.id, n if has_cells else None) for n, doc in enumerate(plan.held, 1)}
        for place, some in enumerate(cut_, 1):
            task = NewTask(
                id=TaskId(new_id()),
                wave_id=plan.wave.id,
                company_id=plan.wave.company_id,
                warehouse_id=plan.wave.warehouse_id,
                place=place,
            )
            tasks.append(task)
            turn = turns[len(tasks) - 1]
            lines += [_line(task, id_, take, turn[take.bin_id]) for id_, take in some]
    await waves.insert(tx, [plan.wave for plan in plans], tasks, lines)
    await tables.put_in_waves(tx, cells)


def _tasks(plan: Plan, stops_max: int) -> Iterator[list[tuple[UUID, Take]]]:
    """What is set aside for a wave, cut into what one picker fetches, in the order of the way."""
    if plan.group.method is Method.EACH:
        for some in plan.held.values():
            yield from cut(some, stops_max)
    else:
        yield from cut([pair for some in plan.held.values() for pair in some], stops_max)


async def _turns(
    tx: Tx, warehouse_id: WarehouseId, tasks: Sequence[Sequence[tuple[UUID, Take]]]
) -> list[dict[UUID, int]]:
    """Which turn each bin has on the way of each of these tasks."""
    found = await ways(tx, warehouse_id, [[BinId(take.bin_id) for _, take in some] for some in tasks])
    return [{id_: n for n, id_ in enumerate(way.every)} for way in found]


def _line(task: NewTask, id_: UUID, take: Take, turn: int) -> PickLine:
    return PickLine(
        id=id_,
        task_id=task.id,
        wave_id=task.wave_id,
        doc=take.doc,
        sku_id=take.sku_id,
        bin_id=take.bin_id,
        lot=take.lot,
        rank=turn,
        qty=take.qty,
    )


def _announce(tx: Tx, plans: Sequence[Plan]) -> None:
    for plan in plans:
        wave = plan.wave
        told = WaveMade(
            wave_id=wave.id,
            number=wave.number,
            warehouse_id=wave.warehouse_id,
            docs=tuple(plan.held),
            kind=wave.kind.value,
            method=wave.method.value,
        )
        tx.emit(told)
        if wave.released_at is not None:
            tx.emit(WaveReleased(wave_id=wave.id, number=wave.number, warehouse_id=wave.warehouse_id))
