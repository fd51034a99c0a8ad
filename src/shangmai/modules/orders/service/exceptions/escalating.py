"""Escalating what nobody has seen to in time: by the company's steps, in the order in which it was due."""

from __future__ import annotations

from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order
from shangmai.modules.orders.contract.exceptions import EscalateExceptions, ExceptionOverdue, ExceptionPolicy, Swept
from shangmai.modules.orders.queries.working import Overdue
from shangmai.modules.orders.rules.clocks import due_at
from shangmai.modules.orders.service.exceptions.policies import in_force
from shangmai.modules.organization import service as organization


@action("orders.escalate_exceptions", grant="orders.escalate_exceptions")
async def escalate_exceptions(tx: Tx, do: EscalateExceptions) -> Swept:
    """Escalate what is overdue by a step each, those that were due first in front. Event orders.exception_overdue.v1.

    A step tells whose work it is from then on, and when the next one comes; after the last, none does.
    """
    due = await queries.overdue(tx, tx.now, do.limit)
    orders = await queries.lock(tx, {each.order_id for each in due})
    rules = await in_force(tx, {order.company_id for order in orders.values()})
    shops = await organization.get_shops(tx, {order.shop_id for order in orders.values()})
    steps = []
    for each in due:
        order = orders[each.order_id]
        timezone = shops[order.shop_id].timezone
        steps.append(_step(order, each, rules[order.company_id].policy, tx.now, timezone))
    escalated = await queries.escalate(tx, steps)
    for step in steps:
        if (step.order_id, step.code) in escalated:
            tx.emit(
                ExceptionOverdue(
                    order_id=step.order_id,
                    number=orders[step.order_id].number,
                    code=step.code,
                    level=step.level,
                    owner=step.owner,
                )
            )
    return Swept(count=len(escalated), more=len(due) == do.limit)


def _step(order: Order, each: Overdue, policy: ExceptionPolicy, now: datetime, timezone: str) -> Overdue:
    """What an overdue exception becomes: the first step comes when it is due, if the policy has none of its own."""
    steps = policy.escalation
    at = each.level
    owner = steps[at].owner if at < len(steps) else ""
    following = steps[at + 1] if at + 1 < len(steps) else None
    then = None if following is None else due_at(now, following.after_minutes, policy.business_hours, timezone)
    return Overdue(order.id, each.code, at + 1, owner or each.owner, then)
