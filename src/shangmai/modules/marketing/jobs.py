"""Replaying what-if runs beside everything else that a worker does."""

from __future__ import annotations

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.jobs import job
from shangmai.modules.marketing import service
from shangmai.modules.marketing.service.what_if import REPLAY, Replay


@job(REPLAY, timeout_s=3_600, together_max=1)
async def replay(runner: Runner, do: Replay) -> None:
    """Replay a run to its end; a job that is taken again goes on where the run is."""
    await service.replay(runner.db, do.what_if_id)
