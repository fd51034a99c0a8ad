"""What a person does with parked events, as an action, so that the log says who did it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from shangmai.kernel.actions.contract import action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS, ParkedNotFound, ReplayFailed
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.jobs import enqueue, job
from shangmai.kernel.tx import Tx

register_folder("events", Path(__file__).parent)
log = structlog.get_logger(__name__)


class ReplayEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Hand a parked event over again, with those that wait behind it. 重新处理搁置的事件。"""

    consumer: Annotated[str, Meta(max_length=100)]
    seq: Annotated[int, Meta(ge=1)]


class ReplayAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A worker does it at once; what fails again stays parked, with the new reason."""

    consumer: str
    seq: int


@job("events.replay", attempts_max=1)
async def replay(runner: Runner, do: ReplayEvent) -> None:
    """Handle a parked event again; one that fails again stays parked, which its own list tells."""
    try:
        await Reader(runner.db).replay(do.consumer, do.seq)
    except (ParkedNotFound, ReplayFailed) as refused:
        log.info("event not replayed", consumer=do.consumer, seq=do.seq, reason=str(refused))


@action("events.replay", grant="events.manage", errors=[ParkedNotFound])
async def replay_event(tx: Tx, do: ReplayEvent) -> ReplayAsked:
    """Hand a parked event over again, after whatever made it fail has been mended. Raises: ParkedNotFound."""
    if do.consumer not in CONSUMERS or not await store.is_parked(tx, do.consumer, do.seq):
        raise ParkedNotFound(consumer=do.consumer, seq=do.seq)
    await enqueue(tx, "events.replay", do, dedupe_key=f"{do.consumer} {do.seq}")
    return ReplayAsked(consumer=do.consumer, seq=do.seq)
