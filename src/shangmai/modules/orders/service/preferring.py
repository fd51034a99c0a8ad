"""Asking a company's tables about paid orders beside their audit: special orders, couriers, warehouses, splits, gifts.

What they prefer is kept for whoever sources, splits or sends the order; flags, own causes and gifts follow at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId
from shangmai.modules.orders.contract.exceptions import Flag, ParticularsChanged, SetRemark
from shangmai.modules.orders.contract.preferring import GIFTS, PREFERRED, SPECIAL, OrderPreferred, Preference
from shangmai.modules.orders.queries.preferences import Gift
from shangmai.modules.orders.rules.exceptions import Found
from shangmai.modules.orders.rules.exceptions.situation import is_ready
from shangmai.modules.orders.service import gifting, seeing
from shangmai.modules.orders.service.exceptions.checking import wanted
from shangmai.modules.orders.service.exceptions.policies import in_force
from shangmai.modules.orders.service.holding_back import CAN_SHIP, hold_back
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules import service as rules
from shangmai.modules.rules.contract import Decided, Row
from shangmai.modules.rules.service import InForce


class Answer(Struct, frozen=True):
    """What a table said about an order: the rows that fitted."""

    order: Order
    subject: str
    table: InForce
    rows: tuple[Row, ...]
    facts: seeing.Facts
    item: Item


async def prefer(tx: Tx, items: Mapping[OrderId, Item]) -> None:
    """Ask all tables but the audit's about those of these orders that may leave, and do what follows.

    Every decision is kept with its version and row. Locks the orders in order of id. Where a company has no table,
    nothing is gathered. Events orders.preferred.v1, orders.gift_added.v1, orders.particulars_changed.v1.
    """
    orders = await queries.get(tx, items) if items else {}
    tables = await _tables(tx, {order.company_id for order in orders.values()})
    asked = [id_ for id_, order in orders.items() if order.company_id in tables]
    if not asked:
        return
    ready = {id_: order for id_, order in (await queries.lock(tx, asked)).items() if _is_to_ask(order)}
    fields = {field for some in tables.values() for table in some.values() for field in table.ruling.fields}
    facts = await seeing.facts(tx, ready, fields) if ready else {}
    answers = [
        Answer(order, subject, table, table.ruling.ask(facts[id_]), facts[id_], items[id_])
        for id_, order in ready.items()
        for subject, table in tables[order.company_id].items()
    ]
    hits = [answer for answer in answers if answer.rows]
    if not hits:
        return
    await rules.record(tx, [_decided(answer, row) for answer in hits for row in answer.rows])
    await _keep(tx, hits)
    await _follow(tx, ready, hits, items)


def _is_to_ask(order: Order) -> bool:
    return is_ready(order) and order.status in CAN_SHIP


async def _tables(tx: Tx, companies: set[CompanyId]) -> dict[CompanyId, dict[str, InForce]]:
    """The tables in force for each company, by subject; those without any are left out."""
    found: dict[CompanyId, dict[str, InForce]] = {}
    for subject in PREFERRED:
        for company_id, table in (await rules.in_force(tx, subject.name, companies)).items():
            found.setdefault(company_id, {})[subject.name] = table
    return found


def _decided(answer: Answer, row: Row) -> Decided:
    return Decided(
        about=answer.order.id,
        company_id=answer.order.company_id,
        subject=answer.subject,
        table_id=answer.table.table_id,
        version=answer.table.version,
        row=row.id,
        outcome=row.then,
        facts=answer.table.ruling.seen(answer.facts),
        item=answer.item,
    )


async def _keep(tx: Tx, hits: Sequence[Answer]) -> None:
    await queries.set_preferences(tx, [(answer.order.id, _preference(answer), answer.item) for answer in hits])
    for answer in hits:
        told = OrderPreferred(
            order_id=answer.order.id,
            number=answer.order.number,
            subject=answer.subject,
            version=answer.table.version,
            row=answer.rows[0].id,
            outcome=answer.rows[0].then,
        )
        tx.emit(told, answer.item)


def _preference(answer: Answer) -> Preference:
    return Preference(
        subject=answer.subject,
        version=answer.table.version,
        rows=tuple(row.id for row in answer.rows),
        outcome=answer.rows[0].then,
        at=answer.item.now,
    )


async def _follow(
    tx: Tx, ready: Mapping[OrderId, Order], hits: Sequence[Answer], items: Mapping[OrderId, Item]
) -> None:
    special = [answer for answer in hits if answer.subject == SPECIAL.name]
    if special:
        await _mark(tx, special)
    gifts = [answer for answer in hits if answer.subject == GIFTS.name]
    if gifts:
        await _give(tx, ready, gifts, items)


async def _mark(tx: Tx, special: Sequence[Answer]) -> None:
    """Flag orders, where no person has, and put own causes on that are not looked for."""
    known = await queries.particulars_of(tx, [answer.order.id for answer in special])
    policies = await in_force(tx, {answer.order.company_id for answer in special})
    shops = await organization.get_shops(tx, {answer.order.shop_id for answer in special})
    causes = []
    for answer in special:
        order, then = answer.order, answer.rows[0].then
        before = known.get(order.id)
        if ("flag" in then or "remark" in then) and (before is None or not (before.flag or before.remark)):
            flag = Flag(str(then.get("flag", "")))
            await queries.set_remark(tx, SetRemark(order_id=order.id, flag=flag, remark=str(then.get("remark", ""))))
            told = ParticularsChanged(
                order_id=order.id,
                number=order.number,
                what="rule",
                flag=flag.value,
                channel_state="" if before is None else before.channel_state,
            )
            tx.emit(told, answer.item)
        policy = policies[order.company_id]
        cause = policy.by_hand.get(str(then.get("cause", "")))
        if cause is not None:
            timezone = shops[order.shop_id].timezone
            causes.append(wanted(order, cause, (cause.zh, cause.en), answer.item, policy, timezone, Found()))
    await hold_back(tx, causes)


async def _give(tx: Tx, ready: Mapping[OrderId, Order], gifts: Sequence[Answer], items: Mapping[OrderId, Item]) -> None:
    """Note the gifts that rows give, and add those that there are; who looks for exceptions finds those that wait.

    A row gives a SKU to an order once, however often it is asked. A code that is no SKU's gives nothing.
    """
    codes = {str(row.then["sku"]) for answer in gifts for row in answer.rows}
    skus = await catalog.find_skus(tx, codes)
    due = [
        Gift(answer.order.id, row.id, skus[str(row.then["sku"])].id, _pieces(row), answer.table.version)
        for answer in gifts
        for row in answer.rows
        if str(row.then["sku"]) in skus
    ]
    if not due:
        return
    await queries.add_gifts(tx, due, gifts[0].item.cause)
    concerned = [ready[id_] for id_ in {gift.order_id: None for gift in due}]
    await gifting.give_due(tx, sorted(concerned, key=lambda order: (order.placed_at, order.id)), items)


def _pieces(row: Row) -> int:
    qty = row.then.get("qty", 1)
    return max(int(qty), 1) if isinstance(qty, int) else 1
