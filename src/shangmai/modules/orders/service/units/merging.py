"""Letting units of one buyer for one receiver leave together, and undoing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract.units import (
    MergeChanged,
    MergeUnits,
    NotMerged,
    SameUnit,
    Unit,
    UnitEnded,
    UnitId,
    UnitLine,
    UnitMade,
    UnitNotFound,
    UnitPolicy,
    UnitsDiffer,
    UnitState,
    UnitStateForbids,
    UnmergeUnit,
)
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.queries.units import NewUnit
from shangmai.modules.orders.rules import units as rules
from shangmai.modules.orders.rules.units import Limits, Part
from shangmai.modules.orders.service.units.finding import (
    Locked,
    is_live,
    lock_only,
    orders_in,
    receiver_hashes,
)
from shangmai.modules.orders.service.units.flooring import stop_on_floor
from shangmai.modules.orders.service.units.measuring import limits_of, part, temperatures_of
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.warehouse.contract.requests import AlreadyOut


@action(
    "orders.merge_units",
    grant="orders.arrange_units",
    inverse="orders.unmerge_unit",
    errors=[UnitNotFound, UnitStateForbids, UnitsDiffer, SameUnit],
)
async def merge_units(tx: Tx, do: MergeUnits) -> Unit:
    """Let open units leave together: one new unit has all that was in them. They stay as they are, for undoing it.

    They must be of one shop, channel account, buyer and warehouse, and go to the same receiver.
    Events orders.unit_made.v1, orders.unit_ended.v1. Raises: UnitNotFound, UnitStateForbids, UnitsDiffer, SameUnit.
    """
    twice = next((id_ for n, id_ in enumerate(do.unit_ids) if id_ in do.unit_ids[:n]), None)
    if twice is not None:
        raise SameUnit(unit_id=twice)
    locked = await lock_only(tx, do.unit_ids)
    for id_ in do.unit_ids:
        if id_ not in locked:
            raise UnitNotFound(unit_id=id_)
        unit = locked[id_][0]
        if unit.state is not UnitState.OPEN:
            raise UnitStateForbids(number=unit.number, state=unit.state.value, wanted="merged")
    receivers = await tables.receivers_of_units(tx, do.unit_ids)
    accounts = await tables.accounts_of_units(tx, do.unit_ids)
    first = locked[do.unit_ids[0]][0]
    for id_ in do.unit_ids[1:]:
        other = locked[id_][0]
        what = rules.difference(first, other, receivers, accounts)
        if what is not None:
            raise UnitsDiffer(first=first.number, second=other.number, what=what)
    return await _merge(tx, [locked[id_] for id_ in do.unit_ids], receivers[first.id])


async def merge_waiting(tx: Tx, made: Sequence[Unit], policies: Mapping[CompanyId, UnitPolicy]) -> list[Unit]:
    """Merge units just made with open ones that wait for such, within the time of their company; what was merged.

    Nothing is merged beyond the limits of the company's units, nor what an order was split into. What somebody has
    taken back to change, or an order in it that is held back, is left alone.
    """
    others = await tables.alike(tx, [unit.id for unit in made])
    if not others:
        return []
    locked = await lock_only(tx, {unit.id for unit in [*made, *others]})
    orders = await queries.get(tx, {line.order_id for _, lines in locked.values() for line in lines})
    receivers = await tables.receivers_of_units(tx, locked)
    groups: dict[object, Locked] = defaultdict(list)
    for unit, lines in sorted(locked.values(), key=lambda each: each[0].number):
        if unit.state is UnitState.OPEN and not any(orders[id_].held_back for id_ in orders_in(lines) if id_ in orders):
            key = (unit.shop_id, unit.company_id, unit.warehouse_id, unit.customer_id, receivers[unit.id])
            groups[key].append((unit, lines))
    near = [_near(group, policies[group[0][0].company_id]) for group in groups.values()]
    parts = await _parts(tx, [each for group in near if len(group) > 1 for each in group], policies)
    merged = []
    for group in near:
        fitting = _fitting(group, parts, limits_of(policies[group[0][0].company_id]))
        merged += [await _merge(tx, some, receivers[some[0][0].id]) for some in fitting if len(some) > 1]
    return merged


def _near(units: Locked, policy: UnitPolicy) -> Locked:
    """Those of these units that were made within the time of their company before the last."""
    newest = max(unit.created_at for unit, _ in units)
    gap = timedelta(minutes=policy.merge_minutes)
    return [(unit, lines) for unit, lines in units if newest - unit.created_at <= gap]


async def _parts(tx: Tx, units: Locked, policies: Mapping[CompanyId, UnitPolicy]) -> dict[UnitId, list[Part]]:
    """What is in these units, as their limits look at it; their parts have numbers of their own."""
    goods = await queries.goods_of(tx, {line.order_id for _, lines in units for line in lines}) if units else {}
    by_line = {(id_, line.line): line for id_, some in goods.items() for line in some}
    skus = await catalog.get_skus(tx, {line.sku_id for line in by_line.values() if line.sku_id}) if units else {}
    limits = [limits_of(policies[unit.company_id]) for unit, _ in units]
    temperatures = await temperatures_of(tx, skus.values(), limits)
    parts: dict[UnitId, list[Part]] = {unit.id: [] for unit, _ in units}
    count = 0
    for unit, lines in units:
        for each in lines:
            line = by_line[each.order_id, each.line]
            if line.sku_id is not None and line.sku_id in skus:
                count += 1
                made = part(line, skus[line.sku_id], each.qty, policies[unit.company_id], temperatures)
                parts[unit.id].append(replace(made, line=count))
    return parts


def _fitting(units: Locked, parts: Mapping[UnitId, Sequence[Part]], limits: Limits) -> list[Locked]:
    """The units, put together with the first that they fit with."""
    batches: list[Locked] = []
    for unit, lines in units:
        for batch in batches:
            together = [part for other, _ in batch for part in parts[other.id]] + list(parts[unit.id])
            strangers = not {id_ for _, some in batch for id_ in orders_in(some)} & set(orders_in(lines))
            if strangers and len(rules.parcels(together, limits)) == 1:
                batch.append((unit, lines))
                break
        else:
            batches.append([(unit, lines)])
    return batches


async def _merge(tx: Tx, units: Locked, receiver_hash: bytes | None) -> Unit:
    heads = [unit for unit, _ in units]
    lines = rules.together([each for _, each in units])
    unit = replace(
        heads[0],
        id=UnitId(new_id()),
        number=(await next_numbers(tx, "FH", [tx.now]))[0],
        state=UnitState.OPEN,
        courier=next((head.courier for head in heads if head.courier), ""),
        release_at=max(head.release_at for head in heads),
        created_at=max(head.created_at for head in heads),
        split_from=None,
        revision=1,
    )
    await tables.insert_units(tx, [NewUnit(unit, lines, receiver_hash)])
    ids = tuple(head.id for head in heads)
    await tables.set_unit_states(tx, dict.fromkeys(ids, tx.now), UnitState.MERGED, merged_into=unit.id)
    for head in heads:
        tx.emit(UnitEnded(unit_id=head.id, number=head.number, state="merged", merged_into=unit.id))
    told = UnitMade(
        unit_id=unit.id,
        number=unit.number,
        warehouse_id=unit.warehouse_id,
        orders=orders_in(lines),
        why="merged",
        of=ids,
    )
    tx.emit(told)
    return unit


@action(
    "orders.unmerge_unit",
    grant="orders.arrange_units",
    errors=[UnitNotFound, UnitStateForbids, NotMerged, MergeChanged, AlreadyOut],
)
async def unmerge_unit(tx: Tx, do: UnmergeUnit) -> list[Unit]:
    """Undo a merge: the units from before are open again, where the merged one stands now.

    Pieces canceled meanwhile are not in them. One of which nothing is left is over. Whoever picks or packs the merged
    one stops at once. Events orders.unit_made.v1, orders.unit_ended.v1.
    Raises: UnitNotFound, UnitStateForbids, NotMerged, MergeChanged, AlreadyOut.
    """
    before = await tables.merged_into(tx, do.unit_id)
    locked = await lock_only(tx, {do.unit_id, *(unit.id for unit in before)})
    if do.unit_id not in locked:
        raise UnitNotFound(unit_id=do.unit_id)
    merged, inside = locked.pop(do.unit_id)
    if not locked:
        raise NotMerged(number=merged.number)
    if not is_live(merged):
        raise UnitStateForbids(number=merged.number, state=merged.state.value, wanted="unmerged")
    changes = _without_gone(merged, inside, list(locked.values()))
    if changes:
        await tables.set_qty(tx, changes)
    restored = await _restore(tx, merged, list(locked))
    if merged.state is UnitState.RELEASED:
        await stop_on_floor(tx, [merged.id])
    return restored


def _without_gone(merged: Unit, inside: Sequence[UnitLine], before: Locked) -> list[tuple[UnitId, UnitLine]]:
    """What the units from before have no more of: lines that are all out of the merged unit. Raises: MergeChanged."""
    now = {(line.order_id, line.line): line.qty for line in inside}
    then = {(line.order_id, line.line): line.qty for line in rules.together([lines for _, lines in before])}
    if any(qty not in (0, then.get(key)) for key, qty in now.items()):
        raise MergeChanged(number=merged.number)
    return [
        (unit.id, replace(line, qty=0))
        for unit, lines in before
        for line in lines
        if not now.get((line.order_id, line.line))
    ]


async def _restore(tx: Tx, merged: Unit, ids: Sequence[UnitId]) -> list[Unit]:
    lines = await tables.unit_lines(tx, ids)
    alive = [id_ for id_ in ids if lines[id_]]
    gone = [id_ for id_ in ids if not lines[id_]]
    await tables.set_unit_states(tx, dict.fromkeys([merged.id, *gone], tx.now), UnitState.CANCELED)
    await tables.set_unit_states(tx, dict.fromkeys(alive, tx.now), UnitState.OPEN)
    await tables.set_unit_places(tx, alive, merged.warehouse_id)
    hashes = await receiver_hashes(tx, {line.order_id for id_ in alive for line in lines[id_]})
    await tables.set_receivers(tx, {id_: hashes.get(lines[id_][0].order_id) for id_ in alive})
    restored = await tables.get_units(tx, alive)
    tx.emit(UnitEnded(unit_id=merged.id, number=merged.number, state="canceled"))
    for id_ in alive:
        unit = restored[id_]
        told = UnitMade(
            unit_id=id_,
            number=unit.number,
            warehouse_id=unit.warehouse_id,
            orders=orders_in(lines[id_]),
            why="restored",
            of=(merged.id,),
        )
        tx.emit(told)
    return [restored[id_] for id_ in alive]
