"""What marketing does when orders tell it something, and replaying what-if runs beside it."""

from __future__ import annotations

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.events.contract import on
from shangmai.kernel.jobs import job
from shangmai.kernel.tx import Tx
from shangmai.modules.marketing import service
from shangmai.modules.marketing.service.what_if import REPLAY, Replay
from shangmai.modules.orders.contract import OrderCanceled, OrderPaid


@job(REPLAY, timeout_s=3_600, together_max=1)
async def replay(runner: Runner, do: Replay) -> None:
    """Replay a run to its end; a job that is taken again goes on where the run is."""
    await service.replay(runner.db, do.what_if_id)


@on(OrderPaid, OrderCanceled, consumer="marketing.follow_orders", batch=200)
async def follow_orders(tx: Tx, events: list[OrderPaid | OrderCanceled]) -> None:
    """Complete groups by payments, and free the seats of canceled orders."""
    await service.follow_orders(tx, events)


@on(OrderCanceled, consumer="marketing.follow_canceled", batch=500)
async def follow_canceled(tx: Tx, events: list[OrderCanceled]) -> None:
    """Let the bargains of canceled orders be bought again."""
    await service.follow_canceled(tx, events)
