"""What logistics do at set times."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.jobs import schedule
from shangmai.modules.logistics.queries import parcels

KEPT: Final = timedelta(days=90)
"""So long after its end a parcel keeps its receiver: carriers take claims for about as long."""
FORGOTTEN_AT_ONCE: Final = 1000


@schedule("logistics.forget_receivers", "17 * * * *")
async def forget_receivers(runner: Runner) -> None:
    """Remove the receivers of parcels that ended long ago."""
    forgotten = FORGOTTEN_AT_ONCE
    while forgotten == FORGOTTEN_AT_ONCE:
        async with runner.db.transaction(door="schedule") as tx:
            forgotten = await parcels.forget_receivers(tx, tx.now - KEPT, FORGOTTEN_AT_ONCE)
