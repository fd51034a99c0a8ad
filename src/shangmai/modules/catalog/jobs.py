"""What the catalog does at set times."""

from __future__ import annotations

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.jobs.contract import schedule
from shangmai.modules.catalog import service
from shangmai.modules.catalog.contract import ListProduct


@schedule("catalog.list_due", "* * * * *")
async def list_due(runner: Runner) -> None:
    """List the approved products whose time has come, by the action that anyone else would use."""
    async with runner.db.reading(SYSTEM) as tx:
        due = await service.due_products(tx)
    await runner.run_list(
        [
            Call(action="catalog.list_product", input=ListProduct(product_id=id_), actor=SYSTEM, door="schedule")
            for id_ in due
        ]
    )
