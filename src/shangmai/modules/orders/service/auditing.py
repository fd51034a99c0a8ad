"""Auditing paid orders by the company's table, and letting go by hand what the audit or a person has stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    Order,
    OrderId,
    OrderNotFound,
    PaymentStatus,
    StatusForbids,
    Terms,
    WantedHoldBack,
)
from shangmai.modules.orders.contract.auditing import (
    AUDIT,
    Audited,
    AuditOrder,
    AuditPolicy,
    HoldOrder,
    NotHeld,
    NotToAudit,
    OrderAudited,
    ReleaseOrder,
    SetAuditPolicy,
    Verdict,
)
from shangmai.modules.orders.contract.causes import (
    APPROVAL,
    AUDIT_HOLD,
    BY_HAND,
    FINANCE_AUDIT,
    TO_AUDIT,
)
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.service import exceptions, seeing
from shangmai.modules.orders.service.finding import rounds, scopes_of
from shangmai.modules.orders.service.holding_back import CAN_SHIP, hold_back, let_go
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.rules import service as rules
from shangmai.modules.rules.contract import Decided
from shangmai.modules.rules.service import InForce

STOPS = {Verdict.HOLD: AUDIT_HOLD, Verdict.FINANCE: FINANCE_AUDIT, Verdict.APPROVE: APPROVAL}
"""The cause by which each verdict but release holds an order back."""
DUE_AT_ONCE = 500
"""How many orders one look for due audits takes."""


async def begin(tx: Tx, paid: Sequence[tuple[Order, Item]]) -> None:
    """Hold orders that may go from now on back for their audit, where their company has a table in force.

    So it is where a cause that the company has switched on may stop them. Two small reads for a batch; in the
    transaction that pays, so that nobody can ship in between.
    """
    companies = {order.company_id for order, _ in paid}
    if not companies:
        return
    audited = {*await rules.in_force(tx, AUDIT.name, companies), *await exceptions.that_wait(tx, companies)}
    due = [(order, item) for order, item in paid if order.company_id in audited]
    if not due:
        return
    delays = await queries.delays(tx, audited)
    await hold_back(tx, [_waits(order, item, delays.get(order.company_id, 0)) for order, item in due])


def _waits(order: Order, item: Item, delay_minutes: int) -> WantedHoldBack:
    cause = CAUSES[TO_AUDIT]
    return WantedHoldBack(
        order_id=order.id,
        code=cause.code,
        zh=cause.zh,
        en=cause.en,
        item=item,
        owner=cause.owner,
        due_at=item.now + timedelta(minutes=delay_minutes),
        action=cause.action,
    )


@action("orders.audit", grant="orders.audit", many=True, scopes_of=scopes_of, errors=[OrderNotFound, NotToAudit])
async def audit(tx: Tx, do: Sequence[AuditOrder]) -> list[Audited | AppError]:
    """Ask the audit table about paid orders, now and again: what it stopped before, it decides anew.

    What it lets go can be shipped, if nothing else holds it; what it stops gets its cause and its owner. When no row
    fits, or no table is in force, the order goes. The decision is kept. Event orders.audited.v1.
    """
    outcomes: dict[int, Audited | AppError] = {}
    for indices in rounds(do):
        outcomes |= await _audit_each_once(tx, {index: do[index].order_id for index in indices})
    return [outcomes[index] for index in range(len(do))]


async def audit_due(tx: Tx, orders: Mapping[OrderId, Item]) -> None:
    """Audit those of these orders that wait for it and whose time has come."""
    waiting = await queries.hold_backs_of(tx, orders)
    due = {
        id_: item
        for id_, item in orders.items()
        if any(each.code == TO_AUDIT and (each.due_at or item.now) <= item.now for each in waiting[id_])
    }
    if due:
        await _decide(tx, {id_: o for id_, o in (await queries.lock(tx, due)).items() if _is_to_audit(o)}, due)


async def due_audits(tx: Tx) -> list[OrderId]:
    """The orders whose wait for their audit is over."""
    return await queries.due_among(tx, TO_AUDIT, tx.now, DUE_AT_ONCE)


@action("orders.hold", grant="orders.hold", inverse="orders.release", errors=[OrderNotFound, StatusForbids])
async def hold(tx: Tx, do: HoldOrder) -> Order:
    """Hold an order that has not left, by hand. Event orders.held_back.v1. Raises: OrderNotFound, StatusForbids."""
    cause = CAUSES[BY_HAND]
    order = (await queries.lock(tx, [do.order_id])).get(do.order_id)
    if order is None:
        raise OrderNotFound(order_id=do.order_id)
    if order.status not in CAN_SHIP:
        raise StatusForbids(number=order.number, status=order.status.value, wanted="held")
    await hold_back(tx, [_stop(order, BY_HAND, tx.items[0], f"{cause.zh}：{do.cause}", f"{cause.en}: {do.cause}")])
    return (await queries.get(tx, [order.id]))[order.id]


@action("orders.release", grant="orders.release", many=True, scopes_of=scopes_of, errors=[OrderNotFound, NotHeld])
async def release(tx: Tx, do: Sequence[ReleaseOrder]) -> list[Order | AppError]:
    """Let orders go on that wait for their audit, or that the audit or a person holds. Event orders.let_go.v1.

    What finance must look at, or somebody must approve, has actions of its own.
    """
    return await _let_pass(tx, do, (TO_AUDIT, AUDIT_HOLD, BY_HAND))


@action(
    "orders.pass_finance_audit",
    grant="orders.pass_finance_audit",
    many=True,
    scopes_of=scopes_of,
    errors=[OrderNotFound, NotHeld],
)
async def pass_finance_audit(tx: Tx, do: Sequence[ReleaseOrder]) -> list[Order | AppError]:
    """Let orders go on that finance had to look at (财审). Event orders.let_go.v1."""
    return await _let_pass(tx, do, (FINANCE_AUDIT,))


@action("orders.approve", grant="orders.approve", many=True, scopes_of=scopes_of, errors=[OrderNotFound, NotHeld])
async def approve(tx: Tx, do: Sequence[ReleaseOrder]) -> list[Order | AppError]:
    """Let orders go on that somebody had to approve. Event orders.let_go.v1."""
    return await _let_pass(tx, do, (APPROVAL,))


@action(
    "orders.set_audit_policy",
    grant="orders.set_audit_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound],
)
async def set_audit_policy(tx: Tx, do: SetAuditPolicy) -> AuditPolicy:
    """Choose how long after payment a company's orders are audited; for orders paid from now on.

    Raises: CompanyNotFound.
    """
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    await queries.set_delay(tx, do.company_id, do.delay_minutes)
    return AuditPolicy(company_id=do.company_id, delay_minutes=do.delay_minutes)


async def audit_policy_of(tx: Tx, company_id: CompanyId) -> AuditPolicy:
    """A company's choice; none is no delay."""
    return AuditPolicy(company_id=company_id, delay_minutes=(await queries.delays(tx, [company_id])).get(company_id, 0))


# --- parts of the actions ------------------------------------------------------------------------------------------


def _is_to_audit(order: Order) -> bool:
    ready = order.payment_status is PaymentStatus.PAID or order.terms is Terms.ON_ACCOUNT
    return ready and order.status in CAN_SHIP


async def _audit_each_once(tx: Tx, wanted: Mapping[int, OrderId]) -> dict[int, Audited | AppError]:
    orders = await queries.lock(tx, wanted.values())
    ready = {id_: order for id_, order in orders.items() if _is_to_audit(order)}
    audited = await _decide(tx, ready, {order_id: tx.items[index] for index, order_id in wanted.items()})
    return {
        index: audited[order_id] if order_id in audited else _refusal(orders.get(order_id), order_id)
        for index, order_id in wanted.items()
    }


def _refusal(order: Order | None, order_id: OrderId) -> AppError:
    return OrderNotFound(order_id=order_id) if order is None else NotToAudit(number=order.number)


async def _decide(tx: Tx, orders: Mapping[OrderId, Order], items: Mapping[OrderId, Item]) -> dict[OrderId, Audited]:
    """Ask the tables about locked orders, keep what they say, and hold back or let go accordingly."""
    tables = await rules.in_force(tx, AUDIT.name, {order.company_id for order in orders.values()}) if orders else {}
    asked = {id_: order for id_, order in orders.items() if order.company_id in tables}
    fields = {field for table in tables.values() for field in table.ruling.fields}
    facts = await seeing.facts(tx, asked, fields) if asked else {}
    audited = {}
    decided = []
    for id_, order in orders.items():
        table = tables.get(order.company_id)
        audited[id_] = _audited(order, table, facts.get(id_, {}))
        if table is not None:
            decided.append(_decided(audited[id_], order, table, facts[id_], items[id_]))
    if decided:
        await rules.record(tx, decided)
    if orders:
        await exceptions.check(tx, {id_: items[id_] for id_ in orders})
    await _follow(tx, orders, audited, items)
    return audited


def _audited(order: Order, table: InForce | None, facts: seeing.Facts) -> Audited:
    rows = table.ruling.ask(facts) if table is not None else ()
    outcome = rows[0].then if rows else {}
    return Audited(
        order_id=order.id,
        number=order.number,
        verdict=Verdict(str(outcome.get("verdict", Verdict.RELEASE.value))),
        version=None if table is None else table.version,
        row=rows[0].id if rows else None,
        outcome=outcome,
    )


def _decided(audited: Audited, order: Order, table: InForce, facts: seeing.Facts, item: Item) -> Decided:
    return Decided(
        about=order.id,
        company_id=order.company_id,
        subject=AUDIT.name,
        table_id=table.table_id,
        version=table.version,
        row=audited.row,
        outcome=audited.outcome,
        facts=table.ruling.seen(facts),
        item=item,
    )


async def _follow(
    tx: Tx, orders: Mapping[OrderId, Order], audited: Mapping[OrderId, Audited], items: Mapping[OrderId, Item]
) -> None:
    """Take what an earlier audit said off the orders, and put on what this one says."""
    stops = [_verdict_stop(orders[id_], each, items[id_]) for id_, each in audited.items()]
    wanted = [stop for stop in stops if stop is not None]
    await hold_back(tx, wanted)
    stopped = {(stop.order_id, stop.code) for stop in wanted}
    for code in (TO_AUDIT, *STOPS.values()):
        await let_go(tx, {id_: items[id_] for id_ in audited if (id_, code) not in stopped}, code)
    for id_, each in audited.items():
        told = OrderAudited(
            order_id=id_,
            number=each.number,
            company_id=orders[id_].company_id,
            verdict=each.verdict.value,
            version=each.version,
            row=each.row,
        )
        tx.emit(told, items[id_])


def _verdict_stop(order: Order, audited: Audited, item: Item) -> WantedHoldBack | None:
    if audited.verdict is Verdict.RELEASE:
        return None
    code = STOPS[audited.verdict]
    zh = str(audited.outcome.get("cause") or CAUSES[code].zh)
    return _stop(order, code, item, zh, str(audited.outcome.get("cause_en") or audited.outcome.get("cause") or ""))


def _stop(order: Order, code: str, item: Item, zh: str, en: str) -> WantedHoldBack:
    cause = CAUSES[code]
    return WantedHoldBack(
        order_id=order.id,
        code=code,
        zh=zh,
        en=en or cause.en,
        item=item,
        owner=cause.owner,
        due_at=None if cause.minutes is None else item.now + timedelta(minutes=cause.minutes),
        action=cause.action,
    )


async def _let_pass(tx: Tx, do: Sequence[ReleaseOrder], codes: Sequence[str]) -> list[Order | AppError]:
    outcomes: dict[int, Order | AppError] = {}
    for indices in rounds(do):
        wanted = {index: do[index].order_id for index in indices}
        items = {order_id: tx.items[index] for index, order_id in wanted.items()}
        gone: set[OrderId] = set()
        for code in codes:
            gone |= await let_go(tx, items, code)
        orders = await queries.get(tx, items)
        for index, order_id in wanted.items():
            outcomes[index] = _passed(orders.get(order_id), order_id, order_id in gone)
    return [outcomes[index] for index in range(len(do))]


def _passed(order: Order | None, order_id: OrderId, is_gone: bool) -> Order | AppError:
    if order is None:
        return OrderNotFound(order_id=order_id)
    return order if is_gone else NotHeld(number=order.number)
