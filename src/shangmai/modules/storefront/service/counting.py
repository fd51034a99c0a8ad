"""Counting what shoppers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.pace import Pace, paces_of
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.service import place_of
from shangmai.modules.storefront.contract.behaviour import BehaviourNoted, BehaviourThrottled, NoteBehaviour
from shangmai.modules.storefront.queries import behaviour as queries
from shangmai.modules.storefront.rules import behaviour as rules

SENDING: Final = Pace(burst=30, every_s=4)


@action(
    "storefront.note_behaviour",
    grant="storefront.note_behaviour",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id},
    errors=[BehaviourThrottled],
)
async def note_behaviour(tx: Tx, do: Sequence[NoteBehaviour]) -> list[BehaviourNoted | AppError]:
    """Count what shoppers did who allow it: by day, kind, product and words, never by person or device.

    Words that may be about a person are left out, products that the shop does not show, too. Thirty batches at once
    from one place, then one every four seconds. When many come, the answer asks for a sample.
    """
    refused: dict[int, AppError] = {}
    for n, item in enumerate(tx.items):
        place = place_of(item.source) if item.source else str(item.actor.id)
        if wait := paces_of(tx.memory).wait_s(("note_behaviour", place), SENDING, item.now):
            refused[n] = BehaviourThrottled(retry_after_s=wait)
    taken = [each for n, each in enumerate(do) if n not in refused]
    counts = rules.counted(taken)
    if counts:
        await queries.add(tx, tx.now.date(), counts)
    every = rules.every(len(do))
    return [
        refused.get(n) or BehaviourNoted(counted=sum(rules.counted([each]).values()), every=every)
        for n, each in enumerate(do)
    ]
