"""What-if runs: begun by an action, replayed by a job, read while they go on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.marketing import rules
from shangmai.modules.marketing.contract import (
    CampaignResult,
    NoOrdersThen,
    PeriodEmpty,
    RunStatus,
    StartWhatIf,
    StopWhatIf,
    Tally,
    WhatIf,
    WhatIfId,
    WhatIfNotFound,
)
from shangmai.modules.marketing.queries import what_if as queries
from shangmai.modules.marketing.queries.what_if import Asked, Counted, Run, Trial
from shangmai.modules.marketing.rules.usage import Usage
from shangmai.modules.messaging import service as messaging
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import ShopNotFound
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound

REPLAY = "marketing.replay"


class Replay(Struct, frozen=True):
    """The job's payload: which run to replay."""

    what_if_id: WhatIfId


@action(
    "marketing.start_what_if",
    grant="marketing.start_what_if",
    scope=lambda do: {"shop": do.shop_id},
    inverse="marketing.stop_what_if",
    errors=[ShopNotFound, PeriodEmpty, NoOrdersThen, PromotionNotFound],
)
async def start_what_if(tx: Tx, do: StartWhatIf) -> WhatIf:
    """Try campaigns on a shop's past orders; a worker replays them, and the run says how far it is.

    Promotions, published ones and drafts, are taken as they are now: what changes later does not change this run.
    Raises: ShopNotFound, PeriodEmpty, NoOrdersThen, PromotionNotFound.
    """
    if do.until <= do.since:
        raise PeriodEmpty(since=do.since.isoformat(), until=do.until.isoformat())
    shop = (await organization.get_shops(tx, [do.shop_id])).get(do.shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=do.shop_id)
    total = await orders.count_sold(tx, do.shop_id, do.since, do.until)
    if not total:
        raise NoOrdersThen(since=do.since.isoformat(), until=do.until.isoformat())
    run = _begun(tx, do, shop, await _asked(tx, do, shop), total)
    await queries.insert(tx, run)
    await enqueue(tx, REPLAY, Replay(run.id), dedupe_key=f"what-if:{run.id}")
    return shown(run)


@action("marketing.stop_what_if", grant="marketing.start_what_if", errors=[WhatIfNotFound])
async def stop_what_if(tx: Tx, do: StopWhatIf) -> WhatIf:
    """Stop a run; what it has counted stays. One that is over stays as it is. Raises: WhatIfNotFound."""
    await queries.stop(tx, do.what_if_id)
    return await get_what_if(tx, do.what_if_id)


async def get_what_if(tx: Tx, id_: UUID) -> WhatIf:
    """A run with its results so far. Raises: WhatIfNotFound."""
    run = await queries.find(tx, id_)
    if run is None:
        raise WhatIfNotFound(id=id_)
    return shown(run)


async def list_what_ifs(tx: Tx, before: tuple[datetime, UUID] | None, limit: int) -> list[WhatIf]:
    """Runs, the newest first."""
    return [shown(run) for run in await queries.page(tx, before, limit)]


def shown(run: Run) -> WhatIf:
    """The run as people see it."""
    return WhatIf(
        id=run.id,
        shop_id=run.shop_id,
        currency=run.currency,
        since=run.since,
        until=run.until,
        status=run.status,
        done=run.done,
        total=run.total,
        repriced_as_recorded=run.counted.as_recorded,
        results=tuple(
            CampaignResult(name=trial.name, tally=tally, extra_orders=rules.extra_orders(tally))
            for trial, tally in zip(run.asked.trials, run.counted.tallies, strict=True)
        ),
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


async def _asked(tx: Tx, do: StartWhatIf, shop: ShopFacts) -> Asked:
    wanted = {id_ for campaign in do.campaigns for id_ in campaign.promotion_ids}
    drafts = await pricing.get_promotions(tx, wanted)
    tried = {id_: rules.in_force(draft, do.since, do.until) for id_, draft in drafts.items()}
    trials = [
        Trial(name=campaign.name, promotions=tuple(tried[id_] for id_ in dict.fromkeys(campaign.promotion_ids)))
        for campaign in do.campaigns
    ]
    return Asked(
        published=tuple(await pricing.published_promotions(tx)),
        policy=await pricing.policy_of(tx, shop.company_id),
        trials=tuple(trials),
    )


def _begun(tx: Tx, do: StartWhatIf, shop: ShopFacts, asked: Asked, total: int) -> Run:
    return Run(
        id=WhatIfId(new_id()),
        shop_id=do.shop_id,
        currency=shop.currency,
        since=do.since,
        until=do.until,
        status=RunStatus.RUNNING,
        asked=asked,
        counted=Counted(tallies=[Tally() for _ in do.campaigns], usages=[Usage() for _ in do.campaigns]),
        done=0,
        total=total,
        last_at=None,
        last_id=None,
        started_at=tx.now,
        finished_at=None,
        asked_by=messaging.reader(tx.actor),
    )
