"""One order export from file to report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.modules.migration.contract import (
    Grain,
    ImportReport,
    OrderMapping,
    StartImport,
)
from shangmai.modules.migration.rules import (
    chunks,
    reason_finder,
    survey,
)
from shangmai.modules.migration.service import runs
from shangmai.modules.migration.service.carrying import Carrier
from shangmai.modules.migration.service.preparing import Desk, prepare
from shangmai.modules.migration.service.reading import read_orders, sha256_of

Done = Callable[[int], None]

STEPS: Final = {
    "company": "companies",
    "shop": "shops",
    "warehouse": "warehouses",
    "sku": "skus",
    "customer": "customers",
    "receive": "receipts",
    "place": "orders",
    "pay": "payments",
    "discount": "payments",
    "ship": "shipments",
    "return": "returns",
    "unmatched": "unmatched_receipts",
    "adjust": "adjustments",
    "post": "entries",
}


class OrderImport:
    """One file, one mapping, one actor. `open` reads and surveys the file, `run` carries it out, `close` reports."""

    def __init__(self, runner: Runner, actor: Actor, path: Path, mapping: OrderMapping) -> None:
        self.mapping = mapping
        self._runner = runner
        self._actor = actor
        self._path = path
        self._desk = Desk(runner, actor, mapping, path.name)
        self._sha = ""

    async def open(self) -> ImportReport | None:
        """Read the file and begin its run, or find it; the report when the run is finished already.

        Raises: ColumnsMissing, ImportBegunByAnother, and what `open_sheet` raises.
        """
        self._sha = await asyncio.to_thread(sha256_of, self._path)
        identity = f"{self.mapping.name}/{self.mapping.shop}/{self._sha}"
        do = StartImport(
            identity=identity,
            action="orders",
            mapping=self.mapping.name,
            file_name=self._path.name,
            file_sha256=self._sha,
        )
        self._run, report = await runs.begin(self._runner, self._actor, do)
        if report is not None:
            return msgspec.convert(report, ImportReport)
        self._classified = read_orders(self._path, self.mapping)
        self._survey = survey(self._classified, Grain.MONTH)
        return None

    @property
    def run_id(self) -> object:
        return self._run.id

    @property
    def rows(self) -> int:
        return len(self._classified.columns)

    async def carry_out(self, done: Done) -> int:
        """Carry out what is not done yet; `done` is told the rows of each portion. The rows of this session.

        Raises: NotPrepared, CurrencyDiffers, WarehouseOfAnother, ImportStopped; run it again to go on.
        """
        directory = await prepare(self._desk, self._classified)
        carrier = Carrier(self._desk, directory, self._classified, self._survey, self._sha)
        position = self._run.position
        rows = 0
        for chunk in chunks(self._classified, reason_finder(self.mapping), position):
            await carrier.carry(chunk)
            await runs.move(self._runner.db, self._run, chunk.end)
            rows += chunk.rows
            done(chunk.rows)
        return rows
