"""Looking at orders: what holds is put on, what has gone is taken off, in one transaction and set by set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import HoldBack, Order, OrderId, OrderNotFound, WantedHoldBack
from shangmai.modules.orders.contract.causes import GIFT_SHORT, HOLD_EXPIRING, OWN, PART_SHORT, SHORT, Cause, Stage
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.contract.exceptions import ExceptionPolicy, Rechecked, RecheckOrder, Swept, WatchOrders
from shangmai.modules.orders.rules.clocks import due_at
from shangmai.modules.orders.rules.exceptions import CHECKS, Found, Later, Situation, said_in
from shangmai.modules.orders.service.exceptions import filling
from shangmai.modules.orders.service.exceptions.gathering import situations
from shangmai.modules.orders.service.exceptions.policies import InForce, in_force
from shangmai.modules.orders.service.finding import rounds, scopes_of
from shangmai.modules.orders.service.holding_back import CAN_SHIP, hold_back, let_go_each
from shangmai.modules.organization.contract import CompanyId

Told = tuple[OrderId, str, str, str, Mapping[str, object]]
STAGES = {
    Stage.OPEN: frozenset({Stage.OPEN}),
    Stage.READY: frozenset({Stage.OPEN, Stage.READY}),
    Stage.SENT: frozenset({Stage.SENT}),
    None: frozenset(),
}
"""The stages of causes that are looked for at each stage of an order."""


class Outcome(Struct):
    """What looking at orders comes to."""

    wanted: list[WantedHoldBack]
    gone: list[tuple[OrderId, str]]
    told: list[Told]
    moments: dict[OrderId, datetime | None]


async def check(tx: Tx, items: Mapping[OrderId, Item]) -> None:
    """Look at orders again: causes that hold are put on, those that have gone are taken off.

    Locks the orders in order of id. Orders that wait for stock get what there is, in the order in which they were
    placed. The number of statements does not depend on the number of orders.
    """
    orders = await queries.lock(tx, items)
    if not orders:
        return
    rules = await in_force(tx, {order.company_id for order in orders.values()})
    present = await queries.hold_backs_of(tx, orders)
    await _fill(tx, orders, rules, present, items)
    seen = await situations(tx, orders, rules, items)
    accepted = await queries.accepted_of(tx, orders)
    outcome = Outcome([], [], [], {})
    for id_, order in orders.items():
        _look(outcome, seen[id_], rules[order.company_id], {c.code: c for c in present[id_]}, accepted, items[id_])
    await let_go_each(tx, items, outcome.gone)
    await hold_back(tx, outcome.wanted)
    if outcome.told:
        await queries.retell(tx, outcome.told)
    await queries.watch(tx, outcome.moments)


async def to_look_at(tx: Tx, placed: Mapping[OrderId, CompanyId]) -> set[OrderId]:
    """Those of orders that were only placed which may leave unpaid, or whose money or stock has a time of its own.

    Stock that is held for a while only is asked for where the company wants to be told before it is gone.
    """
    found = set(await queries.ready_among(tx, placed))
    rules = await in_force(tx, set(placed.values()))
    told = [id_ for id_, company_id in placed.items() if HOLD_EXPIRING in rules[company_id].causes]
    return found | {OrderId(id_) for id_ in (await inventory.held_until(tx, told) if told else {})}


async def paid_among(tx: Tx, orders: Collection[OrderId]) -> set[OrderId]:
    """Those of these orders that are paid in full."""
    return await queries.paid_among(tx, orders)


async def _fill(
    tx: Tx,
    orders: Mapping[OrderId, Order],
    rules: Mapping[CompanyId, InForce],
    present: Mapping[OrderId, Sequence[HoldBack]],
    items: Mapping[OrderId, Item],
) -> None:
    """Hold what has arrived for the orders that wait for it."""
    waiting = {id_: {cause.code for cause in present[id_]} for id_, order in orders.items() if order.status in CAN_SHIP}
    short = [orders[id_] for id_, codes in waiting.items() if not codes.isdisjoint((SHORT, PART_SHORT))]
    if short:
        percents = {order.id: rules[order.company_id].parts_percent for order in short}
        await filling.hold_missing(tx, short, {id_: n for id_, n in percents.items() if n is not None}, items)
    gifts = [orders[id_] for id_, codes in waiting.items() if GIFT_SHORT in codes]
    if gifts:
        await filling.give_gifts(tx, gifts, items)


def _look(
    outcome: Outcome,
    s: Situation,
    rules: InForce,
    present: Mapping[str, HoldBack],
    accepted: Mapping[tuple[OrderId, str], str],
    item: Item,
) -> None:
    """Find what holds for one order, and what of that is new, gone, or says something else now."""
    id_ = s.order.id
    found, later = _found(s, rules)
    outcome.moments[id_] = later
    for code, each in found.items():
        cause = rules.causes[code]
        zh, en = said_in(cause, each)
        if accepted.get((id_, code)) == zh:
            continue
        here = present.get(code)
        if here is None or here.blocks != cause.blocks:
            outcome.wanted.append(wanted(s.order, cause, (zh, en), item, rules, s.seen.shop.timezone, each))
        elif here.zh != zh:
            outcome.told.append((id_, code, zh, en, _input(cause, each)))
        if here is not None and here.blocks != cause.blocks:
            outcome.gone.append((id_, code))
    for code in present:
        is_ours = code in CHECKS or (code.startswith(OWN) and code not in rules.by_hand)
        is_over = s.stage is None and (code in CAUSES or code.startswith(OWN))
        if (is_ours and code not in found) or is_over:
            outcome.gone.append((id_, code))


def _found(s: Situation, rules: InForce) -> tuple[dict[str, Found], datetime | None]:
    """The causes that hold for an order, and when next to look, if nothing else happens."""
    found: dict[str, Found] = {}
    later: datetime | None = None
    stages = STAGES[s.stage]
    for code, cause in rules.causes.items():
        if code not in CHECKS or cause.stage not in stages:
            continue
        answer = CHECKS[code][0](s, {name: limit.value for name, limit in cause.limits.items()})
        if isinstance(answer, Found):
            found[code] = answer
        elif isinstance(answer, Later):
            later = answer.at if later is None else min(later, answer.at)
    if rules.found is not None and Stage.READY in stages:
        found |= {str(row.then["code"]): Found() for row in rules.found.ask(s.facts)}
    return found, later


def wanted(
    order: Order, cause: Cause, said: tuple[str, str], item: Item, rules: InForce, timezone: str, found: Found
) -> WantedHoldBack:
    """An exception to put on an order, with its clock."""
    due, escalates = _clock(cause, item.now, rules.policy, timezone)
    return WantedHoldBack(
        order_id=order.id,
        code=cause.code,
        zh=said[0],
        en=said[1],
        item=item,
        owner=cause.owner,
        due_at=due,
        action=cause.action,
        input=_input(cause, found),
        blocks=cause.blocks,
        escalate_at=escalates,
    )


def _clock(
    cause: Cause, start: datetime, policy: ExceptionPolicy, timezone: str
) -> tuple[datetime | None, datetime | None]:
    """When an exception should have been seen to, and when it is escalated first."""
    if cause.minutes is None:
        return None, None
    first = policy.escalation[0].after_minutes if policy.escalation else 0
    due = due_at(start, cause.minutes, policy.business_hours, timezone)
    return due, due_at(due, first, policy.business_hours, timezone)


def _input(cause: Cause, found: Found) -> dict[str, object]:
    """What is known of the suggested action's input, beside the order."""
    return {"code": cause.code, **found.input} if cause.action.endswith("_exception") else dict(found.input)


# --- actions -------------------------------------------------------------------------------------------------------


@action("orders.recheck", grant="orders.work_exceptions", many=True, scopes_of=scopes_of, errors=[OrderNotFound])
async def recheck(tx: Tx, do: Sequence[RecheckOrder]) -> list[Rechecked | AppError]:
    """Look at orders again, now; events tell the system to do so by itself. Events orders.let_go.v1 and the like."""
    outcomes: dict[int, Rechecked | AppError] = {}
    for indices in rounds(do):
        asked = {index: do[index].order_id for index in indices}
        await check(tx, {order_id: tx.items[index] for index, order_id in asked.items()})
        known = await queries.get(tx, asked.values())
        causes = await queries.hold_backs_of(tx, known)
        for index, order_id in asked.items():
            codes = tuple(cause.code for cause in causes[order_id])
            is_known = order_id in known
            outcomes[index] = (
                Rechecked(order_id=order_id, codes=codes) if is_known else OrderNotFound(order_id=order_id)
            )
    return [outcomes[index] for index in range(len(do))]


@action("orders.watch_orders", grant="orders.watch_orders")
async def watch_orders(tx: Tx, do: WatchOrders) -> Swept:
    """Look again at the orders whose time for it has come, those first whose time came first."""
    due = await queries.watches_due(tx, tx.now, do.limit)
    await queries.watch(tx, dict.fromkeys(due))
    await check(tx, dict.fromkeys(due, tx.items[0]))
    return Swept(count=len(due), more=len(due) == do.limit)
