"""Holding orders' pieces, before they become units, in the warehouses that are best to send them from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import HeldAt, MoveHolds, MovePart, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine
from shangmai.modules.orders.contract.preferring import WAREHOUSE, Preference
from shangmai.modules.orders.contract.sourcing import OrderSourcing, Plan
from shangmai.modules.orders.contract.units import OrderSourced, OrderWaitsThere, UnitPolicy
from shangmai.modules.orders.rules import units as rules
from shangmai.modules.orders.rules.auditing import parts_of
from shangmai.modules.orders.service.sourcing import plan
from shangmai.modules.organization.contract import CompanyId


class Choice(Struct, frozen=True):
    """Where an order's pieces should be held, and what for."""

    order: Order
    places: rules.Places
    why: str
    sourcing: OrderSourcing | None = None

    @property
    def warehouses(self) -> tuple[WarehouseId, ...]:
        return tuple(sorted({place for _, place in self.places}))


Held = Mapping[OrderId, Sequence[HeldAt]]
Lines = Mapping[OrderId, Sequence[OrderLine]]


async def choose(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    lines: Lines,
    skus: Mapping[SkuId, Sku],
    policies: Mapping[CompanyId, UnitPolicy],
    preferences: Mapping[OrderId, Sequence[Preference]],
    items: Mapping[OrderId, Item],
) -> None:
    """Hold the pieces of locked orders, none of which is in a unit, where a table prefers, or where it costs least.

    An order that not all of is held is left as it is, and so is one whose pieces have gone elsewhere meanwhile; but one
    that a table lets leave from one warehouse only lets go of what it holds, and waits for pieces there. Where
    companies leave it as it is, nothing is asked. Events orders.sourced.v1, orders.waits_there.v1.
    """
    asked = await _asked(tx, orders, policies, preferences)
    if not asked:
        return
    held: dict[OrderId, list[HeldAt]] = defaultdict(list)
    for each in await inventory.held_at(tx, asked):
        held[OrderId(each.doc)].append(each)
    now = {id_: rules.places(lines[id_], held[id_]) for id_ in asked}
    whole = [id_ for id_ in asked if _is_held(lines[id_], skus, now[id_])]
    codes = await _preferred(tx, whole, orders, preferences)
    choices = {id_: Choice(orders[id_], _all_in(now[id_], there), "table") for id_, there in codes.items()}
    by_score = [id_ for id_ in whole if id_ not in codes and _by_score(orders[id_], policies)]
    for id_, found in (await plan(tx, by_score) if by_score else {}).items():
        places = None if found.short or found.plan is None else _places(lines[id_], skus, found.plan)
        if places is not None:
            choices[id_] = Choice(orders[id_], places, "score", found)
    kept = await _move(tx, [choices[id_] for id_ in whole if id_ in choices], lines, now, items)
    only = {id_: there for id_, there in codes.items() if id_ in kept and rules.is_only(preferences.get(id_, ()))}
    if only:
        await _wait_there(tx, {id_: orders[id_] for id_ in only}, only, items)


async def _asked(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    policies: Mapping[CompanyId, UnitPolicy],
    preferences: Mapping[OrderId, Sequence[Preference]],
) -> list[OrderId]:
    """The orders for which there is a choice: their company has several warehouses and wants it made."""
    wanted = [id_ for id_, o in orders.items() if _by_score(o, policies) or _code(preferences.get(id_, ()))]
    if not wanted:
        return []
    count: dict[CompanyId, int] = defaultdict(int)
    for warehouse in await inventory.warehouses_of_companies(tx, {orders[id_].company_id for id_ in wanted}):
        count[warehouse.company_id] += 1
    return [id_ for id_ in wanted if count[orders[id_].company_id] > 1]


def _by_score(order: Order, policies: Mapping[CompanyId, UnitPolicy]) -> bool:
    policy = policies.get(order.company_id)
    return policy is not None and policy.sourcing


def _code(preferences: Sequence[Preference]) -> str:
    """The code of the warehouse that a table prefers, if it does."""
    return next((str(each.outcome.get("warehouse", "")) for each in preferences if each.subject == WAREHOUSE.name), "")


async def _wait_there(
    tx: Tx, orders: Mapping[OrderId, Order], there: Mapping[OrderId, WarehouseId], items: Mapping[OrderId, Item]
) -> None:
    """Let orders go of what they hold elsewhere: they are short where they must leave from, and get what arrives."""
    await inventory.release(tx, {UUID(int=id_.int): items[id_] for id_ in orders})
    await queries.set_warehouses(tx, there)
    for id_, order in orders.items():
        tx.emit(OrderWaitsThere(order_id=id_, number=order.number, warehouse_id=there[id_]), items[id_])


def _is_held(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku], places: rules.Places) -> bool:
    """Whether all that an order has left to send is held somewhere."""
    at: dict[int, int] = defaultdict(int)
    for (line, _), qty in places.items():
        at[line] += qty
    return all(at[line.line] == line.left_qty for line in lines if _sku(line, skus) is not None)


def _sku(line: OrderLine, skus: Mapping[SkuId, Sku]) -> Sku | None:
    """The SKU of a line that takes stock and has something left to send."""
    sku = skus.get(line.sku_id) if line.sku_id is not None else None
    return sku if sku is not None and sku.kind is not SkuKind.SERVICE and line.left_qty else None


async def _preferred(
    tx: Tx,
    whole: Collection[OrderId],
    orders: Mapping[OrderId, Order],
    preferences: Mapping[OrderId, Sequence[Preference]],
) -> dict[OrderId, WarehouseId]:
    """The warehouses of their company that tables prefer for orders; a code that names none is as if none was named."""
    codes = {id_: code for id_ in whole if (code := _code(preferences.get(id_, ())))}
    if not codes:
        return {}
    known = {
        (each.company_id, each.code): each.id
        for each in await inventory.warehouses_of_companies(tx, {orders[id_].company_id for id_ in codes})
    }
    return {id_: there for id_, code in codes.items() if (there := known.get((orders[id_].company_id, code)))}


def _all_in(now: rules.Places, there: WarehouseId) -> rules.Places:
    places: rules.Places = defaultdict(int)
    for (line, _), qty in now.items():
        places[line, there] += qty
    return places


def _places(lines: Sequence[OrderLine], skus: Mapping[SkuId, Sku], found: Plan) -> rules.Places | None:
    stocked = {line.line: sku for line in lines if (sku := _sku(line, skus)) is not None}
    left = {line.line: line.left_qty for line in lines if line.line in stocked}
    wanted: dict[tuple[SkuId, WarehouseId], int] = defaultdict(int)
    for part in found.parts:
        wanted[part.sku_id, part.warehouse_id] += part.qty
    return rules.lines_at(left, {line: parts_of(sku) for line, sku in stocked.items()}, wanted)


async def _move(
    tx: Tx, choices: Sequence[Choice], lines: Lines, now: Mapping[OrderId, rules.Places], items: Mapping[OrderId, Item]
) -> set[OrderId]:
    """Move the holds that are elsewhere, and tell what was chosen; the orders whose pieces stay where they were."""
    wanted = {choice.order.id: rules.moves(now[choice.order.id], choice.places) for choice in choices}
    shops = {choice.order.id: choice.order.shop_id for choice in choices}
    moves = []
    for id_, some in wanted.items():
        left = {line.line: line for line in lines[id_]}
        parts = [
            MovePart(line=n, qty=qty, left=left[n].left_qty, sku_id=left[n].sku_id, warehouse_id=source, to=to)
            for n, source, to, qty in some
        ]
        if parts:
            moves.append(MoveHolds(doc=id_, shop_id=shops[id_], lines=parts, item=items[id_]))
    refused = await inventory.move_holds(tx, moves) if moves else []
    kept = {OrderId(move.doc) for move, refusal in zip(moves, refused, strict=True) if refusal is not None}
    for choice in choices:
        tx.emit(
            _told(choice, moved=bool(wanted[choice.order.id]), kept=choice.order.id in kept), items[choice.order.id]
        )
    return kept


def _told(choice: Choice, *, moved: bool, kept: bool) -> OrderSourced:
    found = choice.sourcing
    return OrderSourced(
        order_id=choice.order.id,
        number=choice.order.number,
        why=choice.why,
        warehouses=choice.warehouses,
        moved=moved and not kept,
        kept=kept,
        score=found.plan.score if found is not None and found.plan is not None else 0,
        next_best=found.next_best.score if found is not None and found.next_best is not None else None,
        nearest=found.nearest.score if found is not None and found.nearest is not None else 0,
    )
