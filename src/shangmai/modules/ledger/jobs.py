"""Posting what happens, and what had happened before a rule named it."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.events.contract import CONSUMERS, Delivery, on_every
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.jobs import enqueue, job
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import POSTING, CatchUp

APART_S: Final = 0.25
"""Nobody waits for a voucher that long, and in a rush most events are none of the ledger's."""


@on_every(consumer=POSTING, wanted=service.watched_events, batch=1000, apart_s=APART_S)
async def post(tx: Tx, deliveries: list[Delivery]) -> None:
    """Post the events that a rule names; rules are data, and may name any."""
    await service.post_events(tx, deliveries)


@job("ledger.catch_up", timeout_s=120, together_max=1)
async def catch_up(runner: Runner, do: CatchUp) -> None:
    """Post a batch of the events that had passed before a rule named them, and ask for the next.

    An event and a rule make one voucher at most, so a batch that is done twice is posted once.
    """
    consumer = msgspec.structs.replace(CONSUMERS[POSTING], handler=partial(service.post_events, only=set(do.rules)))
    following = await Reader(runner.db).hand_again(consumer, do.events, do.after)
    if following is not None:
        async with runner.db.transaction(door="job") as tx:
            await enqueue(tx, "ledger.catch_up", msgspec.structs.replace(do, after=following))
