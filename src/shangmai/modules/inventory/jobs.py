"""What inventory does when something has happened: shops' numbers follow."""

from __future__ import annotations

from typing import Final

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import Delivery, on_every
from shangmai.kernel.jobs import job
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service
from shangmai.modules.inventory.contract.channels import Recount

APART_S: Final = 0.5
"""A channel hears of a change within two seconds; a rush of orders is counted twice a second, not a hundred times."""


@on_every(consumer="inventory.channel_stock", wanted=service.wanted_for_channels, batch=1000, apart_s=APART_S)
async def follow_channels(tx: Tx, deliveries: list[Delivery]) -> None:
    """Count what shops may show anew. It may want all events: modules above move stock too."""
    await service.follow_channels(tx, deliveries)


@job("inventory.recount_channels", timeout_s=120)
async def recount_channels(runner: Runner, do: Recount) -> None:
    """Count one page of SKUs anew, then ask for the next; doing a page twice changes nothing."""
    async with runner.db.transaction(door="job") as tx:
        await service.count_page(tx, do)
        await store.append(tx)
