"""Replaying orders: a page is read in one short transaction, priced in a thread, and noted in another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from msgspec import convert, to_builtins
from msgspec.structs import replace

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.marketing import rules
from shangmai.modules.marketing.contract import RunStatus, WhatIf, WhatIfId, WhatIfNotFound
from shangmai.modules.marketing.queries import what_if as queries
from shangmai.modules.marketing.queries.what_if import Counted, Run
from shangmai.modules.marketing.rules import Comparison, Facts
from shangmai.modules.marketing.service.what_if import shown
from shangmai.modules.members import service as members
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import NewNotice, NoticeKind
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import SoldOrder
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId

PAGE: Final = 200
"""Orders priced at a time: about a tenth of a second, so that whoever looks sees the run move."""


async def replay(db: Database, id_: WhatIfId, told: Callable[[WhatIf], None] = lambda _: None) -> WhatIf:
    """Replay a run to its end, from wherever it is; `told` is given the run after each page.

    Two that replay the same run do not count an order twice: who comes second with a page goes on from where the first
    one is. Raises: WhatIfNotFound.
    """
    run = await _load(db, id_)
    comparison = Comparison(run.asked.published, run.asked.policy, [trial.promotions for trial in run.asked.trials])
    while run.status is RunStatus.RUNNING:
        sold, facts = await _read(db, run, comparison)
        counted = await asyncio.to_thread(_counted, run, comparison, sold, facts)
        run = await _note(db, run, _after(db, run, sold, counted))
        told(shown(run))
    return shown(run)


async def _load(db: Database, id_: WhatIfId) -> Run:
    async with db.reading(SYSTEM) as tx:
        run = await queries.find(tx, id_)
    if run is None:
        raise WhatIfNotFound(id=id_)
    return run


async def _read(db: Database, run: Run, comparison: Comparison) -> tuple[Sequence[SoldOrder], Facts]:
    """The next page, and what its baskets are made with."""
    after = None if run.last_at is None or run.last_id is None else (run.last_at, run.last_id)
    async with db.reading(SYSTEM) as tx:
        sold = await orders.sold(tx, run.shop_id, run.since, run.until, after, PAGE)
        return sold, await _facts(tx, run, sold, comparison)


async def _facts(tx: Tx, run: Run, sold: Sequence[SoldOrder], comparison: Comparison) -> Facts:
    skus = {line.sku_id for order in sold for line in order.lines if line.sku_id is not None}
    buyers = {order.order.customer_id for order in sold if order.order.customer_id is not None}
    return Facts(
        shop=(await organization.get_shops(tx, [run.shop_id]))[run.shop_id],
        places=await catalog.places_of(tx, skus),
        levels=await members.levels_of(tx, buyers) if buyers else {},
        gifts=comparison.gifts,
        gift_costs=await _gift_costs(tx, run.shop_id, {gift.sku_id for gift in comparison.gifts}),
    )


async def _gift_costs(tx: Tx, shop_id: ShopId, gifts: Collection[SkuId]) -> dict[SkuId, int]:
    """What a piece of each gift costs now, by the moving average of the shop's warehouse."""
    warehouse_id = (await inventory.warehouses_of_shops(tx, [shop_id])).get(shop_id) if gifts else None
    if warehouse_id is None:
        return {}
    costs = await inventory.unit_costs(tx, [(sku_id, warehouse_id) for sku_id in gifts])
    return {sku_id: cost for (sku_id, _), cost in costs.items()}


def _counted(run: Run, comparison: Comparison, sold: Sequence[SoldOrder], facts: Facts) -> Counted:
    """The run's counts with this page; those given stay as they are, for the page may be lost to another process."""
    counted = convert(to_builtins(run.counted), Counted)
    for order in sold:
        rules.count_order(counted, comparison, order, facts)
    return counted


def _after(db: Database, run: Run, sold: Sequence[SoldOrder], counted: Counted) -> Run:
    over = len(sold) < PAGE
    last = sold[-1].order if sold else None
    return replace(
        run,
        counted=counted,
        done=min(run.done + len(sold), run.total),
        last_at=run.last_at if last is None else last.placed_at,
        last_id=run.last_id if last is None else last.id,
        status=RunStatus.FINISHED if over else RunStatus.RUNNING,
        finished_at=db.clock.now() if over else None,
    )


def _over(run: Run) -> NewNotice:
    names = ", ".join(trial.name for trial in run.asked.trials)
    return NewNotice(
        kind=NoticeKind.FINISHED,
        zh=f"活动测算完成：{names}，重算订单 {run.total} 笔",
        en=f"Campaign tried: {names}, {run.total} orders replayed",
        link=f"/promotions?tab=try&run={run.id}",
        user_id=run.asked_by,
    )


async def _note(db: Database, before: Run, after: Run) -> Run:
    """The run as it is noted: as we have it, or as another process or person has left it."""

    async def note() -> bool:
        async with db.transaction() as tx:
            moved = await queries.advance(tx, after, before.done)
            if moved and after.status is RunStatus.FINISHED and after.asked_by is not None:
                await messaging.tell_apart(tx, [_over(after)])
            return moved

    return after if await db.run(note) else await _load(db, before.id)
