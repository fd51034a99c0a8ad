"""What a person does with parked jobs, as actions, so that the log says who did it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from shangmai.kernel.actions.contract import action
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.jobs import queue
from shangmai.kernel.jobs.contract import JobAlreadyWaiting, JobNotParked
from shangmai.kernel.tx import Tx

register_folder("jobs", Path(__file__).parent)


class ReplayJob(msgspec.Struct, frozen=True, kw_only=True):
    """Let a parked job be tried again, from its first attempt. 重试搁置的任务。"""

    id: int


class DiscardJob(msgspec.Struct, frozen=True, kw_only=True):
    """Drop a parked job for good; say why. 丢弃搁置的任务。"""

    id: int
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", description="Why. 原因。")]


class JobDone(msgspec.Struct, frozen=True, kw_only=True):
    id: int


@action("jobs.replay", grant="jobs.manage", errors=[JobNotParked, JobAlreadyWaiting])
async def replay_job(tx: Tx, do: ReplayJob) -> JobDone:
    """Try a parked job again, after whatever made it fail has been mended."""
    await queue.replay(tx, do.id)
    return JobDone(id=do.id)


@action("jobs.discard", grant="jobs.manage", errors=[JobNotParked])
async def discard_job(tx: Tx, do: DiscardJob) -> JobDone:
    """Drop a parked job that must not happen any more; the reason stays in the action log."""
    await queue.discard(tx, do.id)
    return JobDone(id=do.id)
