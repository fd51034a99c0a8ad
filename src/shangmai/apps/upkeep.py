"""What an installation does for itself at set times."""

from __future__ import annotations

from typing import Final

import structlog

from shangmai.apps import proving, pulse
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.jobs import SCHEDULES, queue, schedule
from shangmai.kernel.metrics import BOOK_DIVERGENCES
from shangmai.kernel.months import ensure_ahead
from shangmai.modules.checkout import service as checkout
from shangmai.modules.checkout.contract.carts import ExpireCarts
from shangmai.modules.identity import service as identity
from shangmai.modules.ledger import service as ledger
from shangmai.modules.ledger.contract import AdoptRules
from shangmai.modules.marketing import service as marketing
from shangmai.modules.marketing.contract import CloseGroup, ClosePresale
from shangmai.modules.members import service as members
from shangmai.modules.members.contract.leveling import ReviewLevels
from shangmai.modules.members.contract.points import ExpirePoints
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import ExpireOrder
from shangmai.modules.orders.contract.auditing import AuditOrder
from shangmai.modules.orders.contract.exceptions import EscalateExceptions, WatchOrders
from shangmai.modules.orders.contract.units import ReleaseDueUnits
from shangmai.modules.storefront.jobs import turn_window
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.waves import MakeWaves

log = structlog.get_logger(__name__)

TEN_SECONDS: Final = "* * * * * */10"
"""As often as that, in every minute: seconds are the last field."""


def declare() -> None:
    """Declare the schedules below. Calling it again changes nothing."""
    if "upkeep.months" not in SCHEDULES:
        schedule("upkeep.months", "5 * * * *")(make_months)
        schedule("upkeep.prove", "30 3 * * *")(prove_everything)
        schedule("upkeep.tidy", "10 4 * * *")(tidy)
        schedule("members.expire_points", "15 * * * *")(expire_points)
        schedule("members.review_levels", "25 * * * *")(review_levels)
        schedule("storefront.turn", "* * * * *")(turn_window)
        schedule("orders.expire", "* * * * *")(expire_orders)
        schedule("orders.audit", "* * * * *")(audit_orders)
        schedule("orders.exceptions", TEN_SECONDS)(keep_exceptions)
        schedule("orders.release_units", TEN_SECONDS)(release_units)
        schedule("warehouse.make_waves", TEN_SECONDS)(make_waves)
        schedule("checkout.expire_carts", "20 4 * * *")(expire_carts)
        schedule("marketing.close_groups", "* * * * *")(close_groups)
        schedule("marketing.close_presales", "* * * * *")(close_presales)


async def make_months(runner: Runner) -> None:
    """Make the partitions that will be needed."""
    await ensure_ahead(runner.db)


async def prove_everything(runner: Runner) -> None:
    """Re-add all books and verify the chain; the outcome is a metric, and an error in the log when it does not hold."""
    report = await proving.prove(runner.db)
    if not report.holds:
        broken = [proof.what for proof in report.proofs if not proof.holds]
        log.error("the proof does not hold: run `shangmai prove`", broken=broken, chain=report.chain.problem)
    BOOK_DIVERGENCES.labels("chain").set(int(not report.chain.intact))
    (measured,) = BOOK_DIVERGENCES.collect()
    async with runner.db.transaction(door="schedule") as tx:
        await pulse.record(tx, "proof", {sample.labels["book"]: int(sample.value) for sample in measured.samples})


async def tidy(runner: Runner) -> None:
    """Drop logs of jobs that ended long ago, sessions that are over, and sign-in failures that are forgotten."""
    async with runner.db.transaction(door="schedule") as tx:
        await queue.tidy(tx)
        await identity.prune(tx)
        await members.prune(tx)


async def adopt_rules(runner: Runner) -> None:
    """Bring the posting rules of all books up to this release; done before a worker of it reads any event."""
    async with runner.db.reading(SYSTEM) as tx:
        is_behind = await ledger.is_behind(tx)
    if is_behind:
        call = Call(action="ledger.adopt_rules", input=AdoptRules(), actor=SYSTEM, door="start")
        (await runner.run(call)).unwrap()


async def expire_orders(runner: Runner) -> None:
    """Cancel the orders whose time to pay is over, each by the action that anyone else would use."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await orders.due_orders(tx)
    for order_id in due:
        do = ExpireOrder(order_id=order_id)
        await runner.run(Call(action="orders.expire", input=do, actor=SYSTEM, door="schedule"))


async def make_waves(runner: Runner) -> None:
    """Make the waves of requests that have waited long enough, where warehouses make theirs by themselves."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await warehouse.waves_due(tx)
    for warehouse_id in due:
        do = MakeWaves(warehouse_id=warehouse_id, release=True, due=True)
        await runner.run(Call(action="warehouse.make_waves", input=do, actor=SYSTEM, door="schedule"))


async def expire_points(runner: Runner) -> None:
    """Let points expire whose last day is over."""
    more = True
    while more:
        call = Call(action="members.expire_points", input=ExpirePoints(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more


async def review_levels(runner: Runner) -> None:
    """Review the levels of members whose spending has left the period that counts."""
    more = True
    while more:
        call = Call(action="members.review_levels", input=ReviewLevels(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more


async def audit_orders(runner: Runner) -> None:
    """Audit the orders whose wait for it is over, by the action that anyone else would use."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await orders.due_audits(tx)
    wanted = [AuditOrder(order_id=order_id) for order_id in due]
    await runner.run_list([Call(action="orders.audit", input=do, actor=SYSTEM, door="schedule") for do in wanted])


async def keep_exceptions(runner: Runner) -> None:
    """Look again at orders whose time for it has come, and escalate what nobody has seen to in time."""
    more = True
    while more:
        watch = Call(action="orders.watch_orders", input=WatchOrders(), actor=SYSTEM, door="schedule")
        more = (await runner.run(watch)).unwrap().more
    more = True
    while more:
        call = Call(action="orders.escalate_exceptions", input=EscalateExceptions(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more


async def release_units(runner: Runner) -> None:
    """Let warehouses have the units whose time has come."""
    more = True
    while more:
        call = Call(action="orders.release_due_units", input=ReleaseDueUnits(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more


async def expire_carts(runner: Runner) -> None:
    """Remove guests' carts that were left, some at a time until none is, and forget wrong lookups of orders."""
    do, removed = ExpireCarts(), 1
    while removed:
        answer = await runner.run(Call(action="checkout.expire_carts", input=do, actor=SYSTEM, door="schedule"))
        removed = answer.unwrap().removed
    async with runner.db.transaction(door="schedule") as tx:
        await checkout.prune_lookups(tx)


async def close_groups(runner: Runner) -> None:
    """End the groups whose time is over, each by the action that anyone else would use."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await marketing.due_groups(tx)
    for group_id in due:
        do = CloseGroup(group_id=group_id)
        await runner.run(Call(action="marketing.close_group", input=do, actor=SYSTEM, door="schedule"))


async def close_presales(runner: Runner) -> None:
    """Decide about pre-sales whose balance is overdue, each by the action that anyone else would use."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await marketing.due_presales(tx)
    for order_id in due:
        do = ClosePresale(order_id=order_id)
        await runner.run(Call(action="marketing.close_presale", input=do, actor=SYSTEM, door="schedule"))
