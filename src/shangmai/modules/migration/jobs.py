"""Bringing in sheets that people have uploaded, beside everything else."""

from __future__ import annotations

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.jobs import job
from shangmai.modules.migration import service
from shangmai.modules.migration.contract.uploads import CARRY, CarrySheet


@job(CARRY, timeout_s=3_600, together_max=1)
async def carry_sheet(runner: Runner, do: CarrySheet) -> None:
    """Bring a sheet in to its end; a job that is taken again goes on where the sheet is."""
    await service.carry_sheet(runner, do)
